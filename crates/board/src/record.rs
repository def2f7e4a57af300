//! A public record: the folder of static files that holds a whole log.
//!
//! ```text
//! checkpoint              the latest signed and cosigned checkpoint
//! checkpoints/SIZE        earlier checkpoints that are kept
//! tile/L/N[.p/W]          hash tiles
//! tile/entries/N[.p/W]    entry bundles
//! ```
//!
//! Writing and reading both go through the entries once, in order, in memory for one bundle and
//! one tile a level. Signatures are not checked here: see [`Policy`](crate::Policy).

use std::collections::BTreeSet;
use std::fmt::Display;

use crate::bundle::{BundleError, check_entry_length, decode_bundle, encode_bundle};
use crate::checkpoint::{CheckpointError, SignedCheckpoint};
use crate::tile::{
    TILE_HEIGHT, TILE_WIDTH, Tile, TileError, bundles_for_growth, encode_tile, entries_path,
    tiles_for_growth,
};
use crate::tile_stack::TileStack;
use crate::tree::{Frontier, Hash, Tree, leaf_hash};

/// The path of the latest checkpoint.
pub const CHECKPOINT_PATH: &str = "checkpoint";

/// Why a record could not be written, or was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// A file that the record must have could not be read.
    #[error("{path} cannot be read: {cause}")]
    Unreadable {
        /// Which file.
        path: String,
        /// What the reader said.
        cause: String,
    },
    /// A file could not be written.
    #[error("{path} cannot be written: {cause}")]
    Unwritable {
        /// Which file.
        path: String,
        /// What the writer said.
        cause: String,
    },
    /// A checkpoint file that is not a checkpoint.
    #[error("{path}: {error}")]
    Checkpoint {
        /// Which file.
        path: String,
        /// What is wrong with it.
        error: CheckpointError,
    },
    /// A kept checkpoint with another origin than the latest, or of a larger size, or not the
    /// size its name says, or two of one size.
    #[error("{path} does not belong beside the latest checkpoint")]
    KeptCheckpoint {
        /// Which file.
        path: String,
    },
    /// A bundle that does not hold its entries.
    #[error("{path}: {error}")]
    Bundle {
        /// Which file.
        path: String,
        /// What is wrong with it.
        error: BundleError,
    },
    /// A hash tile that differs from the one computed from the entries.
    #[error("{path} is not the tile its entries make")]
    Tile {
        /// Which file.
        path: String,
    },
    /// Entry bundles or tiles for which there is no name or not the hashes.
    #[error(transparent)]
    Coordinates(#[from] TileError),
    /// An entry that the board cannot hold.
    #[error("entry {index}: {error}")]
    Entry {
        /// Its place on the board.
        index: u64,
        /// What is wrong with it.
        error: BundleError,
    },
    /// An entry that is needed and was not given.
    #[error("entry {index} is missing")]
    MissingEntry {
        /// Its place on the board.
        index: u64,
    },
    /// More or fewer entries than the checkpoint says.
    #[error("the checkpoint states another number of entries")]
    Size,
    /// The entries make another tree than the checkpoint says.
    #[error("the root at size {size} is not the one {path} states")]
    Root {
        /// Which checkpoint.
        path: String,
        /// Its size.
        size: u64,
    },
}

/// The path of a kept checkpoint.
pub fn kept_checkpoint_path(size: u64) -> String {
    format!("checkpoints/{size}")
}

/// The bundles and hash tiles to write when the log grows from `old` to `new` entries, as
/// (path, bytes), bundles first. Write the new checkpoint after all of them.
///
/// `entry_at` is asked for each entry of every bundle concerned, beginning with the first entry
/// of the bundle in which entry `old` stands.
///
/// # Errors
/// When the tree has not grown to `new`, or an entry is missing or of a length the board cannot
/// hold.
pub fn files_for_growth<B: AsRef<[u8]>>(
    tree: &Tree,
    old: u64,
    new: u64,
    mut entry_at: impl FnMut(u64) -> Option<B>,
) -> Result<Vec<(String, Vec<u8>)>, RecordError> {
    if new > tree.size() {
        return Err(RecordError::Size);
    }
    let mut files = Vec::new();
    for (index, width) in bundles_for_growth(old, new) {
        let first = index * u64::from(TILE_WIDTH);
        let entries = (first..first + u64::from(width))
            .map(|index| entry_at(index).ok_or(RecordError::MissingEntry { index }))
            .collect::<Result<Vec<B>, _>>()?;
        let path = entries_path(index, width)?;
        let bytes = encode_bundle(&entries).map_err(|error| RecordError::Bundle {
            path: path.clone(),
            error,
        })?;
        files.push((path, bytes));
    }
    for tile in tiles_for_growth(old, new) {
        let hashes = tile.hashes(tree).ok_or(RecordError::Size)?;
        files.push((tile.path(), encode_tile(&hashes)?));
    }
    Ok(files)
}

