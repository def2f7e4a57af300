//! The device that makes the ballot. The credential lives here and nowhere else; a page only sees the line's public key.

use urne_client::replica::Replica;
use urne_client::voter::{self, Audit, PreparedBallot, VoteError};
use urne_crypto::ballot::{NO_BALLOT, Slot};
use urne_crypto::credential::{
    Identifier, TypingError, VotingCode, credential, credential_half as half_of,
};
use urne_crypto::encoding::{Point, SecretScalar};
use urne_election::json::from_base64url;
use urne_election::phase::Phase;
use urne_election::question::Answer;

use crate::failure::Failure;

/// One issuer's part of what makes a voter, in the issuers' order.
pub enum Part {
    /// the code on a letter, as typed
    Code(String),
    /// the half that the server released for a link in a mail: base64url of a scalar
    Half(String),
}

impl Part {
    /// `code:` and what was typed, or `half:` and base64url; nothing for anything else.
    pub fn read(text: &str) -> Option<Part> {
        let (kind, value) = text.split_once(':')?;
        match kind {
            "code" => Some(Part::Code(value.to_owned())),
            "half" => Some(Part::Half(value.to_owned())),
            _ => None,
        }
    }
}

/// The voter's own device.
#[derive(Default)]
pub struct Device {
    voter: Option<Voter>,
    prepared: Option<PreparedBallot>,
}

struct Voter {
    credential: SecretScalar,
    key: Point,
    slot: Option<Slot>,
}

/// A typed code in the form of the letter, or what is wrong with it.
///
/// # Errors
/// `code-symbol` (the detail is the symbol), `code-length` (the detail is how many there are), `code-mistake`.
pub fn grouped(code: &str) -> Result<String, Failure> {
    Ok(VotingCode::parse(code).map_err(typing)?.grouped())
}

fn typing(error: TypingError) -> Failure {
    match error {
        TypingError::Symbol(symbol) => Failure::new("code-symbol", symbol),
        TypingError::Length(length) => Failure::new("code-length", length),
        TypingError::Mistake => Failure::new("code-mistake", ""),
        TypingError::Identifier => Failure::new("identifier", ""),
    }
}

impl Device {
    /// Brings code, identifier and halves together; the answer is the public key to ask the line for.
    ///
    /// # Errors
    /// `code-…`, `identifier`, `half`, or `parts` where there is not one part for each issuer.
    pub fn identify(
        &mut self,
        replica: &Replica,
        identifier: &str,
        parts: &[Part],
    ) -> Result<[u8; 32], Failure> {
        if parts.len() != replica.manifest().issuers.len() {
            return Err(Failure::new("parts", ""));
        }
        let mut halves = Vec::new();
        for (issuer, part) in (1..).zip(parts) {
            halves.push(match part {
                Part::Code(code) => {
                    half_of_letter(replica.election().id(), issuer, identifier, code)?
                }
                Part::Half(half) => from_base64url(half)
                    .and_then(|bytes| SecretScalar::decode(&bytes).ok())
                    .ok_or(Failure::new("half", ""))?,
            });
        }
        let credential = credential(&halves);
        let key = credential.public();
        self.prepared = None;
        self.voter = Some(Voter {
            credential,
            key,
            slot: None,
        });
        Ok(*key.bytes())
    }

    /// Takes what the server says about the line: its college, and the tracker (base64url) of the ballot that is accepted on it, if
    /// there is one. A lie here only has the ballot refused. The answer says whether a ballot of this line stands in the box.
    ///
    /// # Errors
    /// `not-identified`; `line` where the tracker is none.
    pub fn take_line(&mut self, college: u32, accepted: Option<&str>) -> Result<bool, Failure> {
        let voter = self.voter.as_mut();
        let voter = voter.ok_or(Failure::new("not-identified", ""))?;
        let after = match accepted {
            None => NO_BALLOT,
            Some(tracker) => from_base64url(tracker).ok_or(Failure::new("line", tracker))?,
        };
        voter.slot = Some(Slot {
            college,
            credential: voter.key,
            after,
        });
        Ok(after != NO_BALLOT)
    }

