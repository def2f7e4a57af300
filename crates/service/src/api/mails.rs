//! `/api/v1/drafts/{draft}/invitations` and `…/reminders`: mails to voters, and better addresses where one bounced.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use urne_client::desk::{MailState, MailsQueued, NewEmail, NewInvitations};
use urne_client::workshop::register::RowId;

use super::App;
use super::answers::{TokenBody, TokenOnly};
use super::path::PathText;
use super::problem::ApiError;
use super::read::{DRAFT, NoBody, SMALL, StrictJson};
use super::token::Organizer;
use super::voters::founded;
use crate::desk::DeskError;
use crate::desk::draft::DraftRow;
use crate::mail::outbox::{Kind, put};
use crate::office::is_past_voting;
use crate::room::Room;
use crate::voters::list::{VoterRow, check_email};

const NO_MAIL: ApiError =
    ApiError::WrongPhase("this server sends no mail: its operator has to configure [mail] first");
const NO_HALF: ApiError = ApiError::WrongPhase(
    "this server is no issuer of the election: it has no link to mail, the registrars' letters are all a voter needs",
);
const NO_ROW: ApiError = ApiError::NotFound("nobody in the list has this row id");

/// Mail invitations
///
/// To everybody who was not sent one, or to those whose rows are given, again if need be.
#[utoipa::path(
    post,
    path = "/api/v1/drafts/{draft}/invitations",
    tag = "voters",
    params(("draft" = String, Path, pattern = "^[A-Za-z0-9_-]{22}$")),
    security(("organizer" = [])),
    request_body = NewInvitations,
    responses((status = 202, body = MailsQueued), TokenBody)
)]
pub(crate) async fn invite(
    State(app): State<App>,
    organizer: Organizer,
    path: PathText<1>,
    StrictJson(new): StrictJson<NewInvitations, DRAFT>,
) -> Result<(StatusCode, Json<MailsQueued>), ApiError> {
    let draft = organizer.of(&path)?;
    let rows = wanted_rows(&new)?;
    let room = can_mail(&app, &draft)?;
    if is_past_voting(&room) {
        return Err(ApiError::WrongPhase("the ballot box is closed"));
    }
    let _turn = app.office().list_turn().await;
    let wanted = |voter: &VoterRow| match &rows {
        Some(rows) => rows.contains(&voter.row),
        None => voter.invitation.state == MailState::None,
    };
    let voters = app.voters().voters(draft.id).await?;
    let voters = voters.into_iter().filter(wanted);
    let queued = put_all(&app, &draft, voters, Kind::Invitation).await?;
    Ok((StatusCode::ACCEPTED, Json(MailsQueued { queued })))
}

/// Remind those who have no ballot in the box
///
/// Nobody is told to whom a reminder went, or how many did.
#[utoipa::path(
    post,
    path = "/api/v1/drafts/{draft}/reminders",
    tag = "voters",
    params(("draft" = String, Path, pattern = "^[A-Za-z0-9_-]{22}$")),
    security(("organizer" = [])),
    responses((status = 202, description = "they are on their way"), TokenOnly)
)]
pub(crate) async fn remind(
    State(app): State<App>,
    organizer: Organizer,
    _: NoBody,
    path: PathText<1>,
) -> Result<StatusCode, ApiError> {
    let draft = organizer.of(&path)?;
    let room = can_mail(&app, &draft)?;
    if !room.status().admits_ballots {
        return Err(ApiError::WrongPhase(
            "reminders go out while the ballot box is open",
        ));
    }
    let has_no_ballot = |voter: &VoterRow| {
        let line = voter.line.and_then(|line| room.line(&line));
        line.is_some_and(|line| line.accepted.is_none())
    };
    let voters = app.voters().voters(draft.id).await?;
    let voters = voters.into_iter().filter(has_no_ballot);
    put_all(&app, &draft, voters, Kind::Reminder).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Change the address of a voter whom no mail has reached
///
/// Whoever was reached once keeps their address, whatever becomes of later mails: nobody's mails can be led elsewhere behind their back.
/// Mails that wait for the old address are withdrawn, and links that went there are worthless: invite again.
#[utoipa::path(
    put,
    path = "/api/v1/drafts/{draft}/voters/{row}/email",
    tag = "voters",
    params(
        ("draft" = String, Path, pattern = "^[A-Za-z0-9_-]{22}$"),
        ("row" = String, Path, pattern = "^[0-9a-f]{32}$"),
    ),
    security(("organizer" = [])),
    request_body = NewEmail,
    responses((status = 204, description = "kept"), TokenBody)
)]
pub(crate) async fn change_email(
    State(app): State<App>,
    organizer: Organizer,
    path: PathText<2>,
    StrictJson(new): StrictJson<NewEmail, SMALL>,
) -> Result<StatusCode, ApiError> {
    let draft = organizer.of(&path)?;
    let row = RowId::parse(path.segment(1)).ok_or(NO_ROW)?;
    let email = check_email(new.email.trim());
    let email = email.map_err(|why| ApiError::Unfit(format!("email: {why}")))?;
    let _turn = app.office().list_turn().await;
    let voter = app.voters().by_row(draft.id, &row).await?.ok_or(NO_ROW)?;
    app.voters().change_email(&voter, &email).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn wanted_rows(new: &NewInvitations) -> Result<Option<HashSet<RowId>>, ApiError> {
    let Some(rows) = &new.rows else {
        return Ok(None);
    };
    let read = (1..).zip(rows).map(|(number, text): (usize, _)| {
        let unfit = || ApiError::Unfit(format!("rows[{number}]: 32 digits from 0 to 9 and a to f"));
        RowId::parse(text).ok_or_else(unfit)
    });
    read.collect::<Result<_, _>>().map(Some)
}

/// The room of an election whose voters this server can write to.
fn can_mail(app: &App, draft: &DraftRow) -> Result<Arc<Room>, ApiError> {
    let room = founded(app, draft)?;
    if app.office().mail.is_none() {
        return Err(NO_MAIL);
    }
    match room.server_issuer() {
        None => Err(NO_HALF),
        Some(_) => Ok(room),
    }
}

async fn put_all(
    app: &App,
    draft: &DraftRow,
    voters: impl Iterator<Item = VoterRow>,
    kind: Kind,
) -> Result<u64, ApiError> {
    let mut transaction = app.voters().begin().await?;
    let mut queued = 0;
    for voter in voters.filter(|voter| !voter.voter.email.is_empty()) {
        queued += u64::from(put(&mut transaction, draft.id, voter.id, kind).await?);
    }
    transaction.commit().await.map_err(DeskError::from)?;
    app.office().mail_waits();
    Ok(queued)
}
