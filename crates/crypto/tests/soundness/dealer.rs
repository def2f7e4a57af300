//! Trustees for the tests, and a dealer written from `spec/keys.md`, section 2, that can put anything into its deal.

use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::{RistrettoPoint, Scalar};
use merlin::Transcript;
use rand::rngs::StdRng;

use urne_crypto::ceremony::deal::{Deal, DealBytes};
use urne_crypto::ceremony::{Dealt, Setup};
use urne_crypto::encoding::SecretScalar;

use crate::sample::rng;
use crate::script::{challenge, encoded, script};

/// Trustees with their encryption secrets p_1 … p_n.
pub(crate) struct Trustees {
    pub(crate) setup: Setup,
    pub(crate) secrets: Vec<SecretScalar>,
}

impl Trustees {
    pub(crate) fn new(threshold: u32, count: u8, seed: u64) -> Trustees {
        let mut rng = rng(seed);
        let secrets: Vec<SecretScalar> =
            (0..count).map(|_| SecretScalar::random(&mut rng)).collect();
        let setup = Setup {
            election: [7; 32],
            threshold,
            signing_keys: (0..count).map(|number| [100 + number; 32]).collect(),
            encryption_keys: secrets.iter().map(SecretScalar::public).collect(),
        };
        Trustees { setup, secrets }
    }

    /// p_j.
    pub(crate) fn secret(&self, trustee: u32) -> &SecretScalar {
        &self.secrets[trustee as usize - 1]
    }

    /// Everyone deals honestly, with the crate.
    pub(crate) fn deal(&self, seed: u64) -> Dealt {
        let mut rng = rng(seed);
        let deals = (1..=self.setup.trustees())
            .map(|trustee| Deal::make(&self.setup, trustee, &mut rng))
            .collect();
        self.dealt(deals)
    }

    /// These deals, each with a leaf hash of its own.
    pub(crate) fn dealt(&self, deals: Vec<Deal>) -> Dealt {
        let deals = (1_u8..)
            .zip(deals)
            .map(|(number, deal)| {
                let deal = deal.check(&self.setup, u32::from(number)).unwrap();
                (deal, [number; 32])
            })
            .collect();
        Dealt::new(self.setup.clone(), deals)
    }
}

/// A dealer whose polynomial, ephemeral secret and envelopes are in the open.
#[derive(Clone)]
pub(crate) struct Dealer {
    pub(crate) setup: Setup,
    pub(crate) trustee: u32,
    /// a_i0 … a_i,t−1
    pub(crate) coefficients: Vec<Scalar>,
    /// e_i
    pub(crate) ephemeral: Scalar,
}

impl Dealer {
    pub(crate) fn new(setup: &Setup, trustee: u32, rng: &mut StdRng) -> Dealer {
        Dealer {
            setup: setup.clone(),
            trustee,
            coefficients: (0..setup.threshold).map(|_| Scalar::random(rng)).collect(),
            ephemeral: Scalar::random(rng),
        }
    }

    /// f_i(j).
    pub(crate) fn share(&self, recipient: u32) -> Scalar {
        let powers = core::iter::successors(Some(Scalar::ONE), |power| {
            Some(power * Scalar::from(recipient))
        });
        self.coefficients
            .iter()
            .zip(powers)
            .map(|(coefficient, power)| coefficient * power)
            .sum()
    }

    /// Seals any 32 bytes, or any number of them, for `recipient`.
    pub(crate) fn seal(&self, recipient: u32, plain: &[u8]) -> Vec<u8> {
        let recipient_key = &self.setup.encryption_keys[recipient as usize - 1];
        let shared = self.ephemeral * recipient_key.element();
        let mut transcript = script(
            b"urne/0 share key",
            &[
                (b"election", &self.setup.election),
                (b"dealer", &self.trustee.to_le_bytes()),
                (b"trustee", &recipient.to_le_bytes()),
                (b"encryption key", recipient_key.bytes()),
                (b"ephemeral", &encoded(&(self.ephemeral * G))),
                (b"shared", &encoded(&shared)),
            ],
        );
        let mut key = [0; 32];
        transcript.challenge_bytes(b"key", &mut key);
        ChaCha20Poly1305::new(&Key::from(key))
            .encrypt(&Nonce::default(), plain)
            .unwrap()
    }

    /// What an honest dealer would publish, still without a proof.
    pub(crate) fn draft(&self) -> DealBytes {
        let shares = (1..=self.setup.trustees())
            .flat_map(|recipient| self.seal(recipient, self.share(recipient).as_bytes()));
        DealBytes {
            commitments: self
                .coefficients
                .iter()
                .flat_map(|coefficient| encoded(&(coefficient * G)))
                .collect(),
            ephemeral: encoded(&(self.ephemeral * G)),
            shares: shares.collect(),
            proof: [0; 128],
        }
    }

    /// Puts other bytes into the envelope for `recipient`.
    pub(crate) fn with_share(&self, recipient: u32, sealed: &[u8]) -> DealBytes {
        let mut draft = self.draft();
        let start = (recipient as usize - 1) * 48;
        draft.shares[start..start + 48].copy_from_slice(sealed);
        draft
    }

    /// The proof R₀ ‖ R_E ‖ z₀ ‖ z_E over a draft, and the decoded deal.
    pub(crate) fn publish(&self, mut draft: DealBytes, rng: &mut StdRng) -> Deal {
        let nonces = [Scalar::random(rng), Scalar::random(rng)];
        let commitments: Vec<u8> = nonces
            .iter()
            .flat_map(|nonce| encoded(&(nonce * G)))
            .collect();
        let mut transcript = deal_transcript(&self.setup, self.trustee, &draft);
        transcript.append_message(b"R", &commitments);
        let c = challenge(&mut transcript, b"c");
        let responses = [
            nonces[0] + c * self.coefficients[0],
            nonces[1] + c * self.ephemeral,
        ];
        draft.proof[..64].copy_from_slice(&commitments);
        draft.proof[64..96].copy_from_slice(responses[0].as_bytes());
        draft.proof[96..].copy_from_slice(responses[1].as_bytes());
        Deal::decode(&self.setup, &draft).unwrap()
    }

    pub(crate) fn honest(&self, rng: &mut StdRng) -> Deal {
        self.publish(self.draft(), rng)
    }
}

/// Transcript `deal` up to R.
pub(crate) fn deal_transcript(setup: &Setup, trustee: u32, deal: &DealBytes) -> Transcript {
    let keys: Vec<u8> = setup
        .encryption_keys
        .iter()
        .flat_map(|key| *key.bytes())
        .collect();
    script(
        b"urne/0 deal",
        &[
            (b"election", &setup.election),
            (b"trustee", &trustee.to_le_bytes()),
            (b"threshold", &setup.threshold.to_le_bytes()),
            (b"encryption keys", &keys),
            (b"signing key", &setup.signing_keys[trustee as usize - 1]),
            (b"commitments", &deal.commitments),
            (b"ephemeral", &deal.ephemeral),
            (b"shares", &deal.shares),
        ],
    )
}

/// Σ_i A_i0 of deals as bytes, by hand.
pub(crate) fn election_key(deals: &[DealBytes]) -> RistrettoPoint {
    deals
        .iter()
        .map(|deal| crate::script::point(&deal.commitments[..32]))
        .sum()
}
