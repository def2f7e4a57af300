//! Reading requests: bodies with a limit and an hour, JSON that has one meaning, and nothing after it.

use core::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::App;
use super::problem::ApiError;

/// Largest JSON body of a few fields, in bytes.
pub(crate) const SMALL: usize = 4 << 10;
/// Largest draft, in bytes.
pub(crate) const DRAFT: usize = 1 << 20;
/// Largest list of voters, in bytes.
pub(crate) const VOTERS: usize = 32 << 20;
/// Largest entry or ballot as a body, in bytes: one more than an entry may have, so that the entry's own check speaks first.
pub(crate) const ENTRY: usize = 64 << 10;

/// A JSON body of at most `LIMIT` bytes that was understood completely.
pub(crate) struct StrictJson<T, const LIMIT: usize>(pub(crate) T);

/// Bytes, at most `LIMIT` of them.
pub(crate) struct Octets<const LIMIT: usize>(pub(crate) Bytes);

impl<T, const LIMIT: usize> FromRequest<App> for StrictJson<T, LIMIT>
where
    T: DeserializeOwned + Serialize,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        expect_type(request.headers(), "application/json")?;
        let bytes = read(request.into_body(), LIMIT, app.body_timeout()).await?;
        strict(&bytes).map(StrictJson)
    }
}

impl<const LIMIT: usize> FromRequest<App> for Octets<LIMIT> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        Octets::read_from(request, app).await
    }
}

impl<const LIMIT: usize> Octets<LIMIT> {
    /// Reads the body of a request whose handler has something to do first.
    pub(crate) async fn read_from(request: Request, app: &App) -> Result<Self, ApiError> {
        expect_type(request.headers(), "application/octet-stream")?;
        let bytes = read(request.into_body(), LIMIT, app.body_timeout()).await?;
        Ok(Octets(bytes))
    }
}

/// Nothing at all: of an operation without a body, whoever sends one meant something else.
pub(crate) struct NoBody;

impl FromRequestParts<App> for NoBody {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        let length = parts.headers.get(header::CONTENT_LENGTH);
        let empty = length.is_none_or(|length| length.as_bytes() == b"0");
        if empty && !parts.headers.contains_key(header::TRANSFER_ENCODING) {
            return Ok(NoBody);
        }
        Err(ApiError::Malformed(
            "this request has no body: leave it out".into(),
        ))
    }
}

fn expect_type(headers: &HeaderMap, expected: &'static str) -> Result<(), ApiError> {
    let mut sent = headers.get_all(header::CONTENT_TYPE).into_iter();
    let (Some(value), None) = (sent.next(), sent.next()) else {
        return Err(ApiError::MediaType(expected));
    };
    let value = value.to_str().unwrap_or("").to_ascii_lowercase();
    let (essence, parameters) = value.split_once(';').unwrap_or((&value, ""));
    let charset = ["", "charset=utf-8", "charset=\"utf-8\""].contains(&parameters.trim());
    if essence.trim() == expected && charset {
        Ok(())
    } else {
        Err(ApiError::MediaType(expected))
    }
}

/// What is read and thrown away of a body that is too long, so that its sender gets to hear why.
const THROWN_AWAY: usize = 16 << 20;

async fn read(mut body: Body, limit: usize, timeout: Duration) -> Result<Bytes, ApiError> {
    let whole = async {
        let mut bytes = Vec::new();
        let mut too_large = http_body::Body::size_hint(&body).lower() > limit as u64;
        let mut thrown_away = 0;
        while let Some(frame) = body.frame().await {
            let broken = |_| ApiError::Malformed("the body did not arrive whole".into());
            let Ok(data) = frame.map_err(broken)?.into_data() else {
                continue;
            };
            too_large |= bytes.len() + data.len() > limit;
            if too_large {
                bytes = Vec::new();
                thrown_away += data.len();
            } else {
                bytes.extend_from_slice(&data);
            }
            if thrown_away > THROWN_AWAY {
                break;
            }
        }
        match too_large {
            true => Err(ApiError::TooLarge(limit)),
            false => Ok(Bytes::from(bytes)),
        }
    };
    tokio::time::timeout(timeout, whole)
        .await
        .unwrap_or(Err(ApiError::Timeout))
}

