//! Whole elections: absences of every kind the tables allow, trustees who are shown two boards, sizes, devices that check.
//! (That every kind of question is counted right is part of the cases of `tamper.rs`.)

use urne_cli::rehearsal::{Draft, Town};
use urne_client::receipt::{Fate, fate};
use urne_client::replica::Replica;
use urne_client::trustee::{StepError, Trustee, TrusteeMemory};
use urne_client::voter::{self, Audit, Checked};
use urne_election::phase::Check;
use urne_tests::ballots::{choose, one_of};
use urne_tests::record::Record;
use urne_tests::verifier::judge;

fn town(trustees: usize, threshold: u32, witnesses: u32) -> Town {
    let mut draft = Draft::plain("absences", vec![one_of(2)], 3);
    draft.trustees = (1..=trustees)
        .map(|number| format!("Trustee {number}"))
        .collect();
    draft.threshold = threshold;
    draft.witnesses = witnesses;
    let mut town = Town::found(draft, 60).expect("a valid draft");
    town.prepare_and_open().expect("honest");
    town.vote(0, &[choose(1, 2)]).expect("valid");
    town.vote(1, &[choose(2, 2)]).expect("valid");
    town.vote(2, &[choose(2, 2)]).expect("valid");
    town
}

/// Seals by `sealing` trustees, decryptions by the last t of them: whether the election ends.
fn ends_with(trustees: usize, threshold: u32, witnesses: u32, sealing: usize) -> bool {
    let mut town = town(trustees, threshold, witnesses);
    town.close().expect("honest");
    let present: Vec<u32> = town
        .trustee_numbers()
        .into_iter()
        .rev()
        .take(sealing)
        .collect();
    town.seal(&present).expect("honest");
    let decrypting = &present[..(threshold as usize).min(present.len())];
    if town.decrypt(decrypting).is_err() || town.result().is_err() {
        let report = judge(&Record::of(&town.server), None, Vec::new());
        assert_eq!(report["verdict"], "incomplete");
        return false;
    }
    let report = judge(&Record::of(&town.server), None, Vec::new());
    assert_eq!(report["verdict"], "pass", "{report:#}");
    assert_eq!(
        report["result"]["questions"][0]["totals"],
        serde_json::json!([1, 2, 0])
    );
    true
}

#[test]
fn as_many_may_be_absent_at_sealing_as_the_table_says() {
    // (t, n), q without witnesses
    for (threshold, trustees, quorum) in [(1, 1, 1), (2, 2, 2), (2, 3, 3), (3, 5, 4)] {
        for sealing in 1..=trustees {
            let ends = ends_with(trustees, threshold, 0, sealing);
            assert_eq!(
                ends,
                sealing >= quorum,
                "({threshold}, {trustees}), {sealing} seal"
            );
            let with_witnesses = ends_with(trustees, threshold, 3, sealing);
            assert_eq!(
                with_witnesses,
                sealing >= threshold as usize,
                "with witnesses"
            );
        }
    }
}

#[test]
fn any_two_of_three_who_sealed_can_decrypt_and_agree() {
    for decrypting in [[1, 2], [1, 3], [2, 3], [3, 1]] {
        let mut town = town(3, 2, 0);
        town.close().expect("honest");
        town.seal(&[1, 2, 3]).expect("honest");
        town.decrypt(&decrypting).expect("honest");
        assert_eq!(town.result().expect("ended").questions[0].totals, [1, 2, 0]);
    }
}

