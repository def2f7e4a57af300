//! Around every route: a caught panic, a line in the log, a count, and headers that make browsers careful.

use core::any::Any;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::problem::ApiError;

/// Nothing may be loaded from, or frame, an answer that is not a page.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";
/// A page may load its style, its typeface and its pictures from here, and nothing else; no script at all.
pub(crate) const PAGE: &str = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const ALWAYS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "interest-cohort=()",
    ),
];

/// Headers of every answer; what a handler set itself stays.
pub(crate) async fn careful(request: Request, next: Next) -> Response {
    let public = request.uri().path().starts_with("/boards/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let mut unless_set = |name: HeaderName, value| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    unless_set(header::CONTENT_SECURITY_POLICY, NOTHING);
    unless_set(header::CACHE_CONTROL, "no-store");
    // The record is for everybody, other people's pages included.
    if public {
        unless_set(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    }
    let reach = if public {
        "cross-origin"
    } else {
        "same-origin"
    };
    unless_set(
        HeaderName::from_static("cross-origin-resource-policy"),
        reach,
    );
    response
}

/// Routes about one voter: a line in the log with its hour would stand beside a ballot.
const UNLOGGED: [&str; 5] = [
    "/ballots",
    "/receipts/{leaf}",
    "/lines/{key}",
    "/links",
    "/sign-in",
];

/// Counts every request, and logs those that are nobody's ballot: method, pattern of the path, status, duration. Never an
/// address, a token or a part of the path that names somebody.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("none".to_owned(), |path| path.as_str().to_owned());
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    let labels = [
        ("method", known_method(method.as_str()).to_owned()),
        ("route", route.clone()),
    ];
    metrics::histogram!("urne_http_seconds", &labels).record(elapsed);
    metrics::counter!("urne_http_requests_total", "method" => known_method(method.as_str()), "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    if !UNLOGGED
        .iter()
        .any(|about_a_voter| route.ends_with(about_a_voter))
    {
        let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            method = known_method(method.as_str()),
            route,
            status,
            elapsed_ms,
            "answered"
        );
    }
    response
}

/// A method is a word from outside: an invented one must not become a name in the metrics.
fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
    KNOWN
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("other")
}

/// A panic is a mistake of ours: it is logged by its message alone, and answered.
pub(crate) fn panicked(cause: Box<dyn Any + Send + 'static>) -> Response {
    let text = cause.downcast_ref::<&str>().copied();
    let text = text.or_else(|| cause.downcast_ref::<String>().map(String::as_str));
    #[derive(Debug, thiserror::Error)]
    #[error("a handler panicked: {0}")]
    struct Panicked(String);
    ApiError::internal(Panicked(text.unwrap_or("no message").to_owned())).into_response()
}
