//! The list of voters: checked row by row when the organizer saves it, and no longer changed once the roll is signed.

use std::collections::HashMap;

use lettre::Address;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _, SqliteConnection};
use urne_client::desk::{
    ListedVoter, MailState, Mailed, NewVoter, NewVoterList, RegistrarVoter, VoterList,
};
use urne_client::draft::DraftContent;
use urne_client::workshop::register::{Register, RowId};
use urne_crypto::credential::Identifier;

use super::{Voters, VotersError, array};
use crate::desk::DeskError;
use crate::desk::token::random_bytes;
use crate::mail::outbox::withdraw;

/// A voter's row.
#[derive(Clone, Debug)]
pub(crate) struct VoterRow {
    pub(crate) id: i64,
    pub(crate) row: RowId,
    pub(crate) voter: NewVoter,
    /// the server's half, sealed
    pub(crate) half: Option<Vec<u8>>,
    /// current key of the line
    pub(crate) line: Option<[u8; 32]>,
    pub(crate) invitation: Mailed,
}

impl FromRow<'_, SqliteRow> for VoterRow {
    fn from_row(row: &SqliteRow) -> Result<VoterRow, sqlx::Error> {
        let damaged = |what: &'static str| sqlx::Error::Decode(DeskError::Damaged(what).into());
        let bytes: Vec<u8> = row.try_get("row")?;
        let line: Option<Vec<u8>> = row.try_get("line")?;
        let line = line.map(|line| array(&line, "a voter's line")).transpose();
        let state: String = row.try_get("mailed")?;
        Ok(VoterRow {
            id: row.try_get("id")?,
            row: RowId(array(&bytes, "").map_err(|_| damaged("a row id"))?),
            voter: NewVoter {
                identifier: row.try_get("identifier")?,
                name: row.try_get("name")?,
                email: row.try_get("email")?,
                language: row.try_get("language")?,
                weight: row.try_get("weight")?,
                college: row.try_get("college")?,
                address: row.try_get("address")?,
            },
            half: row.try_get("half")?,
            line: line.map_err(|_| damaged("a voter's line"))?,
            invitation: Mailed {
                state: mail_state(&state).ok_or_else(|| damaged("a mail's state"))?,
                problem: row.try_get("problem")?,
            },
        })
    }
}

/// As the database holds how far a mail came.
pub(crate) fn mail_state(text: &str) -> Option<MailState> {
    match text {
        "none" => Some(MailState::None),
        "queued" => Some(MailState::Queued),
        "sent" => Some(MailState::Sent),
        "bounced" => Some(MailState::Bounced),
        _ => None,
    }
}

/// A list's row.
#[derive(Clone, Debug, FromRow)]
pub(crate) struct ListRow {
    pub(crate) draft: i64,
    pub(crate) appeal_days: u32,
    pub(crate) stage: String,
    pub(crate) trouble: Option<String>,
    pub(crate) noticed: i64,
    pub(crate) erased: bool,
}

/// Checks a whole list against the draft it is for; the identifiers come back in their one form, e-mail addresses in lower case.
///
/// # Errors
/// A sentence that names row, from 1, and field.
pub(crate) fn check(list: NewVoterList, content: &DraftContent) -> Result<NewVoterList, String> {
    // At least a day: the last notices of accepted ballots may still wait.
    if !(1..=3_650).contains(&list.appeal_days) {
        return Err("appeal_days: 1 to 3650".into());
    }
    if list.voters.len() > Register::MOST_VOTERS {
        let most = Register::MOST_VOTERS;
        return Err(format!("voters: at most {most}"));
    }
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut voters = Vec::with_capacity(list.voters.len());
    for (number, voter) in (1..).zip(list.voters) {
        let voter = check_voter(voter, content).map_err(|why| format!("voters[{number}].{why}"))?;
        if let Some(before) = seen.insert(voter.identifier.clone(), number) {
            return Err(format!(
                "voters[{number}].identifier: the same as in voters[{before}]"
            ));
        }
        voters.push(voter);
    }
    Ok(NewVoterList { voters, ..list })
}

/// Checks one voter.
///
/// # Errors
/// A sentence that begins with the field.
pub(crate) fn check_voter(voter: NewVoter, content: &DraftContent) -> Result<NewVoter, String> {
    let identifier =
        Identifier::new(&voter.identifier).map_err(|why| format!("identifier: {why}"))?;
    check_text("name", &voter.name, 200, "")?;
    check_text("address", &voter.address, 500, "\n")?;
    let email = match voter.email.trim() {
        "" => String::new(),
        email => check_email(email).map_err(|why| format!("email: {why}"))?,
    };
    let language = &voter.language;
    if !language.is_empty() && !content.languages.contains(language) {
        let languages = content.languages.join(", ");
        return Err(format!(
            "language: “{language}” is none of the election's: {languages}"
        ));
    }
    if voter.weight == 0 {
        return Err("weight: at least 1".into());
    }
    let colleges = content.colleges.len();
    if voter.college == 0 || voter.college as usize > colleges {
        return Err(format!("college: a number from 1 to {colleges}"));
    }
    Ok(NewVoter {
        identifier: identifier.as_str().to_owned(),
        email,
        ..voter
    })
}

