//! The mails that wait. A row says what kind of mail for whom; the text is made when it is sent, so no link and no code stands here.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _, SqliteConnection, SqlitePool};
use urne_client::http::Role;

use crate::desk::DeskError;
use crate::desk::token::random_bytes;

/// What a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// to everybody on the list
    Invitation,
    /// to those without a ballot in the box
    Reminder,
    /// a fresh link, asked for
    Link,
    /// a ballot was accepted
    Notice([u8; 32]),
    /// a trustee's or registrar's link
    Seat(Role, u32),
}

/// A mail that waits.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) id: i64,
    pub(crate) draft: i64,
    pub(crate) kind: Kind,
    pub(crate) voter: Option<i64>,
    pub(crate) seed: [u8; 16],
    pub(crate) attempts: u32,
}

impl FromRow<'_, SqliteRow> for Waiting {
    fn from_row(row: &SqliteRow) -> Result<Waiting, sqlx::Error> {
        let damaged = || sqlx::Error::Decode(DeskError::Damaged("a mail that waits").into());
        let (kind, role): (String, Option<String>) = (row.try_get("kind")?, row.try_get("role")?);
        let (number, tracker): (Option<u32>, Option<Vec<u8>>) =
            (row.try_get("number")?, row.try_get("tracker")?);
        let seed: Vec<u8> = row.try_get("seed")?;
        let kind = match (kind.as_str(), role.as_deref(), number, tracker) {
            ("invitation", ..) => Kind::Invitation,
            ("reminder", ..) => Kind::Reminder,
            ("link", ..) => Kind::Link,
            ("notice", _, _, Some(tracker)) => {
                Kind::Notice(tracker.try_into().map_err(|_| damaged())?)
            }
            ("seat", Some("trustee"), Some(number), _) => Kind::Seat(Role::Trustee, number),
            ("seat", Some("issuer"), Some(number), _) => Kind::Seat(Role::Issuer, number),
            _ => return Err(damaged()),
        };
        Ok(Waiting {
            id: row.try_get("id")?,
            draft: row.try_get("draft")?,
            kind,
            voter: row.try_get("voter")?,
            seed: seed.try_into().map_err(|_| damaged())?,
            attempts: row.try_get("attempts")?,
        })
    }
}

/// The table of mails that wait.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    pub(crate) pool: SqlitePool,
    /// whether the write-ahead log may hold what was erased
    pub(crate) log_is_due: Arc<AtomicBool>,
}

impl Outbox {
    /// The first mails to be sent: fresh links before all, whatever was never tried before what was.
    pub(crate) async fn first(&self, most: usize) -> Result<Vec<Waiting>, DeskError> {
        let first =
            sqlx::query_as("SELECT * FROM outbox ORDER BY kind <> 'link', attempts, id LIMIT ?");
        let first = first.bind(i64::try_from(most).unwrap_or(i64::MAX));
        Ok(first.fetch_all(&self.pool).await?)
    }

    /// One more attempt has failed.
    pub(crate) async fn tried(&self, mail: &Waiting) -> Result<(), DeskError> {
        sqlx::query("UPDATE outbox SET attempts = attempts + 1 WHERE id = ?")
            .bind(mail.id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The mail has left, or will not: what its organizer may know of that is kept, which is the fate of invitations and of seats'
    /// links. Of any other mail even a bounce would tell who has voted; only that the voter was reached is kept, and nobody votes
    /// who was not. A mail that was withdrawn meanwhile, since the address changed, settles nothing.
    pub(crate) async fn settle(
        &self,
        mail: &Waiting,
        outcome: Result<(), &str>,
    ) -> Result<(), DeskError> {
        let (state, problem) = match outcome {
            Ok(()) => ("sent", None),
            Err(why) => ("bounced", Some(why)),
        };
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        if !forget(&mut transaction, mail.id).await? {
            return Ok(());
        }
        if outcome.is_ok() {
            sqlx::query("UPDATE voter SET reached = 1 WHERE id = ?")
                .bind(mail.voter)
                .execute(&mut *transaction)
                .await?;
        }
        match mail.kind {
            Kind::Invitation => {
                sqlx::query("UPDATE voter SET mailed = ?, problem = ? WHERE id = ?")
                    .bind(state)
                    .bind(problem)
                    .bind(mail.voter)
                    .execute(&mut *transaction)
                    .await?;
            }
            Kind::Seat(role, number) => {
                let what = "UPDATE seat SET mailed = ?, problem = ? WHERE draft = ? AND role = ? AND number = ?";
                sqlx::query(what)
                    .bind(state)
                    .bind(problem)
                    .bind(mail.draft)
                    .bind(role_text(role))
                    .bind(number)
                    .execute(&mut *transaction)
                    .await?;
            }
            Kind::Reminder | Kind::Link | Kind::Notice(_) => {}
        }
        transaction.commit().await?;
        self.note_last_notice(mail).await
    }

    /// A mail that nobody needs any more.
    pub(crate) async fn drop(&self, mail: &Waiting) -> Result<(), DeskError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let waited = forget(&mut transaction, mail.id).await?;
        if waited && mail.kind == Kind::Invitation {
            sqlx::query("UPDATE voter SET mailed = 'none' WHERE id = ?")
                .bind(mail.voter)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        self.note_last_notice(mail).await
    }

    /// With the last notice after the close goes the last that says who cast which ballot: then the write-ahead log is to be emptied
    /// once more.
    async fn note_last_notice(&self, mail: &Waiting) -> Result<(), DeskError> {
        if !matches!(mail.kind, Kind::Notice(_)) {
            return Ok(());
        }
        let is_last = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM voter_list WHERE draft = ?1 AND erased = 1) \
             AND NOT EXISTS (SELECT 1 FROM outbox WHERE draft = ?1 AND kind = 'notice')",
        );
        let is_last: bool = is_last.bind(mail.draft).fetch_one(&self.pool).await?;
        if is_last {
            self.log_is_due.store(true, Ordering::Release);
        }
        Ok(())
    }
}

