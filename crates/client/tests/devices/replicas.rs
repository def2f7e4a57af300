//! A copy of the board: judges every entry itself, follows whole records, and knows which state is vouched for.

use std::collections::BTreeMap;

use urne_board::checkpoint::SignedCheckpoint;
use urne_board::record::RecordFiles;
use urne_client::replica::{Replica, ReplicaError};
use urne_election::phase::{Check, Past as _, Phase};

use crate::setting::{Setting, checkpoint, checkpoint_by, copy};

type Files = BTreeMap<String, Vec<u8>>;

/// Every witness of the manifest.
const ALL: [u8; 3] = [11, 12, 13];

/// The record of a board with these checkpoints kept.
fn record_keeping(replica: &Replica, witnesses: &[u8], kept: Vec<SignedCheckpoint>) -> Files {
    let files = RecordFiles::new(checkpoint_by(replica, witnesses), kept).unwrap();
    let mut all = Files::new();
    let emit = |path: &str, bytes: &[u8]| {
        all.insert(path.to_owned(), bytes.to_vec());
        Ok::<(), &str>(())
    };
    files.write(replica.entries(), emit).unwrap();
    all
}

fn record(replica: &Replica, witnesses: &[u8]) -> Files {
    record_keeping(replica, witnesses, Vec::new())
}

fn follow(files: &Files, expected: Option<&[u8; 32]>) -> Result<Replica, ReplicaError> {
    Replica::from_record(|path| files.get(path).cloned().ok_or("missing"), expected)
}

#[test]
fn a_copy_takes_only_what_may_stand_and_nothing_else_changes_it() {
    let mut setting = Setting::found(false);
    let deal = setting.deal(0).unwrap();
    let root = setting.replica.tree().root();
    assert!(setting.replica.admit(b"{}\n".to_vec()).is_err());
    assert_eq!(
        (setting.replica.tree().size(), setting.replica.tree().root()),
        (1, root)
    );
    assert!(setting.replica.void().is_empty());
    setting.stand(deal.clone());
    assert_eq!(setting.replica.admit(deal).unwrap_err().check, Check::Order);
    assert_eq!(setting.replica.entries().len(), 2);
}

#[test]
fn a_replayed_void_entry_is_kept_and_listed_with_its_place() {
    let mut setting = Setting::found(false);
    let deal = setting.deal(0).unwrap();
    setting.replica.replay(deal.clone());
    setting.replica.replay(deal);
    setting.replica.replay(b"{}\n".to_vec());
    let void: Vec<(u64, Check)> = setting
        .replica
        .void()
        .iter()
        .map(|(index, void)| (*index, void.check))
        .collect();
    assert_eq!(void, [(2, Check::Order), (3, Check::Form)]);
    assert_eq!(setting.replica.tree().size(), 4);
    // The ceremony goes on.
    let deal = setting.deal(1).unwrap();
    setting.stand(deal);
    assert!(matches!(
        setting.replica.election().phase(),
        Phase::Confirming(_)
    ));
}

#[test]
fn the_past_is_the_log() {
    let mut setting = Setting::found(false);
    let deal = setting.deal(0).unwrap();
    let leaf = urne_board::tree::leaf_hash(&deal);
    let ahead = setting.replica.past().root_after(&leaf);
    setting.stand(deal.clone());
    let past = setting.replica.past();
    assert_eq!((past.size(), past.root()), (2, ahead));
    assert_eq!(past.root(), setting.replica.tree().root());
    assert_eq!(past.entry(1), Some(deal));
    assert_eq!((past.entry(2), past.entry(u64::MAX)), (None, None));
}

/// Sizes of the board before and after `open` (entry 8) and `close` (entry 10).
const TURNING_POINTS: [usize; 4] = [8, 9, 10, 11];

/// The checkpoints of the turning points, each cosigned by these witnesses.
fn turning_points(replica: &Replica, witnesses: [&[u8]; 4]) -> Vec<SignedCheckpoint> {
    TURNING_POINTS
        .iter()
        .zip(witnesses)
        .map(|(&size, witnesses)| checkpoint_by(&copy(replica, size), witnesses))
        .collect()
}

#[test]
fn a_whole_record_leads_to_the_same_board() {
    let mut setting = Setting::found(true).until_sealing();
    setting.replica.replay(b"void\n".to_vec());
    let kept = turning_points(&setting.replica, [&ALL; 4]);
    let files = record_keeping(&setting.replica, &ALL, kept);
    let id = *setting.replica.election().id();
    for expected in [None, Some(&id)] {
        let read = follow(&files, expected).unwrap();
        assert_eq!(read.tree().root(), setting.replica.tree().root());
        assert_eq!(read.entries(), setting.replica.entries());
        assert_eq!(read.void(), setting.replica.void());
        assert!(matches!(read.election().phase(), Phase::Sealing(_)));
    }
}

#[test]
fn a_copy_catches_up_with_what_was_appended_since_from_wherever_it_stands() {
    let setting = Setting::found(true).until_sealing();
    let whole = &setting.replica;
    let files = record_keeping(whole, &ALL, turning_points(whole, [&ALL; 4]));
    let read = |path: &str| files.get(path).cloned().ok_or("missing");
    for known in 1..=whole.entries().len() {
        let mut behind = copy(whole, known);
        behind.catch_up(read).unwrap();
        assert_eq!(behind.tree().root(), whole.tree().root());
        assert_eq!(behind.entries(), whole.entries());
        assert!(matches!(behind.election().phase(), Phase::Sealing(_)));
    }
}

