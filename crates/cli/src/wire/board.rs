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
use crate::files::disk::{self, DiskError};

/// A bundle of 256 of the largest entries.
pub const LARGEST_FILE: u64 = 256 * 65_537;

/// A board that grows while it is read is read again this many times.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(400);
/// A board that should grow is looked at this many times, some 60 seconds.
const LOOKS: u32 = 150;

/// Where a record lies.
pub enum Board {
    /// below an address
    Address(Server),
    /// in a folder
    Folder(PathBuf),
}

/// Why a board cannot be followed: it is not there, nobody answers, or what is shown cannot be believed.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// The address is none, or its server does not answer, or says no.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The copy cannot be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Neither an address nor a folder.
    #[error("{0} is neither the address of a board nor a folder")]
    Nowhere(String),
    /// There is no record.
    #[error(
        "there is no board at {0}: compare the address, and the election id in it, with what you were given"
    )]
    NotFound(String),
    /// A file of it is missing.
    #[error(
        "the board at {place} is not whole: {file} is not there. Try again later, or another copy"
    )]
    Incomplete {
        /// address or folder
        place: String,
        /// which file
        file: String,
    },
    /// A whole board, of something else.
    #[error("{0} shows another election than the one you were invited to: is it the right place?")]
    OtherElection(String),
    /// A signature, a root or an entry does not hold, or the board was written again.
    #[error(
        "the board cannot be believed: {0}. Do not go on with it; keep a copy of what was shown (urne mirror), and tell the others"
    )]
    Unbelievable(#[source] ReplicaError),
}

impl Board {
    /// The board of an election at its server.
    ///
    /// # Errors
    /// [`BoardError::Wire`].
    pub fn of(server: &str, election: &[u8; 32]) -> Result<Board, BoardError> {
        Ok(Board::at_server(&Server::at(server)?, election))
    }

    /// The same, reached through this server's connections.
    pub fn at_server(server: &Server, election: &[u8; 32]) -> Board {
        Board::Address(server.below(&format!("/boards/{}", base64url(election))))
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
    /// [`BoardError`]: [`BoardError::NotFound`] for the latest checkpoint, since then there is no board.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, BoardError> {
        let missing = || match path {
            CHECKPOINT_PATH => BoardError::NotFound(self.place()),
            _ => BoardError::Incomplete {
                place: self.place(),
                file: path.to_owned(),
            },
        };
        self.read_if_there(path)?.ok_or_else(missing)
    }

    /// A file of the record, or nothing where there is none of this name.
    ///
    /// # Errors
    /// [`BoardError`].
    pub fn read_if_there(&self, path: &str) -> Result<Option<Vec<u8>>, BoardError> {
        match self {
            Board::Folder(folder) => Ok(disk::read_if_there(&folder.join(path), LARGEST_FILE)?),
            Board::Address(server) => {
                let path = format!("/{path}");
                match server.send("GET", &path, Sent::Nothing, LARGEST_FILE) {
                    Ok(answer) => Ok(Some(answer.bytes)),
                    Err(WireError::NotFound(_)) => Ok(None),
                    Err(WireError::Refused(problem)) if problem.code == "not-found" => Ok(None),
                    Err(error) => Err(error.into()),
                }
            }
        }
    }

    fn place(&self) -> String {
        match self {
            Board::Folder(folder) => folder.display().to_string(),
            Board::Address(server) => server.address().to_owned(),
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
        let parsed = SignedCheckpoint::parse(&self.read(path)?);
        parsed.map_err(|error| {
            let path = path.to_owned();
            BoardError::Unbelievable(RecordError::Checkpoint { path, error }.into())
        })
    }

    /// Follows the whole board: every entry is judged on this device. A bar is drawn on standard error where it takes long.
    ///
    /// # Errors
    /// [`BoardError`].
    pub fn follow(&self, election: Option<&[u8; 32]>) -> Result<Replica, BoardError> {
        let mut attempt = 1;
        loop {
            match self.follow_once(election) {
                Err(error) if attempt < ATTEMPTS && self.may_have_grown(&error) => {
                    attempt += 1;
                    sleep(PAUSE);
                }
                outcome => return outcome,
            }
        }
    }

    /// What is published between two readings looks like a fault of the record, but only for a moment. A server that does not
    /// answer was asked long enough.
    fn may_have_grown(&self, error: &BoardError) -> bool {
        let momentary = match error {
            BoardError::Incomplete { .. } => true,
            BoardError::Unbelievable(error) => matches!(
                error,
                ReplicaError::Record(_) | ReplicaError::KeptCheckpoint(_)
            ),
            _ => false,
        };
        momentary && matches!(self, Board::Address(_))
    }

    fn follow_once(&self, election: Option<&[u8; 32]>) -> Result<Replica, BoardError> {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos} of {len}, {eta} left")
        {
            bar.set_style(style);
        }
        bar.set_message("checking every entry of the board");
        let mut unread = None;
        let replica = Replica::from_record_watched(
            |path| {
                self.read(path)
                    .map_err(|error| unread.insert(error).to_string())
            },
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
        replica.map_err(|error| self.explained(unread, error))
    }

    /// The record's own error has only the words of why a file could not be read.
    fn explained(&self, unread: Option<BoardError>, error: ReplicaError) -> BoardError {
        match (unread, error) {
            (Some(unread), ReplicaError::Record(RecordError::Unreadable { .. })) => unread,
            (_, ReplicaError::OtherElection) => BoardError::OtherElection(self.place()),
            (_, error) => BoardError::Unbelievable(error),
        }
    }

    /// Follows what was appended since, until this copy has at least this many entries.
    ///
    /// # Errors
    /// [`BoardError`]; a board that does not grow in time is no error.
    pub fn catch_up_to(&self, replica: &mut Replica, size: u64) -> Result<(), BoardError> {
        for _ in 0..LOOKS {
            if replica.tree().size() >= size {
                break;
            }
            match self.catch_up_once(replica) {
                // A copy that followed half of it is not to be relied on: it is made again, and must go on from the old one.
                Err(error) if self.may_have_grown(&error) => {
                    let again = self.follow(Some(replica.election().id()))?;
                    if !again.entries().starts_with(replica.entries()) {
                        return Err(BoardError::Unbelievable(ReplicaError::Rewritten));
                    }
                    *replica = again;
                }
                outcome => outcome?,
            }
            if replica.tree().size() < size {
                sleep(PAUSE);
            }
        }
        Ok(())
    }

    fn catch_up_once(&self, replica: &mut Replica) -> Result<(), BoardError> {
        let mut unread = None;
        let outcome = replica.catch_up(|path| {
            self.read(path)
                .map_err(|error| unread.insert(error).to_string())
        });
        outcome.map_err(|error| self.explained(unread, error))
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
        for _ in 0..LOOKS {
            if self.checkpoint()?.checkpoint().size() >= size {
                break;
            }
            sleep(PAUSE);
        }
        self.follow(election)
    }
}
