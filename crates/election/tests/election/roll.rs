//! The roll: order, bounds, the weight rule, and what changes keep.

use urne_crypto::encoding::Point;
use urne_crypto::issuer::IssuerProof;
use urne_crypto::signature::public_key;
use urne_election::manifest::{Party, WeightRule};
use urne_election::roll::{Accepted, CollegeSize, Issued, Roll, Row, check_issuers, sum_of_halves};

use crate::sample::{ISSUERS, party, point, rng, secret, signing_key};

fn row(number: u64, weight: u32, college: u32) -> Row {
    Row::new(vec![point(number)], weight, college)
}

/// Rows as they must stand in a chunk.
fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by_key(|row| *row.key.bytes());
    rows
}

/// A roll with these weights and colleges, keys from 1·G on.
fn roll(lines: &[(u32, u32)]) -> Roll {
    let rows = (1..)
        .zip(lines)
        .map(|(number, &(weight, college))| row(number, weight, college));
    let rows = sorted(rows.collect());
    let mut roll = Roll::new(1);
    assert_eq!(roll.check_chunk(&rows), Ok(()));
    roll.append(&rows);
    roll
}

fn weight_rule(shared: u32, exception: &str) -> WeightRule {
    WeightRule {
        shared,
        exception: exception.into(),
    }
}

fn accepted(tracker: u8, index: u64) -> Accepted {
    Accepted {
        tracker: [tracker; 32],
        index,
    }
}

#[test]
fn a_row_is_its_halves_then_weight_then_college() {
    let row = Row::new(vec![point(3), point(4)], 0x0102_0304, 2);
    assert_eq!(row.key, point(7));
    let expected = [
        &point(3).bytes()[..],
        point(4).bytes(),
        &[4, 3, 2, 1, 2, 0, 0, 0],
    ]
    .concat();
    assert_eq!(row.to_bytes(), expected);
    assert_eq!(Row::decode(&expected, 2, 2), Ok(row));
}

#[test]
fn a_faulty_row_is_refused_with_its_fault() {
    let bytes = |halves: &[Point], weight: u32, college: u32| {
        Row::new(halves.to_vec(), weight, college).to_bytes()
    };
    let refused = |bytes: &[u8], issuers: usize, word: &str| {
        let why = Row::decode(bytes, issuers, 3).unwrap_err();
        assert!(why.contains(word), "{why}");
    };
    let good = bytes(&[point(3)], 1, 3);
    assert!(Row::decode(&good, 1, 3).is_ok());
    refused(&good[..39], 1, "length");
    refused(&[&good[..], &[0]].concat(), 1, "length");
    refused(&good, 2, "length");
    refused(&[], 1, "length");
    refused(&[0; 31], 1, "length");
    refused(&bytes(&[Point::identity()], 1, 1), 1, "half");
    refused(&[&[255; 32], &good[32..]].concat(), 1, "half");
    refused(&bytes(&[point(3), Point::identity()], 1, 1), 2, "half");
    let minus_three = Point::from(-point(3).element());
    refused(&bytes(&[point(3), minus_three], 1, 1), 2, "cancel");
    refused(&bytes(&[point(3)], 0, 1), 1, "weight");
    refused(&bytes(&[point(3)], 1, 0), 1, "college");
    refused(&bytes(&[point(3)], 1, 4), 1, "college");
    refused(&bytes(&[point(3)], 1, u32::MAX), 1, "college");
}

#[test]
fn halves_add_up_to_the_key() {
    let halves = [*point(3).bytes(), *point(4).bytes()].concat();
    assert_eq!(sum_of_halves(&halves), Some(point(7)));
    assert_eq!(sum_of_halves(&halves[..63]), None);
    assert_eq!(sum_of_halves(&[255; 32]), None);
    assert_eq!(sum_of_halves(&[]), Some(Point::identity()));
}

