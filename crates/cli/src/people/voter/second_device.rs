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
use super::super::asking::{ask, insist};
use super::super::context::{Context, ElectionId};
use super::voice::Voice;
use super::{PAUSE, Tracker};
use crate::failure::{Failure, Outcome};
use crate::files::disk;
use crate::language::fill;
use crate::wire::board::Board;

const LARGEST_AUDIT: u64 = 64 * 1024;

/// The device that checks the other one.
pub(super) struct SecondDevice<'c> {
    context: &'c Context,
    voice: Voice,
    /// place of the language among the election's
    language: usize,
    board: Board,
    election: [u8; 32],
    replica: Replica,
    slot: Slot,
}

impl<'c> SecondDevice<'c> {
    pub(super) fn begin(
        context: &'c Context,
        mut voice: Voice,
        place: &str,
        election: Option<ElectionId>,
        half: Point,
    ) -> Outcome<SecondDevice<'c>> {
        let last = || place.trim_end_matches('/').rsplit('/').next()?.parse().ok();
        let election: ElectionId = election
            .or_else(last)
            .ok_or_else(|| Failure::new(voice.words.second.election.clone()))?;
        let board = match Board::at(place)? {
            Board::Address(_) => Board::Address(voice.server(place)?),
            folder => folder,
        };
        let replica = board.follow(Some(&election.0))?;
        let language = voice.on(&replica)?;
        let key = voter::key_of_half(&replica, &half)?;
        let slot = voter::slot(&replica, &key).map_err(|error| match error {
            VoteError::NotOnRoll => Failure::new(voice.words.second.replaced.clone()),
            other => voice.vote(other),
        })?;
        Ok(SecondDevice {
            context,
            voice,
            language,
            board,
            election: election.0,
            replica,
            slot,
        })
    }

    pub(super) fn capture(&self, given: Option<Tracker>) -> Outcome<[u8; 32]> {
        let words = &self.voice.words;
        let tracker = match given {
            Some(tracker) => tracker,
            None => insist(
                words,
                || ask(words, &words.ask.tracker),
                |typed| {
                    let tracker: Result<Tracker, String> = typed.parse();
                    tracker.map_err(|_| words.typing.tracker.clone())
                },
            )?,
        };
        let short = short(&tracker.0);
        let captured = fill(&words.second.captured, &[("short", &short)]);
        self.context.note(&captured);
        Ok(tracker.0)
    }

    pub(super) fn audit(&self, captured: &[u8; 32], file: &Path) -> Outcome {
        let words = &self.voice.words;
        let bytes = if file.as_os_str() == "-" {
            ask(words, &words.ask.revealed)?.into_bytes()
        } else {
            disk::read(file, LARGEST_AUDIT)?
        };
        let audit = Audit::decode(bytes.trim_ascii_end())
            .map_err(|error| Failure::new(fill(&words.second.not_revealed, &[("why", &error)])))?;
        match audit.check(&self.replica, &self.slot, captured)? {
            Checked::Unchanged(values) => {
                let manifest = self.replica.manifest();
                let choices = answers::reviewed(manifest, &values, self.language, words);
                self.context.tell(
                    &format!("{}\n{choices}\n{}", words.second.held, words.second.honest),
                    &json!({ "unchanged": true, "choices": values }),
                );
                Ok(())
            }
            Checked::Changed => Err(Failure::new(words.second.changed.clone())),
            Checked::Elsewhere => Err(Failure::new(words.second.elsewhere.clone())),
        }
    }

    /// Waits until the board shows that the captured ballot, and no other, was cast.
    pub(super) fn await_ballot(&self, captured: &[u8; 32], wait: Duration) -> Outcome {
        let words = &self.voice.words.second;
        let start = Instant::now();
        let before = self.slot.after;
        loop {
            let replica = self.board.follow(Some(&self.election))?;
            let roll = match replica.election().phase() {
                Phase::Voting(phase) => phase.roll(),
                Phase::Sealing(phase) => phase.roll(),
                _ => return Err(Failure::not_yet(words.not_open.clone())),
            };
            let line = roll.line(self.slot.credential.bytes());
            let line = line.ok_or_else(|| Failure::new(words.ended.clone()))?;
            if line.after() == *captured {
                let index = line.accepted.map(|accepted| accepted.index);
                self.context.tell(
                    &words.accepted,
                    &json!({ "accepted": true, "index": index }),
                );
                return Ok(());
            }
            if line.after() != before {
                return Err(Failure::new(words.another.clone()));
            }
            if start.elapsed() >= wait {
                return Err(Failure::not_yet(match before {
                    NO_BALLOT => words.no_ballot.clone(),
                    _ => words.no_new_ballot.clone(),
                }));
            }
            sleep(PAUSE);
        }
    }
}

/// For reading aloud only; programs compare all of it.
pub(super) fn short(tracker: &[u8; 32]) -> String {
    urne_crypto::ceremony::spoken_digits(&tracker[..5], 8)
}
