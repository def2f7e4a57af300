//! A complaint shows the point that opens one share, so that everybody can see who lied.

use super::Dealt;
use super::deal::{ShareFault, open_share};
use crate::encoding::{Point, SecretScalar};
use crate::proof::{EqualityProof, ProofError};
use crate::transcript::{self, ComplaintStatement, Statement};

/// S = p_j·E_i and the proof that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// S
    pub shared: Point,
    /// log_G P_j = log_(E_i) S
    pub proof: EqualityProof,
}

/// Who is guilty, as anyone can check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The dealer's share is bad.
    Dealer {
        /// the dealer's number
        trustee: u32,
        /// what is wrong with the share
        fault: ShareFault,
    },
    /// The share is good: the complaint is false.
    Complainer {
        /// the complainer's number
        trustee: u32,
    },
}

impl Dealt {
    /// Trustee `trustee` complains about `dealer`.
    pub fn complain(
        &self,
        trustee: u32,
        dealer: u32,
        secret: &SecretScalar,
        rng: &mut impl rand::CryptoRng,
    ) -> Complaint {
        let ephemeral = self.deal(dealer).0.ephemeral().element();
        let shared = Point::from(secret.expose() * ephemeral);
        let statement = self.complaint_statement(trustee, dealer, &shared);
        Complaint {
            shared,
            proof: EqualityProof::prove(statement, ephemeral, secret, rng),
        }
    }

    /// Checks a complaint and says who is to blame.
    ///
    /// # Errors
    /// [`ProofError`] where the complaint itself proves nothing.
    pub fn judge(
        &self,
        trustee: u32,
        dealer: u32,
        complaint: &Complaint,
    ) -> Result<Blame, ProofError> {
        let (deal, _) = self.deal(dealer);
        complaint.proof.verify(
            self.complaint_statement(trustee, dealer, &complaint.shared),
            &self.setup.encryption_keys[self.setup.index(trustee)],
            deal.ephemeral().element(),
            complaint.shared.element(),
        )?;
        Ok(
            match open_share(&self.setup, dealer, trustee, deal, &complaint.shared) {
                Ok(_) => Blame::Complainer { trustee },
                Err(fault) => Blame::Dealer {
                    trustee: dealer,
                    fault,
                },
            },
        )
    }

    fn complaint_statement(&self, trustee: u32, dealer: u32, shared: &Point) -> Statement {
        let (deal, leaf) = self.deal(dealer);
        transcript::complaint(&ComplaintStatement {
            election: &self.setup.election,
            trustee,
            dealer,
            deal: leaf,
            encryption_key: &self.setup.encryption_keys[self.setup.index(trustee)],
            ephemeral: deal.ephemeral(),
            shared,
        })
    }
}
