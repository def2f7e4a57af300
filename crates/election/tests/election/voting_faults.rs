//! The open ballot box: which ballots, changes and closings are void, what the good ones leave behind.

use urne_crypto::ballot::Slot;
use urne_crypto::encoding::Point;
use urne_election::entry::{BallotEntry, Close, Entry, Operation, Reason, RollChange};
use urne_election::manifest::Manifest;
use urne_election::phase::{Applied, Check, Past as _};
use urne_election::roll::{Accepted, Issued};

use crate::sample::point;
use crate::story::{Story, Voter, answers, small_manifest};

fn story() -> Story {
    Story::found(&small_manifest()).until_voting()
}

fn ballot_of(entry: Entry) -> BallotEntry {
    let Entry::Ballot(ballot) = entry else {
        panic!("a ballot");
    };
    ballot
}

fn accepted(applied: Applied) -> ([u8; 32], Option<Accepted>) {
    let Applied::Ballot { tracker, replaced } = applied else {
        panic!("a ballot was accepted");
    };
    (tracker, replaced)
}

#[test]
fn a_ballot_needs_a_line_with_its_key() {
    let mut story = story();
    let stranger = Voter::new(50, 1, 1);
    let ballot = story.ballot_after(&stranger, [0; 32], &answers(1, [0, 0]));
    story.refuse(&Entry::Ballot(ballot), Check::Voters);
    // The halves of a line are no keys of lines.
    let good = ballot_of(story.ballot(0, &answers(1, [0, 0])));
    let half = story.voters[0].row().halves[0];
    story.refuse(
        &Entry::Ballot(BallotEntry { key: half, ..good }),
        Check::Voters,
    );
}

#[test]
fn a_ballots_proof_decodes_and_holds_for_its_line() {
    let mut story = story();
    let entry = story.ballot(0, &answers(1, [1, 0]));
    let good = ballot_of(entry.clone());
    // α_1, β_1, a commitment, a response.
    let words = good.proof.len() / 32;
    let (ciphertexts, scalars) = (10, words - 3);
    for word in [0, 1, 2, ciphertexts, scalars, words - 1] {
        let mut undecodable = good.clone();
        undecodable.proof[32 * word..32 * word + 32].copy_from_slice(&[255; 32]);
        story.refuse(&Entry::Ballot(undecodable), Check::BallotProofs);
    }
    let mut identity = good.clone();
    identity.proof[..32].copy_from_slice(&[0; 32]);
    let void = story.refuse(&Entry::Ballot(identity), Check::BallotProofs);
    assert!(void.why.contains("identity"), "{void}");
    for scalar in scalars..words {
        let mut flipped = good.clone();
        flipped.proof[32 * scalar] ^= 1;
        let void = story.refuse(&Entry::Ballot(flipped), Check::BallotProofs);
        assert!(void.why.contains("hold"), "{void}");
    }
    let mut exchanged = good.clone();
    exchanged.proof.rotate_left(64);
    story.refuse(&Entry::Ballot(exchanged), Check::BallotProofs);
    // Somebody else's line, in the same college.
    let stolen = BallotEntry {
        key: story.voters[1].key(),
        ..good.clone()
    };
    story.refuse(&Entry::Ballot(stolen), Check::BallotProofs);
    let later = BallotEntry {
        after: [1; 32],
        ..good
    };
    story.refuse(&Entry::Ballot(later), Check::BallotProofs);
    story.stand(&entry);
}

#[test]
fn a_ballot_is_bound_to_the_college_of_its_line() {
    let mut story = story();
    let elsewhere = Voter {
        college: 2,
        ..story.voters[0]
    };
    let ballot = story.ballot_after(&elsewhere, [0; 32], &answers(1, [0, 0]));
    story.refuse(&Entry::Ballot(ballot), Check::BallotProofs);
}

