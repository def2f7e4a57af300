//! Drafts: opened by an invitation, written by their organizer, and no longer changed once founded.

use sqlx::{FromRow, Row as _, SqlitePool, sqlite::SqliteRow};
use urne_client::draft::DraftContent;
use urne_client::http::{Role, Seat};

use super::seat::{SeatRow, read_seat};
use super::{Desk, DeskError, TokenHash};

/// A draft's row, and what it was opened with.
#[derive(Clone, Debug)]
pub struct DraftRow {
    /// the row's number
    pub id: i64,
    /// in paths
    pub name: [u8; 16],
    /// the manifest's nonce
    pub nonce: [u8; 32],
    content: Option<String>,
}

/// What a new draft starts with.
#[derive(Clone, Debug)]
pub struct Opening {
    /// in paths
    pub name: [u8; 16],
    /// the manifest's nonce
    pub nonce: [u8; 32],
    /// hash of the organizer's token
    pub token: TokenHash,
}

impl FromRow<'_, SqliteRow> for DraftRow {
    fn from_row(row: &SqliteRow) -> Result<DraftRow, sqlx::Error> {
        Ok(DraftRow {
            id: row.try_get("id")?,
            name: array(row, "name")?,
            nonce: array(row, "nonce")?,
            content: row.try_get("content")?,
        })
    }
}

impl DraftRow {
    /// What the organizer saved.
    ///
    /// # Errors
    /// [`DeskError::Damaged`].
    pub fn content(&self) -> Result<Option<DraftContent>, DeskError> {
        let read = |text: &String| serde_json::from_str(text);
        let content = self.content.as_ref().map(read).transpose();
        content.map_err(|_| DeskError::Damaged("a draft's content"))
    }
}

impl Desk {
    /// Opens a draft and spends the invitation, both or neither.
    ///
    /// # Errors
    /// [`DeskError::UnknownInvitation`], [`DeskError::SpentInvitation`].
    pub async fn open(&self, invitation: TokenHash, opening: &Opening) -> Result<(), DeskError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let spent: Option<bool> = sqlx::query_scalar("SELECT spent FROM invitation WHERE hash = ?")
            .bind(invitation.bytes())
            .fetch_optional(&mut *transaction)
            .await?;
        match spent {
            None => return Err(DeskError::UnknownInvitation),
            Some(true) => return Err(DeskError::SpentInvitation),
            Some(false) => {}
        }
        sqlx::query("UPDATE invitation SET spent = 1 WHERE hash = ?")
            .bind(invitation.bytes())
            .execute(&mut *transaction)
            .await?;
        sqlx::query("INSERT INTO draft (name, nonce, token) VALUES (?, ?, ?)")
            .bind(&opening.name[..])
            .bind(&opening.nonce[..])
            .bind(opening.token.bytes())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The draft whose organizer holds this token.
    ///
    /// # Errors
    /// [`DeskError::Database`].
    pub async fn draft_of(&self, token: TokenHash) -> Result<Option<DraftRow>, DeskError> {
        let row = sqlx::query_as("SELECT * FROM draft WHERE token = ?").bind(token.bytes());
        Ok(row.fetch_optional(&self.pool).await?)
    }

    /// The draft whose manifest has, or will have, this nonce.
    ///
    /// # Errors
    /// [`DeskError::Database`].
    pub async fn draft_with_nonce(&self, nonce: &[u8; 32]) -> Result<Option<DraftRow>, DeskError> {
        let row = sqlx::query_as("SELECT * FROM draft WHERE nonce = ?").bind(&nonce[..]);
        Ok(row.fetch_optional(&self.pool).await?)
    }

    /// The draft with this number.
    pub(crate) async fn draft_numbered(&self, id: i64) -> Result<DraftRow, DeskError> {
        draft_numbered(&self.pool, id).await
    }

    /// Saves what the organizer decided.
    ///
    /// # Errors
    /// [`DeskError::Database`].
    pub async fn save_content(
        &self,
        draft: &DraftRow,
        content: &DraftContent,
    ) -> Result<(), DeskError> {
        let text = serde_json::to_string(content)
            .map_err(|_| DeskError::Damaged("a draft that cannot be written"))?;
        sqlx::query("UPDATE draft SET content = ? WHERE id = ?")
            .bind(text)
            .bind(draft.id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// All seats of a draft: trustees, then issuers, each in order.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn seats(&self, draft: &DraftRow) -> Result<Vec<Seat>, DeskError> {
        let rows: Vec<SeatRow> =
            sqlx::query_as("SELECT * FROM seat WHERE draft = ? ORDER BY role DESC, number")
                .bind(draft.id)
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(read_seat).collect()
    }
}

async fn draft_numbered(pool: &SqlitePool, id: i64) -> Result<DraftRow, DeskError> {
    Ok(sqlx::query_as("SELECT * FROM draft WHERE id = ?")
        .bind(id)
        .fetch_one(pool)
        .await?)
}

/// A column of exactly N bytes.
fn array<const N: usize>(row: &SqliteRow, column: &str) -> Result<[u8; N], sqlx::Error> {
    let bytes: Vec<u8> = row.try_get(column)?;
    bytes.try_into().map_err(|_| sqlx::Error::ColumnDecode {
        index: column.into(),
        source: "another number of bytes than the column is for".into(),
    })
}

/// As the database holds a role.
pub(super) fn role_text(role: Role) -> &'static str {
    match role {
        Role::Trustee => "trustee",
        Role::Issuer => "issuer",
    }
}
