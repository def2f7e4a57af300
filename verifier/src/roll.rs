//! The roll: chunks, issuers' proofs, changes, the rule on weights (spec/keys.md 5, 6 and 8).

use std::collections::BTreeMap;

use crate::encoding::{
    Bytes32, G, IsIdentity, Point, Scalar, combine, hash256, points, powers, scalars,
};
use crate::ledger::{Found, require};
use crate::manifest::Manifest;
use crate::template::Value;
use crate::transcript::{Transcript, le32};

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
    halves: Vec<Point>,
    key: Bytes32,
    weight: u32,
    college: u32,
}

/// All lines, and every key that ever stood on the board.
#[derive(Default)]
pub(crate) struct Roll {
    /// the largest value one ciphertext may encrypt
    largest: u32,
    /// in the order in which they came, removed ones too
    pub lines: Vec<Line>,
    /// every key ever: the number of the line whose current key it is, if any
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
    pub(crate) fn new(largest: u32) -> Self {
        Roll { largest, ..Roll::default() }
    }

    /// The roll hash of spec/notation.md.
    pub(crate) fn hash(&self) -> Bytes32 {
        hash256("urne/0 roll", &[&self.chunks])
    }

    /// V19: the number of the line whose current key this is.
    pub(crate) fn find(&self, key: &[u8]) -> Option<usize> {
        self.keys.get(key).copied().flatten()
    }

    /// V14 of a chunk, V18 of a change: what it would do.
    pub(crate) fn check(&self, manifest: &Manifest, entry: &Value) -> Found<Step> {
        let operation = entry.find("operation").map_or("roll", |_| entry.text("operation"));
        let mut step = Step { operation: operation.to_owned(), ..Step::default() };
        match operation {
            "roll" => {
                let (number, bytes) = (self.chunks.len() / 32, entry.bytes("rows"));
                require(entry.number("chunk") == number as u64, "not the next chunk")?;
                step.chunk = number as u32;
                step.read_rows(manifest, bytes)?;
                let keys = self.last_key.iter().chain(step.rows.iter().map(|row| &row.key));
                require(keys.is_sorted_by(|left, right| left < right), "the rows do not ascend")?;
                self.check_bound(&step.rows)?;
            }
            "add" => {
                step.read_rows(manifest, entry.bytes("row"))?;
                let Row { key, weight, college, .. } = step.rows[0];
                self.check_unused(&key)?;
                self.check_bound(&step.rows)?;
                let shared = self.is_shared(manifest, college, weight, 1);
                require(shared, "too few lines of the college share the new line's weight")?;
            }
            _remove_or_replace => {
                step.key = entry.array("key");
                let number = self.find(&step.key).ok_or("the key is no line's current key")?;
                step.line = number;
                if operation == "replace" {
                    let Line { weight, college, .. } = self.lines[number];
                    let row = [entry.bytes("halves"), &le32(weight), &le32(college)].concat();
                    step.read_rows(manifest, &row)?;
                    self.check_unused(&step.rows[0].key)?;
                }
            }
        }
        Ok(step)
    }

    /// V15: z_r·G = T_r + Σ_k x_r^k·U_(r,k) for every issuer r. A removal needs no proof.
    pub(crate) fn check_issuers(&self, manifest: &Manifest, entry: &Value, step: &Step) -> Found {
        let proofs = entry.bytes("proofs").chunks(64);
        for (((key, proof), r), number) in manifest.issuers.iter().zip(proofs).zip(0..).zip(1..) {
            let (commitment, response) = proof.split_at(32);
            let mut transcript = Transcript::new("urne/0 issuer")
                .fields(entry, ["election"])
                .append("operation", step.operation.as_bytes())
                .number("issuer", number)
                .append("issuer key", key)
                .number("chunk", step.chunk)
                .append("replaced", &step.key)
                .append("rows", &step.bytes)
                .append("R", commitment);
            let powers: Vec<Scalar> =
                powers(transcript.scalar("x")).take(step.rows.len()).collect();
            let halves = step.rows.iter().map(|row| &row.halves[r]);
            let sum = combine(&powers, halves);
            let holds = points(commitment)
                .zip(scalars(response))
                .is_some_and(|(t, z)| G * z[0] == t[0] + sum);
            require(holds, &format!("the proof of issuer {number} does not hold"))?;
        }
        Ok(())
    }