#[test]
fn a_ballot_follows_the_one_now_accepted() {
    let mut story = story();
    let voter = story.voters[0];
    let at = |story: &Story| story.board.size();
    let first_index = at(&story);
    let (first, replaced) = accepted(story.vote(0, 1, [0, 0]));
    assert_eq!(replaced, None);
    let line = *story.voting().roll().line(voter.key().bytes()).unwrap();
    let stands = Accepted {
        tracker: first,
        index: first_index,
    };
    assert_eq!((line.accepted, line.count), (Some(stands), 1));
    for after in [[0; 32], [7; 32]] {
        let ballot = story.ballot_after(&voter, after, &answers(2, [0, 0]));
        story.refuse(&Entry::Ballot(ballot), Check::Acceptance);
    }
    // The very same ballot again.
    let again = story.board.0.last().unwrap().clone();
    story.refuse_bytes(&again, Check::Acceptance);
    let (second, replaced) = accepted(story.vote(0, 2, [0, 0]));
    assert_eq!(replaced, Some(stands));
    let ballot = story.ballot_after(&voter, first, &answers(1, [0, 0]));
    story.refuse(&Entry::Ballot(ballot), Check::Acceptance);
    let other = story.voters[1];
    let ballot = story.ballot_after(&other, second, &answers(1, [0, 0]));
    story.refuse(&Entry::Ballot(ballot), Check::Acceptance);
}

#[test]
fn a_tracker_hashes_place_and_ciphertexts() {
    let mut story = story();
    let entry = ballot_of(story.ballot(0, &answers(1, [0, 0])));
    let (tracker, _) = accepted(story.stand(&Entry::Ballot(entry.clone())));
    // n = 5 ciphertexts of 64 bytes.
    let ctx = *story.voting().context().ctx();
    let parts: [&[u8]; 4] = [&ctx, entry.key.bytes(), &[0; 32], &entry.proof[..320]];
    let expected = urne_crypto::hash::hash_256("urne/0 tracker", &parts);
    assert_eq!(tracker, expected);
    assert_eq!(entry.tracker(&ctx, 5), expected);
    assert_ne!(entry.tracker(&ctx, 4), expected);
    assert_ne!(entry.tracker(&[1; 32], 5), expected);
}

#[test]
fn ctx_is_the_hash_of_the_opening_from_then_on() {
    let mut story = Story::found(&small_manifest());
    assert_eq!(story.election.ctx(), None);
    story = story.until_ready();
    assert_eq!(story.election.ctx(), None);
    let open = story.open();
    let ctx = urne_crypto::hash::fingerprint(&story.sign(&open));
    story.stand(&open);
    assert_eq!(story.election.ctx(), Some(&ctx));
    let close = story.close();
    story.stand(&close);
    assert_eq!(story.election.ctx(), Some(&ctx));
}

#[test]
fn a_line_casts_at_most_cap_ballots_under_one_key() {
    let manifest = Manifest {
        cap: 2,
        ..small_manifest()
    };
    let mut story = Story::found(&manifest).until_voting();
    story.vote(0, 1, [0, 0]);
    story.vote(0, 2, [0, 0]);
    let third = story.ballot(0, &answers(1, [0, 0]));
    let void = story.refuse(&third, Check::Acceptance);
    assert!(void.why.contains("as many"), "{void}");
    story.vote(1, 1, [0, 0]);
    // Under a new key the count starts again.
    let new = Voter::new(9, 1, 1);
    let replace = story.replace(story.voters[0].key(), &new);
    story.stand(&replace);
    story.voters[0] = new;
    story.vote(0, 1, [0, 0]);
    story.vote(0, 1, [0, 0]);
    let third = story.ballot(0, &answers(1, [0, 0]));
    story.refuse(&third, Check::Acceptance);
}

#[test]
fn a_ballot_whose_line_a_batch_would_find_changed_is_judged_as_it_stands() {
    let mut story = story();
    let entry = ballot_of(story.ballot(0, &answers(1, [0, 0])));
    let candidate = story.voting().candidate(&entry).unwrap();
    let slot = Slot {
        college: 1,
        credential: story.voters[0].key(),
        after: [0; 32],
    };
    assert_eq!(candidate.slot, slot);
    assert_eq!(candidate.ballot.to_bytes(), entry.proof);
    let checked = story
        .voting()
        .context()
        .verify(candidate.slot, &candidate.ballot);
    assert_eq!(*checked.unwrap().slot(), slot);
    let unknown = BallotEntry {
        key: point(5),
        ..entry
    };
    let void = story.voting().candidate(&unknown).unwrap_err();
    assert_eq!(void.check, Check::Voters);
    story.vote(0, 2, [0, 0]);
}

