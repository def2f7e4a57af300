//! What the fuzz targets share.
//!
//! Strict decoders refuse almost every random input at its first byte. So the targets start from valid things, which
//! [`election`] makes, and the fuzzer invents the [`damage`] done to them.

pub mod damage;
pub mod election;

pub use damage::Damage;
pub use election::{Sample, sample};
