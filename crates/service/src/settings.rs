//! What the operator decides about all boards of a server. Reading it from a file is the configuration's business.

use std::collections::BTreeMap;

/// How boards are kept. [`Settings::new`] gives the defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// host of the public address: the origin of every log begins with it
    pub host: String,
    /// how the server is called in manifests, 1 to 200 bytes
    pub server_name: String,
    /// seconds between publications that manifests promise, 1 to 86,400
    pub interval_s: u32,
    /// how long ballots are gathered before they are written together
    pub batch_ms: u64,
    /// the most ballots written together
    pub largest_batch: usize,
    /// how often ballots are published; never less often than the manifest promises
    pub publication_ms: u64,
    /// ballots of one election whose proof or place is not settled yet; one more is answered "overloaded"
    pub pending_ballots: usize,
    /// the same for all other entries
    pub pending_entries: usize,
    /// how long a request waits to be vouched for before it is answered without that
    pub answer_wait_ms: u64,
    /// how long admission is frozen for the organizer to close
    pub freeze_s: u64,
    /// threads that check proofs
    pub checkers: usize,
    /// address prefix of each witness, by the name manifests give it
    pub witnesses: BTreeMap<String, String>,
    /// how long one witness may take
    pub witness_timeout_ms: u64,
}

impl Settings {
    /// The defaults for a server at this host.
    pub fn new(host: &str) -> Settings {
        Settings {
            host: host.to_owned(),
            server_name: host.to_owned(),
            interval_s: 60,
            batch_ms: 200,
            largest_batch: 512,
            publication_ms: 400,
            pending_ballots: 4096,
            pending_entries: 64,
            answer_wait_ms: 8000,
            freeze_s: 60,
            checkers: std::thread::available_parallelism().map_or(1, usize::from),
            witnesses: BTreeMap::new(),
            witness_timeout_ms: 3000,
        }
    }
}
