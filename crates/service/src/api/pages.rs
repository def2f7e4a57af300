//! Plain pages. What they say is made in [`crate::pages`].

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};

use super::App;
use serde_json::Value;

use super::answers::{Named, Plain};
use super::frame::PAGE;
use super::path::{NOTHING, PathText};
use super::problem::ApiError;
use crate::pages::language::Language;
use crate::pages::{Board, Election, Home, ICON, Missing, STYLE, result_file};

/// All elections of this server, as a page
#[utoipa::path(
    get,
    path = "/",
    tag = "pages",
    params(("lang" = Option<String>, Query, description = "`fr` or `en`; otherwise what the browser prefers")),
    responses((status = 200, content_type = "text/html", body = String), Plain)
)]
pub(crate) async fn home(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Response {
    let language = Language::choose(uri.query(), &headers);
    let elections = app.statuses();
    page(StatusCode::OK, language, &Home::new(language, &elections))
}

/// An election, as a page
#[utoipa::path(
    get,
    path = "/elections/{election}",
    tag = "pages",
    params(
        ("election" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$"),
        ("lang" = Option<String>, Query, description = "`fr` or `en`; otherwise what the browser prefers"),
    ),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, content_type = "text/html", body = String, description = "nothing of this name"), Plain)
)]
pub(crate) async fn election(
    State(app): State<App>,
    path: PathText<1>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let language = Language::choose(uri.query(), &headers);
    match app.facts(&path).await {
        Ok(facts) => {
            let view = Election::new(language, app.public_url().as_str(), &facts);
            page(StatusCode::OK, language, &view)
        }
        Err(ApiError::NotFound(_)) => page(StatusCode::NOT_FOUND, language, &Missing { language }),
        Err(error) => error.into_response(),
    }
}

/// The board of an election, as a page: entries by kind, the latest signed state, who vouches for it
#[utoipa::path(
    get,
    path = "/elections/{election}/board",
    tag = "pages",
    params(
        ("election" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$"),
        ("lang" = Option<String>, Query, description = "`fr` or `en`; otherwise what the browser prefers"),
    ),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, content_type = "text/html", body = String, description = "nothing of this name"), Plain)
)]
pub(crate) async fn board(
    State(app): State<App>,
    path: PathText<1>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let language = Language::choose(uri.query(), &headers);
    let asked = async {
        let (facts, room) = (app.facts(&path).await?, app.room(&path)?);
        Ok::<_, ApiError>((facts, room.kinds().await?))
    };
    match asked.await {
        Ok((facts, counts)) => {
            let view = Board::new(language, app.public_url().as_str(), &facts, &counts);
            page(StatusCode::OK, language, &view)
        }
        Err(ApiError::NotFound(_)) => page(StatusCode::NOT_FOUND, language, &Missing { language }),
        Err(error) => error.into_response(),
    }
}

const NO_RESULT: ApiError = ApiError::NotFound("this election has no result yet");

/// The result as a table (CSV), in the reader's language
#[utoipa::path(
    get,
    path = "/elections/{election}/result.csv",
    tag = "pages",
    params(
        ("election" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$"),
        ("lang" = Option<String>, Query, description = "`fr` or `en`; otherwise what the browser prefers"),
    ),
    responses((status = 200, content_type = "text/csv", body = String), Named)
)]
pub(crate) async fn result_table(
    State(app): State<App>,
    path: PathText<1>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let language = Language::choose(uri.query(), &headers);
    let facts = app.facts(&path).await?;
    let result = facts.result.as_ref().ok_or(NO_RESULT)?;
    let table = result_file::csv(language, &facts.manifest, result).map_err(ApiError::internal)?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_LANGUAGE, language.tag()),
        (header::VARY, "accept-language"),
    ];
    Ok((headers, table).into_response())
}

/// The result as an object (JSON), in all languages of the election
#[utoipa::path(
    get,
    path = "/elections/{election}/result.json",
    tag = "pages",
    params(("election" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$")),
    responses((status = 200, content_type = "application/json", body = serde_json::Value), Named)
)]
pub(crate) async fn result_object(
    State(app): State<App>,
    path: PathText<1>,
) -> Result<Json<Value>, ApiError> {
    let facts = app.facts(&path).await?;
    let result = facts.result.as_ref().ok_or(NO_RESULT)?;
    let election = &facts.status.election;
    Ok(Json(result_file::json(election, &facts.manifest, result)))
}

/// The style of the pages
#[utoipa::path(
    get,
    path = "/style.css",
    tag = "pages",
    responses((status = 200, content_type = "text/css", body = String), Plain)
)]
pub(crate) async fn style() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, STYLE)
}

/// The sign of the pages
#[utoipa::path(
    get,
    path = "/icon.svg",
    tag = "pages",
    responses((status = 200, content_type = "image/svg+xml", body = String), Plain)
)]
pub(crate) async fn icon() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, ICON)
}

/// There is nothing at this address: a page for people, a problem for programs.
pub(crate) async fn missing(uri: Uri, headers: HeaderMap) -> Response {
    let accepted = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    if !accepted.is_some_and(|accepted| accepted.contains("text/html")) {
        return ApiError::NotFound(NOTHING).into_response();
    }
    let language = Language::choose(uri.query(), &headers);
    page(StatusCode::NOT_FOUND, language, &Missing { language })
}

fn page(status: StatusCode, language: Language, view: &impl Template) -> Response {
    let html = match view.render() {
        Ok(html) => html,
        Err(error) => return ApiError::internal(error).into_response(),
    };
    let headers = [
        (header::CONTENT_SECURITY_POLICY, PAGE),
        (header::CONTENT_LANGUAGE, language.tag()),
        (header::VARY, "accept-language"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    (status, headers, Html(html)).into_response()
}