#[test]
fn a_trustee_shown_two_boards_seals_only_one() {
    let mut first = town(3, 2, 0);
    let mut second = town(3, 2, 0);
    second
        .vote(0, &[choose(2, 2)])
        .expect("one more ballot on the second board");
    first.close().expect("honest");
    second.close().expect("honest");
    let keys = &first.trustees[0].keys;
    let mut memory = TrusteeMemory::default();
    let seal = |town: &Town, memory: &mut TrusteeMemory| {
        let trustee = Trustee::find(keys, town.server.replica()).expect("the same keys");
        trustee.seal(
            town.server.replica(),
            town.server.closed_checkpoint(),
            memory,
        )
    };
    let sealed = seal(&first, &mut memory).expect("the first board");
    assert_eq!(seal(&second, &mut memory), Err(StepError::SealedAnother));
    assert_eq!(
        seal(&first, &mut memory).as_ref(),
        Ok(&sealed),
        "the same board, the same bytes"
    );
}

#[test]
fn where_witnesses_are_required_a_board_they_have_not_seen_is_not_sealed() {
    let mut town = town(3, 2, 3);
    let before = town.server.checkpoint();
    town.close().expect("honest");
    let replica = town.server.replica();
    let trustee = Trustee::find(&town.trustees[0].keys, replica).expect("seated");
    let mut memory = TrusteeMemory::default();
    let unseen = trustee.seal(replica, None, &mut memory);
    assert_eq!(unseen, Err(StepError::NotVouchedFor));
    let older = trustee.seal(replica, Some(&before), &mut memory);
    assert_eq!(older, Err(StepError::NotVouchedFor));
    assert!(
        trustee
            .seal(replica, town.server.closed_checkpoint(), &mut memory)
            .is_ok()
    );
}

#[test]
fn a_lost_memory_is_said_in_every_report() {
    let mut town = town(3, 2, 0);
    town.trustees[1].memory = TrusteeMemory::lost();
    town.close_and_count().expect("honest");
    let entries = town.server.replica().entries();
    let lost = entries
        .iter()
        .filter(|entry| String::from_utf8_lossy(entry).contains("\"memory\":\"lost\""));
    assert_eq!(lost.count(), 1);
    assert_eq!(
        judge(&Record::of(&town.server), None, Vec::new())["verdict"],
        "pass"
    );
}

#[test]
fn decryption_waits_for_the_seal_quorum_and_for_ones_own_seal() {
    let mut town = town(3, 2, 3);
    town.close().expect("honest");
    town.seal(&[1]).expect("honest");
    let early = town.decryption_of(1).map_err(|error| error.to_string());
    assert_eq!(early, Err(format!("trustee: {}", StepError::QuorumMissing)));
    town.seal(&[2]).expect("honest");
    let unsealed = town.decryption_of(3).map_err(|error| error.to_string());
    assert_eq!(unsealed, Err(format!("trustee: {}", StepError::NotSealed)));
}

#[test]
fn a_one_of_five_ballot_fits_in_1250_bytes_even_with_blank() {
    for blank in [false, true] {
        let mut question = one_of(5);
        question.blank = blank;
        let mut town = Town::found(Draft::plain("size", vec![question], 1), 61).expect("valid");
        town.prepare_and_open().expect("honest");
        let first = town.ballot_of(0, &[choose(5, 5)]).expect("valid");
        println!("1 of 5, blank {blank}: {} bytes", first.len());
        assert!(first.len() <= 1250);
    }
}

#[test]
fn the_second_device_sees_what_the_ballot_really_contains() {
    let mut town = town(3, 2, 3);
    let replica = town.server.replica();
    let credential = town.voters[0].credential();
    let slot = voter::slot(replica, &credential.public()).expect("on the roll");
    let answers = [choose(2, 2)];
    let prepared = voter::prepare(replica, &credential, &answers, &mut town.rng).expect("valid");
    let captured = prepared.tracker();
    let shown = prepared.reveal(replica).to_bytes();
    let audit = Audit::decode(&shown).expect("our own");
    let checked = audit.check(replica, &slot, &captured).expect("open");
    assert_eq!(checked, Checked::Unchanged(vec![0, 1, 0]));

    // A device that had shown the tracker of another ballot is caught.
    let other = voter::prepare(replica, &credential, &answers, &mut town.rng).expect("valid");
    let checked = audit.check(replica, &slot, &other.tracker()).expect("open");
    assert_eq!(checked, Checked::Changed);
    let elsewhere = voter::slot(replica, &town.voters[1].key()).expect("on the roll");
    let checked = audit.check(replica, &elsewhere, &captured).expect("open");
    assert_eq!(
        checked,
        Checked::Elsewhere,
        "the line of voter 1 has another accepted ballot"
    );
}

