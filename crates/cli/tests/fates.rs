//! `urne check` says exactly one thing of every receipt, with an exit code of its own.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use urne_cli::rehearsal::{Draft, Town};
use urne_election::entry::{Entry, SignedEntry};
use urne_election::outcome::{Base, Majority, Quorum, Rule, RuleName, Ties};
use urne_election::question::{Answer, ChoiceOption, Kind, Question};
use urne_election::receipt::Receipt;

fn question() -> Question {
    let option = |name: &str| ChoiceOption {
        name: vec![name.into()],
        description: vec![String::new()],
        cost: 0,
    };
    Question {
        kind: Kind::One,
        title: vec!["Which?".into()],
        description: vec![String::new()],
        random: false,
        options: vec![option("a"), option("b")],
        blank: false,
        least: 0,
        most: 0,
        each: 0,
        envelope: 0,
        rule: Rule {
            name: RuleName::Most,
            seats: 1,
            majority: Majority {
                numerator: 0,
                denominator: 1,
                of: Base::Expressed,
                strict: false,
            },
            quorum: Quorum {
                numerator: 0,
                denominator: 1,
            },
            ties: Ties::Listed,
        },
    }
}

fn first() -> [Answer; 1] {
    [Answer::Values(vec![1, 0])]
}

/// The same town every time, its box open.
fn town() -> Town {
    let mut town = Town::found(Draft::plain("A vote", vec![question()], 4), 7).unwrap();
    town.prepare_and_open().unwrap();
    town
}

fn record(town: &Town, folder: &TempDir, name: &str) -> PathBuf {
    let into = folder.path().join(name);
    let write = |path: &str, bytes: &[u8]| {
        let file = into.join(path);
        fs::create_dir_all(file.parent().unwrap())?;
        fs::write(file, bytes)
    };
    town.server.write_record(write).unwrap();
    into
}

fn kept(receipt: &Receipt, folder: &TempDir) -> PathBuf {
    let file = folder.path().join(format!("receipt-{}", receipt.index));
    fs::write(&file, receipt.to_bytes()).unwrap();
    file
}

/// Exit code, and what is said as JSON.
fn check(receipt: &Path, record: &Path) -> (i32, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_urne"))
        .arg("check")
        .args([receipt, record])
        .arg("--json")
        .output()
        .unwrap();
    let said = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap(), said)
}

#[test]
fn a_ballot_counts_until_it_is_replaced_or_cancelled() {
    let folder = TempDir::new().unwrap();
    let mut town = town();
    let receipts: Vec<Receipt> = (0..3)
        .map(|voter| town.vote(voter, &first()).unwrap())
        .collect();
    let again = town.vote(1, &first()).unwrap();
    town.remove(2).unwrap();
    let record = record(&town, &folder, "record");
    let fate = |receipt: &Receipt| check(&kept(receipt, &folder), &record);
    let (code, said) = fate(&receipts[0]);
    assert_eq!(
        (code, &said["fate"], &said["closed"]),
        (0, &"counts".into(), &false.into())
    );
    let (code, said) = fate(&receipts[1]);
    assert_eq!(
        (code, &said["fate"], &said["by"]),
        (10, &"replaced".into(), &again.index.into())
    );
    let (code, said) = fate(&receipts[2]);
    assert_eq!((code, &said["fate"]), (11, &"cancelled".into()));
    assert_eq!(said["by"], again.index + 1);
}

#[test]
fn a_receipt_for_a_void_ballot_is_evidence() {
    let folder = TempDir::new().unwrap();
    let mut town = town();
    let late = town.ballot_of(0, &first()).unwrap();
    town.vote(0, &first()).unwrap();
    // It no longer follows the accepted ballot: a server that appends it all the same is to blame.
    town.server.force(late.clone());
    let election = town.server.replica().election();
    let shape = &election.constants().shape;
    let Entry::Ballot(ballot) = SignedEntry::decode(&late, shape).unwrap().entry else {
        panic!("a ballot");
    };
    let count = election.constants().form.program().ciphertexts();
    let tracker = ballot.tracker(election.ctx().unwrap(), count);
    let receipt = town.server.receipt(late, tracker);
    let (code, said) = check(&kept(&receipt, &folder), &record(&town, &folder, "record"));
    assert_eq!((code, &said["fate"]), (12, &"void".into()));
    assert!(said["detail"].as_str().unwrap().contains("V21"), "{said}");
}

#[test]
fn a_ballot_that_was_left_out_is_absent() {
    let folder = TempDir::new().unwrap();
    let (mut shown, mut hidden) = (town(), town());
    let receipt = hidden.vote(0, &first()).unwrap();
    let other = shown.vote(1, &first()).unwrap();
    assert_eq!(receipt.index, other.index);
    let (code, said) = check(&kept(&receipt, &folder), &record(&shown, &folder, "record"));
    assert_eq!((code, &said["fate"]), (13, &"absent".into()));
}

#[test]
fn a_server_that_shows_two_boards_is_caught_by_a_receipt() {
    let folder = TempDir::new().unwrap();
    let (mut one, mut other) = (town(), town());
    one.vote(1, &first()).unwrap();
    other.vote(2, &first()).unwrap();
    let receipt = one.vote(0, &first()).unwrap();
    other.server.admit(receipt.entry.clone()).unwrap();
    let (code, said) = check(&kept(&receipt, &folder), &record(&other, &folder, "record"));
    assert_eq!((code, &said["fate"]), (14, &"two-boards".into()));
}

#[test]
fn what_cannot_be_used_is_told_apart_from_what_does_not_count() {
    let folder = TempDir::new().unwrap();
    let mut town = town();
    let early = record(&town, &folder, "early");
    let mut receipt = town.vote(0, &first()).unwrap();
    let record = record(&town, &folder, "record");
    let file = kept(&receipt, &folder);
    assert_eq!(check(&file, &record).0, 0);
    // A copy from before the ballot, a folder that is none, a receipt somebody altered, a file that is none.
    assert_eq!(check(&file, &early).0, 1);
    assert_eq!(check(&file, &folder.path().join("nowhere")).0, 1);
    receipt.tracker[0] ^= 1;
    assert_eq!(check(&kept(&receipt, &folder), &record).0, 1);
    let foreign = folder.path().join("foreign");
    fs::write(&foreign, "hello\n").unwrap();
    assert_eq!(check(&foreign, &record).0, 1);
}
