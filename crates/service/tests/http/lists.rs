//! The list of voters: what it may say, who sees what of it, and when it goes.

use urne_client::desk::{
    ChangeName, ChangeReason, MailState, NewChange, NewVoterList, RegistrarList, VoterList,
};

use std::time::{Duration, Instant};

use crate::hamlet::{Hamlet, desk, list, voter};
use crate::house::{House, ask, get};
use crate::village::CLOSES;

#[test]
fn a_list_is_refused_by_row_and_field() {
    let house = House::new();
    let desk = desk(&house, true);
    let rows = house.rows();
    type Spoil = fn(&mut NewVoterList);
    let faults: [(Spoil, &str); 15] = [
        (
            |list| list.voters[1].identifier = "  ".into(),
            "voters[2].identifier",
        ),
        (
            |list| list.voters[2].identifier = " M-1001".into(),
            "voters[3].identifier: the same as in voters[1]",
        ),
        (
            |list| list.voters[0].name = "x".repeat(201),
            "voters[1].name",
        ),
        (|list| list.voters[0].name = "a\nb".into(), "voters[1].name"),
        (
            |list| list.voters[0].email = "ana".into(),
            "voters[1].email",
        ),
        (
            |list| list.voters[0].email = "a b@example.org".into(),
            "voters[1].email",
        ),
        (
            |list| list.voters[0].email = "a@example.org\nBcc: b@example.org".into(),
            "voters[1].email",
        ),
        (
            |list| list.voters[1].language = "de".into(),
            "voters[2].language",
        ),
        (|list| list.voters[1].weight = 0, "voters[2].weight"),
        (|list| list.voters[1].college = 0, "voters[2].college"),
        (|list| list.voters[1].college = 2, "voters[2].college"),
        (
            |list| list.voters[2].address = "x".repeat(501),
            "voters[3].address",
        ),
        (
            |list| list.voters[2].address = "a\u{7}".into(),
            "voters[3].address",
        ),
        (|list| list.appeal_days = 3_651, "appeal_days"),
        (|list| list.appeal_days = 0, "appeal_days"),
    ];
    for (spoil, named) in faults {
        let mut wrong = list();
        spoil(&mut wrong);
        let reply = house.send(&desk.organizer_asks("PUT", "/voters").json(&wrong));
        assert_eq!(reply.problem(), (422, "unfit".into()), "{named}");
        assert!(reply.text().contains(named), "{named}: {}", reply.text());
    }
    assert_eq!(house.rows(), rows);
    let reply = house.send(&desk.organizer_asks("GET", "/voters"));
    assert_eq!(reply.problem(), (404, "not-found".into()));
}

#[test]
fn who_stays_on_the_list_keeps_the_row_id_and_others_get_theirs() {
    let house = House::new();
    let desk = desk(&house, true);
    let save = |list: &NewVoterList| -> VoterList {
        house
            .send(&desk.organizer_asks("PUT", "/voters").json(list))
            .ok()
    };
    let first = save(&list());
    assert_eq!(first.voters[1].voter.language, "fr");
    let rows: Vec<&String> = first.voters.iter().map(|voter| &voter.row).collect();
    assert!(rows[0] != rows[1] && rows[1] != rows[2] && rows[0] != rows[2]);
    let mut changed = list();
    changed.voters.remove(1);
    changed.voters.push(voter(" M-1004 ", "Dora@Example.org"));
    changed.voters[0].name = "Ana, now".into();
    let second = save(&changed);
    let names: Vec<&str> = second
        .voters
        .iter()
        .map(|voter| &*voter.voter.identifier)
        .collect();
    assert_eq!(names, ["m-1001", "m-1003", "m-1004"]);
    assert_eq!(&second.voters[0].row, rows[0]);
    assert_eq!(&second.voters[1].row, rows[2]);
    assert_eq!(second.voters[0].voter.name, "Ana, now");
    assert_eq!(second.voters[2].voter.email, "dora@example.org");
    assert_eq!(second.voters[2].invitation.state, MailState::None);
}

#[test]
fn a_registrar_sees_what_a_letter_needs_and_where_mails_go() {
    let hamlet = Hamlet::prepare(true);
    let house = hamlet.house();
    let asked = get("/api/v1/seat/voters");
    let registrars = asked.clone().token(&hamlet.village.desk.seats[2].token);
    let reply = house.send(&registrars);
    let shown: RegistrarList = reply.ok();
    assert_eq!(shown.voters[1].identifier, "m-1002");
    assert_eq!(shown.voters[1].row, hamlet.row(1));
    assert!(shown.voters[0].address.contains("rue des Lilas"));
    assert_eq!(shown.voters[0].email, "ana@example.org");
    let trustees = asked.clone().token(&hamlet.village.desk.seats[0].token);
    for other in [asked, trustees] {
        assert_eq!(house.send(&other).problem(), (401, "unauthorized".into()));
    }
}

#[test]
fn at_the_announced_hour_the_halves_go_and_in_time_the_list_though_nobody_closes() {
    let hamlet = Hamlet::open(true);
    let halves = |hamlet: &Hamlet| {
        let rows = hamlet.rows_of("voter");
        rows.iter().filter(|row| !row.contains("NULL,X'")).count()
    };
    assert_eq!(halves(&hamlet), 3, "{:?}", hamlet.rows_of("voter"));
    hamlet.house().clock.set(CLOSES);
    let reply = hamlet.house().send(&hamlet.organizer("DELETE", "/voters"));
    assert_eq!(reply.problem(), (409, "wrong-phase".into()));
    hamlet.until(|hamlet| halves(hamlet) == 0);
    assert_eq!(
        hamlet.rows_of("voter_line").len(),
        3,
        "a ballot may still be cancelled"
    );
    hamlet.house().clock.set(CLOSES + 10 * 86_400);
    hamlet.until(|hamlet| hamlet.rows_of("voter_list").is_empty());
}

