//! What is known after some entries, and how the next one is judged (spec/entries.md, Phases and Void entries).

use std::collections::{BTreeMap, BTreeSet};

use crate::Randomness;
use crate::ballot::BallotVerifier;
use crate::ceremony::Ceremony;
use crate::encoding::{Bytes32, sha256};
use crate::entry::{self, Entry, Phase};
use crate::ledger::{Found, Judged, Ledger, Stop, require, require_all};
use crate::manifest::Manifest;
use crate::outcome::Outcome;
use crate::program::Program;
use crate::receipt::{ReceiptState, Standing};
use crate::record::Record;
use crate::roll::Roll;
use crate::sealing::Sealing;
use crate::template::Value;
use crate::tree::Tree;
use crate::voting::Voting;

/// An index that a receipt names.
pub(crate) struct Watched {
    /// leaf hash of the entry that stands there
    pub leaf: Option<Bytes32>,
    /// what became of it, as far as it is known
    pub standing: Standing,
    /// why it is void
    pub void: Option<String>,
}

/// Where an entry stands.
pub(crate) struct Place<'t> {
    pub index: u64,
    pub leaf: Bytes32,
    /// the tree before this entry
    pub before: &'t Tree,
}

/// A valid `open` or `close`, and the sizes and roots of the log before and after it.
pub(crate) struct Turn {
    pub kind: &'static str,
    pub roots: [(u64, Bytes32); 2],
}

/// Everything that is known after some entries.
pub(crate) struct State<'r> {
    pub manifest: Manifest,
    pub election: Bytes32,
    pub program: Program,
    /// to read ballots again
    pub record: Record<'r>,
    pub randomness: Randomness<'r>,
    pub phase: Phase,
    pub ceremony: Ceremony,
    pub roll: Roll,
    /// present once `open` stands
    pub voting: Option<Voting>,
    /// complete once `close` stands
    pub sealing: Sealing,
    /// closing hours announced after the manifest's
    pub extensions: Vec<u64>,
    /// trustees who stated that their key is destroyed
    pub destructions: Vec<u32>,
    /// leaf hashes of the valid notices
    notices: BTreeSet<Bytes32>,
    pub ledger: Ledger,
    pub watched: BTreeMap<u64, Watched>,
    /// of the valid `open`, then of the valid `close`
    pub turns: Vec<Turn>,
    /// the result, once the election has ended
    pub outcome: Option<Outcome>,
}

impl<'r> State<'r> {
    /// After entry 0.
    pub(crate) fn new(
        (manifest, program): (Manifest, Program),
        election: Bytes32,
        record: Record<'r>,
        randomness: Randomness<'r>,
    ) -> Self {
        let roll = Roll::new(program.largest_value());
        let (ceremony, voting, sealing, extensions, destructions, notices) = Default::default();
        let (ledger, watched, turns, outcome) = Default::default();
        let phase = Phase::Dealing;
        State {
            manifest,
            election,
            program,
            record,
            randomness,
            phase,
            ceremony,
            roll,
            voting,
            sealing,
            extensions,
            destructions,
            notices,
            ledger,
            watched,
            turns,
            outcome,
        }
    }

    /// Judges an entry. An error means that the record could not be read again.
    pub(crate) fn judge(&mut self, place: &Place, bytes: &[u8]) -> Found {
        if let Some(watched) = self.watched.get_mut(&place.index) {
            watched.leaf = Some(place.leaf);
        }
        let judged = self.judge_entry(place, bytes);
        self.conclude(place.index, judged)
    }

    /// Takes note of what became of an entry.
    pub(crate) fn conclude(&mut self, index: u64, judged: Judged) -> Found {
        match judged {
            Ok(()) => Ok(()),
            Err(Stop::Unreadable(why)) => Err(why),
            Err(Stop::Void(check, why)) => {
                self.watch(index, (ReceiptState::Void, Some(index)));
                if let Some(watched) = self.watched.get_mut(&index) {
                    watched.void = Some(format!("V{check}: {why}"));
                }
                self.ledger.void(index, check, why);
                Ok(())
            }
        }
    }

    /// Something became of the entry at an index.
    pub(crate) fn watch(&mut self, index: u64, standing: Standing) {
        if let Some(watched) = self.watched.get_mut(&index) {
            watched.standing = standing;
        }
    }

