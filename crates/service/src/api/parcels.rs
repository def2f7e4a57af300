//! `/api/v1/elections/{election}/parcels`: a courier between the issuers.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use urne_client::http::{ParcelList, ParcelName, PhaseName, Role};

use super::App;
use super::answers::{TokenOctets, TokenOnly};
use super::path::{NOTHING, PathText};
use super::problem::ApiError;
use super::read::Octets;
use super::token::Holder;
use crate::desk::draft::DraftRow;
use crate::desk::parcel::{LARGEST, is_name};
use crate::office::Errand;

/// List the parcels of an election
#[utoipa::path(
    get,
    path = "/api/v1/elections/{election}/parcels",
    tag = "parcels",
    params(("election" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$")),
    security(("seat" = [])),
    responses((status = 200, body = ParcelList), TokenOnly)
)]
pub(crate) async fn list(
    State(app): State<App>,
    holder: Holder,
    path: PathText<1>,
) -> Result<Json<ParcelList>, ApiError> {
    let (_, draft) = issuer(&app, holder, &path).await?;
    let parcels = app.desk().parcels(&draft).await?;
    Ok(Json(ParcelList { parcels }))
}

/// Fetch a parcel
#[utoipa::path(
    get,
    path = "/api/v1/elections/{election}/parcels/{issuer}/{name}",
    tag = "parcels",
    params(
        ("election" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$"),
        ("issuer" = u32, Path, minimum = 1, maximum = 2),
        ("name" = String, Path, pattern = "^[a-z0-9-]{1,64}$"),
    ),
    security(("seat" = [])),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), TokenOnly)
)]
pub(crate) async fn fetch(
    State(app): State<App>,
    holder: Holder,
    path: PathText<3>,
) -> Result<impl IntoResponse, ApiError> {
    let (_, draft) = issuer(&app, holder, &path).await?;
    let _place = app.parcel_place().await;
    let parcel = named(&path)?;
    let bytes = app.desk().parcel(&draft, &parcel).await?;
    let bytes = bytes.ok_or(ApiError::NotFound("there is no such parcel"))?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], bytes))
}

/// Leave a parcel
///
/// Opaque bytes, up to 32 MiB, at most 64 parcels for each issuer; one of the same name is replaced. All are deleted at the close.
#[utoipa::path(
    put,
    path = "/api/v1/elections/{election}/parcels/{issuer}/{name}",
    tag = "parcels",
    params(
        ("election" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$"),
        ("issuer" = u32, Path, minimum = 1, maximum = 2),
        ("name" = String, Path, pattern = "^[a-z0-9-]{1,64}$"),
    ),
    security(("seat" = [])),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204, description = "kept"), TokenOctets)
)]
pub(crate) async fn leave(
    State(app): State<App>,
    holder: Holder,
    path: PathText<3>,
    body: axum::extract::Request,
) -> Result<StatusCode, ApiError> {
    let (number, draft) = issuer(&app, holder, &path).await?;
    let parcel = named(&path)?;
    if parcel.issuer != number {
        return Err(ApiError::Unauthorized(
            "the token of the issuer whose parcel this is",
        ));
    }
    open_for_parcels(&app, &path)?;
    // Taken before the body is read: a few parcels at a time fit in memory, not as many as there are requests.
    let _place = app.parcel_place().await;
    let Octets(bytes) = Octets::<LARGEST>::read_from(body, &app).await?;
    let _turn = app.turn().await;
    open_for_parcels(&app, &path)?;
    app.desk().leave_parcel(&draft, &parcel, &bytes).await?;
    // Where the server is the other issuer, it answers by itself.
    if app
        .room(&path)?
        .server_issuer()
        .is_some_and(|server| server != number)
        && let Some(errand) = Errand::about_parcel(&draft, &parcel.name)
    {
        app.office().leave(errand);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The issuer who asks, if it is one of this election.
async fn issuer<const N: usize>(
    app: &App,
    holder: Holder,
    path: &PathText<N>,
) -> Result<(u32, DraftRow), ApiError> {
    let Holder { seat, draft, .. } = holder;
    let election = path.hash(0).ok_or(ApiError::NotFound(NOTHING))?;
    if seat.role != Role::Issuer || app.founded(&draft.nonce).await? != Some(election) {
        return Err(ApiError::Unauthorized(
            "the token of an issuer of this election",
        ));
    }
    Ok((seat.number, draft))
}

fn named(path: &PathText<3>) -> Result<ParcelName, ApiError> {
    let name = path.segment(2);
    match path.number(1) {
        Some(issuer @ 1..=2) if is_name(name) => Ok(ParcelName {
            issuer,
            name: name.to_owned(),
        }),
        _ => Err(ApiError::NotFound(
            "there is no such parcel: issuer 1 or 2, a name of a-z 0-9 -",
        )),
    }
}

fn open_for_parcels(app: &App, path: &PathText<3>) -> Result<(), ApiError> {
    match app.room(path)?.status().phase {
        PhaseName::Sealing | PhaseName::Ended | PhaseName::Failed => Err(ApiError::WrongPhase(
            "the ballot box is closed: issuers have nothing to send each other any more",
        )),
        _ => Ok(()),
    }
}
