//! Making a ballot: encrypt, then either reveal it for a check or cast it. Each step consumes the one before, so a ballot
//! that was revealed can no longer be cast.

use curve25519_dalek::traits::MultiscalarMul as _;
use curve25519_dalek::{RistrettoPoint, Scalar};
use zeroize::{Zeroize as _, Zeroizing};

use super::{Ballot, BallotContext, Slot};
use crate::elgamal::{Ciphertext, EncryptionSeed, concatenated};
use crate::encoding::{Point, SecretScalar};
use crate::program::AssignmentError;
use crate::transcript::{self, ballot_first_challenge, ballot_second_challenge};

/// A choice encrypted, with its tracker fixed, not yet cast.
pub struct EncryptedBallot {
    slot: Slot,
    bits: Zeroizing<Vec<bool>>,
    choices: Zeroizing<Vec<u64>>,
    seed: EncryptionSeed,
    randomness: Zeroizing<Vec<Scalar>>,
    ciphertexts: Vec<Ciphertext>,
    tracker: [u8; 32],
}

/// What the voting device shows when the voter asks for a check: the ballot is spent by it.
#[derive(Debug)]
pub struct RevealedBallot {
    /// v_1 … v_n
    pub choices: Vec<u64>,
    /// the seed
    pub seed: EncryptionSeed,
}

impl BallotContext {
    /// Encrypts the choice that `bits` stand for, with randomness derived from `seed`.
    ///
    /// # Errors
    /// [`AssignmentError`] when the bits break a rule of the ballot.
    pub fn encrypt(
        &self,
        slot: Slot,
        bits: Vec<bool>,
        seed: EncryptionSeed,
    ) -> Result<EncryptedBallot, AssignmentError> {
        let bits = Zeroizing::new(bits);
        let choices = Zeroizing::new(self.program.evaluate(&bits)?);
        let (ciphertexts, randomness) = self.ciphertexts(&slot, &choices, &seed);
        let tracker = self.tracker(&slot, &ciphertexts);
        Ok(EncryptedBallot {
            slot,
            bits,
            choices,
            seed,
            randomness,
            ciphertexts,
            tracker,
        })
    }

    /// What a second device computes from a revealed ballot: the tracker it must have captured before.
    pub fn tracker_of_revealed(&self, slot: &Slot, revealed: &RevealedBallot) -> [u8; 32] {
        let (ciphertexts, _) = self.ciphertexts(slot, &revealed.choices, &revealed.seed);
        self.tracker(slot, &ciphertexts)
    }

    fn ciphertexts(
        &self,
        slot: &Slot,
        choices: &[u64],
        seed: &EncryptionSeed,
    ) -> (Vec<Ciphertext>, Zeroizing<Vec<Scalar>>) {
        let randomness = Zeroizing::new(transcript::encryption(
            seed.expose(),
            &self.ctx,
            &slot.credential,
            &slot.after,
            choices,
        ));
        let ciphertexts = choices
            .iter()
            .zip(randomness.iter())
            .map(|(&value, randomness)| {
                Ciphertext::encrypt(value, randomness, self.election_key.element())
            })
            .collect();
        (ciphertexts, randomness)
    }
}

impl EncryptedBallot {
    /// The tracker a second device captures before the voter decides to check or cast.
    pub fn tracker(&self) -> [u8; 32] {
        self.tracker
    }

    /// Shows what the ballot contains; it can no longer be cast.
    pub fn reveal(self) -> RevealedBallot {
        RevealedBallot {
            choices: self.choices.to_vec(),
            seed: self.seed.clone(),
        }
    }

