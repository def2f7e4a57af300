//! Statement binding: every public input of every proof is changed, one at a time, and each change must be refused. The
//! number of changes is asserted, so that an input forgotten here, or a new one, shows.
//!
//! Each small proof is tried twice. *Transcript*: only the challenge can notice a change, because the points of the equations
//! stay. *Check*: the change is made where a verifier would meet it.

mod ballot;
mod ceremony;
mod drill_and_decryption;
mod issuer;

use curve25519_dalek::Scalar;
use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;

use urne_crypto::encoding::Point;
use urne_crypto::proof::{EqualityProof, KnowledgeProof};
use urne_crypto::transcript::Statement;

use crate::script::{encoded, point, scalar};

/// Counts refused changes.
pub(super) struct Flips {
    proof: &'static str,
    refused: usize,
}

impl Flips {
    pub(super) fn of(proof: &'static str) -> Flips {
        Flips { proof, refused: 0 }
    }

    #[track_caller]
    pub(super) fn refused(&mut self, accepted: bool, what: &str) {
        assert!(!accepted, "{}: {what} is not bound", self.proof);
        self.refused += 1;
    }

    #[track_caller]
    pub(super) fn were(&self, expected: usize) {
        println!("{}: {} flips, all refused", self.proof, self.refused);
        assert_eq!(self.refused, expected, "{}: inputs forgotten", self.proof);
    }
}

/// The same bytes with one of them changed, for every one.
pub(super) fn flipped<const LENGTH: usize>(
    bytes: &[u8; LENGTH],
) -> impl Iterator<Item = [u8; LENGTH]> + use<LENGTH> {
    let bytes = *bytes;
    (0..LENGTH).map(move |index| {
        let mut bytes = bytes;
        bytes[index] ^= 1;
        bytes
    })
}

/// A number with one of its four bytes changed.
pub(super) fn numbers(number: u32) -> impl Iterator<Item = u32> {
    flipped(&number.to_le_bytes()).map(u32::from_le_bytes)
}

/// Another valid point.
pub(super) fn moved(point: &Point) -> Point {
    Point::from(point.element() + G)
}

/// A proof with one of its 32-byte words replaced by another valid word: points first, then scalars.
pub(super) fn replaced_words(proof: &[u8], points: usize) -> impl Iterator<Item = Vec<u8>> {
    (0..proof.len() / 32).map(move |index| {
        let mut proof = proof.to_vec();
        let word = &mut proof[32 * index..32 * index + 32];
        let other = if index < points {
            encoded(&(point(word) + G))
        } else {
            (scalar(word) + Scalar::ONE).to_bytes()
        };
        word.copy_from_slice(&other);
        proof
    })
}

pub(super) fn knowledge(bytes: &[u8]) -> KnowledgeProof {
    KnowledgeProof::decode(bytes).unwrap()
}

pub(super) fn equality(bytes: &[u8]) -> EqualityProof {
    EqualityProof::decode(bytes).unwrap()
}

/// Public key, base and other point of an equality proof, and its three words.
pub(super) fn equations_are_bound(
    flips: &mut Flips,
    proof: &EqualityProof,
    statement: &Statement,
    points: [&Point; 3],
) {
    let holds = |proof: &EqualityProof, [public, base, other]: [&Point; 3]| {
        let (base, other) = (base.element(), other.element());
        proof.verify(statement.clone(), public, base, other).is_ok()
    };
    assert!(holds(proof, points));
    for index in 0..3 {
        let other = moved(points[index]);
        let mut points = points;
        points[index] = &other;
        flips.refused(holds(proof, points), "a point of the equations");
    }
    for proof in replaced_words(&proof.to_bytes(), 2) {
        flips.refused(holds(&equality(&proof), points), "proof");
    }
}
