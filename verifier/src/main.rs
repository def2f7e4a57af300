//! The command `urne-verify`.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use rand::TryRng;
use rand::rngs::SysRng;
use urne_verify::{NoRandomness, Options, ReadError, Source, from_base64url, verify};

/// Verifies the record of an Urne election.
///
/// Exit code 0: everything holds and the election has ended. 1: a check failed.
/// 2: unusable arguments. 3: not ended, or something could not be checked.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The folder of the record, or its address (http:// or https://)
    record: String,
    /// The election id printed on the voter's letter
    #[arg(long, value_parser = election_id, allow_hyphen_values = true)]
    election: Option<[u8; 32]>,
    /// A receipt file; may be given several times
    #[arg(long, value_name = "FILE")]
    receipt: Vec<PathBuf>,
    /// Print one JSON object instead of plain words
    #[arg(long)]
    json: bool,
    /// How many threads to use (default: all cores)
    #[cfg(feature = "threads")]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

/// No receipt is longer: an entry in base64url, a proof with every byte escaped, and the rest.
const LONGEST_RECEIPT: usize = 250_000;

fn election_id(text: &str) -> Result<[u8; 32], String> {
    let bytes = from_base64url(text).and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| "an election id is 43 characters of base64url".to_owned())
}

fn read_limited(mut reader: impl Read, limit: usize) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    let most = limit as u64 + 1;
    reader.by_ref().take(most).read_to_end(&mut bytes).map_err(|why| ReadError(why.to_string()))?;
    if bytes.len() > limit {
        return Err(ReadError(format!("longer than {limit} bytes")));
    }
    Ok(bytes)
}

/// A record in a folder.
fn folder(folder: PathBuf) -> impl Source {
    move |path: &str, limit: usize| match File::open(folder.join(path)) {
        Ok(file) => read_limited(file, limit).map(Some),
        Err(why) if matches!(why.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(why) => Err(ReadError(why.to_string())),
    }
}

/// A record below an address.
#[cfg(feature = "http")]
fn website(address: &str) -> impl Source {
    let address = address.trim_end_matches('/').to_owned();
    let wait = std::time::Duration::from_secs(60);
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(wait)).build().into();
    move |path: &str, limit: usize| match agent.get(format!("{address}/{path}")).call() {
        Ok(response) => read_limited(response.into_body().into_reader(), limit).map(Some),
        Err(ureq::Error::StatusCode(404 | 410)) => Ok(None),
        Err(why) => Err(ReadError(why.to_string())),
    }
}

fn source(record: &str) -> Result<Box<dyn Source + '_>, String> {
    #[cfg(feature = "http")]
    if record.starts_with("http://") || record.starts_with("https://") {
        return Ok(Box::new(website(record)));
    }
    match PathBuf::from(record) {
        path if path.is_dir() => Ok(Box::new(folder(path))),
        _ => Err(format!("{record} is not a folder")),
    }
}

fn run(arguments: Arguments) -> Result<ExitCode, String> {
    let source = source(&arguments.record)?;
    let mut options = Options { election: arguments.election, receipts: Vec::new() };
    for path in &arguments.receipt {
        let receipt = File::open(path).map_err(|why| ReadError(why.to_string()));
        let receipt = receipt.and_then(|file| read_limited(file, LONGEST_RECEIPT));
        let receipt = receipt.map_err(|ReadError(why)| format!("{}: {why}", path.display()))?;
        options.receipts.push(receipt);
    }
    #[cfg(feature = "threads")]
    if let Some(threads) = arguments.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build_global().map_err(|why| why.to_string())?;
    }
    let randomness = |bytes: &mut [u8]| SysRng.try_fill_bytes(bytes).map_err(|_| NoRandomness);
    // Drawn on standard error, and only if that is a terminal.
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len} entries, {eta} left") {
        bar.set_style(style);
    }
    let report = verify(source.as_ref(), &options, &randomness, &mut |progress| {
        bar.set_length(progress.of);
        bar.set_position(progress.entries);
    });
    bar.finish_and_clear();
    if arguments.json {
        println!("{}", report.to_json());
    } else {
        print!("{}", report.to_text());
    }
    Ok(ExitCode::from(report.exit_code()))
}

fn main() -> ExitCode {
    run(Arguments::parse()).unwrap_or_else(|why| {
        eprintln!("urne-verify: {why}");
        ExitCode::from(2)
    })
}
