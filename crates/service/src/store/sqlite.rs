//! Boards in SQLite: one file, written through a write-ahead log that is flushed to the disk at every commit.
//!
//! The settings the contract hangs on (`journal_mode=WAL`, `synchronous=FULL`, `foreign_keys=ON`) are set on every connection
//! and read back, because SQLite ignores what it does not know.

use std::fs::{self, OpenOptions, Permissions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteRow, SqliteSynchronous,
};
use sqlx::{Connection as _, QueryBuilder, Row as _, Sqlite};
use tokio::sync::Mutex;

use super::{Head, Leaf, LogId, LogRow, Promise, Store, StoreError, StoredCheckpoint};

/// Readers beside the writer.
const CONNECTIONS: u32 = 6;
/// Readers on behalf of the writer and of publication, whom no other reader may keep waiting.
const WRITERS_CONNECTIONS: u32 = 2;
/// How long a reader waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long another process's transaction (a backup that starts) is waited for.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// SQLite allows 32,766 parameters a statement; a leaf takes four.
const LEAVES_A_STATEMENT: usize = 1000;

/// The schema, step by step. All parts of the server share one database.
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/sqlite");

/// The store of a server with one data folder.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    pool: SqlitePool,
    options: SqliteConnectOptions,
    /// SQLite has one writer at a time: better to wait in order than to try again and again. The connection is taken out while
    /// a transaction is under way and put back only when that ended cleanly; a new one takes the place of one in doubt.
    writer: Arc<Mutex<Option<SqliteConnection>>>,
    /// the same with the connections kept for writers; nothing in itself
    for_writers: Option<Arc<SqliteStore>>,
}

type Answer<T> = Result<T, StoreError>;

impl SqliteStore {
    /// Opens a database, makes it if there is none, and brings its schema up to date.
    ///
    /// # Errors
    /// [`StoreError`], also where SQLite does not keep to the settings that durability hangs on.
    pub async fn open(file: &Path) -> Answer<SqliteStore> {
        SqliteStore::open_limited(file, None).await
    }

