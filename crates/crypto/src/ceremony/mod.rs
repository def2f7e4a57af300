//! The key ceremony: n trustees make one key of which any t can decrypt, and every failure has a name.
//!
//! Steps: [`Setup`] (keys of the manifest) → [`deal`] → [`Dealt`] (H and all X_j) → [`confirm`] or [`complaint`].
//! Pedersen's distributed key generation with Feldman commitments; a dealer may bias H, which is harmless because every later
//! proof absorbs H (Gennaro, Jarecki, Krawczyk, Rabin 2007; Cortier, Galindo, Glondu, Izabachène 2013).
//! Source: `spec/keys.md`, sections 1 to 3.

pub mod complaint;
pub mod confirm;
pub mod deal;

use curve25519_dalek::traits::{Identity as _, VartimeMultiscalarMul as _};
use curve25519_dalek::{RistrettoPoint, Scalar};

use crate::encoding::{Point, SecretScalar};
use crate::hash::hash_256;
use crate::proof::{KnowledgeProof, ProofError};
use crate::transcript;
use deal::CheckedDeal;

/// Proves possession of the encryption key `secret`·G of trustee number `trustee`.
pub fn prove_possession(
    nonce: &[u8; 32],
    trustee: u32,
    signing_key: &[u8; 32],
    secret: &SecretScalar,
    rng: &mut impl rand::CryptoRng,
) -> KnowledgeProof {
    let statement = transcript::trustee_key(nonce, trustee, signing_key, &secret.public());
    KnowledgeProof::prove(statement, secret, rng)
}

/// Checks a proof of possession.
///
/// # Errors
/// [`ProofError`].
pub fn verify_possession(
    nonce: &[u8; 32],
    trustee: u32,
    signing_key: &[u8; 32],
    encryption_key: &Point,
    proof: &KnowledgeProof,
) -> Result<(), ProofError> {
    let statement = transcript::trustee_key(nonce, trustee, signing_key, encryption_key);
    proof.verify(statement, encryption_key)
}

/// What two trustees compare by voice: 24 decimal digits in groups of four.
pub fn spoken_fingerprint(signing_key: &[u8; 32], encryption_key: &Point) -> String {
    let hash = hash_256(
        "urne/0 trustee fingerprint",
        &[signing_key, encryption_key.bytes()],
    );
    spoken_digits(&hash[..10], 24)
}

/// The first bytes as a big-endian integer modulo 10^digits, in groups of four decimal digits.
pub fn spoken_digits(bytes: &[u8], digits: u32) -> String {
    let number = bytes
        .iter()
        .fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
    let text = format!(
        "{:0width$}",
        number % 10_u128.pow(digits),
        width = digits as usize
    );
    let groups: Vec<&str> = (0..text.len())
        .step_by(4)
        .map(|start| &text[start..(start + 4).min(text.len())])
        .collect();
    groups.join(" ")
}

/// What the manifest fixes about the trustees. Trustees are numbered from 1.
#[derive(Clone, Debug)]
pub struct Setup {
    /// election id
    pub election: [u8; 32],
    /// t
    pub threshold: u32,
    /// Ed25519 keys of trustees 1 … n
    pub signing_keys: Vec<[u8; 32]>,
    /// P_1 … P_n
    pub encryption_keys: Vec<Point>,
}

impl Setup {
    /// n.
    pub fn trustees(&self) -> u32 {
        u32::try_from(self.encryption_keys.len()).expect("invariant: at most 32 trustees")
    }

    fn index(&self, trustee: u32) -> usize {
        assert!(
            (1..=self.trustees()).contains(&trustee),
            "invariant: trustee numbers are checked where they are decoded"
        );
        trustee as usize - 1
    }
}

/// All deals made and checked: the public outcome of dealing.
#[derive(Clone, Debug)]
pub struct Dealt {
    setup: Setup,
    deals: Vec<(CheckedDeal, [u8; 32])>,
    deals_hash: [u8; 32],
    election_key: Point,
    shares: Vec<Point>,
}

impl Dealt {
    /// `deals`: the checked deal of every trustee, 1 … n in order, each with the leaf hash of its entry.
    pub fn new(setup: Setup, deals: Vec<(CheckedDeal, [u8; 32])>) -> Dealt {
        assert_eq!(
            deals.len(),
            setup.encryption_keys.len(),
            "invariant: one deal per trustee"
        );
        let leaves: Vec<u8> = deals.iter().flat_map(|(_, leaf)| *leaf).collect();
        let key: RistrettoPoint = deals
            .iter()
            .map(|(deal, _)| deal.commitments()[0].element())
            .sum();
        let shares = (1..=setup.trustees())
            .map(|trustee| {
                let share = deals
                    .iter()
                    .fold(RistrettoPoint::identity(), |sum, (deal, _)| {
                        sum + evaluate_commitments(deal.commitments(), trustee)
                    });
                Point::from(share)
            })
            .collect();
        Dealt {
            deals_hash: hash_256("urne/0 deals", &[&leaves]),
            election_key: Point::from(key),
            shares,
            setup,
            deals,
        }
    }

    /// H.
    pub fn election_key(&self) -> &Point {
        &self.election_key
    }

    /// X_j.
    pub fn share(&self, trustee: u32) -> &Point {
        &self.shares[self.setup.index(trustee)]
    }

    /// The deals hash.
    pub fn deals_hash(&self) -> &[u8; 32] {
        &self.deals_hash
    }

    /// The setup.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    fn deal(&self, dealer: u32) -> &(CheckedDeal, [u8; 32]) {
        &self.deals[self.setup.index(dealer)]
    }
}

/// Σ_k j^k·A_k.
fn evaluate_commitments(commitments: &[Point], trustee: u32) -> RistrettoPoint {
    let x = Scalar::from(trustee);
    // Collected, because the multiplication insists on iterators that know their length.
    let powers: Vec<Scalar> = core::iter::successors(Some(Scalar::ONE), |power| Some(power * x))
        .take(commitments.len())
        .collect();
    RistrettoPoint::vartime_multiscalar_mul(powers, commitments.iter().map(Point::element))
}

/// Σ_k a_k·j^k, by Horner's rule.
fn evaluate_polynomial(coefficients: &[Scalar], trustee: u32) -> Scalar {
    let x = Scalar::from(trustee);
    coefficients
        .iter()
        .rev()
        .fold(Scalar::ZERO, |sum, coefficient| sum * x + coefficient)
}
