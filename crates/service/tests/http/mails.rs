//! Mails on their way: to a mail server written by others, which refuses, puts off, goes away and comes back.

use std::time::Duration;

use urne_client::desk::{ListedVoter, MailState, MailsQueued, NewSignIn, NewVoterList};
use urne_service::config::Mail;

use crate::hamlet::{Hamlet, list, mailing_house, voter};
use crate::house::House;
use crate::letterbox::{Letterbox, Sink};
use crate::village::Village;

/// An open box whose mails go to a server at this port.
fn hamlet_at(port: u16, voters: &NewVoterList) -> Hamlet {
    let (house, letters) = mailing_house(|config| config.mail = Some(Mail::to_port(port)));
    let mut hamlet = Hamlet::prepare_in(house, letters, true, voters);
    hamlet.make_roll();
    hamlet.village.drill_and_open();
    hamlet
}

fn invitation(voters: &[ListedVoter], name: &str) -> (MailState, String) {
    let voter = voters
        .iter()
        .find(|voter| voter.voter.email.starts_with(name));
    let invitation = voter.unwrap().invitation.clone();
    (invitation.state, invitation.problem.unwrap_or_default())
}

#[test]
fn a_refused_recipient_bounces_and_one_that_is_put_off_is_reached() {
    let folder = tempfile::tempdir().unwrap();
    let letters = Letterbox(folder.path().join("mails"));
    let Some(sink) = Sink::start(&letters.0, Sink::free_port()) else {
        return;
    };
    let mut voters = list();
    voters.voters[0].email = "reject-ana@example.org".into();
    voters.voters[1].email = "later-bo@example.org".into();
    let hamlet = hamlet_at(sink.port, &voters);
    hamlet.invite_all();
    letters.wait(1, "carl@example.org", "You are invited");
    letters.wait(1, "later-bo@example.org", "Vous êtes invité");
    hamlet.until(|hamlet| {
        let voters = hamlet.voters();
        voters
            .iter()
            .all(|voter| !matches!(voter.invitation.state, MailState::None | MailState::Queued))
    });
    let shown = hamlet.voters();
    let (state, problem) = invitation(&shown, "reject-ana");
    assert_eq!(state, MailState::Bounced);
    assert!(problem.contains("nobody of this name"), "{problem}");
    assert_eq!(invitation(&shown, "later-bo").0, MailState::Sent);

    // A better address, and the invitation once more; whoever was reached keeps theirs.
    let change = |row: &str, email: &str| {
        let asked = hamlet.organizer("PUT", &format!("/voters/{row}/email"));
        hamlet
            .house()
            .send(&asked.json(&serde_json::json!({ "email": email })))
    };
    assert_eq!(
        change(&shown[2].row, "x@example.org").problem(),
        (409, "wrong-phase".into())
    );
    assert_eq!(
        change(&shown[0].row, "nonsense").problem(),
        (422, "unfit".into())
    );
    assert_eq!(
        change(&"0".repeat(32), "x@example.org").problem(),
        (404, "not-found".into())
    );
    let links = hamlet.rows_of("link").len();
    assert_eq!(change(&shown[0].row, "ana@example.org").status, 204);
    assert_eq!(
        hamlet.rows_of("link").len(),
        links - 1,
        "what was meant for the old address opens nothing"
    );
    let asked = hamlet.organizer("POST", "/invitations");
    let queued: MailsQueued = hamlet
        .house()
        .send(&asked.json(&serde_json::json!({})))
        .ok();
    assert_eq!(queued.queued, 1, "only who was not sent one");
    letters.wait(1, "<ana@example.org>", "You are invited");
    assert_eq!(letters.to("carl@example.org", "").len(), 1);
}

