//! Totals from points: the one v with 0 ≤ v ≤ bound and v·G = V, by baby steps and giant steps.
//!
//! Source: Shanks 1971. With bound ≤ 2^40 at most 2^20 steps of each kind.

use std::collections::HashMap;

use curve25519_dalek::traits::Identity as _;
use curve25519_dalek::{RistrettoPoint, Scalar, constants};

/// The largest bound: what a manifest may ask for.
pub const MAXIMUM_BOUND: u64 = 1 << 40;

/// A table of baby steps for totals up to a bound.
pub struct DiscreteLogarithms {
    bound: u64,
    steps: u64,
    baby: HashMap<[u8; 32], u64>,
    giant: RistrettoPoint,
}

impl DiscreteLogarithms {
    /// A table for totals from 0 to `bound`, at most [`MAXIMUM_BOUND`]; larger bounds are searched up to the maximum only.
    pub fn new(bound: u64) -> DiscreteLogarithms {
        let bound = bound.min(MAXIMUM_BOUND);
        let steps = (bound + 1).isqrt() + 1;
        let mut baby = HashMap::new();
        let mut point = RistrettoPoint::identity();
        for step in 0..steps {
            baby.insert(point.compress().0, step);
            point += constants::RISTRETTO_BASEPOINT_POINT;
        }
        DiscreteLogarithms {
            bound,
            steps,
            baby,
            giant: RistrettoPoint::mul_base(&Scalar::from(steps)),
        }
    }

    /// The total, or nothing if there is none within the bound.
    pub fn solve(&self, point: &RistrettoPoint) -> Option<u64> {
        let mut remaining = *point;
        for giant_step in 0..=self.bound / self.steps {
            if let Some(step) = self.baby.get(&remaining.compress().0) {
                let total = giant_step * self.steps + step;
                return (total <= self.bound).then_some(total);
            }
            remaining -= self.giant;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_total_within_the_bound_is_found_and_none_beyond() {
        for bound in [0, 1, 2, 3, 8, 9, 10, 99, 100] {
            let table = DiscreteLogarithms::new(bound);
            for total in 0..=bound + 12 {
                let point = RistrettoPoint::mul_base(&Scalar::from(total));
                let expected = (total <= bound).then_some(total);
                assert_eq!(table.solve(&point), expected, "bound {bound}");
            }
            let negative = RistrettoPoint::mul_base(&-Scalar::ONE);
            assert_eq!(table.solve(&negative), None);
        }
    }
}
