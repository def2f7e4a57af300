//! The roll, as far as the server makes it: halves for everybody on the list, the rounds, the lines everybody got.

use urne_client::workshop::exchange::{Progress, Round};
use urne_client::workshop::parcel::Task;
use urne_client::workshop::register::RowId;
use urne_crypto::encoding::{Point, SecretScalar};

use super::issuing::{Parcels, Seat, Step, StepError, secret_row};
use super::{Voters, VotersError};
use crate::desk::draft::DraftRow;

impl Voters {
    /// Goes one step further with the roll: the entries to append once all issuers have signed; nothing while the other's next
    /// round is awaited. What the step added is kept before this returns.
    pub(crate) async fn roll_step(
        &self,
        seat: Seat,
        draft: &DraftRow,
    ) -> Result<Option<Vec<Vec<u8>>>, StepError> {
        let secrets = self.halves_of_all(draft).await?;
        let parcels = self.parcels(draft, &seat, &Task::Roll).await?;
        let number = seat.number;
        let Step { own, progress } = seat.step(Task::Roll, secrets, parcels).await?;
        let name = Task::Roll.parcel_name();
        self.keep_parcel(draft, number, &name, &own).await?;
        match progress {
            Progress::Waiting(round) => {
                self.set_stage(draft, stage(round)).await?;
                Ok(None)
            }
            Progress::Complete { entries, lines } => {
                self.keep_lines(draft, &lines).await?;
                Ok(Some(entries))
            }
        }
    }

    /// Everybody's half, made and sealed where there was none.
    async fn halves_of_all(
        &self,
        draft: &DraftRow,
    ) -> Result<Vec<urne_client::workshop::exchange::SecretRow>, StepError> {
        let voters = self.voters(draft.id).await?;
        if voters.is_empty() {
            return Err(VotersError::Unfit("the list of voters is empty".into()).into());
        }
        let mut made = Vec::new();
        let mut secrets = Vec::with_capacity(voters.len());
        for voter in &voters {
            let half = match &voter.half {
                Some(sealed) => self.unseal(&draft.nonce, &voter.row, sealed)?,
                None => {
                    let half = SecretScalar::random(&mut rand::rng());
                    made.push((voter.id, self.seal(&draft.nonce, &voter.row, &half)?));
                    half
                }
            };
            secrets.push(secret_row(voter, half));
        }
        // On the disk before their public halves leave.
        let mut transaction = self
            .pool
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(VotersError::from)?;
        for (id, sealed) in made {
            sqlx::query("UPDATE voter SET half = ? WHERE id = ?")
                .bind(sealed)
                .bind(id)
                .execute(&mut *transaction)
                .await
                .map_err(VotersError::from)?;
        }
        transaction.commit().await.map_err(VotersError::from)?;
        Ok(secrets)
    }

    pub(super) async fn parcels(
        &self,
        draft: &DraftRow,
        seat: &Seat,
        task: &Task,
    ) -> Result<Parcels, VotersError> {
        let name = task.parcel_name();
        Ok(Parcels {
            own: self.parcel(draft, seat.number, &name).await?,
            other: match seat.other() {
                Some(other) => self.parcel(draft, other, &name).await?,
                None => None,
            },
        })
    }

    async fn parcel(
        &self,
        draft: &DraftRow,
        issuer: u32,
        name: &str,
    ) -> Result<Option<Vec<u8>>, VotersError> {
        let bytes = sqlx::query_scalar(
            "SELECT bytes FROM parcel WHERE draft = ? AND issuer = ? AND name = ?",
        );
        let bytes = bytes.bind(draft.id).bind(issuer).bind(name);
        Ok(bytes.fetch_optional(&self.pool).await?)
    }

    /// The server's parcels lie with the others; how many there may be is a rule for people.
    pub(super) async fn keep_parcel(
        &self,
        draft: &DraftRow,
        issuer: u32,
        name: &str,
        bytes: &[u8],
    ) -> Result<(), VotersError> {
        sqlx::query(
            "INSERT OR REPLACE INTO parcel (draft, issuer, name, bytes) VALUES (?, ?, ?, ?)",
        )
        .bind(draft.id)
        .bind(issuer)
        .bind(name)
        .bind(bytes)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Where the roll stands, and that nothing troubles it.
    pub(crate) async fn set_stage(&self, draft: &DraftRow, stage: &str) -> Result<(), VotersError> {
        sqlx::query("UPDATE voter_list SET stage = ?, trouble = NULL WHERE draft = ?")
            .bind(stage)
            .bind(draft.id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Why the roll does not go on, for its organizer.
    pub(crate) async fn set_trouble(&self, draft: &DraftRow, why: &str) -> Result<(), VotersError> {
        sqlx::query("UPDATE voter_list SET trouble = ? WHERE draft = ?")
            .bind(why)
            .bind(draft.id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Whose line is whose: needed to give out halves and to send notices, and gone at the close.
    async fn keep_lines(
        &self,
        draft: &DraftRow,
        lines: &[(RowId, Point)],
    ) -> Result<(), VotersError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        for (row, line) in lines {
            let key = &line.bytes()[..];
            sqlx::query("UPDATE voter SET line = ? WHERE draft = ? AND row = ?")
                .bind(key)
                .bind(draft.id)
                .bind(&row.0[..])
                .execute(&mut *transaction)
                .await?;
            keep_line(&mut transaction, draft, row, key).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

/// Keeps that a row's line has, or had, this key.
pub(super) async fn keep_line(
    connection: &mut sqlx::SqliteConnection,
    draft: &DraftRow,
    row: &RowId,
    key: &[u8],
) -> Result<(), VotersError> {
    sqlx::query(
        "INSERT OR REPLACE INTO voter_line (draft, key, voter) \
         SELECT ?1, ?2, id FROM voter WHERE draft = ?1 AND row = ?3",
    )
    .bind(draft.id)
    .bind(key)
    .bind(&row.0[..])
    .execute(connection)
    .await?;
    Ok(())
}

fn stage(round: Round) -> &'static str {
    match round {
        Round::Halves => "halves",
        Round::Proofs => "proofs",
        Round::Signatures => "signatures",
    }
}
