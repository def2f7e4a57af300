//! A trustee's deal: a secret polynomial, committed to in public and handed out in encrypted shares.

use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use curve25519_dalek::{RistrettoPoint, Scalar};
use zeroize::{Zeroize as _, Zeroizing};

use super::{Setup, evaluate_polynomial};
use crate::encoding::{DecodeError, Point, SecretScalar, decode_scalar, words};
use crate::proof::{ProofError, holds};
use crate::transcript::{self, DealStatement};

/// Bytes of one encrypted share: 32 and the 16 of the authentication tag.
pub const SHARE_LENGTH: usize = 48;

/// A deal as it stands on the board, unchecked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deal {
    commitments: Vec<Point>,
    ephemeral: Point,
    shares: Vec<[u8; SHARE_LENGTH]>,
    proof: DealProof,
}

/// Knowledge of a_i0 and e_i under one challenge: R₀ ‖ R_E ‖ z₀ ‖ z_E.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct DealProof {
    commitments: [Point; 2],
    responses: [Scalar; 2],
}

/// Why a deal is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DealError {
    /// A_i0 is the identity.
    #[error("the constant commitment is the identity")]
    Identity,
    /// Not t commitments or not n shares.
    #[error("a deal needs one commitment per coefficient and one share per trustee")]
    Shape,
    /// The proof of knowledge fails.
    #[error("the dealer's proof does not hold")]
    Proof,
}

/// A deal whose proof holds. Its encrypted shares are judged by their recipients.
#[derive(Clone, Debug)]
pub struct CheckedDeal(Deal);

impl CheckedDeal {
    /// A_i0 … A_i,t−1.
    pub fn commitments(&self) -> &[Point] {
        &self.0.commitments
    }

    pub(super) fn ephemeral(&self) -> &Point {
        &self.0.ephemeral
    }

    pub(super) fn encrypted_share(&self, index: usize) -> &[u8; SHARE_LENGTH] {
        &self.0.shares[index]
    }
}

impl Deal {
    /// Draws a polynomial, deals it out and forgets it: the dealer's own share is among the shares.
    pub fn make(setup: &Setup, trustee: u32, rng: &mut impl rand::CryptoRng) -> Deal {
        let coefficients: Zeroizing<Vec<Scalar>> =
            Zeroizing::new((0..setup.threshold).map(|_| Scalar::random(rng)).collect());
        let ephemeral_secret = SecretScalar::random(rng);
        let ephemeral = ephemeral_secret.public();
        let shares = (1..=setup.trustees())
            .map(|recipient| {
                let encryption_key = &setup.encryption_keys[setup.index(recipient)];
                let shared = Point::from(ephemeral_secret.expose() * encryption_key.element());
                let mut share = evaluate_polynomial(&coefficients, recipient);
                let mut plain = share.to_bytes();
                let sealed = seal_share(
                    &share_key(setup, trustee, recipient, &ephemeral, &shared),
                    &plain,
                );
                share.zeroize();
                plain.zeroize();
                sealed
            })
            .collect();
        let mut deal = Deal {
            commitments: coefficients
                .iter()
                .map(|coefficient| Point::from(RistrettoPoint::mul_base(coefficient)))
                .collect(),
            ephemeral,
            shares,
            proof: DealProof {
                commitments: [Point::identity(); 2],
                responses: [Scalar::ZERO; 2],
            },
        };
        let secrets = [&coefficients[0], ephemeral_secret.expose()];
        deal.proof = deal.prove(setup, trustee, secrets, rng);
        deal
    }

    fn prove(
        &self,
        setup: &Setup,
        trustee: u32,
        secrets: [&Scalar; 2],
        rng: &mut impl rand::CryptoRng,
    ) -> DealProof {
        let statement = transcript::deal(&self.statement(setup, trustee));
        let mut source = statement.nonces(&secrets, rng);
        let nonces = Zeroizing::new([source.scalar(), source.scalar()]);
        let commitments = [0, 1].map(|index| Point::from(RistrettoPoint::mul_base(&nonces[index])));
        let challenge = statement.challenge(&[&commitments[0], &commitments[1]]);
        DealProof {
            commitments,
            responses: [0, 1].map(|index| nonces[index] + challenge * secrets[index]),
        }
    }

    /// Checks everything public about the deal of `trustee`.
    ///
    /// # Errors
    /// [`DealError`].
    pub fn check(self, setup: &Setup, trustee: u32) -> Result<CheckedDeal, DealError> {
        if self.commitments.len() != setup.threshold as usize
            || self.shares.len() != setup.encryption_keys.len()
        {
            return Err(DealError::Shape);
        }
        if self.commitments[0].is_identity() || self.ephemeral.is_identity() {
            return Err(DealError::Identity);
        }
        let [constant, ephemeral] = &self.proof.commitments;
        let challenge =
            transcript::deal(&self.statement(setup, trustee)).challenge(&[constant, ephemeral]);
        let publics = [&self.commitments[0], &self.ephemeral];
        let proofs = self.proof.responses.iter().zip(&self.proof.commitments);
        for (public, (response, commitment)) in publics.into_iter().zip(proofs) {
            holds(response, &challenge, public, commitment)
                .map_err(|ProofError| DealError::Proof)?;
        }
        Ok(CheckedDeal(self))
    }

