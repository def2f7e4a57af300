//! Bytes of spec/notation.md: hashes, base64, points, scalars.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
pub(crate) use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::ristretto::CompressedRistretto;
pub(crate) use curve25519_dalek::ristretto::RistrettoPoint as Point;
pub(crate) use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::VartimeMultiscalarMul;
pub(crate) use curve25519_dalek::traits::{Identity, IsIdentity};
use sha2::{Digest, Sha256, Sha512};

/// A hash, a key or an encoded point.
pub(crate) type Bytes32 = [u8; 32];

/// SHA-256 of the parts, joined.
pub(crate) fn sha256(parts: &[&[u8]]) -> Bytes32 {
    parts.iter().fold(Sha256::new(), Sha256::chain_update).finalize().into()
}

/// `lp(label) ‖ lp(x1) ‖ …`: every part after its length in four little-endian bytes.
pub(crate) fn length_prefixed(label: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut joined = Vec::new();
    for part in [label.as_bytes()].iter().chain(parts) {
        // Every byte string hashed here is part of an entry or of the sums, far below 2^32 bytes.
        joined.extend((part.len() as u32).to_le_bytes());
        joined.extend_from_slice(part);
    }
    joined
}

/// `H256(label, x1, …)`.
pub(crate) fn hash256(label: &str, parts: &[&[u8]]) -> Bytes32 {
    sha256(&[&length_prefixed(label, parts)])
}

/// `H512(label, x1, …)`.
pub(crate) fn hash512(label: &str, parts: &[&[u8]]) -> [u8; 64] {
    Sha512::digest(length_prefixed(label, parts)).into()
}

/// base64url without padding.
pub(crate) fn to_base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// base64url without padding; refuses padding, other characters and unused bits that are not zero.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The standard base64 of notes, with padding; as strict as [`from_base64url`].
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// The element with exactly this encoding of 32 bytes.
pub(crate) fn point(bytes: &[u8]) -> Option<Point> {
    CompressedRistretto::from_slice(bytes).ok()?.decompress()
}

/// The same, refusing the identity.
pub(crate) fn point_not_identity(bytes: &[u8]) -> Option<Point> {
    point(bytes).filter(|point| !point.is_identity())
}

/// Points one after the other; `None` if one does not decode or bytes are left over.
pub(crate) fn points(bytes: &[u8]) -> Option<Vec<Point>> {
    bytes.chunks(32).map(point).collect()
}

/// Canonical scalars one after the other; `None` if one is not below ℓ or bytes are left over.
pub(crate) fn scalars(bytes: &[u8]) -> Option<Vec<Scalar>> {
    let scalar = |bytes: &[u8]| Scalar::from_canonical_bytes(bytes.try_into().ok()?).into_option();
    bytes.chunks(32).map(scalar).collect()
}

/// The encodings of points, joined.
pub(crate) fn concatenate<'p>(points: impl IntoIterator<Item = &'p Point>) -> Vec<u8> {
    points.into_iter().flat_map(|point| point.compress().0).collect()
}

/// Σ scalar·point.
pub(crate) fn combine<'a, P: std::borrow::Borrow<Point>>(
    scalars: impl IntoIterator<Item = &'a Scalar>,
    points: impl IntoIterator<Item = P>,
) -> Point {
    let points: Vec<Point> = points.into_iter().map(|point| *point.borrow()).collect();
    Point::vartime_multiscalar_mul(scalars, points)
}

/// x, x², x³, …
pub(crate) fn powers(x: Scalar) -> impl Iterator<Item = Scalar> {
    std::iter::successors(Some(x), move |power| Some(power * x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64url_has_one_form_only() {
        assert_eq!(from_base64url("-_8"), Some(vec![0xfb, 0xff]));
        for refused in ["-_9", "-_8=", "+/8", "-_", "-_8\n", " -_8"] {
            assert_eq!(from_base64url(refused), None, "{refused}");
        }
        assert_eq!(from_base64("+/8="), Some(vec![0xfb, 0xff]));
        for refused in ["+/8", "+/9=", "-_8=", "+/8=="] {
            assert_eq!(from_base64(refused), None, "{refused}");
        }
    }

    #[test]
    fn points_and_scalars_are_canonical_only() {
        let generator = G;
        let bytes = generator.compress().to_bytes();
        assert_eq!(to_base64url(&bytes[..3]), to_base64url(&[0xe2, 0xf2, 0xae]));
        assert_eq!(point(&bytes), Some(generator));
        assert_eq!(point(&bytes[..31]), None);
        assert_eq!(point(&[0xff; 32]), None);
        assert_eq!(point(&[0; 32]), Some(Point::identity()));
        assert_eq!(point_not_identity(&[0; 32]), None);
        assert_eq!(points(&[bytes, bytes].concat()), Some(vec![generator; 2]));
        assert_eq!(points(&[&bytes[..], &[0]].concat()), None);
        assert_eq!(concatenate(&[generator, generator]), [bytes, bytes].concat());
        let order = (-Scalar::ONE).to_bytes();
        assert_eq!(scalars(&order), Some(vec![-Scalar::ONE]));
        assert_eq!(scalars(&order[..31]), None);
        let mut above = order;
        above[0] += 1;
        assert_eq!(scalars(&above), None);
    }

    #[test]
    fn labelled_hashes_prefix_every_part_with_its_length() {
        let expected = sha256(&[b"\x01\0\0\0a\x02\0\0\0bc\0\0\0\0"]);
        assert_eq!(hash256("a", &[b"bc", b""]), expected);
        assert_ne!(hash256("a", &[b"bc", b""]), hash256("a", &[b"b", b"c"]));
        assert_eq!(sha256(&[b"b", b"c"]), sha256(&[b"bc"]));
    }
}
