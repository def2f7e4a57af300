//! The roll: who may vote, with which weight, in which college, and which ballot of each line is accepted now.
//!
//! Source: `spec/keys.md`, sections 5 and 6; `spec/ballot.md`, section 4.

use std::collections::{BTreeMap, HashMap, HashSet};

use urne_crypto::RistrettoPoint;
use urne_crypto::ballot::NO_BALLOT;
use urne_crypto::encoding::Point;
use urne_crypto::issuer::IssuerProof;
use urne_crypto::transcript::IssuerStatement;

use crate::manifest::{Manifest, Party, WeightRule};

/// One row as published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// U_r per issuer
    pub halves: Vec<Point>,
    /// U = Σ U_r
    pub key: Point,
    /// at least 1
    pub weight: u32,
    /// from 1
    pub college: u32,
}

impl Row {
    /// A row from its issuers' halves.
    pub fn new(halves: Vec<Point>, weight: u32, college: u32) -> Row {
        let key: RistrettoPoint = halves.iter().map(Point::element).sum();
        Row {
            key: Point::from(key),
            halves,
            weight,
            college,
        }
    }

    /// 32·s + 8 bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.halves.iter().flat_map(|half| *half.bytes()).collect();
        bytes.extend_from_slice(&self.weight.to_le_bytes());
        bytes.extend_from_slice(&self.college.to_le_bytes());
        bytes
    }

    /// Decodes one row of `issuers` halves.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn decode(bytes: &[u8], issuers: usize, colleges: usize) -> Result<Row, &'static str> {
        const WRONG_LENGTH: &str = "a row has the wrong length";
        let (words, numbers) = bytes.split_at_checked(32 * issuers).ok_or(WRONG_LENGTH)?;
        let numbers = <[u8; 8]>::try_from(numbers).map_err(|_| WRONG_LENGTH)?;
        let [w0, w1, w2, w3, college @ ..] = numbers;
        let weight = u32::from_le_bytes([w0, w1, w2, w3]);
        let college = u32::from_le_bytes(college);
        let halves = words
            .as_chunks::<32>()
            .0
            .iter()
            .map(Point::decode_non_identity)
            .collect::<Result<Vec<Point>, _>>()
            .map_err(|_| "a half is not a point, or the identity")?;
        let row = Row::new(halves, weight, college);
        if row.key.is_identity() {
            return Err("the halves of a row cancel each other");
        }
        if row.weight == 0 {
            return Err("a row has weight 0");
        }
        if !(1..=colleges).contains(&(row.college as usize)) {
            return Err("a row names a college that does not exist");
        }
        Ok(row)
    }
}

/// U = Σ U_r from the bytes of the halves; nothing where they are not points.
pub fn sum_of_halves(halves: &[u8]) -> Option<Point> {
    let (words, rest) = halves.as_chunks::<32>();
    let points = words
        .iter()
        .map(Point::decode)
        .collect::<Result<Vec<Point>, _>>()
        .ok()?;
    let sum: RistrettoPoint = points.iter().map(Point::element).sum();
    rest.is_empty().then(|| Point::from(sum))
}

/// The accepted ballot of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// its tracker
    pub tracker: [u8; 32],
    /// where it stands
    pub index: u64,
}

/// A line of the roll. Its current key is what it is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// at least 1
    pub weight: u32,
    /// from 1
    pub college: u32,
    /// the ballot that counts if nothing follows
    pub accepted: Option<Accepted>,
    /// ballots accepted under the current key
    pub count: u32,
}

impl Line {
    /// What the next ballot of this line must name as `after`.
    pub fn after(&self) -> [u8; 32] {
        self.accepted.map_or(NO_BALLOT, |accepted| accepted.tracker)
    }
}

/// Lines and summed weight of one college.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CollegeSize {
    /// lines
    pub lines: u64,
    /// their summed weight
    pub weight: u64,
}

