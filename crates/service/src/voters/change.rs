//! Changes of the roll while the box is open. Alone, the server makes what the organizer names; beside a registrar it takes part
//! only in a change that the organizer has named here and the registrar there (ADR 0018, ADR 0019).

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _};
use urne_client::desk::{ChangeName, ChangeReason, NamedChange, NewChange};
use urne_client::draft::DraftContent;
use urne_client::workshop::exchange::{Progress, Round};
use urne_client::workshop::parcel::{ChangeKind, Task};
use urne_client::workshop::register::RowId;
use urne_crypto::encoding::{Point, SecretScalar};
use urne_election::entry::Reason;

use super::issuing::{Seat, Step, StepError, line_of, secret_row};
use super::list::{VoterRow, check_voter, insert};
use super::roll::keep_line;
use super::{Voters, VotersError, array};
use crate::desk::DeskError;
use crate::desk::draft::DraftRow;
use crate::desk::token::random_bytes;

const CHANGES: [(&str, ChangeName); 3] = [
    ("add", ChangeName::Add),
    ("remove", ChangeName::Remove),
    ("replace", ChangeName::Replace),
];
const REASONS: [(&str, ChangeReason, Reason); 5] = [
    ("lost", ChangeReason::Lost, Reason::Lost),
    ("paper", ChangeReason::Paper, Reason::Paper),
    ("error", ChangeReason::Error, Reason::Error),
    ("admitted", ChangeReason::Admitted, Reason::Admitted),
    ("struck", ChangeReason::Struck, Reason::Struck),
];

/// A change that the organizer has named.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) row: RowId,
    pub(crate) change: ChangeName,
    pub(crate) reason: ChangeReason,
    /// the key that is removed or replaced
    line: Option<[u8; 32]>,
    /// the server's new half, sealed
    half: Option<Vec<u8>>,
    pub(crate) done: bool,
    /// whether the server has signed it: then it is this change or none
    signed: bool,
    trouble: Option<String>,
}

impl FromRow<'_, SqliteRow> for Change {
    fn from_row(row: &SqliteRow) -> Result<Change, sqlx::Error> {
        let damaged = || sqlx::Error::Decode(DeskError::Damaged("a change of the roll").into());
        let (id, line): (Vec<u8>, Option<Vec<u8>>) = (row.try_get("row")?, row.try_get("line")?);
        let line = line.map(|line| array(&line, "a change's line")).transpose();
        let (change, reason): (String, String) = (row.try_get("change")?, row.try_get("reason")?);
        let change = CHANGES.iter().find(|(name, _)| *name == change);
        let reason = REASONS.iter().find(|(name, ..)| *name == reason);
        Ok(Change {
            row: RowId(array(&id, "a change's row").map_err(|_| damaged())?),
            change: change.ok_or_else(damaged)?.1,
            reason: reason.ok_or_else(damaged)?.1,
            line: line.map_err(|_| damaged())?,
            half: row.try_get("half")?,
            done: row.try_get("done")?,
            signed: row.try_get("signed")?,
            trouble: row.try_get("trouble")?,
        })
    }
}

impl Change {
    /// As the organizer sees it.
    pub(crate) fn shown(&self) -> NamedChange {
        NamedChange {
            row: self.row.to_string(),
            change: self.change,
            reason: self.reason,
            done: self.done,
            trouble: self.trouble.clone(),
        }
    }

    fn task(&self) -> Result<Task, DeskError> {
        const FAULT: DeskError = DeskError::Damaged("a change's line");
        let line = || {
            let key = self.line.ok_or(FAULT)?;
            Point::decode_non_identity(&key).map_err(|_| FAULT)
        };
        let reason = REASONS.iter().find(|(_, reason, _)| *reason == self.reason);
        Ok(Task::Change {
            row: self.row,
            reason: reason.map_or(Reason::Error, |(.., reason)| *reason),
            kind: match self.change {
                ChangeName::Add => ChangeKind::Add,
                ChangeName::Remove => ChangeKind::Remove(line()?),
                ChangeName::Replace => ChangeKind::Replace(line()?),
            },
        })
    }
}

/// Which reasons a change may have (`spec/entries.md`).
fn may_have(change: ChangeName, reason: ChangeReason) -> bool {
    use ChangeReason::{Admitted, Error, Lost, Paper, Struck};
    match change {
        ChangeName::Add => matches!(reason, Admitted | Error),
        ChangeName::Remove => matches!(reason, Paper | Struck | Error),
        ChangeName::Replace => matches!(reason, Lost | Error),
    }
}

