//! What the parts of a room share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync::watch;
use urne_board::checkpoint::SignedCheckpoint;
use urne_board::policy::Policy;
use urne_crypto::hash::fingerprint;
use urne_crypto::signature::public_key;
use urne_election::phase::{Constants, Election, Phase};
use urne_election::receipt::Refusal;

use super::Rejected;
use super::receipts::Published;
use super::state::State;
use super::under_way::UnderWay;
use crate::clock::Clock;
use crate::refusal::Reason;
use crate::secret::ElectionKeys;
use crate::settings::Settings;
use crate::store::{Head, LogId, Store};
use crate::tripwire::Tripwires;

/// Whether a room works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// it does
    Running,
    /// a write failed, and whether it happened cannot be found out yet
    Unknown(String),
    /// something is there that must not be: nothing is appended or signed until the operator has looked
    Halted(String),
    /// it is told to end
    Stopping,
}

/// The state the publication should come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) head: Head,
    /// everything up to this size is published at once
    pub(crate) urgent: u64,
}

/// What admission, sequencer, publication and readers share.
pub(crate) struct Shared {
    pub(crate) log: LogId,
    pub(crate) constants: Arc<Constants>,
    pub(crate) policy: Policy,
    pub(crate) keys: ElectionKeys,
    /// which issuer of the manifest has this server's key, from 1
    pub(crate) issuer: Option<u32>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) tripwires: Tripwires,
    pub(crate) published: watch::Sender<Published>,
    pub(crate) condition: watch::Sender<Condition>,
    pub(crate) under_way: Arc<UnderWay>,
    /// seconds since 1970 until which admission is frozen
    frozen_until_s: AtomicU64,
    publication_trouble: RwLock<Option<String>>,
    state: RwLock<State>,
}

/// What a room is opened with.
pub(crate) struct Opening {
    pub(crate) log: LogId,
    pub(crate) state: State,
    pub(crate) latest: Option<SignedCheckpoint>,
    pub(crate) policy: Policy,
    pub(crate) keys: ElectionKeys,
}

impl Shared {
    pub(crate) fn new(
        opening: Opening,
        settings: Arc<Settings>,
        clock: Arc<dyn Clock>,
        store: Arc<dyn Store>,
        tripwires: Tripwires,
    ) -> Shared {
        let constants = Arc::clone(opening.state.election().constants());
        let own = public_key(&opening.keys.issuer);
        let mut issuers = (1..).zip(&constants.manifest.issuers);
        Shared {
            issuer: issuers.find_map(|(number, issuer)| (issuer.key == own).then_some(number)),
            log: opening.log,
            constants,
            policy: opening.policy,
            keys: opening.keys,
            settings,
            clock,
            store,
            tripwires,
            published: watch::Sender::new(Published::from_latest(opening.latest)),
            condition: watch::Sender::new(Condition::Running),
            under_way: UnderWay::new(),
            frozen_until_s: AtomicU64::new(0),
            publication_trouble: RwLock::new(None),
            state: RwLock::new(opening.state),
        }
    }

    // The writer halts the room when it is interrupted, so what a poisoned lock guards is only looked at, never built on.
    pub(crate) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// For the sequencer alone.
    pub(crate) fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// A signed refusal of these bytes.
    pub(crate) fn refuse(&self, reason: Reason, bytes: &[u8]) -> Rejected {
        metrics::counter!("urne_refusals_total", "code" => reason.code).increment(1);
        let size = self.state().tree().size();
        let refusal = Refusal::sign(
            &self.keys.receipts,
            self.constants.id,
            fingerprint(bytes),
            reason.code.to_owned(),
            size,
        );
        Rejected::Refused {
            code: reason.code,
            message: reason.message,
            refusal: Box::new(refusal),
        }
    }

    /// Whether ballots are admitted at this moment, by state, hour and freeze.
    pub(crate) fn box_is_open(&self, election: &Election) -> Result<(), Reason> {
        let manifest = &self.constants.manifest;
        let now = self.clock.now_s();
        match election.phase() {
            Phase::Dealing(_) | Phase::Confirming(_) | Phase::Preparing(_) => {
                Err(Reason::not_yet_open())
            }
            Phase::Sealing(_) => Err(Reason::closed()),
            Phase::Failed(_) => Err(Reason::new(
                "wrong-phase",
                "the ceremony of this election has failed: there will be no ballots",
            )),
            Phase::Voting(phase) if now >= phase.closes() => Err(Reason::closed()),
            Phase::Voting(_) if now < manifest.opens => Err(Reason::not_yet_open()),
            Phase::Voting(_) if self.is_frozen() => Err(Reason::closing()),
            Phase::Voting(_) => Ok(()),
        }
    }

    pub(crate) fn is_frozen(&self) -> bool {
        self.clock.now_s() < self.frozen_until_s.load(Ordering::Relaxed)
    }

    /// Freezes admission; seconds until it thaws by itself.
    pub(crate) fn freeze(&self) -> u64 {
        let seconds = self.settings.freeze_s;
        self.frozen_until_s
            .store(self.clock.now_s() + seconds, Ordering::Relaxed);
        seconds
    }

    /// Refuses work while the room does not run.
    pub(crate) fn runs(&self) -> Result<(), Rejected> {
        match *self.condition.borrow() {
            Condition::Running => Ok(()),
            Condition::Unknown(_) => Err(Rejected::Unavailable { retry_after_s: 5 }),
            Condition::Halted(_) | Condition::Stopping => {
                Err(Rejected::Unavailable { retry_after_s: 60 })
            }
        }
    }

    /// Stops for good, until the operator has looked. The first reason stays.
    pub(crate) fn halt(&self, why: String) {
        tracing::error!(%why, "an election is halted");
        self.condition.send_modify(|condition| {
            if !matches!(condition, Condition::Halted(_)) {
                *condition = Condition::Halted(why);
            }
        });
    }

    /// Between running and not knowing; a halt or a stop stays.
    pub(crate) fn set_known(&self, unknown: Option<String>) {
        self.condition.send_modify(|condition| {
            if matches!(condition, Condition::Running | Condition::Unknown(_)) {
                *condition = unknown.map_or(Condition::Running, Condition::Unknown);
            }
        });
    }

    pub(crate) fn stop(&self) {
        self.condition.send_modify(|condition| {
            if !matches!(condition, Condition::Halted(_)) {
                *condition = Condition::Stopping;
            }
        });
    }

    /// Whether a wait is in vain.
    pub(crate) fn ends(&self) -> bool {
        matches!(
            *self.condition.borrow(),
            Condition::Halted(_) | Condition::Stopping
        )
    }

    pub(crate) fn is_halted(&self) -> bool {
        matches!(*self.condition.borrow(), Condition::Halted(_))
    }

    pub(crate) fn set_publication_trouble(&self, trouble: Option<String>) {
        let mut slot = self
            .publication_trouble
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *slot = trouble;
    }

    pub(crate) fn trouble(&self) -> Option<String> {
        match &*self.condition.borrow() {
            Condition::Running => self
                .publication_trouble
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            Condition::Unknown(why) | Condition::Halted(why) => Some(why.clone()),
            Condition::Stopping => Some("it is shutting down".into()),
        }
    }
}
