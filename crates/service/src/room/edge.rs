//! The right edge of one board: where the next leaves go, and what became of a write that failed.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use urne_board::tree::{Frontier, Hash, Tree};

use super::shared::Shared;
use crate::store::{Head, Leaf, StoreError};

/// How long between two attempts to find out what became of a write.
const ASK_AGAIN: Duration = Duration::from_millis(250);

/// The committed tree's right edge, at most 64 hashes: roots of what may come are computed on copies of it, never on copies
/// of the tree.
pub(super) struct Edge {
    shared: Arc<Shared>,
    frontier: Frontier,
}

/// What became of a write.
pub(super) enum Written {
    /// it is on the disk
    Kept,
    /// nothing happened
    Lost(StoreError),
    /// not to be found out, or not as it must be: the room says so, and ends or halts
    Unsettled,
}

impl Edge {
    pub(super) fn of(tree: &Tree, shared: &Arc<Shared>) -> Edge {
        let mut frontier = Frontier::new();
        for index in 0..tree.size() {
            let leaf = tree.complete_subtree(0, index);
            frontier.push(*leaf.expect("invariant: a tree has all its leaves"));
        }
        Edge {
            shared: Arc::clone(shared),
            frontier,
        }
    }

    pub(super) fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    pub(super) fn size(&self) -> u64 {
        self.frontier.size()
    }

    pub(super) fn head(&self) -> Head {
        Head {
            size: self.frontier.size(),
            root: self.frontier.root(),
        }
    }

    /// Moves on over a leaf that is committed.
    pub(super) fn push(&mut self, leaf: Hash) {
        self.frontier.push(leaf);
    }

    /// An entry on the board.
    pub(super) async fn entry(&self, index: u64) -> Result<Vec<u8>, StoreError> {
        let store = self.shared.store.for_writers();
        let mut leaves = store.entries(self.shared.log, index..index + 1).await?;
        leaves
            .pop()
            .map(|leaf| leaf.bytes)
            .ok_or_else(|| StoreError::Damaged("an entry is missing".into()))
    }

    /// Commits leaves after the edge, and finds out what became of them. The edge stays: memory follows, leaf by leaf.
    pub(super) async fn write(&self, leaves: Arc<[Leaf]>) -> Written {
        let before = self.head();
        let mut grown = self.frontier.clone();
        for leaf in leaves.iter() {
            grown.push(leaf.hash);
        }
        let after = Head {
            size: grown.size(),
            root: grown.root(),
        };
        let started = Instant::now();
        let shared = &self.shared;
        let outcome = shared.store.append(shared.log, before, leaves, after).await;
        metrics::histogram!("urne_append_seconds").record(started.elapsed().as_secs_f64());
        match outcome {
            Ok(()) => Written::Kept,
            Err(error) => self.find_out(error, before, after).await,
        }
    }

    async fn find_out(&self, error: StoreError, before: Head, after: Head) -> Written {
        let shared = &self.shared;
        tracing::warn!(%error, "a write failed: asking the store what became of it");
        metrics::counter!("urne_failed_writes_total").increment(1);
        loop {
            match shared.store.for_writers().head(shared.log).await {
                Ok(head) if head == after => {
                    shared.set_known(None);
                    return Written::Kept;
                }
                Ok(head) if head == before => {
                    shared.set_known(None);
                    return Written::Lost(error);
                }
                Ok(_) => {
                    shared.halt("the log stands where this server did not put it: another server writes to the database".into());
                    return Written::Unsettled;
                }
                Err(cause) => shared.set_known(Some(format!(
                    "a write failed ({error}), and the database cannot be asked what became of it ({cause})"
                ))),
            }
            if shared.ends() {
                return Written::Unsettled;
            }
            sleep(ASK_AGAIN).await;
        }
    }
}
