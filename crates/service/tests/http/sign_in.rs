//! Links, codes, and what they open.

use urne_client::desk::{MailState, NewSignIn, SignedIn};

use crate::hamlet::{Hamlet, desk, list, mailing_house, voter};
use crate::house::{House, ask, get};
use crate::village::{CLOSES, OPENS, Village};

const REFUSED: (u16, &str) = (401, "sign-in-refused");

fn by_code(name: &str, code: &str) -> NewSignIn {
    NewSignIn {
        token: None,
        identifier: Some(name.into()),
        code: Some(code.into()),
    }
}

fn refused(hamlet: &Hamlet, sign_in: &NewSignIn) {
    let (status, code) = hamlet.sign_in(sign_in).problem();
    assert_eq!((status, code.as_str()), REFUSED);
}

#[test]
fn a_request_for_a_link_gets_the_same_answer_whoever_is_meant() {
    let hamlet = Hamlet::open(true);
    let known = hamlet.ask_for_link(" M-1001 ");
    let by_address = hamlet.ask_for_link("BO@example.org");
    let unknown = hamlet.ask_for_link("m-9999");
    let plain = |reply: &crate::house::Reply| {
        let mut headers = reply.headers.clone();
        headers.retain(|(name, _)| name != "date");
        (reply.status, headers, reply.body.clone())
    };
    assert_eq!(known.status, 202);
    assert_eq!(plain(&known), plain(&unknown));
    assert_eq!(plain(&known), plain(&by_address));
    hamlet
        .letters
        .wait(1, "ana@example.org", "You asked for a fresh link");
    hamlet
        .letters
        .wait(1, "bo@example.org", "Vous avez demandé");
    assert_eq!(hamlet.letters.all().len(), 2);
    let nowhere = ask(
        "POST",
        format!("/api/v1/elections/{}/links", "A".repeat(43)),
    );
    let reply = hamlet
        .house()
        .send(&nowhere.json(&serde_json::json!({"identifier": "a"})));
    assert_eq!(reply.problem(), (404, "not-found".into()));
    for wrong in ["", &"x".repeat(255)] {
        assert_eq!(hamlet.ask_for_link(wrong).problem(), (422, "unfit".into()));
    }
}

#[test]
fn who_asks_again_and_again_is_mailed_three_links() {
    let hamlet = Hamlet::open(true);
    for sent in 1..=3 {
        assert_eq!(hamlet.ask_for_link("m-1001").status, 202);
        hamlet.letters.wait(sent, "ana@example.org", "");
    }
    for _ in 0..5 {
        assert_eq!(hamlet.ask_for_link("m-1001").status, 202);
    }
    hamlet.ask_for_link("m-1003");
    hamlet.letters.wait(1, "carl@example.org", "");
    assert_eq!(hamlet.letters.to("ana@example.org", "").len(), 3);
}

#[test]
fn a_link_works_once_and_for_its_own_election_only() {
    let hamlet = Hamlet::open(true);
    hamlet.ask_for_link("m-1002");
    let mail = hamlet.letters.wait(1, "bo@example.org", "").remove(0);
    // Scanners look at addresses: nothing but a sign-in spends a token.
    hamlet
        .house()
        .send(&get(format!("/booth/vote.html?t={}", mail.token())));
    assert_eq!(
        hamlet
            .house()
            .send(&get(hamlet.village.path("/sign-in")))
            .problem()
            .0,
        405
    );
    let signed_in: SignedIn = hamlet.sign_in_by(&mail.token()).ok();
    assert_eq!(signed_in.language, "fr");
    hamlet.credential(1, &signed_in);
    let reply = hamlet.sign_in_by(&mail.token());
    assert_eq!(reply.problem(), (401, "sign-in-refused".into()));
    let unknown = hamlet.sign_in_by(&"A".repeat(43));
    assert_eq!(
        reply.body, unknown.body,
        "a spent link and one that never was look the same"
    );
    assert_eq!(hamlet.sign_in_by("short").problem().0, 401);

    let other = Hamlet::open(true);
    other.ask_for_link("m-1001");
    let others = other.letters.wait(1, "ana@example.org", "").remove(0);
    assert_eq!(hamlet.sign_in_by(&others.token()).problem().0, 401);
    assert_eq!(other.sign_in_by(&others.token()).status, 200);
}

#[test]
fn a_link_ends_with_its_hour() {
    let hamlet = Hamlet::open(true);
    hamlet.ask_for_link("m-1001");
    let first = hamlet.letters.wait(1, "ana@example.org", "").remove(0);
    hamlet.house().clock.set(OPENS + 41 * 60);
    assert_eq!(hamlet.sign_in_by(&first.token()).problem().0, 401);
    hamlet.ask_for_link("m-1001");
    let both = hamlet.letters.wait(2, "ana@example.org", "");
    let second = both.into_iter().find(|mail| mail.id != first.id).unwrap();
    hamlet.house().clock.set(OPENS + 70 * 60);
    assert_eq!(hamlet.sign_in_by(&second.token()).status, 200);
}

