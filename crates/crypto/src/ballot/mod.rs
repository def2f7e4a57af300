//! The ballot: n ciphertexts and one short proof that they encrypt a legal choice made by the holder of a credential.
//!
//! Reading order: this file says what a ballot is and how its bytes are read; [`prove`] makes one, in steps consumed by
//! move; [`verify`] checks one or many. The argument why the proof is sound stands in `spec/security.md`; the equations in
//! `spec/ballot.md`, section 3. Kindred work: Bootle, Cerulli, Chaidos, Ghadafi, Groth, Petit, "Short accountable ring
//! signatures based on DDH" (ESORICS 2015), whose bit proof this vectorises; Groth, "Non-interactive zero-knowledge arguments
//! for voting" (ACNS 2005).

pub mod prove;
pub mod verify;

use curve25519_dalek::Scalar;

use crate::elgamal::{Ciphertext, concatenated};
use crate::encoding::{DecodeError, Point, decode_scalar, words};
use crate::generators::Generators;
use crate::hash::hash_256;
use crate::program::LinearProgram;
use crate::transcript::{Statement, ballot_prefix};

/// `after` of a ballot that replaces none.
pub const NO_BALLOT: [u8; 32] = [0; 32];

/// What all ballots of one election share.
pub struct BallotContext {
    ctx: [u8; 32],
    election_key: Point,
    program: LinearProgram,
    generators: Generators,
    prefix: Statement,
}

impl BallotContext {
    /// `ctx` is the hash of the `open` entry, `election_key` is H.
    pub fn new(ctx: [u8; 32], election_key: Point, program: LinearProgram) -> BallotContext {
        BallotContext {
            ctx,
            election_key,
            generators: Generators::new(program.bits()),
            prefix: ballot_prefix(&ctx, &election_key, program.bytes()),
            program,
        }
    }

    /// The compiled program.
    pub fn program(&self) -> &LinearProgram {
        &self.program
    }

    /// H.
    pub fn election_key(&self) -> &Point {
        &self.election_key
    }

    /// ctx.
    pub fn ctx(&self) -> &[u8; 32] {
        &self.ctx
    }

    /// The tracker of the ballot with these ciphertexts.
    pub fn tracker(&self, slot: &Slot, ciphertexts: &[Ciphertext]) -> [u8; 32] {
        hash_256(
            "urne/0 tracker",
            &[
                &self.ctx,
                slot.credential.bytes(),
                &slot.after,
                &concatenated(ciphertexts),
            ],
        )
    }
}

/// Where a ballot goes: whose it is and which one it replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// the college of the line, from 1
    pub college: u32,
    /// U, the line's current key
    pub credential: Point,
    /// tracker of the ballot this one replaces, or [`NO_BALLOT`]
    pub after: [u8; 32],
}

/// A ballot as decoded from the board: well-formed, but nothing about it has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ballot {
    ciphertexts: Vec<Ciphertext>,
    bit_commitments: [Point; 2],
    link_commitments: [Point; 3],
    bit_responses: Vec<Scalar>,
    blinding_response: Scalar,
    randomness_response: Scalar,
    credential_response: Scalar,
}

impl Ballot {
    /// Decodes the `proof` field: ciphertexts ‖ A ‖ B ‖ T₁ ‖ T₂ ‖ T₃ ‖ f_1 … f_N ‖ z ‖ z_r ‖ z_u.
    ///
    /// # Errors
    /// [`DecodeError`] for a wrong length, a non-canonical point or scalar, or an α that is the identity.
    pub fn decode(program: &LinearProgram, bytes: &[u8]) -> Result<Ballot, DecodeError> {
        let (count, bits) = (program.ciphertexts(), program.bits() as usize);
        let words = words(bytes, 2 * count + bits + 8)?;
        let mut words = words.iter();
        let mut next = || words.next().expect("invariant: the length was checked");
        let mut ciphertexts = Vec::with_capacity(count);
        for _ in 0..count {
            ciphertexts.push(Ciphertext {
                alpha: Point::decode_non_identity(next())?,
                beta: Point::decode(next())?,
            });
        }
        let bit_commitments = [Point::decode(next())?, Point::decode(next())?];
        let link_commitments = [
            Point::decode(next())?,
            Point::decode(next())?,
            Point::decode(next())?,
        ];
        let mut bit_responses = Vec::with_capacity(bits);
        for _ in 0..bits {
            bit_responses.push(decode_scalar(next())?);
        }
        Ok(Ballot {
            ciphertexts,
            bit_commitments,
            link_commitments,
            bit_responses,
            blinding_response: decode_scalar(next())?,
            randomness_response: decode_scalar(next())?,
            credential_response: decode_scalar(next())?,
        })
    }

    /// The bytes of the `proof` field, 64·n + 32·N + 256.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = concatenated(&self.ciphertexts);
        for point in self.bit_commitments.iter().chain(&self.link_commitments) {
            bytes.extend_from_slice(point.bytes());
        }
        let last = [
            &self.blinding_response,
            &self.randomness_response,
            &self.credential_response,
        ];
        for scalar in self.bit_responses.iter().chain(last) {
            bytes.extend_from_slice(scalar.as_bytes());
        }
        bytes
    }

    /// The ciphertexts, unchecked.
    pub fn ciphertexts(&self) -> &[Ciphertext] {
        &self.ciphertexts
    }
}
