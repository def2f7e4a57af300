//! A voter's receipt against the record (spec/entries.md, Receipts; spec/verification.md, V27).

use std::collections::BTreeMap;

use crate::ballot::Ballot;
use crate::checkpoint::Proof;
use crate::encoding::{Bytes32, length_prefixed};
use crate::entry;
use crate::ledger::{Found, require};
use crate::report::{Check, CheckStatus};
use crate::signature;
use crate::state::{State, Watched};
use crate::template::{self, Value};
use crate::tree::{leaf, root_from_proof};

/// As in spec/entries.md.
pub(crate) const RECEIPT: &str = r#"
{"kind":"receipt","election":B(32),"entry":B(1..65535),"tracker":B(32),"index":INT,"size":INT,"accepted":true,
 "signature":B(64),"proof":STR(1..65535)}
"#;

/// What the report says about a receipt's ballot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReceiptState {
    /// the accepted ballot of its line
    Counts,
    /// by a later ballot
    Replaced,
    /// by a change of the roll
    Cancelled,
    /// on the board and void
    Void,
    /// not on the board
    Absent,
    /// the receipt is unusable, or the record too old or too broken
    Unknown,
}

/// The state, and the index of the ballot or of what replaced or cancelled it.
pub type Standing = (ReceiptState, Option<u64>);

/// The roots of the record at the sizes that receipts name.
pub(crate) type Roots = BTreeMap<u64, Option<Bytes32>>;

/// A receipt as its template gives it. Nothing is believed of it yet.
pub(crate) struct Receipt {
    form: Value,
    index: u64,
    size: u64,
}

impl Receipt {
    /// Reads a receipt file against the template.
    pub(crate) fn read(file: &[u8]) -> Found<Receipt> {
        let line = file.strip_suffix(b"\n").ok_or("no line feed at the end")?;
        let form = template::read(line, RECEIPT, &[])?;
        Ok(Receipt { index: form.number("index"), size: form.number("size"), form })
    }

    /// Asks the state to watch the receipt's index, and for the root at its size.
    pub(crate) fn register(&self, state: &mut State, roots: &mut Roots) {
        let unknown = (ReceiptState::Unknown, None);
        state.watched.insert(self.index, Watched { leaf: None, standing: unknown, void: None });
        roots.insert(self.size, None);
    }

    /// Judges the receipt once the record, of `size` entries, has been read.
    pub(crate) fn judge(&self, state: &State, size: u64, roots: &Roots) -> (Check, Standing) {
        let ballot = match self.ballot(state) {
            Ok(ballot) => ballot,
            Err(why) => return (Check::fail(why), (ReceiptState::Unknown, None)),
        };
        let check = match self.check(state, &ballot, size, roots) {
            Err(why) => Check::fail(why),
            Ok(()) if self.size > size => {
                let why = format!("the record has {size} entries, the receipt is of {}", self.size);
                Check::new(CheckStatus::NotRun, why)
            }
            Ok(()) => Check::new(CheckStatus::Pass, "it holds"),
        };
        (check, self.standing(state, size))
    }

    fn ballot(&self, state: &State) -> Found<Ballot> {
        require(self.form.bytes("election") == state.election, "it is of another election")?;
        let entry = entry::read(self.form.bytes("entry"), &state.manifest, &state.program);
        let entry = entry.ok().filter(|entry| entry.kind.name == "ballot");
        // The tracker does not depend on the college.
        let ballot = entry.map(|entry| Ballot::new(&entry, 0));
        ballot.ok_or_else(|| "its entry is not a ballot of this election".to_owned())
    }

    /// What the board says about the ballot.
    fn standing(&self, state: &State, size: u64) -> Standing {
        let watched = state.watched.get(&self.index).filter(|watched| watched.leaf.is_some());
        let leaf = leaf(self.form.bytes("entry"));
        match watched {
            None if self.index < self.size && self.size > size => (ReceiptState::Unknown, None),
            Some(watched) if watched.leaf == Some(leaf) => watched.standing,
            _ => (ReceiptState::Absent, None),
        }
    }

    fn check(&self, state: &State, ballot: &Ballot, size: u64, roots: &Roots) -> Found {
        let manifest = &state.manifest;
        let (index_bytes, size_bytes) = (self.index.to_le_bytes(), self.size.to_le_bytes());
        let tracker = self.form.bytes("tracker");
        let message = [&state.election, tracker, &index_bytes, &size_bytes, &[1]];
        let message = length_prefixed("urne/0 receipt", &message);
        let server = manifest.key_of("server");
        let signed = signature::is_good(&server, &message, &self.form.array("signature"));
        require(signed, "the server's signature is not good")?;
        let proof = Proof::read(self.form.text("proof")).ok_or("its proof is malformed")?;
        let checkpoint = &proof.checkpoint;
        let named = proof.index == self.index && checkpoint.size == self.size;
        require(named, "its proof is for another index or size")?;
        checkpoint.quorum(manifest).map_err(|why| format!("the checkpoint of its proof: {why}"))?;
        let leaf = leaf(self.form.bytes("entry"));
        let root = root_from_proof(leaf, self.index, self.size, &proof.hashes);
        require(root == Some(checkpoint.root), "its proof does not lead to its checkpoint")?;
        let root = roots.get(&self.size).copied().flatten();
        let same = root.is_none_or(|root| root == checkpoint.root);
        require(same, "the record's root at its size is another")?;
        let voting = state.voting.as_ref();
        let own = voting.is_none_or(|voting| voting.verifier.tracker(ballot) == tracker);
        require(own, "its tracker is not that of its ballot")?;
        let absent = self.standing(state, size).0 == ReceiptState::Absent;
        require(!absent, "its ballot does not stand at its index")?;
        let void = state.watched.get(&self.index).and_then(|watched| watched.void.as_ref());
        void.map_or(Ok(()), |why| Err(format!("its ballot is void on the record ({why})")))
    }
}
