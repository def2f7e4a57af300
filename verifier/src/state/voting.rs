//! Ballots while the election is open: batches of proofs, acceptance, sums (spec/ballot.md 3 and 4).

use super::{Fate, State, Unreadable};
use crate::ballot::{BallotVerifier, Ciphertexts, Statement};
use crate::entry::{Ballot, Body, Bytes32};
use crate::ledger::require;
use crate::log::split_bundle;
use crate::parallel;
use crate::record::Record;
use crate::roll::Accepted;
use crate::tally::Sums;

pub(super) struct Voting {
    pub(super) verifier: BallotVerifier,
    pub(super) sums: Sums,
    /// ballots whose proofs wait for a full batch: index, number of the line
    pub(super) waiting: Vec<(u64, usize)>,
    pub(super) statements: Vec<Statement>,
    /// ballots to take out of the sums again
    pub(super) stale: Vec<Stale>,
}

/// A ballot that was accepted and no longer is; it is read again at its index.
pub(super) struct Stale {
    pub(super) ballot: Accepted,
    pub(super) college: u32,
    pub(super) weight: u32,
}

/// So many stale ballots are taken out of the sums at once, to read each bundle seldom.
const MOST_STALE: usize = 1 << 16;

impl State<'_> {
    /// V19; the ballot then waits for the proofs of its batch.
    pub(super) fn judge_voter(
        &mut self,
        index: u64,
        ballot: Ballot,
        record: &Record,
    ) -> Result<(), Unreadable> {
        let found = self.roll.find(&ballot.key);
        let verdict = require(found.is_some(), "its key is no line's current key");
        if !self.settle(index, 19, verdict) {
            return Ok(());
        }
        let college = found.and_then(|number| self.roll.line(number)).map(|line| line.college);
        if let (Some(voting), Some(number), Some(college)) = (&mut self.voting, found, college) {
            voting.waiting.push((index, number));
            voting.statements.push(Statement { ballot, college });
            if voting.waiting.len() >= voting.verifier.batch() * parallel::width() {
                self.settle_waiting(record)?;
            }
        }
        Ok(())
    }

    /// V20 for all ballots that wait, in batches; then V21, in order.
    pub(crate) fn settle_waiting(&mut self, record: &Record) -> Result<(), Unreadable> {
        let Some(voting) = &mut self.voting else {
            return Ok(());
        };
        let waiting = std::mem::take(&mut voting.waiting);
        let statements = std::mem::take(&mut voting.statements);
        let batches: Vec<&[Statement]> = statements.chunks(voting.verifier.batch()).collect();
        let (verifier, randomness) = (&voting.verifier, self.randomness);
        let verdicts = parallel::map(&batches, |batch| verifier.verify(batch, randomness));
        let trackers: Vec<Bytes32> =
            statements.iter().map(|statement| verifier.tracker(&statement.ballot)).collect();
        let verdicts = verdicts.into_iter().flatten();
        for (((place, statement), tracker), verdict) in
            waiting.into_iter().zip(&statements).zip(trackers).zip(verdicts)
        {
            let (index, number) = place;
            let proven = require(verdict.is_some(), "the proof does not hold");
            if let (true, Some(ciphertexts)) = (self.settle(index, 20, proven), verdict) {
                let ballot = Accepted { tracker, index };
                self.judge_acceptance(
                    number,
                    ballot,
                    &statement.ballot.after,
                    &ciphertexts,
                    record,
                )?;
            }
        }
        Ok(())
    }

    /// V21: the ballot becomes the accepted ballot of its line.
    pub(super) fn judge_acceptance(
        &mut self,
        number: usize,
        ballot: Accepted,
        after: &Bytes32,
        ciphertexts: &Ciphertexts,
        record: &Record,
    ) -> Result<(), Unreadable> {
        let index = ballot.index;
        let Some(line) = self.roll.line_mut(number) else {
            return Ok(());
        };
        let expected = line.accepted.map_or([0; 32], |accepted| accepted.tracker);
        let verdict = require(*after == expected, "after is not the accepted ballot of its line")
            .and_then(|()| {
                require(line.count < self.manifest.cap, "too many ballots under its key")
            });
        let (college, weight) = (line.college, line.weight);
        let mut replaced = None;
        if verdict.is_ok() {
            line.count += 1;
            replaced = line.accepted.replace(ballot);
        }
        if !self.settle(index, 21, verdict) {
            return Ok(());
        }
        self.watch(index, Fate::Accepted);
        if let Some(voting) = &mut self.voting {
            voting.sums.add(college, weight, ciphertexts);
        }
        if let Some(ballot) = replaced {
            self.watch(ballot.index, Fate::Replaced(index));
            self.forget(Stale { ballot, college, weight }, record)?;
        }
        Ok(())
    }

    pub(super) fn forget(&mut self, stale: Stale, record: &Record) -> Result<(), Unreadable> {
        let Some(voting) = &mut self.voting else {
            return Ok(());
        };
        voting.stale.push(stale);
        if voting.stale.len() >= MOST_STALE { self.subtract_stale(record) } else { Ok(()) }
    }

    /// Reads the stale ballots again and takes them out of the sums.
    pub(super) fn subtract_stale(&mut self, record: &Record) -> Result<(), Unreadable> {
        let Some(mut voting) = self.voting.take() else {
            return Ok(());
        };
        let mut stale = std::mem::take(&mut voting.stale);
        stale.sort_unstable_by_key(|stale| stale.ballot.index);
        for group in
            stale.chunk_by(|left, right| left.ballot.index / 256 == right.ballot.index / 256)
        {
            let number = group.first().map_or(0, |stale| stale.ballot.index / 256);
            let (bundle, count) = record.bundle(number)?;
            let entries = split_bundle(&bundle, count).unwrap_or_default();
            for Stale { ballot, college, weight } in group {
                let bytes = entries.get((ballot.index % 256) as usize).copied().unwrap_or_default();
                let ciphertexts = match self.read(bytes).map(|entry| entry.body) {
                    Ok(Body::Ballot(again))
                        if voting.verifier.tracker(&again) == ballot.tracker =>
                    {
                        voting.verifier.ciphertexts(&again)
                    }
                    _ => None,
                };
                let ciphertexts = ciphertexts
                    .ok_or_else(|| format!("entry {} changed while it was read", ballot.index))?;
                voting.sums.subtract(*college, *weight, &ciphertexts);
            }
        }
        self.voting = Some(voting);
        Ok(())
    }
}
