//! The server as an issuer: beside a registrar, and alone.

use urne_client::desk::{ChangeName, ChangeReason, MailState, NewChange, Privacy, RollStage};
use urne_client::replica::Replica;
use urne_client::workshop::parcel::{ChangeKind, Task};
use urne_election::entry::Reason;
use urne_election::json::base64url;

use crate::hamlet::{Hamlet, list, voter};
use crate::house::get;
use crate::village::CLOSES;

fn change(change: ChangeName, reason: ChangeReason, row: &str) -> NewChange {
    NewChange {
        change,
        reason,
        row: Some(row.to_owned()),
        voter: None,
    }
}

#[test]
fn a_registrar_and_the_server_hold_an_election_together() {
    let mut hamlet = Hamlet::prepare(true);
    assert_eq!(hamlet.progress().stage, RollStage::Halves);
    // The server begins nothing by itself: a registrar does.
    let asked = hamlet.organizer("POST", "/roll");
    assert_eq!(
        hamlet.house().send(&asked).problem(),
        (409, "wrong-phase".into())
    );
    hamlet.make_roll();
    assert_eq!(hamlet.progress().trouble, None);
    assert_eq!(hamlet.save(&list()).problem(), (409, "wrong-phase".into()));
    hamlet.village.drill_and_open();
    hamlet.invite_all();
    let mails = ["ana", "bo", "carl"].map(|name| {
        let address = format!("{name}@example.org");
        hamlet.letters.wait(1, &address, "").remove(0)
    });
    assert!(
        mails[0].text.contains("the letter with your code"),
        "{}",
        mails[0].text
    );
    assert!(
        mails[1].text.contains("la lettre avec votre code"),
        "{}",
        mails[1].text
    );
    hamlet.until(|hamlet| {
        let voters = hamlet.voters();
        voters
            .iter()
            .all(|voter| voter.invitation.state == MailState::Sent)
    });

    let first = hamlet.vote(0, &mails[0].token(), 0);
    hamlet.vote(1, &mails[1].token(), 0);
    let notice = hamlet
        .letters
        .wait(1, "ana@example.org", &base64url(&first))
        .remove(0);
    assert!(
        notice.text.contains("tell Town hall at once"),
        "{}",
        notice.text
    );
    assert!(notice.html.contains(&base64url(&first)));

    // A lost letter: both name it, both make a new half, and the ballot cast before stays.
    let (row, identifier, entitlement) = hamlet.registered(0);
    let named = hamlet.name_change(&change(
        ChangeName::Replace,
        ChangeReason::Lost,
        &row.to_string(),
    ));
    assert!(!named.done);
    let old = hamlet.line_key(0);
    hamlet.new_code(&row);
    let task = Task::Change {
        row,
        reason: Reason::Lost,
        kind: ChangeKind::Replace(old),
    };
    let entries = hamlet
        .registrar(task, &[(row, identifier, entitlement)])
        .unwrap();
    hamlet.submit(entries);
    hamlet.wait_for_change(&row.to_string());
    assert_ne!(hamlet.line_key(0).bytes(), old.bytes());
    assert_eq!(hamlet.village.status().ballots, 2);
    let again = hamlet.letters.wait(2, "ana@example.org", "You are invited");
    let again = again
        .into_iter()
        .find(|mail| mail.id != mails[0].id)
        .unwrap();
    let second = hamlet.vote(0, &again.token(), 1);
    assert_ne!(first, second);

    // Somebody voted on paper.
    let (row, ..) = hamlet.registered(1);
    hamlet.name_change(&change(
        ChangeName::Remove,
        ChangeReason::Paper,
        &row.to_string(),
    ));
    let task = Task::Change {
        row,
        reason: Reason::Paper,
        kind: ChangeKind::Remove(hamlet.line_key(1)),
    };
    let entries = hamlet.registrar(task, &[]).unwrap();
    hamlet.submit(entries);
    hamlet.wait_for_change(&row.to_string());
    assert_eq!(hamlet.village.status().ballots, 1);

    hamlet.ends_as_it_should(&[0, 1, 0]);
}

#[test]
fn a_change_that_only_one_side_has_named_is_not_made() {
    let mut hamlet = Hamlet::open(true);
    let (row, ..) = hamlet.registered(0);
    let key = hamlet.line_key(0);
    let size = hamlet.village.status().size;
    let task = |reason| Task::Change {
        row,
        reason,
        kind: ChangeKind::Remove(key),
    };
    // A registrar's parcel alone: the server has no word of the organizer's, and leaves nothing.
    hamlet.leave_halves(task(Reason::Struck));
    std::thread::sleep(std::time::Duration::from_millis(300));
    let token = hamlet.village.desk.seats[2].token.clone();
    let theirs = hamlet.village.path(&format!("/parcels/2/change-{row}"));
    let theirs = get(theirs).token(&token);
    assert_eq!(hamlet.house().send(&theirs).problem().0, 404);
    // The organizer names another reason: the server says so, and signs nothing.
    hamlet.name_change(&change(
        ChangeName::Remove,
        ChangeReason::Paper,
        &row.to_string(),
    ));
    hamlet.until(|hamlet| {
        let asked = hamlet.organizer("GET", "/changes");
        hamlet.house().send(&asked).text().contains("name the same")
    });
    assert_eq!(hamlet.village.status().size, size);
    assert_eq!(hamlet.house().send(&theirs).problem().0, 404);
}

