//! The second device: it knows the board and the half printed on the letter, never the code, and believes nothing the voting
//! device says but what it can check.

use serde::Serialize;
use urne_client::replica::Replica;
use urne_client::voter::{self, Checked, HalfError};
use urne_crypto::ballot::Slot;
use urne_crypto::encoding::Point;
use urne_election::json::from_base64url;
use urne_election::phase::Phase;
use urne_election::roll::Line;

use super::device::unmade;
use super::links::read_revealed;
use super::words::{Chosen, chosen};
use crate::failure::Failure;

/// A second device that has found its line.
#[derive(Clone, Copy, Debug)]
pub struct SecondDevice {
    slot: Slot,
}

/// What the board shows after "Cast".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "seen", rename_all = "lowercase")]
pub enum Seen {
    /// nothing new stands on the line
    Waiting,
    /// the captured ballot, and no other, is the accepted one
    Captured {
        /// where it stands
        index: u64,
    },
    /// another ballot than the captured one was accepted since
    Another {
        /// where it stands
        index: u64,
    },
}

/// A tracker as shown, copied or scanned: 43 characters.
///
/// # Errors
/// `tracker`.
pub fn tracker(text: &str) -> Result<[u8; 32], Failure> {
    from_base64url(text.trim()).ok_or(Failure::new("tracker", ""))
}

/// The line with this key, in the open box or in the closed one.
fn line<'r>(replica: &'r Replica, key: &Point) -> Result<&'r Line, Failure> {
    let roll = match replica.election().phase() {
        Phase::Voting(phase) => phase.roll(),
        Phase::Sealing(phase) => phase.roll(),
        _ => return Err(Failure::new("not-open", "")),
    };
    let line = roll.line(key.bytes());
    line.ok_or(Failure::new("letter-replaced", ""))
}

impl SecondDevice {
    /// Finds the line of the half printed on the letter. The board has been followed whole. `after` is the tracker that was
    /// accepted when the check began (all zeros for none), where a device has kept it; without it the check begins now.
    ///
    /// # Errors
    /// `half`, `half-unknown`, `half-shared`, `letter-replaced`, `not-open`.
    pub fn begin(
        replica: &Replica,
        half: &str,
        after: Option<[u8; 32]>,
    ) -> Result<SecondDevice, Failure> {
        let half = from_base64url(half.trim())
            .and_then(|bytes| Point::decode_non_identity(&bytes).ok())
            .ok_or(Failure::new("half", ""))?;
        let key = voter::key_of_half(replica, &half).map_err(|error| match error {
            HalfError::Unknown => Failure::new("half-unknown", ""),
            HalfError::Shared => Failure::new("half-shared", ""),
        })?;
        let line = line(replica, &key)?;
        let slot = Slot {
            college: line.college,
            credential: key,
            after: after.unwrap_or_else(|| line.after()),
        };
        Ok(SecondDevice { slot })
    }

    /// What was accepted on the line when the check began: a tracker, or all zeros. To be kept with what is captured.
    pub fn after(&self) -> [u8; 32] {
        self.slot.after
    }

    /// After "Check": what the ballot whose tracker was captured really holds.
    ///
    /// # Errors
    /// `not-revealed`; `ballot-changed`: the voting device cheated; `ballot-elsewhere`: another election, or the line has got
    /// another ballot meanwhile.
    pub fn check(
        &self,
        replica: &Replica,
        captured: &[u8; 32],
        revealed: &str,
    ) -> Result<Vec<Chosen>, Failure> {
        let audit = read_revealed(revealed)?;
        let checked = audit
            .check(replica, &self.slot, captured)
            .map_err(|error| unmade(&error))?;
        match checked {
            Checked::Unchanged(values) => Ok(chosen(&replica.manifest().questions, &values)),
            Checked::Changed => Err(Failure::new("ballot-changed", "")),
            Checked::Elsewhere => Err(Failure::new("ballot-elsewhere", "")),
        }
    }

    /// After "Cast": whether the board, followed further, holds the captured ballot.
    ///
    /// # Errors
    /// `letter-replaced`, `not-open`.
    pub fn look(&self, replica: &Replica, captured: &[u8; 32]) -> Result<Seen, Failure> {
        let line = line(replica, &self.slot.credential)?;
        Ok(match line.accepted {
            Some(accepted) if accepted.tracker == *captured => Seen::Captured {
                index: accepted.index,
            },
            Some(accepted) if accepted.tracker != self.slot.after => Seen::Another {
                index: accepted.index,
            },
            _ => Seen::Waiting,
        })
    }
}
