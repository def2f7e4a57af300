//! The key ceremony end to end, and everyone who can be guilty in it.

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::traits::Identity as _;
use curve25519_dalek::{RistrettoPoint, Scalar};

use urne_crypto::ceremony::complaint::{Blame, Complaint};
use urne_crypto::ceremony::confirm::{Grievance, KeyShare};
use urne_crypto::ceremony::deal::{Deal, DealError, ShareFault};
use urne_crypto::ceremony::{Dealt, spoken_digits, spoken_fingerprint};
use urne_crypto::decryption::SealedSums;
use urne_crypto::discrete_log::DiscreteLogarithms;
use urne_crypto::drill::{CeremonyHashes, Drill};
use urne_crypto::elgamal::{Ciphertext, Sums};
use urne_crypto::encoding::Point;
use urne_crypto::hash::hash_256;
use urne_crypto::proof::ProofError;

use crate::dealer::{Dealer, Trustees, election_key};
use crate::sample::rng;

const SIZES: [(u32, u8); 4] = [(1, 1), (2, 2), (2, 3), (3, 5)];

fn key_shares(trustees: &Trustees, dealt: &Dealt) -> Vec<KeyShare> {
    (1..=trustees.setup.trustees())
        .map(|trustee| {
            dealt
                .open_shares(trustee, trustees.secret(trustee))
                .unwrap()
        })
        .collect()
}

/// All subsets of 1 … n with `size` members.
fn subsets(n: u32, size: usize) -> Vec<Vec<u32>> {
    (0..1_u32 << n)
        .map(|mask| (1..=n).filter(|j| mask >> (j - 1) & 1 == 1).collect())
        .filter(|subset: &Vec<u32>| subset.len() == size)
        .collect()
}

fn ceremony_hashes(dealt: &Dealt) -> CeremonyHashes {
    CeremonyHashes {
        election: dealt.setup().election,
        key: *dealt.election_key(),
        deals: *dealt.deals_hash(),
        confirms: [5; 32],
    }
}

#[test]
fn a_ceremony_ends_in_a_key_that_everybody_confirms() {
    for (threshold, count) in SIZES {
        let trustees = Trustees::new(threshold, count, 1);
        let dealt = trustees.deal(2);
        let n = trustees.setup.trustees();
        let leaves: Vec<u8> = (1..=count).flat_map(|number| [number; 32]).collect();
        assert_eq!(*dealt.deals_hash(), hash_256("urne/0 deals", &[&leaves]));
        for (trustee, share) in (1..=n).zip(key_shares(&trustees, &dealt)) {
            assert_eq!(share.trustee(), trustee);
            assert_eq!(share.secret().public(), *dealt.share(trustee));
            let proof = dealt.confirm(&share, &mut rng(3));
            assert_eq!(dealt.verify_confirm(trustee, &proof), Ok(()));
        }
    }
}

