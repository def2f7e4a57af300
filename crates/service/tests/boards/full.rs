//! A disk without room: answered, not suffered.

use urne_service::room::{Admitted, Rejected};
use urne_service::settings::Settings;
use urne_service::store::SqliteStore;

use crate::town::{Plan, Town, open_hall, receipt};

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_takes_nothing_and_loses_nothing() {
    let plan = Plan {
        voters: 60,
        settings: Settings {
            answer_wait_ms: 1500,
            ..Plan::default().settings
        },
        ..Plan::default()
    };
    let mut town = Town::open(plan).await;
    let mut receipts = vec![town.vote(0, 0).await];
    town.hall.shutdown().await;
    let Town {
        folder,
        plan,
        clock,
        hall,
        store,
        ..
    } = town;
    drop((hall, store));
    let file = folder.path().join("urne.sqlite");
    // Room for a few pages more than there are.
    let unlimited = SqliteStore::open(&file).await.unwrap();
    let pages: u32 = sqlx::query_scalar("PRAGMA page_count")
        .fetch_one(unlimited.pool())
        .await
        .unwrap();
    unlimited.close().await;
    let limited = SqliteStore::open_limited(&file, Some(pages + 6))
        .await
        .unwrap();
    let store: std::sync::Arc<dyn urne_service::store::Store> = std::sync::Arc::new(limited);
    let hall = open_hall(&plan, folder.path(), &store, &clock)
        .await
        .unwrap();
    let mut town = Town {
        folder,
        plan,
        clock,
        hall,
        store,
        ..town
    };
    let mut standing = Vec::new();
    let mut refused = None;
    for voter in 1..60 {
        let ballot = town.ballot(voter, 1);
        match town.room().cast(ballot.clone()).await {
            Ok(Admitted::Receipt(_)) => receipts.push(receipt(town.room().cast(ballot).await)),
            // Room for the ballot and none for the checkpoint: it stands, and its receipt comes once there is room.
            Ok(Admitted::Appended(_)) => standing.push(ballot),
            Err(rejected) => {
                assert_eq!(rejected, Rejected::StorageFull);
                refused = Some(ballot);
                break;
            }
        }
    }
    let refused = refused.expect("the disk never became full");
    assert_eq!(
        town.room().cast(refused.clone()).await,
        Err(Rejected::StorageFull)
    );
    let taken = (receipts.len() + standing.len()) as u64;
    assert_eq!(town.room().status().ballots, taken);
    // Room is made; the same bytes are taken.
    let mut town = town.restart().await;
    for ballot in standing.into_iter().chain([refused]) {
        receipts.push(receipt(town.room().cast(ballot).await));
    }
    town.wait_for_publication().await;
    let record = town.record();
    for receipt in receipts {
        urne_client::receipt::verify(&receipt, &record).unwrap();
    }
}
