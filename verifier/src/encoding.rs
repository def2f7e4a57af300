//! Bytes of spec/notation.md: base64, points, scalars, labelled hashes.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity;
use sha2::{Digest, Sha256, Sha512};

/// SHA-256 of one byte string.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// `lp(x)`: the length as four little-endian bytes, then the bytes.
pub(crate) fn length_prefixed(bytes: &[u8]) -> Vec<u8> {
    // Every byte string hashed here is part of an entry or of the sums, far below 2^32 bytes.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&length.to_le_bytes(), bytes].concat()
}

/// `H256(label, x1, …)` of spec/notation.md.
pub(crate) fn hash256(label: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(length_prefixed(label.as_bytes()));
    for part in parts {
        hash.update(length_prefixed(part));
    }
    hash.finalize().into()
}

/// `H512(label, x1, …)` of spec/notation.md.
pub(crate) fn hash512(label: &str, parts: &[&[u8]]) -> [u8; 64] {
    let mut hash = Sha512::new();
    hash.update(length_prefixed(label.as_bytes()));
    for part in parts {
        hash.update(length_prefixed(part));
    }
    hash.finalize().into()
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
pub(crate) fn point(bytes: &[u8]) -> Option<RistrettoPoint> {
    CompressedRistretto::from_slice(bytes).ok()?.decompress()
}

/// The same, refusing the identity.
pub(crate) fn point_not_identity(bytes: &[u8]) -> Option<RistrettoPoint> {
    point(bytes).filter(|point| *point != RistrettoPoint::identity())
}

/// The scalar with this little-endian encoding of 32 bytes, below ℓ.
pub(crate) fn scalar(bytes: &[u8]) -> Option<Scalar> {
    Option::from(Scalar::from_canonical_bytes(bytes.try_into().ok()?))
}

/// Points one after the other, 32 bytes each; `None` if one does not decode or bytes are left over.
pub(crate) fn points(bytes: &[u8]) -> Option<Vec<RistrettoPoint>> {
    let (chunks, rest) = bytes.as_chunks::<32>();
    if !rest.is_empty() {
        return None;
    }
    chunks.iter().map(|chunk| point(chunk)).collect()
}

/// The encodings of several points, joined.
pub(crate) fn concatenate(points: &[RistrettoPoint]) -> Vec<u8> {
    points.iter().flat_map(|point| point.compress().to_bytes()).collect()
}

/// A byte string taken apart from the left; every step is `None` once the bytes run out.
pub(crate) struct Parts<'a>(pub &'a [u8]);

impl<'a> Parts<'a> {
    /// The next `length` bytes.
    pub(crate) fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(length)?;
        self.0 = tail;
        Some(head)
    }

    /// The next `N` bytes as an array.
    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    /// The next 32 bytes as a point.
    pub(crate) fn point(&mut self) -> Option<RistrettoPoint> {
        point(self.bytes(32)?)
    }

    /// The next 32 bytes as a scalar.
    pub(crate) fn scalar(&mut self) -> Option<Scalar> {
        scalar(self.bytes(32)?)
    }

    /// The next four bytes as a little-endian number.
    pub(crate) fn number(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.array()?))
    }

    /// `Some` if nothing is left over.
    pub(crate) fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
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
        let generator = curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
        let bytes = generator.compress().to_bytes();
        assert_eq!(to_base64url(&bytes[..3]), to_base64url(&[0xe2, 0xf2, 0xae]));
        assert_eq!(point(&bytes), Some(generator));
        assert_eq!(point(&bytes[..31]), None);
        assert_eq!(point(&[0xff; 32]), None);
        assert_eq!(point(&[0; 32]), Some(RistrettoPoint::identity()));
        assert_eq!(point_not_identity(&[0; 32]), None);
        assert_eq!(points(&[bytes, bytes].concat()).map(|list| list.len()), Some(2));
        assert_eq!(points(&[&bytes[..], &[0]].concat()), None);
        let order = (-Scalar::ONE).to_bytes();
        assert_eq!(scalar(&order), Some(-Scalar::ONE));
        let mut above = order;
        above[0] += 1;
        assert_eq!(scalar(&above), None);
    }

    #[test]
    fn labelled_hashes_prefix_every_part_with_its_length() {
        let expected = sha256(b"\x01\0\0\0a\x02\0\0\0bc\0\0\0\0");
        assert_eq!(hash256("a", &[b"bc", b""]), expected);
        assert_ne!(hash256("a", &[b"bc", b""]), hash256("a", &[b"b", b"c"]));
    }
}
