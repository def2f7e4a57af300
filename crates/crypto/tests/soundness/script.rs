//! Transcripts spelled out by hand from `spec/transcripts.md`, on merlin alone, and the one-round proofs on top of them.
//!
//! Nothing here calls the crate's transcripts or provers: what the two sides exchange is bytes.

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::{RistrettoPoint, Scalar};
use merlin::Transcript;
use rand::rngs::StdRng;

/// One row of the table: the name, then (label, value) in order.
pub(crate) fn script(name: &'static [u8], appends: &[(&'static [u8], &[u8])]) -> Transcript {
    let mut transcript = Transcript::new(name);
    for (label, value) in appends {
        transcript.append_message(label, value);
    }
    transcript
}

/// `scalar(label)`: 64 bytes reduced.
pub(crate) fn challenge(transcript: &mut Transcript, label: &'static [u8]) -> Scalar {
    let mut wide = [0; 64];
    transcript.challenge_bytes(label, &mut wide);
    Scalar::from_bytes_mod_order_wide(&wide)
}

/// The 32 bytes of a point.
pub(crate) fn encoded(point: &RistrettoPoint) -> [u8; 32] {
    point.compress().0
}

/// The point of 32 bytes.
pub(crate) fn point(bytes: &[u8]) -> RistrettoPoint {
    CompressedRistretto::from_slice(bytes)
        .unwrap()
        .decompress()
        .unwrap()
}

/// The scalar of 32 bytes.
pub(crate) fn scalar(bytes: &[u8]) -> Scalar {
    Scalar::from_canonical_bytes(bytes.try_into().unwrap()).unwrap()
}

/// R ‖ z for x: R = r·G, c, z = r + c·x. A liar proves with whatever `secret` it likes.
pub(crate) fn prove_knowledge(
    mut transcript: Transcript,
    label: &'static [u8],
    secret: &Scalar,
    rng: &mut StdRng,
) -> [u8; 64] {
    let nonce = Scalar::random(rng);
    let commitment = encoded(&(nonce * G));
    transcript.append_message(b"R", &commitment);
    let response = nonce + challenge(&mut transcript, label) * secret;
    [commitment, response.to_bytes()]
        .concat()
        .try_into()
        .unwrap()
}

/// z·G = R + c·X.
pub(crate) fn knowledge_holds(
    mut transcript: Transcript,
    label: &'static [u8],
    public: &RistrettoPoint,
    proof: &[u8; 64],
) -> bool {
    transcript.append_message(b"R", &proof[..32]);
    let c = challenge(&mut transcript, label);
    scalar(&proof[32..]) * G == point(&proof[..32]) + c * public
}

/// R₁ ‖ R₂ ‖ z for the bases G and `base`.
pub(crate) fn prove_equality(
    mut transcript: Transcript,
    base: &RistrettoPoint,
    secret: &Scalar,
    rng: &mut StdRng,
) -> [u8; 96] {
    let nonce = Scalar::random(rng);
    let commitments = [encoded(&(nonce * G)), encoded(&(nonce * base))].concat();
    transcript.append_message(b"R", &commitments);
    let response = nonce + challenge(&mut transcript, b"c") * secret;
    [&commitments[..], &response.to_bytes()]
        .concat()
        .try_into()
        .unwrap()
}

/// z·G = R₁ + c·X and z·base = R₂ + c·Y.
pub(crate) fn equality_holds(
    mut transcript: Transcript,
    public: &RistrettoPoint,
    base: &RistrettoPoint,
    other: &RistrettoPoint,
    proof: &[u8; 96],
) -> bool {
    transcript.append_message(b"R", &proof[..64]);
    let c = challenge(&mut transcript, b"c");
    let response = scalar(&proof[64..]);
    response * G == point(&proof[..32]) + c * public
        && response * base == point(&proof[32..64]) + c * other
}
