//! What time it is, as an argument: the server reads the system's clock, tests move their own.
//!
//! Only announced hours and freezes look here. How long to wait for a batch or a witness is measured by the runtime, which
//! cannot be set back.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Something that knows the time.
pub trait Clock: Send + Sync + 'static {
    /// Seconds since 1970-01-01 00:00 UTC.
    fn now_s(&self) -> u64;
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_s(&self) -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
    }
}

/// A clock that moves only when told to.
#[derive(Debug)]
pub struct SetClock(AtomicU64);

impl SetClock {
    /// A clock that stands at this time, in seconds since 1970.
    pub fn new(now_s: u64) -> SetClock {
        SetClock(AtomicU64::new(now_s))
    }

    /// Sets it.
    pub fn set(&self, now_s: u64) {
        self.0.store(now_s, Ordering::Relaxed);
    }
}

impl Clock for SetClock {
    fn now_s(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
