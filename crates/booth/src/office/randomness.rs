//! Randomness for keys, deals and codes: a generator seeded by the system for every step.

use rand::SeedableRng as _;
use rand::rngs::{StdRng, SysRng};

use crate::failure::Failure;

/// A fresh generator.
///
/// # Errors
/// `randomness`: the system, or the browser, gives none.
pub fn fresh() -> Result<StdRng, Failure> {
    StdRng::try_from_rng(&mut SysRng).map_err(Failure::of("randomness"))
}