    /// Makes the proof. `credential` is u with U = u·G.
    pub fn cast(
        self,
        context: &BallotContext,
        credential: &SecretScalar,
        rng: &mut impl rand::CryptoRng,
    ) -> Ballot {
        let mut statement = transcript::ballot(
            &context.prefix,
            self.slot.college,
            &self.slot.credential,
            &self.slot.after,
            &concatenated(&self.ciphertexts),
        );
        let bits: Zeroizing<Vec<Scalar>> = Zeroizing::new(
            self.bits
                .iter()
                .map(|&bit| Scalar::from(u64::from(bit)))
                .collect(),
        );
        let witness: Vec<&Scalar> = bits
            .iter()
            .chain(self.randomness.iter())
            .chain([credential.expose()])
            .collect();

        let mut nonces = statement.nonces(&witness, rng);
        let masks: Zeroizing<Vec<Scalar>> =
            Zeroizing::new(bits.iter().map(|_| nonces.scalar()).collect());
        let (mut mask_blinding, mut bit_blinding) = (nonces.scalar(), nonces.scalar());
        let bit_commitments = commit_to_bits(context, &masks, &bits, mask_blinding, bit_blinding);

        let y;
        (statement, y) =
            ballot_first_challenge(statement, [&bit_commitments[0], &bit_commitments[1]]);
        let combination = context.program.combine(&y);
        let mut nonces = statement.nonces(&witness, rng);
        let (mut randomness_mask, mut credential_mask) = (nonces.scalar(), nonces.scalar());
        let mut masked_sum: Scalar = dot(&combination.weights, &masks);
        let link_commitments = [
            Point::from(RistrettoPoint::mul_base(&randomness_mask)),
            Point::from(
                RistrettoPoint::mul_base(&masked_sum)
                    + randomness_mask * context.election_key.element(),
            ),
            Point::from(RistrettoPoint::mul_base(&credential_mask)),
        ];

        let [first, second, third] = &link_commitments;
        let x = ballot_second_challenge(statement, [first, second, third]);
        let ballot = Ballot {
            ciphertexts: self.ciphertexts.clone(),
            bit_commitments,
            link_commitments,
            bit_responses: bits
                .iter()
                .zip(masks.iter())
                .map(|(bit, mask)| bit * x + mask)
                .collect(),
            blinding_response: bit_blinding * x + mask_blinding,
            randomness_response: x * dot(&combination.powers, &self.randomness) + randomness_mask,
            credential_response: x * credential.expose() + credential_mask,
        };
        for secret in [
            &mut mask_blinding,
            &mut bit_blinding,
            &mut randomness_mask,
            &mut credential_mask,
            &mut masked_sum,
        ] {
            secret.zeroize();
        }
        ballot
    }
}

impl core::fmt::Debug for EncryptedBallot {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("EncryptedBallot(…)")
    }
}

/// A = ρ_A·K₀ + Σ a_j·K_j − Σ a_j²·K′_j and B = ρ_B·K₀ + Σ b_j·K_j + Σ a_j(1−2b_j)·K′_j, in constant time.
fn commit_to_bits(
    context: &BallotContext,
    masks: &[Scalar],
    bits: &[Scalar],
    mask_blinding: Scalar,
    bit_blinding: Scalar,
) -> [Point; 2] {
    let generators = &context.generators;
    let points = || {
        [&generators.blinding]
            .into_iter()
            .chain(&generators.bits)
            .chain(&generators.squares)
    };
    let squares: Zeroizing<Vec<Scalar>> =
        Zeroizing::new(masks.iter().map(|mask| -(mask * mask)).collect());
    let crossed: Zeroizing<Vec<Scalar>> = Zeroizing::new(
        masks
            .iter()
            .zip(bits)
            .map(|(mask, bit)| mask * (Scalar::ONE - bit - bit))
            .collect(),
    );
    let commit = |blinding: &Scalar, linear: &[Scalar], quadratic: &[Scalar]| {
        let scalars = [blinding].into_iter().chain(linear).chain(quadratic);
        Point::from(RistrettoPoint::multiscalar_mul(scalars, points()))
    };
    [
        commit(&mask_blinding, masks, &squares),
        commit(&bit_blinding, bits, &crossed),
    ]
}

fn dot(left: &[Scalar], right: &[Scalar]) -> Scalar {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}
