//! For those who run the server: whether it lives, whether it can work, what it counts; and the document of all this.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use utoipa::openapi::OpenApi;

use super::App;
use super::answers::Plain;
use super::problem::ApiError;

pub mod openapi;

/// Whether the process answers
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "operations",
    responses((status = 200, content_type = "text/plain", body = String), Plain)
)]
pub(crate) async fn alive() -> &'static str {
    "alive\n"
}

/// Whether the server can take entries
///
/// It cannot where an election's board and the database may differ; the log says what happened.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operations",
    responses((status = 200, content_type = "text/plain", body = String), Plain)
)]
pub(crate) async fn ready(State(app): State<App>) -> Result<&'static str, ApiError> {
    let troubles = app.hall().troubles();
    for (election, trouble) in &troubles {
        tracing::warn!(election, trouble, "not ready");
    }
    match troubles.is_empty() {
        true => Ok("ready\n"),
        false => Err(ApiError::Unavailable(5)),
    }
}

/// Counts and times, for Prometheus
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operations",
    responses((status = 200, content_type = "text/plain", body = String), Plain)
)]
pub(crate) async fn metrics(State(app): State<App>) -> impl IntoResponse {
    let kind = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (kind, app.metrics())
}

/// This document
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    tag = "operations",
    responses((status = 200, body = Object), Plain)
)]
pub(crate) async fn document() -> Json<OpenApi> {
    Json(super::document())
}
