//! Strict decoding of points and scalars: one encoding per value, everything else refused.
//!
//! Source: `spec/notation.md`, "The group"; RFC 9496.

use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::traits::Identity;
use curve25519_dalek::{RistrettoPoint, Scalar};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Why bytes are not what they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Not the canonical encoding of a group element.
    #[error("not the canonical encoding of a ristretto255 point")]
    Point,
    /// The identity element, where it is refused.
    #[error("the identity element is not allowed here")]
    Identity,
    /// Not a scalar below the group order.
    #[error("not a canonical scalar")]
    Scalar,
    /// The wrong number of bytes.
    #[error("the length is {found} bytes, expected {expected}")]
    Length {
        /// bytes found
        found: usize,
        /// bytes expected
        expected: usize,
    },
}

/// A group element together with its 32-byte encoding, so that neither is computed twice.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    element: RistrettoPoint,
    bytes: [u8; 32],
}

impl Point {
    /// Decodes 32 bytes; the identity is allowed.
    ///
    /// # Errors
    /// [`DecodeError::Point`] for anything but a canonical encoding.
    pub fn decode(bytes: &[u8; 32]) -> Result<Point, DecodeError> {
        let element = CompressedRistretto(*bytes)
            .decompress()
            .ok_or(DecodeError::Point)?;
        Ok(Point {
            element,
            bytes: *bytes,
        })
    }

    /// Decodes 32 bytes; the identity is refused.
    ///
    /// # Errors
    /// [`DecodeError::Point`], or [`DecodeError::Identity`].
    pub fn decode_non_identity(bytes: &[u8; 32]) -> Result<Point, DecodeError> {
        let point = Point::decode(bytes)?;
        if point.is_identity() {
            return Err(DecodeError::Identity);
        }
        Ok(point)
    }

    /// The 32-byte encoding.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The group element.
    pub fn element(&self) -> &RistrettoPoint {
        &self.element
    }

    /// Whether this is the identity element.
    pub fn is_identity(&self) -> bool {
        self.bytes == [0; 32]
    }

    /// The identity element.
    pub fn identity() -> Point {
        Point {
            element: RistrettoPoint::identity(),
            bytes: [0; 32],
        }
    }
}

impl From<RistrettoPoint> for Point {
    fn from(element: RistrettoPoint) -> Point {
        Point {
            element,
            bytes: element.compress().0,
        }
    }
}

impl PartialEq for Point {
    fn eq(&self, other: &Point) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Point {}

/// Decodes a scalar; only values below the group order are accepted.
///
/// # Errors
/// [`DecodeError::Scalar`].
pub fn decode_scalar(bytes: &[u8; 32]) -> Result<Scalar, DecodeError> {
    Option::from(Scalar::from_canonical_bytes(*bytes)).ok_or(DecodeError::Scalar)
}

/// A scalar that must not be seen: wiped when dropped, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecretScalar(Scalar);

impl SecretScalar {
    /// Takes a scalar into custody.
    pub fn new(scalar: Scalar) -> SecretScalar {
        SecretScalar(scalar)
    }

    /// A uniformly random secret.
    pub fn random(rng: &mut impl rand::CryptoRng) -> SecretScalar {
        SecretScalar(Scalar::random(rng))
    }

    /// Decodes 32 bytes.
    ///
    /// # Errors
    /// [`DecodeError::Scalar`] unless canonical.
    pub fn decode(bytes: &[u8; 32]) -> Result<SecretScalar, DecodeError> {
        decode_scalar(bytes).map(SecretScalar)
    }

    /// The 32 bytes, for a protected file or a passphrase-encrypted one only.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The scalar, for computing with.
    pub fn expose(&self) -> &Scalar {
        &self.0
    }

    /// secret·G.
    pub fn public(&self) -> Point {
        Point::from(RistrettoPoint::mul_base(&self.0))
    }
}

impl core::fmt::Debug for SecretScalar {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("SecretScalar(…)")
    }
}

/// Splits a byte string into 32-byte words, or says why it cannot.
pub(crate) fn words(bytes: &[u8], count: usize) -> Result<Vec<[u8; 32]>, DecodeError> {
    let expected = count * 32;
    if bytes.len() != expected {
        return Err(DecodeError::Length {
            found: bytes.len(),
            expected,
        });
    }
    Ok(bytes
        .chunks_exact(32)
        .map(|chunk| {
            let mut word = [0; 32];
            word.copy_from_slice(chunk);
            word
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9496, appendix A.2: a selection of the encodings that must be refused.
    #[test]
    fn non_canonical_points_are_refused() {
        let mut field_prime = [0xff; 32];
        field_prime[0] = 0xed;
        field_prime[31] = 0x7f;
        let mut negative = [0; 32];
        negative[0] = 1;
        let mut high_bit = *Point::from(RistrettoPoint::mul_base(&Scalar::ONE)).bytes();
        high_bit[31] |= 0x80;
        for bytes in [field_prime, negative, high_bit, [0xff; 32]] {
            assert_eq!(Point::decode(&bytes), Err(DecodeError::Point));
        }
    }

    #[test]
    fn the_identity_is_refused_only_where_asked() {
        assert!(Point::decode(&[0; 32]).is_ok_and(|point| point.is_identity()));
        assert_eq!(
            Point::decode_non_identity(&[0; 32]),
            Err(DecodeError::Identity)
        );
        assert_eq!(Point::identity(), Point::from(RistrettoPoint::identity()));
        let generator = Point::from(RistrettoPoint::mul_base(&Scalar::ONE));
        assert_eq!(Point::decode_non_identity(generator.bytes()), Ok(generator));
    }

    #[test]
    fn a_scalar_at_or_above_the_order_is_refused() {
        let mut order = (-Scalar::ONE).to_bytes();
        assert!(decode_scalar(&order).is_ok());
        order[0] += 1;
        assert_eq!(decode_scalar(&order), Err(DecodeError::Scalar));
    }

    #[test]
    fn a_secret_does_not_print() {
        let secret = SecretScalar::new(Scalar::from(123_456_789_u64));
        assert_eq!(format!("{secret:?}"), "SecretScalar(…)");
    }

    #[test]
    fn words_must_fill_the_length() {
        assert!(words(&[0; 64], 2).is_ok_and(|list| list.len() == 2));
        assert_eq!(
            words(&[0; 63], 2),
            Err(DecodeError::Length {
                found: 63,
                expected: 64
            })
        );
    }
}
