//! `urne trustee seal` and `decrypt` against boards that a server shows: one root per key, whatever the server does.

#![cfg(test)]

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

use age::secrecy::SecretString;
use tempfile::TempDir;
use urne_cli::files::sealed;
use urne_cli::rehearsal::{Draft, Town};
use urne_crypto::signature::public_key;
use urne_election::entry::{Entry, Memory, Seal, SignedEntry};
use urne_election::json::base64url;
use urne_election::question::Answer;

mod stage;
mod town;

use stage::Request;
use town::{question, record};

const PASSPHRASE: &str = "correct horse";

/// The same town every time, in which this voter voted before the box was closed.
fn closed(voter: usize) -> Town {
    let mut town = Town::found(Draft::plain("A vote", vec![question()], 3), 7).unwrap();
    town.prepare_and_open().unwrap();
    town.vote(voter, &[Answer::Values(vec![1, 0])]).unwrap();
    town.close().unwrap();
    town
}

/// A server that shows whichever board it likes, and takes every entry.
#[derive(Clone)]
struct Stage {
    address: String,
    shown: Arc<Mutex<PathBuf>>,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
    refuses: Arc<Mutex<bool>>,
}

impl Stage {
    fn start(shown: PathBuf) -> Stage {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stage = Stage {
            address: format!("http://{}", listener.local_addr().unwrap()),
            shown: Arc::new(Mutex::new(shown)),
            sent: Arc::default(),
            refuses: Arc::default(),
        };
        let serving = stage.clone();
        stage::serve(listener, move |request| Some(serving.answer(request)));
        stage
    }

    fn answer(&self, request: &Request) -> (u16, Vec<u8>) {
        let answer = match request.path.strip_prefix("/boards/") {
            Some(path) => {
                let file = path.split_once('/').unwrap().1;
                fs::read(self.shown.lock().unwrap().join(file)).ok()
            }
            None if *self.refuses.lock().unwrap() => None,
            None => {
                self.sent.lock().unwrap().push(request.body.clone());
                Some(br#"{"index":9,"covered_by":null}"#.to_vec())
            }
        };
        answer.map_or((404, Vec::new()), |bytes| (200, bytes))
    }
}

/// Trustee 1 at work in a folder.
struct Trustee {
    folder: TempDir,
    stage: Stage,
    town: Town,
}

impl Trustee {
    fn seated() -> Trustee {
        let folder = TempDir::new().unwrap();
        let town = closed(0);
        let honest = record(&town, folder.path(), "honest");
        record(&closed(1), folder.path(), "other");
        let stage = Stage::start(honest);
        let seat = &town.trustees[0];
        let own = folder.path().join("anne");
        fs::create_dir(&own).unwrap();
        let passphrase = SecretString::from(PASSPHRASE.to_owned());
        let key = seat.keys.to_bytes();
        sealed::write_new(&own.join("trustee.key.age"), &key, &passphrase).unwrap();
        let memory = seat.memory.to_bytes(&public_key(seat.keys.signing()));
        fs::write(own.join("trustee.memory"), memory).unwrap();
        let connection = serde_json::json!({
            "server": stage.address,
            "token": "word",
            "number": 1,
            "election": base64url(town.server.replica().election().id()),
        });
        fs::write(own.join("connection.json"), connection.to_string()).unwrap();
        Trustee {
            folder,
            stage,
            town,
        }
    }

    fn show(&self, name: &str) {
        *self.stage.shown.lock().unwrap() = self.folder.path().join(name);
    }

    /// Exit code and what was noted.
    fn types(&self, arguments: &[&str]) -> (i32, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_urne"))
            .arg("trustee")
            .args(arguments)
            .arg("--folder")
            .arg(self.folder.path().join("anne"))
            .env("URNE_PASSPHRASE", PASSPHRASE)
            .output()
            .unwrap();
        let noted = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code().unwrap(), noted)
    }

