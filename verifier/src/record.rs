//! Where a record is read from (spec/board.md, The folder of a record).

use crate::checkpoint::{Checkpoint, LONGEST_NOTE};
use crate::ledger::Found;
use crate::tree::{LONGEST_BUNDLE, LONGEST_TILE, Tile, bundle};

/// A file that could not be read, though it may exist.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadError(
    /// what went wrong, for people
    pub String,
);

/// The folder of a record: the caller's files, a web server, memory.
pub trait Source {
    /// The bytes of the file at `path` (relative, elements joined by `/`), `None` if there is none.
    /// A file longer than `limit` bytes must not be read whole: it is an error.
    fn read(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, ReadError>;
}

impl<F: Fn(&str, usize) -> Result<Option<Vec<u8>>, ReadError>> Source for F {
    fn read(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, ReadError> {
        self(path, limit)
    }
}

/// A file that has to be there, or why it cannot be read.
fn file(source: &dyn Source, path: &str, limit: usize) -> Found<Vec<u8>> {
    let bytes = source.read(path, limit).map_err(|ReadError(why)| format!("{path}: {why}"))?;
    bytes.ok_or_else(|| format!("{path} is missing"))
}

/// A checkpoint of the record, not yet verified.
pub(crate) fn checkpoint(source: &dyn Source, path: &str) -> Found<Checkpoint> {
    let note = Checkpoint::read(&file(source, path, LONGEST_NOTE)?);
    note.ok_or_else(|| format!("{path} is not a checkpoint"))
}

/// A record whose checkpoint names this many entries.
pub(crate) struct Record<'s> {
    pub source: &'s dyn Source,
    pub size: u64,
}

impl Record<'_> {
    /// The bytes of a bundle and the number of its entries.
    pub(crate) fn bundle(&self, number: u64) -> Found<(Vec<u8>, usize)> {
        let (path, count) = bundle(number, self.size);
        Ok((file(self.source, &path, LONGEST_BUNDLE)?, count))
    }

    /// V6: a hash tile against its file.
    pub(crate) fn check_tile(&self, tile: &Tile) -> Found {
        let same = file(self.source, &tile.path, LONGEST_TILE)? == tile.bytes;
        if same { Ok(()) } else { Err(format!("{} differs from the entries", tile.path)) }
    }
}
