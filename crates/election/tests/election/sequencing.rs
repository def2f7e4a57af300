//! What a server that orders ballots needs beside `apply`: a judgement without effect, proofs checked beforehand, a clone.

use urne_crypto::ballot::Slot;
use urne_crypto::ballot::verify::CheckedBallot;
use urne_election::entry::Entry;
use urne_election::manifest::Manifest;
use urne_election::phase::{Applied, Check};

use crate::sample::point;
use crate::story::{Story, Voter, answers, small_manifest};

fn story() -> Story {
    Story::found(&small_manifest()).until_voting()
}

/// The same proof check the server runs on another thread.
fn checked(story: &Story, entry: &Entry) -> CheckedBallot {
    let Entry::Ballot(ballot) = entry else {
        panic!("a ballot");
    };
    let candidate = story.voting().candidate(ballot).unwrap();
    let context = story.voting().context();
    context.verify(candidate.slot, &candidate.ballot).unwrap()
}

#[test]
fn a_checked_ballot_is_accepted_as_its_entry_would_be() {
    let mut story = story();
    story.vote(0, 1, [0, 0]);
    let again = story.ballot(0, &answers(2, [1, 0]));
    let ballot = checked(&story, &again);
    let mut by_proof = story.election.clone();
    let accepted = by_proof.accept(&ballot, &story.board).unwrap();
    assert_eq!(accepted, story.stand(&again));
    let counted = |election: &urne_election::phase::Election| {
        let mut election = election.clone();
        let close = story.sign(&story.close());
        election.apply(&close, &story.board).unwrap();
        match election.phase() {
            urne_election::phase::Phase::Sealing(phase) => {
                (phase.sums().hash(), format!("{:?}", phase.colleges()))
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(counted(&by_proof), counted(&story.election));
}

#[test]
fn acceptance_is_judged_without_effect() {
    let mut story = story();
    let first = story.ballot(0, &answers(1, [0, 0]));
    let slot = *checked(&story, &first).slot();
    let before = story.state();
    assert_eq!(story.election.check_acceptance(&slot), Ok(None));
    assert_eq!(story.election.check_acceptance(&slot), Ok(None));
    assert_eq!(story.state(), before);
    let index = story.board.0.len() as u64;
    let Applied::Ballot { tracker, .. } = story.stand(&first) else {
        panic!("a ballot is accepted");
    };
    let outdated = story.election.check_acceptance(&slot).unwrap_err();
    assert_eq!(outdated.check, Check::Acceptance);
    let next = Slot {
        after: tracker,
        ..slot
    };
    let replaced = story.election.check_acceptance(&next).unwrap().unwrap();
    assert_eq!((replaced.index, replaced.tracker), (index, tracker));
    let stranger = Slot {
        credential: point(5),
        ..slot
    };
    let unknown = story.election.check_acceptance(&stranger).unwrap_err();
    assert_eq!(unknown.check, Check::Voters);
}

#[test]
fn a_checked_ballot_is_judged_again_where_it_would_stand() {
    let mut story = story();
    let one = story.ballot(0, &answers(1, [0, 0]));
    let other = story.ballot(0, &answers(2, [0, 0]));
    let late = checked(&story, &other);
    story.stand(&one);
    let before = story.state();
    let void = story.election.accept(&late, &story.board).unwrap_err();
    assert_eq!(void.check, Check::Acceptance);
    assert_eq!(story.state(), before);
    let close = story.close();
    story.stand(&close);
    let void = story.election.accept(&late, &story.board).unwrap_err();
    assert_eq!(void.check, Check::Order);
    let slot = *late.slot();
    let void = story.election.check_acceptance(&slot).unwrap_err();
    assert_eq!(void.check, Check::Order);
}

#[test]
fn a_ballot_checked_for_another_election_is_not_accepted() {
    let mut story = story();
    let elsewhere = Manifest {
        cap: 7,
        ..small_manifest()
    };
    let mut elsewhere = Story::found(&elsewhere).until_voting();
    let foreign = elsewhere.ballot(0, &answers(1, [0, 0]));
    let foreign = checked(&elsewhere, &foreign);
    assert_ne!(foreign.ctx(), story.election.ctx().unwrap());
    let before = story.state();
    let void = story.election.accept(&foreign, &story.board).unwrap_err();
    assert_eq!(void.check, Check::BallotProofs);
    assert_eq!(story.state(), before);
}

#[test]
fn what_has_to_be_read_again_is_known_beforehand() {
    let mut story = story();
    let first = story.ballot(0, &answers(1, [0, 0]));
    assert_eq!(story.election.reads(&first), None);
    assert_eq!(story.election.reads(&story.remove(0)), None);
    let index = story.board.0.len() as u64;
    story.stand(&first);
    let again = story.ballot(0, &answers(2, [0, 0]));
    assert_eq!(story.election.reads(&again), Some(index));
    assert_eq!(story.election.reads(&story.remove(0)), Some(index));
    let replace = story.replace(story.voters[0].key(), &Voter::new(9, 1, 1));
    assert_eq!(story.election.reads(&replace), None);
    assert_eq!(story.election.reads(&story.close()), None);
}

#[test]
fn a_clone_goes_its_own_way() {
    let mut story = story();
    let before = story.state();
    let ballot = story.ballot(0, &answers(1, [0, 0]));
    let ballot = story.sign(&ballot);
    let mut clone = story.election.clone();
    clone.apply(&ballot, &story.board).unwrap();
    assert_eq!(story.state(), before);
    story.stand_bytes(ballot);
    assert_eq!(format!("{clone:?}"), format!("{:?}", story.election));
}
