//! The ballot: ctx, H, the program, the slot and every word of the proof, changed one at a time.

use curve25519_dalek::Scalar;
use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use proptest::prelude::*;

use urne_crypto::ballot::{Ballot, Slot};
use urne_crypto::program::Row;

use super::{Flips, flipped, numbers};
use crate::cheat::{Proof, Statement};
use crate::sample::{rng, stranger, voter};

/// Whether the crate accepts the proof for this statement, alone and in company alike.
fn accepted(statement: &Statement, bytes: &[u8]) -> bool {
    let context = statement.context();
    let Ok(ballot) = Ballot::decode(&statement.program(), bytes) else {
        return false;
    };
    let alone = context.verify(statement.slot(), &ballot).is_ok();
    let company: Vec<(Slot, Ballot)> = vec![(statement.slot(), ballot); 9];
    let together = context.verify_batch(&company, &mut rng(1));
    assert!(together.iter().all(|answer| answer.is_ok() == alone));
    alone
}

#[test]
fn what_a_ballots_context_says() {
    let voter = voter(1);
    let (base, proof) = (voter.statement.clone(), voter.prove().to_bytes());
    assert!(accepted(&base, &proof));

    let mut flips = Flips::of("ballot, context");
    let mut refuse = |what: &str, change: &dyn Fn(&mut Statement)| {
        let mut changed = base.clone();
        change(&mut changed);
        flips.refused(accepted(&changed, &proof), what);
    };
    for ctx in flipped(&base.ctx) {
        refuse("ctx", &|statement| statement.ctx = ctx);
    }
    refuse("H", &|statement| statement.key += G);
    for (row, coefficients) in base.rows.iter().enumerate() {
        for index in 0..coefficients.len() {
            refuse("L", &|statement| statement.rows[row][index].1 += 1);
        }
    }
    for (rule, (coefficients, _)) in base.rules.iter().enumerate() {
        for index in 0..coefficients.len() {
            refuse("C", &|statement| statement.rules[rule].0[index].1 += 1);
        }
        refuse("t", &|statement| statement.rules[rule].1 += 1);
    }
    // Which bit a coefficient belongs to, how many there are, their order, and rules that say nothing.
    refuse("bit of a row", &|statement| statement.rows[0][0].0 = 6);
    refuse("bit of a rule", &|statement| statement.rules[0].0[2].0 = 6);
    refuse("a coefficient more in a row", &|statement| {
        statement.rows[0].push((6, 1))
    });
    refuse("a coefficient less in a row", &|statement| {
        statement.rows[2].pop();
    });
    refuse("a coefficient more in a rule", &|statement| {
        statement.rules[0].0.push((6, 1))
    });
    refuse("a coefficient less in a rule", &|statement| {
        statement.rules[1].0.pop();
    });
    refuse("order of rows", &|statement| statement.rows.swap(0, 1));
    refuse("order of rules", &|statement| statement.rules.swap(0, 1));
    refuse("a true rule more", &|statement| {
        statement.rules.push((vec![], 0))
    });
    refuse("a rule less", &|statement| {
        statement.rules.pop();
    });
    refuse("a bit more", &|statement| statement.bits = 7);
    refuse("a ciphertext less", &|statement| {
        statement.rows.pop();
    });
    flips.were(32 + 1 + 4 + 3 + 1 + 4 + 1 + 12);
}

#[test]
fn where_a_ballot_goes() {
    let voter = voter(2);
    let (base, proof) = (voter.statement.clone(), voter.prove().to_bytes());
    assert!(accepted(&base, &proof));

    let mut flips = Flips::of("ballot, slot");
    let mut refuse = |what: &str, change: &dyn Fn(&mut Statement)| {
        let mut changed = base.clone();
        change(&mut changed);
        flips.refused(accepted(&changed, &proof), what);
    };
    for college in numbers(base.college) {
        refuse("college", &|statement| statement.college = college);
    }
    for after in flipped(&base.after) {
        refuse("after", &|statement| statement.after = after);
    }
    refuse("U", &|statement| statement.credential += G);
    refuse("U", &|statement| statement.credential = stranger(3));
    refuse("U", &|statement| {
        statement.credential = -statement.credential
    });
    flips.were(4 + 32 + 3);
}

