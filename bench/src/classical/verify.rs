//! The classical verifiers: one ballot in compact form, or many in committed form.

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::traits::{
    IsIdentity as _, VartimeMultiscalarMul as _, VartimePrecomputedMultiscalarMul as _,
};
use curve25519_dalek::{RistrettoPoint, Scalar};
use urne_crypto::encoding::Point;

use super::{ClassicalContext, CommittedBallot, CompactBallot, challenge};

impl ClassicalContext {
    /// Checks one ballot: computes every commitment and hashes them again.
    pub(crate) fn verify(&self, credential: &Point, ballot: &CompactBallot) -> bool {
        let responses = &ballot.responses;
        // Every commitment is computed halved: encoding the doubles of many points shares one inversion.
        let half = Scalar::from(2_u64).invert();
        let mut halves = Vec::with_capacity(4 * self.options + 3);
        let halved_challenge = ballot.challenge * half;
        let mut sum = [RistrettoPoint::default(); 2];
        for (ciphertext, response) in ballot.ciphertexts.iter().zip(&responses.choices) {
            let (alpha, beta) = (ciphertext.alpha.element(), ciphertext.beta.element());
            let zero_challenge = response.zero_challenge * half;
            let branches = [
                (zero_challenge, response.zero * half, *beta),
                (
                    halved_challenge - zero_challenge,
                    response.one * half,
                    beta - RISTRETTO_BASEPOINT_POINT,
                ),
            ];
            for (challenge, response, claimed_zero) in branches {
                halves.extend(self.commitments(&challenge, &response, alpha, &claimed_zero));
            }
            sum[0] += alpha;
            sum[1] += beta;
        }
        let claimed_zero = sum[1] - RISTRETTO_BASEPOINT_POINT;
        halves.extend(self.commitments(
            &halved_challenge,
            &(responses.sum * half),
            &sum[0],
            &claimed_zero,
        ));
        halves.push(RistrettoPoint::vartime_double_scalar_mul_basepoint(
            &-halved_challenge,
            credential.element(),
            &(responses.credential * half),
        ));
        let encoded = RistrettoPoint::double_and_compress_batch(&halves);
        let statement = self.statement(credential, &ballot.ciphertexts);
        challenge(statement, encoded.iter().map(|point| &point.0)) == ballot.challenge
    }

    /// z·G − c·α and z·H − c·β.
    fn commitments(
        &self,
        challenge: &Scalar,
        response: &Scalar,
        alpha: &RistrettoPoint,
        beta: &RistrettoPoint,
    ) -> [RistrettoPoint; 2] {
        [
            RistrettoPoint::vartime_double_scalar_mul_basepoint(&-challenge, alpha, response),
            self.election_key_table.vartime_mixed_multiscalar_mul(
                [response],
                [-challenge],
                [*beta],
            ),
        ]
    }

    /// Checks many ballots by one sum, with an independent 128-bit weight for each of the 4·n + 3 equations of each.
    pub(crate) fn verify_batch(
        &self,
        ballots: &[(Point, CommittedBallot)],
        rng: &mut impl rand::CryptoRng,
    ) -> bool {
        let mut sum = Sum::default();
        for (credential, ballot) in ballots {
            self.add(&mut sum, credential, ballot, rng);
        }
        sum.term(sum.election_key, &self.election_key);
        let total = RistrettoPoint::vartime_multiscalar_mul(&sum.scalars, &sum.points)
            + RistrettoPoint::mul_base(&sum.generator);
        total.is_identity()
    }

    /// Adds weight·(commitment + challenge·statement − response·base) for every equation.
    fn add(
        &self,
        sum: &mut Sum,
        credential: &Point,
        ballot: &CommittedBallot,
        rng: &mut impl rand::CryptoRng,
    ) {
        let responses = &ballot.responses;
        let statement = self.statement(credential, &ballot.ciphertexts);
        let challenge = challenge(statement, ballot.commitments.iter().map(Point::bytes));
        let weights: Vec<Scalar> = ballot.commitments.iter().map(|_| weight(rng)).collect();
        for (weight, commitment) in weights.iter().zip(&ballot.commitments) {
            sum.term(*weight, commitment.element());
        }
        let (choice_weights, last_weights) = weights.split_at(4 * self.options);
        let [sum_alpha, sum_beta, credential_weight] = last_weights else {
            unreachable!("invariant: there are 4·n + 3 commitments");
        };
        let (sum_alpha_term, sum_beta_term) = (sum_alpha * challenge, sum_beta * challenge);
        let (choice_weights, _) = choice_weights.as_chunks::<4>();
        for ((ciphertext, response), [a0, b0, a1, b1]) in ballot
            .ciphertexts
            .iter()
            .zip(&responses.choices)
            .zip(choice_weights)
        {
            let one_challenge = challenge - response.zero_challenge;
            let one_term = b1 * one_challenge;
            sum.term(
                a0 * response.zero_challenge + a1 * one_challenge + sum_alpha_term,
                ciphertext.alpha.element(),
            );
            sum.term(
                b0 * response.zero_challenge + one_term + sum_beta_term,
                ciphertext.beta.element(),
            );
            sum.generator -= a0 * response.zero + a1 * response.one + one_term;
            sum.election_key -= b0 * response.zero + b1 * response.one;
        }
        sum.generator -= sum_alpha * responses.sum + sum_beta_term;
        sum.election_key -= sum_beta * responses.sum;
        sum.term(credential_weight * challenge, credential.element());
        sum.generator -= credential_weight * responses.credential;
    }
}

#[derive(Default)]
struct Sum {
    scalars: Vec<Scalar>,
    points: Vec<RistrettoPoint>,
    generator: Scalar,
    election_key: Scalar,
}

impl Sum {
    fn term(&mut self, scalar: Scalar, point: &RistrettoPoint) {
        self.scalars.push(scalar);
        self.points.push(*point);
    }
}

/// A random non-zero weight of 128 bits.
fn weight(rng: &mut impl rand::CryptoRng) -> Scalar {
    loop {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        let weight = u128::from_le_bytes(bytes);
        if weight != 0 {
            return Scalar::from(weight);
        }
    }
}
