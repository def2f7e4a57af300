//! A voter's letter: what it says, and reading it back.
//!
//! The letter carries the code, which is secret, and the public half that a second device finds the line by. It never names the
//! voter: who opens a stray letter must not learn whose it is, and must not be able to vote without the identifier.

use urne_crypto::credential::VotingCode;
use urne_crypto::encoding::Point;
use urne_election::json::{base64url, from_base64url};
use urne_election::manifest::Manifest;

use crate::hours;

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
}

/// Why a letter cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    /// A line is missing or cannot be read.
    #[error("the letter's line “{0}” is missing or damaged")]
    Line(&'static str),
}

const SERVER: &str = "Ballot box:";
const ELECTION: &str = "Election:";
const REGISTRAR: &str = "Registrar:";
const CODE: &str = "Your code:";
const HALF: &str = "Public half:";

impl Letter {
    /// The letter as text.
    pub fn to_text(&self, manifest: &Manifest) -> String {
        let registrars = manifest.issuers.len();
        let name = &manifest.issuers[self.registrar as usize - 1].name;
        let two = match registrars {
            1 => "",
            _ => {
                "\nYou get one letter from each registrar; you need both. They should come to you by different ways."
            }
        };
        format!(
            "{title}

VOTING LETTER
{two}
{ELECTION:<13} {election}
{SERVER:<13} {server}
{REGISTRAR:<13} {number} of {registrars}, {name}
{CODE:<13} {code}
{HALF:<13} {half}

Voting is open from {opens} to {closes}.

HOW TO VOTE
1. You need this code and your identifier (the one your registrar knows you by; it is not printed here).
2. Type: urne voter vote
   and what it asks for, as printed above.
3. Your vote is in the box when you are told so, and not before. Keep the receipt.
You may vote again; your last vote counts. Nobody can read a vote from this letter.

TO CHECK YOUR DEVICE, with a second one that need not know your code
   urne voter check --board {server}/boards/{election} --half {half}

If this letter was open, lost, or copied, tell the registrar: you get a new one and this one becomes worthless.
",
            title = manifest.title.join(" / "),
            election = base64url(&self.election),
            server = self.server,
            number = self.registrar,
            code = self.code.grouped(),
            half = base64url(self.half.bytes()),
            opens = hours::written(manifest.opens),
            closes = hours::written(manifest.closes),
        )
    }

    /// Reads a letter back.
    ///
    /// # Errors
    /// [`LetterError`].
    pub fn parse(text: &str) -> Result<Letter, LetterError> {
        let line = |label: &'static str| {
            text.lines()
                .find_map(|line| line.strip_prefix(label))
                .map(str::trim)
                .filter(|value| !value.is_empty())
                .ok_or(LetterError::Line(label))
        };
        let election = from_base64url(line(ELECTION)?).ok_or(LetterError::Line(ELECTION))?;
        let number = line(REGISTRAR)?.split(' ').next().unwrap_or_default();
        let half = from_base64url(line(HALF)?)
            .and_then(|half| Point::decode_non_identity(&half).ok())
            .ok_or(LetterError::Line(HALF))?;
        Ok(Letter {
            server: line(SERVER)?.to_owned(),
            election,
            registrar: match number {
                "1" => 1,
                "2" => 2,
                _ => return Err(LetterError::Line(REGISTRAR)),
            },
            code: VotingCode::parse(line(CODE)?).map_err(|_| LetterError::Line(CODE))?,
            half,
        })
    }
}