    /// What it means that the server knows no such line: `letter-replaced` where it stood there when the box was opened,
    /// otherwise `not-on-roll`.
    pub fn without_line(&self, replica: &Replica) -> Failure {
        let once = |voter: &Voter| voter::slot(replica, &voter.key).is_ok();
        let code = match self.voter.as_ref().is_some_and(once) {
            true => "letter-replaced",
            false => "not-on-roll",
        };
        Failure::new(code, "")
    }

    /// Makes the ballot of these answers; an earlier one that was neither cast nor revealed is forgotten. The answer is its
    /// tracker.
    ///
    /// # Errors
    /// `not-identified`, `not-open`, `answers`.
    pub fn prepare(
        &mut self,
        replica: &Replica,
        answers: &[Answer],
        rng: &mut impl rand::CryptoRng,
    ) -> Result<[u8; 32], Failure> {
        let slot = self.voter.as_ref().and_then(|voter| voter.slot);
        let slot = slot.ok_or(Failure::new("not-identified", ""))?;
        let prepared =
            voter::prepare_for(replica, slot, answers, rng).map_err(|error| unmade(&error))?;
        let tracker = prepared.tracker();
        self.prepared = Some(prepared);
        Ok(tracker)
    }

    /// "Check": shows what the ballot holds. It is spent.
    ///
    /// # Errors
    /// `no-ballot` where none is prepared.
    pub fn reveal(&mut self, replica: &Replica) -> Result<Audit, Failure> {
        let prepared = self.prepared.take().ok_or(Failure::new("no-ballot", ""))?;
        Ok(prepared.reveal(replica))
    }

    /// "Cast": the entry to send. Keep these very bytes until there is a receipt.
    ///
    /// # Errors
    /// `no-ballot`, `not-open`.
    pub fn cast(
        &mut self,
        replica: &Replica,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<Vec<u8>, Failure> {
        let voter = self
            .voter
            .as_ref()
            .ok_or(Failure::new("not-identified", ""))?;
        let prepared = self.prepared.take().ok_or(Failure::new("no-ballot", ""))?;
        prepared
            .cast(replica, &voter.credential, rng)
            .map_err(|error| unmade(&error))
    }
}

/// The secret half that a letter's code and the voter's identifier make.
pub(super) fn half_of_letter(
    election: &[u8; 32],
    issuer: u32,
    identifier: &str,
    code: &str,
) -> Result<SecretScalar, Failure> {
    let code = VotingCode::parse(code).map_err(typing)?;
    let identifier = folded(identifier).map_err(typing)?;
    Ok(half_of(election, issuer, &identifier, &code))
}

/// The one form of an identifier. The browser's own tables fold it: they are on every phone already.
#[cfg(target_arch = "wasm32")]
fn folded(typed: &str) -> Result<Identifier, TypingError> {
    let once = js_sys::JsString::from(typed)
        .normalize("NFKC")
        .to_lower_case();
    Identifier::from_folded(&String::from(once.normalize("NFKC")))
}

#[cfg(not(target_arch = "wasm32"))]
fn folded(typed: &str) -> Result<Identifier, TypingError> {
    Identifier::new(typed)
}

/// Whether a board followed up to its opening has been opened there.
///
/// # Errors
/// `not-open`.
pub fn require_open(replica: &Replica) -> Result<(), Failure> {
    match replica.election().phase() {
        Phase::Voting(_) => Ok(()),
        _ => Err(Failure::new("not-open", "")),
    }
}

pub(super) fn unmade(error: &VoteError) -> Failure {
    let code = match error {
        VoteError::NotOpen => "not-open",
        VoteError::NotOnRoll => "not-on-roll",
        VoteError::Answers(_) => "answers",
    };
    Failure::new(code, error)
}
