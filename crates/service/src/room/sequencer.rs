//! The sole writer of one board.
//!
//! Order of things, for every batch: judge on memory; commit to the store; change memory; tell the publication; answer.
//! Nothing is judged on, signed over or answered from what is not committed. Ballots of a batch are at most one per line of
//! the roll and sorted by leaf hash, so that the order of arrival shows nowhere; every other entry is a batch of its own.
//!
//! A write that fails was lost, or kept though reported lost. The sequencer asks the store where the log stands: at the old
//! place, it goes on from there and says so; at the new one, it goes on as if nothing had been reported; if it cannot ask,
//! it waits, and the room answers that it does not know; anywhere else, somebody else has written, and it halts.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until, timeout};
use urne_board::tree::Hash;
use urne_client::http::Frozen;
use urne_election::entry::{Entry, leaf_hash};
use urne_election::phase::{Applied, Election, Phase, Void};

use super::checking::CheckedSubmission;
use super::edge::{Edge, Written};
use super::receipts::Published;
use super::shared::{Condition, Shared, Target};
use super::state::Position;
use super::under_way::Turn;
use super::{FreezeError, Rejected, Settled};
use crate::refusal::Reason;
use crate::store::{Leaf, StoreError};

/// How long between two looks at whether the room still runs.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// How long between two attempts to append the result.
const RESULT_AGAIN: Duration = Duration::from_secs(1);

/// What the sequencer does.
pub(super) enum Task {
    /// a ballot whose proof holds
    Ballot(Box<CheckedSubmission>),
    /// any other entry
    Entry(Submitted),
    /// settle what is under way, then stop admission
    Freeze(oneshot::Sender<Result<Frozen, FreezeError>>),
}

/// Bytes that somebody waits for.
pub(super) struct Submitted {
    pub(super) bytes: Vec<u8>,
    pub(super) leaf: Hash,
    pub(super) reply: oneshot::Sender<Settled>,
    /// one of as many as may be under way
    pub(super) permit: OwnedSemaphorePermit,
    /// nobody else has these bytes judged until they are settled
    pub(super) turn: Turn,
}

impl Submitted {
    /// Tells who waits, if anybody still does.
    pub(super) fn settle(self, settled: Settled) {
        let _ = self.reply.send(settled);
        drop((self.permit, self.turn));
    }
}

pub(super) struct Sequencer {
    shared: Arc<Shared>,
    inbox: mpsc::Receiver<Task>,
    published: watch::Receiver<Published>,
    condition: watch::Receiver<Condition>,
    target: watch::Sender<Target>,
    edge: Edge,
    /// ballots gathered for the next batch, in order of arrival
    waiting: VecDeque<CheckedSubmission>,
    batch_due: Instant,
    /// nothing is appended until the state of this size is vouched for
    hold: u64,
    result_due: Option<Instant>,
}

impl Sequencer {
    pub(super) fn new(
        shared: Arc<Shared>,
        inbox: mpsc::Receiver<Task>,
        target: watch::Sender<Target>,
    ) -> Sequencer {
        let (edge, hold) = {
            let state = shared.state();
            (Edge::of(state.tree(), &shared), state.turned_at())
        };
        Sequencer {
            published: shared.published.subscribe(),
            condition: shared.condition.subscribe(),
            shared,
            inbox,
            target,
            edge,
            waiting: VecDeque::new(),
            batch_due: Instant::now(),
            hold,
            result_due: None,
        }
    }

    pub(super) async fn run(mut self) {
        let _guard = HaltOnPanic {
            shared: Arc::clone(&self.shared),
            part: "sequencer",
        };
        self.append_due_result().await;
        while !self.shared.ends() {
            let result_due = self.result_due;
            let task = tokio::select! {
                task = self.inbox.recv() => task,
                // A stop or a halt is looked at by the loop.
                _ = self.condition.changed() => continue,
                () = sleep_until(self.batch_due), if !self.waiting.is_empty() => {
                    self.commit_ballots().await;
                    continue;
                }
                () = sleep_until(result_due.unwrap_or(self.batch_due)), if result_due.is_some() => {
                    self.append_due_result().await;
                    continue;
                }
            };
            match task {
                Some(Task::Ballot(ballot)) => self.gather(*ballot).await,
                Some(Task::Entry(entry)) => {
                    self.commit_all_ballots().await;
                    self.append_entry(entry).await;
                    self.append_due_result().await;
                }
                Some(Task::Freeze(reply)) => {
                    self.commit_all_ballots().await;
                    let _ = reply.send(self.freeze());
                }
                None => break,
            }
        }
        self.drain().await;
    }

