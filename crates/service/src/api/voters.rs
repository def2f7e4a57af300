//! `/api/v1/drafts/{draft}/voters` and what hangs on the list: the roll that the server makes, and its changes. Nothing here says
//! who has voted.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequest as _, Request, State};
use axum::http::StatusCode;
use urne_client::desk::{
    NamedChange, NewChange, NewVoterList, RegistrarList, RollProgress, RollStage, VoterList,
};
use urne_client::draft::DraftContent;
use urne_client::http::{PhaseName, Role};
use urne_election::phase::Phase;

use super::App;
use super::answers::{TokenBody, TokenOnly};
use super::path::PathText;
use super::problem::ApiError;
use super::read::{NoBody, SMALL, StrictJson, VOTERS};
use super::token::{Holder, Organizer};
use crate::desk::draft::DraftRow;
use crate::office::{Errand, kept_until};
use crate::room::Room;
use crate::voters::list::check;

/// Save the list of voters
///
/// The whole list, up to 32 MiB of JSON; it takes the place of the one before. It may change until the roll is signed: afterwards
/// voters are added and removed one by one, on the board.
#[utoipa::path(
    put,
    path = "/api/v1/drafts/{draft}/voters",
    tag = "voters",
    params(("draft" = String, Path, pattern = "^[A-Za-z0-9_-]{22}$")),
    security(("organizer" = [])),
    request_body = NewVoterList,
    responses((status = 200, body = VoterList), TokenBody)
)]
pub(crate) async fn save(
    State(app): State<App>,
    organizer: Organizer,
    path: PathText<1>,
    request: Request,
) -> Result<Json<VoterList>, ApiError> {
    let draft = organizer.of(&path)?;
    // Taken before the body is read: a few lists at a time fit in memory.
    let _place = app.parcel_place().await;
    let StrictJson(list) = StrictJson::<NewVoterList, VOTERS>::from_request(request, &app).await?;
    let list = check(list, &content(&draft)?).map_err(ApiError::Unfit)?;
    let _turn = app.office().list_turn().await;
    may_change_list(&app, &draft).await?;
    app.voters().save(draft.id, &list).await?;
    Ok(Json(app.voters().shown(draft.id).await?))
}

/// Read the list of voters
///
/// With row ids, and what became of the invitations.
#[utoipa::path(
    get,
    path = "/api/v1/drafts/{draft}/voters",
    tag = "voters",
    params(("draft" = String, Path, pattern = "^[A-Za-z0-9_-]{22}$")),
    security(("organizer" = [])),
    responses((status = 200, body = VoterList), TokenOnly)
)]
pub(crate) async fn read(
    State(app): State<App>,
    organizer: Organizer,
    path: PathText<1>,
) -> Result<Json<VoterList>, ApiError> {
    let draft = organizer.of(&path)?;
    Ok(Json(app.voters().shown(draft.id).await?))
}

/// Delete the list of voters
///
/// Before the founding, or once the time for appeals is over; then the server deletes it by itself, too.
#[utoipa::path(
    delete,
    path = "/api/v1/drafts/{draft}/voters",
    tag = "voters",
    params(("draft" = String, Path, pattern = "^[A-Za-z0-9_-]{22}$")),
    security(("organizer" = [])),
    responses((status = 204, description = "it is gone"), TokenOnly)
)]
pub(crate) async fn delete(
    State(app): State<App>,
    organizer: Organizer,
    _: NoBody,
    path: PathText<1>,
) -> Result<StatusCode, ApiError> {
    let draft = organizer.of(&path)?;
    let _turn = app.office().list_turn().await;
    if let (Some(list), Some(room)) = (
        app.voters().list(draft.id).await?,
        app.office().room_of(&draft),
    ) {
        let closes = room.with_election(|election| election.closes());
        let over = app.hall().clock().now_s() >= kept_until(closes, list.appeal_days);
        if !over {
            return Err(ApiError::WrongPhase(
                "the list is kept until the time for appeals is over; then it is deleted",
            ));
        }
    }
    app.voters().delete_list(draft.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Read the list as a registrar
///
/// With the row ids that all issuers share, and postal addresses for the letters.
#[utoipa::path(
    get,
    path = "/api/v1/seat/voters",
    tag = "seats",
    security(("seat" = [])),
    responses((status = 200, body = RegistrarList), TokenOnly)
)]
pub(crate) async fn registrars(
    State(app): State<App>,
    Holder { seat, draft, .. }: Holder,
) -> Result<Json<RegistrarList>, ApiError> {
    if seat.role != Role::Issuer {
        return Err(ApiError::Unauthorized("a registrar's token"));
    }
    let voters = app.voters().registrars(draft.id).await?;
    Ok(Json(RegistrarList { voters }))
}

/// Ask the server to make the roll alone
///
/// Where it is the only issuer. It is made in the background: read how far it has come.
#[utoipa::path(
    post,
    path = "/api/v1/drafts/{draft}/roll",
    tag = "voters",
    params(("draft" = String, Path, pattern = "^[A-Za-z0-9_-]{22}$")),
    security(("organizer" = [])),
    responses((status = 202, body = RollProgress), TokenOnly)
)]
pub(crate) async fn make_roll(
    State(app): State<App>,
    organizer: Organizer,
    _: NoBody,
    path: PathText<1>,
) -> Result<(StatusCode, Json<RollProgress>), ApiError> {
    let draft = organizer.of(&path)?;
    let room = founded(&app, &draft)?;
    let alone = room.with_election(|election| election.manifest().issuers.len() == 1);
    if room.server_issuer().is_none() || !alone {
        return Err(ApiError::WrongPhase(
            "the registrar begins the roll: the server answers by itself",
        ));
    }
    if room.status().phase != PhaseName::Preparing {
        return Err(ApiError::WrongPhase(
            "the roll is made once the trustees have confirmed the key, and before the opening",
        ));
    }
    app.office().leave(Errand::Roll(draft.clone()));
    Ok((StatusCode::ACCEPTED, Json(how_far(&app, &draft).await?)))
}

