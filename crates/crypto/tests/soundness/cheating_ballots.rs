//! Cheating voters, one lie each. Which equation catches a lie is asserted too, so that no equation can be dropped unseen.

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::traits::Identity as _;
use curve25519_dalek::{RistrettoPoint, Scalar};

use urne_crypto::ballot::BallotContext;
use urne_crypto::proof::ProofError;

use crate::cheat::{Absorbing, Proof, Prover, Statement, powers};
use crate::sample::{rng, statement, voter};

/// Refused for `statement`, with exactly these equations broken.
#[track_caller]
fn assert_refused(statement: &Statement, proof: &Proof, broken: &[u32]) {
    let equations = proof.broken_equations(statement, Absorbing::Everything);
    assert_eq!(equations, broken);
    let verdict = statement
        .context()
        .verify(statement.slot(), &proof.ballot(statement));
    assert_eq!(verdict.err(), Some(ProofError));
}

#[track_caller]
fn assert_accepted(statement: &Statement, proof: &Proof) {
    let equations = proof.broken_equations(statement, Absorbing::Everything);
    assert_eq!(equations, []);
    let ballot = proof.ballot(statement);
    assert!(
        statement
            .context()
            .verify(statement.slot(), &ballot)
            .is_ok()
    );
}

#[test]
fn the_prover_is_accepted_as_long_as_it_does_not_lie() {
    let voter = voter(1);
    assert_accepted(&voter.statement, &voter.prove());
}

#[test]
fn a_bit_of_two_is_refused() {
    // b_5 is slack: v stays legal, and 0 + 0 + 2 is what the rule is made to ask for.
    let mut cheat = voter(2);
    cheat.statement.rules[0].1 = 3;
    cheat.bits[4] = Scalar::from(2_u64);
    assert_refused(&cheat.statement, &cheat.prove(), &[1]);
}

#[test]
fn a_bit_of_minus_one_that_makes_room_elsewhere_is_refused() {
    // v = (−1, 1, …) obeys b_1 + b_2 + b_5 = 1 with b_5 = 1: one vote taken from the first option.
    let mut cheat = voter(3);
    cheat.bits[0] = -Scalar::ONE;
    cheat.bits[4] = Scalar::ONE;
    cheat.encrypt();
    assert_refused(&cheat.statement, &cheat.prove(), &[1]);
}

#[test]
fn a_ciphertext_that_disagrees_with_its_bits_is_refused() {
    for index in 0..3 {
        let mut cheat = voter(4);
        cheat.ciphertexts[index][1] += Scalar::from(1_000_000_u64) * G;
        assert_refused(&cheat.statement, &cheat.prove(), &[3]);

        // The same lie told in α, and in both halves as if r were another.
        let mut cheat = voter(4);
        cheat.ciphertexts[index][0] += G;
        assert_refused(&cheat.statement, &cheat.prove(), &[2]);
        let mut cheat = voter(4);
        cheat.ciphertexts[index][0] += G;
        cheat.ciphertexts[index][1] += cheat.statement.key;
        assert_refused(&cheat.statement, &cheat.prove(), &[2, 3]);
    }
}

#[test]
fn two_ciphertexts_whose_errors_cancel_in_the_total_are_refused() {
    let mut cheat = voter(5);
    cheat.ciphertexts[0][1] += G;
    cheat.ciphertexts[1][1] -= G;
    assert_refused(&cheat.statement, &cheat.prove(), &[3]);
}

#[test]
fn a_rule_off_by_one_is_refused() {
    for rule in 0..2 {
        for off in [-1_i64, 1] {
            let mut cheat = voter(6);
            let target = i64::from(cheat.statement.rules[rule].1) + off;
            cheat.statement.rules[rule].1 = u32::try_from(target).unwrap();
            assert_refused(&cheat.statement, &cheat.prove(), &[3]);
        }
    }
}

#[test]
fn somebody_elses_credential_is_refused() {
    // The cheat knows its own u and claims the neighbour's line.
    let (mut cheat, neighbour) = (voter(7), voter(8));
    cheat.statement.credential = neighbour.statement.credential;
    assert_refused(&cheat.statement, &cheat.prove(), &[4]);
    let nobody = Scalar::ZERO;
    cheat.credential = nobody;
    assert_refused(&cheat.statement, &cheat.prove(), &[4]);
}

#[test]
fn another_elections_ballot_is_refused() {
    let voter = voter(9);
    let proof = voter.prove();
    let mut elsewhere = voter.statement.clone();
    elsewhere.ctx = [4; 32];
    assert_refused(&elsewhere, &proof, &[1, 2, 3, 4]);
}

#[test]
fn a_ballot_for_another_college_or_another_predecessor_is_refused() {
    let voter = voter(10);
    let proof = voter.prove();
    let mut elsewhere = voter.statement.clone();
    elsewhere.college = 1;
    assert_refused(&elsewhere, &proof, &[1, 2, 3, 4]);
    let mut later = voter.statement.clone();
    later.after = [9; 32];
    assert_refused(&later, &proof, &[1, 2, 3, 4]);
}

