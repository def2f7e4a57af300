//! Witnesses: what counts only with their quorum, what happens without it, and what they know better.

use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use urne_board::checkpoint::SignedCheckpoint;
use urne_client::draft::DraftWitnesses;
use urne_service::hall::FoundError;
use urne_service::room::{Admitted, Rejected};
use urne_service::settings::Settings;

use crate::town::{Plan, Town, appended, read, receipt};
use crate::witness::{Manner, Witness};

fn plan(witnesses: &[Witness]) -> Plan {
    Plan {
        settings: Settings {
            answer_wait_ms: 1500,
            witness_timeout_ms: 1000,
            witnesses: witnesses.iter().map(Witness::address).collect(),
            ..Plan::default().settings
        },
        witnesses: DraftWitnesses {
            quorum: 2,
            faulty: 1,
            list: witnesses.iter().map(Witness::party).take(2).collect(),
        },
        ..Plan::default()
    }
}

fn three() -> Vec<Witness> {
    (1..=3).map(Witness::start).collect()
}

/// Of four witnesses three cosign and one may lie: 2·3 > 4 + 1. One may be absent.
fn four() -> Vec<Witness> {
    (1..=4).map(Witness::start).collect()
}

fn plan_of_four(witnesses: &[Witness]) -> Plan {
    Plan {
        witnesses: DraftWitnesses {
            quorum: 3,
            faulty: 1,
            list: witnesses.iter().map(Witness::party).collect(),
        },
        ..plan(witnesses)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_election_with_witnesses_is_vouched_for_by_a_quorum_at_every_turn() {
    let witnesses = four();
    witnesses[3].behave(Manner::Down);
    let mut town = Town::open(plan_of_four(&witnesses)).await;
    let opened_at = town.replica.tree().size() - 1;
    town.vote(0, 0).await;
    town.vote(1, 1).await;
    let closed_at = town.close().await.index;
    let result = town.count().await;
    assert_eq!(result.colleges[0].totals, [1, 1]);
    let record = town.record();
    for size in [opened_at, opened_at + 1, closed_at, closed_at + 1] {
        let kept = read(&town.room(), &format!("checkpoints/{size}")).unwrap();
        let kept = SignedCheckpoint::parse(&kept).unwrap();
        assert!(record.is_vouched_for(&kept, size));
        let keys: Vec<_> = witnesses.iter().map(Witness::verifier_key).collect();
        let lines = kept.cosignatures(&keys).unwrap();
        assert_eq!(lines.iter().flatten().count(), 3);
    }
    assert_eq!(witnesses[0].size(), record.tree().size());
    assert!(witnesses[3].asked() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_quorum_a_ballot_stands_and_its_receipt_comes_later() {
    let witnesses = four();
    let mut town = Town::open(plan_of_four(&witnesses)).await;
    for witness in &witnesses[..2] {
        witness.behave(Manner::Down);
    }
    let ballot = town.ballot(0, 0);
    let waiting = appended(town.room().cast(ballot.clone()).await);
    assert_eq!(waiting.covered_by, None);
    let leaf = urne_board::tree::leaf_hash(&ballot);
    let asked = town.room().receipt(&leaf).await.unwrap();
    assert_eq!(asked, Some(Admitted::Appended(waiting.clone())));
    assert!(town.room().trouble().unwrap().contains("witnesses"));
    // A line that does not hold is no line.
    witnesses[0].behave(Manner::Garbled);
    let again = appended(town.room().cast(ballot.clone()).await);
    assert_eq!(again, waiting);
    witnesses[0].behave(Manner::Honest);
    town.wait_for_publication().await;
    let receipt = receipt(town.room().cast(ballot).await);
    assert_eq!(receipt.index, waiting.index);
    urne_client::receipt::verify(&receipt, &town.replica).unwrap();
    let same = town.room().receipt(&leaf).await.unwrap();
    assert_eq!(same, Some(Admitted::Receipt(receipt.to_bytes())));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_box_neither_opens_nor_closes_without_a_quorum_and_nothing_follows_a_closing() {
    let witnesses = four();
    let mut town = Town::open(plan_of_four(&witnesses)).await;
    town.vote(0, 0).await;
    for witness in &witnesses[..2] {
        witness.behave(Manner::Down);
    }
    let ballot = town.ballot(1, 0);
    appended(town.room().cast(ballot.clone()).await);
    // The organizer's device sees only what is vouched for; it would name an outdated position.
    let close = town.closing();
    let outcome = town.room().append(close).await;
    assert!(
        matches!(
            outcome,
            Err(Rejected::Refused {
                code: "bad-closing",
                ..
            })
        ),
        "{outcome:?}"
    );
    town.organizer.forget_void_position();
    for witness in &witnesses[..2] {
        witness.behave(Manner::Honest);
    }
    town.wait_for_publication().await;
    // Closed, but the state just after is not vouched for: no seal may follow.
    let close = town.closing();
    for witness in &witnesses[..2] {
        witness.behave(Manner::Down);
    }
    let closed = appended(town.room().append(close.clone()).await);
    assert_eq!(closed.covered_by, None);
    let mut ahead = town.record();
    ahead.admit(close).unwrap();
    let size = town.room().status().size;
    let trustee = urne_client::trustee::Trustee::find(&town.trustees[0], &ahead).unwrap();
    // A trustee's own tool refuses to seal this; a careless one is held back by the server.
    assert!(trustee.seal(&ahead, None, &mut town.memories[0]).is_err());
    let notice = town
        .organizer
        .notice(&town.replica, vec!["Patience".into()]);
    let outcome = town.room().append(notice.clone()).await;
    assert!(
        matches!(outcome, Err(Rejected::Unavailable { .. })),
        "{outcome:?}"
    );
    assert_eq!(town.room().status().size, size);
    // The same after a restart.
    let mut town = town.restart().await;
    let outcome = town.room().append(notice.clone()).await;
    assert!(
        matches!(outcome, Err(Rejected::Unavailable { .. })),
        "{outcome:?}"
    );
    assert_eq!(town.room().status().size, size);
    for witness in &witnesses[..2] {
        witness.behave(Manner::Honest);
    }
    town.wait_for_publication().await;
    town.append(notice).await;
    town.count().await;
    town.record();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_witness_that_claims_to_have_seen_more_may_lie_but_two_do_not() {
    let witnesses = four();
    let mut town = Town::open(plan_of_four(&witnesses)).await;
    witnesses[0].behave(Manner::Ahead);
    town.vote(0, 0).await;
    witnesses[1].behave(Manner::Ahead);
    let ballot = town.ballot(1, 0);
    let published = town.room().status().published;
    let outcome = town.room().cast(ballot.clone()).await;
    assert_eq!(appended(outcome).covered_by, None);
    while !town
        .room()
        .trouble()
        .is_some_and(|why| why.contains("newest database"))
    {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(town.room().status().published, published);
    let other = town.ballot(2, 0);
    let outcome = town.room().cast(other).await;
    assert_eq!(outcome, Err(Rejected::Unavailable { retry_after_s: 60 }));
    town.hall.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_is_taken_up_again_goes_on_from_where_it_was() {
    let witnesses = four();
    let mut town = Town::open(plan_of_four(&witnesses)).await;
    witnesses[3].behave(Manner::Down);
    town.vote(0, 0).await;
    // A fresh server knows nothing about where each witness stands.
    let mut town = town.restart().await;
    witnesses[3].behave(Manner::Honest);
    witnesses[0].behave(Manner::Down);
    town.vote(1, 0).await;
    assert_eq!(witnesses[3].size(), town.room().status().size);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_election_whose_witnesses_cannot_be_reached_is_not_founded() {
    let witnesses = three();
    let mut unknown = plan(&witnesses);
    unknown.settings.witnesses.clear();
    let (_, outcome) = Town::found_with(unknown, |_| {}).await;
    let Err(FoundError::UnknownWitness(names)) = outcome else {
        panic!("{outcome:?}");
    };
    assert!(names.contains("witness-1.example"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_does_not_answer_is_asked_once_at_a_time() {
    let witnesses = four();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let kept: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
    let keeps = Arc::clone(&kept);
    thread::spawn(move || {
        for stream in silent.incoming().flatten() {
            keeps.lock().unwrap().push(stream);
        }
    });
    let mut plan = plan_of_four(&witnesses);
    plan.settings.witness_timeout_ms = 600_000;
    plan.settings
        .witnesses
        .insert(witnesses[3].address().0, address);
    let mut town = Town::open(plan).await;
    town.vote(0, 0).await;
    town.wait_for_publication().await;
    assert_eq!(witnesses[0].size(), town.replica.tree().size());
    while kept.lock().unwrap().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(kept.lock().unwrap().len(), 1);
    town.hall.shutdown().await;
    // Lets the question end that is still open.
    kept.lock().unwrap().clear();
}
