//! Possession of an encryption key, deal, confirm, complaint.

use curve25519_dalek::Scalar;

use urne_crypto::ceremony::complaint::{Blame, Complaint};
use urne_crypto::ceremony::deal::{CheckedDeal, Deal, DealBytes};
use urne_crypto::ceremony::{Dealt, Setup, prove_possession, verify_possession};
use urne_crypto::encoding::{Point, SecretScalar};
use urne_crypto::proof::{EqualityProof, KnowledgeProof};
use urne_crypto::transcript::{self, ComplaintStatement, DealStatement};

use super::{
    Flips, equality, equations_are_bound, flipped, knowledge, moved, numbers, replaced_words,
};
use crate::dealer::{Dealer, Trustees};
use crate::sample::{rng, stranger};

#[test]
fn possession_of_an_encryption_key() {
    let secret = SecretScalar::random(&mut rng(1));
    let (nonce, signing, key) = ([1; 32], [2; 32], secret.public());
    let proof = prove_possession(&nonce, 3, &signing, &secret, &mut rng(2));
    assert!(verify_possession(&nonce, 3, &signing, &key, &proof).is_ok());

    let mut flips = Flips::of("trustee key");
    for nonce in flipped(&nonce) {
        let verdict = verify_possession(&nonce, 3, &signing, &key, &proof);
        flips.refused(verdict.is_ok(), "nonce");
    }
    for trustee in numbers(3) {
        let verdict = verify_possession(&nonce, trustee, &signing, &key, &proof);
        flips.refused(verdict.is_ok(), "trustee");
    }
    for signing in flipped(&signing) {
        let verdict = verify_possession(&nonce, 3, &signing, &key, &proof);
        flips.refused(verdict.is_ok(), "signing key");
    }
    let verdict = verify_possession(&nonce, 3, &signing, &moved(&key), &proof);
    flips.refused(verdict.is_ok(), "encryption key");
    // In the transcript alone, with the equation's P_i untouched.
    let statement = transcript::trustee_key(&nonce, 3, &signing, &moved(&key));
    flips.refused(proof.verify(statement, &key).is_ok(), "encryption key");
    for proof in replaced_words(&proof.to_bytes(), 1) {
        let verdict = verify_possession(&nonce, 3, &signing, &key, &knowledge(&proof));
        flips.refused(verdict.is_ok(), "proof");
    }
    flips.were(32 + 4 + 32 + 1 + 1 + 2);
}

#[test]
fn a_deal() {
    // All signing keys are equal here, so that the dealer's number alone tells dealers apart.
    let mut setup = Trustees::new(2, 3, 3).setup;
    setup.signing_keys = vec![[9; 32]; 3];
    let bytes = Deal::make(&setup, 1, &mut rng(4)).to_bytes();
    let holds = |setup: &Setup, trustee: u32, bytes: &DealBytes| {
        Deal::decode(setup, bytes).is_ok_and(|deal| deal.check(setup, trustee).is_ok())
    };
    assert!(holds(&setup, 1, &bytes));

    let mut flips = Flips::of("deal");
    for election in flipped(&setup.election) {
        let setup = Setup {
            election,
            ..setup.clone()
        };
        flips.refused(holds(&setup, 1, &bytes), "election");
    }
    for trustee in [2, 3] {
        flips.refused(holds(&setup, trustee, &bytes), "trustee");
    }
    for index in 0..3 {
        let mut setup = setup.clone();
        setup.encryption_keys[index] = moved(&setup.encryption_keys[index]);
        flips.refused(holds(&setup, 1, &bytes), "encryption keys");
    }
    for signing_key in flipped(&setup.signing_keys[0]) {
        let mut setup = setup.clone();
        setup.signing_keys[0] = signing_key;
        flips.refused(holds(&setup, 1, &bytes), "signing key");
    }
    for commitments in replaced_words(&bytes.commitments, 2) {
        let bytes = DealBytes {
            commitments,
            ..bytes.clone()
        };
        flips.refused(holds(&setup, 1, &bytes), "commitments");
    }
    for ephemeral in replaced_words(&bytes.ephemeral, 1) {
        let bytes = DealBytes {
            ephemeral: ephemeral.try_into().unwrap(),
            ..bytes.clone()
        };
        flips.refused(holds(&setup, 1, &bytes), "ephemeral");
    }
    for index in 0..bytes.shares.len() {
        let mut bytes = bytes.clone();
        bytes.shares[index] ^= 1;
        flips.refused(holds(&setup, 1, &bytes), "shares");
    }
    for proof in replaced_words(&bytes.proof, 2) {
        let bytes = DealBytes {
            proof: proof.try_into().unwrap(),
            ..bytes.clone()
        };
        flips.refused(holds(&setup, 1, &bytes), "proof");
    }
    flips.were(32 + 2 + 3 + 32 + 2 + 1 + 144 + 4);
}

