//! `bench`: the benchmarks, optimised.

use crate::process::{Failure, cargo, run as run_command};

/// Passes everything on.
pub(crate) fn run(rest: &[&str]) -> Result<(), Failure> {
    run_command(cargo("run --release --package urne-bench --".split(' ')).args(rest))
}
