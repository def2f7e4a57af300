//! After `close`: sums, seals, decryptions, the result (spec/tally.md).

use std::collections::BTreeSet;

use super::{Phase, Place, State, Unreadable, turn};
use crate::entry::{Body, Decryption, Seal};
use crate::ledger::require;
use crate::record::Record;
use crate::result::{CollegeOutcome, CollegeState, Outcome};
use crate::tally::Closed;

pub(super) struct Sealing {
    pub(super) closed: Closed,
    /// totals still empty
    pub(super) colleges: Vec<CollegeOutcome>,
    /// the largest possible totals of the positions
    pub(super) bounds: Vec<u64>,
    pub(super) sealed: BTreeSet<u32>,
    pub(super) decrypted: BTreeSet<u32>,
    /// of the first t valid decryptions
    pub(super) shares: Vec<(u32, Vec<curve25519_dalek::RistrettoPoint>)>,
    pub(super) has_result: bool,
    /// a sum decrypts to no possible total, which valid proofs exclude
    pub(super) has_no_totals: bool,
}

impl State<'_> {
    /// V26 for entries after `close`.
    pub(super) fn check_order_of_sealing(&self, body: &Body) -> Result<(), String> {
        let sealing = self.sealing.as_ref().ok_or("invariant: sealing has begun")?;
        match body {
            Body::Seal(seal) => {
                require(!sealing.sealed.contains(&seal.trustee), "the trustee has sealed already")
            }
            Body::Decryption(decryption) => {
                let trustee = decryption.trustee;
                require(!sealing.closed.positions.is_empty(), "no college is decrypted")?;
                require(sealing.sealed.len() >= self.manifest.seal_quorum(), "too few seals yet")?;
                require(sealing.sealed.contains(&trustee), "its author has not sealed")?;
                require(!sealing.decrypted.contains(&trustee), "its author has decrypted already")
            }
            Body::Result => {
                require(self.outcome.is_some(), "the election has not ended")?;
                require(!sealing.has_result, "the result stands already")
            }
            _ => Err("this kind may not stand here".to_owned()),
        }
    }

    /// Counts the lines and freezes the sums (spec/tally.md section 1).
    pub(super) fn close(&mut self, place: &Place, record: &Record) -> Result<(), Unreadable> {
        self.settle_waiting(record)?;
        self.subtract_stale(record)?;
        let mut colleges: Vec<CollegeOutcome> =
            self.manifest.colleges.iter().map(|_| CollegeOutcome::default()).collect();
        for line in self.roll.lines() {
            let position = (line.college as usize).wrapping_sub(1);
            let Some(college) = colleges.get_mut(position) else {
                continue;
            };
            let weight = u64::from(line.weight);
            college.lines += 1;
            college.weight += weight;
            if line.accepted.is_some() {
                college.ballots += 1;
                college.turnout += weight;
            }
        }
        let mut bounds = Vec::new();
        for (college, named) in colleges.iter_mut().zip(&self.manifest.colleges) {
            college.state = match college.ballots {
                0 => CollegeState::Empty,
                some if some < named.guard => CollegeState::Withheld,
                _ => CollegeState::Decrypted,
            };
            if college.state == CollegeState::Decrypted {
                let largest = self.program.largest.iter().map(|largest| u64::from(*largest));
                bounds.extend(largest.map(|largest| college.turnout.saturating_mul(largest)));
            }
        }
        let turn = turn(place);
        let [_, (size, root)] = turn.roots;
        if let Some(voting) = &self.voting {
            let decrypted = |position: usize| {
                colleges
                    .get(position)
                    .is_some_and(|college| college.state == CollegeState::Decrypted)
            };
            let positions = voting.sums.positions(decrypted);
            self.sealing = Some(Sealing {
                closed: Closed::new(voting.verifier.ctx, size, root, positions),
                colleges,
                bounds,
                sealed: BTreeSet::new(),
                decrypted: BTreeSet::new(),
                shares: Vec::new(),
                has_result: false,
                has_no_totals: false,
            });
        }
        self.closed = Some(turn);
        self.phase = Phase::Sealing;
        Ok(())
    }

    /// V23.
    pub(super) fn judge_seal(&mut self, index: u64, seal: &Seal) {
        let Some(sealing) = &mut self.sealing else {
            return;
        };
        let closed = &sealing.closed;
        let verdict = require(
            (seal.size, seal.root) == (closed.size, closed.root),
            "another log than the closed one",
        )
        .and_then(|()| require(seal.sums == closed.sums_hash, "another sums hash"));
        if verdict.is_ok() {
            sealing.sealed.insert(seal.trustee);
            self.memory_lost.extend(seal.memory_lost.then_some(seal.trustee));
        }
        self.settle(index, 23, verdict);
        self.end_if_complete();
    }

    /// V24.
    pub(super) fn judge_decryption(&mut self, index: u64, decryption: &Decryption) {
        let Some(sealing) = &mut self.sealing else {
            return;
        };
        let keys = self.ceremony.keys.as_ref();
        let position = (decryption.trustee as usize).wrapping_sub(1);
        let share = keys.and_then(|keys| keys.shares.get(position)).copied().unwrap_or_default();
        let verdict = sealing.closed.check_decryption(decryption, &share).map(|shares| {
            sealing.decrypted.insert(decryption.trustee);
            if sealing.shares.len() < self.manifest.threshold {
                sealing.shares.push((decryption.trustee, shares));
            }
        });
        self.settle(index, 24, verdict);
        self.end_if_complete();
    }

    /// Computes the result as soon as the election has ended (spec/tally.md sections 3 and 4).
    pub(super) fn end_if_complete(&mut self) {
        let Some(sealing) = &self.sealing else { return };
        let complete = sealing.sealed.len() >= self.manifest.seal_quorum()
            && (sealing.bounds.is_empty() || sealing.shares.len() >= self.manifest.threshold);
        if !complete || self.outcome.is_some() || sealing.has_no_totals {
            return;
        }
        let mut colleges = sealing.colleges.clone();
        let Some(totals) = sealing.closed.totals(&sealing.shares, &sealing.bounds) else {
            self.ledger.fail(24, "a sum decrypts to no possible total".to_owned());
            self.sealing.as_mut().into_iter().for_each(|sealing| sealing.has_no_totals = true);
            return;
        };
        let count = self.program.ciphertexts.len();
        let mut totals = totals.chunks(count);
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
    pub(super) fn judge_result(&mut self, index: u64, bytes: &[u8]) {
        let expected = self.outcome.as_ref().map(|outcome| outcome.entry(&self.election));
        let verdict = require(expected.as_deref() == Some(bytes), "not the result of the board");
        if let (true, Some(sealing)) = (verdict.is_ok(), &mut self.sealing) {
            sealing.has_result = true;
        }
        self.settle(index, 25, verdict);
    }
}
