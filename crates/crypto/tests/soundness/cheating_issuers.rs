//! Issuers who do not know their halves.

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::{RistrettoPoint, Scalar};

use urne_crypto::encoding::{Point, SecretScalar};
use urne_crypto::issuer::IssuerProof;
use urne_crypto::proof::ProofError;
use urne_crypto::transcript::IssuerStatement;

use crate::cheat::powers;
use crate::sample::rng;
use crate::script::{challenge, encoded};
use crate::transcripts;

/// The registrar is issuer 1, the second issuer is 2.
fn statement<'a>(issuer: u32, rows: &'a [u8]) -> IssuerStatement<'a> {
    IssuerStatement {
        election: &[1; 32],
        operation: "roll",
        issuer,
        issuer_key: if issuer == 1 { &[11; 32] } else { &[12; 32] },
        chunk: 0,
        replaced: &[0; 32],
        rows,
    }
}

/// U_R ‖ U_S ‖ weight 1 ‖ college 1.
fn row(registrar: &Point, second: &Point) -> Vec<u8> {
    let ones = [1, 0, 0, 0];
    [
        registrar.bytes().as_slice(),
        second.bytes().as_slice(),
        &ones,
        &ones,
    ]
    .concat()
}

#[test]
fn a_second_issuer_who_cancels_the_first_cannot_prove_its_half() {
    let registrar = SecretScalar::random(&mut rng(1));
    // U_S = u·G − U_R for a u of the second issuer's choice: U = u·G, and it alone could vote.
    let u = SecretScalar::random(&mut rng(2));
    let second = Point::from(u.public().element() - registrar.public().element());
    let sum = registrar.public().element() + second.element();
    assert_eq!(Point::from(sum), u.public());

    let rows = row(&registrar.public(), &second);
    let honest = IssuerProof::prove(&statement(1, &rows), &[&registrar], &mut rng(3));
    assert_eq!(
        honest.verify(&statement(1, &rows), &[registrar.public()]),
        Ok(())
    );
    // With the u it knows, with the registrar's proof repeated, and with the two proofs subtracted.
    let own = IssuerProof::prove(&statement(2, &rows), &[&u], &mut rng(4));
    let difference = |left: &[u8; 64], right: &[u8; 64]| {
        let point = crate::script::point(&left[..32]) - crate::script::point(&right[..32]);
        let scalar = crate::script::scalar(&left[32..]) - crate::script::scalar(&right[32..]);
        IssuerProof::decode(&[encoded(&point), scalar.to_bytes()].concat()).unwrap()
    };
    let subtracted = difference(&own.to_bytes(), &honest.to_bytes());
    for forged in [own, honest, subtracted] {
        assert_eq!(
            forged.verify(&statement(2, &rows), &[second]),
            Err(ProofError)
        );
    }
}

#[test]
fn one_unknown_half_among_known_ones_cannot_be_hidden() {
    let known: Vec<SecretScalar> = (10..13)
        .map(|seed| SecretScalar::random(&mut rng(seed)))
        .collect();
    let secrets: Vec<&SecretScalar> = known.iter().collect();
    for position in 0..3 {
        let mut halves: Vec<Point> = known.iter().map(SecretScalar::public).collect();
        let honest = IssuerProof::prove(&statement(1, b"rows"), &secrets, &mut rng(5));
        assert_eq!(honest.verify(&statement(1, b"rows"), &halves), Ok(()));
        halves[position] = Point::from(crate::sample::stranger(6));
        assert_eq!(
            honest.verify(&statement(1, b"rows"), &halves),
            Err(ProofError)
        );
    }
}

#[test]
fn two_unknown_halves_that_cancel_in_a_plain_sum_are_refused() {
    // Without the powers of x, halves W and −W would need no knowledge at all: Σ U_k = O.
    let unknown: RistrettoPoint = crate::sample::stranger(7);
    let halves = [Point::from(unknown), Point::from(-unknown)];
    let statement = statement(1, b"rows");
    let nonce = Scalar::from(8_u64);
    let mut transcript = transcripts::issuer(&statement);
    transcript.append_message(b"R", &encoded(&(nonce * G)));
    let x = challenge(&mut transcript, b"x");
    let proof = [encoded(&(nonce * G)), nonce.to_bytes()].concat();
    let proof = IssuerProof::decode(&proof).unwrap();
    // It would satisfy the equation with equal weights:
    assert_eq!(
        nonce * G,
        nonce * G + halves[0].element() + halves[1].element()
    );
    // and not this one.
    let weights: Vec<Scalar> = powers(x).take(2).collect();
    assert_ne!(weights[0], weights[1]);
    assert_eq!(proof.verify(&statement, &halves), Err(ProofError));
}

#[test]
fn a_half_times_the_first_power_is_not_enough() {
    // The exponents start at one: with x^0 on the first row, T could be chosen to swallow it.
    let unknown = crate::sample::stranger(9);
    let statement = statement(1, b"rows");
    let nonce = Scalar::from(10_u64);
    let commitment = nonce * G - unknown;
    let proof = [encoded(&commitment), nonce.to_bytes()].concat();
    assert_eq!(nonce * G, commitment + unknown);
    let proof = IssuerProof::decode(&proof).unwrap();
    assert_eq!(
        proof.verify(&statement, &[Point::from(unknown)]),
        Err(ProofError)
    );
}
