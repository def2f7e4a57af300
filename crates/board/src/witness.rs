//! The witness protocol (C2SP tlog-witness), its bytes without its HTTP.
//!
//! A log posts a checkpoint to a witness's `/add-checkpoint`, with a proof that the tree begins
//! with the one the witness cosigned last:
//!
//! ```text
//! old SIZE
//! base64(hash)        ← consistency proof, 0 to 63 lines
//!
//! the signed checkpoint
//! ```

use crate::checkpoint::{CheckpointError, SignedCheckpoint};
use crate::cosignature::verify_cosignature;
use crate::line::{decimal, hash_from_base64, to_base64};
use crate::note::{MAX_NOTE_BYTES, NoteError, SignatureLine, VerifierKey, parse_lines};
use crate::tree::Hash;

/// No proof has more hashes.
pub const MAX_PROOF_HASHES: usize = 63;

/// No request body has more bytes: a first line, 63 hashes, an empty line, a checkpoint.
pub const MAX_REQUEST_BYTES: usize = 32 + MAX_PROOF_HASHES * 45 + MAX_NOTE_BYTES;

/// Why a request was not made or was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Longer than a request can be.
    #[error("the request is too long")]
    TooLong,
    /// Not `old SIZE`, hashes and an empty line.
    #[error("the request does not begin with an old size, hashes and an empty line")]
    Malformed,
    /// More than 63 hashes.
    #[error("the consistency proof has more than 63 hashes")]
    ProofTooLong,
    /// The old size is above the checkpoint's.
    #[error("the old size is above the checkpoint's")]
    OldSize,
    /// The checkpoint itself.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// A request to cosign a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    old_size: u64,
    consistency_proof: Vec<Hash>,
    checkpoint: SignedCheckpoint,
}

impl AddCheckpoint {
    /// Asks to cosign `checkpoint`, given that the witness last cosigned `old_size` (0 for
    /// never). The proof is checked by the witness, not here.
    ///
    /// # Errors
    /// When the old size is above the checkpoint's or the proof is longer than any can be.
    pub fn new(
        old_size: u64,
        consistency_proof: Vec<Hash>,
        checkpoint: SignedCheckpoint,
    ) -> Result<Self, RequestError> {
        if consistency_proof.len() > MAX_PROOF_HASHES {
            return Err(RequestError::ProofTooLong);
        }
        if old_size > checkpoint.checkpoint().size() {
            return Err(RequestError::OldSize);
        }
        Ok(AddCheckpoint {
            old_size,
            consistency_proof,
            checkpoint,
        })
    }

    /// Reads a request body, as a witness does.
    ///
    /// # Errors
    /// When it is not in the canonical form, or [`AddCheckpoint::new`] would refuse it.
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > MAX_REQUEST_BYTES {
            return Err(RequestError::TooLong);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| RequestError::Malformed)?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(RequestError::Malformed)?;
        let mut lines = head.split('\n');
        let old_size = lines
            .next()
            .and_then(|line| line.strip_prefix("old "))
            .and_then(decimal)
            .ok_or(RequestError::Malformed)?;
        let consistency_proof = lines
            .map(hash_from_base64)
            .collect::<Option<Vec<Hash>>>()
            .ok_or(RequestError::Malformed)?;
        let checkpoint = SignedCheckpoint::parse(checkpoint.as_bytes())?;
        AddCheckpoint::new(old_size, consistency_proof, checkpoint)
    }

    /// The request body.
    pub fn body(&self) -> String {
        let mut body = format!("old {}\n", self.old_size);
        for hash in &self.consistency_proof {
            body.push_str(&to_base64(hash));
            body.push('\n');
        }
        body.push('\n');
        body + &self.checkpoint.to_string()
    }

    /// The size the witness is thought to have cosigned last.
    pub fn old_size(&self) -> u64 {
        self.old_size
    }

    /// The proof from the old size to the checkpoint's.
    pub fn consistency_proof(&self) -> &[Hash] {
        &self.consistency_proof
    }

    /// The checkpoint to cosign.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// Reads the witness's answer to this request: an HTTP status and a body.
    pub fn read_answer(&self, status: u16, body: &[u8], witness: &VerifierKey) -> Answer {
        match status {
            200 => match self.read_cosignature(body, witness) {
                Ok((line, timestamp_seconds)) => Answer::Cosigned {
                    line,
                    timestamp_seconds,
                },
                Err(error) => Answer::Unusable(error),
            },
            400 => Answer::Malformed,
            403 => Answer::LogSignatureRefused,
            404 => Answer::UnknownLog,
            409 => match read_size(body) {
                Some(size) => Answer::Stale { size },
                None => Answer::Conflict,
            },
            422 => Answer::NotConsistent,
            other => Answer::Other(other),
        }
    }

    /// The line by the witness we know; a witness may add lines by keys we do not.
    fn read_cosignature(
        &self,
        body: &[u8],
        witness: &VerifierKey,
    ) -> Result<(SignatureLine, u64), NoteError> {
        if body.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong);
        }
        let body = std::str::from_utf8(body).map_err(|_| NoteError::NotText)?;
        let line = parse_lines(body)?
            .into_iter()
            .find(|line| line.is_by(witness))
            .ok_or(NoteError::Unsigned)?;
        let timestamp = verify_cosignature(self.checkpoint.checkpoint(), witness, &line)?;
        Ok((line, timestamp))
    }
}

/// What a witness said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 200, with a line that holds: add it to the checkpoint.
    Cosigned {
        /// The witness's line.
        line: SignatureLine,
        /// Its time, in seconds since 1970.
        timestamp_seconds: u64,
    },
    /// 200, without a line by this witness that holds.
    Unusable(NoteError),
    /// 409: the witness last cosigned this size; ask again from there.
    Stale {
        /// The size it has.
        size: u64,
    },
    /// 409 without a size: at this very size the witness has another root.
    Conflict,
    /// 422: the proof does not lead from what the witness has to this checkpoint.
    NotConsistent,
    /// 404: the witness does not follow this origin.
    UnknownLog,
    /// 403: no signature on the checkpoint by a log key the witness knows.
    LogSignatureRefused,
    /// 400: the witness could not read the request.
    Malformed,
    /// Any other status, such as a failure of the witness or of the way to it.
    Other(u16),
}

/// A decimal size and a newline.
fn read_size(body: &[u8]) -> Option<u64> {
    decimal(std::str::from_utf8(body).ok()?.strip_suffix('\n')?)
}
