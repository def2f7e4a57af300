//! The baseline: what homomorphic voting systems have posted since the nineties, as fast as we can make it.
//!
//! For a question "one of n", a ballot is n ciphertexts (α_i, β_i), for each of them a proof that it encrypts 0 or 1
//! (Cramer, Damgård, Schoenmakers 1994, over two proofs of Chaum and Pedersen 1992), one Chaum–Pedersen proof that their
//! sum encrypts 1, and a proof of Schnorr for the credential. In the notation of `spec/ballot.md`, for k = 0, 1:
//!
//! - z_k·G = a_k + c_k·α and z_k·H = b_k + c_k·(β − k·G), with c₀ + c₁ = c;
//! - z_s·G = a_s + c·Σα and z_s·H = b_s + c·(Σβ − G);
//! - z_u·G = r + c·U.
//!
//! One challenge c covers the whole ballot. Deployed systems mostly draw one for each choice and post c₀ and c₁ both: that
//! is 32·(n + 1) bytes more and no faster. The proof is written in two forms:
//!
//! - *compact*: the challenge and the responses; the verifier computes the commitments and hashes them again;
//! - *committed*: the commitments and the responses; larger, but many can be checked by one sum.

mod prove;
#[cfg(test)]
mod tests;
mod verify;

use curve25519_dalek::ristretto::VartimeRistrettoPrecomputation;
use curve25519_dalek::traits::VartimePrecomputedMultiscalarMul as _;
use curve25519_dalek::{RistrettoPoint, Scalar};
use merlin::Transcript;
use urne_crypto::elgamal::{Ciphertext, concatenated};
use urne_crypto::encoding::{DecodeError, Point, decode_scalar};

pub(crate) use prove::prove;

/// What all ballots of one election share.
pub(crate) struct ClassicalContext {
    election_key: RistrettoPoint,
    election_key_table: VartimeRistrettoPrecomputation,
    prefix: Transcript,
    options: usize,
}

impl ClassicalContext {
    /// For the election `ctx` with the key H and a question with so many `options`.
    pub(crate) fn new(ctx: &[u8; 32], election_key: &Point, options: usize) -> ClassicalContext {
        ClassicalContext {
            election_key: *election_key.element(),
            election_key_table: VartimeRistrettoPrecomputation::new([election_key.element()]),
            prefix: prefix(ctx, election_key),
            options,
        }
    }

    fn statement(&self, credential: &Point, ciphertexts: &[Ciphertext]) -> Transcript {
        statement(&self.prefix, credential, ciphertexts)
    }
}

fn prefix(ctx: &[u8; 32], election_key: &Point) -> Transcript {
    let mut transcript = Transcript::new(b"classical ballot");
    transcript.append_message(b"ctx", ctx);
    transcript.append_message(b"key", election_key.bytes());
    transcript
}

fn statement(prefix: &Transcript, credential: &Point, ciphertexts: &[Ciphertext]) -> Transcript {
    let mut transcript = prefix.clone();
    transcript.append_message(b"credential", credential.bytes());
    transcript.append_message(b"ciphertexts", &concatenated(ciphertexts));
    transcript
}

/// c, from everything before it: commitments in the order a₀, b₀, a₁, b₁ for each choice, then a_s, b_s, r.
fn challenge<'a>(
    mut statement: Transcript,
    commitments: impl Iterator<Item = &'a [u8; 32]>,
) -> Scalar {
    for commitment in commitments {
        statement.append_message(b"R", commitment);
    }
    let mut wide = [0; 64];
    statement.challenge_bytes(b"c", &mut wide);
    Scalar::from_bytes_mod_order_wide(&wide)
}

/// The responses for one choice; c₁ is c − c₀.
#[derive(Clone, Copy)]
struct ChoiceResponse {
    zero_challenge: Scalar,
    zero: Scalar,
    one: Scalar,
}

/// All responses of a ballot.
#[derive(Clone)]
struct Responses {
    choices: Vec<ChoiceResponse>,
    sum: Scalar,
    credential: Scalar,
}

impl Responses {
    fn write(&self, bytes: &mut Vec<u8>) {
        for choice in &self.choices {
            for scalar in [&choice.zero_challenge, &choice.zero, &choice.one] {
                bytes.extend_from_slice(scalar.as_bytes());
            }
        }
        bytes.extend_from_slice(self.sum.as_bytes());
        bytes.extend_from_slice(self.credential.as_bytes());
    }
}

