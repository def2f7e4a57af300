//! Questions at the keyboard: a mistake is explained, and the question asked again.

use std::io::{BufRead as _, Write as _};

use super::words::Words;
use crate::failure::{Failure, Outcome};
use crate::files::passphrase::TRIES;
use crate::language::fill;

/// Asks once.
///
/// # Errors
/// Where nothing comes.
pub fn ask(words: &Words, prompt: &str) -> Outcome<String> {
    eprint!("{prompt}");
    std::io::stderr().flush()?;
    let mut line = String::new();
    if std::io::stdin().lock().read_line(&mut line)? == 0 {
        let nothing = fill(&words.ask.nothing, &[("prompt", &prompt.trim())]);
        return Err(Failure::new(nothing));
    }
    Ok(line.trim().to_owned())
}

/// Asks until the answer can be used, [`TRIES`] times at most. `judge` says what is wrong, in words.
///
/// # Errors
/// Where nothing comes, or nothing that can be used.
pub fn insist<T>(
    words: &Words,
    mut ask: impl FnMut() -> Outcome<String>,
    mut judge: impl FnMut(&str) -> Result<T, String>,
) -> Outcome<T> {
    let mut tries = Tries::new(words);
    loop {
        match judge(&ask()?) {
            Ok(answer) => return Ok(answer),
            Err(why) => tries.failed(&why)?,
        }
    }
}

/// Counts tries at something that takes several answers.
pub struct Tries<'w> {
    words: &'w Words,
    left: u32,
}

impl<'w> Tries<'w> {
    /// None yet.
    pub fn new(words: &'w Words) -> Tries<'w> {
        Tries { words, left: TRIES }
    }

    /// One try was of no use: says why, and that there is another.
    ///
    /// # Errors
    /// Where there is none.
    pub fn failed(&mut self, why: &str) -> Outcome {
        self.left -= 1;
        if self.left == 0 {
            let enough = &self.words.ask.enough;
            let values: [(&str, &dyn core::fmt::Display); 2] = [("why", &why), ("tries", &TRIES)];
            return Err(Failure::new(fill(enough, &values)));
        }
        let again = &self.words.ask.again;
        eprintln!("{}", fill(again, &[("why", &why), ("left", &self.left)]));
        Ok(())
    }
}

/// Yes or no, in whichever language.
pub fn yes_or_no(typed: &str) -> Option<bool> {
    match typed.trim().to_lowercase().as_str() {
        "yes" | "y" | "oui" | "o" => Some(true),
        "no" | "n" | "non" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    fn asked(typed: &[&str]) -> (Outcome<u32>, usize) {
        let words = Words::of(Language::English);
        let mut answers = typed.iter();
        let mut count = 0;
        let ask = || {
            count += 1;
            let answer = answers.next().ok_or_else(|| Failure::new("no more"))?;
            Ok((*answer).to_owned())
        };
        let judged = insist(&words, ask, |typed| {
            typed.parse().map_err(|_| format!("“{typed}” is no number"))
        });
        (judged, count)
    }

    #[test]
    fn a_mistake_is_asked_again_five_times_at_most() {
        assert_eq!(asked(&["x", "", "7", "8"]), (Ok(7), 3));
        let (outcome, count) = asked(&["a", "b", "c", "d", "e", "7"]);
        let failure = outcome.unwrap_err();
        assert!(failure.message.contains("“e”"), "{}", failure.message);
        assert_eq!(count, 5);
    }

    #[test]
    fn yes_and_no_are_understood_in_either_language() {
        for typed in ["yes", "Oui", " y", "O"] {
            assert_eq!(yes_or_no(typed), Some(true), "{typed}");
        }
        for typed in ["no", "Non", "n"] {
            assert_eq!(yes_or_no(typed), Some(false), "{typed}");
        }
        for typed in ["", "yess", "cast"] {
            assert_eq!(yes_or_no(typed), None, "{typed}");
        }
    }
}
