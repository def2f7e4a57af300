//! "Something is wrong": a file with what was seen, for the organizer and for observers.
//!
//! It is one line of JSON. `content` is the report, JSON again, as text, so that its bytes are exact; `signature` is over
//! `urne/0 report` and these bytes, by a key made for this report alone. The key names nobody: whoever made the report keeps the
//! file and can so show later that it was not changed on its way.

use serde::Serialize;
use urne_crypto::signature::{SigningKey, public_key, sign};
use urne_election::json::base64url;

use crate::failure::Failure;

/// What the signature is for.
pub const REPORT_DOMAIN: &str = "urne/0 report";

#[derive(Serialize)]
struct Report<'a> {
    kind: &'static str,
    content: &'a str,
    key: String,
    signature: String,
}

/// The report's file.
///
/// # Errors
/// `page`: four strings made no JSON, which would be a mistake of ours.
pub fn signed(content: &str, rng: &mut impl rand::CryptoRng) -> Result<String, Failure> {
    let key = SigningKey::generate(rng);
    let report = Report {
        kind: "report",
        content,
        key: base64url(&public_key(&key)),
        signature: base64url(&sign(&key, REPORT_DOMAIN, content.as_bytes())),
    };
    let mut file = serde_json::to_string(&report).map_err(Failure::of("page"))?;
    file.push('\n');
    Ok(file)
}
