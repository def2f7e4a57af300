//! Many voters at once: real ballots made beforehand, cast over HTTP by many clients against a real server; then everything is
//! checked again.
//!
//! - [`election`]: founds the election and makes the ballots
//! - [`cast`]: the clients, their receipts, how long they waited
//! - [`recheck`]: every receipt against the board, the board against the independent verifier
//! - [`figures`]: what is reported

pub mod cast;
pub mod election;
pub mod figures;
pub mod recheck;

use std::path::PathBuf;

use urne_cli::stage::{LocalServer, Settings, StageError};

use figures::{Figures, Machine};

/// What to try.
#[derive(Clone, Debug)]
pub struct Options {
    /// started as `PROGRAM serve --config FILE`
    pub program: PathBuf,
    /// how many ballots
    pub ballots: usize,
    /// how many clients cast at the same time, one after the other each
    pub clients: usize,
    /// the server's settings
    pub settings: Settings,
    /// no progress bars
    pub quiet: bool,
}

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The election around the ballots failed.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// The server does not run.
    #[error(transparent)]
    Server(#[from] urne_cli::stage::server::ServerError),
    /// Files, sockets, threads.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Something receipted is not on the board, or the board does not pass.
    #[error("{0}")]
    Lost(String),
}

/// Founds, makes, casts, checks.
///
/// # Errors
/// [`LoadError`]; above all [`LoadError::Lost`].
pub fn run(options: &Options) -> Result<Figures, LoadError> {
    let mut server = LocalServer::start(&options.program, &options.settings)?;
    let mut prepared = election::prepare(&server, options)?;
    let before = Machine::now(server.process_id());
    let cast = cast::all(&server, &prepared, options)?;
    let after = Machine::now(server.process_id());
    let checked = recheck::all(&server, &mut prepared, &cast)?;
    server.stop()?;
    let said = server.said();
    Ok(Figures::new(
        options,
        &cast,
        (&before, &after),
        checked,
        said,
    ))
}
