//! What is vouched for, and the receipts built on it.
//!
//! The receipt of a ballot is always the one on the *first* vouched-for checkpoint that covers it. Signatures being
//! deterministic, it is the same bytes whenever it is asked for, and nothing about receipts has to be stored.

use std::collections::VecDeque;
use std::sync::Arc;

use urne_board::checkpoint::SignedCheckpoint;
use urne_board::proof::TlogProof;
use urne_election::entry::{Entry, SignedEntry};
use urne_election::receipt::Receipt;

use super::shared::Shared;
use crate::store::{StoreError, StoredCheckpoint};

/// So many of the latest checkpoints are at hand without asking the store.
const RECENT: usize = 64;

/// A checkpoint that counts: signed by the log, cosigned as the manifest demands, stored.
#[derive(Clone, Debug)]
pub(crate) struct Vouched(Arc<SignedCheckpoint>);

impl Vouched {
    pub(crate) fn new(checkpoint: SignedCheckpoint) -> Vouched {
        Vouched(Arc::new(checkpoint))
    }

    pub(crate) fn size(&self) -> u64 {
        self.0.checkpoint().size()
    }

    pub(crate) fn checkpoint(&self) -> &SignedCheckpoint {
        &self.0
    }
}

/// The latest vouched-for checkpoints.
#[derive(Clone, Debug, Default)]
pub(crate) struct Published {
    /// ascending
    recent: VecDeque<Vouched>,
}

impl Published {
    pub(crate) fn from_latest(latest: Option<SignedCheckpoint>) -> Published {
        Published {
            recent: latest.map(Vouched::new).into_iter().collect(),
        }
    }

    pub(crate) fn latest(&self) -> Option<&Vouched> {
        self.recent.back()
    }

    pub(crate) fn size(&self) -> u64 {
        self.latest().map_or(0, Vouched::size)
    }

    pub(crate) fn push(&mut self, vouched: Vouched) {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(vouched);
    }

    /// The first checkpoint that covers the entry at `index`, if it is among these beyond doubt: one before it is, too.
    fn first_covering(&self, index: u64) -> Option<&Vouched> {
        let position = self
            .recent
            .iter()
            .position(|vouched| vouched.size() > index)?;
        (position > 0).then(|| &self.recent[position])
    }
}

impl Shared {
    pub(crate) fn published_size(&self) -> u64 {
        self.published.borrow().size()
    }

    /// The first vouched-for checkpoint that covers the entry at `index`; nothing while there is none.
    pub(crate) async fn covering(&self, index: u64) -> Result<Option<Vouched>, StoreError> {
        {
            let published = self.published.borrow();
            if published.size() <= index {
                return Ok(None);
            }
            if let Some(vouched) = published.first_covering(index) {
                return Ok(Some(vouched.clone()));
            }
        }
        let stored = self.store.checkpoint_from(self.log, index + 1).await?;
        stored.map(vouched).transpose()
    }

    /// Waits until the entry at `index` is vouched for; nothing where that cannot be known.
    pub(crate) async fn vouched_for(&self, index: u64) -> Option<Vouched> {
        let mut published = self.published.subscribe();
        published
            .wait_for(|published| published.size() > index)
            .await
            .ok()?;
        self.covering(index).await.ok().flatten()
    }

    /// The bytes of an entry on the board.
    pub(crate) async fn entry(&self, index: u64) -> Result<Vec<u8>, StoreError> {
        let mut leaves = self.store.entries(self.log, index..index + 1).await?;
        leaves
            .pop()
            .map(|leaf| leaf.bytes)
            .ok_or_else(|| StoreError::Damaged("an entry is missing".into()))
    }

    /// The receipt of the ballot `bytes`, which stands at `index`, on a checkpoint that covers it.
    pub(crate) fn receipt_bytes(&self, bytes: Vec<u8>, index: u64, covering: &Vouched) -> Vec<u8> {
        const STANDS: &str =
            "invariant: a ballot that stands can be read, and its board was opened";
        let signed = SignedEntry::decode(&bytes, &self.constants.shape).expect(STANDS);
        let (tracker, proof) = {
            let state = self.state();
            let ctx = state.election().ctx().expect(STANDS);
            let tracker = match &signed.entry {
                Entry::Ballot(ballot) => {
                    ballot.tracker(ctx, self.constants.form.program().ciphertexts())
                }
                _ => unreachable!("{STANDS}"),
            };
            let proof = TlogProof::prove(state.tree(), index, covering.checkpoint().clone());
            (tracker, proof)
        };
        let proof = proof
            .expect("invariant: the tree has grown past every checkpoint it signed")
            .to_string();
        metrics::counter!("urne_receipts_total").increment(1);
        Receipt::sign(
            &self.keys.receipts,
            self.constants.id,
            bytes,
            tracker,
            index,
            (covering.size(), proof),
        )
        .to_bytes()
    }
}

/// Reads a stored checkpoint.
pub(crate) fn vouched(stored: StoredCheckpoint) -> Result<Vouched, StoreError> {
    SignedCheckpoint::parse(stored.text.as_bytes())
        .map(Vouched::new)
        .map_err(|error| StoreError::Damaged(format!("a stored checkpoint: {error}")))
}
