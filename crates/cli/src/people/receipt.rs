//! What became of the ballot of a receipt, from the board alone.

use std::path::Path;

use serde_json::json;
use urne_client::receipt::{Fate, fate};
use urne_election::json::base64url;
use urne_election::receipt::Receipt;

use super::context::{Context, ElectionId};
use super::words::{self, Words};
use crate::failure::{Failure, Outcome};
use crate::files::disk;
use crate::language::{Language, fill};
use crate::wire::board::Board;

pub(super) const LARGEST_RECEIPT: u64 = 250_000;

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
    let chosen = Language::chosen(|name| std::env::var(name).ok());
    let said = |language: Option<Language>| Words::of(language.unwrap_or(Language::English)).fate;
    let receipt = Receipt::decode(&disk::read(file, LARGEST_RECEIPT)?).map_err(|error| {
        Failure::new(fill(
            &said(chosen).not_a_receipt,
            &[("file", &file.display()), ("why", &error)],
        ))
    })?;
    if told.is_some_and(|told| told.0 != receipt.election) {
        return Err(Failure::new(said(chosen).other_election));
    }
    let replica = Board::at(place)?.follow(Some(&receipt.election))?;
    let spoken = || {
        let languages = replica.manifest().languages.iter();
        languages.filter_map(|tag| Language::of_tag(tag)).next()
    };
    let words = said(chosen.or_else(spoken));
    let found = fate(&receipt, &replica)?;
    let closed = matches!(
        replica.election().phase(),
        urne_election::phase::Phase::Sealing(_)
    );
    let (name, code) = named(&found);
    let detail = in_words(&found, closed, &receipt, &words);
    let by = match found {
        Fate::Replaced { by } | Fate::Cancelled { by } => Some(by),
        _ => None,
    };
    context.tell(
        &detail,
        &json!({
            "fate": name,
            "index": receipt.index,
            "by": by,
            "tracker": base64url(&receipt.tracker),
            "closed": closed,
            "detail": detail,
        }),
    );
    match code {
        0 => Ok(()),
        code => Err(Failure {
            message: fill(&words.no, &[("name", &name)]),
            code,
        }),
    }
}

/// The word for scripts, and the exit code.
fn named(fate: &Fate) -> (&'static str, u8) {
    match fate {
        Fate::Counts => ("counts", 0),
        Fate::Replaced { .. } => ("replaced", REPLACED),
        Fate::Cancelled { .. } => ("cancelled", CANCELLED),
        Fate::Void(_) => ("void", VOID),
        Fate::Absent => ("absent", ABSENT),
        Fate::TwoBoards => ("two-boards", TWO_BOARDS),
    }
}

fn in_words(fate: &Fate, closed: bool, receipt: &Receipt, words: &words::Fate) -> String {
    match fate {
        Fate::Counts if closed => words.counts.clone(),
        Fate::Counts => words.counts_so_far.clone(),
        Fate::Replaced { by } => fill(&words.replaced, &[("by", by)]),
        Fate::Cancelled { by } => fill(&words.cancelled, &[("by", by)]),
        Fate::Void(void) => fill(&words.void, &[("why", void)]),
        Fate::Absent => fill(&words.absent, &[("index", &receipt.index)]),
        Fate::TwoBoards => words.two_boards.clone(),
    }
}
