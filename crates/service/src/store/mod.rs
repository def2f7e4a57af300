//! Where boards outlive the process.
//!
//! # The contract
//! The server answers people on the strength of these promises, so whoever implements [`Store`] makes them:
//!
//! 1. **Done is durable.** When a write returns `Ok`, it survives a power cut in the next instant.
//! 2. **All or nothing.** A write has happened whole or not at all, also when it was interrupted or returned an error.
//! 3. **An error says nothing.** A write that returned an error may have happened all the same. Nothing happens *later*,
//!    though: once the error has been returned, what a read finds is what stays, until the next write.
//! 4. **Compare, then write.** [`Store::append`] changes nothing unless the log stands exactly where the caller thinks.
//!    Two writers cannot both succeed from the same place.
//! 5. **Append only.** Nothing here changes or removes an entry or a checkpoint.
//! 6. **Reads see writes.** A read that starts after a write has returned sees it.
//!
//! What the server does about 3: it reads the log's head again, and finds the old place (the write was lost) or the new one
//! (it was kept). While it cannot read, it appends nothing and says that it does not know.

pub mod sqlite;

use std::future::Future;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;

use urne_board::tree::Hash;

pub(crate) use sqlite::BUSY_TIMEOUT;
pub use sqlite::SqliteStore;

/// A future of the store's.
pub type Promise<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Number of a log within its store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId(pub i64);

/// How far a log has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// entries
    pub size: u64,
    /// root of the tree over them
    pub root: Hash,
}

/// A log, as listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRow {
    /// its number
    pub id: LogId,
    /// the election it belongs to
    pub election: [u8; 32],
    /// the manifest's nonce
    pub nonce: [u8; 32],
    /// how far it has come
    pub head: Head,
}

/// An entry with its leaf hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// SHA-256(0x00 ‖ bytes)
    pub hash: Hash,
    /// the entry
    pub bytes: Vec<u8>,
}

/// A checkpoint that was vouched for, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCheckpoint {
    /// entries it states
    pub size: u64,
    /// the signed note
    pub text: String,
}

/// Why the store did not do it, as far as it knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No room.
    #[error("the disk is full, or the database has reached its limit: make room")]
    Full,
    /// The log stands elsewhere than the writer thought: somebody else has written.
    #[error(
        "the log is not where this server left it: does another server write to this database?"
    )]
    Moved,
    /// A log of this election or nonce exists already.
    #[error("there is a log of this election or nonce already")]
    Exists,
    /// What is asked for is not there, or not as it must be.
    #[error("the database does not hold what it should: {0}")]
    Damaged(String),
    /// Every connection is taken.
    #[error("too many ask the database at once: ask again in a moment")]
    Busy,
    /// Anything else.
    #[error("the database does not answer as it should: {0}")]
    Failed(String),
}

/// The boards of all elections. The contract is the module's documentation.
pub trait Store: Send + Sync + 'static {
    /// The same boards for those who write and publish them: readers, however many, do not keep them waiting.
    fn for_writers(&self) -> &dyn Store;

    /// All logs, in order of their numbers.
    fn logs(&self) -> Promise<'_, Vec<LogRow>>;

    /// Begins a log with its manifest as entry 0.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where the election or the nonce has one.
    fn create(&self, election: [u8; 32], nonce: [u8; 32], manifest: Leaf) -> Promise<'_, LogId>;

    /// Where a log stands.
    fn head(&self, log: LogId) -> Promise<'_, Head>;

    /// Appends leaves if the log stands at `before`; it then stands at `after`.
    ///
    /// # Errors
    /// [`StoreError::Moved`] where it stands elsewhere.
    fn append(&self, log: LogId, before: Head, leaves: Arc<[Leaf]>, after: Head)
    -> Promise<'_, ()>;

    /// The entries with these indices, which must all exist, in order.
    fn entries(&self, log: LogId, range: Range<u64>) -> Promise<'_, Vec<Leaf>>;

    /// Keeps a vouched-for checkpoint; where one of this size is kept already, that one stays.
    fn keep(&self, log: LogId, checkpoint: StoredCheckpoint) -> Promise<'_, ()>;

    /// The smallest kept checkpoint of at least this size.
    fn checkpoint_from(&self, log: LogId, size: u64) -> Promise<'_, Option<StoredCheckpoint>>;

    /// The largest kept checkpoint.
    fn latest_checkpoint(&self, log: LogId) -> Promise<'_, Option<StoredCheckpoint>>;
}