#[test]
fn the_ballot_cast_has_the_tracker_the_second_device_captured() {
    let mut town = town(3, 2, 3);
    let replica = town.server.replica();
    let credential = town.voters[2].credential();
    let prepared =
        voter::prepare(replica, &credential, &[choose(1, 2)], &mut town.rng).expect("valid");
    let captured = prepared.tracker();
    let entry = prepared
        .cast(replica, &credential, &mut town.rng)
        .expect("open");
    town.server.admit(entry).expect("valid");
    let slot = voter::slot(town.server.replica(), &credential.public()).expect("on the roll");
    assert_eq!(slot.after, captured);
}

#[test]
fn a_receipt_is_followed_through_everything_that_happens_to_its_line() {
    let mut town = town(3, 2, 3);
    let first = town.vote(0, &[choose(1, 2)]).expect("valid");
    assert_eq!(fate(&first, town.server.replica()), Ok(Fate::Counts));
    town.replace_letter(0).expect("valid");
    assert_eq!(
        fate(&first, town.server.replica()),
        Ok(Fate::Counts),
        "a new letter keeps the vote"
    );
    let second = town.vote(0, &[choose(2, 2)]).expect("valid");
    let by = second.index;
    assert_eq!(
        fate(&first, town.server.replica()),
        Ok(Fate::Replaced { by })
    );
    town.remove(0).expect("valid");
    let by = town.server.replica().tree().size() - 1;
    assert_eq!(
        fate(&second, town.server.replica()),
        Ok(Fate::Cancelled { by })
    );
    let report = judge(
        &Record::of(&town.server),
        None,
        vec![first.to_bytes(), second.to_bytes()],
    );
    let states: Vec<_> = [0, 1]
        .map(|index| report["receipts"][index]["state"].clone())
        .to_vec();
    assert_eq!(
        states,
        ["replaced", "cancelled"],
        "the verifier says the same"
    );
}

#[test]
fn a_replica_made_from_the_record_agrees_with_the_server() {
    let mut town = town(3, 2, 3);
    town.close_and_count().expect("honest");
    let record = Record::of(&town.server);
    let read = |path: &str| record.read(path).map(<[u8]>::to_vec).ok_or("missing");
    let id = *town.server.replica().election().id();
    let replica = Replica::from_record(read, Some(&id)).expect("a sound record");
    assert_eq!(replica.tree().root(), town.server.replica().tree().root());
    assert!(replica.void().is_empty());
    assert!(
        Replica::from_record(read, Some(&[7; 32])).is_err(),
        "another election's id"
    );

    let kept: Vec<&String> = record
        .files
        .keys()
        .filter(|path| path.starts_with("checkpoints/"))
        .collect();
    assert_eq!(
        kept.len(),
        4,
        "before and after the opening and the closing"
    );
    for path in kept {
        let without = |wanted: &str| {
            if wanted == path {
                Err("missing")
            } else {
                read(wanted)
            }
        };
        assert!(
            Replica::from_record(without, None).is_err(),
            "without {path}"
        );
    }
}

#[test]
fn the_server_refuses_what_the_verifier_calls_void() {
    let mut town = town(3, 2, 3);
    let ballot = town.ballot_of(0, &[choose(1, 2)]).expect("valid");
    town.vote(0, &[choose(2, 2)]).expect("valid");
    let void = town
        .server
        .admit(ballot)
        .expect_err("made before the ballot now accepted");
    assert_eq!(void.check, Check::Acceptance);
}
