//! The log's tree, tiles and bundles (spec/board.md, RFC 6962 section 2.1).

use sha2::{Digest, Sha256};

/// A log has at most this many entries (spec/encoding.md, limits).
pub(crate) const MOST_ENTRIES: u64 = 1 << 32;

/// No bundle is longer: 256 entries with their two length bytes.
pub(crate) const LONGEST_BUNDLE: usize = 256 * (2 + 65_535);

/// No hash tile is longer.
pub(crate) const LONGEST_TILE: usize = 256 * 32;

/// The leaf hash of an entry.
pub(crate) fn leaf(entry: &[u8]) -> [u8; 32] {
    Sha256::new_with_prefix([0]).chain_update(entry).finalize().into()
}

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    Sha256::new_with_prefix([1]).chain_update(left).chain_update(right).finalize().into()
}

/// A hash tile as this verifier computed it.
pub(crate) struct Tile {
    /// where the record keeps it
    pub path: String,
    /// the hashes, joined
    pub bytes: Vec<u8>,
}

/// The tree, growing entry by entry. Keeps one root per full subtree and the unfinished tiles.
#[derive(Clone, Default)]
pub(crate) struct Tree {
    size: u64,
    /// the root of the full subtree of 2^height leaves at the right edge, where bit `height` of `size` is set
    subtrees: Vec<[u8; 32]>,
    /// the hashes of the unfinished tile of each level
    unfinished: Vec<Vec<u8>>,
}

impl Tree {
    /// The number of leaves.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf and hands every tile it completes to `finished`.
    pub(crate) fn append(&mut self, leaf: [u8; 32], mut finished: impl FnMut(Tile)) {
        let (mut hash, mut height) = (leaf, 0);
        loop {
            if height % 8 == 0 {
                self.extend_tile(height / 8, &hash, &mut finished);
            }
            if height == self.subtrees.len() {
                self.subtrees.push(hash);
                break;
            }
            let subtree = &mut self.subtrees[height];
            if self.size >> height & 1 == 0 {
                *subtree = hash;
                break;
            }
            hash = node(subtree, &hash);
            height += 1;
        }
        self.size += 1;
    }

    fn extend_tile(&mut self, level: usize, hash: &[u8; 32], finished: &mut impl FnMut(Tile)) {
        if level == self.unfinished.len() {
            self.unfinished.push(Vec::new());
        }
        let tile = &mut self.unfinished[level];
        tile.extend_from_slice(hash);
        if tile.len() == LONGEST_TILE {
            let number = self.size >> (8 * (level + 1));
            let bytes = std::mem::take(tile);
            finished(Tile { path: format!("tile/{level}/{}", tile_number(number)), bytes });
        }
    }

    /// The partial tiles at the right edge of a tree of this size.
    pub(crate) fn partial_tiles(&self) -> Vec<Tile> {
        let levels = self.unfinished.iter().enumerate().filter(|(_, bytes)| !bytes.is_empty());
        levels
            .map(|(level, bytes)| {
                let number = tile_number(self.size >> (8 * (level + 1)));
                let width = bytes.len() / 32;
                Tile { path: format!("tile/{level}/{number}.p/{width}"), bytes: bytes.clone() }
            })
            .collect()
    }

    /// The Merkle tree hash of all leaves so far.
    pub(crate) fn root(&self) -> [u8; 32] {
        let edges = self.subtrees.iter().enumerate();
        edges
            .filter(|(height, _)| self.size >> height & 1 == 1)
            .map(|(_, subtree)| *subtree)
            .reduce(|right, left| node(&left, &right))
            .unwrap_or_else(|| Sha256::digest(b"").into())
    }
}

/// The number of a tile as path elements of three digits: 1234067 is `x001/x234/067`.
fn tile_number(number: u64) -> String {
    if number < 1000 {
        return format!("{number:03}");
    }
    let mut leading = Vec::new();
    let mut rest = number / 1000;
    while rest > 0 {
        leading.push(format!("x{:03}/", rest % 1000));
        rest /= 1000;
    }
    leading.reverse();
    format!("{}{:03}", leading.concat(), number % 1000)
}

/// The path of bundle `number` in a log of `size` entries, and how many entries it holds.
pub(crate) fn bundle(number: u64, size: u64) -> (String, usize) {
    let name = tile_number(number);
    match size.saturating_sub(number * 256) {
        width @ 0..256 => (format!("tile/entries/{name}.p/{width}"), width as usize),
        _ => (format!("tile/entries/{name}"), 256),
    }
}

/// Splits a bundle into exactly `count` entries, each after two big-endian length bytes.
pub(crate) fn split_bundle(mut bytes: &[u8], count: usize) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::with_capacity(count);
    for _ in 0..count {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        if entry.is_empty() {
            return None;
        }
        entries.push(entry);
        bytes = rest;
    }
    bytes.is_empty().then_some(entries)
}

/// The root that an inclusion proof leads to (RFC 6962 section 2.1.1), `None` if its length is wrong.
pub(crate) fn root_from_proof(
    leaf: [u8; 32],
    index: u64,
    size: u64,
    proof: &[[u8; 32]],
) -> Option<[u8; 32]> {
    if index >= size {
        return None;
    }
    let (mut hash, mut position, mut last) = (leaf, index, size - 1);
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
    siblings.next().is_none().then_some(hash)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

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
            tree.append(leaf(entry), |_| ());
            assert_eq!(hex(&tree.root()), *root);
        }
    }

    #[test]
    fn trees_tiles_and_proofs_follow_their_definitions() {
        let mut tree = Tree::default();
        let mut finished = vec![];
        let leaves: Vec<[u8; 32]> = (0..600u32).map(|entry| leaf(&entry.to_le_bytes())).collect();
        for (before, leaf) in leaves.iter().enumerate() {
            tree.append(*leaf, |tile| finished.push(tile));
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
            tree.append([0; 32], |tile| paths.push(tile.path));
        }
        assert_eq!(&paths[255..], ["tile/0/255", "tile/1/000"]);
        let partial = tree.partial_tiles();
        assert_eq!(partial.len(), 1);
        assert_eq!(partial[0].path, "tile/2/000.p/1");
        assert_eq!(partial[0].bytes, tree.root());
    }

    #[test]
    fn bundle_paths_and_shapes() {
        assert_eq!(tile_number(1_234_067), "x001/x234/067");
        assert_eq!(tile_number(1_000_000), "x001/x000/000");
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
