//! The database beside what the boards show of it: who may read the file, and who waits for whom.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use tempfile::tempdir;
use urne_service::store::{Leaf, SqliteStore, Store as _, StoreError};

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_take_every_connection_keep_no_writer_waiting() {
    let folder = tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("urne.sqlite"))
        .await
        .unwrap();
    let manifest = Leaf {
        hash: [3; 32],
        bytes: b"manifest".to_vec(),
    };
    let log = store.create([1; 32], [2; 32], manifest).await.unwrap();
    let mut taken = Vec::new();
    for _ in 0..store.pool().options().get_max_connections() {
        taken.push(store.pool().acquire().await.unwrap());
    }
    assert_eq!(store.for_writers().head(log).await.unwrap().size, 1);
    assert_eq!(store.head(log).await, Err(StoreError::Busy));
    drop(taken);
    assert_eq!(store.head(log).await.unwrap().size, 1);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_is_for_its_owner_alone_in_a_folder_that_is_not() {
    let folder = tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let files = ["urne.sqlite", "urne.sqlite-wal", "urne.sqlite-shm"];
    let files = files.map(|name| folder.path().join(name));
    for _ in 0..2 {
        let store = SqliteStore::open(&files[0]).await.unwrap();
        for file in &files {
            let mode = fs::metadata(file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", file.display());
        }
        store.close().await;
        // As an earlier version, or somebody's copy, may have left it.
        fs::set_permissions(&files[0], Permissions::from_mode(0o644)).unwrap();
    }
}
