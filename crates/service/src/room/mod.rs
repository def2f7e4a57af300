//! One live election.
//!
//! Data flows one way. [`Room::cast`] and [`Room::append`] are admission: form, state and hour are looked at under a shared
//! lock, ballots' proofs are checked in batches on threads of their own (`checking`). What passes goes to the `sequencer`, the
//! only writer, which judges again, commits to the store and only then changes memory. The `publication` signs what is
//! committed, has it witnessed, and lets the answers go. Answers are built by whoever asked, outside all of that.
//!
//! Two locks, never held across a wait: `state` (readers: everybody; writer: the sequencer, for microseconds a ballot) and
//! `condition`.

mod board_file;
mod checking;
mod edge;
mod kinds;
mod publication;
mod receipts;
mod sequencer;
mod shared;
mod under_way;
mod witnesses;

pub(crate) mod proofs;
pub(crate) mod state;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};
use urne_board::tree::{Hash, leaf_hash};
use urne_client::http::{AcceptedBallot, Appended, ElectionStatus, Frozen, LineStatus, PhaseName};
use urne_election::entry::{Entry, SignedEntry};
use urne_election::json::base64url;
use urne_election::phase::{Check, Election, Phase};
use urne_election::receipt::Refusal;

pub use board_file::BoardFile;
pub(crate) use receipts::vouched;
use shared::Target;
pub(crate) use shared::{Opening, Shared};
pub use state::State;

use crate::refusal::Reason;
use crate::store::StoreError;
use checking::{Checking, UncheckedBallot};
use kinds::Kinds;
use publication::Publication;
use sequencer::{Sequencer, Submitted, Task};
use under_way::Turn;

/// What became of an entry that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// a ballot with its receipt, as the bytes of `Receipt::to_bytes`
    Receipt(Vec<u8>),
    /// an entry that stands; or a ballot that is not vouched for yet, whose receipt can be asked for later
    Appended(Appended),
}

/// Why an entry was not taken, or not yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// the server's signed word that it does not take these bytes
    Refused {
        /// stable, for programs: see [`crate::refusal`]
        code: &'static str,
        /// one sentence for people
        message: String,
        /// signed
        refusal: Box<Refusal>,
    },
    /// too much at once: the same bytes may come again
    Overloaded {
        /// seconds to wait
        retry_after_s: u64,
    },
    /// ballots and other entries have addresses of their own; nothing is said about the bytes, and nothing signed
    OtherAddress,
    /// no room on the disk: nothing was taken
    StorageFull,
    /// cannot say now: the same bytes may have been taken, and may come again
    Unavailable {
        /// seconds to wait
        retry_after_s: u64,
    },
}

/// Why admission was not frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FreezeError {
    /// The box is not open.
    #[error("the ballot box is not open: there is nothing to freeze")]
    NotVoting,
    /// Cannot be done now.
    #[error("the server cannot freeze admission at the moment: try again")]
    Unavailable,
}

/// One live election.
pub struct Room {
    shared: Arc<Shared>,
    checking: Arc<Checking>,
    sequencer: mpsc::Sender<Task>,
    ballot_permits: Arc<Semaphore>,
    entry_permits: Arc<Semaphore>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    kinds: Mutex<Kinds>,
}

impl Room {
    /// Begins to serve a board. `checkers` bounds how many threads check proofs for all rooms together.
    pub(crate) fn open(shared: Arc<Shared>, checkers: Arc<Semaphore>) -> Arc<Room> {
        let settings = &shared.settings;
        // Whoever sends holds a permit, so the queue never has to make anybody wait.
        let (sender, inbox) =
            mpsc::channel(settings.pending_ballots + settings.pending_entries + 16);
        let head = shared.state().head();
        // What stands already is published at once. The sequencer has the only sender: once it has ended, so can the other.
        let (target, aim) = watch::channel(Target {
            head,
            urgent: head.size,
        });
        let sequencer = Sequencer::new(Arc::clone(&shared), inbox, target);
        let publication = Publication::new(Arc::clone(&shared), aim);
        let tasks = vec![
            tokio::spawn(sequencer.run()),
            tokio::spawn(publication.run()),
        ];
        Arc::new(Room {
            checking: Arc::new(Checking::new(Arc::clone(&shared), checkers, sender.clone())),
            sequencer: sender,
            ballot_permits: Arc::new(Semaphore::new(settings.pending_ballots)),
            entry_permits: Arc::new(Semaphore::new(settings.pending_entries)),
            tasks: Mutex::new(tasks),
            kinds: Mutex::default(),
            shared,
        })
    }

