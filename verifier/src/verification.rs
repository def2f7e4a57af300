//! One pass over a record, and the checks V1 to V27 (spec/verification.md).

use std::collections::BTreeMap;

use crate::Randomness;
use crate::ceremony::check_possession;
use crate::checkpoint::{Checkpoint, LONGEST_NOTE};
use crate::encoding::sha256;
use crate::entry;
use crate::ledger::{CHECKS, CheckNumber, require};
use crate::log::{LONGEST_TILE, Tile, Tree, leaf, split_bundle};
use crate::manifest::Manifest;
use crate::receipt::{Receipt, ReceiptState, Roots, Verdict};
use crate::record::{ReadError, Record, Source};
use crate::report::{Check, CheckStatus, Kept, Report};
use crate::state::{Place, State};

/// What a reader of the record brings along.
#[derive(Default)]
pub struct Options {
    /// the election id on the voter's letter
    pub election: Option<[u8; 32]>,
    /// the bytes of receipt files
    pub receipts: Vec<Vec<u8>>,
}

/// How far the pass has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// entries read
    pub entries: u64,
    /// entries of the record
    pub of: u64,
}

/// The checks that everything else depends on, V1 to V6, with what was found.
type Foundations = BTreeMap<CheckNumber, Result<String, String>>;

/// Verifies a record. Never panics, whatever the record holds.
pub fn verify(
    source: &dyn Source,
    options: &Options,
    randomness: Randomness,
    progress: &mut dyn FnMut(Progress),
) -> Report {
    let mut pass = Pass {
        source,
        options,
        randomness,
        foundations: Foundations::new(),
        tree: Tree::default(),
        wrong_tile: None,
        receipts: Vec::new(),
        roots: Roots::new(),
        election: None,
    };
    let (checkpoint, state) = match pass.checkpoint() {
        Ok(checkpoint) => {
            let record = Record { source, size: checkpoint.size };
            let state = pass.read(&checkpoint, &record, progress);
            (Some(checkpoint), state)
        }
        Err(why) => {
            pass.foundations.insert(1, Err(why));
            (None, None)
        }
    };
    pass.report(checkpoint, state)
}

struct Pass<'p> {
    source: &'p dyn Source,
    options: &'p Options,
    randomness: Randomness<'p>,
    foundations: Foundations,
    tree: Tree,
    /// the first hash tile that is missing or different
    wrong_tile: Option<String>,
    /// the receipts given, or why they are malformed
    receipts: Vec<Result<Receipt, String>>,
    roots: Roots,
    /// the election id, once V2 holds
    election: Option<[u8; 32]>,
}

impl<'p> Pass<'p> {
    fn note(&self, path: &str) -> Result<Checkpoint, String> {
        match self.source.read(path, LONGEST_NOTE) {
            Ok(Some(note)) => {
                Checkpoint::read(&note).ok_or_else(|| format!("{path} is not a checkpoint"))
            }
            Ok(None) => Err(format!("{path} is missing")),
            Err(ReadError(why)) => Err(format!("{path}: {why}")),
        }
    }

    fn checkpoint(&self) -> Result<Checkpoint, String> {
        self.note("checkpoint")
    }

