//! Copies of a data folder, the rehearsal that proves one good, and putting one back.
//!
//! # What a backup is
//! A folder with the database, the secret (for the owner alone) and what was published of every election at that moment. It is
//! taken beside a running server; the database in it is of one moment, and not older than the published states beside it.
//!
//! # What may be lost, and what may not
//! A backup is older than the folder it was taken from, and a server that goes on from it would sign a second history of
//! boards that people have seen grow. So [`rehearse`] and [`restore`] compare it with what was published since, as far as
//! that is still known: the folder `published` of the lost server, or a copy of it. [`restore`] refuses a backup that is
//! behind, unless told explicitly; then the elections that are behind are *given up*: they stay in the database and their
//! last published state beside it, as evidence, but no server opens them again. Where `published` is lost too, the server
//! cannot know; witnesses do, and halt an election that falls behind what they have seen.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rand::Rng as _;
use urne_board::checkpoint::SignedCheckpoint;
use urne_board::policy::Policy;
use urne_board::tree::Tree;
use urne_client::replica::policy;
use urne_election::json::base64url;

use crate::data_folder::DATABASE_FILE;
use crate::hall::are_keys_of;
use crate::recovery::{RecoveryError, recover};
use crate::secret::{SECRET_FILE, Secret, SecretError};
use crate::store::{LogId, LogRow, SqliteStore, Store, StoreError};
use crate::tripwire::{PUBLISHED_FOLDER, TripwireError, Tripwires};

/// Why a backup was not made, is not good, or was not put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Not readable or writable.
    #[error("{path} cannot be used: {cause}")]
    File {
        /// which file or folder
        path: PathBuf,
        /// what the system said
        cause: io::Error,
    },
    /// Something is there already.
    #[error("{0} exists already: backups and data folders are never overwritten")]
    Exists(PathBuf),
    /// What SQLite kept beside a database that is gone.
    #[error(
        "{0} is left of an earlier database and would be written into the restored one: move it away, together with what else begins with urne.sqlite"
    )]
    LeftOver(PathBuf),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// What was published does not go with the backup.
    #[error(transparent)]
    Published(#[from] TripwireError),
    /// A board in the backup does not hold.
    #[error("election {election} in the backup: {cause}")]
    Board {
        /// election id
        election: String,
        /// why
        cause: RecoveryError,
    },
    /// A checkpoint in the backup is not one the board can be served with.
    #[error("election {election} in the backup: the checkpoint of {size} entries {why}")]
    Checkpoint {
        /// election id
        election: String,
        /// its size
        size: u64,
        /// what is wrong with it
        why: String,
    },
    /// The secret in the backup is not the one an election was founded with.
    #[error("the secret in the backup is not the one election {0} was founded with")]
    OtherSecret(String),
}

/// A board in a backup that was read and judged again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RehearsedBoard {
    /// election id, base64url
    pub election: String,
    /// its entries
    pub size: u64,
    /// entries published when the backup was taken, or since as far as known; nothing where none were
    pub published: Option<u64>,
    /// its operator gave it up: it is not opened
    pub given_up: bool,
}

/// What to do with elections of which more was published than the backup holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    /// refuse to restore
    Refuse,
    /// give these elections up for good
    GiveUp,
}

/// Copies a data folder to a new folder. A server may run on it meanwhile.
///
/// # Errors
/// [`BackupError`]: then the new folder, if it is there, is no backup.
pub async fn backup(data_folder: &Path, to: &Path) -> Result<(), BackupError> {
    must_be_new(to)?;
    let database = data_folder.join(DATABASE_FILE);
    if !database.exists() {
        let missing = StoreError::Failed(format!("there is no {}", database.display()));
        return Err(missing.into());
    }
    let secret = Secret::read(data_folder)?;
    make_folder(to)?;
    // Published states first, the database after: what the copy of the database holds is then never behind them.
    copy_published(
        &data_folder.join(PUBLISHED_FOLDER),
        &to.join(PUBLISHED_FOLDER),
    )?;
    let store = SqliteStore::open_to_copy(&database).await?;
    let copied = store.copy_to(&to.join(DATABASE_FILE)).await;
    store.close().await;
    copied?;
    write_new(&to.join(SECRET_FILE), secret.expose())?;
    flush(&to.join(DATABASE_FILE))?;
    // A crash before this leaves a folder that a rehearsal may refuse; nothing of the server was touched.
    flush(to)
}

/// Proves that a backup can be read: opens a copy of it, judges every entry of every board again, and compares with what was
/// published when it was taken and, where `published` is given, with the published states there. Changes nothing.
///
/// # Errors
/// [`BackupError`]: the backup is not good.
pub async fn rehearse(
    backup: &Path,
    published: Option<&Path>,
) -> Result<Vec<RehearsedBoard>, BackupError> {
    let scratch = Scratch::new()?;
    let secret = Secret::read(backup)?;
    copy_file(&backup.join(DATABASE_FILE), &scratch.0.join(DATABASE_FILE))?;
    let store = SqliteStore::open(&scratch.0.join(DATABASE_FILE)).await?;
    let outcome = match store.check_file().await {
        Ok(()) => rehearse_store(&store, &secret, backup, published).await,
        Err(error) => Err(error.into()),
    };
    store.close().await;
    outcome
}

