//! A whole election over HTTP.

use urne_board::tree::leaf_hash;
use urne_client::http::{
    Appended, ElectionStatus, LineStatus, ParcelList, ParcelName, PhaseName, Problem,
};
use urne_client::replica::Replica;
use urne_crypto::signature::PublicKey;
use urne_election::json::base64url;
use urne_election::receipt::{Receipt, Refusal};

use crate::house::{House, ask, get};
use crate::village::{CLOSES, OPENS, Village};

#[test]
fn an_election_goes_from_invitation_to_result() {
    let mut village = Village::open(House::new());
    assert_eq!(village.status().phase, PhaseName::Voting);
    let is_opening = |entry: &Vec<u8>| entry.starts_with(br#"{"kind":"open""#);
    let opened = village.replica.entries().iter().position(is_opening);
    assert_eq!(village.status().opened, Some(opened.unwrap() as u64));
    assert_eq!(village.status().server_issuer, None);
    let first = village.vote(0, 0);
    village.vote(1, 1);
    let again = village.vote(0, 1);
    assert_ne!(first.tracker, again.tracker);
    // The same bytes again get the first receipt, and so does whoever knows the leaf hash.
    assert_eq!(village.send_ballot(&first.entry).body, first.to_bytes());
    let leaf = base64url(&leaf_hash(&again.entry));
    let fetched = village
        .house
        .send(&get(village.path(&format!("/receipts/{leaf}"))));
    assert_eq!(Receipt::decode(&fetched.body).unwrap(), again);
    let key = base64url(village.credential(0).public().bytes());
    let line: LineStatus = village
        .house
        .send(&get(village.path(&format!("/lines/{key}"))))
        .ok();
    assert_eq!(line.accepted.unwrap().tracker, base64url(&again.tracker));
    village.close();
    village.count();
    let status = village.status();
    assert_eq!(
        (status.phase, status.ballots, status.lines),
        (PhaseName::Ended, 2, 3)
    );
    let all: Vec<ElectionStatus> = village.house.send(&get("/api/v1/elections")).ok();
    assert_eq!(all, [status]);
    // Somebody who trusts nobody reads the record and finds nothing void.
    let replica = Replica::from_record(
        |path| village.file(path),
        Some(village.replica.election().id()),
    )
    .unwrap();
    assert!(replica.void().is_empty());
    assert_eq!(replica.entries().len() as u64, village.status().size);
}

#[test]
fn the_record_is_cached_as_it_changes() {
    let village = Village::found(House::new());
    let reply = |path: &str| {
        village
            .house
            .send(&get(format!("/boards/{}/{path}", village.id)))
    };
    let cache = |path: &str| {
        let reply = reply(path);
        assert_eq!(reply.status, 200, "{path}");
        reply.header("cache-control").unwrap().to_owned()
    };
    assert_eq!(cache("checkpoint"), "no-store");
    assert!(cache("tile/0/000.p/1").contains("immutable"));
    assert!(cache("tile/entries/000.p/1").contains("immutable"));
    for missing in [
        "tile/0/000",
        "tile/0/000.p/2",
        "tile/0/0",
        "tile/x",
        "checkpoints/01",
        "checkpoints/7",
        "other",
    ] {
        assert_eq!(
            reply(missing).problem(),
            (404, "not-found".into()),
            "{missing}"
        );
    }
}

#[test]
fn the_box_opens_and_closes_by_the_announced_hours() {
    let mut village = Village::open(House::new());
    let ballot = village.ballot(0, 0);
    village.house.clock.set(OPENS - 1);
    assert!(!village.status().admits_ballots);
    let early = village.send_ballot(&ballot);
    village.house.clock.set(CLOSES);
    let late = village.send_ballot(&ballot);
    for (reply, code) in [(early, "not-yet-open"), (late, "closed")] {
        assert_eq!(reply.problem(), (409, code.into()));
        let problem: Problem = reply.json();
        let refusal = Refusal::decode(problem.refusal.unwrap().as_bytes()).unwrap();
        let server = PublicKey::decode(&village.replica.manifest().server.key).unwrap();
        refusal.verify(&server).unwrap();
        assert_eq!(refusal.code, code);
        assert_eq!(refusal.hash, urne_crypto::hash::fingerprint(&ballot));
    }
    village.house.clock.set(OPENS);
    assert_eq!(village.send_ballot(&ballot).status, 200);
}

#[test]
fn a_freeze_refuses_ballots_and_is_the_organizers_alone() {
    let mut village = Village::open(House::new());
    let ballot = village.ballot(0, 0);
    let asked = ask("POST", village.path("/freeze")).token(&village.desk.opened.token);
    assert_eq!(village.house.send(&asked).status, 200);
    assert_eq!(
        village.send_ballot(&ballot).problem(),
        (409, "closing".into())
    );
    let founded = Village::found(House::new());
    let asked = ask("POST", founded.path("/freeze")).token(&founded.desk.opened.token);
    assert_eq!(
        founded.house.send(&asked).problem(),
        (409, "wrong-phase".into())
    );
}

#[test]
fn issuers_send_each_other_parcels_until_the_close() {
    let mut village = Village::open(House::new());
    let tokens = [2, 3].map(|seat: usize| village.desk.seats[seat].token.clone());
    let leave = |village: &Village, name: &str, bytes: &[u8]| {
        let asked = ask("PUT", village.path(&format!("/parcels/1/{name}")));
        village.house.send(&asked.token(&tokens[0]).octets(bytes))
    };
    assert_eq!(leave(&village, "rows", b"one").status, 204);
    assert_eq!(leave(&village, "rows", b"two").status, 204);
    assert_eq!(leave(&village, "a-1", b"").status, 204);
    for wrong in ["A", "a_b", &"a".repeat(65), "%C3%A9"] {
        assert_eq!(
            leave(&village, wrong, b"x").problem(),
            (404, "not-found".into()),
            "{wrong}"
        );
    }
    let list: ParcelList = village
        .house
        .send(&get(village.path("/parcels")).token(&tokens[1]))
        .ok();
    let name = |name: &str| ParcelName {
        issuer: 1,
        name: name.into(),
    };
    assert_eq!(list.parcels, [name("a-1"), name("rows")]);
    let fetch = get(village.path("/parcels/1/rows")).token(&tokens[1]);
    assert_eq!(village.house.send(&fetch).body, b"two");
    let nobodys = get(village.path("/parcels/2/rows")).token(&tokens[1]);
    assert_eq!(
        village.house.send(&nobodys).problem(),
        (404, "not-found".into())
    );
    for number in 0..62 {
        assert_eq!(leave(&village, &format!("n-{number}"), b"x").status, 204);
    }
    assert_eq!(
        leave(&village, "too-many", b"x").problem(),
        (409, "full".into())
    );
    assert_eq!(
        leave(&village, "rows", b"three").status,
        204,
        "a replacement is not one more"
    );
    village.close();
    assert!(
        !village
            .house
            .rows()
            .iter()
            .any(|row| row.starts_with("parcel"))
    );
    assert_eq!(
        leave(&village, "rows", b"x").problem(),
        (409, "wrong-phase".into())
    );
    assert_eq!(
        village.house.send(&fetch).problem(),
        (404, "not-found".into())
    );
}

#[test]
fn the_same_entry_again_gets_the_same_answer() {
    let mut village = Village::found(House::new());
    let deal = village.ceremony_entry(0, 0);
    let appended = village.append(deal.clone());
    let rows = village.house.rows();
    assert_eq!(village.send_entry(&deal).ok::<Appended>(), appended);
    assert_eq!(village.house.rows(), rows);
}
