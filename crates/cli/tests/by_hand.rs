//! `docs/an-election-by-hand.md`, typed as it stands against a real server, so that it cannot go out of date.

#![cfg(test)]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rand::TryRng as _;
use rand::rngs::SysRng;
use serde_json::Value;
use tempfile::TempDir;
use urne_verify::{NoRandomness, Options, ReadError, Verdict, verify};

const DOCUMENT: &str = include_str!("../../../docs/an-election-by-hand.md");
const ADDRESS: &str = "127.0.0.1:8080";

/// A block of the document.
#[derive(PartialEq, Eq, Debug)]
enum Block {
    /// typed and waited for
    Typed(String),
    /// runs on in its terminal
    Server(String),
}

fn blocks(port: u16) -> Vec<Block> {
    let document = DOCUMENT.replace(ADDRESS, &format!("127.0.0.1:{port}"));
    let mut blocks = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        let body = |lines: &mut core::str::Lines<'_>| {
            let body: Vec<&str> = lines.take_while(|line| *line != "```").collect();
            body.join("\n")
        };
        match line {
            "```sh" => blocks.push(Block::Typed(body(&mut lines))),
            "```sh server" => blocks.push(Block::Server(body(&mut lines))),
            _ => {}
        }
    }
    blocks
}

/// The terminals of the document: one folder, one passphrase, and the commands on the path.
struct Terminals {
    folder: TempDir,
    path: String,
    server: Option<Child>,
}

