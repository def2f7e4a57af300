//! Every Fiat–Shamir transcript of the protocol: all labels and all append orders are in this one file.
//!
//! Each function below is one row of `spec/transcripts.md`, and absorbs the whole public statement before anything is
//! drawn. A prover takes its nonces from [`Statement::nonces`], which mixes the transcript, the witness and the system's
//! randomness, so that neither a broken generator nor a repeated one alone betrays a secret.

use curve25519_dalek::Scalar;
use merlin::{Transcript, TranscriptRng};
use rand_core_06::RngCore as _;
use zeroize::Zeroize as _;

use crate::encoding::Point;

/// A transcript that has absorbed a whole statement and waits for the prover's commitments.
#[derive(Clone)]
pub struct Statement(Transcript);

impl Statement {
    fn new(label: &'static [u8]) -> Statement {
        Statement(Transcript::new(label))
    }

    fn bytes(mut self, label: &'static [u8], bytes: &[u8]) -> Statement {
        self.0.append_message(label, bytes);
        self
    }

    fn number(self, label: &'static [u8], number: u32) -> Statement {
        self.bytes(label, &number.to_le_bytes())
    }

    fn point(self, label: &'static [u8], point: &Point) -> Statement {
        self.bytes(label, point.bytes())
    }

    fn points<'a>(
        self,
        label: &'static [u8],
        points: impl IntoIterator<Item = &'a Point>,
    ) -> Statement {
        let mut joined = Vec::new();
        for point in points {
            joined.extend_from_slice(point.bytes());
        }
        self.bytes(label, &joined)
    }

    fn scalar(&mut self, label: &'static [u8]) -> Scalar {
        let mut wide = [0; 64];
        self.0.challenge_bytes(label, &mut wide);
        let scalar = Scalar::from_bytes_mod_order_wide(&wide);
        wide.zeroize();
        scalar
    }

    /// The prover's secret randomness at this point of the transcript.
    pub fn nonces(&self, witness: &[&Scalar], rng: &mut impl rand::CryptoRng) -> Nonces {
        let mut builder = self.0.build_rng();
        for secret in witness {
            builder = builder.rekey_with_witness_bytes(b"witness", secret.as_bytes());
        }
        Nonces(builder.finalize(&mut OlderGenerator(rng)))
    }

    /// Absorbs the prover's commitments and draws the challenge c of a one-round proof.
    pub fn challenge(self, commitments: &[&Point]) -> Scalar {
        self.points(b"R", commitments.iter().copied()).scalar(b"c")
    }
}

/// Secret randomness of a prover: a function of transcript, witness and the system's randomness.
pub struct Nonces(TranscriptRng);

impl Nonces {
    /// The next random scalar.
    pub fn scalar(&mut self) -> Scalar {
        let mut wide = [0; 64];
        self.0.fill_bytes(&mut wide);
        let scalar = Scalar::from_bytes_mod_order_wide(&wide);
        wide.zeroize();
        scalar
    }

    /// Fills a buffer: the weights of a batch.
    pub fn fill(&mut self, buffer: &mut [u8]) {
        self.0.fill_bytes(buffer);
    }
}

/// merlin speaks rand_core 0.6; the rest of the house speaks 0.10.
struct OlderGenerator<'a, R>(&'a mut R);

impl<R: rand::CryptoRng> rand_core_06::RngCore for OlderGenerator<'_, R> {
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn fill_bytes(&mut self, buffer: &mut [u8]) {
        self.0.fill_bytes(buffer);
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), rand_core_06::Error> {
        self.0.fill_bytes(buffer);
        Ok(())
    }
}

impl<R: rand::CryptoRng> rand_core_06::CryptoRng for OlderGenerator<'_, R> {}

/// `trustee key`: possession of an encryption key.
pub fn trustee_key(
    nonce: &[u8; 32],
    trustee: u32,
    signing_key: &[u8; 32],
    encryption_key: &Point,
) -> Statement {
    Statement::new(b"urne/0 trustee key")
        .bytes(b"nonce", nonce)
        .number(b"trustee", trustee)
        .bytes(b"signing key", signing_key)
        .point(b"encryption key", encryption_key)
}

/// What a deal's proof binds.
pub struct DealStatement<'a> {
    /// election id
    pub election: &'a [u8; 32],
    /// the dealer's number
    pub trustee: u32,
    /// t
    pub threshold: u32,
    /// P_1 … P_n
    pub encryption_keys: &'a [Point],
    /// the dealer's Ed25519 key
    pub signing_key: &'a [u8; 32],
    /// A_i0 … A_i,t−1
    pub commitments: &'a [Point],
    /// E_i
    pub ephemeral: &'a Point,
    /// the encrypted shares, 48 bytes each
    pub shares: &'a [[u8; 48]],
}

