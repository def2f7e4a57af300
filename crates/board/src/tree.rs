//! The Merkle tree of RFC 6962 section 2.1, over SHA-256.
//!
//! ```text
//! leaf(d)        = SHA-256(0x00 ‖ d)
//! node(l, r)     = SHA-256(0x01 ‖ l ‖ r)
//! root of D[0:0] = SHA-256("")
//! root of D[0:1] = leaf(D[0])
//! root of D[0:n] = node(root of D[0:k], root of D[k:n]),  k the largest power of two below n
//! ```
//!
//! The two prefixes keep a leaf from being read as a node. Nothing here knows what an entry is.

use sha2::{Digest, Sha256};

/// A SHA-256 value.
pub type Hash = [u8; 32];

/// No board has more entries than this: 2³².
pub const MAX_ENTRIES: u64 = 1 << 32;

/// Why a proof was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeProofError {
    /// The index is not below the size, or the old size is above the new one.
    #[error("the position lies outside the tree")]
    OutsideTree,
    /// The proof has more or fewer hashes than these positions call for.
    #[error("the proof does not have the length these positions call for")]
    WrongLength,
    /// The proof leads to another root.
    #[error("the proof leads to another root")]
    RootMismatch,
}

/// The hash of an entry's bytes as a leaf.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([0x00])
        .chain_update(entry)
        .finalize()
        .into()
}

/// The hash of two neighbouring subtrees.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([0x01])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// The root of the tree without entries.
pub fn empty_root() -> Hash {
    Sha256::digest(b"").into()
}

/// The whole tree in memory, about 64 bytes an entry: gives roots and proofs at any size it has
/// had.
#[derive(Clone, Debug)]
pub struct Tree {
    /// `levels[k][i]` is the root of the entries `[i·2^k, (i+1)·2^k)`; only complete subtrees are
    /// kept. There is always a level 0.
    levels: Vec<Vec<Hash>>,
}

impl Default for Tree {
    fn default() -> Self {
        Self::new()
    }
}

impl Tree {
    /// A tree without entries.
    pub fn new() -> Self {
        Tree {
            levels: vec![Vec::new()],
        }
    }

    /// Appends a leaf and returns its index.
    pub fn push(&mut self, leaf_hash: Hash) -> u64 {
        let index = self.size();
        let mut complete = leaf_hash;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let nodes = &mut self.levels[level];
            nodes.push(complete);
            if nodes.len() % 2 == 1 {
                break;
            }
            complete = node_hash(&nodes[nodes.len() - 2], &nodes[nodes.len() - 1]);
        }
        index
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.levels[0].len() as u64
    }

    /// The root now.
    pub fn root(&self) -> Hash {
        self.root_between(0, self.size())
    }

    /// The root the tree had at `size`, or `None` if it has not grown to it.
    pub fn root_at(&self, size: u64) -> Option<Hash> {
        (size <= self.size()).then(|| self.root_between(0, size))
    }

    /// The root of the `2^level` leaves that start at `index · 2^level`, if all of them are there.
    pub fn complete_subtree(&self, level: u32, index: u64) -> Option<&Hash> {
        let nodes = self.levels.get(usize::try_from(level).ok()?)?;
        nodes.get(usize::try_from(index).ok()?)
    }

    /// PATH(index, D\[0:size\]) of RFC 6962 section 2.1.1: the siblings from the leaf upwards.
    /// `None` if the tree has not grown to `size` or `index` is not below it.
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Option<Vec<Hash>> {
        if index >= size || size > self.size() {
            return None;
        }
        // Descend from the root noting siblings; the proof lists them from below.
        let (mut start, mut end) = (0, size);
        let mut siblings = Vec::new();
        while end - start > 1 {
            let middle = start + largest_power_of_two_below(end - start);
            if index < middle {
                siblings.push(self.root_between(middle, end));
                end = middle;
            } else {
                siblings.push(self.root_between(start, middle));
                start = middle;
            }
        }
        siblings.reverse();
        Some(siblings)
    }

    /// PROOF(old, D\[0:new\]) of RFC 6962 section 2.1.2; empty when `old` is zero or equals `new`.
    /// `None` if the tree has not grown to `new` or `old` is above it.
    pub fn consistency_proof(&self, old: u64, new: u64) -> Option<Vec<Hash>> {
        if old > new || new > self.size() {
            return None;
        }
        if old == 0 || old == new {
            return Some(Vec::new());
        }
        let (mut start, mut end) = (0, new);
        let mut hashes = Vec::new();
        while end != old {
            let middle = start + largest_power_of_two_below(end - start);
            if old <= middle {
                hashes.push(self.root_between(middle, end));
                end = middle;
            } else {
                hashes.push(self.root_between(start, middle));
                start = middle;
            }
        }
        // What remains is a complete subtree of the old tree. If it is all of it, the verifier
        // has it already: it is the old root.
        if start != 0 {
            hashes.push(self.root_between(start, end));
        }
        hashes.reverse();
        Some(hashes)
    }

    /// The root of the leaves `[start, end)`, where `start` is a multiple of the smallest power
    /// of two that is at least `end - start`, and `end` is at most the size.
    fn root_between(&self, start: u64, end: u64) -> Hash {
        let count = end - start;
        if count == 0 {
            return empty_root();
        }
        if count.is_power_of_two() {
            let level = count.trailing_zeros();
            return *self
                .complete_subtree(level, start >> level)
                .expect("invariant: complete subtrees below the size are kept");
        }
        let middle = start + largest_power_of_two_below(count);
        node_hash(
            &self.root_between(start, middle),
            &self.root_between(middle, end),
        )
    }
}

