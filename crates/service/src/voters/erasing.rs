//! What goes, and when. At the announced hour, or at an earlier close: the halves. At the close: what says whose line is whose, once
//! the last notices wait to be mailed. After the time for appeals: the list. SQLite overwrites what it deletes (`secure_delete`), and
//! the write-ahead log is emptied after: until that has succeeded it is tried again.

use std::sync::atomic::Ordering;

use sqlx::{AssertSqlSafe, SqliteConnection};

use super::{Voters, VotersError};
use crate::store::BUSY_TIMEOUT;

/// What lets somebody vote, or will: halves, links, and the halves of changes that were named.
const SECRETS: [&str; 3] = [
    "UPDATE voter SET half = NULL WHERE draft = ? AND half IS NOT NULL",
    "DELETE FROM link WHERE voter IN (SELECT id FROM voter WHERE draft = ?)",
    "UPDATE roll_change SET half = NULL WHERE draft = ? AND half IS NOT NULL",
];
/// What says whose line is whose. Even a change without its line does: the board names the old key of every one.
const LINES: [&str; 5] = [
    "UPDATE voter SET line = NULL WHERE draft = ?",
    "DELETE FROM voter_line WHERE draft = ?",
    "DELETE FROM roll_change WHERE draft = ?",
    "DELETE FROM outbox WHERE draft = ? AND kind NOT IN ('notice', 'seat')",
    "UPDATE voter_list SET erased = 1 WHERE draft = ?",
];

impl Voters {
    /// Halves and links: of no use once the box is closed.
    pub(crate) async fn erase_halves(&self, draft: i64) -> Result<(), VotersError> {
        if !self.has_secrets(draft).await? {
            return Ok(());
        }
        self.log_holds_more();
        let mut transaction = self.begin().await?;
        run_all(&mut transaction, &SECRETS, draft).await?;
        transaction.commit().await?;
        self.empty_log().await
    }

    /// Whose line is whose, with whatever secret is left. Notices that wait still name voters and ballots: [`Self::empty_log`] is due
    /// once more when the last of them has left.
    pub(crate) async fn erase_lines(&self, draft: i64) -> Result<(), VotersError> {
        self.log_holds_more();
        let mut transaction = self.begin().await?;
        run_all(&mut transaction, &SECRETS, draft).await?;
        run_all(&mut transaction, &LINES, draft).await?;
        transaction.commit().await?;
        self.empty_log().await
    }

    /// The list, with everything that hangs on it.
    pub(crate) async fn delete_list(&self, draft: i64) -> Result<(), VotersError> {
        self.log_holds_more();
        sqlx::query("DELETE FROM voter_list WHERE draft = ?")
            .bind(draft)
            .execute(&self.pool)
            .await?;
        self.empty_log().await
    }

    /// Whether there is anything for [`Self::erase_halves`] to erase.
    async fn has_secrets(&self, draft: i64) -> Result<bool, VotersError> {
        let found = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM voter WHERE draft = ?1 AND half IS NOT NULL) \
             OR EXISTS (SELECT 1 FROM roll_change WHERE draft = ?1 AND half IS NOT NULL) \
             OR EXISTS (SELECT 1 FROM link JOIN voter ON voter.id = link.voter WHERE voter.draft = ?1)",
        );
        Ok(found.bind(draft).fetch_one(&self.pool).await?)
    }

    /// Something is about to be erased that the write-ahead log holds. Said before, so that a crash of the task loses nothing.
    fn log_holds_more(&self) {
        self.log_is_due.store(true, Ordering::Release);
    }

    /// Empties the write-ahead log, in which what was deleted still stands, if anything was deleted since. Where somebody reads or
    /// writes just now it stays due, and the next round of the follower tries again. At a start it is due: what went on before is not
    /// known.
    pub(crate) async fn empty_log(&self) -> Result<(), VotersError> {
        // Taken first, so that what is deleted meanwhile makes it due again.
        if !self.log_is_due.swap(false, Ordering::AcqRel) {
            return Ok(());
        }
        let is_empty = self.checkpoint().await;
        if !matches!(is_empty, Ok(true)) {
            self.log_holds_more();
        }
        is_empty.map(|_| ())
    }

    /// Whether the write-ahead log could be emptied. Writers wait meanwhile, so readers are not waited for.
    async fn checkpoint(&self) -> Result<bool, VotersError> {
        let mut connection = self.pool.acquire().await?;
        sqlx::query("PRAGMA busy_timeout = 100")
            .execute(&mut *connection)
            .await?;
        let emptied = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)");
        let emptied: Result<(i64, i64, i64), _> = emptied.fetch_one(&mut *connection).await;
        let usual = BUSY_TIMEOUT.as_millis();
        sqlx::query(AssertSqlSafe(format!("PRAGMA busy_timeout = {usual}")))
            .execute(&mut *connection)
            .await?;
        let (busy, ..) = emptied?;
        Ok(busy == 0)
    }
}

async fn run_all(
    connection: &mut SqliteConnection,
    statements: &[&'static str],
    draft: i64,
) -> Result<(), VotersError> {
    for statement in statements {
        sqlx::query(*statement)
            .bind(draft)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