#[test]
fn swapped_ciphertexts_are_refused() {
    // Swapped after the proof: other challenges. Swapped before it: the values no longer fit their rows.
    let mut cheat = voter(11);
    let mut proof = cheat.prove();
    proof.ciphertexts.swap(0, 1);
    assert_refused(&cheat.statement, &proof, &[1, 2, 3, 4]);
    cheat.ciphertexts.swap(0, 1);
    assert_refused(&cheat.statement, &cheat.prove(), &[2, 3]);
    // Swapped together with their randomness, so that only the values are in the wrong places.
    cheat.randomness.swap(0, 1);
    assert_refused(&cheat.statement, &cheat.prove(), &[3]);
}

#[test]
fn a_copied_ballot_is_refused_under_another_voters_key() {
    let (voter, copycat) = (voter(12), voter(13));
    let proof = voter.prove();
    assert_refused(&copycat.statement, &proof, &[1, 2, 3, 4]);
    // With the copycat's own answer to the fourth equation, and with a whole proof of its own over the same ciphertexts.
    let (y, x) = proof.challenges(&copycat.statement, Absorbing::Everything);
    let mut adapted = proof.clone();
    adapted.responses[2] = copycat.third_message(&y, &x).1[2];
    adapted.link_commitments[2] = copycat.credential_mask * G;
    assert_refused(&copycat.statement, &adapted, &[1, 2, 3, 4]);
    let mut own = copycat;
    own.ciphertexts = voter.ciphertexts.clone();
    assert_refused(&own.statement, &own.prove(), &[2, 3]);
}

#[test]
fn a_ballot_rerandomised_by_a_copycat_is_refused() {
    // The copycat knows by how much it shifted the ciphertexts, not what they were.
    let (voter, mut copycat) = (voter(14), voter(15));
    let shift = Scalar::from(77_u64);
    copycat.ciphertexts = voter
        .ciphertexts
        .iter()
        .map(|[alpha, beta]| [alpha + shift * G, beta + shift * voter.statement.key])
        .collect();
    copycat.randomness = vec![shift; 3];
    assert_refused(&copycat.statement, &copycat.prove(), &[2, 3]);
}

#[test]
fn a_key_chosen_after_the_proof_works_where_the_key_is_not_absorbed_and_is_refused_here() {
    let mut cheat = voter(16);
    cheat.absorbing = Absorbing::NoKey;
    // β_1 = s·G for an s of the cheat's choice, fixed before there is a key; T₂ is made without one too.
    let s = Scalar::from(123_456_789_u64);
    let no_key = RistrettoPoint::identity();
    cheat.statement.key = no_key;
    cheat.encrypt();
    cheat.ciphertexts[0][1] = s * G;
    let proof = cheat.prove();

    // The third equation is now one linear equation in H: z_r·H = x·(Σ y^i·β_i + Σ y^(n+c)·t_c·G) + T₂ − Σ w_j·f_j·G.
    let (y, x) = proof.challenges(&cheat.statement, Absorbing::NoKey);
    let [_, _, rest, _] = proof.residuals(&cheat.statement, &y, &x);
    cheat.statement.key = proof.responses[1].invert() * rest;
    let late = cheat.statement.clone();
    assert_eq!(proof.broken_equations(&late, Absorbing::NoKey), []);

    // It pays: the cheat knows the logarithm h of this key, and the ciphertext holds neither 0 nor 1 under it.
    let h = proof.responses[1].invert() * x * y * (s - cheat.values()[0]);
    assert_eq!(late.key, h * G);
    let value = proof.ciphertexts[0][1] - h * proof.ciphertexts[0][0];
    assert_ne!(value, RistrettoPoint::identity());
    assert_ne!(value, G);

    assert_refused(&late, &proof, &[1, 2, 3, 4]);
}

#[test]
fn the_same_lie_with_the_key_absorbed_cannot_be_repaired_afterwards() {
    // With H absorbed each new H brings new challenges: the H solved for one pair does not satisfy the next.
    let mut cheat = voter(17);
    cheat.ciphertexts[0][1] += G;
    for _ in 0..3 {
        let proof = cheat.prove();
        let (y, x) = proof.challenges(&cheat.statement, Absorbing::Everything);
        let [_, _, rest, _] = proof.residuals(&cheat.statement, &y, &x);
        cheat.statement.key += proof.responses[1].invert() * rest;
        assert_refused(&cheat.statement, &proof, &[1, 2, 3, 4]);
    }
}

#[test]
fn an_answer_off_by_one_breaks_its_own_equations_only() {
    let voter = voter(18);
    let honest = voter.prove();
    for (index, broken) in [(0, &[1][..]), (1, &[2, 3]), (2, &[4])] {
        let mut proof = honest.clone();
        proof.responses[index] += Scalar::ONE;
        assert_refused(&voter.statement, &proof, broken);
    }
    for index in 0..6 {
        let mut proof = honest.clone();
        proof.bit_responses[index] += Scalar::ONE;
        assert_refused(&voter.statement, &proof, &[1, 3]);
    }
}

