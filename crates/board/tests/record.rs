//! Records written, read back, and damaged in every file.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use urne_board::bundle::BundleError;
use urne_board::checkpoint::CheckpointError;
use urne_board::record::RecordError;
use urne_board::{
    Checkpoint, Frontier, KeyName, RecordFiles, RecordReader, SignedCheckpoint, SigningKey, Tree,
    files_for_growth, leaf_hash,
};

type Files = BTreeMap<String, Vec<u8>>;
type Read = Result<Vec<u8>, &'static str>;

fn entries(size: u64) -> Vec<Vec<u8>> {
    (0..size)
        .map(|index| format!("entry {index}").into_bytes())
        .collect()
}

fn tree(size: u64) -> Tree {
    let mut tree = Tree::new();
    for entry in entries(size) {
        tree.push(leaf_hash(&entry));
    }
    tree
}

fn signed_as(origin: &str, size: u64, root: [u8; 32]) -> SignedCheckpoint {
    let key = SigningKey::from_bytes(&[1; 32]);
    Checkpoint::new(KeyName::new(origin).unwrap(), size, root)
        .unwrap()
        .sign(&key)
        .unwrap()
}

fn signed(size: u64) -> SignedCheckpoint {
    signed_as("log.example", size, tree(size).root())
}

fn record(size: u64, kept: &[u64]) -> Files {
    let kept = kept.iter().map(|size| signed(*size)).collect();
    let files = RecordFiles::new(signed(size), kept)
        .unwrap()
        .to_vec(entries(size))
        .unwrap();
    let count = files.len();
    let files: Files = files.into_iter().collect();
    assert_eq!(files.len(), count, "no file is written twice");
    files
}

fn open(files: &Files) -> Result<RecordReader<impl FnMut(&str) -> Read>, RecordError> {
    RecordReader::open(|path: &str| files.get(path).cloned().ok_or("no such file"))
}

fn read(files: &Files) -> Result<Vec<Vec<u8>>, RecordError> {
    open(files)?.entries()
}

#[test]
fn entries_are_read_back_at_sizes_around_every_tile_boundary() {
    for size in [0, 1, 2, 255, 256, 257, 511, 512, 513, 1000] {
        assert_eq!(read(&record(size, &[])).unwrap(), entries(size), "{size}");
    }
}

#[test]
fn a_third_level_of_tiles_is_written_and_read() {
    let size = 65_536 + 300;
    let files = record(size, &[]);
    assert!(files.contains_key("tile/2/000.p/1"));
    assert!(files.contains_key("tile/1/000"));
    assert!(files.contains_key("tile/1/001.p/1"));
    assert!(files.contains_key("tile/0/257.p/44"));
    assert_eq!(read(&files).unwrap().len() as u64, size);
}

#[test]
fn the_folder_holds_these_files() {
    let names: Vec<String> = record(600, &[3, 255, 300, 301]).into_keys().collect();
    assert_eq!(
        names,
        [
            "checkpoint",
            "checkpoints/255",
            "checkpoints/3",
            "checkpoints/300",
            "checkpoints/301",
            "tile/0/000",
            "tile/0/001",
            "tile/0/002.p/88",
            "tile/1/000.p/1",
            "tile/1/000.p/2",
            "tile/entries/000",
            "tile/entries/001",
            "tile/entries/002.p/88",
        ]
    );
    assert_eq!(
        record(0, &[]).into_keys().collect::<Vec<_>>(),
        ["checkpoint"]
    );
}

#[test]
fn partial_tiles_of_kept_sizes_are_written_where_no_full_tile_follows() {
    let files = record(600, &[520, 600]);
    assert!(files.contains_key("tile/0/002.p/8"));
    assert!(files.contains_key("tile/entries/002.p/8"));
    assert!(files.contains_key("tile/entries/002.p/88"));
    assert_eq!(read(&files).unwrap(), entries(600));
}

#[test]
fn the_latest_checkpoint_is_written_last() {
    let files = RecordFiles::new(signed(300), vec![signed(5)]).unwrap();
    let files = files.to_vec(entries(300)).unwrap();
    assert_eq!(files.last().unwrap().0, "checkpoint");
}

