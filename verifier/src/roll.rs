//! The roll: chunks, issuers' proofs, changes, the rule on weights (spec/keys.md 5, 6 and 8).

use std::collections::BTreeMap;

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{Identity, VartimeMultiscalarMul};

use crate::encoding::{Parts, hash256};
use crate::entry::{Bytes32, Change, Chunk};
use crate::manifest::Manifest;
use crate::transcript::{self, IssuerStatement};

/// Σ weights × largest value of a ciphertext stays at or below this.
const BOUND: u128 = 1 << 40;

/// The accepted ballot of a line.
#[derive(Clone, Copy)]
pub(crate) struct Accepted {
    pub tracker: Bytes32,
    pub index: u64,
}

/// A line of the roll. Its current key stands in the map of keys.
pub(crate) struct Line {
    pub weight: u32,
    /// from 1
    pub college: u32,
    pub accepted: Option<Accepted>,
    /// ballots accepted under the current key
    pub count: u64,
    /// false once removed
    pub stands: bool,
}

/// A row as decoded.
struct Row {
    halves: Vec<RistrettoPoint>,
    key: Bytes32,
    weight: u32,
    college: u32,
}

/// What a valid change did.
pub(crate) enum Changed {
    Nothing,
    /// a line ended that had an accepted ballot: (weight, college, ballot)
    Cancelled(u32, u32, Accepted),
}

/// Why a chunk or a change is void: V14 or V18, or V15.
pub(crate) enum Fault {
    Content(String),
    Proof(String),
}

impl From<&str> for Fault {
    fn from(why: &str) -> Self {
        Fault::Content(why.to_owned())
    }
}

/// All lines, and every key that ever stood on the board.
pub(crate) struct Roll {
    election: Bytes32,
    /// the largest value one ciphertext may encrypt
    largest: u32,
    lines: Vec<Line>,
    /// every key ever: the line whose current key it is, if any
    keys: BTreeMap<Bytes32, Option<usize>>,
    last_key: Option<Bytes32>,
    /// leaf hashes of the valid chunks, joined
    chunks: Vec<u8>,
    total_weight: u64,
    /// how many lines of a college have a weight
    groups: BTreeMap<(u32, u32), u64>,
}

impl Roll {
    /// An empty roll.
    pub(crate) fn new(election: Bytes32, largest: u32) -> Self {
        Roll {
            election,
            largest,
            lines: Vec::new(),
            keys: BTreeMap::new(),
            last_key: None,
            chunks: Vec::new(),
            total_weight: 0,
            groups: BTreeMap::new(),
        }
    }