fn change_of(entry: Entry) -> RollChange {
    let Entry::RollChange(change) = entry else {
        panic!("a change");
    };
    change
}

#[test]
fn an_added_line_is_new_good_and_proven() {
    let mut story = story();
    let new = Voter::new(9, 1, 2);
    let entry = story.add(&new);
    let Operation::Add { row, proofs } = change_of(entry.clone()).operation else {
        panic!("an addition");
    };
    let add = |story: &Story, row: Vec<u8>, proofs: Vec<u8>| {
        story.change(Reason::Error, Operation::Add { row, proofs })
    };
    let faults: [fn(&mut [u8]); 6] = [
        |row| row[..32].copy_from_slice(&[0; 32]),
        |row| row[..32].copy_from_slice(&[255; 32]),
        |row| row[64..68].copy_from_slice(&[0; 4]),
        |row| row[68..72].copy_from_slice(&[0; 4]),
        |row| row[68..72].copy_from_slice(&[3, 0, 0, 0]),
        // A weight that only this line would have.
        |row| row[64] = 2,
    ];
    for fault in faults {
        let mut faulty = row.clone();
        fault(&mut faulty);
        let entry = add(&story, faulty, proofs.clone());
        story.refuse(&entry, Check::RollChanges);
    }
    let known = story.voters[2];
    let again = story.add(&known);
    story.refuse(&again, Check::RollChanges);
    let heavy = story.add(&Voter::new(9, u32::MAX, 2));
    story.refuse(&heavy, Check::RollChanges);
    for proofs in [
        story.proofs(Issued::Chunk(0), &[new]),
        story.proofs(Issued::Replace(&[0; 32]), &[new]),
        [&proofs[64..], &proofs[..64]].concat(),
        vec![255; 128],
    ] {
        let entry = add(&story, row.clone(), proofs);
        story.refuse(&entry, Check::IssuerProofs);
    }
    assert_eq!(
        story.stand(&entry),
        Applied::RollChanged { cancelled: None }
    );
    let line = story.voting().roll().line(new.key().bytes()).unwrap();
    assert_eq!(
        (line.weight, line.college, line.accepted, line.count),
        (1, 2, None, 0)
    );
    story.refuse(&entry, Check::RollChanges);
}

#[test]
fn the_weight_rule_holds_for_additions_unless_an_exception_is_signed() {
    let mut manifest = small_manifest();
    manifest.weights.exception = "shareholders".into();
    let mut story = Story::found(&manifest).until_voting();
    let entry = story.add(&Voter::new(9, 7, 1));
    story.stand(&entry);
}

#[test]
fn a_removed_line_is_gone_with_its_ballot() {
    let mut story = story();
    let index = story.board.size();
    let (tracker, _) = accepted(story.vote(0, 1, [0, 0]));
    let remove = story.remove(0);
    let cancelled = Some(Accepted { tracker, index });
    assert_eq!(story.stand(&remove), Applied::RollChanged { cancelled });
    assert_eq!(story.voting().roll().len(), 6);
    story.refuse(&remove, Check::RollChanges);
    let late = story.ballot(0, &answers(1, [0, 0]));
    story.refuse(&late, Check::Voters);
    // The key never stands again, neither added nor as a replacement.
    let same = story.voters[0];
    let add = story.add(&same);
    story.refuse(&add, Check::RollChanges);
    let replace = story.replace(story.voters[1].key(), &same);
    story.refuse(&replace, Check::RollChanges);
    // A line that had no ballot.
    let remove = story.remove(1);
    assert_eq!(
        story.stand(&remove),
        Applied::RollChanged { cancelled: None }
    );
}