    fn seals(&self) -> Vec<Vec<u8>> {
        self.stage.sent.lock().unwrap().clone()
    }

    fn read(&self, entry: &[u8]) -> Seal {
        let shape = &self.town.server.replica().election().constants().shape;
        match SignedEntry::decode(entry, shape).unwrap().entry {
            Entry::Seal(seal) => seal,
            other => panic!("{other:?}"),
        }
    }

    fn memory(&self) -> PathBuf {
        self.folder.path().join("anne/trustee.memory")
    }
}

#[test]
fn a_key_seals_one_board_and_the_same_again_with_the_same_bytes() {
    let trustee = Trustee::seated();
    for count in 1..=2 {
        let (code, noted) = trustee.types(&["seal"]);
        assert_eq!(code, 0, "{noted}");
        assert_eq!(trustee.seals().len(), count);
    }
    let seals = trustee.seals();
    assert_eq!(seals[0], seals[1]);
    assert_eq!(trustee.read(&seals[0]).memory, Memory::Kept);
    trustee.show("other");
    let (code, noted) = trustee.types(&["seal"]);
    assert_eq!(code, 1);
    assert!(noted.contains("someone shows two boards"), "{noted}");
    assert_eq!(trustee.seals().len(), 2, "nothing left the device");
    let (code, noted) = trustee.types(&["decrypt"]);
    assert_eq!(code, 1, "{noted}");
    // The board it did seal is decrypted once enough others have.
    trustee.show("honest");
    let (code, noted) = trustee.types(&["decrypt"]);
    assert_eq!(code, 3, "{noted}");
    assert!(noted.contains("too few"), "{noted}");
}

#[test]
fn the_memory_is_on_the_disk_before_the_seal_leaves() {
    let trustee = Trustee::seated();
    *trustee.stage.refuses.lock().unwrap() = true;
    assert_eq!(trustee.types(&["seal"]).0, 1, "the server takes nothing");
    trustee.show("other");
    let (code, noted) = trustee.types(&["seal"]);
    assert_eq!(code, 1);
    assert!(noted.contains("someone shows two boards"), "{noted}");
    // The first board is still sealed, with the bytes that were kept.
    *trustee.stage.refuses.lock().unwrap() = false;
    trustee.show("honest");
    assert_eq!(trustee.types(&["seal"]).0, 0);
    let kept = fs::read(trustee.folder.path().join("anne/sent/seal.entry")).unwrap();
    assert_eq!(trustee.seals(), [kept]);
}

#[test]
fn a_lost_memory_is_never_guessed_and_the_seal_says_so() {
    let trustee = Trustee::seated();
    fs::remove_file(trustee.memory()).unwrap();
    let (code, noted) = trustee.types(&["seal"]);
    assert_eq!(code, 1);
    assert!(noted.contains("--memory-lost"), "{noted}");
    assert!(trustee.seals().is_empty());
    let (code, noted) = trustee.types(&["seal", "--memory-lost"]);
    assert_eq!(code, 0, "{noted}");
    assert_eq!(trustee.read(&trustee.seals()[0]).memory, Memory::Lost);
    // It is remembered from now on.
    assert_eq!(trustee.types(&["seal", "--memory-lost"]).0, 1);
    trustee.show("other");
    assert_eq!(trustee.types(&["seal"]).0, 1);
    assert_eq!(trustee.seals().len(), 1);
}

#[test]
fn a_damaged_or_foreign_memory_is_not_taken_for_the_own() {
    let trustee = Trustee::seated();
    let good = fs::read(trustee.memory()).unwrap();
    let foreign = trustee.town.trustees[1].memory.to_bytes(&[1; 32]);
    for wrong in [&good[..good.len() - 1], &foreign[..], b""] {
        fs::write(trustee.memory(), wrong).unwrap();
        let (code, noted) = trustee.types(&["seal"]);
        assert_eq!(code, 1);
        assert!(noted.contains("trustee.memory"), "{noted}");
    }
    assert!(trustee.seals().is_empty());
}