#[test]
fn mails_wait_for_a_mail_server_that_is_away() {
    let folder = tempfile::tempdir().unwrap();
    let letters = Letterbox(folder.path().join("mails"));
    let port = Sink::free_port();
    let hamlet = hamlet_at(port, &list());
    hamlet.invite_all();
    std::thread::sleep(Duration::from_millis(600));
    let waiting = |hamlet: &Hamlet| {
        hamlet
            .voters()
            .iter()
            .all(|voter| voter.invitation.state == MailState::Queued)
    };
    assert!(waiting(&hamlet), "{:?}", hamlet.voters());
    assert!(
        hamlet
            .rows_of("outbox")
            .iter()
            .all(|row| row.ends_with(",0")),
        "no attempt is counted"
    );
    let other = serde_json::json!({ "email": "ana.now@example.org" });
    let row = hamlet.row(0);
    let asked = hamlet.organizer("PUT", &format!("/voters/{row}/email"));
    assert_eq!(hamlet.house().send(&asked.json(&other)).status, 204);
    assert_eq!(
        hamlet.rows_of("outbox").len(),
        2,
        "a mail to the old address does not wait on"
    );
    hamlet.invite_all();
    let Some(_sink) = Sink::start(&letters.0, port) else {
        return;
    };
    letters.wait(3, "example.org", "");
    hamlet.until(|hamlet| hamlet.rows_of("outbox").is_empty());
    assert_eq!(letters.to("ana.now@example.org", "").len(), 1);
}

#[test]
fn who_was_reached_keeps_the_address_also_while_another_invitation_waits() {
    let folder = tempfile::tempdir().unwrap();
    let letters = Letterbox(folder.path().join("mails"));
    let Some(sink) = Sink::start(&letters.0, Sink::free_port()) else {
        return;
    };
    let hamlet = hamlet_at(sink.port, &list());
    hamlet.invite_all();
    letters.wait(3, "example.org", "");
    hamlet.until(|hamlet| hamlet.rows_of("outbox").is_empty());
    drop(sink);
    let row = hamlet.row(0);
    let asked = hamlet.organizer("POST", "/invitations");
    let again = asked.json(&serde_json::json!({ "rows": [row] }));
    assert_eq!(hamlet.house().send(&again).status, 202);
    assert_eq!(invitation(&hamlet.voters(), "ana").0, MailState::Queued);
    let asked = hamlet.organizer("PUT", &format!("/voters/{row}/email"));
    let other = asked.json(&serde_json::json!({ "email": "other@example.org" }));
    assert_eq!(
        hamlet.house().send(&other).problem(),
        (409, "wrong-phase".into())
    );
    assert_eq!(hamlet.rows_of("outbox").len(), 1);
}

#[test]
fn a_list_that_is_saved_again_leaves_those_who_were_reached_where_they_are() {
    let hamlet = Hamlet::prepare(true);
    let ask = hamlet.organizer("POST", "/invitations");
    let only = ask.json(&serde_json::json!({ "rows": [hamlet.row(0)] }));
    assert_eq!(hamlet.house().send(&only).status, 202);
    hamlet.letters.wait(1, "ana@example.org", "");
    hamlet.until(|hamlet| hamlet.rows_of("outbox").is_empty());
    let mut elsewhere = list();
    elsewhere.voters[0].email = "other@example.org".into();
    let mut without = list();
    without.voters.remove(0);
    for (wrong, named) in [(elsewhere, "voters[1].email"), (without, "m-1001")] {
        let reply = hamlet.save(&wrong);
        assert_eq!(reply.problem(), (422, "unfit".into()));
        assert!(reply.text().contains(named), "{}", reply.text());
    }
    let mut others = list();
    others.voters[1].email = "bo.now@example.org".into();
    others.voters.remove(2);
    assert_eq!(hamlet.save(&others).status, 200);
    assert_eq!(hamlet.voters()[1].voter.email, "bo.now@example.org");
    assert_eq!(invitation(&hamlet.voters(), "ana").0, MailState::Sent);
}

#[test]
fn a_mail_that_is_sent_again_brings_back_no_code_that_went() {
    let folder = tempfile::tempdir().unwrap();
    let letters = Letterbox(folder.path().join("mails"));
    let Some(sink) = Sink::start(&letters.0, Sink::free_port()) else {
        return;
    };
    let mut voters = list();
    voters.voters.truncate(1);
    voters.voters[0].email = "slow-ana@example.org".into();
    let hamlet = hamlet_at(sink.port, &voters);
    hamlet.invite_all();
    let mail = letters.wait(1, "slow-ana@example.org", "").remove(0);
    let by_code = |code: &str| NewSignIn {
        token: None,
        identifier: Some("m-1001".into()),
        code: Some(code.into()),
    };
    let wrong = if mail.code().starts_with('0') {
        "11111111"
    } else {
        "00000000"
    };
    for _ in 0..5 {
        assert_eq!(hamlet.sign_in(&by_code(wrong)).problem().0, 401);
    }
    let Hamlet {
        village,
        codes,
        with_registrar,
        letters: own,
    } = hamlet;
    let village: Village = village.on(|house: House| house.kill_and_start(|_| {}));
    let hamlet = Hamlet {
        village,
        codes,
        with_registrar,
        letters: own,
    };
    letters.wait(2, "slow-ana@example.org", "");
    assert_eq!(hamlet.sign_in(&by_code(&mail.code())).problem().0, 401);
    assert_eq!(hamlet.sign_in_by(&mail.token()).status, 200);
}

