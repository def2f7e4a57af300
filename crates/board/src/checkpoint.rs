//! Checkpoints (C2SP tlog-checkpoint): what the log says its tree is.
//!
//! The signed text is exactly three lines, `origin`, `size`, `root`. The C2SP format allows
//! further "extension" lines; this board has none and refuses them: nobody audits them, and
//! witnesses do not vouch for them.

use std::fmt;

use ed25519_dalek::SigningKey;

use crate::cosignature::verify_cosignature;
use crate::line::{decimal, hash_from_base64, to_base64};
use crate::note::{KeyName, NoteError, SignatureLine, SignedNote, VerifierKey};
use crate::tree::{Hash, MAX_ENTRIES, empty_root};

/// Why a checkpoint was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is not a signed note, or a signature on it is missing or does not hold.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The text is not three lines.
    #[error("a checkpoint's text is three lines: origin, size, root")]
    Lines,
    /// The size is not a canonical decimal number, or above 2^32.
    #[error("the size is not a canonical decimal number of at most 2^32")]
    Size,
    /// The root is not 32 bytes in base64, or not the empty tree's while the size is zero.
    #[error("the root is not the base64 of a 32-byte hash, or not the empty tree's at size zero")]
    Root,
    /// The log's key has another name than the checkpoint's origin.
    #[error("the checkpoint's origin is not the name of the log's key")]
    Origin,
}

/// A log's statement: under this origin, the tree of this size has this root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: KeyName,
    size: u64,
    root: Hash,
}

impl Checkpoint {
    /// States a tree.
    ///
    /// # Errors
    /// When the size is above 2³², or zero with a root that is not the empty tree's.
    pub fn new(origin: KeyName, size: u64, root: Hash) -> Result<Self, CheckpointError> {
        if size > MAX_ENTRIES {
            return Err(CheckpointError::Size);
        }
        if size == 0 && root != empty_root() {
            return Err(CheckpointError::Root);
        }
        Ok(Checkpoint { origin, size, root })
    }

    /// Which log this is.
    pub fn origin(&self) -> &KeyName {
        &self.origin
    }

    /// How many entries the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    pub fn root(&self) -> &Hash {
        &self.root
    }

    /// The text that is signed, three lines with their newlines.
    pub fn text(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            to_base64(&self.root)
        )
    }

    /// Reads the text that is signed.
    ///
    /// # Errors
    /// When it is not the three lines in their canonical form.
    pub fn parse_text(text: &str) -> Result<Self, CheckpointError> {
        let lines = text.strip_suffix('\n').ok_or(CheckpointError::Lines)?;
        let mut lines = lines.split('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Lines);
        };
        let origin = KeyName::new(origin)?;
        let size = decimal(size).ok_or(CheckpointError::Size)?;
        let root = hash_from_base64(root).ok_or(CheckpointError::Root)?;
        Checkpoint::new(origin, size, root)
    }

    /// Signs as the log; the key's name is the origin.
    ///
    /// A log never signs two trees of which one is not the beginning of the other: the caller
    /// has that to ensure.
    ///
    /// # Errors
    /// None in practice: every checkpoint's text is a note's text.
    pub fn sign(self, key: &SigningKey) -> Result<SignedCheckpoint, CheckpointError> {
        let note = SignedNote::sign(&self.text(), &self.origin, key)?;
        Ok(SignedCheckpoint {
            checkpoint: self,
            note,
        })
    }
}

/// A checkpoint with its signature lines. Parsed is not verified: see
/// [`SignedCheckpoint::verify`] and [`Policy::verify`](crate::Policy::verify).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: SignedNote,
}

impl SignedCheckpoint {
    /// Reads a checkpoint file.
    ///
    /// # Errors
    /// When it is not a signed note whose text is a checkpoint.
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = SignedNote::parse(bytes)?;
        let checkpoint = Checkpoint::parse_text(note.text())?;
        Ok(SignedCheckpoint { checkpoint, note })
    }

    /// What is stated.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note's signature lines, of the log, the witnesses and anybody else.
    pub fn signatures(&self) -> &[SignatureLine] {
        self.note.signatures()
    }

    /// Checks the log's signature.
    ///
    /// # Errors
    /// When the key is not named after the origin, did not sign, or one of its lines fails.
    pub fn verify(&self, log_key: &VerifierKey) -> Result<(), CheckpointError> {
        if log_key.name() != &self.checkpoint.origin {
            return Err(CheckpointError::Origin);
        }
        Ok(self.note.verify(log_key)?)
    }

    /// The time, in seconds since 1970, of each of these witnesses' cosignatures, in the order
    /// of the keys; `None` for a witness without one. Of several lines by one witness all must
    /// hold and the first gives the time.
    ///
    /// # Errors
    /// When a line by one of the witnesses does not hold, or a key is not a witness's.
    pub fn cosignatures(&self, witnesses: &[VerifierKey]) -> Result<Vec<Option<u64>>, NoteError> {
        witnesses
            .iter()
            .map(|witness| self.cosignature_of(witness))
            .collect()
    }

    fn cosignature_of(&self, witness: &VerifierKey) -> Result<Option<u64>, NoteError> {
        let mut first = None;
        for line in self.signatures().iter().filter(|line| line.is_by(witness)) {
            let timestamp = verify_cosignature(&self.checkpoint, witness, line)?;
            first.get_or_insert(timestamp);
        }
        Ok(first)
    }

    /// Adds a witness's line, in place of an earlier one of the same key. Verify it first: a
    /// line that does not hold makes every reader refuse the checkpoint.
    ///
    /// # Errors
    /// When the note would have too many lines or bytes; it is then unchanged.
    pub fn add_cosignature(&mut self, line: SignatureLine) -> Result<(), NoteError> {
        self.note.add(line)
    }
}

impl fmt::Display for SignedCheckpoint {
    /// The file's bytes.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(formatter)
    }
}
