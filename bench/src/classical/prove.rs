//! The classical prover. It knows the randomness of its ciphertexts, so that every simulated commitment, too, is made of
//! multiples of G and H only. A table of multiples of H would cost what it saves at about twenty options, so there is none.

use curve25519_dalek::{RistrettoPoint, Scalar};
use merlin::Transcript;
use urne_crypto::elgamal::Ciphertext;
use urne_crypto::encoding::{Point, SecretScalar};

use super::{ChoiceResponse, Proof, Responses, challenge, prefix, statement};

/// Encrypts `choices` and proves that each is 0 or 1, that one of them is chosen, and that u is known.
pub(crate) fn prove(
    ctx: &[u8; 32],
    election_key: &Point,
    credential: &SecretScalar,
    choices: &[bool],
    rng: &mut impl rand::CryptoRng,
) -> Proof {
    let openings: Vec<Opening> = choices
        .iter()
        .map(|&choice| Opening {
            value: u64::from(choice),
            claim: choice,
            randomness: Scalar::random(rng),
        })
        .collect();
    Committed::new(election_key.element(), &openings, rng).respond(
        &prefix(ctx, election_key),
        credential,
        &openings,
    )
}

/// What the prover knows of one ciphertext.
pub(super) struct Opening {
    /// what it encrypts
    pub(super) value: u64,
    /// what the prover says it encrypts; the same, unless it cheats
    pub(super) claim: bool,
    pub(super) randomness: Scalar,
}

/// After the first move.
pub(super) struct Committed {
    pub(super) ciphertexts: Vec<Ciphertext>,
    pub(super) commitments: Vec<Point>,
    choices: Vec<ChoiceSecrets>,
    sum_mask: Scalar,
    credential_mask: Scalar,
}

struct ChoiceSecrets {
    mask: Scalar,
    simulated_challenge: Scalar,
    simulated_response: Scalar,
}

impl Committed {
    pub(super) fn new(
        key: &RistrettoPoint,
        openings: &[Opening],
        rng: &mut impl rand::CryptoRng,
    ) -> Committed {
        let mut ciphertexts = Vec::with_capacity(openings.len());
        let mut commitments = Vec::with_capacity(4 * openings.len() + 3);
        let mut choices = Vec::with_capacity(openings.len());
        for opening in openings {
            let value = Scalar::from(opening.value);
            ciphertexts.push(Ciphertext {
                alpha: Point::from(RistrettoPoint::mul_base(&opening.randomness)),
                beta: Point::from(RistrettoPoint::mul_base(&value) + opening.randomness * key),
            });
            let secrets = ChoiceSecrets {
                mask: Scalar::random(rng),
                simulated_challenge: Scalar::random(rng),
                simulated_response: Scalar::random(rng),
            };
            let real = [
                Point::from(RistrettoPoint::mul_base(&secrets.mask)),
                Point::from(secrets.mask * key),
            ];
            // The branch k that does not hold: z·G − c·α = (z − c·r)·G and
            // z·H − c·(β − k·G) = (z − c·r)·H − c·(v − k)·G.
            let log = secrets.simulated_response - secrets.simulated_challenge * opening.randomness;
            let distance = value - Scalar::from(u64::from(!opening.claim));
            let simulated = [
                Point::from(RistrettoPoint::mul_base(&log)),
                Point::from(
                    log * key - RistrettoPoint::mul_base(&(secrets.simulated_challenge * distance)),
                ),
            ];
            let [zero, one] = if opening.claim {
                [simulated, real]
            } else {
                [real, simulated]
            };
            commitments.extend(zero);
            commitments.extend(one);
            choices.push(secrets);
        }
        let (sum_mask, credential_mask) = (Scalar::random(rng), Scalar::random(rng));
        commitments.push(Point::from(RistrettoPoint::mul_base(&sum_mask)));
        commitments.push(Point::from(sum_mask * key));
        commitments.push(Point::from(RistrettoPoint::mul_base(&credential_mask)));
        Committed {
            ciphertexts,
            commitments,
            choices,
            sum_mask,
            credential_mask,
        }
    }

    pub(super) fn respond(
        self,
        prefix: &Transcript,
        credential: &SecretScalar,
        openings: &[Opening],
    ) -> Proof {
        let statement = statement(prefix, &credential.public(), &self.ciphertexts);
        let challenge = challenge(statement, self.commitments.iter().map(Point::bytes));
        let choices = self
            .choices
            .iter()
            .zip(openings)
            .map(|(secrets, opening)| {
                let real_challenge = challenge - secrets.simulated_challenge;
                let real = secrets.mask + real_challenge * opening.randomness;
                if opening.claim {
                    ChoiceResponse {
                        zero_challenge: secrets.simulated_challenge,
                        zero: secrets.simulated_response,
                        one: real,
                    }
                } else {
                    ChoiceResponse {
                        zero_challenge: real_challenge,
                        zero: real,
                        one: secrets.simulated_response,
                    }
                }
            })
            .collect();
        let randomness: Scalar = openings.iter().map(|opening| opening.randomness).sum();
        Proof {
            ciphertexts: self.ciphertexts,
            commitments: self.commitments,
            challenge,
            responses: Responses {
                choices,
                sum: self.sum_mask + challenge * randomness,
                credential: self.credential_mask + challenge * credential.expose(),
            },
        }
    }
}