#[test]
fn a_commitment_with_an_error_in_it_breaks_its_own_equation_only() {
    for (index, equation) in (0..4).zip(1..) {
        let mut cheat = voter(19);
        cheat.errors[index] = Scalar::ONE;
        assert_refused(&cheat.statement, &cheat.prove(), &[equation]);
    }
}

#[test]
fn identity_elements_are_accepted_where_the_specification_allows_them() {
    // No masks: A = O, T₁ = T₂ = T₃ = O. Nothing is hidden any more, but nothing is false either.
    let mut naked = voter(20);
    naked.masks = vec![Scalar::ZERO; 6];
    naked.blindings = [Scalar::ZERO; 2];
    naked.randomness_mask = Scalar::ZERO;
    naked.credential_mask = Scalar::ZERO;
    let proof = naked.prove();
    let identity = RistrettoPoint::identity();
    assert_eq!(proof.bit_commitments[0], identity);
    assert_eq!(proof.link_commitments, [identity; 3]);
    assert_accepted(&naked.statement, &proof);

    // β = v·G + r·H = O for r = −v/h, with the key 42·G of the sample.
    let mut voter = voter(21);
    voter.randomness[1] = -Scalar::from(42_u64).invert();
    voter.encrypt();
    assert_eq!(voter.ciphertexts[1][1], identity);
    assert_accepted(&voter.statement, &voter.prove());

    // B = O: all bits zero, no masks.
    let credential = Scalar::from(5_u64);
    let mut empty = statement(&credential);
    empty.rules.clear();
    let mut none = Prover::new(&empty, &[false; 6], credential, &mut rng(22));
    none.masks = vec![Scalar::ZERO; 6];
    none.blindings = [Scalar::ZERO; 2];
    let proof = none.prove();
    assert_eq!(proof.bit_commitments, [identity; 2]);
    assert_accepted(&empty, &proof);
}

#[test]
fn a_checked_ballot_carries_its_slot_its_ciphertexts_and_its_tracker() {
    let voter = voter(23);
    let ballot = voter.prove().ballot(&voter.statement);
    let context: BallotContext = voter.statement.context();
    let checked = context.verify(voter.statement.slot(), &ballot).unwrap();
    assert_eq!(*checked.slot(), voter.statement.slot());
    assert_eq!(checked.ciphertexts(), ballot.ciphertexts());
    assert_eq!(checked.tracker(), tracker(&voter));
    assert_eq!(
        context.tracker(&voter.statement.slot(), ballot.ciphertexts()),
        tracker(&voter)
    );
}

/// H256("urne/0 tracker", ctx, U, after, ciphertexts), by hand.
fn tracker(voter: &Prover) -> [u8; 32] {
    use sha2::Digest as _;
    let ciphertexts: Vec<u8> = voter
        .ciphertexts
        .iter()
        .flatten()
        .flat_map(|point| point.compress().0)
        .collect();
    let mut digest = sha2::Sha256::new();
    for part in [
        b"urne/0 tracker".as_slice(),
        &voter.statement.ctx,
        &voter.statement.credential.compress().0,
        &voter.statement.after,
        &ciphertexts,
    ] {
        digest.update(u32::try_from(part.len()).unwrap().to_le_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

#[test]
fn a_false_statement_can_be_true_at_fewer_challenges_than_the_extractor_asks_for_and_no_more() {
    // spec/security.md, 5.3: with n + m − 1 values y* the errors can be the coefficients of Π(Y − y*). Here m = 0.
    let mut cheat = voter(24);
    cheat.statement.rules.clear();
    let roots = [Scalar::from(11_u64), Scalar::from(12_u64)];
    // Q(Y) = (Y − 11)(Y − 12) = 132 − 23·Y + Y²
    let errors = [
        Scalar::from(132_u64),
        -Scalar::from(23_u64),
        Scalar::from(1_u64),
    ];
    for (pair, error) in cheat.ciphertexts.iter_mut().zip(errors) {
        pair[1] += error * G;
    }
    let x = Scalar::from(99_u64);
    let third_equation_holds = |y: &Scalar| {
        let (bit_responses, responses) = cheat.third_message(y, &x);
        let proof = Proof {
            ciphertexts: cheat.ciphertexts.clone(),
            bit_commitments: cheat.first_message(),
            link_commitments: cheat.second_message(y),
            bit_responses,
            responses,
        };
        let residuals = proof.residuals(&cheat.statement, y, &x);
        assert_eq!(residuals[0], RistrettoPoint::identity());
        residuals[2] == RistrettoPoint::identity()
    };
    assert!(roots.iter().all(third_equation_holds));
    assert!(third_equation_holds(&Scalar::ZERO), "why y = 0 is refused");
    assert!(
        !powers(Scalar::from(7_u64))
            .take(20)
            .any(|y| third_equation_holds(&y))
    );
    assert_refused(&cheat.statement, &cheat.prove(), &[3]);
}
