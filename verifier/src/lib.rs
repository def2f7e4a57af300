//! The independent verifier of Urne records, written from the folder `spec/` alone. In reading order:
//!
//! | module | what it holds | chapter |
//! |---|---|---|
//! | [`encoding`] | base64, points, scalars, labelled hashes | notation.md |
//! | [`signature`] | Ed25519, strictly | notation.md |
//! | [`transcript`] | every transcript | transcripts.md |
//! | [`json`] | payloads read against their templates | encoding.md |
//! | [`manifest`], [`entry`] | the templates | entries.md |
//! | [`program`] | questions as bits and rules | ballot.md 1 |
//! | [`log`], [`checkpoint`], [`record`] | tree, notes, the folder of a record | board.md |
//! | [`ceremony`], [`roll`] | the trustees' keys, the voters' keys | keys.md |
//! | [`ballot`] | the ballot proof, in batches | ballot.md 3 |
//! | [`tally`], [`result`] | sums, decryption, winners | tally.md |
//! | [`state`] | phases, and what each entry does | entries.md |
//! | [`receipt`] | a voter's receipt | verification.md |
//! | [`ledger`], [`verification`], [`report`] | the checks, the verdict, the words | verification.md |
//!
//! Nothing here reads a file or the system's randomness by itself: the caller gives a [`Source`] and a
//! [`Randomness`].

mod ballot;
mod ceremony;
mod checkpoint;
mod encoding;
mod entry;
mod json;
mod ledger;
mod log;
mod manifest;
mod parallel;
mod program;
mod receipt;
mod record;
mod report;
mod result;
mod roll;
mod signature;
mod state;
mod tally;
mod transcript;
mod verification;

#[cfg(test)]
mod rehearsal;

pub use ceremony::Guilt;
pub use encoding::from_base64url;
pub use ledger::{CheckNumber, Void};
pub use receipt::ReceiptState;
pub use record::{ReadError, Source};
pub use report::{Check, CheckStatus, Kept, Report, Verdict};
pub use result::{CollegeOutcome, CollegeState, Outcome, QuestionOutcome, Status};
pub use state::Phase;
pub use verification::{Options, Progress, verify};

/// Fills a buffer with random bytes that nobody could foresee. Only the weights of batches are drawn from
/// it; where it fails, ballots are checked one by one.
pub type Randomness<'r> = &'r (dyn Fn(&mut [u8]) -> Result<(), NoRandomness> + Sync);

/// The caller has no randomness to give.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoRandomness;
