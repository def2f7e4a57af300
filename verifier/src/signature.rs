//! Ed25519 under the rules of spec/notation.md: canonical, not of small order, keys of prime order, cofactorless.

use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use ed25519_dalek::{Signature, VerifyingKey};

/// Whether these bytes are a canonical encoding of a point of the subgroup of prime order.
pub(crate) fn key_is_good(key: &[u8; 32]) -> bool {
    point(key).is_some_and(|point| point.is_torsion_free())
}

/// A canonically encoded point that is not of small order.
fn point(key: &[u8; 32]) -> Option<EdwardsPoint> {
    // Encoding again catches y ≥ 2^255 − 19 and the sign bit of x = 0, which decoding forgives.
    CompressedEdwardsY(*key)
        .decompress()
        .filter(|point| point.compress().0 == *key && !point.is_small_order())
}

/// Whether `signature` on `message` is good under `key`.
pub(crate) fn is_good(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let signature = Signature::from_bytes(signature);
    key_is_good(key)
        && point(signature.r_bytes()).is_some()
        && VerifyingKey::from_bytes(key)
            .is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};

    #[test]
    fn a_good_signature_passes_and_any_change_of_it_fails() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let public = key.verifying_key().to_bytes();
        let signature = key.sign(b"message").to_bytes();
        assert!(is_good(&public, b"message", &signature));
        assert!(!is_good(&public, b"massage", &signature));
        for byte in [0, 31, 32, 63] {
            let mut changed = signature;
            changed[byte] ^= 1;
            assert!(!is_good(&public, b"message", &changed), "byte {byte}");
        }
    }

    #[test]
    fn a_response_above_the_group_order_is_refused() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let mut signature = key.sign(b"message").to_bytes();
        // ℓ in little-endian bytes, added to S.
        let order: [u8; 32] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9,
            0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let mut carry = 0u16;
        for (byte, add) in signature[32..].iter_mut().zip(order) {
            carry += u16::from(*byte) + u16::from(add);
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        assert!(!is_good(&key.verifying_key().to_bytes(), b"message", &signature));
    }

    #[test]
    fn small_order_and_non_canonical_keys_are_refused() {
        let mut one = [0; 32];
        one[0] = 1;
        assert!(!key_is_good(&one), "the identity");
        assert!(!key_is_good(&[0; 32]), "order four");
        let mut one_signed = one;
        one_signed[31] = 0x80;
        assert!(!key_is_good(&one_signed), "x = 0 with the sign bit");
        // y = 3 encoded as 3 + p; y = 3 itself is a point of the curve.
        let mut three = [0; 32];
        three[0] = 3;
        assert!(point(&three).is_some());
        assert!(!key_is_good(&three), "of mixed order");
        let mut above = [0xff; 32];
        above[0] = 0xf0;
        above[31] = 0x7f;
        assert!(CompressedEdwardsY(above).decompress().is_some());
        assert!(point(&above).is_none());
    }

    #[test]
    fn the_identity_as_commitment_is_refused_even_where_the_equation_holds() {
        // With S = k·a and R = O the cofactorless equation holds.
        use curve25519_dalek::scalar::Scalar;
        use sha2::{Digest, Sha512};
        let secret = Scalar::from(5u64);
        let public = curve25519_dalek::EdwardsPoint::mul_base(&secret).compress().0;
        let mut commitment = [0; 32];
        commitment[0] = 1;
        let hash: [u8; 64] = Sha512::digest([&commitment[..], &public, b"m"].concat()).into();
        let response = Scalar::from_bytes_mod_order_wide(&hash) * secret;
        let signature: [u8; 64] =
            [commitment, response.to_bytes()].concat().try_into().expect("64 bytes");
        assert!(!is_good(&public, b"m", &signature));
    }
}
