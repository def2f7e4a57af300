//! The tripwire: a file per election, outside the database, that holds the latest checkpoint the log has signed.
//!
//! It is on the disk before the signature is shown to anybody, a witness included. A database that was rolled back (an old
//! backup, a snapshot, a lost disk) then no longer goes with it, and the server refuses to run before it signs a second
//! history.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use urne_board::checkpoint::SignedCheckpoint;
use urne_board::note::VerifierKey;
use urne_board::tree::Tree;
use urne_election::json::{base64url, from_base64url};

/// Name of the folder in the data folder.
pub const PUBLISHED_FOLDER: &str = "published";

/// What the file of an election is called once its operator has given it up: its history is lost, and it is not opened again.
const ABANDONED: &str = ".abandoned";

/// Why the tripwire stops the server.
#[derive(Debug, thiserror::Error)]
pub enum TripwireError {
    /// Not readable or writable.
    #[error("{path} cannot be used: {cause}")]
    File {
        /// which file
        path: PathBuf,
        /// what the system said
        cause: io::Error,
    },
    /// Not a checkpoint by this election's log.
    #[error("{path} is not a checkpoint signed by this server: {cause}")]
    Unreadable {
        /// which file
        path: PathBuf,
        /// what is wrong
        cause: String,
    },
    /// More was published than the database holds.
    #[error(
        "{published} entries of election {election} were published, but the database holds {held}: it is older than what people have seen. Put the newest database back; do not go on with this one"
    )]
    Ahead {
        /// election id
        election: String,
        /// entries published
        published: u64,
        /// entries in the database
        held: u64,
    },
    /// Something else was published.
    #[error(
        "the first {size} entries of election {election} in the database are not those that were published: put the right database back"
    )]
    Contradicts {
        /// election id
        election: String,
        /// entries published
        size: u64,
    },
    /// The database vouched for a state and the file is gone.
    #[error(
        "election {0} was published, but the file that remembers how far is missing from `published`: put it back from a backup, or restore"
    )]
    Missing(String),
    /// The file is there and the election is not.
    #[error(
        "an election was published that the database does not know: {0}. Put the newest database back"
    )]
    UnknownElection(PathBuf),
}

/// The folder of tripwires.
#[derive(Clone, Debug)]
pub struct Tripwires {
    folder: PathBuf,
}

impl Tripwires {
    /// Those of a data folder, which is made if needed.
    ///
    /// # Errors
    /// [`TripwireError::File`].
    pub fn open(data_folder: &Path) -> Result<Tripwires, TripwireError> {
        let folder = data_folder.join(PUBLISHED_FOLDER);
        fs::create_dir_all(&folder).map_err(at(&folder))?;
        Ok(Tripwires { folder })
    }

    /// Those that lie in this folder, which may be missing.
    pub fn at(folder: &Path) -> Tripwires {
        Tripwires {
            folder: folder.to_owned(),
        }
    }

