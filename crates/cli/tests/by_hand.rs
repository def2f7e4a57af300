//! `docs/an-election-by-hand.md`, typed as it stands against a real server, so that it cannot go out of date.

#![cfg(test)]

mod terminals;
mod verifier;

use std::fs;

use crate::terminals::{Terminals, free_port};

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

#[test]
fn the_document_is_an_election_from_the_first_command_to_the_verdict() {
    let port = free_port();
    let mut terminals = Terminals::new();
    let blocks = blocks(port);
    assert!(blocks.len() > 20, "{}", blocks.len());
    for block in &blocks {
        match block {
            Block::Typed(script) => {
                typed_too_early(&terminals, script, port);
                let said = terminals.typed(script);
                said_by(script, &said, port);
            }
            Block::Server(script) => terminals.serve(script),
        }
    }
    fates_and_json(&terminals, port);
    done_already(&terminals);
    copies(&terminals, port);
}

/// What people type before its time, or wrongly, leaves the next step as it was.
fn typed_too_early(terminals: &Terminals, script: &str, port: u16) {
    let other = "A".repeat(43);
    if script.starts_with("urne registrar enrol") {
        seats_keep_their_keys(terminals, port);
    } else if script.contains("urne registrar voters voters.csv --folder hall") {
        fs::write(
            terminals.at("wrong.csv"),
            "identifier;college\nada;1\nben;2\n",
        )
        .unwrap();
        let wrong = terminals.refused("urne registrar voters wrong.csv --folder hall", 1);
        assert!(wrong.contains("line 3: there is no college 2"), "{wrong}");
        assert!(wrong.contains("1 (Residents)"), "{wrong}");
    } else if script.starts_with("urne registrar voters voters.csv --rows") {
        let again = terminals.refused("urne registrar voters voters.csv --folder hall", 1);
        assert!(again.contains("nothing was changed"), "{again}");
        assert!(again.contains("urne registrar add"), "{again}");
    }
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

/// A word that is used in a second folder changes nothing; a new word makes room.
fn seats_keep_their_keys(terminals: &Terminals, port: u16) {
    let enrol = |token: &str, folder: &str| {
        format!("urne trustee enrol http://127.0.0.1:{port} --token-file {token} --folder {folder}")
    };
    let fingerprint = |terminals: &Terminals| {
        let status = terminals.json("urne organizer status --json --folder organizer");
        status["seats"][0]["keys"]["key"].clone()
    };
    let first = fingerprint(terminals);
    let other = terminals.refused(&enrol("anne.token", "second"), 1);
    assert!(other.contains("has keys already"), "{other}");
    assert!(
        other.contains("urne organizer seat trustee --replace 1"),
        "{other}"
    );
    assert!(!terminals.at("second/trustee.key.age").exists());
    // Also where that folder has a key of its own.
    terminals.typed("mkdir spare && cp bruno/trustee.key.age bruno/trustee.memory spare");
    let other = terminals.refused(&enrol("anne.token", "spare"), 1);
    assert!(other.contains("has keys already"), "{other}");
    let other = terminals.refused(&enrol("bruno.token", "anne"), 1);
    assert!(other.contains("belongs to trustee 1"), "{other}");
    terminals.typed(&enrol("anne.token", "anne"));
    assert_eq!(fingerprint(terminals), first);
    let replace = "urne organizer seat trustee --replace 1 --folder organizer > anne.token";
    for folder in ["second", "anne"] {
        terminals.typed(replace);
        terminals.typed(&enrol("anne.token", folder));
        assert_eq!(fingerprint(terminals) == first, folder == "anne");
    }
}

/// What a step says that people need for the next one.
fn said_by(script: &str, said: &str, port: u16) {
    let page = format!("http://127.0.0.1:{port}/elections/");
    if script.contains("urne trustee decrypt") {
        let (first, last) = said.split_once("Your decryption stands").unwrap();
        let last = last.split_once("Your decryption stands").unwrap().1;
        assert!(!first.contains("The result stands"), "{said}");
        assert!(
            last.contains(&format!("The result stands on {page}")),
            "{last}"
        );
        assert!(last.contains("urne-verify http://"), "{last}");
    } else if script.contains("urne-verify") {
        assert!(said.contains("By the bus stop"), "{said}");
        assert!(said.trim_end().ends_with("Verdict: PASS"), "{said}");
    } else if script == "urne organizer status --folder organizer" {
        assert!(
            said.contains(&format!("the result stands on {page}")),
            "{said}"
        );
    }
}

/// Opening and closing what is open, or closed, already.
fn done_already(terminals: &Terminals) {
    for (command, index) in [("open", "opened"), ("close", "closed")] {
        let again = terminals.json(&format!(
            "urne organizer {command} --json --folder organizer"
        ));
        assert_eq!(again["already"], true);
        assert!(again[index].is_u64(), "{again}");
    }
    // The key that did it is the one in this folder, or it was not us.
    terminals.typed("cp -r organizer other-organizer && cp anne/trustee.memory other-organizer/organizer.memory");
    let other = terminals.refused("urne organizer close --folder other-organizer", 1);
    assert!(other.contains("is not of that key"), "{other}");
}

/// A copy goes nowhere else than over a copy of the same board.
fn copies(terminals: &Terminals, port: u16) {
    let id = fs::read_to_string(terminals.at("organizer/election.id")).unwrap();
    let board = format!("http://127.0.0.1:{port}/boards/{}", id.trim());
    terminals.typed(&format!("urne mirror {board} record"));
    terminals.typed("cp -r record other-board && sed -i 1s/^/x/ other-board/checkpoint");
    for (folder, why) in [
        ("anne", "no part of a board"),
        ("other-board", "another board"),
        ("draft.toml", "cannot take the copy"),
    ] {
        let before = terminals.typed(&format!("ls -lR {folder}"));
        let refused = terminals.refused(&format!("urne mirror {board} {folder}"), 2);
        assert!(refused.contains(why), "{folder}: {refused}");
        assert_eq!(terminals.typed(&format!("ls -lR {folder}")), before);
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
    assert!(!terminals.at("carla/trustee.key.age").exists());
    let gone = terminals.json("urne trustee destroy --json --folder carla");
    assert_eq!(gone["step"], "destruction");
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
