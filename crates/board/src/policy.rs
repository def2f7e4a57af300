//! The quorum rule: which checkpoints a reader believes.
//!
//! Of W witnesses, q have to cosign, where 2q > W + f. Any two quorums then share more than f
//! witnesses, so at least one that does not lie, and it has not cosigned two trees of which one
//! is not the beginning of the other.

use std::fmt::Write;

use crate::checkpoint::{CheckpointError, SignedCheckpoint};
use crate::note::{KeyName, NoteError, SignatureKind, VerifierKey};

/// No policy names more witnesses: a checkpoint has at most 64 signature lines.
pub const MAX_WITNESSES: usize = 32;

/// Why a policy was refused, or a checkpoint under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A log or witness key of the wrong kind.
    #[error("a log's key makes Ed25519 signatures and a witness's cosignatures")]
    Kind,
    /// Two witnesses share a name or a public key, or a witness has the log's.
    #[error("two keys of the policy share a name or a public key")]
    Duplicate,
    /// No witnesses, or more than 32.
    #[error("a quorum is of 1 to 32 witnesses")]
    Witnesses,
    /// Not q ≤ W and 2q > W + f.
    #[error("the quorum q of W witnesses with f liars is not q <= W and 2q > W + f")]
    Quorum,
    /// The log's signature or a witness's is missing or does not hold.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Fewer witnesses than the quorum have cosigned.
    #[error("{cosigned} witnesses have cosigned, {quorum} are needed")]
    TooFewCosignatures {
        /// How many have.
        cosigned: usize,
        /// How many must.
        quorum: usize,
    },
}

/// A log's key, its witnesses, and how many of them have to cosign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    log: VerifierKey,
    witnesses: Vec<VerifierKey>,
    quorum: usize,
}

/// When a witness cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessTime {
    /// The witness.
    pub name: KeyName,
    /// Seconds since 1970, by the witness's own clock.
    pub timestamp_seconds: u64,
}

impl Policy {
    /// Requires `quorum` of these witnesses, `liars` of whom may lie.
    ///
    /// # Errors
    /// When the keys are of the wrong kind or not distinct, or the quorum does not suffice.
    pub fn new(
        log: VerifierKey,
        witnesses: Vec<VerifierKey>,
        quorum: usize,
        liars: usize,
    ) -> Result<Self, PolicyError> {
        if !(1..=MAX_WITNESSES).contains(&witnesses.len()) {
            return Err(PolicyError::Witnesses);
        }
        // q ≤ W and 2q > W + f, written so that no sum can overflow.
        let needed = witnesses
            .len()
            .checked_add(liars)
            .ok_or(PolicyError::Quorum)?
            / 2;
        if quorum > witnesses.len() || quorum <= needed {
            return Err(PolicyError::Quorum);
        }
        let policy = Policy {
            witnesses,
            quorum,
            ..Policy::without_witnesses(log)?
        };
        policy.check_witness_keys()?;
        Ok(policy)
    }

    /// Requires the log's signature only. Such a log can show two trees to two readers.
    ///
    /// # Errors
    /// When the key is not a log's.
    pub fn without_witnesses(log: VerifierKey) -> Result<Self, PolicyError> {
        if log.kind() != SignatureKind::Ed25519 {
            return Err(PolicyError::Kind);
        }
        Ok(Policy {
            log,
            witnesses: Vec::new(),
            quorum: 0,
        })
    }

    fn check_witness_keys(&self) -> Result<(), PolicyError> {
        for (position, witness) in self.witnesses.iter().enumerate() {
            if witness.kind() != SignatureKind::CosignatureV1 {
                return Err(PolicyError::Kind);
            }
            let mut others = self.witnesses[..position].iter().chain([&self.log]);
            if others.any(|other| {
                other.name() == witness.name() || other.public_key() == witness.public_key()
            }) {
                return Err(PolicyError::Duplicate);
            }
        }
        Ok(())
    }

    /// The log's key.
    pub fn log(&self) -> &VerifierKey {
        &self.log
    }

    /// The witnesses' keys.
    pub fn witnesses(&self) -> &[VerifierKey] {
        &self.witnesses
    }

    /// How many witnesses have to cosign.
    pub fn quorum(&self) -> usize {
        self.quorum
    }

    /// Checks that the log signed and a quorum cosigned; gives every witness's time, in the
    /// order of the policy.
    ///
    /// # Errors
    /// When the log's signature is missing, a line of the log or a witness does not hold, or too
    /// few distinct witnesses have cosigned.
    pub fn verify(&self, signed: &SignedCheckpoint) -> Result<Vec<WitnessTime>, PolicyError> {
        signed.verify(&self.log)?;
        let times = signed
            .cosignatures(&self.witnesses)
            .map_err(CheckpointError::from)?;
        let cosigned: Vec<WitnessTime> = self
            .witnesses
            .iter()
            .zip(times)
            .filter_map(|(witness, time)| {
                Some(WitnessTime {
                    name: witness.name().clone(),
                    timestamp_seconds: time?,
                })
            })
            .collect();
        if cosigned.len() < self.quorum {
            return Err(PolicyError::TooFewCosignatures {
                cosigned: cosigned.len(),
                quorum: self.quorum,
            });
        }
        Ok(cosigned)
    }

    /// The same rule as a C2SP tlog-policy file, for other tools.
    pub fn to_tlog_policy(&self) -> String {
        let mut text = format!("log {}\n", self.log);
        if self.witnesses.is_empty() {
            text.push_str("quorum none\n");
            return text;
        }
        // Names inside a policy file mean nothing outside it: numbers cannot collide.
        let mut group = format!("group witnesses {}", self.quorum);
        for (number, witness) in (1..).zip(&self.witnesses) {
            text.push_str(&format!("witness w{number} {witness}\n"));
            // Writing to a String cannot fail.
            let _ = write!(group, " w{number}");
        }
        text + &group + "\nquorum witnesses\n"
    }
}

impl From<NoteError> for PolicyError {
    fn from(error: NoteError) -> Self {
        PolicyError::Checkpoint(error.into())
    }
}
