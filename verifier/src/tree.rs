//! The log's tree, tiles and bundles (spec/board.md, RFC 6962 section 2.1).

use crate::encoding::{Bytes32, sha256};

/// No bundle is longer: 256 entries with their two length bytes.
pub(crate) const LONGEST_BUNDLE: usize = WIDTH * (2 + 65_535);

/// No hash tile is longer.
pub(crate) const LONGEST_TILE: usize = WIDTH * 32;

/// How many hashes a full tile holds, and a full bundle entries.
const WIDTH: usize = 256;

/// The leaf hash of an entry.
pub(crate) fn leaf(entry: &[u8]) -> Bytes32 {
    sha256(&[&[0], entry])
}

fn node(left: &Bytes32, right: &Bytes32) -> Bytes32 {
    sha256(&[&[1], left, right])
}

/// The root over hashes, by the definition of RFC 6962.
fn root(hashes: &[Bytes32]) -> Bytes32 {
    match hashes {
        [] => sha256(&[]),
        [hash] => *hash,
        _ => {
            let (left, right) = hashes.split_at(hashes.len().next_power_of_two() / 2);
            node(&root(left), &root(right))
        }
    }
}

/// A hash tile as this verifier computed it.
pub(crate) struct Tile {
    /// where the record keeps it
    pub path: String,
    /// the hashes, joined
    pub bytes: Vec<u8>,
}

/// The tree, growing entry by entry. Keeps the unfinished tile of every level only.
#[derive(Clone, Default)]
pub(crate) struct Tree {
    /// the number of leaves
    pub size: u64,
    /// roots of the complete subtrees of 256^level leaves that no complete tile holds
    levels: Vec<Vec<Bytes32>>,
}

impl Tree {
    /// Adds a leaf and returns the tiles it completes.
    pub(crate) fn append(&mut self, leaf: Bytes32) -> Vec<Tile> {
        self.size += 1;
        let (mut hash, mut finished) = (leaf, Vec::new());
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            self.levels[level].push(hash);
            if self.levels[level].len() < WIDTH {
                break;
            }
            finished.extend(self.tile(level));
            hash = root(&self.levels[level]);
            self.levels[level].clear();
        }
        finished
    }

    /// The tile at the right edge of a level, unless it is empty.
    fn tile(&self, level: usize) -> Option<Tile> {
        let hashes = &self.levels[level];
        // Leaf number size − 1 lies under this tile, or right of it in a subtree that is not complete yet.
        let number = (self.size - 1) >> (8 * (level + 1));
        let path = file(&level.to_string(), number, hashes.len());
        (!hashes.is_empty()).then(|| Tile { path, bytes: hashes.concat() })
    }

    /// The partial tiles at the right edge.
    pub(crate) fn partial_tiles(&self) -> Vec<Tile> {
        (0..self.levels.len()).filter_map(|level| self.tile(level)).collect()
    }

    /// The Merkle tree hash of all leaves so far.
    pub(crate) fn root(&self) -> Bytes32 {
        let mut below = None;
        for hashes in &self.levels {
            // What stands on lower levels is the last, incomplete subtree of this one.
            let hashes: Vec<Bytes32> = hashes.iter().copied().chain(below).collect();
            below = (!hashes.is_empty()).then(|| root(&hashes));
        }
        below.unwrap_or_else(|| root(&[]))
    }
}

/// The path of a tile or bundle with a number and a width: number 1234067 is `x001/x234/067`.
fn file(level: &str, number: u64, width: usize) -> String {
    let mut path = format!("{:03}", number % 1000);
    let mut rest = number / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    let suffix = if width < WIDTH { format!(".p/{width}") } else { String::new() };
    format!("tile/{level}/{path}{suffix}")
}

/// The path of bundle `number` in a log of `size` entries, and how many entries it holds.
pub(crate) fn bundle(number: u64, size: u64) -> (String, usize) {
    let width = (size - number * WIDTH as u64).min(WIDTH as u64) as usize;
    (file("entries", number, width), width)
}

/// Splits a bundle into exactly `count` entries, each after two big-endian length bytes.
pub(crate) fn split_bundle(mut bytes: &[u8], count: usize) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::with_capacity(count);
    for _ in 0..count {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        entries.push(entry);
        bytes = rest;
    }
    let whole = bytes.is_empty() && entries.iter().all(|entry| !entry.is_empty());
    whole.then_some(entries)
}