#[test]
fn what_a_change_lacks_is_named() {
    let hamlet = Hamlet::open(false);
    let row = hamlet.row(0);
    let add = |row: Option<&str>, identifier: Option<&str>| NewChange {
        change: ChangeName::Add,
        reason: ChangeReason::Admitted,
        row: row.map(str::to_owned),
        voter: identifier.map(|identifier| voter(identifier, "")),
    };
    let none = "0".repeat(32);
    for (wrong, status, named) in [
        (
            change(ChangeName::Replace, ChangeReason::Paper, &row),
            422,
            "reason",
        ),
        (
            change(ChangeName::Remove, ChangeReason::Lost, &row),
            422,
            "reason",
        ),
        (
            change(ChangeName::Remove, ChangeReason::Paper, "12"),
            422,
            "row",
        ),
        (
            change(ChangeName::Remove, ChangeReason::Paper, &none),
            404,
            "row id",
        ),
        (add(None, None), 422, "voter"),
        (add(None, Some("")), 422, "voter.identifier"),
        (add(None, Some("m-1001")), 422, "on the list already"),
        (add(Some(&row), Some("new")), 422, "row"),
        (
            NewChange {
                voter: Some(voter("x", "")),
                ..change(ChangeName::Remove, ChangeReason::Paper, &row)
            },
            422,
            "voter",
        ),
        (
            NewChange {
                row: None,
                ..change(ChangeName::Remove, ChangeReason::Paper, &row)
            },
            422,
            "row",
        ),
    ] {
        let reply = hamlet
            .house()
            .send(&hamlet.organizer("POST", "/changes").json(&wrong));
        assert_eq!(reply.problem().0, status, "{wrong:?}");
        assert!(reply.text().contains(named), "{named}: {}", reply.text());
    }
}

#[test]
fn the_server_alone_holds_an_election_with_personal_links() {
    let mut hamlet = Hamlet::prepare(false);
    assert_eq!(hamlet.progress().stage, RollStage::Server);
    hamlet.make_roll();
    hamlet.village.drill_and_open();
    hamlet.invite_all();
    let ana = hamlet.letters.wait(1, "ana@example.org", "").remove(0);
    assert!(
        ana.text.contains("This mail is all you need"),
        "{}",
        ana.text
    );
    hamlet.vote(0, &ana.token(), 0);

    let asked = hamlet.organizer("POST", "/changes").json(&NewChange {
        change: ChangeName::Add,
        reason: ChangeReason::Admitted,
        row: None,
        voter: Some(voter("m-1004", "dora@example.org")),
    });
    let added: urne_client::desk::NamedChange = hamlet.house().send(&asked).ok();
    hamlet.wait_for_change(&added.row);
    let dora = hamlet
        .letters
        .wait(1, "dora@example.org", "You are invited")
        .remove(0);
    let (row, ..) = hamlet.registered(3);
    assert_eq!(row.to_string(), added.row);
    hamlet.vote(3, &dora.token(), 1);

    let bo = hamlet.letters.wait(1, "bo@example.org", "").remove(0);
    let row = hamlet.row(1);
    hamlet.name_change(&change(ChangeName::Replace, ChangeReason::Lost, &row));
    hamlet.wait_for_change(&row);
    assert_eq!(
        hamlet.sign_in_by(&bo.token()).problem(),
        (401, "sign-in-refused".into())
    );
    let again = hamlet.letters.wait(2, "bo@example.org", "");
    let again = again.into_iter().find(|mail| mail.id != bo.id).unwrap();
    hamlet.vote(1, &again.token(), 1);

    let row = hamlet.row(0);
    hamlet.name_change(&change(ChangeName::Remove, ChangeReason::Struck, &row));
    hamlet.wait_for_change(&row);
    hamlet.ends_as_it_should(&[0, 2, 0]);
}

#[test]
fn lists_that_differ_are_said_to_and_mended() {
    let mut hamlet = Hamlet::prepare(true);
    let voters: Vec<_> = (0..3).map(|voter| hamlet.registered(voter)).collect();
    for (row, ..) in &voters {
        hamlet.new_code(row);
    }
    let mut fewer = list();
    fewer.voters.pop();
    assert_eq!(hamlet.save(&fewer).status, 200);
    hamlet.leave_halves_of(&voters);
    hamlet.until(|hamlet| {
        let trouble = hamlet.progress().trouble;
        trouble.is_some_and(|trouble| trouble.contains("the two lists differ"))
    });
    assert_eq!(hamlet.village.status().lines, 0);
    assert_eq!(hamlet.save(&list()).status, 200);
    hamlet.make_roll();
    assert_eq!(hamlet.village.status().lines, 3);
}

