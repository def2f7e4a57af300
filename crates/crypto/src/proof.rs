//! The two one-round proofs everything but the ballot is made of.
//!
//! - knowledge: R = r·G, z = r + c·x, with z·G = R + c·X;
//! - equality of logarithms: R₁ = r·G, R₂ = r·B, z = r + c·x, with z·G = R₁ + c·X and z·B = R₂ + c·Y.
//!
//! The caller brings a [`Statement`] that has absorbed everything public; the proofs add only their commitments.
//! Source: Schnorr 1991; Chaum, Pedersen 1992; `spec/keys.md`.

use curve25519_dalek::traits::VartimeMultiscalarMul as _;
use curve25519_dalek::{RistrettoPoint, Scalar};
use zeroize::Zeroize as _;

use crate::encoding::{DecodeError, Point, SecretScalar, decode_scalar, words};
use crate::transcript::Statement;

/// A proof that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the proof does not hold")]
pub struct ProofError;

/// Knowledge of x with X = x·G: 64 bytes, R ‖ z.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnowledgeProof {
    commitment: Point,
    response: Scalar,
}

impl KnowledgeProof {
    /// Proves knowledge of `secret`.
    pub fn prove(
        statement: Statement,
        secret: &SecretScalar,
        rng: &mut impl rand::CryptoRng,
    ) -> KnowledgeProof {
        let mut nonce = statement.nonces(&[secret.expose()], rng).scalar();
        let commitment = Point::from(RistrettoPoint::mul_base(&nonce));
        let challenge = statement.challenge(&[&commitment]);
        let response = nonce + challenge * secret.expose();
        nonce.zeroize();
        KnowledgeProof {
            commitment,
            response,
        }
    }

    /// Checks z·G = R + c·X for X = `public`.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn verify(&self, statement: Statement, public: &Point) -> Result<(), ProofError> {
        let challenge = statement.challenge(&[&self.commitment]);
        holds(&self.response, &challenge, public, &self.commitment)
    }

    /// 64 bytes.
    pub fn to_bytes(&self) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(self.commitment.bytes());
        bytes[32..].copy_from_slice(self.response.as_bytes());
        bytes
    }

    /// # Errors
    /// [`DecodeError`] unless canonical.
    pub fn decode(bytes: &[u8]) -> Result<KnowledgeProof, DecodeError> {
        let words = words(bytes, 2)?;
        Ok(KnowledgeProof {
            commitment: Point::decode(&words[0])?,
            response: decode_scalar(&words[1])?,
        })
    }
}

/// Equality of two logarithms: 96 bytes, R₁ ‖ R₂ ‖ z.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EqualityProof {
    commitment: Point,
    other_commitment: Point,
    response: Scalar,
}

impl EqualityProof {
    /// Proves that `secret` is the logarithm to the base G and to `base` alike.
    pub fn prove(
        statement: Statement,
        base: &RistrettoPoint,
        secret: &SecretScalar,
        rng: &mut impl rand::CryptoRng,
    ) -> EqualityProof {
        let mut nonce = statement.nonces(&[secret.expose()], rng).scalar();
        let commitment = Point::from(RistrettoPoint::mul_base(&nonce));
        let other_commitment = Point::from(nonce * base);
        let challenge = statement.challenge(&[&commitment, &other_commitment]);
        let response = nonce + challenge * secret.expose();
        nonce.zeroize();
        EqualityProof {
            commitment,
            other_commitment,
            response,
        }
    }

    /// Checks log_G `public` = log_`base` `other`.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn verify(
        &self,
        statement: Statement,
        public: &Point,
        base: &RistrettoPoint,
        other: &RistrettoPoint,
    ) -> Result<(), ProofError> {
        let challenge = statement.challenge(&[&self.commitment, &self.other_commitment]);
        holds(&self.response, &challenge, public, &self.commitment)?;
        let expected =
            RistrettoPoint::vartime_multiscalar_mul([self.response, -challenge], [*base, *other]);
        if expected == *self.other_commitment.element() {
            Ok(())
        } else {
            Err(ProofError)
        }
    }

    /// 96 bytes.
    pub fn to_bytes(&self) -> [u8; 96] {
        let mut bytes = [0; 96];
        bytes[..32].copy_from_slice(self.commitment.bytes());
        bytes[32..64].copy_from_slice(self.other_commitment.bytes());
        bytes[64..].copy_from_slice(self.response.as_bytes());
        bytes
    }

    /// # Errors
    /// [`DecodeError`] unless canonical.
    pub fn decode(bytes: &[u8]) -> Result<EqualityProof, DecodeError> {
        let words = words(bytes, 3)?;
        Ok(EqualityProof {
            commitment: Point::decode(&words[0])?,
            other_commitment: Point::decode(&words[1])?,
            response: decode_scalar(&words[2])?,
        })
    }
}

/// z·G = R + c·X.
pub(crate) fn holds(
    response: &Scalar,
    challenge: &Scalar,
    public: &Point,
    commitment: &Point,
) -> Result<(), ProofError> {
    let expected = RistrettoPoint::vartime_double_scalar_mul_basepoint(
        &-challenge,
        public.element(),
        response,
    );
    if expected == *commitment.element() {
        Ok(())
    } else {
        Err(ProofError)
    }
}
