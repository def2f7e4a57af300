//! Every write fails, both ways, at every step of an election: lost, or kept though reported lost; and then the store cannot
//! even be asked for a while.
//!
//! | write | lost | kept |
//! |---|---|---|
//! | founding | 503; the same manifest again founds it | founded |
//! | ballots | 503; the same bytes again get a receipt | receipt |
//! | any other entry | 503; the same bytes again stand | stands |
//! | result | the server tries again by itself | stands |
//! | checkpoint | made and stored again, answers wait | stored one counts, answers wait |
//! | any, and the store cannot be asked | the room says it does not know, until it knows | the same |
//!
//! After every cell: the board re-verifies from its files, what was receipted stands, and a restart finds the same state.

use std::time::Duration;

use urne_service::hall::FoundError;
use urne_service::room::{Admitted, Rejected};
use urne_service::store::StoreError;

use crate::faulty::{Fault, Faults, Write};
use crate::town::{CLOSES, NONCE, Plan, Town, appended, receipt};

const BOTH: [Fault; 2] = [Fault::Lost, Fault::Kept];

fn plan(faults: &Faults) -> Plan {
    Plan {
        wrap: faults.wrap(),
        ..Plan::default()
    }
}

/// What holds after every cell.
async fn still_sound(mut town: Town, faults: &Faults) -> Town {
    assert!(faults.fired(), "the write that was to fail never came");
    town.wait_for_publication().await;
    assert_eq!(town.room().trouble(), None);
    town.record();
    let before = town.live_state();
    let town = town.restart().await;
    assert_eq!(town.live_state(), before);
    town
}

