//! A voter's receipt against the record (spec/entries.md, Receipts; spec/verification.md, V27).

use std::collections::BTreeMap;

use crate::checkpoint::Proof;
use crate::encoding::length_prefixed;
use crate::entry::{Ballot, Body, Bytes32};
use crate::json::{Mismatch, Reader};
use crate::ledger::require;
use crate::log::{leaf, root_from_proof};
use crate::signature;
use crate::state::{Fate, State};

/// A receipt as its template gives it. Nothing is believed of it yet.
pub(crate) struct Receipt {
    election: Bytes32,
    entry: Vec<u8>,
    tracker: Bytes32,
    index: u64,
    size: u64,
    signature: [u8; 64],
    proof: String,
}

/// What the report says about a receipt's ballot, with the index it speaks of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReceiptState {
    /// the accepted ballot of its line
    Counts(u64),
    /// by the ballot at this index
    Replaced(u64),
    /// by the change of the roll at this index
    Cancelled(u64),
    /// on the board and void
    Void(u64),
    /// not on the board
    Absent,
    /// the receipt is unusable, or the record too old or too broken
    Unknown,
}

/// How V27 went for one receipt.
pub(crate) enum Verdict {
    Pass,
    Fail(String),
    NotRun(String),
}

/// The roots of the record at the sizes that receipts name.
pub(crate) type Roots = BTreeMap<u64, Option<Bytes32>>;

impl Receipt {
    /// Reads a receipt file against the template.
    pub(crate) fn read(file: &[u8]) -> Result<Receipt, Mismatch> {
        let line = file.strip_suffix(b"\n").ok_or("no line feed at the end")?;
        let r = &mut Reader::new(line)?;
        let election = r.after(r#"{"kind":"receipt","election":"#)?.array()?;
        let entry = r.after(r#","entry":"#)?.bytes(1, 65_535)?;
        let tracker = r.after(r#","tracker":"#)?.array()?;
        let index = r.after(r#","index":"#)?.any_integer()?;
        let size = r.after(r#","size":"#)?.any_integer()?;
        let signature = r.after(r#","accepted":true,"signature":"#)?.array()?;
        let proof = r.after(r#","proof":"#)?.string(1, 65_535)?;
        r.literal("}")?;
        r.end()?;
        Ok(Receipt { election, entry, tracker, index, size, signature, proof })
    }

    /// Asks the state to watch the receipt's index, and for the root at its size.
    pub(crate) fn register(&self, state: &mut State, roots: &mut Roots) {
        state.watched.entry(self.index).or_default();
        roots.insert(self.size, None);
    }

    /// Judges the receipt once the record has been read.
    pub(crate) fn judge(&self, state: &State, size: u64, roots: &Roots) -> (Verdict, ReceiptState) {
        let unusable = |why: &str| (Verdict::Fail(why.to_owned()), ReceiptState::Unknown);
        if self.election != state.election {
            return unusable("it is of another election");
        }
        let entry = state.read(&self.entry).map(|entry| entry.body);
        let Ok(Body::Ballot(ballot)) = entry else {
            return unusable("its entry is not a ballot of this election");
        };
        let found = self.on_the_board(state, size);
        let verdict = match self.check(state, &ballot, found, roots) {
            Err(why) => Verdict::Fail(why),
            Ok(()) if self.size > size => Verdict::NotRun(format!(
                "the record has {size} entries and is older than the receipt, which is of {}",
                self.size
            )),
            Ok(()) => Verdict::Pass,
        };
        (verdict, found)
    }

    fn on_the_board(&self, state: &State, size: u64) -> ReceiptState {
        let watched = state.watched.get(&self.index).filter(|watched| watched.leaf.is_some());
        let Some(watched) = watched else {
            return if self.size > size { ReceiptState::Unknown } else { ReceiptState::Absent };
        };
        if watched.leaf != Some(leaf(&self.entry)) {
            return ReceiptState::Absent;
        }
        match &watched.fate {
            Some(Fate::Accepted) => ReceiptState::Counts(self.index),
            Some(Fate::Replaced(by)) => ReceiptState::Replaced(*by),
            Some(Fate::Cancelled(by)) => ReceiptState::Cancelled(*by),
            Some(Fate::Void(..)) => ReceiptState::Void(self.index),
            None => ReceiptState::Unknown,
        }
    }

    fn check(
        &self,
        state: &State,
        ballot: &Ballot,
        found: ReceiptState,
        roots: &Roots,
    ) -> Result<(), String> {
        let manifest = &state.manifest;
        let message: Vec<u8> = [
            b"urne/0 receipt".as_slice(),
            &self.election,
            &self.tracker,
            &self.index.to_le_bytes(),
            &self.size.to_le_bytes(),
            &[1],
        ]
        .into_iter()
        .flat_map(length_prefixed)
        .collect();
        require(
            signature::is_good(&manifest.server.key, &message, &self.signature),
            "the server's signature is not good",
        )?;
        let proof = Proof::read(&self.proof).ok_or("its proof is malformed")?;
        let checkpoint = &proof.checkpoint;
        require(
            proof.index == self.index && checkpoint.size == self.size,
            "its proof is for another index or size",
        )?;
        checkpoint.quorum(manifest).map_err(|why| format!("the checkpoint of its proof: {why}"))?;
        let root = root_from_proof(leaf(&self.entry), self.index, self.size, &proof.hashes);
        require(root == Some(checkpoint.root), "its proof does not lead to its checkpoint")?;
        let root = roots.get(&self.size).copied().flatten();
        require(
            root.is_none_or(|root| root == checkpoint.root),
            "the record's root at its size is another",
        )?;
        let tracker = state.tracker(ballot);
        require(
            tracker.is_none_or(|tracker| tracker == self.tracker),
            "its tracker is not that of its ballot",
        )?;
        let fate = state.watched.get(&self.index).and_then(|watched| watched.fate.as_ref());
        match (found, fate) {
            (ReceiptState::Absent, _) => Err("its ballot does not stand at its index".to_owned()),
            (ReceiptState::Void(index), Some(Fate::Void(check, why))) => {
                Err(format!("its ballot at {index} is void on the record (V{check}: {why})"))
            }
            _ => Ok(()),
        }
    }
}
