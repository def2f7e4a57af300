//! Many ballots at once: forgeries made to cancel, and the search that names every bad ballot.

use core::convert::Infallible;

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::traits::Identity as _;
use curve25519_dalek::{RistrettoPoint, Scalar};
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{TryCryptoRng, TryRng};

use urne_crypto::ballot::{Ballot, BallotContext, Slot};
use urne_crypto::hash::hash_256;
use urne_crypto::transcript::batch_weights;

use crate::cheat::{Absorbing, Proof, Statement};
use crate::sample::{rng, voter};

/// The tempting shortcut: one weight per ballot over the sum of its four equations.
fn naive_batch(ballots: &[(Statement, Proof)], weights: &mut StdRng) -> bool {
    let sum: RistrettoPoint = ballots
        .iter()
        .map(|(statement, proof)| {
            let (y, x) = proof.challenges(statement, Absorbing::Everything);
            let residuals = proof.residuals(statement, &y, &x);
            Scalar::random(weights) * residuals.iter().sum::<RistrettoPoint>()
        })
        .sum();
    sum == RistrettoPoint::identity()
}

/// Twelve voters, more than are ever checked one by one at once; `cheats` replace some of them.
fn crowd(cheats: Vec<(usize, (Statement, Proof))>) -> Vec<(Statement, Proof)> {
    let mut ballots: Vec<(Statement, Proof)> = (0..12)
        .map(|seed| {
            let voter = voter(seed);
            (voter.statement.clone(), voter.prove())
        })
        .collect();
    for (index, cheat) in cheats {
        ballots[index] = cheat;
    }
    ballots
}

/// The seed of the verifier's own randomness, which no cheat should know.
const COINS: u64 = 77;

/// The numbers of the ballots the crate refuses.
fn named(ballots: &[(Statement, Proof)]) -> Vec<usize> {
    let batch: Vec<(Slot, Ballot)> = ballots
        .iter()
        .map(|(statement, proof)| (statement.slot(), proof.ballot(statement)))
        .collect();
    let context = ballots[0].0.context();
    let answers = context.verify_batch(&batch, &mut rng(COINS));
    assert_eq!(answers.len(), ballots.len());
    for ((slot, ballot), answer) in batch.iter().zip(&answers) {
        let alone = context.verify(*slot, ballot);
        assert_eq!(alone.is_ok(), answer.is_ok());
        if let Ok(checked) = answer {
            assert_eq!(checked.slot(), slot);
            assert_eq!(checked.ciphertexts(), ballot.ciphertexts());
        }
    }
    refused(&answers)
}

fn refused<T, E>(answers: &[Result<T, E>]) -> Vec<usize> {
    (0..answers.len())
        .filter(|index| answers[*index].is_err())
        .collect()
}

#[test]
fn a_million_votes_hidden_by_an_error_in_the_credential_fool_one_weight_per_ballot_only() {
    // β_1 + Δ·G from the start leaves x·y·Δ·G in the third equation; z_u + x·y·Δ leaves its opposite in the fourth.
    let delta = Scalar::from(1_000_000_u64);
    let mut cheat = voter(100);
    cheat.ciphertexts[0][1] += delta * G;
    let mut forged = cheat.prove();
    let (y, x) = forged.challenges(&cheat.statement, Absorbing::Everything);
    forged.responses[2] += x * y * delta;
    assert_eq!(
        forged.broken_equations(&cheat.statement, Absorbing::Everything),
        [3, 4]
    );

    let ballots = crowd(vec![(5, (cheat.statement, forged))]);
    for seed in 0..3 {
        assert!(naive_batch(&ballots, &mut rng(seed)), "the naive check");
    }
    assert_eq!(named(&ballots), [5]);
}

#[test]
fn the_naive_check_is_not_simply_blind() {
    let mut cheat = voter(101);
    cheat.ciphertexts[0][1] += G;
    let ballots = crowd(vec![(5, (cheat.statement.clone(), cheat.prove()))]);
    assert!(!naive_batch(&ballots, &mut rng(1)));
    assert!(naive_batch(&crowd(vec![]), &mut rng(1)));
}

#[test]
fn errors_in_any_two_equations_of_one_ballot_do_not_cancel() {
    for first in 0..4 {
        for second in first + 1..4 {
            let mut cheat = voter(102);
            cheat.errors[first] = Scalar::from(5_u64);
            cheat.errors[second] = -Scalar::from(5_u64);
            let proof = cheat.prove();
            let ballots = crowd(vec![(11, (cheat.statement, proof))]);
            assert!(naive_batch(&ballots, &mut rng(2)));
            assert_eq!(named(&ballots), [11], "equations {first} and {second}");
        }
    }
}

