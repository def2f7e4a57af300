//! Which entries are taken, and what the others are told. A refusal is signed and changes nothing.

use std::time::Duration;

use urne_board::tree::leaf_hash;
use urne_client::http::Frozen;
use urne_crypto::hash::fingerprint;
use urne_service::hall::FoundError;
use urne_service::room::{Admitted, FreezeError, Rejected};
use urne_service::settings::Settings;

use crate::town::{CLOSES, NONCE, OPENS, Plan, Town, appended, read, receipt, refusal};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_ballot_again_gets_the_first_receipt() {
    let mut town = Town::open(Plan::default()).await;
    let ballot = town.ballot(0, 0);
    let Ok(Admitted::Receipt(first)) = town.room().cast(ballot.clone()).await else {
        panic!("a receipt");
    };
    let again = Ok(Admitted::Receipt(first.clone()));
    assert_eq!(town.room().cast(ballot.clone()).await, again);
    // The line has moved on, the box is closed, the server was restarted: the promise is the same, byte for byte.
    town.vote(0, 1).await;
    town.vote(1, 1).await;
    assert_eq!(town.room().cast(ballot.clone()).await, again);
    town.close().await;
    assert_eq!(town.room().cast(ballot.clone()).await, again);
    let town = town.restart().await;
    assert_eq!(town.room().cast(ballot.clone()).await, again);
    let leaf = leaf_hash(&ballot);
    assert_eq!(town.room().receipt(&leaf).await, Ok(again.ok()));
    assert_eq!(town.room().receipt(&[1; 32]).await, Ok(None));
    let manifest = leaf_hash(&town.manifest);
    assert_eq!(town.room().receipt(&manifest).await, Ok(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_ballot_at_the_same_time_stands_once() {
    let plan = Plan {
        settings: Settings {
            batch_ms: 100,
            ..Plan::default().settings
        },
        ..Plan::default()
    };
    let mut town = Town::open(plan).await;
    let size = town.room().status().size;
    let ballot = town.ballot(0, 0);
    let room = town.room();
    let (one, two, three) = tokio::join!(
        room.cast(ballot.clone()),
        room.cast(ballot.clone()),
        room.cast(ballot.clone())
    );
    assert_eq!(receipt(one.clone()).index, size);
    assert_eq!(one, two);
    assert_eq!(one, three);
    assert_eq!(town.room().status().size, size + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_entry_again_gets_the_same_answer() {
    let mut town = Town::found(Plan::default()).await;
    let deal = town.ceremony_entry(0, 0);
    let first = town.append(deal.clone()).await;
    let other = town.ceremony_entry(0, 1);
    town.append(other).await;
    assert_eq!(appended(town.room().append(deal).await), first);
    let id = *town.replica.election().id();
    assert_eq!(
        town.hall
            .found(&NONCE, town.manifest.clone())
            .await
            .unwrap(),
        id
    );
    assert_eq!(town.hall.ids(), [id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn ballots_of_a_batch_are_sorted_and_at_most_one_per_line() {
    let plan = Plan {
        voters: 8,
        settings: Settings {
            batch_ms: 400,
            ..Plan::default().settings
        },
        ..Plan::default()
    };
    let mut town = Town::open(plan).await;
    let before = town.replica.tree().size() as usize;
    let mut ballots: Vec<Vec<u8>> = (0..8).map(|voter| town.ballot(voter, voter % 2)).collect();
    // The first voter's other device, at the same moment.
    ballots.push(town.ballot(0, 1));
    let room = town.room();
    let casts: Vec<_> = ballots
        .iter()
        .map(|ballot| {
            let (room, ballot) = (room.clone(), ballot.clone());
            tokio::spawn(async move { room.cast(ballot).await })
        })
        .collect();
    let mut outcomes = Vec::new();
    for cast in casts {
        outcomes.push(cast.await.unwrap());
    }
    let last = outcomes.pop().unwrap();
    let first = outcomes.remove(0);
    // Of two ballots on one line one is taken; the other waited for the next batch and came too late.
    let lost = if first.is_ok() { last } else { first };
    let (code, _) = refusal(&town, lost);
    assert_eq!(code, "outdated");
    for outcome in outcomes {
        receipt(outcome);
    }
    let record = town.record();
    let cast = &record.entries()[before..];
    assert_eq!(cast.len(), 8);
    assert!(cast.is_sorted_by_key(|entry| leaf_hash(entry)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_hold_is_refused_with_a_signed_code_and_changes_nothing() {
    let mut town = Town::open(Plan::default()).await;
    let old = town.ballot(0, 0);
    let also_old = town.ballot(0, 1);
    receipt(town.room().cast(old).await);
    town.catch_up();
    town.vote(2, 0).await;
    town.vote(2, 0).await;
    town.vote(2, 0).await;
    let before = town.live_state();
    let capped = town.ballot(2, 0);
    let good = String::from_utf8(town.ballot(1, 0)).unwrap();
    let damaged = |from: &str, to: &str| good.replacen(from, to, 1).into_bytes();
    let proof = good.find(r#""proof":""#).unwrap() + 9;
    let mut bad = good.clone().into_bytes();
    let end = bad.len() - 20;
    bad[end] = if bad[end] == b'A' { b'B' } else { b'A' };
    let mut undecodable = good.clone().into_bytes();
    undecodable[proof..proof + 8].copy_from_slice(b"________");
    let key = good.find(r#""key":""#).unwrap() + 7;
    let foreign = urne_election::json::base64url(
        urne_crypto::encoding::SecretScalar::new(urne_crypto::Scalar::from(5_u64))
            .public()
            .bytes(),
    );
    let mut unknown = good.clone().into_bytes();
    unknown[key..key + 43].copy_from_slice(foreign.as_bytes());
    for (bytes, expected) in [
        (also_old, "outdated"),
        (capped, "cap-reached"),
        (bad, "bad-ballot"),
        (undecodable, "bad-ballot"),
        (unknown, "not-on-roll"),
        (damaged(r#""after""#, r#""before""#), "not-an-entry"),
        (damaged("{", "{ "), "not-an-entry"),
        (Vec::new(), "not-an-entry"),
        (vec![b'x'; 70_000], "not-an-entry"),
    ] {
        let (code, refusal) = refusal(&town, town.room().cast(bytes.clone()).await);
        assert_eq!(code, expected);
        assert_eq!(refusal.hash, fingerprint(&bytes));
        assert_eq!(refusal.size, town.room().status().size);
        assert_eq!(refusal.election, *town.replica.election().id());
    }
    let mut unsigned = town.removal(1);
    let end = unsigned.len() - 10;
    unsigned[end] = if unsigned[end] == b'A' { b'B' } else { b'A' };
    let removal = String::from_utf8(town.removal(1)).unwrap();
    let own = urne_election::json::base64url(town.replica.election().id());
    let elsewhere = removal.replace(&own, &urne_election::json::base64url(&[3; 32]));
    for (bytes, expected) in [
        (unsigned, "bad-signature"),
        (elsewhere.into_bytes(), "other-election"),
        (
            town.manifest.iter().copied().chain([b'\n']).collect(),
            "not-an-entry",
        ),
    ] {
        let (code, _) = refusal(&town, town.room().append(bytes).await);
        assert_eq!(code, expected);
    }
    // Nothing is signed about bytes that may stand, or do, where they belong.
    let elsewhere = Err(Rejected::OtherAddress);
    let standing = town.replica.entries()[1].clone();
    assert_eq!(town.room().cast(town.removal(1)).await, elsewhere);
    assert_eq!(town.room().cast(standing).await, elsewhere);
    assert_eq!(town.room().append(good.into_bytes()).await, elsewhere);
    assert_eq!(town.live_state(), before);
    town.record();
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_at_the_wrong_time_or_place_are_refused() {
    let mut town = Town::found(Plan::default()).await;
    let code = |outcome| refusal(&town, outcome).0;
    assert_eq!(
        code(town.room().cast(br#"{"kind":"ballot"}"#.to_vec()).await),
        "not-an-entry"
    );
    town.prepare().await;
    let outdated = town.opening();
    let chunk = town.chunk();
    let again = refusal(&town, town.room().append(chunk).await).0;
    assert_eq!(again, "bad-roll");
    let notice = town.organizer.notice(&town.replica, vec!["Hello".into()]);
    town.append(notice).await;
    let (code, _) = refusal(&town, town.room().append(outdated).await);
    assert_eq!(code, "bad-opening");
    town.organizer.forget_void_position();
    let open = town.opening();
    town.append(open).await;
    let deal = String::from_utf8(town.replica.entries()[1].clone()).unwrap();
    // Other bytes than the deal that stands, with the author's name still on them.
    let deal = deal.replacen(r#""trustee":1"#, r#""trustee":2"#, 1);
    let (code, _) = refusal(&town, town.room().append(deal.into_bytes()).await);
    assert_eq!(code, "wrong-phase");
    let close = town.closing();
    town.vote(0, 0).await;
    let (code, _) = refusal(&town, town.room().append(close).await);
    assert_eq!(code, "bad-closing");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_announced_hours_open_and_close_the_box() {
    let mut town = Town::open(Plan::default()).await;
    let ballot = town.ballot(0, 0);
    town.clock.set(OPENS - 1);
    assert!(!town.room().status().admits_ballots);
    let (code, _) = refusal(&town, town.room().cast(ballot.clone()).await);
    assert_eq!(code, "not-yet-open");
    town.clock.set(CLOSES);
    let (code, _) = refusal(&town, town.room().cast(ballot.clone()).await);
    assert_eq!(code, "closed");
    town.clock.set(CLOSES - 1);
    receipt(town.room().cast(ballot).await);
    town.catch_up();
    town.close().await;
    let late = town.room().cast(town.replica.entries()[0].clone()).await;
    assert_eq!(late, Err(Rejected::OtherAddress));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_keeps_the_box_open_until_the_later_hour() {
    let mut town = Town::open(Plan::default()).await;
    let ballot = town.ballot(0, 0);
    town.clock.set(CLOSES + 5);
    let (code, _) = refusal(&town, town.room().cast(ballot.clone()).await);
    assert_eq!(code, "closed");
    let extension = |town: &Town, closes| {
        let reason = vec!["Snow.".into()];
        town.organizer.extend(&town.replica, closes, reason)
    };
    let entry = extension(&town, CLOSES + 10).unwrap();
    town.append(entry).await;
    assert_eq!(town.room().status().closes, CLOSES + 10);
    receipt(town.room().cast(ballot).await);
    town.catch_up();
    assert_eq!(
        extension(&town, CLOSES + 10),
        Err(urne_client::organizer::OrganizerError::NotLater)
    );
    let ballot = town.ballot(1, 0);
    town.clock.set(CLOSES + 10);
    let (code, _) = refusal(&town, town.room().cast(ballot).await);
    assert_eq!(code, "closed");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ballot_before_the_opening_and_after_the_closing_is_told_so() {
    let mut town = Town::open(Plan::default()).await;
    let ballot = town.ballot(0, 0);
    let other = town.ballot(1, 0);
    receipt(town.room().cast(other).await);
    town.catch_up();
    town.close().await;
    let (code, _) = refusal(&town, town.room().cast(ballot.clone()).await);
    assert_eq!(code, "closed");
    let mut unopened = Town::found(Plan::default()).await;
    let (code, _) = refusal(&unopened, unopened.room().cast(ballot).await);
    assert_eq!(code, "not-yet-open");
    assert_eq!(unopened.room().freeze().await, Err(FreezeError::NotVoting));
    unopened.prepare().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_holds_the_position_for_a_minute() {
    let mut town = Town::open(Plan::default()).await;
    town.vote(0, 0).await;
    let ballot = town.ballot(1, 0);
    let frozen = town.room().freeze().await.unwrap();
    let size = town.room().status().size;
    assert_eq!(
        frozen,
        Frozen {
            size,
            seconds: Some(60)
        }
    );
    assert!(!town.room().status().admits_ballots);
    let (code, _) = refusal(&town, town.room().cast(ballot.clone()).await);
    assert_eq!(code, "closing");
    let removal = town.removal(2);
    let (code, _) = refusal(&town, town.room().append(removal.clone()).await);
    assert_eq!(code, "closing");
    town.clock.set(OPENS + 60);
    receipt(town.room().cast(ballot).await);
    town.catch_up();
    town.append(removal).await;
    town.clock.set(CLOSES + 5);
    let frozen = town.room().freeze().await.unwrap();
    assert_eq!(frozen.seconds, None);
    let close = town.close().await;
    assert_eq!(close.index, frozen.size);
    assert_eq!(town.room().freeze().await, Err(FreezeError::NotVoting));
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_at_once_are_told_to_come_again() {
    let plan = Plan {
        settings: Settings {
            batch_ms: 500,
            pending_ballots: 1,
            ..Plan::default().settings
        },
        ..Plan::default()
    };
    let mut town = Town::open(plan).await;
    let (one, two) = (town.ballot(0, 0), town.ballot(1, 0));
    let room = town.room();
    let first = tokio::spawn({
        let room = room.clone();
        async move { room.cast(one).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let overloaded = Err(Rejected::Overloaded { retry_after_s: 1 });
    assert_eq!(room.cast(two.clone()).await, overloaded);
    receipt(first.await.unwrap());
    receipt(room.cast(two).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_lines_ballot_no_longer_counts() {
    let mut town = Town::open(Plan::default()).await;
    town.vote(0, 0).await;
    town.vote(1, 1).await;
    assert!(
        town.room()
            .line(town.voters[0].public().bytes())
            .unwrap()
            .accepted
            .is_some()
    );
    let removal = town.removal(0);
    town.append(removal).await;
    assert_eq!(town.room().status().ballots, 1);
    assert_eq!(town.room().line(town.voters[0].public().bytes()), None);
    town.close().await;
    assert_eq!(town.count().await.colleges[0].totals, [0, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_election_is_founded_only_on_what_the_server_offered() {
    let town = Town::found(Plan::default()).await;
    let other = town.hall.found(&[1; 32], town.manifest.clone()).await;
    assert!(matches!(other, Err(FoundError::OtherOffer("the nonce"))));
    let broken = town.hall.found(&NONCE, b"{}\n".to_vec()).await;
    assert!(matches!(broken, Err(FoundError::Foundation(_))));
    let mut elsewhere = Town::found(Plan {
        settings: Settings {
            host: "other.example".into(),
            ..Plan::default().settings
        },
        ..Plan::default()
    })
    .await;
    let foreign = town.hall.found(&NONCE, elsewhere.manifest.clone()).await;
    assert!(matches!(foreign, Err(FoundError::OtherOffer(_))));
    // The same draft a second time, with one word changed.
    let text = String::from_utf8(elsewhere.manifest.clone()).unwrap();
    let (payload, _) = text.split_once('\n').unwrap();
    let payload = payload.replace("A square", "A circle").into_bytes();
    let organizer = urne_crypto::signature::SigningKey::from_bytes(&[1; 32]);
    let second = urne_election::entry::sign_payload(payload, &[&organizer]);
    let outcome = elsewhere.hall.found(&NONCE, second).await;
    assert!(matches!(outcome, Err(FoundError::AlreadyFounded)));
    elsewhere.prepare().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_shows_what_is_published_and_narrower_parts_of_it() {
    let town = Town::open(Plan::default()).await;
    let room = town.room();
    let size = room.status().published;
    let full = read(&room, &format!("tile/0/000.p/{size}")).unwrap();
    let narrow = read(&room, "tile/0/000.p/1").unwrap();
    assert_eq!(narrow, full[..32]);
    assert_eq!(narrow, leaf_hash(&town.manifest));
    assert!(
        read(&room, "tile/entries/000.p/1")
            .unwrap()
            .ends_with(&town.manifest)
    );
    for beyond in [
        format!("tile/0/000.p/{}", size + 1),
        format!("tile/entries/000.p/{}", size + 1),
        format!("checkpoints/{}", size + 1),
        "tile/0/000".into(),
        "tile/1/000.p/1".into(),
        "../secret".into(),
    ] {
        assert!(read(&room, &beyond).is_err(), "{beyond}");
    }
    let latest = room.board_file("checkpoint").await.unwrap().unwrap();
    assert!(!latest.immutable);
    let tile = room.board_file("tile/0/000.p/1").await.unwrap().unwrap();
    assert!(tile.immutable);
}
