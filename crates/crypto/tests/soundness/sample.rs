//! A small election everything can be tried on.

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::{RistrettoPoint, Scalar};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use crate::cheat::{Prover, Statement};

pub(crate) fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// n = 3 ciphertexts, N = 6 bits, m = 2 rules, coefficients above 1 in both; the election's secret key is 42.
pub(crate) fn statement(credential: &Scalar) -> Statement {
    Statement {
        ctx: [3; 32],
        key: Scalar::from(42_u64) * G,
        bits: 6,
        rows: vec![vec![(1, 1)], vec![(2, 1)], vec![(3, 1), (4, 2)]],
        rules: vec![
            (vec![(1, 1), (2, 1), (5, 1)], 1),
            (vec![(2, 3), (3, 1), (4, 2), (6, 1)], 4),
        ],
        college: 2,
        credential: credential * G,
        after: [0; 32],
    }
}

/// An assignment that obeys both rules: v = (0, 1, 1).
pub(crate) const LEGAL: [bool; 6] = [false, true, true, false, false, false];

/// A voter with a legal choice and nothing to hide from the tests.
pub(crate) fn voter(seed: u64) -> Prover {
    let mut rng = rng(seed);
    let credential = Scalar::random(&mut rng);
    Prover::new(&statement(&credential), &LEGAL, credential, &mut rng)
}

/// An element nobody uses elsewhere.
pub(crate) fn stranger(seed: u64) -> RistrettoPoint {
    RistrettoPoint::random(&mut rng(1_000_000 + seed))
}
