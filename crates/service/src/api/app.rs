//! What handlers share: the hall with its rooms, the desk, the gate, and a few settings.

use core::time::Duration;
use std::sync::{Arc, OnceLock};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::sync::{MutexGuard, OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::task::JoinHandle;
use urne_client::http::ElectionStatus;
use urne_election::phase::Phase;

use super::limits::Gate;
use super::path::PathText;
use super::problem::ApiError;
use crate::clock::Clock;
use crate::config::{Config, PublicUrl};
use crate::data_folder::{DataFolder, FolderError};
use crate::desk::{Desk, DeskError, TokenHash};
use crate::hall::{Hall, OpenError};
use crate::mail::post::Post;
use crate::office::{self, Office};
use crate::pages::Facts;
use crate::room::Room;
use crate::settings::Settings;
use crate::store::{SqliteStore, StoreError};
use crate::voters::Voters;

/// What handlers share; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    config: Config,
    office: Arc<Office>,
    gate: Gate,
    /// parcels are large: a few at a time
    parcels: Semaphore,
    /// so are archives of whole records
    archives: Arc<Semaphore>,
    metrics: PrometheusHandle,
    _upkeep: Upkeep,
}

/// Folds what was measured into the histograms, so that it does not pile up where nobody reads the metrics. Ends with the app.
struct Upkeep(JoinHandle<()>);

/// How often that is done.
const UPKEEP: Duration = Duration::from_secs(5);

impl Upkeep {
    fn start(metrics: PrometheusHandle) -> Upkeep {
        Upkeep(tokio::spawn(async move {
            loop {
                tokio::time::sleep(UPKEEP).await;
                metrics.run_upkeep();
            }
        }))
    }
}

impl Drop for Upkeep {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Archives under way at a time; whoever comes later is asked to try again.
const ARCHIVES_AT_ONCE: usize = 4;
/// Parcels in memory at a time.
const PARCELS_AT_ONCE: usize = 3;

/// Why the server's data cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The boards.
    #[error(transparent)]
    Boards(#[from] OpenError),
    /// The desk.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// The way out for mails.
    #[error("mails cannot leave as configured: {0}")]
    Mail(String),
    /// Somebody else counts in this process.
    #[error("metrics cannot be kept: {0}")]
    Metrics(String),
}

impl App {
    /// Opens the data folder, reads every board again, and clears the desk of what elections no longer need.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open(
        config: Config,
        public_url: PublicUrl,
        clock: Arc<dyn Clock>,
    ) -> Result<App, StartError> {
        let metrics = recorder()?;
        let folder = DataFolder::open(&config.data)?;
        let store = SqliteStore::open(&folder.database()).await?;
        let settings = settings(&config, &public_url);
        let hall = Hall::open(folder, Arc::new(store.clone()), settings, clock).await?;
        let mail = config.mail.clone().map(|mail| {
            let post = Post::new(&mail).map_err(StartError::Mail)?;
            Ok::<_, StartError>((mail, post))
        });
        let opening = office::Opening {
            hall,
            store,
            public_url,
            mail: mail.transpose()?,
        };
        let app = App(Arc::new(Inner {
            office: Office::open(opening).await,
            gate: Gate::new(&config.limits, config.trusted_proxies.clone()),
            parcels: Semaphore::new(PARCELS_AT_ONCE),
            archives: Arc::new(Semaphore::new(ARCHIVES_AT_ONCE)),
            config,
            _upkeep: Upkeep::start(metrics.clone()),
            metrics,
        }));
        for room in app.office().rooms() {
            app.office().clear_desk(&room).await?;
        }
        Ok(app)
    }

    /// Settles and publishes what is under way, and lets go of the data.
    pub async fn close(&self) {
        self.0.office.close().await;
    }

    pub(crate) fn office(&self) -> &Office {
        &self.0.office
    }

    pub(crate) fn hall(&self) -> &Hall {
        &self.0.office.hall
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.0.office.desk
    }

    pub(crate) fn voters(&self) -> &Voters {
        &self.0.office.voters
    }

