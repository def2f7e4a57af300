//! The independent verifier of Urne records, written from the folder `spec/` alone. In reading order:
//!
//! | module | what it holds | chapter |
//! |---|---|---|
//! | [`encoding`] | hashes, base64, points, scalars | notation.md |
//! | [`signature`] | Ed25519, strictly | notation.md |
//! | [`transcript`] | transcripts, and the one shape of most proofs | transcripts.md |
//! | [`template`] | payloads read against the text of their templates | encoding.md |
//! | [`manifest`], [`entry`] | the templates | entries.md |
//! | [`program`] | questions as bits and rules | ballot.md 1 |
//! | [`tree`], [`checkpoint`], [`record`] | tree, notes, the folder of a record | board.md |
//! | [`ceremony`], [`roll`] | the trustees' keys, the voters' keys | keys.md |
//! | [`ballot`] | the ballot proof, in batches | ballot.md 3 |
//! | [`tally`], [`outcome`] | sums, decryption, winners | tally.md |
//! | [`state`], [`voting`], [`sealing`] | phases, and what each entry does | entries.md |
//! | [`receipt`] | a voter's receipt | verification.md |
//! | [`ledger`], [`verification`] | the checks | verification.md |
//! | [`report`], [`words`] | the verdict, as data and in words | verification.md |
//!
//! Nothing here reads a file or the system's randomness by itself: the caller gives a [`Source`] and a
//! [`Randomness`]. What a template or a check has settled is not asked again: where code indexes a list or
//! splits bytes, the sizes are those of a template.

mod ballot;
mod ceremony;
mod checkpoint;
mod encoding;
mod entry;
mod ledger;
mod manifest;
mod outcome;
mod parallel;
mod program;
mod receipt;
mod record;
mod report;
mod roll;
mod sealing;
mod signature;
mod state;
mod tally;
mod template;
mod transcript;
mod tree;
mod verification;
mod voting;
mod words;

pub use ceremony::Guilt;
pub use encoding::from_base64url;
pub use entry::Phase;
pub use ledger::{CheckNumber, Void};
pub use outcome::{CollegeOutcome, CollegeState, Outcome, QuestionOutcome, Status};
pub use receipt::{ReceiptState, Standing};
pub use record::{ReadError, Source};
pub use report::{Check, CheckStatus, Kept, Report, Verdict};
pub use verification::{Options, Progress, verify};

/// Fills a buffer with random bytes that nobody could foresee. Only the weights of batches are drawn from
/// it; where it fails, ballots are checked one by one.
pub type Randomness<'r> = &'r (dyn Fn(&mut [u8]) -> Result<(), NoRandomness> + Sync);

/// The caller has no randomness to give.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoRandomness;

#[cfg(test)]
mod rehearsal;