/// Takes a mail out; false where it was not there any more.
async fn forget(connection: &mut SqliteConnection, id: i64) -> Result<bool, DeskError> {
    let gone = sqlx::query("DELETE FROM outbox WHERE id = ?")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(gone.rows_affected() > 0)
}

/// Withdraws a voter's mails and what was mailed: links and codes that went to an address that is the voter's no longer.
pub(crate) async fn withdraw(
    connection: &mut SqliteConnection,
    voter: i64,
) -> Result<(), DeskError> {
    for statement in [
        "DELETE FROM outbox WHERE voter = ?",
        "DELETE FROM link WHERE voter = ?",
        "UPDATE voter SET mailed = 'none', problem = NULL WHERE id = ?",
    ] {
        sqlx::query(statement)
            .bind(voter)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

fn role_text(role: Role) -> &'static str {
    match role {
        Role::Trustee => "trustee",
        Role::Issuer => "issuer",
    }
}

/// Puts a mail to a voter into the outbox, unless one of its kind waits there for the same voter already. Notices are told apart
/// by their ballots.
pub(crate) async fn put(
    connection: &mut SqliteConnection,
    draft: i64,
    voter: i64,
    kind: Kind,
) -> Result<bool, DeskError> {
    let (name, tracker) = match &kind {
        Kind::Invitation => ("invitation", None),
        Kind::Reminder => ("reminder", None),
        Kind::Link => ("link", None),
        Kind::Notice(tracker) => ("notice", Some(&tracker[..])),
        Kind::Seat(..) => return Err(DeskError::Damaged("a seat is no voter")),
    };
    let seed: [u8; 16] = random_bytes().map_err(|_| DeskError::Damaged("no randomness"))?;
    let put = sqlx::query(
        "INSERT INTO outbox (draft, kind, voter, tracker, seed) SELECT ?1, ?2, ?3, ?4, ?5 \
         WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE voter = ?3 AND kind = ?2 AND tracker IS ?4)",
    )
    .bind(draft)
    .bind(name)
    .bind(voter)
    .bind(tracker)
    .bind(&seed[..])
    .execute(&mut *connection)
    .await?;
    if kind == Kind::Invitation {
        sqlx::query("UPDATE voter SET mailed = 'queued', problem = NULL WHERE id = ?")
            .bind(voter)
            .execute(connection)
            .await?;
    }
    Ok(put.rows_affected() > 0)
}

/// Puts the mail with a seat's link into the outbox.
pub(crate) async fn put_seat(
    connection: &mut SqliteConnection,
    draft: i64,
    role: Role,
    number: u32,
) -> Result<(), DeskError> {
    let seed: [u8; 16] = random_bytes().map_err(|_| DeskError::Damaged("no randomness"))?;
    for statement in [
        "DELETE FROM outbox WHERE draft = ?1 AND kind = 'seat' AND role = ?2 AND number = ?3",
        "INSERT INTO outbox (draft, kind, role, number, seed) VALUES (?1, 'seat', ?2, ?3, ?4)",
        "UPDATE seat SET mailed = 'queued', problem = NULL WHERE draft = ?1 AND role = ?2 AND number = ?3",
    ] {
        let mut query = sqlx::query(statement)
            .bind(draft)
            .bind(role_text(role))
            .bind(number);
        if statement.starts_with("INSERT") {
            query = query.bind(&seed[..]);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}