async fn rehearse_store(
    store: &SqliteStore,
    secret: &Secret,
    backup: &Path,
    published: Option<&Path>,
) -> Result<Vec<RehearsedBoard>, BackupError> {
    let mut tripwires = vec![Tripwires::at(&backup.join(PUBLISHED_FOLDER))];
    tripwires.extend(published.map(Tripwires::at));
    let rows = store.logs().await?;
    let known: Vec<[u8; 32]> = rows.iter().map(|row| row.election).collect();
    for tripwires in &tripwires {
        tripwires.check_all_known(&known)?;
    }
    let mut boards = Vec::new();
    for row in rows {
        boards.push(rehearse_board(store, secret, &tripwires, row).await?);
    }
    Ok(boards)
}

async fn rehearse_board(
    store: &SqliteStore,
    secret: &Secret,
    tripwires: &[Tripwires],
    row: LogRow,
) -> Result<RehearsedBoard, BackupError> {
    let election = base64url(&row.election);
    let (id, nonce, log) = (row.election, row.nonce, row.id);
    let state = recover(Arc::new(store.clone()), row)
        .await
        .map_err(|cause| BackupError::Board {
            election: election.clone(),
            cause,
        })?;
    let manifest = state.election().manifest();
    if !are_keys_of(&secret.keys(&nonce), manifest) {
        return Err(BackupError::OtherSecret(election));
    }
    let policy = policy(manifest);
    check_checkpoints(store, log, state.tree(), &policy)
        .await?
        .map_err(|(size, why)| BackupError::Checkpoint {
            election: election.clone(),
            size,
            why,
        })?;
    let mut published = store
        .latest_checkpoint(log)
        .await?
        .map(|latest| latest.size);
    let given_up = tripwires
        .iter()
        .any(|tripwires| tripwires.is_abandoned(&id));
    for tripwires in tripwires {
        tripwires.check(&id, policy.log(), state.tree(), false)?;
        let signed = tripwires.read(&id)?;
        published = published.max(signed.map(|signed| signed.checkpoint().size()));
    }
    Ok(RehearsedBoard {
        election,
        size: state.tree().size(),
        published,
        given_up,
    })
}

/// Every checkpoint the board would be served with: signed, cosigned where that is required, and of this very board. The first
/// that is not, and why.
async fn check_checkpoints(
    store: &SqliteStore,
    log: LogId,
    tree: &Tree,
    policy: &Policy,
) -> Result<Result<(), (u64, String)>, StoreError> {
    let mut next = 0;
    while let Some(stored) = store.checkpoint_from(log, next).await? {
        let size = stored.size;
        let checked = SignedCheckpoint::parse(stored.text.as_bytes())
            .map_err(|error| format!("cannot be read: {error}"))
            .and_then(|signed| {
                let stated = signed.checkpoint();
                if stated.size() != size || tree.root_at(size).as_ref() != Some(stated.root()) {
                    return Err("is of another board".into());
                }
                let vouched = policy.verify(&signed);
                vouched
                    .map(drop)
                    .map_err(|error| format!("is not vouched for: {error}"))
            });
        if let Err(why) = checked {
            return Ok(Err((size, why)));
        }
        next = size + 1;
    }
    Ok(Ok(()))
}

/// Puts a backup into a data folder that has no database, nor another secret, after rehearsing it. What the folder still has in
/// `published` is compared with the backup, and kept where it is newer. Gives the elections that were given up.
///
/// # Errors
/// [`BackupError`]: then the folder has no database.
pub async fn restore(
    backup: &Path,
    data_folder: &Path,
    behind: Behind,
) -> Result<Vec<String>, BackupError> {
    must_be_new(&data_folder.join(DATABASE_FILE))?;
    for ending in ["-wal", "-shm", "-journal"] {
        let beside = data_folder.join(format!("{DATABASE_FILE}{ending}"));
        if beside.exists() {
            return Err(BackupError::LeftOver(beside));
        }
    }
    let secret = Secret::read(backup)?;
    let secret_is_there = data_folder.join(SECRET_FILE).exists();
    if secret_is_there && Secret::read(data_folder)?.expose() != secret.expose() {
        return Err(BackupError::Exists(data_folder.join(SECRET_FILE)));
    }
    rehearse(backup, None).await?;
    if !data_folder.exists() {
        make_folder(data_folder)?;
    }
    let published = data_folder.join(PUBLISHED_FOLDER);
    if !published.exists() {
        make_folder(&published)?;
    }
    let tripwires = Tripwires::at(&published);
    let given_up = match rehearse(backup, Some(&published)).await {
        Ok(_) => Vec::new(),
        Err(_) if behind == Behind::GiveUp => give_up(backup, &tripwires).await?,
        Err(error) => return Err(error),
    };
    keep_newest(&Tripwires::at(&backup.join(PUBLISHED_FOLDER)), &tripwires)?;
    if !secret_is_there {
        write_new(&data_folder.join(SECRET_FILE), secret.expose())?;
    }
    // A crash here leaves no database: restoring can be repeated.
    let arriving = data_folder.join("urne.sqlite.new");
    // What an interrupted restore has left.
    let _ = fs::remove_file(&arriving);
    copy_file(&backup.join(DATABASE_FILE), &arriving)?;
    let database = data_folder.join(DATABASE_FILE);
    fs::rename(&arriving, &database).map_err(at(&database))?;
    flush(data_folder)?;
    Ok(given_up)
}

