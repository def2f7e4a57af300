//! Published test vectors of the building blocks, through the crates the protocol is built on.

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::{RistrettoPoint, Scalar};
use merlin::Transcript;

use crate::cheat::generator;
use crate::script::encoded;
use urne_crypto::generators::Generators;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Source: `equivalence_simple` of merlin's own tests; the bytes as published in github.com/gtank/merlin, merlin_test.go.
#[test]
fn a_short_transcript_gives_the_published_challenge() {
    let mut transcript = Transcript::new(b"test protocol");
    transcript.append_message(b"some label", b"some data");
    let mut challenge = [0; 32];
    transcript.challenge_bytes(b"challenge", &mut challenge);
    assert_eq!(
        hex(&challenge),
        "d5a21972d0d5fe320c0d263fac7fffb8145aa640af6e9bca177c03c7efcf0615"
    );
}

/// Source: `equivalence_complex`, as above: messages longer than the sponge's rate, many rounds.
#[test]
fn a_long_transcript_gives_the_published_challenge() {
    let mut transcript = Transcript::new(b"test protocol");
    transcript.append_message(b"step1", b"some data");
    let mut challenge = [0; 32];
    for _ in 0..32 {
        transcript.challenge_bytes(b"challenge", &mut challenge);
        transcript.append_message(b"bigdata", &[99; 1024]);
        transcript.append_message(b"challengedata", &challenge);
    }
    assert_eq!(
        hex(&challenge),
        "a8c933f54fae76e3f9bea93648c1308e7dfa2152dd51674ff3ca438351cf003c"
    );
}

/// Source: RFC 9496, appendix A.1, the multiples 0, 1 and 2 of the generator.
#[test]
fn the_generator_has_the_encoding_of_the_rfc() {
    for (multiple, expected) in [
        (
            0_u64,
            "0000000000000000000000000000000000000000000000000000000000000000",
        ),
        (
            1,
            "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
        ),
        (
            2,
            "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
        ),
    ] {
        assert_eq!(hex(&encoded(&(Scalar::from(multiple) * G))), expected);
        let product = RistrettoPoint::mul_base(&Scalar::from(multiple));
        assert_eq!(hex(&encoded(&product)), expected);
    }
}

#[test]
fn the_commitment_generators_are_the_hashes_of_the_specification() {
    let generators = Generators::new(5);
    assert_eq!(generators.blinding, generator(b"bits", 0));
    for (index, (bit, square)) in (1..).zip(generators.bits.iter().zip(&generators.squares)) {
        assert_eq!(*bit, generator(b"bits", index));
        assert_eq!(*square, generator(b"squares", index));
    }
    assert_eq!((generators.bits.len(), generators.squares.len()), (5, 5));
}
