//! The issuers' proofs: each knows the secret of every half it publishes, else the second issuer could choose its halves so
//! that they cancel the first's.
//!
//! T = τ·G, x = challenge, z = τ + Σ x^k·u_k; z·G = T + Σ x^k·U_k. Source: `spec/keys.md`, section 5.

use curve25519_dalek::traits::VartimeMultiscalarMul as _;
use curve25519_dalek::{RistrettoPoint, Scalar};
use zeroize::Zeroize as _;

use crate::encoding::{DecodeError, Point, SecretScalar, decode_scalar, words};
use crate::proof::ProofError;
use crate::transcript::{self, IssuerStatement};

/// One issuer's proof for one chunk of the roll, or one change: 64 bytes, T ‖ z.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IssuerProof {
    commitment: Point,
    response: Scalar,
}

impl IssuerProof {
    /// Proves knowledge of the halves u_1, u_2, … of the rows in order.
    pub fn prove(
        statement: &IssuerStatement<'_>,
        halves: &[&SecretScalar],
        rng: &mut impl rand::CryptoRng,
    ) -> IssuerProof {
        let statement = transcript::issuer(statement);
        let witness: Vec<&Scalar> = halves.iter().map(|half| half.expose()).collect();
        let mut nonce = statement.nonces(&witness, rng).scalar();
        let commitment = Point::from(RistrettoPoint::mul_base(&nonce));
        let challenge = transcript::issuer_challenge(statement, &commitment);
        let response = nonce
            + powers(challenge)
                .zip(witness)
                .map(|(power, half)| power * half)
                .sum::<Scalar>();
        nonce.zeroize();
        IssuerProof {
            commitment,
            response,
        }
    }

    /// Checks the proof against the public halves U_1, U_2, … of the rows in order.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn verify(
        &self,
        statement: &IssuerStatement<'_>,
        halves: &[Point],
    ) -> Result<(), ProofError> {
        let statement = transcript::issuer(statement);
        let challenge = transcript::issuer_challenge(statement, &self.commitment);
        // Collected, because the multiplication insists on iterators that know their length.
        let powers: Vec<Scalar> = powers(challenge).take(halves.len()).collect();
        let sum =
            RistrettoPoint::vartime_multiscalar_mul(powers, halves.iter().map(Point::element));
        if RistrettoPoint::mul_base(&self.response) == sum + self.commitment.element() {
            Ok(())
        } else {
            Err(ProofError)
        }
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
    pub fn decode(bytes: &[u8]) -> Result<IssuerProof, DecodeError> {
        let words = words(bytes, 2)?;
        Ok(IssuerProof {
            commitment: Point::decode(&words[0])?,
            response: decode_scalar(&words[1])?,
        })
    }
}

/// x^1, x^2, ….
fn powers(x: Scalar) -> impl Iterator<Item = Scalar> {
    core::iter::successors(Some(x), move |power| Some(power * x))
}
