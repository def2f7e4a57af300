//! `load`: many ballots at once against a real server, everything optimised.

use crate::process::{Failure, cargo, root, run as run_command, target_folder};

/// Builds server and clients, runs them, and keeps the figures; what follows is passed on.
pub(crate) fn run(rest: &[&str]) -> Result<(), Failure> {
    let words = "build --release --package urne-cli --bin urne --package urne-tests --bin load";
    run_command(&mut cargo(words.split(' ')))?;
    let folder = target_folder().join("release");
    let mut load = std::process::Command::new(folder.join("load"));
    load.arg("--program").arg(folder.join("urne"));
    if !rest.contains(&"--json") {
        let figures = root().join("docs").join("performance").join("load.json");
        load.arg("--json").arg(figures);
    }
    run_command(load.args(rest))
}