    /// As [`SqliteStore::open`], for a database that may have at most so many pages of 4,096 bytes.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub async fn open_limited(file: &Path, largest_pages: Option<u32>) -> Answer<SqliteStore> {
        let mut options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // What is deleted of voters is overwritten, not only unlinked.
            .pragma("secure_delete", "ON")
            .busy_timeout(BUSY_TIMEOUT);
        if let Some(pages) = largest_pages {
            options = options.pragma("max_page_count", pages.to_string());
        }
        for_owner_alone(file)
            .map_err(|error| StoreError::Failed(format!("{}: {error}", file.display())))?;
        let pool = readers(CONNECTIONS, &options).await?;
        MIGRATIONS
            .run(&pool)
            .await
            .map_err(|error| StoreError::Failed(error.to_string()))?;
        let writer = Arc::default();
        let for_writers = SqliteStore {
            pool: readers(WRITERS_CONNECTIONS, &options).await?,
            options: options.clone(),
            writer: Arc::clone(&writer),
            for_writers: None,
        };
        Ok(SqliteStore {
            pool,
            options,
            writer,
            for_writers: Some(Arc::new(for_writers)),
        })
    }

    /// Opens a database that somebody else may be writing, to copy it. Changes nothing.
    ///
    /// # Errors
    /// [`StoreError`], also where there is no database.
    pub(crate) async fn open_to_copy(file: &Path) -> Answer<SqliteStore> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(false)
            .busy_timeout(BUSY_TIMEOUT);
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .map_err(fault)?;
        Ok(SqliteStore {
            pool,
            options,
            writer: Arc::default(),
            for_writers: None,
        })
    }

    /// The connections, for the other tables of the database.
    pub fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// Writes a whole copy of the database, as of one moment, to a file that must not exist.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn copy_to(&self, file: &Path) -> Answer<()> {
        let file = file
            .to_str()
            .ok_or_else(|| StoreError::Failed("the copy's path is not UTF-8".into()))?;
        // A crash here leaves a file that cannot be opened or is short: a backup counts only once it was rehearsed.
        sqlx::query("VACUUM INTO ?1")
            .bind(file)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(fault)
    }

    /// Has SQLite look through the whole file, indices too: for copies, since it takes its time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn check_file(&self) -> Answer<()> {
        let verdict: String = sqlx::query_scalar("PRAGMA integrity_check(1)")
            .fetch_one(&self.pool)
            .await
            .map_err(fault)?;
        if verdict == "ok" {
            return Ok(());
        }
        Err(StoreError::Failed(format!(
            "the database file is damaged: {verdict}"
        )))
    }

    /// Lets go of the file.
    pub async fn close(&self) {
        drop(self.writer.lock().await.take());
        if let Some(for_writers) = &self.for_writers {
            for_writers.pool.close().await;
        }
        self.pool.close().await;
    }

    /// Runs one transaction: everything that is written to boards is written here.
    async fn transaction<T: Send>(
        &self,
        write: impl AsyncFnOnce(&mut SqliteConnection) -> Answer<T>,
    ) -> Answer<T> {
        let mut writer = self.writer.lock().await;
        let mut connection = match writer.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        execute(&mut connection, "BEGIN IMMEDIATE").await?;
        // A crash anywhere before the commit leaves the database as it was.
        let outcome = match write(&mut connection).await {
            Ok(done) => execute(&mut connection, "COMMIT").await.map(|()| done),
            Err(error) => Err(error),
        };
        // A crash after the commit leaves all of it, and nobody told: who sent it asks again.
        match outcome {
            Ok(done) => {
                *writer = Some(connection);
                Ok(done)
            }
            Err(error) => {
                // On some errors SQLite has rolled back by itself. Whatever is in doubt ends with the connection.
                let _ = execute(&mut connection, "ROLLBACK").await;
                let _ = connection.close().await;
                Err(error)
            }
        }
    }

    async fn connect(&self) -> Answer<SqliteConnection> {
        let mut connection = SqliteConnection::connect_with(&self.options)
            .await
            .map_err(fault)?;
        check_settings(&mut connection).await.map_err(fault)?;
        Ok(connection)
    }

    async fn checkpoint(
        &self,
        log: LogId,
        order: &'static str,
        size: u64,
    ) -> Answer<Option<StoredCheckpoint>> {
        sqlx::query(order)
            .bind(log.0)
            .bind(to_integer(size)?)
            .fetch_optional(&self.pool)
            .await
            .map_err(fault)?
            .map(|row| {
                Ok(StoredCheckpoint {
                    size: from_integer(row.get(0))?,
                    text: row.get(1),
                })
            })
            .transpose()
    }
}

impl Store for SqliteStore {
    fn for_writers(&self) -> &dyn Store {
        self.for_writers.as_deref().unwrap_or(self)
    }