    /// Where they lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn path(&self, election: &[u8; 32]) -> PathBuf {
        self.folder.join(base64url(election))
    }

    fn abandoned_path(&self, election: &[u8; 32]) -> PathBuf {
        self.folder.join(base64url(election) + ABANDONED)
    }

    /// Remembers a signed checkpoint. Blocks on the disk.
    ///
    /// # Errors
    /// [`TripwireError::File`]: the one before, or this one, is remembered.
    pub fn write(
        &self,
        election: &[u8; 32],
        checkpoint: &SignedCheckpoint,
    ) -> Result<(), TripwireError> {
        let path = self.path(election);
        let temporary = path.with_extension("new");
        let mut file = File::create(&temporary).map_err(at(&temporary))?;
        // A crash here leaves half a `.new` file, which nobody reads, and the checkpoint before in its place.
        file.write_all(checkpoint.to_string().as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(at(&temporary))?;
        // A crash here leaves the checkpoint before: this one was shown to nobody yet.
        fs::rename(&temporary, &path).map_err(at(&path))?;
        // A crash here leaves either; both go with the database, which was committed earlier.
        flush(&self.folder)
    }

    /// The checkpoint remembered for an election, if any.
    ///
    /// # Errors
    /// [`TripwireError`].
    pub fn read(&self, election: &[u8; 32]) -> Result<Option<SignedCheckpoint>, TripwireError> {
        read_checkpoint(&self.path(election))
    }

    /// Compares a board with what was published of it. `published` says whether the database remembers a publication.
    ///
    /// # Errors
    /// [`TripwireError`].
    pub fn check(
        &self,
        election: &[u8; 32],
        log: &VerifierKey,
        tree: &Tree,
        published: bool,
    ) -> Result<(), TripwireError> {
        let Some(signed) = self.read(election)? else {
            return if published {
                Err(TripwireError::Missing(base64url(election)))
            } else {
                Ok(())
            };
        };
        signed
            .verify(log)
            .map_err(|error| TripwireError::Unreadable {
                path: self.path(election),
                cause: error.to_string(),
            })?;
        let stated = signed.checkpoint();
        match tree.root_at(stated.size()) {
            None => Err(TripwireError::Ahead {
                election: base64url(election),
                published: stated.size(),
                held: tree.size(),
            }),
            Some(root) if root != *stated.root() => Err(TripwireError::Contradicts {
                election: base64url(election),
                size: stated.size(),
            }),
            Some(_) => Ok(()),
        }
    }

    /// The elections for which something is remembered.
    ///
    /// # Errors
    /// [`TripwireError::File`].
    pub fn elections(&self) -> Result<Vec<[u8; 32]>, TripwireError> {
        self.named("")
    }

    /// The elections that were given up.
    ///
    /// # Errors
    /// [`TripwireError::File`].
    pub fn given_up(&self) -> Result<Vec<[u8; 32]>, TripwireError> {
        self.named(ABANDONED)
    }

    /// The elections whose files end like this.
    fn named(&self, suffix: &str) -> Result<Vec<[u8; 32]>, TripwireError> {
        let mut elections = Vec::new();
        for file in fs::read_dir(&self.folder).map_err(at(&self.folder))? {
            let name = file.map_err(at(&self.folder))?.file_name();
            // Other names are leftovers of interrupted writes.
            let id = name.to_str().and_then(|name| name.strip_suffix(suffix));
            elections.extend(id.and_then(from_base64url::<32>));
        }
        Ok(elections)
    }

    /// Remembers as given up what is given up elsewhere.
    ///
    /// # Errors
    /// [`TripwireError::File`].
    pub(crate) fn copy_abandoned(
        &self,
        from: &Tripwires,
        election: &[u8; 32],
    ) -> Result<(), TripwireError> {
        let (path, to) = (from.abandoned_path(election), self.abandoned_path(election));
        fs::copy(&path, &to).map_err(at(&path))?;
        flush(&to)?;
        flush(&self.folder)
    }

    /// Refuses where something is remembered of an election the database does not know.
    ///
    /// # Errors
    /// [`TripwireError::UnknownElection`].
    pub fn check_all_known(&self, known: &[[u8; 32]]) -> Result<(), TripwireError> {
        match self.elections()?.iter().find(|id| !known.contains(id)) {
            Some(unknown) => Err(TripwireError::UnknownElection(self.path(unknown))),
            None => Ok(()),
        }
    }

    /// Whether an election was given up.
    pub fn is_abandoned(&self, election: &[u8; 32]) -> bool {
        self.abandoned_path(election).exists()
    }

    /// Whether this election, or any other whose log's origin ends like this, was given up.
    ///
    /// # Errors
    /// [`TripwireError`]: nobody can say.
    pub(crate) fn is_given_up(
        &self,
        election: &[u8; 32],
        origin_end: &str,
    ) -> Result<bool, TripwireError> {
        for given_up in self.given_up()? {
            if given_up == *election {
                return Ok(true);
            }
            let path = self.abandoned_path(&given_up);
            let signed =
                read_checkpoint(&path)?.ok_or_else(|| at(&path)(io::ErrorKind::NotFound.into()))?;
            if signed.checkpoint().origin().as_str().ends_with(origin_end) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Gives an election up for good: what was published of it stays as evidence, and it is not opened again.
    ///
    /// # Errors
    /// [`TripwireError::File`].
    pub fn abandon(&self, election: &[u8; 32]) -> Result<(), TripwireError> {
        let path = self.path(election);
        // A crash before leaves the election refused at start, after leaves it given up.
        fs::rename(&path, self.abandoned_path(election)).map_err(at(&path))?;
        // Whoever restores goes on only once this cannot be undone by a power cut.
        flush(&self.folder)
    }
}

/// Has a file, or a folder's names, on the disk.
fn flush(path: &Path) -> Result<(), TripwireError> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(at(path))
}

fn read_checkpoint(path: &Path) -> Result<Option<SignedCheckpoint>, TripwireError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(path)(error)),
    };
    SignedCheckpoint::parse(&bytes)
        .map(Some)
        .map_err(|error| TripwireError::Unreadable {
            path: path.to_owned(),
            cause: error.to_string(),
        })
}

fn at(path: &Path) -> impl Fn(io::Error) -> TripwireError + '_ {
    |cause| TripwireError::File {
        path: path.to_owned(),
        cause,
    }
}
