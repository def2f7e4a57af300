//! Inputs on which Ed25519 libraries differ have one answer here.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use sha2::{Digest, Sha512};
use urne_board::public_key::{PublicKeyError, SignatureInvalid};
use urne_board::{PublicKey, SigningKey};

const MESSAGE: &[u8] = b"one answer";

fn signer() -> SigningKey {
    SigningKey::from_bytes(&[42; 32])
}

fn sign(message: &[u8]) -> [u8; 64] {
    use ed25519_dalek::Signer;
    signer().sign(message).to_bytes()
}

fn key() -> PublicKey {
    PublicKey::from_bytes(&signer().verifying_key().to_bytes()).unwrap()
}

fn challenge(r: &[u8; 32], a: &[u8; 32], message: &[u8]) -> Scalar {
    let hash = Sha512::new()
        .chain_update(r)
        .chain_update(a)
        .chain_update(message)
        .finalize();
    Scalar::from_bytes_mod_order_wide(&hash.into())
}

fn join(r: &[u8; 32], s: &[u8; 32]) -> [u8; 64] {
    [*r, *s].concat().try_into().unwrap()
}

/// RFC 8032 section 7.1, test 2.
#[test]
fn a_published_signature_holds() {
    let hex = |text: &str| -> Vec<u8> {
        (0..text.len() / 2)
            .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
            .collect()
    };
    let key = hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    let signature = hex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    );
    let key = PublicKey::from_bytes(&key.try_into().unwrap()).unwrap();
    assert_eq!(
        key.verify(&[0x72], &signature.clone().try_into().unwrap()),
        Ok(())
    );
    assert_eq!(
        key.verify(&[0x73], &signature.try_into().unwrap()),
        Err(SignatureInvalid)
    );
}

#[test]
fn every_changed_bit_breaks_a_signature() {
    let signature = sign(MESSAGE);
    assert_eq!(key().verify(MESSAGE, &signature), Ok(()));
    for bit in 0..512 {
        let mut changed = signature;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            key().verify(MESSAGE, &changed),
            Err(SignatureInvalid),
            "bit {bit}"
        );
    }
}

#[test]
fn s_is_below_the_group_order() {
    let signature = sign(MESSAGE);
    // ℓ, little-endian.
    let order: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut changed = signature;
    let mut carry = 0;
    for (byte, addend) in changed[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(addend) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    assert_eq!(carry, 0, "S + ℓ fits, so that only the rule can refuse it");
    assert_eq!(key().verify(MESSAGE, &changed), Err(SignatureInvalid));
}

#[test]
fn a_key_of_small_order_is_refused() {
    for point in EIGHT_TORSION {
        assert_eq!(
            PublicKey::from_bytes(&point.compress().to_bytes()),
            Err(PublicKeyError)
        );
    }
}

#[test]
fn a_key_off_the_curve_is_refused() {
    let off_the_curve = [2; 32];
    assert!(CompressedEdwardsY(off_the_curve).decompress().is_none());
    assert_eq!(PublicKey::from_bytes(&off_the_curve), Err(PublicKeyError));
}

#[test]
fn a_key_has_one_encoding() {
    // The encodings with y ≥ p are those of y = 0…18 as p + y. Some are points of large order,
    // which decoders that reduce y accept.
    let mut large_order = 0;
    for y in 0..19u8 {
        for sign in [0, 0x80] {
            let mut bytes = [0xff; 32];
            bytes[0] = 0xed + y;
            bytes[31] = 0x7f | sign;
            assert_eq!(PublicKey::from_bytes(&bytes), Err(PublicKeyError));
            let point = CompressedEdwardsY(bytes).decompress();
            large_order += u32::from(point.is_some_and(|point| !point.is_small_order()));
        }
    }
    assert!(
        large_order > 0,
        "the rule was tried on points that only it refuses"
    );
}

#[test]
fn r_of_small_order_is_refused_in_every_encoding() {
    // With R = T of small order and S = k·a, S·B = R + k·A holds for R = O exactly.
    let secret = signer().to_scalar();
    let a = signer().verifying_key().to_bytes();
    let mut non_canonical_identity = [0xff; 32];
    non_canonical_identity[0] = 0xee;
    non_canonical_identity[31] = 0x7f;
    let mut identity_with_sign = EIGHT_TORSION[0].compress().to_bytes();
    identity_with_sign[31] |= 0x80;
    let encodings = EIGHT_TORSION
        .iter()
        .map(|point| point.compress().to_bytes())
        .chain([non_canonical_identity, identity_with_sign]);
    for r in encodings {
        let s = challenge(&r, &a, MESSAGE) * secret;
        assert_eq!(
            key().verify(MESSAGE, &join(&r, &s.to_bytes())),
            Err(SignatureInvalid)
        );
    }
}

#[test]
fn the_equation_is_not_multiplied_by_the_cofactor() {
    // R = r·B + T: the equation holds times eight only.
    let secret = signer().to_scalar();
    let a = signer().verifying_key().to_bytes();
    let nonce = Scalar::from(123_456_789u64);
    for (torsion, holds) in [(EIGHT_TORSION[0], true), (EIGHT_TORSION[1], false)] {
        let r: EdwardsPoint = ED25519_BASEPOINT_POINT * nonce + torsion;
        let r = r.compress().to_bytes();
        let s = nonce + challenge(&r, &a, MESSAGE) * secret;
        let result = key().verify(MESSAGE, &join(&r, &s.to_bytes()));
        assert_eq!(result.is_ok(), holds);
    }
}

#[test]
fn a_key_with_a_torsion_part_is_refused() {
    // A = a·B + T is not of small order, but libraries that reduce differently would judge its signatures differently.
    let secret = signer().to_scalar();
    for torsion in &EIGHT_TORSION[1..] {
        let a: EdwardsPoint = ED25519_BASEPOINT_POINT * secret + torsion;
        assert!(!a.is_small_order());
        assert!(PublicKey::from_bytes(&a.compress().to_bytes()).is_err());
    }
}
