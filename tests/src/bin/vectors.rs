//! Writes `spec/vectors/` and `spec/examples.md`, or with `--check` compares them with what would be written.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use urne_tests::vectors::{compare, write};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["--check", folder] => compare(Path::new(folder)),
        [folder] if folder != "--check" => write(Path::new(folder)),
        _ => Err("usage: vectors [--check] SPEC_FOLDER".to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
