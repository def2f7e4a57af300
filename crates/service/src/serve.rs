//! The server as a process: it binds, says where, answers until it is told to stop, and then finishes what it accepted.

use core::future::Future;
use core::time::Duration;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::api::{App, StartError, router};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Format, Limits, Log, PublicUrl};
use crate::door::Door;

/// Why the server does not start, or stops.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// as configured
        address: SocketAddr,
        /// the system's words
        cause: std::io::Error,
    },
    /// The data folder or a board in it.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Signals cannot be received.
    #[error("the operating system does not let the server receive signals: {0}")]
    Signals(std::io::Error),
}

/// A server that has its address and its boards, and is about to answer.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    app: App,
    limits: Limits,
    trusted_proxies: Vec<IpAddr>,
}

/// Writes log lines to standard error, from now on and for the whole process. Whoever set up a log before keeps it.
pub fn log(log: &Log) {
    let lines = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(&log.level))
        .with_writer(std::io::stderr)
        .with_target(false);
    let set = match log.format {
        Format::Text => lines.with_ansi(false).try_init(),
        Format::Json => lines.json().flatten_event(true).try_init(),
    };
    // Only tests set up a log before.
    let _ = set;
}

/// Serves until SIGTERM or SIGINT. The first line of standard output is `listening on http://ADDRESS`.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(config: Config) -> Result<(), ServeError> {
    let stop = stop_signal()?;
    if config.operator.is_none() {
        tracing::warn!(
            "no operator's token is set (operator_token_hash in the configuration, or URNE_OPERATOR_TOKEN): nobody can create an election here. urne serve --new-operator-token makes one"
        );
    }
    let server = Server::start(config, Arc::new(SystemClock)).await?;
    let mut out = std::io::stdout().lock();
    // Whoever reads the line may have gone; the server serves all the same.
    let _ = writeln!(out, "listening on {}", server.url()).and_then(|()| out.flush());
    drop(out);
    if !crate::booth::is_built() {
        // A target of its own: whoever starts a server that nobody votes at in a browser can leave this out.
        tracing::warn!(
            target: "urne_service::booth",
            "this program was built without the booth: `cargo xtask booth` builds it; nobody can vote in a browser"
        );
    }
    server.run(stop).await;
    Ok(())
}

impl Server {
    /// Binds, opens the data folder, and reads every board again.
    ///
    /// # Errors
    /// [`ServeError`].
    pub async fn start(config: Config, clock: Arc<dyn Clock>) -> Result<Server, ServeError> {
        let cannot = |cause| ServeError::Listen {
            address: config.listen,
            cause,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let here = PublicUrl::of(address);
        let public_url = config.public_url.clone().unwrap_or(here);
        let limits = config.limits.clone();
        let trusted_proxies = config.trusted_proxies.clone();
        let app = App::open(config, public_url, clock).await?;
        Ok(Server {
            listener,
            address,
            app,
            limits,
            trusted_proxies,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as an address for programs on this machine.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers until `stop` is done; then takes no further request, finishes those under way, publishes, and lets go of the data.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Server {
            listener,
            app,
            limits,
            trusted_proxies,
            ..
        } = self;
        let routes = router(app.clone());
        let graceful = GracefulShutdown::new();
        let door = Door::new(&limits, trusted_proxies);
        let mut stop = core::pin::pin!(stop);
        loop {
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = door.accept(&listener) => accepted,
            };
            if let Some(guest) = accepted {
                guest.converse(&routes, &limits, &graceful);
            }
        }
        drop(listener);
        tracing::info!("stopping: no further request is taken");
        let patience = Duration::from_millis(limits.shutdown_ms);
        if tokio::time::timeout(patience, graceful.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("some connections did not end in time and are cut");
        }
        app.close().await;
        tracing::info!("stopped");
    }
}

/// Done once the process is asked to stop.
fn stop_signal() -> Result<impl Future<Output = ()>, ServeError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::Signals)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
