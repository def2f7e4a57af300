//! Where a record is read from (spec/board.md, The folder of a record).

use crate::log::{LONGEST_BUNDLE, bundle};

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

/// A record whose checkpoint names this many entries.
pub(crate) struct Record<'s> {
    pub source: &'s dyn Source,
    pub size: u64,
}

impl Record<'_> {
    /// How many bundles the size calls for.
    pub(crate) fn bundles(&self) -> u64 {
        self.size.div_ceil(256)
    }

    /// The bytes of a bundle and the number of its entries, or why it cannot be read.
    pub(crate) fn bundle(&self, number: u64) -> Result<(Vec<u8>, usize), String> {
        let (path, count) = bundle(number, self.size);
        match self.source.read(&path, LONGEST_BUNDLE) {
            Ok(Some(bytes)) => Ok((bytes, count)),
            Ok(None) => Err(format!("{path} is missing")),
            Err(ReadError(why)) => Err(format!("{path}: {why}")),
        }
    }
}

impl<F: Fn(&str, usize) -> Result<Option<Vec<u8>>, ReadError>> Source for F {
    fn read(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, ReadError> {
        self(path, limit)
    }
}
