//! `/boards/{election}`: the record as static C2SP files, readable by `urne-verify` and copied by anybody. What is not yet
//! published is not here.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use http_body_util::channel::Channel;
use urne_board::record::CHECKPOINT_PATH;

use super::App;
use super::answers::Named;
use super::path::PathText;
use super::problem::ApiError;
use crate::archive::{self, ArchiveError};
use crate::room::BoardFile;

const MISSING: ApiError = ApiError::NotFound("the record has no such file");
/// Tiles, bundles and kept checkpoints never change: the width of a partial one is a part of its name.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// The latest published checkpoint
#[utoipa::path(
    get,
    path = "/boards/{election}/checkpoint",
    tag = "record",
    params(("election" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$")),
    responses((status = 200, content_type = "text/plain", body = String), Named)
)]
pub(crate) async fn checkpoint(
    State(app): State<App>,
    path: PathText<1>,
) -> Result<Response, ApiError> {
    file(app.room(&path)?.board_file("checkpoint").await?)
}

/// A kept checkpoint of exactly this size
#[utoipa::path(
    get,
    path = "/boards/{election}/checkpoints/{size}",
    tag = "record",
    params(
        ("election" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$"),
        ("size" = u64, Path, minimum = 0, maximum = 4_294_967_296_u64),
    ),
    responses((status = 200, content_type = "text/plain", body = String), Named)
)]
pub(crate) async fn kept(State(app): State<App>, path: PathText<2>) -> Result<Response, ApiError> {
    let name = format!("checkpoints/{}", path.segment(1));
    file(app.room(&path)?.board_file(&name).await?)
}

/// A tile of hashes, or a bundle of entries
///
/// `L/N`, `L/N.p/W`, `entries/N` or `entries/N.p/W`, as in tlog-tiles.
#[utoipa::path(
    get,
    path = "/boards/{election}/tile/{*file}",
    tag = "record",
    params(
        ("election" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$"),
        ("file" = String, Path, description = "the file below `tile/`", pattern = "^([0-9]|[1-5][0-9]|6[0-3]|entries)/(x[0-9]{3}/)*[0-9]{3}([.]p/[0-9]{1,3})?$"),
    ),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), Named)
)]
pub(crate) async fn tile(State(app): State<App>, path: PathText<2>) -> Result<Response, ApiError> {
    let name = format!("tile/{}", path.segment(1));
    file(app.room(&path)?.board_file(&name).await?)
}

/// The whole record as one archive
///
/// A folder with the files of the paths above, as they are published now, for `urne-verify` or to keep. Asking again costs the
/// server as much as the first time.
#[utoipa::path(
    get,
    path = "/boards/{election}/record.tar",
    tag = "record",
    params(("election" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$")),
    responses((status = 200, content_type = "application/x-tar", body = Vec<u8>), Named)
)]
pub(crate) async fn archive(
    State(app): State<App>,
    path: PathText<1>,
) -> Result<Response, ApiError> {
    let room = app.room(&path)?;
    if room.board_file(CHECKPOINT_PATH).await?.is_none() {
        return Err(MISSING);
    }
    let place = app.archive_place().ok_or(ApiError::Overloaded(10))?;
    let (mut sender, body) = Channel::<Bytes, ArchiveError>::new(1);
    let name = archive::file_name(room.id());
    tokio::spawn(async move {
        let _place = place;
        if let Err(error) = archive::send(&room, &mut sender).await {
            tracing::warn!(%error, "an archive of a record was cut off");
            sender.abort(error);
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "application/x-tar".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, Body::new(body)).into_response())
}

fn file(found: Option<BoardFile>) -> Result<Response, ApiError> {
    let file = found.ok_or(MISSING)?;
    let headers = [
        (header::CONTENT_TYPE, file.media_type),
        (
            header::CACHE_CONTROL,
            if file.immutable { FOREVER } else { "no-store" },
        ),
    ];
    Ok((headers, file.bytes).into_response())
}
