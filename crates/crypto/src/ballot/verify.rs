//! Checking one ballot, or many at once.
//!
//! A batch is one sum with an independent random 128-bit weight for each of the four equations of each ballot. One weight
//! per ballot could be forged: an error in one equation would cancel against an error in another. The weights are drawn only
//! after every ballot, to its last response, has been absorbed, and afresh at every bisection.

use curve25519_dalek::traits::{IsIdentity as _, VartimeMultiscalarMul as _};
use curve25519_dalek::{RistrettoPoint, Scalar};

use super::{Ballot, BallotContext, Slot};
use crate::elgamal::{Ciphertext, concatenated};
use crate::hash::hash_256;
use crate::program::Combination;
use crate::proof::ProofError;
use crate::transcript::{self, ballot_first_challenge, ballot_second_challenge};

/// A ballot whose proof holds. It cannot be made without the check.
#[derive(Clone, Debug)]
pub struct CheckedBallot {
    ctx: [u8; 32],
    slot: Slot,
    ciphertexts: Vec<Ciphertext>,
    tracker: [u8; 32],
}

impl CheckedBallot {
    /// ctx of the election it was checked for.
    pub fn ctx(&self) -> &[u8; 32] {
        &self.ctx
    }

    /// Where it goes.
    pub fn slot(&self) -> &Slot {
        &self.slot
    }

    /// What it adds to the sums.
    pub fn ciphertexts(&self) -> &[Ciphertext] {
        &self.ciphertexts
    }

    /// Its tracker.
    pub fn tracker(&self) -> [u8; 32] {
        self.tracker
    }
}

/// A batch that failed is split no further than this: the ballots left are checked one by one.
const SMALLEST_PART: usize = 8;
/// After so many failed batches the rest is checked one by one, which bounds what an attacker can cost us.
const MOST_FAILED_BATCHES: u32 = 32;

impl BallotContext {
    /// Checks one ballot.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn verify(&self, slot: Slot, ballot: &Ballot) -> Result<CheckedBallot, ProofError> {
        self.prepare(slot, ballot).ok_or(ProofError)?.verify_alone()
    }

    /// Checks many ballots together; the answers stand in the order of the input.
    pub fn verify_batch(
        &self,
        ballots: &[(Slot, Ballot)],
        rng: &mut impl rand::CryptoRng,
    ) -> Vec<Result<CheckedBallot, ProofError>> {
        let prepared: Vec<Option<Prepared<'_>>> = ballots
            .iter()
            .map(|(slot, ballot)| self.prepare(*slot, ballot))
            .collect();
        let mut answers: Vec<Option<bool>> = prepared
            .iter()
            .map(|prepared| prepared.is_none().then_some(false))
            .collect();
        let candidates: Vec<(usize, &Prepared<'_>)> = prepared
            .iter()
            .enumerate()
            .filter_map(|(index, prepared)| Some((index, prepared.as_ref()?)))
            .collect();
        let mut failed_batches = 0;
        bisect(&candidates, &mut answers, &mut failed_batches, rng);
        prepared
            .iter()
            .zip(answers)
            .map(|(prepared, answer)| match (prepared, answer) {
                (Some(prepared), Some(true)) => Ok(prepared.checked()),
                _ => Err(ProofError),
            })
            .collect()
    }

    /// Everything the equations need, or nothing where a challenge is zero.
    fn prepare<'a>(&'a self, slot: Slot, ballot: &'a Ballot) -> Option<Prepared<'a>> {
        let statement = transcript::ballot(
            &self.prefix,
            slot.college,
            &slot.credential,
            &slot.after,
            &concatenated(&ballot.ciphertexts),
        );
        let [a, b] = &ballot.bit_commitments;
        let (statement, y) = ballot_first_challenge(statement, [a, b]);
        let [first, second, third] = &ballot.link_commitments;
        let x = ballot_second_challenge(statement, [first, second, third]);
        if x == Scalar::ZERO || y == Scalar::ZERO {
            return None;
        }
        let combination = self.program.combine(&y);
        let weighted_responses = combination
            .weights
            .iter()
            .zip(&ballot.bit_responses)
            .map(|(weight, response)| weight * response)
            .sum();
        Some(Prepared {
            context: self,
            slot,
            ballot,
            fingerprint: fingerprint(&x, ballot),
            x,
            combination,
            weighted_responses,
        })
    }
}

