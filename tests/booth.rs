//! The booth's façades, as a page uses them, on the records of whole elections.

use std::collections::BTreeSet;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::Value;
use urne_booth::failure::Failure;
use urne_booth::observer::verify_record;
use urne_booth::record::Gathered;
use urne_booth::voter::paper::Paper;
use urne_cli::rehearsal::{Draft, Town};
use urne_client::replica::Replica;
use urne_election::phase::Phase;
use urne_tests::ballots::{choose, one_of};
use urne_tests::record::Record;
use urne_tests::verifier::judge;
use urne_verify::Options;

/// Entries of the board before `open`, and the town after some votes.
fn voting() -> (u64, Town) {
    let mut town = Town::found(Draft::plain("the booth", vec![one_of(2)], 3), 7).expect("valid");
    town.prepare_and_open().expect("honest");
    let opened = town.server.replica().tree().size() - 1;
    town.vote(0, &[choose(1, 2)]).expect("valid");
    town.vote(1, &[choose(2, 2)]).expect("valid");
    (opened, town)
}

fn id(town: &Town) -> [u8; 32] {
    *town.server.replica().election().id()
}

/// What a page does: fetches whatever is needed, until nothing is. The paths it fetched.
fn gather(gathered: &mut Gathered, record: &Record) -> Result<BTreeSet<String>, Failure> {
    let mut fetched = BTreeSet::new();
    loop {
        let needed = gathered.needs()?;
        if needed.is_empty() {
            return Ok(fetched);
        }
        for path in needed {
            gathered.give(&path, record.read(&path).map(<[u8]>::to_vec));
            assert!(fetched.insert(path), "nothing is fetched twice");
        }
    }
}

fn follow(mut gathered: Gathered, record: &Record, id: &[u8; 32]) -> Result<Replica, Failure> {
    gather(&mut gathered, record)?;
    gathered.follow(id, |_, _| {})
}

#[test]
fn the_voters_page_follows_the_board_up_to_open_and_no_further() {
    let (opened, town) = voting();
    let record = Record::of(&town.server);
    let mut light = Gathered::up_to(opened);
    let fetched = gather(&mut light, &record).expect("all files are there");
    assert!(!fetched.contains("checkpoint"), "{fetched:?}");
    let replica = light.follow(&id(&town), |_, _| {}).expect("it holds");
    assert_eq!(replica.tree().size(), opened + 1);
    assert!(matches!(replica.election().phase(), Phase::Voting(_)));
}

#[test]
fn the_whole_board_can_be_followed_in_every_phase() {
    let (opened, mut town) = voting();
    let id = id(&town);
    let follow = |town: &Town| follow(Gathered::whole(), &Record::of(&town.server), &id);
    let replica = follow(&town).expect("while people vote");
    assert_eq!(replica.tree().size(), opened + 3);
    town.close().expect("honest");
    let replica =
        follow(&town).expect("just closed, so the last state is the one around the closing");
    assert!(matches!(replica.election().phase(), Phase::Sealing(_)));
    let numbers = town.trustee_numbers();
    town.seal(&numbers).expect("honest");
    town.decrypt(&numbers).expect("honest");
    follow(&town).expect("after the count");
}

#[test]
fn a_page_reads_what_is_asked_from_the_board() {
    let (opened, town) = voting();
    let replica = follow(
        Gathered::up_to(opened),
        &Record::of(&town.server),
        &id(&town),
    );
    let paper = Paper::new(&replica.expect("it holds"), &mut StdRng::seed_from_u64(1));
    assert_eq!(paper.questions.len(), 1);
}

#[test]
fn a_page_is_told_why_it_cannot_follow() {
    let (opened, town) = voting();
    let record = Record::of(&town.server);
    let code = |record: &Record, id: &[u8; 32]| {
        let failure = follow(Gathered::up_to(opened), record, id);
        failure.map(drop).expect_err("it must not be followed").code
    };
    assert_eq!(code(&record, &[7; 32]), "other-election");
    let mut without = record.clone();
    without.files.remove(&format!("checkpoints/{opened}"));
    assert_eq!(code(&without, &id(&town)), "record");
    let mut without = record.clone();
    without.files.remove(&format!("checkpoints/{}", opened + 1));
    assert_eq!(code(&without, &id(&town)), "record");
    let mut unsigned = record.clone();
    unsigned.edit(&format!("checkpoints/{}", opened + 1), |bytes| {
        let last = bytes.len() - 3;
        bytes[last] = if bytes[last] == b'A' { b'B' } else { b'A' };
    });
    assert!(["record", "not-vouched"].contains(&code(&unsigned, &id(&town))));
    let nothing = Record {
        files: Default::default(),
    };
    assert_eq!(code(&nothing, &id(&town)), "record");
}

fn page(record: &Record, options: &Options) -> Value {
    let read = |path: &str, _: usize| Ok(record.read(path).map(<[u8]>::to_vec));
    let mut steps = Vec::new();
    let json = verify_record(read, options, &mut |step| steps.push(step)).expect("JSON");
    assert!(steps.is_sorted_by_key(|step| step.entries), "{steps:?}");
    serde_json::from_str(&json).expect("JSON")
}

#[test]
fn the_page_of_an_observer_says_what_the_command_says() {
    let (_, mut town) = voting();
    town.close_and_count().expect("honest");
    let (record, id) = (Record::of(&town.server), id(&town));
    let options = Options {
        election: Some(id),
        receipts: Vec::new(),
    };
    let page = page(&record, &options);
    assert_eq!(page["report"], judge(&record, Some(id), Vec::new()));
    assert_eq!(page["report"]["verdict"], "pass");
    assert_eq!(page["manifest"]["kind"], "manifest");
    assert!(
        page["text"]
            .as_str()
            .is_some_and(|text| text.ends_with("Verdict: PASS\n"))
    );
}

#[test]
fn a_damaged_record_fails_on_the_page_too() {
    let (_, mut town) = voting();
    town.close_and_count().expect("honest");
    let mut record = Record::of(&town.server);
    let bundle = record.bundle_path();
    record.edit(&bundle, |bytes| bytes[40] ^= 1);
    let page = page(&record, &Options::default());
    assert_eq!(page["report"]["verdict"], "fail");
    assert_eq!(
        page["manifest"],
        Value::Null,
        "a manifest nobody signed is not shown"
    );
}
