//! The languages of the pages: one file of strings each, chosen by `?lang=` or by the browser.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::{HeaderMap, header};

/// A language there is a file for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// English, where nothing else is asked for
    English,
    /// French
    French,
}

/// Every language, in the order in which they are offered.
pub(crate) const LANGUAGES: [Language; 2] = [Language::French, Language::English];

type Strings = BTreeMap<String, BTreeMap<String, String>>;

static ENGLISH: LazyLock<Strings> = LazyLock::new(|| read(include_str!("../../i18n/en.toml")));
static FRENCH: LazyLock<Strings> = LazyLock::new(|| read(include_str!("../../i18n/fr.toml")));

fn read(file: &str) -> Strings {
    toml::from_str(file)
        .expect("invariant: the files are a part of this program, and a test reads them")
}

impl Language {
    /// Its tag.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::French => "fr",
        }
    }

    fn strings(self) -> &'static Strings {
        match self {
            Language::English => &ENGLISH,
            Language::French => &FRENCH,
        }
    }

    /// A string by `section.key`.
    pub(crate) fn say(self, name: &str) -> &'static str {
        let section = name.split_once('.');
        let found = section.and_then(|(section, key)| self.strings().get(section)?.get(key));
        found.map_or("", String::as_str)
    }

    /// A string with `{0}`, `{1}` … filled in, each with text that is not filled in again.
    pub(crate) fn fill(self, name: &str, values: &[&dyn ToString]) -> String {
        let mut pieces = self.say(name).split('{');
        let mut text = pieces.next().unwrap_or("").to_owned();
        for piece in pieces {
            let (number, rest) = piece.split_once('}').unwrap_or(("", piece));
            let value = number
                .parse::<usize>()
                .ok()
                .and_then(|number| values.get(number));
            text.extend(value.map(|value| value.to_string()));
            text.push_str(rest);
        }
        text
    }

    /// The language somebody asks for.
    pub(crate) fn choose(query: Option<&str>, headers: &HeaderMap) -> Language {
        let asked = query.into_iter().flat_map(|query| query.split('&'));
        let asked = asked.filter_map(|pair| pair.strip_prefix("lang=")).next();
        let accepted = headers.get(header::ACCEPT_LANGUAGE);
        let accepted = accepted.and_then(|value| value.to_str().ok()).unwrap_or("");
        asked
            .and_then(Language::by_tag)
            .or_else(|| preferred(accepted))
            .unwrap_or(Language::English)
    }

    /// The language of a tag such as `fr-CA`.
    pub(crate) fn by_tag(tag: &str) -> Option<Language> {
        let primary = tag.split('-').next().unwrap_or("").to_ascii_lowercase();
        LANGUAGES
            .into_iter()
            .find(|language| language.tag() == primary)
    }

    /// Of a text in several languages the one that fits best: this language, else the first.
    pub(crate) fn pick<'a>(self, languages: &[String], text: &'a [String]) -> &'a str {
        let mine = languages
            .iter()
            .position(|tag| Language::by_tag(tag) == Some(self));
        let text = text.get(mine.unwrap_or(0)).or(text.first());
        text.map_or("", String::as_str)
    }

    /// A number as it is written in this language.
    pub(crate) fn number(self, number: u64) -> String {
        let separator = match self {
            Language::English => ",",
            Language::French => "\u{202f}",
        };
        let digits = number.to_string();
        let mut text = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push_str(separator);
            }
            text.push(digit);
        }
        text
    }
}

/// The first of the languages there are, by the weights of `Accept-Language`.
fn preferred(accepted: &str) -> Option<Language> {
    let ranges = accepted.split(',').take(20).filter_map(|range| {
        let mut parts = range.trim().split(';');
        let language = Language::by_tag(parts.next()?.trim())?;
        let weight = parts.find_map(|part| part.trim().strip_prefix("q="));
        let weight = weight.map_or(Some(1.0), |text| text.parse::<f32>().ok())?;
        (weight > 0.0 && weight <= 1.0).then_some((language, weight))
    });
    let best = |best: Option<(Language, f32)>, next: (Language, f32)| match best {
        Some(best) if best.1 >= next.1 => Some(best),
        _ => Some(next),
    };
    ranges.fold(None, best).map(|(language, _)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(strings: &Strings) -> Vec<(String, String)> {
        let keys = strings.iter().flat_map(|(section, strings)| {
            strings
                .keys()
                .map(move |key| (section.clone(), key.clone()))
        });
        keys.collect()
    }

    fn places(text: &str) -> Vec<&str> {
        let mut places: Vec<&str> = text.split('{').skip(1).map(|piece| &piece[..2]).collect();
        places.sort_unstable();
        places
    }

    #[test]
    fn every_language_says_the_same_things() {
        assert_eq!(keys(&ENGLISH), keys(&FRENCH));
        for (section, key) in keys(&ENGLISH) {
            let name = format!("{section}.{key}");
            let (english, french) = (Language::English.say(&name), Language::French.say(&name));
            assert!(!english.is_empty() && !french.is_empty(), "{name}");
            assert_eq!(places(english), places(french), "{name}");
        }
    }

    #[test]
    fn every_string_of_the_templates_and_views_exists() {
        let sources = [
            include_str!("../../templates/base.html"),
            include_str!("../../templates/home.html"),
            include_str!("../../templates/election.html"),
            include_str!("../../templates/board.html"),
            include_str!("../../templates/missing.html"),
            include_str!("view.rs"),
            include_str!("question.rs"),
            include_str!("../mail/letter.rs"),
            include_str!("board.rs"),
        ];
        let mut used = 0;
        for source in sources {
            let calls = source
                .split("say(\"")
                .skip(1)
                .chain(source.split("fill(\"").skip(1));
            for call in calls {
                let name = call.split('"').next().unwrap();
                assert!(!Language::English.say(name).is_empty(), "{name}");
                used += 1;
            }
        }
        assert!(used > 40, "the search finds {used} strings only");
    }

    #[test]
    fn the_question_mark_wins_over_the_browser_and_the_browser_over_english() {
        let choose = |query: Option<&str>, accepted: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, accepted.parse().unwrap());
            Language::choose(query, &headers)
        };
        assert_eq!(choose(None, "de, fr-CA;q=0.8, en;q=0.7"), Language::French);
        assert_eq!(choose(None, "fr;q=0.1, en;q=0.7"), Language::English);
        assert_eq!(choose(None, "fr;q=0, de"), Language::English);
        assert_eq!(choose(None, "en, fr"), Language::English);
        assert_eq!(choose(Some("a=b&lang=fr"), "en"), Language::French);
        assert_eq!(choose(Some("lang=xx"), "fr"), Language::French);
        assert_eq!(choose(None, ""), Language::English);
    }

    #[test]
    fn what_is_filled_in_is_not_filled_in_again() {
        let text = Language::English.fill("check.two_issuers", &[&"{1}", &"B"]);
        assert!(text.contains("by {1} and by B"), "{text}");
        assert_eq!(Language::English.number(1_234_567), "1,234,567");
        assert_eq!(Language::French.number(999), "999");
    }
}
