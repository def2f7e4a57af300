//! Ed25519 with one strict rule for everybody.
//!
//! Libraries differ on non-canonical and small-order points; `spec/notation.md`, "Ed25519", pins the cofactorless
//! equation with canonical A and R of large order, A in the subgroup of prime order, and S below ℓ.

use ed25519_dalek::{Signature, Signer, VerifyingKey};

use crate::hash::length_prefixed;

/// A signing key; wiped when dropped, prints only its public half.
pub use ed25519_dalek::SigningKey;

/// Why a key or a signature is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not a canonical point, or one of small order.
    #[error("not an acceptable Ed25519 key")]
    Key,
    /// The signature does not hold for this key and message.
    #[error("the signature does not hold")]
    Signature,
}

/// An Ed25519 public key that passed the strict rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Decodes 32 bytes.
    ///
    /// # Errors
    /// [`SignatureError::Key`] for a non-canonical encoding or a point outside the subgroup of prime order.
    pub fn decode(bytes: &[u8; 32]) -> Result<PublicKey, SignatureError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| SignatureError::Key)?;
        let point = key.to_edwards();
        // from_bytes keeps the bytes as given; only re-encoding shows whether they were canonical.
        if point.compress().0 != *bytes || point.is_small_order() || !point.is_torsion_free() {
            return Err(SignatureError::Key);
        }
        Ok(PublicKey(key))
    }

    /// The 32 bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Checks a signature over lp(domain) ‖ message.
    ///
    /// # Errors
    /// [`SignatureError::Signature`].
    pub fn verify(
        &self,
        domain: &str,
        message: &[u8],
        signature: &[u8; 64],
    ) -> Result<(), SignatureError> {
        self.0
            .verify_strict(&framed(domain, message), &Signature::from_bytes(signature))
            .map_err(|_| SignatureError::Signature)
    }
}

/// Signs lp(domain) ‖ message: 64 bytes.
pub fn sign(key: &SigningKey, domain: &str, message: &[u8]) -> [u8; 64] {
    key.sign(&framed(domain, message)).to_bytes()
}

/// The public half of a signing key.
pub fn public_key(key: &SigningKey) -> [u8; 32] {
    key.verifying_key().to_bytes()
}

fn framed(domain: &str, message: &[u8]) -> Vec<u8> {
    let mut framed = length_prefixed(domain.as_bytes());
    framed.extend_from_slice(message);
    framed
}

#[cfg(test)]
mod tests {
    use super::*;
    use curve25519_dalek::edwards::CompressedEdwardsY;
    use curve25519_dalek::scalar::Scalar;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    #[test]
    fn a_signature_holds_for_its_key_domain_and_message_only() {
        let signature = sign(&key(), "domain", b"message");
        let public = PublicKey::decode(&public_key(&key())).unwrap();
        assert!(public.verify("domain", b"message", &signature).is_ok());
        assert!(public.verify("other", b"message", &signature).is_err());
        assert!(public.verify("domain", b"massage", &signature).is_err());
        let stranger = SigningKey::from_bytes(&[8; 32]);
        let stranger = PublicKey::decode(&public_key(&stranger)).unwrap();
        assert!(stranger.verify("domain", b"message", &signature).is_err());
        for index in 0..64 {
            let mut flipped = signature;
            flipped[index] ^= 1;
            assert!(public.verify("domain", b"message", &flipped).is_err());
        }
    }

    #[test]
    fn small_order_and_non_canonical_keys_are_refused() {
        // y = 1 (order 1), y = −1 (order 2), y = 0 (order 4), and y = p + 1: y = 1 not reduced.
        let mut one = [0; 32];
        one[0] = 1;
        let mut minus_one = [0xff; 32];
        minus_one[0] = 0xec;
        minus_one[31] = 0x7f;
        let mut unreduced = [0xff; 32];
        unreduced[0] = 0xee;
        unreduced[31] = 0x7f;
        // x = 0 with the sign bit set.
        let mut negative_zero = one;
        negative_zero[31] |= 0x80;
        for bytes in [one, minus_one, [0; 32], unreduced, negative_zero] {
            assert_eq!(PublicKey::decode(&bytes), Err(SignatureError::Key));
        }
        // A large-order point whose y = p + 3 is not reduced, where y = 3 decodes.
        let mut three = [0; 32];
        three[0] = 3;
        assert!(CompressedEdwardsY(three).decompress().is_some());
        let mut three_unreduced = [0xff; 32];
        three_unreduced[0] = 0xf0;
        three_unreduced[31] = 0x7f;
        assert_eq!(
            PublicKey::decode(&three_unreduced),
            Err(SignatureError::Key)
        );
    }

    #[test]
    fn a_key_of_mixed_order_is_refused() {
        let order_two = CompressedEdwardsY({
            let mut minus_one = [0xff; 32];
            minus_one[0] = 0xec;
            minus_one[31] = 0x7f;
            minus_one
        });
        let good = PublicKey::decode(&public_key(&key()))
            .unwrap()
            .0
            .to_edwards();
        let mixed = good + order_two.decompress().unwrap();
        assert!(!mixed.is_small_order());
        assert_eq!(
            PublicKey::decode(&mixed.compress().0),
            Err(SignatureError::Key)
        );
    }

    #[test]
    fn s_must_be_below_the_order() {
        let mut signature = sign(&key(), "domain", b"message");
        let s = Scalar::from_canonical_bytes(signature[32..].try_into().unwrap()).unwrap();
        // S + ℓ, computed byte by byte: the same scalar, another encoding.
        let order_minus_one = (-Scalar::ONE).to_bytes();
        let mut carry = 1_u16;
        for (index, byte) in s.to_bytes().iter().enumerate() {
            let sum = u16::from(*byte) + u16::from(order_minus_one[index]) + carry;
            signature[32 + index] = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        let public = PublicKey::decode(&public_key(&key())).unwrap();
        assert!(public.verify("domain", b"message", &signature).is_err());
    }
}
