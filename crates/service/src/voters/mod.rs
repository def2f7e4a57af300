//! Voters, where an organizer gives the server their list: the list itself, and the server as an issuer (ADR 0019).
//!
//! - [`list`]: who may vote, as the organizer says
//! - [`halves`]: the server's halves of their credentials, sealed at rest
//! - [`issuing`]: the server's part in the rounds that issuers make together
//! - [`roll`], [`change`]: what is made in them: the roll, and its changes after the opening
//! - [`links`]: how a voter shows who they are: a mailed link, or its code
//! - [`erasing`]: what goes, and when
//!
//! Who has voted is on the board, by keys. That no organizer learns it by names is kept here: no answer tells a voter's line. The
//! exception is a voter whose line the organizer has removed or replaced: the board names the old key (ADR 0019).

pub(crate) mod change;
pub(crate) mod erasing;
pub(crate) mod halves;
pub(crate) mod issuing;
pub(crate) mod links;
pub(crate) mod list;
pub(crate) mod roll;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sqlx::{Sqlite, SqlitePool, Transaction};

use crate::desk::DeskError;
use crate::secret::Secret;

/// The voters' tables, in the server's database, and the secret that what is sealed in them opens with.
pub(crate) struct Voters {
    pub(crate) pool: SqlitePool,
    secret: Secret,
    /// whether the write-ahead log may hold what was erased
    log_is_due: Arc<AtomicBool>,
}

/// Why nothing is done about voters.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VotersError {
    /// A rule is broken; the sentence names row and field.
    #[error("{0}")]
    Unfit(String),
    /// The election is not in a phase for this.
    #[error("{0}")]
    WrongPhase(&'static str),
    /// There is no list, or no such voter in it.
    #[error("{0}")]
    NotFound(&'static str),
    /// The tables.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl From<sqlx::Error> for VotersError {
    fn from(error: sqlx::Error) -> VotersError {
        VotersError::Desk(error.into())
    }
}

impl Voters {
    /// The tables in a database that has been migrated, and the flag that says whether its write-ahead log has to be emptied, which
    /// the outbox shares.
    pub(crate) fn new(pool: SqlitePool, secret: Secret, log_is_due: Arc<AtomicBool>) -> Voters {
        Voters {
            pool,
            secret,
            log_is_due,
        }
    }

    /// A transaction that writes.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, VotersError> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// The id of the mail that has this seed.
    pub(crate) fn message_id(&self, seed: &[u8; 16]) -> String {
        let id = self.secret.derived("urne service message id", &[seed]);
        id.iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// Whether the server has begun to make halves for a list.
    pub(crate) async fn has_halves(&self, draft: i64) -> Result<bool, VotersError> {
        let found = "SELECT EXISTS (SELECT 1 FROM voter WHERE draft = ? AND half IS NOT NULL)";
        let found = sqlx::query_scalar(found).bind(draft);
        Ok(found.fetch_one(&self.pool).await?)
    }
}

/// A column of exactly N bytes.
fn array<const N: usize>(bytes: &[u8], what: &'static str) -> Result<[u8; N], DeskError> {
    bytes.try_into().map_err(|_| DeskError::Damaged(what))
}
