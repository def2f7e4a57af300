//! The device that checks the other one: it knows the board and a public half, never the code.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;
use urne_client::replica::Replica;
use urne_client::voter::{self, Audit, Checked, VoteError};
use urne_crypto::ballot::{NO_BALLOT, Slot};
use urne_crypto::encoding::Point;
use urne_election::phase::Phase;

use super::super::answers;
use super::super::context::{Context, ElectionId};
use super::{PAUSE, Tracker, ask};
use crate::failure::{Failure, Outcome};
use crate::files::disk;
use crate::wire::board::Board;

const LARGEST_AUDIT: u64 = 64 * 1024;

/// The device that checks the other one.
pub(super) struct SecondDevice<'c> {
    context: &'c Context,
    board: Board,
    election: [u8; 32],
    replica: Replica,
    slot: Slot,
}

impl<'c> SecondDevice<'c> {
    pub(super) fn begin(
        context: &'c Context,
        place: &str,
        election: Option<ElectionId>,
        half: Point,
    ) -> Outcome<SecondDevice<'c>> {
        let last = || place.trim_end_matches('/').rsplit('/').next()?.parse().ok();
        let election: ElectionId = election.or_else(last).ok_or_else(|| {
            Failure::new("say which election this is, as on the letter: --election ID")
        })?;
        let board = Board::at(place)?;
        let replica = board.follow(Some(&election.0))?;
        let key = voter::key_of_half(&replica, &half)?;
        let slot = voter::slot(&replica, &key).map_err(|error| match error {
            VoteError::NotOnRoll => Failure::new(
                "this letter was replaced or its line has ended: use the newest letter",
            ),
            other => other.into(),
        })?;
        Ok(SecondDevice {
            context,
            board,
            election: election.0,
            replica,
            slot,
        })
    }

    pub(super) fn capture(&self, given: Option<Tracker>) -> Outcome<[u8; 32]> {
        let tracker = match given {
            Some(tracker) => tracker,
            None => ask("Tracker the first device shows: ")?
                .parse()
                .map_err(Failure::new)?,
        };
        self.context.note(&format!(
            "Captured. The first device may go on. ({})",
            short(&tracker.0)
        ));
        Ok(tracker.0)
    }

    pub(super) fn audit(&self, captured: &[u8; 32], file: &Path) -> Outcome {
        let bytes = if file.as_os_str() == "-" {
            ask("What the first device revealed: ")?.into_bytes()
        } else {
            disk::read(file, LARGEST_AUDIT)?
        };
        let audit = Audit::decode(bytes.trim_ascii_end()).map_err(|error| {
            Failure::new(format!("this is not what a voting device reveals: {error}"))
        })?;
        match audit.check(&self.replica, &self.slot, captured)? {
            Checked::Unchanged(values) => {
                let words = answers::reviewed(self.replica.manifest(), &values, 0);
                self.context.tell(
                    &format!("The ballot held exactly this:\n{words}\nIf that is what you chose, the first device was honest this time."),
                    &json!({ "unchanged": true, "choices": values }),
                );
                Ok(())
            }
            Checked::Changed => Err(Failure::new(
                "THE BALLOT WAS NOT WHAT THE FIRST DEVICE SAYS. Do not vote on that device; tell the organizer, and keep both lines as evidence",
            )),
            Checked::Elsewhere => Err(Failure::new(
                "what was revealed belongs to another election, or to another place on your line (did you vote meanwhile?): start the test again",
            )),
        }
    }

    /// Waits until the board shows that the captured ballot, and no other, was cast.
    pub(super) fn await_ballot(&self, captured: &[u8; 32], wait: Duration) -> Outcome {
        let start = Instant::now();
        let before = self.slot.after;
        loop {
            let replica = self.board.follow(Some(&self.election))?;
            let roll = match replica.election().phase() {
                Phase::Voting(phase) => phase.roll(),
                Phase::Sealing(phase) => phase.roll(),
                _ => return Err(Failure::not_yet("the box is not open")),
            };
            let line = roll.line(self.slot.credential.bytes());
            let line =
                line.ok_or_else(|| Failure::new("your line has ended or its key was replaced"))?;
            if line.after() == *captured {
                let index = line.accepted.map(|accepted| accepted.index);
                self.context.tell(
                    "The board holds exactly the ballot you captured, and it is the accepted one.",
                    &json!({ "accepted": true, "index": index }),
                );
                return Ok(());
            }
            if line.after() != before {
                return Err(Failure::new(
                    "ANOTHER ballot than the captured one was accepted on your line. If you did not vote elsewhere, do not trust the first device; tell the organizer",
                ));
            }
            if start.elapsed() >= wait {
                let none = if before == NO_BALLOT {
                    "no ballot"
                } else {
                    "no new ballot"
                };
                return Err(Failure::not_yet(format!(
                    "{none} is on your line yet: if the first device says it was cast, run this again, then tell the organizer"
                )));
            }
            sleep(PAUSE);
        }
    }
}

/// For reading aloud only; programs compare all of it.
pub(super) fn short(tracker: &[u8; 32]) -> String {
    urne_crypto::ceremony::spoken_digits(&tracker[..5], 8)
}
