//! Sums, their hash, decryptions and totals (spec/tally.md 1 to 3).

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{Identity, VartimeMultiscalarMul};

use crate::ballot::Ciphertexts;
use crate::ceremony::check_equality;
use crate::encoding::{concatenate, hash256, points};
use crate::entry::{Bytes32, Decryption};
use crate::parallel;
use crate::transcript::{self, DecryptionStatement};

/// The running sums of every college over its accepted ballots.
pub(crate) struct Sums {
    colleges: Vec<Ciphertexts>,
}

impl Sums {
    /// All sums are the identity.
    pub(crate) fn new(colleges: usize, ciphertexts: usize) -> Self {
        let zeros = vec![(RistrettoPoint::identity(), RistrettoPoint::identity()); ciphertexts];
        Sums { colleges: vec![zeros; colleges] }
    }

    /// Adds `weight` times a ballot to its college (numbered from 1).
    pub(crate) fn add(&mut self, college: u32, weight: u32, ballot: &Ciphertexts) {
        for (sum, (alpha, beta)) in self.college(college).zip(ballot) {
            sum.0 += times(*alpha, weight);
            sum.1 += times(*beta, weight);
        }
    }

    /// Takes `weight` times a ballot away again.
    pub(crate) fn subtract(&mut self, college: u32, weight: u32, ballot: &Ciphertexts) {
        for (sum, (alpha, beta)) in self.college(college).zip(ballot) {
            sum.0 -= times(*alpha, weight);
            sum.1 -= times(*beta, weight);
        }
    }

    fn college(
        &mut self,
        number: u32,
    ) -> impl Iterator<Item = &mut (RistrettoPoint, RistrettoPoint)> {
        let position = (number as usize).wrapping_sub(1);
        self.colleges.get_mut(position).into_iter().flatten()
    }

    /// The positions: the sums of the colleges chosen by `decrypted`, in the manifest's order.
    pub(crate) fn positions(&self, decrypted: impl Fn(usize) -> bool) -> Ciphertexts {
        let colleges = self.colleges.iter().enumerate();
        colleges
            .filter(|(college, _)| decrypted(*college))
            .flat_map(|(_, sums)| sums.clone())
            .collect()
    }
}

/// A small multiple by doubling: weights have 32 bits, scalars 253.
fn times(point: RistrettoPoint, weight: u32) -> RistrettoPoint {
    let bits = (0..u32::BITS - weight.leading_zeros()).rev();
    bits.fold(RistrettoPoint::identity(), |sum, bit| {
        let double = sum + sum;
        if weight >> bit & 1 == 1 { double + point } else { double }
    })
}

/// The closed log, as trustees seal and decrypt it.
pub(crate) struct Closed {
    pub ctx: Bytes32,
    /// c + 1
    pub size: u64,
    pub root: Bytes32,
    /// (S_α, S_β) of every position
    pub positions: Ciphertexts,
    sums: Vec<u8>,
    /// H256("urne/0 sums", sums)
    pub sums_hash: Bytes32,
}

impl Closed {
    /// Freezes the positions.
    pub(crate) fn new(ctx: Bytes32, size: u64, root: Bytes32, positions: Ciphertexts) -> Self {
        let joined: Vec<RistrettoPoint> =
            positions.iter().flat_map(|(alpha, beta)| [*alpha, *beta]).collect();
        let sums = concatenate(&joined);
        let sums_hash = hash256("urne/0 sums", &[&sums]);
        Closed { ctx, size, root, positions, sums, sums_hash }
    }

    /// V24: the shares of a valid decryption; `share` is X_j.
    pub(crate) fn check_decryption(
        &self,
        decryption: &Decryption,
        share: &RistrettoPoint,
    ) -> Result<Vec<RistrettoPoint>, String> {
        if (decryption.size, decryption.root) != (self.size, self.root) {
            return Err("another log than the closed one".to_owned());
        }
        let shares = points(&decryption.shares).ok_or("a share does not decode")?;
        if shares.len() != self.positions.len() {
            return Err(format!("{} shares for {} sums", shares.len(), self.positions.len()));
        }
        let statement = DecryptionStatement {
            ctx: &self.ctx,
            root: &self.root,
            trustee: decryption.trustee,
            share,
            sums: &self.sums,
            shares: &decryption.shares,
        };
        let (w, challenge) = transcript::decryption(&statement, &decryption.proof[..64]);
        let powers = std::iter::successors(Some(w), |power| Some(power * w));
        let powers: Vec<Scalar> = powers.take(shares.len()).collect();
        let alphas = self.positions.iter().map(|(alpha, _)| alpha);
        let alpha = RistrettoPoint::vartime_multiscalar_mul(&powers, alphas);
        let combined = RistrettoPoint::vartime_multiscalar_mul(&powers, &shares);
        check_equality(&decryption.proof, |_| challenge, share, &alpha, &combined)?;
        Ok(shares)
    }

    /// The total of every position from t valid decryptions: (trustee, D_j1 …). `bounds` are the
    /// largest totals possible. `None` if some position has no total.
    pub(crate) fn totals(
        &self,
        decryptions: &[(u32, Vec<RistrettoPoint>)],
        bounds: &[u64],
    ) -> Option<Vec<u64>> {
        let trustees: Vec<u32> = decryptions.iter().map(|(trustee, _)| *trustee).collect();
        let weights: Vec<Scalar> =
            trustees.iter().map(|trustee| lagrange(*trustee, &trustees)).collect();
        let largest = bounds.iter().copied().max().unwrap_or(0);
        let table = Logarithms::new(largest, bounds.len());
        let positions: Vec<(usize, u64)> = bounds.iter().copied().enumerate().collect();
        let totals = parallel::map(&positions, |(position, bound)| {
            let (_, beta) = self.positions.get(*position)?;
            let shares = decryptions.iter().map(|(_, shares)| shares.get(*position).copied());
            let shares = shares.collect::<Option<Vec<RistrettoPoint>>>()?;
            let mask = RistrettoPoint::vartime_multiscalar_mul(&weights, shares);
            table.find(beta - mask, *bound)
        });
        totals.into_iter().collect()
    }
}