#[test]
fn a_replaced_key_is_new_good_and_proven() {
    let mut story = story();
    let (tracker, _) = accepted(story.vote(3, 1, [0, 0]));
    let old = story.voters[3].key();
    let new = Voter::new(9, 3, 1);
    let entry = story.replace(old, &new);
    let Operation::Replace { halves, proofs, .. } = change_of(entry.clone()).operation else {
        panic!("a replacement");
    };
    let replace = |story: &Story, key: Point, halves: &[u8], proofs: &[u8]| {
        let (halves, proofs) = (halves.to_vec(), proofs.to_vec());
        story.change(
            Reason::Error,
            Operation::Replace {
                key,
                halves,
                proofs,
            },
        )
    };
    let unknown = replace(&story, point(5), &halves, &proofs);
    story.refuse(&unknown, Check::RollChanges);
    let minus = Point::from(-point(5).element());
    let (five, minus) = (point(5), *minus.bytes());
    for faulty in [
        [&[0; 32], &halves[32..]].concat(),
        [&halves[..32], &[0; 32]].concat(),
        [&[255; 32], &halves[32..]].concat(),
        [&five.bytes()[..], &minus].concat(),
    ] {
        let entry = replace(&story, old, &faulty, &proofs);
        story.refuse(&entry, Check::RollChanges);
    }
    for known in [story.voters[3], story.voters[4]] {
        let entry = story.replace(old, &known);
        story.refuse(&entry, Check::RollChanges);
    }
    let lighter = Voter { weight: 1, ..new };
    let wrong = [
        story.proofs(Issued::Add, &[new]),
        story.proofs(Issued::Replace(&[0; 32]), &[new]),
        // For other than the line's weight.
        story.proofs(Issued::Replace(old.bytes()), &[lighter]),
    ];
    for proofs in wrong {
        let entry = replace(&story, old, &halves, &proofs);
        story.refuse(&entry, Check::IssuerProofs);
    }
    assert_eq!(
        story.stand(&entry),
        Applied::RollChanged { cancelled: None }
    );
    let line = *story.voting().roll().line(new.key().bytes()).unwrap();
    assert_eq!((line.weight, line.college, line.count), (3, 1, 0));
    assert_eq!(line.after(), tracker);
    assert!(story.voting().roll().line(old.bytes()).is_none());
    let late = story.ballot(3, &answers(1, [0, 0]));
    story.refuse(&late, Check::Voters);
    // Neither the old key nor the new one can be taken again.
    let back = story.replace(new.key(), &story.voters[3].clone());
    story.refuse(&back, Check::RollChanges);
    story.voters[3] = new;
    let (_, replaced) = accepted(story.vote(3, 2, [0, 0]));
    assert_eq!(replaced.map(|accepted| accepted.tracker), Some(tracker));
}

#[test]
fn a_closing_names_its_own_place() {
    let mut story = story();
    story.vote(0, 1, [0, 0]);
    let Entry::Close(close) = story.close() else {
        panic!("a closing");
    };
    let mut other_root = close.clone();
    other_root.root[0] ^= 1;
    for faulty in [
        other_root,
        Close {
            size: close.size + 1,
            ..close.clone()
        },
        Close {
            size: close.size - 1,
            ..close.clone()
        },
    ] {
        story.refuse(&Entry::Close(faulty), Check::Closing);
    }
    // A ballot that came in between makes it void, and the box stays open.
    story.vote(1, 1, [0, 0]);
    story.refuse(&Entry::Close(close), Check::Closing);
    story.vote(1, 2, [0, 0]);
    let close = story.close();
    story.stand(&close);
    let size = story.board.size();
    assert_eq!(story.sealing().closed(), (size, story.board.root()));
}

#[test]
fn an_extension_is_later_than_the_hour_announced_before() {
    let mut story = story();
    let announced = small_manifest().closes;
    assert_eq!(story.election.closes(), announced);
    for closes in [0, announced - 1, announced] {
        story.refuse(&story.extension(closes), Check::Closing);
    }
    story.stand(&story.extension(announced + 1));
    assert_eq!(story.voting().closes(), announced + 1);
    story.refuse(&story.extension(announced + 1), Check::Closing);
    // Votes go on, and the last hour announced is remembered after the close.
    story.vote(1, 1, [0, 0]);
    story.stand(&story.extension(announced + 5));
    let close = story.close();
    story.stand(&close);
    assert_eq!(story.sealing().closes(), announced + 5);
    assert_eq!(story.election.closes(), announced + 5);
    story.refuse(&story.extension(announced + 9), Check::Order);
}
