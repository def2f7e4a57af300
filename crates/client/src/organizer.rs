//! The organizer: writes the manifest, opens, extends and closes, speaks to everybody.

use urne_crypto::signature::SigningKey;
use urne_election::entry::{BoothFile, Close, Entry, Extension, Notice, sign_payload};
use urne_election::json::from_base64url;
use urne_election::manifest::{Manifest, Text};
use urne_election::phase::{Election, FoundationError, Past as _, Phase};

use crate::http::ListedFile;
pub use crate::memory::OrganizerMemory;
use crate::replica::Replica;

/// The organizer's key, with the memory of what it has opened and closed.
pub struct Organizer {
    key: SigningKey,
    memory: OrganizerMemory,
}

/// Why the organizer's tool does not sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrganizerError {
    /// The board is not in the phase this step belongs to.
    #[error("the election is not at this step")]
    WrongPhase,
    /// The board would refuse an opening: a trustee's drill or the roll is missing, or its weights would expose voters.
    #[error("the board is not ready for the opening")]
    NotReady,
    /// An extension is to a later hour.
    #[error("this is not later than the closing hour announced until now")]
    NotLater,
    /// Another opening or closing of this election was signed before: two would make two boards possible.
    #[error("this key already signed another {0} of this election")]
    SignedAnother(&'static str),
}

/// Why a server's list of the booth's files cannot stand in `open`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoothListError {
    /// A path or hash is none, or the paths do not ascend.
    #[error(
        "the server's list of the booth's files is malformed at {0}: tell whoever runs the server"
    )]
    Malformed(String),
    /// More than an entry can hold.
    #[error("the booth has {0} files, and the opening can name 256")]
    TooMany(usize),
}

/// The files of a booth as `open` names them: by their address at the server, `/booth/` before the path.
///
/// # Errors
/// [`BoothListError`].
pub fn booth_files(list: &[ListedFile]) -> Result<Vec<BoothFile>, BoothListError> {
    const MOST: usize = 256;
    if list.len() > MOST {
        return Err(BoothListError::TooMany(list.len()));
    }
    let mut files: Vec<BoothFile> = Vec::with_capacity(list.len());
    for ListedFile { path, sha256, .. } in list {
        let malformed = || BoothListError::Malformed(path.clone());
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte);
        if path.is_empty() || path.len() > 190 || !path.bytes().all(is_plain) {
            return Err(malformed());
        }
        let path = format!("/booth/{path}");
        if files.last().is_some_and(|last| last.path >= path) {
            return Err(malformed());
        }
        let hash = from_base64url(sha256).ok_or_else(malformed)?;
        files.push(BoothFile { path, hash });
    }
    Ok(files)
}

impl Organizer {
    /// An organizer that has signed nothing yet.
    pub fn new(key: SigningKey) -> Organizer {
        Organizer::with_memory(key, OrganizerMemory::default())
    }

    /// An organizer that remembers what it has signed.
    pub fn with_memory(key: SigningKey, memory: OrganizerMemory) -> Organizer {
        Organizer { key, memory }
    }

    /// The public half of its key.
    pub fn public_key(&self) -> [u8; 32] {
        urne_crypto::signature::public_key(&self.key)
    }

    /// What it has signed: to be on disk before an opening or a closing leaves the machine.
    pub fn memory(&self) -> &OrganizerMemory {
        &self.memory
    }

    /// Signs a manifest on which an election can be founded: its template, every rule, the trustees' proofs, and that this key
    /// is the one it names.
    ///
    /// # Errors
    /// [`FoundationError`].
    pub fn manifest(&self, manifest: &Manifest) -> Result<Vec<u8>, FoundationError> {
        let entry = sign_payload(manifest.payload(), &[&self.key]);
        Election::new(&entry)?;
        Ok(entry)
    }

