//! A server does not run on a folder that is somebody else's, incomplete, or older than what was published.

use std::fs;
use std::path::PathBuf;

use urne_board::checkpoint::{Checkpoint, SignedCheckpoint};
use urne_board::note::KeyName;
use urne_crypto::signature::SigningKey;
use urne_election::json::base64url;
use urne_service::data_folder::{DataFolder, FolderError};
use urne_service::hall::OpenError;
use urne_service::secret::Secret;
use urne_service::tripwire::TripwireError;

use crate::town::{NONCE, Plan, Town, open_hall, open_store};

fn tripwire(town: &Town) -> PathBuf {
    let id = base64url(town.replica.election().id());
    town.folder.path().join("published").join(id)
}

fn stated(town: &Town, size: u64, root: [u8; 32], key: &SigningKey) -> Vec<u8> {
    let origin = KeyName::new(&town.replica.manifest().log.origin).unwrap();
    let checkpoint = Checkpoint::new(origin, size, root).unwrap();
    checkpoint.sign(key).unwrap().to_string().into_bytes()
}

/// Stops the server, lets somebody touch the folder, and starts another.
async fn after(town: Town, touch: impl FnOnce(&Town)) -> Result<(), OpenError> {
    town.hall.shutdown().await;
    touch(&town);
    let Town {
        folder,
        plan,
        clock,
        hall,
        store,
        ..
    } = town;
    drop((hall, store));
    let store = open_store(&plan, folder.path()).await;
    let hall = open_hall(&plan, folder.path(), &store, &clock).await?;
    hall.shutdown().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_published_goes_with_the_database() {
    let mut town = Town::open(Plan::default()).await;
    town.vote(0, 0).await;
    let file = fs::read(tripwire(&town)).unwrap();
    let signed = SignedCheckpoint::parse(&file).unwrap();
    assert!(
        town.replica
            .is_vouched_for(&signed, town.replica.tree().size())
    );
    after(town, |_| {}).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_behind_what_was_published_is_refused() {
    let town = Town::open(Plan::default()).await;
    let size = town.replica.tree().size();
    let outcome = after(town, |town| {
        let keys = Secret::read(town.folder.path()).unwrap().keys(&NONCE);
        fs::write(tripwire(town), stated(town, size + 1, [1; 32], &keys.log)).unwrap();
    })
    .await;
    let Err(OpenError::Tripwire(TripwireError::Ahead {
        published, held, ..
    })) = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!((published, held), (size + 1, size));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_contradicts_what_was_published_is_refused() {
    let town = Town::open(Plan::default()).await;
    let size = town.replica.tree().size();
    for size in [size, size - 1] {
        let town = Town::open(Plan::default()).await;
        let outcome = after(town, |town| {
            let keys = Secret::read(town.folder.path()).unwrap().keys(&NONCE);
            fs::write(tripwire(town), stated(town, size, [1; 32], &keys.log)).unwrap();
        })
        .await;
        let contradicts = matches!(
            &outcome,
            Err(OpenError::Tripwire(TripwireError::Contradicts { size: at, .. })) if *at == size
        );
        assert!(contradicts, "{outcome:?}");
    }
    // An earlier state of the same history contradicts nothing: the server was killed before it wrote the next one.
    let root = town.replica.tree().root_at(size - 1).unwrap();
    after(town, |town| {
        let keys = Secret::read(town.folder.path()).unwrap().keys(&NONCE);
        fs::write(tripwire(town), stated(town, size - 1, root, &keys.log)).unwrap();
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_state_that_is_missing_or_strange_is_refused() {
    let town = Town::open(Plan::default()).await;
    let outcome = after(town, |town| fs::remove_file(tripwire(town)).unwrap()).await;
    assert!(
        matches!(outcome, Err(OpenError::Tripwire(TripwireError::Missing(_)))),
        "{outcome:?}"
    );

    let town = Town::open(Plan::default()).await;
    let outcome = after(town, |town| {
        fs::write(tripwire(town), "half a note").unwrap()
    })
    .await;
    let unreadable = matches!(
        outcome,
        Err(OpenError::Tripwire(TripwireError::Unreadable { .. }))
    );
    assert!(unreadable, "{outcome:?}");

    let town = Town::open(Plan::default()).await;
    let head = (town.replica.tree().size(), town.replica.tree().root());
    let outcome = after(town, |town| {
        let forged = stated(town, head.0, head.1, &SigningKey::from_bytes(&[77; 32]));
        fs::write(tripwire(town), forged).unwrap();
    })
    .await;
    let unreadable = matches!(
        outcome,
        Err(OpenError::Tripwire(TripwireError::Unreadable { .. }))
    );
    assert!(unreadable, "{outcome:?}");

    let town = Town::open(Plan::default()).await;
    let outcome = after(town, |town| {
        let other = town
            .folder
            .path()
            .join("published")
            .join(base64url(&[5; 32]));
        fs::copy(tripwire(town), other).unwrap();
    })
    .await;
    let unknown = matches!(
        outcome,
        Err(OpenError::Tripwire(TripwireError::UnknownElection(_)))
    );
    assert!(unknown, "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn leftovers_of_an_interrupted_write_are_harmless() {
    let town = Town::open(Plan::default()).await;
    after(town, |town| {
        fs::write(tripwire(town).with_extension("new"), "half a no").unwrap();
        fs::write(town.folder.path().join("secret.new"), "half").unwrap();
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_the_folder_is_refused() {
    let town = Town::found(Plan::default()).await;
    let second = DataFolder::open(town.folder.path());
    assert!(matches!(second, Err(FolderError::Locked(_))));
    let folder = town.folder.path().to_owned();
    // Nor by a link from another folder, nor where somebody deleted the lock.
    let elsewhere = tempfile::tempdir().unwrap();
    fs::copy(folder.join("secret"), elsewhere.path().join("secret")).unwrap();
    let database = folder.join("urne.sqlite");
    std::os::unix::fs::symlink(&database, elsewhere.path().join("urne.sqlite")).unwrap();
    let linked = DataFolder::open(elsewhere.path());
    assert!(matches!(linked, Err(FolderError::Locked(_))), "{linked:?}");
    fs::remove_file(folder.join("lock")).unwrap();
    let unlocked = DataFolder::open(&folder);
    assert!(
        matches!(unlocked, Err(FolderError::Locked(_))),
        "{unlocked:?}"
    );
    town.hall.shutdown().await;
    let Town {
        hall, folder: keep, ..
    } = town;
    drop(hall);
    assert!(DataFolder::open(&folder).is_ok());
    drop(keep);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_its_secret_is_refused() {
    let town = Town::found(Plan::default()).await;
    town.hall.shutdown().await;
    let Town {
        folder,
        plan,
        clock,
        hall,
        ..
    } = town;
    drop(hall);
    let secret = folder.path().join("secret");
    let bytes = fs::read(&secret).unwrap();
    fs::remove_file(&secret).unwrap();
    let lost = DataFolder::open(folder.path());
    assert!(matches!(lost, Err(FolderError::SecretLost(_))));
    // Another server's secret does not sign for these elections.
    Secret::create(folder.path()).unwrap();
    let store = open_store(&plan, folder.path()).await;
    let outcome = open_hall(&plan, folder.path(), &store, &clock).await;
    assert!(matches!(outcome, Err(OpenError::OtherSecret(_))));
    fs::write(&secret, bytes).unwrap();
    let hall = open_hall(&plan, folder.path(), &store, &clock)
        .await
        .unwrap();
    hall.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_shown_that_the_tripwire_could_not_remember() {
    let mut town = Town::open(Plan {
        settings: urne_service::settings::Settings {
            answer_wait_ms: 700,
            ..Plan::default().settings
        },
        ..Plan::default()
    })
    .await;
    let published = town.room().status().published;
    // A folder where the file should be written: as good as a disk that fails.
    let obstacle = tripwire(&town).with_extension("new");
    fs::create_dir(&obstacle).unwrap();
    let ballot = town.ballot(0, 0);
    let appended = crate::town::appended(town.room().cast(ballot.clone()).await);
    assert_eq!(appended.covered_by, None);
    assert_eq!(town.room().status().published, published);
    assert!(town.room().trouble().unwrap().contains("published"));
    assert_eq!(town.hall.troubles().len(), 1);
    fs::remove_dir(&obstacle).unwrap();
    town.wait_for_publication().await;
    assert_eq!(town.room().trouble(), None);
    let receipt = crate::town::receipt(town.room().cast(ballot).await);
    assert_eq!(receipt.index, appended.index);
}
