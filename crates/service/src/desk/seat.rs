//! Seats: the organizer names a trustee or an issuer, whose holder sends the public halves of keys that nobody else has seen.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _};
use urne_client::desk::Mailed;
use urne_client::http::{Role, Seat, SeatHolder, SeatKeys};
use urne_crypto::ceremony::verify_possession;
use urne_crypto::encoding::Point;
use urne_crypto::proof::KnowledgeProof;
use urne_crypto::signature::PublicKey;
use urne_election::json::from_base64url;

use super::draft::{DraftRow, role_text};
use super::{Desk, DeskError, TokenHash};
use crate::mail::outbox::put_seat;
use crate::voters::list::mail_state;

/// Most seats of a role, as manifests allow.
pub const fn most_seats(role: Role) -> u32 {
    match role {
        Role::Trustee => 32,
        Role::Issuer => 2,
    }
}

/// Why a seat's keys are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// Not an Ed25519 key that manifests may hold.
    #[error("key: this is not an Ed25519 public key of 32 bytes in base64url")]
    Key,
    /// An issuer has no encryption key.
    #[error("encryption, proof: an issuer has neither; leave them out")]
    NotForIssuers,
    /// A trustee has one.
    #[error("encryption, proof: a trustee sends both")]
    Missing,
    /// Not a point, or the identity.
    #[error(
        "encryption: this is not a ristretto255 point other than the identity, 32 bytes in base64url"
    )]
    Encryption,
    /// Not a proof, or one that does not hold.
    #[error(
        "proof: the proof of possession does not hold for this nonce, trustee number and signing key"
    )]
    Proof,
}

/// Checks what the holder of a seat sends, as the manifest will be checked (V2, V3).
///
/// # Errors
/// [`KeysError`].
pub fn check_keys(seat: &Seat, nonce: &[u8; 32], keys: &SeatKeys) -> Result<(), KeysError> {
    let key: [u8; 32] = from_base64url(&keys.key).ok_or(KeysError::Key)?;
    PublicKey::decode(&key).map_err(|_| KeysError::Key)?;
    let (encryption, proof) = match (seat.role, &keys.encryption, &keys.proof) {
        (Role::Issuer, None, None) => return Ok(()),
        (Role::Issuer, _, _) => return Err(KeysError::NotForIssuers),
        (Role::Trustee, Some(encryption), Some(proof)) => (encryption, proof),
        (Role::Trustee, _, _) => return Err(KeysError::Missing),
    };
    let encryption = from_base64url(encryption)
        .and_then(|bytes| Point::decode_non_identity(&bytes).ok())
        .ok_or(KeysError::Encryption)?;
    let proof = from_base64url(proof)
        .and_then(|bytes: [u8; 64]| KnowledgeProof::decode(&bytes).ok())
        .ok_or(KeysError::Proof)?;
    verify_possession(nonce, seat.number, &key, &encryption, &proof).map_err(|_| KeysError::Proof)
}

/// A seat's row.
#[derive(Clone, Debug)]
pub(super) struct SeatRow {
    draft: i64,
    role: String,
    number: u32,
    name: String,
    keys: Option<String>,
    holder: String,
    email: Option<String>,
    mailed: String,
    problem: Option<String>,
}

/// A seat before it has a number.
#[derive(Clone, Debug)]
pub struct NewSeatRow<'a> {
    /// what for
    pub role: Role,
    /// as in the manifest
    pub name: &'a str,
    /// who holds it
    pub holder: SeatHolder,
    /// hash of the holder's token
    pub token: TokenHash,
    /// the keys, where the server makes them
    pub keys: Option<SeatKeys>,
    /// where the seat's link is mailed, in the form in which it is kept
    pub email: Option<String>,
}

impl FromRow<'_, SqliteRow> for SeatRow {
    fn from_row(row: &SqliteRow) -> Result<SeatRow, sqlx::Error> {
        Ok(SeatRow {
            draft: row.try_get("draft")?,
            role: row.try_get("role")?,
            number: row.try_get("number")?,
            name: row.try_get("name")?,
            keys: row.try_get("keys")?,
            holder: row.try_get("holder")?,
            email: row.try_get("email")?,
            mailed: row.try_get("mailed")?,
            problem: row.try_get("problem")?,
        })
    }
}

pub(super) fn read_seat(row: &SeatRow) -> Result<Seat, DeskError> {
    let keys = row.keys.as_ref().map(|text| serde_json::from_str(text));
    Ok(Seat {
        role: match row.role.as_str() {
            "trustee" => Role::Trustee,
            "issuer" => Role::Issuer,
            _ => return Err(DeskError::Damaged("a seat's role")),
        },
        number: row.number,
        name: row.name.clone(),
        keys: keys
            .transpose()
            .map_err(|_| DeskError::Damaged("a seat's keys"))?,
        holder: match row.holder.as_str() {
            "person" => SeatHolder::Person,
            "server" => SeatHolder::Server,
            _ => return Err(DeskError::Damaged("a seat's holder")),
        },
        mailed: match &row.email {
            None => None,
            Some(_) => Some(Mailed {
                state: mail_state(&row.mailed).ok_or(DeskError::Damaged("a mail's state"))?,
                problem: row.problem.clone(),
            }),
        },
    })
}

