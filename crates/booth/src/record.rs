//! The files of a board, gathered by a page and then followed: [`Gathered::needs`] says which files are missing, the page
//! fetches them and gives them, and asks again until nothing is missing.
//!
//! Light: the board as it was just after `open`, which is enough to make a ballot. Whole: the board as it is.

use std::collections::BTreeMap;

use urne_board::bundle::decode_bundle;
use urne_board::checkpoint::SignedCheckpoint;
use urne_board::record::{CHECKPOINT_PATH, kept_checkpoint_path};
use urne_board::tile::{bundles_for_growth, entries_path, tiles_for_size};
use urne_client::replica::{Replica, ReplicaError};

use crate::failure::Failure;

/// The largest board a page follows, in entries: beyond, a program does it better.
const MOST_ENTRIES: u64 = 1 << 20;

/// What begins the entries around which checkpoints are kept.
const TURNS: [&[u8]; 2] = [br#"{"kind":"open""#, br#"{"kind":"close""#];

/// Files of a record, by path.
#[derive(Debug, Default)]
pub struct Gathered {
    /// the size to stop at; nothing: as large as the board is
    size: Option<u64>,
    /// nothing where the server has no such file
    files: BTreeMap<String, Option<Vec<u8>>>,
}

impl Gathered {
    /// The board as it is.
    pub fn whole() -> Gathered {
        Gathered::default()
    }

    /// The board as it was just after the entry at this index, around which its checkpoints are kept: `open`.
    pub fn up_to(index: u64) -> Gathered {
        Gathered {
            size: Some(index.saturating_add(1)),
            files: BTreeMap::new(),
        }
    }

    /// The path of the checkpoint everything hangs on.
    fn checkpoint_path(&self) -> String {
        let kept = self.size.map(kept_checkpoint_path);
        kept.unwrap_or_else(|| CHECKPOINT_PATH.to_owned())
    }

    /// The paths of the files that are still missing; none once the board can be followed.
    ///
    /// # Errors
    /// `record`: the checkpoint, or a bundle, is none. `too-large`: more entries than a page follows.
    pub fn needs(&self) -> Result<Vec<String>, Failure> {
        let checkpoint = self.checkpoint_path();
        let Some(given) = self.files.get(&checkpoint) else {
            return Ok(vec![checkpoint]);
        };
        let bytes = given
            .as_ref()
            .ok_or_else(|| Failure::new("record", "there is no checkpoint"))?;
        let signed = SignedCheckpoint::parse(bytes).map_err(Failure::of("record"))?;
        let size = signed.checkpoint().size();
        if size > MOST_ENTRIES {
            return Err(Failure::new("too-large", format!("{size} entries")));
        }
        let bundles = bundles(size)?;
        let tiles = tiles_for_size(size).map(|tile| tile.path());
        let files = bundles.iter().map(|(path, _)| path.clone()).chain(tiles);
        let missing = self.missing(files);
        if !missing.is_empty() {
            return Ok(missing);
        }
        let kept = self.turning_points(&bundles)?.into_iter();
        let kept = kept.filter(|&point| point < size).map(kept_checkpoint_path);
        Ok(self.missing(kept))
    }

    fn missing(&self, paths: impl Iterator<Item = String>) -> Vec<String> {
        paths
            .filter(|path| !self.files.contains_key(path))
            .collect()
    }

    /// Sizes before and after every entry that may have opened or closed the box.
    fn turning_points(&self, bundles: &[(String, u16)]) -> Result<Vec<u64>, Failure> {
        let mut points = Vec::new();
        let mut index = 0;
        for (path, width) in bundles {
            let bytes = self.files.get(path).and_then(Option::as_deref);
            let bytes =
                bytes.ok_or_else(|| Failure::new("record", format!("{path} is missing")))?;
            for entry in decode_bundle(bytes, *width).map_err(Failure::of("record"))? {
                if TURNS.iter().any(|turn| entry.starts_with(turn)) {
                    points.extend([index, index + 1]);
                }
                index += 1;
            }
        }
        Ok(points)
    }

    /// Takes a file the page has fetched; nothing where the server has none of this name.
    pub fn give(&mut self, path: &str, bytes: Option<Vec<u8>>) {
        self.files.insert(path.to_owned(), bytes);
    }

    /// Judges every entry. `election` is the id in the link; `watch` is told how many entries were judged, of how many.
    ///
    /// # Errors
    /// `other-election`; `record`: the files do not hold together, or are not all there; `not-vouched`: the board's state is not
    /// signed as the manifest demands.
    pub fn follow(
        &self,
        election: &[u8; 32],
        watch: impl FnMut(u64, u64),
    ) -> Result<Replica, Failure> {
        let own = self.checkpoint_path();
        let read = |path: &str| {
            let path = if path == CHECKPOINT_PATH { &own } else { path };
            let file = self.files.get(path).and_then(Clone::clone);
            // The state it all ends in is not kept beside the latest checkpoint, and need not be.
            file.or_else(|| self.same_size(path))
                .ok_or("there is no such file")
        };
        Replica::from_record_watched(read, Some(election), watch).map_err(|error| {
            let code = match error {
                ReplicaError::OtherElection => "other-election",
                ReplicaError::Checkpoint(_) | ReplicaError::KeptCheckpoint(_) => "not-vouched",
                _ => "record",
            };
            Failure::new(code, error)
        })
    }

    /// The checkpoint everything hangs on, where it is asked for as the kept one of its size.
    fn same_size(&self, path: &str) -> Option<Vec<u8>> {
        let bytes = self.files.get(&self.checkpoint_path())?.as_ref()?;
        let size = SignedCheckpoint::parse(bytes).ok()?.checkpoint().size();
        (path == kept_checkpoint_path(size)).then(|| bytes.clone())
    }
}

/// The paths and widths of the bundles of a log of this size.
fn bundles(size: u64) -> Result<Vec<(String, u16)>, Failure> {
    let bundles = bundles_for_growth(0, size).map(|(index, width)| {
        let path = entries_path(index, width).map_err(Failure::of("record"))?;
        Ok((path, width))
    });
    bundles.collect()
}