    /// V1 over the whole log, V2 to V5 on entry 0, V6 and the judging of entries on the way.
    fn read(
        &mut self,
        checkpoint: &Checkpoint,
        record: &Record,
        progress: &mut dyn FnMut(Progress),
    ) -> Option<State<'p>> {
        let mut state = None;
        for number in 0..record.bundles() {
            progress(Progress { entries: number * 256, of: record.size });
            let outcome = self.read_bundle(checkpoint, record, number, &mut state);
            if let Err(why) = outcome {
                self.foundations.insert(1, Err(why));
                return None;
            }
        }
        if let Some(Err(why)) = state.as_mut().map(|state| state.settle_waiting(record)) {
            self.foundations.insert(1, Err(why));
            return None;
        }
        progress(Progress { entries: record.size, of: record.size });
        self.foundations.insert(1, Ok(format!("{} entries are there", record.size)));
        if record.size == 0 {
            self.foundations.insert(2, Err("the log is empty".to_owned()));
        }
        self.tree.partial_tiles().iter().for_each(|tile| self.compare(tile));
        let wrong = self.wrong_tile.take();
        let root = require(self.tree.root() == checkpoint.root, "the root is not the checkpoint's");
        let tree = root.and(wrong.map_or(Ok(()), Err));
        let good = || "the root and all hash tiles are those of the entries".to_owned();
        self.foundations.insert(6, tree.map(|()| good()));
        state
    }

    fn read_bundle(
        &mut self,
        checkpoint: &Checkpoint,
        record: &Record,
        number: u64,
        state: &mut Option<State<'p>>,
    ) -> Result<(), String> {
        let (bundle, count) = record.bundle(number)?;
        let entries = split_bundle(&bundle, count);
        let entries = entries.ok_or_else(|| format!("bundle {number} is malformed"))?;
        for bytes in entries {
            let (index, leaf) = (self.tree.size(), leaf(bytes));
            if index == 0 {
                *state = self.begin(checkpoint, bytes);
            } else if let Some(state) = state {
                state.judge(&Place { index, leaf, before: &self.tree }, bytes, record)?;
            }
            let mut finished = Vec::new();
            self.tree.append(leaf, |tile| finished.push(tile));
            finished.iter().for_each(|tile| self.compare(tile));
            if let Some(root) = self.roots.get_mut(&self.tree.size()) {
                *root = Some(self.tree.root());
            }
        }
        Ok(())
    }

    /// V6: a hash tile against its file.
    fn compare(&mut self, tile: &Tile) {
        if self.wrong_tile.is_some() {
            return;
        }
        self.wrong_tile = match self.source.read(&tile.path, LONGEST_TILE) {
            Ok(Some(bytes)) if bytes == tile.bytes => None,
            Ok(Some(_)) => Some(format!("{} differs from the entries", tile.path)),
            Ok(None) => Some(format!("{} is missing", tile.path)),
            Err(ReadError(why)) => Some(format!("{}: {why}", tile.path)),
        };
    }

    /// V2 to V5; the state to judge further entries with, if all hold.
    fn begin(&mut self, checkpoint: &Checkpoint, bytes: &[u8]) -> Option<State<'p>> {
        let election = sha256(bytes);
        let (manifest, program) = match read_manifest(bytes) {
            Ok((manifest, program)) => (manifest, program),
            Err(why) => {
                self.foundations.insert(2, Err(why));
                return None;
            }
        };
        self.foundations.insert(2, Ok("the manifest is one, and signed".to_owned()));
        self.election = Some(election);
        let trustees = manifest.trustees.len();
        let known = check_possession(&manifest);
        self.foundations.insert(3, known.map(|()| format!("{trustees} trustees know their keys")));
        if let Some(expected) = self.options.election {
            let equal = require(expected == election, "this is another election");
            self.foundations.insert(4, equal.map(|()| "the id is the one given".to_owned()));
        }
        let signed = require(
            checkpoint.is_signed_by(&manifest.log),
            "another origin, or no good signature of the log",
        );
        self.foundations.insert(5, signed.map(|()| "signed by the log".to_owned()));
        let holds = self.foundations.values().all(Result::is_ok);
        let mut state = State::new(manifest, election, program, self.randomness);
        for file in &self.options.receipts {
            let receipt = Receipt::read(file);
            if let Ok(receipt) = &receipt {
                receipt.register(&mut state, &mut self.roots);
            }
            self.receipts.push(receipt);
        }
        holds.then_some(state)
    }

    fn report(&self, checkpoint: Option<Checkpoint>, state: Option<State>) -> Report {
        let broken = self.foundations.iter().find(|(_, found)| found.is_err());
        let broken = broken.map(|(number, _)| *number);
        let mut report = Report {
            election: self.election,
            compared: self.options.election.is_some(),
            receipts: vec![ReceiptState::Unknown; self.options.receipts.len()],
            ..Report::default()
        };
        report.checks = (1..=CHECKS)
            .map(|number| match (self.foundations.get(&number), broken) {
                (Some(Err(why)), Some(broken)) if broken == number => Check::fail(why),
                (_, Some(broken)) if broken < number => Check::not_run(broken),
                (Some(Ok(detail)), _) => Check::new(CheckStatus::Pass, detail),
                _ => Check::new(CheckStatus::NotApplicable, "nothing to check"),
            })
            .collect();
        if let (Some(checkpoint), Some(state), None) = (checkpoint, state, broken) {
            self.judge(&mut report, &checkpoint, state)
        }
        report
    }

    /// V7 to V27, once V1 to V6 hold.
    fn judge(&self, report: &mut Report, checkpoint: &Checkpoint, mut state: State) {
        for number in 9..=26 {
            let finding = state.ledger.finding(number);
            report.set(
                number,
                match finding.first {
                    Some(first) => Check::fail(&format!(
                        "{} of {} wrong; first: {first}",
                        finding.wrong, finding.concerned
                    )),
                    None if finding.concerned == 0 => {
                        Check::new(CheckStatus::NotApplicable, "nothing to check")
                    }
                    None => {
                        Check::new(CheckStatus::Pass, &format!("{} checked", finding.concerned))
                    }
                },
            );
        }
        self.judge_kept(report, checkpoint, &state);
        self.judge_receipts(report, checkpoint, &state);
        state.ledger.void.sort_unstable_by_key(|void| void.index);
        report.void = std::mem::take(&mut state.ledger.void);
        report.more_void = state.ledger.more_void;
        report.guilt = state.ceremony.guilt;
        report.phase = Some(state.phase);
        report.entries = checkpoint.size;
        report.memory_lost = state.memory_lost;
        report.outcome = state.outcome;
        report.manifest = Some(state.manifest);
    }

    /// V7 and V8.
    fn judge_kept(&self, report: &mut Report, checkpoint: &Checkpoint, state: &State) {
        let manifest = &state.manifest;
        let mut problem = None;
        let mut quorum =
            checkpoint.quorum(manifest).map(|_| ()).map_err(|why| format!("checkpoint: {why}"));
        let turns = [("open", &state.opened), ("close", &state.closed)];
        let turns = turns.iter().filter_map(|(name, turn)| Some((name, turn.as_ref()?)));
        for (name, (size, root)) in
            turns.flat_map(|(name, turn)| turn.roots.map(|kept| (*name, kept)))
        {
            let path = format!("checkpoints/{size}");
            let kept = match self.note(&path) {
                Ok(kept) => kept,
                Err(why) => {
                    quorum = quorum.and(Err(why.clone()));
                    problem.get_or_insert(why);
                    continue;
                }
            };
            if kept.size != size || kept.root != root || !kept.is_signed_by(&manifest.log) {
                problem.get_or_insert(format!(
                    "{path}: another size, root or origin, or not signed by the log"
                ));
            }
            let cosigned = kept.quorum(manifest);
            report.kept.push(Kept {
                turn: name,
                size,
                times: cosigned.clone().unwrap_or_default(),
            });
            quorum = quorum.and(cosigned.map(|_| ()).map_err(|why| format!("{path}: {why}")));
        }
        if state.opened.is_some() {
            report.set(
                7,
                Check::from_result(
                    problem.map_or(Ok(()), Err),
                    "the kept checkpoints are of this log",
                ),
            );
        }
        if manifest.quorum > 0 {
            report.set(8, Check::from_result(quorum, "the witnesses' quorum is there"));
        }
    }

    /// V27.
    fn judge_receipts(&self, report: &mut Report, checkpoint: &Checkpoint, state: &State) {
        let mut failed = None;
        let mut not_run = None;
        for ((position, receipt), found) in
            self.receipts.iter().enumerate().zip(&mut report.receipts)
        {
            let verdict = match receipt {
                Ok(receipt) => {
                    let (verdict, state) = receipt.judge(state, checkpoint.size, &self.roots);
                    *found = state;
                    verdict
                }
                Err(why) => Verdict::Fail(format!("malformed: {why}")),
            };
            let detail = |why: String| format!("receipt {}: {why}", position + 1);
            match verdict {
                Verdict::Pass => {}
                Verdict::Fail(why) => drop(failed.get_or_insert(detail(why))),
                Verdict::NotRun(why) => drop(not_run.get_or_insert(detail(why))),
            }
        }
        if !self.receipts.is_empty() {
            let pass =
                || Check::new(CheckStatus::Pass, &format!("{} receipts hold", self.receipts.len()));
            let failed = failed.map(|why| Check::fail(&why));
            let not_run = not_run.map(|why| Check::new(CheckStatus::NotRun, &why));
            report.set(27, failed.or(not_run).unwrap_or_else(pass));
        }
    }
}

/// V2: template, rules and signature of entry 0.
fn read_manifest(bytes: &[u8]) -> Result<(Manifest, crate::program::Program), String> {
    let (payload, signatures) = entry::split(bytes).ok_or("not a payload and signature lines")?;
    let manifest = Manifest::read(payload)?;
    let program = manifest.check()?;
    let [signature] = signatures[..] else {
        return Err(format!("{} signature lines instead of 1", signatures.len()));
    };
    let signed = entry::is_signed(payload, &signature, &manifest.organizer.key);
    require(signed, "the organizer's signature is not good")?;
    Ok((manifest, program))
}