#[test]
fn outside_the_open_box_nothing_is_spent() {
    let mut hamlet = Hamlet::prepare(true);
    hamlet.make_roll();
    hamlet.invite_all();
    let mail = hamlet.letters.wait(1, "ana@example.org", "").remove(0);
    let early = hamlet.sign_in_by(&mail.token());
    assert_eq!(early.problem(), (409, "wrong-phase".into()));
    hamlet.village.drill_and_open();
    hamlet.house().clock.set(CLOSES);
    assert_eq!(hamlet.sign_in_by(&mail.token()).problem().0, 409);
    hamlet.house().clock.set(OPENS);
    assert_eq!(hamlet.sign_in_by(&mail.token()).status, 200);
}

#[test]
fn the_code_of_a_mail_opens_on_another_device_and_five_tries_are_all() {
    let hamlet = Hamlet::open(true);
    hamlet.ask_for_link("m-1001");
    let mail = hamlet.letters.wait(1, "ana@example.org", "").remove(0);
    let signed_in: SignedIn = hamlet.sign_in(&by_code(" M-1001", &mail.code())).ok();
    hamlet.credential(0, &signed_in);
    refused(&hamlet, &by_code("m-1001", &mail.code()));
    assert_eq!(
        hamlet.sign_in_by(&mail.token()).problem().0,
        401,
        "code and link are one"
    );

    hamlet.ask_for_link("m-1003");
    let mail = hamlet.letters.wait(1, "carl@example.org", "").remove(0);
    let wrong = if mail.code().starts_with('0') {
        "1111 1111"
    } else {
        "0000 0000"
    };
    for _ in 0..5 {
        refused(&hamlet, &by_code("m-1003", wrong));
    }
    refused(&hamlet, &by_code("m-1003", &mail.code()));
    // The link is not guessed at, so it still works; and so does the code of a newer mail.
    assert_eq!(hamlet.sign_in_by(&mail.token()).status, 200);
    hamlet.ask_for_link("m-1003");
    let both = hamlet.letters.wait(2, "carl@example.org", "");
    let newer = both.into_iter().find(|other| other.id != mail.id).unwrap();
    assert_eq!(
        hamlet
            .sign_in(&by_code("carl@example.org", &newer.code()))
            .status,
        200
    );
}

#[test]
fn neither_another_name_nor_a_fresh_link_gives_five_tries_more() {
    let hamlet = Hamlet::open(true);
    hamlet.ask_for_link("m-1001");
    let first = hamlet.letters.wait(1, "ana@example.org", "").remove(0);
    let wrong = if first.code().starts_with('0') {
        "11111111"
    } else {
        "00000000"
    };
    for name in ["m-1001", "ana@example.org", " M-1001 ", "ANA@example.org"] {
        refused(&hamlet, &by_code(name, wrong));
    }
    hamlet.ask_for_link("m-1001");
    let both = hamlet.letters.wait(2, "ana@example.org", "");
    let second = both.into_iter().find(|mail| mail.id != first.id).unwrap();
    refused(&hamlet, &by_code("ana@example.org", wrong));
    for mail in [&first, &second] {
        refused(&hamlet, &by_code("m-1001", &mail.code()));
        assert_eq!(hamlet.sign_in_by(&mail.token()).status, 200);
    }
    // Other voters' codes are none the worse for it.
    hamlet.ask_for_link("m-1003");
    let mail = hamlet.letters.wait(1, "carl@example.org", "").remove(0);
    assert_eq!(hamlet.sign_in(&by_code("m-1003", &mail.code())).status, 200);
}

#[test]
fn tries_are_counted_and_answered_alike_for_names_that_nobody_has() {
    let hamlet = Hamlet::open(true);
    hamlet.ask_for_link("m-1001");
    let mail = hamlet.letters.wait(1, "ana@example.org", "").remove(0);
    let wrong = if mail.code().starts_with('0') {
        "11111111"
    } else {
        "00000000"
    };
    let known = hamlet.sign_in(&by_code("m-1001", wrong));
    let unknown = hamlet.sign_in(&by_code("m-9999", wrong));
    assert_eq!((known.status, &known.body), (unknown.status, &unknown.body));
    let tries = hamlet.rows_of("code_try");
    assert_eq!(tries.len(), 1, "{tries:?}");
    assert!(tries[0].ends_with(",1"), "{tries:?}");
    let voters = hamlet.rows_of("voter");
    let tried = voters.iter().filter(|row| row.ends_with(",1")).count();
    assert_eq!(tried, 1, "{voters:?}");
    let rows = hamlet.house().rows().join("\n");
    assert!(!rows.contains("m-9999"));
}

