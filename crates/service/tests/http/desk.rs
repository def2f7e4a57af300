//! From the invitation to the founding.

use urne_client::http::{
    Draft, ElectionStatus, Founded, NewDraft, NewSeat, Role, SeatHolder, SeatKeys, SeatOpened,
    SeatView,
};
use urne_election::json::base64url;

use crate::house::{House, ask, get};
use crate::village::{Desk, Village, content, invite, new_seat, open_draft};

#[test]
fn an_invitation_opens_one_draft() {
    let house = House::new();
    let invitation = NewDraft {
        invitation: invite(&house),
    };
    let asked = ask("POST", "/api/v1/drafts").json(&invitation);
    assert_eq!(house.send(&asked).status, 201);
    let rows = house.rows();
    assert_eq!(house.send(&asked).problem(), (409, "already-spent".into()));
    let unknown = NewDraft {
        invitation: base64url(&[7; 32]),
    };
    let asked = ask("POST", "/api/v1/drafts").json(&unknown);
    assert_eq!(house.send(&asked).problem(), (401, "unauthorized".into()));
    assert_eq!(house.rows(), rows);
}

#[test]
fn no_token_stands_in_the_database() {
    let house = House::new();
    let desk = Desk::open(&house);
    let rows = house.rows().join("\n").to_lowercase();
    let tokens = desk
        .seats
        .iter()
        .map(|seat| &seat.token)
        .chain([&desk.opened.token, &house.operator]);
    for token in tokens {
        let bytes: [u8; 32] = urne_election::json::from_base64url(token).unwrap();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(!rows.contains(&hex) && !rows.contains(&token.to_lowercase()));
    }
}

#[test]
fn a_token_opens_its_own_door_only() {
    let village = Village::found(House::new());
    let house = &village.house;
    let other = Desk::open(house);
    let rows = house.rows();
    let mine = &village.desk;
    let draft = format!("/api/v1/drafts/{}", mine.opened.draft);
    let doors = [
        ask("POST", "/api/v1/invitations").json(&serde_json::json!({"note": ""})),
        get(draft.clone()),
        ask("PUT", format!("{draft}/content")).json(&content()),
        ask("POST", format!("{draft}/seats")).json(&new_seat(Role::Issuer, "X")),
        ask("POST", format!("{draft}/seats/issuer/1/token")),
        ask("POST", format!("{draft}/manifest")).octets("x"),
        ask("POST", village.path("/freeze")),
        get(village.path("/parcels")),
        get(village.path("/parcels/1/a")),
        ask("PUT", village.path("/parcels/1/a")).octets("x"),
    ];
    let strangers = [
        base64url(&[3; 32]),
        "short".into(),
        String::new(),
        other.opened.token.clone(),
        other.seats[2].token.clone(),
        mine.seats[0].token.clone(),
    ];
    for door in &doors {
        assert_eq!(
            house.send(door).problem(),
            (401, "unauthorized".into()),
            "{door:?}"
        );
        for stranger in &strangers {
            let reply = house.send(&door.clone().token(stranger));
            assert_eq!(
                reply.problem(),
                (401, "unauthorized".into()),
                "{door:?} {stranger}"
            );
            assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
        }
        let basic = door.clone().header("authorization", "Basic dTpw");
        assert_eq!(house.send(&basic).problem().0, 401);
    }
    // An organizer's token is no seat's, and the operator's opens nothing but invitations.
    for asked in [
        get("/api/v1/seat"),
        ask("PUT", "/api/v1/seat/keys").json(&serde_json::json!({"key": ""})),
    ] {
        for stranger in [&mine.opened.token, &house.operator] {
            assert_eq!(house.send(&asked.clone().token(stranger)).problem().0, 401);
        }
    }
    // One issuer may not leave parcels in the other's name.
    let asked = ask("PUT", village.path("/parcels/2/a"))
        .octets("x")
        .token(&mine.seats[2].token);
    assert_eq!(house.send(&asked).problem(), (401, "unauthorized".into()));
    assert_eq!(house.rows(), rows);
}

