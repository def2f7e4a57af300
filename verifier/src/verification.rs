//! One pass over a record, and the checks V1 to V27 (spec/verification.md).

use std::collections::BTreeMap;

use crate::Randomness;
use crate::ceremony::check_possession;
use crate::checkpoint::Checkpoint;
use crate::encoding::{Bytes32, sha256};
use crate::entry;
use crate::ledger::{CheckNumber, Found, require};
use crate::manifest::Manifest;
use crate::program::Program;
use crate::receipt::{Receipt, ReceiptState, Roots};
use crate::record::{Record, Source, checkpoint};
use crate::report::{CHECKS, Check, CheckStatus, Kept, Report};
use crate::state::{Place, State};
use crate::tree::{Tile, Tree, leaf, split_bundle};

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

/// Verifies a record. Never panics, whatever the record holds.
pub fn verify(
    source: &dyn Source,
    options: &Options,
    randomness: Randomness,
    progress: &mut dyn FnMut(Progress),
) -> Report {
    let (foundations, receipts, roots) = Default::default();
    let mut pass =
        Pass { source, options, randomness, foundations, receipts, roots, election: None };
    let read = pass.read(progress);
    let size = read.as_ref().map_or(0, |(checkpoint, _)| checkpoint.size);
    let complete = read.as_ref().map(drop).map_err(String::clone);
    pass.found(1, complete, &format!("{size} entries are there"));
    let mut report = pass.founded();
    if let (Ok((checkpoint, Some(state))), None) = (read, report.first_failure()) {
        pass.judge(&mut report, &checkpoint, state);
    }
    report
}

struct Pass<'p> {
    source: &'p dyn Source,
    options: &'p Options,
    randomness: Randomness<'p>,
    /// what the checks found that all others depend on, V1 to V6
    foundations: BTreeMap<CheckNumber, Check>,
    /// the receipts given, or why they are malformed
    receipts: Vec<Found<Receipt>>,
    roots: Roots,
    /// the election id, once V2 holds
    election: Option<Bytes32>,
}

/// The latest checkpoint, and what is known after all entries unless one of V2 to V5 failed.
type Read<'p> = (Checkpoint, Option<State<'p>>);

