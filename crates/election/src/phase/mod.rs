//! The state machine: which entry may stand where, and what it changes.
//!
//! [`Election::apply`] judges one entry at its position: form, order, signatures, content. What fails is *void*: named, blamed
//! on one check, and without effect. Each phase is a type, and the entry that ends a phase consumes it. The live server and
//! recovery from disk run this same function. Source: `spec/entries.md`, "Phases" and "Void entries".

mod ceremony;
mod preparing;
mod sealing;
mod voting;

use std::collections::HashSet;
use std::sync::Arc;

use urne_crypto::ballot::Slot;
use urne_crypto::ballot::verify::CheckedBallot;
use urne_crypto::ceremony::complaint::Blame;
use urne_crypto::hash::fingerprint;
use urne_crypto::signature::PublicKey;

pub use ceremony::{Confirming, Dealing};
pub use preparing::Preparing;
pub use sealing::Sealing;
pub use voting::{Candidate, Voting};

use crate::entry::{
    Entry, Operation, SIGNATURE_DOMAIN, Shape, SignedEntry, Signer, leaf_hash, split,
};
use crate::form::BallotForm;
use crate::manifest::Manifest;
use crate::roll::Accepted;

/// The numbered check that an entry failed (`spec/verification.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// V9
    Form = 9,
    /// V10
    Signatures = 10,
    /// V11
    Deals = 11,
    /// V12
    Confirms = 12,
    /// V13
    Complaints = 13,
    /// V14
    Roll = 14,
    /// V15
    IssuerProofs = 15,
    /// V16
    Drills = 16,
    /// V17
    Opening = 17,
    /// V18
    RollChanges = 18,
    /// V19
    Voters = 19,
    /// V20
    BallotProofs = 20,
    /// V21
    Acceptance = 21,
    /// V22
    Closing = 22,
    /// V23
    Seals = 23,
    /// V24
    Decryptions = 24,
    /// V25
    Result = 25,
    /// V26
    Order = 26,
}

/// An entry that may not stand where it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("void (V{}): {why}", *check as u8)]
pub struct Void {
    /// the one check it is charged to
    pub check: Check,
    /// in words
    pub why: String,
}

impl Check {
    /// A void entry charged to this check.
    pub fn void(self, why: impl Into<String>) -> Void {
        Void {
            check: self,
            why: why.into(),
        }
    }
}

/// What an entry that stands has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// a trustee's deal, confirm, drill, seal or decryption; a chunk; open; close; notice; result
    Done,
    /// the ceremony failed, and who is to blame
    Failed(Blame),
    /// a ballot was accepted
    Ballot {
        /// its tracker
        tracker: [u8; 32],
        /// the ballot it replaces
        replaced: Option<Accepted>,
    },
    /// the roll was changed; the ballot cancelled by it
    RollChanged {
        /// of a removed line
        cancelled: Option<Accepted>,
    },
}

/// The log before the entry that is judged.
pub trait Past {
    /// Number of entries.
    fn size(&self) -> u64;
    /// Root of the tree over them.
    fn root(&self) -> [u8; 32];
    /// Root once an entry with this leaf hash is appended.
    fn root_after(&self, leaf: &[u8; 32]) -> [u8; 32];
    /// The bytes of an earlier entry: a replaced ballot is subtracted by reading it again.
    fn entry(&self, index: u64) -> Option<Vec<u8>>;
}

/// Where an election stands.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one phase per election, never a list of them"
)]
pub enum Phase {
    /// deals are expected
    Dealing(Dealing),
    /// confirms or complaints are expected
    Confirming(Confirming),
    /// the roll, the drill, then the opening
    Preparing(Preparing),
    /// ballots
    Voting(Voting),
    /// seals, decryptions, result
    Sealing(Sealing),
    /// a valid complaint ended the ceremony, and this trustee is to blame
    Failed(Blame),
}

/// What every phase needs to know and none may change.
#[derive(Debug)]
pub struct Constants {
    /// entry 0
    pub manifest: Manifest,
    /// SHA-256 of entry 0
    pub id: [u8; 32],
    /// the compiled ballot
    pub form: BallotForm,
    /// what templates depend on
    pub shape: Shape,
}

/// Why entry 0 is not a manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FoundationError {
    /// V2
    #[error("not a valid manifest: {0}")]
    Manifest(String),
    /// V3: the number of the trustee whose proof of possession fails
    #[error("trustee {0} did not prove possession of the encryption key")]
    Possession(u32),
}