    /// What was under way when the room was told to stop.
    async fn drain(&mut self) {
        self.inbox.close();
        while let Ok(task) = self.inbox.try_recv() {
            match task {
                Task::Ballot(ballot) => self.waiting.push_back(*ballot),
                // Whoever sent it is told to come again, by the reply that is dropped.
                Task::Entry(_) | Task::Freeze(_) => {}
            }
        }
        self.commit_all_ballots().await;
    }

    async fn gather(&mut self, ballot: CheckedSubmission) {
        if self.waiting.is_empty() {
            self.batch_due = Instant::now() + self.batch_time();
        }
        self.waiting.push_back(ballot);
        if self.waiting.len() >= self.shared.settings.largest_batch {
            self.commit_ballots().await;
        }
    }

    fn batch_time(&self) -> Duration {
        Duration::from_millis(self.shared.settings.batch_ms)
    }

    async fn commit_all_ballots(&mut self) {
        while !self.waiting.is_empty() {
            self.commit_ballots().await;
        }
    }

    /// One batch of ballots. Takes at least one from those that wait.
    async fn commit_ballots(&mut self) {
        if !self.may_append().await {
            for ballot in self.waiting.drain(..) {
                ballot
                    .submitted
                    .settle(Err(Rejected::Unavailable { retry_after_s: 5 }));
            }
            return;
        }
        let mut batch = self.choose();
        if batch.is_empty() {
            return;
        }
        batch.sort_by_key(|chosen| chosen.ballot.submitted.leaf);
        let earlier = match self.read_replaced(&batch).await {
            Ok(earlier) => earlier,
            Err(error) => return settle_all(batch, &self.lost(&error)),
        };
        let before = self.edge.head();
        let leaves: Arc<[Leaf]> = batch
            .iter()
            .map(|chosen| Leaf {
                hash: chosen.ballot.submitted.leaf,
                bytes: chosen.ballot.submitted.bytes.clone(),
            })
            .collect();
        match self.edge.write(leaves).await {
            Written::Kept => {}
            Written::Lost(error) => return settle_all(batch, &self.lost(&error)),
            Written::Unsettled => {
                return settle_all(batch, &Rejected::Unavailable { retry_after_s: 5 });
            }
        }
        metrics::histogram!("urne_batch_ballots").record(batch.len() as f64);
        metrics::counter!("urne_ballots_total").increment(batch.len() as u64);
        if let Err((index, void)) = self.take_in(&batch, &earlier) {
            self.shared.halt(format!(
                "the ballot committed at {index} does not stand: {void}"
            ));
            return settle_all(batch, &Rejected::Unavailable { retry_after_s: 60 });
        }
        self.tell_publication(0);
        for (index, chosen) in (before.size..).zip(batch) {
            chosen.ballot.submitted.settle(Ok(index));
        }
    }

    /// Judges those that wait, in order of arrival: settles those that stand already or may not stand, chooses at most one
    /// per line, and leaves the others for the next batch.
    fn choose(&mut self) -> Vec<Chosen> {
        let mut batch: Vec<Chosen> = Vec::new();
        let mut lines = HashSet::new();
        let mut later = VecDeque::new();
        let mut settled: Vec<(CheckedSubmission, Result<u64, Reason>)> = Vec::new();
        {
            let state = self.shared.state();
            let open = self.shared.box_is_open(state.election());
            for ballot in self.waiting.drain(..) {
                if let Some(index) = state.place(&ballot.submitted.leaf) {
                    settled.push((ballot, Ok(index)));
                    continue;
                }
                if let Err(reason) = &open {
                    settled.push((ballot, Err(reason.clone())));
                    continue;
                }
                let key = *ballot.checked.slot().credential.bytes();
                if batch.len() == self.shared.settings.largest_batch || lines.contains(&key) {
                    later.push_back(ballot);
                    continue;
                }
                match state.election().check_acceptance(ballot.checked.slot()) {
                    Ok(replaced) => {
                        lines.insert(key);
                        let replaced = replaced.map(|accepted| accepted.index);
                        batch.push(Chosen { ballot, replaced });
                    }
                    Err(void) => settled.push((ballot, Err(void.into()))),
                }
            }
        }
        for (ballot, outcome) in settled {
            let outcome =
                outcome.map_err(|reason| self.shared.refuse(reason, &ballot.submitted.bytes));
            ballot.submitted.settle(outcome);
        }
        self.waiting = later;
        self.batch_due = Instant::now() + self.batch_time();
        batch
    }

