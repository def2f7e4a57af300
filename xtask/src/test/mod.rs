//! `test`: every test of the workspace, on a server with its booth, and an account of it.

mod report;

use std::io::{BufRead, BufReader, pipe};

use crate::process::{Failure, cargo, shown};
use crate::{booth, deps, in_ci};
use report::Report;

/// A slow test that finds this variable leaves itself out, and says so.
const QUICK: &str = "URNE_QUICK";

/// Runs `cargo test` on everything and the dependency rules, then prints the account.
pub(crate) fn run() -> Result<(), Failure> {
    run_tests(false)
}

/// As [`run`], without what takes minutes.
pub(crate) fn run_quick() -> Result<(), Failure> {
    if in_ci() {
        return Err(Failure(
            "with CI=true everything runs: leave --quick away".to_owned(),
        ));
    }
    run_tests(true)
}

fn run_tests(quick: bool) -> Result<(), Failure> {
    booth::run_if_possible()?;
    let mut report = Report::default();
    let faults = deps::check()?;
    report.add_check("xtask", "deps", &faults);
    run_cargo_test(&mut report, quick)?;
    print!("{report}");
    let total = report.total();
    let excused = std::env::var("URNE_MAY_SKIP").unwrap_or_default();
    let excused: Vec<&str> = excused.split(',').collect();
    println!("{total}");
    if total.failed > 0 {
        Err(Failure("tests failed".to_owned()))
    } else if in_ci() && report.unexcused(&excused) > 0 {
        Err(Failure(
            "with CI=true no test may be skipped unless URNE_MAY_SKIP excuses it by name; see above what is missing".to_owned(),
        ))
    } else {
        Ok(())
    }
}

/// Both of cargo's streams go through one pipe, so that "Running …" and a test's own lines keep their order.
fn run_cargo_test(report: &mut Report, quick: bool) -> Result<(), Failure> {
    let (reader, writer) = pipe().map_err(Failure::at("pipe"))?;
    let mut command = cargo(
        "test --workspace --all-features --no-fail-fast --message-format=json-render-diagnostics"
            .split(' '),
    );
    // Tests that pass are shown too: a skipped test is one that passes and says so.
    command.args(["--", "--show-output"]);
    command.env_remove(QUICK);
    if quick {
        command.env(QUICK, "yes");
    }
    eprintln!("$ {}", shown(&command));
    let other_writer = writer.try_clone().map_err(Failure::at("pipe"))?;
    command.stdout(writer).stderr(other_writer);
    let mut child = command.spawn().map_err(Failure::at("cargo test"))?;
    // The command holds the pipe's writing ends; the reading below would never end with them open.
    drop(command);
    for line in BufReader::new(reader).split(b'\n') {
        let line = line.map_err(Failure::at("cargo test"))?;
        let line = String::from_utf8_lossy(&line);
        if report.read_line(&line) {
            println!("{line}");
        }
    }
    let status = child.wait().map_err(Failure::at("cargo test"))?;
    report.finish(status.success());
    Ok(())
}