/// The root that an inclusion proof leads to, `None` if its length is wrong (spec/board.md, Inclusion proofs).
pub(crate) fn root_from_proof(
    leaf: Bytes32,
    index: u64,
    size: u64,
    proof: &[Bytes32],
) -> Option<Bytes32> {
    let (mut hash, mut position, mut last) = (leaf, index, size.checked_sub(1)?);
    let mut siblings = proof.iter();
    while last > 0 {
        if position & 1 == 1 {
            hash = node(siblings.next()?, &hash);
        } else if position < last {
            hash = node(&hash, siblings.next()?);
        }
        position >>= 1;
        last >>= 1;
    }
    (index < size && siblings.next().is_none()).then_some(hash)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// MTH of RFC 6962 as the RFC writes it.
    fn by_definition(leaves: &[[u8; 32]]) -> [u8; 32] {
        match leaves {
            [] => Sha256::digest(b"").into(),
            [leaf] => *leaf,
            _ => {
                let split = leaves.len().next_power_of_two() / 2;
                node(&by_definition(&leaves[..split]), &by_definition(&leaves[split..]))
            }
        }
    }

    /// PATH of RFC 6962 as the RFC writes it.
    pub(crate) fn path(index: usize, leaves: &[[u8; 32]]) -> Vec<[u8; 32]> {
        if leaves.len() == 1 {
            return vec![];
        }
        let split = leaves.len().next_power_of_two() / 2;
        let (left, right) = leaves.split_at(split);
        let (mut proof, sibling) = if index < split {
            (path(index, left), by_definition(right))
        } else {
            (path(index - split, right), by_definition(left))
        };
        proof.push(sibling);
        proof
    }

    #[test]
    fn roots_match_the_published_values_of_certificate_transparency() {
        // The eight leaves and roots of the tests of google/certificate-transparency.
        let leaves: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = Tree::default();
        assert_eq!(hex(&tree.root()), roots[0]);
        for (entry, root) in leaves.iter().zip(&roots[1..]) {
            tree.append(leaf(entry));
            assert_eq!(hex(&tree.root()), *root);
        }
    }

    #[test]
    fn trees_tiles_and_proofs_follow_their_definitions() {
        let mut tree = Tree::default();
        let mut finished = vec![];
        let leaves: Vec<[u8; 32]> = (0..600u32).map(|entry| leaf(&entry.to_le_bytes())).collect();
        for (before, leaf) in leaves.iter().enumerate() {
            finished.extend(tree.append(*leaf));
            let so_far = &leaves[..=before];
            if before % 37 == 0 || before > 590 || (250..260).contains(&before) {
                let root = by_definition(so_far);
                assert_eq!(tree.root(), root);
                for index in [0, before / 2, before] {
                    let size = before as u64 + 1;
                    let mut proof = path(index, so_far);
                    let index = index as u64;
                    assert_eq!(
                        root_from_proof(so_far[index as usize], index, size, &proof),
                        Some(root)
                    );
                    proof.push([0; 32]);
                    assert_eq!(root_from_proof(*leaf, index, size, &proof), None);
                    proof.truncate(proof.len().saturating_sub(2));
                    assert!(size == 1 || root_from_proof(*leaf, index, size, &proof).is_none());
                }
            }
        }
        assert_eq!(root_from_proof(leaves[0], 1, 1, &[]), None);
        let paths: Vec<&str> = finished.iter().map(|tile| tile.path.as_str()).collect();
        assert_eq!(paths, ["tile/0/000", "tile/0/001"]);
        assert_eq!(finished[1].bytes, leaves[256..512].concat());
        let partial = tree.partial_tiles();
        let paths: Vec<&str> = partial.iter().map(|tile| tile.path.as_str()).collect();
        assert_eq!(paths, ["tile/0/002.p/88", "tile/1/000.p/2"]);
        assert_eq!(partial[1].bytes[32..], by_definition(&leaves[256..512]));
    }

    #[test]
    fn a_level_one_tile_completes_with_65536_leaves() {
        let mut tree = Tree::default();
        let mut paths = vec![];
        for _ in 0..65_536 {
            paths.extend(tree.append([0; 32]).into_iter().map(|tile| tile.path));
        }
        assert_eq!(&paths[255..], ["tile/0/255", "tile/1/000"]);
        let partial = tree.partial_tiles();
        assert_eq!(partial.len(), 1);
        assert_eq!(partial[0].path, "tile/2/000.p/1");
        assert_eq!(partial[0].bytes, tree.root());
    }

    #[test]
    fn bundle_paths_and_shapes() {
        assert_eq!(file("0", 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(file("entries", 1_000_000, 5), "tile/entries/x001/x000/000.p/5");
        assert_eq!(bundle(0, 256), ("tile/entries/000".to_owned(), 256));
        assert_eq!(bundle(1, 257), ("tile/entries/001.p/1".to_owned(), 1));
        assert_eq!(bundle(0, 300), ("tile/entries/000".to_owned(), 256));
        assert_eq!(split_bundle(b"\0\x01a\0\x02bc", 2), Some(vec![&b"a"[..], b"bc"]));
        for (bytes, count) in
            [(&b"\0\x01a"[..], 2), (b"\0\x01ab", 1), (b"\0\0", 1), (b"\0\x02a", 1), (b"\0", 1)]
        {
            assert_eq!(split_bundle(bytes, count), None);
        }
    }
}
