//! While the election is open: batches of proofs, acceptance, sums, changes of the roll (spec/ballot.md 3 and 4).

use crate::ballot::{Ballot, BallotVerifier, Ciphertexts};
use crate::encoding::{Bytes32, Identity, Point};
use crate::entry::Entry;
use crate::ledger::{Found, Judged, require_all};
use crate::parallel;
use crate::receipt::ReceiptState;
use crate::roll::{Accepted, Line};
use crate::state::State;
use crate::tally::times;
use crate::template::Value;
use crate::tree::split_bundle;

/// What lasts from `open` on.
pub(crate) struct Voting {
    pub verifier: BallotVerifier,
    /// of every college over its accepted ballots, and over those that are stale
    pub sums: Vec<Ciphertexts>,
    /// ballots whose proofs wait for a full batch: index, number of the line
    waiting: Vec<(u64, usize)>,
    ballots: Vec<Ballot>,
    stale: Vec<Stale>,
}

/// A ballot that was accepted and no longer is: it is read again at its index, to be taken out of the sums.
struct Stale {
    ballot: Accepted,
    college: u32,
    weight: u32,
}

/// So many stale ballots are taken out of the sums at once, to read each bundle seldom.
const MOST_STALE: usize = 1 << 16;

impl Voting {
    /// Nobody has voted yet.
    pub(crate) fn new(verifier: BallotVerifier, colleges: usize) -> Self {
        let zeros = vec![Point::identity(); 2 * verifier.ciphertexts];
        let (waiting, ballots, stale) = Default::default();
        Voting { verifier, sums: vec![zeros; colleges], waiting, ballots, stale }
    }

    /// A line lost its accepted ballot.
    fn forget(&mut self, line: &Line, ballot: Accepted) {
        self.stale.push(Stale { ballot, college: line.college, weight: line.weight });
    }
}

impl State<'_> {
    /// V19; the ballot then waits for the proofs of its batch.
    pub(crate) fn judge_voter(&mut self, index: u64, entry: &Entry) -> Judged {
        let line = self.roll.find(entry.value.bytes("key"));
        let line = self.ledger.settle(19, line.ok_or("its key is no line's current key"))?;
        let Some(voting) = &mut self.voting else { return Ok(()) };
        voting.waiting.push((index, line));
        voting.ballots.push(Ballot::new(entry, self.roll.lines[line].college));
        if voting.ballots.len() >= voting.verifier.batch() * parallel::width() {
            self.settle_waiting()?;
        }
        Ok(())
    }

    /// V20 for all ballots that wait, in batches; then V21, in order.
    pub(crate) fn settle_waiting(&mut self) -> Found {
        let Some(voting) = &mut self.voting else { return Ok(()) };
        let waiting = std::mem::take(&mut voting.waiting);
        let ballots = std::mem::take(&mut voting.ballots);
        let batches: Vec<&[Ballot]> = ballots.chunks(voting.verifier.batch()).collect();
        let (verifier, randomness) = (&voting.verifier, self.randomness);
        let verified = parallel::map(&batches, |batch| verifier.verify(batch, randomness));
        let verified = ballots.iter().zip(verified.into_iter().flatten());
        for ((index, line), (ballot, ciphertexts)) in waiting.into_iter().zip(verified) {
            let judged = self.judge_ballot(index, line, ballot, ciphertexts);
            self.conclude(index, judged)?;
        }
        let many = self.voting.as_ref().is_some_and(|voting| voting.stale.len() >= MOST_STALE);
        if many { self.subtract_stale() } else { Ok(()) }
    }

    /// V20 as found, then V21: the ballot becomes the accepted ballot of its line.
    fn judge_ballot(
        &mut self,
        index: u64,
        line: usize,
        ballot: &Ballot,
        ciphertexts: Option<Ciphertexts>,
    ) -> Judged {
        let Some(voting) = &mut self.voting else { return Ok(()) };
        let ciphertexts = self.ledger.settle(20, ciphertexts.ok_or("the proof does not hold"))?;
        let line = &mut self.roll.lines[line];
        let expected = line.accepted.map_or([0; 32], |accepted| accepted.tracker);
        let accepted = require_all([
            (ballot.after == expected, "after is not the accepted ballot of its line"),
            (line.count < self.manifest.form.number("cap"), "too many ballots under its key"),
        ]);
        self.ledger.settle(21, accepted)?;
        line.count += 1;
        let tracker = voting.verifier.tracker(ballot);
        let replaced = line.accepted.replace(Accepted { tracker, index });
        for (sum, point) in voting.sums[line.college as usize - 1].iter_mut().zip(ciphertexts) {
            *sum += times(point, line.weight);
        }
        if let Some(replaced) = replaced {
            voting.forget(line, replaced);
            self.watch(replaced.index, (ReceiptState::Replaced, Some(index)));
        }
        self.watch(index, (ReceiptState::Counts, Some(index)));
        Ok(())
    }

    /// V18, V15.
    pub(crate) fn judge_change(&mut self, index: u64, leaf: Bytes32, change: &Value) -> Judged {
        // Which ballots are accepted decides what the change cancels and counts.
        self.settle_waiting()?;
        let step = self.ledger.settle(18, self.roll.check(&self.manifest, change))?;
        if step.operation != "remove" {
            self.ledger.settle(15, self.roll.check_issuers(&self.manifest, change, &step))?;
        }
        let ended = self.roll.take(step, leaf);
        let cancelled = ended.and_then(|line| Some((line, line.accepted?)));
        if let (Some((line, ballot)), Some(voting)) = (cancelled, &mut self.voting) {
            voting.forget(line, ballot);
            self.watch(ballot.index, (ReceiptState::Cancelled, Some(index)));
        }
        Ok(())
    }

    /// Reads the stale ballots again and takes them out of the sums.
    pub(crate) fn subtract_stale(&mut self) -> Found {
        let Some(voting) = &mut self.voting else { return Ok(()) };
        let mut stale = std::mem::take(&mut voting.stale);
        stale.sort_unstable_by_key(|stale| stale.ballot.index);
        let bundle = |stale: &Stale| stale.ballot.index / 256;
        for group in stale.chunk_by(|left, right| bundle(left) == bundle(right)) {
            let (bundle, count) = self.record.bundle(bundle(&group[0]))?;
            let entries = split_bundle(&bundle, count).unwrap_or_default();
            for Stale { ballot, college, weight } in group {
                let changed = || format!("entry {} changed while it was read", ballot.index);
                let bytes = entries.get(ballot.index as usize % 256).ok_or_else(changed)?;
                let entry = crate::entry::read(bytes, &self.manifest, &self.program)?;
                let again = (entry.kind.name == "ballot").then(|| Ballot::new(&entry, *college));
                let again = again.filter(|again| voting.verifier.tracker(again) == ballot.tracker);
                let ciphertexts = again.and_then(|again| voting.verifier.ciphertexts(&again));
                let points = ciphertexts.ok_or_else(changed)?;
                for (sum, point) in voting.sums[*college as usize - 1].iter_mut().zip(points) {
                    *sum -= times(point, *weight);
                }
            }
        }
        Ok(())
    }
}
