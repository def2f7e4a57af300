//! Too slow, too often, too many at once, and the end of a server.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use urne_client::http::{Invitation, NewInvitation};

use crate::house::{Ask, House, ask, get, read_reply};

fn invitation(house: &House) -> Ask {
    let note = NewInvitation { note: "n".into() };
    ask("POST", "/api/v1/invitations")
        .token(&house.operator)
        .json(&note)
}

#[test]
fn a_slow_body_is_answered_and_keeps_nothing() {
    let house = House::with(|config| config.limits.body_timeout_ms = 200);
    let rows = house.rows();
    let asked = invitation(&house);
    let mut stream = house.connect();
    stream.write_all(asked.head().as_bytes()).unwrap();
    stream.write_all(&asked.body.unwrap()[..3]).unwrap();
    assert_eq!(read_reply(&mut stream).problem(), (408, "timeout".into()));
    assert_eq!(house.rows(), rows);
}

#[test]
fn slow_headers_end_the_connection() {
    let house = House::with(|config| config.limits.header_timeout_ms = 200);
    let mut stream = house.connect();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nho").unwrap();
    let mut rest = Vec::new();
    // Ended in order or cut: either way nobody is served.
    let _ = stream.read_to_end(&mut rest);
    assert!(!rest.starts_with(b"HTTP/1.1 200"));
    assert_eq!(house.send(&get("/healthz")).status, 200);
}

#[test]
fn whoever_does_not_take_an_answer_loses_the_connection() {
    let house = House::with(|config| {
        config.limits.write_timeout_ms = 200;
        config.limits.connections = 1;
    });
    let mut deaf = house.connect();
    // Far more answers than the system keeps for a reader who does not read.
    deaf.set_write_timeout(Some(Duration::from_secs(1)))
        .unwrap();
    let asked = "GET /api/v1/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(400);
    // The server stops reading where it cannot write, and then cuts: both end in an error here, or in nothing.
    let _ = deaf.write_all(asked.as_bytes());
    assert_eq!(house.send(&get("/healthz")).status, 200);
    let mut taken = Vec::new();
    let _ = deaf.read_to_end(&mut taken);
    let whole = house.send(&get("/api/v1/openapi.json")).body.len();
    assert!(taken.len() < 400 * whole, "all {} bytes came", taken.len());
}

#[test]
fn one_address_has_so_many_connections_and_no_more() {
    let house = House::with(|config| config.limits.connections_per_address = 2);
    let kept: Vec<_> = (0..2).map(|_| house.connect()).collect();
    assert!(!is_served(&house));
    drop(kept);
    while !is_served(&house) {}
}

/// Whether a connection gets an answer, rather than being closed without one.
fn is_served(house: &House) -> bool {
    let mut stream = house.connect();
    let mut answer = Vec::new();
    // Closed in order or cut: either way nothing came.
    let asked = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let _ = stream.write_all(asked);
    let _ = stream.read_to_end(&mut answer);
    answer.starts_with(b"HTTP/1.1 200")
}

#[test]
fn too_many_requests_at_once_are_told_to_come_back() {
    let house = House::with(|config| config.limits.concurrent_requests = 1);
    let asked = invitation(&house);
    // Once the slow request holds the only place, everybody else waits outside. One of those who ask may be there first, so that
    // the slow request is the one refused: then it comes again.
    let (mut slow, refused) = loop {
        let mut slow = house.connect();
        slow.write_all(asked.head().as_bytes()).unwrap();
        let replies = (0..100).map(|_| house.send(&get("/healthz")));
        if let Some(refused) = replies.into_iter().find(|reply| reply.status != 200) {
            break (slow, refused);
        }
    };
    assert_eq!(refused.problem(), (503, "overloaded".into()));
    assert_eq!(refused.header("retry-after"), Some("1"));
    slow.write_all(&asked.body.unwrap()).unwrap();
    assert_eq!(read_reply(&mut slow).status, 201);
    while house.send(&get("/healthz")).status != 200 {}
}

#[test]
fn one_address_may_not_ask_too_often_and_a_forged_header_does_not_help() {
    let house = House::with(|config| {
        config.limits.requests_per_second = 1;
        config.limits.burst = 3;
    });
    let mut refused = None;
    for number in 0..8 {
        let forged = format!("10.0.0.{number}");
        let reply = house.send(&get("/healthz").header("x-forwarded-for", &forged));
        if reply.status != 200 {
            refused = Some(reply);
        }
    }
    let refused = refused.expect("eight at once are more than three");
    assert_eq!(refused.problem(), (429, "too-many-requests".into()));
    assert!(
        refused
            .header("retry-after")
            .unwrap()
            .parse::<u64>()
            .unwrap()
            >= 1
    );
}

#[test]
fn behind_a_trusted_proxy_every_client_has_a_rate_of_its_own() {
    let house = House::with(|config| {
        config.limits.requests_per_second = 1;
        config.limits.burst = 3;
        config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    });
    for number in 0..8 {
        let client = format!("10.0.0.{number}");
        let reply = house.send(&get("/healthz").header("x-forwarded-for", &client));
        assert_eq!(reply.status, 200);
    }
}

#[test]
fn a_server_that_stops_finishes_what_it_accepted() {
    let mut house = House::new();
    let asked = invitation(&house);
    let body = asked.body.clone().unwrap();
    let mut under_way = house.connect();
    under_way.write_all(asked.head().as_bytes()).unwrap();
    under_way.write_all(&body[..3]).unwrap();
    // An answer on another connection shows that the server runs, and the first request was there before.
    while !house.send(&get("/metrics")).text().contains("/healthz") {
        house.send(&get("/healthz"));
    }
    house.ask_to_stop();
    while std::net::TcpStream::connect(&house.address).is_ok() {}
    under_way.write_all(&body[3..]).unwrap();
    let reply = read_reply(&mut under_way);
    assert_eq!(reply.ok::<Invitation>().invitation.len(), 43);
    house.wait();
    assert!(house.rows().iter().any(|row| row.starts_with("invitation")));
}

#[test]
fn an_address_that_is_taken_is_named() {
    let house = House::new();
    let mut config = urne_service::config::Config::local(&house.folder.path().join("other"));
    config.listen = house.address.parse().unwrap();
    let clock = std::sync::Arc::new(urne_service::clock::SystemClock);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let error = runtime
        .block_on(urne_service::serve::Server::start(config, clock))
        .err()
        .unwrap();
    assert!(error.to_string().contains(&house.address), "{error}");
}
