//! The command people type.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use urne_cli::replay::{self, Options};
use urne_election::outcome::RuleName;

/// Verifiable elections for decisions people make about their own lives.
#[derive(Parser)]
#[command(name = "urne", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a whole election with the votes of a published file (Pabulib .pb)
    ///
    /// Keys are made by trustees, codes by issuers, every ballot by the voters' own code; the totals are decrypted by the
    /// trustees together. The public record is left in a folder that anyone can check with urne-verify.
    ///
    /// A vote that breaks the file's own rules is named with its line and is not cast.
    Replay {
        /// The file with the votes
        file: PathBuf,
        /// Where the public record goes (a new or empty folder)
        #[arg(long)]
        out: PathBuf,
        /// How many trustees hold the key together
        #[arg(long, default_value_t = 3)]
        trustees: u32,
        /// How many of them are needed to decrypt
        #[arg(long, default_value_t = 2)]
        threshold: u32,
        /// How winners are found (by default the file's own rule where Urne has it, else greedy-skip)
        #[arg(long, value_enum)]
        rule: Option<RuleArgument>,
        /// Only the first N votes of the file
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
        /// Make the same record again: a number from which all randomness is drawn. For tests only: whoever knows it
        /// knows every secret
        #[arg(long, value_name = "NUMBER")]
        seed: Option<u64>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum RuleArgument {
    /// the project with most votes
    Most,
    /// down the ranking, skipping what no longer fits in the budget (Pabulib's "greedy")
    GreedySkip,
    /// down the ranking, stopping at the first that does not fit
    GreedyStop,
}

fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse();
    let outcome = match command {
        Command::Replay {
            file,
            out,
            trustees,
            threshold,
            rule,
            limit,
            seed,
        } => {
            let rule = rule.map(|rule| match rule {
                RuleArgument::Most => RuleName::Most,
                RuleArgument::GreedySkip => RuleName::GreedySkip,
                RuleArgument::GreedyStop => RuleName::GreedyStop,
            });
            let options = Options {
                file,
                out,
                trustees,
                threshold,
                rule,
                limit,
                seed,
            };
            run_replay(&options)
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("urne: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run_replay(options: &Options) -> Result<(), String> {
    let replayed = replay::replay(options).map_err(|error| error.to_string())?;
    let mut out = std::io::stdout().lock();
    replay::print(&replayed, &options.out, &mut out).map_err(|error| error.to_string())
}