#[test]
fn a_sign_in_is_one_thing_or_the_other() {
    let hamlet = Hamlet::open(true);
    let both = NewSignIn {
        token: Some("A".repeat(43)),
        ..by_code("m-1001", "12345678")
    };
    let half = NewSignIn {
        code: None,
        ..by_code("m-1001", "")
    };
    let none = NewSignIn {
        identifier: None,
        ..half.clone()
    };
    for wrong in [
        both,
        half,
        none,
        by_code("", "12345678"),
        by_code(&"x".repeat(255), "1"),
    ] {
        assert_eq!(
            hamlet.sign_in(&wrong).problem(),
            (422, "unfit".into()),
            "{wrong:?}"
        );
    }
    let village = Village::open(House::new());
    let asked = ask("POST", village.path("/sign-in")).json(&by_code("m-1001", "12345678"));
    assert_eq!(
        village.house.send(&asked).problem(),
        (409, "wrong-phase".into())
    );
}

#[test]
fn one_address_may_not_guess_often() {
    let (house, letters) = mailing_house(|config| config.limits.sign_ins_per_minute = 8);
    let mut hamlet = Hamlet::prepare_in(house, letters, true, &list());
    hamlet.make_roll();
    hamlet.village.drill_and_open();
    let attempts: Vec<u16> = (0..6)
        .map(|_| hamlet.sign_in_by(&"A".repeat(43)).status)
        .collect();
    assert_eq!(attempts, [401, 401, 401, 401, 429, 429]);
    assert_eq!(hamlet.ask_for_link("m-1001").status, 429);
    assert_eq!(
        hamlet.house().send(&get(hamlet.village.path(""))).status,
        200
    );
}

#[test]
fn everybody_behind_one_mail_address_gets_a_link_of_their_own() {
    let (house, letters) = mailing_house(|_| {});
    let mut family = list();
    family.voters.push(voter("m-1004", "ana@example.org"));
    let mut hamlet = Hamlet::prepare_in(house, letters, false, &family);
    hamlet.make_roll();
    hamlet.village.drill_and_open();
    hamlet.ask_for_link("ana@example.org");
    let mails = hamlet.letters.wait(2, "ana@example.org", "");
    let keys = mails.iter().map(|mail| {
        let signed_in: SignedIn = hamlet.sign_in_by(&mail.token()).ok();
        signed_in.key
    });
    let keys: std::collections::HashSet<String> = keys.collect();
    assert_eq!(keys.len(), 2);
}

#[test]
fn a_trustee_is_mailed_the_link_to_the_seat_and_nobody_else_sees_it() {
    use urne_client::http::{NewSeat, Role, SeatOpened, SeatView};
    let (house, letters) = mailing_house(|_| {});
    let desk = desk(&house, false);
    let seat = NewSeat {
        email: Some("eve@example.org".into()),
        ..crate::village::new_seat(Role::Trustee, "Eve")
    };
    let opened: SeatOpened = house
        .send(&desk.organizer_asks("POST", "/seats").json(&seat))
        .ok();
    assert_eq!((opened.number, opened.token), (3, None));
    let first = letters.wait(1, "eve@example.org", "trustee.html").remove(0);
    let view = |token: &str| house.send(&get("/api/v1/seat").token(token));
    assert_eq!(view(&first.token()).ok::<SeatView>().seat.number, 3);
    let seats = desk.read(&house).seats;
    let mailed = seats
        .into_iter()
        .find(|seat| seat.name == "Eve")
        .unwrap()
        .mailed;
    assert_eq!(mailed.unwrap().state, MailState::Sent);
    let again: SeatOpened = house
        .send(&desk.organizer_asks("POST", "/seats/trustee/3/token"))
        .ok();
    assert_eq!(again.token, None);
    let both = letters.wait(2, "eve@example.org", "");
    let second = both.into_iter().find(|mail| mail.id != first.id).unwrap();
    assert_eq!(view(&first.token()).problem().0, 401);
    assert_eq!(view(&second.token()).status, 200);
    for wrong in ["eve", "", "a@b@c"] {
        let seat = NewSeat {
            email: Some(wrong.into()),
            ..seat.clone()
        };
        let reply = house.send(&desk.organizer_asks("POST", "/seats").json(&seat));
        assert_eq!(reply.problem(), (422, "unfit".into()), "{wrong}");
    }
}
