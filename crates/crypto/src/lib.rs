//! The cryptography of an Urne election. No I/O, no clock, no JSON; randomness is an argument.
//!
//! In reading order:
//! 1. [`encoding`]: points and scalars, one encoding each; secrets that wipe themselves
//! 2. [`hash`], [`signature`]: labelled hashing, strict Ed25519
//! 3. [`transcript`]: every Fiat–Shamir label and append, in one file
//! 4. [`proof`]: the two one-round proofs (knowledge, equality of logarithms)
//! 5. [`elgamal`], [`generators`], [`program`]: ciphertexts, commitment keys, what a ballot must satisfy
//! 6. [`ballot`]: the linear ballot proof, for one ballot or many
//! 7. [`credential`], [`issuer`]: voting codes, halves of credentials, the issuers' proofs
//! 8. [`ceremony`], [`drill`]: the trustees' key, and the fire drill
//! 9. [`decryption`], [`discrete_log`]: threshold decryption of the sums
//!
//! The equations are those of `spec/`; the arguments stand in `spec/security.md`.

pub mod ballot;
pub mod ceremony;
pub mod credential;
pub mod decryption;
pub mod discrete_log;
pub mod drill;
pub mod elgamal;
pub mod encoding;
pub mod generators;
pub mod hash;
pub mod issuer;
pub mod program;
pub mod proof;
pub mod signature;
pub mod transcript;

pub use curve25519_dalek::{RistrettoPoint, Scalar};