/// Writes a record from a log's entries and checkpoints.
#[derive(Clone, Debug)]
pub struct RecordFiles {
    latest: SignedCheckpoint,
    /// In ascending order of size.
    kept: Vec<SignedCheckpoint>,
}

impl RecordFiles {
    /// A record of the log up to `latest`, keeping these earlier checkpoints.
    ///
    /// # Errors
    /// [`RecordError::KeptCheckpoint`] when one has another origin or a larger size than the
    /// latest, or two have one size.
    pub fn new(
        latest: SignedCheckpoint,
        mut kept: Vec<SignedCheckpoint>,
    ) -> Result<Self, RecordError> {
        kept.sort_by_key(|kept| kept.checkpoint().size());
        let size = |kept: &SignedCheckpoint| kept.checkpoint().size();
        for (position, checkpoint) in kept.iter().enumerate() {
            let repeated = kept[..position]
                .last()
                .is_some_and(|last| size(last) == size(checkpoint));
            if repeated || !belongs(checkpoint, &latest) {
                let path = kept_checkpoint_path(size(checkpoint));
                return Err(RecordError::KeptCheckpoint { path });
            }
        }
        Ok(RecordFiles { latest, kept })
    }

    /// Hands every file to `emit` as (path, bytes), the latest checkpoint last.
    ///
    /// Beside the files the latest checkpoint calls for, these are the partial tiles and bundles
    /// of the kept checkpoints' sizes that have not become full: C2SP tlog-tiles asks for them.
    ///
    /// # Errors
    /// When the entries do not make the trees the checkpoints state, an entry has a length the
    /// board cannot hold, or `emit` fails. Files may have been handed over before that.
    pub fn write<B: AsRef<[u8]>, E: Display>(
        &self,
        entries: impl IntoIterator<Item = B>,
        mut emit: impl FnMut(&str, &[u8]) -> Result<(), E>,
    ) -> Result<(), RecordError> {
        let mut emit = |path: &str, bytes: &[u8]| {
            emit(path, bytes).map_err(|cause| RecordError::Unwritable {
                path: path.to_owned(),
                cause: cause.to_string(),
            })
        };
        let final_size = self.latest.checkpoint().size();
        let mut frontier = Frontier::new();
        let mut tiles = TileStack::default();
        let mut bundle: Vec<B> = Vec::new();
        let mut partial_paths = BTreeSet::new();
        let mut kept = self.kept.iter().peekable();
        let mut entries = entries.into_iter();
        loop {
            while let Some(checkpoint) =
                kept.next_if(|kept| kept.checkpoint().size() == frontier.size())
            {
                let path = kept_checkpoint_path(frontier.size());
                check_root(checkpoint, &frontier, &path)?;
                write_partial(
                    &tiles,
                    &bundle,
                    &frontier,
                    final_size,
                    &mut partial_paths,
                    &mut emit,
                )?;
                emit(&path, checkpoint.to_string().as_bytes())?;
            }
            let Some(entry) = entries.next() else { break };
            if frontier.size() == final_size {
                return Err(RecordError::Size);
            }
            let index = frontier.size();
            check_entry_length(entry.as_ref())
                .map_err(|error| RecordError::Entry { index, error })?;
            let leaf = leaf_hash(entry.as_ref());
            frontier.push(leaf);
            bundle.push(entry);
            if bundle.len() == usize::from(TILE_WIDTH) {
                write_bundle(&bundle, index / u64::from(TILE_WIDTH), &mut emit)?;
                bundle.clear();
            }
            tiles.push(leaf, |tile, hashes| {
                emit(&tile.path(), &encode_tile(hashes)?)
            })?;
        }
        if frontier.size() != final_size {
            return Err(RecordError::Size);
        }
        check_root(&self.latest, &frontier, CHECKPOINT_PATH)?;
        write_partial(
            &tiles,
            &bundle,
            &frontier,
            final_size,
            &mut partial_paths,
            &mut emit,
        )?;
        emit(CHECKPOINT_PATH, self.latest.to_string().as_bytes())
    }

