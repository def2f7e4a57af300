//! Sums, decryptions and totals (spec/tally.md 1 and 3).

use crate::ballot::Ciphertexts;
use crate::encoding::{
    Bytes32, G, Identity, Point, Scalar, combine, concatenate, hash256, points, powers,
};
use crate::ledger::{Found, require};
use crate::parallel;
use crate::template::Value;
use crate::transcript::{Transcript, check_proof};

/// A small multiple by doubling: weights have 32 bits, scalars 253.
pub(crate) fn times(point: Point, weight: u32) -> Point {
    let bits = (0..u32::BITS - weight.leading_zeros()).rev();
    bits.fold(Point::identity(), |sum, bit| {
        let double = sum + sum;
        if weight >> bit & 1 == 1 { double + point } else { double }
    })
}

/// The closed log, as trustees seal and decrypt it.
#[derive(Default)]
pub(crate) struct Closed {
    pub ctx: Bytes32,
    /// c + 1
    pub size: u64,
    pub root: Bytes32,
    /// S_α, S_β of every position, one after the other
    pub sums: Ciphertexts,
}

impl Closed {
    /// The sums hash.
    pub(crate) fn sums_hash(&self) -> Bytes32 {
        hash256("urne/0 sums", &[&concatenate(&self.sums)])
    }

    /// Whether a seal or a decryption speaks of this log.
    pub(crate) fn check_log(&self, entry: &Value) -> Found {
        let same = entry.number("size") == self.size && entry.bytes("root") == self.root;
        require(same, "another log than the closed one")
    }

    /// V24: the shares of a valid decryption; `share` is X_j.
    pub(crate) fn check_decryption(&self, decryption: &Value, share: Point) -> Found<Vec<Point>> {
        self.check_log(decryption)?;
        let shares = points(decryption.bytes("shares")).ok_or("a share does not decode")?;
        let positions = self.sums.len() / 2;
        require(
            shares.len() == positions,
            &format!("{} shares for {positions} sums", shares.len()),
        )?;
        let mut transcript = Transcript::new("urne/0 decryption")
            .append("ctx", &self.ctx)
            .fields(decryption, ["root", "phase", "trustee"])
            .append("share", &share.compress().0)
            .append("sums", &concatenate(&self.sums))
            .fields(decryption, ["shares"]);
        let powers: Vec<Scalar> = powers(transcript.scalar("w")).take(positions).collect();
        let alphas = self.sums.iter().step_by(2);
        let alpha = combine(&powers, alphas);
        let combined = combine(&powers, &shares);
        check_proof(transcript, decryption.bytes("proof"), &[(G, share), (alpha, combined)])?;
        Ok(shares)
    }

    /// The total of every position from t valid decryptions: (trustee, D_j1 …). `bounds` are the
    /// largest totals possible. `None` if some position has no total.
    pub(crate) fn totals(
        &self,
        decryptions: &[(u32, Vec<Point>)],
        bounds: &[u64],
    ) -> Option<Vec<u64>> {
        let trustees: Vec<u32> = decryptions.iter().map(|(trustee, _)| *trustee).collect();
        let weights: Vec<Scalar> =
            trustees.iter().map(|trustee| lagrange(*trustee, &trustees)).collect();
        let table = Logarithms::new(bounds);
        let positions: Vec<usize> = (0..bounds.len()).collect();
        let totals = parallel::map(&positions, |k| {
            let shares = decryptions.iter().map(|(_, shares)| shares[*k]);
            let mask = combine(&weights, shares);
            table.find(self.sums[2 * k + 1] - mask, bounds[*k])
        });
        totals.into_iter().collect()
    }
}

/// λ_j = Π_(i∈J, i≠j) i/(i−j) mod ℓ.
fn lagrange(trustee: u32, trustees: &[u32]) -> Scalar {
    let others =
        trustees.iter().filter(|other| **other != trustee).map(|other| Scalar::from(*other));
    others.map(|other| other * (other - Scalar::from(trustee)).invert()).product()
}

/// Small discrete logarithms to the base G: baby steps in a sorted table, giant steps one by one.
struct Logarithms {
    /// (first eight bytes of the encoding of 2·i·G, i), sorted
    table: Vec<(u64, u64)>,
}

/// 4 million steps of 16 bytes: 64 MiB.
const LARGEST_TABLE: u64 = 1 << 22;
/// How many points are encoded at once; the doubles of points encode much faster than points.
const ENCODED_AT_ONCE: u64 = 1024;