/// λ_j = Π_(i∈J, i≠j) i/(i−j) mod ℓ.
fn lagrange(trustee: u32, trustees: &[u32]) -> Scalar {
    let others =
        trustees.iter().filter(|other| **other != trustee).map(|other| Scalar::from(*other));
    let (above, below) = others.fold((Scalar::ONE, Scalar::ONE), |(above, below), other| {
        (above * other, below * (other - Scalar::from(trustee)))
    });
    above * below.invert()
}

/// Small discrete logarithms to the base G: baby steps in a sorted table, giant steps one by one.
struct Logarithms {
    /// (first eight bytes of the encoding of 2·i·G, i), sorted
    table: Vec<(u64, u32)>,
}

/// 4 million steps of 16 bytes: 64 MiB.
const LARGEST_TABLE: u64 = 1 << 22;
/// How many points are encoded at once; the doubles of points encode much faster than points.
const ENCODED_AT_ONCE: u64 = 1024;

impl Logarithms {
    /// A table sized for `count` logarithms up to `largest`.
    fn new(largest: u64, count: usize) -> Self {
        let work = u128::from(largest) * count as u128;
        let length = u64::try_from(work.isqrt()).unwrap_or(u64::MAX).clamp(1, LARGEST_TABLE);
        let mut table = Vec::new();
        let mut next = RistrettoPoint::identity();
        for start in (0..length).step_by(ENCODED_AT_ONCE as usize) {
            let count = ENCODED_AT_ONCE.min(length - start);
            let prefixes = encode_walk(&mut next, G, count);
            table.extend(prefixes.into_iter().zip(start as u32..));
        }
        table.sort_unstable();
        Logarithms { table }
    }

    /// The v from 0 to `bound` with v·G = `point`.
    fn find(&self, point: RistrettoPoint, bound: u64) -> Option<u64> {
        let length = self.table.len() as u64;
        let step = -(G * Scalar::from(length));
        let giant_steps = bound / length + 1;
        let mut next = point;
        let mut taken = 0;
        while taken < giant_steps {
            let count = ENCODED_AT_ONCE.min(giant_steps - taken).min(1 << taken.min(10));
            for (prefix, steps) in encode_walk(&mut next, step, count).into_iter().zip(taken..) {
                let from = self.table.partition_point(|(entry, _)| *entry < prefix);
                let candidates =
                    self.table.iter().skip(from).take_while(|(entry, _)| *entry == prefix);
                for (_, baby) in candidates {
                    let value = steps * length + u64::from(*baby);
                    if value <= bound && G * Scalar::from(value) == point {
                        return Some(value);
                    }
                }
            }
            taken += count;
        }
        None
    }
}

/// Encodes the doubles of `count` points from `next` on, `step` apart, and moves `next` behind them.
fn encode_walk(next: &mut RistrettoPoint, step: RistrettoPoint, count: u64) -> Vec<u64> {
    let walk: Vec<RistrettoPoint> = (0..count)
        .map(|_| {
            let point = *next;
            *next += step;
            point
        })
        .collect();
    let encodings = RistrettoPoint::double_and_compress_batch(&walk);
    let prefixes = encodings.iter().filter_map(|encoding| encoding.0.first_chunk::<8>().copied());
    prefixes.map(u64::from_le_bytes).collect()
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
            let table = Logarithms::new(bound, count);
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
        let table = Logarithms::new(1 << 20, 1);
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
    fn sums_weigh_and_forget_ballots_by_college() {
        let ballot: Ciphertexts = vec![(G, G + G)];
        let mut sums = Sums::new(2, 1);
        sums.add(1, 1, &ballot);
        sums.add(2, 5, &ballot);
        sums.add(2, 2, &ballot);
        sums.subtract(2, 5, &ballot);
        sums.add(3, 1, &ballot);
        assert_eq!(sums.positions(|_| true), [(G, times(G, 2)), (times(G, 2), times(G, 4))]);
        assert_eq!(sums.positions(|college| college == 1), [(times(G, 2), times(G, 4))]);
    }

    #[test]
    fn the_hash_of_no_sums_is_the_hash_of_the_empty_string() {
        let closed = Closed::new([0; 32], 1, [0; 32], vec![]);
        assert_eq!(closed.sums_hash, hash256("urne/0 sums", &[b""]));
    }

    #[test]
    fn totals_come_out_of_shares() {
        let secret = Scalar::from(99u64);
        let (alpha, total) = (G * Scalar::from(7u64), Scalar::from(31u64));
        let beta = G * total + alpha * secret;
        let closed = Closed::new([0; 32], 1, [0; 32], vec![(alpha, beta)]);
        let share = |trustee: u32| (trustee, vec![alpha * (secret - Scalar::from(3 * trustee))]);
        assert_eq!(closed.totals(&[share(1), share(3)], &[40]), Some(vec![31]));
        assert_eq!(closed.totals(&[share(1), share(3)], &[30]), None);
        assert_eq!(closed.totals(&[share(1)], &[40]), None);
    }
}
