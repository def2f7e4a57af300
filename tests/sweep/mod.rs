//! A sweep over a whole record by an attacker who holds the keys of the log and of all witnesses: every field of every entry
//! is changed, every entry is dropped, doubled, moved; tree, tiles, checkpoints and cosignatures are made anew each time.

use serde_json::Value;
use urne_cli::rehearsal::{Draft, Elector, Town};
use urne_tests::ballots::{choose, one_of};
use urne_tests::record::{Forger, Record};
use urne_tests::verifier::{first_failure, judge};

/// An election with every kind of entry but complaints.
pub(crate) fn town() -> Town {
    let mut draft = Draft::plain("sweep", vec![one_of(2)], 6);
    draft.issuers = vec!["Registrar".into(), "Server".into()];
    let mut town = Town::found(draft, 50)
        .expect("a valid draft")
        .with_chunks_of(4);
    town.prepare_and_open().expect("honest");
    town.vote(0, &[choose(1, 2)]).expect("valid");
    town.vote(0, &[choose(2, 2)]).expect("valid");
    town.vote(1, &[choose(1, 2)]).expect("valid");
    town.replace_letter(1).expect("valid");
    let late = Elector {
        identifier: "late".into(),
        weight: 1,
        college: 1,
    };
    let late = town.admit_elector(&late).expect("valid");
    town.vote(late, &[choose(1, 2)]).expect("valid");
    town.remove(2).expect("valid");
    let notice = town
        .organizer
        .notice(town.server.replica(), vec!["It rains.".into()]);
    town.server.admit(notice).expect("valid");
    town.close_and_count().expect("honest");
    town
}

fn kind(entry: &[u8]) -> String {
    let text = String::from_utf8_lossy(entry);
    text.split('"').nth(3).unwrap_or_default().to_owned()
}

/// Positions of the first character of every value in a payload, and every signature line.
fn value_positions(entry: &[u8]) -> Vec<usize> {
    let mut positions = Vec::new();
    let mut in_string = false;
    for (index, &byte) in entry.iter().enumerate() {
        let next = entry.get(index + 1).copied().unwrap_or(b'\n');
        match byte {
            b'"' => in_string = !in_string,
            b':' | b'[' | b',' if !in_string && next != b'"' && next.is_ascii_alphanumeric() => {
                positions.push(index + 1);
            }
            b':' | b'[' | b',' if !in_string && next == b'"' => positions.push(index + 2),
            b'\n' if index + 1 < entry.len() => positions.push(index + 1),
            _ => {}
        }
    }
    positions
}

/// The same character class, another character, so that most changes stay well-formed.
fn another(byte: u8) -> u8 {
    match byte {
        b'0'..=b'8' => byte + 1,
        b'9' => b'1',
        b'a'..=b'y' | b'A'..=b'Y' => byte + 1,
        b'z' => b'a',
        b'Z' => b'A',
        other => other ^ 1,
    }
}

struct Sweep {
    town: Town,
    entries: Vec<Vec<u8>>,
    kept: Vec<u64>,
}

impl Sweep {
    fn new() -> Sweep {
        let town = town();
        let entries = town.server.replica().entries().to_vec();
        Sweep {
            kept: positions_of(&entries),
            town,
            entries,
        }
    }

    fn forged(&self, entries: &[Vec<u8>]) -> Record {
        let mut kept = positions_of(entries);
        kept.extend(&self.kept);
        Forger::new(&self.town.server).record(entries, &kept)
    }

    fn failure(&self, entries: &[Vec<u8>]) -> Option<String> {
        let report = judge(&self.forged(entries), None, Vec::new());
        let failure = first_failure(&report);
        let fails = report["verdict"] == "fail";
        assert_eq!(fails, failure.is_some(), "{report:#}");
        failure
    }
}

fn positions_of(entries: &[Vec<u8>]) -> Vec<u64> {
    let turns = |entry: &&Vec<u8>| ["open", "close"].contains(&kind(entry).as_str());
    (0..)
        .zip(entries)
        .filter(|(_, entry)| turns(entry))
        .map(|(index, _)| index)
        .collect()
}

/// Which checks a changed entry may be charged to: form, election id, signature; the content of what nobody signs.
fn expected(kind: &str) -> &'static [&'static str] {
    match kind {
        "ballot" => &["V9", "V19", "V20", "V21"],
        "result" => &["V9", "V25", "V26"],
        _ => &["V9", "V10", "V26"],
    }
}

#[test]
fn no_changed_field_goes_unseen() {
    let sweep = Sweep::new();
    let mut count = 0;
    for (index, entry) in sweep.entries.iter().enumerate() {
        let kind = kind(entry);
        for position in value_positions(entry) {
            let mut entries = sweep.entries.clone();
            entries[index][position] = another(entries[index][position]);
            let report = judge(&sweep.forged(&entries), None, Vec::new());
            let failure = first_failure(&report);
            let seen = if index == 0 {
                failure.as_deref() == Some("V2")
            } else {
                charged(&report, index).is_some_and(|check| expected(&kind).contains(&check))
            };
            assert!(seen, "{kind} at {index}, byte {position}: {failure:?}");
            assert_eq!(report["verdict"], "fail");
            count += 1;
        }
    }
    println!("{count} changed fields, all seen");
}

/// The check that the entry at `index` is charged to, where it is void.
fn charged(report: &Value, index: usize) -> Option<&str> {
    let void = report["void"].as_array()?;
    let entry = void.iter().find(|entry| entry["index"] == index)?;
    entry["check"].as_str()
}

#[test]
fn no_dropped_doubled_or_moved_entry_goes_unseen() {
    let sweep = Sweep::new();
    let mut count = 0;
    for index in 1..sweep.entries.len() {
        let kind = kind(&sweep.entries[index]);
        let mut doubled = sweep.entries.clone();
        doubled.insert(index, sweep.entries[index].clone());
        assert!(
            sweep.failure(&doubled).is_some(),
            "doubled {kind} at {index}"
        );
        let mut late = sweep.entries.clone();
        let entry = late.remove(index);
        late.push(entry);
        // The last entry is not moved by this, and what stands after the closing may stand in any order.
        let after_close = ["seal", "notice", "decryption", "result"].contains(&kind.as_str());
        if !after_close {
            assert!(
                sweep.failure(&late).is_some(),
                "{kind} at {index} moved to the end"
            );
        }
        let mut dropped = sweep.entries.clone();
        dropped.remove(index);
        let failure = sweep.failure(&dropped);
        if !["seal", "decryption", "result"].contains(&kind.as_str()) {
            assert!(failure.is_some(), "dropped {kind} at {index}");
        }
        count += 3;
    }
    println!("{count} dropped, doubled or moved entries");
}

#[test]
fn without_enough_seals_or_decryptions_the_record_is_incomplete_not_passed() {
    let sweep = Sweep::new();
    for kind_dropped in ["seal", "decryption"] {
        let kept: Vec<Vec<u8>> = sweep
            .entries
            .iter()
            .filter(|entry| ![kind_dropped, "decryption", "result"].contains(&kind(entry).as_str()))
            .cloned()
            .collect();
        let report = judge(&sweep.forged(&kept), None, Vec::new());
        assert_eq!(report["verdict"], "incomplete", "without {kind_dropped}");
    }
}
