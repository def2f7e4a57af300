//! The whole record as one file.

use std::collections::BTreeMap;
use std::io::Read as _;

use urne_client::replica::Replica;

use crate::house::{House, get};
use crate::village::Village;

#[test]
fn the_archive_of_a_record_is_the_record() {
    let mut village = Village::open(House::new());
    for voter in 0..2 {
        village.vote(voter, 0);
    }
    village.close();
    village.count();
    let reply = village
        .house
        .send(&get(format!("/boards/{}/record.tar", village.id)));
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("application/x-tar"));
    let named = reply.header("content-disposition").unwrap();
    assert!(
        named.starts_with("attachment; filename=\"urne-record-"),
        "{named}"
    );
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(&reply.body[..]).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_string_lossy().into_owned();
        let (folder, path) = path.split_once('/').unwrap();
        assert_eq!(folder, format!("urne-record-{}", &village.id[..8]));
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        assert_eq!(village.file(path).as_ref(), Ok(&bytes), "{path}");
        files.insert(path.to_owned(), bytes);
    }
    let read = |path: &str| files.get(path).cloned().ok_or("not in the archive");
    let replica = Replica::from_record(read, None).expect("nothing of the record is missing");
    assert_eq!(replica.tree().size(), village.replica.tree().size());
    assert!(replica.void().is_empty());
}

#[test]
fn there_is_no_archive_of_what_is_not_there() {
    let house = House::new();
    let path = format!("/boards/{}/record.tar", "A".repeat(43));
    assert_eq!(house.send(&get(path)).problem(), (404, "not-found".into()));
}
