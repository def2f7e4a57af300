//! What the demo says, in every language: one file of `words/` each.

use serde::Deserialize;

/// A language of the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// français
    French,
    /// English
    English,
}

impl Language {
    /// As in a manifest.
    pub fn tag(self) -> &'static str {
        match self {
            Language::French => "fr",
            Language::English => "en",
        }
    }

    /// This one, then the other.
    pub fn then_the_others(self) -> [Language; 2] {
        match self {
            Language::French => [Language::French, Language::English],
            Language::English => [Language::English, Language::French],
        }
    }

    /// The language of the person at the terminal: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that says something.
    pub fn of_locale(read: impl Fn(&str) -> Option<String>) -> Language {
        let said = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(read)
            .find(|value| !value.is_empty());
        if said.is_some_and(|value| value.to_lowercase().starts_with("fr")) {
            Language::French
        } else {
            Language::English
        }
    }
}

/// Everything the demo says. `{names}` in braces are filled in by [`fill`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the files of `words/` say what each is")]
pub struct Words {
    pub form: Form,
    pub start: Start,
    pub steps: Steps,
    pub notes: Notes,
    pub result: Result,
    pub check: Check,
    pub end: End,
}

/// How amounts are written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the files of `words/` say what each is")]
pub struct Form {
    pub money: String,
    pub thousands: String,
    pub second: String,
}

/// Before the first step.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the files of `words/` say what each is")]
pub struct Start {
    pub title: String,
    pub setting: String,
}

/// The steps.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the files of `words/` say what each is")]
pub struct Steps {
    pub server: String,
    pub draft: String,
    pub enrol: String,
    pub found: String,
    pub key: String,
    pub letters: String,
    pub open: String,
    pub vote: String,
    pub close: String,
    pub seal: String,
    pub decrypt: String,
    pub verify: String,
}

/// What is said under a step.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the files of `words/` say what each is")]
pub struct Notes {
    pub trustees: String,
    pub id: String,
    pub halves: String,
    pub checked: String,
    pub again: String,
    pub lost: String,
    pub late: String,
    pub absent: String,
    pub checks: String,
}

/// The result.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the files of `words/` say what each is")]
pub struct Result {
    pub votes: String,
    pub cost: String,
    pub blank: String,
    pub turnout: String,
    pub spent: String,
    pub tied: String,
    pub none: String,
}

/// How the result is known.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the files of `words/` say what each is")]
pub struct Check {
    pub heading: String,
    pub direct: String,
    pub direct_differs: String,
    pub verdict: String,
    pub pass: String,
    pub fail: String,
    pub incomplete: String,
    pub receipt: String,
    pub receipt_differs: String,
    pub server: String,
    pub server_differs: String,
}

/// Where things lie.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the files of `words/` say what each is")]
pub struct End {
    pub record: String,
    pub again: String,
    pub look: String,
    pub entries: String,
    pub stays: String,
    pub stopped: String,
    pub seconds: String,
}

impl Words {
    /// The words of a language.
    pub fn of(language: Language) -> Words {
        toml::from_str(file(language))
            .expect("invariant: the file is part of the program, and a test reads it")
    }

    /// An amount of euros.
    pub fn money(&self, euros: u64) -> String {
        fill(&self.form.money, &[("amount", &self.number(euros))])
    }

    /// A number with its thousands apart.
    pub fn number(&self, number: u64) -> String {
        let digits = number.to_string();
        let mut out = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                out.push_str(&self.form.thousands);
            }
            out.push(digit);
        }
        out
    }
}

fn file(language: Language) -> &'static str {
    match language {
        Language::French => include_str!("words/fr.toml"),
        Language::English => include_str!("words/en.toml"),
    }
}

/// Replaces every `{name}` by its value.
pub fn fill(template: &str, values: &[(&str, &dyn core::fmt::Display)]) -> String {
    let mut text = template.to_owned();
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), &value.to_string());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Section, key, and the names in braces in alphabetical order.
    fn blanks(language: Language) -> Vec<(String, Vec<String>)> {
        let table: toml::Table = file(language).parse().expect("TOML");
        let mut found = Vec::new();
        for (section, entries) in table {
            for (key, text) in entries.as_table().expect("a section") {
                let text = text.as_str().expect("a text");
                let mut names: Vec<String> = text
                    .split('{')
                    .skip(1)
                    .filter_map(|rest| rest.split_once('}'))
                    .map(|(name, _)| name.to_owned())
                    .collect();
                names.sort();
                found.push((format!("{section}.{key}"), names));
            }
        }
        found
    }

    #[test]
    fn both_languages_have_the_same_texts_with_the_same_blanks() {
        assert_eq!(blanks(Language::French), blanks(Language::English));
        Words::of(Language::French);
        Words::of(Language::English);
    }

    #[test]
    fn the_locale_chooses_the_language() {
        let with = |all: &'static str, lang: &'static str| {
            Language::of_locale(|name| match name {
                "LC_ALL" => Some(all.to_owned()),
                "LANG" => Some(lang.to_owned()),
                _ => None,
            })
        };
        assert_eq!(with("", "fr_FR.UTF-8"), Language::French);
        assert_eq!(with("C", "fr_FR.UTF-8"), Language::English);
        assert_eq!(with("fr_BE", "en_GB"), Language::French);
        assert_eq!(Language::of_locale(|_| None), Language::English);
    }

    #[test]
    fn amounts_are_written_as_people_write_them() {
        assert_eq!(Words::of(Language::English).money(120_000), "€120,000");
        assert_eq!(
            Words::of(Language::French).money(1_234_567),
            "1\u{202f}234\u{202f}567\u{a0}€"
        );
        assert_eq!(Words::of(Language::English).number(999), "999");
    }
}
