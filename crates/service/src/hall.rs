//! All elections of a server.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{Mutex, Semaphore};
use urne_board::tree::leaf_hash;
use urne_client::http::{LogKey, NamedKey};
use urne_client::replica::policy;
use urne_crypto::hash::fingerprint;
use urne_crypto::signature::{SigningKey, public_key};
use urne_election::json::base64url;
use urne_election::manifest::Manifest;
use urne_election::phase::FoundationError;

use crate::clock::Clock;
use crate::data_folder::DataFolder;
use crate::recovery::{RecoveryError, recover};
use crate::room::state::State;
use crate::room::{Opening, Room, Shared, vouched};
use crate::secret::{ElectionKeys, Secret};
use crate::settings::Settings;
use crate::store::{Head, Leaf, LogId, LogRow, Store, StoreError};
use crate::tripwire::TripwireError;

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was published does not go with the database.
    #[error(transparent)]
    Tripwire(#[from] TripwireError),
    /// A board that cannot be taken up again.
    #[error("election {election}: {cause}")]
    Recovery {
        /// election id
        election: String,
        /// why
        cause: RecoveryError,
    },
    /// The secret is not the one the elections were founded with.
    #[error(
        "the secret is not the one election {0} was founded with: put the right `secret` back from a backup"
    )]
    OtherSecret(String),
    /// A setting that no manifest could carry.
    #[error("{0}")]
    Setting(String),
}

/// Why an election is not founded.
#[derive(Debug, thiserror::Error)]
pub enum FoundError {
    /// Entry 0 does not hold.
    #[error(transparent)]
    Foundation(#[from] FoundationError),
    /// The manifest is not for this server's log.
    #[error("the manifest does not carry what this server offered for it: {0}")]
    OtherOffer(&'static str),
    /// A witness nobody told the server how to reach.
    #[error(
        "this server cannot reach enough of the manifest's witnesses: its configuration has no address for {0}"
    )]
    UnknownWitness(String),
    /// Another election was founded on the same draft.
    #[error("another manifest was founded with this nonce before")]
    AlreadyFounded,
    /// It was founded before, and its operator gave it up when its history was lost.
    #[error(
        "an election on this draft was given up after a loss of data: its log must not begin again. Open a new draft"
    )]
    GivenUp,
    /// No room.
    #[error("the disk is full: nothing was founded")]
    StorageFull,
    /// Cannot say now.
    #[error("the server cannot found elections at the moment: send the same manifest again")]
    Unavailable,
}

/// What a server offers to an election that has no manifest yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// who signs receipts
    pub server: NamedKey,
    /// the log that awaits the manifest
    pub log: LogKey,
}

/// All elections of a server.
pub struct Hall {
    folder: DataFolder,
    store: Arc<dyn Store>,
    settings: Arc<Settings>,
    clock: Arc<dyn Clock>,
    checkers: Arc<Semaphore>,
    rooms: RwLock<HashMap<[u8; 32], Arc<Room>>>,
    /// one founding at a time; false once the server ends
    founding: Mutex<bool>,
}

impl Hall {
    /// Opens every election of a data folder: reads it, judges it again, compares it with what was published.
    ///
    /// # Errors
    /// [`OpenError`]: the server must not run.
    pub async fn open(
        folder: DataFolder,
        store: Arc<dyn Store>,
        settings: Settings,
        clock: Arc<dyn Clock>,
    ) -> Result<Hall, OpenError> {
        check_settings(&settings)?;
        let hall = Hall {
            folder,
            store,
            checkers: Arc::new(Semaphore::new(settings.checkers)),
            settings: Arc::new(settings),
            clock,
            rooms: RwLock::default(),
            founding: Mutex::new(true),
        };
        let logs = hall.store.logs().await?;
        let known: Vec<[u8; 32]> = logs.iter().map(|row| row.election).collect();
        hall.folder.tripwires().check_all_known(&known)?;
        // All are read before the first is served: a server that must not run signs nothing.
        let mut openings = Vec::new();
        for row in logs {
            if hall.folder.tripwires().is_abandoned(&row.election) {
                tracing::warn!(election = base64url(&row.election), "given up: not opened");
                continue;
            }
            openings.push(hall.recover(row).await?);
        }
        for opening in openings {
            hall.admit(opening);
        }
        Ok(hall)
    }