    /// Form, order, signatures, content: the first that is not good makes the entry void.
    fn judge_entry(&mut self, place: &Place, bytes: &[u8]) -> Judged {
        let (index, leaf) = (place.index, place.leaf);
        let entry = self.ledger.settle(9, entry::read(bytes, &self.manifest, &self.program))?;
        self.ledger.settle(26, self.check_order(&entry, &leaf))?;
        if !entry.signatures.is_empty() {
            let good = entry.is_signed(&self.manifest);
            self.ledger.settle(10, require(good, "a signature is not good"))?;
        }
        let (manifest, value) = (&self.manifest, &entry.value);
        match entry.kind.name {
            "deal" => {
                if self.ledger.settle(11, self.ceremony.deal(manifest, value, leaf))? {
                    self.phase = Phase::Confirming;
                }
            }
            "confirm" => {
                if self
                    .ledger
                    .settle(12, self.ceremony.confirm(manifest.trustees.len(), value, leaf))?
                {
                    self.phase = Phase::Preparing;
                }
            }
            "complaint" => {
                self.ledger.settle(13, self.ceremony.complaint(manifest, value))?;
                self.phase = Phase::Failed;
            }
            "roll" => {
                let step = self.ledger.settle(14, self.roll.check(manifest, value))?;
                self.ledger.settle(15, self.roll.check_issuers(manifest, value, &step))?;
                self.roll.take(step, leaf);
            }
            "drill" => self.ledger.settle(16, self.ceremony.drill(value))?,
            "open" => {
                self.ledger.settle(17, self.check_open(place, value))?;
                let (ctx, key) = (sha256(&[bytes]), self.ceremony.keys.key);
                let verifier = BallotVerifier::new(ctx, key, &self.program);
                self.voting = Some(Voting::new(verifier, manifest.colleges.len()));
                self.turn("open", place, Phase::Voting);
            }
            "roll-change" => self.judge_change(index, leaf, value)?,
            "ballot" => self.judge_voter(index, &entry)?,
            "extension" => {
                let announced = self.extensions.last().copied();
                let announced = announced.unwrap_or(manifest.form.number("closes"));
                let later = value.number("closes") > announced;
                let later = require(later, "not later than the hour announced until then");
                self.ledger.settle(22, later)?;
                self.extensions.push(value.number("closes"));
            }
            "close" => {
                self.ledger.settle(22, check_position(place, value))?;
                self.turn("close", place, Phase::Sealing);
                self.settle_waiting()?;
                self.close()?;
            }
            "seal" => self.judge_seal(value)?,
            "decryption" => self.judge_decryption(value)?,
            "result" => self.judge_result(bytes)?,
            "destruction" => self.destructions.push(value.small("trustee")),
            _notice => drop(self.notices.insert(leaf)),
        }
        Ok(())
    }

    /// V26.
    fn check_order(&self, entry: &Entry, leaf: &Bytes32) -> Found {
        let (value, name) = (&entry.value, entry.kind.name);
        let own = |id: &Value| *id == Value::Bytes(self.election.to_vec());
        require(value.find("election").is_none_or(own), "of another election")?;
        let here = entry.kind.phase.is_none_or(|phase| phase == self.phase);
        require(here, "this kind may not stand in this phase")?;
        let trustee = value.find("trustee").map_or(0, |_| value.small("trustee"));
        let (ceremony, sealing) = (&self.ceremony, &self.sealing);
        let may_stand = match name {
            "deal" => !ceremony.has_dealt(trustee),
            "confirm" | "complaint" => !ceremony.confirms.contains_key(&trustee),
            "drill" => !ceremony.drills.contains(&trustee),
            "roll-change" => self.manifest.form.flag("changes"),
            "seal" => !sealing.seals.contains(&trustee),
            "decryption" => {
                !sealing.closed.sums.is_empty()
                    && sealing.seals.len() >= self.manifest.seal_quorum()
                    && sealing.seals.contains(&trustee)
                    && sealing.decryptions.iter().all(|(author, _)| *author != trustee)
            }
            "result" => self.outcome.is_some() && !sealing.has_result,
            "destruction" => self.outcome.is_some() && !self.destructions.contains(&trustee),
            "notice" => self.manifest.form.flag("notices") && !self.notices.contains(leaf),
            _ => true,
        };
        require(may_stand, "not now, not twice, or not at all by the manifest")
    }

    /// V17.
    fn check_open(&self, place: &Place, open: &Value) -> Found {
        let (ceremony, manifest) = (&self.ceremony, &self.manifest);
        let lines = self.roll.lines.len();
        let paths = open.list("booth").iter().map(|file| file.text("path").as_bytes());
        check_position(place, open)?;
        require_all([
            (ceremony.drills.len() == manifest.trustees.len(), "a drill is missing"),
            (lines > 0, "the roll is missing"),
            (open.bytes("key") == ceremony.keys.key_bytes, "another election key"),
            (open.bytes("deals") == ceremony.keys.deals_hash, "another deals hash"),
            (open.bytes("confirms") == ceremony.confirms_hash, "another confirms hash"),
            (open.bytes("roll") == self.roll.hash(), "another roll hash"),
            (open.number("lines") == lines as u64, "another number of lines"),
            (paths.is_sorted_by(|left, right| left < right), "the booth's paths do not ascend"),
            (self.roll.weights_are_shared(manifest), "too few lines share a weight"),
        ])
    }

    /// A valid `open` or `close` leads to another phase.
    fn turn(&mut self, kind: &'static str, place: &Place, phase: Phase) {
        let mut after = place.before.clone();
        after.append(place.leaf);
        let roots = [(place.index, place.before.root()), (place.index + 1, after.root())];
        self.turns.push(Turn { kind, roots });
        self.phase = phase;
    }
}

/// V22, and a part of V17: the entry names the log before it.
fn check_position(place: &Place, entry: &Value) -> Found {
    let named = entry.number("size") == place.index && entry.bytes("root") == place.before.root();
    require(named, "another log than the one before it")
}
