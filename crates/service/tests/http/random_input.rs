//! No bytes whatever make the server stop, answer what it does not document, or change anything.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value};

use crate::house::{House, JSON, OCTETS, ask};
use crate::village::{Village, content};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..6)
                .prop_map(|fields| Value::from(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Names that shapes have, and others.
fn key() -> impl Strategy<Value = String> {
    const KNOWN: [&str; 10] = [
        "note",
        "invitation",
        "role",
        "name",
        "key",
        "encryption",
        "proof",
        "title",
        "opens",
        "questions",
    ];
    prop_oneof![
        prop::sample::select(&KNOWN[..]).prop_map(str::to_owned),
        any::<String>()
    ]
}

/// A draft with one value, somewhere in it, that is another one.
fn nearly_a_draft() -> impl Strategy<Value = Value> {
    (any::<prop::sample::Index>(), any_json()).prop_map(|(place, other)| {
        let mut draft = serde_json::to_value(content()).unwrap();
        let count = places(&mut draft, &mut |_| {});
        let chosen = place.index(count);
        let mut at = 0;
        places(&mut draft, &mut |value| {
            if at == chosen {
                *value = other.clone();
            }
            at += 1;
        });
        draft
    })
}

/// Visits every leaf of a value: how many there are.
fn places(value: &mut Value, visit: &mut dyn FnMut(&mut Value)) -> usize {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.values_mut().map(|value| places(value, visit)).sum()
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter_mut().map(|value| places(value, visit)).sum()
        }
        leaf => {
            visit(leaf);
            1
        }
    }
}

#[test]
fn random_json_is_refused_and_changes_nothing() {
    let village = Village::found(House::new());
    let house = &village.house;
    let mut desk = crate::village::Desk::open(house);
    let rows = house.rows();
    let draft = desk.read(house);
    let good = desk.keys(&draft, 1);
    let operations = [
        ask("POST", "/api/v1/drafts"),
        desk.organizer_asks("POST", "/seats"),
        ask("PUT", "/api/v1/seat/keys").token(&desk.seats[0].token),
        desk.organizer_asks("PUT", "/content"),
    ];
    let mut runner = TestRunner::new(Config {
        cases: 150,
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(&any_json(), |value| {
            for operation in &operations {
                let reply = house.send(&operation.clone().json(&value));
                prop_assert!(
                    [400, 401, 422].contains(&reply.status),
                    "{} {}",
                    reply.status,
                    reply.text()
                );
                reply.problem();
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(house.rows(), rows);
    runner
        .run(&nearly_a_draft(), |value| {
            let reply = house.send(&desk.organizer_asks("PUT", "/content").json(&value));
            prop_assert!(
                [200, 400, 422].contains(&reply.status),
                "{} {}",
                reply.status,
                reply.text()
            );
            Ok(())
        })
        .unwrap();
    // Keys with one byte changed do not hold, wherever it is.
    let strategy = (0_usize..3, 0_usize..32, 1_u8..=255);
    runner
        .run(&strategy, |(field, at, change)| {
            let mut keys = good.clone();
            let text = match field {
                0 => &mut keys.key,
                1 => keys.encryption.as_mut().unwrap(),
                _ => keys.proof.as_mut().unwrap(),
            };
            let mut bytes = decode(text);
            bytes[at] ^= change;
            *text = urne_election::json::base64url(&bytes);
            let asked = ask("PUT", "/api/v1/seat/keys")
                .token(&desk.seats[1].token)
                .json(&keys);
            prop_assert_eq!(house.send(&asked).problem(), (422, "unfit".to_owned()));
            Ok(())
        })
        .unwrap();
}

fn decode(text: &str) -> Vec<u8> {
    let short: Option<[u8; 32]> = urne_election::json::from_base64url(text);
    let long: Option<[u8; 64]> = urne_election::json::from_base64url(text);
    short.map(Vec::from).or(long.map(Vec::from)).unwrap()
}

#[test]
fn random_bytes_are_refused_and_change_nothing() {
    let mut village = Village::open(House::new());
    let ballot = village.ballot(0, 0);
    let close = village.organizer.close(&village.replica).unwrap();
    let rows = village.house.rows();
    let house = &village.house;
    let entries = ask("POST", village.path("/entries"));
    let ballots = ask("POST", village.path("/ballots"));
    let mut runner = TestRunner::new(Config {
        cases: 200,
        failure_persistence: None,
        ..Config::default()
    });
    let bytes = prop::collection::vec(any::<u8>(), 0..400);
    runner
        .run(
            &(bytes, any::<prop::sample::Index>(), 1_u8..=255),
            |(bytes, at, change)| {
                for (operation, good) in [(&entries, &close), (&ballots, &ballot)] {
                    let mut damaged = good.clone();
                    let at = at.index(damaged.len());
                    damaged[at] ^= change;
                    for wrong in [&bytes, &damaged] {
                        let reply = house.send(&operation.clone().body(OCTETS, wrong.clone()));
                        prop_assert!(
                            [409, 422].contains(&reply.status),
                            "{} {}",
                            reply.status,
                            reply.text()
                        );
                        reply.problem();
                    }
                }
                let reply = house.send(&ask("POST", "/api/v1/drafts").body(JSON, bytes));
                prop_assert_eq!(reply.problem(), (400, "malformed".to_owned()));
                Ok(())
            },
        )
        .unwrap();
    assert_eq!(village.house.rows(), rows);
    assert_eq!(village.send_ballot(&ballot).status, 200);
}

#[test]
fn random_paths_and_heads_are_answered() {
    let house = House::new();
    let mut runner = TestRunner::new(Config {
        cases: 300,
        failure_persistence: None,
        ..Config::default()
    });
    let path = "(/(api|v1|elections|boards|drafts|tile|checkpoints|[a-zA-Z0-9._~!$&'()*+,;=:@-]{0,12}|%[0-9A-F]{2})){1,6}";
    runner
        .run(&path, |path| {
            let reply = house.send(&ask("GET", path));
            prop_assert!(
                [200, 400, 401, 404, 405].contains(&reply.status),
                "{}",
                reply.status
            );
            Ok(())
        })
        .unwrap();
}