#[test]
fn a_content_is_refused_by_the_name_of_its_fault() {
    let house = House::new();
    let draft = open_draft(&house);
    let path = format!("/api/v1/drafts/{}/content", draft.draft);
    let rows = house.rows();
    type Change = fn(&mut urne_client::draft::DraftContent);
    let faults: [(Change, &str); 12] = [
        (|content| content.title.truncate(1), "title"),
        (|content| content.title[1] = "x".repeat(501), "title[2]"),
        (|content| content.title[0] = "tab\t".into(), "title[1]"),
        (|content| content.languages.clear(), "languages"),
        (|content| content.closes = content.opens, "open before"),
        (|content| content.closes = 1 << 60, "closes"),
        (|content| content.threshold = 33, "threshold"),
        (|content| content.threshold = 0, "threshold"),
        (|content| content.colleges[0].guard = 0, "colleges[1].guard"),
        (|content| content.cap = 0, "cap"),
        (
            |content| content.questions[0].options[1].name[0] = "x".repeat(501),
            "questions[1].options[2].name[1]",
        ),
        (|content| content.questions[0].rule.seats = 3, "seats"),
    ];
    for (change, named) in faults {
        let mut content = content();
        change(&mut content);
        let reply = house.send(&ask("PUT", path.clone()).token(&draft.token).json(&content));
        assert_eq!(reply.problem(), (422, "unfit".into()), "{named}");
        let said = reply.text();
        let words: Vec<&str> = named.split(' ').collect();
        assert!(
            words.iter().all(|word| said.contains(word)),
            "{named}: {said}"
        );
    }
    let mut witnessed = content();
    witnessed.witnesses = serde_json::from_value(serde_json::json!({
        "quorum": 1, "faulty": 1,
        "list": [{"name": "w.example", "key": base64url(&urne_crypto::signature::public_key(&urne_crypto::signature::SigningKey::from_bytes(&[9; 32])))}]
    })).unwrap();
    let reply = house.send(&ask("PUT", path).token(&draft.token).json(&witnessed));
    assert_eq!(reply.problem(), (422, "unfit".into()));
    assert_eq!(house.rows(), rows);
}

#[test]
fn keys_are_checked_for_their_seat() {
    let house = House::new();
    let mut desk = Desk::open(&house);
    let draft = desk.read(&house);
    let good = desk.keys(&draft, 0);
    let identity = base64url(&[0; 32]);
    let rows = house.rows();
    let change = |change: &dyn Fn(&mut SeatKeys)| {
        let mut keys = good.clone();
        change(&mut keys);
        keys
    };
    let others = desk.keys(&draft, 1);
    for wrong in [
        change(&|keys| keys.key = "short".into()),
        change(&|keys| keys.key = identity.clone()),
        change(&|keys| keys.key = others.key.clone()),
        change(&|keys| keys.encryption = Some(identity.clone())),
        change(&|keys| keys.encryption = Some(base64url(&[0xff; 32]))),
        change(&|keys| keys.encryption = Some(base64url(&[1; 31]))),
        change(&|keys| keys.encryption = None),
        change(&|keys| keys.proof = None),
        change(&|keys| keys.proof = others.proof.clone()),
        change(&|keys| keys.proof = Some(base64url(&[0xff; 64]))),
        change(&|keys| keys.proof = Some(base64url(&[0; 63]))),
        others.clone(),
    ] {
        let asked = ask("PUT", "/api/v1/seat/keys")
            .token(&desk.seats[0].token)
            .json(&wrong);
        assert_eq!(
            house.send(&asked).problem(),
            (422, "unfit".into()),
            "{wrong:?}"
        );
    }
    let asked = ask("PUT", "/api/v1/seat/keys")
        .token(&desk.seats[2].token)
        .json(&good);
    assert_eq!(
        house.send(&asked).problem(),
        (422, "unfit".into()),
        "an issuer has no encryption key"
    );
    assert_eq!(house.rows(), rows);
    let asked = ask("PUT", "/api/v1/seat/keys")
        .token(&desk.seats[0].token)
        .json(&good);
    let view: SeatView = house.send(&asked).ok();
    assert_eq!(view.seat.keys, Some(good));
    assert_eq!(view.title, content().title);
    assert_eq!(
        house
            .send(&get("/api/v1/seat").token(&desk.seats[0].token))
            .ok::<SeatView>(),
        view
    );
}