/// `deal`: knowledge of a_i0 and e_i, over the whole deal.
pub fn deal(statement: &DealStatement<'_>) -> Statement {
    Statement::new(b"urne/0 deal")
        .bytes(b"election", statement.election)
        .number(b"trustee", statement.trustee)
        .number(b"threshold", statement.threshold)
        .points(b"encryption keys", statement.encryption_keys)
        .bytes(b"signing key", statement.signing_key)
        .points(b"commitments", statement.commitments)
        .point(b"ephemeral", statement.ephemeral)
        .bytes(b"shares", &statement.shares.concat())
}

/// `share key`: the 32-byte key under which dealer i's share for trustee j travels.
pub fn share_key(
    election: &[u8; 32],
    dealer: u32,
    trustee: u32,
    encryption_key: &Point,
    ephemeral: &Point,
    shared: &Point,
) -> [u8; 32] {
    let mut statement = Statement::new(b"urne/0 share key")
        .bytes(b"election", election)
        .number(b"dealer", dealer)
        .number(b"trustee", trustee)
        .point(b"encryption key", encryption_key)
        .point(b"ephemeral", ephemeral)
        .point(b"shared", shared);
    let mut key = [0; 32];
    statement.0.challenge_bytes(b"key", &mut key);
    key
}

/// `confirm`: knowledge of x_j.
pub fn confirm(
    election: &[u8; 32],
    trustee: u32,
    key: &Point,
    share: &Point,
    deals: &[u8; 32],
) -> Statement {
    Statement::new(b"urne/0 confirm")
        .bytes(b"election", election)
        .number(b"trustee", trustee)
        .point(b"key", key)
        .point(b"share", share)
        .bytes(b"deals", deals)
}

/// What a complaint's proof binds.
pub struct ComplaintStatement<'a> {
    /// election id
    pub election: &'a [u8; 32],
    /// the complaining trustee j
    pub trustee: u32,
    /// the dealer i
    pub dealer: u32,
    /// leaf hash of the deal entry of i
    pub deal: &'a [u8; 32],
    /// P_j
    pub encryption_key: &'a Point,
    /// E_i
    pub ephemeral: &'a Point,
    /// S = p_j·E_i
    pub shared: &'a Point,
}

/// `complaint`: log_G P_j = log_(E_i) S.
pub fn complaint(statement: &ComplaintStatement<'_>) -> Statement {
    Statement::new(b"urne/0 complaint")
        .bytes(b"election", statement.election)
        .number(b"trustee", statement.trustee)
        .number(b"dealer", statement.dealer)
        .bytes(b"deal", statement.deal)
        .point(b"encryption key", statement.encryption_key)
        .point(b"ephemeral", statement.ephemeral)
        .point(b"shared", statement.shared)
}

/// What an issuer's proof binds: a chunk of the roll, or one change of it.
pub struct IssuerStatement<'a> {
    /// election id
    pub election: &'a [u8; 32],
    /// "roll", "add" or "replace"
    pub operation: &'a str,
    /// the issuer's number, 1 or 2
    pub issuer: u32,
    /// the issuer's Ed25519 key
    pub issuer_key: &'a [u8; 32],
    /// chunk number; 0 for changes
    pub chunk: u32,
    /// the replaced key, zeros unless replace
    pub replaced: &'a [u8; 32],
    /// the bytes of all rows: every issuer's halves, weights, colleges
    pub rows: &'a [u8],
}

/// `issuer`: knowledge of all halves of one issuer; the challenge is x.
pub fn issuer(statement: &IssuerStatement<'_>) -> Statement {
    Statement::new(b"urne/0 issuer")
        .bytes(b"election", statement.election)
        .bytes(b"operation", statement.operation.as_bytes())
        .number(b"issuer", statement.issuer)
        .bytes(b"issuer key", statement.issuer_key)
        .number(b"chunk", statement.chunk)
        .bytes(b"replaced", statement.replaced)
        .bytes(b"rows", statement.rows)
}

/// The challenge x of `issuer`.
pub fn issuer_challenge(statement: Statement, commitment: &Point) -> Scalar {
    statement.point(b"R", commitment).scalar(b"x")
}

/// What the ceremony ended with: absorbed by drill and drill proof.
#[derive(Clone, Copy, Debug)]
pub struct CeremonyHashes {
    /// election id
    pub election: [u8; 32],
    /// H
    pub key: Point,
    /// deals hash
    pub deals: [u8; 32],
    /// confirms hash
    pub confirms: [u8; 32],
}

impl CeremonyHashes {
    fn absorbed(&self, label: &'static [u8]) -> Statement {
        Statement::new(label)
            .bytes(b"election", &self.election)
            .point(b"key", &self.key)
            .bytes(b"deals", &self.deals)
            .bytes(b"confirms", &self.confirms)
    }
}

