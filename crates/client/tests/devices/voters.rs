//! A voter's two devices: a ballot is cast or checked, and a check finds what was changed.

use urne_client::voter::{Audit, Checked, PreparedBallot, VoteError, prepare, slot};
use urne_crypto::encoding::SecretScalar;
use urne_election::form::BallotAnswersError;
use urne_election::json::base64url;
use urne_election::question::Answer;

use crate::setting::{Setting, first};

fn prepared(setting: &mut Setting, voter: usize) -> PreparedBallot {
    let credential = &setting.voters[voter];
    prepare(&setting.replica, credential, &first(), &mut setting.rng).unwrap()
}

/// What the voting device reveals, and the tracker captured before.
fn revealed(setting: &mut Setting, voter: usize) -> (Audit, [u8; 32]) {
    let prepared = prepared(setting, voter);
    let tracker = prepared.tracker();
    (prepared.reveal(&setting.replica), tracker)
}

fn check(setting: &Setting, audit: &Audit, voter: usize, captured: &[u8; 32]) -> Checked {
    let slot = slot(&setting.replica, &setting.voters[voter].public()).unwrap();
    audit.check(&setting.replica, &slot, captured).unwrap()
}

/// The revealed ballot with one part of its line of JSON written otherwise.
fn altered(audit: &Audit, from: &str, to: &str) -> Audit {
    let text = String::from_utf8(audit.to_bytes()).unwrap();
    assert!(text.contains(from), "{text}");
    Audit::decode(text.replacen(from, to, 1).as_bytes()).unwrap()
}

#[test]
fn a_ballot_goes_where_the_board_says() {
    let mut setting = Setting::found(false).until_voting();
    let key = setting.voters[0].public();
    let before = slot(&setting.replica, &key).unwrap();
    assert_eq!(
        (before.college, before.credential, before.after),
        (1, key, [0; 32])
    );
    let (_, tracker) = setting.vote(0);
    assert_eq!(slot(&setting.replica, &key).unwrap().after, tracker);
    let unknown = slot(&setting.replica, &setting.voters[2].public());
    assert_eq!(unknown, Err(VoteError::NotOnRoll));
}

#[test]
fn no_ballot_is_made_without_an_open_box_a_line_and_allowed_answers() {
    let mut setting = Setting::found(false).until_voting();
    let refused = |setting: &mut Setting, voter: usize, answers: &[Answer]| {
        let credential = &setting.voters[voter];
        prepare(&setting.replica, credential, answers, &mut setting.rng).err()
    };
    assert_eq!(
        refused(&mut setting, 2, &first()),
        Some(VoteError::NotOnRoll)
    );
    let both = [Answer::Values(vec![1, 1])];
    let found = refused(&mut setting, 0, &both);
    assert!(matches!(
        found,
        Some(VoteError::Answers(BallotAnswersError::Answer {
            question: 1,
            ..
        }))
    ));
    for mut closed in [
        Setting::found(false).until_ready(),
        Setting::found(false).until_sealing(),
    ] {
        assert_eq!(refused(&mut closed, 0, &first()), Some(VoteError::NotOpen));
    }
}

#[test]
fn every_ballot_has_a_seed_of_its_own() {
    let mut setting = Setting::found(false).until_voting();
    let (_, first) = revealed(&mut setting, 0);
    let (_, second) = revealed(&mut setting, 0);
    let (_, cast) = setting.vote(0);
    assert!(first != second && first != cast && second != cast);
}

#[test]
fn a_ballot_of_another_credential_is_refused_by_the_board() {
    let mut setting = Setting::found(false).until_voting();
    let prepared = prepared(&mut setting, 0);
    let other = SecretScalar::random(&mut setting.rng);
    let entry = prepared
        .cast(&setting.replica, &other, &mut setting.rng)
        .unwrap();
    assert!(setting.replica.admit(entry).is_err());
}

#[test]
fn a_check_finds_an_unchanged_ballot_unchanged() {
    let mut setting = Setting::found(false).until_voting();
    let (audit, captured) = revealed(&mut setting, 0);
    let expected = Checked::Unchanged(vec![1, 0, 0]);
    assert_eq!(check(&setting, &audit, 0, &captured), expected);
    // Also for the second ballot of a line, and as read from its bytes.
    setting.vote(0);
    let (audit, captured) = revealed(&mut setting, 0);
    let read = Audit::decode(&audit.to_bytes()).unwrap();
    assert_eq!(check(&setting, &read, 0, &captured), expected);
}

