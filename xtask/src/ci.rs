//! `ci`: everything that must hold before a change is pushed; the same here and on the machine that watches the project.

use std::time::Instant;

use crate::process::{self, Failure, cargo, target_folder};
use crate::{booth, deps, in_ci, test, wasm};

type Step = (&'static str, fn() -> Result<(), Failure>);

const STEPS: &[Step] = &[
    ("formatting", formatting),
    ("deps", deps::run),
    ("lints", lints),
    ("booth, twice", build_the_booth_twice),
    ("fuzz targets compile", fuzz_targets_compile),
    ("test", test::run),
    ("wasm", compile_to_wasm),
];

/// Runs each step, the quick ones first, and stops at the first that fails.
pub(crate) fn run() -> Result<(), Failure> {
    let mut account = String::new();
    for (name, step) in STEPS {
        eprintln!("\n== {name}");
        let start = Instant::now();
        let outcome = step();
        let verdict = if outcome.is_ok() { "ok" } else { "FAILED" };
        let seconds = start.elapsed().as_secs();
        account.push_str(&format!("{name:22} {verdict:6} {seconds:5} s\n"));
        if let Err(Failure(why)) = outcome {
            eprint!("\n{account}");
            return Err(Failure(format!("{name}: {why}")));
        }
    }
    eprint!("\n{account}");
    Ok(())
}

fn formatting() -> Result<(), Failure> {
    process::run(&mut cargo(["fmt", "--all", "--check"]))?;
    let fuzz = "fmt --manifest-path fuzz/Cargo.toml --check";
    process::run(&mut cargo(fuzz.split(' ')))
}

fn lints() -> Result<(), Failure> {
    let words = "clippy --workspace --all-targets --all-features --locked -- -D warnings";
    process::run(&mut cargo(words.split(' ')))
}

/// The fuzz targets are a workspace of their own, since only a fuzzer can run them.
fn fuzz_targets_compile() -> Result<(), Failure> {
    let words = "clippy --manifest-path fuzz/Cargo.toml --locked --target-dir";
    let mut command = cargo(words.split(' '));
    command.arg(target_folder()).args(["--", "-D", "warnings"]);
    process::run(&mut command)
}

/// Two checkouts give the same bytes.
fn build_the_booth_twice() -> Result<(), Failure> {
    booth::run_twice(in_ci())
}

fn compile_to_wasm() -> Result<(), Failure> {
    wasm::run(in_ci())
}