/// Why an entry that names another election is void (V26): apart from the entries that come at the wrong time.
pub const OTHER_ELECTION: &str = "it names another election";

/// Why a ballot above its line's cap is void (V21): apart from those that follow another ballot.
pub const CAP_REACHED: &str = "this line has cast as many ballots as it may";

const NO_BALLOT_NOW: &str = "a ballot may not stand here";
const ALWAYS_IN_A_PHASE: &str = "invariant: a phase is only taken out while the next is put in";

/// An election as its board tells it. A clone shares what never changes and copies the rest, the roll above all: cheap
/// enough for an entry of its own, too dear for every ballot.
#[derive(Clone, Debug)]
pub struct Election {
    constants: Arc<Constants>,
    notices: HashSet<[u8; 32]>,
    /// only empty while one phase consumes another
    phase: Option<Phase>,
}

impl Election {
    /// Reads entry 0 (checks V2 and V3).
    ///
    /// # Errors
    /// [`FoundationError`].
    pub fn new(entry: &[u8]) -> Result<Election, FoundationError> {
        let fault = |why: String| FoundationError::Manifest(why);
        let (payload, signatures) = split(entry).map_err(|error| fault(error.to_string()))?;
        let manifest = Manifest::decode(payload).map_err(|error| fault(error.to_string()))?;
        let form = manifest.check().map_err(|error| fault(error.0))?;
        let signed = matches!(&signatures[..], [signature]
            if verify(&manifest.organizer.key, payload, signature));
        if !signed {
            return Err(fault("the organizer's signature does not hold".into()));
        }
        manifest
            .check_possession()
            .map_err(FoundationError::Possession)?;
        let id = fingerprint(entry);
        let phase = Phase::Dealing(Dealing::new(&manifest, id));
        Ok(Election {
            constants: Arc::new(Constants {
                shape: Shape::new(&manifest, &form),
                manifest,
                id,
                form,
            }),
            notices: HashSet::new(),
            phase: Some(phase),
        })
    }

    /// The election id.
    pub fn id(&self) -> &[u8; 32] {
        &self.constants.id
    }

    /// Entry 0.
    pub fn manifest(&self) -> &Manifest {
        &self.constants.manifest
    }

    /// What no entry changes.
    pub fn constants(&self) -> &Arc<Constants> {
        &self.constants
    }

    /// Where it stands.
    pub fn phase(&self) -> &Phase {
        self.phase.as_ref().expect(ALWAYS_IN_A_PHASE)
    }

    /// ctx, the hash of the valid `open`; nothing before the opening.
    pub fn ctx(&self) -> Option<&[u8; 32]> {
        match self.phase() {
            Phase::Voting(phase) => Some(phase.context().ctx()),
            Phase::Sealing(phase) => Some(phase.ctx()),
            _ => None,
        }
    }

    /// The closing hour announced so far, seconds since 1970: the manifest's, or that of the last extension.
    pub fn closes(&self) -> u64 {
        match self.phase() {
            Phase::Voting(phase) => phase.closes(),
            Phase::Sealing(phase) => phase.closes(),
            _ => self.manifest().closes,
        }
    }

    /// Judges the entry that would stand at `past.size()`, and lets it take effect.
    ///
    /// # Errors
    /// [`Void`]: then nothing has changed.
    pub fn apply(&mut self, bytes: &[u8], past: &impl Past) -> Result<Applied, Void> {
        let signed = self.admit(bytes)?;
        let leaf = leaf_hash(bytes);
        if let Entry::Notice(_) = signed.entry {
            self.notices.insert(leaf);
            return Ok(Applied::Done);
        }
        let phase = self.phase.take().expect(ALWAYS_IN_A_PHASE);
        let (phase, outcome) = phase.apply(&self.constants, &signed, bytes, leaf, past);
        self.phase = Some(phase);
        outcome
    }

    /// Whether a ballot for this slot would be accepted now (V26, V19, V21), and which accepted ballot it would replace.
    /// Changes nothing, and looks at no proof.
    ///
    /// # Errors
    /// [`Void`].
    pub fn check_acceptance(&self, slot: &Slot) -> Result<Option<Accepted>, Void> {
        self.voting()?.check_acceptance(&self.constants, slot)
    }

