//! What memory held is what the disk gives back, after every phase; and a database that was touched is refused.

use std::sync::Arc;

use urne_service::hall::OpenError;
use urne_service::recovery::RecoveryError;
use urne_service::store::SqliteStore;

use crate::town::{Plan, Town, open_hall, open_store, receipt};

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_after_any_step_changes_nothing() {
    let mut town = Town::found(Plan::default()).await;
    let mut steps = 0;
    let mut restarted = async |mut town: Town| {
        town.wait_for_publication().await;
        let before = town.live_state();
        let town = town.restart().await;
        assert_eq!(town.live_state(), before);
        town.record();
        steps += 1;
        town
    };
    town = restarted(town).await;
    for step in 0..2 {
        for number in 0..2 {
            let entry = town.ceremony_entry(step, number);
            town.append(entry).await;
            town = restarted(town).await;
        }
    }
    let chunk = town.chunk();
    town.append(chunk).await;
    town = restarted(town).await;
    for number in 0..2 {
        let drill = town.ceremony_entry(2, number);
        town.append(drill).await;
    }
    town = restarted(town).await;
    let open = town.opening();
    town.append(open).await;
    town = restarted(town).await;
    town.vote(0, 0).await;
    town.vote(1, 0).await;
    town = restarted(town).await;
    town.vote(0, 1).await;
    town.vote(2, 1).await;
    town = restarted(town).await;
    let removal = town.removal(1);
    town.append(removal).await;
    town = restarted(town).await;
    town.close().await;
    town = restarted(town).await;
    for number in 0..2 {
        let seal = town.sealing(number);
        town.append(seal).await;
    }
    town = restarted(town).await;
    let decryption = town.decryption(0);
    town.append(decryption).await;
    town = restarted(town).await;
    let decryption = town.decryption(1);
    town.append(decryption).await;
    assert_eq!(town.result().await.colleges[0].totals, [0, 2]);
    restarted(town).await;
    assert_eq!(steps, 15);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_ballots_are_taken_up_again_with_all_their_replacements() {
    let plan = Plan {
        voters: 40,
        ..Plan::default()
    };
    let mut town = Town::open(plan).await;
    for round in 0..2 {
        let ballots: Vec<Vec<u8>> = (0..40)
            .map(|voter| town.ballot(voter, (voter + round) % 2))
            .collect();
        let room = town.room();
        let casts = ballots.into_iter().map(|ballot| {
            let room = room.clone();
            tokio::spawn(async move { room.cast(ballot).await })
        });
        for cast in casts.collect::<Vec<_>>() {
            receipt(cast.await.unwrap());
        }
        town.wait_for_publication().await;
    }
    let before = town.live_state();
    let mut town = town.restart().await;
    assert_eq!(town.live_state(), before);
    town.close().await;
    assert_eq!(town.count().await.colleges[0].totals, [20, 20]);
    town.record();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_result_is_appended_by_a_server_that_was_stopped_before_it() {
    let mut town = Town::open(Plan::default()).await;
    town.vote(0, 0).await;
    town.close().await;
    for number in 0..2 {
        let seal = town.sealing(number);
        town.append(seal).await;
    }
    for number in 0..2 {
        let decryption = town.decryption(number);
        town.append(decryption).await;
    }
    town.result().await;
    // As if it had stopped just before: the last entry and its checkpoints are taken away, the tripwire with them.
    let size = town.room().status().size as i64;
    let before = town.replica.entries().len();
    town.hall.shutdown().await;
    let file = town.folder.path().join("urne.sqlite");
    let store = SqliteStore::open(&file).await.unwrap();
    let root = {
        let mut tree = urne_board::tree::Tree::new();
        for entry in &town.replica.entries()[..before - 1] {
            tree.push(urne_board::tree::leaf_hash(entry));
        }
        tree.root()
    };
    for statement in [
        "DELETE FROM leaf WHERE idx = ?1 - 1",
        "DELETE FROM checkpoint WHERE size = ?1",
    ] {
        let done = sqlx::query(statement)
            .bind(size)
            .execute(store.pool())
            .await;
        assert_eq!(done.unwrap().rows_affected(), 1);
    }
    sqlx::query("UPDATE log SET size = ?1 - 1, root = ?2")
        .bind(size)
        .bind(&root[..])
        .execute(store.pool())
        .await
        .unwrap();
    store.close().await;
    for file in std::fs::read_dir(town.folder.path().join("published")).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    let stored = SqliteStore::open(&file).await.unwrap();
    sqlx::query("DELETE FROM checkpoint")
        .execute(stored.pool())
        .await
        .unwrap();
    stored.close().await;
    let mut town = town.start_again().await;
    let result = town.result().await;
    assert_eq!(result.colleges[0].totals, [1, 0]);
    assert_eq!(town.room().status().size as i64, size);
}

/// Opens the town's folder again after something was done to its database.
async fn reopened(town: Town, statement: &'static str) -> OpenError {
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
    let touched = SqliteStore::open(&folder.path().join("urne.sqlite"))
        .await
        .unwrap();
    let done = sqlx::query(statement)
        .execute(touched.pool())
        .await
        .unwrap();
    assert!(done.rows_affected() > 0);
    touched.close().await;
    let store = open_store(&plan, folder.path()).await;
    let outcome = open_hall(&plan, folder.path(), &store, &clock).await;
    match outcome {
        Ok(_) => panic!("a server ran on a damaged database"),
        Err(error) => error,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_touched_is_refused() {
    let cause = |error| match error {
        OpenError::Recovery { cause, .. } => cause,
        other => panic!("{other}"),
    };
    let mut town = Town::open(Plan::default()).await;
    town.vote(0, 0).await;
    let index = town.replica.tree().size() - 1;
    let altered = "UPDATE leaf SET bytes = CAST(replace(CAST(bytes AS TEXT), 'ballot', 'bullet') AS BLOB) WHERE idx = (SELECT max(idx) FROM leaf)";
    let error = cause(reopened(town, altered).await);
    assert!(
        matches!(error, RecoveryError::Altered(at) if at == index),
        "{error}"
    );

    let town = Town::open(Plan::default()).await;
    let error = cause(reopened(town, "UPDATE log SET root = zeroblob(32)").await);
    assert!(matches!(error, RecoveryError::Head), "{error}");

    let town = Town::open(Plan::default()).await;
    let shorter = "DELETE FROM leaf WHERE idx = (SELECT max(idx) FROM leaf)";
    let error = cause(reopened(town, shorter).await);
    assert!(matches!(error, RecoveryError::Store(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_entry_in_the_database_is_refused() {
    let mut town = Town::open(Plan::default()).await;
    town.vote(0, 0).await;
    // A second opening, put at the end with all hashes right.
    let open = town.replica.entries()[8].clone();
    assert!(open.starts_with(br#"{"kind":"open""#));
    let mut open = open;
    open.extend_from_slice(b"x\n");
    let mut tree = town.replica.tree().clone();
    let before = urne_service::store::Head {
        size: tree.size(),
        root: tree.root(),
    };
    tree.push(urne_board::tree::leaf_hash(&open));
    let after = urne_service::store::Head {
        size: tree.size(),
        root: tree.root(),
    };
    town.hall.shutdown().await;
    let leaf = urne_service::store::Leaf {
        hash: urne_board::tree::leaf_hash(&open),
        bytes: open,
    };
    let log = town.store.logs().await.unwrap()[0].id;
    town.store
        .append(log, before, Arc::new([leaf]), after)
        .await
        .unwrap();
    let Town {
        folder,
        plan,
        clock,
        hall,
        store,
        ..
    } = town;
    drop(hall);
    let outcome = open_hall(&plan, folder.path(), &store, &clock).await;
    let Err(OpenError::Recovery { cause, .. }) = outcome else {
        panic!("a void entry was taken up");
    };
    assert!(
        matches!(cause, RecoveryError::Void { index, .. } if index == before.size),
        "{cause}"
    );
}
