//! A courier between two issuers who may never meet: opaque bytes, seen by issuers of the same election only, gone at the
//! close. Never on the board.

use urne_client::http::ParcelName;

use super::draft::DraftRow;
use super::{Desk, DeskError};

/// Most parcels of one issuer.
pub const MOST: u32 = 64;
/// Largest parcel, in bytes.
pub const LARGEST: usize = 32 << 20;
/// Longest name of a parcel, in bytes.
pub const LONGEST_NAME: usize = 64;

/// Whether a name has 1 to 64 of `a-z 0-9 -`.
pub fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(allowed)
}

impl Desk {
    /// Leaves a parcel, in place of one of the same name.
    ///
    /// # Errors
    /// [`DeskError::TooManyParcels`].
    pub async fn leave_parcel(
        &self,
        draft: &DraftRow,
        parcel: &ParcelName,
        bytes: &[u8],
    ) -> Result<(), DeskError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let others: u32 = sqlx::query_scalar(
            "SELECT count(*) FROM parcel WHERE draft = ? AND issuer = ? AND name <> ?",
        )
        .bind(draft.id)
        .bind(parcel.issuer)
        .bind(&parcel.name)
        .fetch_one(&mut *transaction)
        .await?;
        if others >= MOST {
            return Err(DeskError::TooManyParcels);
        }
        sqlx::query(
            "INSERT OR REPLACE INTO parcel (draft, issuer, name, bytes) VALUES (?, ?, ?, ?)",
        )
        .bind(draft.id)
        .bind(parcel.issuer)
        .bind(&parcel.name)
        .bind(bytes)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Names of all parcels of an election, sorted.
    ///
    /// # Errors
    /// [`DeskError::Database`].
    pub async fn parcels(&self, draft: &DraftRow) -> Result<Vec<ParcelName>, DeskError> {
        let rows: Vec<(u32, String)> =
            sqlx::query_as("SELECT issuer, name FROM parcel WHERE draft = ? ORDER BY issuer, name")
                .bind(draft.id)
                .fetch_all(&self.pool)
                .await?;
        let parcel = |(issuer, name)| ParcelName { issuer, name };
        Ok(rows.into_iter().map(parcel).collect())
    }

    /// A parcel's bytes.
    ///
    /// # Errors
    /// [`DeskError::Database`].
    pub async fn parcel(
        &self,
        draft: &DraftRow,
        parcel: &ParcelName,
    ) -> Result<Option<Vec<u8>>, DeskError> {
        Ok(sqlx::query_scalar(
            "SELECT bytes FROM parcel WHERE draft = ? AND issuer = ? AND name = ?",
        )
        .bind(draft.id)
        .bind(parcel.issuer)
        .bind(&parcel.name)
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Deletes all parcels of the election with this nonce.
    ///
    /// # Errors
    /// [`DeskError::Database`].
    pub async fn delete_parcels(&self, nonce: &[u8; 32]) -> Result<(), DeskError> {
        let which = "DELETE FROM parcel WHERE draft IN (SELECT id FROM draft WHERE nonce = ?)";
        sqlx::query(which)
            .bind(&nonce[..])
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
