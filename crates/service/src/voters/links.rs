//! How a voter shows who they are: the link of a mail, or the eight digits beside it where the mail is read on another device.
//!
//! Token and code come from a random seed and the server's secret, so a mail that has to be sent again carries the same ones and
//! nothing that opens a door stands in the database. A token is spent by one use. The codes that a voter has at a time are worth five
//! tries together, by whatever name the voter is called; then they go, and the links stay. Tries for a name that nobody has are
//! counted too, so that both take a write.

use sqlx::Row as _;
use urne_crypto::credential::Identifier;
use zeroize::Zeroizing;

use super::list::VoterRow;
use super::{Voters, VotersError, array};
use crate::desk::draft::DraftRow;
use crate::desk::{DeskError, Token, TokenHash};

/// Wrong tries after which a voter's codes go.
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

    /// From now until this hour the key of a waiting mail lets its voter in; false where the mail was withdrawn meanwhile. Tries are
    /// forgotten only where no earlier code can still be guessed at; a mail that is tried again brings back no code that went.
    pub(crate) async fn keep_key(
        &self,
        draft: &DraftRow,
        (mail, voter): (i64, &VoterRow),
        key: &Key,
        ends_s: u64,
    ) -> Result<bool, VotersError> {
        let ends_s = ends_s.div_ceil(ROUNDED_S) * ROUNDED_S;
        let hash = key.token.hash();
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query(
            "UPDATE voter SET tries = 0 WHERE id = ?1 AND NOT EXISTS \
             (SELECT 1 FROM link WHERE voter = ?1 AND (code IS NOT NULL OR hash = ?2))",
        )
        .bind(voter.id)
        .bind(hash.bytes())
        .execute(&mut *transaction)
        .await?;
        let kept = sqlx::query(
            "INSERT INTO link (hash, voter, code, ends_s) \
             SELECT ?1, id, ?3, ?4 FROM voter WHERE id = ?2 AND email = ?5 \
             AND EXISTS (SELECT 1 FROM outbox WHERE id = ?6) \
             ON CONFLICT (hash) DO UPDATE SET ends_s = ?4",
        )
        .bind(hash.bytes())
        .bind(voter.id)
        .bind(&self.code_hash(draft, &key.code)[..])
        .bind(i64::try_from(ends_s).unwrap_or(i64::MAX))
        .bind(&voter.voter.email)
        .bind(mail)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(kept.rows_affected() > 0)
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

    /// The voter whose key was spent, and who was therefore reached. A mail with it that was sent and not noted must not go out again: it would be good once more.
    async fn let_in(&self, voter: i64, hash: &[u8]) -> Result<Option<VoterRow>, VotersError> {
        sqlx::query("UPDATE voter SET reached = 1 WHERE id = ?")
            .bind(voter)
            .execute(&self.pool)
            .await?;
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
        let identifier = Identifier::new(name);
        let identifier = identifier.as_ref().map_or("", Identifier::as_str);
        // One writer at a time: nobody compares a code between another's comparing and counting.
        let mut transaction = self.begin().await?;
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
        .fetch_optional(&mut *transaction)
        .await?;
        if spent.is_none() {
            self.count_try(&mut transaction, draft, name).await?;
        }
        transaction.commit().await?;
        match spent {
            Some((voter, hash)) => self.let_in(voter, &hash).await,
            None => Ok(None),
        }
    }

    /// A wrong code, for everybody who has this name: at the last try their codes go.
    async fn count_try(
        &self,
        connection: &mut sqlx::SqliteConnection,
        draft: &DraftRow,
        name: &str,
    ) -> Result<(), VotersError> {
        let identifier = Identifier::new(name);
        let identifier = identifier.as_ref().map_or("", Identifier::as_str);
        let counted: Vec<(i64, i64)> = sqlx::query_as(
            "UPDATE voter SET tries = tries + 1 \
             WHERE draft = ? AND (identifier = ? OR email <> '' AND email = ?) RETURNING id, tries",
        )
        .bind(draft.id)
        .bind(identifier)
        .bind(name.trim().to_lowercase())
        .fetch_all(&mut *connection)
        .await?;
        for (voter, _) in counted.iter().filter(|(_, tries)| *tries >= MOST_TRIES) {
            sqlx::query("UPDATE link SET code = NULL WHERE voter = ?")
                .bind(voter)
                .execute(&mut *connection)
                .await?;
        }
        if counted.is_empty() {
            sqlx::query(
                "INSERT INTO code_try (who, tries) VALUES (?, 1) \
                 ON CONFLICT (who) DO UPDATE SET tries = tries + 1",
            )
            .bind(&self.who(draft, name)[..])
            .execute(connection)
            .await?;
        }
        Ok(())
    }

    /// Forgets links whose hour has come, and, where nothing is left to try, the tries for names that nobody has.
    pub(crate) async fn sweep_links(&self, now_s: u64) -> Result<(), VotersError> {
        sqlx::query("DELETE FROM link WHERE ends_s <= ?")
            .bind(i64::try_from(now_s).unwrap_or(i64::MAX))
            .execute(&self.pool)
            .await?;
        // Made-up names must not fill the disk.
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