impl Logarithms {
    /// A table sized for one logarithm below each bound.
    fn new(bounds: &[u64]) -> Self {
        let largest = bounds.iter().copied().max().unwrap_or(0);
        let work = u128::from(largest) * bounds.len() as u128;
        let length = work.isqrt().clamp(1, LARGEST_TABLE.into()) as u64;
        let mut table: Vec<(u64, u64)> = walk(Point::identity(), G, length).zip(0..).collect();
        table.sort_unstable();
        Logarithms { table }
    }

    /// The v from 0 to `bound` with v·G = `point`.
    fn find(&self, point: Point, bound: u64) -> Option<u64> {
        let length = self.table.len() as u64;
        let giant_steps = walk(point, -(G * Scalar::from(length)), bound / length + 1);
        giant_steps.zip(0..).find_map(|(prefix, steps)| {
            let from = self.table.partition_point(|(entry, _)| *entry < prefix);
            let same = self.table[from..].iter().take_while(|(entry, _)| *entry == prefix);
            let mut values = same.map(|(_, baby)| steps * length + baby);
            values.find(|value| *value <= bound && G * Scalar::from(*value) == point)
        })
    }
}

/// The first eight bytes of the encodings of the doubles of `count` points from `start` on, `step` apart.
fn walk(start: Point, step: Point, count: u64) -> impl Iterator<Item = u64> {
    let mut next = start;
    let chunks = (0..count).step_by(ENCODED_AT_ONCE as usize).flat_map(move |done| {
        let mut points = vec![next];
        for _ in 1..ENCODED_AT_ONCE.min(count - done) {
            points.push(points[points.len() - 1] + step);
        }
        next = points[points.len() - 1] + step;
        Point::double_and_compress_batch(&points)
    });
    chunks.filter_map(|encoding| encoding.0.first_chunk().map(|bytes| u64::from_le_bytes(*bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_multiples_are_multiples() {
        for weight in [0, 1, 2, 3, 1000, u32::MAX] {
            assert_eq!(times(G, weight), G * Scalar::from(weight));
        }
    }

    #[test]
    fn logarithms_are_found_up_to_their_bound_and_not_beyond() {
        for (bound, count) in [(0, 1), (1, 1), (1000, 1), (1000, 700), (100_000, 3)] {
            let table = Logarithms::new(&vec![bound; count]);
            for value in [0, 1, 2, bound / 2, bound - bound / 1000, bound] {
                let value = value.min(bound);
                assert_eq!(table.find(G * Scalar::from(value), bound), Some(value));
            }
            assert_eq!(table.find(G * Scalar::from(bound + 1), bound), None);
            assert_eq!(table.find(-G, bound), None);
        }
    }

    #[test]
    fn a_large_logarithm_is_found_with_a_small_table() {
        let table = Logarithms::new(&[1 << 20]);
        assert_eq!(table.table.len(), 1 << 10);
        let value = (1 << 23) + 12_345;
        assert_eq!(table.find(G * Scalar::from(value), 1 << 24), Some(value));
    }

    #[test]
    fn lagrange_coefficients_recombine_any_threshold_set() {
        let share =
            |trustee: u32| Scalar::from(42u64) + Scalar::from(17u64) * Scalar::from(trustee);
        for set in [[1, 2], [3, 1], [2, 5]] {
            let sum: Scalar =
                set.iter().map(|trustee| lagrange(*trustee, &set) * share(*trustee)).sum();
            assert_eq!(sum, Scalar::from(42u64));
        }
        assert_eq!(lagrange(4, &[4]), Scalar::ONE);
    }

    #[test]
    fn the_hash_of_no_sums_is_the_hash_of_the_empty_string() {
        assert_eq!(Closed::default().sums_hash(), hash256("urne/0 sums", &[b""]));
    }

    #[test]
    fn totals_come_out_of_shares() {
        let secret = Scalar::from(99u64);
        let (alpha, total) = (G * Scalar::from(7u64), Scalar::from(31u64));
        let beta = G * total + alpha * secret;
        let closed = Closed { sums: vec![alpha, beta], ..Closed::default() };
        let share = |trustee: u32| (trustee, vec![alpha * (secret - Scalar::from(3 * trustee))]);
        assert_eq!(closed.totals(&[share(1), share(3)], &[40]), Some(vec![31]));
        assert_eq!(closed.totals(&[share(1), share(3)], &[30]), None);
        assert_eq!(closed.totals(&[share(1)], &[40]), None);
    }
}
