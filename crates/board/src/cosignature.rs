//! Cosignatures (C2SP tlog-cosignature, `cosignature/v1`): a witness states that at this time
//! this was the largest tree it had seen of this log, and that each had begun with the one
//! before.
//!
//! ```text
//! message   = "cosignature/v1\ntime " ‖ T ‖ "\n" ‖ checkpoint's three lines
//! signature = T as 8 bytes, most significant first ‖ Ed25519 over the message
//! ```

use ed25519_dalek::{Signer, SigningKey};

use crate::checkpoint::Checkpoint;
use crate::note::{KeyName, NoteError, SignatureKind, SignatureLine, VerifierKey, key_id};

/// Timestamps are below 2⁶³.
pub const MAX_TIMESTAMP_SECONDS: u64 = i64::MAX as u64;

/// The bytes a witness signs.
pub fn cosigned_message(checkpoint: &Checkpoint, timestamp_seconds: u64) -> String {
    format!(
        "cosignature/v1\ntime {timestamp_seconds}\n{}",
        checkpoint.text()
    )
}

/// Cosigns as the witness `name`. The caller has verified the log's signature, and that the tree
/// begins with the last one it cosigned.
///
/// # Errors
/// [`NoteError::InvalidSignature`] when the timestamp is 2⁶³ or more: no such line would hold.
pub fn cosign(
    checkpoint: &Checkpoint,
    name: &KeyName,
    key: &SigningKey,
    timestamp_seconds: u64,
) -> Result<SignatureLine, NoteError> {
    if timestamp_seconds > MAX_TIMESTAMP_SECONDS {
        return Err(NoteError::InvalidSignature);
    }
    let message = cosigned_message(checkpoint, timestamp_seconds);
    let mut signature = timestamp_seconds.to_be_bytes().to_vec();
    signature.extend_from_slice(&key.sign(message.as_bytes()).to_bytes());
    let public_key = key.verifying_key().to_bytes();
    Ok(SignatureLine::new(
        name,
        key_id(name, SignatureKind::CosignatureV1, &public_key),
        signature,
    ))
}

/// Checks a line by this witness and gives its time, in seconds since 1970.
///
/// # Errors
/// When the line is by another key or does not hold, or the key is not a witness's.
pub fn verify_cosignature(
    checkpoint: &Checkpoint,
    witness: &VerifierKey,
    line: &SignatureLine,
) -> Result<u64, NoteError> {
    if witness.kind() != SignatureKind::CosignatureV1 {
        return Err(NoteError::WrongKind);
    }
    if !line.is_by(witness) {
        return Err(NoteError::Unsigned);
    }
    let (timestamp, signature) = line
        .signature()
        .split_first_chunk::<8>()
        .ok_or(NoteError::InvalidSignature)?;
    let signature = signature
        .try_into()
        .map_err(|_| NoteError::InvalidSignature)?;
    let timestamp_seconds = u64::from_be_bytes(*timestamp);
    if timestamp_seconds > MAX_TIMESTAMP_SECONDS {
        return Err(NoteError::InvalidSignature);
    }
    let message = cosigned_message(checkpoint, timestamp_seconds);
    witness
        .public_key()
        .verify(message.as_bytes(), signature)
        .map_err(|_| NoteError::InvalidSignature)?;
    Ok(timestamp_seconds)
}
