//! Copies, the proof that they are good, and putting them back.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::tempdir;
use urne_election::json::base64url;
use urne_service::backup::{BackupError, Behind, RehearsedBoard, backup, rehearse, restore};
use urne_service::hall::FoundError;
use urne_service::recovery::RecoveryError;
use urne_service::store::SqliteStore;
use urne_service::tripwire::TripwireError;

use crate::town::{NONCE, Plan, Town, open_hall, open_store, receipt};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_beside_a_running_server_is_rehearsed_and_put_back() {
    let mut town = Town::open(Plan::default()).await;
    let ballot = town.ballot(0, 0);
    let first = receipt(town.room().cast(ballot.clone()).await);
    town.catch_up();
    let place = tempdir().unwrap();
    let copy = place.path().join("copy");
    backup(town.folder.path(), &copy).await.unwrap();
    assert_eq!(mode(&copy), 0o700);
    assert_eq!(mode(&copy.join("secret")), 0o600);
    let published = town.folder.path().join("published");
    let boards = rehearse(&copy, Some(&published)).await.unwrap();
    let size = town.replica.tree().size();
    let expected = RehearsedBoard {
        election: base64url(town.replica.election().id()),
        size,
        published: Some(size),
        given_up: false,
    };
    assert_eq!(boards, [expected]);
    // The machine is lost; nothing was published since.
    town.hall.shutdown().await;
    let Town {
        folder,
        plan,
        clock,
        hall,
        store,
        ..
    } = town;
    drop((hall, store, folder));
    let new = tempdir().unwrap();
    let data = new.path().join("data");
    assert_eq!(
        restore(&copy, &data, Behind::Refuse).await.unwrap(),
        [""; 0]
    );
    assert_eq!(mode(&data.join("secret")), 0o600);
    let store = open_store(&plan, &data).await;
    let hall = open_hall(&plan, &data, &store, &clock).await.unwrap();
    let mut town = Town {
        folder: new,
        plan,
        clock,
        hall,
        store,
        ..town
    };
    assert_eq!(receipt(town.room().cast(ballot).await), first);
    town.vote(1, 1).await;
    town.close().await;
    assert_eq!(town.count().await.colleges[0].totals, [1, 1]);
    town.record();
    town.hall.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_overwritten() {
    let town = Town::found(Plan::default()).await;
    let place = tempdir().unwrap();
    let copy = place.path().join("copy");
    backup(town.folder.path(), &copy).await.unwrap();
    let again = backup(town.folder.path(), &copy).await;
    assert!(matches!(again, Err(BackupError::Exists(_))));
    let over = restore(&copy, town.folder.path(), Behind::Refuse).await;
    assert!(matches!(over, Err(BackupError::Exists(_))));
    let empty = tempdir().unwrap();
    let nothing = backup(empty.path(), &place.path().join("none")).await;
    assert!(matches!(nothing, Err(BackupError::Store(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_behind_what_was_published_is_refused_or_the_election_given_up() {
    let mut town = Town::open(Plan::default()).await;
    town.vote(0, 0).await;
    let place = tempdir().unwrap();
    let copy = place.path().join("copy");
    backup(town.folder.path(), &copy).await.unwrap();
    town.vote(1, 1).await;
    let published = town.folder.path().join("published");
    let behind = |outcome: &Result<_, BackupError>| {
        matches!(
            outcome,
            Err(BackupError::Published(TripwireError::Ahead { .. }))
        )
    };
    assert!(behind(&rehearse(&copy, Some(&published)).await.map(drop)));
    rehearse(&copy, None).await.unwrap();
    // The database is lost, what was published is not.
    let id = *town.replica.election().id();
    town.hall.shutdown().await;
    let Town {
        folder,
        plan,
        clock,
        hall,
        store,
        manifest,
        ..
    } = town;
    drop((hall, store));
    for file in ["urne.sqlite", "urne.sqlite-wal", "urne.sqlite-shm"] {
        let _ = fs::remove_file(folder.path().join(file));
    }
    // What is left of the lost database would get into the restored one.
    for ending in ["-wal", "-shm", "-journal"] {
        let beside = folder.path().join(format!("urne.sqlite{ending}"));
        fs::write(&beside, b"old").unwrap();
        let refused = restore(&copy, folder.path(), Behind::GiveUp).await;
        assert!(matches!(refused, Err(BackupError::LeftOver(left)) if left == beside));
        fs::remove_file(&beside).unwrap();
    }
    let refused = restore(&copy, folder.path(), Behind::Refuse).await;
    assert!(behind(&refused.map(drop)));
    assert!(!folder.path().join("urne.sqlite").exists());
    let given_up = restore(&copy, folder.path(), Behind::GiveUp).await.unwrap();
    assert_eq!(given_up, [base64url(&id)]);
    let store = open_store(&plan, folder.path()).await;
    let hall = open_hall(&plan, folder.path(), &store, &clock)
        .await
        .unwrap();
    assert!(hall.room(&id).is_none());
    assert!(hall.ids().is_empty());
    // Its organizer still has the manifest.
    let again = hall.found(&NONCE, manifest).await;
    assert!(matches!(again, Err(FoundError::GivenUp)), "{again:?}");
    assert!(hall.ids().is_empty());
    hall.shutdown().await;
    drop(hall);
    // A backup of that remembers what was given up.
    let second = place.path().join("second");
    backup(folder.path(), &second).await.unwrap();
    let boards = rehearse(&second, None).await.unwrap();
    assert!(boards[0].given_up);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_election_founded_after_the_backup_and_given_up_is_not_founded_again() {
    // The backup knows the draft, whose nonce gives the log's keys, and not the election.
    let plan = Plan::default();
    let place = tempdir().unwrap();
    let copy = place.path().join("copy");
    let (mut town, founded) = Town::found_with(plan, |_| {}).await;
    let id = founded.unwrap();
    town.wait_for_publication().await;
    backup(town.folder.path(), &copy).await.unwrap();
    for file in fs::read_dir(copy.join("published")).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    fs::remove_file(copy.join("urne.sqlite")).unwrap();
    let empty = SqliteStore::open(&copy.join("urne.sqlite")).await.unwrap();
    empty.close().await;
    town.hall.shutdown().await;
    let Town {
        folder,
        plan,
        clock,
        hall,
        store,
        organizer,
        manifest,
        replica,
        ..
    } = town;
    drop((hall, store));
    for file in ["urne.sqlite", "urne.sqlite-wal", "urne.sqlite-shm"] {
        let _ = fs::remove_file(folder.path().join(file));
    }
    let given_up = restore(&copy, folder.path(), Behind::GiveUp).await.unwrap();
    assert_eq!(given_up, [base64url(&id)]);
    let store = open_store(&plan, folder.path()).await;
    let hall = open_hall(&plan, folder.path(), &store, &clock)
        .await
        .unwrap();
    // Neither the same manifest nor another one for the same log.
    let mut other = replica.election().manifest().clone();
    other.title[0].push('!');
    let other = organizer.manifest(&other).unwrap();
    for manifest in [manifest, other] {
        let again = hall.found(&NONCE, manifest).await;
        assert!(matches!(again, Err(FoundError::GivenUp)), "{again:?}");
    }
    hall.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_does_not_pass_its_rehearsal() {
    let mut town = Town::open(Plan::default()).await;
    town.vote(0, 0).await;
    let place = tempdir().unwrap();
    let fresh = async |name: &str| {
        let copy = place.path().join(name);
        backup(town.folder.path(), &copy).await.unwrap();
        copy
    };
    let copy = fresh("altered").await;
    let store = SqliteStore::open(&copy.join("urne.sqlite")).await.unwrap();
    sqlx::query("UPDATE leaf SET bytes = zeroblob(9) WHERE idx = 3")
        .execute(store.pool())
        .await
        .unwrap();
    store.close().await;
    let outcome = rehearse(&copy, None).await;
    let altered = matches!(
        outcome,
        Err(BackupError::Board {
            cause: RecoveryError::Altered(3),
            ..
        })
    );
    assert!(altered, "{outcome:?}");

    // A checkpoint the board would be served with: one symbol of its signature.
    let copy = fresh("checkpoint").await;
    let store = SqliteStore::open(&copy.join("urne.sqlite")).await.unwrap();
    let (size, text): (i64, String) =
        sqlx::query_as("SELECT size, text FROM checkpoint ORDER BY size LIMIT 1 OFFSET 1")
            .fetch_one(store.pool())
            .await
            .unwrap();
    let at = text.rfind(' ').unwrap() + 20;
    let other = if text[at..].starts_with('A') {
        "B"
    } else {
        "A"
    };
    let text = format!("{}{other}{}", &text[..at], &text[at + 1..]);
    sqlx::query("UPDATE checkpoint SET text = ?1 WHERE size = ?2")
        .bind(text)
        .bind(size)
        .execute(store.pool())
        .await
        .unwrap();
    store.close().await;
    let outcome = rehearse(&copy, None).await;
    let forged = matches!(outcome, Err(BackupError::Checkpoint { size: found, .. })
        if i64::try_from(found) == Ok(size));
    assert!(forged, "{outcome:?}");

    // A page of an index of the desk's tables: no board is touched.
    let copy = fresh("page").await;
    let database = copy.join("urne.sqlite");
    let store = SqliteStore::open(&database).await.unwrap();
    let page: u32 = sqlx::query_scalar(
        "SELECT rootpage FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'seat' LIMIT 1",
    )
    .fetch_one(store.pool())
    .await
    .unwrap();
    let page_bytes: u32 = sqlx::query_scalar("PRAGMA page_size")
        .fetch_one(store.pool())
        .await
        .unwrap();
    store.close().await;
    let mut bytes = fs::read(&database).unwrap();
    let start = ((page - 1) * page_bytes) as usize;
    bytes[start..start + page_bytes as usize].fill(0xaa);
    fs::write(&database, bytes).unwrap();
    let outcome = rehearse(&copy, None).await;
    assert!(matches!(outcome, Err(BackupError::Store(_))), "{outcome:?}");

    let copy = fresh("cut").await;
    let database = copy.join("urne.sqlite");
    let bytes = fs::read(&database).unwrap();
    fs::write(&database, &bytes[..bytes.len() / 2]).unwrap();
    assert!(rehearse(&copy, None).await.is_err());

    let copy = fresh("secret").await;
    fs::write(copy.join("secret"), [7; 32]).unwrap();
    let outcome = rehearse(&copy, None).await;
    assert!(
        matches!(outcome, Err(BackupError::OtherSecret(_))),
        "{outcome:?}"
    );

    let copy = fresh("unknown").await;
    let file = fs::read_dir(copy.join("published"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    fs::copy(
        file.path(),
        copy.join("published").join(base64url(&[1; 32])),
    )
    .unwrap();
    let outcome = rehearse(&copy, None).await;
    let unknown = matches!(
        outcome,
        Err(BackupError::Published(TripwireError::UnknownElection(_)))
    );
    assert!(unknown, "{outcome:?}");
}
