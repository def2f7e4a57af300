//! What operations answer besides success, said once for the OpenAPI document.

use std::collections::BTreeMap;

use urne_client::http::Problem;
use utoipa::openapi::response::Response;
use utoipa::openapi::{ContentBuilder, HeaderBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema as _};

type Responses = BTreeMap<String, RefOr<Response>>;

fn problems(statuses: &[(u16, &str)]) -> Responses {
    let every = [
        (
            429,
            "`too-many-requests`: this address asks too often; `Retry-After` says how many seconds to wait",
        ),
        (500, "`internal`: a mistake of the server, logged there"),
        (
            503,
            "`overloaded`, `unavailable`: not now; `Retry-After` says how many seconds to wait. Nothing was kept, or, where an entry was sent, the same bytes sent again tell",
        ),
    ];
    let answer = |&(status, text): &(u16, &str)| (status.to_string(), problem(status, text));
    statuses.iter().chain(&every).map(answer).collect()
}

fn problem(status: u16, text: &str) -> RefOr<Response> {
    let schema = Ref::from_schema_name(Problem::name());
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let mut response = ResponseBuilder::new()
        .description(text)
        .content("application/json", content);
    if matches!(status, 429 | 503) {
        let seconds = HeaderBuilder::new().description(Some("seconds to wait"));
        response = response.header("Retry-After", seconds.build());
    }
    response.build().into()
}

macro_rules! answers {
    ($($(#[$doc:meta])* $name:ident: [$(($status:literal, $text:literal)),* $(,)?];)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl IntoResponses for $name {
            fn responses() -> Responses {
                problems(&[$(($status, $text)),*])
            }
        }
    )*};
}

answers! {
    /// Of an operation that reads no body and whose path names nothing.
    Plain: [];
    /// Of an operation on something named in the path.
    Named: [(404, "`not-found`")];
    /// Of an operation that reads JSON of somebody with a token.
    TokenBody: [
        (400, "`malformed`: not JSON of exactly these fields"),
        (401, "`unauthorized`: no token, or not one for this"),
        (404, "`not-found`"),
        (408, "`timeout`: the body did not arrive in time"),
        (409, "`already-founded`, `already-spent`, `full`, `other-keys`: not any more"),
        (413, "`too-large`"),
        (415, "`unsupported-media-type`: this is not `application/json`"),
        (422, "`unfit`: a rule is broken; the sentence names the field"),
        (507, "`storage-full`: nothing was kept"),
    ];
    /// Of an operation without a body, of somebody with a token.
    TokenOnly: [
        (400, "`malformed`: a body, where there is none"),
        (401, "`unauthorized`: no token, or not one for this"),
        (404, "`not-found`"),
        (409, "`already-founded`, `wrong-phase`: not now, or not any more"),
        (507, "`storage-full`: nothing was kept"),
    ];
    /// Of an operation that reads bytes of somebody with a token.
    TokenOctets: [
        (400, "`malformed`"),
        (401, "`unauthorized`: no token, or not one for this"),
        (404, "`not-found`"),
        (408, "`timeout`: the body did not arrive in time"),
        (409, "`already-founded`, `full`, `wrong-phase`: not any more"),
        (413, "`too-large`"),
        (415, "`unsupported-media-type`: this is not `application/octet-stream`"),
        (422, "`unfit`: a rule is broken; the sentence names the field"),
        (507, "`storage-full`: nothing was kept"),
    ];
    /// Of an operation of somebody who signs in, or asks for a link to.
    SignIn: [
        (400, "`malformed`: not JSON of exactly these fields"),
        (401, "`sign-in-refused`: a link or code that is used up, too old, or not right"),
        (404, "`not-found`"),
        (408, "`timeout`: the body did not arrive in time"),
        (409, "`wrong-phase`: the ballot box is not open, or this server is no issuer"),
        (413, "`too-large`"),
        (415, "`unsupported-media-type`: this is not `application/json`"),
        (422, "`unfit`: a rule is broken; the sentence names the field"),
        (507, "`storage-full`: nothing was kept"),
    ];
    /// Of an operation that reads an entry or a ballot.
    Entry: [
        (400, "`malformed`"),
        (404, "`not-found`"),
        (408, "`timeout`: the body did not arrive in time"),
        (409, "with a signed refusal; the same bytes might have stood at another moment: `wrong-phase`, `outdated`, `cap-reached`, `not-yet-open`, `closed`, `closing`"),
        (413, "`too-large`: an entry has at most 65,535 bytes"),
        (415, "`unsupported-media-type`: this is not `application/octet-stream`"),
        (422, "with a signed refusal; these bytes never stand on this board: `not-an-entry`, `other-election`, `bad-signature`, `bad-deal`, `bad-confirm`, `bad-complaint`, `bad-roll`, `bad-issuer-proof`, `bad-drill`, `bad-opening`, `bad-roll-change`, `not-on-roll`, `bad-ballot`, `bad-closing`, `bad-seal`, `bad-decryption`, `bad-result`"),
        (507, "`storage-full`: nothing was kept"),
    ];
}