    /// Takes a step that was checked. If it cancels a ballot: the line it was on, as it ended.
    pub(crate) fn take(&mut self, step: Step, leaf: Bytes32) -> Option<&Line> {
        match &*step.operation {
            "roll" => {
                self.last_key = step.rows.last().map(|row| row.key);
                self.chunks.extend(leaf);
            }
            "replace" => {
                self.keys.insert(step.key, None);
                self.keys.insert(step.rows[0].key, Some(step.line));
                self.lines[step.line].count = 0;
                return None;
            }
            "remove" => {
                self.keys.insert(step.key, None);
                let line = &mut self.lines[step.line];
                line.stands = false;
                self.total_weight -= u64::from(line.weight);
                *self.groups.entry((line.college, line.weight)).or_default() -= 1;
                return Some(line).filter(|line| line.accepted.is_some()).map(|line| &*line);
            }
            _add => {}
        }
        for Row { key, weight, college, .. } in step.rows {
            self.keys.insert(key, Some(self.lines.len()));
            self.total_weight += u64::from(weight);
            *self.groups.entry((college, weight)).or_default() += 1;
            self.lines.push(Line { weight, college, accepted: None, count: 0, stands: true });
        }
        None
    }

    fn check_unused(&self, key: &Bytes32) -> Found {
        require(!self.keys.contains_key(key), "the key has stood on this board before")
    }

    fn check_bound(&self, rows: &[Row]) -> Found {
        let added: u64 = rows.iter().map(|row| u64::from(row.weight)).sum();
        let largest_total = u128::from(self.total_weight + added) * u128::from(self.largest);
        require(largest_total <= BOUND, "the weights could make a total above 2^40")
    }

    /// Whether enough lines of the college share this weight, with `added` lines more, if it has other weights too.
    fn is_shared(&self, manifest: &Manifest, college: u32, weight: u32, added: u64) -> bool {
        let mut weights = self.groups.range((college, 0)..=(college, u32::MAX));
        let sharing = added + self.groups.get(&(college, weight)).copied().unwrap_or_default();
        !manifest.exception().is_empty()
            || weights.all(|((_, other), lines)| *other == weight || *lines == 0)
            || sharing >= manifest.form.field("weights").number("shared")
    }

    /// The weight rule of V17.
    pub(crate) fn weights_are_shared(&self, manifest: &Manifest) -> bool {
        self.groups.keys().all(|(college, weight)| self.is_shared(manifest, *college, *weight, 0))
    }
}

/// What a chunk or a change of the roll would do, and what its issuers prove of it.
#[derive(Default)]
pub(crate) struct Step {
    /// "roll", "add", "remove" or "replace"
    pub operation: String,
    chunk: u32,
    /// removed or replaced, zeros otherwise
    key: Bytes32,
    /// the line of `key`
    line: usize,
    bytes: Vec<u8>,
    rows: Vec<Row>,
}

impl Step {
    fn read_rows(&mut self, manifest: &Manifest, bytes: &[u8]) -> Found {
        self.bytes = bytes.to_vec();
        let rows = bytes.chunks(32 * manifest.issuers.len() + 8);
        self.rows = rows.map(|row| read_row(row, manifest)).collect::<Found<_>>()?;
        Ok(())
    }
}