#[test]
fn keys_ascend_strictly_within_and_across_chunks() {
    let rows = sorted((1..=4).map(|number| row(number, 1, 1)).collect());
    let mut roll = Roll::new(1);
    assert!(roll.is_empty());
    assert!(
        roll.check_chunk(&[rows[1].clone(), rows[0].clone()])
            .is_err()
    );
    assert!(
        roll.check_chunk(&[rows[1].clone(), rows[1].clone()])
            .is_err()
    );
    assert_eq!(roll.check_chunk(&rows[..3]), Ok(()));
    roll.append(&rows[..3]);
    assert_eq!((roll.len(), roll.is_empty()), (3, false));
    assert!(roll.check_chunk(&rows[2..]).is_err(), "the last key again");
    assert!(
        roll.check_chunk(&rows[1..2]).is_err(),
        "a key below the last"
    );
    assert_eq!(roll.check_chunk(&rows[3..]), Ok(()));
    assert_eq!(roll.len(), 3, "checking changes nothing");
}

#[test]
fn the_totals_stay_at_or_below_2_to_the_40() {
    let at = Row::new(vec![point(1)], 1 << 20, 1);
    let above = Row::new(vec![point(1)], (1 << 20) + 1, 1);
    let roll = Roll::new(1 << 20);
    assert_eq!(roll.check_chunk(core::slice::from_ref(&at)), Ok(()));
    assert!(roll.check_chunk(&[above]).unwrap_err().contains("2^40"));
    // The largest score: 65,535 × 16,777,472 is just below 2^40, one more is above.
    let scores = Roll::new(65_535);
    assert_eq!(scores.check_chunk(&[row(1, 16_777_472, 1)]), Ok(()));
    assert!(scores.check_chunk(&[row(1, 16_777_473, 1)]).is_err());
    // Weights add up within a chunk, across chunks, and with an added line.
    let rows = sorted(vec![row(1, 1 << 19, 1), row(2, 1 << 19, 1), row(3, 1, 1)]);
    assert!(roll.check_chunk(&rows).is_err());
    let halves = sorted(vec![row(1, 1 << 19, 1), row(2, 1 << 19, 1)]);
    let mut roll = Roll::new(1 << 20);
    roll.append(&halves[..1]);
    assert_eq!(roll.check_chunk(&halves[1..]), Ok(()));
    let mut heavier = halves[1].clone();
    heavier.weight += 1;
    assert!(roll.check_chunk(&[heavier]).is_err());
    roll.append(&halves[1..]);
    let none = weight_rule(0, "");
    assert!(
        roll.check_add(&row(9, 1, 1), &none)
            .unwrap_err()
            .contains("2^40")
    );
    // A removed line leaves the bound.
    roll.remove(halves[0].key.bytes());
    assert_eq!(roll.check_add(&row(9, 1 << 19, 1), &none), Ok(()));
    assert!(roll.check_add(&row(9, (1 << 19) + 1, 1), &none).is_err());
    // The heaviest line and the largest value together do not overflow.
    assert!(
        Roll::new(u32::MAX)
            .check_chunk(&[row(1, u32::MAX, 1)])
            .is_err()
    );
}

#[test]
fn sizes_count_lines_and_weights_per_college() {
    let mut roll = roll(&[(1, 1), (1, 1), (5, 1), (2, 3)]);
    let size = |lines, weight| CollegeSize { lines, weight };
    assert_eq!(roll.sizes(3), [size(3, 7), size(0, 0), size(1, 2)]);
    roll.remove(point(3).bytes());
    roll.add(&row(8, 4, 2));
    roll.replace(point(4).bytes(), point(9).bytes());
    assert_eq!(roll.sizes(3), [size(2, 2), size(1, 4), size(1, 2)]);
    assert_eq!(roll.lines().count(), 4);
    roll.remove(point(8).bytes());
    assert_eq!(roll.sizes(3), [size(2, 2), size(0, 0), size(1, 2)]);
}

