//! What a receipt is worth, from the board alone.

use urne_board::proof::TlogProof;
use urne_crypto::ballot::{NO_BALLOT, Slot};
use urne_crypto::encoding::Point;
use urne_crypto::signature::PublicKey;
use urne_election::entry::{BallotEntry, Entry, Operation, SignedEntry};
use urne_election::phase::{Phase, Void};
use urne_election::receipt::Receipt;
use urne_election::roll::Roll;

use crate::replica::Replica;

/// What became of a ballot: exactly one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It counts; before the closing, it is the accepted ballot of its line so far.
    Counts,
    /// A later ballot of the same line replaced it.
    Replaced {
        /// where the later ballot stands
        by: u64,
    },
    /// A change of the roll cancelled it.
    Cancelled {
        /// where the change stands
        by: u64,
    },
    /// It stands on the board but is void.
    Void(Void),
    /// It does not stand where the receipt says; the receipt is the evidence.
    Absent,
    /// It stands, but the log signed another board for the receipt than this copy shows; the receipt is the evidence.
    TwoBoards,
}

/// Why a receipt is no evidence against anybody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// It belongs to another election.
    #[error("this receipt belongs to another election")]
    OtherElection,
    /// The server did not sign it.
    #[error("the server did not sign this receipt")]
    Signature,
    /// Its proof does not show the ballot in a signed and cosigned state of the board.
    #[error("the receipt's proof does not hold: {0}")]
    Proof(String),
    /// Its entry is no ballot of this election, or its tracker is another ballot's.
    #[error("the receipt's tracker is not that of its ballot")]
    Ballot,
    /// This copy of the board is older than the receipt.
    #[error("this copy of the board is older than the receipt")]
    OlderBoard,
}

/// Checks the receipt itself: whose it is, the server's signature, that entry and tracker belong together, the proof against
/// the manifest's log and witnesses.
///
/// # Errors
/// [`ReceiptError`].
pub fn verify(receipt: &Receipt, replica: &Replica) -> Result<(), ReceiptError> {
    vouched_root(receipt, replica).map(|_| ())
}

/// The root of the state of the board that the receipt's proof is for, once everything about the receipt is checked.
fn vouched_root(receipt: &Receipt, replica: &Replica) -> Result<[u8; 32], ReceiptError> {
    if receipt.election != *replica.election().id() {
        return Err(ReceiptError::OtherElection);
    }
    PublicKey::decode(&replica.manifest().server.key)
        .and_then(|server| receipt.verify(&server))
        .map_err(|_| ReceiptError::Signature)?;
    let ballot = ballot(&receipt.entry, replica).ok_or(ReceiptError::Ballot)?;
    let count = replica.election().constants().form.program().ciphertexts();
    // Before a valid opening there is no tracker to compare; no ballot is accepted then either.
    let ctx = replica.election().ctx();
    if ctx.is_some_and(|ctx| ballot.tracker(ctx, count) != receipt.tracker) {
        return Err(ReceiptError::Ballot);
    }
    let wrong = |why: &dyn core::fmt::Display| ReceiptError::Proof(why.to_string());
    let proof = TlogProof::parse(receipt.proof.as_bytes()).map_err(|error| wrong(&error))?;
    let checkpoint = proof.checkpoint().checkpoint();
    if proof.index() != receipt.index
        || checkpoint.size() != receipt.size
        || proof.extra().is_some()
    {
        return Err(wrong(&"it is for another place"));
    }
    proof
        .verify(&receipt.entry, &replica.policy())
        .map_err(|error| wrong(&error))?;
    Ok(*checkpoint.root())
}

fn ballot(entry: &[u8], replica: &Replica) -> Option<BallotEntry> {
    let shape = &replica.election().constants().shape;
    match SignedEntry::decode(entry, shape).ok()?.entry {
        Entry::Ballot(ballot) => Some(ballot),
        _ => None,
    }
}