#[test]
fn any_t_trustees_decrypt_the_same_totals_and_fewer_decrypt_garbage() {
    for (threshold, count) in SIZES {
        let trustees = Trustees::new(threshold, count, 4);
        let dealt = trustees.deal(5);
        let key = dealt.election_key().element();
        // Three ballots with weights 1, 10, 100 over two positions, and one position nobody voted for.
        let mut random = rng(6);
        let mut sums = Sums::new(3);
        for (weight, choices) in [(1, [1, 0]), (10, [3, 1]), (100, [0, 2])] {
            let mut ballot: Vec<Ciphertext> = choices
                .iter()
                .map(|&v| Ciphertext::encrypt(v, &Scalar::random(&mut random), key))
                .collect();
            ballot.push(Ciphertext {
                alpha: Point::identity(),
                beta: Point::identity(),
            });
            sums.add(&ballot, weight);
        }
        let sealed = SealedSums::new([1; 32], [2; 32], sums.finish());
        assert_eq!(sealed.positions(), 3);
        let parts: Vec<Vec<Point>> = key_shares(&trustees, &dealt)
            .iter()
            .map(|share| {
                let part = sealed.decrypt(share, &mut random);
                let public = dealt.share(share.trustee());
                assert_eq!(sealed.verify(share.trustee(), public, &part), Ok(()));
                part.shares
            })
            .collect();
        let combine = |subset: &[u32]| {
            let parts: Vec<(u32, &[Point])> = subset
                .iter()
                .map(|&trustee| (trustee, parts[trustee as usize - 1].as_slice()))
                .collect();
            sealed.combine(&parts)
        };

        let table = DiscreteLogarithms::new(1000);
        let totals = |subset: &[u32]| -> Vec<Option<u64>> {
            combine(subset)
                .iter()
                .map(|point| table.solve(point))
                .collect()
        };
        let n = trustees.setup.trustees();
        let expected = vec![Some(31), Some(210), Some(0)];
        for size in threshold as usize..=usize::from(count) {
            for mut subset in subsets(n, size) {
                assert_eq!(totals(&subset), expected);
                subset.reverse();
                assert_eq!(totals(&subset), expected, "whatever the order");
            }
        }
        for size in 0..threshold as usize {
            for subset in subsets(n, size) {
                assert_eq!(totals(&subset), [None, None, Some(0)]);
            }
        }
        if threshold > 1 {
            // A trustee counted twice, or under another's number, is not a second trustee.
            let own = parts[0].as_slice();
            let mut twice: Vec<(u32, &[Point])> = vec![(1, own); threshold as usize];
            assert_ne!(table.solve(&sealed.combine(&twice)[0]), Some(31));
            twice[1].0 = 2;
            assert_ne!(table.solve(&sealed.combine(&twice)[0]), Some(31));
        }
    }
}

#[test]
fn the_drill_decrypts_the_dummy_total_with_any_t_answers() {
    let trustees = Trustees::new(2, 3, 7);
    let dealt = trustees.deal(8);
    let drill = Drill::new(ceremony_hashes(&dealt));
    let shares: Vec<Vec<Point>> = key_shares(&trustees, &dealt)
        .iter()
        .map(|share| {
            let answer = drill.answer(share, &mut rng(9));
            let public = dealt.share(share.trustee());
            assert_eq!(drill.verify(share.trustee(), public, &answer), Ok(()));
            vec![answer.share]
        })
        .collect();
    let sums = SealedSums::new([0; 32], [0; 32], vec![*drill.ciphertext()]);
    let table = DiscreteLogarithms::new(65_535);
    for subset in subsets(3, 2) {
        let parts: Vec<(u32, &[Point])> = subset
            .iter()
            .map(|&trustee| (trustee, shares[trustee as usize - 1].as_slice()))
            .collect();
        let total = table.solve(&sums.combine(&parts)[0]);
        assert_eq!(total, Some(u64::from(drill.total())));
    }
}

#[test]
fn a_dealer_written_from_the_specification_is_understood() {
    for (threshold, count) in SIZES {
        let trustees = Trustees::new(threshold, count, 10);
        let setup = &trustees.setup;
        let mut random = rng(11);
        let dealers: Vec<Dealer> = (1..=setup.trustees())
            .map(|trustee| Dealer::new(setup, trustee, &mut random))
            .collect();
        let deals: Vec<Deal> = dealers
            .iter()
            .map(|dealer| dealer.honest(&mut random))
            .collect();
        let bytes: Vec<_> = deals.iter().map(Deal::to_bytes).collect();
        let dealt = trustees.dealt(deals);
        assert_eq!(*dealt.election_key().element(), election_key(&bytes));
        for share in key_shares(&trustees, &dealt) {
            let expected: Scalar = dealers
                .iter()
                .map(|dealer| dealer.share(share.trustee()))
                .sum();
            assert_eq!(*share.secret().expose(), expected);
            assert_eq!(*dealt.share(share.trustee()).element(), expected * G);
        }
    }
}

/// Trustee 2 of three deals as `publish` says; the others are honest.
fn with_second_deal(
    trustees: &Trustees,
    publish: impl Fn(&Dealer, &mut rand::rngs::StdRng) -> Deal,
) -> Dealt {
    let mut random = rng(12);
    let deals = (1..=3)
        .map(|trustee| {
            let dealer = Dealer::new(&trustees.setup, trustee, &mut random);
            if trustee == 2 {
                publish(&dealer, &mut random)
            } else {
                dealer.honest(&mut random)
            }
        })
        .collect();
    trustees.dealt(deals)
}

