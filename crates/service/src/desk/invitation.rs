//! Who may create an election: whoever the operator gave an invitation, once.

use super::{Desk, DeskError, TokenHash};

/// Longest note beside an invitation, in characters.
pub const LONGEST_NOTE: usize = 200;

impl Desk {
    /// Keeps a new invitation.
    ///
    /// # Errors
    /// [`DeskError::Database`].
    pub async fn invite(&self, invitation: TokenHash, note: &str) -> Result<(), DeskError> {
        sqlx::query("INSERT INTO invitation (hash, note) VALUES (?, ?)")
            .bind(invitation.bytes())
            .bind(note)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
