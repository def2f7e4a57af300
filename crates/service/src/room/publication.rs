//! What turns a committed state into one that is vouched for.
//!
//! In this order, so that each step may rely on the one before: the state is committed; it is signed; the tripwire holds the
//! signature; witnesses are shown it; the cosigned checkpoint is stored; readers are shown it and answers go out.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, sleep_until};
use urne_board::checkpoint::{Checkpoint, SignedCheckpoint};

use super::receipts::{Vouched, vouched};
use super::sequencer::HaltOnPanic;
use super::shared::{Condition, Shared, Target};
use super::witnesses::{WitnessTrouble, Witnesses};
use crate::store::{Head, StoredCheckpoint};

/// How long after a publication that failed before the next attempt.
const AGAIN: Duration = Duration::from_millis(500);

/// Publishes one board.
pub(super) struct Publication {
    shared: Arc<Shared>,
    target: watch::Receiver<Target>,
    condition: watch::Receiver<Condition>,
    witnesses: Witnesses,
    last: Option<Instant>,
}

/// Why a state is not vouched for yet.
#[derive(Debug, thiserror::Error)]
enum PublicationError {
    #[error("the checkpoint cannot be signed: {0}")]
    Sign(String),
    #[error("the signed checkpoint cannot be remembered in `published`: {0}")]
    Tripwire(String),
    #[error(transparent)]
    Witnesses(#[from] WitnessTrouble),
    #[error("the checkpoint cannot be stored: {0}")]
    Store(String),
}

impl Publication {
    pub(super) fn new(shared: Arc<Shared>, target: watch::Receiver<Target>) -> Publication {
        Publication {
            target,
            condition: shared.condition.subscribe(),
            witnesses: Witnesses::new(&shared),
            last: None,
            shared,
        }
    }

    pub(super) async fn run(mut self) {
        let _guard = HaltOnPanic {
            shared: Arc::clone(&self.shared),
            part: "publication",
        };
        loop {
            if self.shared.is_halted() {
                return;
            }
            let target = *self.target.borrow_and_update();
            if target.head.size <= self.shared.published_size() {
                if !self.wait_for_more().await {
                    return;
                }
                continue;
            }
            self.wait_until_due().await;
            // Nothing was signed or shown while waiting; the newest state is as good as the one that was due.
            let head = self.target.borrow_and_update().head;
            let started = Instant::now();
            match self.publish(head).await {
                Ok(vouched) => {
                    self.last = Some(started);
                    self.shared.set_publication_trouble(None);
                    metrics::histogram!("urne_publication_seconds")
                        .record(started.elapsed().as_secs_f64());
                    self.shared
                        .published
                        .send_modify(|published| published.push(vouched));
                }
                Err(error @ PublicationError::Witnesses(WitnessTrouble::Ahead(_))) => {
                    self.shared.halt(error.to_string());
                }
                Err(error) => {
                    tracing::warn!(%error, "a state of the board is not vouched for yet");
                    metrics::counter!("urne_failed_publications_total").increment(1);
                    self.shared.set_publication_trouble(Some(error.to_string()));
                    if self.shared.ends() {
                        return;
                    }
                    sleep(AGAIN).await;
                }
            }
        }
    }

    /// False when there will be no more.
    async fn wait_for_more(&mut self) -> bool {
        tokio::select! {
            // The sequencer is gone and all is published.
            changed = self.target.changed() => changed.is_ok(),
            // A halt is looked at by the caller.
            _ = self.condition.changed() => true,
        }
    }

    /// Ballots wait for each other; anything else goes out at once.
    async fn wait_until_due(&mut self) {
        let manifest = &self.shared.constants.manifest;
        let period_ms = self
            .shared
            .settings
            .publication_ms
            .min(u64::from(manifest.log.interval) * 1000);
        let Some(last) = self.last else {
            return;
        };
        let due = last + Duration::from_millis(period_ms);
        loop {
            let urgent = self.target.borrow_and_update().urgent;
            if urgent > self.shared.published_size() || self.shared.ends() {
                return;
            }
            tokio::select! {
                () = sleep_until(due) => return,
                changed = self.target.changed() => if changed.is_err() { return },
                _ = self.condition.changed() => {}
            }
        }
    }

    async fn publish(&mut self, head: Head) -> Result<Vouched, PublicationError> {
        let signed = self.sign(head)?;
        self.remember(signed.clone()).await?;
        // A crash here leaves a signature that nobody has seen, and a tripwire that goes with the database.
        let cosigned = self.witnesses.cosign(&self.shared, signed).await?;
        // A crash here leaves witnesses that know a state the database has: they cosign it again, or a later one.
        let stored = self.store(cosigned).await?;
        // A crash here leaves a stored checkpoint that nobody has seen: it is shown after the next start.
        Ok(stored)
    }

    fn sign(&self, head: Head) -> Result<SignedCheckpoint, PublicationError> {
        let origin = self.shared.policy.log().name().clone();
        Checkpoint::new(origin, head.size, head.root)
            .and_then(|stated| stated.sign(&self.shared.keys.log))
            .map_err(|error| PublicationError::Sign(error.to_string()))
    }

    async fn remember(&self, signed: SignedCheckpoint) -> Result<(), PublicationError> {
        let (tripwires, id) = (self.shared.tripwires.clone(), self.shared.constants.id);
        spawn_blocking(move || tripwires.write(&id, &signed))
            .await
            .map_err(|error| PublicationError::Tripwire(error.to_string()))?
            .map_err(|error| PublicationError::Tripwire(error.to_string()))
    }

    /// Stores a checkpoint. Where one of its size is stored already (the write before was reported lost but was kept), that
    /// one counts: there is one checkpoint of each size.
    async fn store(&self, cosigned: SignedCheckpoint) -> Result<Vouched, PublicationError> {
        let shared = &self.shared;
        let size = cosigned.checkpoint().size();
        let checkpoint = StoredCheckpoint {
            size,
            text: cosigned.to_string(),
        };
        let fault = |error: crate::store::StoreError| PublicationError::Store(error.to_string());
        let outcome = shared.store.keep(shared.log, checkpoint).await;
        let kept = shared
            .store
            .for_writers()
            .checkpoint_from(shared.log, size)
            .await
            .map_err(fault)?;
        match kept {
            Some(kept) if kept.size == size => vouched(kept).map_err(fault),
            _ => {
                outcome.map_err(fault)?;
                Err(PublicationError::Store(
                    "it is not there after it was written".into(),
                ))
            }
        }
    }
}
