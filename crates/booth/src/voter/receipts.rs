//! What a receipt is worth, and what became of a ballot: from a receipt, from a tracker, or from the letter's code.

use serde::Serialize;
use urne_board::tree::leaf_hash;
use urne_client::receipt::{self, Fate, ReceiptError};
use urne_client::replica::Replica;
use urne_client::voter::{self, HalfError};
use urne_crypto::encoding::Point;
use urne_crypto::hash::fingerprint;
use urne_crypto::signature::PublicKey;
use urne_election::json::base64url;
use urne_election::phase::Phase;
use urne_election::receipt::{Receipt, Refusal};

use super::device::{half_of_letter, unmade};
use super::links;
use crate::failure::Failure;

/// A receipt that holds by itself: the server signed that this ballot stands there, in a state of the board that is vouched
/// for. What became of the ballot since is another question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Genuine {
    /// the ballot's tracker
    pub tracker: String,
    /// the same in eight digits, for reading aloud
    pub spoken: String,
    /// where the ballot stands
    pub index: u64,
    /// entries of the board that the receipt's proof is for
    pub size: u64,
    /// what a link to the receipt's page ends with
    pub fragment: String,
}

/// Which election a receipt belongs to, before anything about it is checked.
///
/// # Errors
/// `not-a-receipt`.
pub fn election_of(receipt: &[u8]) -> Result<String, Failure> {
    Ok(base64url(&read(receipt)?.election))
}

fn read(receipt: &[u8]) -> Result<Receipt, Failure> {
    Receipt::decode(receipt).map_err(|error| Failure::new("not-a-receipt", error))
}

/// Checks a receipt by itself, against a board followed at least up to its opening. `entry` is the ballot it must be for, where
/// that is known.
///
/// # Errors
/// `not-a-receipt`, `receipt-elsewhere`, `receipt-signature`, `receipt-proof`, `receipt-ballot`.
pub fn genuine(
    receipt: &[u8],
    entry: Option<&[u8]>,
    replica: &Replica,
) -> Result<Genuine, Failure> {
    let found = read(receipt)?;
    receipt::verify(&found, replica).map_err(|error| worthless(&error))?;
    if entry.is_some_and(|entry| *entry != found.entry) {
        return Err(Failure::new("receipt-ballot", ""));
    }
    Ok(Genuine {
        tracker: base64url(&found.tracker),
        spoken: links::spoken(&found.tracker),
        index: found.index,
        size: found.size,
        fragment: links::receipt_fragment(&found.election, &found.tracker, found.index),
    })
}

/// Whether the server has signed that it did not accept this very ballot. Answers the refusal's code. Anybody on the way can make
/// up an answer without a signature: it says nothing about the ballot.
///
/// # Errors
/// `not-refused`.
pub fn refused(entry: &[u8], refusal: &str, replica: &Replica) -> Result<String, Failure> {
    let no = |why: &str| Failure::new("not-refused", why);
    let found = Refusal::decode(refusal.as_bytes()).map_err(Failure::of("not-refused"))?;
    if found.election != *replica.election().id() {
        return Err(no("it belongs to another election"));
    }
    if found.hash != fingerprint(entry) {
        return Err(no("it is for another ballot"));
    }
    PublicKey::decode(&replica.manifest().server.key)
        .and_then(|server| found.verify(&server))
        .map_err(|_| no("the server did not sign it"))?;
    Ok(found.code)
}

/// The name of a ballot in the address of its receipt: its leaf hash (base64url).
pub fn leaf(entry: &[u8]) -> String {
    base64url(&leaf_hash(entry))
}

fn worthless(error: &ReceiptError) -> Failure {
    let code = match error {
        ReceiptError::OtherElection => "receipt-elsewhere",
        ReceiptError::Signature => "receipt-signature",
        ReceiptError::Proof(_) => "receipt-proof",
        ReceiptError::Ballot => "receipt-ballot",
        ReceiptError::OlderBoard => "board-older",
    };
    Failure::new(code, error)
}

