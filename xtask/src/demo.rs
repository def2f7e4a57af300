//! `demo`: a whole election against a real server, built as the tests are.

use std::process::Command;

use crate::booth;
use crate::process::{Failure, cargo, run as run_command, target_folder};

/// Builds the booth where that can be done, and the programs people type, then runs `urne demo` with what follows.
pub(crate) fn run(rest: &[&str]) -> Result<(), Failure> {
    booth::run_if_possible()?;
    let words = "build --quiet --package urne-cli --package urne-verify --bins";
    run_command(&mut cargo(words.split(' ')))?;
    let program = target_folder().join("debug").join("urne");
    run_command(Command::new(program).arg("demo").args(rest))
}