/// Trustee 3 complains about dealer 2.
fn judged(trustees: &Trustees, dealt: &Dealt) -> Blame {
    let complaint = dealt.complain(3, 2, trustees.secret(3), &mut rng(13));
    dealt.judge(3, 2, &complaint).unwrap()
}

fn assert_dealer_is_guilty(trustees: &Trustees, dealt: &Dealt, fault: ShareFault) {
    assert_eq!(
        dealt.open_shares(3, trustees.secret(3)).unwrap_err(),
        [Grievance { dealer: 2, fault }]
    );
    // The others have nothing to complain about.
    assert!(dealt.open_shares(1, trustees.secret(1)).is_ok());
    assert!(dealt.open_shares(2, trustees.secret(2)).is_ok());
    assert_eq!(judged(trustees, dealt), Blame::Dealer { trustee: 2, fault });
}

#[test]
fn a_dealer_whose_ciphertext_does_not_open_is_guilty() {
    let trustees = Trustees::new(2, 3, 14);
    let damaged = with_second_deal(&trustees, |dealer, random| {
        let mut sealed = dealer.seal(3, dealer.share(3).as_bytes());
        sealed[47] ^= 1;
        dealer.publish(dealer.with_share(3, &sealed), random)
    });
    assert_dealer_is_guilty(&trustees, &damaged, ShareFault::Ciphertext);
    let misdirected = with_second_deal(&trustees, |dealer, random| {
        let sealed = dealer.seal(1, dealer.share(3).as_bytes());
        dealer.publish(dealer.with_share(3, &sealed), random)
    });
    assert_dealer_is_guilty(&trustees, &misdirected, ShareFault::Ciphertext);
}

#[test]
fn a_dealer_whose_share_is_not_a_canonical_scalar_is_guilty() {
    let trustees = Trustees::new(2, 3, 15);
    // f + ℓ is the right share in the wrong form; all ones is no scalar at all.
    for form in [true, false] {
        let dealt = with_second_deal(&trustees, |dealer, random| {
            let mut dealer = dealer.clone();
            // A share small enough that adding ℓ stays within 32 bytes, whatever it is: any scalar does.
            dealer.coefficients[1] = Scalar::from(9_u64);
            let plain = if form {
                plus_order(&dealer.share(3))
            } else {
                [0xff; 32]
            };
            let sealed = dealer.seal(3, &plain);
            dealer.publish(dealer.with_share(3, &sealed), random)
        });
        assert_dealer_is_guilty(&trustees, &dealt, ShareFault::Scalar);
    }
}