fn check_text(field: &str, text: &str, most: usize, also: &str) -> Result<(), String> {
    let forbidden = |character: char| character.is_control() && !also.contains(character);
    if text.len() > most || text.contains(forbidden) {
        return Err(format!(
            "{field}: at most {most} bytes, and no control character"
        ));
    }
    Ok(())
}

/// An e-mail address in the form in which it is kept and compared.
///
/// # Errors
/// In words.
pub(crate) fn check_email(email: &str) -> Result<String, String> {
    let email = email.to_lowercase();
    let whole = email.len() <= 254 && email.contains('@');
    match email.parse::<Address>() {
        Ok(_) if whole => Ok(email),
        _ => Err(format!("“{email}” is not an e-mail address")),
    }
}

impl Voters {
    /// The list of a draft, without its voters.
    pub(crate) async fn list(&self, draft: i64) -> Result<Option<ListRow>, VotersError> {
        let row = sqlx::query_as("SELECT * FROM voter_list WHERE draft = ?").bind(draft);
        Ok(row.fetch_optional(&self.pool).await?)
    }

    /// Every list whose election may still need it.
    pub(crate) async fn lists(&self) -> Result<Vec<ListRow>, VotersError> {
        Ok(sqlx::query_as("SELECT * FROM voter_list ORDER BY draft")
            .fetch_all(&self.pool)
            .await?)
    }