#[test]
fn errors_in_the_same_equation_of_two_ballots_do_not_cancel() {
    for equation in 0..4 {
        let (mut plus, mut minus) = (voter(103), voter(104));
        plus.errors[equation] = Scalar::ONE;
        minus.errors[equation] = -Scalar::ONE;
        let cheats = [plus, minus].map(|cheat| (cheat.statement.clone(), cheat.prove()));
        // All weights equal to one would be fooled.
        let sum: RistrettoPoint = cheats
            .iter()
            .flat_map(|(statement, proof)| {
                let (y, x) = proof.challenges(statement, Absorbing::Everything);
                proof.residuals(statement, &y, &x)
            })
            .sum();
        assert_eq!(sum, RistrettoPoint::identity());
        let [plus, minus] = cheats;
        let ballots = crowd(vec![(0, plus), (1, minus)]);
        assert_eq!(named(&ballots), [0, 1], "equation {equation}");
    }
}

#[test]
fn weights_known_before_the_answers_could_be_forged_and_are_not_used() {
    // Known weights ω: an error e in the third equation is paid with (ω_3/ω_4)·e in the fourth.
    let weights = [7_u64, 8, 9, 10].map(Scalar::from);
    let delta = Scalar::from(3_u64);
    let mut cheat = voter(105);
    cheat.ciphertexts[0][1] += delta * G;
    let mut forged = cheat.prove();
    let (y, x) = forged.challenges(&cheat.statement, Absorbing::Everything);
    forged.responses[2] += weights[2] * weights[3].invert() * x * y * delta;
    let residuals = forged.residuals(&cheat.statement, &y, &x);
    let sum: RistrettoPoint = weights.iter().zip(residuals).map(|(w, e)| w * e).sum();
    assert_eq!(sum, RistrettoPoint::identity());
    assert_eq!(
        named(&crowd(vec![(3, (cheat.statement.clone(), forged.clone()))])),
        [3]
    );
}

#[test]
fn weights_depend_on_every_ballot_and_on_the_verifiers_coins() {
    let drawn = |fingerprints: &[[u8; 32]], seed: u64| {
        let mut bytes = [0; 64];
        batch_weights(fingerprints.iter(), &mut rng(seed)).fill(&mut bytes);
        bytes
    };
    let ballots = [[1; 32], [2; 32]];
    let before = drawn(&ballots, 1);
    assert_eq!(before, drawn(&ballots, 1));
    assert_ne!(before, drawn(&ballots, 2));
    assert_ne!(before, drawn(&ballots[..1], 1));
    for (number, index) in [(0, 0), (0, 31), (1, 0), (1, 31)] {
        let mut changed = ballots;
        changed[number][index] ^= 1;
        assert_ne!(before, drawn(&changed, 1));
    }
}

#[test]
fn a_cheat_who_foresees_the_coins_does_not_foresee_the_weights() {
    // Its last free choice is z_u. Were the weights drawn from anything that leaves z_u out, it could pay with it.
    let delta = Scalar::from(3_u64);
    let mut cheat = voter(108);
    cheat.ciphertexts[0][1] += delta * G;
    let unpaid = cheat.prove();
    let (y, x) = unpaid.challenges(&cheat.statement, Absorbing::Everything);
    let ballots = crowd(vec![(3, (cheat.statement.clone(), unpaid.clone()))]);

    let over = |answers: usize| {
        move |statement: &Statement, proof: &Proof| {
            let (_, x) = proof.challenges(statement, Absorbing::Everything);
            let scalars: Vec<[u8; 32]> = [x]
                .iter()
                .chain(&proof.bit_responses)
                .chain(&proof.responses)
                .map(Scalar::to_bytes)
                .collect();
            let parts: Vec<&[u8]> = scalars.iter().map(|word| word.as_slice()).collect();
            hash_256("urne batch member", &parts[..=answers])
        }
    };
    // Nothing at all, x alone, x and the bits' answers, everything but z_u, and everything with the z_u not yet paid.
    type Guess = Box<dyn Fn(&Statement, &Proof) -> [u8; 32]>;
    let guesses: [Guess; 6] = [
        Box::new(|_, _| [0; 32]),
        Box::new(|_, _| [1; 32]),
        Box::new(over(0)),
        Box::new(over(6)),
        Box::new(over(8)),
        Box::new(over(9)),
    ];
    for guess in guesses {
        let fingerprints: Vec<[u8; 32]> = ballots
            .iter()
            .map(|(statement, proof)| guess(statement, proof))
            .collect();
        let mut bytes = [0; 64 * 12];
        batch_weights(fingerprints.iter(), &mut rng(COINS)).fill(&mut bytes);
        let weights: Vec<Scalar> = bytes[64 * 3..64 * 4]
            .chunks_exact(16)
            .map(|chunk| Scalar::from(u128::from_le_bytes(chunk.try_into().unwrap())))
            .collect();
        let mut paid = unpaid.clone();
        paid.responses[2] += weights[2] * weights[3].invert() * x * y * delta;
        let residuals = paid.residuals(&cheat.statement, &y, &x);
        let sum: RistrettoPoint = weights.iter().zip(residuals).map(|(w, e)| w * e).sum();
        assert_eq!(
            sum,
            RistrettoPoint::identity(),
            "with these weights it pays"
        );
        let mut ballots = ballots.clone();
        ballots[3].1 = paid;
        assert_eq!(named(&ballots), [3]);
    }
}

