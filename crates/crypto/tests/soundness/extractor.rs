//! The knowledge extractor of `spec/security.md`, section 5.3, run against a prover that can be rewound.
//!
//! One first message (A, B); n + m challenges y, each with its own T₁, T₂, T₃; below each of them three challenges x.

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::traits::Identity as _;
use curve25519_dalek::{RistrettoPoint, Scalar};

use crate::cheat::{Proof, Prover, Statement, dot, generator, powers};
use crate::sample::{rng, voter};

/// What three accepting answers under one (A, B, y, T₁, T₂, T₃) give.
struct Branch {
    y: Scalar,
    bits: Vec<Scalar>,
    masks: Vec<Scalar>,
    blindings: [Scalar; 2],
    /// ρ(y) = Σ y^i·r_i
    randomness: Scalar,
    credential: Scalar,
}

struct Extracted {
    bits: Vec<Scalar>,
    masks: Vec<Scalar>,
    blindings: [Scalar; 2],
    randomness: Vec<Scalar>,
    credential: Scalar,
}

/// Runs the prover with fresh second-round masks for y, then rewinds its last move twice.
fn branch(prover: &Prover, y: Scalar, seed: u64) -> Branch {
    let mut rng = rng(seed);
    let prover = Prover {
        randomness_mask: Scalar::random(&mut rng),
        credential_mask: Scalar::random(&mut rng),
        ..prover.clone()
    };
    let accepted = |x: Scalar| {
        let (bit_responses, responses) = prover.third_message(&y, &x);
        let proof = Proof {
            ciphertexts: prover.ciphertexts.clone(),
            bit_commitments: prover.first_message(),
            link_commitments: prover.second_message(&y),
            bit_responses,
            responses,
        };
        let residuals = proof.residuals(&prover.statement, &y, &x);
        assert_eq!(residuals, [RistrettoPoint::identity(); 4]);
        (x, proof)
    };
    let transcripts = [0; 3].map(|_| accepted(Scalar::random(&mut rng)));
    extract_branch(y, &transcripts)
}

fn extract_branch(y: Scalar, transcripts: &[(Scalar, Proof); 3]) -> Branch {
    let [(x, first), (other_x, second), (third_x, third)] = transcripts;
    let run = (x - other_x).invert();
    let slope = |at: Scalar, other: Scalar| (at - other) * run;
    // Equation 1, on K_j: f_j is b_j·x + a_j at both challenges, so b_j is its slope and a_j what is left.
    let slopes = first.bit_responses.iter().zip(&second.bit_responses);
    let bits: Vec<Scalar> = slopes.map(|(f, other)| slope(*f, *other)).collect();
    let masks: Vec<Scalar> = first
        .bit_responses
        .iter()
        .zip(&bits)
        .map(|(f, b)| f - b * x)
        .collect();
    // Equation 1, on K₀: the same line through z gives ρ_B and ρ_A.
    let bit_blinding = slope(first.responses[0], second.responses[0]);
    let mask_blinding = first.responses[0] - bit_blinding * x;

    // Equation 1 at the third x: were f_j not on the line, A and B would have two openings, a relation of the generators.
    for ((f, b), a) in third.bit_responses.iter().zip(&bits).zip(&masks) {
        assert_eq!(*f, b * third_x + a);
    }
    // Equation 1, on K′_j: f_j(x − f_j) is linear in x at three points, so b_j(1 − b_j), its coefficient of x², is zero.
    assert!(
        bits.iter()
            .all(|bit| [Scalar::ZERO, Scalar::ONE].contains(bit))
    );
    Branch {
        y,
        bits,
        masks,
        blindings: [mask_blinding, bit_blinding],
        // Equation 2: z_r is x·Σ y^i·r_i + τ; its slope is Σ y^i·r_i.
        randomness: slope(first.responses[1], second.responses[1]),
        // Equation 4: z_u is x·u + κ; its slope is u.
        credential: slope(first.responses[2], second.responses[2]),
    }
}

fn extract(statement: &Statement, branches: &[Branch]) -> Extracted {
    let n = statement.rows.len();
    assert_eq!(branches.len(), n + statement.rules.len());
    let first = &branches[0];
    for branch in branches {
        // A and B are the same in all branches: another opening would be a relation of the generators.
        assert_eq!(branch.bits, first.bits);
        assert_eq!(branch.masks, first.masks);
        assert_eq!(branch.blindings, first.blindings);
        assert_eq!(branch.credential, first.credential);
    }
    // Equation 2 at n values of y: Σ_i y^i·r_i = ρ(y), a Vandermonde system with its rows scaled by y.
    let rows = branches[..n].iter().map(|branch| {
        let mut row: Vec<Scalar> = powers(branch.y).take(n).collect();
        row.push(branch.randomness);
        row
    });
    Extracted {
        bits: first.bits.clone(),
        masks: first.masks.clone(),
        blindings: first.blindings,
        randomness: solve(rows.collect()),
        credential: first.credential,
    }
}

