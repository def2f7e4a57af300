//! Ed25519 verification that has one answer.
//!
//! Libraries differ on odd inputs, and two verifiers that disagree are an attack. Here a
//! signature (R, S) of a message M under a key A holds iff
//!
//! * A and R are canonical encodings of points (y < p, and no sign bit when x = 0),
//! * neither A nor R is of small order, and A is in the subgroup of prime order,
//! * S < ℓ,
//! * S·B = R + SHA-512(R ‖ A ‖ M)·A, without multiplying by the cofactor.

use ed25519_dalek::{Signature, VerifyingKey};

/// A key that was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the canonical encoding of an Ed25519 public key of prime order")]
pub struct PublicKeyError;

/// A signature that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the Ed25519 signature does not hold")]
pub struct SignatureInvalid;

/// An Ed25519 public key whose encoding has been checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Checks and decodes 32 bytes.
    ///
    /// # Errors
    /// When they are not the canonical encoding of a point, or the point is not in the subgroup of prime order.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, PublicKeyError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| PublicKeyError)?;
        // Decoding takes y modulo p; only the canonical encoding comes back as it was.
        let canonical = key.to_edwards().compress().to_bytes() == *bytes;
        let point = key.to_edwards();
        if !canonical || point.is_small_order() || !point.is_torsion_free() {
            return Err(PublicKeyError);
        }
        Ok(PublicKey(key))
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Checks a signature over `message`.
    ///
    /// # Errors
    /// When any of the four conditions above fails.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), SignatureInvalid> {
        // `verify_strict` recomputes R and compares encodings, so a non-canonical R never holds.
        self.0
            .verify_strict(message, &Signature::from_bytes(signature))
            .map_err(|_| SignatureInvalid)
    }
}
