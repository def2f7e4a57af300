//! The log an election stands on, for tests: entries in a list.

use urne_election::phase::Past;

/// The log, with the tree of RFC 6962 computed anew each time.
#[derive(Clone, Default)]
pub(crate) struct Board(pub(crate) Vec<Vec<u8>>);

fn root(leaves: &[[u8; 32]]) -> [u8; 32] {
    let hash = |bytes: &[u8]| urne_crypto::hash::fingerprint(bytes);
    match leaves {
        [] => hash(b""),
        [leaf] => *leaf,
        _ => {
            let half = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(half);
            hash(&[&[1], &root(left)[..], &root(right)].concat())
        }
    }
}

impl Board {
    fn leaves(&self) -> Vec<[u8; 32]> {
        let leaf = |entry: &Vec<u8>| urne_crypto::hash::fingerprint(&[&[0], &entry[..]].concat());
        self.0.iter().map(leaf).collect()
    }
}

impl Past for Board {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn root(&self) -> [u8; 32] {
        root(&self.leaves())
    }

    fn root_after(&self, leaf: &[u8; 32]) -> [u8; 32] {
        root(&[self.leaves(), vec![*leaf]].concat())
    }

    fn entry(&self, index: u64) -> Option<Vec<u8>> {
        self.0.get(index as usize).cloned()
    }
}