#[test]
fn a_lost_seat_token_is_replaced_and_its_keys_are_forgotten() {
    let house = House::new();
    let mut desk = Desk::open(&house);
    desk.enrol_all(&house);
    let asked = desk.organizer_asks("POST", "/seats/trustee/2/token");
    let new: SeatOpened = house.send(&asked).ok();
    assert_eq!((new.role, new.number), (Role::Trustee, 2));
    let old = get("/api/v1/seat").token(&desk.seats[1].token);
    assert_eq!(house.send(&old).problem().0, 401);
    let view: SeatView = house
        .send(&get("/api/v1/seat").token(&new.token.unwrap()))
        .ok();
    assert_eq!(view.seat.keys, None);
    for missing in [
        "/seats/trustee/3/token",
        "/seats/trustee/02/token",
        "/seats/mayor/1/token",
        "/seats/issuer/-1/token",
    ] {
        let asked = desk.organizer_asks("POST", missing);
        assert_eq!(
            house.send(&asked).problem(),
            (404, "not-found".into()),
            "{missing}"
        );
    }
    let third = new_seat(Role::Issuer, "Third");
    let asked = desk.organizer_asks("POST", "/seats").json(&third);
    assert_eq!(house.send(&asked).problem(), (409, "full".into()));
    for name in [String::new(), "x".repeat(201), "a\u{7}".into()] {
        let asked = desk
            .organizer_asks("POST", "/seats")
            .json(&new_seat(Role::Trustee, &name));
        assert_eq!(house.send(&asked).problem(), (422, "unfit".into()));
    }
}

#[test]
fn a_seat_that_has_keys_takes_no_others_until_its_token_is_replaced() {
    let house = House::new();
    let mut desk = Desk::open(&house);
    let draft = desk.read(&house);
    let issuer = |number: u8| SeatKeys {
        key: base64url(&urne_crypto::signature::public_key(
            &urne_crypto::signature::SigningKey::from_bytes(&[number; 32]),
        )),
        encryption: None,
        proof: None,
    };
    let trustee = desk.keys(&draft, 0);
    let first_issuer = desk.keys(&draft, 2);
    let send = |token: &str, keys: &SeatKeys| {
        house.send(&ask("PUT", "/api/v1/seat/keys").token(token).json(keys))
    };
    for (seat, keys) in [(0, &trustee), (2, &first_issuer)] {
        for _ in 0..2 {
            assert_eq!(send(&desk.seats[seat].token, keys).status, 200);
        }
    }
    // The same keys with a fresh proof, as a command that was interrupted sends them.
    let proved_again = desk.keys(&draft, 0);
    assert_eq!(proved_again.key, trustee.key);
    assert_eq!(send(&desk.seats[0].token, &proved_again).status, 200);
    let rows = house.rows();
    let refused = send(&desk.seats[2].token, &issuer(99));
    assert_eq!(refused.problem(), (409, "other-keys".into()));
    assert_eq!(house.rows(), rows);
    let asked = desk.organizer_asks("POST", "/seats/issuer/1/token");
    let new: SeatOpened = house.send(&asked).ok();
    assert_eq!(send(&new.token.unwrap(), &issuer(99)).status, 200);
}

#[test]
fn the_holder_of_a_seat_sees_the_colleges_of_the_draft() {
    let house = House::new();
    let desk = Desk::open(&house);
    let seen = house.send(&get("/api/v1/seat").token(&desk.seats[2].token));
    let names = content().colleges.into_iter().map(|college| college.name);
    assert_eq!(seen.ok::<SeatView>().colleges, names.collect::<Vec<_>>());
}