    fn logs(&self) -> Promise<'_, Vec<LogRow>> {
        Box::pin(async {
            let rows = sqlx::query("SELECT id, election, nonce, size, root FROM log ORDER BY id")
                .fetch_all(&self.pool)
                .await
                .map_err(fault)?;
            rows.iter().map(log_row).collect()
        })
    }

    fn create(&self, election: [u8; 32], nonce: [u8; 32], manifest: Leaf) -> Promise<'_, LogId> {
        Box::pin(self.transaction(async move |connection| {
            insert_log(connection, election, nonce, &manifest).await
        }))
    }

    fn head(&self, log: LogId) -> Promise<'_, Head> {
        Box::pin(async move {
            let mut connection = self.pool.acquire().await.map_err(fault)?;
            head_of(&mut connection, log).await
        })
    }

    fn append(
        &self,
        log: LogId,
        before: Head,
        leaves: Arc<[Leaf]>,
        after: Head,
    ) -> Promise<'_, ()> {
        Box::pin(self.transaction(async move |connection| {
            move_log(connection, log, before, &leaves, after).await
        }))
    }

    fn entries(&self, log: LogId, range: Range<u64>) -> Promise<'_, Vec<Leaf>> {
        Box::pin(async move {
            let rows = sqlx::query(
                "SELECT hash, bytes FROM leaf WHERE log = ?1 AND idx >= ?2 AND idx < ?3 ORDER BY idx",
            )
            .bind(log.0)
            .bind(to_integer(range.start)?)
            .bind(to_integer(range.end)?)
            .fetch_all(&self.pool)
            .await
            .map_err(fault)?;
            if rows.len() as u64 != range.end.saturating_sub(range.start) {
                return Err(StoreError::Damaged("entries are missing".into()));
            }
            rows.iter()
                .map(|row| {
                    Ok(Leaf {
                        hash: hash_of(row, 0)?,
                        bytes: row.get(1),
                    })
                })
                .collect()
        })
    }

    fn keep(&self, log: LogId, checkpoint: StoredCheckpoint) -> Promise<'_, ()> {
        Box::pin(self.transaction(async move |connection| {
            sqlx::query("INSERT INTO checkpoint (log, size, text) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")
                .bind(log.0)
                .bind(to_integer(checkpoint.size)?)
                .bind(checkpoint.text)
                .execute(connection)
                .await
                .map(drop)
                .map_err(fault)
        }))
    }

    fn checkpoint_from(&self, log: LogId, size: u64) -> Promise<'_, Option<StoredCheckpoint>> {
        const FROM: &str =
            "SELECT size, text FROM checkpoint WHERE log = ?1 AND size >= ?2 ORDER BY size LIMIT 1";
        Box::pin(self.checkpoint(log, FROM, size))
    }

    fn latest_checkpoint(&self, log: LogId) -> Promise<'_, Option<StoredCheckpoint>> {
        const LATEST: &str = "SELECT size, text FROM checkpoint WHERE log = ?1 AND size >= ?2 ORDER BY size DESC LIMIT 1";
        Box::pin(self.checkpoint(log, LATEST, 0))
    }
}

async fn readers(most: u32, options: &SqliteConnectOptions) -> Answer<SqlitePool> {
    SqlitePoolOptions::new()
        .max_connections(most)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(|connection, _| Box::pin(check_settings(connection)))
        .connect_with(options.clone())
        .await
        .map_err(fault)
}