    async fn recover(&self, row: LogRow) -> Result<Opening, OpenError> {
        let election = base64url(&row.election);
        let (id, nonce, log) = (row.election, row.nonce, row.id);
        let state = recover(Arc::clone(&self.store), row)
            .await
            .map_err(|cause| OpenError::Recovery {
                election: election.clone(),
                cause,
            })?;
        let keys = self.folder.secret().keys(&nonce);
        let manifest = state.election().manifest();
        if !are_keys_of(&keys, manifest) || manifest.nonce != nonce {
            return Err(OpenError::OtherSecret(election));
        }
        let policy = policy(manifest);
        let latest = self.store.latest_checkpoint(log).await?;
        self.folder
            .tripwires()
            .check(&id, policy.log(), state.tree(), latest.is_some())?;
        let latest = latest.map(vouched).transpose()?;
        Ok(Opening {
            log,
            latest: latest.map(|vouched| vouched.checkpoint().clone()),
            state,
            policy,
            keys,
        })
    }

    fn admit(&self, opening: Opening) -> Arc<Room> {
        let shared = Arc::new(Shared::new(
            opening,
            Arc::clone(&self.settings),
            Arc::clone(&self.clock),
            Arc::clone(&self.store),
            self.folder.tripwires().clone(),
        ));
        let room = Room::open(shared, Arc::clone(&self.checkers));
        let mut rooms = self.rooms.write().unwrap_or_else(PoisonError::into_inner);
        rooms.insert(*room.id(), Arc::clone(&room));
        room
    }

    /// What this server offers to the election whose manifest will have this nonce.
    pub fn offer(&self, nonce: &[u8; 32]) -> Offer {
        let keys = self.folder.secret().keys(nonce);
        Offer {
            server: NamedKey {
                name: self.settings.server_name.clone(),
                key: base64url(&public_key(&keys.receipts)),
            },
            log: LogKey {
                origin: origin(&self.settings.host, nonce),
                key: base64url(&public_key(&keys.log)),
                interval: self.settings.interval_s,
            },
        }
    }

    /// What the server derives all its keys from.
    pub(crate) fn secret(&self) -> &Secret {
        self.folder.secret()
    }

    /// The server's own key as an issuer of the election whose manifest will have this nonce.
    pub(crate) fn issuer_key(&self, nonce: &[u8; 32]) -> SigningKey {
        self.folder.secret().keys(nonce).issuer
    }

    /// Founds an election on the manifest entry made for this nonce. The same bytes again get the same answer.
    ///
    /// # Errors
    /// [`FoundError`].
    pub async fn found(&self, nonce: &[u8; 32], manifest: Vec<u8>) -> Result<[u8; 32], FoundError> {
        let leaf = leaf_hash(&manifest);
        let state = State::found(&manifest, leaf)?;
        let keys = self.folder.secret().keys(nonce);
        self.check_offer(state.election().manifest(), nonce, &keys)?;
        let id = fingerprint(&manifest);
        let running = self.founding.lock().await;
        if !*running {
            return Err(FoundError::Unavailable);
        }
        if self.room(&id).is_some() {
            return Ok(id);
        }
        // People have seen its log: signed with the same keys again, it would have two histories.
        match self.folder.tripwires().is_given_up(&id, &log_path(nonce)) {
            Ok(false) => {}
            Ok(true) => return Err(FoundError::GivenUp),
            Err(error) => {
                tracing::error!(%error, "whether an election was given up cannot be found out");
                return Err(FoundError::Unavailable);
            }
        }
        let bytes = Leaf {
            hash: leaf,
            bytes: manifest,
        };
        let log = match self.store.create(id, *nonce, bytes).await {
            Ok(log) => log,
            Err(error) => self.find_out(error, &id, nonce, state.head()).await?,
        };
        let policy = policy(state.election().manifest());
        self.admit(Opening {
            log,
            state,
            latest: None,
            policy,
            keys,
        });
        metrics::counter!("urne_elections_total").increment(1);
        Ok(id)
    }

    /// A write that failed was lost, or kept though reported lost; or the nonce was taken before.
    async fn find_out(
        &self,
        error: StoreError,
        id: &[u8; 32],
        nonce: &[u8; 32],
        founded: Head,
    ) -> Result<LogId, FoundError> {
        let logs = self
            .store
            .logs()
            .await
            .map_err(|_| FoundError::Unavailable)?;
        if let Some(kept) = logs.iter().find(|row| row.election == *id) {
            // Where there is more than the manifest, it was not written now, and would have to be read first.
            return if kept.head == founded {
                Ok(kept.id)
            } else {
                Err(FoundError::AlreadyFounded)
            };
        }
        if logs.iter().any(|row| row.nonce == *nonce) {
            return Err(FoundError::AlreadyFounded);
        }
        Err(match error {
            StoreError::Full => FoundError::StorageFull,
            _ => FoundError::Unavailable,
        })
    }

