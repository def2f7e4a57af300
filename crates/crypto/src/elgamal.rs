//! Exponential ElGamal: (α, β) = (r·G, v·G + r·H), added component by component.
//!
//! Source: `spec/ballot.md`, section 2.

use curve25519_dalek::{RistrettoPoint, Scalar};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::encoding::Point;

/// One encrypted number as it stands on the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ciphertext {
    /// α = r·G
    pub alpha: Point,
    /// β = v·G + r·H
    pub beta: Point,
}

impl Ciphertext {
    /// Encrypts `value` under `key` with the given randomness.
    pub fn encrypt(value: u64, randomness: &Scalar, key: &RistrettoPoint) -> Ciphertext {
        let value = RistrettoPoint::mul_base(&Scalar::from(value));
        Ciphertext {
            alpha: Point::from(RistrettoPoint::mul_base(randomness)),
            beta: Point::from(value + randomness * key),
        }
    }

    /// α ‖ β, 64 bytes.
    pub fn to_bytes(&self) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(self.alpha.bytes());
        bytes[32..].copy_from_slice(self.beta.bytes());
        bytes
    }
}

/// The bytes of several ciphertexts, α_1 ‖ β_1 ‖ ….
pub fn concatenated(ciphertexts: &[Ciphertext]) -> Vec<u8> {
    ciphertexts.iter().flat_map(Ciphertext::to_bytes).collect()
}

/// Running weighted sums of ciphertexts, one per position.
#[derive(Clone, Debug)]
pub struct Sums(Vec<(RistrettoPoint, RistrettoPoint)>);

impl Sums {
    /// `positions` sums, all empty.
    pub fn new(positions: usize) -> Sums {
        Sums(vec![Default::default(); positions])
    }

    /// Adds weight·(α, β) at every position.
    pub fn add(&mut self, ciphertexts: &[Ciphertext], weight: u64) {
        self.accumulate(ciphertexts, Scalar::from(weight));
    }

    /// Takes weight·(α, β) away again at every position: the ballot was replaced or cancelled.
    pub fn subtract(&mut self, ciphertexts: &[Ciphertext], weight: u64) {
        self.accumulate(ciphertexts, -Scalar::from(weight));
    }

    fn accumulate(&mut self, ciphertexts: &[Ciphertext], weight: Scalar) {
        assert_eq!(
            ciphertexts.len(),
            self.0.len(),
            "invariant: a ballot has one ciphertext per position"
        );
        for (sum, ciphertext) in self.0.iter_mut().zip(ciphertexts) {
            let (alpha, beta) = (ciphertext.alpha.element(), ciphertext.beta.element());
            // A sum of public points: one addition for the usual weight.
            if weight == Scalar::ONE {
                sum.0 += alpha;
                sum.1 += beta;
            } else if weight == -Scalar::ONE {
                sum.0 -= alpha;
                sum.1 -= beta;
            } else {
                sum.0 += weight * alpha;
                sum.1 += weight * beta;
            }
        }
    }

    /// The sums as ciphertexts; the identity is allowed here.
    pub fn finish(&self) -> Vec<Ciphertext> {
        self.0
            .iter()
            .map(|(alpha, beta)| Ciphertext {
                alpha: Point::from(*alpha),
                beta: Point::from(*beta),
            })
            .collect()
    }
}

/// The 32 bytes all randomness of one ballot's ciphertexts comes from; fresh for every ballot and after every check.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct EncryptionSeed([u8; 32]);

impl EncryptionSeed {
    /// A fresh seed.
    pub fn random(rng: &mut impl rand::CryptoRng) -> EncryptionSeed {
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        EncryptionSeed(seed)
    }

    /// The seed a voting device revealed for a check.
    pub fn from_bytes(bytes: [u8; 32]) -> EncryptionSeed {
        EncryptionSeed(bytes)
    }

    /// The bytes, for revealing a checked ballot only.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl core::fmt::Debug for EncryptionSeed {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("EncryptionSeed(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weighted_sums_decrypt_to_weighted_totals_and_subtraction_undoes() {
        let secret = Scalar::from(99_u64);
        let key = RistrettoPoint::mul_base(&secret);
        let one = Ciphertext::encrypt(3, &Scalar::from(5_u64), &key);
        let two = Ciphertext::encrypt(4, &Scalar::from(6_u64), &key);
        let mut sums = Sums::new(1);
        sums.add(&[one], 10);
        sums.add(&[two], 1);
        sums.add(&[two], 7);
        sums.add(&[one], 1);
        sums.subtract(&[two], 7);
        sums.subtract(&[one], 1);
        let total = &sums.finish()[0];
        let decrypted = total.beta.element() - secret * total.alpha.element();
        assert_eq!(decrypted, RistrettoPoint::mul_base(&Scalar::from(34_u64)));
    }
}