#[test]
fn a_check_finds_every_change() {
    let mut setting = Setting::found(false).until_voting();
    let (audit, captured) = revealed(&mut setting, 0);
    // The device shows another choice than it encrypted.
    let lie = altered(&audit, "[1,0,0]", "[0,1,0]");
    assert_eq!(check(&setting, &lie, 0, &captured), Checked::Changed);
    // Another seed, another ballot, another line, another tracker.
    let (other, other_captured) = revealed(&mut setting, 0);
    assert_eq!(check(&setting, &other, 0, &captured), Checked::Changed);
    assert_eq!(
        check(&setting, &audit, 0, &other_captured),
        Checked::Changed
    );
    assert_eq!(check(&setting, &audit, 1, &captured), Checked::Changed);
    let mut flipped = captured;
    flipped[31] ^= 1;
    assert_eq!(check(&setting, &audit, 0, &flipped), Checked::Changed);
}

#[test]
fn a_check_notices_another_election_another_place_and_another_length() {
    let mut setting = Setting::found(false).until_voting();
    let (audit, captured) = revealed(&mut setting, 0);
    let id = base64url(setting.replica.election().id());
    let elsewhere = [
        altered(&audit, &id, &base64url(&[5; 32])),
        altered(
            &audit,
            "\"after\":\"\"",
            &format!("\"after\":\"{}\"", base64url(&[5; 32])),
        ),
        altered(&audit, "[1,0,0]", "[1,0]"),
        altered(&audit, "[1,0,0]", "[1,0,0,0]"),
    ];
    for audit in elsewhere {
        assert_eq!(check(&setting, &audit, 0, &captured), Checked::Elsewhere);
    }
    // The line has moved on since.
    setting.vote(0);
    assert_eq!(check(&setting, &audit, 0, &captured), Checked::Elsewhere);
}

#[test]
fn a_check_needs_an_open_box() {
    let mut setting = Setting::found(false).until_voting();
    let (audit, captured) = revealed(&mut setting, 0);
    let place = slot(&setting.replica, &setting.voters[0].public()).unwrap();
    let close = setting.organizer.close(&setting.replica).unwrap();
    setting.stand(close);
    let late = audit.check(&setting.replica, &place, &captured);
    assert_eq!(late, Err(VoteError::NotOpen));
}

#[test]
fn a_revealed_ballot_has_one_form() {
    let mut setting = Setting::found(false).until_voting();
    setting.vote(0);
    let (audit, _) = revealed(&mut setting, 0);
    let bytes = audit.to_bytes();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let id = base64url(setting.replica.election().id());
    assert!(text.starts_with(&format!(
        "{{\"kind\":\"audit\",\"election\":\"{id}\",\"after\":\""
    )));
    assert!(text.contains("\",\"choices\":[1,0,0],\"seed\":\""));
    assert_eq!(Audit::decode(&bytes).unwrap().to_bytes(), bytes);
    let after = text.split('"').nth(11).unwrap();
    for (from, to) in [
        ("audit", "ballot"),
        ("[1,0,0]", "[]"),
        ("[1,0,0]", "[1,0,0,]"),
        ("[1,0,0]", "[-1,0,0]"),
        ("{\"kind\"", "{ \"kind\""),
        ("\"seed\"", "\"sead\""),
        (after, "AAAA"),
        // The empty string stands for 32 zero bytes.
        (after, &base64url(&[0; 32])),
    ] {
        let wrong = text.replacen(from, to, 1);
        assert_ne!(wrong, text);
        assert!(Audit::decode(wrong.as_bytes()).is_err(), "{wrong}");
    }
    for length in 0..bytes.len() {
        assert!(Audit::decode(&bytes[..length]).is_err());
    }
    let choices = |count: usize| {
        let list = format!("[{}]", vec!["7"; count].join(","));
        Audit::decode(text.replacen("[1,0,0]", &list, 1).as_bytes()).is_ok()
    };
    assert!(choices(1) && choices(700) && !choices(701));
}