#[test]
fn a_deals_transcript() {
    // A threshold cannot be changed without changing the shape of a deal: its place in the transcript is tried alone.
    let points: Vec<Point> = (0..6).map(|seed| Point::from(stranger(seed))).collect();
    let (keys, commitments) = (&points[..2], &points[2..4]);
    let base = DealStatement {
        election: &[1; 32],
        trustee: 1,
        threshold: 2,
        encryption_keys: keys,
        signing_key: &[2; 32],
        commitments,
        ephemeral: &points[4],
        shares: &[[3; 48]; 2],
    };
    let challenge =
        |statement: &DealStatement<'_>| transcript::deal(statement).challenge(&[&points[5]]);
    let before = challenge(&base);
    let mut flips = Flips::of("deal (transcript)");
    for trustee in numbers(1) {
        let changed = DealStatement { trustee, ..base };
        flips.refused(challenge(&changed) == before, "trustee");
    }
    for threshold in numbers(2) {
        let changed = DealStatement { threshold, ..base };
        flips.refused(challenge(&changed) == before, "threshold");
    }
    // A point moved from the end of one list to the front of the next is another statement.
    let changed = DealStatement {
        encryption_keys: &points[..3],
        commitments: &points[3..4],
        ..base
    };
    flips.refused(challenge(&changed) == before, "lists");
    flips.were(4 + 4 + 1);
}

#[test]
fn a_confirm() {
    let election = [1; 32];
    let deals = [2; 32];
    let key = Point::from(stranger(5));
    let secret = SecretScalar::random(&mut rng(6));
    let share = secret.public();
    let statement = transcript::confirm(&election, 3, &key, &share, &deals);
    let proof = KnowledgeProof::prove(statement.clone(), &secret, &mut rng(7));
    assert!(proof.verify(statement.clone(), &share).is_ok());

    let mut flips = Flips::of("confirm (transcript)");
    let mut refuse = |statement, what| flips.refused(proof.verify(statement, &share).is_ok(), what);
    for election in flipped(&election) {
        let changed = transcript::confirm(&election, 3, &key, &share, &deals);
        refuse(changed, "election");
    }
    for trustee in numbers(3) {
        let changed = transcript::confirm(&election, trustee, &key, &share, &deals);
        refuse(changed, "trustee");
    }
    let changed = transcript::confirm(&election, 3, &moved(&key), &share, &deals);
    refuse(changed, "key");
    let changed = transcript::confirm(&election, 3, &key, &moved(&share), &deals);
    refuse(changed, "share");
    for deals in flipped(&deals) {
        let changed = transcript::confirm(&election, 3, &key, &share, &deals);
        refuse(changed, "deals");
    }
    flips.refused(
        proof.verify(statement.clone(), &moved(&share)).is_ok(),
        "public",
    );
    for proof in replaced_words(&proof.to_bytes(), 1) {
        let verdict = knowledge(&proof).verify(statement.clone(), &share);
        flips.refused(verdict.is_ok(), "proof");
    }
    flips.were(32 + 4 + 1 + 1 + 32 + 1 + 2);
}

/// Two dealers, t = 2, and one trustee's confirm.
struct Confirmed {
    trustees: Trustees,
    dealers: [Dealer; 2],
}

impl Confirmed {
    fn new() -> Confirmed {
        let trustees = Trustees::new(2, 2, 8);
        let mut random = rng(9);
        let dealers = [1, 2].map(|trustee| Dealer::new(&trustees.setup, trustee, &mut random));
        Confirmed { trustees, dealers }
    }

