//! What is wrong gets its documented answer and changes nothing. [`House::send`] holds every status against the document.

use serde_json::json;
use urne_client::http::{NewDraft, NewInvitation, Problem, Role};
use urne_crypto::signature::SigningKey;
use urne_election::entry::{Close, Entry};
use urne_election::json::base64url;
use urne_election::receipt::Refusal;

use crate::hamlet::list;
use crate::house::{Ask, House, JSON, OCTETS, ask};
use crate::village::{Desk, Village, content, new_seat};

/// A JSON operation with a good body.
fn json_operations(house: &House, desk: &mut Desk) -> Vec<Ask> {
    let draft = desk.read(house);
    let keys = desk.keys(&draft, 0);
    vec![
        ask("POST", "/api/v1/invitations")
            .token(&house.operator)
            .json(&NewInvitation { note: "n".into() }),
        ask("POST", "/api/v1/drafts").json(&NewDraft {
            invitation: base64url(&[1; 32]),
        }),
        desk.organizer_asks("PUT", "/content").json(&content()),
        desk.organizer_asks("POST", "/seats")
            .json(&new_seat(Role::Trustee, "n")),
        ask("PUT", "/api/v1/seat/keys")
            .token(&desk.seats[0].token)
            .json(&keys),
        desk.organizer_asks("PUT", "/voters").json(&list()),
        desk.organizer_asks("PUT", &format!("/voters/{}/email", "0".repeat(32)))
            .json(&json!({"email": "ana@example.org"})),
        desk.organizer_asks("POST", "/changes").json(&json!({
            "change": "remove", "reason": "paper", "row": "0".repeat(32)
        })),
        ask(
            "POST",
            format!("/api/v1/elections/{}/links", "A".repeat(43)),
        )
        .json(&json!({"identifier": "m-1001"})),
    ]
}

/// Operations whose fields may all be left out.
fn lenient_operations(desk: &Desk) -> Vec<Ask> {
    vec![
        desk.organizer_asks("POST", "/invitations").json(&json!({})),
        ask(
            "POST",
            format!("/api/v1/elections/{}/sign-in", "A".repeat(43)),
        )
        .json(&json!({"token": "A".repeat(43)})),
    ]
}

/// Operations that change something and have no body.
fn bodyless_operations(village: &Village) -> Vec<Ask> {
    let desk = &village.desk;
    vec![
        desk.organizer_asks("POST", "/seats/trustee/1/token"),
        desk.organizer_asks("POST", "/reminders"),
        desk.organizer_asks("POST", "/roll"),
        desk.organizer_asks("DELETE", "/voters"),
        ask("POST", village.path("/freeze")).token(&desk.opened.token),
    ]
}

