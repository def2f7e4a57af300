//! What goes, and when. At the announced hour, or at an earlier close: the halves. At the close: what says whose line is whose, once
//! the last notices wait to be mailed. After the time for appeals: the list. SQLite overwrites what it deletes (`secure_delete`), and the write-ahead log is emptied after.

use super::{Voters, VotersError};

impl Voters {
    /// Halves and links: of no use once the box is closed.
    pub(crate) async fn erase_halves(&self, draft: i64) -> Result<(), VotersError> {
        if !self.has_halves(draft).await? {
            return Ok(());
        }
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        for statement in [
            "UPDATE voter SET half = NULL WHERE draft = ? AND half IS NOT NULL",
            "DELETE FROM link WHERE voter IN (SELECT id FROM voter WHERE draft = ?)",
            "UPDATE roll_change SET half = NULL WHERE draft = ?",
        ] {
            sqlx::query(statement)
                .bind(draft)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        self.empty_log().await
    }

    /// Whose line is whose.
    pub(crate) async fn erase_lines(&self, draft: i64) -> Result<(), VotersError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        for statement in [
            "UPDATE voter SET line = NULL WHERE draft = ?",
            "DELETE FROM voter_line WHERE draft = ?",
            "UPDATE roll_change SET line = NULL WHERE draft = ?",
            "DELETE FROM outbox WHERE draft = ? AND kind NOT IN ('notice', 'seat')",
            "UPDATE voter_list SET erased = 1 WHERE draft = ?",
        ] {
            sqlx::query(statement)
                .bind(draft)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        self.empty_log().await
    }

    /// The list, with everything that hangs on it.
    pub(crate) async fn delete_list(&self, draft: i64) -> Result<(), VotersError> {
        sqlx::query("DELETE FROM voter_list WHERE draft = ?")
            .bind(draft)
            .execute(&self.pool)
            .await?;
        self.empty_log().await
    }

    /// What was deleted stands in the write-ahead log until it is emptied. Where somebody reads just now, the next time does it.
    async fn empty_log(&self) -> Result<(), VotersError> {
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
