//! How a voter shows who they are: the link of a mail, or the eight digits beside it where the mail is read on another device.
//!
//! Token and code come from a random seed and the server's secret, so a mail that has to be sent again carries the same ones and
//! nothing that opens a door stands in the database. A token is spent by one use. A code is worth five tries for each identifier,
//! counted whether anybody has that identifier or not, by the same statements.

use sqlx::Row as _;
use urne_crypto::credential::Identifier;
use zeroize::Zeroizing;

use super::list::VoterRow;
use super::{Voters, VotersError, array};
use crate::desk::draft::DraftRow;
use crate::desk::{DeskError, Token, TokenHash};

/// Tries that a code is worth.
const MOST_TRIES: i64 = 5;
/// Hours are kept rounded up to so many seconds.
const ROUNDED_S: u64 = 600;

/// What a mail lets its reader in with.
pub(crate) struct Key {
    /// for the link
    pub(crate) token: Token,
    /// eight digits
    pub(crate) code: Zeroizing<String>,
}

impl Voters {
    /// The key that a seed stands for.
    pub(crate) fn key_of(&self, seed: &[u8; 16]) -> Key {
        let token = self.secret.derived("urne service mailed token", &[seed]);
        let code = self.secret.derived("urne service mailed code", &[seed]);
        let number = code
            .iter()
            .take(8)
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        Key {
            token: Token::of_bytes(token),
            code: Zeroizing::new(format!("{:08}", number % 100_000_000)),
        }
    }

    fn code_hash(&self, draft: &DraftRow, code: &str) -> [u8; 32] {
        let parts: [&[u8]; 2] = [&draft.nonce, code.as_bytes()];
        *self.secret.derived("urne service code", &parts)
    }

    /// Whose tries are counted.
    fn who(&self, draft: &DraftRow, name: &str) -> [u8; 32] {
        let folded = Identifier::new(name);
        let folded = folded.as_ref().map_or("", Identifier::as_str);
        let parts: [&[u8]; 2] = [&draft.nonce, folded.as_bytes()];
        *self.secret.derived("urne service code tries", &parts)
    }

