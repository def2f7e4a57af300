//! `/api/v1/elections`: where elections stand, and everything that is done at one of them.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use urne_client::http::{Appended, ElectionStatus, Frozen, LineStatus};

use super::App;
use super::answers::{Entry, Named, Plain, TokenOnly};
use super::path::PathText;
use super::problem::ApiError;
use super::read::{ENTRY, NoBody, Octets};
use super::token::Organizer;
use crate::office::is_past_voting;
use crate::room::Admitted;

/// List the elections of this server
#[utoipa::path(
    get,
    path = "/api/v1/elections",
    tag = "elections",
    responses((status = 200, body = Vec<ElectionStatus>), Plain)
)]
pub(crate) async fn list(State(app): State<App>) -> Json<Vec<ElectionStatus>> {
    Json(app.statuses())
}

/// Read where an election stands
#[utoipa::path(
    get,
    path = "/api/v1/elections/{election}",
    tag = "elections",
    params(("election" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$")),
    responses((status = 200, body = ElectionStatus), Named)
)]
pub(crate) async fn read(
    State(app): State<App>,
    path: PathText<1>,
) -> Result<Json<ElectionStatus>, ApiError> {
    Ok(Json(app.room(&path)?.status()))
}

/// Send an entry
///
/// Any kind but `manifest` and `ballot`. Its signatures say who sends it. The same bytes again get the same answer. Where no
/// checkpoint covers the entry yet, `covered_by` is missing.
#[utoipa::path(
    post,
    path = "/api/v1/elections/{election}/entries",
    tag = "elections",
    params(("election" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = Appended), Entry)
)]
pub(crate) async fn append(
    State(app): State<App>,
    path: PathText<1>,
    Octets(entry): Octets<ENTRY>,
) -> Result<Response, ApiError> {
    let room = app.room(&path)?;
    let was_past_voting = is_past_voting(&room);
    let admitted = room.append(entry.to_vec()).await?;
    // A ballot box that has just been closed needs no courier any more. The entry stands, whatever comes of that; what is left
    // goes at the next start.
    if !was_past_voting && let Err(error) = app.office().clear_desk(&room).await {
        tracing::error!(%error, "the issuers' parcels of a closed election were not deleted");
    }
    app.office().board_grew();
    Ok(match admitted {
        Admitted::Appended(appended) => Json(appended).into_response(),
        receipt => answer(receipt),
    })
}

/// Cast a ballot
///
/// 200 with the receipt, in exactly the bytes of the specification; 202 where the ballot stands and the witnesses have not
/// yet vouched for it: ask for the receipt by its leaf hash. The same bytes again get the first receipt: send them until one
/// comes.
#[utoipa::path(
    post,
    path = "/api/v1/elections/{election}/ballots",
    tag = "elections",
    params(("election" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "the receipt", content_type = "application/json", body = Object),
        (status = 202, body = Appended),
        Entry
    )
)]
pub(crate) async fn cast(
    State(app): State<App>,
    path: PathText<1>,
    Octets(ballot): Octets<ENTRY>,
) -> Result<Response, ApiError> {
    let admitted = app.room(&path)?.cast(ballot.to_vec()).await?;
    app.office().board_grew();
    Ok(answer(admitted))
}

/// Fetch a receipt
///
/// By the ballot's leaf hash, SHA-256 of a zero byte and the ballot's bytes, which its device computes itself.
#[utoipa::path(
    get,
    path = "/api/v1/elections/{election}/receipts/{leaf}",
    tag = "elections",
    params(
        ("election" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$"),
        ("leaf" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$"),
    ),
    responses(
        (status = 200, description = "the receipt", content_type = "application/json", body = Object),
        (status = 202, body = Appended),
        Named
    )
)]
pub(crate) async fn receipt(
    State(app): State<App>,
    path: PathText<2>,
) -> Result<Response, ApiError> {
    const NONE: ApiError = ApiError::NotFound("no ballot with this leaf hash is on the board");
    let leaf = path.hash(1).ok_or(NONE)?;
    let receipt = app.room(&path)?.receipt(&leaf).await?;
    receipt.map(answer).ok_or(NONE)
}

/// Ask which ballot is accepted on a line of the roll
#[utoipa::path(
    get,
    path = "/api/v1/elections/{election}/lines/{key}",
    tag = "elections",
    params(
        ("election" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$"),
        ("key" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$"),
    ),
    responses((status = 200, body = LineStatus), Named)
)]
pub(crate) async fn line(
    State(app): State<App>,
    path: PathText<2>,
) -> Result<Json<LineStatus>, ApiError> {
    const NONE: ApiError = ApiError::NotFound("no line of the roll has this key");
    let key = path.hash(1).ok_or(NONE)?;
    app.room(&path)?.line(&key).ok_or(NONE).map(Json)
}

/// Freeze admission before closing
///
/// For a minute ballots are refused, signed, with `closing`, so that `close` can name a position that does not move.
#[utoipa::path(
    post,
    path = "/api/v1/elections/{election}/freeze",
    tag = "elections",
    params(("election" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$")),
    security(("organizer" = [])),
    responses((status = 200, body = Frozen), TokenOnly)
)]
pub(crate) async fn freeze(
    State(app): State<App>,
    organizer: Organizer,
    _: NoBody,
    path: PathText<1>,
) -> Result<Json<Frozen>, ApiError> {
    let founded = app.founded(&organizer.draft.nonce).await?;
    if founded.is_none() || founded != path.hash(0) {
        return Err(ApiError::Unauthorized(
            "the token of this election's organizer",
        ));
    }
    Ok(Json(app.room(&path)?.freeze().await?))
}

/// A receipt travels as the bytes of the specification. What waits for its witnesses is not done yet.
fn answer(admitted: Admitted) -> Response {
    match admitted {
        Admitted::Receipt(receipt) => {
            ([(header::CONTENT_TYPE, "application/json")], receipt).into_response()
        }
        Admitted::Appended(appended) => (StatusCode::ACCEPTED, Json(appended)).into_response(),
    }
}