    /// All files of a record small enough for memory, as (path, bytes).
    ///
    /// # Errors
    /// As [`RecordFiles::write`].
    pub fn to_vec<B: AsRef<[u8]>>(
        &self,
        entries: impl IntoIterator<Item = B>,
    ) -> Result<Vec<(String, Vec<u8>)>, RecordError> {
        let mut files = Vec::new();
        self.write(entries, |path, bytes| {
            files.push((path.to_owned(), bytes.to_vec()));
            Ok::<(), std::convert::Infallible>(())
        })?;
        Ok(files)
    }
}

/// Reads a record back, strictly: every bundle and every hash tile the latest checkpoint's size
/// calls for has to be there, and be exactly what the entries make.
#[derive(Debug)]
pub struct RecordReader<R> {
    read: R,
    checkpoint: SignedCheckpoint,
}

impl<R, E> RecordReader<R>
where
    R: FnMut(&str) -> Result<Vec<u8>, E>,
    E: Display,
{
    /// Reads the latest checkpoint. Its signatures are for the caller to verify, before or after
    /// reading the entries.
    ///
    /// # Errors
    /// When the file cannot be read or is not a checkpoint.
    pub fn open(mut read: R) -> Result<Self, RecordError> {
        let checkpoint = read_checkpoint(&mut read, CHECKPOINT_PATH)?;
        Ok(RecordReader { read, checkpoint })
    }

    /// The latest checkpoint.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// A kept checkpoint. Whether its root is the one the entries had at that size is for the
    /// caller to compare, with the frontier of [`RecordReader::visit_entries`].
    ///
    /// # Errors
    /// When the file cannot be read, is not a checkpoint of this log, or states another size.
    pub fn kept_checkpoint(&mut self, size: u64) -> Result<SignedCheckpoint, RecordError> {
        let path = kept_checkpoint_path(size);
        let kept = read_checkpoint(&mut self.read, &path)?;
        if kept.checkpoint().size() != size || !belongs(&kept, &self.checkpoint) {
            return Err(RecordError::KeptCheckpoint { path });
        }
        Ok(kept)
    }

    /// Shows every entry to `visit`, in order, with the tree as it was before the entry (its
    /// size is the entry's index), and returns the whole tree.
    ///
    /// Whether all is as the checkpoint states is known at the end: what `visit` learned counts
    /// only if this returns `Ok`.
    ///
    /// # Errors
    /// When a file cannot be read, a bundle is malformed, a hash tile differs from the entries'
    /// or the root from the checkpoint's.
    pub fn visit_entries(
        &mut self,
        mut visit: impl FnMut(&Frontier, &[u8]),
    ) -> Result<Frontier, RecordError> {
        let mut frontier = Frontier::new();
        let mut tiles = TileStack::default();
        for (index, width) in bundles_for_growth(0, self.checkpoint.checkpoint().size()) {
            let path = entries_path(index, width)?;
            let bytes = read_file(&mut self.read, &path)?;
            let entries = decode_bundle(&bytes, width)
                .map_err(|error| RecordError::Bundle { path, error })?;
            for entry in entries {
                visit(&frontier, entry);
                let leaf = leaf_hash(entry);
                frontier.push(leaf);
                tiles.push(leaf, |tile, hashes| {
                    check_tile(&mut self.read, tile, hashes)
                })?;
            }
        }
        for (tile, hashes) in tiles.partial() {
            check_tile(&mut self.read, tile, hashes)?;
        }
        check_root(&self.checkpoint, &frontier, CHECKPOINT_PATH)?;
        Ok(frontier)
    }

    /// The entries from this index on, for a caller who has those before: only the bundles they stand in are read, and it is
    /// for the caller to compare the root they lead to with the checkpoint's.
    ///
    /// # Errors
    /// When a file cannot be read or a bundle is malformed.
    pub fn entries_from(&mut self, first: u64) -> Result<Vec<Vec<u8>>, RecordError> {
        let mut entries = Vec::new();
        for (index, width) in bundles_for_growth(first, self.checkpoint.checkpoint().size()) {
            let path = entries_path(index, width)?;
            let bytes = read_file(&mut self.read, &path)?;
            let bundle = decode_bundle(&bytes, width)
                .map_err(|error| RecordError::Bundle { path, error })?;
            let known = first.saturating_sub(index * u64::from(TILE_WIDTH));
            let known = usize::try_from(known).unwrap_or(usize::MAX);
            entries.extend(bundle.into_iter().skip(known).map(<[u8]>::to_vec));
        }
        Ok(entries)
    }

    /// All entries of a record small enough for memory.
    ///
    /// # Errors
    /// As [`RecordReader::visit_entries`].
    pub fn entries(&mut self) -> Result<Vec<Vec<u8>>, RecordError> {
        let mut entries = Vec::new();
        self.visit_entries(|_, entry| entries.push(entry.to_vec()))?;
        Ok(entries)
    }
}

