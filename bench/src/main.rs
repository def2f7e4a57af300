//! `cargo xtask bench`: how long Urne's ballots take, beside the floor of any homomorphic tally and beside classical proofs.
//!
//! In reading order: [`election`] makes the ballots, [`classical`] is the baseline, [`measure`] times side by side,
//! [`ballots`] says what is timed, [`report`] prints it. Everything timed runs on one thread.

mod ballots;
mod classical;
mod election;
mod measure;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;

use ballots::Extent;
use report::Report;

const FULL: Extent = Extent {
    voters: 10_000,
    batch: 1_000,
    rounds: 20,
    whole_rounds: 5,
};
const QUICK: Extent = Extent {
    voters: 1_000,
    batch: 1_000,
    rounds: 3,
    whole_rounds: 1,
};

const USAGE: &str = "usage: urne-bench [--quick] [--json FILE]";

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{USAGE}")]
    Usage,
    #[error(transparent)]
    Program(#[from] urne_crypto::program::ProgramError),
    #[error("cannot write the figures: {0}")]
    Json(#[from] serde_json::Error),
    #[error("cannot write the figures: {0}")]
    Write(#[from] std::io::Error),
}

#[derive(Default)]
struct Arguments {
    quick: bool,
    json: Option<PathBuf>,
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Arguments, Failure> {
        let mut arguments = Arguments::default();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--quick" => arguments.quick = true,
                "--json" => arguments.json = Some(words.next().ok_or(Failure::Usage)?.into()),
                _ => return Err(Failure::Usage),
            }
        }
        Ok(arguments)
    }
}

fn run() -> Result<(), Failure> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    let extent = if arguments.quick { QUICK } else { FULL };
    let mut elections = Vec::new();
    for options in [2, 5, 20] {
        let measured = ballots::measure(options, &extent)?;
        println!("{}", report::table(&measured));
        println!("{}", report::headline(&measured));
        elections.push(measured);
    }
    if let Some(path) = arguments.json {
        let report = Report {
            unit: "microseconds of processor time per ballot, one figure per round, one thread",
            processor: processor(),
            quick: arguments.quick,
            elections,
        };
        let mut text = serde_json::to_string_pretty(&report)?;
        text.push('\n');
        std::fs::write(path, text)?;
    }
    Ok(())
}

/// The processor's name, where the system tells.
fn processor() -> String {
    std::fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        })
        .unwrap_or_else(|| "unknown".to_owned())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Arguments, Failure> {
        Arguments::parse(words.iter().map(|&word| word.to_owned()))
    }

    #[test]
    fn arguments_are_read_or_refused() {
        let arguments = parse(&["--quick", "--json", "figures.json"]).unwrap();
        assert!(arguments.quick);
        assert_eq!(arguments.json, Some(PathBuf::from("figures.json")));
        let none = parse(&[]).unwrap();
        assert!(!none.quick && none.json.is_none());
        assert!(parse(&["--json"]).is_err());
        assert!(parse(&["--fast"]).is_err());
    }
}
