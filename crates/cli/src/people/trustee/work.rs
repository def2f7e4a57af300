//! A trustee at work: folder, key and memory opened, the board followed.

use serde_json::json;
use urne_client::replica::Replica;
use urne_client::trustee::{StepError, Trustee, TrusteeKeys, TrusteeMemory};
use urne_crypto::signature::public_key;

use super::super::context::{Context, election, keep_election, server};
use super::super::stage::Stage;
use super::{BEGIN, LARGEST_MEMORY, MEMORY, Told, read_keys};
use crate::failure::{Failure, Outcome};
use crate::files::disk;
use crate::files::folder::{Connection, Folder};
use crate::wire::board::Board;

/// A trustee at work on a founded election.
pub(super) struct Work<'c> {
    pub(super) context: &'c Context,
    pub(super) folder: Folder,
    pub(super) connection: Connection,
    pub(super) id: [u8; 32],
}

impl<'c> Work<'c> {
    pub(super) fn begin(context: &'c Context, told: Told) -> Outcome<Work<'c>> {
        let folder = context.open_folder()?;
        let connection = folder.connection("a trustee", BEGIN)?;
        let id = election(&connection, told.election)?;
        Ok(Work {
            context,
            folder,
            connection,
            id,
        })
    }

    pub(super) fn board(&self) -> Outcome<Board> {
        Ok(Board::of(&self.connection.server, &self.id)?)
    }

    pub(super) fn follow(&self) -> Outcome<Replica> {
        Ok(self.board()?.follow(Some(&self.id))?)
    }

    pub(super) fn keys(&self) -> Outcome<TrusteeKeys> {
        read_keys(self.context, &self.folder)
    }

    /// Sends an entry that is on the disk already.
    pub(super) fn send(&self, replica: &Replica, entry: &[u8]) -> Outcome<u64> {
        if let Some(index) = (0..)
            .zip(replica.entries())
            .find(|(_, other)| *other == entry)
        {
            return Ok(index.0);
        }
        Ok(server(&self.connection)?.append(&self.id, entry)?.index)
    }

    /// The trustee on the followed board; only now is the election id kept in the folder.
    pub(super) fn seated<'k>(
        &self,
        keys: &'k TrusteeKeys,
        replica: &Replica,
    ) -> Outcome<Trustee<'k>> {
        let trustee = Trustee::find(keys, replica).ok_or_else(|| {
            Failure::new("the key in this folder is not among the trustees of this election: is it the right folder, and the right election?")
        })?;
        keep_election(&self.folder, &self.connection, &self.id)?;
        Ok(trustee)
    }

    pub(super) fn memory(&self, keys: &TrusteeKeys) -> Outcome<Option<TrusteeMemory>> {
        let bytes = disk::read_if_there(&self.folder.file(MEMORY), LARGEST_MEMORY)?;
        let key = public_key(keys.signing());
        match bytes {
            Some(bytes) => Ok(Some(TrusteeMemory::decode(&bytes, &key).map_err(|error| {
                Failure::new(format!("{MEMORY}: {error}; put back the unharmed file, or move it away and state that it is lost"))
            })?)),
            None => Ok(None),
        }
    }

    pub(super) fn keep_memory(&self, keys: &TrusteeKeys, memory: &TrusteeMemory) -> Outcome {
        let bytes = memory.to_bytes(&public_key(keys.signing()));
        Ok(disk::replace(&self.folder.file(MEMORY), &bytes)?)
    }
}

/// A refusal of the tool, with where the election stands.
pub(super) fn explained(error: StepError, replica: &Replica) -> Failure {
    match error {
        StepError::WrongPhase => {
            let stage = Stage::of(replica);
            Failure::not_yet(format!(
                "not now: the election is {}; it awaits {}",
                stage.phase, stage.awaits
            ))
        }
        StepError::QuorumMissing => Failure::not_yet(format!(
            "not yet: {error}. It awaits {}; then run this again",
            Stage::of(replica).awaits
        )),
        StepError::NotSealed => Failure::new(format!("{error}: first `urne trustee seal`")),
        StepError::SealedAnother => Failure::new(format!(
            "{error}. Do not seal or decrypt. Keep this folder, copy both boards with `urne mirror`, and tell the other trustees and the public"
        )),
        StepError::DealtBefore => Failure::new(format!(
            "{error}: ask the organizer for a new seat token, enrol in a new folder"
        )),
        other => other.into(),
    }
}

pub(super) fn done(context: &Context, step: &str, index: u64, next: &str) {
    context.tell(
        &format!("Your {step} stands on the board (entry {index}).\nNext: {next}"),
        &json!({ "step": step, "index": index }),
    );
}
