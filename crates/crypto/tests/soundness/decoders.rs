//! Everything that is decoded: each word replaced by what is not canonical, every wrong length, random bytes.

use curve25519_dalek::Scalar;
use proptest::prelude::*;

use urne_crypto::ballot::Ballot;
use urne_crypto::ceremony::Setup;
use urne_crypto::ceremony::deal::{Deal, DealBytes};
use urne_crypto::encoding::{DecodeError, Point, SecretScalar, decode_scalar};
use urne_crypto::issuer::IssuerProof;
use urne_crypto::program::LinearProgram;
use urne_crypto::proof::{EqualityProof, KnowledgeProof};
use urne_crypto::signature::PublicKey;

use crate::dealer::Trustees;
use crate::sample::{rng, voter};
use crate::script::encoded;

/// Encodings of no element: RFC 9496, appendix A.3, one of each reason there.
fn bad_points() -> Vec<[u8; 32]> {
    [
        // not reduced
        "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        // negative
        "0100000000000000000000000000000000000000000000000000000000000000",
        "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        // not a square
        "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
        // x·y negative
        "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e",
        // s = −1, which would be y = 0
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ]
    .map(|hex| {
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).unwrap();
        }
        bytes
    })
    .to_vec()
}

/// ℓ, ℓ + 1, 2^255 − 1, 2^256 − 1.
fn bad_scalars() -> Vec<[u8; 32]> {
    let mut order = (-Scalar::ONE).to_bytes();
    order[0] += 1;
    let mut above = order;
    above[0] += 1;
    let mut high = [0xff; 32];
    high[31] = 0x7f;
    vec![order, above, high, [0xff; 32]]
}

/// What may stand in a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Word {
    Point,
    PointNotIdentity,
    Scalar,
}

/// Replaces every word by everything that must be refused there, and by the identity or zero where they are allowed.
#[track_caller]
fn assert_strict<T>(
    good: &[u8],
    words: &[Word],
    decode: impl Fn(&[u8]) -> Result<T, DecodeError>,
) -> usize {
    assert_eq!(good.len(), 32 * words.len());
    assert!(decode(good).is_ok());
    let with = |index: usize, word: &[u8; 32]| {
        let mut bytes = good.to_vec();
        bytes[32 * index..32 * index + 32].copy_from_slice(word);
        decode(&bytes)
    };
    let mut refused = 0;
    for (index, word) in words.iter().enumerate() {
        let (bad, error) = match word {
            Word::Scalar => (bad_scalars(), DecodeError::Scalar),
            _ => (bad_points(), DecodeError::Point),
        };
        for bytes in bad {
            assert_eq!(with(index, &bytes).err(), Some(error), "word {index}");
            refused += 1;
        }
        let zero = with(index, &[0; 32]);
        if *word == Word::PointNotIdentity {
            assert_eq!(zero.err(), Some(DecodeError::Identity), "word {index}");
            refused += 1;
        } else {
            assert!(zero.is_ok(), "word {index}");
        }
    }
    let expected = good.len();
    let longer = [good, &[0; 64]].concat();
    for found in [
        0,
        1,
        31,
        32,
        expected - 32,
        expected - 1,
        expected + 1,
        expected + 32,
    ] {
        if found != expected {
            assert_eq!(
                decode(&longer[..found]).err(),
                Some(DecodeError::Length { found, expected })
            );
        }
    }
    refused
}

#[test]
fn a_ballot_is_decoded_strictly() {
    let voter = voter(1);
    let program = voter.statement.program();
    let mut words = Vec::new();
    for _ in 0..3 {
        words.extend([Word::PointNotIdentity, Word::Point]);
    }
    words.extend([Word::Point; 5]);
    words.extend([Word::Scalar; 9]);
    let bytes = voter.prove().to_bytes();
    let refused = assert_strict(&bytes, &words, |bytes| Ballot::decode(&program, bytes));
    assert_eq!(refused, 11 * 8 + 3 + 9 * 4);
    let ballot = Ballot::decode(&program, &bytes).unwrap();
    assert_eq!(ballot.to_bytes(), bytes);
}

#[test]
fn the_proofs_are_decoded_strictly() {
    let point = encoded(&crate::sample::stranger(2));
    let scalar = Scalar::random(&mut rng(3)).to_bytes();
    let pair = [point, scalar].concat();
    assert_strict(&pair, &[Word::Point, Word::Scalar], KnowledgeProof::decode);
    assert_strict(&pair, &[Word::Point, Word::Scalar], IssuerProof::decode);
    let triple = [point, point, scalar].concat();
    let words = [Word::Point, Word::Point, Word::Scalar];
    assert_strict(&triple, &words, EqualityProof::decode);
    let other = encoded(&crate::sample::stranger(4));
    let triple = [point, other, scalar].concat();
    assert_eq!(KnowledgeProof::decode(&pair).unwrap().to_bytes(), *pair);
    assert_eq!(IssuerProof::decode(&pair).unwrap().to_bytes(), *pair);
    assert_eq!(EqualityProof::decode(&triple).unwrap().to_bytes(), *triple);
}