/// The right edge of a growing tree: at most 64 hashes, enough to append and to give the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Roots of the complete subtrees that make up the tree, the largest (leftmost) first: one
    /// for each bit set in `size`.
    complete: Vec<Hash>,
}

impl Frontier {
    /// A tree without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a leaf and returns its index.
    pub fn push(&mut self, leaf_hash: Hash) -> u64 {
        let index = self.size;
        let mut complete = leaf_hash;
        for _ in 0..index.trailing_ones() {
            let left = self
                .complete
                .pop()
                .expect("invariant: one hash for each bit of the size");
            complete = node_hash(&left, &complete);
        }
        self.complete.push(complete);
        self.size += 1;
        index
    }

    /// How many leaves have been appended.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root now.
    pub fn root(&self) -> Hash {
        let mut from_the_right = self.complete.iter().rev();
        let Some(last) = from_the_right.next() else {
            return empty_root();
        };
        from_the_right.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// Checks that `leaf_hash` is leaf `index` of the tree with this `size` and `root`.
///
/// The algorithm of RFC 9162 section 2.1.3.2.
///
/// # Errors
/// When the index is outside the tree, the proof is too long or too short, or leads elsewhere.
pub fn verify_inclusion(
    leaf_hash: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), TreeProofError> {
    if index >= size {
        return Err(TreeProofError::OutsideTree);
    }
    let (mut position, mut last) = (index, size - 1);
    let mut hash = *leaf_hash;
    for sibling in proof {
        if last == 0 {
            return Err(TreeProofError::WrongLength);
        }
        if position & 1 == 1 || position == last {
            hash = node_hash(sibling, &hash);
            // On the right edge a level may have no sibling: climb to the first that has one.
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(TreeProofError::WrongLength);
    }
    if hash == *root {
        Ok(())
    } else {
        Err(TreeProofError::RootMismatch)
    }
}

/// Checks that the tree with `new_size` and `new_root` begins with the one with `old_size` and
/// `old_root`.
///
/// The algorithm of RFC 9162 section 2.1.4.2, and two cases it leaves out: between equal sizes
/// the proof is empty and the roots are equal; from size 0 the proof is empty and the old root
/// is that of the empty tree.
///
/// # Errors
/// When the old size is above the new one, the proof is too long or too short, or leads elsewhere.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), TreeProofError> {
    if old_size > new_size {
        return Err(TreeProofError::OutsideTree);
    }
    if old_size == 0 || old_size == new_size {
        if !proof.is_empty() {
            return Err(TreeProofError::WrongLength);
        }
        let expected = if old_size == new_size {
            *new_root
        } else {
            empty_root()
        };
        return if *old_root == expected {
            Ok(())
        } else {
            Err(TreeProofError::RootMismatch)
        };
    }

    // The proof starts at the largest complete subtree that ends the old tree. When that is the
    // whole old tree its root is the start, and the proof does not repeat it.
    let (start, rest) = if old_size.is_power_of_two() {
        (old_root, proof)
    } else {
        proof.split_first().ok_or(TreeProofError::WrongLength)?
    };
    let mut position = old_size - 1;
    let mut last = new_size - 1;
    let shift = position.trailing_ones();
    position >>= shift;
    last >>= shift;

    let (mut old_hash, mut new_hash) = (*start, *start);
    for hash in rest {
        if last == 0 {
            return Err(TreeProofError::WrongLength);
        }
        if position & 1 == 1 || position == last {
            old_hash = node_hash(hash, &old_hash);
            new_hash = node_hash(hash, &new_hash);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, hash);
        }
        position >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(TreeProofError::WrongLength);
    }
    if old_hash == *old_root && new_hash == *new_root {
        Ok(())
    } else {
        Err(TreeProofError::RootMismatch)
    }
}

/// The largest power of two strictly below `count`, which is at least 2.
fn largest_power_of_two_below(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}
