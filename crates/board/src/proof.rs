//! Proofs that an entry is on the board (C2SP tlog-proof), in one text file.
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra base64(bytes)      ← optional, proves nothing
//! index INDEX
//! base64(hash)             ← inclusion proof from the leaf upwards, 0 to 63 lines
//!
//! the signed checkpoint
//! ```

use std::fmt;

use crate::checkpoint::{CheckpointError, SignedCheckpoint};
use crate::line::{decimal, from_base64, hash_from_base64, to_base64};
use crate::note::MAX_NOTE_BYTES;
use crate::policy::{Policy, PolicyError, WitnessTime};
use crate::tree::{Hash, Tree, TreeProofError, leaf_hash, verify_inclusion};
use crate::witness::MAX_PROOF_HASHES;

/// The first line.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// No extra data is longer.
pub const MAX_EXTRA_BYTES: usize = 65_535;

/// No proof has more bytes: header, extra, index, 63 hashes, an empty line, a checkpoint.
pub const MAX_PROOF_BYTES: usize =
    64 + MAX_EXTRA_BYTES.div_ceil(3) * 4 + MAX_PROOF_HASHES * 45 + MAX_NOTE_BYTES;

/// Why a proof was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Longer than a proof can be.
    #[error("the proof is too long")]
    TooLong,
    /// Not a header, an optional extra line, an index, hashes and an empty line.
    #[error("the proof does not have the lines of c2sp.org/tlog-proof@v1")]
    Malformed,
    /// Extra data of 0 bytes or more than 65,535.
    #[error("extra data, where there is any, has 1 to 65,535 bytes")]
    Extra,
    /// More than 63 hashes.
    #[error("the inclusion proof has more than 63 hashes")]
    TooManyHashes,
    /// The checkpoint is malformed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint is not signed or cosigned as the policy requires.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The entry is not at this index of the checkpoint's tree.
    #[error(transparent)]
    Inclusion(#[from] TreeProofError),
}

/// An entry's index, its inclusion proof and a checkpoint. Parsed is not verified: see
/// [`TlogProof::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    extra: Option<Vec<u8>>,
    index: u64,
    inclusion_proof: Vec<Hash>,
    checkpoint: SignedCheckpoint,
}

impl TlogProof {
    /// Puts a proof together; nothing is verified.
    ///
    /// # Errors
    /// When extra data is empty or too long, or there are more hashes than any proof has.
    pub fn new(
        extra: Option<Vec<u8>>,
        index: u64,
        inclusion_proof: Vec<Hash>,
        checkpoint: SignedCheckpoint,
    ) -> Result<Self, ProofError> {
        if extra
            .as_ref()
            .is_some_and(|extra| !(1..=MAX_EXTRA_BYTES).contains(&extra.len()))
        {
            return Err(ProofError::Extra);
        }
        if inclusion_proof.len() > MAX_PROOF_HASHES {
            return Err(ProofError::TooManyHashes);
        }
        Ok(TlogProof {
            extra,
            index,
            inclusion_proof,
            checkpoint,
        })
    }

    /// Proves that entry `index` is in the checkpoint's tree.
    ///
    /// # Errors
    /// When the index is outside the checkpoint's tree, or `tree` has not grown to it.
    pub fn prove(
        tree: &Tree,
        index: u64,
        checkpoint: SignedCheckpoint,
    ) -> Result<Self, ProofError> {
        let inclusion_proof = tree
            .inclusion_proof(index, checkpoint.checkpoint().size())
            .ok_or(TreeProofError::OutsideTree)?;
        TlogProof::new(None, index, inclusion_proof, checkpoint)
    }

    /// Reads a proof.
    ///
    /// # Errors
    /// When it is not in its canonical form, or [`TlogProof::new`] would refuse it.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        if bytes.len() > MAX_PROOF_BYTES {
            return Err(ProofError::TooLong);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| ProofError::Malformed)?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(ProofError::Malformed)?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(ProofError::Malformed);
        }
        let extra = lines.next_if(|line| line.starts_with("extra "));
        let extra = extra
            .and_then(|line| line.strip_prefix("extra "))
            .map(|data| from_base64(data).ok_or(ProofError::Malformed))
            .transpose()?;
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .and_then(decimal)
            .ok_or(ProofError::Malformed)?;
        let inclusion_proof = lines
            .map(hash_from_base64)
            .collect::<Option<Vec<Hash>>>()
            .ok_or(ProofError::Malformed)?;
        let checkpoint = SignedCheckpoint::parse(checkpoint.as_bytes())?;
        TlogProof::new(extra, index, inclusion_proof, checkpoint)
    }

    /// Checks the checkpoint under the policy, and that `entry` is at the index; gives the
    /// witnesses' times. The extra data stays unproven.
    ///
    /// # Errors
    /// When the checkpoint is not signed or cosigned as required, or the entry is not there.
    pub fn verify(&self, entry: &[u8], policy: &Policy) -> Result<Vec<WitnessTime>, ProofError> {
        let witness_times = policy.verify(&self.checkpoint)?;
        let tree = self.checkpoint.checkpoint();
        verify_inclusion(
            &leaf_hash(entry),
            self.index,
            tree.size(),
            &self.inclusion_proof,
            tree.root(),
        )?;
        Ok(witness_times)
    }

    /// Data that came along and proves nothing.
    pub fn extra(&self) -> Option<&[u8]> {
        self.extra.as_deref()
    }

    /// The entry's place on the board, from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The siblings from the leaf upwards.
    pub fn inclusion_proof(&self) -> &[Hash] {
        &self.inclusion_proof
    }

    /// The checkpoint the proof leads to.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }
}

impl fmt::Display for TlogProof {
    /// The file's bytes.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(formatter, "extra {}", to_base64(extra))?;
        }
        writeln!(formatter, "index {}", self.index)?;
        for hash in &self.inclusion_proof {
            writeln!(formatter, "{}", to_base64(hash))?;
        }
        write!(formatter, "\n{}", self.checkpoint)
    }
}
