//! Key files under a passphrase, and files that a crash cannot halve.

#![cfg(test)]

use std::fs;
use std::path::Path;

use age::secrecy::SecretString;
use tempfile::TempDir;
use urne_cli::files::disk::{self, DiskError};
use urne_cli::files::folder::{Connection, Folder, FolderError};
use urne_cli::files::sealed::{self, SealedError};

fn passphrase(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

fn sealed_file(folder: &TempDir) -> std::path::PathBuf {
    let path = folder.path().join("key.age");
    sealed::write_new(&path, b"a secret", &passphrase("correct horse")).unwrap();
    path
}

#[test]
fn a_sealed_file_opens_with_its_passphrase_alone() {
    let folder = TempDir::new().unwrap();
    let path = sealed_file(&folder);
    let plain = sealed::read(&path, &passphrase("correct horse")).unwrap();
    assert_eq!(&plain[..], b"a secret");
    assert!(matches!(
        sealed::read(&path, &passphrase("correct horses")),
        Err(SealedError::WrongPassphrase(_))
    ));
    let bytes = fs::read(&path).unwrap();
    let secret = b"a secret";
    assert!(!bytes.windows(secret.len()).any(|window| window == secret));
}

#[test]
fn a_truncated_or_altered_sealed_file_is_never_opened() {
    let folder = TempDir::new().unwrap();
    let path = sealed_file(&folder);
    let whole = fs::read(&path).unwrap();
    let header = whole
        .windows(4)
        .position(|window| window == b"\n---")
        .unwrap();
    for length in [
        0,
        10,
        40,
        header,
        header + 30,
        whole.len() - 20,
        whole.len() - 1,
    ] {
        fs::write(&path, &whole[..length]).unwrap();
        let opened = sealed::read(&path, &passphrase("correct horse"));
        assert!(opened.is_err(), "{length} of {}", whole.len());
    }
    for index in [header + 10, whole.len() - 1, whole.len() - 30] {
        let mut altered = whole.clone();
        altered[index] ^= 1;
        fs::write(&path, &altered).unwrap();
        let opened = sealed::read(&path, &passphrase("correct horse"));
        assert!(opened.is_err(), "byte {index}");
    }
}

#[test]
fn a_foreign_file_is_named_as_such() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("key.age");
    fs::write(&path, b"-----BEGIN OPENSSH PRIVATE KEY-----\n").unwrap();
    let foreign = sealed::read(&path, &passphrase("correct horse"));
    assert!(matches!(foreign, Err(SealedError::Foreign(_))));
    let missing = sealed::read(&folder.path().join("none"), &passphrase("x"));
    assert!(matches!(
        missing,
        Err(SealedError::Disk(DiskError::Missing(_)))
    ));
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_what_a_role_keeps() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let path = sealed_file(&folder);
    assert_eq!(mode(&path), 0o600);
    sealed::replace(&path, b"another", &passphrase("correct horse")).unwrap();
    assert_eq!(mode(&path), 0o600);
    let memory = folder.path().join("memory");
    disk::replace(&memory, b"one").unwrap();
    disk::replace(&memory, b"two").unwrap();
    assert_eq!(mode(&memory), 0o600);
    let public = folder.path().join("checkpoint");
    disk::replace_public(&public, b"one").unwrap();
    assert_eq!(mode(&public) & 0o600, 0o600);
}

#[test]
fn a_key_file_is_never_overwritten_and_no_draft_stays_behind() {
    let folder = TempDir::new().unwrap();
    let path = sealed_file(&folder);
    let before = fs::read(&path).unwrap();
    let again = sealed::write_new(&path, b"another secret", &passphrase("correct horse"));
    assert!(matches!(
        again,
        Err(SealedError::Disk(DiskError::Exists(_)))
    ));
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_is_longer_than_it_can_be_is_not_read() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("long");
    fs::write(&path, [0; 11]).unwrap();
    assert!(disk::read(&path, 11).is_ok());
    assert!(matches!(
        disk::read(&path, 10),
        Err(DiskError::TooLong { limit: 10, .. })
    ));
}

#[test]
fn a_folder_is_held_by_one_command_at_a_time() {
    let folder = TempDir::new().unwrap();
    let held = Folder::open(folder.path()).unwrap();
    assert!(matches!(
        Folder::open(folder.path()),
        Err(FolderError::Busy(_))
    ));
    drop(held);
    assert!(Folder::open(folder.path()).is_ok());
}

#[test]
fn a_folder_remembers_its_connection_and_what_was_sent() {
    let folder = TempDir::new().unwrap();
    let folder = Folder::open(folder.path()).unwrap();
    let begin = "urne trustee enrol SERVER";
    let empty = folder.connection("a trustee", begin).unwrap_err();
    assert!(empty.to_string().contains(begin), "{empty}");
    let connection = Connection {
        server: "http://127.0.0.1:1".into(),
        token: "word".into(),
        draft: None,
        number: Some(2),
        election: None,
    };
    folder.keep_connection(&connection).unwrap();
    assert_eq!(folder.connection("a trustee", begin).unwrap(), connection);
    assert_eq!(folder.sent("deal").unwrap(), None);
    folder.keep_sent("deal", b"an entry").unwrap();
    assert_eq!(folder.sent("deal").unwrap().unwrap(), b"an entry");
    folder.forget_sent("deal").unwrap();
    assert_eq!(folder.sent("deal").unwrap(), None);
}
