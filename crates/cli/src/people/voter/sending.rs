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
use super::{PATIENCE, PAUSE, PLACE, SENDING};
use crate::failure::{Failure, Outcome};
use crate::files::disk;
use crate::files::folder::Folder;
use crate::wire::api::Cast;
use crate::wire::board::Board;
use crate::wire::server::{Server, WireError};

/// A ballot that was sent, and whose answer never came, is sent again as it was.
pub(super) fn resume(
    context: &Context,
    folder: &Folder,
    entry: &[u8],
    receipt: Option<&Path>,
) -> Outcome {
    context.note("An earlier ballot from this folder was never acknowledged. The very same ballot is sent again now; nothing else is voted.");
    let place: serde_json::Value = serde_json::from_slice(&disk::read(&folder.file(PLACE), 4096)?)?;
    let field = |name: &str| place[name].as_str().unwrap_or_default().to_owned();
    let election: ElectionId = field("election").parse().map_err(Failure::new)?;
    let replica = Board::of(&field("server"), &election.0)?.follow(Some(&election.0))?;
    let sending = Sending {
        context,
        folder,
        server: &Server::at(&field("server"))?.with_patience(PATIENCE),
        election: &election.0,
        replica: &replica,
    };
    sending.finish(entry, receipt)
}

/// A ballot on its way.
pub(super) struct Sending<'a> {
    pub(super) context: &'a Context,
    pub(super) folder: &'a Folder,
    pub(super) server: &'a Server,
    pub(super) election: &'a [u8; 32],
    pub(super) replica: &'a Replica,
}

impl Sending<'_> {
    /// Until the receipt is on this disk. Only then is the voter told that the vote is in the box.
    pub(super) fn finish(&self, entry: &[u8], receipt: Option<&Path>) -> Outcome {
        let bytes = self.cast(entry)?;
        let found = checked_receipt(self.replica, &bytes, entry)?;
        let default = self.folder.file(&format!("receipt-{}.json", found.index));
        let path = receipt.unwrap_or(&default);
        disk::write_new(path, &bytes)?;
        self.folder.forget_sent(SENDING)?;
        let (shown, address) = (path.display(), self.server.address());
        self.context.tell(
            &format!(
                "Your vote is in the box.\nReceipt: {shown}. It proves that your vote is there, and not what it says. After the closing: urne check {shown} {address}/boards/{}",
                base64url(self.election)
            ),
            &json!({ "tracker": base64url(&found.tracker), "index": found.index, "receipt": path }),
        );
        Ok(())
    }

    /// Sends the same bytes until there is a receipt.
    pub(super) fn cast(&self, entry: &[u8]) -> Outcome<Vec<u8>> {
        let start = Instant::now();
        let mut told = false;
        let mut waiting = |error: &WireError| {
            if !told {
                self.context.note(&format!(
                    "{error}\nThe same ballot is sent again until it is acknowledged; please wait."
                ));
                told = true;
            }
        };
        loop {
            match self.server.cast(self.election, entry, &mut waiting) {
                Ok(Cast::Receipt(bytes)) => return Ok(bytes),
                Ok(Cast::Awaited) if start.elapsed() < PATIENCE => sleep(PAUSE),
                Ok(Cast::Awaited) => {
                    return Err(Failure::not_yet(
                        "your ballot stands on the board, but its witnesses have not vouched for it yet, so there is no receipt; type the same again later",
                    ));
                }
                Err(WireError::Refused(problem)) => {
                    self.folder.forget_sent(SENDING)?;
                    return Err(refused(self.folder, &problem)?);
                }
                Err(error) => {
                    return Err(Failure::not_yet(format!(
                        "{error}. Your vote is NOT known to be in the box. Type `urne voter vote` in this folder again: it sends the very same ballot"
                    )));
                }
            }
        }
    }
}

/// A signed refusal is evidence, and kept.
pub(super) fn refused(folder: &Folder, problem: &Problem) -> Outcome<Failure> {
    let mut words = match problem.code.as_str() {
        "outdated" => "another ballot was accepted with this letter since this one was begun, so this one was not cast. If it was you, on another device, its vote is in the box; vote again if you want another. If it was not you, tell the registrar at once".to_owned(),
        "not-on-roll" => "this letter was replaced, so its code opens nothing any more: use the newest letter".to_owned(),
        _ => format!("your ballot was refused ({}): {}", problem.code, problem.message),
    };
    words.push_str(". Your vote is NOT in the box by this command");
    if let Some(refusal) = &problem.refusal {
        let path = folder.file("refusal.json");
        disk::replace(&path, refusal.as_bytes())?;
        words.push_str(&format!(
            "; the server's signed refusal is kept in {}",
            path.display()
        ));
    }
    Ok(Failure::new(words))
}

/// A receipt that does not hold is no receipt, whatever the server says. That its tracker is the ballot's is a part of that.
pub(super) fn checked_receipt(replica: &Replica, bytes: &[u8], entry: &[u8]) -> Outcome<Receipt> {
    let wrong = |why: String| {
        Failure::new(format!(
            "the server's receipt cannot be relied on ({why}), so your vote is NOT known to be in the box"
        ))
    };
    let found = Receipt::decode(bytes).map_err(|error| wrong(error.to_string()))?;
    receipt::verify(&found, replica).map_err(|error| wrong(error.to_string()))?;
    if found.entry == entry {
        Ok(found)
    } else {
        Err(wrong("it is for another ballot".to_owned()))
    }
}