/// `drill`: (ρ, v), from nothing but the ceremony's outcome.
pub fn drill(ceremony: &CeremonyHashes) -> (Scalar, u16) {
    let mut statement = ceremony.absorbed(b"urne/0 drill");
    let randomness = statement.scalar(b"rho");
    let mut total = [0; 2];
    statement.0.challenge_bytes(b"v", &mut total);
    (randomness, u16::from_le_bytes(total))
}

/// `drill proof`: log_G X_j = log_α D_j.
pub fn drill_proof(
    ceremony: &CeremonyHashes,
    trustee: u32,
    share: &Point,
    ciphertext: [&Point; 2],
    decryption_share: &Point,
) -> Statement {
    ceremony
        .absorbed(b"urne/0 drill proof")
        .number(b"trustee", trustee)
        .point(b"share", share)
        .points(b"ciphertext", ciphertext)
        .point(b"decryption share", decryption_share)
}

/// `encryption`: r_1 … r_n of one ballot from its seed.
pub fn encryption(
    seed: &[u8; 32],
    ctx: &[u8; 32],
    credential: &Point,
    after: &[u8; 32],
    choices: &[u64],
) -> Vec<Scalar> {
    let mut joined: Vec<u8> = Vec::with_capacity(choices.len() * 8);
    for choice in choices {
        joined.extend_from_slice(&choice.to_le_bytes());
    }
    let mut statement = Statement::new(b"urne/0 encryption")
        .bytes(b"seed", seed)
        .bytes(b"ctx", ctx)
        .point(b"credential", credential)
        .bytes(b"after", after)
        .bytes(b"choices", &joined);
    joined.zeroize();
    (1_u32..)
        .zip(choices)
        .map(|(index, _)| {
            statement.0.append_message(b"index", &index.to_le_bytes());
            statement.scalar(b"r")
        })
        .collect()
}

/// `ballot`, the part every ballot of an election shares; cloned per ballot.
pub fn ballot_prefix(ctx: &[u8; 32], key: &Point, program: &[u8]) -> Statement {
    Statement::new(b"urne/0 ballot")
        .bytes(b"ctx", ctx)
        .point(b"key", key)
        .bytes(b"program", program)
}

/// `ballot`, the voter's part.
pub fn ballot(
    prefix: &Statement,
    college: u32,
    credential: &Point,
    after: &[u8; 32],
    ciphertexts: &[u8],
) -> Statement {
    prefix
        .clone()
        .number(b"college", college)
        .point(b"credential", credential)
        .bytes(b"after", after)
        .bytes(b"ciphertexts", ciphertexts)
}

/// `ballot`: absorbs A, B and draws y.
pub fn ballot_first_challenge(
    statement: Statement,
    commitments: [&Point; 2],
) -> (Statement, Scalar) {
    let mut statement = statement.points(b"commitments", commitments);
    let challenge = statement.scalar(b"y");
    (statement, challenge)
}

/// `ballot`: absorbs T₁, T₂, T₃ and draws x.
pub fn ballot_second_challenge(statement: Statement, commitments: [&Point; 3]) -> Scalar {
    statement.points(b"T", commitments).scalar(b"x")
}

/// What a decryption's proof binds.
pub struct DecryptionStatement<'a> {
    /// ctx
    pub ctx: &'a [u8; 32],
    /// root of the closed log
    pub root: &'a [u8; 32],
    /// 1
    pub phase: u32,
    /// the trustee's number
    pub trustee: u32,
    /// X_j
    pub share: &'a Point,
    /// all sums, 64 bytes each
    pub sums: &'a [u8],
    /// D_j1 …
    pub shares: &'a [Point],
}

/// `decryption`: draws w; the statement then waits for R.
pub fn decryption(statement: &DecryptionStatement<'_>) -> (Statement, Scalar) {
    let mut absorbed = Statement::new(b"urne/0 decryption")
        .bytes(b"ctx", statement.ctx)
        .bytes(b"root", statement.root)
        .number(b"phase", statement.phase)
        .number(b"trustee", statement.trustee)
        .point(b"share", statement.share)
        .bytes(b"sums", statement.sums)
        .points(b"shares", statement.shares);
    let challenge = absorbed.scalar(b"w");
    (absorbed, challenge)
}

/// Weights of a batch (not part of the protocol: the verifier's own coins): absorbs the fingerprint of every ballot first.
pub fn batch_weights<'a>(
    fingerprints: impl Iterator<Item = &'a [u8; 32]>,
    rng: &mut impl rand::CryptoRng,
) -> Nonces {
    let mut statement = Statement::new(b"urne batch weights");
    for fingerprint in fingerprints {
        statement = statement.bytes(b"ballot", fingerprint);
    }
    statement.nonces(&[], rng)
}
