//! What voters read, in every language: one file of `words/` each.

use serde::Deserialize;

use crate::language::{LANGUAGES, Language};

/// Everything. `{names}` in braces are filled in by [`crate::language::fill`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the files of `words/` say what each is")]
pub struct Words {
    pub letter: Letter,
    pub ask: Ask,
    pub typing: Typing,
    pub answer: Answer,
    pub vote: Vote,
    pub second: Second,
    pub fate: Fate,
}

/// A letter.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the files of `words/` say what each is")]
pub struct Letter {
    pub heading: String,
    pub two: String,
    pub election: String,
    pub server: String,
    pub registrar: String,
    pub code: String,
    pub half: String,
    pub number: String,
    pub hours: String,
    pub how: String,
    pub check: String,
    pub lost: String,
    pub damaged: String,
}

/// Questions at the keyboard.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the files of `words/` say what each is")]
pub struct Ask {
    pub election: String,
    pub server: String,
    pub code: String,
    pub code_of: String,
    pub identifier: String,
    pub answer: String,
    pub cast: String,
    pub captured: String,
    pub cast_word: String,
    pub check_word: String,
    pub enter: String,
    pub tracker: String,
    pub revealed: String,
    pub again: String,
    pub enough: String,
    pub nothing: String,
    pub choose: String,
}

/// What was typed and cannot be used.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the files of `words/` say what each is")]
pub struct Typing {
    pub symbol: String,
    pub length: String,
    pub mistake: String,
    pub identifier: String,
    pub election: String,
    pub server: String,
    pub tracker: String,
    pub not_on_roll: String,
    pub languages: String,
    pub letters_differ: String,
}

/// How questions are answered.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the files of `words/` say what each is")]
pub struct Answer {
    pub one: String,
    pub several: String,
    pub knapsack: String,
    pub score: String,
    pub points: String,
    pub or_blank: String,
    pub blank: String,
    pub none: String,
    pub nothing: String,
    pub count: String,
    pub option: String,
    pub points_typed: String,
    pub twice: String,
    pub no_blank: String,
    pub value: String,
    pub sum: String,
}

/// Voting.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the files of `words/` say what each is")]
pub struct Vote {
    pub waiting: String,
    pub not_open: String,
    pub choices: String,
    pub tracker: String,
    pub not_cast: String,
    pub spent: String,
    pub resumed: String,
    pub earlier: String,
    pub in_the_box: String,
    pub earlier_in_the_box: String,
    pub receipt: String,
    pub receipt_exists: String,
    pub receipt_nowhere: String,
    pub receipt_lost: String,
    pub receipt_wrong: String,
    pub awaited: String,
    pub unknown: String,
    pub outdated: String,
    pub replaced: String,
    pub refused: String,
    pub not_in_the_box: String,
    pub refusal: String,
}

/// The second device.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the files of `words/` say what each is")]
pub struct Second {
    pub election: String,
    pub replaced: String,
    pub captured: String,
    pub not_revealed: String,
    pub held: String,
    pub honest: String,
    pub changed: String,
    pub elsewhere: String,
    pub not_open: String,
    pub ended: String,
    pub accepted: String,
    pub another: String,
    pub no_ballot: String,
    pub no_new_ballot: String,
}

/// What became of a ballot.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the files of `words/` say what each is")]
pub struct Fate {
    pub counts: String,
    pub counts_so_far: String,
    pub replaced: String,
    pub cancelled: String,
    pub void: String,
    pub absent: String,
    pub two_boards: String,
    pub no: String,
    pub not_a_receipt: String,
    pub other_election: String,
}

impl Words {
    /// The words of a language.
    pub fn of(language: Language) -> Words {
        toml::from_str(file(language))
            .expect("invariant: the file is part of the program, and a test reads it")
    }

    /// The words of the person at this terminal.
    pub fn of_terminal() -> Words {
        Words::of(Language::of_locale(|name| std::env::var(name).ok()))
    }
}

/// Whether somebody typed one of these words, in whichever language.
pub fn means(typed: &str, word: impl Fn(&Words) -> &str) -> bool {
    let typed = typed.trim().to_lowercase();
    LANGUAGES
        .into_iter()
        .any(|language| word(&Words::of(language)) == typed)
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
        for language in LANGUAGES {
            Words::of(language);
        }
    }

    #[test]
    fn a_word_is_understood_in_either_language() {
        for typed in ["blank", " BLANC ", "Blank"] {
            assert!(means(typed, |words| &words.answer.blank), "{typed}");
        }
        assert!(!means("", |words| &words.answer.blank));
    }
}
