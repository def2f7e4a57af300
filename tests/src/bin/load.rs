//! Casts many ballots at once against a real server and says how it went: `cargo xtask load`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use urne_cli::stage::Settings;
use urne_tests::load::{Options, run};

/// Casts many ballots at once against a real server, then checks everything again.
#[derive(Parser)]
struct Arguments {
    /// The program started as the server: `PROGRAM serve --config FILE`
    #[arg(long)]
    program: PathBuf,
    /// How many ballots
    #[arg(long, default_value_t = 60_000)]
    ballots: usize,
    /// How many clients cast at the same time
    #[arg(long, default_value_t = 700)]
    clients: usize,
    /// The server's batch_ms
    #[arg(long, default_value_t = 200)]
    batch_ms: u64,
    /// The server's publication_ms
    #[arg(long, default_value_t = 400)]
    publication_ms: u64,
    /// Keep all figures in this file
    #[arg(long)]
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    match load(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("load: {why}");
            ExitCode::FAILURE
        }
    }
}

fn load(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let figures = run(&Options {
        program: arguments.program,
        ballots: arguments.ballots,
        clients: arguments.clients,
        settings: Settings {
            batch_ms: arguments.batch_ms,
            publication_ms: arguments.publication_ms,
            ..Settings::default()
        },
        quiet: false,
    })?;
    print!("{}", figures.to_text());
    if let Some(file) = arguments.json {
        let json = serde_json::to_string_pretty(&figures.to_json())?;
        std::fs::write(file, json + "\n")?;
    }
    if figures.refused > 0 {
        return Err(format!("{} ballots were refused", figures.refused).into());
    }
    Ok(())
}
