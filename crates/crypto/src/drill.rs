//! The fire drill: before the vote, every trustee shows that its saved key file decrypts.
//!
//! A drill takes no ciphertext as input, or it would be a decryption oracle: the dummy ciphertext is hashed from the
//! ceremony's outcome, and everybody can compute the expected share. Only the holder of x_j can make the proof.
//! Source: `spec/keys.md`, section 7.

use curve25519_dalek::{RistrettoPoint, Scalar};

use crate::ceremony::confirm::KeyShare;
use crate::elgamal::Ciphertext;
use crate::encoding::Point;
use crate::proof::{EqualityProof, ProofError};
use crate::transcript::{self, Statement};

pub use crate::transcript::CeremonyHashes;

/// The dummy ciphertext of one election.
#[derive(Clone, Debug)]
pub struct Drill {
    ceremony: CeremonyHashes,
    randomness: Scalar,
    total: u16,
    ciphertext: Ciphertext,
}

/// One trustee's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrillAnswer {
    /// D_j = ρ·X_j
    pub share: Point,
    /// log_G X_j = log_α D_j
    pub proof: EqualityProof,
}

impl Drill {
    /// The drill of the election with this ceremony.
    pub fn new(ceremony: CeremonyHashes) -> Drill {
        let (randomness, total) = transcript::drill(&ceremony);
        Drill {
            ceremony,
            randomness,
            total,
            ciphertext: Ciphertext::encrypt(u64::from(total), &randomness, ceremony.key.element()),
        }
    }

    /// v: the dummy total a full set of answers decrypts to.
    pub fn total(&self) -> u16 {
        self.total
    }

    /// The dummy ciphertext.
    pub fn ciphertext(&self) -> &Ciphertext {
        &self.ciphertext
    }

    /// Answers with the share from the key file as saved.
    pub fn answer(&self, share: &KeyShare, rng: &mut impl rand::CryptoRng) -> DrillAnswer {
        let alpha = self.ciphertext.alpha.element();
        let decryption_share = Point::from(share.secret().expose() * alpha);
        let public = share.secret().public();
        let statement = self.statement(share.trustee(), &public, &decryption_share);
        DrillAnswer {
            share: decryption_share,
            proof: EqualityProof::prove(statement, alpha, share.secret(), rng),
        }
    }

    /// Checks trustee j's answer; `public` is X_j.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn verify(
        &self,
        trustee: u32,
        public: &Point,
        answer: &DrillAnswer,
    ) -> Result<(), ProofError> {
        let expected: RistrettoPoint = self.randomness * public.element();
        if *answer.share.element() != expected {
            return Err(ProofError);
        }
        answer.proof.verify(
            self.statement(trustee, public, &answer.share),
            public,
            self.ciphertext.alpha.element(),
            answer.share.element(),
        )
    }

    fn statement(&self, trustee: u32, public: &Point, decryption_share: &Point) -> Statement {
        transcript::drill_proof(
            &self.ceremony,
            trustee,
            public,
            [&self.ciphertext.alpha, &self.ciphertext.beta],
            decryption_share,
        )
    }
}