struct Prepared<'a> {
    context: &'a BallotContext,
    slot: Slot,
    ballot: &'a Ballot,
    x: Scalar,
    combination: Combination,
    /// Σ w_j·f_j
    weighted_responses: Scalar,
    /// stands for every byte of the ballot and its slot when weights are drawn
    fingerprint: [u8; 32],
}

/// x is itself a hash of all that comes before the responses: context, slot, ciphertexts, commitments. With the responses
/// beside it nothing of the ballot is left out, and none of its points is hashed a second time.
fn fingerprint(x: &Scalar, ballot: &Ballot) -> [u8; 32] {
    let last = [
        &ballot.blinding_response,
        &ballot.randomness_response,
        &ballot.credential_response,
    ];
    let parts: Vec<&[u8]> = [x]
        .into_iter()
        .chain(&ballot.bit_responses)
        .chain(last)
        .map(|scalar| scalar.as_bytes().as_slice())
        .collect();
    hash_256("urne batch member", &parts)
}

impl Prepared<'_> {
    fn checked(&self) -> CheckedBallot {
        CheckedBallot {
            ctx: self.context.ctx,
            slot: self.slot,
            ciphertexts: self.ballot.ciphertexts.clone(),
            tracker: self.context.tracker(&self.slot, &self.ballot.ciphertexts),
        }
    }

    /// The four equations, one at a time.
    fn verify_alone(&self) -> Result<CheckedBallot, ProofError> {
        for equation in 0..4 {
            let mut weights = [Scalar::ZERO; 4];
            weights[equation] = Scalar::ONE;
            let mut sum = Sum::new(self.context);
            sum.add(self, &weights);
            if !sum.vanishes() {
                return Err(ProofError);
            }
        }
        Ok(self.checked())
    }
}

/// Σ over ballots and equations of weight·(left − right), gathered as terms of one large multiplication.
struct Sum<'a> {
    context: &'a BallotContext,
    scalars: Vec<Scalar>,
    points: Vec<&'a RistrettoPoint>,
    generator: Scalar,
    election_key: Scalar,
    blinding: Scalar,
    bits: Vec<Scalar>,
    squares: Vec<Scalar>,
}