/// Read how far the roll has come
#[utoipa::path(
    get,
    path = "/api/v1/drafts/{draft}/roll",
    tag = "voters",
    params(("draft" = String, Path, pattern = "^[A-Za-z0-9_-]{22}$")),
    security(("organizer" = [])),
    responses((status = 200, body = RollProgress), TokenOnly)
)]
pub(crate) async fn roll(
    State(app): State<App>,
    organizer: Organizer,
    path: PathText<1>,
) -> Result<Json<RollProgress>, ApiError> {
    let draft = organizer.of(&path)?;
    Ok(Json(how_far(&app, &draft).await?))
}

/// Name a change of the roll
///
/// Alone, the server makes it at once. Beside a registrar, it takes part as soon as the registrar has named the same voter, change and
/// reason.
#[utoipa::path(
    post,
    path = "/api/v1/drafts/{draft}/changes",
    tag = "voters",
    params(("draft" = String, Path, pattern = "^[A-Za-z0-9_-]{22}$")),
    security(("organizer" = [])),
    request_body = NewChange,
    responses((status = 201, body = NamedChange), TokenBody)
)]
pub(crate) async fn name_change(
    State(app): State<App>,
    organizer: Organizer,
    path: PathText<1>,
    StrictJson(new): StrictJson<NewChange, SMALL>,
) -> Result<(StatusCode, Json<NamedChange>), ApiError> {
    let draft = organizer.of(&path)?;
    let room = founded(&app, &draft)?;
    if room.server_issuer().is_none() {
        return Err(ApiError::WrongPhase(
            "this server is no issuer of the election: the registrars change the roll",
        ));
    }
    if !room.with_election(|election| matches!(election.phase(), Phase::Voting(_))) {
        return Err(ApiError::WrongPhase(
            "the roll changes only while the box is open",
        ));
    }
    let _turn = app.office().list_turn().await;
    let change = app
        .voters()
        .name_change(&draft, new, &content(&draft)?)
        .await?;
    app.office().leave(Errand::Change(draft, change.row));
    Ok((StatusCode::CREATED, Json(change.shown())))
}

/// List the changes that were named
#[utoipa::path(
    get,
    path = "/api/v1/drafts/{draft}/changes",
    tag = "voters",
    params(("draft" = String, Path, pattern = "^[A-Za-z0-9_-]{22}$")),
    security(("organizer" = [])),
    responses((status = 200, body = Vec<NamedChange>), TokenOnly)
)]
pub(crate) async fn changes(
    State(app): State<App>,
    organizer: Organizer,
    path: PathText<1>,
) -> Result<Json<Vec<NamedChange>>, ApiError> {
    let draft = organizer.of(&path)?;
    let changes = app.voters().changes(&draft).await?;
    Ok(Json(changes.iter().map(|change| change.shown()).collect()))
}

fn content(draft: &DraftRow) -> Result<DraftContent, ApiError> {
    let content = draft.content()?;
    content.ok_or_else(|| {
        ApiError::Unfit(
            "save the draft's content first: languages and colleges are compared with it".into(),
        )
    })
}

pub(super) fn founded(app: &App, draft: &DraftRow) -> Result<Arc<Room>, ApiError> {
    let room = app.office().room_of(draft);
    room.ok_or(ApiError::WrongPhase("the election is not founded yet"))
}

async fn may_change_list(app: &App, draft: &DraftRow) -> Result<(), ApiError> {
    const NOT_ANY_MORE: ApiError = ApiError::WrongPhase(
        "the roll is signed: voters are added and removed one by one now, on the board",
    );
    let Some(room) = app.office().room_of(draft) else {
        return match app.office().founded(&draft.nonce).await? {
            None => Ok(()),
            Some(_) => Err(ApiError::AlreadyFounded),
        };
    };
    let list = app.voters().list(draft.id).await?;
    let signed = list.is_some_and(|list| matches!(list.stage.as_str(), "signatures" | "published"));
    let stands = room.with_election(|election| match election.phase() {
        Phase::Dealing(_) | Phase::Confirming(_) => false,
        Phase::Preparing(phase) => phase.next_chunk() > 0,
        Phase::Voting(_) | Phase::Sealing(_) | Phase::Failed(_) => true,
    });
    match signed || stands {
        true => Err(NOT_ANY_MORE),
        false => Ok(()),
    }
}

async fn how_far(app: &App, draft: &DraftRow) -> Result<RollProgress, ApiError> {
    const NONE: ApiError = ApiError::NotFound("there is no list of voters yet");
    let list = app.voters().list(draft.id).await?.ok_or(NONE)?;
    let (voters, without_email) = app.voters().counts(draft.id).await?;
    let room = app.office().room_of(draft);
    let issuer = room.as_ref().map(|room| {
        let issuers = room.with_election(|election| election.manifest().issuers.len());
        (room.server_issuer().is_some(), issuers)
    });
    let stage = match (issuer, list.stage.as_str()) {
        (_, "published") => RollStage::Published,
        (None | Some((false, _)), _) => RollStage::Registrars,
        (Some((true, 1)), _) => RollStage::Server,
        (Some(_), "proofs") => RollStage::Proofs,
        (Some(_), "signatures") => RollStage::Signatures,
        (Some(_), _) => RollStage::Halves,
    };
    Ok(RollProgress {
        voters,
        without_email,
        stage,
        trouble: list.trouble,
    })
}