#[test]
fn a_body_where_there_is_none_changes_nothing() {
    let village = Village::open(House::new());
    let house = &village.house;
    let rows = house.rows();
    let bodyless = || bodyless_operations(&village).into_iter();
    let sent: Vec<Ask> = bodyless()
        .map(|asked| asked.json(&json!({"x": 1})))
        .chain(bodyless().map(|asked| asked.octets(vec![7; 10 << 20])))
        .collect();
    for asked in sent {
        assert_eq!(house.send(&asked).problem(), (400, "malformed".into()));
    }
    assert_eq!(house.rows(), rows);
    // None is missing here.
    let document = serde_json::to_value(urne_service::api::document()).unwrap();
    let paths = document["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap());
    let without_body = operations.filter(|(method, operation)| {
        ["post", "put", "delete"].contains(&method.as_str())
            && operation.get("requestBody").is_none()
    });
    assert_eq!(without_body.count(), bodyless().count());
}

fn octet_operations(village: &Village) -> Vec<Ask> {
    vec![
        ask("POST", village.path("/entries")).octets("x"),
        ask("POST", village.path("/ballots")).octets("x"),
        ask("PUT", village.path("/parcels/1/a"))
            .token(&village.desk.seats[2].token)
            .octets("x"),
        village.desk.organizer_asks("POST", "/manifest").octets("x"),
    ]
}

/// Spoils the JSON of a good body in every way in which JSON can mean two things.
fn spoiled(good: &str) -> Vec<Vec<u8>> {
    let inner = &good[1..good.len() - 1];
    let first = inner.split("\":").next().unwrap().trim_start_matches('"');
    let mut all: Vec<Vec<u8>> = [
        String::new(),
        "null".into(),
        "[]".into(),
        "{}".into(),
        format!("[{good}]"),
        format!("{good} x"),
        format!("{good}{good}"),
        format!("{good}\0"),
        format!("\u{feff}{good}"),
        format!("{{{inner},\"unknown\":1}}"),
        format!("{{{inner},{inner}}}"),
        format!("{{{inner},}}"),
        format!("{{{inner}"),
        format!("{{{inner},\"{first}\":\"\\ud800\"}}"),
        format!("{{\"{first}\":\"\\udc00\\ud800\"}}"),
        format!("{{\"{first}\":1.5}}"),
        format!("{{\"{first}\":1e3}}"),
        format!("{{\"{first}\":-0}}"),
        format!("{{\"{first}\":NaN}}"),
        format!("{{\"{first}\":{}}}", "[".repeat(1_000)),
    ]
    .map(String::into_bytes)
    .to_vec();
    all.push([b"{\"", first.as_bytes(), b"\":\"\xff\"}"].concat());
    all.push([b"{\"", first.as_bytes(), b"\":\"\xed\xa0\x80\"}"].concat());
    all
}

#[test]
fn json_that_is_not_strict_is_malformed_everywhere() {
    let house = House::new();
    let mut desk = Desk::open(&house);
    let operations = json_operations(&house, &mut desk);
    let rows = house.rows();
    for good in &operations {
        let text = String::from_utf8(good.body.clone().unwrap()).unwrap();
        for wrong in spoiled(&text) {
            let reply = house.send(&good.clone().body(JSON, wrong.clone()));
            let shown = String::from_utf8_lossy(&wrong)
                .chars()
                .take(200)
                .collect::<String>();
            assert_eq!(
                reply.problem(),
                (400, "malformed".into()),
                "{} {shown}",
                good.path
            );
        }
    }
    for lenient in lenient_operations(&desk) {
        for wrong in [
            "",
            "null",
            "[]",
            "[{}]",
            "{} x",
            "{}{}",
            "{\"unknown\":1}",
            "{\"rows\":1}",
            "{\"token\":1}",
        ] {
            let reply = house.send(&lenient.clone().body(JSON, wrong));
            assert_eq!(reply.problem(), (400, "malformed".into()), "{wrong}");
        }
    }
    for number in [
        "1.0",
        "20e0",
        "-1",
        "\"20\"",
        "4294967296",
        "020",
        "null",
        "[20]",
    ] {
        let text = String::from_utf8(operations[2].body.clone().unwrap()).unwrap();
        let wrong = text.replace("\"cap\":3", &format!("\"cap\":{number}"));
        assert_ne!(wrong, text);
        let reply = house.send(&operations[2].clone().body(JSON, wrong));
        assert_eq!(reply.problem(), (400, "malformed".into()), "{number}");
    }
    assert_eq!(house.rows(), rows);
}

#[test]
fn another_media_type_is_refused_everywhere() {
    let village = Village::found(House::new());
    let house = &village.house;
    let mut desk = Desk::open(house);
    let asked = [
        json_operations(house, &mut desk),
        lenient_operations(&desk),
        octet_operations(&village),
    ]
    .concat();
    let rows = house.rows();
    for good in asked {
        let own = good.media_type.clone().unwrap();
        let other = if own == JSON { OCTETS } else { JSON };
        let types = [
            other,
            "text/plain",
            "",
            "application/json; charset=latin-1",
            "application/jsonx",
            "multipart/form-data; boundary=x",
        ];
        for wrong in types {
            let body = good.body.clone().unwrap();
            let reply = house.send(&good.clone().body(wrong, body));
            assert_eq!(
                reply.problem(),
                (415, "unsupported-media-type".into()),
                "{} {wrong}",
                good.path
            );
        }
        let twice = good.clone().header("content-type", &own);
        assert_eq!(house.send(&twice).problem().0, 415, "{}", good.path);
        let none = Ask {
            media_type: None,
            ..good
        };
        assert_eq!(house.send(&none).problem().0, 415, "{}", none.path);
    }
    assert_eq!(house.rows(), rows);
}

#[test]
fn a_body_of_ten_megabytes_is_too_large_everywhere_but_for_a_parcel_or_a_list() {
    let village = Village::found(House::new());
    let house = &village.house;
    let mut desk = Desk::open(house);
    let asked = [
        json_operations(house, &mut desk),
        lenient_operations(&desk),
        octet_operations(&village),
    ]
    .concat();
    let rows = house.rows();
    for good in asked {
        let size = if good.path.contains("parcels") || good.path.ends_with("/voters") {
            (32 << 20) + 1
        } else {
            10 << 20
        };
        let media_type = good.media_type.clone().unwrap();
        let large = good.clone().body(&media_type, vec![b' '; size]);
        assert_eq!(
            house.send(&large).problem(),
            (413, "too-large".into()),
            "{}",
            good.path
        );
        // The same without saying beforehand how long it is.
        let mut chunked = good.clone().header("transfer-encoding", "chunked");
        chunked.body = None;
        let mut chunks = Vec::new();
        for _ in 0..size.div_ceil(1 << 20) {
            chunks.extend_from_slice(b"100000\r\n");
            chunks.extend(core::iter::repeat_n(b' ', 1 << 20));
            chunks.extend_from_slice(b"\r\n");
        }
        let request = [chunked.head().as_bytes(), &chunks, b"0\r\n\r\n"].concat();
        let mut stream = house.connect();
        let _ = std::io::Write::write_all(&mut stream, &request);
        let reply = crate::house::read_reply(&mut stream);
        assert_eq!(reply.problem(), (413, "too-large".into()), "{}", good.path);
    }
    assert_eq!(house.rows(), rows);
}

/// Sends bytes as entry or ballot; the refusal must be signed for exactly them.
fn refused(village: &Village, place: &str, bytes: &[u8]) -> (u16, String) {
    let reply = village
        .house
        .send(&ask("POST", village.path(place)).octets(bytes));
    let (status, code) = reply.problem();
    let problem: Problem = reply.json();
    let refusal = problem
        .refusal
        .expect("a refused entry comes with a signed refusal");
    let refusal = Refusal::decode(refusal.as_bytes()).unwrap();
    assert_eq!(refusal.hash, urne_crypto::hash::fingerprint(bytes));
    assert_eq!(refusal.code, code);
    let server = &village.replica.manifest().server.key;
    refusal
        .verify(&urne_crypto::signature::PublicKey::decode(server).unwrap())
        .unwrap();
    (status, code)
}

/// Replaces the base64url value of a field, and signs nothing anew.
fn with_field(entry: &[u8], field: &str, value: &[u8]) -> Vec<u8> {
    let text = core::str::from_utf8(entry).unwrap();
    let start = text.find(&format!("\"{field}\":\"")).unwrap() + field.len() + 4;
    let end = start + text[start..].find('"').unwrap();
    format!("{}{}{}", &text[..start], base64url(value), &text[end..]).into_bytes()
}

#[test]
fn ballots_that_may_not_stand_are_refused_with_a_signature_and_change_nothing() {
    let mut village = Village::open(House::new());
    village.vote(1, 0);
    let good = village.ballot(0, 0);
    let text = String::from_utf8(good.clone()).unwrap();
    let size = village.status().size;
    let rows = village.house.rows();
    let not_entries: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"x".to_vec(),
        b"{}\n".to_vec(),
        good[..good.len() - 1].to_vec(),
        [&good[..], b"\n"].concat(),
        text.replace("\"after\":\"\"", "\"after\":\"\\ud800\"")
            .into_bytes(),
        text.replace("\"after\":\"\"", "\"after\":0.5").into_bytes(),
        text.replace("\"after\":\"\",", "\"after\":\"\",\"after\":\"\",")
            .into_bytes(),
        text.replace("\"after\":\"\",", "\"after\":\"\",\"more\":1,")
            .into_bytes(),
        text.replacen(',', ", ", 1).into_bytes(),
        with_field(&good, "key", &[0; 32]),
        with_field(&good, "key", &[0xff; 32]),
        with_field(&good, "key", &[1; 31]),
        with_field(&good, "proof", &[0; 31]),
        with_field(&good, "after", &[0; 32]),
        vec![b' '; 65_536],
    ];
    for wrong in &not_entries {
        let shown = String::from_utf8_lossy(&wrong[..wrong.len().min(80)]).into_owned();
        assert_eq!(
            refused(&village, "/ballots", wrong),
            (422, "not-an-entry".into()),
            "{shown}"
        );
    }
    let proof = text
        .split("\"proof\":\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let proof_length = proof.len() * 3 / 4;
    for filling in [0, 0xff] {
        let wrong = with_field(&good, "proof", &vec![filling; proof_length]);
        assert_eq!(
            refused(&village, "/ballots", &wrong),
            (422, "bad-ballot".into())
        );
    }
    let stranger = urne_crypto::encoding::SecretScalar::new(urne_crypto::Scalar::from(77_u64));
    let wrong = with_field(&good, "key", stranger.public().bytes());
    assert_eq!(
        refused(&village, "/ballots", &wrong),
        (422, "not-on-roll".into())
    );
    let wrong = with_field(&good, "key", village.credential(2).public().bytes());
    assert_eq!(
        refused(&village, "/ballots", &wrong),
        (422, "bad-ballot".into())
    );
    let wrong = with_field(&good, "key", village.credential(1).public().bytes());
    assert_eq!(
        refused(&village, "/ballots", &wrong),
        (409, "outdated".into())
    );
    let notice = village
        .organizer
        .notice(&village.replica, vec!["a".into(), "b".into()]);
    // Bytes that may stand elsewhere are not refused with a signature.
    for (place, wrong) in [("/ballots", &notice), ("/entries", &good)] {
        let request = ask("POST", village.path(place)).octets(wrong.clone());
        let reply = village.house.send(&request);
        assert_eq!(reply.problem(), (422, "other-address".into()), "{place}");
        assert_eq!(reply.json::<Problem>().refusal, None, "{place}");
    }
    assert_eq!(village.house.rows(), rows);
    assert_eq!(village.status().size, size);
    assert_eq!(
        village.send_ballot(&good).status,
        200,
        "it was good all the time"
    );
}

#[test]
fn entries_that_may_not_stand_are_refused_with_a_signature_and_change_nothing() {
    let mut village = Village::open(House::new());
    let close = village.organizer.close(&village.replica).unwrap();
    let rows = village.house.rows();
    let election = *village.replica.election().id();
    let tree = village.replica.tree();
    let closing = |election, size, root| {
        Entry::Close(Close {
            election,
            size,
            root,
        })
    };
    let (size, root) = (tree.size(), tree.root());
    let key = &village.desk.organizer;
    let cases = [
        (
            closing([7; 32], size, root).signed(&[key]),
            (422, "other-election"),
        ),
        (
            closing(election, size + 1, root).signed(&[key]),
            (422, "bad-closing"),
        ),
        (
            closing(election, size - 1, root).signed(&[key]),
            (422, "bad-closing"),
        ),
        (
            closing(election, size, [7; 32]).signed(&[key]),
            (422, "bad-closing"),
        ),
        (
            closing(election, size, root).signed(&[&SigningKey::from_bytes(&[8; 32])]),
            (422, "bad-signature"),
        ),
        (
            closing(election, size, root).signed(&[key, key]),
            (422, "not-an-entry"),
        ),
        (
            closing(election, size, root).signed(&[]),
            (422, "not-an-entry"),
        ),
        (
            with_field(&village.replica.entries()[0], "nonce", &[1; 32]),
            (422, "not-an-entry"),
        ),
        (
            with_field(&village.replica.entries()[1], "ephemeral", &[0; 32]),
            (422, "not-an-entry"),
        ),
        (
            with_field(&village.replica.entries()[1], "ephemeral", &[0xff; 32]),
            (422, "not-an-entry"),
        ),
        (
            with_field(&village.replica.entries()[1], "proof", &[0; 128]),
            (409, "wrong-phase"),
        ),
        (
            with_field(&village.replica.entries()[6], "share", &[0xff; 32]),
            (422, "not-an-entry"),
        ),
        (close[..close.len() - 2].to_vec(), (422, "not-an-entry")),
        (Vec::new(), (422, "not-an-entry")),
        (vec![0xff; 65_536], (422, "not-an-entry")),
    ];
    for (wrong, (status, code)) in cases {
        let shown = String::from_utf8_lossy(&wrong[..wrong.len().min(120)]).into_owned();
        assert_eq!(
            refused(&village, "/entries", &wrong),
            (status, code.into()),
            "{shown}"
        );
    }
    assert_eq!(village.house.rows(), rows);
    village.append(close);
}

#[test]
fn a_ceremonys_faults_are_refused_by_name() {
    let mut village = Village::found(House::new());
    let deal = village.ceremony_entry(0, 0);
    let rows = village.house.rows();
    let payload = &deal[..deal.iter().rposition(|byte| *byte == b'}').unwrap() + 1];
    let resigned = |entry: Vec<u8>, key: &SigningKey| {
        let end = entry.iter().rposition(|byte| *byte == b'}').unwrap() + 1;
        let signature = urne_crypto::signature::sign(
            key,
            urne_election::entry::SIGNATURE_DOMAIN,
            &entry[..end],
        );
        let mut entry = entry[..end].to_vec();
        entry.extend_from_slice(&deal[payload.len()..payload.len() + 1]);
        entry.extend_from_slice(base64url(&signature).as_bytes());
        entry.push(b'\n');
        entry
    };
    let own = village.desk.trustees[0].signing();
    assert_eq!(
        resigned(deal.clone(), own),
        deal,
        "the test signs as the devices do"
    );
    let cases = [
        (
            resigned(with_field(&deal, "proof", &[0; 128]), own),
            (422, "bad-deal"),
        ),
        (
            resigned(with_field(&deal, "commitments", &[0xff; 64]), own),
            (422, "bad-deal"),
        ),
        (
            resigned(deal.clone(), village.desk.trustees[1].signing()),
            (422, "bad-signature"),
        ),
        (
            resigned(with_field(&deal, "election", &[1; 32]), own),
            (422, "other-election"),
        ),
        (
            with_field(&deal, "commitments", &[0; 63]),
            (422, "not-an-entry"),
        ),
    ];
    for (wrong, (status, code)) in cases {
        assert_eq!(refused(&village, "/entries", &wrong), (status, code.into()));
    }
    let chunk = village.chunk();
    assert_eq!(
        refused(&village, "/entries", &chunk),
        (409, "wrong-phase".into())
    );
    assert_eq!(village.house.rows(), rows);
    village.append(deal);
}

#[test]
fn what_names_nothing_is_not_found() {
    let village = Village::found(House::new());
    let none = "A".repeat(43);
    for path in [
        format!("/api/v1/elections/{none}"),
        "/api/v1/elections/short".into(),
        format!("/api/v1/elections/{}=", village.id),
        village.path(&format!("/receipts/{none}")),
        village.path("/receipts/short"),
        village.path(&format!("/lines/{none}")),
        village.path(&format!("/lines/{}", base64url(&[0xff; 32]))),
        village.path("/lines/%FF%FE"),
        village.path("/nothing"),
        format!("/boards/{none}/checkpoint"),
        format!("/boards/{}/tile/../checkpoint", village.id),
        format!("/boards/{}/tile/%2e%2e/checkpoint", village.id),
        "/api/v2/elections".into(),
        "/API/v1/elections".into(),
        "/api/v1/elections/".into(),
    ] {
        let reply = village.house.send(&ask("GET", path.clone()));
        assert_eq!(reply.problem(), (404, "not-found".into()), "{path}");
    }
}

#[test]
fn a_slow_body_is_answered_everywhere_and_keeps_nothing() {
    let village = Village::found(House::with(|config| config.limits.body_timeout_ms = 100));
    let house = &village.house;
    let mut desk = Desk::open(house);
    let asked = [
        json_operations(house, &mut desk),
        lenient_operations(&desk),
        octet_operations(&village),
    ]
    .concat();
    let rows = house.rows();
    for good in asked {
        let media_type = good.media_type.clone().unwrap();
        let slow = good.body(&media_type, vec![b'{'; 3]);
        let mut stream = house.connect();
        let begun = [slow.head().as_bytes(), b"{"].concat();
        std::io::Write::write_all(&mut stream, &begun).unwrap();
        let reply = crate::house::read_reply(&mut stream);
        assert_eq!(reply.problem(), (408, "timeout".into()), "{}", slow.path);
    }
    assert_eq!(house.rows(), rows);
}