#[test]
fn where_a_college_has_several_weights_each_is_shared() {
    let rule = weight_rule(2, "");
    // One weight only: no rule, even for a single line.
    assert_eq!(roll(&[(5, 1)]).check_weights(&rule), Ok(()));
    assert_eq!(roll(&[(5, 1), (7, 2)]).check_weights(&rule), Ok(()));
    // Two weights, each shared by exactly two lines.
    assert_eq!(
        roll(&[(1, 1), (1, 1), (5, 1), (5, 1)]).check_weights(&rule),
        Ok(())
    );
    // One line short, whichever weight it is.
    assert!(
        roll(&[(1, 1), (1, 1), (5, 1)])
            .check_weights(&rule)
            .is_err()
    );
    assert!(
        roll(&[(1, 1), (5, 1), (5, 1)])
            .check_weights(&rule)
            .is_err()
    );
    // In the second college only; its lines do not help the first.
    assert!(
        roll(&[(1, 1), (1, 2), (5, 2), (5, 2)])
            .check_weights(&rule)
            .is_err()
    );
    assert!(
        roll(&[(1, 1), (5, 1), (1, 2), (5, 2)])
            .check_weights(&rule)
            .is_err()
    );
    // 0 and 1 ask nothing; an exception is signed.
    assert_eq!(
        roll(&[(1, 1), (5, 1)]).check_weights(&weight_rule(1, "")),
        Ok(())
    );
    assert_eq!(
        roll(&[(1, 1), (5, 1)]).check_weights(&weight_rule(0, "")),
        Ok(())
    );
    assert_eq!(
        roll(&[(1, 1), (5, 1)]).check_weights(&weight_rule(2, "two")),
        Ok(())
    );
    // Neighbouring colleges and extreme weights do not mix.
    let extremes = roll(&[(1, 1), (u32::MAX, 1), (1, 2)]);
    assert!(extremes.check_weights(&rule).is_err());
    assert_eq!(roll(&[(u32::MAX, 1), (1, 2)]).check_weights(&rule), Ok(()));
}

#[test]
fn an_added_line_shares_its_weight_too() {
    let rule = weight_rule(3, "");
    let add = |roll: &Roll, weight, college, rule: &WeightRule| {
        roll.check_add(&row(50, weight, college), rule).is_ok()
    };
    let college = roll(&[(1, 1), (1, 1), (5, 1), (2, 2)]);
    // The third line of weight 1, the second of weight 5.
    assert!(add(&college, 1, 1, &rule));
    assert!(!add(&college, 5, 1, &rule));
    assert!(add(&college, 5, 1, &weight_rule(2, "")));
    assert!(add(&college, 5, 1, &weight_rule(3, "signed")));
    // A new weight where there are others.
    assert!(!add(&college, 9, 1, &rule));
    assert!(!add(&college, 1, 2, &rule));
    // The only weight of its college: no rule, in a college with lines and in one without.
    assert!(add(&college, 2, 2, &rule));
    assert!(add(&college, 9, 3, &rule));
    // A weight whose last line was removed is no weight any more.
    let mut college = roll(&[(1, 1), (5, 1)]);
    assert!(!add(&college, 5, 1, &rule));
    college.remove(point(1).bytes());
    assert!(add(&college, 5, 1, &rule));
}

#[test]
fn a_key_that_has_stood_never_stands_again() {
    let mut roll = roll(&[(1, 1), (1, 1)]);
    let refused = |roll: &Roll, number: u64| {
        let rule = weight_rule(0, "");
        let added = roll.check_add(&row(number, 1, 1), &rule).is_err();
        assert_eq!(roll.check_new_key(&point(number)).is_err(), added);
        added
    };
    assert!(refused(&roll, 1) && refused(&roll, 2) && !refused(&roll, 3));
    roll.remove(point(1).bytes());
    assert!(refused(&roll, 1), "removed");
    roll.replace(point(2).bytes(), point(3).bytes());
    assert!(refused(&roll, 2) && refused(&roll, 3), "replaced");
    roll.add(&row(4, 1, 1));
    assert!(refused(&roll, 4), "added");
    let error = roll.check_new_key(&Point::identity()).unwrap_err();
    assert!(error.contains("cancel"), "{error}");
}

