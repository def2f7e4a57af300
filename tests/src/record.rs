//! A record in memory, and what an attacker can do to it.
//!
//! [`Record`] is files by path. [`Forger`] holds the keys of the log and of the witnesses: whatever entries it is given, it
//! makes a record in which tree, tiles, checkpoints and cosignatures are all in order, so that only what no server can sign
//! gives a change away.

use std::collections::BTreeMap;

use urne_board::checkpoint::{Checkpoint, SignedCheckpoint};
use urne_board::cosignature::cosign;
use urne_board::note::KeyName;
use urne_board::record::RecordFiles;
use urne_board::tree::{Tree, leaf_hash};
use urne_cli::rehearsal::{Server, ServerKeys};

/// A record: files by path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// bytes by path
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Record {
    /// The record a server publishes.
    pub fn of(server: &Server) -> Record {
        let mut files = BTreeMap::new();
        server
            .write_record(|path, bytes| {
                files.insert(path.to_owned(), bytes.to_vec());
                Ok::<(), std::convert::Infallible>(())
            })
            .expect("a server's own record can be written");
        Record { files }
    }

    /// The bytes of a file.
    pub fn read(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// Changes a file in place.
    pub fn edit(&mut self, path: &str, edit: impl FnOnce(&mut Vec<u8>)) {
        edit(self.files.get_mut(path).expect("a file of the record"));
    }

    /// The only entry bundle of a small record.
    pub fn bundle_path(&self) -> String {
        let mut paths = self.files.keys().rev();
        let bundle = paths.find(|path| path.starts_with("tile/entries/"));
        bundle.expect("every record has a bundle").clone()
    }
}

/// Somebody who holds the keys of the log and of the witnesses.
pub struct Forger<'a> {
    keys: &'a ServerKeys,
    origin: KeyName,
    clock: u64,
}

impl<'a> Forger<'a> {
    /// With the keys of this server.
    pub fn new(server: &'a Server) -> Forger<'a> {
        let manifest = server.replica().manifest();
        Forger {
            keys: server.keys(),
            origin: KeyName::new(&manifest.log.origin).expect("a checked origin"),
            clock: manifest.opens + 1,
        }
    }

    /// A record of any entries at all; checkpoints are kept around the positions `kept`.
    pub fn record<E: AsRef<[u8]>>(&self, entries: &[E], kept: &[u64]) -> Record {
        let mut tree = Tree::new();
        for entry in entries {
            tree.push(leaf_hash(entry.as_ref()));
        }
        let mut sizes: Vec<u64> = kept.iter().flat_map(|&index| [index, index + 1]).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes.retain(|&size| size <= tree.size());
        let checkpoints = sizes
            .iter()
            .map(|&size| self.checkpoint(&tree, size))
            .collect();
        let files = RecordFiles::new(self.checkpoint(&tree, tree.size()), checkpoints)
            .and_then(|record| record.to_vec(entries))
            .expect("a forged record is in order");
        Record {
            files: files.into_iter().collect(),
        }
    }

    /// The checkpoint of the first `size` entries, signed and cosigned.
    pub fn checkpoint(&self, tree: &Tree, size: u64) -> SignedCheckpoint {
        let root = tree.root_at(size).expect("a size the tree has had");
        self.sign(Checkpoint::new(self.origin.clone(), size, root).expect("a valid checkpoint"))
    }

    /// Signs and cosigns whatever is stated.
    pub fn sign(&self, stated: Checkpoint) -> SignedCheckpoint {
        let mut signed = stated.clone().sign(&self.keys.log).expect("the log signs");
        for witness in &self.keys.witnesses {
            let name = KeyName::new(&witness.name).expect("a checked name");
            let line = cosign(&stated, &name, &witness.key, self.clock).expect("a witness signs");
            signed.add_cosignature(line).expect("one line per witness");
        }
        signed
    }
}