    fn deals(&self, dealers: &[Dealer; 2]) -> Vec<(CheckedDeal, [u8; 32])> {
        dealers
            .iter()
            .map(|dealer| {
                let deal = dealer.honest(&mut rng(10));
                let checked = deal.check(&self.trustees.setup, dealer.trustee).unwrap();
                let leaf = u8::try_from(dealer.trustee).unwrap();
                (checked, [leaf; 32])
            })
            .collect()
    }
}

#[test]
fn a_confirm_where_it_is_checked() {
    let confirmed = Confirmed::new();
    let setup = &confirmed.trustees.setup;
    let deals = confirmed.deals(&confirmed.dealers);
    let dealt = Dealt::new(setup.clone(), deals.clone());
    let share = dealt.open_shares(1, confirmed.trustees.secret(1)).unwrap();
    let proof = dealt.confirm(&share, &mut rng(11));
    assert!(dealt.verify_confirm(1, &proof).is_ok());

    let mut flips = Flips::of("confirm");
    for election in flipped(&setup.election) {
        let setup = Setup {
            election,
            ..setup.clone()
        };
        let dealt = Dealt::new(setup, deals.clone());
        flips.refused(dealt.verify_confirm(1, &proof).is_ok(), "election");
    }
    for dealer in 0..2 {
        for leaf in flipped(&deals[dealer].1) {
            let mut deals = deals.clone();
            deals[dealer].1 = leaf;
            let dealt = Dealt::new(setup.clone(), deals);
            flips.refused(dealt.verify_confirm(1, &proof).is_ok(), "deals");
        }
    }
    // f + δ·(1 − x) moves H and leaves X_1; f + δ·x moves X_1 and leaves H.
    for (constant, slope, what) in [(1_u64, -Scalar::ONE, "key"), (0, Scalar::ONE, "share")] {
        let mut dealers = confirmed.dealers.clone();
        dealers[1].coefficients[0] += Scalar::from(constant);
        dealers[1].coefficients[1] += slope;
        let changed = Dealt::new(setup.clone(), confirmed.deals(&dealers));
        assert_eq!(
            changed.election_key() == dealt.election_key(),
            what == "share"
        );
        assert_eq!(changed.share(1) == dealt.share(1), what == "key");
        flips.refused(changed.verify_confirm(1, &proof).is_ok(), what);
    }
    for proof in replaced_words(&proof.to_bytes(), 1) {
        let verdict = dealt.verify_confirm(1, &knowledge(&proof));
        flips.refused(verdict.is_ok(), "proof");
    }
    // With t = 1 all trustees have one share, and only the number tells them apart.
    let trustees = Trustees::new(1, 2, 12);
    let dealt = trustees.deal(13);
    assert_eq!(dealt.share(1), dealt.share(2));
    let share = dealt.open_shares(1, trustees.secret(1)).unwrap();
    let proof = dealt.confirm(&share, &mut rng(14));
    assert!(dealt.verify_confirm(1, &proof).is_ok());
    flips.refused(dealt.verify_confirm(2, &proof).is_ok(), "trustee");
    flips.were(32 + 2 * 32 + 2 + 2 + 1);
}

