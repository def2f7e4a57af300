//! The files of a board, gathered by a page and then followed: [`Gathered::needs`] says which files are missing, the page
//! fetches them and gives them, and asks again until nothing is missing.
//!
//! Light: the board as it was just after `open`, which is enough to make a ballot. Whole: the board as it is.

use std::collections::BTreeMap;

use urne_board::bundle::decode_bundle;
use urne_board::checkpoint::SignedCheckpoint;
use urne_board::record::{CHECKPOINT_PATH, kept_checkpoint_path};
use urne_board::tile::{TILE_WIDTH, bundles_for_growth, entries_path, tiles_for_size};
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
    /// entries that are known already, and judged
    known: u64,
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
            ..Gathered::default()
        }
    }

    /// What was appended since the board had this many entries: see [`Gathered::catch_up`].
    pub fn since(known: u64) -> Gathered {
        Gathered {
            known,
            ..Gathered::default()
        }
    }

    /// Whether this goes on from a copy that was followed before.
    pub fn goes_on(&self) -> bool {
        self.known > 0
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
        if size < self.known {
            return Err(Failure::new("record", "the board has become shorter"));
        }
        let bundles = bundles(self.known, size)?;
        // A copy that goes on compares the root, which says it all.
        let tiles = (self.known == 0).then(|| tiles_for_size(size).map(|tile| tile.path()));
        let tiles = tiles.into_iter().flatten();
        let files = bundles
            .iter()
            .map(|bundle| bundle.path.clone())
            .chain(tiles);
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

    /// Sizes before and after every new entry that may have opened or closed the box.
    fn turning_points(&self, bundles: &[Bundle]) -> Result<Vec<u64>, Failure> {
        let mut points = Vec::new();
        for Bundle { path, first, width } in bundles {
            let bytes = self.files.get(path).and_then(Option::as_deref);
            let bytes =
                bytes.ok_or_else(|| Failure::new("record", format!("{path} is missing")))?;
            let entries = decode_bundle(bytes, *width).map_err(Failure::of("record"))?;
            let turns = (*first..).zip(entries).filter(|(index, entry)| {
                *index >= self.known && TURNS.iter().any(|turn| entry.starts_with(turn))
            });
            points.extend(turns.flat_map(|(index, _)| [index, index + 1]));
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
        let read = |path: &str| self.read(path);
        Replica::from_record_watched(read, Some(election), watch).map_err(|error| refused(&error))
    }

    /// Judges what was appended to a board that was followed before; see [`Gathered::since`].
    ///
    /// # Errors
    /// `record`, `not-vouched` as in [`Gathered::follow`]; `rewritten`: the board does not go on from this copy.
    pub fn catch_up(&self, replica: &mut Replica) -> Result<(), Failure> {
        let caught_up = replica.catch_up(|path: &str| self.read(path));
        caught_up.map_err(|error| refused(&error))
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, &'static str> {
        let own = self.checkpoint_path();
        let path = if path == CHECKPOINT_PATH { &own } else { path };
        let file = self.files.get(path).and_then(Clone::clone);
        // The state it all ends in is not kept beside the latest checkpoint, and need not be.
        file.or_else(|| self.same_size(path))
            .ok_or("there is no such file")
    }

    /// The checkpoint everything hangs on, where it is asked for as the kept one of its size.
    fn same_size(&self, path: &str) -> Option<Vec<u8>> {
        let bytes = self.files.get(&self.checkpoint_path())?.as_ref()?;
        let size = SignedCheckpoint::parse(bytes).ok()?.checkpoint().size();
        (path == kept_checkpoint_path(size)).then(|| bytes.clone())
    }
}

fn refused(error: &ReplicaError) -> Failure {
    let code = match error {
        ReplicaError::OtherElection => "other-election",
        ReplicaError::Checkpoint(_) | ReplicaError::KeptCheckpoint(_) => "not-vouched",
        ReplicaError::Rewritten => "rewritten",
        _ => "record",
    };
    Failure::new(code, error)
}

/// A file of entries.
struct Bundle {
    path: String,
    /// index of its first entry
    first: u64,
    /// how many it holds
    width: u16,
}

/// The bundles that hold what a log of `known` entries gained until it had `size`.
fn bundles(known: u64, size: u64) -> Result<Vec<Bundle>, Failure> {
    let bundles = bundles_for_growth(known, size).map(|(index, width)| {
        let path = entries_path(index, width).map_err(Failure::of("record"))?;
        let first = index * u64::from(TILE_WIDTH);
        Ok(Bundle { path, first, width })
    });
    bundles.collect()
}
