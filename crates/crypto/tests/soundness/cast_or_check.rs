//! What a second device recomputes, and what the seed binds.

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::{RistrettoPoint, Scalar};

use urne_crypto::ballot::prove::{EncryptedBallot, RevealedBallot};
use urne_crypto::elgamal::EncryptionSeed;
use urne_crypto::encoding::SecretScalar;

use crate::cheat::Statement;
use crate::sample::{LEGAL, rng, statement};
use crate::script::{challenge, encoded, script};

const SEED: [u8; 32] = [8; 32];
/// v_1 … v_3 of the legal assignment.
const CHOICES: [u64; 3] = [0, 1, 1];

fn credential() -> Scalar {
    Scalar::from(99_u64)
}

fn encrypted(statement: &Statement) -> EncryptedBallot {
    let seed = EncryptionSeed::from_bytes(SEED);
    statement
        .context()
        .encrypt(statement.slot(), LEGAL.to_vec(), seed)
        .unwrap()
}

/// r_1 … r_n by hand: one transcript, the index of the next appended after the challenge before.
fn randomness(statement: &Statement, seed: &[u8; 32], choices: &[u64]) -> Vec<Scalar> {
    let joined: Vec<u8> = choices.iter().flat_map(|v| v.to_le_bytes()).collect();
    let mut transcript = script(
        b"urne/0 encryption",
        &[
            (b"seed", seed),
            (b"ctx", &statement.ctx),
            (b"credential", &encoded(&statement.credential)),
            (b"after", &statement.after),
            (b"choices", &joined),
        ],
    );
    (1..)
        .zip(choices)
        .map(|(index, _): (u32, _)| {
            transcript.append_message(b"index", &index.to_le_bytes());
            challenge(&mut transcript, b"r")
        })
        .collect()
}

#[test]
fn the_ciphertexts_come_from_the_seed_as_specified() {
    let statement = statement(&credential());
    let secret = SecretScalar::new(credential());
    let ballot = encrypted(&statement).cast(&statement.context(), &secret, &mut rng(1));
    let expected: Vec<[RistrettoPoint; 2]> = randomness(&statement, &SEED, &CHOICES)
        .iter()
        .zip(CHOICES)
        .map(|(r, v)| [r * G, Scalar::from(v) * G + r * statement.key])
        .collect();
    let found: Vec<[RistrettoPoint; 2]> = ballot
        .ciphertexts()
        .iter()
        .map(|ciphertext| [*ciphertext.alpha.element(), *ciphertext.beta.element()])
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn the_same_seed_never_repeats_randomness_for_anything_else() {
    let base = statement(&credential());
    let before = randomness(&base, &SEED, &CHOICES);
    let mut others = vec![
        randomness(&base, &[9; 32], &CHOICES),
        randomness(&base, &SEED, &[0, 1, 2]),
    ];
    let changes: [fn(&mut Statement); 3] = [
        |statement| statement.ctx[31] ^= 1,
        |statement| statement.after[0] ^= 1,
        |statement| statement.credential += G,
    ];
    for change in changes {
        let mut changed = base.clone();
        change(&mut changed);
        others.push(randomness(&changed, &SEED, &CHOICES));
    }
    for other in others {
        assert!(before.iter().all(|r| !other.contains(r)));
    }
}

#[test]
fn a_checked_ballot_shows_what_was_captured_and_a_cheating_device_is_caught() {
    let statement = statement(&credential());
    let context = statement.context();
    let ballot = encrypted(&statement);
    let captured = ballot.tracker();
    let revealed = ballot.reveal();
    assert_eq!(revealed.choices, CHOICES);
    assert_eq!(*revealed.seed.expose(), SEED);
    let slot = statement.slot();
    assert_eq!(context.tracker_of_revealed(&slot, &revealed), captured);

    // Other choices, another seed, another line, another predecessor: another tracker.
    let claim = |choices: &[u64], seed: [u8; 32]| RevealedBallot {
        choices: choices.to_vec(),
        seed: EncryptionSeed::from_bytes(seed),
    };
    for claim in [claim(&[1, 0, 1], SEED), claim(&CHOICES, [9; 32])] {
        assert_ne!(context.tracker_of_revealed(&slot, &claim), captured);
    }
    let mut elsewhere = slot;
    elsewhere.after = [1; 32];
    assert_ne!(context.tracker_of_revealed(&elsewhere, &revealed), captured);
    elsewhere = slot;
    elsewhere.credential = SecretScalar::new(Scalar::ONE).public();
    assert_ne!(context.tracker_of_revealed(&elsewhere, &revealed), captured);
}

#[test]
fn a_cast_ballot_has_the_tracker_that_was_captured() {
    let statement = statement(&credential());
    let context = statement.context();
    let ballot = encrypted(&statement);
    let captured = ballot.tracker();
    let secret = SecretScalar::new(credential());
    let ballot = ballot.cast(&context, &secret, &mut rng(2));
    let checked = context.verify(statement.slot(), &ballot).unwrap();
    assert_eq!(checked.tracker(), captured);
}

#[test]
fn two_proofs_of_one_ballot_share_no_mask_even_with_a_broken_generator() {
    // The same ciphertexts and the same "randomness" of the system; only the credential differs.
    let statement = statement(&credential());
    let context = statement.context();
    let cast = |credential: Scalar, seed: u64| {
        let secret = SecretScalar::new(credential);
        encrypted(&statement)
            .cast(&context, &secret, &mut rng(seed))
            .to_bytes()
    };
    let words = |bytes: Vec<u8>| -> Vec<[u8; 32]> {
        // Behind the six words of the ciphertexts.
        bytes
            .chunks_exact(32)
            .skip(6)
            .map(|word| word.try_into().unwrap())
            .collect()
    };
    let before = words(cast(credential(), 1));
    assert_eq!(before, words(cast(credential(), 1)));
    for other in [cast(credential() + Scalar::ONE, 1), cast(credential(), 2)] {
        assert!(words(other).iter().all(|word| !before.contains(word)));
    }
}

#[test]
fn what_is_secret_does_not_print() {
    let statement = statement(&credential());
    let ballot = encrypted(&statement);
    assert_eq!(format!("{ballot:?}"), "EncryptedBallot(…)");
    assert_eq!(format!("{:?}", ballot.reveal().seed), "EncryptionSeed(…)");
}

#[test]
fn a_context_says_what_it_was_made_of() {
    let statement = statement(&credential());
    let context = statement.context();
    assert_eq!(*context.ctx(), statement.ctx);
    assert_eq!(*context.election_key().element(), statement.key);
    assert_eq!(*context.program(), statement.program());
    let rules: Vec<_> = context
        .program()
        .rules()
        .iter()
        .map(|rule| (rule.row.clone(), rule.target))
        .collect();
    assert_eq!(rules, statement.rules);
    assert_eq!(context.program().bits(), statement.bits);
    assert_eq!(context.program().ciphertexts(), statement.rows.len());
}