    /// The lines that stand.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.stands)
    }

    /// How many rows the chunks hold.
    pub(crate) fn rows(&self) -> usize {
        self.lines.len()
    }

    /// The roll hash of spec/notation.md.
    pub(crate) fn hash(&self) -> Bytes32 {
        hash256("urne/0 roll", &[&self.chunks])
    }

    /// V19: the number of the line whose current key this is.
    pub(crate) fn find(&self, key: &Bytes32) -> Option<usize> {
        self.keys.get(key).copied().flatten()
    }

    /// The line with this number.
    pub(crate) fn line(&self, number: usize) -> Option<&Line> {
        self.lines.get(number)
    }

    /// The line with this number.
    pub(crate) fn line_mut(&mut self, number: usize) -> Option<&mut Line> {
        self.lines.get_mut(number)
    }

    /// V14 then V15: checks a chunk and applies it.
    pub(crate) fn chunk(
        &mut self,
        manifest: &Manifest,
        chunk: &Chunk,
        leaf: Bytes32,
    ) -> Result<(), Fault> {
        let number = u32::try_from(self.chunks.len() / 32).unwrap_or(u32::MAX);
        if chunk.chunk != u64::from(number) {
            return Err("not the next chunk".into());
        }
        let mut rows = Vec::new();
        let mut last_key = self.last_key;
        for bytes in chunk.rows.chunks(32 * manifest.issuers.len() + 8) {
            let row = read_row(bytes, manifest)?;
            if last_key.is_some_and(|last| last >= row.key) {
                return Err("the rows are not in strictly ascending order".into());
            }
            last_key = Some(row.key);
            rows.push(row);
        }
        self.check_bound(&rows)?;
        let statement =
            Operation { name: "roll", chunk: number, replaced: [0; 32], rows: &chunk.rows };
        self.check_issuers(manifest, &statement, &rows, &chunk.proofs)?;
        self.last_key = last_key;
        self.chunks.extend(leaf);
        rows.into_iter().for_each(|row| self.push(row));
        Ok(())
    }

    /// V18 then V15: checks a change and applies it.
    pub(crate) fn change(
        &mut self,
        manifest: &Manifest,
        change: &Change,
    ) -> Result<Changed, Fault> {
        match change {
            Change::Add { row: bytes, proofs } => {
                let row = read_row(bytes, manifest)?;
                self.check_unused(&row.key)?;
                let rows = [row];
                self.check_bound(&rows)?;
                let [row] = &rows;
                self.check_added_weight(manifest, row.college, row.weight)?;
                let statement = Operation { name: "add", chunk: 0, replaced: [0; 32], rows: bytes };
                self.check_issuers(manifest, &statement, &rows, proofs)?;
                rows.into_iter().for_each(|row| self.push(row));
                Ok(Changed::Nothing)
            }
            Change::Remove { key } => self.remove(key),
            Change::Replace { key, halves, proofs } => {
                let number = self.find(key).ok_or("the key is no line's current key")?;
                let line = self.lines.get(number).ok_or("invariant: keys point to lines")?;
                let (weight, college) = (line.weight.to_le_bytes(), line.college.to_le_bytes());
                let bytes = [&halves[..], &weight, &college].concat();
                let row = read_row(&bytes, manifest)?;
                self.check_unused(&row.key)?;
                let new_key = row.key;
                let statement =
                    Operation { name: "replace", chunk: 0, replaced: *key, rows: &bytes };
                self.check_issuers(manifest, &statement, &[row], proofs)?;
                self.keys.insert(*key, None);
                self.keys.insert(new_key, Some(number));
                if let Some(line) = self.lines.get_mut(number) {
                    line.count = 0;
                }
                Ok(Changed::Nothing)
            }
        }
    }

    fn remove(&mut self, key: &Bytes32) -> Result<Changed, Fault> {
        let number = self.find(key).ok_or("the key is no line's current key")?;
        let line = self.lines.get_mut(number).ok_or("invariant: keys point to lines")?;
        line.stands = false;
        let (weight, college) = (line.weight, line.college);
        let cancelled = line.accepted.take();
        self.keys.insert(*key, None);
        self.total_weight -= u64::from(weight);
        if let Some(lines) = self.groups.get_mut(&(college, weight)) {
            *lines -= 1;
            if *lines == 0 {
                self.groups.remove(&(college, weight));
            }
        }
        Ok(match cancelled {
            Some(accepted) => Changed::Cancelled(weight, college, accepted),
            None => Changed::Nothing,
        })
    }

    fn push(&mut self, row: Row) {
        self.keys.insert(row.key, Some(self.lines.len()));
        self.total_weight += u64::from(row.weight);
        *self.groups.entry((row.college, row.weight)).or_default() += 1;
        let Row { weight, college, .. } = row;
        self.lines.push(Line { weight, college, accepted: None, count: 0, stands: true });
    }

    fn check_unused(&self, key: &Bytes32) -> Result<(), Fault> {
        match self.keys.contains_key(key) {
            true => Err("the key has stood on this board before".into()),
            false => Ok(()),
        }
    }

    fn check_bound(&self, rows: &[Row]) -> Result<(), Fault> {
        let added: u64 = rows.iter().map(|row| u64::from(row.weight)).sum();
        match u128::from(self.total_weight + added) * u128::from(self.largest) <= BOUND {
            true => Ok(()),
            false => Err("the weights could make a total above 2^40".into()),
        }
    }

    fn check_added_weight(
        &self,
        manifest: &Manifest,
        college: u32,
        weight: u32,
    ) -> Result<(), Fault> {
        let others = self.college_weights(college).any(|(other, _)| other != weight);
        let sharing = 1 + self.groups.get(&(college, weight)).copied().unwrap_or(0);
        match others && manifest.exception.is_empty() && sharing < manifest.shared {
            true => Err("too few lines of the college share the new line's weight".into()),
            false => Ok(()),
        }
    }

    /// The weights of a college's lines and how many lines have each.
    fn college_weights(&self, college: u32) -> impl Iterator<Item = (u32, u64)> {
        let range = self.groups.range((college, 0)..=(college, u32::MAX));
        range.map(|((_, weight), lines)| (*weight, *lines))
    }

    /// The weight rule of V17: where a college has several weights, enough lines share each.
    pub(crate) fn weights_are_shared(&self, manifest: &Manifest) -> bool {
        let colleges = (1..).take(manifest.colleges.len());
        !manifest.exception.is_empty()
            || colleges.into_iter().all(|college| {
                self.college_weights(college).count() < 2
                    || self.college_weights(college).all(|(_, lines)| lines >= manifest.shared)
            })
    }

    /// V15: z_r·G = T_r + Σ_k x_r^k·U_(r,k) for every issuer r.
    fn check_issuers(
        &self,
        manifest: &Manifest,
        operation: &Operation,
        rows: &[Row],
        proofs: &[u8],
    ) -> Result<(), Fault> {
        let mut proofs = Parts(proofs);
        for ((issuer, number), position) in manifest.issuers.iter().zip(1..).zip(0..) {
            let fault = || Fault::Proof(format!("the proof of issuer {number} does not hold"));
            let statement = IssuerStatement {
                election: &self.election,
                operation: operation.name,
                issuer: number,
                issuer_key: &issuer.key,
                chunk: operation.chunk,
                replaced: &operation.replaced,
                rows: operation.rows,
            };
            let challenge = transcript::issuer(&statement, proofs.0.get(..32).ok_or_else(fault)?);
            let commitment = proofs.point().ok_or_else(fault)?;
            let response = proofs.scalar().ok_or_else(fault)?;
            // Collected: the multiplication takes its length from the iterator, and a filter states none.
            let halves = rows.iter().filter_map(|row| row.halves.get(position));
            let halves: Vec<&RistrettoPoint> = halves.collect();
            let powers = std::iter::successors(Some(challenge), |power| Some(power * challenge));
            let powers: Vec<Scalar> = powers.take(halves.len()).collect();
            let sum = RistrettoPoint::vartime_multiscalar_mul(powers, halves);
            if G * response != commitment + sum {
                return Err(fault());
            }
        }
        Ok(())
    }
}