/// What became of the ballot of a receipt.
///
/// # Errors
/// [`ReceiptError`] where the receipt proves nothing, or this copy of the board is older.
pub fn fate(receipt: &Receipt, replica: &Replica) -> Result<Fate, ReceiptError> {
    let root = vouched_root(receipt, replica)?;
    let standing = usize::try_from(receipt.index)
        .ok()
        .and_then(|index| replica.entries().get(index));
    match standing {
        Some(entry) if *entry == receipt.entry => {}
        Some(_) => return Ok(Fate::Absent),
        None => return Err(ReceiptError::OlderBoard),
    }
    let own = replica.tree().root_at(receipt.size);
    if own.is_some_and(|own| own != root) {
        return Ok(Fate::TwoBoards);
    }
    Ok(fate_at(receipt.index, replica).unwrap_or(Fate::Absent))
}

/// Where the ballot with this tracker stands, the accepted one before any that is void: for those who kept only the tracker.
/// Nothing where there is none, or where the box has never been open.
pub fn find(tracker: &[u8; 32], replica: &Replica) -> Option<u64> {
    let ctx = replica.election().ctx()?;
    let count = replica.election().constants().form.program().ciphertexts();
    let found = |index: &u64| {
        ballot_at(*index, replica).is_some_and(|ballot| ballot.tracker(ctx, count) == *tracker)
    };
    let mut standing = (0..replica.tree().size()).filter(found);
    let first = standing.next()?;
    let is_void = |index: &u64| replica.void().iter().any(|(void, _)| void == index);
    let accepted = core::iter::once(first)
        .chain(standing)
        .find(|index| !is_void(index));
    Some(accepted.unwrap_or(first))
}

/// What became of the ballot that stands at this index; nothing where no ballot stands there.
pub fn fate_at(index: u64, replica: &Replica) -> Option<Fate> {
    let ballot = ballot_at(index, replica)?;
    if let Some((_, void)) = replica.void().iter().find(|(void, _)| *void == index) {
        return Some(Fate::Void(void.clone()));
    }
    Some(follow(ballot.key, index, replica).unwrap_or(Fate::Counts))
}

fn ballot_at(index: u64, replica: &Replica) -> Option<BallotEntry> {
    let entry = replica.entries().get(usize::try_from(index).ok()?)?;
    ballot(entry, replica)
}

/// Follows the line of an accepted ballot, cast under `key`, through everything after it.
fn follow(mut key: Point, index: u64, replica: &Replica) -> Option<Fate> {
    let shape = &replica.election().constants().shape;
    let read = |entry: &[u8]| SignedEntry::decode(entry, shape).ok();
    let is_void = |index: u64| replica.void().iter().any(|(void, _)| *void == index);
    let first = usize::try_from(index).ok()?.checked_add(1)?;
    let later = (index + 1..).zip(replica.entries().get(first..)?);
    for (index, entry) in later.filter(|(index, _)| !is_void(*index)) {
        match read(entry)?.entry {
            Entry::Ballot(later) if later.key == key => return Some(Fate::Replaced { by: index }),
            Entry::RollChange(change) => match change.operation {
                Operation::Remove { key: removed } if removed == key => {
                    return Some(Fate::Cancelled { by: index });
                }
                Operation::Replace {
                    key: old, halves, ..
                } if old == key => {
                    key = urne_election::roll::sum_of_halves(&halves)?;
                }
                _ => {}
            },
            _ => {}
        }
    }
    None
}

/// Whether any ballot of this line is accepted: anyone who holds a code can see that none was cast with it.
pub fn has_voted(replica: &Replica, slot: &Slot) -> Option<bool> {
    let roll: &Roll = match replica.election().phase() {
        Phase::Voting(phase) => phase.roll(),
        Phase::Sealing(phase) => phase.roll(),
        _ => return None,
    };
    let line = roll.line(slot.credential.bytes())?;
    Some(line.after() != NO_BALLOT)
}
