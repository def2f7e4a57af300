//! A ballot on its way: the same bytes until there is a receipt that holds.

use std::path::Path;
use std::thread::sleep;
use std::time::Instant;

use serde_json::json;
use urne_client::http::Problem;
use urne_client::receipt;
use urne_client::replica::Replica;
use urne_election::json::base64url;
use urne_election::receipt::Receipt;

use super::super::context::{Context, ElectionId};
use super::super::receipt::LARGEST_RECEIPT;
use super::super::words::Words;
use super::voice::Voice;
use super::{PATIENCE, PAUSE, PLACE, SENDING};
use crate::failure::{Failure, Outcome};
use crate::files::disk;
use crate::files::folder::Folder;
use crate::language::fill;
use crate::wire::api::Cast;
use crate::wire::board::Board;
use crate::wire::server::{Server, WireError};

/// A ballot that was sent, and whose answer never came, is sent again as it was.
pub(super) fn resume(
    context: &Context,
    voice: &Voice,
    folder: &Folder,
    entry: &[u8],
    receipt: Option<&Path>,
) -> Outcome {
    let words = &voice.words;
    context.note(&words.vote.resumed);
    let place: serde_json::Value = serde_json::from_slice(&disk::read(&folder.file(PLACE), 4096)?)?;
    let field = |name: &str| place[name].as_str().unwrap_or_default().to_owned();
    let election: ElectionId = field("election").parse().map_err(Failure::new)?;
    let server = voice.server(&field("server"))?;
    let replica = Board::at_server(&server, &election.0).follow(Some(&election.0))?;
    let sending = Sending {
        context,
        words,
        folder,
        server: &server.with_patience(PATIENCE),
        election: &election.0,
        replica: &replica,
    };
    sending.finish(entry, receipt, Ballot::Earlier)?;
    // Whoever typed other choices must not take that ballot for theirs.
    Err(Failure::not_yet(words.vote.earlier.clone()))
}

/// The place of a receipt is looked at before anything is cast: afterwards it would be too late to ask for another.
pub(super) fn receipt_has_place(
    words: &Words,
    receipt: Option<&Path>,
    entry: Option<&[u8]>,
) -> Outcome {
    let Some(path) = receipt else { return Ok(()) };
    if holds_receipt(path, entry) {
        return Ok(());
    }
    let shown = path.display();
    // Also a link that leads nowhere takes the name.
    if path.symlink_metadata().is_ok() {
        return Err(Failure::not_understood(fill(
            &words.vote.receipt_exists,
            &[("receipt", &shown)],
        )));
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => Err(Failure::not_understood(fill(
            &words.vote.receipt_nowhere,
            &[("receipt", &shown), ("folder", &folder.display())],
        ))),
        _ => Ok(()),
    }
}

/// Whether the receipt of this very ballot lies here already: left by a run that was interrupted at its last step.
fn holds_receipt(path: &Path, entry: Option<&[u8]>) -> bool {
    let Ok(bytes) = disk::read(path, LARGEST_RECEIPT) else {
        return false;
    };
    let receipt = Receipt::decode(&bytes);
    receipt.is_ok_and(|receipt| entry.is_some_and(|entry| receipt.entry == entry))
}

/// Whose choices a ballot holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ballot {
    /// those that were typed now
    Typed,
    /// those of an earlier run
    Earlier,
}

/// A ballot on its way.
pub(super) struct Sending<'a> {
    pub(super) context: &'a Context,
    pub(super) words: &'a Words,
    pub(super) folder: &'a Folder,
    pub(super) server: &'a Server,
    pub(super) election: &'a [u8; 32],
    pub(super) replica: &'a Replica,
}

impl Sending<'_> {
    /// Until the receipt is on this disk. Only then is the voter told that the vote is in the box.
    pub(super) fn finish(&self, entry: &[u8], receipt: Option<&Path>, whose: Ballot) -> Outcome {
        let words = &self.words.vote;
        let bytes = self.cast(entry)?;
        let found = self.checked(&bytes, entry)?;
        let default = self.folder.file(&format!("receipt-{}.json", found.index));
        let path = receipt.unwrap_or(&default);
        if !holds_receipt(path, Some(entry)) {
            disk::write_new(path, &bytes)
                .map_err(|error| Failure::new(fill(&words.receipt_lost, &[("why", &error)])))?;
        }
        self.folder.forget_sent(SENDING)?;
        let board = format!(
            "{}/boards/{}",
            self.server.address(),
            base64url(self.election)
        );
        let in_the_box = match whose {
            Ballot::Typed => &words.in_the_box,
            Ballot::Earlier => &words.earlier_in_the_box,
        };
        let kept = fill(
            &words.receipt,
            &[("receipt", &path.display()), ("board", &board)],
        );
        self.context.tell(
            &format!("{in_the_box}\n{kept}"),
            &json!({
                "tracker": base64url(&found.tracker),
                "index": found.index,
                "receipt": path,
                "earlier": whose == Ballot::Earlier,
            }),
        );
        Ok(())
    }

    /// Sends the same bytes until there is a receipt.
    fn cast(&self, entry: &[u8]) -> Outcome<Vec<u8>> {
        let words = &self.words.vote;
        let start = Instant::now();
        loop {
            match self.server.cast(self.election, entry) {
                Ok(Cast::Receipt(bytes)) => return Ok(bytes),
                Ok(Cast::Awaited) if start.elapsed() < PATIENCE => sleep(PAUSE),
                Ok(Cast::Awaited) => return Err(Failure::not_yet(words.awaited.clone())),
                Err(WireError::Refused(problem)) => {
                    self.folder.forget_sent(SENDING)?;
                    return Err(self.refused(&problem)?);
                }
                Err(error) => {
                    return Err(Failure::not_yet(fill(&words.unknown, &[("why", &error)])));
                }
            }
        }
    }

    /// A signed refusal is evidence, and kept.
    fn refused(&self, problem: &Problem) -> Outcome<Failure> {
        let words = &self.words.vote;
        let mut said = match problem.code.as_str() {
            "outdated" => words.outdated.clone(),
            "not-on-roll" => words.replaced.clone(),
            _ => fill(
                &words.refused,
                &[("code", &problem.code), ("message", &problem.message)],
            ),
        };
        said.push_str(&words.not_in_the_box);
        if let Some(refusal) = &problem.refusal {
            let path = self.folder.file("refusal.json");
            disk::replace(&path, refusal.as_bytes())?;
            said.push_str(&fill(&words.refusal, &[("file", &path.display())]));
        }
        Ok(Failure::new(said))
    }

    /// A receipt that does not hold is no receipt, whatever the server says. That its tracker is the ballot's is a part of that.
    fn checked(&self, bytes: &[u8], entry: &[u8]) -> Outcome<Receipt> {
        let wrong =
            |why: String| Failure::new(fill(&self.words.vote.receipt_wrong, &[("why", &why)]));
        let found = Receipt::decode(bytes).map_err(|error| wrong(error.to_string()))?;
        receipt::verify(&found, self.replica).map_err(|error| wrong(error.to_string()))?;
        if found.entry == entry {
            Ok(found)
        } else {
            Err(wrong("it is for another ballot".to_owned()))
        }
    }
}