fn read_row(bytes: &[u8], manifest: &Manifest) -> Found<Row> {
    let (halves, numbers) = bytes.split_at(32 * manifest.issuers.len());
    let halves = points(halves).ok_or("an issuer's half does not decode")?;
    let key: Point = halves.iter().sum();
    let decodes = !key.is_identity() && !halves.iter().any(Point::is_identity);
    require(decodes, "a key or half is the identity")?;
    let [weight, college] = [&numbers[..4], &numbers[4..]].map(number);
    require(weight >= 1, "a weight of 0")?;
    let colleges = 1..=manifest.colleges.len() as u32;
    require(colleges.contains(&college), "a college that the manifest does not have")?;
    Ok(Row { halves, key: key.compress().0, weight, college })
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::tests::{manifest, with};
    use crate::template::tests::object;

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
            let x = Transcript::new("urne/0 issuer")
                .append("election", &ELECTION)
                .append("operation", operation.as_bytes())
                .number("issuer", position as u32 + 1)
                .append("issuer key", issuer)
                .number("chunk", chunk)
                .append("replaced", &replaced)
                .append("rows", rows)
                .append("R", &commitment)
                .scalar("x");
            let (mut power, mut response) = (Scalar::ONE, nonce);
            for secret in secrets {
                power *= x;
                response += power * secret.halves()[position];
            }
            proofs.extend([commitment, response.to_bytes()].concat());
        }
        proofs
    }

    fn chunk(number: u32, secrets: &[Secret]) -> Value {
        let rows: Vec<u8> = secrets.iter().flat_map(|secret| secret.bytes()).collect();
        chunk_of(number, &rows, &proofs("roll", number, [0; 32], secrets, &rows))
    }

    fn chunk_of(number: u32, rows: &[u8], proofs: &[u8]) -> Value {
        let election = ELECTION.as_slice().into();
        let number = u64::from(number).into();
        object([
            ("election", election),
            ("chunk", number),
            ("rows", rows.into()),
            ("proofs", proofs.into()),
        ])
    }

    /// Why a step was refused: V14 or V18, or V15.
    enum Fault {
        Content,
        Proof,
    }

    /// Checks a chunk or a change and takes it: the accepted ballot that it cancels.
    fn take(
        roll: &mut Roll,
        manifest: &Manifest,
        entry: &Value,
    ) -> Result<Option<Accepted>, Fault> {
        let step = roll.check(manifest, entry).map_err(|_| Fault::Content)?;
        if step.operation != "remove" {
            roll.check_issuers(manifest, entry, &step).map_err(|_| Fault::Proof)?;
        }
        let leaf = [roll.chunks.len() as u8 / 32 + 1; 32];
        Ok(roll.take(step, leaf).and_then(|line| line.accepted))
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
        Roll::new(1)
    }

    fn add(secret: Secret) -> Value {
        let row = secret.bytes();
        added(&row, &proofs("add", 0, [0; 32], &[secret], &row))
    }

    fn added(row: &[u8], proofs: &[u8]) -> Value {
        let election = ELECTION.as_slice().into();
        object([
            ("election", election),
            ("operation", "add".into()),
            ("row", row.into()),
            ("proofs", proofs.into()),
        ])
    }

    fn remove(secret: Secret) -> Value {
        object([("operation", "remove".into()), ("key", secret.key().as_slice().into())])
    }

    fn replace(old: Secret, new: Secret) -> Value {
        let new = Secret(new.0, new.1, old.2, old.3);
        replaced(
            old.key(),
            &new.bytes()[..64],
            &proofs("replace", 0, old.key(), &[new], &new.bytes()),
        )
    }

    fn replaced(key: Bytes32, halves: &[u8], proofs: &[u8]) -> Value {
        object([
            ("election", ELECTION.as_slice().into()),
            ("operation", "replace".into()),
            ("key", key.as_slice().into()),
            ("halves", halves.into()),
            ("proofs", proofs.into()),
        ])
    }

    fn is_content_fault<T>(result: Result<T, Fault>) -> bool {
        matches!(result, Err(Fault::Content))
    }

    fn is_proof_fault<T>(result: Result<T, Fault>) -> bool {
        matches!(result, Err(Fault::Proof))
    }

    #[test]
    fn chunks_follow_each_other_in_ascending_order() {
        let manifest = manifest();
        let secrets = sorted(&[1, 1, 1, 1]);
        let (first, second) = secrets.split_at(2);
        let mut roll = roll();
        assert!(is_content_fault(take(&mut roll, &manifest, &chunk(1, first))), "starts at 0");
        assert!(is_content_fault(take(&mut roll, &manifest, &chunk(0, &[first[1], first[0]]))));
        assert!(is_content_fault(take(&mut roll, &manifest, &chunk(0, &[first[0], first[0]]))));
        assert!(take(&mut roll, &manifest, &chunk(0, first)).is_ok());
        assert!(is_content_fault(take(&mut roll, &manifest, &chunk(0, second))), "0 stands");
        assert!(is_content_fault(take(&mut roll, &manifest, &chunk(1, first))), "across chunks");
        assert!(take(&mut roll, &manifest, &chunk(1, second)).is_ok());
        assert_eq!(roll.lines.len(), 4);
        assert_eq!(roll.hash(), hash256("urne/0 roll", &[&[[1; 32], [2; 32]].concat()]));
        assert_eq!(roll.find(&secrets[3].key()), Some(3));
        assert_eq!(roll.find(&[0; 32]), None);
    }

    #[test]
    fn rows_have_a_weight_a_known_college_and_halves_that_do_not_cancel_out() {
        let manifest = manifest();
        let check = |secret| take(&mut roll(), &manifest, &chunk(0, &[secret]));
        assert!(check(Secret(1, 2, u32::MAX, 1)).is_ok());
        assert!(is_content_fault(check(Secret(1, 2, 0, 1))));
        assert!(is_content_fault(check(Secret(1, 2, 1, 0))));
        assert!(is_content_fault(check(Secret(1, 2, 1, 2))));
        assert!(is_content_fault(check(Secret(0, 2, 1, 1))));
        let minus = [(G * Scalar::from(5u64)).compress().0, (-G * Scalar::from(5u64)).compress().0];
        let rows = [&minus.concat()[..], &1u32.to_le_bytes(), &1u32.to_le_bytes()].concat();
        let cancelling = chunk_of(0, &rows, &[0; 128]);
        assert!(is_content_fault(take(&mut roll(), &manifest, &cancelling)));
    }

    #[test]
    fn the_bound_holds_over_all_lines_that_stand() {
        let manifest = manifest();
        let secrets = sorted(&[1 << 31, 1 << 31]);
        let largest = |largest| take(&mut Roll::new(largest), &manifest, &chunk(0, &secrets));
        assert!(largest(256).is_ok(), "2^32 times 2^8");
        assert!(is_content_fault(largest(257)));
        let mut roll = Roll::new(256);
        assert!(take(&mut roll, &manifest, &chunk(0, &secrets)).is_ok());
        let exception = with(&[(r#""exception":"""#, r#""exception":"why""#)]).unwrap();
        assert!(is_content_fault(take(&mut roll, &exception, &add(Secret(1, 1, 1, 1)))));
        assert!(take(&mut roll, &exception, &remove(secrets[0])).is_ok());
        assert!(take(&mut roll, &exception, &add(Secret(1, 1, 1, 1))).is_ok());
    }

    #[test]
    fn every_issuer_proves_every_half() {
        let manifest = manifest();
        let secrets = sorted(&[1, 1]);
        let good = chunk(0, &secrets);
        for byte in [0, 32, 64, 96] {
            let mut proofs = good.bytes("proofs").to_vec();
            proofs[byte] ^= 1;
            let changed = chunk_of(0, good.bytes("rows"), &proofs);
            assert!(is_proof_fault(take(&mut roll(), &manifest, &changed)), "byte {byte}");
        }
        let mut rows = good.bytes("rows").to_vec();
        rows[64] = 2;
        let changed = chunk_of(0, &rows, good.bytes("proofs"));
        assert!(is_proof_fault(take(&mut roll(), &manifest, &changed)), "another weight");
    }

    #[test]
    fn rare_weights_need_an_exception() {
        let manifest = manifest();
        let shared = |weights: &[u32], manifest: &Manifest| {
            let mut roll = roll();
            assert!(take(&mut roll, manifest, &chunk(0, &sorted(weights))).is_ok());
            roll.weights_are_shared(manifest)
        };
        assert!(shared(&[5], &manifest), "one weight only");
        assert!(shared(&[5, 5, 5, 2, 2, 2], &manifest));
        assert!(!shared(&[5, 5, 5, 2, 2], &manifest));
        let exception = with(&[(r#""exception":"""#, r#""exception":"why""#)]).unwrap();
        assert!(shared(&[5, 2], &exception));
    }

    #[test]
    fn removed_lines_share_no_weight_any_more() {
        let (manifest, mut roll) = (manifest(), roll());
        let secrets = sorted(&[5, 5, 5, 2, 2, 2]);
        assert!(take(&mut roll, &manifest, &chunk(0, &secrets)).is_ok());
        let of_weight = |weight| secrets.iter().filter(move |secret| secret.2 == weight);
        for secret in of_weight(2).skip(1) {
            assert!(take(&mut roll, &manifest, &remove(*secret)).is_ok());
        }
        let two = add(Secret(8, 8, 2, 1));
        assert!(is_content_fault(take(&mut roll, &manifest, &two)), "two of three");
        for secret in of_weight(5) {
            assert!(take(&mut roll, &manifest, &remove(*secret)).is_ok());
        }
        assert!(take(&mut roll, &manifest, &two).is_ok(), "the only weight that is left");
    }

    #[test]
    fn lines_are_added_removed_and_replaced() {
        let manifest = manifest();
        let mut roll = roll();
        let secrets = sorted(&[1, 1, 1]);
        assert!(take(&mut roll, &manifest, &chunk(0, &secrets)).is_ok());
        let (old, new) = (secrets[0], Secret(9, 9, 1, 1));
        assert!(is_content_fault(take(&mut roll, &manifest, &add(old))), "stands");
        assert!(
            is_content_fault(take(&mut roll, &manifest, &add(Secret(8, 8, 2, 1)))),
            "a rare weight"
        );
        let exception = with(&[(r#""exception":"""#, r#""exception":"why""#)]).unwrap();
        assert!(take(&mut roll, &exception, &add(Secret(8, 8, 2, 1))).is_ok());
        assert!(is_content_fault(take(&mut roll, &manifest, &replace(new, old))), "no line");
        assert!(is_content_fault(take(&mut roll, &manifest, &replace(old, secrets[1]))), "stands");
        let accepted = Accepted { tracker: [4; 32], index: 17 };
        (roll.lines[0].accepted, roll.lines[0].count) = (Some(accepted), 3);
        assert!(take(&mut roll, &manifest, &replace(old, new)).is_ok());
        assert_eq!((roll.find(&old.key()), roll.find(&new.key())), (None, Some(0)));
        let line = &roll.lines[0];
        assert_eq!((line.count, line.accepted.map(|ballot| ballot.index)), (0, Some(17)));
        assert!(is_content_fault(take(&mut roll, &manifest, &add(old))), "has stood");
        let removed = take(&mut roll, &manifest, &remove(new));
        assert!(matches!(removed, Ok(Some(Accepted { index: 17, .. }))));
        assert_eq!(roll.lines.iter().filter(|line| line.stands).count(), 3);
        assert!(is_content_fault(take(&mut roll, &manifest, &remove(new))));
        let removed = take(&mut roll, &manifest, &remove(secrets[1]));
        assert!(matches!(removed, Ok(None)));
        assert!(is_content_fault(take(&mut roll, &manifest, &add(new))), "has stood");
    }

    #[test]
    fn changes_are_proven_for_their_operation() {
        let manifest = manifest();
        let mut roll = roll();
        let secrets = sorted(&[1, 1]);
        assert!(take(&mut roll, &manifest, &chunk(0, &secrets)).is_ok());
        let new = Secret(9, 9, 1, 1);
        let (add, replace) = (add(new), replace(secrets[0], new));
        let (key, halves) = (replace.array("key"), replace.bytes("halves"));
        for wrong in [
            added(add.bytes("row"), replace.bytes("proofs")),
            replaced(key, halves, add.bytes("proofs")),
            replaced(secrets[1].key(), halves, replace.bytes("proofs")),
        ] {
            assert!(is_proof_fault(take(&mut roll, &manifest, &wrong)));
        }
        assert!(take(&mut roll, &manifest, &replace).is_ok());
    }
}