/// Whether a kept checkpoint is of the latest one's log, and not ahead of it.
fn belongs(kept: &SignedCheckpoint, latest: &SignedCheckpoint) -> bool {
    let (kept, latest) = (kept.checkpoint(), latest.checkpoint());
    kept.origin() == latest.origin() && kept.size() <= latest.size()
}

fn check_root(
    signed: &SignedCheckpoint,
    frontier: &Frontier,
    path: &str,
) -> Result<(), RecordError> {
    let size = frontier.size();
    if *signed.checkpoint().root() == frontier.root() {
        Ok(())
    } else {
        Err(RecordError::Root {
            path: path.to_owned(),
            size,
        })
    }
}

fn read_file<E: Display>(
    read: &mut impl FnMut(&str) -> Result<Vec<u8>, E>,
    path: &str,
) -> Result<Vec<u8>, RecordError> {
    read(path).map_err(|cause| RecordError::Unreadable {
        path: path.to_owned(),
        cause: cause.to_string(),
    })
}

fn read_checkpoint<E: Display>(
    read: &mut impl FnMut(&str) -> Result<Vec<u8>, E>,
    path: &str,
) -> Result<SignedCheckpoint, RecordError> {
    SignedCheckpoint::parse(&read_file(read, path)?).map_err(|error| RecordError::Checkpoint {
        path: path.to_owned(),
        error,
    })
}

fn check_tile<E: Display>(
    read: &mut impl FnMut(&str) -> Result<Vec<u8>, E>,
    tile: Tile,
    hashes: &[Hash],
) -> Result<(), RecordError> {
    let path = tile.path();
    if read_file(read, &path)? == encode_tile(hashes)? {
        Ok(())
    } else {
        Err(RecordError::Tile { path })
    }
}

fn write_bundle<B: AsRef<[u8]>>(
    bundle: &[B],
    index: u64,
    emit: &mut impl FnMut(&str, &[u8]) -> Result<(), RecordError>,
) -> Result<(), RecordError> {
    let path = entries_path(index, bundle.len() as u16)?;
    let bytes = encode_bundle(bundle).map_err(|error| RecordError::Bundle {
        path: path.clone(),
        error,
    })?;
    emit(&path, &bytes)
}

/// Writes the partial bundle and tiles of the log as it is now, but for those that are full at
/// `final_size` and those written at an earlier size already.
fn write_partial<B: AsRef<[u8]>>(
    tiles: &TileStack,
    bundle: &[B],
    frontier: &Frontier,
    final_size: u64,
    written: &mut BTreeSet<String>,
    emit: &mut impl FnMut(&str, &[u8]) -> Result<(), RecordError>,
) -> Result<(), RecordError> {
    let becomes_full =
        |level: u8, index: u64| (final_size >> (TILE_HEIGHT * (u32::from(level) + 1))) > index;
    if !bundle.is_empty() {
        let index = frontier.size() / u64::from(TILE_WIDTH);
        if !becomes_full(0, index) && written.insert(entries_path(index, bundle.len() as u16)?) {
            write_bundle(bundle, index, emit)?;
        }
    }
    for (tile, hashes) in tiles.partial() {
        if !becomes_full(tile.level(), tile.index()) && written.insert(tile.path()) {
            emit(&tile.path(), &encode_tile(hashes)?)?;
        }
    }
    Ok(())
}
