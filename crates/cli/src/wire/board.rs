//! A record at an address or in a folder, followed entry by entry.

use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use urne_board::checkpoint::SignedCheckpoint;
use urne_board::record::{CHECKPOINT_PATH, RecordError, kept_checkpoint_path};
use urne_client::replica::{Replica, ReplicaError};
use urne_election::json::base64url;

use super::server::{Sent, Server, WireError};
use crate::files::disk;

/// A bundle of 256 of the largest entries.
pub const LARGEST_FILE: u64 = 256 * 65_537;

/// A board that grows while it is read is read again this many times.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(400);

/// Where a record lies.
pub enum Board {
    /// below an address
    Address(Server),
    /// in a folder
    Folder(PathBuf),
}

/// Why a board cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// The address is none.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Neither an address nor a folder.
    #[error("{0} is neither the address of a board nor a folder")]
    Nowhere(String),
    /// The record does not hold.
    #[error("the board cannot be believed: {0}")]
    Replica(#[from] ReplicaError),
    /// A file of it does not hold.
    #[error("the board cannot be believed: {0}")]
    Record(#[from] RecordError),
}

impl Board {
    /// The board of an election at its server.
    ///
    /// # Errors
    /// [`BoardError::Wire`].
    pub fn of(server: &str, election: &[u8; 32]) -> Result<Board, BoardError> {
        let address = format!(
            "{}/boards/{}",
            server.trim_end_matches('/'),
            base64url(election)
        );
        Ok(Board::Address(Server::at(&address)?))
    }

    /// A board where somebody says it is: an address, or a folder.
    ///
    /// # Errors
    /// [`BoardError`].
    pub fn at(place: &str) -> Result<Board, BoardError> {
        if place.starts_with("http://") || place.starts_with("https://") {
            return Ok(Board::Address(Server::at(place)?));
        }
        let folder = PathBuf::from(place);
        if folder.is_dir() {
            Ok(Board::Folder(folder))
        } else {
            Err(BoardError::Nowhere(place.to_owned()))
        }
    }

    /// A file of the record.
    ///
    /// # Errors
    /// In words.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match self {
            Board::Folder(folder) => {
                disk::read(&folder.join(path), LARGEST_FILE).map_err(|error| error.to_string())
            }
            Board::Address(server) => server
                .send(
                    "GET",
                    &format!("/{path}"),
                    Sent::Nothing,
                    LARGEST_FILE,
                    |_| {},
                )
                .map(|answer| answer.bytes)
                .map_err(|error| error.to_string()),
        }
    }

    /// A file of the record, or nothing where there is none of this name.
    ///
    /// # Errors
    /// In words.
    pub fn read_if_there(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        match self {
            Board::Folder(folder) if !folder.join(path).exists() => Ok(None),
            Board::Folder(_) => self.read(path).map(Some),
            Board::Address(server) => {
                let path = format!("/{path}");
                match server.send("GET", &path, Sent::Nothing, LARGEST_FILE, |_| {}) {
                    Ok(answer) => Ok(Some(answer.bytes)),
                    Err(WireError::NotFound(_)) => Ok(None),
                    Err(WireError::Refused(problem)) if problem.code == "not-found" => Ok(None),
                    Err(error) => Err(error.to_string()),
                }
            }
        }
    }

    /// The latest checkpoint; nothing about it is believed yet.
    ///
    /// # Errors
    /// [`BoardError`].
    pub fn checkpoint(&self) -> Result<SignedCheckpoint, BoardError> {
        self.read_checkpoint(CHECKPOINT_PATH)
    }

    /// The kept checkpoint of this size.
    ///
    /// # Errors
    /// [`BoardError`].
    pub fn kept_checkpoint(&self, size: u64) -> Result<SignedCheckpoint, BoardError> {
        self.read_checkpoint(&kept_checkpoint_path(size))
    }

    fn read_checkpoint(&self, path: &str) -> Result<SignedCheckpoint, BoardError> {
        let bytes = self.read(path).map_err(|cause| RecordError::Unreadable {
            path: path.to_owned(),
            cause,
        })?;
        let parsed = SignedCheckpoint::parse(&bytes);
        Ok(parsed.map_err(|error| RecordError::Checkpoint {
            path: path.to_owned(),
            error,
        })?)
    }

    /// Follows the whole board: every entry is judged on this device. A bar is drawn on standard error where it takes long.
    ///
    /// # Errors
    /// [`BoardError`].
    pub fn follow(&self, election: Option<&[u8; 32]>) -> Result<Replica, BoardError> {
        let mut attempt = 1;
        loop {
            match self.follow_once(election) {
                // What is published between two readings looks like a fault of the record, but only for a moment.
                Err(ReplicaError::Record(_) | ReplicaError::KeptCheckpoint(_))
                    if attempt < ATTEMPTS && matches!(self, Board::Address(_)) =>
                {
                    attempt += 1;
                    sleep(PAUSE);
                }
                outcome => return Ok(outcome?),
            }
        }
    }

    fn follow_once(&self, election: Option<&[u8; 32]>) -> Result<Replica, ReplicaError> {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos} of {len}, {eta} left")
        {
            bar.set_style(style);
        }
        bar.set_message("checking every entry of the board");
        let replica = Replica::from_record_watched(
            |path| self.read(path),
            election,
            |judged, all| {
                // Small boards are done before anybody could read a bar.
                if all >= 200 {
                    bar.set_length(all);
                    bar.set_position(judged);
                }
            },
        );
        bar.finish_and_clear();
        replica
    }

    /// Waits until the published board has at least this many entries, then follows it.
    ///
    /// # Errors
    /// [`BoardError`], also where it does not grow in time.
    pub fn follow_up_to(
        &self,
        size: u64,
        election: Option<&[u8; 32]>,
    ) -> Result<Replica, BoardError> {
        for _ in 0..150 {
            if self.checkpoint()?.checkpoint().size() >= size {
                break;
            }
            sleep(PAUSE);
        }
        self.follow(election)
    }
}