#[test]
fn a_mail_whose_fate_was_not_noted_is_sent_again_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let letters = Letterbox(folder.path().join("mails"));
    let Some(sink) = Sink::start(&letters.0, Sink::free_port()) else {
        return;
    };
    let mut voters = list();
    voters.voters.truncate(1);
    voters.voters[0].email = "slow-ana@example.org".into();
    let hamlet = hamlet_at(sink.port, &voters);
    hamlet.invite_all();
    // The mail server has it; its word has not come back when the server is killed.
    letters.wait(1, "slow-ana@example.org", "");
    let Hamlet {
        village,
        codes,
        with_registrar,
        letters: own,
    } = hamlet;
    let village: Village = village.on(|house: House| house.kill_and_start(|_| {}));
    let hamlet = Hamlet {
        village,
        codes,
        with_registrar,
        letters: own,
    };
    let both = letters.wait(2, "slow-ana@example.org", "");
    assert_eq!(both[0].id, both[1].id);
    assert_eq!(both[0].token(), both[1].token());
    assert_eq!(both[0].code(), both[1].code());
    hamlet.until(|hamlet| hamlet.rows_of("outbox").is_empty());
    assert_eq!(hamlet.sign_in_by(&both[0].token()).status, 200);
}

#[test]
fn a_link_that_was_used_before_its_mail_was_noted_is_not_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let letters = Letterbox(folder.path().join("mails"));
    let Some(sink) = Sink::start(&letters.0, Sink::free_port()) else {
        return;
    };
    let mut voters = list();
    voters.voters.truncate(1);
    voters.voters[0].email = "slow-ana@example.org".into();
    let hamlet = hamlet_at(sink.port, &voters);
    hamlet.invite_all();
    let mail = letters.wait(1, "slow-ana@example.org", "").remove(0);
    assert_eq!(hamlet.sign_in_by(&mail.token()).status, 200);
    assert_eq!(hamlet.rows_of("outbox"), Vec::<String>::new());
    let Hamlet {
        village,
        codes,
        with_registrar,
        letters: own,
    } = hamlet;
    let village: Village = village.on(|house: House| house.kill_and_start(|_| {}));
    let hamlet = Hamlet {
        village,
        codes,
        with_registrar,
        letters: own,
    };
    assert_eq!(invitation(&hamlet.voters(), "slow-ana").0, MailState::Sent);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(letters.to("slow-ana@example.org", "").len(), 1);
    assert_eq!(hamlet.sign_in_by(&mail.token()).problem().0, 401);
}

#[test]
fn a_reminder_reaches_those_without_a_ballot_and_nobody_is_told_whom() {
    let mut hamlet = Hamlet::open(true);
    hamlet.invite_all();
    let mail = hamlet.letters.wait(1, "ana@example.org", "").remove(0);
    hamlet.letters.wait(3, "example.org", "");
    hamlet.vote(0, &mail.token(), 0);
    hamlet
        .letters
        .wait(1, "ana@example.org", "was put into the ballot box");
    hamlet.until(|hamlet| hamlet.rows_of("outbox").is_empty());
    let before = hamlet.voters();
    let reply = hamlet.house().send(&hamlet.organizer("POST", "/reminders"));
    assert_eq!((reply.status, reply.body), (202, Vec::new()));
    hamlet
        .letters
        .wait(1, "carl@example.org", "You have not voted yet");
    hamlet.letters.wait(1, "bo@example.org", "pas encore voté");
    hamlet.until(|hamlet| hamlet.rows_of("outbox").is_empty());
    assert!(hamlet.letters.to("ana@example.org", "not voted").is_empty());
    assert_eq!(
        hamlet.voters(),
        before,
        "the list says the same after as before"
    );
}