    fn check_offer(
        &self,
        manifest: &Manifest,
        nonce: &[u8; 32],
        keys: &ElectionKeys,
    ) -> Result<(), FoundError> {
        if manifest.nonce != *nonce {
            return Err(FoundError::OtherOffer("the nonce"));
        }
        if !are_keys_of(keys, manifest) {
            return Err(FoundError::OtherOffer("the log's key and the server's key"));
        }
        if manifest.server.name != self.settings.server_name {
            return Err(FoundError::OtherOffer("the server's name"));
        }
        if manifest.log.origin != origin(&self.settings.host, nonce) {
            return Err(FoundError::OtherOffer("the log's origin"));
        }
        if manifest.log.interval != self.settings.interval_s {
            return Err(FoundError::OtherOffer("the publication interval"));
        }
        let unknown: Vec<&str> = manifest
            .witnesses
            .list
            .iter()
            .map(|witness| witness.name.as_str())
            .filter(|name| !self.settings.witnesses.contains_key(*name))
            .collect();
        let known = manifest.witnesses.list.len() - unknown.len();
        if known < manifest.witnesses.quorum as usize {
            return Err(FoundError::UnknownWitness(unknown.join(", ")));
        }
        Ok(())
    }

    /// A live election.
    pub fn room(&self, id: &[u8; 32]) -> Option<Arc<Room>> {
        let rooms = self.rooms.read().unwrap_or_else(PoisonError::into_inner);
        rooms.get(id).cloned()
    }

    /// All live elections, in ascending order of their ids.
    pub fn ids(&self) -> Vec<[u8; 32]> {
        let rooms = self.rooms.read().unwrap_or_else(PoisonError::into_inner);
        let mut ids: Vec<[u8; 32]> = rooms.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// What keeps elections from working, by election id in base64url; empty when all is well.
    pub fn troubles(&self) -> BTreeMap<String, String> {
        let rooms = self.rooms.read().unwrap_or_else(PoisonError::into_inner);
        rooms
            .iter()
            .filter_map(|(id, room)| Some((base64url(id), room.trouble()?)))
            .collect()
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What time it is for this server.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Takes nothing more, settles what is under way in every election, publishes it, and ends. What is not settled was not
    /// answered.
    pub async fn shutdown(&self) {
        *self.founding.lock().await = false;
        let rooms: Vec<Arc<Room>> = {
            let rooms = self.rooms.read().unwrap_or_else(PoisonError::into_inner);
            rooms.values().cloned().collect()
        };
        for room in &rooms {
            room.stop();
        }
        for room in rooms {
            room.shutdown().await;
        }
    }
}

/// The origin of the log for the manifest with this nonce.
fn origin(host: &str, nonce: &[u8; 32]) -> String {
    format!("{host}{}", log_path(nonce))
}

/// The end of that origin, under whatever host it was founded.
fn log_path(nonce: &[u8; 32]) -> String {
    format!("/urne/{}", base64url(nonce))
}

/// Whether these are the keys a manifest names.
pub(crate) fn are_keys_of(keys: &ElectionKeys, manifest: &Manifest) -> bool {
    public_key(&keys.log) == manifest.log.key && public_key(&keys.receipts) == manifest.server.key
}

fn check_settings(settings: &Settings) -> Result<(), OpenError> {
    let wrong = |what: &str| Err(OpenError::Setting(what.to_owned()));
    // 200 bytes of origin, less "/urne/" and 43 characters of nonce.
    let host_fits = (1..=150).contains(&settings.host.len())
        && settings
            .host
            .bytes()
            .all(|byte| (0x21..=0x7e).contains(&byte) && byte != b'+');
    if !host_fits {
        return wrong("the server's host must have 1 to 150 visible ASCII characters without +");
    }
    if !(1..=200).contains(&settings.server_name.len()) {
        return wrong("the server's name must have 1 to 200 bytes");
    }
    if !(1..=86_400).contains(&settings.interval_s) {
        return wrong("the publication interval must be 1 to 86,400 seconds");
    }
    let positive = [
        settings.largest_batch,
        settings.pending_ballots,
        settings.pending_entries,
        settings.checkers,
    ];
    if positive.contains(&0) {
        return wrong("batches, queues and checkers must be at least 1");
    }
    Ok(())
}
