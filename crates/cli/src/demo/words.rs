//! What the demo says, in every language: one file of `words/` each.

use serde::Deserialize;

pub use crate::language::{Language, fill};

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
    pub verdict_here: String,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::blanks;

    #[test]
    fn both_languages_have_the_same_texts_with_the_same_blanks() {
        let [french, english] = [Language::French, Language::English].map(file);
        assert_eq!(blanks(french), blanks(english));
        Words::of(Language::French);
        Words::of(Language::English);
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