    /// Accepts a ballot whose proof was checked before, at `past.size()`: what [`Election::apply`] does with the ballot's
    /// entry, without checking its proof a second time. The ballot it replaces is read from `past`.
    ///
    /// # Errors
    /// [`Void`]: then nothing has changed. A ballot that was checked for another election fails V20.
    pub fn accept(&mut self, ballot: &CheckedBallot, past: &impl Past) -> Result<Applied, Void> {
        let constants = Arc::clone(&self.constants);
        match self.phase.as_mut() {
            Some(Phase::Voting(phase)) => phase.accept(&constants, ballot, past),
            _ => Err(Check::Order.void(NO_BALLOT_NOW)),
        }
    }

    /// The open ballot box.
    ///
    /// # Errors
    /// [`Void`] (V26) where it is not open.
    pub fn voting(&self) -> Result<&Voting, Void> {
        match self.phase() {
            Phase::Voting(phase) => Ok(phase),
            _ => Err(Check::Order.void(NO_BALLOT_NOW)),
        }
    }

    /// Position of the earlier entry that [`Election::apply`] reads again for this one: a ballot that is replaced or
    /// cancelled and has to be subtracted.
    pub fn reads(&self, entry: &Entry) -> Option<u64> {
        let key = match entry {
            Entry::Ballot(ballot) => &ballot.key,
            Entry::RollChange(change) => match &change.operation {
                Operation::Remove { key } => key,
                Operation::Add { .. } | Operation::Replace { .. } => return None,
            },
            _ => return None,
        };
        let line = self.voting().ok()?.roll().line(key.bytes())?;
        Some(line.accepted?.index)
    }

    /// Form, order and signatures of an entry: everything that is judged before its content (V9, V26, V10).
    ///
    /// # Errors
    /// [`Void`].
    pub fn admit(&self, bytes: &[u8]) -> Result<SignedEntry, Void> {
        let signed = SignedEntry::decode(bytes, &self.constants.shape)
            .map_err(|error| Check::Form.void(error.to_string()))?;
        let entry = &signed.entry;
        if entry.election().is_some_and(|id| *id != self.constants.id) {
            return Err(Check::Order.void(OTHER_ELECTION));
        }
        let allowed = match entry {
            Entry::Notice(_) => {
                self.manifest().notices && !self.notices.contains(&leaf_hash(bytes))
            }
            _ => self.phase().allows(&self.constants, entry),
        };
        if !allowed {
            return Err(Check::Order.void(format!("a {} may not stand here", entry.kind())));
        }
        self.check_signatures(&signed)?;
        Ok(signed)
    }

    fn check_signatures(&self, signed: &SignedEntry) -> Result<(), Void> {
        let manifest = self.manifest();
        let keys: Vec<&[u8; 32]> = match signed.entry.signer() {
            Signer::Nobody => Vec::new(),
            Signer::Organizer => vec![&manifest.organizer.key],
            Signer::Trustee(number) => vec![&manifest.trustees[number as usize - 1].key],
            Signer::Issuers => manifest.issuers.iter().map(|issuer| &issuer.key).collect(),
        };
        let mut pairs = keys.into_iter().zip(&signed.signatures);
        if pairs.all(|(key, signature)| verify(key, &signed.payload, signature)) {
            Ok(())
        } else {
            Err(Check::Signatures.void("a signature does not hold"))
        }
    }
}

impl Phase {
    /// Whether an entry of this kind and author may stand now.
    fn allows(&self, constants: &Constants, entry: &Entry) -> bool {
        match (self, entry) {
            (Phase::Dealing(phase), Entry::Deal(deal)) => phase.awaits(deal.trustee),
            (Phase::Confirming(phase), Entry::Confirm(confirm)) => phase.awaits(confirm.trustee),
            (Phase::Confirming(phase), Entry::Complaint(entry)) => phase.awaits(entry.trustee),
            (Phase::Preparing(_), Entry::Roll(_) | Entry::Open(_)) => true,
            (Phase::Preparing(phase), Entry::Drill(drill)) => phase.awaits(drill.trustee),
            (Phase::Voting(_), Entry::Ballot(_) | Entry::Extension(_) | Entry::Close(_)) => true,
            (Phase::Voting(_), Entry::RollChange(_)) => constants.manifest.changes,
            (Phase::Sealing(phase), Entry::Seal(seal)) => phase.awaits_seal(seal.trustee),
            (Phase::Sealing(phase), Entry::Decryption(entry)) => {
                phase.awaits_decryption(entry.trustee)
            }
            (Phase::Sealing(phase), Entry::Result(_)) => phase.awaits_result(),
            (Phase::Sealing(phase), Entry::Destruction(entry)) => {
                phase.awaits_destruction(entry.trustee)
            }
            _ => false,
        }
    }

