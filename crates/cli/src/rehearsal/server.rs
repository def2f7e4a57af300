//! The board's keeper and its witnesses, in memory.

use rand::rngs::StdRng;
use urne_board::checkpoint::{Checkpoint, SignedCheckpoint};
use urne_board::cosignature::cosign;
use urne_board::note::KeyName;
use urne_board::proof::TlogProof;
use urne_board::record::{RecordError, RecordFiles};
use urne_client::replica::Replica;
use urne_crypto::signature::{SigningKey, public_key};
use urne_election::manifest::Party;
use urne_election::phase::{Applied, FoundationError, Void};
use urne_election::receipt::Receipt;

/// Somebody who cosigns checkpoints.
pub struct Witness {
    /// as in the manifest
    pub name: String,
    /// its key
    pub key: SigningKey,
}

impl Witness {
    /// The witness as the manifest names it.
    pub fn party(&self) -> Party {
        Party {
            name: self.name.clone(),
            key: public_key(&self.key),
        }
    }
}

/// The keys a server holds before the manifest exists.
pub struct ServerKeys {
    /// signs checkpoints
    pub log: SigningKey,
    /// signs receipts and refusals
    pub receipts: SigningKey,
    /// play along on this machine
    pub witnesses: Vec<Witness>,
}

impl ServerKeys {
    /// Fresh keys, and this many witnesses.
    pub fn generate(witnesses: u32, rng: &mut StdRng) -> ServerKeys {
        ServerKeys {
            log: SigningKey::generate(rng),
            receipts: SigningKey::generate(rng),
            witnesses: (1..=witnesses)
                .map(|number| Witness {
                    name: format!("witness-{number}.example"),
                    key: SigningKey::generate(rng),
                })
                .collect(),
        }
    }
}

const CONSISTENT: &str =
    "invariant: names and sizes come from a checked manifest and this very log";

/// Admits entries, publishes checkpoints, hands out receipts.
pub struct Server {
    keys: ServerKeys,
    replica: Replica,
    kept: Vec<SignedCheckpoint>,
    /// seconds since 1970, for the witnesses' timestamps
    clock: u64,
}

impl Server {
    /// A board that starts with a manifest.
    ///
    /// # Errors
    /// [`FoundationError`].
    pub fn start(
        keys: ServerKeys,
        manifest: Vec<u8>,
        clock: u64,
    ) -> Result<Server, FoundationError> {
        Ok(Server {
            replica: Replica::start(manifest)?,
            kept: Vec::new(),
            keys,
            clock,
        })
    }

    /// The board.
    pub fn replica(&self) -> &Replica {
        &self.replica
    }

    /// Appends an entry if it may stand.
    ///
    /// # Errors
    /// [`Void`].
    pub fn admit(&mut self, entry: Vec<u8>) -> Result<Applied, Void> {
        self.clock += 1;
        self.replica.admit(entry)
    }

    /// Appends an entry whether it may stand or not: a server that does not do its duty.
    pub fn force(&mut self, entry: Vec<u8>) {
        self.clock += 1;
        self.replica.replay(entry);
    }

    /// Appends an entry whose surroundings the record must keep: a checkpoint just before it and one just after.
    ///
    /// # Errors
    /// [`Void`].
    pub fn admit_between_checkpoints(&mut self, entry: Vec<u8>) -> Result<Applied, Void> {
        let before = self.checkpoint();
        let applied = self.admit(entry)?;
        // Where nobody voted, the checkpoint after the opening is the one before the closing.
        let known = self.kept.last().map(|kept| kept.checkpoint().size());
        if known != Some(before.checkpoint().size()) {
            self.kept.push(before);
        }
        self.kept.push(self.checkpoint());
        Ok(applied)
    }

    /// A signed and cosigned checkpoint of the board as it is now.
    pub fn checkpoint(&self) -> SignedCheckpoint {
        let origin = KeyName::new(&self.replica.manifest().log.origin).expect(CONSISTENT);
        let tree = self.replica.tree();
        let stated = Checkpoint::new(origin, tree.size(), tree.root()).expect(CONSISTENT);
        let mut signed = stated.clone().sign(&self.keys.log).expect(CONSISTENT);
        for witness in &self.keys.witnesses {
            let name = KeyName::new(&witness.name).expect(CONSISTENT);
            let line = cosign(&stated, &name, &witness.key, self.clock).expect(CONSISTENT);
            signed.add_cosignature(line).expect(CONSISTENT);
        }
        signed
    }

    /// The checkpoint kept just after the last entry that asked for it: after the closing, that of the closed log.
    pub fn closed_checkpoint(&self) -> Option<&SignedCheckpoint> {
        self.kept.last()
    }

    /// The receipt of the ballot just accepted.
    pub fn receipt(&self, entry: Vec<u8>, tracker: [u8; 32]) -> Receipt {
        let size = self.replica.tree().size();
        let index = size - 1;
        let proof = TlogProof::prove(self.replica.tree(), index, self.checkpoint());
        let proof = proof.expect(CONSISTENT).to_string();
        let election = *self.replica.election().id();
        Receipt::sign(
            &self.keys.receipts,
            election,
            entry,
            tracker,
            index,
            (size, proof),
        )
    }

    /// The public record, file by file.
    ///
    /// # Errors
    /// [`RecordError`] when `emit` fails.
    pub fn write_record<E: core::fmt::Display>(
        &self,
        emit: impl FnMut(&str, &[u8]) -> Result<(), E>,
    ) -> Result<(), RecordError> {
        let latest = self.checkpoint();
        RecordFiles::new(latest, self.kept.clone())?.write(self.replica.entries(), emit)
    }

    /// The keys, for those who play a dishonest server.
    pub fn keys(&self) -> &ServerKeys {
        &self.keys
    }
}
