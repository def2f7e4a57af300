//! Random programs: what obeys the rules is accepted, what does not is refused, whoever makes the proof.

use curve25519_dalek::Scalar;
use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use proptest::prelude::*;

use urne_crypto::ballot::{Ballot, NO_BALLOT};
use urne_crypto::elgamal::EncryptionSeed;
use urne_crypto::encoding::SecretScalar;
use urne_crypto::program::{AssignmentError, Row};

use crate::cheat::{Absorbing, Proof, Prover, Statement};
use crate::sample::{self, rng};

/// A program with an assignment that obeys it: the targets are what the bits happen to give.
fn program_and_bits() -> impl Strategy<Value = (Statement, Vec<bool>, u64)> {
    (1_usize..=8, 0_usize..=4, 0_usize..=3)
        .prop_flat_map(|(bits, rows, rules)| {
            let coefficient = prop_oneof![
                3 => Just(0_u32),
                3 => Just(1),
                2 => 2..100_u32,
                1 => Just(100_000_000),
            ];
            let row = prop::collection::vec(coefficient, bits);
            (
                prop::collection::vec(row.clone(), rows),
                prop::collection::vec(row, rules),
                prop::collection::vec(any::<bool>(), bits),
                any::<[u8; 32]>(),
                any::<u64>(),
            )
        })
        .prop_map(|(rows, rules, bits, ctx, seed)| {
            let rules = rules.into_iter().map(|coefficients| {
                let target = coefficients.iter().zip(&bits);
                let target = target.map(|(c, bit)| c * u32::from(*bit)).sum();
                (sparse(coefficients), target)
            });
            let statement = Statement {
                ctx,
                key: sample::stranger(seed % 100),
                bits: u32::try_from(bits.len()).unwrap(),
                rules: rules.collect(),
                rows: rows.into_iter().map(sparse).collect(),
                college: 1,
                credential: Scalar::from(seed) * G,
                after: NO_BALLOT,
            };
            (statement, bits, seed)
        })
}

fn sparse(coefficients: Vec<u32>) -> Row {
    (1..)
        .zip(coefficients)
        .filter(|(_, coefficient)| *coefficient > 0)
        .collect()
}

/// The crate's own ballot for these bits.
fn cast(statement: &Statement, bits: &[bool], seed: u64) -> Ballot {
    let context = statement.context();
    let encryption_seed = EncryptionSeed::random(&mut rng(seed));
    let encrypted = context
        .encrypt(statement.slot(), bits.to_vec(), encryption_seed)
        .unwrap();
    let credential = SecretScalar::new(Scalar::from(seed));
    encrypted.cast(&context, &credential, &mut rng(seed + 1))
}

/// Refused alone, and among good ones exactly this one.
fn refused(statement: &Statement, ballot: &Ballot, good: &Ballot) -> Result<(), TestCaseError> {
    let context = statement.context();
    prop_assert!(context.verify(statement.slot(), ballot).is_err());
    let batch: Vec<_> = (0..12)
        .map(|index| if index == 7 { ballot } else { good })
        .map(|ballot| (statement.slot(), ballot.clone()))
        .collect();
    let answers = context.verify_batch(&batch, &mut rng(1));
    for (index, answer) in answers.iter().enumerate() {
        prop_assert_eq!(answer.is_ok(), index != 7);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_crates_ballots_satisfy_the_equations_and_ours_satisfy_the_crate(
        (statement, bits, seed) in program_and_bits()
    ) {
        let context = statement.context();
        let ballot = cast(&statement, &bits, seed);
        let proof = Proof::parse(&statement, &ballot.to_bytes());
        prop_assert!(proof.broken_equations(&statement, Absorbing::Everything).is_empty());
        let checked = context.verify(statement.slot(), &ballot).unwrap();
        prop_assert_eq!(checked.ciphertexts(), ballot.ciphertexts());

        let ours = Prover::new(&statement, &bits, Scalar::from(seed), &mut rng(seed)).prove();
        prop_assert!(ours.broken_equations(&statement, Absorbing::Everything).is_empty());
        let ours = ours.ballot(&statement);
        prop_assert!(context.verify(statement.slot(), &ours).is_ok());
        let batch: Vec<_> = [&ballot, &ours]
            .repeat(5)
            .into_iter()
            .map(|ballot| (statement.slot(), ballot.clone()))
            .collect();
        let answers = context.verify_batch(&batch, &mut rng(seed));
        prop_assert_eq!(answers.len(), 10);
        prop_assert!(answers.iter().all(Result::is_ok));
    }

    #[test]
    fn bits_that_break_a_rule_are_refused_by_the_prover_and_by_the_verifier(
        (statement, bits, seed) in program_and_bits(),
        which in any::<prop::sample::Index>(),
    ) {
        // One flipped bit changes the sum of every rule it stands in.
        let ruled: Vec<u32> = statement.rules.iter().flat_map(|(row, _)| row).map(|&(bit, _)| bit).collect();
        prop_assume!(!ruled.is_empty());
        let flipped = *which.get(&ruled);
        let mut wrong = bits.clone();
        wrong[flipped as usize - 1] ^= true;
        let in_row = |row: &Row| row.iter().any(|&(bit, _)| bit == flipped);
        let broken = statement.rules.iter().position(|(row, _)| in_row(row)).unwrap();

        let refusal = statement.context().encrypt(
            statement.slot(),
            wrong.clone(),
            EncryptionSeed::random(&mut rng(seed)),
        );
        prop_assert_eq!(refusal.err(), Some(AssignmentError::Rule(broken + 1)));

        let cheat = Prover::new(&statement, &wrong, Scalar::from(seed), &mut rng(seed)).prove();
        prop_assert_eq!(cheat.broken_equations(&statement, Absorbing::Everything), vec![3]);
        let good = cast(&statement, &bits, seed);
        refused(&statement, &cheat.ballot(&statement), &good)?;
    }

    #[test]
    fn bits_that_are_not_bits_are_refused(
        (statement, bits, seed) in program_and_bits(),
        which in any::<prop::sample::Index>(),
        value in prop_oneof![Just(-Scalar::ONE), (2_u64..10).prop_map(Scalar::from), Just(Scalar::from(2_u64).invert())],
    ) {
        // Whatever the rules say about it: here they are dropped.
        let statement = Statement { rules: Vec::new(), ..statement };
        let good = cast(&statement, &bits, seed);
        let mut cheat = Prover::new(&statement, &bits, Scalar::from(seed), &mut rng(seed));
        cheat.bits[which.index(bits.len())] = value;
        cheat.encrypt();
        let cheat = cheat.prove();
        prop_assert_eq!(cheat.broken_equations(&statement, Absorbing::Everything), vec![1]);
        refused(&statement, &cheat.ballot(&statement), &good)?;
    }
}
