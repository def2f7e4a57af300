//! `/booth/`: the pages with WebAssembly. A page names the hash of every script it loads itself; browsers offer no such
//! thing for the scripts of workers. The list of all hashes is `files.json`.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use urne_client::http::ListedFile;

use super::answers::Named;
use super::path::PathText;
use super::problem::ApiError;
use crate::booth::{self, BoothFile};

/// A page may load scripts, styles, fonts and files from here, start its own WebAssembly and workers, and nothing else.
const BOOTH: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; \
    font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Asked again each time, and answered in a few bytes where nothing has changed: a page and its scripts must fit each other.
const ASK_AGAIN: &str = "no-cache";

/// A file of the booth
///
/// `files.json` lists all of them with their SHA-256; the entry `open` of an election repeats that list.
#[utoipa::path(
    get,
    path = "/booth/{*file}",
    tag = "booth",
    params(("file" = String, Path, description = "the file below `booth/`", pattern = "^[a-z0-9-]+(/[a-z0-9-]+)?[.][a-z0-9]+$")),
    responses(
        (status = 200, description = "the file", content(
            (String = "text/html"), (String = "text/javascript"), (String = "text/css"), (String = "text/plain"),
            (Vec<ListedFile> = "application/json"), (Vec<u8> = "application/wasm"), (Vec<u8> = "font/woff2"),
            (String = "image/svg+xml"), (Vec<u8> = "application/octet-stream"),
        )),
        (status = 304, description = "nothing has changed since the copy that `If-None-Match` names"),
        Named,
    )
)]
pub(crate) async fn file(path: PathText<1>, headers: HeaderMap) -> Result<Response, ApiError> {
    let file =
        booth::file(path.segment(0)).ok_or(ApiError::NotFound("the booth has no such file"))?;
    if names(&headers, header::IF_NONE_MATCH, &file.tag) {
        return Ok((StatusCode::NOT_MODIFIED, always(file)).into_response());
    }
    let short = file
        .compressed
        .as_ref()
        .filter(|_| names(&headers, header::ACCEPT_ENCODING, "gzip"));
    let mut response = match short {
        Some(short) => ([(header::CONTENT_ENCODING, "gzip")], &short[..]).into_response(),
        None => (&file.bytes[..]).into_response(),
    };
    response.headers_mut().extend(always(file));
    Ok(response)
}

fn always(file: &'static BoothFile) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut set = |name: HeaderName, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_TYPE, file.media_type);
    set(header::CONTENT_SECURITY_POLICY, BOOTH);
    set(header::CACHE_CONTROL, ASK_AGAIN);
    set(header::VARY, "accept-encoding");
    set(header::ETAG, &file.tag);
    if file.is_download {
        set(header::CONTENT_DISPOSITION, "attachment");
    }
    headers
}

/// Whether a header that is a list names this.
fn names(headers: &HeaderMap, header: HeaderName, wanted: &str) -> bool {
    let values = headers.get_all(header).into_iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    let mut named = texts.flat_map(|text| text.split(','));
    named.any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let refused = weight.trim().trim_end_matches(['0', '.']) == "q=";
        name.trim().trim_start_matches("W/") == wanted && !refused
    })
}