    /// Puts a checked list in the place of the one before. Whoever stays keeps row id, half and what is known of the invitation;
    /// what the server began to make from the old list is begun again.
    ///
    /// # Errors
    /// [`VotersError::Unfit`] where a voter whom a mail has reached is missing or has another address: whoever could strike off and
    /// list again could lead the mails elsewhere.
    pub(crate) async fn save(&self, draft: i64, list: &NewVoterList) -> Result<(), VotersError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let kept: Vec<Kept> =
            sqlx::query_as("SELECT id, identifier, email, reached FROM voter WHERE draft = ?")
                .bind(draft)
                .fetch_all(&mut *transaction)
                .await?;
        keeps_the_reached(&kept, list).map_err(VotersError::Unfit)?;
        sqlx::query(
            "INSERT INTO voter_list (draft, appeal_days) VALUES (?1, ?2) \
             ON CONFLICT (draft) DO UPDATE SET appeal_days = ?2, stage = 'halves', trouble = NULL",
        )
        .bind(draft)
        .bind(list.appeal_days)
        .execute(&mut *transaction)
        .await?;
        // A parcel over the old list says nothing about the new one.
        sqlx::query(
            "DELETE FROM parcel WHERE draft = ?1 AND name = 'roll' AND issuer IN \
             (SELECT number FROM seat WHERE draft = ?1 AND role = 'issuer' AND holder = 'server')",
        )
        .bind(draft)
        .execute(&mut *transaction)
        .await?;
        let listed = by_identifier(list);
        for voter in &kept {
            match listed.get(voter.identifier.as_str()) {
                None => {
                    sqlx::query("DELETE FROM voter WHERE id = ?")
                        .bind(voter.id)
                        .execute(&mut *transaction)
                        .await?;
                }
                Some((_, new)) if new.email != voter.email => {
                    withdraw(&mut transaction, voter.id).await?;
                }
                Some(_) => {}
            }
        }
        for (position, voter) in (0..).zip(&list.voters) {
            insert(&mut transaction, draft, position, voter, None).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The list as its organizer sees it.
    pub(crate) async fn shown(&self, draft: i64) -> Result<VoterList, VotersError> {
        const NONE: VotersError = VotersError::NotFound("there is no list of voters yet");
        let list = self.list(draft).await?.ok_or(NONE)?;
        let shown = |row: VoterRow| ListedVoter {
            row: row.row.to_string(),
            voter: row.voter,
            invitation: row.invitation,
        };
        Ok(VoterList {
            appeal_days: list.appeal_days,
            voters: self.voters(draft).await?.into_iter().map(shown).collect(),
        })
    }

    /// The list as a registrar sees it.
    pub(crate) async fn registrars(&self, draft: i64) -> Result<Vec<RegistrarVoter>, VotersError> {
        let shown = |row: VoterRow| RegistrarVoter {
            row: row.row.to_string(),
            identifier: row.voter.identifier,
            name: row.voter.name,
            language: row.voter.language,
            weight: row.voter.weight,
            college: row.voter.college,
            address: row.voter.address,
            email: row.voter.email,
        };
        Ok(self.voters(draft).await?.into_iter().map(shown).collect())
    }

    /// Everybody, in the list's order.
    pub(crate) async fn voters(&self, draft: i64) -> Result<Vec<VoterRow>, VotersError> {
        let rows = sqlx::query_as("SELECT * FROM voter WHERE draft = ? ORDER BY position, id");
        Ok(rows.bind(draft).fetch_all(&self.pool).await?)
    }

    /// The voter with this row id.
    pub(crate) async fn by_row(
        &self,
        draft: i64,
        row: &RowId,
    ) -> Result<Option<VoterRow>, VotersError> {
        let found = sqlx::query_as("SELECT * FROM voter WHERE draft = ? AND row = ?");
        let found = found.bind(draft).bind(&row.0[..]);
        Ok(found.fetch_optional(&self.pool).await?)
    }

    /// The voter with this number.
    pub(crate) async fn numbered(&self, id: i64) -> Result<Option<VoterRow>, VotersError> {
        let found = sqlx::query_as("SELECT * FROM voter WHERE id = ?").bind(id);
        Ok(found.fetch_optional(&self.pool).await?)
    }

    /// Those who have this identifier, or this e-mail address; a few at most.
    pub(crate) async fn named(&self, draft: i64, name: &str) -> Result<Vec<VoterRow>, VotersError> {
        let identifier = Identifier::new(name);
        let identifier = identifier.as_ref().map_or("", Identifier::as_str);
        let found = sqlx::query_as(
            "SELECT * FROM voter WHERE draft = ? AND (identifier = ? OR email <> '' AND email = ?) LIMIT 8",
        );
        let found = found
            .bind(draft)
            .bind(identifier)
            .bind(name.trim().to_lowercase());
        Ok(found.fetch_all(&self.pool).await?)
    }

    /// Gives a voter whom no mail has reached another address for mails; what went to the old one is worthless.
    ///
    /// # Errors
    /// [`VotersError::WrongPhase`] once a mail has reached the voter.
    pub(crate) async fn change_email(
        &self,
        voter: &VoterRow,
        email: &str,
    ) -> Result<(), VotersError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let done = sqlx::query("UPDATE voter SET email = ? WHERE id = ? AND reached = 0")
            .bind(email)
            .bind(voter.id)
            .execute(&mut *transaction)
            .await?;
        if done.rows_affected() == 0 {
            return Err(VotersError::WrongPhase(
                "a mail has reached this voter: the address stays",
            ));
        }
        withdraw(&mut transaction, voter.id).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// How many voters the list has, and how many of them have no e-mail address.
    pub(crate) async fn counts(&self, draft: i64) -> Result<(u64, u64), VotersError> {
        let (all, without): (i64, i64) = sqlx::query_as(
            "SELECT count(*), count(*) FILTER (WHERE email = '') FROM voter WHERE draft = ?",
        )
        .bind(draft)
        .fetch_one(&self.pool)
        .await?;
        Ok((all.unsigned_abs(), without.unsigned_abs()))
    }
}

/// A voter of the list before.
#[derive(FromRow)]
struct Kept {
    id: i64,
    identifier: String,
    email: String,
    /// whether any mail has left for the address: then it stays
    reached: bool,
}

/// Every voter of a checked list, with their numbers from 1.
fn by_identifier(list: &NewVoterList) -> HashMap<&str, (usize, &NewVoter)> {
    let numbered = (1..).zip(&list.voters);
    numbered
        .map(|(number, voter)| (voter.identifier.as_str(), (number, voter)))
        .collect()
}

fn keeps_the_reached(kept: &[Kept], list: &NewVoterList) -> Result<(), String> {
    let listed = by_identifier(list);
    for voter in kept.iter().filter(|voter| voter.reached) {
        match listed.get(voter.identifier.as_str()) {
            None => {
                let identifier = &voter.identifier;
                return Err(format!(
                    "voters: a mail has reached “{identifier}”, who stays on the list: remove the voter once the box is open, on the board"
                ));
            }
            Some((number, new)) if new.email != voter.email => {
                return Err(format!(
                    "voters[{number}].email: a mail has reached this voter: the address stays"
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Inserts a voter, or brings the one with this identifier up to date. Without a row id, a new voter gets a random one.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    draft: i64,
    position: i64,
    voter: &NewVoter,
    row: Option<RowId>,
) -> Result<(), VotersError> {
    let row = match row {
        Some(row) => row,
        None => RowId(random_bytes().map_err(|_| DeskError::Damaged("no randomness"))?),
    };
    sqlx::query(
        "INSERT INTO voter (draft, row, position, identifier, name, email, language, weight, college, address) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
         ON CONFLICT (draft, identifier) DO UPDATE SET position = ?3, name = ?5, email = ?6, \
         language = ?7, weight = ?8, college = ?9, address = ?10",
    )
    .bind(draft)
    .bind(&row.0[..])
    .bind(position)
    .bind(&voter.identifier)
    .bind(&voter.name)
    .bind(&voter.email)
    .bind(&voter.language)
    .bind(voter.weight)
    .bind(voter.college)
    .bind(&voter.address)
    .execute(connection)
    .await?;
    Ok(())
}