    /// The election id.
    pub fn id(&self) -> &[u8; 32] {
        &self.shared.constants.id
    }

    /// The election as of now, under the lock: do little with it.
    pub fn with_election<T>(&self, look: impl FnOnce(&Election) -> T) -> T {
        look(self.shared.state().election())
    }

    /// The keys of the issuers, for those who look up whose seat is whose.
    pub fn issuer_keys(&self) -> Vec<[u8; 32]> {
        let issuers = &self.shared.constants.manifest.issuers;
        issuers.iter().map(|issuer| issuer.key).collect()
    }

    /// Takes a ballot. The same bytes again get the first receipt.
    ///
    /// # Errors
    /// [`Rejected`].
    pub async fn cast(&self, bytes: Vec<u8>) -> Result<Admitted, Rejected> {
        let index = match self.place_or_turn(leaf_hash(&bytes)).await? {
            Place::At(_) if !proofs::looks_like_a_ballot(&bytes) => {
                return Err(Rejected::OtherAddress);
            }
            Place::At(index) => index,
            Place::None(turn) => {
                let (unchecked, settled) = self.admit_ballot(bytes.clone(), turn)?;
                self.checking.push(unchecked);
                self.settled(settled).await?
            }
        };
        let settings = &self.shared.settings;
        let wait = Duration::from_millis(settings.answer_wait_ms);
        match timeout(wait, self.shared.vouched_for(index)).await {
            Ok(Some(covering)) => Ok(Admitted::Receipt(
                self.shared.receipt_bytes(bytes, index, &covering),
            )),
            _ => Ok(Admitted::Appended(Appended {
                index,
                covered_by: None,
            })),
        }
    }

    /// Takes an entry of any kind but `manifest` and `ballot`. The same bytes again get the same answer.
    ///
    /// # Errors
    /// [`Rejected`].
    pub async fn append(&self, bytes: Vec<u8>) -> Result<Admitted, Rejected> {
        if proofs::looks_like_a_ballot(&bytes)
            && SignedEntry::decode(&bytes, &self.shared.constants.shape).is_ok()
        {
            return Err(Rejected::OtherAddress);
        }
        let leaf = leaf_hash(&bytes);
        let index = match self.place_or_turn(leaf).await? {
            Place::At(index) => index,
            Place::None(turn) => {
                // What fails here costs no clone of the election, and needs no signature of anybody in the manifest.
                let judged = self.shared.state().election().admit(&bytes).map(drop);
                judged.map_err(|void| self.shared.refuse(void.into(), &bytes))?;
                let Ok(permit) = Arc::clone(&self.entry_permits).try_acquire_owned() else {
                    return Err(Rejected::Overloaded { retry_after_s: 1 });
                };
                let (reply, settled) = oneshot::channel();
                self.send(Task::Entry(Submitted {
                    bytes,
                    leaf,
                    reply,
                    permit,
                    turn,
                }))?;
                self.settled(settled).await?
            }
        };
        let wait = Duration::from_millis(self.shared.settings.answer_wait_ms);
        let covering = timeout(wait, self.shared.vouched_for(index)).await;
        Ok(Admitted::Appended(Appended {
            index,
            covered_by: covering.ok().flatten().map(|covering| covering.size()),
        }))
    }

