//! Ballots on their way to the sequencer: their proofs, off the threads that talk to people.
//!
//! A ballot alone is checked at once. While all checkers are busy ballots gather, and the next free checker takes them
//! together: under load batches grow, and a batch costs a fraction of its ballots one by one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Semaphore, mpsc};
use tokio::task::spawn_blocking;
use urne_crypto::ballot::verify::CheckedBallot;
use urne_crypto::ballot::{BallotContext, Slot};
use urne_election::entry::BallotEntry;
use urne_election::phase::Void;

use super::proofs::{Unproven, check_proofs};
use super::sequencer::{Submitted, Task};
use super::shared::Shared;

/// The most proofs a checker takes at once: some 10 ms of work for small ballots.
const LARGEST_CHECK: usize = 64;

/// A ballot of a line that exists, from a form that holds; its proof is still to be checked.
pub(super) struct UncheckedBallot {
    pub(super) submitted: Submitted,
    pub(super) ballot: BallotEntry,
    pub(super) college: u32,
    pub(super) context: Arc<BallotContext>,
}

/// A ballot whose proof holds, on its way to the sequencer.
pub(super) struct CheckedSubmission {
    pub(super) submitted: Submitted,
    pub(super) checked: CheckedBallot,
}

/// The ballots of one room that await their check.
pub(super) struct Checking {
    shared: Arc<Shared>,
    /// shared by all rooms: as many proofs are checked at a time as there are cores
    checkers: Arc<Semaphore>,
    sequencer: mpsc::Sender<Task>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    ballots: VecDeque<UncheckedBallot>,
    /// workers under way; each looks once more before it ends
    workers: usize,
}

/// Where a ballot goes.
pub(super) fn slot(ballot: &BallotEntry, college: u32) -> Slot {
    Slot {
        college,
        credential: ballot.key,
        after: ballot.after,
    }
}

impl Checking {
    pub(super) fn new(
        shared: Arc<Shared>,
        checkers: Arc<Semaphore>,
        sequencer: mpsc::Sender<Task>,
    ) -> Checking {
        Checking {
            shared,
            checkers,
            sequencer,
            waiting: Mutex::default(),
        }
    }

    /// Queues a ballot. Its length is bounded by the permits the ballots hold.
    pub(super) fn push(self: &Arc<Checking>, ballot: UncheckedBallot) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.ballots.push_back(ballot);
        if waiting.workers < self.shared.settings.checkers {
            waiting.workers += 1;
            tokio::spawn(Arc::clone(self).work());
        }
    }

    async fn work(self: Arc<Checking>) {
        loop {
            let Ok(permit) = self.checkers.acquire().await else {
                return;
            };
            let Some(ballots) = self.take() else {
                return;
            };
            metrics::histogram!("urne_proofs_checked_together").record(ballots.len() as f64);
            let checked = spawn_blocking(move || check(ballots)).await;
            drop(permit);
            // A check that panicked drops its ballots: who sent them is told to come again.
            for (submitted, outcome) in checked.unwrap_or_default() {
                self.pass_on(submitted, outcome).await;
            }
        }
    }

    /// The next ballots to check together; the worker that finds none has ended.
    fn take(&self) -> Option<Vec<UncheckedBallot>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // Half of what waits for each of two idle checkers is faster than all of it for one.
        let share = waiting.ballots.len().div_ceil(waiting.workers.max(1));
        let count = share.clamp(1, LARGEST_CHECK).min(waiting.ballots.len());
        if count == 0 {
            waiting.workers -= 1;
            return None;
        }
        Some(waiting.ballots.drain(..count).collect())
    }

    async fn pass_on(&self, submitted: Submitted, outcome: Result<CheckedBallot, Void>) {
        match outcome {
            Ok(checked) => {
                let task = Task::Ballot(Box::new(CheckedSubmission { submitted, checked }));
                // Fails only when the room has ended: dropping the reply tells who waits.
                let _ = self.sequencer.send(task).await;
            }
            Err(void) => {
                let rejected = self.shared.refuse(void.into(), &submitted.bytes);
                submitted.settle(Err(rejected));
            }
        }
    }
}

fn check(ballots: Vec<UncheckedBallot>) -> Vec<(Submitted, Result<CheckedBallot, Void>)> {
    let Some(context) = ballots.first().map(|ballot| Arc::clone(&ballot.context)) else {
        return Vec::new();
    };
    let unproven: Vec<Unproven<'_>> = ballots
        .iter()
        .map(|ballot| Unproven {
            ballot: &ballot.ballot,
            college: ballot.college,
        })
        .collect();
    let outcomes = check_proofs(&context, &unproven);
    ballots
        .into_iter()
        .map(|ballot| ballot.submitted)
        .zip(outcomes)
        .collect()
}
