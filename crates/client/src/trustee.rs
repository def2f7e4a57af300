//! A trustee: the key ceremony, the drill, the seal with its memory, the decryption.
//!
//! Every step looks at the board through the trustee's own [`Replica`]. Source: `spec/keys.md`, sections 1 to 3 and 7;
//! `spec/tally.md`, section 2.

use urne_board::checkpoint::SignedCheckpoint;
use urne_crypto::ceremony::confirm::{Grievance, KeyShare};
use urne_crypto::ceremony::{Dealt, deal, prove_possession};
use urne_crypto::encoding::SecretScalar;
use urne_crypto::signature::{SigningKey, public_key};
use urne_election::entry::{
    Complaint, Confirm, Deal, Decryption, Destruction, Drill, Entry, Memory, Seal,
};
use urne_election::manifest;
use urne_election::phase::Phase;

use crate::memory::Sealed;
pub use crate::memory::TrusteeMemory;
use crate::replica::Replica;

/// A trustee's secrets: what the passphrase-encrypted key file holds.
pub struct TrusteeKeys {
    signing: SigningKey,
    encryption: SecretScalar,
}

/// Why a trustee's tool refuses a step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// The board is not at this step.
    #[error("the election is not at this step")]
    WrongPhase,
    /// The encryption key has dealt before, or the memory that would know is lost.
    #[error("this key already made a deal, or its memory is lost; make a fresh key")]
    DealtBefore,
    /// The board holds entries that should not stand, or is not vouched for by its witnesses.
    #[error("the closed board is not vouched for by its witnesses")]
    NotVouchedFor,
    /// Another root was sealed before.
    #[error("this key already sealed another state of the board: someone shows two boards")]
    SealedAnother,
    /// The key's own seal is not remembered.
    #[error("this key has not sealed this board")]
    NotSealed,
    /// The seal quorum does not stand yet.
    #[error("too few trustees have sealed yet")]
    QuorumMissing,
    /// A share that was good at the ceremony does not open now: this is another key file.
    #[error("this is not the key file of this election")]
    WrongKey,
}

/// What the second step of the ceremony leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecondStep {
    /// all shares are good: a `confirm` entry
    Confirm(Vec<u8>),
    /// a share is bad: a `complaint` entry, and about whom
    Complaint(Vec<u8>, Grievance),
}

impl TrusteeKeys {
    /// Fresh keys, for one manifest.
    pub fn generate(rng: &mut impl rand::CryptoRng) -> TrusteeKeys {
        TrusteeKeys {
            signing: SigningKey::generate(rng),
            encryption: SecretScalar::random(rng),
        }
    }

    /// Keys read from a key file.
    pub(crate) fn new(signing: SigningKey, encryption: SecretScalar) -> TrusteeKeys {
        TrusteeKeys {
            signing,
            encryption,
        }
    }

    /// This trustee's place in a manifest with this nonce.
    pub fn enrol(
        &self,
        name: &str,
        nonce: &[u8; 32],
        number: u32,
        rng: &mut impl rand::CryptoRng,
    ) -> manifest::Trustee {
        let key = public_key(&self.signing);
        let proof = prove_possession(nonce, number, &key, &self.encryption, rng);
        manifest::Trustee {
            name: name.to_owned(),
            key,
            encryption: self.encryption.public(),
            proof: proof.to_bytes(),
        }
    }

    /// The signing key.
    pub fn signing(&self) -> &SigningKey {
        &self.signing
    }

    /// The encryption secret p.
    pub fn encryption(&self) -> &SecretScalar {
        &self.encryption
    }
}

/// A trustee of one election.
pub struct Trustee<'a> {
    number: u32,
    keys: &'a TrusteeKeys,
}

