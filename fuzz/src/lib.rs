//! What the fuzz targets share.
//!
//! Strict decoders refuse almost every random input at its first byte. So the targets start from valid things, which
//! [`election`] makes, and the fuzzer invents the [`damage`] done to them. [`house`] is a whole service to be asked anything.

pub mod damage;
pub mod election;
pub mod house;

pub use damage::Damage;
pub use election::{Sample, sample};