/// A proof fresh from the prover, from which either form can be written.
pub(crate) struct Proof {
    ciphertexts: Vec<Ciphertext>,
    commitments: Vec<Point>,
    challenge: Scalar,
    responses: Responses,
}

impl Proof {
    /// ciphertexts ‖ c ‖ (c₀ ‖ z₀ ‖ z₁) … ‖ z_s ‖ z_u: 160·n + 96 bytes.
    pub(crate) fn compact(&self) -> Vec<u8> {
        let mut bytes = concatenated(&self.ciphertexts);
        bytes.extend_from_slice(self.challenge.as_bytes());
        self.responses.write(&mut bytes);
        bytes
    }

    /// ciphertexts ‖ (a₀ ‖ b₀ ‖ a₁ ‖ b₁) … ‖ a_s ‖ b_s ‖ r ‖ (c₀ ‖ z₀ ‖ z₁) … ‖ z_s ‖ z_u: 288·n + 160 bytes.
    pub(crate) fn committed(&self) -> Vec<u8> {
        let mut bytes = concatenated(&self.ciphertexts);
        for commitment in &self.commitments {
            bytes.extend_from_slice(commitment.bytes());
        }
        self.responses.write(&mut bytes);
        bytes
    }
}

/// A decoded ballot in compact form.
pub(crate) struct CompactBallot {
    ciphertexts: Vec<Ciphertext>,
    challenge: Scalar,
    responses: Responses,
}

impl CompactBallot {
    /// Decodes what [`Proof::compact`] writes.
    pub(crate) fn decode(options: usize, bytes: &[u8]) -> Result<CompactBallot, DecodeError> {
        let mut words = Words::new(bytes, 5 * options + 3)?;
        Ok(CompactBallot {
            ciphertexts: words.ciphertexts(options)?,
            challenge: words.scalar()?,
            responses: words.responses(options)?,
        })
    }
}

/// A decoded ballot in committed form.
pub(crate) struct CommittedBallot {
    ciphertexts: Vec<Ciphertext>,
    commitments: Vec<Point>,
    responses: Responses,
}

impl CommittedBallot {
    /// Decodes what [`Proof::committed`] writes.
    pub(crate) fn decode(options: usize, bytes: &[u8]) -> Result<CommittedBallot, DecodeError> {
        let mut words = Words::new(bytes, 9 * options + 5)?;
        Ok(CommittedBallot {
            ciphertexts: words.ciphertexts(options)?,
            commitments: (0..4 * options + 3)
                .map(|_| words.point())
                .collect::<Result<_, _>>()?,
            responses: words.responses(options)?,
        })
    }
}

/// Reads a byte string 32 bytes at a time.
struct Words<'a>(core::slice::Iter<'a, [u8; 32]>);

impl Words<'_> {
    fn new(bytes: &[u8], count: usize) -> Result<Words<'_>, DecodeError> {
        let (words, rest) = bytes.as_chunks::<32>();
        if words.len() != count || !rest.is_empty() {
            return Err(DecodeError::Length {
                found: bytes.len(),
                expected: 32 * count,
            });
        }
        Ok(Words(words.iter()))
    }

    fn next(&mut self) -> &[u8; 32] {
        self.0.next().expect("invariant: the length was checked")
    }

    fn point(&mut self) -> Result<Point, DecodeError> {
        Point::decode(self.next())
    }

    fn scalar(&mut self) -> Result<Scalar, DecodeError> {
        decode_scalar(self.next())
    }

    fn ciphertexts(&mut self, options: usize) -> Result<Vec<Ciphertext>, DecodeError> {
        (0..options)
            .map(|_| {
                Ok(Ciphertext {
                    alpha: Point::decode_non_identity(self.next())?,
                    beta: self.point()?,
                })
            })
            .collect()
    }

    fn responses(&mut self, options: usize) -> Result<Responses, DecodeError> {
        Ok(Responses {
            choices: (0..options)
                .map(|_| {
                    Ok(ChoiceResponse {
                        zero_challenge: self.scalar()?,
                        zero: self.scalar()?,
                        one: self.scalar()?,
                    })
                })
                .collect::<Result<_, DecodeError>>()?,
            sum: self.scalar()?,
            credential: self.scalar()?,
        })
    }
}
