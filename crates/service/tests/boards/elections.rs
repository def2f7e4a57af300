//! Whole elections.

use urne_board::checkpoint::SignedCheckpoint;
use urne_client::http::PhaseName;
use urne_client::receipt::{Fate, fate};
use urne_election::phase::Phase;

use crate::town::{Plan, Town, read};

#[tokio::test(flavor = "multi_thread")]
async fn an_election_goes_from_the_manifest_to_the_result() {
    let mut town = Town::open(Plan::default()).await;
    let opened_at = town.replica.tree().size() - 1;
    let first = town.vote(0, 0).await;
    let other = town.vote(1, 0).await;
    let again = town.vote(0, 1).await;
    town.vote(2, 1).await;
    assert_eq!(town.room().status().ballots, 3);
    let closed_at = town.close().await.index;
    let result = town.count().await;
    assert_eq!(result.colleges[0].totals, [1, 2]);
    assert_eq!(town.room().status().phase, PhaseName::Ended);

    let record = town.record();
    assert!(matches!(record.election().phase(), Phase::Sealing(phase) if !phase.awaits_result()));
    for size in [opened_at, opened_at + 1, closed_at, closed_at + 1] {
        let kept = read(&town.room(), &format!("checkpoints/{size}")).unwrap();
        let kept = SignedCheckpoint::parse(&kept).unwrap();
        assert!(record.is_vouched_for(&kept, size));
    }
    assert!(matches!(fate(&first, &record), Ok(Fate::Replaced { .. })));
    assert!(matches!(fate(&again, &record), Ok(Fate::Counts)));
    assert!(matches!(fate(&other, &record), Ok(Fate::Counts)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_election_nobody_votes_in_ends_with_its_seals() {
    let mut town = Town::open(Plan::default()).await;
    town.close().await;
    for number in 0..2 {
        let seal = town.sealing(number);
        town.append(seal).await;
    }
    let result = town.result().await;
    assert_eq!(result.colleges[0].totals, [0, 0]);
    town.record();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_elections_of_a_server_share_nothing() {
    let town = Town::found(Plan::default()).await;
    let offer = town.hall.offer(&[8; 32]);
    let mine = town.hall.offer(&crate::town::NONCE);
    assert_ne!(offer.log.key, mine.log.key);
    assert_ne!(offer.server.key, mine.server.key);
    assert_ne!(offer.log.origin, mine.log.origin);
    assert_eq!(town.hall.ids().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_awaited_is_named_in_every_phase() {
    let mut town = Town::found(Plan::default()).await;
    let awaits = |town: &Town| {
        let status = town.room().status();
        (status.phase, status.awaits)
    };
    assert_eq!(awaits(&town), (PhaseName::Dealing, vec![1, 2]));
    let deal = town.ceremony_entry(0, 1);
    town.append(deal).await;
    assert_eq!(awaits(&town), (PhaseName::Dealing, vec![1]));
    let deal = town.ceremony_entry(0, 0);
    town.append(deal).await;
    assert_eq!(awaits(&town), (PhaseName::Confirming, vec![1, 2]));
    for number in 0..2 {
        let confirm = town.ceremony_entry(1, number);
        town.append(confirm).await;
    }
    assert_eq!(awaits(&town), (PhaseName::Preparing, vec![1, 2]));
    let chunk = town.chunk();
    town.append(chunk).await;
    assert_eq!(town.room().status().lines, 3);
    for number in 0..2 {
        let drill = town.ceremony_entry(2, number);
        town.append(drill).await;
    }
    let open = town.opening();
    town.append(open).await;
    assert_eq!(awaits(&town), (PhaseName::Voting, vec![]));
    assert!(town.room().status().admits_ballots);
    town.vote(0, 0).await;
    town.close().await;
    assert!(!town.room().status().admits_ballots);
    assert_eq!(awaits(&town), (PhaseName::Sealing, vec![1, 2]));
    for number in 0..2 {
        let seal = town.sealing(number);
        town.append(seal).await;
    }
    assert_eq!(awaits(&town), (PhaseName::Sealing, vec![1, 2]));
    let decryption = town.decryption(1);
    town.append(decryption).await;
    assert_eq!(awaits(&town), (PhaseName::Sealing, vec![1]));
}
