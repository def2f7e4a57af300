//! A copy of the board on a participant's own device. Every entry is judged again here; nobody's word is taken for it.

use urne_board::checkpoint::SignedCheckpoint;
use urne_board::note::{KeyName, SignatureKind, VerifierKey};
use urne_board::policy::Policy;
use urne_board::public_key::PublicKey;
use urne_board::record::{RecordError, RecordReader};
use urne_board::tree::{Tree, leaf_hash};
use urne_election::entry::{Entry, SignedEntry};
use urne_election::manifest::Manifest;
use urne_election::phase::{Applied, Election, FoundationError, Past, Void};

/// The entries of a board, its tree, and the election they make.
#[derive(Debug)]
pub struct Replica {
    log: Log,
    election: Election,
    void: Vec<(u64, Void)>,
}

#[derive(Debug)]
struct Log {
    tree: Tree,
    entries: Vec<Vec<u8>>,
}

impl Log {
    fn push(&mut self, entry: Vec<u8>) {
        self.tree.push(leaf_hash(&entry));
        self.entries.push(entry);
    }
}

impl Past for Log {
    fn size(&self) -> u64 {
        self.tree.size()
    }

    fn root(&self) -> [u8; 32] {
        self.tree.root()
    }

    fn root_after(&self, leaf: &[u8; 32]) -> [u8; 32] {
        let mut tree = self.tree.clone();
        tree.push(*leaf);
        tree.root()
    }

    fn entry(&self, index: u64) -> Option<Vec<u8>> {
        let index = usize::try_from(index).ok()?;
        self.entries.get(index).cloned()
    }
}

/// Why a record cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum ReplicaError {
    /// Entry 0 is no manifest.
    #[error(transparent)]
    Foundation(#[from] FoundationError),
    /// The log's files do not hold together.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The record is empty.
    #[error("the record holds no entry")]
    Empty,
    /// Another election than the one on the letter.
    #[error("this is another election than the one you were invited to")]
    OtherElection,
    /// The state of the board around the opening or the closing is not vouched for.
    #[error(
        "the board's state of {0} entries, around the opening or the closing, is not vouched for as the manifest demands"
    )]
    KeptCheckpoint(u64),
    /// The board does not go on from this copy: somebody shows two boards.
    #[error(
        "the board no longer holds what it held before: keep this copy and that checkpoint, they are evidence"
    )]
    Rewritten,
    /// The checkpoint is not signed, or not cosigned, as the manifest demands.
    #[error("the board's state is not vouched for as the manifest demands: {0}")]
    Checkpoint(String),
}

impl Replica {
    /// A board that starts with this manifest entry.
    ///
    /// # Errors
    /// [`FoundationError`].
    pub fn start(manifest: Vec<u8>) -> Result<Replica, FoundationError> {
        let election = Election::new(&manifest)?;
        let mut log = Log {
            tree: Tree::new(),
            entries: Vec::new(),
        };
        log.push(manifest);
        Ok(Replica {
            log,
            election,
            void: Vec::new(),
        })
    }

    /// Follows a whole record. `expected` is the election id from the letter; the latest checkpoint must be signed and
    /// cosigned as the manifest demands.
    ///
    /// # Errors
    /// [`ReplicaError`]; void entries are no error, they are listed by [`Replica::void`].
    pub fn from_record<E: core::fmt::Display>(
        read: impl FnMut(&str) -> Result<Vec<u8>, E>,
        expected: Option<&[u8; 32]>,
    ) -> Result<Replica, ReplicaError> {
        Replica::from_record_watched(read, expected, |_, _| {})
    }

    /// The same; `watch` is told how many entries have been judged, of how many.
    ///
    /// # Errors
    /// [`ReplicaError`].
    pub fn from_record_watched<E: core::fmt::Display>(
        read: impl FnMut(&str) -> Result<Vec<u8>, E>,
        expected: Option<&[u8; 32]>,
        mut watch: impl FnMut(u64, u64),
    ) -> Result<Replica, ReplicaError> {
        let mut reader = RecordReader::open(read)?;
        let mut entries = reader.entries()?.into_iter();
        let mut replica = Replica::start(entries.next().ok_or(ReplicaError::Empty)?)?;
        if expected.is_some_and(|expected| expected != replica.election.id()) {
            return Err(ReplicaError::OtherElection);
        }
        replica
            .policy()
            .verify(reader.checkpoint())
            .map_err(|error| ReplicaError::Checkpoint(error.to_string()))?;
        let size = reader.checkpoint().checkpoint().size();
        for entry in entries {
            replica.replay(entry);
            watch(replica.log.size(), size);
        }
        replica.require_turning_points(0, &mut reader)?;
        Ok(replica)
    }

