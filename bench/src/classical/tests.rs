use curve25519_dalek::{RistrettoPoint, Scalar};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use urne_crypto::encoding::{Point, SecretScalar};

use super::prove::{Committed, Opening};
use super::{ClassicalContext, CommittedBallot, CompactBallot, Proof, prefix};

const CTX: [u8; 32] = [7; 32];

fn election_key() -> Point {
    SecretScalar::new(Scalar::from(12_345_u64)).public()
}

fn context(options: usize) -> ClassicalContext {
    ClassicalContext::new(&CTX, &election_key(), options)
}

fn voter() -> SecretScalar {
    SecretScalar::new(Scalar::from(99_u64))
}

/// A ballot that encrypts `values` and claims `claims`; `tamper` may change the first move.
fn ballot(values: &[u64], claims: &[bool], tamper: impl FnOnce(&mut Committed)) -> Proof {
    let mut rng = StdRng::seed_from_u64(1);
    let openings: Vec<Opening> = values
        .iter()
        .zip(claims)
        .map(|(&value, &claim)| Opening {
            value,
            claim,
            randomness: Scalar::random(&mut rng),
        })
        .collect();
    let mut committed = Committed::new(election_key().element(), &openings, &mut rng);
    tamper(&mut committed);
    committed.respond(&prefix(&CTX, &election_key()), &voter(), &openings)
}

fn compact_holds(proof: &Proof, credential: &Point) -> bool {
    let options = proof.ciphertexts.len();
    let ballot = CompactBallot::decode(options, &proof.compact()).unwrap();
    context(options).verify(credential, &ballot)
}

fn batch_holds(proofs: &[&Proof], credential: &Point) -> bool {
    let options = proofs[0].ciphertexts.len();
    let ballots: Vec<(Point, CommittedBallot)> = proofs
        .iter()
        .map(|proof| {
            let ballot = CommittedBallot::decode(options, &proof.committed()).unwrap();
            (*credential, ballot)
        })
        .collect();
    context(options).verify_batch(&ballots, &mut StdRng::seed_from_u64(2))
}

fn verdicts(proof: &Proof) -> [bool; 2] {
    let credential = voter().public();
    let honest = super::prove(
        &CTX,
        &election_key(),
        &voter(),
        &(0..proof.ciphertexts.len())
            .map(|index| index == 0)
            .collect::<Vec<_>>(),
        &mut StdRng::seed_from_u64(3),
    );
    assert!(batch_holds(&[&honest], &credential));
    [
        compact_holds(proof, &credential),
        batch_holds(&[&honest, proof], &credential),
    ]
}

#[test]
fn an_honest_ballot_holds_in_both_forms() {
    let proof = ballot(&[0, 1, 0], &[false, true, false], |_| ());
    assert_eq!(verdicts(&proof), [true, true]);
    assert_eq!(proof.compact().len(), 160 * 3 + 96);
    assert_eq!(proof.committed().len(), 288 * 3 + 160);
}

#[test]
fn a_choice_of_two_fails_even_where_the_sum_is_right() {
    // 2 and −1 sum to 1: only the proofs of the choices can object.
    for claims in [[true, false], [false, false], [true, true]] {
        let proof = ballot(&[2, 0], &claims, |committed| {
            let minus_one =
                committed.ciphertexts[1].beta.element() - RistrettoPoint::mul_base(&Scalar::ONE);
            committed.ciphertexts[1].beta = Point::from(minus_one);
        });
        assert_eq!(verdicts(&proof), [false, false]);
    }
    // The same ciphertext beside an honest zero.
    let proof = ballot(&[2, 0], &[true, false], |_| ());
    assert_eq!(verdicts(&proof), [false, false]);
}

#[test]
fn two_chosen_options_or_none_fail() {
    assert_eq!(
        verdicts(&ballot(&[1, 1], &[true, true], |_| ())),
        [false, false]
    );
    assert_eq!(
        verdicts(&ballot(&[0, 0], &[false, false], |_| ())),
        [false, false]
    );
}

#[test]
fn another_voters_credential_fails() {
    let proof = ballot(&[1, 0], &[true, false], |_| ());
    let other = SecretScalar::new(Scalar::from(98_u64)).public();
    assert!(!compact_holds(&proof, &other));
    assert!(!batch_holds(&[&proof], &other));
}

#[test]
fn every_response_counts() {
    let honest = ballot(&[1, 0], &[true, false], |_| ());
    let change = |change: fn(&mut Proof)| {
        let mut proof = ballot(&[1, 0], &[true, false], |_| ());
        change(&mut proof);
        proof
    };
    assert_eq!(verdicts(&honest), [true, true]);
    for proof in [
        change(|proof| proof.responses.choices[1].zero_challenge += Scalar::ONE),
        change(|proof| proof.responses.choices[1].zero += Scalar::ONE),
        change(|proof| proof.responses.choices[1].one += Scalar::ONE),
        change(|proof| proof.responses.sum += Scalar::ONE),
        change(|proof| proof.responses.credential += Scalar::ONE),
    ] {
        assert_eq!(verdicts(&proof), [false, false]);
    }
}

#[test]
fn errors_that_cancel_between_two_equations_of_a_ballot_are_found_in_a_batch() {
    let count = 4 * 2 + 3;
    for (first, second) in (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b))) {
        let proof = ballot(&[1, 0], &[true, false], |committed| {
            let error = RistrettoPoint::mul_base(&Scalar::from(5_u64));
            let commitments = &mut committed.commitments;
            commitments[first] = Point::from(commitments[first].element() + error);
            commitments[second] = Point::from(commitments[second].element() - error);
        });
        assert!(!batch_holds(&[&proof], &voter().public()));
    }
}

#[test]
fn a_ballot_of_the_wrong_length_is_refused() {
    let proof = ballot(&[1, 0], &[true, false], |_| ());
    let (compact, committed) = (proof.compact(), proof.committed());
    assert!(CompactBallot::decode(2, &compact[1..]).is_err());
    assert!(CompactBallot::decode(3, &compact).is_err());
    assert!(CommittedBallot::decode(2, &committed[1..]).is_err());
    assert!(CommittedBallot::decode(1, &committed).is_err());
}
