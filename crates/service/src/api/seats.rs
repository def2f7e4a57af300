//! `/api/v1/seat`: what trustees and issuers do before the manifest. The token says which seat.

use axum::Json;
use axum::extract::State;
use urne_client::http::{Seat, SeatKeys, SeatView};
use urne_election::json::base64url;

use super::App;
use super::answers::{TokenBody, TokenOnly};
use super::problem::ApiError;
use super::read::{SMALL, StrictJson};
use super::token::Holder;
use crate::desk::draft::DraftRow;
use crate::desk::seat::check_keys;

/// Read one's seat
#[utoipa::path(
    get,
    path = "/api/v1/seat",
    tag = "seats",
    security(("seat" = [])),
    responses((status = 200, body = SeatView), TokenOnly)
)]
pub(crate) async fn read(
    State(app): State<App>,
    Holder { seat, draft, .. }: Holder,
) -> Result<Json<SeatView>, ApiError> {
    view(&app, seat, &draft).await.map(Json)
}

/// Send the public halves of one's keys
///
/// A trustee's proof of possession is checked for this nonce, number and signing key. Until the founding, the same
/// keys may be sent again. Others are refused (`other-keys`): whoever sent the first would not know that they were replaced. The
/// organizer can replace the seat's token, which makes room for other keys.
#[utoipa::path(
    put,
    path = "/api/v1/seat/keys",
    tag = "seats",
    security(("seat" = [])),
    request_body = SeatKeys,
    responses((status = 200, body = SeatView), TokenBody)
)]
pub(crate) async fn send_keys(
    State(app): State<App>,
    Holder { seat, draft, token }: Holder,
    StrictJson(keys): StrictJson<SeatKeys, SMALL>,
) -> Result<Json<SeatView>, ApiError> {
    check_keys(&seat, &draft.nonce, &keys).map_err(|error| ApiError::Unfit(error.to_string()))?;
    let _turn = app.turn().await;
    if app.founded(&draft.nonce).await?.is_some() {
        return Err(ApiError::AlreadyFounded);
    }
    app.desk().keep_keys(token, &keys).await?;
    let seat = Seat {
        keys: Some(keys),
        ..seat
    };
    view(&app, seat, &draft).await.map(Json)
}

async fn view(app: &App, seat: Seat, draft: &DraftRow) -> Result<SeatView, ApiError> {
    let content = draft.content()?;
    let (title, colleges) = content.map_or((Vec::new(), Vec::new()), |content| {
        let names = content.colleges.into_iter().map(|college| college.name);
        (content.title, names.collect())
    });
    Ok(SeatView {
        seat,
        draft: base64url(&draft.name),
        nonce: base64url(&draft.nonce),
        title,
        colleges,
        election: app.founded(&draft.nonce).await?.map(|id| base64url(&id)),
    })
}