/// What became of a ballot: exactly one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Became {
    /// `counts`, `replaced`, `cancelled`, `void`, `absent`, `two-boards`, or `none` where no ballot was ever cast
    pub what: &'static str,
    /// whether the box is closed, so that nothing changes any more
    pub closed: bool,
    /// where the ballot stands
    pub index: Option<u64>,
    /// the entry that replaced or cancelled it
    pub by: Option<u64>,
    /// why it is void, in English
    pub why: Option<String>,
    /// its tracker
    pub tracker: Option<String>,
    /// the same in eight digits
    pub spoken: Option<String>,
    /// entries of the board that was looked at
    pub size: u64,
}

fn became(fate: Option<Fate>, ballot: Option<(u64, [u8; 32])>, replica: &Replica) -> Became {
    let mut became = Became {
        what: "none",
        closed: matches!(replica.election().phase(), Phase::Sealing(_)),
        index: ballot.map(|(index, _)| index),
        by: None,
        why: None,
        tracker: ballot.map(|(_, tracker)| base64url(&tracker)),
        spoken: ballot.map(|(_, tracker)| links::spoken(&tracker)),
        size: replica.tree().size(),
    };
    let Some(fate) = fate else { return became };
    (became.what, became.by) = match fate {
        Fate::Counts => ("counts", None),
        Fate::Replaced { by } => ("replaced", Some(by)),
        Fate::Cancelled { by } => ("cancelled", Some(by)),
        Fate::Void(void) => {
            became.why = Some(void.to_string());
            ("void", None)
        }
        Fate::Absent => ("absent", None),
        Fate::TwoBoards => ("two-boards", None),
    };
    became
}

/// What became of the ballot of a receipt. The board has been followed whole.
///
/// # Errors
/// As [`genuine`], and `board-older`.
pub fn of_receipt(receipt: &[u8], replica: &Replica) -> Result<Became, Failure> {
    let found = read(receipt)?;
    let fate = receipt::fate(&found, replica).map_err(|error| worthless(&error))?;
    Ok(became(
        Some(fate),
        Some((found.index, found.tracker)),
        replica,
    ))
}

/// What became of the ballot with this tracker, for those who kept no more than a picture of the receipt. The board has been
/// followed whole. Without the receipt, a ballot that is not there is no evidence against anybody.
pub fn of_tracker(tracker: &[u8; 32], replica: &Replica) -> Became {
    let Some(index) = receipt::find(tracker, replica) else {
        return Became {
            tracker: Some(base64url(tracker)),
            spoken: Some(links::spoken(tracker)),
            ..became(None, None, replica)
        };
    };
    became(
        receipt::fate_at(index, replica),
        Some((index, *tracker)),
        replica,
    )
}

/// Which ballot is accepted on the line of a letter. Its code and the identifier are enough: they give the half that stands on
/// the roll. The board has been followed whole.
///
/// # Errors
/// `code-…`, `identifier`, `not-on-roll`, `letter-replaced`, `not-open`.
pub fn of_letter(identifier: &str, code: &str, replica: &Replica) -> Result<Became, Failure> {
    let election = replica.election().id();
    let issuers = (1..).take(replica.manifest().issuers.len());
    for issuer in issuers {
        let half = half_of_letter(election, issuer, identifier, code)?.public();
        match voter::key_of_half(replica, &half) {
            Ok(key) => return of_line(&key, replica),
            Err(HalfError::Unknown) => {}
            Err(HalfError::Shared) => return Err(Failure::new("half-shared", "")),
        }
    }
    Err(Failure::new("not-on-roll", ""))
}

fn of_line(key: &Point, replica: &Replica) -> Result<Became, Failure> {
    let roll = match replica.election().phase() {
        Phase::Voting(phase) => phase.roll(),
        Phase::Sealing(phase) => phase.roll(),
        _ => return Err(unmade(&voter::VoteError::NotOpen)),
    };
    let line = roll
        .line(key.bytes())
        .ok_or(Failure::new("letter-replaced", ""))?;
    let ballot = line
        .accepted
        .map(|accepted| (accepted.index, accepted.tracker));
    Ok(became(ballot.map(|_| Fate::Counts), ballot, replica))
}