fn unfit<T>(why: impl Into<String>) -> Result<T, VotersError> {
    Err(VotersError::Unfit(why.into()))
}

impl Voters {
    /// The organizer names a change. Named again, it is the same one.
    ///
    /// # Errors
    /// [`VotersError`].
    pub(crate) async fn name_change(
        &self,
        draft: &DraftRow,
        new: NewChange,
        content: &DraftContent,
    ) -> Result<Change, VotersError> {
        if !may_have(new.change, new.reason) {
            return unfit(
                "reason: not one that this change may have (add: admitted, error; remove: paper, struck, error; replace: lost, error)",
            );
        }
        let row = match &new.row {
            None => None,
            Some(text) => match RowId::parse(text) {
                None => return unfit("row: 32 digits from 0 to 9 and a to f"),
                row => row,
            },
        };
        let voter = match (new.change, new.voter, row) {
            (ChangeName::Add, Some(voter), row) => {
                let voter = check_voter(voter, content)
                    .map_err(|why| VotersError::Unfit(format!("voter.{why}")))?;
                self.admit(draft, voter, row).await?
            }
            (ChangeName::Add, None, _) => return unfit("voter: who is added?"),
            (_, Some(_), _) => return unfit("voter: only for add; others are named by row"),
            (_, None, None) => return unfit("row: whose line changes?"),
            (_, None, Some(row)) => {
                let voter = self.by_row(draft.id, &row).await?;
                voter.ok_or(VotersError::NotFound("nobody in the list has this row id"))?
            }
        };
        if new.change != ChangeName::Add && voter.line.is_none() {
            return unfit("row: this voter has no line on the roll");
        }
        if let Some(before) = self
            .change_of(draft, &voter.row)
            .await?
            .filter(|before| !before.done)
        {
            if (before.change, before.reason) == (new.change, new.reason) {
                return Ok(before);
            }
            if before.signed {
                return Err(VotersError::WrongPhase(
                    "another change of this line is signed already: it has to stand on the board first",
                ));
            }
        }
        self.keep_change(draft, &voter, new.change, new.reason)
            .await
    }

    /// A late voter comes onto the list, without a line yet.
    async fn admit(
        &self,
        draft: &DraftRow,
        voter: urne_client::desk::NewVoter,
        row: Option<RowId>,
    ) -> Result<VoterRow, VotersError> {
        let same = self.named(draft.id, &voter.identifier).await?;
        let same = same
            .into_iter()
            .find(|one| one.voter.identifier == voter.identifier);
        if let Some(same) = same {
            let again = same.line.is_none()
                && row.is_none_or(|row| row == same.row)
                && (same.voter.weight, same.voter.college) == (voter.weight, voter.college);
            return match again {
                true => Ok(same),
                false => unfit("voter.identifier: this voter is on the list already"),
            };
        }
        let row = match row {
            Some(row) => row,
            None => RowId(random_bytes().map_err(|_| DeskError::Damaged("no randomness"))?),
        };
        if self.by_row(draft.id, &row).await?.is_some() {
            return unfit("row: another voter has this row id");
        }
        let mut connection = self.pool.acquire().await?;
        insert(&mut connection, draft.id, i64::MAX, &voter, Some(row)).await?;
        drop(connection);
        let admitted = self.by_row(draft.id, &row).await?;
        admitted.ok_or_else(|| DeskError::Damaged("a voter who was just added").into())
    }