/// All lines, and every key that ever stood on the board.
#[derive(Clone, Debug)]
pub struct Roll {
    lines: HashMap<[u8; 32], Line>,
    ever: HashSet<[u8; 32]>,
    /// how many lines of a college have a weight
    shared: BTreeMap<(u32, u32), u64>,
    weight: u64,
    largest_value: u32,
    highest: [u8; 32],
}

/// What is wrong with rows or a change, in words.
pub type RollError = &'static str;

impl Roll {
    /// An empty roll for ballots whose ciphertexts hold at most `largest_value`.
    pub fn new(largest_value: u32) -> Roll {
        Roll {
            lines: HashMap::new(),
            ever: HashSet::new(),
            shared: BTreeMap::new(),
            weight: 0,
            largest_value,
            highest: [0; 32],
        }
    }

    /// The line with this current key.
    pub fn line(&self, key: &[u8; 32]) -> Option<&Line> {
        self.lines.get(key)
    }

    /// All lines with their current keys, in no particular order.
    pub fn lines(&self) -> impl Iterator<Item = (&[u8; 32], &Line)> {
        self.lines.iter()
    }

    /// How many lines stand.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether no line stands.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Sizes of the colleges 1 … `colleges`.
    pub fn sizes(&self, colleges: usize) -> Vec<CollegeSize> {
        let mut sizes = vec![CollegeSize::default(); colleges];
        for (&(college, weight), &lines) in &self.shared {
            let size = &mut sizes[college as usize - 1];
            size.lines += lines;
            size.weight += lines * u64::from(weight);
        }
        sizes
    }

    /// Checks the rows of the next chunk: order, and the bound on totals.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check_chunk(&self, rows: &[Row]) -> Result<(), RollError> {
        let mut highest = self.highest;
        let mut added = 0_u64;
        for row in rows {
            if *row.key.bytes() <= highest {
                return Err("the rows are not in strictly ascending order of their keys");
            }
            highest = *row.key.bytes();
            added += u64::from(row.weight);
        }
        self.check_bound(added)
    }

    fn check_bound(&self, added: u64) -> Result<(), RollError> {
        let total = u128::from(self.weight + added) * u128::from(self.largest_value);
        if total > u128::from(Manifest::LARGEST_TOTAL) {
            return Err("the weights times the largest value exceed 2^40");
        }
        Ok(())
    }

    /// Takes checked rows in.
    pub fn append(&mut self, rows: &[Row]) {
        for row in rows {
            self.highest = *row.key.bytes();
            self.insert(row);
        }
    }

    fn insert(&mut self, row: &Row) {
        let line = Line {
            weight: row.weight,
            college: row.college,
            accepted: None,
            count: 0,
        };
        self.lines.insert(*row.key.bytes(), line);
        self.ever.insert(*row.key.bytes());
        self.weight += u64::from(row.weight);
        *self.shared.entry((row.college, row.weight)).or_default() += 1;
    }

    /// The weight rule over the whole roll: who opens must keep it.
    ///
    /// # Errors
    /// That it is broken.
    pub fn check_weights(&self, rule: &WeightRule) -> Result<(), RollError> {
        let exposed = self.shared.iter().any(|(&(college, _), &lines)| {
            lines < u64::from(rule.shared) && self.has_several_weights(college)
        });
        if exposed && rule.exception.is_empty() {
            return Err("too few lines of a college share a weight, and no exception is signed");
        }
        Ok(())
    }

    fn has_several_weights(&self, college: u32) -> bool {
        let weights = self.shared.range((college, 0)..=(college, u32::MAX));
        weights.count() > 1
    }

    /// Checks a line to be added after the opening.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check_add(&self, row: &Row, rule: &WeightRule) -> Result<(), RollError> {
        self.check_new_key(&row.key)?;
        self.check_bound(u64::from(row.weight))?;
        let others = self.shared.get(&(row.college, row.weight)).copied();
        let mut weights = self
            .shared
            .range((row.college, 0)..=(row.college, u32::MAX));
        let several = weights.any(|(&(_, weight), _)| weight != row.weight);
        let sharing = others.unwrap_or(0) + 1;
        if several && rule.exception.is_empty() && sharing < u64::from(rule.shared) {
            return Err("too few lines of the college would share the new line's weight");
        }
        Ok(())
    }

    /// A key that has ever stood on this board cannot come again.
    ///
    /// # Errors
    /// That it has.
    pub fn check_new_key(&self, key: &Point) -> Result<(), RollError> {
        if key.is_identity() {
            return Err("the new halves cancel each other");
        }
        if self.ever.contains(key.bytes()) {
            return Err("this key has stood on the board before");
        }
        Ok(())
    }

    /// Adds a checked line.
    pub fn add(&mut self, row: &Row) {
        self.insert(row);
    }

    /// Ends a line; its accepted ballot is cancelled.
    pub fn remove(&mut self, key: &[u8; 32]) -> Option<Line> {
        let line = self.lines.remove(key)?;
        self.weight -= u64::from(line.weight);
        let shape = (line.college, line.weight);
        if let Some(lines) = self.shared.get_mut(&shape) {
            *lines -= 1;
            if *lines == 0 {
                self.shared.remove(&shape);
            }
        }
        Some(line)
    }

    /// Gives a line a new key; weight, college and accepted ballot stay, the count starts again.
    pub fn replace(&mut self, old: &[u8; 32], new: &[u8; 32]) {
        if let Some(line) = self.lines.remove(old) {
            self.ever.insert(*new);
            self.lines.insert(*new, Line { count: 0, ..line });
        }
    }

    /// Makes a ballot the accepted one of its line; returns the one it replaces.
    pub fn accept(&mut self, key: &[u8; 32], accepted: Accepted) -> Option<Accepted> {
        let line = self.lines.get_mut(key)?;
        line.count += 1;
        line.accepted.replace(accepted)
    }
}