/// Appends an entry while the write of it fails, and again if it was lost.
async fn append_through(
    town: &mut Town,
    faults: &Faults,
    fault: Fault,
    blind: u32,
    entry: Vec<u8>,
) {
    let size = town.room().status().size;
    faults.arm(Write::Append, fault, blind);
    let outcome = town.room().append(entry.clone()).await;
    assert!(faults.fired());
    match fault {
        Fault::Lost => {
            assert_eq!(outcome, Err(Rejected::Unavailable { retry_after_s: 5 }));
            assert_eq!(town.room().status().size, size);
        }
        Fault::Kept => {
            assert_eq!(appended(outcome).index, size);
        }
    }
    assert_eq!(town.append(entry).await.index, size);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_founding_fails_both_ways() {
    for fault in BOTH {
        let faults = Faults::default();
        let arm = |_: &_| faults.arm(Write::Create, fault, 0);
        let (other, outcome) = Town::found_with(plan(&faults), arm).await;
        assert!(faults.fired());
        match fault {
            Fault::Lost => assert!(matches!(outcome, Err(FoundError::Unavailable))),
            Fault::Kept => assert!(outcome.is_ok()),
        }
        let id = other
            .hall
            .found(&NONCE, other.manifest.clone())
            .await
            .unwrap();
        assert_eq!(&id, other.replica.election().id());
        let other = still_sound(other, &faults).await;
        assert_eq!(other.hall.ids(), [id]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_entry_of_an_election_is_lost_once() {
    whole_election(Fault::Lost, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_entry_of_an_election_is_kept_but_reported_lost() {
    whole_election(Fault::Kept, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_entry_fails_while_the_store_cannot_be_asked() {
    for fault in BOTH {
        whole_election(fault, 2).await;
    }
}

async fn whole_election(fault: Fault, blind: u32) {
    let faults = Faults::default();
    let mut town = Town::found(plan(&faults)).await;
    for step in 0..2 {
        for number in 0..2 {
            let entry = town.ceremony_entry(step, number);
            append_through(&mut town, &faults, fault, blind, entry).await;
        }
    }
    let chunk = town.chunk();
    append_through(&mut town, &faults, fault, blind, chunk).await;
    for number in 0..2 {
        let drill = town.ceremony_entry(2, number);
        append_through(&mut town, &faults, fault, blind, drill).await;
    }
    let open = town.opening();
    append_through(&mut town, &faults, fault, blind, open).await;
    town = still_sound(town, &faults).await;
    let mut receipts = Vec::new();
    for (voter, option) in [(0, 0), (1, 1), (0, 1)] {
        town.catch_up();
        let ballot = town.ballot(voter, option);
        faults.arm(Write::Append, fault, blind);
        let outcome = town.room().cast(ballot.clone()).await;
        match fault {
            Fault::Lost => {
                assert_eq!(outcome, Err(Rejected::Unavailable { retry_after_s: 5 }));
            }
            Fault::Kept => assert!(matches!(outcome, Ok(Admitted::Receipt(_)))),
        }
        receipts.push(receipt(town.room().cast(ballot).await));
    }
    town = still_sound(town, &faults).await;
    let removal = town.removal(1);
    append_through(&mut town, &faults, fault, blind, removal).await;
    town.wait_for_publication().await;
    let close = town.closing();
    append_through(&mut town, &faults, fault, blind, close).await;
    town = still_sound(town, &faults).await;
    for number in 0..2 {
        let seal = town.sealing(number);
        append_through(&mut town, &faults, fault, blind, seal).await;
    }
    let decryption = town.decryption(0);
    append_through(&mut town, &faults, fault, blind, decryption).await;
    let decryption = town.decryption(1);
    // The decryption goes well; the result, which the server appends by itself right after it, does not.
    faults.arm(Write::Append, fault, blind);
    faults.after(1);
    town.append(decryption).await;
    let result = town.result().await;
    assert_eq!(result.colleges[0].totals, [0, 1]);
    let town = still_sound(town, &faults).await;
    let record = town.record();
    for receipt in receipts {
        urne_client::receipt::verify(&receipt, &record).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_that_could_not_be_stored_is_not_shown_until_it_is() {
    for fault in BOTH {
        let faults = Faults::default();
        let mut town = Town::open(plan(&faults)).await;
        let ballot = town.ballot(0, 0);
        faults.arm(Write::Keep, fault, 0);
        let first = receipt(town.room().cast(ballot.clone()).await);
        assert!(faults.fired());
        town = still_sound(town, &faults).await;
        assert_eq!(receipt(town.room().cast(ballot).await), first);
        // The states around the closing must be stored before anything follows.
        town.wait_for_publication().await;
        let close = town.closing();
        faults.arm(Write::Keep, fault, 0);
        town.append(close).await;
        let town = still_sound(town, &faults).await;
        town.record();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_does_not_know_says_so_and_takes_nothing() {
    for fault in BOTH {
        let faults = Faults::default();
        let mut town = Town::open(plan(&faults)).await;
        let (first, second) = (town.ballot(0, 0), town.ballot(1, 0));
        faults.arm(Write::Append, fault, 4);
        let room = town.room();
        let casting = tokio::spawn({
            let (room, first) = (room.clone(), first.clone());
            async move { room.cast(first).await }
        });
        while room.trouble().is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let outcome = room.cast(second.clone()).await;
        assert_eq!(outcome, Err(Rejected::Unavailable { retry_after_s: 5 }));
        assert!(!room.status().admits_ballots);
        let outcome = casting.await.unwrap();
        assert_eq!(outcome.is_ok(), fault == Fault::Kept);
        assert_eq!(room.trouble(), None);
        receipt(room.cast(first).await);
        receipt(room.cast(second).await);
        still_sound(town, &faults).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_whose_write_is_in_doubt_are_not_refused_when_they_come_again() {
    let faults = Faults::default();
    let mut town = Town::open(plan(&faults)).await;
    let (first, second) = (town.ballot(0, 0), town.ballot(1, 0));
    faults.arm(Write::Append, Fault::Kept, 4);
    let room = town.room();
    let cast = |bytes: Vec<u8>| {
        let room = room.clone();
        tokio::spawn(async move { room.cast(bytes).await })
    };
    let casting = cast(first.clone());
    while room.trouble().is_none() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // The hour strikes meanwhile. A refusal now would be the server's signature under an untruth: the ballot stands.
    town.clock.set(CLOSES);
    let again = cast(first);
    let unknown = room.cast(second.clone()).await;
    assert_eq!(unknown, Err(Rejected::Unavailable { retry_after_s: 5 }));
    let first = receipt(casting.await.unwrap());
    assert_eq!(receipt(again.await.unwrap()), first);
    let late = room.cast(second).await;
    assert!(matches!(
        late,
        Err(Rejected::Refused { code: "closed", .. })
    ));
    still_sound(town, &faults).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_finds_no_room_is_answered_as_such() {
    let faults = Faults::default();
    let mut town = Town::open(plan(&faults)).await;
    let ballot = town.ballot(0, 0);
    faults.arm_with(Write::Append, Fault::Lost, 0, StoreError::Full);
    let outcome = town.room().cast(ballot.clone()).await;
    assert_eq!(outcome, Err(Rejected::StorageFull));
    receipt(town.room().cast(ballot).await);
    still_sound(town, &faults).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_write_halts_the_room() {
    let mut town = Town::open(Plan::default()).await;
    let ballot = town.ballot(0, 0);
    // Another writer, as if the lock had been removed by hand.
    let head = urne_service::store::Head {
        size: town.replica.tree().size(),
        root: town.replica.tree().root(),
    };
    let stranger = urne_service::store::Leaf {
        hash: [3; 32],
        bytes: b"stranger".to_vec(),
    };
    let log = town.store.logs().await.unwrap()[0].id;
    let moved = urne_service::store::Head {
        size: head.size + 1,
        root: [4; 32],
    };
    town.store
        .append(log, head, [stranger].into(), moved)
        .await
        .unwrap();
    let outcome = town.room().cast(ballot.clone()).await;
    assert!(matches!(outcome, Err(Rejected::Unavailable { .. })));
    assert!(town.room().trouble().unwrap().contains("another server"));
    let outcome = town.room().cast(ballot).await;
    assert_eq!(outcome, Err(Rejected::Unavailable { retry_after_s: 60 }));
    assert_eq!(town.room().status().published, head.size);
    town.hall.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_in_the_publication_halts_the_room() {
    let faults = Faults::default();
    let mut town = Town::open(plan(&faults)).await;
    faults.panic_at(Write::Keep);
    let ballot = town.ballot(0, 0);
    let room = town.room();
    let cast = tokio::spawn(async move { room.cast(ballot).await });
    while town.room().trouble().is_none() {
        assert!(
            !cast.is_finished(),
            "the room did not notice before it answered"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(town.room().trouble().unwrap().contains("publication"));
    let ballot = town.ballot(1, 0);
    let refused = town.room().cast(ballot).await;
    assert_eq!(refused, Err(Rejected::Unavailable { retry_after_s: 60 }));
    cast.abort();
    town.hall.shutdown().await;
}