/// What an issuer's proof is about, besides the issuer.
struct Operation<'a> {
    name: &'a str,
    chunk: u32,
    replaced: Bytes32,
    rows: &'a [u8],
}

fn read_row(bytes: &[u8], manifest: &Manifest) -> Result<Row, Fault> {
    let identity = RistrettoPoint::identity();
    let mut parts = Parts(bytes);
    let mut halves = Vec::new();
    for _ in &manifest.issuers {
        let half = parts.point().filter(|half| *half != identity);
        halves.push(half.ok_or("an issuer's half does not decode or is the identity")?);
    }
    let key: RistrettoPoint = halves.iter().sum();
    let weight = parts.number().filter(|weight| *weight >= 1).ok_or("a weight of 0")?;
    let colleges = manifest.colleges.len();
    let college = parts.number().filter(|number| (1..=colleges).contains(&(*number as usize)));
    let college = college.ok_or("a college that the manifest does not have")?;
    if key == identity {
        return Err("the halves cancel out".into());
    }
    Ok(Row { halves, key: key.compress().0, weight, college })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::tests::manifest;

    const ELECTION: Bytes32 = [3; 32];

    /// The secrets of a row's halves, its weight and college.
    #[derive(Clone, Copy)]
    struct Secret(u64, u64, u32, u32);

    impl Secret {
        fn halves(self) -> [Scalar; 2] {
            [Scalar::from(self.0), Scalar::from(self.1)]
        }

        fn key(self) -> Bytes32 {
            (G * self.halves().iter().sum::<Scalar>()).compress().0
        }

        fn bytes(self) -> Vec<u8> {
            let halves = self.halves().map(|half| (G * half).compress().0).concat();
            [halves, self.2.to_le_bytes().to_vec(), self.3.to_le_bytes().to_vec()].concat()
        }
    }

    fn proofs(
        operation: &str,
        chunk: u32,
        replaced: Bytes32,
        secrets: &[Secret],
        rows: &[u8],
    ) -> Vec<u8> {
        let manifest = manifest();
        let mut proofs = vec![];
        for (position, issuer) in manifest.issuers.iter().enumerate() {
            let nonce = Scalar::from(555u64);
            let commitment = (G * nonce).compress().0;
            let statement = IssuerStatement {
                election: &ELECTION,
                operation,
                issuer: position as u32 + 1,
                issuer_key: &issuer.key,
                chunk,
                replaced: &replaced,
                rows,
            };
            let x = transcript::issuer(&statement, &commitment);
            let (mut power, mut response) = (Scalar::ONE, nonce);
            for secret in secrets {
                power *= x;
                response += power * secret.halves()[position];
            }
            proofs.extend([commitment, response.to_bytes()].concat());
        }
        proofs
    }

    fn chunk(number: u32, secrets: &[Secret]) -> Chunk {
        let rows: Vec<u8> = secrets.iter().flat_map(|secret| secret.bytes()).collect();
        let proofs = proofs("roll", number, [0; 32], secrets, &rows);
        Chunk { chunk: number.into(), rows, proofs }
    }

    /// Rows of these weights, sorted by key.
    fn sorted(weights: &[u32]) -> Vec<Secret> {
        let rows = weights.iter().zip(100..);
        let mut secrets: Vec<Secret> =
            rows.map(|(weight, half)| Secret(half, 7, *weight, 1)).collect();
        secrets.sort_by_key(|secret| secret.key());
        secrets
    }

    fn roll() -> Roll {
        Roll::new(ELECTION, 1)
    }

    fn add(secret: Secret) -> Change {
        let row = secret.bytes();
        let proofs = proofs("add", 0, [0; 32], &[secret], &row);
        Change::Add { row, proofs }
    }

    fn replace(old: Secret, new: Secret) -> Change {
        let new = Secret(new.0, new.1, old.2, old.3);
        let halves = new.bytes()[..64].to_vec();
        let proofs = proofs("replace", 0, old.key(), &[new], &new.bytes());
        Change::Replace { key: old.key(), halves, proofs }
    }

    fn is_content_fault<T>(result: Result<T, Fault>) -> bool {
        matches!(result, Err(Fault::Content(_)))
    }

    fn is_proof_fault<T>(result: Result<T, Fault>) -> bool {
        matches!(result, Err(Fault::Proof(_)))
    }

    #[test]
    fn chunks_follow_each_other_in_ascending_order() {
        let manifest = manifest();
        let secrets = sorted(&[1, 1, 1, 1]);
        let (first, second) = secrets.split_at(2);
        let mut roll = roll();
        assert!(is_content_fault(roll.chunk(&manifest, &chunk(1, first), [1; 32])), "starts at 0");
        assert!(is_content_fault(roll.chunk(&manifest, &chunk(0, &[first[1], first[0]]), [1; 32])));
        assert!(is_content_fault(roll.chunk(&manifest, &chunk(0, &[first[0], first[0]]), [1; 32])));
        assert!(roll.chunk(&manifest, &chunk(0, first), [1; 32]).is_ok());
        assert!(is_content_fault(roll.chunk(&manifest, &chunk(0, second), [2; 32])), "0 stands");
        assert!(
            is_content_fault(roll.chunk(&manifest, &chunk(1, first), [2; 32])),
            "across chunks"
        );
        assert!(roll.chunk(&manifest, &chunk(1, second), [2; 32]).is_ok());
        assert_eq!(roll.rows(), 4);
        assert_eq!(roll.hash(), hash256("urne/0 roll", &[&[[1; 32], [2; 32]].concat()]));
        assert_eq!(roll.find(&secrets[3].key()), Some(3));
        assert_eq!(roll.find(&[0; 32]), None);
    }

    #[test]
    fn rows_have_a_weight_a_known_college_and_halves_that_do_not_cancel_out() {
        let manifest = manifest();
        let check = |secret| roll().chunk(&manifest, &chunk(0, &[secret]), [0; 32]);
        assert!(check(Secret(1, 2, u32::MAX, 1)).is_ok());
        assert!(is_content_fault(check(Secret(1, 2, 0, 1))));
        assert!(is_content_fault(check(Secret(1, 2, 1, 0))));
        assert!(is_content_fault(check(Secret(1, 2, 1, 2))));
        assert!(is_content_fault(check(Secret(0, 2, 1, 1))));
        let minus = [(G * Scalar::from(5u64)).compress().0, (-G * Scalar::from(5u64)).compress().0];
        let rows = [&minus.concat()[..], &1u32.to_le_bytes(), &1u32.to_le_bytes()].concat();
        let cancelling = Chunk { chunk: 0, rows, proofs: vec![0; 128] };
        assert!(is_content_fault(roll().chunk(&manifest, &cancelling, [0; 32])));
    }

    #[test]
    fn the_bound_holds_over_all_lines_that_stand() {
        let manifest = manifest();
        let secrets = sorted(&[1 << 31, 1 << 31]);
        let largest =
            |largest| Roll::new(ELECTION, largest).chunk(&manifest, &chunk(0, &secrets), [0; 32]);
        assert!(largest(256).is_ok(), "2^32 times 2^8");
        assert!(is_content_fault(largest(257)));
        let mut roll = Roll::new(ELECTION, 256);
        assert!(roll.chunk(&manifest, &chunk(0, &secrets), [0; 32]).is_ok());
        let exception = Manifest { exception: "why".to_owned(), ..manifest };
        assert!(is_content_fault(roll.change(&exception, &add(Secret(1, 1, 1, 1)))));
        assert!(roll.change(&exception, &Change::Remove { key: secrets[0].key() }).is_ok());
        assert!(roll.change(&exception, &add(Secret(1, 1, 1, 1))).is_ok());
    }

    #[test]
    fn every_issuer_proves_every_half() {
        let manifest = manifest();
        let secrets = sorted(&[1, 1]);
        for byte in [0, 32, 64, 96] {
            let mut chunk = chunk(0, &secrets);
            chunk.proofs[byte] ^= 1;
            assert!(is_proof_fault(roll().chunk(&manifest, &chunk, [0; 32])), "byte {byte}");
        }
        let mut changed = chunk(0, &secrets);
        changed.rows[64] = 2;
        assert!(is_proof_fault(roll().chunk(&manifest, &changed, [0; 32])), "another weight");
    }

    #[test]
    fn rare_weights_need_an_exception() {
        let manifest = manifest();
        let shared = |weights: &[u32], manifest: &Manifest| {
            let mut roll = roll();
            assert!(roll.chunk(manifest, &chunk(0, &sorted(weights)), [0; 32]).is_ok());
            roll.weights_are_shared(manifest)
        };
        assert!(shared(&[5], &manifest), "one weight only");
        assert!(shared(&[5, 5, 5, 2, 2, 2], &manifest));
        assert!(!shared(&[5, 5, 5, 2, 2], &manifest));
        let exception = Manifest { exception: "why".to_owned(), ..super::tests::manifest() };
        assert!(shared(&[5, 2], &exception));
    }

    #[test]
    fn lines_are_added_removed_and_replaced() {
        let manifest = manifest();
        let mut roll = roll();
        let secrets = sorted(&[1, 1, 1]);
        assert!(roll.chunk(&manifest, &chunk(0, &secrets), [0; 32]).is_ok());
        let (old, new) = (secrets[0], Secret(9, 9, 1, 1));
        assert!(is_content_fault(roll.change(&manifest, &add(old))), "stands");
        assert!(
            is_content_fault(roll.change(&manifest, &add(Secret(8, 8, 2, 1)))),
            "a rare weight"
        );
        let exception = Manifest { exception: "why".to_owned(), ..super::tests::manifest() };
        assert!(roll.change(&exception, &add(Secret(8, 8, 2, 1))).is_ok());
        assert!(is_content_fault(roll.change(&manifest, &replace(new, old))), "no line");
        assert!(is_content_fault(roll.change(&manifest, &replace(old, secrets[1]))), "stands");
        let accepted = Accepted { tracker: [4; 32], index: 17 };
        if let Some(line) = roll.line_mut(0) {
            (line.accepted, line.count) = (Some(accepted), 3);
        }
        assert!(roll.change(&manifest, &replace(old, new)).is_ok());
        assert_eq!((roll.find(&old.key()), roll.find(&new.key())), (None, Some(0)));
        let line = roll.line(0).unwrap();
        assert_eq!((line.count, line.accepted.map(|ballot| ballot.index)), (0, Some(17)));
        assert!(is_content_fault(roll.change(&manifest, &add(old))), "has stood");
        let removed = roll.change(&manifest, &Change::Remove { key: new.key() });
        assert!(matches!(removed, Ok(Changed::Cancelled(1, 1, Accepted { index: 17, .. }))));
        assert_eq!(roll.lines().count(), 3);
        assert!(is_content_fault(roll.change(&manifest, &Change::Remove { key: new.key() })));
        let removed = roll.change(&manifest, &Change::Remove { key: secrets[1].key() });
        assert!(matches!(removed, Ok(Changed::Nothing)));
        assert!(is_content_fault(roll.change(&manifest, &add(new))), "has stood");
    }

    #[test]
    fn changes_are_proven_for_their_operation() {
        let manifest = manifest();
        let mut roll = roll();
        let secrets = sorted(&[1, 1]);
        assert!(roll.chunk(&manifest, &chunk(0, &secrets), [0; 32]).is_ok());
        let new = Secret(9, 9, 1, 1);
        let (Change::Add { row, proofs: added }, Change::Replace { key, halves, proofs }) =
            (add(new), replace(secrets[0], new))
        else {
            unreachable!()
        };
        let wrong = Change::Add { row, proofs: proofs.clone() };
        assert!(is_proof_fault(roll.change(&manifest, &wrong)));
        let wrong = Change::Replace { key, halves: halves.clone(), proofs: added };
        assert!(is_proof_fault(roll.change(&manifest, &wrong)));
        let wrong = Change::Replace { key: secrets[1].key(), halves, proofs };
        assert!(is_proof_fault(roll.change(&manifest, &wrong)));
    }
}