impl<'a> Trustee<'a> {
    /// Finds the place of these keys in the manifest.
    pub fn find(keys: &'a TrusteeKeys, replica: &Replica) -> Option<Trustee<'a>> {
        let key = public_key(&keys.signing);
        let mut numbered = (1..).zip(&replica.manifest().trustees);
        let (number, _) = numbered.find(|(_, trustee)| trustee.key == key)?;
        Some(Trustee { number, keys })
    }

    /// The trustee's number.
    pub fn number(&self) -> u32 {
        self.number
    }

    fn signed(&self, entry: &Entry) -> Vec<u8> {
        entry.signed(&[&self.keys.signing])
    }

    /// First step: a `deal` entry.
    ///
    /// # Errors
    /// [`StepError`].
    pub fn deal(
        &self,
        replica: &Replica,
        memory: &mut TrusteeMemory,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<Vec<u8>, StepError> {
        let Phase::Dealing(phase) = replica.election().phase() else {
            return Err(StepError::WrongPhase);
        };
        // A memory that was lost, or has sealed, cannot say that this key never dealt.
        if memory.dealt.is_some() || memory.sealed != Sealed::Never {
            return Err(StepError::DealtBefore);
        }
        let election = *replica.election().id();
        memory.dealt = Some(election);
        let made = deal::Deal::make(phase.setup(), self.number, rng);
        Ok(self.signed(&Entry::Deal(Deal {
            election,
            trustee: self.number,
            bytes: made.to_bytes(),
        })))
    }

    /// Second step: opens every share, then confirms or complains.
    ///
    /// # Errors
    /// [`StepError`].
    pub fn confirm_or_complain(
        &self,
        replica: &Replica,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<SecondStep, StepError> {
        let Phase::Confirming(phase) = replica.election().phase() else {
            return Err(StepError::WrongPhase);
        };
        let dealt = phase.dealt();
        match dealt.open_shares(self.number, &self.keys.encryption) {
            Ok(share) => {
                let proof = dealt.confirm(&share, rng);
                let entry = self.signed(&Entry::Confirm(Confirm {
                    election: *replica.election().id(),
                    trustee: self.number,
                    key: *dealt.election_key(),
                    share: *dealt.share(self.number),
                    deals: *dealt.deals_hash(),
                    proof: proof.to_bytes(),
                }));
                Ok(SecondStep::Confirm(entry))
            }
            Err(grievances) => {
                let grievance = grievances[0];
                let entry = self.complaint(replica, dealt, grievance.dealer, rng);
                Ok(SecondStep::Complaint(entry, grievance))
            }
        }
    }

    fn complaint(
        &self,
        replica: &Replica,
        dealt: &Dealt,
        dealer: u32,
        rng: &mut impl rand::CryptoRng,
    ) -> Vec<u8> {
        let complaint = dealt.complain(self.number, dealer, &self.keys.encryption, rng);
        self.signed(&Entry::Complaint(Complaint {
            election: *replica.election().id(),
            trustee: self.number,
            dealer,
            shared: complaint.shared,
            proof: complaint.proof.to_bytes(),
        }))
    }

    /// The share of the key, recomputed from the board and the key file.
    fn share(&self, dealt: &Dealt) -> Result<KeyShare, StepError> {
        dealt
            .open_shares(self.number, &self.keys.encryption)
            .map_err(|_| StepError::WrongKey)
    }

    /// Third step, before the opening: shows that the key file as saved decrypts.
    ///
    /// # Errors
    /// [`StepError`].
    pub fn drill(
        &self,
        replica: &Replica,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<Vec<u8>, StepError> {
        let Phase::Preparing(phase) = replica.election().phase() else {
            return Err(StepError::WrongPhase);
        };
        let answer = phase
            .drill_to_answer()
            .answer(&self.share(phase.dealt())?, rng);
        Ok(self.signed(&Entry::Drill(Drill {
            election: *replica.election().id(),
            trustee: self.number,
            share: answer.share,
            proof: answer.proof.to_bytes(),
        })))
    }

    /// Fourth step, after the closing: seals the board the trustee's own device has verified. `checkpoint` is the cosigned one
    /// of exactly the closed log; it is required where the manifest requires a witness quorum.
    ///
    /// # Errors
    /// [`StepError`]; above all [`StepError::SealedAnother`] when two boards are shown.
    pub fn seal(
        &self,
        replica: &Replica,
        checkpoint: Option<&SignedCheckpoint>,
        memory: &mut TrusteeMemory,
    ) -> Result<Vec<u8>, StepError> {
        let Phase::Sealing(phase) = replica.election().phase() else {
            return Err(StepError::WrongPhase);
        };
        let (size, root) = phase.closed();
        let vouched = |checkpoint| replica.is_vouched_for(checkpoint, size);
        if replica.manifest().witnesses.quorum > 0 && !checkpoint.is_some_and(vouched) {
            return Err(StepError::NotVouchedFor);
        }
        let known = match memory.sealed {
            Sealed::Never => Memory::Kept,
            Sealed::NeverAsStated => Memory::Lost,
            Sealed::Once(before, same, known) if (before, same) == (size, root) => known,
            Sealed::Once(..) => return Err(StepError::SealedAnother),
        };
        memory.sealed = Sealed::Once(size, root, known);
        Ok(self.signed(&Entry::Seal(Seal {
            election: *replica.election().id(),
            trustee: self.number,
            size,
            root,
            sums: phase.sums().hash(),
            memory: known,
        })))
    }

    /// Last step: decrypts the totals of the root this key has sealed, once the seal quorum stands.
    ///
    /// # Errors
    /// [`StepError`].
    pub fn decrypt(
        &self,
        replica: &Replica,
        memory: &TrusteeMemory,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<Vec<u8>, StepError> {
        let Phase::Sealing(phase) = replica.election().phase() else {
            return Err(StepError::WrongPhase);
        };
        let (size, root) = phase.closed();
        match memory.sealed {
            Sealed::Once(own_size, own_root, _) if (own_size, own_root) == (size, root) => {}
            _ => return Err(StepError::NotSealed),
        }
        if !phase.is_sealed() {
            return Err(StepError::QuorumMissing);
        }
        let decryption = phase.sums().decrypt(&self.share(phase.dealt())?, rng);
        Ok(self.signed(&Entry::Decryption(Decryption {
            election: *replica.election().id(),
            trustee: self.number,
            phase: urne_crypto::decryption::PHASE,
            size,
            root,
            shares: decryption
                .shares
                .iter()
                .flat_map(|share| *share.bytes())
                .collect(),
            proof: decryption.proof.to_bytes(),
        })))
    }

    /// States that every copy of the key file is destroyed: signed with the last copy, just before it is.
    ///
    /// # Errors
    /// [`StepError::WrongPhase`] before the election has ended.
    pub fn destroyed(&self, replica: &Replica) -> Result<Vec<u8>, StepError> {
        match replica.election().phase() {
            Phase::Sealing(phase) if phase.tally().is_some() => {
                Ok(self.signed(&Entry::Destruction(Destruction {
                    election: *replica.election().id(),
                    trustee: self.number,
                })))
            }
            _ => Err(StepError::WrongPhase),
        }
    }
}
