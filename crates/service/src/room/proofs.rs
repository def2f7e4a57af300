//! Many ballots' proofs at once: the same function for ballots that arrive and for those that are read again at start.

use urne_crypto::ballot::verify::CheckedBallot;
use urne_crypto::ballot::{Ballot, BallotContext, Slot};
use urne_election::entry::BallotEntry;
use urne_election::phase::{Check, Void};

/// A ballot entry with the college of its line.
pub(crate) struct Unproven<'a> {
    pub(crate) ballot: &'a BallotEntry,
    pub(crate) college: u32,
}

/// Decodes and checks ballots; the answers stand in the order of the input. Takes long: not for the threads that talk.
pub(crate) fn check_proofs(
    context: &BallotContext,
    ballots: &[Unproven<'_>],
) -> Vec<Result<CheckedBallot, Void>> {
    let decoded: Vec<Result<(Slot, Ballot), Void>> = ballots
        .iter()
        .map(|unproven| {
            let ballot = Ballot::decode(context.program(), &unproven.ballot.proof)
                .map_err(|error| Check::BallotProofs.void(error.to_string()))?;
            let slot = Slot {
                college: unproven.college,
                credential: unproven.ballot.key,
                after: unproven.ballot.after,
            };
            Ok((slot, ballot))
        })
        .collect();
    let mut voids = Vec::with_capacity(decoded.len());
    let mut pairs = Vec::with_capacity(decoded.len());
    for outcome in decoded {
        match outcome {
            Ok(pair) => {
                pairs.push(pair);
                voids.push(None);
            }
            Err(void) => voids.push(Some(void)),
        }
    }
    let mut checked = context.verify_batch(&pairs, &mut rand::rng()).into_iter();
    voids
        .into_iter()
        .map(|void| match void {
            Some(void) => Err(void),
            None => checked
                .next()
                .expect("invariant: one answer for each decoded ballot")
                .map_err(|error| Check::BallotProofs.void(error.to_string())),
        })
        .collect()
}

/// Whether these bytes say they are a ballot.
pub(crate) fn looks_like_a_ballot(bytes: &[u8]) -> bool {
    bytes.starts_with(br#"{"kind":"ballot""#)
}