#[test]
fn a_replaced_key_keeps_the_line_and_starts_its_count_again() {
    let mut roll = roll(&[(3, 2)]);
    let (old, new) = (*point(1).bytes(), *point(9).bytes());
    let fresh = *roll.line(&old).unwrap();
    assert_eq!(
        (fresh.accepted, fresh.count, fresh.after()),
        (None, 0, [0; 32])
    );
    assert_eq!(roll.accept(&old, accepted(7, 20)), None);
    assert_eq!(roll.accept(&old, accepted(8, 21)), Some(accepted(7, 20)));
    let before = *roll.line(&old).unwrap();
    assert_eq!((before.count, before.after()), (2, [8; 32]));
    roll.replace(&old, &new);
    assert!(roll.line(&old).is_none());
    let after = *roll.line(&new).unwrap();
    assert_eq!((after.weight, after.college, after.count), (3, 2, 0));
    assert_eq!(after.accepted, Some(accepted(8, 21)));
    // No line has the old key: nothing happens.
    roll.replace(&old, point(10).bytes());
    assert_eq!((roll.len(), roll.line(point(10).bytes())), (1, None));
    assert_eq!(roll.accept(&old, accepted(9, 22)), None);
    assert_eq!(roll.line(&new), Some(&after));
}

#[test]
fn a_removed_line_takes_its_ballot_along_and_an_added_one_has_none() {
    let mut roll = roll(&[(3, 2)]);
    roll.accept(point(1).bytes(), accepted(7, 20));
    let removed = roll.remove(point(1).bytes()).unwrap();
    assert_eq!(removed.accepted, Some(accepted(7, 20)));
    assert_eq!(roll.remove(point(1).bytes()), None);
    assert!(roll.is_empty());
    roll.add(&row(2, 4, 1));
    let added = roll.line(point(2).bytes()).unwrap();
    assert_eq!(
        (added.weight, added.college, added.accepted, added.count),
        (4, 1, None, 0)
    );
}

fn issuers() -> Vec<Party> {
    vec![
        party("Registrar", ISSUERS + 1),
        party("Notary", ISSUERS + 2),
    ]
}

#[test]
fn every_issuer_proves_its_own_halves_of_the_very_rows() {
    const ELECTION: [u8; 32] = [5; 32];
    let numbers = [(11, 21), (12, 22)];
    let rows: Vec<Row> = numbers
        .iter()
        .map(|&(first, second)| Row::new(vec![point(first), point(second)], 1, 1))
        .collect();
    let bytes: Vec<u8> = rows.iter().flat_map(Row::to_bytes).collect();
    let prove = |issued: Issued<'_>, issuer: u32, halves: [u64; 2]| {
        let key = public_key(&signing_key(ISSUERS + issuer as u8));
        let statement = issued.statement(&ELECTION, issuer, &key, &bytes);
        let halves = halves.map(secret);
        let halves: Vec<_> = halves.iter().collect();
        IssuerProof::prove(&statement, &halves, &mut rng(issuer.into())).to_bytes()
    };
    let replaced = [3; 32];
    let other = [4; 32];
    let operations = [
        Issued::Chunk(0),
        Issued::Chunk(1),
        Issued::Add,
        Issued::Replace(&replaced),
        Issued::Replace(&other),
    ];
    for (made, issued) in operations.into_iter().enumerate() {
        let first = prove(issued, 1, [11, 12]);
        let second = prove(issued, 2, [21, 22]);
        let proofs = [first, second].concat();
        for (checked, operation) in operations.into_iter().enumerate() {
            let good = check_issuers(&ELECTION, &issuers(), operation, &rows, &proofs).is_ok();
            assert_eq!(good, made == checked, "{made} {checked}");
        }
        let why = |rows: &[Row], proofs: &[[u8; 64]]| {
            check_issuers(&ELECTION, &issuers(), issued, rows, &proofs.concat()).unwrap_err()
        };
        assert!(why(&rows, &[second, first]).contains("issuer 1"));
        assert!(why(&rows, &[first, first]).contains("issuer 2"));
        assert!(why(&rows, &[first, [255; 64]]).contains("issuer 2"));
        assert!(why(&rows[..1], &[first, second]).contains("issuer 1"));
        let mut heavier = rows.clone();
        heavier[1].weight = 2;
        assert!(why(&heavier, &[first, second]).contains("issuer 1"));
        let elsewhere = check_issuers(&[6; 32], &issuers(), issued, &rows, &proofs);
        assert!(elsewhere.is_err());
    }
}
