//! `urne voter vote`: receipts that have no place, ballots of an earlier run, mistakes at the keyboard, in the voter's language.

#![cfg(test)]

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tempfile::TempDir;
use urne_cli::language::Language;
use urne_cli::people::letter::Letter;
use urne_cli::rehearsal::{Draft, Town};
use urne_crypto::credential::Identifier;
use urne_election::json::base64url;
use urne_election::phase::Applied;
use urne_election::receipt::Receipt;

mod stage;
mod town;

use stage::Request;
use town::{question, record};

const IDENTIFIER: &str = "member 1";

/// A town with its box open, behind a server that may lose what it accepted.
struct Polls {
    folder: TempDir,
    address: String,
    election: String,
    code: String,
    house: Arc<Mutex<House>>,
}

struct House {
    town: Town,
    record: PathBuf,
    /// whether ballots get no answer
    silent: bool,
    cast: usize,
}

impl House {
    fn answer(&mut self, request: &Request) -> (u16, Vec<u8>) {
        if let Some(path) = request.path.strip_prefix("/boards/") {
            let file = path.split_once('/').unwrap().1;
            let bytes = fs::read(self.record.join(file)).ok();
            return bytes.map_or((404, Vec::new()), |bytes| (200, bytes));
        }
        if self.silent || request.method != "POST" {
            return (404, Vec::new());
        }
        let entry = request.body.clone();
        let Ok(Applied::Ballot { tracker, .. }) = self.town.server.admit(entry.clone()) else {
            return (422, Vec::new());
        };
        self.cast += 1;
        let receipt = self.town.server.receipt(entry, tracker);
        let folder = self.record.parent().unwrap().to_owned();
        record(&self.town, &folder, "board");
        (200, receipt.to_bytes())
    }
}

struct Said {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Polls {
    fn open() -> Polls {
        Polls::open_with(Draft::plain("A vote", vec![question()], 3))
    }

    fn open_with(draft: Draft) -> Polls {
        let folder = TempDir::new().unwrap();
        let mut town = Town::found(draft, 7).unwrap();
        town.prepare_and_open().unwrap();
        let board = record(&town, folder.path(), "board");
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let election = base64url(town.server.replica().election().id());
        let code = town.voters[0].code.grouped();
        let house = Arc::new(Mutex::new(House {
            town,
            record: board,
            silent: false,
            cast: 0,
        }));
        let serving = Arc::clone(&house);
        stage::serve(listener, move |request| {
            Some(serving.lock().unwrap().answer(request))
        });
        Polls {
            folder,
            address,
            election,
            code,
            house,
        }
    }