    /// The receipt of the ballot with this leaf hash: nothing where there is no such ballot; without a receipt where it is not
    /// vouched for yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn receipt(&self, leaf: &Hash) -> Result<Option<Admitted>, StoreError> {
        let Some(index) = self.shared.state().place(leaf) else {
            return Ok(None);
        };
        let bytes = self.shared.entry(index).await?;
        if !proofs::looks_like_a_ballot(&bytes) {
            return Ok(None);
        }
        Ok(Some(match self.shared.covering(index).await? {
            Some(covering) => Admitted::Receipt(self.shared.receipt_bytes(bytes, index, &covering)),
            None => Admitted::Appended(Appended {
                index,
                covered_by: None,
            }),
        }))
    }

    /// Where the election stands.
    pub fn status(&self) -> ElectionStatus {
        let published = self.shared.published_size();
        let state = self.shared.state();
        let election = state.election();
        let manifest = election.manifest();
        let (phase, awaits) = phase_and_awaited(election);
        ElectionStatus {
            election: base64url(election.id()),
            title: manifest.title.clone(),
            languages: manifest.languages.clone(),
            practice: manifest.practice,
            phase,
            awaits,
            opens: manifest.opens,
            closes: election.closes(),
            admits_ballots: self.shared.box_is_open(election).is_ok() && self.shared.runs().is_ok(),
            lines: match election.phase() {
                Phase::Preparing(phase) => phase.lines().len() as u64,
                Phase::Voting(phase) => phase.roll().len() as u64,
                Phase::Sealing(phase) => phase.roll().len() as u64,
                _ => 0,
            },
            ballots: state.ballots(),
            size: state.tree().size(),
            published,
            opened: state.opened(),
            server_issuer: self.shared.issuer,
        }
    }

    /// Which issuer this server is by the manifest, if any.
    pub fn server_issuer(&self) -> Option<u32> {
        self.shared.issuer
    }

    /// Which ballot is accepted on the line with this current key.
    pub fn line(&self, key: &[u8; 32]) -> Option<LineStatus> {
        let state = self.shared.state();
        let roll = match state.election().phase() {
            Phase::Preparing(phase) => phase.lines(),
            Phase::Voting(phase) => phase.roll(),
            Phase::Sealing(phase) => phase.roll(),
            _ => return None,
        };
        let line = roll.line(key)?;
        Some(LineStatus {
            key: base64url(key),
            college: line.college,
            weight: line.weight,
            accepted: line.accepted.map(|accepted| AcceptedBallot {
                tracker: base64url(&accepted.tracker),
                index: accepted.index,
            }),
        })
    }

    /// A file of the public record as of the latest checkpoint, by its path within the record.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn board_file(&self, path: &str) -> Result<Option<BoardFile>, StoreError> {
        board_file::board_file(&self.shared, path).await
    }

    /// Entries on the board, byte for byte.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn entries(
        &self,
        range: core::ops::Range<u64>,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let leaves = self.shared.store.entries(self.shared.log, range).await?;
        Ok(leaves.into_iter().map(|leaf| leaf.bytes).collect())
    }

    /// How many entries of each kind the published board has.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn kinds(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        self.kinds.lock().await.count_on(&self.shared).await
    }

    /// Stops admission so that `close` can name a position that does not move. Ballots under way are settled first.
    ///
    /// # Errors
    /// [`FreezeError`].
    pub async fn freeze(&self) -> Result<Frozen, FreezeError> {
        let (reply, frozen) = oneshot::channel();
        self.sequencer
            .try_send(Task::Freeze(reply))
            .map_err(|_| FreezeError::Unavailable)?;
        let wait = Duration::from_millis(self.shared.settings.answer_wait_ms);
        match timeout(wait, frozen).await {
            Ok(Ok(outcome)) => outcome,
            _ => Err(FreezeError::Unavailable),
        }
    }

    /// What keeps this room from working, in words for the operator; nothing when it works.
    pub fn trouble(&self) -> Option<String> {
        self.shared.trouble()
    }

    /// Takes nothing more.
    pub(crate) fn stop(&self) {
        self.shared.stop();
    }

    /// Settles what is under way, publishes it, and ends.
    pub(crate) async fn shutdown(&self) {
        self.stop();
        for task in self.tasks.lock().await.drain(..) {
            // A task that panicked has nothing left to settle.
            let _ = task.await;
        }
    }

    /// Where these bytes stand, or the right to have them judged. Waits while the same bytes are under way. A room that does
    /// not run judges nothing: what it holds in memory may not be what stands.
    async fn place_or_turn(&self, leaf: Hash) -> Result<Place, Rejected> {
        let deadline = Instant::now() + Duration::from_millis(self.shared.settings.answer_wait_ms);
        loop {
            let mut ends = self.shared.under_way.ends();
            if let Some(turn) = self.shared.under_way.begin(leaf) {
                // Looked at only now: what was under way before this turn has its place.
                if let Some(index) = self.shared.state().place(&leaf) {
                    return Ok(Place::At(index));
                }
                self.shared.runs()?;
                return Ok(Place::None(turn));
            }
            if !matches!(timeout_at(deadline, ends.changed()).await, Ok(Ok(()))) {
                return Err(Rejected::Unavailable { retry_after_s: 2 });
            }
        }
    }

    /// Everything that is cheap to know about a ballot, before its proof.
    fn admit_ballot(
        &self,
        bytes: Vec<u8>,
        turn: Turn,
    ) -> Result<(UncheckedBallot, oneshot::Receiver<Settled>), Rejected> {
        let shared = &self.shared;
        let signed = SignedEntry::decode(&bytes, &shared.constants.shape)
            .map_err(|error| shared.refuse(Check::Form.void(error.to_string()).into(), &bytes))?;
        // Not signed: elsewhere these bytes may stand.
        let Entry::Ballot(ballot) = signed.entry else {
            return Err(Rejected::OtherAddress);
        };
        let judge = || -> Result<_, Reason> {
            let state = shared.state();
            shared.box_is_open(state.election())?;
            let voting = state.election().voting()?;
            let college = voting.college(&ballot.key)?;
            state
                .election()
                .check_acceptance(&checking::slot(&ballot, college))?;
            Ok((college, Arc::clone(voting.context())))
        };
        let (college, context) = judge().map_err(|reason| shared.refuse(reason, &bytes))?;
        let Ok(permit) = Arc::clone(&self.ballot_permits).try_acquire_owned() else {
            metrics::counter!("urne_overloaded_total").increment(1);
            return Err(Rejected::Overloaded { retry_after_s: 1 });
        };
        let (reply, settled) = oneshot::channel();
        let submitted = Submitted {
            leaf: leaf_hash(&bytes),
            bytes,
            reply,
            permit,
            turn,
        };
        let unchecked = UncheckedBallot {
            submitted,
            ballot,
            college,
            context,
        };
        Ok((unchecked, settled))
    }

    fn send(&self, task: Task) -> Result<(), Rejected> {
        self.sequencer
            .try_send(task)
            .map_err(|_| Rejected::Unavailable { retry_after_s: 5 })
    }

    /// Waits until an entry's place is settled. Should it take too long, the same bytes may come again.
    async fn settled(&self, settled: oneshot::Receiver<Settled>) -> Settled {
        let wait = Duration::from_millis(self.shared.settings.answer_wait_ms);
        match timeout(wait, settled).await {
            Ok(Ok(settled)) => settled,
            _ => Err(Rejected::Unavailable { retry_after_s: 2 }),
        }
    }
}