/// Gives up every election that the backup is behind with, or whose published state contradicts it.
async fn give_up(backup: &Path, published: &Tripwires) -> Result<Vec<String>, BackupError> {
    let scratch = Scratch::new()?;
    copy_file(&backup.join(DATABASE_FILE), &scratch.0.join(DATABASE_FILE))?;
    let store = SqliteStore::open(&scratch.0.join(DATABASE_FILE)).await?;
    let outcome = give_up_in(&store, published).await;
    store.close().await;
    outcome
}

async fn give_up_in(
    store: &SqliteStore,
    published: &Tripwires,
) -> Result<Vec<String>, BackupError> {
    let rows = store.logs().await?;
    let mut lost: Vec<[u8; 32]> = Vec::new();
    for row in &rows {
        let state = recover(Arc::new(store.clone()), row.clone())
            .await
            .map_err(|cause| BackupError::Board {
                election: base64url(&row.election),
                cause,
            })?;
        let policy = policy(state.election().manifest());
        match published.check(&row.election, policy.log(), state.tree(), false) {
            Ok(()) => {}
            Err(TripwireError::Ahead { .. } | TripwireError::Contradicts { .. }) => {
                lost.push(row.election);
            }
            Err(other) => return Err(other.into()),
        }
    }
    // Founded after the backup was taken: all of it is lost.
    let unknown = published.elections()?.into_iter();
    lost.extend(unknown.filter(|id| rows.iter().all(|row| row.election != *id)));
    for election in &lost {
        published.abandon(election)?;
    }
    Ok(lost.iter().map(|election| base64url(election)).collect())
}

/// Copies what is remembered in a backup to where less or nothing is remembered.
fn keep_newest(from: &Tripwires, to: &Tripwires) -> Result<(), BackupError> {
    for election in from.elections()? {
        if to.is_abandoned(&election) {
            continue;
        }
        let (Some(old), new) = (from.read(&election)?, to.read(&election)?) else {
            continue;
        };
        let size = old.checkpoint().size();
        if new.is_none_or(|new| new.checkpoint().size() < size) {
            to.write(&election, &old)?;
        }
    }
    for election in from.given_up()? {
        if !to.is_abandoned(&election) {
            to.copy_abandoned(from, &election)?;
        }
    }
    Ok(())
}

fn copy_published(from: &Path, to: &Path) -> Result<(), BackupError> {
    make_folder(to)?;
    let (from, to) = (Tripwires::at(from), Tripwires::at(to));
    if from.folder().exists() {
        keep_newest(&from, &to)?;
    }
    Ok(())
}

/// A folder for the rehearsal, removed with all that is in it.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Scratch, BackupError> {
        let name = format!("urne-rehearsal-{:016x}", rand::rng().next_u64());
        let path = std::env::temp_dir().join(name);
        fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(at(&path))?;
        Ok(Scratch(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind on a failure is a copy in the system's temporary folder, for its owner alone.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn must_be_new(path: &Path) -> Result<(), BackupError> {
    if path.exists() {
        return Err(BackupError::Exists(path.to_owned()));
    }
    Ok(())
}

fn make_folder(path: &Path) -> Result<(), BackupError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(at(path))
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    let mut file = create_new(path)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(at(path))
}

fn create_new(path: &Path) -> Result<File, BackupError> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(at(path))
}

fn copy_file(from: &Path, to: &Path) -> Result<(), BackupError> {
    let mut source = File::open(from).map_err(at(from))?;
    let mut target = create_new(to)?;
    io::copy(&mut source, &mut target)
        .and_then(|_| target.sync_all())
        .map_err(at(to))
}

fn flush(path: &Path) -> Result<(), BackupError> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(at(path))
}

fn at(path: &Path) -> impl Fn(io::Error) -> BackupError + '_ {
    |cause| BackupError::File {
        path: path.to_owned(),
        cause,
    }
}