    /// Signs the opening at the board's present position.
    ///
    /// # Errors
    /// [`OrganizerError`].
    pub fn open(
        &mut self,
        replica: &Replica,
        booth: Vec<BoothFile>,
    ) -> Result<Vec<u8>, OrganizerError> {
        let Phase::Preparing(phase) = replica.election().phase() else {
            return Err(OrganizerError::WrongPhase);
        };
        let manifest = replica.manifest();
        let drilled = (1..)
            .take(manifest.trustees.len())
            .all(|trustee| !phase.awaits(trustee));
        if !drilled
            || phase.next_chunk() == 0
            || phase.lines().check_weights(&manifest.weights).is_err()
        {
            return Err(OrganizerError::NotReady);
        }
        let open = Entry::Open(phase.opening(booth, replica.past()));
        let id = *replica.election().id();
        if !OrganizerMemory::may_sign(&mut self.memory.opened, id, &open.payload()) {
            return Err(OrganizerError::SignedAnother("opening"));
        }
        Ok(open.signed(&[&self.key]))
    }

    /// Signs the closing at the board's present position.
    ///
    /// # Errors
    /// [`OrganizerError`].
    pub fn close(&mut self, replica: &Replica) -> Result<Vec<u8>, OrganizerError> {
        let Phase::Voting(_) = replica.election().phase() else {
            return Err(OrganizerError::WrongPhase);
        };
        let id = *replica.election().id();
        let close = Entry::Close(Close {
            election: id,
            size: replica.past().size(),
            root: replica.past().root(),
        });
        if !OrganizerMemory::may_sign(&mut self.memory.closed, id, &close.payload()) {
            return Err(OrganizerError::SignedAnother("closing"));
        }
        Ok(close.signed(&[&self.key]))
    }

    /// Forgets the last opening and closing signed, once their holder has confirmed that they became void.
    pub fn forget_void_position(&mut self) {
        self.memory = OrganizerMemory::default();
    }

    /// Signs a later closing hour, with the reason: one text per language.
    ///
    /// # Errors
    /// [`OrganizerError::WrongPhase`], [`OrganizerError::NotLater`].
    pub fn extend(
        &self,
        replica: &Replica,
        closes: u64,
        reason: Text,
    ) -> Result<Vec<u8>, OrganizerError> {
        let Phase::Voting(phase) = replica.election().phase() else {
            return Err(OrganizerError::WrongPhase);
        };
        if closes <= phase.closes() {
            return Err(OrganizerError::NotLater);
        }
        let extension = Entry::Extension(Extension {
            election: *replica.election().id(),
            closes,
            reason,
        });
        Ok(extension.signed(&[&self.key]))
    }

    /// Signs a notice: one text per language.
    pub fn notice(&self, replica: &Replica, text: Text) -> Vec<u8> {
        let election = *replica.election().id();
        Entry::Notice(Notice { election, text }).signed(&[&self.key])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(path: &str) -> ListedFile {
        ListedFile {
            path: path.to_owned(),
            sha256: "A".repeat(43),
            bytes: 1,
        }
    }

    #[test]
    fn the_booth_stands_in_the_opening_by_its_addresses() {
        let files = booth_files(&[listed("js/vote.js"), listed("vote.html")]).unwrap();
        let paths: Vec<&str> = files.iter().map(|file| &*file.path).collect();
        assert_eq!(paths, ["/booth/js/vote.js", "/booth/vote.html"]);
        assert_eq!(files[0].hash, [0; 32]);
        assert_eq!(booth_files(&[]), Ok(Vec::new()));
    }

    #[test]
    fn a_list_the_board_would_refuse_is_refused_before_signing() {
        let bad = |list: &[ListedFile]| booth_files(list).unwrap_err();
        for list in [
            &[listed("b"), listed("a")][..],
            &[listed("a"), listed("a")],
            &[listed("")],
            &[listed("a\"b")],
            &[listed(&"a".repeat(191))],
            &[ListedFile {
                sha256: "AA".to_owned(),
                ..listed("a")
            }],
        ] {
            assert!(
                matches!(bad(list), BoothListError::Malformed(_)),
                "{list:?}"
            );
        }
        let many: Vec<ListedFile> = (0..257).map(|n| listed(&format!("{n:03}"))).collect();
        assert_eq!(bad(&many), BoothListError::TooMany(257));
    }
}