#[test]
fn growth_in_steps_makes_the_same_record() {
    let (all, tree) = (entries(700), tree(700));
    let mut grown = Files::new();
    let mut old = 0;
    for new in [1, 2, 255, 256, 300, 300, 513, 700] {
        let files = files_for_growth(&tree, old, new, |index| all.get(index as usize)).unwrap();
        assert_eq!(files.is_empty(), old == new);
        grown.extend(files);
        old = new;
    }
    grown.insert("checkpoint".into(), signed(700).to_string().into_bytes());
    assert_eq!(read(&grown).unwrap(), all);
    for (path, bytes) in record(700, &[]) {
        assert_eq!(grown.get(&path), Some(&bytes), "{path}");
    }
}

#[test]
fn growth_beyond_the_tree_or_without_an_entry_is_refused() {
    let (all, tree) = (entries(300), tree(300));
    let growth = |new, missing| {
        files_for_growth(&tree, 260, new, |index| {
            (index != missing).then(|| all[index as usize].clone())
        })
    };
    assert!(growth(300, 255).is_ok());
    assert_eq!(growth(301, 255), Err(RecordError::Size));
    // The bundle in which growth begins is written whole.
    assert_eq!(
        growth(300, 256),
        Err(RecordError::MissingEntry { index: 256 })
    );
}

#[test]
fn every_file_of_the_record_is_needed_and_checked() {
    let files = record(600, &[]);
    assert_eq!(read(&files).unwrap(), entries(600));
    for path in files.keys() {
        let mut missing = files.clone();
        missing.remove(path);
        let unreadable = RecordError::Unreadable {
            path: path.clone(),
            cause: "no such file".into(),
        };
        assert_eq!(read(&missing), Err(unreadable));
        // The origin and the signature are for the policy to judge: of the checkpoint the bytes
        // of size and root, which begin at byte 12, are tried.
        let (first, last) = if path == "checkpoint" {
            (12, 58)
        } else {
            (0, files[path].len() - 1)
        };
        for position in [first, last / 2, last] {
            let mut damaged = files.clone();
            damaged.get_mut(path).unwrap()[position] ^= 1;
            assert!(read(&damaged).is_err(), "{path} byte {position}");
        }
        let mut longer = files.clone();
        longer.get_mut(path).unwrap().push(0);
        assert!(read(&longer).is_err(), "{path}");
        let mut shorter = files.clone();
        shorter.get_mut(path).unwrap().pop();
        assert!(read(&shorter).is_err(), "{path}");
    }
}

#[test]
fn each_kind_of_damage_has_its_name() {
    let files = record(300, &[]);
    let damage = |path: &str, bytes: Vec<u8>| {
        let mut damaged = files.clone();
        damaged.insert(path.into(), bytes);
        read(&damaged).unwrap_err()
    };
    let tile = files["tile/0/001.p/44"].clone();
    let path = "tile/0/001.p/44".to_owned();
    assert_eq!(
        damage(&path, [&tile[1..], &[0]].concat()),
        RecordError::Tile { path: path.clone() }
    );
    let path = "tile/entries/000".to_owned();
    let error = BundleError::Length;
    assert_eq!(
        damage(&path, vec![]),
        RecordError::Bundle {
            path: path.clone(),
            error
        }
    );
    let path = "checkpoint".to_owned();
    let error = CheckpointError::Lines;
    let extended = signed(300)
        .to_string()
        .replacen("\n\n", "\nextension\n\n", 1);
    assert_eq!(
        damage(&path, extended.into_bytes()),
        RecordError::Checkpoint {
            path: path.clone(),
            error
        }
    );
    let other = signed_as("log.example", 300, [1; 32]).to_string();
    assert_eq!(
        damage(&path, other.into_bytes()),
        RecordError::Root {
            path: path.clone(),
            size: 300
        }
    );
}

#[test]
fn superseded_partial_tiles_are_not_read() {
    let mut files = record(300, &[]);
    files.insert("tile/0/001.p/3".into(), b"old".to_vec());
    files.insert("tile/entries/001.p/3".into(), b"old".to_vec());
    files.insert("tile/0/000.p/3".into(), b"old".to_vec());
    assert!(read(&files).is_ok());
}

#[test]
fn visitors_see_the_tree_before_each_entry() {
    let files = record(300, &[]);
    let tree = tree(300);
    let mut next = 0;
    let whole = open(&files)
        .unwrap()
        .visit_entries(|before: &Frontier, entry| {
            assert_eq!(before.size(), next);
            assert_eq!(Some(before.root()), tree.root_at(next));
            assert_eq!(entry, format!("entry {next}").as_bytes());
            next += 1;
        })
        .unwrap();
    assert_eq!((next, whole.size(), whole.root()), (300, 300, tree.root()));
}