impl<'a> Sum<'a> {
    fn new(context: &'a BallotContext) -> Sum<'a> {
        let bits = context.program.bits() as usize;
        Sum {
            context,
            scalars: Vec::new(),
            points: Vec::new(),
            generator: Scalar::ZERO,
            election_key: Scalar::ZERO,
            blinding: Scalar::ZERO,
            bits: vec![Scalar::ZERO; bits],
            squares: vec![Scalar::ZERO; bits],
        }
    }

    fn term(&mut self, scalar: Scalar, point: &'a RistrettoPoint) {
        // Where one equation is checked alone, the weights of the other three are zero.
        if scalar != Scalar::ZERO {
            self.scalars.push(scalar);
            self.points.push(point);
        }
    }

    fn add(&mut self, prepared: &'a Prepared<'_>, weights: &[Scalar; 4]) {
        let (ballot, x) = (prepared.ballot, &prepared.x);
        // 1. x·B + A − z·K₀ − Σ f_j·K_j − Σ f_j(x−f_j)·K′_j
        self.term(weights[0], ballot.bit_commitments[0].element());
        self.term(weights[0] * x, ballot.bit_commitments[1].element());
        self.blinding -= weights[0] * ballot.blinding_response;
        for (index, response) in ballot.bit_responses.iter().enumerate() {
            let weighted = weights[0] * response;
            self.bits[index] -= weighted;
            self.squares[index] -= weighted * (x - response);
        }
        // 2. x·Σ y^i·α_i + T₁ − z_r·G   3. x·Σ y^i·β_i + T₂ + (x·Σ y^(n+c)·t_c − Σ w_j·f_j)·G − z_r·H
        let (alpha_weight, beta_weight) = (weights[1] * x, weights[2] * x);
        for (ciphertext, power) in ballot.ciphertexts.iter().zip(&prepared.combination.powers) {
            self.term(alpha_weight * power, ciphertext.alpha.element());
            self.term(beta_weight * power, ciphertext.beta.element());
        }
        self.term(weights[1], ballot.link_commitments[0].element());
        self.generator -= weights[1] * ballot.randomness_response;
        self.term(weights[2], ballot.link_commitments[1].element());
        self.generator +=
            beta_weight * prepared.combination.target - weights[2] * prepared.weighted_responses;
        self.election_key -= weights[2] * ballot.randomness_response;
        // 4. x·U + T₃ − z_u·G
        self.term(weights[3] * x, prepared.slot.credential.element());
        self.term(weights[3], ballot.link_commitments[2].element());
        self.generator -= weights[3] * ballot.credential_response;
    }

    fn vanishes(mut self) -> bool {
        let context = self.context;
        let generators = &context.generators;
        self.term(self.election_key, context.election_key.element());
        self.term(self.blinding, &generators.blinding);
        for (index, (bit, square)) in generators.bits.iter().zip(&generators.squares).enumerate() {
            self.term(self.bits[index], bit);
            self.term(self.squares[index], square);
        }
        let sum =
            RistrettoPoint::vartime_multiscalar_mul(&self.scalars, self.points.iter().copied())
                + RistrettoPoint::mul_base(&self.generator);
        sum.is_identity()
    }
}

fn batch_holds(batch: &[(usize, &Prepared<'_>)], rng: &mut impl rand::CryptoRng) -> bool {
    let Some((_, first)) = batch.first() else {
        return true;
    };
    let fingerprints = batch.iter().map(|(_, prepared)| &prepared.fingerprint);
    let weights = weights(transcript::batch_weights(fingerprints, rng), batch.len());
    let mut sum = Sum::new(first.context);
    for ((_, prepared), weights) in batch.iter().zip(&weights) {
        sum.add(prepared, &weights.map(Scalar::from));
    }
    sum.vanishes()
}

/// For each of so many ballots, four independent non-zero 128-bit weights.
fn weights(mut nonces: transcript::Nonces, ballots: usize) -> Vec<[u128; 4]> {
    let mut bytes = vec![[[0; 16]; 4]; ballots];
    loop {
        nonces.fill(bytes.as_flattened_mut().as_flattened_mut());
        let weights: Vec<[u128; 4]> = bytes
            .iter()
            .map(|weights| weights.map(u128::from_le_bytes))
            .collect();
        if !weights.as_flattened().contains(&0) {
            return weights;
        }
    }
}

/// Names every bad ballot of a batch.
fn bisect(
    batch: &[(usize, &Prepared<'_>)],
    answers: &mut [Option<bool>],
    failed_batches: &mut u32,
    rng: &mut impl rand::CryptoRng,
) {
    // Two good ballots already are faster together than alone; among the parts of a batch that failed, bad ones are likely.
    let smallest = if *failed_batches == 0 {
        1
    } else {
        SMALLEST_PART
    };
    if batch.len() <= smallest || *failed_batches >= MOST_FAILED_BATCHES {
        for (index, prepared) in batch {
            answers[*index] = Some(prepared.verify_alone().is_ok());
        }
    } else if batch_holds(batch, rng) {
        for (index, _) in batch {
            answers[*index] = Some(true);
        }
    } else {
        *failed_batches += 1;
        let (left, right) = batch.split_at(batch.len() / 2);
        bisect(left, answers, failed_batches, rng);
        bisect(right, answers, failed_batches, rng);
    }
}