    fn cast(&self) -> usize {
        self.house.lock().unwrap().cast
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn letter(&self, language: Language) -> PathBuf {
        let house = self.house.lock().unwrap();
        let identifier = Identifier::new(IDENTIFIER).unwrap();
        let code = house.town.voters[0].code.clone();
        let letter = Letter {
            server: self.address.clone(),
            election: *house.town.server.replica().election().id(),
            registrar: 1,
            half: house.town.issuers[0]
                .half_from_code(&identifier, &code)
                .public(),
            code,
            language,
        };
        let file = self.at(&format!("letter-{}.txt", language.tag()));
        let text = letter.to_text(house.town.server.replica().manifest());
        fs::write(&file, text).unwrap();
        file
    }

    /// Votes with what is typed at the keyboard, line by line.
    fn types(&self, arguments: &[&str], locale: &str, lines: &[&str]) -> Said {
        let mut child = Command::new(env!("CARGO_BIN_EXE_urne"))
            .args(["voter", "vote", "--folder"])
            .arg(self.at("own"))
            .args(arguments)
            .env("LC_ALL", locale)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A command that refuses reads nothing.
        let _ = stdin.write_all(format!("{}\n", lines.join("\n")).as_bytes());
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        Said {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Votes with everything on the command line.
    fn votes(&self, answer: &str, further: &[&str]) -> Said {
        let letter = self.letter(Language::English);
        let letter = letter.to_str().unwrap();
        let plain = [
            "--letter",
            letter,
            "--identifier",
            IDENTIFIER,
            "--yes",
            "--answer",
            answer,
        ];
        self.types(&[&plain, further].concat(), "C", &[])
    }

    fn entry(&self, receipt: &Path) -> Vec<u8> {
        Receipt::decode(&fs::read(receipt).unwrap()).unwrap().entry
    }
}

#[test]
fn a_receipt_that_has_no_place_is_found_before_anything_is_cast() {
    let polls = Polls::open();
    let taken = polls.at("taken");
    fs::write(&taken, "mine").unwrap();
    std::os::unix::fs::symlink("nowhere", polls.at("link")).unwrap();
    for (file, named) in [
        ("taken", "exists already"),
        ("link", "exists already"),
        ("own", "exists already"),
        ("no/such/folder", "there is no folder"),
    ] {
        let file = polls.at(file);
        let said = polls.votes("1", &["--receipt", file.to_str().unwrap()]);
        assert_eq!(said.code, 2, "{}", said.stderr);
        assert!(said.stderr.contains(named), "{}", said.stderr);
        assert!(said.stderr.contains("nothing was cast"), "{}", said.stderr);
    }
    assert_eq!(polls.cast(), 0);
    assert_eq!(fs::read(&taken).unwrap(), b"mine");
    let free = polls.at("free");
    let said = polls.votes("1", &["--receipt", free.to_str().unwrap()]);
    assert_eq!((said.code, polls.cast()), (0, 1), "{}", said.stderr);
    assert!(free.exists());
}

#[test]
fn an_earlier_ballot_is_never_taken_for_what_is_typed_now() {
    let polls = Polls::open();
    polls.house.lock().unwrap().silent = true;
    let said = polls.votes("1", &[]);
    assert_eq!((said.code, polls.cast()), (3, 0), "{}", said.stderr);
    assert!(said.stderr.contains("NOT known"), "{}", said.stderr);
    let prepared = fs::read(polls.at("own/sent/sending.entry")).unwrap();
    polls.house.lock().unwrap().silent = false;
    let first = polls.at("first");
    let first = first.to_str().unwrap();
    let said = polls.votes("2", &["--json", "--receipt", first]);
    assert_eq!((said.code, polls.cast()), (3, 1), "{}", said.stderr);
    assert!(said.stderr.contains("NOT voted"), "{}", said.stderr);
    let told: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(told["earlier"], true);
    assert_eq!(polls.entry(first.as_ref()), prepared);
    // Now it is voted.
    let second = polls.at("second");
    let said = polls.votes("2", &["--receipt", second.to_str().unwrap()]);
    assert_eq!((said.code, polls.cast()), (0, 2), "{}", said.stderr);
    assert!(said.stdout.starts_with("Your vote is in the box."));
    assert_ne!(polls.entry(&second), prepared);
}

#[test]
fn a_receipt_that_was_written_just_before_an_interruption_is_in_nobodys_way() {
    let polls = Polls::open();
    let receipt = polls.at("receipt");
    let receipt = receipt.to_str().unwrap();
    assert_eq!(polls.votes("1", &["--receipt", receipt]).code, 0);
    let kept = fs::read(receipt).unwrap();
    let entry = polls.entry(receipt.as_ref());
    let place = serde_json::json!({ "server": polls.address, "election": polls.election });
    fs::write(polls.at("own/sent/sending.json"), place.to_string()).unwrap();
    fs::write(polls.at("own/sent/sending.entry"), entry).unwrap();
    // The same ballot again is refused here; the receipt is not asked for another place.
    let said = polls.votes("1", &["--receipt", receipt]);
    assert_ne!(said.code, 2, "{}", said.stderr);
    assert_eq!(fs::read(receipt).unwrap(), kept);
}

#[test]
fn mistakes_at_the_keyboard_are_explained_and_asked_again_in_the_letters_order() {
    let polls = Polls::open();
    let mistyped = polls.code.replacen(&polls.code[..1], "I", 1);
    let said = polls.types(
        &[],
        "en_GB.UTF-8",
        &[
            "not an election",
            &polls.election,
            "localhost",
            &polls.address,
            &mistyped,
            &polls.code,
            "somebody else",
            &polls.code,
            IDENTIFIER,
            "7",
            "2",
            "perhaps",
            "oui",
        ],
    );
    assert_eq!((said.code, polls.cast()), (0, 1), "{}", said.stderr);
    let order = [
        "Election (as on the letter)",
        "43 characters",
        "Ballot box (as on the letter)",
        "should begin with http",
        "Your code",
        "never part of a code",
        "Your identifier",
        "not on the roll",
        "“7” is not the number of an option",
        "Cast my vote?",
        "type yes",
    ];
    let mut rest = said.stderr.as_str();
    for part in order {
        let at = rest.find(part);
        let at = at.unwrap_or_else(|| panic!("{part} is missing or too early: {}", said.stderr));
        rest = &rest[at..];
    }
}

#[test]
fn five_mistakes_are_enough_and_no_is_no() {
    let polls = Polls::open();
    let wrong = ["x"; 10];
    let said = polls.types(&[], "C", &wrong);
    assert_eq!(said.code, 1);
    assert!(said.stderr.contains("5th try"), "{}", said.stderr);
    let letter = polls.letter(Language::English);
    let plain = [
        "--letter",
        letter.to_str().unwrap(),
        "--identifier",
        IDENTIFIER,
    ];
    let said = polls.types(&plain, "C", &["1", "no"]);
    assert_eq!(said.code, 1);
    assert!(said.stderr.contains("nothing was cast"), "{}", said.stderr);
    assert_eq!(polls.cast(), 0);
}

#[test]
fn a_voter_is_spoken_to_in_the_language_of_the_letter_the_terminal_or_the_election() {
    let mut draft = Draft::plain("A vote", vec![question()], 3);
    draft.languages = vec!["fr".into()];
    let polls = Polls::open_with(draft);
    let said_with = |letter: Option<Language>, locale: &str, further: &[&str]| {
        let place = [&*polls.election, &polls.address, &polls.code];
        let file = letter.map(|language| polls.letter(language));
        let mut lines = Vec::new();
        let mut arguments = vec!["--identifier", IDENTIFIER, "--answer", "1"];
        match &file {
            Some(file) => arguments.extend(["--letter", file.to_str().unwrap()]),
            None => lines.extend(place),
        }
        arguments.extend(further);
        lines.push("oui");
        polls.types(&arguments, locale, &lines)
    };
    for (letter, locale, further, french) in [
        (Some(Language::French), "C", &[][..], true),
        (Some(Language::English), "C", &[], false),
        (None, "fr_FR.UTF-8", &[], true),
        (None, "en_GB.UTF-8", &[], false),
        (None, "C", &[], true),
        (
            Some(Language::English),
            "en_GB",
            &["--language", "fr"],
            true,
        ),
    ] {
        let said = said_with(letter, locale, further);
        assert_eq!(said.code, 0, "{}", said.stderr);
        let expected = match french {
            true => ("Votre vote est dans l’urne.", "Vos choix :"),
            false => ("Your vote is in the box.", "Your choices:"),
        };
        assert!(said.stdout.starts_with(expected.0), "{}", said.stdout);
        assert!(said.stderr.contains(expected.1), "{}", said.stderr);
        assert!(!said.stderr.contains('{'), "{}", said.stderr);
    }
}

#[test]
fn a_letter_is_read_back_in_either_language() {
    let polls = Polls::open();
    for language in [Language::English, Language::French] {
        let text = fs::read_to_string(polls.letter(language)).unwrap();
        assert!(!text.contains('{'), "{text}");
        let letter = Letter::parse(&text).unwrap();
        assert_eq!(letter.language, language);
        assert_eq!(letter.code.grouped(), polls.code);
        // A title that begins like a line of the letter.
        let titled = text.replacen("A vote", "Election: who?", 1);
        assert_eq!(
            base64url(&Letter::parse(&titled).unwrap().election),
            polls.election
        );
        let damaged = text.replacen(&polls.code[..4], "....", 1);
        let error = Letter::parse(&damaged).unwrap_err();
        assert_eq!(error.language, language);
        assert!(error.line.contains("code"), "{error}");
    }
}