#[test]
fn what_was_erased_leaves_the_log_once_nobody_reads_any_more() {
    let hamlet = Hamlet::open(true);
    let has_half = |row: &String| !row.contains("NULL,X'");
    let voter = hamlet.rows_of("voter").remove(0);
    let half = voter.rsplit(',').nth(5).unwrap();
    hamlet.house().while_it_is_read(|| {
        hamlet.house().clock.set(CLOSES);
        hamlet.until(|hamlet| !hamlet.rows_of("voter").iter().any(has_half));
    });
    hamlet.until(|hamlet| !hamlet.house().log_holds(half));
}

#[test]
fn the_half_of_a_change_that_is_named_after_the_hour_goes_too() {
    let hamlet = Hamlet::open(true);
    hamlet.house().clock.set(CLOSES);
    let has_half = |row: &String| !row.contains("NULL,X'");
    hamlet.until(|hamlet| !hamlet.rows_of("voter").iter().any(has_half));
    hamlet.name_change(&NewChange {
        change: ChangeName::Replace,
        reason: ChangeReason::Lost,
        row: Some(hamlet.row(0)),
        voter: None,
    });
    let half = |row: &String| row.split(',').nth(5).unwrap().to_owned();
    hamlet.until(|hamlet| {
        let changes = hamlet.rows_of("roll_change");
        changes.len() == 1 && half(&changes[0]) == "NULL"
    });
}

#[test]
fn a_list_whose_election_was_never_founded_goes_in_time_whatever_ails_another() {
    let house = House::new();
    let lists = |house: &House| {
        let rows = house.rows();
        rows.iter()
            .filter(|row| row.starts_with("voter_list "))
            .count()
    };
    for desk in [desk(&house, true), desk(&house, false)] {
        let save = desk.organizer_asks("PUT", "/voters").json(&list());
        assert_eq!(house.send(&save).status, 200);
    }
    house.spoil("UPDATE draft SET content = 'nonsense' WHERE id = (SELECT min(id) FROM draft)");
    house.clock.set(CLOSES + 10 * 86_400 - 1);
    std::thread::sleep(Duration::from_secs(6));
    assert_eq!(lists(&house), 2);
    house.clock.set(CLOSES + 10 * 86_400);
    let start = Instant::now();
    while lists(&house) != 1 {
        assert!(start.elapsed() < Duration::from_secs(40));
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn nothing_that_opens_a_door_stands_in_the_database_as_it_is() {
    let hamlet = Hamlet::open(false);
    hamlet.invite_all();
    let mail = hamlet.letters.wait(1, "ana@example.org", "").remove(0);
    let rows = hamlet.house().rows().join("\n").to_lowercase();
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    let token: [u8; 32] = urne_election::json::from_base64url(&mail.token()).unwrap();
    assert!(!rows.contains(&hex(&token)) && !rows.contains(&mail.token().to_lowercase()));
    let digits = mail.code().replace(' ', "");
    assert!(!rows.contains(&digits) && !rows.contains(&hex(digits.as_bytes())));
    let signed_in: urne_client::desk::SignedIn = hamlet.sign_in_by(&mail.token()).ok();
    let half: [u8; 32] = urne_election::json::from_base64url(&signed_in.half).unwrap();
    assert!(!rows.contains(&hex(&half)));
    assert!(
        !hamlet
            .house()
            .rows()
            .join("\n")
            .to_lowercase()
            .contains(&hex(&half))
    );
}

/// All rows, once the server has done in the background what the board gave it to do.
fn settled_rows(house: &House) -> Vec<String> {
    loop {
        let rows = house.rows();
        std::thread::sleep(std::time::Duration::from_millis(500));
        if house.rows() == rows {
            return rows;
        }
    }
}

#[test]
fn lists_and_mails_are_for_their_organizer_alone() {
    let hamlet = Hamlet::open(true);
    let house = hamlet.house();
    let other = desk(house, true);
    let draft = format!("/api/v1/drafts/{}", hamlet.village.desk.opened.draft);
    let row = hamlet.row(0);
    let rows = settled_rows(house);
    let doors = [
        ask("PUT", format!("{draft}/voters")).json(&list()),
        get(format!("{draft}/voters")),
        ask("DELETE", format!("{draft}/voters")),
        ask("PUT", format!("{draft}/voters/{row}/email"))
            .json(&serde_json::json!({"email": "a@example.org"})),
        ask("POST", format!("{draft}/roll")),
        get(format!("{draft}/roll")),
        ask("POST", format!("{draft}/changes"))
            .json(&serde_json::json!({"change": "remove", "reason": "paper", "row": row})),
        get(format!("{draft}/changes")),
        ask("POST", format!("{draft}/invitations")).json(&serde_json::json!({})),
        ask("POST", format!("{draft}/reminders")),
    ];
    let strangers = [
        &other.opened.token,
        &hamlet.village.desk.seats[2].token,
        &house.operator,
    ];
    for door in doors {
        assert_eq!(
            house.send(&door).problem(),
            (401, "unauthorized".into()),
            "{door:?}"
        );
        for stranger in strangers {
            let reply = house.send(&door.clone().token(stranger));
            assert_eq!(reply.problem(), (401, "unauthorized".into()), "{door:?}");
        }
    }
    assert_eq!(house.rows(), rows);
}
