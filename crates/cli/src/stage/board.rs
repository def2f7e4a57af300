//! The copy of the board that everybody played here looks at. It judges every entry itself and follows the server's files.

use std::thread;
use std::time::{Duration, Instant};

use urne_board::checkpoint::SignedCheckpoint;
use urne_client::replica::Replica;
use urne_election::json::base64url;

use super::company::StageError;
use crate::connection::Connection;

/// A board followed over HTTP.
pub struct Board {
    connection: Connection,
    path: String,
    replica: Replica,
}

/// How long an entry may take from the server's answer to the published files.
const PATIENCE: Duration = Duration::from_secs(30);

impl Board {
    /// Reads the board of this election from its beginning.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn follow(connection: &Connection, election: &[u8; 32]) -> Result<Board, StageError> {
        let path = format!("/boards/{}", base64url(election));
        let read = |file: &str| connection.get(&format!("{path}/{file}"), None);
        let replica = Replica::from_record(read, Some(election))?;
        Ok(Board {
            connection: connection.clone(),
            replica,
            path,
        })
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
        let read = |file: &str| self.connection.get(&format!("{}/{file}", self.path), None);
        Ok(self.replica.catch_up(read)?)
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
                thread::sleep(Duration::from_millis(20));
            }
        }
        Ok(())
    }

    /// A checkpoint the record keeps: of the board just before or after the opening or the closing.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn kept_checkpoint(&self, size: u64) -> Result<SignedCheckpoint, StageError> {
        let path = format!("{}/checkpoints/{size}", self.path);
        let bytes = self.connection.get(&path, None)?;
        SignedCheckpoint::parse(&bytes).map_err(|_| StageError::NotPublished("the checkpoint"))
    }
}
