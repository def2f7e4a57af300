//! The languages people are spoken to in at the command line: one file of texts each, in `demo/words/` and `people/words/`.

/// A language there are texts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// français
    French,
    /// English
    English,
}

/// Every language.
pub const LANGUAGES: [Language; 2] = [Language::English, Language::French];

impl Language {
    /// As in a manifest.
    pub fn tag(self) -> &'static str {
        match self {
            Language::French => "fr",
            Language::English => "en",
        }
    }

    /// The language of a tag, whatever its region: `fr`, `fr-CH`.
    pub fn of_tag(tag: &str) -> Option<Language> {
        let primary = tag.split(['-', '_', '.']).next()?.to_ascii_lowercase();
        LANGUAGES
            .into_iter()
            .find(|language| language.tag() == primary)
    }

    /// This one, then the other.
    pub fn then_the_others(self) -> [Language; 2] {
        match self {
            Language::French => [Language::French, Language::English],
            Language::English => [Language::English, Language::French],
        }
    }

    /// The language the person at the terminal has chosen: in the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that says something.
    pub fn chosen(read: impl Fn(&str) -> Option<String>) -> Option<Language> {
        let said = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(read)
            .find(|value| !value.is_empty());
        Language::of_tag(&said?)
    }

    /// The same, or English.
    pub fn of_locale(read: impl Fn(&str) -> Option<String>) -> Language {
        Language::chosen(read).unwrap_or(Language::English)
    }
}

/// Replaces every `{name}` by its value; one without a value stays as it is, for a test to find.
pub fn fill(template: &str, values: &[(&str, &dyn core::fmt::Display)]) -> String {
    let mut pieces = template.split('{');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once('}').unwrap_or(("", piece));
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => text.push_str(&value.to_string()),
            None => text.push_str(&format!("{{{name}}}")),
        }
        text.push_str(rest);
    }
    text
}

/// Section, key, and the names in braces in alphabetical order: what every language's file must have alike.
#[cfg(test)]
pub(crate) fn blanks(file: &str) -> Vec<(String, Vec<String>)> {
    let table: toml::Table = file.parse().expect("TOML");
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_locale_without_a_language_chooses_none() {
        let lang = |value: &'static str| Language::chosen(|_| Some(value.to_owned()));
        assert_eq!(lang("C.UTF-8"), None);
        assert_eq!(lang("de_DE.UTF-8"), None);
        assert_eq!(lang("en_GB.UTF-8"), Some(Language::English));
        assert_eq!(Language::of_tag("fr-CH"), Some(Language::French));
    }

    #[test]
    fn what_is_filled_in_is_not_filled_in_again() {
        let filled = fill("{a} and {b}", &[("a", &"{b}"), ("b", &2)]);
        assert_eq!(filled, "{b} and 2");
    }
}
