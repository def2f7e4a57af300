//! A voter's letter: what it says, and reading it back.
//!
//! The letter carries the code, which is secret, and the public half that a second device finds the line by. It never names the
//! voter: who opens a stray letter must not learn whose it is, and must not be able to vote without the identifier.

use urne_crypto::credential::VotingCode;
use urne_crypto::encoding::Point;
use urne_election::json::{base64url, from_base64url};
use urne_election::manifest::Manifest;

use super::words::Words;
use crate::hours;
use crate::language::{LANGUAGES, Language, fill};

/// What a letter says.
#[derive(Clone, Debug)]
pub struct Letter {
    /// where the ballot box is
    pub server: String,
    /// election id
    pub election: [u8; 32],
    /// the registrar's number
    pub registrar: u32,
    /// the code
    pub code: VotingCode,
    /// U_R
    pub half: Point,
    /// in which it is written
    pub language: Language,
}

/// A line of a letter is missing or cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the letter's line “{line}” is missing or damaged")]
pub struct LetterError {
    /// its label
    pub line: String,
    /// of the letter, as far as can be seen
    pub language: Language,
}

impl Letter {
    /// The letter as text, in its language.
    pub fn to_text(&self, manifest: &Manifest) -> String {
        let words = Words::of(self.language).letter;
        let two = match manifest.issuers.len() {
            1 => String::new(),
            _ => format!("\n{}", words.two),
        };
        let (election, server) = (base64url(&self.election), &self.server);
        let half = base64url(self.half.bytes());
        let hours = fill(
            &words.hours,
            &[
                ("opens", &hours::written(manifest.opens)),
                ("closes", &hours::written(manifest.closes)),
            ],
        );
        format!(
            "{title}

{heading}
{two}
{lines}

{hours}

{how}

{check}
   urne voter check --board {server}/boards/{election} --half {half}

{lost}
",
            title = self.title(manifest),
            heading = words.heading,
            lines = self.lines(manifest, &words),
            how = words.how,
            check = words.check,
            lost = words.lost,
        )
    }

    /// In the letter's language, where the election has one of this language.
    fn title(&self, manifest: &Manifest) -> String {
        let own = |tag: &String| Language::of_tag(tag) == Some(self.language);
        match manifest.languages.iter().position(own) {
            Some(place) => manifest.title[place].clone(),
            None => manifest.title.join(" / "),
        }
    }

    /// What is typed when voting, one value a line.
    fn lines(&self, manifest: &Manifest, words: &super::words::Letter) -> String {
        let name = &manifest.issuers[self.registrar as usize - 1].name;
        let number = fill(
            &words.number,
            &[
                ("number", &self.registrar),
                ("count", &manifest.issuers.len()),
                ("name", name),
            ],
        );
        let lines = [
            (&words.election, base64url(&self.election)),
            (&words.server, self.server.clone()),
            (&words.registrar, number),
            (&words.code, self.code.grouped()),
            (&words.half, base64url(self.half.bytes())),
        ];
        let widths = lines.iter().map(|(label, _)| label.chars().count());
        let width = widths.max().unwrap_or(0);
        let lines = lines.map(|(label, value)| format!("{label:<width$} {value}"));
        lines.join("\n")
    }

    /// Reads a letter back, in whichever language it is.
    ///
    /// # Errors
    /// [`LetterError`].
    pub fn parse(text: &str) -> Result<Letter, LetterError> {
        let written = LANGUAGES.into_iter().find(|language| {
            let heading = Words::of(*language).letter.heading;
            text.lines().any(|line| line.trim() == heading)
        });
        let language = written.unwrap_or(Language::English);
        let words = Words::of(language).letter;
        let damaged = |label: &str| LetterError {
            line: label.to_owned(),
            language,
        };
        // The title above the heading may begin like one of the lines.
        let below = text.lines().position(|line| line.trim() == words.heading);
        let line = |label: &str| {
            text.lines()
                .skip(below.unwrap_or(0))
                .find_map(|line| line.strip_prefix(label))
                .map(str::trim)
                .filter(|value| !value.is_empty())
                .ok_or_else(|| damaged(label))
        };
        let election =
            from_base64url(line(&words.election)?).ok_or_else(|| damaged(&words.election))?;
        let number = line(&words.registrar)?.split(' ').next();
        let half = from_base64url(line(&words.half)?)
            .and_then(|half| Point::decode_non_identity(&half).ok())
            .ok_or_else(|| damaged(&words.half))?;
        Ok(Letter {
            server: line(&words.server)?.to_owned(),
            election,
            registrar: match number {
                Some("1") => 1,
                Some("2") => 2,
                _ => return Err(damaged(&words.registrar)),
            },
            code: VotingCode::parse(line(&words.code)?).map_err(|_| damaged(&words.code))?,
            half,
            language,
        })
    }
}