#[test]
fn a_deal_is_decoded_strictly() {
    let setup: Setup = Trustees::new(2, 3, 5).setup;
    let good = Deal::make(&setup, 1, &mut rng(6)).to_bytes();
    let with = |change: &dyn Fn(&mut DealBytes)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        Deal::decode(&setup, &bytes)
    };
    let fixed = |bytes: &[u8], expected: usize| {
        let found = bytes.len();
        <[u8; 128]>::try_from(bytes).map_err(|_| DecodeError::Length { found, expected })
    };
    // A_i0 = O is refused by the check, not by the decoder: the other commitments may be O.
    assert_strict(&good.commitments, &[Word::Point; 2], |bytes| {
        with(&|deal| deal.commitments = bytes.to_vec())
    });
    for bad in bad_points() {
        assert_eq!(
            with(&|deal| deal.ephemeral = bad).err(),
            Some(DecodeError::Point)
        );
    }
    assert_eq!(
        with(&|deal| deal.ephemeral = [0; 32]).err(),
        Some(DecodeError::Identity)
    );
    let words = [Word::Point, Word::Point, Word::Scalar, Word::Scalar];
    assert_strict(&good.proof, &words, |bytes| {
        let proof = fixed(bytes, 128)?;
        with(&|deal| deal.proof = proof)
    });
    for found in [0, 48, 96, 143, 145, 192] {
        let mut shares = good.shares.clone();
        shares.resize(found, 0);
        assert_eq!(
            with(&|deal| deal.shares = shares.clone()).err(),
            Some(DecodeError::Length {
                found,
                expected: 144
            })
        );
    }
    assert_eq!(Deal::decode(&setup, &good).unwrap().to_bytes(), good);
}

#[test]
fn points_and_scalars_are_decoded_strictly() {
    for bad in bad_points() {
        assert_eq!(Point::decode(&bad), Err(DecodeError::Point));
        assert_eq!(Point::decode_non_identity(&bad), Err(DecodeError::Point));
    }
    for bad in bad_scalars() {
        assert_eq!(decode_scalar(&bad), Err(DecodeError::Scalar));
        assert_eq!(SecretScalar::decode(&bad).err(), Some(DecodeError::Scalar));
    }
    let largest = (-Scalar::ONE).to_bytes();
    assert_eq!(decode_scalar(&largest), Ok(-Scalar::ONE));
    assert_eq!(SecretScalar::decode(&largest).unwrap().to_bytes(), largest);
}

proptest! {
    #[test]
    fn random_bytes_are_refused_or_decoded_but_never_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..800),
        word in any::<[u8; 32]>(),
        bits in 0_u32..6,
        rows in 0_usize..4,
    ) {
        let program = LinearProgram::new(bits, vec![vec![]; rows], vec![]).unwrap();
        let mut fitting = bytes.clone();
        fitting.resize(program.proof_length(), 1);
        for bytes in [&bytes, &fitting] {
            let _ = Ballot::decode(&program, bytes);
            let _ = KnowledgeProof::decode(bytes);
            let _ = EqualityProof::decode(bytes);
            let _ = IssuerProof::decode(bytes);
        }
        // What decodes is written back as it was read.
        if let Ok(point) = Point::decode(&word) {
            prop_assert_eq!(encoded(point.element()), word);
        }
        if let Ok(scalar) = decode_scalar(&word) {
            prop_assert_eq!(scalar.to_bytes(), word);
        }
        if let Ok(key) = PublicKey::decode(&word) {
            prop_assert_eq!(*key.bytes(), word);
        }
    }

    #[test]
    fn random_deals_are_refused_or_decoded_but_never_a_panic(
        commitments in prop::collection::vec(any::<u8>(), 0..100),
        shares in prop::collection::vec(any::<u8>(), 0..200),
        ephemeral in any::<[u8; 32]>(),
        proof in prop::collection::vec(any::<u8>(), 128),
    ) {
        let setup = Trustees::new(2, 3, 7).setup;
        let proof = proof.try_into().unwrap();
        let deal = DealBytes { commitments, ephemeral, shares, proof };
        prop_assert!(Deal::decode(&setup, &deal).is_err());
    }

    #[test]
    fn random_small_scalars_decode(value in any::<u64>()) {
        prop_assert_eq!(decode_scalar(&Scalar::from(value).to_bytes()), Ok(Scalar::from(value)));
    }
}