#[test]
fn every_word_of_a_ballots_proof() {
    let voter = voter(4);
    let (statement, honest) = (&voter.statement, voter.prove());
    assert!(accepted(statement, &honest.to_bytes()));

    let mut flips = Flips::of("ballot, proof");
    let mut refuse = |what: &str, change: &dyn Fn(&mut Proof)| {
        let mut changed = honest.clone();
        change(&mut changed);
        flips.refused(accepted(statement, &changed.to_bytes()), what);
    };
    // Points: the next one, a stranger, and the opposite one.
    for index in 0..3 {
        for half in 0..2 {
            refuse("ciphertext", &|proof| proof.ciphertexts[index][half] += G);
            refuse("ciphertext", &|proof| {
                proof.ciphertexts[index][half] = stranger(5)
            });
            refuse("ciphertext", &|proof| {
                proof.ciphertexts[index][half] = -proof.ciphertexts[index][half];
            });
        }
    }
    for index in 0..2 {
        refuse("A, B", &|proof| proof.bit_commitments[index] += G);
        refuse("A, B", &|proof| proof.bit_commitments[index] = stranger(6));
        refuse("A, B", &|proof| {
            proof.bit_commitments[index] = -proof.bit_commitments[index];
        });
    }
    for index in 0..3 {
        refuse("T", &|proof| proof.link_commitments[index] += G);
        refuse("T", &|proof| proof.link_commitments[index] = stranger(7));
        refuse("T", &|proof| {
            proof.link_commitments[index] = -proof.link_commitments[index];
        });
    }
    // Scalars: the next one, zero, and the opposite one.
    for index in 0..6 {
        refuse("f", &|proof| proof.bit_responses[index] += Scalar::ONE);
        refuse("f", &|proof| proof.bit_responses[index] = Scalar::ZERO);
        refuse("f", &|proof| {
            proof.bit_responses[index] = -proof.bit_responses[index]
        });
    }
    for index in 0..3 {
        refuse("z", &|proof| proof.responses[index] += Scalar::ONE);
        refuse("z", &|proof| proof.responses[index] = Scalar::ZERO);
        refuse("z", &|proof| {
            proof.responses[index] = -proof.responses[index]
        });
    }
    flips.were(3 * (6 + 2 + 3 + 6 + 3));
}

#[test]
fn words_of_a_ballots_proof_in_each_others_places() {
    let voter = voter(8);
    let honest = voter.prove().to_bytes();
    let swapped = |left: usize, right: usize| {
        let mut bytes = honest.clone();
        for offset in 0..32 {
            bytes.swap(32 * left + offset, 32 * right + offset);
        }
        bytes
    };
    let mut flips = Flips::of("ballot, swapped words");
    // 11 points, then 9 scalars: neighbours exchanged.
    for word in (0..10).chain(11..19) {
        flips.refused(
            accepted(&voter.statement, &swapped(word, word + 1)),
            "order",
        );
    }
    flips.were(18);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_flipped_bit_of_a_ballot_is_refused(bit in 0_usize..640 * 8) {
        let voter = voter(9);
        let mut bytes = voter.prove().to_bytes();
        prop_assert_eq!(bytes.len(), 640);
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!accepted(&voter.statement, &bytes));
    }
}

#[test]
fn a_rows_coefficients_are_numbered_not_only_listed() {
    // The same numbers in the same order, cut into rows in another place: the counts before each row tell them apart.
    let voter = voter(10);
    let mut other = voter.statement.clone();
    let moved: (u32, u32) = other.rules[0].0.pop().unwrap();
    let row: &mut Row = &mut other.rows[2];
    row.push(moved);
    assert_ne!(other.program_bytes(), voter.statement.program_bytes());
    assert!(!accepted(&other, &voter.prove().to_bytes()));
}