    pub(crate) fn gate(&self) -> Gate {
        self.0.gate.clone()
    }

    pub(crate) fn operator(&self) -> Option<&TokenHash> {
        self.0.config.operator.as_ref()
    }

    pub(crate) fn body_timeout(&self) -> Duration {
        Duration::from_millis(self.0.config.limits.body_timeout_ms)
    }

    pub(crate) fn public_url(&self) -> &PublicUrl {
        &self.0.office.public_url
    }

    pub(crate) fn metrics(&self) -> String {
        self.0.metrics.run_upkeep();
        self.0.metrics.render()
    }

    /// Whether the server can reach a witness of this name.
    pub(crate) fn knows_witness(&self, name: &str) -> bool {
        self.0.office.hall.settings().witnesses.contains_key(name)
    }

    /// Nobody else changes drafts, seats or parcels, or founds, while this is held.
    pub(crate) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.0.office.turn().await
    }

    /// A place in memory for a parcel; nothing only if places were closed, which nobody does.
    pub(crate) async fn parcel_place(&self) -> Option<SemaphorePermit<'_>> {
        self.0.parcels.acquire().await.ok()
    }

    /// A place for an archive that is sent, if one is free.
    pub(crate) fn archive_place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0.archives).try_acquire_owned().ok()
    }

    /// The room of the election that a path names first.
    pub(crate) fn room<const N: usize>(&self, path: &PathText<N>) -> Result<Arc<Room>, ApiError> {
        let room = path.hash(0).and_then(|id| self.0.office.hall.room(&id));
        room.ok_or(ApiError::NotFound("there is no election of this id here"))
    }

    /// The id of the election founded with this nonce, whether it runs or not.
    pub(crate) async fn founded(&self, nonce: &[u8; 32]) -> Result<Option<[u8; 32]>, StoreError> {
        self.0.office.founded(nonce).await
    }

    /// All elections, those that open last first.
    pub(crate) fn statuses(&self) -> Vec<ElectionStatus> {
        let mut all: Vec<_> = self
            .office()
            .rooms()
            .iter()
            .map(|room| room.status())
            .collect();
        all.sort_by_key(|status| core::cmp::Reverse(status.opens));
        all
    }

    /// What a page says about an election.
    pub(crate) async fn facts(&self, path: &PathText<1>) -> Result<Facts, ApiError> {
        let room = self.room(path)?;
        let (manifest, result) = room.with_election(|election| {
            let result = match election.phase() {
                Phase::Sealing(phase) if !phase.awaits_result() => phase.tally().cloned(),
                _ => None,
            };
            (election.manifest().clone(), result)
        });
        let checkpoint = room.board_file(urne_board::record::CHECKPOINT_PATH).await?;
        Ok(Facts {
            status: room.status(),
            manifest,
            result,
            checkpoint: checkpoint.map(|file| String::from_utf8_lossy(&file.bytes).into_owned()),
        })
    }
}

/// What the operator decided, as the boards need it.
fn settings(config: &Config, public_url: &PublicUrl) -> Settings {
    let mut settings = Settings::new(public_url.host());
    if let Some(name) = &config.name {
        settings.server_name.clone_from(name);
    }
    settings.interval_s = config.interval_s;
    settings.batch_ms = config.batch_ms;
    settings.publication_ms = config.publication_ms;
    settings.pending_ballots = config.limits.queue;
    let witnesses = config.witnesses.iter();
    settings.witnesses = witnesses
        .map(|witness| (witness.name.clone(), witness.url.clone()))
        .collect();
    settings
}

/// The counters of this process, shared by all servers in it.
fn recorder() -> Result<PrometheusHandle, StartError> {
    static HANDLE: OnceLock<Result<PrometheusHandle, String>> = OnceLock::new();
    let install = || {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        let installed = metrics::set_global_recorder(recorder);
        installed
            .map(|()| handle)
            .map_err(|error| error.to_string())
    };
    HANDLE
        .get_or_init(install)
        .clone()
        .map_err(StartError::Metrics)
}