    /// Judges the content of an admitted entry; the phase is consumed and the one after it returned.
    fn apply(
        self,
        constants: &Constants,
        signed: &SignedEntry,
        bytes: &[u8],
        leaf: [u8; 32],
        past: &impl Past,
    ) -> (Phase, Result<Applied, Void>) {
        let done = |outcome: Result<(), Void>| outcome.map(|()| Applied::Done);
        match (self, &signed.entry) {
            (Phase::Dealing(mut phase), Entry::Deal(deal)) => {
                let outcome = done(phase.deal(deal, leaf));
                (phase.next(), outcome)
            }
            (Phase::Confirming(mut phase), Entry::Confirm(confirm)) => {
                let outcome = done(phase.confirm(confirm, leaf));
                (phase.next(constants), outcome)
            }
            (Phase::Confirming(phase), Entry::Complaint(complaint)) => {
                match phase.complaint(complaint) {
                    Ok(blame) => (Phase::Failed(blame), Ok(Applied::Failed(blame))),
                    Err(void) => (Phase::Confirming(phase), Err(void)),
                }
            }
            (Phase::Preparing(mut phase), Entry::Roll(chunk)) => {
                let outcome = done(phase.roll(constants, chunk, leaf));
                (Phase::Preparing(phase), outcome)
            }
            (Phase::Preparing(mut phase), Entry::Drill(drill)) => {
                let outcome = done(phase.drill(drill));
                (Phase::Preparing(phase), outcome)
            }
            (Phase::Preparing(phase), Entry::Open(open)) => {
                match phase.check_open(constants, open, past) {
                    Ok(()) => (
                        Phase::Voting(phase.into_voting(constants, fingerprint(bytes))),
                        Ok(Applied::Done),
                    ),
                    Err(void) => (Phase::Preparing(phase), Err(void)),
                }
            }
            (Phase::Voting(mut phase), Entry::Ballot(ballot)) => {
                let outcome = phase
                    .candidate(ballot)
                    .and_then(|candidate| candidate.check(&phase))
                    .and_then(|checked| phase.accept(constants, &checked, past));
                (Phase::Voting(phase), outcome)
            }
            (Phase::Voting(mut phase), Entry::RollChange(change)) => {
                let outcome = phase.change(constants, change, past);
                (Phase::Voting(phase), outcome)
            }
            (Phase::Voting(mut phase), Entry::Extension(extension)) => {
                let outcome = done(phase.extend(extension));
                (Phase::Voting(phase), outcome)
            }
            (Phase::Voting(phase), Entry::Close(close)) => match Voting::check_close(close, past) {
                Ok(()) => {
                    let root = past.root_after(&leaf);
                    let sealing = phase.into_sealing(constants, close.size + 1, root);
                    (Phase::Sealing(sealing), Ok(Applied::Done))
                }
                Err(void) => (Phase::Voting(phase), Err(void)),
            },
            (Phase::Sealing(mut phase), Entry::Seal(seal)) => {
                let outcome = done(phase.seal(constants, seal));
                (Phase::Sealing(phase), outcome)
            }
            (Phase::Sealing(mut phase), Entry::Decryption(decryption)) => {
                let outcome = done(phase.decryption(constants, decryption));
                (Phase::Sealing(phase), outcome)
            }
            (Phase::Sealing(mut phase), Entry::Result(_)) => {
                let outcome = done(phase.result(&signed.payload));
                (Phase::Sealing(phase), outcome)
            }
            (Phase::Sealing(mut phase), Entry::Destruction(destruction)) => {
                phase.destroyed(destruction);
                (Phase::Sealing(phase), Ok(Applied::Done))
            }
            (phase, entry) => {
                let why = format!("a {} may not stand here", entry.kind());
                (phase, Err(Check::Order.void(why)))
            }
        }
    }
}

fn verify(key: &[u8; 32], payload: &[u8], signature: &[u8; 64]) -> bool {
    PublicKey::decode(key)
        .and_then(|key| key.verify(SIGNATURE_DOMAIN, payload, signature))
        .is_ok()
}