    fn statement<'a>(&'a self, setup: &'a Setup, trustee: u32) -> DealStatement<'a> {
        DealStatement {
            election: &setup.election,
            trustee,
            threshold: setup.threshold,
            encryption_keys: &setup.encryption_keys,
            signing_key: &setup.signing_keys[setup.index(trustee)],
            commitments: &self.commitments,
            ephemeral: &self.ephemeral,
            shares: &self.shares,
        }
    }

    /// The fields of the entry: `commitments` (32·t bytes), `ephemeral` (32), `shares` (48·n), `proof` (128).
    pub fn to_bytes(&self) -> DealBytes {
        let mut proof = [0; 128];
        let [first, second] = &self.proof.commitments;
        proof[..32].copy_from_slice(first.bytes());
        proof[32..64].copy_from_slice(second.bytes());
        proof[64..96].copy_from_slice(self.proof.responses[0].as_bytes());
        proof[96..].copy_from_slice(self.proof.responses[1].as_bytes());
        DealBytes {
            commitments: self
                .commitments
                .iter()
                .flat_map(|point| *point.bytes())
                .collect(),
            ephemeral: *self.ephemeral.bytes(),
            shares: self.shares.concat(),
            proof,
        }
    }

    /// Decodes the fields of an entry.
    ///
    /// # Errors
    /// [`DecodeError`] unless canonical and of the lengths the setup calls for.
    pub fn decode(setup: &Setup, bytes: &DealBytes) -> Result<Deal, DecodeError> {
        let commitments = words(&bytes.commitments, setup.threshold as usize)?
            .iter()
            .map(Point::decode)
            .collect::<Result<Vec<Point>, DecodeError>>()?;
        let expected = setup.encryption_keys.len() * SHARE_LENGTH;
        let (shares, rest) = bytes.shares.as_chunks::<SHARE_LENGTH>();
        if bytes.shares.len() != expected || !rest.is_empty() {
            return Err(DecodeError::Length {
                found: bytes.shares.len(),
                expected,
            });
        }
        let proof = words(&bytes.proof, 4)?;
        Ok(Deal {
            commitments,
            ephemeral: Point::decode_non_identity(&bytes.ephemeral)?,
            shares: shares.to_vec(),
            proof: DealProof {
                commitments: [Point::decode(&proof[0])?, Point::decode(&proof[1])?],
                responses: [decode_scalar(&proof[2])?, decode_scalar(&proof[3])?],
            },
        })
    }
}

/// The byte strings of a deal entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DealBytes {
    /// 32·t bytes
    pub commitments: Vec<u8>,
    /// 32 bytes
    pub ephemeral: [u8; 32],
    /// 48·n bytes
    pub shares: Vec<u8>,
    /// 128 bytes
    pub proof: [u8; 128],
}

/// Why a share is bad. Anyone who knows the shared point can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShareFault {
    /// The ciphertext does not open.
    #[error("the encrypted share does not open")]
    Ciphertext,
    /// The plaintext is not a scalar.
    #[error("the share is not a canonical scalar")]
    Scalar,
    /// f_i(j)·G differs from the commitments.
    #[error("the share does not match the dealer's commitments")]
    Mismatch,
}

/// Opens and judges dealer `dealer`'s share for `trustee`, given the shared point p_j·E_i.
pub(super) fn open_share(
    setup: &Setup,
    dealer: u32,
    trustee: u32,
    deal: &CheckedDeal,
    shared: &Point,
) -> Result<SecretScalar, ShareFault> {
    let key = share_key(setup, dealer, trustee, deal.ephemeral(), shared);
    let sealed = deal.encrypted_share(setup.index(trustee));
    let plain = Zeroizing::new(
        cipher(&key)
            .decrypt(&Nonce::default(), sealed.as_slice())
            .map_err(|_| ShareFault::Ciphertext)?,
    );
    let plain: &[u8; 32] = plain
        .as_slice()
        .try_into()
        .map_err(|_| ShareFault::Ciphertext)?;
    let share = SecretScalar::decode(plain).map_err(|_| ShareFault::Scalar)?;
    let expected = super::evaluate_commitments(deal.commitments(), trustee);
    if *share.public().element() != expected {
        return Err(ShareFault::Mismatch);
    }
    Ok(share)
}

fn share_key(
    setup: &Setup,
    dealer: u32,
    trustee: u32,
    ephemeral: &Point,
    shared: &Point,
) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(transcript::share_key(
        &setup.election,
        dealer,
        trustee,
        &setup.encryption_keys[setup.index(trustee)],
        ephemeral,
        shared,
    ))
}

fn cipher(key: &[u8; 32]) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&Key::from(*key))
}

/// The nonce is zero: every key is used once.
fn seal_share(key: &[u8; 32], plain: &[u8; 32]) -> [u8; SHARE_LENGTH] {
    let sealed = cipher(key)
        .encrypt(&Nonce::default(), plain.as_slice())
        .expect("invariant: 32 bytes are far below the cipher's limit");
    sealed
        .try_into()
        .expect("invariant: 32 bytes and a tag of 16")
}
