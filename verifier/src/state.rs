//! The record's phases: which entries may stand, and what each valid one does
//! (spec/entries.md, Phases and Void entries).

mod sealing;
mod voting;

use std::collections::{BTreeMap, BTreeSet};

use crate::Randomness;
use crate::ballot::BallotVerifier;
use crate::ceremony::Ceremony;
use crate::encoding::sha256;
use crate::entry::{self, Ballot, Body, Bytes32, Change, Close, Entry, Open};
use crate::ledger::{CheckNumber, Ledger, require};
use crate::log::Tree;
use crate::manifest::Manifest;
use crate::program::Program;
use crate::record::Record;
use crate::result::Outcome;
use crate::roll::{Changed, Fault, Roll};
use crate::tally::Sums;
use sealing::Sealing;
use voting::{Stale, Voting};

/// The phases of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// trustees deal
    Dealing,
    /// trustees confirm
    Confirming,
    /// roll and drill
    Preparing,
    /// between `open` and `close`
    Voting,
    /// after `close`
    Sealing,
    /// after a valid complaint
    Failed,
}

/// What became of a ballot that a receipt speaks of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    /// accepted, and still the accepted ballot of its line
    Accepted,
    /// by the ballot at this index
    Replaced(u64),
    /// by the change of the roll at this index
    Cancelled(u64),
    /// charged to a check, with the reason
    Void(CheckNumber, String),
}

/// An index that a receipt names.
#[derive(Default)]
pub(crate) struct Watched {
    /// leaf hash of the entry that stands there
    pub leaf: Option<Bytes32>,
    pub fate: Option<Fate>,
}

/// Where an entry stands.
pub(crate) struct Place<'t> {
    pub index: u64,
    pub leaf: Bytes32,
    /// the tree before this entry
    pub before: &'t Tree,
}

/// A valid `open` or `close`: the sizes of the kept checkpoints around it and the roots there.
pub(crate) struct Turn {
    pub roots: [(u64, Bytes32); 2],
}

/// Everything that is known after some entries.
pub(crate) struct State<'r> {
    pub manifest: Manifest,
    pub election: Bytes32,
    program: Program,
    randomness: Randomness<'r>,
    pub phase: Phase,
    pub ceremony: Ceremony,
    pub roll: Roll,
    voting: Option<Voting>,
    sealing: Option<Sealing>,
    /// leaf hashes of the valid notices
    notices: BTreeSet<Bytes32>,
    pub ledger: Ledger,
    pub watched: BTreeMap<u64, Watched>,
    pub opened: Option<Turn>,
    pub closed: Option<Turn>,
    /// trustees whose tool could not say that it never sealed another root
    pub memory_lost: Vec<u32>,
    /// the result, once the election has ended
    pub outcome: Option<Outcome>,
}

/// The record could not be read again; why.
pub(crate) type Unreadable = String;

impl<'r> State<'r> {
    /// After entry 0.
    pub(crate) fn new(
        manifest: Manifest,
        election: Bytes32,
        program: Program,
        randomness: Randomness<'r>,
    ) -> Self {
        State {
            ceremony: Ceremony::new(election, &manifest),
            roll: Roll::new(election, program.largest_value()),
            manifest,
            election,
            program,
            randomness,
            phase: Phase::Dealing,
            voting: None,
            sealing: None,
            notices: BTreeSet::new(),
            ledger: Ledger::default(),
            watched: BTreeMap::new(),
            opened: None,
            closed: None,
            memory_lost: Vec::new(),
            outcome: None,
        }
    }

    /// The tracker of a ballot, once `open` stands.
    pub(crate) fn tracker(&self, ballot: &Ballot) -> Option<Bytes32> {
        Some(self.voting.as_ref()?.verifier.tracker(ballot))
    }