#[test]
fn a_server_that_was_killed_goes_on_with_the_roll() {
    let mut hamlet = Hamlet::prepare(true);
    let voters: Vec<_> = (0..3).map(|voter| hamlet.registered(voter)).collect();
    for (row, ..) in &voters {
        hamlet.new_code(row);
    }
    hamlet.leave_halves_of(&voters);
    hamlet.until(|hamlet| hamlet.progress().stage == RollStage::Proofs);
    let Hamlet {
        village,
        letters,
        codes,
        with_registrar,
    } = hamlet;
    let village = village.on(|house| house.kill_and_start(|_| {}));
    let mut hamlet = Hamlet {
        village,
        letters,
        codes,
        with_registrar,
    };
    let entries = hamlet.registrar(Task::Roll, &voters);
    // The registrar's tool of this test forgot its own parcel, so it began anew: the server follows until it has signed.
    hamlet.submit(entries.unwrap());
    hamlet.until(|hamlet| hamlet.progress().stage == RollStage::Published);
    assert_eq!(hamlet.village.status().lines, 3);
}

impl Hamlet {
    /// The current key of a voter's line, as a registrar's register knows it.
    fn line_key(&self, voter: usize) -> urne_crypto::encoding::Point {
        let rows = self.rows_of("voter");
        let row = self.row(voter);
        let row = rows
            .iter()
            .find(|line| line.to_lowercase().contains(&row))
            .unwrap();
        let keys: Vec<[u8; 32]> = self
            .village
            .replica
            .election()
            .voting()
            .unwrap()
            .roll()
            .lines()
            .map(|(key, _)| *key)
            .collect();
        let hex =
            |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02X}")).collect() };
        let key = keys
            .iter()
            .find(|key| row.contains(&hex(&key[..])))
            .unwrap();
        urne_crypto::encoding::Point::decode(key).unwrap()
    }

    /// The registrar leaves the first round of a change and goes away.
    fn leave_halves(&mut self, task: Task) {
        self.leave_first_round(task, &[]);
    }

    /// The same of the roll.
    fn leave_halves_of(
        &mut self,
        voters: &[(
            urne_client::workshop::register::RowId,
            urne_crypto::credential::Identifier,
            urne_client::issuer::Entitlement,
        )],
    ) {
        self.leave_first_round(Task::Roll, voters);
    }

    /// From the open box to the result, the record judged by somebody who trusts nobody, and everything erased in its time.
    fn ends_as_it_should(&mut self, totals: &[u64]) {
        let secret = |hamlet: &Hamlet| hamlet.rows_of("voter_line").len();
        assert!(secret(self) > 0);
        self.village.catch_up();
        self.village.close();
        self.until(|hamlet| hamlet.rows_of("voter_list")[0].ends_with(",1"));
        assert_eq!(secret(self), 0);
        for row in self.rows_of("voter") {
            // half and line
            assert!(row.contains("NULL,NULL,'"), "{row}");
        }
        assert_eq!(self.rows_of("link"), Vec::<String>::new());
        // With the board, a change would still say whose line it was.
        assert_eq!(self.rows_of("roll_change"), Vec::<String>::new());
        self.village.count();
        let urne_election::phase::Phase::Sealing(phase) = self.village.replica.election().phase()
        else {
            panic!("the box is not closed");
        };
        assert_eq!(phase.tally().unwrap().colleges[0].totals, totals);
        let read = |path: &str| self.village.file(path);
        let replica =
            Replica::from_record(read, Some(self.village.replica.election().id())).unwrap();
        assert!(replica.void().is_empty());

        let privacy: Privacy = self.house().send(&get(self.village.path("/privacy"))).ok();
        let deleted = CLOSES + 10 * 86_400;
        assert_eq!(
            (
                privacy.list_kept,
                privacy.lines_known,
                privacy.list_deleted_at
            ),
            (true, false, Some(deleted))
        );
        assert!(privacy.changes_tell);
        let asked = self.organizer("DELETE", "/voters");
        assert_eq!(
            self.house().send(&asked).problem(),
            (409, "wrong-phase".into())
        );
        self.house().clock.set(deleted);
        assert_eq!(self.house().send(&asked).status, 204);
        for table in ["voter_list", "voter", "outbox"] {
            assert_eq!(self.rows_of(table), Vec::<String>::new(), "{table}");
        }
        let privacy: Privacy = self.house().send(&get(self.village.path("/privacy"))).ok();
        assert!(!privacy.list_kept);
    }
}
