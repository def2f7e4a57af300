//! After `close`: seals, decryptions, the result (spec/tally.md).

use std::collections::BTreeSet;

use crate::encoding::Point;
use crate::ledger::{Found, Judged, require};
use crate::outcome::{CollegeOutcome, CollegeState, Outcome};
use crate::state::State;
use crate::tally::Closed;
use crate::template::Value;

/// What lasts from `close` on.
#[derive(Default)]
pub(crate) struct Sealing {
    pub closed: Closed,
    /// totals still empty
    colleges: Vec<CollegeOutcome>,
    /// the largest possible totals of the positions
    bounds: Vec<u64>,
    pub seals: BTreeSet<u32>,
    /// trustees whose tool could not say that it never sealed another root
    pub memory_lost: Vec<u32>,
    /// author and shares of the valid decryptions, in board order
    pub decryptions: Vec<(u32, Vec<Point>)>,
    pub has_result: bool,
}

impl State<'_> {
    /// Counts the lines and freezes the sums (spec/tally.md section 1).
    pub(crate) fn close(&mut self) -> Found {
        self.subtract_stale()?;
        let (Some(voting), Some(turn)) = (&mut self.voting, self.turns.last()) else {
            return Ok(());
        };
        let mut colleges = vec![CollegeOutcome::default(); self.manifest.colleges.len()];
        for line in self.roll.lines.iter().filter(|line| line.stands) {
            let college = &mut colleges[line.college as usize - 1];
            let counts = u64::from(line.accepted.is_some());
            college.lines += 1;
            college.weight += u64::from(line.weight);
            college.ballots += counts;
            college.turnout += counts * u64::from(line.weight);
        }
        let sealing = &mut self.sealing;
        for ((college, named), sums) in
            colleges.iter_mut().zip(&self.manifest.colleges).zip(&voting.sums)
        {
            college.state = match college.ballots {
                0 => CollegeState::Empty,
                some if some < named.number("guard") => CollegeState::Withheld,
                _ => CollegeState::Decrypted,
            };
            if college.state == CollegeState::Decrypted {
                let largest = self.program.largest.iter();
                sealing.bounds.extend(largest.map(|largest| college.turnout * u64::from(*largest)));
                sealing.closed.sums.extend(sums);
            }
        }
        sealing.colleges = colleges;
        sealing.closed.ctx = voting.verifier.ctx;
        (sealing.closed.size, sealing.closed.root) = turn.roots[1];
        Ok(())
    }

    /// V23.
    pub(crate) fn judge_seal(&mut self, seal: &Value) -> Judged {
        let Sealing { closed, seals, memory_lost, .. } = &mut self.sealing;
        let sums = require(seal.bytes("sums") == closed.sums_hash(), "another sums hash");
        self.ledger.settle(23, closed.check_log(seal).and(sums))?;
        seals.insert(seal.small("trustee"));
        memory_lost.extend((seal.text("memory") == "lost").then(|| seal.small("trustee")));
        if closed.sums.is_empty() && seals.len() == self.manifest.seal_quorum() {
            self.end();
        }
        Ok(())
    }

    /// V24.
    pub(crate) fn judge_decryption(&mut self, decryption: &Value) -> Judged {
        let author = decryption.small("trustee");
        let public_share = self.ceremony.public_share(author);
        let shares = self.sealing.closed.check_decryption(decryption, public_share);
        let shares = self.ledger.settle(24, shares)?;
        self.sealing.decryptions.push((author, shares));
        if self.sealing.decryptions.len() == self.manifest.threshold {
            self.end();
        }
        Ok(())
    }

    /// The election has ended: the result can be computed (spec/tally.md sections 3 and 4).
    fn end(&mut self) {
        let Sealing { closed, colleges, bounds, decryptions, .. } = &self.sealing;
        let Some(totals) = closed.totals(decryptions, bounds) else {
            return self.ledger.fail(24, "a sum decrypts to no possible total".to_owned());
        };
        let count = self.program.ciphertexts.len();
        let (mut colleges, mut totals) = (colleges.clone(), totals.chunks(count));
        for college in &mut colleges {
            college.totals = match college.state {
                CollegeState::Empty => vec![0; count],
                CollegeState::Withheld => vec![],
                CollegeState::Decrypted => totals.next().unwrap_or_default().to_vec(),
            };
        }
        self.outcome = Some(Outcome::new(colleges, &self.manifest.questions));
    }

    /// V25.
    pub(crate) fn judge_result(&mut self, bytes: &[u8]) -> Judged {
        let expected = self.outcome.as_ref().map(|outcome| outcome.entry(&self.election));
        let same = require(expected.as_deref() == Some(bytes), "not the result of the board");
        self.ledger.settle(25, same)?;
        self.sealing.has_result = true;
        Ok(())
    }
}