impl Terminals {
    fn new() -> Terminals {
        let folder = TempDir::new().unwrap();
        let commands = folder.path().join(".commands");
        fs::create_dir(&commands).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_urne"), commands.join("urne")).unwrap();
        // The verifier's own program may not be built here; its library judges the same folder below.
        let verifier = commands.join("urne-verify");
        fs::write(&verifier, "#!/bin/sh\necho \"$@\" > verified\n").unwrap();
        fs::set_permissions(&verifier, fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:{}", commands.display(), std::env::var("PATH").unwrap());
        Terminals {
            folder,
            path,
            server: None,
        }
    }

    fn command(&self, script: &str) -> Command {
        let mut command = Command::new("bash");
        command
            .args(["-e", "-u", "-o", "pipefail", "-c", script])
            .current_dir(self.folder.path())
            .env("PATH", &self.path)
            .env("URNE_PASSPHRASE", "only for trying this out")
            .env_remove("URNE_OPERATOR_TOKEN")
            .env_remove("URNE_TOKEN");
        command
    }

    /// Types a block; every question is answered with Enter.
    fn output(&self, script: &str) -> Output {
        let mut child = self
            .command(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Commands that ask nothing may have ended before.
        let _ = child.stdin.take().unwrap().write_all(&[b'\n'; 20]);
        child.wait_with_output().unwrap()
    }

    fn typed(&self, script: &str) -> String {
        let output = self.output(script);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let noted = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{script}\n{}\n{said}\n{noted}",
            output.status
        );
        said
    }

    fn json(&self, script: &str) -> Value {
        serde_json::from_str(&self.typed(script)).unwrap()
    }

    fn refused(&self, script: &str, code: i32) -> String {
        let output = self.output(script);
        let noted = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{script}\n{noted}");
        noted
    }

    fn serve(&mut self, script: &str) {
        // exec: the process to end is the server, not a shell around it.
        let script = script.replace(" urne serve", " exec urne serve");
        let log = fs::File::create(self.at("server.log")).unwrap();
        let mut child = self
            .command(&script)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        self.server = Some(child);
        assert!(line.starts_with("listening on http://"), "{line:?}");
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Terminals {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn verdict(record: &Path, receipt: Vec<u8>) -> Verdict {
    let read = |path: &str, limit: usize| match fs::read(record.join(path)) {
        Ok(bytes) if bytes.len() <= limit => Ok(Some(bytes)),
        Ok(_) => Err(ReadError("too long".into())),
        Err(_) => Ok(None),
    };
    let randomness = |bytes: &mut [u8]| SysRng.try_fill_bytes(bytes).map_err(|_| NoRandomness);
    let options = Options {
        election: None,
        receipts: vec![receipt],
    };
    let report = verify(&read, &options, &randomness, &mut |_| {});
    let words = report.to_text();
    assert!(words.contains("By the bus stop"), "{words}");
    report.verdict()
}

#[test]
fn the_document_is_an_election_from_the_first_command_to_the_verdict() {
    let port = free_port();
    let mut terminals = Terminals::new();
    let blocks = blocks(port);
    assert!(blocks.len() > 20, "{}", blocks.len());
    for block in &blocks {
        match block {
            Block::Typed(script) => {
                typed_too_early(&terminals, script);
                terminals.typed(script);
            }
            Block::Server(script) => terminals.serve(script),
        }
    }
    let receipt = fs::read(terminals.at("ada-again.receipt")).unwrap();
    assert_eq!(verdict(&terminals.at("record"), receipt), Verdict::Pass);
    assert!(terminals.at("verified").exists());
    fates_and_json(&terminals, port);
}

/// What people type before its time, or wrongly, leaves the next step as it was.
fn typed_too_early(terminals: &Terminals, script: &str) {
    let other = "A".repeat(43);
    if script.starts_with("urne trustee fingerprints") {
        terminals.refused(
            &format!("urne trustee fingerprints --election {other} --folder anne"),
            1,
        );
    } else if script.starts_with("urne registrar publish") {
        terminals.refused(
            &format!("urne registrar publish --election {other} --folder hall"),
            1,
        );
        let early = terminals.refused("urne registrar forget --folder hall", 3);
        assert!(early.contains("no codes yet"), "{early}");
        let early = terminals.refused("urne organizer open --folder organizer", 3);
        assert!(early.contains("the roll"), "{early}");
    } else if script.starts_with("urne registrar letters") {
        let early = terminals.refused("urne registrar forget --folder hall", 1);
        assert!(early.contains("--without-letters"), "{early}");
    } else if script.starts_with("urne trustee drill") {
        let early = terminals.refused("urne organizer open --folder organizer", 3);
        assert!(early.contains("the drill of"), "{early}");
    }
}

/// What scripts read, on the election that the document has left behind.
fn fates_and_json(terminals: &Terminals, port: u16) {
    let id = fs::read_to_string(terminals.at("organizer/election.id")).unwrap();
    let id = id.trim();
    let board = format!("http://127.0.0.1:{port}/boards/{id}");
    let status = terminals.json("urne organizer status --json --folder organizer");
    assert_eq!(status["phase"], "ended");
    assert_eq!(status["election"], id);
    // A receipt's fate, from the address and from the copy.
    for place in [board.as_str(), "record"] {
        let counts = terminals.json(&format!("urne check --json ben.receipt {place}"));
        assert_eq!(
            (&counts["fate"], &counts["closed"]),
            (&"counts".into(), &true.into())
        );
        let replaced = terminals.json(&format!(
            "urne check --json ada.receipt {place} || test $? = 10"
        ));
        assert_eq!(replaced["fate"], "replaced");
        let again = terminals.json(&format!("urne check --json ada-again.receipt {place}"));
        assert_eq!(replaced["by"], again["index"]);
    }
    terminals.refused(&format!("urne check organizer/election.id {board}"), 1);
    // Too late, or done: each says so, and nothing breaks.
    let late = terminals.refused(
        "urne voter vote --letter hall/letters/letter-0004.txt --letter union/letters/letter-0004.txt --identifier dina@example.org --answer 1 --yes --folder dina",
        1,
    );
    assert!(late.contains("not open"), "{late}");
    let again = terminals.json("urne trustee seal --json --folder anne");
    assert_eq!(again["step"], "seal");
    terminals.typed("urne trustee decrypt --folder carla");
    terminals.refused(
        "urne registrar remove --identifier ben@example.org --reason paper --folder hall",
        3,
    );
    // The memory of what was sealed is needed, and never guessed.
    fs::rename(
        terminals.at("bruno/trustee.memory"),
        terminals.at("elsewhere"),
    )
    .unwrap();
    let lost = terminals.refused("urne trustee seal --folder bruno", 1);
    assert!(lost.contains("--memory-lost"), "{lost}");
    // Another passphrase, another role, another election.
    let wrong = terminals.refused(
        "URNE_PASSPHRASE=something-else urne trustee seal --folder anne",
        1,
    );
    assert!(wrong.contains("passphrase does not open"), "{wrong}");
    terminals.refused("urne organizer status --folder nobody", 1);
    let other = "A".repeat(43);
    let told = terminals.refused(
        &format!("urne trustee status --election {other} --folder anne"),
        1,
    );
    assert!(told.contains("belongs to the election"), "{told}");
    let copy = terminals.json("urne rehearse copy --json");
    assert_eq!(copy["boards"][0]["election"], id);
}
