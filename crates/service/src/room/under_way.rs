//! Bytes that are being judged or written at this moment.
//!
//! Whoever sends the same bytes meanwhile waits for what becomes of them: judged a second time they would be refused, with a
//! signature, because of the very write that makes them stand.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use urne_board::tree::Hash;

/// The leaf hashes of one room's bytes that are under way. As many as requests and queues hold.
pub(crate) struct UnderWay {
    leaves: Mutex<HashSet<Hash>>,
    ended: watch::Sender<()>,
}

/// The right to have bytes judged. Others with the same bytes wait until it is dropped.
pub(crate) struct Turn {
    under_way: Arc<UnderWay>,
    leaf: Hash,
}

impl UnderWay {
    pub(crate) fn new() -> Arc<UnderWay> {
        Arc::new(UnderWay {
            leaves: Mutex::default(),
            ended: watch::Sender::new(()),
        })
    }

    /// Nothing where these bytes are under way already.
    pub(crate) fn begin(self: &Arc<UnderWay>, leaf: Hash) -> Option<Turn> {
        self.leaves().insert(leaf).then(|| Turn {
            under_way: Arc::clone(self),
            leaf,
        })
    }

    /// Tells whenever a turn has ended. Ask for it before [`UnderWay::begin`], so that no end is missed.
    pub(crate) fn ends(&self) -> watch::Receiver<()> {
        self.ended.subscribe()
    }

    // A set of hashes is whole whoever was interrupted.
    fn leaves(&self) -> MutexGuard<'_, HashSet<Hash>> {
        self.leaves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.under_way.leaves().remove(&self.leaf);
        self.under_way.ended.send_replace(());
    }
}
