//! The data folder: who may use it, and what lies in it.
//!
//! ```text
//! urne.sqlite   the boards (and -wal, -shm beside it)
//! secret        32 bytes, for the owner alone
//! published/    the latest signed checkpoint of every election
//! lock          held by the server that runs
//! ```

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::secret::{SECRET_FILE, Secret, SecretError};
use crate::tripwire::{TripwireError, Tripwires};

/// Name of the database.
pub const DATABASE_FILE: &str = "urne.sqlite";

/// Name of the lock.
const LOCK_FILE: &str = "lock";

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Not readable or writable.
    #[error("the data folder's {path} cannot be used: {cause}")]
    File {
        /// which file or folder
        path: PathBuf,
        /// what the system said
        cause: io::Error,
    },
    /// Another server runs on it.
    #[error("another server runs on the data folder {0}: stop it first, or use another folder")]
    Locked(PathBuf),
    /// A database without the secret its elections were founded with.
    #[error(
        "{0} has a database but no secret: put the secret back from a backup. A new one could not sign for the elections there"
    )]
    SecretLost(PathBuf),
    /// The secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The remembered checkpoints.
    #[error(transparent)]
    Tripwire(#[from] TripwireError),
}

/// A data folder, held by this process as long as this value lives.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    secret: Secret,
    tripwires: Tripwires,
    /// of the folder, and of the database itself, which a link may lead to from another folder; the system lets go of both when
    /// the files are closed, also by a crash
    _locks: [File; 2],
}

impl DataFolder {
    /// Takes a folder, and makes what is missing in a new one.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn open(path: &Path) -> Result<DataFolder, FolderError> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(at(path))?;
        let folder_lock = lock(path, LOCK_FILE)?;
        let secret = if path.join(SECRET_FILE).exists() {
            Secret::read(path)?
        } else if path.join(DATABASE_FILE).exists() {
            return Err(FolderError::SecretLost(path.to_owned()));
        } else {
            // A crash after this leaves a secret without a database: a new folder all the same.
            Secret::create(path)?
        };
        Ok(DataFolder {
            path: path.to_owned(),
            secret,
            tripwires: Tripwires::open(path)?,
            // An empty file is a database that has nothing in it yet.
            _locks: [folder_lock, lock(path, DATABASE_FILE)?],
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database in it.
    pub fn database(&self) -> PathBuf {
        self.path.join(DATABASE_FILE)
    }

    /// The server's secret.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The remembered checkpoints.
    pub fn tripwires(&self) -> &Tripwires {
        &self.tripwires
    }
}

fn lock(folder: &Path, name: &str) -> Result<File, FolderError> {
    let path = folder.join(name);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(at(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(FolderError::Locked(folder.to_owned())),
        Err(TryLockError::Error(cause)) => Err(at(&path)(cause)),
    }
}

fn at(path: &Path) -> impl Fn(io::Error) -> FolderError + '_ {
    |cause| FolderError::File {
        path: path.to_owned(),
        cause,
    }
}