#[test]
fn a_copy_does_not_follow_a_board_that_forgot_or_changed_something() {
    let setting = Setting::found(true).until_sealing();
    let whole = &setting.replica;
    let length = whole.entries().len();
    let mut behind = copy(whole, length - 1);
    let root = behind.tree().root();
    // Shorter than this copy; of another history; without its witnesses; with a kept state that is not vouched for.
    let mut other = copy(whole, length - 2);
    other.replay(b"other\n".to_vec());
    other.replay(b"more\n".to_vec());
    let shorter = copy(whole, length - 2);
    for files in [record(&shorter, &ALL), record(&other, &ALL)] {
        let read = |path: &str| files.get(path).cloned().ok_or("missing");
        assert!(matches!(
            behind.catch_up(read),
            Err(ReplicaError::Rewritten)
        ));
    }
    let few = record(whole, &ALL[..2]);
    let unvouched = behind.catch_up(|path| few.get(path).cloned().ok_or("missing"));
    assert!(matches!(unvouched, Err(ReplicaError::Checkpoint(_))));
    assert_eq!(behind.tree().root(), root, "nothing has changed");
    let mut witnesses: [&[u8]; 4] = [&ALL; 4];
    witnesses[0] = &ALL[..2];
    let files = record_keeping(whole, &ALL, turning_points(whole, witnesses));
    let mut before = copy(whole, TURNING_POINTS[0]);
    let kept = before.catch_up(|path| files.get(path).cloned().ok_or("missing"));
    assert!(matches!(kept, Err(ReplicaError::KeptCheckpoint(_))));
}

#[test]
fn the_states_around_opening_and_closing_must_be_vouched_for() {
    let setting = Setting::found(true).until_sealing();
    let replica = &setting.replica;
    for (place, size) in TURNING_POINTS.into_iter().enumerate() {
        let mut missing = turning_points(replica, [&ALL; 4]);
        missing.remove(place);
        let files = record_keeping(replica, &ALL, missing);
        assert!(
            matches!(follow(&files, None), Err(ReplicaError::Record(_))),
            "{size}"
        );
        let mut witnesses: [&[u8]; 4] = [&ALL; 4];
        witnesses[place] = &ALL[..2];
        let files = record_keeping(replica, &ALL, turning_points(replica, witnesses));
        let found = follow(&files, None);
        assert!(
            matches!(found, Err(ReplicaError::KeptCheckpoint(found)) if found == size as u64),
            "{size}"
        );
    }
    // Void openings and closings are no turning points, nor are other entries.
    let mut earlier = Setting::found(true).until_ready();
    let close = replica.entries()[10].clone();
    earlier.replica.replay(close);
    assert_eq!(earlier.replica.void().len(), 1);
    assert!(follow(&record(&earlier.replica, &ALL), None).is_ok());
}

#[test]
fn a_record_of_another_election_or_without_its_witnesses_is_not_followed() {
    let setting = Setting::found(true).until_confirming();
    let files = record(&setting.replica, &ALL);
    let other = follow(&files, Some(&[1; 32]));
    assert!(matches!(other, Err(ReplicaError::OtherElection)));
    let few = follow(&record(&setting.replica, &[11, 12]), None);
    assert!(matches!(few, Err(ReplicaError::Checkpoint(_))));
    // Without a quorum in the manifest the log's signature is enough.
    let alone = Setting::found(false).until_confirming();
    assert!(follow(&record(&alone.replica, &[]), None).is_ok());
}

#[test]
fn a_damaged_record_is_not_followed() {
    let setting = Setting::found(true).until_confirming();
    let files = record(&setting.replica, &ALL);
    for path in files.keys() {
        let mut missing = files.clone();
        missing.remove(path);
        assert!(follow(&missing, None).is_err(), "{path}");
        let mut damaged = files.clone();
        let bytes = damaged.get_mut(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        assert!(follow(&damaged, None).is_err(), "{path}");
    }
}

#[test]
fn a_checkpoint_vouches_for_exactly_its_own_board_and_size() {
    let mut setting = Setting::found(true).until_confirming();
    let size = setting.replica.tree().size();
    let good = checkpoint(&setting.replica);
    assert!(setting.replica.is_vouched_for(&good, size));
    assert!(!setting.replica.is_vouched_for(&good, size - 1));
    assert!(!setting.replica.is_vouched_for(&good, size + 1));
    let few = checkpoint_by(&setting.replica, &[11, 13]);
    assert!(!setting.replica.is_vouched_for(&few, size));
    // Another board of the same size.
    let mut other = copy(&setting.replica, size as usize - 1);
    other.replay(b"void\n".to_vec());
    assert!(!setting.replica.is_vouched_for(&checkpoint(&other), size));
    // The board may have grown since.
    let notice = setting
        .organizer
        .notice(&setting.replica, vec!["more".into()]);
    setting.stand(notice);
    assert!(setting.replica.is_vouched_for(&good, size));
}

#[test]
fn a_board_starts_with_a_manifest() {
    assert!(Replica::start(b"{}\n".to_vec()).is_err());
    let setting = Setting::found(false);
    let entry = setting.replica.entries()[0].clone();
    let replica = Replica::start(entry).unwrap();
    assert_eq!(replica.manifest(), setting.replica.manifest());
    assert_eq!(replica.tree().size(), 1);
}
