//! One role's folder: a lock against two commands at once, the connection to the server, key files, memories, entries as sent.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::disk::{self, DiskError};

const CONNECTION: &str = "connection.json";
const LARGEST_CONNECTION: u64 = 64 * 1024;
const LARGEST_ENTRY: u64 = 65_535;

/// How a role reaches its server, and which election it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// address of the server
    pub server: String,
    /// secret: what lets this role act at the server before the board exists
    pub token: String,
    /// the draft, for its organizer
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<String>,
    /// number of a trustee or registrar
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// the election id, once this role has been told it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub election: Option<String>,
}

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Reading or writing failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Another command works in it.
    #[error("another urne command is at work in {}: wait until it is done", .0.display())]
    Busy(PathBuf),
    /// Nothing was begun here.
    #[error("{} is not the folder of {role}: begin with `{begin}`, or name another with --folder", path.display())]
    Empty {
        /// the folder
        path: PathBuf,
        /// whose folder it should be
        role: &'static str,
        /// the command that makes it
        begin: &'static str,
    },
    /// The connection file was altered.
    #[error("{CONNECTION} in {} cannot be read: {cause}", path.display())]
    Connection {
        /// the folder
        path: PathBuf,
        /// what is wrong
        cause: String,
    },
}

/// A role's folder, held by one command at a time.
pub struct Folder {
    path: PathBuf,
    /// holds the lock until dropped
    _lock: File,
}

impl Folder {
    /// Opens a folder, which is made if need be, and keeps other commands out of it.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn open(path: &Path) -> Result<Folder, FolderError> {
        disk::make_folder(path)?;
        let lock = path.join(".lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock)
            .map_err(|cause| DiskError::System { path: lock, cause })?;
        file.try_lock()
            .map_err(|_| FolderError::Busy(path.to_owned()))?;
        Ok(Folder {
            path: path.to_owned(),
            _lock: file,
        })
    }

    /// The path of a file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// How this role reaches its server; `role` and `begin` are for the message where nothing was begun.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn connection(
        &self,
        role: &'static str,
        begin: &'static str,
    ) -> Result<Connection, FolderError> {
        let bytes = disk::read_if_there(&self.file(CONNECTION), LARGEST_CONNECTION)?;
        let bytes = bytes.ok_or_else(|| FolderError::Empty {
            path: self.path.clone(),
            role,
            begin,
        })?;
        serde_json::from_slice(&bytes).map_err(|cause| FolderError::Connection {
            path: self.path.clone(),
            cause: cause.to_string(),
        })
    }

    /// Whether a role has begun here.
    pub fn has_connection(&self) -> bool {
        self.file(CONNECTION).exists()
    }

    /// Writes how this role reaches its server.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn keep_connection(&self, connection: &Connection) -> Result<(), FolderError> {
        let mut bytes =
            serde_json::to_vec_pretty(connection).map_err(|cause| FolderError::Connection {
                path: self.path.clone(),
                cause: cause.to_string(),
            })?;
        bytes.push(b'\n');
        Ok(disk::replace(&self.file(CONNECTION), &bytes)?)
    }

    /// An entry as it was, or will be, sent: so that the very same bytes can be sent again after a crash.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn sent(&self, step: &str) -> Result<Option<Vec<u8>>, FolderError> {
        Ok(disk::read_if_there(&self.sent_file(step), LARGEST_ENTRY)?)
    }

    /// Keeps an entry before it is sent.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn keep_sent(&self, step: &str, entry: &[u8]) -> Result<(), FolderError> {
        disk::make_folder(&self.file("sent"))?;
        Ok(disk::replace(&self.sent_file(step), entry)?)
    }

    /// Forgets an entry that needs no sending any more.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn forget_sent(&self, step: &str) -> Result<(), FolderError> {
        Ok(disk::remove(&self.sent_file(step))?)
    }

    fn sent_file(&self, step: &str) -> PathBuf {
        self.file("sent").join(format!("{step}.entry"))
    }
}