impl Desk {
    /// Adds a seat after the others of its role: its number.
    ///
    /// # Errors
    /// [`DeskError::SeatsTaken`]; [`DeskError::ServerSeated`] where the server would hold two.
    pub async fn add_seat(
        &self,
        draft: &DraftRow,
        seat: &NewSeatRow<'_>,
    ) -> Result<u32, DeskError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let role = role_text(seat.role);
        let taken: Vec<String> =
            sqlx::query_scalar("SELECT holder FROM seat WHERE draft = ? AND role = ?")
                .bind(draft.id)
                .bind(role)
                .fetch_all(&mut *transaction)
                .await?;
        let most = most_seats(seat.role);
        let number = u32::try_from(taken.len()).unwrap_or(u32::MAX);
        if number >= most {
            return Err(DeskError::SeatsTaken { most });
        }
        let holder = holder_text(seat.holder);
        if seat.holder == SeatHolder::Server && taken.iter().any(|taken| taken == holder) {
            return Err(DeskError::ServerSeated);
        }
        let keys = seat.keys.as_ref().map(keys_text).transpose()?;
        sqlx::query(
            "INSERT INTO seat (draft, role, number, name, token, keys, holder, email) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(draft.id)
        .bind(role)
        .bind(number + 1)
        .bind(seat.name)
        .bind(seat.token.bytes())
        .bind(keys)
        .bind(holder)
        .bind(&seat.email)
        .execute(&mut *transaction)
        .await?;
        if seat.email.is_some() {
            put_seat(&mut transaction, draft.id, seat.role, number + 1).await?;
        }
        transaction.commit().await?;
        Ok(number + 1)
    }

    /// Replaces a lost token; the keys sent with it are forgotten. A seat of the server has none.
    ///
    /// # Errors
    /// [`DeskError::NoSuchSeat`].
    pub async fn replace_token(
        &self,
        draft: &DraftRow,
        (role, number): (Role, u32),
        token: TokenHash,
    ) -> Result<(), DeskError> {
        let done = sqlx::query(
            "UPDATE seat SET token = ?, keys = NULL WHERE draft = ? AND role = ? AND number = ? AND holder = 'person'",
        )
        .bind(token.bytes())
        .bind(draft.id)
        .bind(role_text(role))
        .bind(number)
        .execute(&self.pool)
        .await?;
        match done.rows_affected() {
            0 => Err(DeskError::NoSuchSeat),
            _ => Ok(()),
        }
    }

    /// Name and address of a seat's holder, where its link is mailed.
    pub(crate) async fn mail_to_seat(
        &self,
        draft: &DraftRow,
        role: Role,
        number: u32,
    ) -> Result<Option<(String, String)>, DeskError> {
        let found = sqlx::query_as(
            "SELECT name, email FROM seat WHERE draft = ? AND role = ? AND number = ? AND email IS NOT NULL",
        );
        let found = found.bind(draft.id).bind(role_text(role)).bind(number);
        Ok(found.fetch_optional(&self.pool).await?)
    }

    /// Mails a seat's link once more.
    pub(crate) async fn mail_again(
        &self,
        draft: &DraftRow,
        (role, number): (Role, u32),
    ) -> Result<(), DeskError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        put_seat(&mut transaction, draft.id, role, number).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// From now on a seat is its holder's who has the mailed token. Sent again, a mail carries the same one.
    pub(crate) async fn seat_by_mail(
        &self,
        draft: &DraftRow,
        (role, number): (Role, u32),
        token: TokenHash,
    ) -> Result<(), DeskError> {
        sqlx::query("UPDATE seat SET token = ? WHERE draft = ? AND role = ? AND number = ?")
            .bind(token.bytes())
            .bind(draft.id)
            .bind(role_text(role))
            .bind(number)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The seat whose holder has this token, and its draft.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn seat_of(&self, token: TokenHash) -> Result<Option<(Seat, DraftRow)>, DeskError> {
        let row: Option<SeatRow> = sqlx::query_as("SELECT * FROM seat WHERE token = ?")
            .bind(token.bytes())
            .fetch_optional(&self.pool)
            .await?;
        match row {
            None => Ok(None),
            Some(row) => Ok(Some((
                read_seat(&row)?,
                self.draft_numbered(row.draft).await?,
            ))),
        }
    }

    /// Keeps checked keys. The token is named again: one that was replaced meanwhile keeps nothing. Keys that are there already
    /// may come again, with another proof of possession; others may not take their place, since their holder would not know.
    ///
    /// # Errors
    /// [`DeskError::NoSuchSeat`], [`DeskError::OtherKeys`].
    pub async fn keep_keys(&self, token: TokenHash, keys: &SeatKeys) -> Result<(), DeskError> {
        let text = keys_text(keys)?;
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let row: Option<SeatRow> = sqlx::query_as("SELECT * FROM seat WHERE token = ?")
            .bind(token.bytes())
            .fetch_optional(&mut *transaction)
            .await?;
        let seat = read_seat(&row.ok_or(DeskError::NoSuchSeat)?)?;
        let others =
            |known: &SeatKeys| (&known.key, &known.encryption) != (&keys.key, &keys.encryption);
        if seat.keys.as_ref().is_some_and(others) {
            return Err(DeskError::OtherKeys);
        }
        sqlx::query("UPDATE seat SET keys = ? WHERE token = ?")
            .bind(text)
            .bind(token.bytes())
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }
}

fn keys_text(keys: &SeatKeys) -> Result<String, DeskError> {
    serde_json::to_string(keys).map_err(|_| DeskError::Damaged("keys that cannot be written"))
}

fn holder_text(holder: SeatHolder) -> &'static str {
    match holder {
        SeatHolder::Person => "person",
        SeatHolder::Server => "server",
    }
}
