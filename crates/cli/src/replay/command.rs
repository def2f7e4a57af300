//! `urne replay` as people type it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use urne_election::outcome::RuleName;

use super::{Options, Place, print, replay, summary};
use crate::failure::Outcome;
use crate::people::context::Context;

/// Run a whole election with the votes of a published file (Pabulib .pb)
///
/// A server is started for it on this machine. Keys are made by trustees, codes by issuers, every ballot by the voters' own code;
/// the totals are decrypted by the trustees together. The public record is left in a folder that anyone can check with
/// urne-verify.
///
/// A vote that breaks the file's own rules is named with its line and is not cast. With --json the report goes to standard error,
/// and one JSON object to standard output.
#[derive(Args)]
pub struct Replay {
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
    /// Only the first N votes of the file, at least one
    #[arg(long, value_name = "N", value_parser = votes)]
    limit: Option<usize>,
    /// Play everybody in this process, without a server
    #[arg(long)]
    in_process: bool,
    /// Make the same record again: a number from which all randomness is drawn. For tests only: whoever knows it
    /// knows every secret
    #[arg(long, value_name = "NUMBER", requires = "in_process")]
    seed: Option<u64>,
}

fn votes(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number >= 1);
    number.ok_or_else(|| {
        "a whole number from 1 on: an election without a vote would show nothing".to_owned()
    })
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

impl Replay {
    /// Replays and reports; this very program is started as the server.
    ///
    /// # Errors
    /// What went wrong.
    pub fn run(self, context: &Context) -> Outcome {
        let place = if self.in_process {
            Place::InProcess { seed: self.seed }
        } else {
            Place::Server(std::env::current_exe()?)
        };
        let options = Options {
            file: self.file,
            out: self.out,
            trustees: self.trustees,
            threshold: self.threshold,
            rule: self.rule.map(|rule| match rule {
                RuleArgument::Most => RuleName::Most,
                RuleArgument::GreedySkip => RuleName::GreedySkip,
                RuleArgument::GreedyStop => RuleName::GreedyStop,
            }),
            limit: self.limit,
            place,
        };
        let replayed = replay(&options)?;
        if context.json {
            print(&replayed, &options.out, &mut std::io::stderr().lock())?;
            println!("{}", summary(&replayed, &options.out));
        } else {
            print(&replayed, &options.out, &mut std::io::stdout().lock())?;
        }
        Ok(())
    }
}
