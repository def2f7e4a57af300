//! The copy of the board that everybody played here looks at. It judges every entry itself and follows the server's files.

use std::thread;
use std::time::{Duration, Instant};

use urne_board::checkpoint::SignedCheckpoint;
use urne_board::record::CHECKPOINT_PATH;
use urne_client::replica::Replica;

use super::company::StageError;
use crate::wire::board::Board as Files;
use crate::wire::server::Server;

/// A board followed over HTTP.
pub struct Board {
    files: Files,
    replica: Replica,
}

/// How long an entry may take from the server's answer to the published files.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);

impl Board {
    /// Reads the board of this election from its beginning.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn follow(server: &Server, election: &[u8; 32]) -> Result<Board, StageError> {
        let files = Files::of(server.address(), election)?;
        wait_for_the_first_checkpoint(&files)?;
        let replica = Replica::from_record(|file| files.read(file), Some(election))?;
        Ok(Board { files, replica })
    }

    /// What this copy knows.
    pub fn replica(&self) -> &Replica {
        &self.replica
    }

    /// Reads what was published since.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn catch_up(&mut self) -> Result<(), StageError> {
        Ok(self.replica.catch_up(|file| self.files.read(file))?)
    }

    /// Reads what was published since, until `enough` of it is there.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn wait_until(
        &mut self,
        what: &'static str,
        enough: impl Fn(&Replica) -> bool,
    ) -> Result<(), StageError> {
        let begun = Instant::now();
        while !enough(&self.replica) {
            if begun.elapsed() > PATIENCE {
                return Err(StageError::NotPublished(what));
            }
            self.catch_up()?;
            if !enough(&self.replica) {
                thread::sleep(PAUSE);
            }
        }
        Ok(())
    }

    /// A checkpoint the record keeps: of the board just before or after the opening or the closing.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn kept_checkpoint(&self, size: u64) -> Result<SignedCheckpoint, StageError> {
        Ok(self.files.kept_checkpoint(size)?)
    }
}

/// A board that was founded a moment ago has its first checkpoint in a moment.
fn wait_for_the_first_checkpoint(files: &Files) -> Result<(), StageError> {
    let begun = Instant::now();
    while files.read_if_there(CHECKPOINT_PATH)?.is_none() {
        if begun.elapsed() > PATIENCE {
            return Err(StageError::NotPublished("the first checkpoint"));
        }
        thread::sleep(PAUSE);
    }
    Ok(())
}