/// Checks every issuer's proof over the same rows.
///
/// # Errors
/// Which issuer's proof fails, in words.
pub fn check_issuers(
    election: &[u8; 32],
    issuers: &[Party],
    operation: Issued<'_>,
    rows: &[Row],
    proofs: &[u8],
) -> Result<(), String> {
    let bytes: Vec<u8> = rows.iter().flat_map(Row::to_bytes).collect();
    for (index, (issuer, proof)) in issuers.iter().zip(proofs.chunks(64)).enumerate() {
        let number = u32::try_from(index + 1).expect("invariant: at most two issuers");
        let halves: Vec<Point> = rows.iter().map(|row| row.halves[index]).collect();
        IssuerProof::decode(proof)
            .ok()
            .and_then(|proof| {
                let statement = operation.statement(election, number, &issuer.key, &bytes);
                proof.verify(&statement, &halves).ok()
            })
            .ok_or_else(|| format!("the proof of issuer {number} does not hold"))?;
    }
    Ok(())
}

/// What rows are published for: absorbed by the issuers' proofs.
#[derive(Clone, Copy, Debug)]
pub enum Issued<'a> {
    /// chunk of the roll, from 0
    Chunk(u32),
    /// a line added later
    Add,
    /// a line's new key; the old one
    Replace(&'a [u8; 32]),
}

impl<'a> Issued<'a> {
    /// What issuer number `issuer` proves.
    pub fn statement(
        self,
        election: &'a [u8; 32],
        issuer: u32,
        issuer_key: &'a [u8; 32],
        rows: &'a [u8],
    ) -> IssuerStatement<'a> {
        let (operation, chunk, replaced) = match self {
            Issued::Chunk(chunk) => ("roll", chunk, &[0; 32]),
            Issued::Add => ("add", 0, &[0; 32]),
            Issued::Replace(old) => ("replace", 0, old),
        };
        IssuerStatement {
            election,
            operation,
            issuer,
            issuer_key,
            chunk,
            replaced,
            rows,
        }
    }
}
