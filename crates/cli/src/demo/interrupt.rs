//! Ctrl-C, and being asked to end: the demo then stops its server in good order and goes.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use tokio::signal::unix::{SignalKind, signal};

/// Whether somebody wants the program to end, and a way to wait for it.
pub(super) struct Interrupt {
    /// whether it is wanted
    pub(super) wanted: Arc<AtomicBool>,
    come: Receiver<()>,
}

impl Interrupt {
    /// Watches from now on.
    ///
    /// # Errors
    /// When the system does not let signals be received.
    pub(super) fn watch() -> io::Result<Interrupt> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        let (mut interrupt, mut terminate) = {
            let _inside = runtime.enter();
            (
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
            )
        };
        let wanted = Arc::new(AtomicBool::new(false));
        let (told, come) = channel();
        let flag = Arc::clone(&wanted);
        thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            });
            flag.store(true, Ordering::Relaxed);
            // Nobody waits any more when the program is ending already.
            let _ = told.send(());
        });
        Ok(Interrupt { wanted, come })
    }

    /// Waits for it.
    pub(super) fn wait(&self) {
        let _ = self.come.recv();
    }
}