    /// Follows the board from where this copy stands: what was appended since is read and judged. A checkpoint that is not vouched
    /// for, or that does not go on from this copy, changes nothing.
    ///
    /// # Errors
    /// [`ReplicaError`]; after [`ReplicaError::KeptCheckpoint`] this copy is not to be relied on.
    pub fn catch_up<E: core::fmt::Display>(
        &mut self,
        read: impl FnMut(&str) -> Result<Vec<u8>, E>,
    ) -> Result<(), ReplicaError> {
        let mut reader = RecordReader::open(read)?;
        self.policy()
            .verify(reader.checkpoint())
            .map_err(|error| ReplicaError::Checkpoint(error.to_string()))?;
        let (known, stated) = (self.log.size(), reader.checkpoint().checkpoint().clone());
        let fresh = reader.entries_from(known)?;
        let mut tree = self.log.tree.clone();
        for entry in &fresh {
            tree.push(leaf_hash(entry));
        }
        if tree.size() != stated.size() || tree.root() != *stated.root() {
            return Err(ReplicaError::Rewritten);
        }
        for entry in fresh {
            self.replay(entry);
        }
        self.require_turning_points(known, &mut reader)
    }

    /// Whoever relies on a board relies on how it was opened and closed: the states around both must be vouched for.
    fn require_turning_points<R, E>(
        &self,
        first: u64,
        reader: &mut RecordReader<R>,
    ) -> Result<(), ReplicaError>
    where
        R: FnMut(&str) -> Result<Vec<u8>, E>,
        E: core::fmt::Display,
    {
        for size in self.turning_points(first) {
            let kept = reader.kept_checkpoint(size)?;
            if !self.is_vouched_for(&kept, size) {
                return Err(ReplicaError::KeptCheckpoint(size));
            }
        }
        Ok(())
    }

    /// Sizes of the log just before and just after the entries, from index `first` on, that opened and closed the box.
    fn turning_points(&self, first: u64) -> Vec<u64> {
        let shape = &self.election.constants().shape;
        let is_void = |index: u64| self.void.iter().any(|(void, _)| *void == index);
        let known = usize::try_from(first).unwrap_or(usize::MAX);
        let later = (0..).zip(&self.log.entries).skip(known);
        let turns = later.filter(|&(index, entry)| {
            let read = || SignedEntry::decode(entry, shape).map(|signed| signed.entry);
            let turn =
                entry.starts_with(br#"{"kind":"open""#) || entry.starts_with(br#"{"kind":"close""#);
            turn && !is_void(index) && matches!(read(), Ok(Entry::Open(_) | Entry::Close(_)))
        });
        turns.flat_map(|(index, _)| [index, index + 1]).collect()
    }

    /// Takes an entry only if it may stand: what a server does.
    ///
    /// # Errors
    /// [`Void`]: then nothing has changed.
    pub fn admit(&mut self, entry: Vec<u8>) -> Result<Applied, Void> {
        let applied = self.election.apply(&entry, &self.log)?;
        self.log.push(entry);
        Ok(applied)
    }

    /// Takes an entry that already stands on the board; one that should not is remembered as void.
    pub fn replay(&mut self, entry: Vec<u8>) {
        if let Err(void) = self.election.apply(&entry, &self.log) {
            self.void.push((self.log.size(), void));
        }
        self.log.push(entry);
    }

    /// The election.
    pub fn election(&self) -> &Election {
        &self.election
    }

    /// Entry 0.
    pub fn manifest(&self) -> &Manifest {
        self.election.manifest()
    }

    /// The log so far, as the state machine sees it.
    pub fn past(&self) -> &impl Past {
        &self.log
    }

    /// The Merkle tree.
    pub fn tree(&self) -> &Tree {
        &self.log.tree
    }

    /// All entries.
    pub fn entries(&self) -> &[Vec<u8>] {
        &self.log.entries
    }

    /// Entries that should not stand, with their positions.
    pub fn void(&self) -> &[(u64, Void)] {
        &self.void
    }

    /// Who must vouch for a state of this board.
    pub fn policy(&self) -> Policy {
        policy(self.manifest())
    }

    /// Whether this checkpoint vouches for the first `size` entries of this board.
    pub fn is_vouched_for(&self, checkpoint: &SignedCheckpoint, size: u64) -> bool {
        let stated = checkpoint.checkpoint();
        stated.size() == size
            && self.log.tree.root_at(size).as_ref() == Some(stated.root())
            && self.policy().verify(checkpoint).is_ok()
    }
}

/// Who must vouch for a state of the board that starts with this checked manifest.
pub fn policy(manifest: &Manifest) -> Policy {
    const CHECKED: &str = "invariant: the manifest's keys, names and quorum were checked";
    let key = |name: &str, kind: SignatureKind, key: &[u8; 32]| {
        VerifierKey::new(
            KeyName::new(name).expect(CHECKED),
            kind,
            PublicKey::from_bytes(key).expect(CHECKED),
        )
    };
    let log = key(
        &manifest.log.origin,
        SignatureKind::Ed25519,
        &manifest.log.key,
    );
    let witnesses: Vec<VerifierKey> = manifest
        .witnesses
        .list
        .iter()
        .map(|witness| key(&witness.name, SignatureKind::CosignatureV1, &witness.key))
        .collect();
    if witnesses.is_empty() {
        return Policy::without_witnesses(log).expect(CHECKED);
    }
    let (quorum, faulty) = (manifest.witnesses.quorum, manifest.witnesses.faulty);
    Policy::new(log, witnesses, quorum as usize, faulty as usize).expect(CHECKED)
}
