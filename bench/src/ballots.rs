//! What is measured of ballots, and in which order.

use curve25519_dalek::RistrettoPoint;
use curve25519_dalek::ristretto::CompressedRistretto;
use serde::Serialize;
use urne_crypto::ballot::{Ballot, Slot};
use urne_crypto::encoding::{DecodeError, Point, SecretScalar};
use urne_crypto::program::ProgramError;

use crate::classical::{CommittedBallot, CompactBallot};
use crate::election::{Cast, Election};
use crate::measure::{Series, Variant, interleave};
use crate::report::Size;

/// Decoding and adding the ciphertexts: no homomorphic tally does less.
pub(crate) const FLOOR: &str = "floor: decode and add the ciphertexts";
const DECODING: &str = "ours, decoding only";
const SINGLE: &str = "ours, one by one";
pub(crate) const BATCH: &str = "ours, in batches of 1,000";
const SMALL_BATCH: &str = "ours, in batches of 100";
const WHOLE: &str = "ours, in one batch of all";
pub(crate) const CLASSICAL_SINGLE: &str = "classical compact, one by one";
pub(crate) const CLASSICAL_BATCH: &str = "classical committed, in batches of 1,000";
const PROVER: &str = "our prover";
const CLASSICAL_PROVER: &str = "classical prover";

/// Like with like.
pub(crate) const COUNTERPARTS: [(&str, &str); 3] = [
    (CLASSICAL_SINGLE, SINGLE),
    (CLASSICAL_BATCH, BATCH),
    (CLASSICAL_PROVER, PROVER),
];

/// How much is measured.
pub(crate) struct Extent {
    /// voters, each with one ballot
    pub(crate) voters: usize,
    /// ballots of a batch, and of a round
    pub(crate) batch: usize,
    /// rounds over all that is not the whole election at once
    pub(crate) rounds: usize,
    /// rounds over the whole election
    pub(crate) whole_rounds: usize,
}

/// The figures of one election.
#[derive(Serialize)]
pub(crate) struct Measured {
    pub(crate) options: usize,
    pub(crate) voters: usize,
    /// variants of one group ran interleaved
    pub(crate) groups: Vec<Vec<Series>>,
    pub(crate) sizes: Vec<Size>,
}

/// Makes an election with so many options, and measures it.
pub(crate) fn measure(options: u32, extent: &Extent) -> Result<Measured, ProgramError> {
    let election = Election::new(options)?;
    let cast = election.cast(extent.voters);
    let (short, whole) = (
        parts(&election, &cast, extent),
        wholes(&election, &cast, extent),
    );
    Ok(Measured {
        options: election.options,
        voters: extent.voters,
        groups: vec![
            interleave(short, extent.rounds),
            interleave(whole, extent.whole_rounds),
        ],
        sizes: sizes(election.options, &cast[0]),
    })
}

/// Every round takes the next part of the voters.
fn parts<'a>(election: &'a Election, cast: &'a [Cast], extent: &Extent) -> Vec<Variant<'a>> {
    let batch = extent.batch;
    let (small, single) = (batch / 10, batch / 20);
    let part = move |round: usize| cast.chunks(batch).cycle().nth(round).unwrap_or(cast);
    let credential = SecretScalar::random(&mut rand::rng());
    let other = credential.clone();
    vec![
        variant(FLOOR, batch, move |round| floor(election, part(round))),
        variant(DECODING, batch, move |round| {
            std::hint::black_box(decode(election, part(round)));
        }),
        variant(SINGLE, single, move |round| {
            for (slot, ballot) in decode(election, &part(round)[..single]) {
                assert!(election.context.verify(slot, &ballot).is_ok());
            }
        }),
        variant(SMALL_BATCH, batch, move |round| {
            part(round)
                .chunks(small)
                .for_each(|cast| verify_batch(election, cast));
        }),
        variant(BATCH, batch, move |round| {
            verify_batch(election, part(round))
        }),
        variant(CLASSICAL_SINGLE, single, move |round| {
            for cast in &part(round)[..single] {
                let (credential, ballot) = (
                    Point::decode_non_identity(&cast.credential),
                    CompactBallot::decode(election.options, &cast.compact),
                );
                let holds = credential
                    .and_then(|credential| Ok(election.classical.verify(&credential, &ballot?)));
                assert_eq!(holds, Ok(true));
            }
        }),
        variant(CLASSICAL_BATCH, batch, move |round| {
            let ballots: Result<Vec<_>, DecodeError> = part(round)
                .iter()
                .map(|cast| {
                    Ok((
                        Point::decode_non_identity(&cast.credential)?,
                        CommittedBallot::decode(election.options, &cast.committed)?,
                    ))
                })
                .collect();
            let holds =
                ballots.map(|ballots| election.classical.verify_batch(&ballots, &mut rand::rng()));
            assert_eq!(holds, Ok(true));
        }),
        variant(PROVER, small, move |round| {
            for voter in 0..small {
                let ballot = election.prove(&credential, round + voter, &mut rand::rng());
                std::hint::black_box(ballot);
            }
        }),
        variant(CLASSICAL_PROVER, small, move |round| {
            for voter in 0..small {
                let proof = election.prove_classically(&other, round + voter, &mut rand::rng());
                std::hint::black_box(proof.compact());
            }
        }),
    ]
}

/// Every round takes all voters.
fn wholes<'a>(election: &'a Election, cast: &'a [Cast], extent: &Extent) -> Vec<Variant<'a>> {
    let batch = extent.batch;
    vec![
        variant(FLOOR, cast.len(), move |_| floor(election, cast)),
        variant(BATCH, cast.len(), move |_| {
            cast.chunks(batch)
                .for_each(|cast| verify_batch(election, cast));
        }),
        variant(WHOLE, cast.len(), move |_| verify_batch(election, cast)),
    ]
}

fn variant<'a>(name: &'static str, ballots: usize, run: impl FnMut(usize) + 'a) -> Variant<'a> {
    Variant {
        name,
        ballots,
        run: Box::new(run),
    }
}

fn floor(election: &Election, cast: &[Cast]) {
    let mut sums = vec![RistrettoPoint::default(); 2 * election.options];
    for cast in cast {
        let (words, _) = cast.urne.as_chunks::<32>();
        for (sum, word) in sums.iter_mut().zip(words) {
            *sum += CompressedRistretto(*word)
                .decompress()
                .expect("invariant: our own ballots decode");
        }
    }
    std::hint::black_box(sums);
}

/// Decodes credentials and ballots, as a verifier that reads entries must.
fn decode(election: &Election, cast: &[Cast]) -> Vec<(Slot, Ballot)> {
    cast.iter()
        .map(|cast| {
            let credential = Point::decode_non_identity(&cast.credential)?;
            let ballot = Ballot::decode(election.context.program(), &cast.urne)?;
            Ok((Election::slot(credential), ballot))
        })
        .collect::<Result<_, DecodeError>>()
        .expect("invariant: our own ballots decode")
}

fn verify_batch(election: &Election, cast: &[Cast]) {
    let ballots = decode(election, cast);
    let answers = election.context.verify_batch(&ballots, &mut rand::rng());
    assert!(answers.iter().all(Result::is_ok));
}

fn sizes(options: usize, cast: &Cast) -> Vec<Size> {
    let compact = cast.compact.len();
    vec![
        Size::new("ours", options, cast.urne.len()),
        Size::new("classical compact", options, compact),
        // One challenge for each proof, and both halves of it posted.
        Size::new(
            "classical compact, as deployed",
            options,
            compact + 32 * (options + 1),
        ),
        Size::new("classical committed", options, cast.committed.len()),
    ]
}