/// Counts how often randomness is asked for: once for every batch that is checked as one sum.
struct Counting(StdRng, u32);

impl TryRng for Counting {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.next_u32())
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next_u64())
    }
    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Infallible> {
        self.1 += 1;
        self.0.fill_bytes(buffer);
        Ok(())
    }
}

impl TryCryptoRng for Counting {}

/// One voter's good ballot and bad one, under a program of a single bit, to be repeated many times.
struct Pair {
    context: BallotContext,
    good: (Slot, Ballot),
    bad: (Slot, Ballot),
}

fn pair() -> Pair {
    let mut voter = voter(107);
    voter.statement.bits = 1;
    voter.statement.rows = vec![vec![(1, 1)]];
    voter.statement.rules.clear();
    voter.bits.truncate(1);
    voter.masks.truncate(1);
    voter.randomness.truncate(1);
    voter.encrypt();
    let good = voter.prove();
    voter.ciphertexts[0][1] += G;
    let bad = voter.prove();
    let [good, bad] =
        [good, bad].map(|proof| (voter.statement.slot(), proof.ballot(&voter.statement)));
    Pair {
        context: voter.statement.context(),
        good,
        bad,
    }
}

impl Pair {
    /// `length` ballots with bad ones at `places`: which were refused, and how many sums were computed.
    fn search(&self, length: usize, places: &[usize]) -> (Vec<usize>, u32) {
        let batch: Vec<(Slot, Ballot)> = (0..length)
            .map(|index| {
                if places.contains(&index) {
                    self.bad.clone()
                } else {
                    self.good.clone()
                }
            })
            .collect();
        let mut counting = Counting(rng(5), 0);
        let answers = self.context.verify_batch(&batch, &mut counting);
        assert_eq!(answers.len(), length);
        (refused(&answers), counting.1)
    }
}

#[test]
fn the_search_names_every_bad_ballot_wherever_it_stands() {
    let pair = pair();
    for places in [
        vec![],
        vec![0],
        vec![63],
        vec![31, 32],
        vec![7, 8, 9],
        vec![0, 13, 26, 39, 52, 63],
        (0..64).collect(),
        (0..64).step_by(2).collect(),
    ] {
        assert_eq!(pair.search(64, &places).0, places);
    }
    for length in 0..=20 {
        let places: Vec<usize> = (length / 2..length).collect();
        assert_eq!(pair.search(length, &places).0, places);
        assert_eq!(pair.search(length, &[]).0, []);
    }
}

#[test]
fn a_good_batch_costs_one_sum_and_a_ballot_alone_none() {
    let pair = pair();
    assert_eq!(pair.search(64, &[]), (vec![], 1));
    assert_eq!(pair.search(9, &[]), (vec![], 1));
    assert_eq!(pair.search(2, &[]), (vec![], 1));
    assert_eq!(pair.search(1, &[]), (vec![], 0));
    assert_eq!(pair.search(0, &[]), (vec![], 0));
}

#[test]
fn a_small_batch_that_fails_is_checked_one_by_one() {
    let pair = pair();
    assert_eq!(pair.search(8, &[3]), (vec![3], 1));
    assert_eq!(pair.search(2, &[0, 1]), (vec![0, 1], 1));
    assert_eq!(pair.search(1, &[0]), (vec![0], 0));
}

#[test]
fn every_bisection_draws_fresh_weights() {
    // 64 fails; 32 and 32: one fails; 16 and 16: one fails; its two eights are checked one by one.
    let pair = pair();
    assert_eq!(pair.search(64, &[5]), (vec![5], 5));
    assert_eq!(pair.search(64, &[60]), (vec![60], 5));
}

#[test]
fn after_thirty_two_failed_batches_the_rest_is_checked_one_by_one() {
    // All bad: every sum fails, and bisecting to the end would take 64 sums and more.
    let pair = pair();
    let all: Vec<usize> = (0..600).collect();
    assert_eq!(pair.search(600, &all), (all.clone(), 32));
    // Some good among them behind the limit: still named exactly. Here 63 sums would fail.
    let most: Vec<usize> = all.iter().copied().filter(|index| index % 3 != 1).collect();
    let (named, sums) = pair.search(600, &most);
    assert_eq!((named, sums), (most, 32));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn exactly_the_bad_ballots_are_named(
        bad in prop::collection::vec(any::<bool>(), 1..60),
    ) {
        let places: Vec<usize> = (0..bad.len()).filter(|index| bad[*index]).collect();
        prop_assert_eq!(pair().search(bad.len(), &places).0, places);
    }
}