    /// V9, without judging anything else.
    pub(crate) fn read<'a>(&self, bytes: &'a [u8]) -> Result<Entry<'a>, String> {
        entry::read(bytes, &self.manifest, self.program.proof_length())
    }

    /// Judges an entry: form, order, signatures, content.
    pub(crate) fn judge(
        &mut self,
        place: &Place,
        bytes: &[u8],
        record: &Record,
    ) -> Result<(), Unreadable> {
        let index = place.index;
        if let Some(watched) = self.watched.get_mut(&index) {
            watched.leaf = Some(place.leaf);
        }
        self.ledger.concern(9);
        let entry = match self.read(bytes) {
            Ok(entry) => entry,
            Err(why) => {
                self.void(index, 9, why);
                return Ok(());
            }
        };
        self.ledger.concern(26);
        if let Err(why) = self.check_order(&entry, &place.leaf) {
            self.void(index, 26, why);
            return Ok(());
        }
        if !entry.signatures.is_empty() {
            let verdict = entry.signatures_are_good(&self.manifest);
            if !self.settle(index, 10, require(verdict, "a signature is not good")) {
                return Ok(());
            }
        }
        self.judge_content(place, entry.body, bytes, record)
    }

    fn void(&mut self, index: u64, check: CheckNumber, why: String) {
        self.watch(index, Fate::Void(check, why.clone()));
        self.ledger.void(index, check, why);
    }

    fn watch(&mut self, index: u64, fate: Fate) {
        if let Some(watched) = self.watched.get_mut(&index) {
            watched.fate = Some(fate);
        }
    }

    /// The check concerns an entry, which is void if the verdict is against it.
    fn settle(&mut self, index: u64, check: CheckNumber, verdict: Result<(), String>) -> bool {
        self.ledger.concern(check);
        verdict.map_err(|why| self.void(index, check, why)).is_ok()
    }

    /// V26.
    fn check_order(&self, entry: &Entry, leaf: &Bytes32) -> Result<(), String> {
        let election = entry.election.unwrap_or(self.election);
        require(election == self.election, "of another election")?;
        let ceremony = &self.ceremony;
        let may_stand = match (&entry.body, self.phase) {
            (Body::Deal(deal), Phase::Dealing) => !ceremony.has_dealt(deal.trustee),
            (Body::Confirm(confirm), Phase::Confirming) => !ceremony.has_confirmed(confirm.trustee),
            (Body::Complaint(complaint), Phase::Confirming) => {
                !ceremony.has_confirmed(complaint.trustee)
            }
            (Body::Drill(drill), Phase::Preparing) => !ceremony.has_drilled(drill.trustee),
            (Body::Chunk(_) | Body::Open(_), Phase::Preparing) => true,
            (Body::Ballot(_) | Body::Close(_), Phase::Voting) => true,
            (Body::Change(_), Phase::Voting) => self.manifest.changes,
            (Body::Notice, _) => self.manifest.notices && !self.notices.contains(leaf),
            (body, Phase::Sealing) => return self.check_order_of_sealing(body),
            _ => false,
        };
        require(may_stand, "this kind may not stand here")
    }

    fn judge_content(
        &mut self,
        place: &Place,
        body: Body,
        bytes: &[u8],
        record: &Record,
    ) -> Result<(), Unreadable> {
        let Place { index, leaf, .. } = *place;
        match body {
            Body::Deal(deal) => {
                let verdict = self.ceremony.deal(&self.manifest, deal, leaf);
                if self.settle(index, 11, verdict) && self.ceremony.keys.is_some() {
                    self.phase = Phase::Confirming;
                }
            }
            Body::Confirm(confirm) => {
                let verdict = self.ceremony.confirm(&confirm, leaf);
                if self.settle(index, 12, verdict) && self.ceremony.confirms_hash.is_some() {
                    self.phase = Phase::Preparing;
                }
            }
            Body::Complaint(complaint) => {
                let verdict = self.ceremony.complaint(&self.manifest, &complaint);
                if self.settle(index, 13, verdict) {
                    self.phase = Phase::Failed;
                }
            }
            Body::Chunk(chunk) => {
                let verdict = self.roll.chunk(&self.manifest, &chunk, leaf);
                self.settle_with_proof(index, 14, verdict.map(|()| true));
            }
            Body::Drill(drill) => {
                let verdict = self.ceremony.drill(&drill);
                self.settle(index, 16, verdict);
            }
            Body::Open(open) => {
                let verdict = self.check_open(place, &open);
                if self.settle(index, 17, verdict) {
                    self.open(place, bytes);
                }
            }
            Body::Change(change) => self.judge_change(index, &change, record)?,
            Body::Ballot(ballot) => self.judge_voter(index, ballot, record)?,
            Body::Close(close) => {
                let verdict = check_close(place, &close);
                if self.settle(index, 22, verdict) {
                    self.close(place, record)?;
                }
            }
            Body::Seal(seal) => self.judge_seal(index, &seal),
            Body::Decryption(decryption) => self.judge_decryption(index, &decryption),
            Body::Result => self.judge_result(index, bytes),
            Body::Notice => drop(self.notices.insert(leaf)),
        }
        Ok(())
    }

    /// V14 or V18 (`check`), then V15; the verdict says whether V15 concerns the entry.
    fn settle_with_proof(
        &mut self,
        index: u64,
        check: CheckNumber,
        verdict: Result<bool, Fault>,
    ) -> bool {
        let (content, proof) = match verdict {
            Ok(proven) => (Ok(()), proven.then_some(Ok(()))),
            Err(Fault::Content(why)) => (Err(why), None),
            Err(Fault::Proof(why)) => (Ok(()), Some(Err(why))),
        };
        self.settle(index, check, content)
            && proof.is_none_or(|proof| self.settle(index, 15, proof))
    }

    /// V17.
    fn check_open(&self, place: &Place, open: &Open) -> Result<(), String> {
        let keys = self.ceremony.keys.as_ref().ok_or("the deals are not complete")?;
        require(self.ceremony.all_drilled(), "a drill is missing")?;
        require(self.roll.rows() > 0, "the roll is missing")?;
        require(open.key == keys.key_bytes, "another election key")?;
        require(open.deals == keys.deals_hash, "another deals hash")?;
        require(Some(open.confirms) == self.ceremony.confirms_hash, "another confirms hash")?;
        require(open.roll == self.roll.hash(), "another roll hash")?;
        require(open.lines == self.roll.rows() as u64, "another number of lines")?;
        require(
            open.booth.is_sorted_by(|left, right| left.as_bytes() < right.as_bytes()),
            "the booth's paths do not ascend",
        )?;
        require(open.size == place.index && open.root == place.before.root(), "another log")?;
        require(
            self.roll.weights_are_shared(&self.manifest),
            "a weight is shared by too few lines of its college",
        )
    }

    fn open(&mut self, place: &Place, bytes: &[u8]) {
        let key = self.ceremony.keys.as_ref().map(|keys| keys.key).unwrap_or_default();
        self.voting = Some(Voting {
            verifier: BallotVerifier::new(sha256(bytes), key, &self.program),
            sums: Sums::new(self.manifest.colleges.len(), self.program.ciphertexts.len()),
            waiting: Vec::new(),
            statements: Vec::new(),
            stale: Vec::new(),
        });
        self.opened = Some(turn(place));
        self.phase = Phase::Voting;
    }

    /// V18, V15.
    fn judge_change(
        &mut self,
        index: u64,
        change: &Change,
        record: &Record,
    ) -> Result<(), Unreadable> {
        // Which ballots are accepted decides what the change cancels and counts.
        self.settle_waiting(record)?;
        let verdict = self.roll.change(&self.manifest, change);
        let (verdict, changed) = match verdict {
            Ok(changed) => (Ok(!matches!(change, Change::Remove { .. })), changed),
            Err(fault) => (Err(fault), Changed::Nothing),
        };
        self.settle_with_proof(index, 18, verdict);
        if let Changed::Cancelled(weight, college, ballot) = changed {
            self.watch(ballot.index, Fate::Cancelled(index));
            self.forget(Stale { ballot, college, weight }, record)?;
        }
        Ok(())
    }
}

/// V22.
fn check_close(place: &Place, close: &Close) -> Result<(), String> {
    require(close.size == place.index && close.root == place.before.root(), "another log")
}

fn turn(place: &Place) -> Turn {
    let mut after = place.before.clone();
    after.append(place.leaf, |_| ());
    Turn { roots: [(place.index, place.before.root()), (place.index + 1, after.root())] }
}