#[test]
fn a_complaint() {
    let election = [1; 32];
    let deal = [2; 32];
    let secret = SecretScalar::random(&mut rng(15));
    let key = secret.public();
    let ephemeral = Point::from(stranger(16));
    let shared = Point::from(secret.expose() * ephemeral.element());
    let base = ComplaintStatement {
        election: &election,
        trustee: 1,
        dealer: 2,
        deal: &deal,
        encryption_key: &key,
        ephemeral: &ephemeral,
        shared: &shared,
    };
    let base_element = ephemeral.element();
    let proof = EqualityProof::prove(
        transcript::complaint(&base),
        base_element,
        &secret,
        &mut rng(17),
    );
    let holds = |statement: &ComplaintStatement<'_>| {
        let statement = transcript::complaint(statement);
        let other = shared.element();
        proof.verify(statement, &key, base_element, other).is_ok()
    };
    assert!(holds(&base));

    let mut flips = Flips::of("complaint (transcript)");
    for election in flipped(&election) {
        let election = &election;
        flips.refused(holds(&ComplaintStatement { election, ..base }), "election");
    }
    for trustee in numbers(1) {
        flips.refused(holds(&ComplaintStatement { trustee, ..base }), "trustee");
    }
    for dealer in numbers(2) {
        flips.refused(holds(&ComplaintStatement { dealer, ..base }), "dealer");
    }
    for deal in flipped(&deal) {
        let deal = &deal;
        flips.refused(holds(&ComplaintStatement { deal, ..base }), "deal");
    }
    let changed = ComplaintStatement {
        encryption_key: &moved(&key),
        ..base
    };
    flips.refused(holds(&changed), "encryption key");
    let changed = ComplaintStatement {
        ephemeral: &moved(&ephemeral),
        ..base
    };
    flips.refused(holds(&changed), "ephemeral");
    let changed = ComplaintStatement {
        shared: &moved(&shared),
        ..base
    };
    flips.refused(holds(&changed), "shared");
    equations_are_bound(
        &mut flips,
        &proof,
        &transcript::complaint(&base),
        [&key, &ephemeral, &shared],
    );
    flips.were(32 + 4 + 4 + 32 + 3 + 3 + 3);
}

#[test]
fn a_complaint_where_it_is_judged() {
    let mut trustees = Trustees::new(2, 3, 18);
    // Trustees 1 and 3 share one encryption key: only their numbers tell them apart.
    trustees.secrets[0] = trustees.secrets[2].clone();
    trustees.setup.encryption_keys[0] = trustees.setup.encryption_keys[2];
    let setup = &trustees.setup;
    let mut random = rng(19);
    let dealers = [1, 2, 3].map(|trustee| Dealer::new(setup, trustee, &mut random));
    let checked = |dealer: &Dealer, random: &mut _| {
        let deal = dealer.honest(random);
        deal.check(setup, dealer.trustee).unwrap()
    };
    // Deal 2 stands in the first place as well, with the same leaf: only the dealer's number tells these apart.
    let second = checked(&dealers[1], &mut random);
    let third = checked(&dealers[2], &mut random);
    let deals = vec![
        (second.clone(), [5; 32]),
        (second.clone(), [5; 32]),
        (third, [6; 32]),
    ];
    let dealt = Dealt::new(setup.clone(), deals.clone());
    let complaint = dealt.complain(3, 2, trustees.secret(3), &mut random);
    assert_eq!(
        dealt.judge(3, 2, &complaint),
        Ok(Blame::Complainer { trustee: 3 })
    );

    let mut flips = Flips::of("complaint");
    let mut refuse = |setup: Setup, deals, what| {
        let dealt = Dealt::new(setup, deals);
        flips.refused(dealt.judge(3, 2, &complaint).is_ok(), what);
    };
    for election in flipped(&setup.election) {
        let setup = Setup {
            election,
            ..setup.clone()
        };
        refuse(setup, deals.clone(), "election");
    }
    for leaf in flipped(&deals[1].1) {
        let mut deals = deals.clone();
        deals[1].1 = leaf;
        refuse(setup.clone(), deals, "deal");
    }
    let mut changed = setup.clone();
    changed.encryption_keys[2] = moved(&changed.encryption_keys[2]);
    refuse(changed, deals.clone(), "encryption key");
    let mut other = dealers[1].clone();
    other.ephemeral += Scalar::ONE;
    let mut changed = deals.clone();
    changed[1].0 = checked(&other, &mut random);
    refuse(setup.clone(), changed, "ephemeral");
    flips.refused(dealt.judge(1, 2, &complaint).is_ok(), "trustee");
    flips.refused(dealt.judge(3, 1, &complaint).is_ok(), "dealer");
    let moved = Complaint {
        shared: moved(&complaint.shared),
        ..complaint
    };
    flips.refused(dealt.judge(3, 2, &moved).is_ok(), "shared");
    for proof in replaced_words(&complaint.proof.to_bytes(), 2) {
        let changed = Complaint {
            proof: equality(&proof),
            ..complaint
        };
        flips.refused(dealt.judge(3, 2, &changed).is_ok(), "proof");
    }
    flips.were(32 + 32 + 1 + 1 + 2 + 1 + 3);
}
