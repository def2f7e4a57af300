//! `vectors`: the test vectors and worked examples of `spec/`, made by the code.

use crate::process::{Failure, cargo, run as run_command};

/// Writes them anew, or with `--check` compares.
pub(crate) fn run(rest: &[&str]) -> Result<(), Failure> {
    let check = match rest {
        [] => None,
        ["--check"] => Some("--check"),
        _ => return Err(Failure("vectors takes nothing or --check".to_owned())),
    };
    let words = "run --release --package urne-tests --bin vectors -- spec";
    run_command(cargo(words.split(' ')).args(check))
}