    /// The ballots that are replaced, which the sums will subtract.
    async fn read_replaced(&self, batch: &[Chosen]) -> Result<HashMap<u64, Vec<u8>>, StoreError> {
        let mut earlier = HashMap::new();
        for index in batch.iter().filter_map(|chosen| chosen.replaced) {
            earlier.insert(index, self.edge.entry(index).await?);
        }
        Ok(earlier)
    }

    /// Memory follows: the batch is on the disk.
    fn take_in(
        &mut self,
        batch: &[Chosen],
        earlier: &HashMap<u64, Vec<u8>>,
    ) -> Result<(), (u64, Void)> {
        let mut state = self.shared.state_mut();
        for chosen in batch {
            let leaf = chosen.ballot.submitted.leaf;
            let past = Position {
                frontier: self.edge.frontier(),
                earlier: |index| earlier.get(&index).cloned(),
            };
            state
                .accept(&chosen.ballot.checked, leaf, &past)
                .map_err(|void| (self.edge.size(), void))?;
            self.edge.push(leaf);
        }
        Ok(())
    }

    /// An entry other than a ballot, as a batch of its own.
    async fn append_entry(&mut self, submitted: Submitted) {
        let settled = self.settle_entry(&submitted).await;
        submitted.settle(settled);
    }

    async fn settle_entry(&mut self, submitted: &Submitted) -> Settled {
        let bytes = &submitted.bytes;
        let refuse = |shared: &Shared, reason: Reason| Err(shared.refuse(reason, bytes));
        if let Some(index) = self.shared.state().place(&submitted.leaf) {
            return Ok(index);
        }
        if !self.may_append().await {
            return Err(Rejected::Unavailable { retry_after_s: 5 });
        }
        let admitted = self.shared.state().election().admit(bytes);
        let entry = match admitted {
            Ok(signed) => signed.entry,
            Err(void) => return refuse(&self.shared, void.into()),
        };
        let is_close = matches!(entry, Entry::Close(_));
        let may_move = self.shared.state().election().voting().is_ok();
        if may_move && self.shared.is_frozen() && !is_close {
            return refuse(&self.shared, Reason::closing());
        }
        let (election, applied) = match self.judge(&entry, bytes).await? {
            Ok(judged) => judged,
            Err(void) => return refuse(&self.shared, void.into()),
        };
        let turns = is_close || matches!(entry, Entry::Open(_));
        // The record keeps the vouched-for states just before and just after the opening and the closing.
        if turns && !self.is_vouched_for(self.edge.size()).await {
            return Err(Rejected::Unavailable { retry_after_s: 5 });
        }
        let before = self.edge.head();
        let leaf = Leaf {
            hash: submitted.leaf,
            bytes: bytes.clone(),
        };
        match self.edge.write(Arc::new([leaf])).await {
            Written::Kept => {}
            Written::Lost(error) => return Err(self.lost(&error)),
            Written::Unsettled => return Err(Rejected::Unavailable { retry_after_s: 5 }),
        }
        metrics::counter!("urne_entries_total", "kind" => entry.kind()).increment(1);
        self.shared
            .state_mut()
            .advance(election, &applied, submitted.leaf);
        self.edge.push(submitted.leaf);
        self.hold = self.shared.state().turned_at();
        self.tell_publication(self.edge.size());
        Ok(before.size)
    }

    /// Applies an entry to a copy of the election, on a thread where it may take its time.
    async fn judge(
        &self,
        entry: &Entry,
        bytes: &[u8],
    ) -> Result<Result<(Election, Applied), Void>, Rejected> {
        let (mut election, reads) = {
            let state = self.shared.state();
            (state.election().clone(), state.election().reads(entry))
        };
        let mut earlier = HashMap::new();
        if let Some(index) = reads {
            let read = self.edge.entry(index).await;
            earlier.insert(index, read.map_err(|error| self.lost(&error))?);
        }
        let (frontier, bytes) = (self.edge.frontier().clone(), bytes.to_vec());
        let judged = spawn_blocking(move || {
            let past = Position {
                frontier: &frontier,
                earlier: |index| earlier.get(&index).cloned(),
            };
            let applied = election.apply(&bytes, &past)?;
            Ok((election, applied))
        });
        judged
            .await
            .map_err(|_| Rejected::Unavailable { retry_after_s: 60 })
    }