#[test]
fn a_bounced_reminder_or_notice_is_nobodys_business() {
    let folder = tempfile::tempdir().unwrap();
    let letters = Letterbox(folder.path().join("mails"));
    let Some(sink) = Sink::start(&letters.0, Sink::free_port()) else {
        return;
    };
    let mut voters = list();
    voters.voters[0].email = "reject-ana@example.org".into();
    let hamlet = hamlet_at(sink.port, &voters);
    let before = hamlet.voters();
    let reply = hamlet.house().send(&hamlet.organizer("POST", "/reminders"));
    assert_eq!(reply.status, 202);
    letters.wait(1, "carl@example.org", "");
    hamlet.until(|hamlet| hamlet.rows_of("outbox").is_empty());
    assert_eq!(hamlet.voters(), before);
}

#[test]
fn without_mail_or_without_a_half_there_is_nothing_to_send() {
    let house = House::new();
    let mut silent = Hamlet::prepare_in(house, Letterbox("nowhere".into()), true, &list());
    silent.make_roll();
    silent.village.drill_and_open();
    let invitations = silent
        .organizer("POST", "/invitations")
        .json(&serde_json::json!({}));
    for asked in [invitations, silent.organizer("POST", "/reminders")] {
        let reply = silent.house().send(&asked);
        assert_eq!(reply.problem(), (409, "wrong-phase".into()));
        assert!(reply.text().contains("sends no mail"), "{}", reply.text());
    }
    assert_eq!(silent.ask_for_link("m-1001").status, 202);
    let seat = urne_client::http::NewSeat {
        email: Some("eve@example.org".into()),
        ..crate::village::new_seat(urne_client::http::Role::Trustee, "Eve")
    };
    let other = crate::hamlet::desk(silent.house(), true);
    let reply = silent
        .house()
        .send(&other.organizer_asks("POST", "/seats").json(&seat));
    assert_eq!(reply.problem(), (422, "unfit".into()));

    let (house, _) = mailing_house(|_| {});
    let village = Village::open(house);
    let list = village.desk.organizer_asks("PUT", "/voters").json(&list());
    assert_eq!(
        village.house.send(&list).problem(),
        (409, "wrong-phase".into()),
        "the roll stands"
    );
    let asked = village.desk.organizer_asks("POST", "/reminders");
    let reply = village.house.send(&asked);
    assert!(reply.text().contains("no issuer"), "{}", reply.text());
}

#[test]
fn invitations_go_to_the_rows_that_are_named() {
    let hamlet = Hamlet::open(true);
    let ask = |rows: serde_json::Value| {
        let asked = hamlet.organizer("POST", "/invitations");
        hamlet
            .house()
            .send(&asked.json(&serde_json::json!({ "rows": rows })))
    };
    let row = hamlet.row(1);
    assert_eq!(
        ask(serde_json::json!(["12"])).problem(),
        (422, "unfit".into())
    );
    assert_eq!(ask(serde_json::json!([row])).ok::<MailsQueued>().queued, 1);
    hamlet.letters.wait(1, "bo@example.org", "");
    hamlet.until(|hamlet| hamlet.rows_of("outbox").is_empty());
    assert_eq!(
        ask(serde_json::json!([row])).ok::<MailsQueued>().queued,
        1,
        "again, if asked"
    );
    hamlet.letters.wait(2, "bo@example.org", "");
    assert_eq!(hamlet.letters.all().len(), 2);
}

#[test]
fn an_address_without_a_voter_of_that_name_is_never_written_to() {
    let mut voters = list();
    voters.voters.push(voter("m-1004", ""));
    let (house, letters) = mailing_house(|_| {});
    let mut hamlet = Hamlet::prepare_in(house, letters, false, &voters);
    assert_eq!(hamlet.progress().without_email, 1);
    hamlet.make_roll();
    hamlet.village.drill_and_open();
    hamlet.invite_all();
    hamlet.ask_for_link("m-1004");
    hamlet.letters.wait(3, "example.org", "");
    hamlet.until(|hamlet| hamlet.rows_of("outbox").is_empty());
    assert_eq!(hamlet.letters.all().len(), 3);
}