#[test]
fn kept_checkpoints_are_of_this_log_and_of_the_size_they_are_named_after() {
    let mut files = record(300, &[0, 7, 8, 300]);
    for size in [0, 7, 8, 300] {
        assert_eq!(
            open(&files).unwrap().kept_checkpoint(size),
            Ok(signed(size))
        );
    }
    let mut refused = |bytes: String| {
        files.insert("checkpoints/7".into(), bytes.into_bytes());
        open(&files).unwrap().kept_checkpoint(7).unwrap_err()
    };
    let path = "checkpoints/7".to_owned();
    let foreign = RecordError::KeptCheckpoint { path: path.clone() };
    assert_eq!(refused(signed(8).to_string()), foreign);
    assert_eq!(
        refused(signed_as("other.example", 7, [1; 32]).to_string()),
        foreign
    );
    assert!(matches!(
        refused("x".into()),
        RecordError::Checkpoint { .. }
    ));
    let unreadable = open(&files).unwrap().kept_checkpoint(9).unwrap_err();
    assert!(matches!(unreadable, RecordError::Unreadable { .. }));
    files.insert(
        "checkpoints/301".into(),
        signed(301).to_string().into_bytes(),
    );
    let path = "checkpoints/301".to_owned();
    let ahead = open(&files).unwrap().kept_checkpoint(301);
    assert_eq!(ahead, Err(RecordError::KeptCheckpoint { path }));
}

#[test]
fn only_the_entries_the_checkpoints_state_are_written() {
    let write = |latest: SignedCheckpoint, kept: Vec<SignedCheckpoint>, entries: Vec<Vec<u8>>| {
        RecordFiles::new(latest, kept)
            .and_then(|files| files.to_vec(entries))
            .map(drop)
    };
    assert_eq!(write(signed(300), vec![signed(7)], entries(300)), Ok(()));
    assert_eq!(
        write(signed(300), vec![], entries(299)),
        Err(RecordError::Size)
    );
    assert_eq!(
        write(signed(300), vec![], entries(301)),
        Err(RecordError::Size)
    );
    let mut altered = entries(300);
    altered[8][0] ^= 1;
    let root = |path: &str, size| {
        Err(RecordError::Root {
            path: path.into(),
            size,
        })
    };
    assert_eq!(
        write(signed(300), vec![signed(8)], altered.clone()),
        root("checkpoint", 300)
    );
    altered[7][0] ^= 1;
    assert_eq!(
        write(signed(300), vec![signed(8)], altered),
        root("checkpoints/8", 8)
    );
    let mut unstorable = entries(300);
    unstorable[299].clear();
    let error = BundleError::EntryLength;
    let refused = Err(RecordError::Entry { index: 299, error });
    assert_eq!(write(signed(300), vec![], unstorable), refused);
}

#[test]
fn only_kept_checkpoints_of_the_same_log_are_written() {
    let new = |kept| RecordFiles::new(signed(9), kept).map(drop);
    let refused = |size| {
        Err(RecordError::KeptCheckpoint {
            path: format!("checkpoints/{size}"),
        })
    };
    assert_eq!(new(vec![signed(9), signed(0), signed(4)]), Ok(()));
    assert_eq!(new(vec![signed(10)]), refused(10));
    assert_eq!(new(vec![signed(4), signed(5), signed(4)]), refused(4));
    assert_eq!(
        new(vec![signed_as("other.example", 4, [1; 32])]),
        refused(4)
    );
}

#[test]
fn a_failing_writer_stops_the_record() {
    let mut written = 0;
    let result = RecordFiles::new(signed(300), vec![])
        .unwrap()
        .write(entries(300), |_, _| {
            written += 1;
            if written == 2 {
                Err("disk full")
            } else {
                Ok(())
            }
        });
    assert!(matches!(result, Err(RecordError::Unwritable { cause, .. }) if cause == "disk full"));
    assert_eq!(written, 2);
}

#[test]
fn a_record_survives_a_folder_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let files = RecordFiles::new(signed(600), vec![signed(255)]).unwrap();
    files
        .write(entries(600), |path, bytes| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap())?;
            std::fs::write(path, bytes)
        })
        .unwrap();
    let mut reader =
        RecordReader::open(|path: &str| std::fs::read(folder.path().join(path))).unwrap();
    assert_eq!(reader.kept_checkpoint(255), Ok(signed(255)));
    assert_eq!(reader.entries().unwrap(), entries(600));
}