    /// What to answer when nothing was written.
    fn lost(&self, error: &StoreError) -> Rejected {
        match error {
            StoreError::Full => Rejected::StorageFull,
            _ => Rejected::Unavailable { retry_after_s: 5 },
        }
    }

    /// Waits out the hold after an opening or closing. False when the room halts, or ends before.
    async fn may_append(&mut self) -> bool {
        loop {
            if self.shared.is_halted() {
                return false;
            }
            if self.published.borrow_and_update().size() >= self.hold {
                return true;
            }
            if self.shared.ends() {
                return false;
            }
            // Waits for whichever comes first; a stop or halt is seen at the next turn.
            let _ = timeout(LOOK_AGAIN, self.published.changed()).await;
        }
    }

    /// Has the state of this size vouched for, within the time an answer may take.
    async fn is_vouched_for(&mut self, size: u64) -> bool {
        if self.published.borrow_and_update().size() >= size {
            return true;
        }
        self.tell_publication(size);
        let wait = Duration::from_millis(self.shared.settings.answer_wait_ms / 2);
        let vouched = self
            .published
            .wait_for(|published| published.size() >= size);
        matches!(timeout(wait, vouched).await, Ok(Ok(_)))
    }

    fn tell_publication(&self, urgent: u64) {
        let head = self.edge.head();
        self.target.send_modify(|target| {
            *target = Target {
                head,
                urgent: urgent.max(target.urgent),
            };
        });
    }

    fn freeze(&self) -> Result<Frozen, FreezeError> {
        if *self.shared.condition.borrow() != Condition::Running {
            return Err(FreezeError::Unavailable);
        }
        let state = self.shared.state();
        let Phase::Voting(_) = state.election().phase() else {
            return Err(FreezeError::NotVoting);
        };
        let seconds = self.shared.freeze();
        let hour_has_passed = self.shared.clock.now_s() >= state.election().closes();
        // The organizer closes at a vouched-for state: it is made now rather than when `close` comes.
        self.tell_publication(self.edge.size());
        Ok(Frozen {
            size: state.tree().size(),
            seconds: (!hour_has_passed).then_some(seconds),
        })
    }

    /// The server's own entry: the result everybody computes, as soon as the election has ended. Void unless equal to that,
    /// so it needs no signature.
    async fn append_due_result(&mut self) {
        self.result_due = None;
        let bytes = {
            let state = self.shared.state();
            match state.election().phase() {
                Phase::Sealing(phase) if phase.awaits_result() => phase
                    .tally()
                    .map(|tally| Entry::Result(tally.clone()).signed(&[])),
                _ => None,
            }
        };
        let Some(bytes) = bytes else {
            return;
        };
        let Ok(permit) = Arc::new(tokio::sync::Semaphore::new(1)).try_acquire_owned() else {
            return;
        };
        let leaf = leaf_hash(&bytes);
        // Somebody else may be sending the same result: it is looked for again.
        let Some(turn) = self.shared.under_way.begin(leaf) else {
            self.result_due = Some(Instant::now() + RESULT_AGAIN);
            return;
        };
        let (reply, _) = oneshot::channel();
        let submitted = Submitted {
            bytes,
            leaf,
            reply,
            permit,
            turn,
        };
        if self.settle_entry(&submitted).await.is_err() {
            self.result_due = Some(Instant::now() + RESULT_AGAIN);
        }
    }
}

/// A ballot that goes into the batch, and the one it replaces.
struct Chosen {
    ballot: CheckedSubmission,
    replaced: Option<u64>,
}

fn settle_all(batch: Vec<Chosen>, rejected: &Rejected) {
    for chosen in batch {
        chosen.ballot.submitted.settle(Err(rejected.clone()));
    }
}

/// Whoever still listens to a part of the room that panicked must hear that nothing more comes.
pub(super) struct HaltOnPanic {
    pub(super) shared: Arc<Shared>,
    /// which part
    pub(super) part: &'static str,
}

impl Drop for HaltOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let part = self.part;
            self.shared.halt(format!(
                "the {part} was interrupted by a mistake in the program"
            ));
        }
    }
}
