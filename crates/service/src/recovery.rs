//! A board from the store, judged again entry by entry through the functions that judged it when it grew.
//!
//! Whatever was appended must stand: a server refuses void entries, so one in the database means that the database is not
//! this server's work any more. Ballots between two other entries are a *run*: their proofs are checked together, on all cores.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use urne_board::tree::{Frontier, leaf_hash};
use urne_crypto::ballot::verify::CheckedBallot;
use urne_election::entry::{BallotEntry, Entry, SignedEntry};
use urne_election::phase::{FoundationError, Void};

use crate::room::proofs::{Unproven, check_proofs, looks_like_a_ballot};
use crate::room::state::{Position, State};
use crate::store::{Leaf, LogId, LogRow, Store, StoreError};

/// Entries read from the store, and ballots checked, at a time.
const ENTRIES_AT_A_TIME: u64 = 1024;

/// Why a board cannot be taken up again.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Entry 0.
    #[error("entry 0 of the board is no manifest: {0}")]
    Foundation(#[from] FoundationError),
    /// An entry that must not stand.
    #[error("entry {index} of the board in the database should not be there: {void}")]
    Void {
        /// its position
        index: u64,
        /// why
        void: Void,
    },
    /// Bytes that do not have the hash they are stored with.
    #[error("entry {0} of the board in the database was altered")]
    Altered(u64),
    /// The log's row.
    #[error("the entries in the database do not make the size and root stored with them")]
    Head,
    /// The machine.
    #[error("reading the board was interrupted")]
    Interrupted,
}

/// Reads a whole board and judges it again.
///
/// # Errors
/// [`RecoveryError`].
pub async fn recover(store: Arc<dyn Store>, row: LogRow) -> Result<State, RecoveryError> {
    let handle = Handle::current();
    spawn_blocking(move || replay(&*store, &row, &handle))
        .await
        .map_err(|_| RecoveryError::Interrupted)?
}

fn replay(store: &dyn Store, row: &LogRow, handle: &Handle) -> Result<State, RecoveryError> {
    let log = Log {
        store,
        log: row.id,
        handle,
    };
    let size = row.head.size;
    let first = log.read(0, 1)?.pop().ok_or(RecoveryError::Head)?;
    let mut state = State::found(&first.bytes, first.hash)?;
    let mut frontier = Frontier::new();
    frontier.push(first.hash);
    while frontier.size() < size {
        let from = frontier.size();
        let leaves = log.read(from, (from + ENTRIES_AT_A_TIME).min(size))?;
        for run in
            leaves.chunk_by(|a, b| looks_like_a_ballot(&a.bytes) && looks_like_a_ballot(&b.bytes))
        {
            match run {
                [entry] if !looks_like_a_ballot(&entry.bytes) => {
                    log.apply(&mut state, &mut frontier, entry)?;
                }
                ballots => log.accept(&mut state, &mut frontier, ballots)?,
            }
        }
    }
    if state.head() != row.head || state.election().id() != &row.election {
        return Err(RecoveryError::Head);
    }
    Ok(state)
}

struct Log<'a> {
    store: &'a dyn Store,
    log: LogId,
    handle: &'a Handle,
}

impl Log<'_> {
    fn read(&self, from: u64, to: u64) -> Result<Vec<Leaf>, RecoveryError> {
        let leaves = self
            .handle
            .block_on(self.store.entries(self.log, from..to))?;
        for (index, leaf) in (from..).zip(&leaves) {
            if leaf.hash != leaf_hash(&leaf.bytes) {
                return Err(RecoveryError::Altered(index));
            }
        }
        Ok(leaves)
    }

    fn earlier(&self, index: u64) -> Option<Vec<u8>> {
        let mut leaves = self.read(index, index + 1).ok()?;
        Some(leaves.pop()?.bytes)
    }

    fn apply(
        &self,
        state: &mut State,
        frontier: &mut Frontier,
        leaf: &Leaf,
    ) -> Result<(), RecoveryError> {
        self.can_be_read_again(state, frontier.size(), &leaf.bytes)?;
        let past = Position {
            frontier,
            earlier: |index| self.earlier(index),
        };
        state
            .apply(&leaf.bytes, leaf.hash, &past)
            .map_err(|void| RecoveryError::Void {
                index: frontier.size(),
                void,
            })?;
        frontier.push(leaf.hash);
        Ok(())
    }

    /// The state machine relies on reading a cancelled ballot; a store that cannot is an error here, not a broken invariant.
    fn can_be_read_again(
        &self,
        state: &State,
        index: u64,
        bytes: &[u8],
    ) -> Result<(), RecoveryError> {
        let signed = state
            .election()
            .admit(bytes)
            .map_err(|void| RecoveryError::Void { index, void })?;
        if let Some(earlier) = state.election().reads(&signed.entry) {
            self.read(earlier, earlier + 1)?;
        }
        Ok(())
    }

    fn accept(
        &self,
        state: &mut State,
        frontier: &mut Frontier,
        run: &[Leaf],
    ) -> Result<(), RecoveryError> {
        let first = frontier.size();
        let void_at = |index: u64| move |void: Void| RecoveryError::Void { index, void };
        let checked =
            check_run(state, run).map_err(|(offset, void)| void_at(first + offset)(void))?;
        for (leaf, ballot) in run.iter().zip(checked) {
            let index = frontier.size();
            let replaced = state
                .election()
                .check_acceptance(ballot.slot())
                .map_err(void_at(index))?;
            let earlier = match replaced {
                Some(accepted) => self.read(accepted.index, accepted.index + 1)?.pop(),
                None => None,
            };
            let past = Position {
                frontier,
                earlier: |_| earlier.as_ref().map(|leaf| leaf.bytes.clone()),
            };
            state
                .accept(&ballot, leaf.hash, &past)
                .map_err(void_at(index))?;
            frontier.push(leaf.hash);
        }
        Ok(())
    }
}

/// The proofs of a run, in order; or the offset of the first ballot that should not be there.
fn check_run(state: &State, run: &[Leaf]) -> Result<Vec<CheckedBallot>, (u64, Void)> {
    let mut ballots: Vec<(BallotEntry, u32)> = Vec::with_capacity(run.len());
    let shape = &state.election().constants().shape;
    let voting = state.election().voting().map_err(|void| (0, void))?;
    for (offset, leaf) in (0..).zip(run) {
        let at = |void| (offset, void);
        let signed = SignedEntry::decode(&leaf.bytes, shape)
            .map_err(|error| at(urne_election::phase::Check::Form.void(error.to_string())))?;
        let Entry::Ballot(ballot) = signed.entry else {
            return Err(at(urne_election::phase::Check::Form.void("it is no ballot")));
        };
        let college = voting.college(&ballot.key).map_err(at)?;
        ballots.push((ballot, college));
    }
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let share = ballots.len().div_ceil(threads).max(1);
    let outcomes = thread::scope(|scope| {
        let workers: Vec<_> = ballots
            .chunks(share)
            .map(|ballots| {
                scope.spawn(|| {
                    let unproven: Vec<Unproven<'_>> = ballots
                        .iter()
                        .map(|(ballot, college)| Unproven {
                            ballot,
                            college: *college,
                        })
                        .collect();
                    check_proofs(voting.context(), &unproven)
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| {
                worker
                    .join()
                    .expect("invariant: checking a proof does not panic")
            })
            .collect::<Vec<_>>()
    });
    (0..)
        .zip(outcomes)
        .map(|(offset, outcome)| outcome.map_err(|void| (offset, void)))
        .collect()
}