#[test]
fn only_the_drafts_own_manifest_founds_the_election() {
    let house = House::new();
    let mut desk = Desk::open(&house);
    let draft = desk.read(&house);
    // With other people's keys the manifest is in order, and not this draft's.
    let mut early = draft.clone();
    for seat in 0..4 {
        early.seats[seat].keys = Some(desk.keys(&draft, seat));
    }
    let asked = desk
        .organizer_asks("POST", "/manifest")
        .octets(desk.manifest(&early));
    assert_eq!(house.send(&asked).problem(), (422, "unfit".into()));
    assert!(house.send(&asked).text().contains("has not sent keys"));
    let draft = desk.enrol_all(&house);
    let rows = house.rows();
    let other_key = base64url(&urne_crypto::signature::public_key(
        &urne_crypto::signature::SigningKey::from_bytes(&[77; 32]),
    ));
    type Change<'a> = &'a dyn Fn(&mut Draft);
    let faults: [(Change, &str); 8] = [
        (&|draft| draft.server.key = other_key.clone(), "server.key"),
        (&|draft| draft.log.key = other_key.clone(), "log.key"),
        (
            &|draft| draft.log.origin = draft.log.origin.replace("127", "128"),
            "log.origin",
        ),
        (&|draft| draft.log.interval += 1, "log.interval"),
        (
            &|draft| draft.seats[2].keys.as_mut().unwrap().key = other_key.clone(),
            "issuers[1].key",
        ),
        (
            &|draft| {
                let keys = draft.seats[3].keys.clone();
                draft.seats[3].keys = draft.seats[2].keys.clone();
                draft.seats[2].keys = keys;
            },
            "issuers[1].key",
        ),
        (
            &|draft| {
                draft.seats.remove(3);
            },
            "number of issuers",
        ),
        (
            &|draft| {
                let content = draft.content.as_mut().unwrap();
                content.threshold = 1;
                draft.seats.remove(1);
            },
            "number of trustees",
        ),
    ];
    for (change, field) in faults {
        let mut changed = draft.clone();
        change(&mut changed);
        let asked = desk
            .organizer_asks("POST", "/manifest")
            .octets(desk.manifest(&changed));
        let reply = house.send(&asked);
        assert_eq!(reply.problem(), (422, "unfit".into()), "{field}");
        assert!(reply.text().contains(field), "{field}: {}", reply.text());
    }
    let entry = desk.manifest(&draft);
    let mut unsigned = entry.clone();
    let last = unsigned.len() - 5;
    unsigned[last] ^= 1;
    for wrong in [unsigned, b"{}\n".to_vec(), Vec::new(), b"x".repeat(65_536)] {
        let asked = desk.organizer_asks("POST", "/manifest").octets(wrong);
        assert_eq!(house.send(&asked).problem(), (422, "unfit".into()));
    }
    assert_eq!(house.rows(), rows);
    let asked = desk.organizer_asks("POST", "/manifest").octets(entry);
    let founded: Founded = house.send(&asked).ok();
    assert_eq!(
        house.send(&asked).ok::<Founded>(),
        founded,
        "the same bytes again"
    );
    assert_eq!(desk.read(&house).election, Some(founded.election));
    // From now on nothing of the draft changes. (Once it is published, nothing of the board does.)
    let checkpoint = get(format!(
        "/boards/{}/checkpoint",
        urne_election::json::base64url(&urne_crypto::hash::fingerprint(&desk.manifest(&draft)))
    ));
    while house.send(&checkpoint).status != 200 {}
    let rows = house.rows();
    let keys = desk.keys(&draft, 2);
    let mut later = draft;
    later.content.as_mut().unwrap().cap = 7;
    for asked in [
        desk.organizer_asks("PUT", "/content").json(&content()),
        desk.organizer_asks("POST", "/seats")
            .json(&new_seat(Role::Trustee, "Late")),
        desk.organizer_asks("POST", "/seats/issuer/1/token"),
        desk.organizer_asks("POST", "/manifest")
            .octets(desk.manifest(&later)),
        ask("PUT", "/api/v1/seat/keys")
            .token(&desk.seats[2].token)
            .json(&keys),
    ] {
        assert_eq!(
            house.send(&asked).problem(),
            (409, "already-founded".into()),
            "{asked:?}"
        );
    }
    assert_eq!(house.rows(), rows);
}

#[test]
fn the_server_may_hold_one_issuers_seat_and_makes_its_key_itself() {
    let house = House::new();
    let mut desk = Desk::named(&house, &[(Role::Trustee, "Ana"), (Role::Trustee, "Bo")]);
    desk.enrol_all(&house);
    let servers = |role, name: &str| NewSeat {
        holder: SeatHolder::Server,
        ..new_seat(role, name)
    };
    let add = |seat: &NewSeat| house.send(&desk.organizer_asks("POST", "/seats").json(seat));
    let trustee = add(&servers(Role::Trustee, "Machine"));
    assert_eq!(trustee.problem(), (422, "unfit".into()));
    let opened: SeatOpened = add(&servers(Role::Issuer, "This server")).ok();
    assert_eq!((opened.number, opened.token), (1, None));
    let second = add(&servers(Role::Issuer, "This server again"));
    assert_eq!(second.problem(), (409, "full".into()));
    let asked = desk.organizer_asks("POST", "/seats/issuer/1/token");
    assert_eq!(house.send(&asked).problem(), (404, "not-found".into()));

    let draft = desk.read(&house);
    let seat = &draft.seats[2];
    assert_eq!(
        (seat.holder, seat.name.as_str()),
        (SeatHolder::Server, "This server")
    );
    let key = seat.keys.clone().unwrap().key;
    let other = Desk::named(&house, &[]);
    let asked = other.organizer_asks("POST", "/seats");
    house.send(&asked.json(&servers(Role::Issuer, "This server")));
    let others = other.read(&house).seats[0].keys.clone().unwrap().key;
    assert_ne!(key, others, "every election has a key of its own");

    let entry = desk.manifest(&draft);
    let founded: Founded = house
        .send(&desk.organizer_asks("POST", "/manifest").octets(entry))
        .ok();
    let status: ElectionStatus = house
        .send(&get(format!("/api/v1/elections/{}", founded.election)))
        .ok();
    assert_eq!((status.server_issuer, status.opened), (Some(1), None));
}
