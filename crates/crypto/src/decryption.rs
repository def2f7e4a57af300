//! Threshold decryption of the sums, one batched proof per trustee.
//!
//! D_jk = x_j·α_k for all positions k, and one proof that log_G X_j = log_(Σ w^k·α_k) (Σ w^k·D_jk) for a challenge w.
//! Source: `spec/tally.md`, section 3; batching after Bellare, Garay, Rabin 1998.

use curve25519_dalek::traits::VartimeMultiscalarMul as _;
use curve25519_dalek::{RistrettoPoint, Scalar};

use crate::ceremony::confirm::KeyShare;
use crate::elgamal::{Ciphertext, concatenated};
use crate::encoding::Point;
use crate::hash::hash_256;
use crate::proof::{EqualityProof, ProofError};
use crate::transcript::{self, DecryptionStatement, Statement};

/// What is decrypted: the sums of one sealed board.
#[derive(Clone, Debug)]
pub struct SealedSums {
    ctx: [u8; 32],
    root: [u8; 32],
    sums: Vec<Ciphertext>,
    bytes: Vec<u8>,
}

/// The one phase there is while delegation is not offered.
pub const PHASE: u32 = 1;

/// One trustee's decryption shares with their proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartialDecryption {
    /// D_j1 …, one per position
    pub shares: Vec<Point>,
    /// the batched proof
    pub proof: EqualityProof,
}

impl SealedSums {
    /// `root` is the root of the closed log.
    pub fn new(ctx: [u8; 32], root: [u8; 32], sums: Vec<Ciphertext>) -> SealedSums {
        SealedSums {
            bytes: concatenated(&sums),
            ctx,
            root,
            sums,
        }
    }

    /// What a seal signs for all sums.
    pub fn hash(&self) -> [u8; 32] {
        hash_256("urne/0 sums", &[&self.bytes])
    }

    /// The sums, position by position.
    pub fn ciphertexts(&self) -> &[Ciphertext] {
        &self.sums
    }

    /// How many sums there are.
    pub fn positions(&self) -> usize {
        self.sums.len()
    }

    /// Trustee j's part of the decryption.
    pub fn decrypt(&self, share: &KeyShare, rng: &mut impl rand::CryptoRng) -> PartialDecryption {
        let shares: Vec<Point> = self
            .sums
            .iter()
            .map(|sum| Point::from(share.secret().expose() * sum.alpha.element()))
            .collect();
        let public = share.secret().public();
        let (statement, combined_alpha, _) = self.combined(share.trustee(), &public, &shares);
        PartialDecryption {
            proof: EqualityProof::prove(statement, &combined_alpha, share.secret(), rng),
            shares,
        }
    }

    /// Checks trustee j's part; `public` is X_j.
    ///
    /// # Errors
    /// [`ProofError`], also for the wrong number of shares.
    pub fn verify(
        &self,
        trustee: u32,
        public: &Point,
        decryption: &PartialDecryption,
    ) -> Result<(), ProofError> {
        if decryption.shares.len() != self.sums.len() {
            return Err(ProofError);
        }
        let (statement, alpha, share) = self.combined(trustee, public, &decryption.shares);
        decryption.proof.verify(statement, public, &alpha, &share)
    }

    /// v_k·G for every position, from the parts of any t trustees (number, shares).
    pub fn combine(&self, parts: &[(u32, &[Point])]) -> Vec<RistrettoPoint> {
        let numbers: Vec<u32> = parts.iter().map(|(trustee, _)| *trustee).collect();
        let coefficients = lagrange_at_zero(&numbers);
        self.sums
            .iter()
            .enumerate()
            .map(|(position, sum)| {
                let mask = RistrettoPoint::vartime_multiscalar_mul(
                    &coefficients,
                    parts.iter().map(|(_, shares)| shares[position].element()),
                );
                sum.beta.element() - mask
            })
            .collect()
    }

    /// The statement with Σ w^k·α_k and Σ w^k·D_jk.
    fn combined(
        &self,
        trustee: u32,
        public: &Point,
        shares: &[Point],
    ) -> (Statement, RistrettoPoint, RistrettoPoint) {
        let (statement, challenge) = transcript::decryption(&DecryptionStatement {
            ctx: &self.ctx,
            root: &self.root,
            phase: PHASE,
            trustee,
            share: public,
            sums: &self.bytes,
            shares,
        });
        let powers: Vec<Scalar> =
            core::iter::successors(Some(challenge), |power| Some(power * challenge))
                .take(self.sums.len())
                .collect();
        let alphas = self.sums.iter().map(|sum| sum.alpha.element());
        let shares = shares.iter().map(Point::element);
        (
            statement,
            RistrettoPoint::vartime_multiscalar_mul(&powers, alphas),
            RistrettoPoint::vartime_multiscalar_mul(&powers, shares),
        )
    }
}

/// λ_j = Π_(i≠j) i/(i−j) for distinct trustee numbers j ≥ 1.
fn lagrange_at_zero(trustees: &[u32]) -> Vec<Scalar> {
    trustees
        .iter()
        .map(|&own| {
            let others = || trustees.iter().filter(move |&&other| other != own);
            let numerator: Scalar = others().map(|&other| Scalar::from(other)).product();
            let denominator: Scalar = others()
                .map(|&other| Scalar::from(other) - Scalar::from(own))
                .product();
            numerator * denominator.invert()
        })
        .collect()
}