/// Reads JSON of one meaning: no unknown field, no field twice, no fraction, no lone surrogate, nothing after it, and no
/// value in a form other than the one this server would write itself.
pub(crate) fn strict<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<T, ApiError> {
    let fault = |error: serde_json::Error| {
        ApiError::Malformed(format!("this JSON is not what is read here: {error}"))
    };
    let value: T = serde_json::from_slice(bytes).map_err(fault)?;
    let sent: Value = serde_json::from_slice(bytes).map_err(fault)?;
    let understood = serde_json::to_value(&value).map_err(fault)?;
    match difference(&sent, &understood) {
        None => Ok(value),
        Some(field) => Err(ApiError::Malformed(format!(
            "this JSON is not what is read here: {field} has another form"
        ))),
    }
}

/// The first place where what was sent is not what was understood. Fields left out are fine, and `null` is one left out.
fn difference(sent: &Value, understood: &Value) -> Option<String> {
    match (sent, understood) {
        (Value::Object(sent), Value::Object(understood)) => sent.iter().find_map(|(key, value)| {
            let known = understood.get(key).unwrap_or(&Value::Null);
            difference(value, known).map(|_| format!("\"{key}\""))
        }),
        (Value::Array(sent), Value::Array(understood)) if sent.len() == understood.len() => sent
            .iter()
            .zip(understood)
            .find_map(|(a, b)| difference(a, b)),
        _ if sent == understood => None,
        _ => Some("the whole".into()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use urne_client::draft::{DraftContent, DraftRule};
    use urne_client::http::{NewInvitation, NewSeat, SeatKeys};

    use super::*;

    fn invitation(text: &str) -> bool {
        strict::<NewInvitation>(text.as_bytes()).is_ok()
    }

    #[test]
    fn json_has_one_meaning() {
        assert!(invitation(r#"{"note":"a"}"#));
        assert!(invitation(" {\"note\" : \"\\u00e9\"}\n"));
        for wrong in [
            "",
            "null",
            "{}",
            r#""note""#,
            r#"["a"]"#,
            r#"{"note":1}"#,
            r#"{"note":null}"#,
            r#"{"note":"a","note":"a"}"#,
            r#"{"note":"a","other":1}"#,
            r#"{"note":"\ud800"}"#,
            r#"{"note":"\udc00\ud800"}"#,
            r#"{"note":"a"} x"#,
            r#"{"note":"a"}{}"#,
            r#"{"note":"a",}"#,
            "{\"note\":\"a\nb\"}",
            "\u{feff}{\"note\":\"a\"}",
            "{'note':'a'}",
        ] {
            assert!(!invitation(wrong), "{wrong}");
        }
        assert!(strict::<NewInvitation>(b"{\"note\":\"\xff\"}").is_err());
        assert!(strict::<NewInvitation>("[".repeat(100_000).as_bytes()).is_err());
    }

    #[test]
    fn numbers_are_whole_and_names_are_strings() {
        let rule = |seats: &str| {
            strict::<DraftRule>(format!(r#"{{"name":"most","seats":{seats}}}"#).as_bytes())
        };
        assert!(rule("1").is_ok());
        for wrong in [
            "1.0",
            "1e0",
            "-1",
            "-0",
            "\"1\"",
            "4294967296",
            "01",
            "null",
            "true",
        ] {
            assert!(rule(wrong).is_err(), "{wrong}");
        }
        let seat =
            |role: &str| strict::<NewSeat>(format!(r#"{{"role":{role},"name":"A"}}"#).as_bytes());
        assert!(seat(r#""issuer""#).is_ok());
        for wrong in [r#"{"issuer":null}"#, r#""Issuer""#, r#"["issuer"]"#, "0"] {
            assert!(seat(wrong).is_err(), "{wrong}");
        }
        assert!(strict::<SeatKeys>(br#"{"key":"","proof":null}"#).is_ok());
        assert!(strict::<SeatKeys>(br#"["",null,null]"#).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_stop_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = strict::<DraftContent>(&bytes);
            let _ = strict::<SeatKeys>(&bytes);
        }

        #[test]
        fn what_is_written_is_read_back(note in any::<String>()) {
            let sent = NewInvitation { note };
            let text = serde_json::to_vec(&sent).unwrap();
            prop_assert_eq!(strict::<NewInvitation>(&text).unwrap(), sent);
        }
    }
}
