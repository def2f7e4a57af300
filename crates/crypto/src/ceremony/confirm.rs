//! A trustee opens every share addressed to it and either confirms, with a proof that its share of the key exists, or
//! learns which dealers to complain about.

use super::Dealt;
use super::deal::{ShareFault, open_share};
use crate::encoding::{Point, SecretScalar};
use crate::proof::{KnowledgeProof, ProofError};
use crate::transcript::{self};

/// x_j, trustee j's share of the decryption key.
#[derive(Clone, Debug)]
pub struct KeyShare {
    trustee: u32,
    secret: SecretScalar,
}

impl KeyShare {
    /// The trustee's number.
    pub fn trustee(&self) -> u32 {
        self.trustee
    }

    /// x_j.
    pub fn secret(&self) -> &SecretScalar {
        &self.secret
    }
}

/// A dealer whose share is bad, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grievance {
    /// the dealer's number
    pub dealer: u32,
    /// what is wrong with the share
    pub fault: ShareFault,
}

impl Dealt {
    /// Opens all shares addressed to `trustee` with its encryption secret p_j.
    ///
    /// # Errors
    /// Every [`Grievance`], when at least one share is bad; a complaint about the first is enough.
    pub fn open_shares(
        &self,
        trustee: u32,
        secret: &SecretScalar,
    ) -> Result<KeyShare, Vec<Grievance>> {
        let mut sum = curve25519_dalek::Scalar::ZERO;
        let mut grievances = Vec::new();
        for dealer in 1..=self.setup.trustees() {
            let (deal, _) = self.deal(dealer);
            let shared = Point::from(secret.expose() * deal.ephemeral().element());
            match open_share(&self.setup, dealer, trustee, deal, &shared) {
                Ok(share) => sum += share.expose(),
                Err(fault) => grievances.push(Grievance { dealer, fault }),
            }
        }
        if grievances.is_empty() {
            Ok(KeyShare {
                trustee,
                secret: SecretScalar::new(sum),
            })
        } else {
            Err(grievances)
        }
    }

    /// Proves knowledge of x_j: the proof of a `confirm` entry.
    pub fn confirm(&self, share: &KeyShare, rng: &mut impl rand::CryptoRng) -> KnowledgeProof {
        KnowledgeProof::prove(self.confirm_statement(share.trustee), &share.secret, rng)
    }

    /// Checks the proof of trustee j's `confirm`.
    ///
    /// # Errors
    /// [`ProofError`], also where H or X_j is the identity.
    pub fn verify_confirm(&self, trustee: u32, proof: &KnowledgeProof) -> Result<(), ProofError> {
        let share = self.share(trustee);
        if share.is_identity() || self.election_key.is_identity() {
            return Err(ProofError);
        }
        proof.verify(self.confirm_statement(trustee), share)
    }

    fn confirm_statement(&self, trustee: u32) -> transcript::Statement {
        transcript::confirm(
            &self.setup.election,
            trustee,
            &self.election_key,
            self.share(trustee),
            &self.deals_hash,
        )
    }
}
