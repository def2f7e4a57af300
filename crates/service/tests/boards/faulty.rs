//! A store that fails on command, in both ways a write can fail, and then may not be asked for a while.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use crate::town::Wrap;
use urne_service::store::{
    Head, Leaf, LogId, LogRow, Promise, Store, StoreError, StoredCheckpoint,
};

/// The writes of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    Create,
    Append,
    Keep,
}

/// How a write fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// nothing was written
    Lost,
    /// it was written, and an error is returned all the same
    Kept,
}

/// What fails next. Shared by the test and the store.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    next: Option<(Write, Fault, StoreError)>,
    /// so many writes of the kind go well before
    skip: u32,
    /// after the fault, so many reads of the log's place fail too
    blind: u32,
    fired: bool,
    /// a write of this kind meets a mistake in the program
    panics: Option<Write>,
}

/// Orders that a test holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(Arc<Mutex<Orders>>);

impl Faults {
    /// The next write of this kind fails.
    pub(crate) fn arm(&self, write: Write, fault: Fault, blind: u32) {
        let error = StoreError::Failed("the test says so".into());
        self.arm_with(write, fault, blind, error);
    }

    pub(crate) fn arm_with(&self, write: Write, fault: Fault, blind: u32, error: StoreError) {
        *self.0.lock().unwrap() = Orders {
            next: Some((write, fault, error)),
            skip: 0,
            blind,
            fired: false,
            panics: None,
        };
    }

    /// Writes of this kind meet a mistake in the program.
    pub(crate) fn panic_at(&self, write: Write) {
        self.0.lock().unwrap().panics = Some(write);
    }

    /// The armed fault waits until so many writes of its kind have gone well.
    pub(crate) fn after(&self, skip: u32) {
        self.0.lock().unwrap().skip = skip;
    }

    /// Whether the fault happened, or nothing was armed.
    pub(crate) fn fired(&self) -> bool {
        self.0.lock().unwrap().fired
    }

    fn take(&self, write: Write) -> Option<(Fault, StoreError)> {
        let mut orders = self.0.lock().unwrap();
        let armed = orders
            .next
            .as_ref()
            .is_some_and(|(armed, ..)| *armed == write);
        if armed && orders.skip > 0 {
            orders.skip -= 1;
            return None;
        }
        let (_, fault, error) = orders.next.take_if(|_| armed)?;
        orders.fired = true;
        Some((fault, error))
    }

    fn is_blind(&self) -> bool {
        let mut orders = self.0.lock().unwrap();
        if !orders.fired || orders.blind == 0 {
            return false;
        }
        orders.blind -= 1;
        true
    }

    pub(crate) fn wrap(&self) -> Wrap {
        let faults = self.clone();
        Arc::new(move |inner| {
            Arc::new(FaultyStore {
                inner,
                faults: faults.clone(),
            })
        })
    }
}

struct FaultyStore {
    inner: Arc<dyn Store>,
    faults: Faults,
}

impl FaultyStore {
    async fn write<T>(
        &self,
        write: Write,
        happens: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let panics = self.faults.0.lock().unwrap().panics;
        assert_ne!(panics, Some(write), "the test says so");
        match self.faults.take(write) {
            None => happens.await,
            Some((Fault::Lost, error)) => Err(error),
            Some((Fault::Kept, error)) => {
                happens.await?;
                Err(error)
            }
        }
    }
}

impl Store for FaultyStore {
    fn for_writers(&self) -> &dyn Store {
        self
    }

    fn logs(&self) -> Promise<'_, Vec<LogRow>> {
        self.inner.logs()
    }

    fn create(&self, election: [u8; 32], nonce: [u8; 32], manifest: Leaf) -> Promise<'_, LogId> {
        let happens = self.inner.create(election, nonce, manifest);
        Box::pin(self.write(Write::Create, happens))
    }

    fn head(&self, log: LogId) -> Promise<'_, Head> {
        if self.faults.is_blind() {
            return Box::pin(async { Err(StoreError::Failed("nor can it be read".into())) });
        }
        self.inner.head(log)
    }

    fn append(
        &self,
        log: LogId,
        before: Head,
        leaves: Arc<[Leaf]>,
        after: Head,
    ) -> Promise<'_, ()> {
        let happens = self.inner.append(log, before, leaves, after);
        Box::pin(self.write(Write::Append, happens))
    }

    fn entries(&self, log: LogId, range: Range<u64>) -> Promise<'_, Vec<Leaf>> {
        self.inner.entries(log, range)
    }

    fn keep(&self, log: LogId, checkpoint: StoredCheckpoint) -> Promise<'_, ()> {
        let happens = self.inner.keep(log, checkpoint);
        Box::pin(self.write(Write::Keep, happens))
    }

    fn checkpoint_from(&self, log: LogId, size: u64) -> Promise<'_, Option<StoredCheckpoint>> {
        self.inner.checkpoint_from(log, size)
    }

    fn latest_checkpoint(&self, log: LogId) -> Promise<'_, Option<StoredCheckpoint>> {
        self.inner.latest_checkpoint(log)
    }
}
