//! `urne check` says exactly one thing of every receipt, with an exit code of its own.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use urne_cli::rehearsal::{Draft, Town};
use urne_election::entry::{Entry, SignedEntry};
use urne_election::question::Answer;
use urne_election::receipt::Receipt;

mod town;

use town::{question, record};

fn first() -> [Answer; 1] {
    [Answer::Values(vec![1, 0])]
}

/// The same town every time, its box open.
fn opened() -> Town {
    let mut town = Town::found(Draft::plain("A vote", vec![question()], 4), 7).unwrap();
    town.prepare_and_open().unwrap();
    town
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
    let mut town = opened();
    let receipts: Vec<Receipt> = (0..3)
        .map(|voter| town.vote(voter, &first()).unwrap())
        .collect();
    let again = town.vote(1, &first()).unwrap();
    town.remove(2).unwrap();
    let record = record(&town, folder.path(), "record");
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
    let mut town = opened();
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
    let (code, said) = check(
        &kept(&receipt, &folder),
        &record(&town, folder.path(), "record"),
    );
    assert_eq!((code, &said["fate"]), (12, &"void".into()));
    assert!(said["detail"].as_str().unwrap().contains("V21"), "{said}");
}

#[test]
fn a_ballot_that_was_left_out_is_absent() {
    let folder = TempDir::new().unwrap();
    let (mut shown, mut hidden) = (opened(), opened());
    let receipt = hidden.vote(0, &first()).unwrap();
    let other = shown.vote(1, &first()).unwrap();
    assert_eq!(receipt.index, other.index);
    let (code, said) = check(
        &kept(&receipt, &folder),
        &record(&shown, folder.path(), "record"),
    );
    assert_eq!((code, &said["fate"]), (13, &"absent".into()));
}

#[test]
fn a_server_that_shows_two_boards_is_caught_by_a_receipt() {
    let folder = TempDir::new().unwrap();
    let (mut one, mut other) = (opened(), opened());
    one.vote(1, &first()).unwrap();
    other.vote(2, &first()).unwrap();
    let receipt = one.vote(0, &first()).unwrap();
    other.server.admit(receipt.entry.clone()).unwrap();
    let (code, said) = check(
        &kept(&receipt, &folder),
        &record(&other, folder.path(), "record"),
    );
    assert_eq!((code, &said["fate"]), (14, &"two-boards".into()));
}

#[test]
fn what_cannot_be_used_is_told_apart_from_what_does_not_count() {
    let folder = TempDir::new().unwrap();
    let mut town = opened();
    let early = record(&town, folder.path(), "early");
    let mut receipt = town.vote(0, &first()).unwrap();
    let record = record(&town, folder.path(), "record");
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