/// The 32 bytes of s + ℓ: the same scalar, not canonical.
fn plus_order(s: &Scalar) -> [u8; 32] {
    let order_minus_one = (-Scalar::ONE).to_bytes();
    let mut carry = 1_u16;
    let mut bytes = [0; 32];
    for (index, byte) in bytes.iter_mut().enumerate() {
        let sum = u16::from(s.as_bytes()[index]) + u16::from(order_minus_one[index]) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    bytes
}

#[test]
fn a_dealer_whose_share_does_not_match_its_commitments_is_guilty() {
    let trustees = Trustees::new(2, 3, 16);
    let dealt = with_second_deal(&trustees, |dealer, random| {
        let sealed = dealer.seal(3, (dealer.share(3) + Scalar::ONE).as_bytes());
        dealer.publish(dealer.with_share(3, &sealed), random)
    });
    assert_dealer_is_guilty(&trustees, &dealt, ShareFault::Mismatch);
    // Another trustee's share is a scalar too, and matches nothing here.
    let dealt = with_second_deal(&trustees, |dealer, random| {
        let sealed = dealer.seal(3, dealer.share(1).as_bytes());
        dealer.publish(dealer.with_share(3, &sealed), random)
    });
    assert_dealer_is_guilty(&trustees, &dealt, ShareFault::Mismatch);
}

#[test]
fn every_bad_dealer_is_named_to_the_trustee() {
    let trustees = Trustees::new(2, 3, 17);
    let mut random = rng(18);
    let deals = (1..=3)
        .map(|trustee| {
            let dealer = Dealer::new(&trustees.setup, trustee, &mut random);
            let sealed = dealer.seal(3, Scalar::from(trustee).as_bytes());
            let draft = if trustee == 2 {
                dealer.draft()
            } else {
                dealer.with_share(3, &sealed)
            };
            dealer.publish(draft, &mut random)
        })
        .collect();
    let dealt = trustees.dealt(deals);
    let fault = ShareFault::Mismatch;
    assert_eq!(
        dealt.open_shares(3, trustees.secret(3)).unwrap_err(),
        [1, 3].map(|dealer| Grievance { dealer, fault })
    );
}

#[test]
fn who_complains_about_a_good_share_is_guilty() {
    let trustees = Trustees::new(2, 3, 19);
    let dealt = trustees.deal(20);
    assert_eq!(judged(&trustees, &dealt), Blame::Complainer { trustee: 3 });
}

#[test]
fn a_complaint_with_another_shared_point_blames_nobody() {
    let trustees = Trustees::new(2, 3, 21);
    let dealt = trustees.deal(22);
    let honest = dealt.complain(3, 2, trustees.secret(3), &mut rng(23));
    // A wrong S would make a good share look bad: the proof forbids it.
    let framed = Complaint {
        shared: Point::from(honest.shared.element() + G),
        proof: honest.proof,
    };
    assert_eq!(dealt.judge(3, 2, &framed), Err(ProofError));
    // Somebody else's key: trustee 1 complains in the name of 3.
    let usurped = dealt.complain(3, 2, trustees.secret(1), &mut rng(23));
    assert_eq!(dealt.judge(3, 2, &usurped), Err(ProofError));
    // Moved to another dealer, or to another complainer.
    assert_eq!(dealt.judge(3, 1, &honest), Err(ProofError));
    assert_eq!(dealt.judge(1, 2, &honest), Err(ProofError));
    assert!(dealt.judge(3, 2, &honest).is_ok());
}

#[test]
fn a_deal_without_a_constant_term_is_refused_even_with_a_correct_proof() {
    let trustees = Trustees::new(2, 2, 24);
    let mut dealer = Dealer::new(&trustees.setup, 1, &mut rng(25));
    dealer.coefficients[0] = Scalar::ZERO;
    let deal = dealer.honest(&mut rng(26));
    assert_eq!(
        deal.check(&trustees.setup, 1).err(),
        Some(DealError::Identity)
    );
    // A higher coefficient may be zero.
    let mut dealer = Dealer::new(&trustees.setup, 1, &mut rng(25));
    dealer.coefficients[1] = Scalar::ZERO;
    let deal = dealer.honest(&mut rng(26));
    assert!(deal.check(&trustees.setup, 1).is_ok());
}

#[test]
fn a_deal_of_another_shape_is_refused() {
    let trustees = Trustees::new(2, 3, 27);
    let deal = Dealer::new(&trustees.setup, 1, &mut rng(28)).honest(&mut rng(29));
    let mut higher = trustees.setup.clone();
    higher.threshold = 3;
    let mut fewer = trustees.setup.clone();
    fewer.encryption_keys.pop();
    fewer.signing_keys.pop();
    for setup in [higher, fewer] {
        assert_eq!(deal.clone().check(&setup, 1).err(), Some(DealError::Shape));
    }
}

#[test]
fn a_deal_proves_its_constant_term_and_its_ephemeral_key_both() {
    let trustees = Trustees::new(2, 3, 30);
    let honest = Dealer::new(&trustees.setup, 1, &mut rng(31));
    // Commitments or ephemeral of another secret than the one proven.
    let mut liar = honest.clone();
    liar.coefficients[0] += Scalar::ONE;
    let deal = liar.publish(honest.draft(), &mut rng(32));
    assert_eq!(deal.check(&trustees.setup, 1).err(), Some(DealError::Proof));
    let mut liar = honest.clone();
    liar.ephemeral += Scalar::ONE;
    let deal = liar.publish(honest.draft(), &mut rng(32));
    assert_eq!(deal.check(&trustees.setup, 1).err(), Some(DealError::Proof));
}

/// Deals of two trustees, t = 2, whose polynomials sum to `sum`.
fn summing_to(trustees: &Trustees, sum: [Scalar; 2]) -> Dealt {
    let mut random = rng(33);
    let first = Dealer::new(&trustees.setup, 1, &mut random);
    let mut second = Dealer::new(&trustees.setup, 2, &mut random);
    for (index, total) in sum.into_iter().enumerate() {
        second.coefficients[index] = total - first.coefficients[index];
    }
    let deals = [first, second].map(|dealer| dealer.honest(&mut random));
    trustees.dealt(deals.to_vec())
}

#[test]
fn a_ceremony_that_cancels_to_nothing_cannot_be_confirmed() {
    let trustees = Trustees::new(2, 2, 34);
    let three = Scalar::from(3_u64);
    // H = O while X_1 = 3·G: the second dealer spoke last and cancelled the first's constant.
    let no_key = summing_to(&trustees, [Scalar::ZERO, three]);
    assert!(no_key.election_key().is_identity());
    let share = no_key.open_shares(1, trustees.secret(1)).unwrap();
    assert_eq!(*share.secret().expose(), three);
    let proof = no_key.confirm(&share, &mut rng(35));
    assert_eq!(no_key.verify_confirm(1, &proof), Err(ProofError));
    // X_1 = O while H = 3·G and X_2 = −3·G: only trustee 2 can confirm.
    let no_share = summing_to(&trustees, [three, -three]);
    assert!(no_share.share(1).is_identity());
    for (trustee, expected) in [(1, Err(ProofError)), (2, Ok(()))] {
        let share = no_share
            .open_shares(trustee, trustees.secret(trustee))
            .unwrap();
        let proof = no_share.confirm(&share, &mut rng(35));
        assert_eq!(no_share.verify_confirm(trustee, &proof), expected);
    }
}

#[test]
fn fingerprints_are_read_in_groups_of_four() {
    let trustees = Trustees::new(1, 1, 36);
    let key = &trustees.setup.encryption_keys[0];
    let spoken = spoken_fingerprint(&[1; 32], key);
    let hash = hash_256("urne/0 trustee fingerprint", &[&[1; 32], key.bytes()]);
    let number = hash[..10]
        .iter()
        .fold(0_u128, |sum, byte| sum * 256 + u128::from(*byte));
    let digits: String = spoken.split(' ').collect();
    assert_eq!(digits.parse::<u128>().unwrap(), number % 10_u128.pow(24));
    assert_eq!(spoken.len(), 24 + 5);
    assert!(spoken.split(' ').all(|group| group.len() == 4));
    assert_eq!(spoken_digits(&[0, 1, 2], 12), "0000 0000 0258");
    // 2^64 modulo 10^12, and a number of digits that leaves a short group.
    assert_eq!(
        spoken_digits(&[1, 0, 0, 0, 0, 0, 0, 0, 0], 12),
        "0737 0955 1616"
    );
    assert_eq!(spoken_digits(&[255, 255], 6), "0655 35");
}

#[test]
#[should_panic(expected = "invariant: trustee numbers")]
fn trustee_zero_does_not_exist() {
    let trustees = Trustees::new(1, 2, 37);
    trustees.deal(38).share(0);
}

#[test]
#[should_panic(expected = "invariant: trustee numbers")]
fn there_is_no_trustee_after_the_last() {
    let trustees = Trustees::new(1, 2, 37);
    trustees.deal(38).share(3);
}

#[test]
fn the_public_shares_are_the_polynomials_in_the_exponent() {
    let trustees = Trustees::new(3, 5, 39);
    let mut random = rng(40);
    let dealers: Vec<Dealer> = (1..=5)
        .map(|trustee| Dealer::new(&trustees.setup, trustee, &mut random))
        .collect();
    let dealt = trustees.dealt(
        dealers
            .iter()
            .map(|dealer| dealer.honest(&mut random))
            .collect(),
    );
    for trustee in 1..=5 {
        let x: RistrettoPoint = dealers
            .iter()
            .map(|dealer| dealer.share(trustee) * G)
            .fold(RistrettoPoint::identity(), |sum, share| sum + share);
        assert_eq!(*dealt.share(trustee).element(), x);
    }
}
