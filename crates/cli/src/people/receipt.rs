//! What became of the ballot of a receipt, from the board alone.

use std::path::Path;

use serde_json::json;
use urne_client::receipt::{Fate, fate};
use urne_election::json::base64url;
use urne_election::receipt::Receipt;

use super::context::{Context, ElectionId};
use crate::failure::{Failure, Outcome};
use crate::files::disk;
use crate::wire::board::Board;

const LARGEST_RECEIPT: u64 = 250_000;

/// Exit codes of `urne check`, beside 0 for a ballot that counts and 1 for whatever could not be checked.
pub const REPLACED: u8 = 10;
/// cancelled by a change of the roll
pub const CANCELLED: u8 = 11;
/// on the board, but void
pub const VOID: u8 = 12;
/// not on the board
pub const ABSENT: u8 = 13;
/// two boards were shown
pub const TWO_BOARDS: u8 = 14;

/// Says exactly one thing about the receipt's ballot.
///
/// # Errors
/// Where the receipt proves nothing, or the ballot does not count; the exit code says which.
pub fn check(context: &Context, file: &Path, place: &str, told: Option<ElectionId>) -> Outcome {
    let receipt = Receipt::decode(&disk::read(file, LARGEST_RECEIPT)?)
        .map_err(|error| Failure::new(format!("{} is not a receipt: {error}", file.display())))?;
    if told.is_some_and(|told| told.0 != receipt.election) {
        return Err(Failure::new(
            "this receipt belongs to another election than the one you name",
        ));
    }
    let replica = Board::at(place)?.follow(Some(&receipt.election))?;
    let found = fate(&receipt, &replica)?;
    let closed = matches!(
        replica.election().phase(),
        urne_election::phase::Phase::Sealing(_)
    );
    let (name, code, words) = match &found {
        Fate::Counts if closed => ("counts", 0, "It counts.".to_owned()),
        Fate::Counts => (
            "counts",
            0,
            "It counts, unless you vote again before the box is closed.".to_owned(),
        ),
        Fate::Replaced { by } => (
            "replaced",
            REPLACED,
            format!("It was replaced by a later ballot of the same letter (entry {by}). If you did not vote again, tell the registrar."),
        ),
        Fate::Cancelled { by } => (
            "cancelled",
            CANCELLED,
            format!("It was cancelled by a change of the roll (entry {by}): the registrars ended your line."),
        ),
        Fate::Void(void) => (
            "void",
            VOID,
            format!("It stands on the board but is void: {void}. The server gave a receipt for it, which is evidence against the server: publish the receipt."),
        ),
        Fate::Absent => (
            "absent",
            ABSENT,
            format!("It is NOT on this board, where the server signed that it stands at entry {}. The receipt is the evidence: publish it.", receipt.index),
        ),
        Fate::TwoBoards => (
            "two-boards",
            TWO_BOARDS,
            "The server signed ANOTHER board for your receipt than the one shown here. The receipt and this board together are the evidence: keep and publish both.".to_owned(),
        ),
    };
    let by = match found {
        Fate::Replaced { by } | Fate::Cancelled { by } => Some(by),
        _ => None,
    };
    context.tell(
        &words,
        &json!({
            "fate": name,
            "index": receipt.index,
            "by": by,
            "tracker": base64url(&receipt.tracker),
            "closed": closed,
            "detail": words,
        }),
    );
    match code {
        0 => Ok(()),
        code => Err(Failure {
            message: format!("the ballot of this receipt does not count ({name})"),
            code,
        }),
    }
}
