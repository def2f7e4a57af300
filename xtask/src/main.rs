//! The project's own commands: `cargo xtask <command>`.
//!
//! Each command is one file, and what it prints is written for people.

mod bench;
mod booth;
mod ci;
mod demo;
mod deps;
mod fuzz;
mod load;
mod process;
mod test;
mod vectors;
mod wasm;

use std::process::ExitCode;

use process::Failure;

const HELP: &str = "\
cargo xtask <command>

  demo       build everything and watch a whole election against a real server
             --once        end after the check; fail if anything did not hold
             --voters N    how many vote (60)
             --lang fr|en  the language it speaks
  test       run every test, then say what ran, what failed, what was skipped and why
             (with CI=true a skipped test counts as a failure)
             --quick     leave out the slow ones, which take minutes; never with CI=true
  deps       check which crate depends on which, and that every dependency has its reason
  booth      build the pages of the booth and their WebAssembly into crates/booth/dist/
             --install   fetch a compiler for it from Debian where there is none (also with CI=true)
             --twice     build them again in a copy elsewhere, and demand the same bytes
  wasm       compile the client and the verifier to WebAssembly
             --install   fetch a compiler for it from Debian where there is none (also with CI=true)
  vectors    write the test vectors and worked examples of spec/ anew
             --check     only say whether they are what the code makes
  bench      run the benchmarks; what follows is passed on
  load       cast many ballots at once against a real server and check everything again
             --ballots N   how many (60000)
             --clients N   how many at the same time (700)
  fuzz       feed the decoders and the verifier with damaged input
             --seconds N   for each target (60)
             TARGET        only this one
  ci         formatting, lints, deps, booth, test, wasm, and that the fuzz targets compile
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(why)) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<(), Failure> {
    match words {
        [] | ["help" | "-h" | "--help"] => {
            print!("{HELP}");
            Ok(())
        }
        ["demo", rest @ ..] => demo::run(rest),
        ["test"] => test::run(),
        ["test", "--quick"] => test::run_quick(),
        ["deps"] => deps::run(),
        ["booth"] => booth::run(in_ci()),
        ["booth", "--install"] => booth::run(true),
        ["booth", "--twice"] => booth::run_twice(in_ci()),
        ["wasm"] => wasm::run(in_ci()),
        ["wasm", "--install"] => wasm::run(true),
        ["vectors", rest @ ..] => vectors::run(rest),
        ["bench", rest @ ..] => bench::run(rest),
        ["load", rest @ ..] => load::run(rest),
        ["fuzz", rest @ ..] => fuzz::run(rest),
        ["ci"] => ci::run(),
        [command, ..] => Err(Failure(format!(
            "`{command}` with these arguments is not a command\n\n{HELP}"
        ))),
    }
}

/// Whether a machine runs us unattended; then nothing may be skipped and what is missing may be fetched.
fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}