    async fn keep_change(
        &self,
        draft: &DraftRow,
        voter: &VoterRow,
        change: ChangeName,
        reason: ChangeReason,
    ) -> Result<Change, VotersError> {
        let half = match change {
            ChangeName::Remove => None,
            ChangeName::Add | ChangeName::Replace => {
                let half = SecretScalar::random(&mut rand::rng());
                Some(self.seal(&draft.nonce, &voter.row, &half)?)
            }
        };
        let name = |wanted: &ChangeName| CHANGES.iter().find(|(_, one)| one == wanted);
        let reason_name = REASONS.iter().find(|(_, one, _)| *one == reason);
        sqlx::query(
            "INSERT OR REPLACE INTO roll_change (draft, row, change, reason, line, half) \
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(draft.id)
        .bind(&voter.row.0[..])
        .bind(name(&change).map(|(name, _)| *name))
        .bind(reason_name.map(|(name, ..)| *name))
        .bind(
            voter
                .line
                .as_ref()
                .filter(|_| change != ChangeName::Add)
                .map(|line| &line[..]),
        )
        .bind(half)
        .execute(&self.pool)
        .await?;
        let kept = self.change_of(draft, &voter.row).await?;
        kept.ok_or_else(|| DeskError::Damaged("a change that was just named").into())
    }

    /// The latest change named for a row.
    pub(crate) async fn change_of(
        &self,
        draft: &DraftRow,
        row: &RowId,
    ) -> Result<Option<Change>, VotersError> {
        let found = sqlx::query_as("SELECT * FROM roll_change WHERE draft = ? AND row = ?");
        let found = found.bind(draft.id).bind(&row.0[..]);
        Ok(found.fetch_optional(&self.pool).await?)
    }

    /// Every change named, by row id.
    pub(crate) async fn changes(&self, draft: &DraftRow) -> Result<Vec<Change>, VotersError> {
        let found = sqlx::query_as("SELECT * FROM roll_change WHERE draft = ? ORDER BY row");
        Ok(found.bind(draft.id).fetch_all(&self.pool).await?)
    }

    /// Goes one step further with a change: the entry to append and the new line, once all issuers have signed.
    pub(crate) async fn change_step(
        &self,
        seat: Seat,
        draft: &DraftRow,
        change: &Change,
    ) -> Result<Option<Changed>, StepError> {
        let task = change.task()?;
        let voter = self.by_row(draft.id, &change.row).await?;
        let voter = voter.ok_or(VotersError::NotFound("nobody in the list has this row id"))?;
        let secrets = match &change.half {
            None => Vec::new(),
            Some(sealed) => {
                let half = self.unseal(&draft.nonce, &change.row, sealed)?;
                vec![secret_row(&voter, half)]
            }
        };
        let parcels = self.parcels(draft, &seat, &task).await?;
        let (number, name) = (seat.number, task.parcel_name());
        let Step { own, progress } = seat.step(task, secrets, parcels).await?;
        let signed = !matches!(progress, Progress::Waiting(Round::Halves | Round::Proofs));
        self.note_change(draft, change, signed, None).await?;
        self.keep_parcel(draft, number, &name, &own).await?;
        Ok(match progress {
            Progress::Waiting(_) => None,
            Progress::Complete { entries, lines } => Some(Changed {
                entries,
                line: line_of(&lines, &change.row),
            }),
        })
    }

    /// What keeps a change from standing, and whether the server has signed it.
    pub(crate) async fn note_change(
        &self,
        draft: &DraftRow,
        change: &Change,
        signed: bool,
        trouble: Option<&str>,
    ) -> Result<(), VotersError> {
        sqlx::query(
            "UPDATE roll_change SET signed = max(signed, ?), trouble = ? WHERE draft = ? AND row = ?",
        )
        .bind(signed)
        .bind(trouble)
        .bind(draft.id)
        .bind(&change.row.0[..])
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The change stands on the board: the voter's half and line are the new ones, and every link mailed before is worthless.
    pub(crate) async fn finish_change(
        &self,
        draft: &DraftRow,
        change: &Change,
        line: Option<[u8; 32]>,
    ) -> Result<(), VotersError> {
        let row = &change.row.0[..];
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("UPDATE voter SET half = ?, line = ? WHERE draft = ? AND row = ?")
            .bind(&change.half)
            .bind(line.as_ref().map(|line| &line[..]))
            .bind(draft.id)
            .bind(row)
            .execute(&mut *transaction)
            .await?;
        if let Some(line) = &line {
            keep_line(&mut transaction, draft, &change.row, line).await?;
        }
        let of_voter =
            "DELETE FROM link WHERE voter IN (SELECT id FROM voter WHERE draft = ? AND row = ?)";
        sqlx::query(of_voter)
            .bind(draft.id)
            .bind(row)
            .execute(&mut *transaction)
            .await?;
        let done = "UPDATE roll_change SET done = 1, half = NULL, trouble = NULL WHERE draft = ? AND row = ?";
        sqlx::query(done)
            .bind(draft.id)
            .bind(row)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// A change that all issuers have signed.
pub(crate) struct Changed {
    /// to be appended
    pub(crate) entries: Vec<Vec<u8>>,
    /// the voter's key from then on; nothing where the line ends
    pub(crate) line: Option<[u8; 32]>,
}