/// Where bytes stand that somebody sends.
enum Place {
    At(u64),
    /// nowhere yet
    None(Turn),
}

/// The place of an entry, or why it has none.
pub(crate) type Settled = Result<u64, Rejected>;

fn phase_and_awaited(election: &Election) -> (PhaseName, Vec<u32>) {
    let trustees = 1..=election.constants().shape.trustees as u32;
    let among = |awaits: &dyn Fn(u32) -> bool| trustees.clone().filter(|t| awaits(*t)).collect();
    match election.phase() {
        Phase::Dealing(phase) => (PhaseName::Dealing, among(&|t| phase.awaits(t))),
        Phase::Confirming(phase) => (PhaseName::Confirming, among(&|t| phase.awaits(t))),
        Phase::Preparing(phase) => (PhaseName::Preparing, among(&|t| phase.awaits(t))),
        Phase::Voting(_) => (PhaseName::Voting, Vec::new()),
        Phase::Sealing(phase) if phase.tally().is_some() && !phase.awaits_result() => {
            (PhaseName::Ended, Vec::new())
        }
        Phase::Sealing(phase) if phase.is_sealed() => {
            (PhaseName::Sealing, among(&|t| phase.awaits_decryption(t)))
        }
        Phase::Sealing(phase) => (PhaseName::Sealing, among(&|t| phase.awaits_seal(t))),
        Phase::Failed(_) => (PhaseName::Failed, Vec::new()),
    }
}
