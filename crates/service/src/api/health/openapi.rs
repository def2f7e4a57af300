//! The parts of the OpenAPI document that are not an operation's: what it is about, tokens, the table of codes.

use std::fmt::Write as _;

use urne_client::http::Problem;
use utoipa::OpenApi as _;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, OpenApi, PathItem};

use crate::api::problem::CODES;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Urne",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
        description = "Verifiable elections: drafts and their seats, entries and ballots, receipts, and the public record.\n\n\
            Entries, receipts and refusals are the exact bytes of the protocol's specification. Byte strings in JSON are \
            unpadded base64url. JSON is read strictly: no unknown field, no field twice, no fraction, no lone surrogate, \
            nothing after it. Every answer with a status of 400 or above has a `Problem` as its body; where an entry was \
            refused, it carries the server's signed refusal."
    ),
    tags(
        (name = "drafts", description = "An election before its manifest"),
        (name = "voters", description = "The list of voters, the roll the server makes from it, mails; who has voted is not there"),
        (name = "sign-in", description = "How a voter gets the server's half of the credential"),
        (name = "seats", description = "Trustees and issuers before the manifest"),
        (name = "elections", description = "Where elections stand, entries, ballots, receipts"),
        (name = "parcels", description = "A courier between the issuers"),
        (name = "record", description = "The public record, as static C2SP files"),
        (name = "operations", description = "For those who run the server"),
        (name = "pages", description = "Plain pages for everybody"),
        (name = "booth", description = "Pages with WebAssembly, for those who take part and for those who check"),
    ),
    components(schemas(Problem))
)]
struct Frame;

/// The document before its operations.
pub(crate) fn frame() -> OpenApi {
    Frame::openapi()
}

/// Adds what is made from tables.
pub(crate) fn finish(mut document: OpenApi) -> OpenApi {
    let mut text = document.info.description.take().unwrap_or_default();
    text.push_str("\n\n| code | status | meaning |\n|---|---|---|\n");
    for (code, status, meaning) in CODES {
        // Writing to a string does not fail.
        let _ = writeln!(text, "| `{code}` | {status} | {meaning} |");
    }
    document.info.description = Some(text);
    let components = document.components.take().unwrap_or_default();
    let mut components = ComponentsBuilder::from(components);
    for (name, whose) in [
        ("operator", "the operator's token, from the configuration"),
        ("organizer", "given when a draft was opened"),
        ("seat", "given when a seat was made"),
    ] {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(whose));
        components = components.security_scheme(name, SecurityScheme::Http(bearer.build()));
    }
    document.components = Some(components.build());
    let paths = core::mem::take(&mut document.paths.paths);
    for (path, mut item) in paths {
        operations(&mut item).for_each(name);
        // The router's sign for "all the rest of the path" is not OpenAPI's.
        document.paths.paths.insert(path.replace("{*", "{"), item);
    }
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
    ]
    .into_iter()
    .flatten()
}

/// Handlers of two resources may have one name; with the resource's it is unique.
fn name(operation: &mut Operation) {
    let tag = operation.tags.iter().flatten().next();
    let tag = tag.map_or("", String::as_str);
    let handler = operation.operation_id.take().unwrap_or_default();
    operation.operation_id = Some(format!("{tag}-{handler}"));
}