/// Parcels and tokens' hashes are nobody else's to read, whoever may enter the folder. What SQLite makes beside the database
/// gets the database's mode.
fn for_owner_alone(file: &Path) -> io::Result<()> {
    const MODE: u32 = 0o600;
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(MODE)
        .open(file)?;
    for ending in ["", "-wal", "-shm"] {
        let mut path = file.as_os_str().to_owned();
        path.push(ending);
        match fs::metadata(&path) {
            Ok(there) if there.permissions().mode() & 0o077 != 0 => {
                fs::set_permissions(&path, Permissions::from_mode(MODE))?;
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Reads back what was set: SQLite silently ignores a setting it cannot keep to.
async fn check_settings(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    let unkept = |what: &str| {
        let why =
            format!("SQLite does not keep to {what}: this file system cannot hold the boards");
        sqlx::Error::Configuration(why.into())
    };
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *connection)
        .await?;
    if journal != "wal" {
        return Err(unkept("journal_mode=WAL"));
    }
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *connection)
        .await?;
    if synchronous != 2 {
        return Err(unkept("synchronous=FULL"));
    }
    let foreign_keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys")
        .fetch_one(&mut *connection)
        .await?;
    if foreign_keys != 1 {
        return Err(unkept("foreign_keys=ON"));
    }
    Ok(())
}

async fn execute(connection: &mut SqliteConnection, statement: &'static str) -> Answer<()> {
    sqlx::query(statement)
        .execute(connection)
        .await
        .map(drop)
        .map_err(fault)
}

async fn insert_log(
    connection: &mut SqliteConnection,
    election: [u8; 32],
    nonce: [u8; 32],
    manifest: &Leaf,
) -> Answer<LogId> {
    let log: i64 = sqlx::query_scalar(
        "INSERT INTO log (election, nonce, size, root) VALUES (?1, ?2, 1, ?3) RETURNING id",
    )
    .bind(&election[..])
    .bind(&nonce[..])
    // The root of a tree with one leaf is the leaf's hash.
    .bind(&manifest.hash[..])
    .fetch_one(&mut *connection)
    .await
    .map_err(fault)?;
    insert_leaves(connection, LogId(log), 0, core::slice::from_ref(manifest)).await?;
    Ok(LogId(log))
}

async fn move_log(
    connection: &mut SqliteConnection,
    log: LogId,
    before: Head,
    leaves: &[Leaf],
    after: Head,
) -> Answer<()> {
    if head_of(connection, log).await? != before {
        return Err(StoreError::Moved);
    }
    insert_leaves(connection, log, before.size, leaves).await?;
    sqlx::query("UPDATE log SET size = ?2, root = ?3 WHERE id = ?1")
        .bind(log.0)
        .bind(to_integer(after.size)?)
        .bind(&after.root[..])
        .execute(connection)
        .await
        .map(drop)
        .map_err(fault)
}

async fn insert_leaves(
    connection: &mut SqliteConnection,
    log: LogId,
    first: u64,
    leaves: &[Leaf],
) -> Answer<()> {
    let mut index = to_integer(first)?;
    for leaves in leaves.chunks(LEAVES_A_STATEMENT) {
        let mut statement =
            QueryBuilder::<Sqlite>::new("INSERT INTO leaf (log, idx, hash, bytes) ");
        statement.push_values(leaves, |mut row, leaf| {
            row.push_bind(log.0)
                .push_bind(index)
                .push_bind(&leaf.hash[..])
                .push_bind(&leaf.bytes[..]);
            index += 1;
        });
        statement
            .build()
            .persistent(false)
            .execute(&mut *connection)
            .await
            .map_err(fault)?;
    }
    Ok(())
}

async fn head_of(connection: &mut SqliteConnection, log: LogId) -> Answer<Head> {
    let row = sqlx::query("SELECT size, root FROM log WHERE id = ?1")
        .bind(log.0)
        .fetch_one(connection)
        .await
        .map_err(fault)?;
    Ok(Head {
        size: from_integer(row.get(0))?,
        root: hash_of(&row, 1)?,
    })
}

fn log_row(row: &SqliteRow) -> Answer<LogRow> {
    Ok(LogRow {
        id: LogId(row.get(0)),
        election: hash_of(row, 1)?,
        nonce: hash_of(row, 2)?,
        head: Head {
            size: from_integer(row.get(3))?,
            root: hash_of(row, 4)?,
        },
    })
}

fn hash_of(row: &SqliteRow, column: usize) -> Answer<[u8; 32]> {
    row.get::<&[u8], _>(column)
        .try_into()
        .map_err(|_| StoreError::Damaged("a hash does not have 32 bytes".into()))
}

fn to_integer(number: u64) -> Answer<i64> {
    i64::try_from(number).map_err(|_| StoreError::Damaged("a size beyond 2^63".into()))
}

fn from_integer(number: i64) -> Answer<u64> {
    u64::try_from(number).map_err(|_| StoreError::Damaged("a negative size".into()))
}

/// What SQLite's error means to us. The primary code is the low byte of the extended one.
fn fault(error: sqlx::Error) -> StoreError {
    const FULL: i64 = 13;
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return StoreError::Busy;
    }
    let database = error.as_database_error();
    let code = database
        .and_then(|error| error.code())
        .and_then(|code| code.parse::<i64>().ok());
    match code.map(|code| code & 0xff) {
        Some(FULL) => StoreError::Full,
        _ if database.is_some_and(|error| error.is_unique_violation()) => StoreError::Exists,
        _ => StoreError::Failed(error.to_string()),
    }
}