    /// From now until this hour the key lets its voter in. Tries of an earlier code are forgotten.
    pub(crate) async fn keep_key(
        &self,
        draft: &DraftRow,
        voter: &VoterRow,
        key: &Key,
        ends_s: u64,
    ) -> Result<(), VotersError> {
        let ends_s = ends_s.div_ceil(ROUNDED_S) * ROUNDED_S;
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("INSERT OR REPLACE INTO link (hash, voter, code, ends_s) VALUES (?, ?, ?, ?)")
            .bind(key.token.hash().bytes())
            .bind(voter.id)
            .bind(&self.code_hash(draft, &key.code)[..])
            .bind(i64::try_from(ends_s).unwrap_or(i64::MAX))
            .execute(&mut *transaction)
            .await?;
        for name in [&voter.voter.identifier, &voter.voter.email] {
            self.forget_tries(&mut transaction, draft, name).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    async fn forget_tries(
        &self,
        connection: &mut sqlx::SqliteConnection,
        draft: &DraftRow,
        name: &str,
    ) -> Result<(), VotersError> {
        sqlx::query("DELETE FROM code_try WHERE who = ?")
            .bind(&self.who(draft, name)[..])
            .execute(connection)
            .await?;
        Ok(())
    }

    /// The voter whose token this is; it is spent.
    pub(crate) async fn spend_token(
        &self,
        draft: &DraftRow,
        token: &TokenHash,
        now_s: u64,
    ) -> Result<Option<VoterRow>, VotersError> {
        let spent = sqlx::query(
            "DELETE FROM link WHERE hash = ?1 AND voter IN (SELECT id FROM voter WHERE draft = ?2) \
             RETURNING voter, ends_s",
        )
        .bind(token.bytes())
        .bind(draft.id)
        .fetch_optional(&self.pool)
        .await?;
        let Some(spent) = spent else {
            return Ok(None);
        };
        let ends_s: i64 = spent.try_get("ends_s")?;
        if ends_s.unsigned_abs() <= now_s {
            return Ok(None);
        }
        self.let_in(spent.try_get("voter")?, token.bytes()).await
    }

    /// The voter whose key was spent. A mail with it that was sent and not noted must not go out again: it would be good once more.
    async fn let_in(&self, voter: i64, hash: &[u8]) -> Result<Option<VoterRow>, VotersError> {
        let waiting: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT id, seed FROM outbox WHERE voter = ?")
                .bind(voter)
                .fetch_all(&self.pool)
                .await?;
        for (id, seed) in waiting {
            let seed = array(&seed, "a mail that waits")?;
            if self.key_of(&seed).token.hash().bytes() == hash {
                // It has arrived, whatever its sender could note.
                for statement in [
                    "UPDATE voter SET mailed = 'sent' WHERE mailed = 'queued' AND id = \
                     (SELECT voter FROM outbox WHERE id = ? AND kind = 'invitation')",
                    "DELETE FROM outbox WHERE id = ?",
                ] {
                    sqlx::query(statement).bind(id).execute(&self.pool).await?;
                }
            }
        }
        self.numbered(voter).await
    }

    /// The voter who has this identifier or address and this code; it is spent.
    pub(crate) async fn spend_code(
        &self,
        draft: &DraftRow,
        name: &str,
        code: &str,
        now_s: u64,
    ) -> Result<Option<VoterRow>, VotersError> {
        // Counted before anything is compared, whoever is meant.
        let tries: i64 = sqlx::query_scalar(
            "INSERT INTO code_try (who, tries) VALUES (?, 1) \
             ON CONFLICT (who) DO UPDATE SET tries = tries + 1 RETURNING tries",
        )
        .bind(&self.who(draft, name)[..])
        .fetch_one(&self.pool)
        .await?;
        if tries > MOST_TRIES {
            return Ok(None);
        }
        let identifier = Identifier::new(name);
        let identifier = identifier.as_ref().map_or("", Identifier::as_str);
        let spent: Option<(i64, Vec<u8>)> = sqlx::query_as(
            "DELETE FROM link WHERE code = ?1 AND ends_s > ?2 AND voter IN \
             (SELECT id FROM voter WHERE draft = ?3 AND (identifier = ?4 OR email <> '' AND email = ?5)) \
             RETURNING voter, hash",
        )
        .bind(&self.code_hash(draft, code)[..])
        .bind(i64::try_from(now_s).unwrap_or(i64::MAX))
        .bind(draft.id)
        .bind(identifier)
        .bind(name.trim().to_lowercase())
        .fetch_optional(&self.pool)
        .await?;
        let Some((voter, hash)) = spent else {
            return Ok(None);
        };
        let mut connection = self.pool.acquire().await?;
        self.forget_tries(&mut connection, draft, name).await?;
        drop(connection);
        self.let_in(voter, &hash).await
    }

    /// Forgets links whose hour has come, and tries where nothing is left to try.
    pub(crate) async fn sweep_links(&self, now_s: u64) -> Result<(), VotersError> {
        sqlx::query("DELETE FROM link WHERE ends_s <= ?")
            .bind(i64::try_from(now_s).unwrap_or(i64::MAX))
            .execute(&self.pool)
            .await?;
        // Made-up identifiers must not fill the disk; with so many, everybody's tries begin again.
        let many = "DELETE FROM code_try WHERE (SELECT count(*) FROM code_try) > 100000 OR NOT EXISTS (SELECT 1 FROM link)";
        sqlx::query(many).execute(&self.pool).await?;
        Ok(())
    }

    /// The half of a voter, opened.
    pub(crate) fn half_of(
        &self,
        draft: &DraftRow,
        voter: &VoterRow,
    ) -> Result<Option<urne_crypto::encoding::SecretScalar>, DeskError> {
        let sealed = voter.half.as_ref();
        let opened = sealed.map(|sealed| self.unseal(&draft.nonce, &voter.row, sealed));
        opened.transpose()
    }
}