impl<'p> Pass<'p> {
    /// V1 over the whole log, V2 to V5 on entry 0, V6 and the judging of entries on the way.
    /// An error is a failure of V1.
    fn read(&mut self, progress: &mut dyn FnMut(Progress)) -> Found<Read<'p>> {
        let checkpoint = checkpoint(self.source, "checkpoint")?;
        let record = Record { source: self.source, size: checkpoint.size };
        let (mut state, mut tree, mut tiles) = (None, Tree::default(), Ok(()));
        let mut check = |tile: &Tile| tiles = tiles.clone().and_then(|()| record.check_tile(tile));
        for number in 0..record.size.div_ceil(256) {
            progress(Progress { entries: number * 256, of: record.size });
            let (bundle, count) = record.bundle(number)?;
            let entries = split_bundle(&bundle, count);
            for bytes in entries.ok_or_else(|| format!("bundle {number} is malformed"))? {
                let place = Place { index: tree.size, leaf: leaf(bytes), before: &tree };
                match &mut state {
                    None if tree.size == 0 => state = self.begin(&checkpoint, bytes),
                    None => {}
                    Some(state) => state.judge(&place, bytes)?,
                }
                tree.append(leaf(bytes)).iter().for_each(&mut check);
                if let Some(root) = self.roots.get_mut(&tree.size) {
                    *root = Some(tree.root());
                }
            }
        }
        if let Some(state) = &mut state {
            state.settle_waiting()?;
        }
        progress(Progress { entries: record.size, of: record.size });
        if record.size == 0 {
            self.found(2, Err("the log is empty".to_owned()), "");
        }
        tree.partial_tiles().iter().for_each(&mut check);
        let root = require(tree.root() == checkpoint.root, "the root is not the checkpoint's");
        self.found(6, root.and(tiles), "the root and all hash tiles are those of the entries");
        Ok((checkpoint, state))
    }

    fn found(&mut self, check: CheckNumber, verdict: Found, good: &str) {
        self.foundations.insert(check, Check::from_found(verdict, good));
    }

    /// V2 to V5; the state to judge further entries with, if V2 holds.
    fn begin(&mut self, checkpoint: &Checkpoint, bytes: &[u8]) -> Option<State<'p>> {
        let manifest = read_manifest(bytes);
        let is_one = manifest.as_ref().map(drop).map_err(String::clone);
        self.found(2, is_one, "the manifest is one, and signed");
        let (manifest, program) = manifest.ok()?;
        let election = sha256(&[bytes]);
        self.election = Some(election);
        let trustees = format!("{} trustees know their keys", manifest.trustees.len());
        self.found(3, check_possession(&manifest), &trustees);
        if let Some(expected) = self.options.election {
            let same = require(expected == election, "this is another election");
            self.found(4, same, "the id is the one given");
        }
        let signed = checkpoint.is_signed_by(&manifest.log);
        let signed = require(signed, "another origin, or no good signature of the log");
        self.found(5, signed, "signed by the log");
        let record = Record { source: self.source, size: checkpoint.size };
        let mut state = State::new((manifest, program), election, record, self.randomness);
        self.receipts = self.options.receipts.iter().map(|file| Receipt::read(file)).collect();
        for receipt in self.receipts.iter().flatten() {
            receipt.register(&mut state, &mut self.roots);
        }
        // Where one of these fails nothing more is said of the entries.
        let holds = self.foundations.values().all(|check| check.status == CheckStatus::Pass);
        holds.then_some(state)
    }

    /// The report as far as V1 to V6 decide it.
    fn founded(&self) -> Report {
        let is_broken = |(_, check): &(&CheckNumber, &Check)| check.status == CheckStatus::Fail;
        let broken = self.foundations.iter().find(is_broken).map(|(number, _)| *number);
        let (compared, receipts) = (self.options.election.is_some(), self.options.receipts.len());
        let checks =
            (1..=CHECKS.len()).map(|number| match (broken, self.foundations.get(&number)) {
                _ if (number == 4 && !compared) || (number == 27 && receipts == 0) => {
                    Check::not_applicable()
                }
                (Some(broken), _) if broken < number => {
                    Check::new(CheckStatus::NotRun, format!("V{broken} failed"))
                }
                (_, Some(found)) => found.clone(),
                (_, None) => Check::not_applicable(),
            });
        let (checks, receipts) = (checks.collect(), vec![(ReceiptState::Unknown, None); receipts]);
        Report { election: self.election, compared, receipts, checks, ..Report::default() }
    }

    /// V7 to V27, once V1 to V6 hold.
    fn judge(&self, report: &mut Report, checkpoint: &Checkpoint, mut state: State) {
        for (number, finding) in &state.ledger.findings {
            let (wrong, all) = (finding.wrong, finding.concerned);
            report.checks[number - 1] = match wrong {
                0 => Check::new(CheckStatus::Pass, format!("{all} checked")),
                _ => Check::fail(format!("{wrong} of {all} wrong; first: {}", finding.first)),
            };
        }
        self.judge_kept(report, checkpoint, &state);
        self.judge_receipts(report, checkpoint, &state);
        // Ballots are judged in batches, after what stands behind them.
        state.ledger.void.sort_unstable_by_key(|void| void.index);
        report.void = state.ledger.void;
        report.more_void = state.ledger.more_void;
        report.guilt = state.ceremony.guilt;
        report.phase = Some(state.phase);
        report.memory_lost = state.sealing.memory_lost;
        report.extensions = state.extensions;
        report.destructions = state.destructions;
        report.outcome = state.outcome;
        report.manifest = Some(state.manifest);
    }

    /// V7 and V8.
    fn judge_kept(&self, report: &mut Report, latest: &Checkpoint, state: &State) {
        let manifest = &state.manifest;
        let (mut seventh, mut eighth) = (Ok(()), latest.quorum(manifest).map(drop));
        for (turn, (size, root)) in
            state.turns.iter().flat_map(|turn| turn.roots.map(|root| (turn.kind, root)))
        {
            let path = format!("checkpoints/{size}");
            let named = |why| format!("{path}: {why}");
            match checkpoint(self.source, &path) {
                Err(why) => {
                    seventh = seventh.and(Err(why.clone()));
                    eighth = eighth.and(Err(why));
                }
                Ok(kept) => {
                    let same =
                        kept.size == size && kept.root == root && kept.is_signed_by(&manifest.log);
                    let same =
                        require(same, "another size, root or origin, or not signed by the log");
                    seventh = seventh.and(same.map_err(named));
                    let times = kept.quorum(manifest);
                    eighth = eighth.and(times.clone().map(drop).map_err(named));
                    report.kept.push(Kept { turn, size, times: times.unwrap_or_default() });
                }
            }
        }
        if !state.turns.is_empty() {
            report.checks[7 - 1] =
                Check::from_found(seventh, "the kept checkpoints are of this log");
        }
        if manifest.quorum > 0 {
            report.checks[8 - 1] = Check::from_found(eighth, "the witnesses' quorum is there");
        }
    }

    /// V27: the first receipt that fails, else the first that could not be judged.
    fn judge_receipts(&self, report: &mut Report, checkpoint: &Checkpoint, state: &State) {
        let mut checks = Vec::new();
        for (receipt, standing) in self.receipts.iter().zip(&mut report.receipts) {
            let mut check = match receipt {
                Err(why) => Check::fail(format!("malformed: {why}")),
                Ok(receipt) => {
                    let (check, found) = receipt.judge(state, checkpoint.size, &self.roots);
                    *standing = found;
                    check
                }
            };
            check.detail = format!("receipt {}: {}", checks.len() + 1, check.detail);
            checks.push(check);
        }
        let first = |status| checks.iter().find(|check| check.status == status);
        let worst = first(CheckStatus::Fail).or(first(CheckStatus::NotRun)).or(checks.last());
        report.checks[27 - 1] = worst.cloned().unwrap_or_else(Check::not_applicable);
    }
}

/// V2: template, rules and signature of entry 0.
fn read_manifest(bytes: &[u8]) -> Found<(Manifest, Program)> {
    let (payload, signatures) = entry::split(bytes).ok_or("not a payload and signature lines")?;
    let manifest = Manifest::read(payload)?;
    let program = manifest.check()?;
    let [signature] = signatures[..] else {
        return Err(format!("{} signature lines instead of 1", signatures.len()));
    };
    let signed = entry::is_signed(payload, &signature, &manifest.key_of("organizer"));
    require(signed, "the organizer's signature is not good")?;
    Ok((manifest, program))
}
