//! In which language a voter is spoken to: the one asked for, else that of the letter, of the terminal, of the election.

use urne_client::replica::Replica;
use urne_client::voter::VoteError;
use urne_crypto::credential::TypingError;
use urne_election::form::BallotAnswersError;

use super::super::answers::AnswerTypingError;
use super::super::words::Words;
use crate::failure::{Failure, Outcome};
use crate::language::{Language, fill};
use crate::wire::server::{Server, Waiting, WireError};

/// The words a voter is spoken to with.
pub(super) struct Voice {
    pub(super) words: Words,
    language: Language,
    /// as typed after --language
    wanted: Option<String>,
    /// whether anybody has chosen this language
    chosen: bool,
}

impl Voice {
    /// Before the board is known.
    pub(super) fn new(wanted: Option<&str>, letter: Option<Language>) -> Voice {
        let terminal = || Language::chosen(|name| std::env::var(name).ok());
        let chosen = wanted.and_then(Language::of_tag).or(letter);
        let chosen = chosen.or_else(terminal);
        let language = chosen.unwrap_or(Language::English);
        Voice {
            words: Words::of(language),
            language,
            wanted: wanted.map(str::to_owned),
            chosen: chosen.is_some(),
        }
    }

    /// Now that the board is known: the place of the voter's language among the election's. Where nobody has chosen, the election
    /// has.
    ///
    /// # Errors
    /// Where a language was asked for that the election does not have.
    pub(super) fn on(&mut self, replica: &Replica) -> Outcome<usize> {
        let languages = &replica.manifest().languages;
        if let Some(wanted) = &self.wanted {
            let place = languages.iter().position(|tag| tag == wanted);
            return place.ok_or_else(|| {
                let languages = languages.join(", ");
                Failure::new(fill(
                    &self.words.typing.languages,
                    &[("languages", &languages)],
                ))
            });
        }
        let own = |tag: &String| Language::of_tag(tag);
        if !self.chosen
            && let Some(language) = languages.iter().find_map(own)
        {
            self.language = language;
            self.words = Words::of(language);
        }
        let place = languages
            .iter()
            .position(|tag| own(tag) == Some(self.language));
        Ok(place.unwrap_or(0))
    }

    /// A server that is waited for in these words.
    pub(super) fn server(&self, address: &str) -> Result<Server, WireError> {
        let waiting = self.words.vote.waiting.clone();
        Ok(Server::at(address)?.with_notice(move |told: &Waiting| {
            let values: [(&str, &dyn core::fmt::Display); 3] = [
                ("address", &told.address),
                ("why", &told.why),
                ("until", &told.until),
            ];
            eprintln!("{}", fill(&waiting, &values));
        }))
    }

    /// Why a code or an identifier cannot be used.
    pub(super) fn typing(&self, error: &TypingError) -> String {
        let words = &self.words.typing;
        match error {
            TypingError::Symbol(symbol) => fill(&words.symbol, &[("symbol", symbol)]),
            TypingError::Length(length) => fill(&words.length, &[("length", length)]),
            TypingError::Mistake => words.mistake.clone(),
            TypingError::Identifier => words.identifier.clone(),
        }
    }

    /// Why no ballot can be made.
    pub(super) fn vote(&self, error: VoteError) -> Failure {
        Failure::new(match error {
            VoteError::NotOpen => self.words.vote.not_open.clone(),
            VoteError::NotOnRoll => self.words.typing.not_on_roll.clone(),
            VoteError::Answers(BallotAnswersError::Count { found, expected }) => {
                AnswerTypingError::Count { found, expected }.said(&self.words)
            }
            VoteError::Answers(BallotAnswersError::Answer { error, .. }) => {
                AnswerTypingError::Rule(error).said(&self.words)
            }
        })
    }
}
