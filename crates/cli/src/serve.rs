//! `urne serve`: the server, until it is told to stop.

use std::path::PathBuf;

use clap::Args;
use urne_service::config::Config;
use urne_service::desk::Token;
use urne_service::serve;

use crate::failure::Outcome;

/// Run the server
///
/// Its first line says where it listens. SIGTERM or Ctrl-C lets it finish what it accepted. Settings may also come from variables
/// URNE_SERVE_…, and the operator's token from URNE_OPERATOR_TOKEN.
#[derive(Args)]
pub struct Serve {
    /// The configuration file (TOML)
    #[arg(long, value_name = "FILE", default_value = "urne.toml")]
    config: PathBuf,
    /// Print a new operator's token and the hash that stands in the configuration for it, and do nothing else
    #[arg(long)]
    new_operator_token: bool,
}

/// Serves, or prints a token.
///
/// # Errors
/// What keeps the server from starting.
pub fn run(arguments: &Serve) -> Outcome {
    if arguments.new_operator_token {
        let token = Token::random()?;
        println!("token (keep it secret; URNE_OPERATOR_TOKEN, or typed where it is asked for):");
        println!("{}", token.reveal());
        println!("for the configuration file:");
        println!("operator_token_hash = \"{}\"", token.hash().reveal());
        return Ok(());
    }
    let config = Config::load(&arguments.config)?;
    serve::log(&config.log);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(serve::serve(config))?)
}