/// Gauss–Jordan elimination of an invertible system, the right side as the last column.
fn solve(mut rows: Vec<Vec<Scalar>>) -> Vec<Scalar> {
    for column in 0..rows.len() {
        let pivot = (column..rows.len())
            .find(|&row| rows[row][column] != Scalar::ZERO)
            .unwrap();
        rows.swap(column, pivot);
        let scale = rows[column][column].invert();
        let unit: Vec<Scalar> = rows[column].iter().map(|value| value * scale).collect();
        for (index, row) in rows.iter_mut().enumerate() {
            if index == column {
                row.clone_from(&unit);
            } else {
                let factor = row[column];
                for (value, unit) in row.iter_mut().zip(&unit) {
                    *value -= factor * unit;
                }
            }
        }
    }
    rows.iter().map(|row| *row.last().unwrap()).collect()
}

#[test]
fn from_enough_transcripts_of_one_ballot_the_whole_witness_is_extracted() {
    let prover = voter(1);
    let count = prover.statement.rows.len() + prover.statement.rules.len();
    let mut challenges = rng(2);
    let branches: Vec<Branch> = (0..count as u64)
        .map(|seed| branch(&prover, Scalar::random(&mut challenges), 100 + seed))
        .collect();
    let extracted = extract(&prover.statement, &branches);

    assert_eq!(extracted.bits, prover.bits);
    assert_eq!(extracted.masks, prover.masks);
    assert_eq!(extracted.blindings, prover.blindings);
    assert_eq!(extracted.randomness, prover.randomness);
    assert_eq!(extracted.credential, prover.credential);

    // What was extracted is a witness, judged without looking into the prover.
    let statement = &prover.statement;
    assert_eq!(statement.credential, extracted.credential * G);
    let sum = |row: &[(u32, u32)]| -> Scalar {
        row.iter()
            .map(|&(bit, c)| Scalar::from(c) * extracted.bits[bit as usize - 1])
            .sum()
    };
    for ((row, r), [alpha, beta]) in statement
        .rows
        .iter()
        .zip(&extracted.randomness)
        .zip(&prover.ciphertexts)
    {
        assert_eq!(*alpha, r * G);
        assert_eq!(*beta, sum(row) * G + r * statement.key);
    }
    for (row, target) in &statement.rules {
        assert_eq!(sum(row), Scalar::from(*target));
    }
    let opened = extracted.blindings[1] * generator(b"bits", 0)
        + (1..)
            .zip(extracted.bits.iter().zip(&extracted.masks))
            .map(|(number, (b, a))| {
                let crossed = a * (Scalar::ONE - b - b);
                b * generator(b"bits", number) + crossed * generator(b"squares", number)
            })
            .sum::<RistrettoPoint>();
    assert_eq!(opened, prover.first_message()[1]);
}

#[test]
fn with_fewer_challenges_than_ciphertexts_the_randomness_stays_open() {
    // Two values y for three r_i: two different solutions fit equation 2 alike.
    let prover = voter(3);
    let branches = [4_u64, 5].map(|y| branch(&prover, Scalar::from(y), y));
    // (y − 4)(y − 5)·y vanishes at both: 20·y − 9·y² + y³.
    let null = [
        Scalar::from(20_u64),
        -Scalar::from(9_u64),
        Scalar::from(1_u64),
    ];
    let other: Vec<Scalar> = prover
        .randomness
        .iter()
        .zip(null)
        .map(|(r, shift)| r + shift)
        .collect();
    for branch in branches {
        let powers: Vec<Scalar> = powers(branch.y).take(3).collect();
        assert_eq!(branch.randomness, dot(&powers, &prover.randomness));
        assert_eq!(branch.randomness, dot(&powers, &other));
    }
}

#[test]
fn a_prover_with_a_bit_of_two_answers_at_most_two_challenges_x() {
    let mut cheat = voter(6);
    cheat.bits[0] = Scalar::from(2_u64);
    let y = Scalar::from(9_u64);
    // b(1−b)·x² is what equation 1 is off by on K′_1: nothing but x = 0 hides it.
    let accepted = |x: Scalar| {
        let (bit_responses, responses) = cheat.third_message(&y, &x);
        let proof = Proof {
            ciphertexts: cheat.ciphertexts.clone(),
            bit_commitments: cheat.first_message(),
            link_commitments: cheat.second_message(&y),
            bit_responses,
            responses,
        };
        proof.residuals(&cheat.statement, &y, &x)[0] == RistrettoPoint::identity()
    };
    assert!(accepted(Scalar::ZERO), "why x = 0 is refused");
    assert!((1..30_u64).all(|x| !accepted(Scalar::from(x))));
}
