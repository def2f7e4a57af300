//! `fuzz`: damaged input for the decoders, the board and the verifier, a bounded time each.

use std::fs;
use std::process::Command;

use crate::process::{self, Failure, root};

/// Runs all targets, or the one that is named.
pub(crate) fn run(rest: &[&str]) -> Result<(), Failure> {
    let (seconds, named) = match rest {
        ["--seconds", seconds, named @ ..] => (*seconds, named),
        named => ("60", named),
    };
    let seconds: u32 = seconds
        .parse()
        .map_err(Failure::at("--seconds wants a whole number"))?;
    let targets = targets()?;
    let chosen: Vec<&str> = match named {
        [] => targets.iter().map(String::as_str).collect(),
        [name] if targets.iter().any(|target| target == name) => vec![name],
        _ => {
            return Err(Failure(format!(
                "name one of the targets: {}",
                targets.join(", ")
            )));
        }
    };
    for target in chosen {
        begin_corpus(target)?;
        let mut command = Command::new("cargo");
        command.current_dir(root());
        // Unsafe code is forbidden in the project, so the address sanitizer would only slow the search down.
        command.args(["fuzz", "run", "--sanitizer", "none", target, "--"]);
        command.arg(format!("-max_total_time={seconds}"));
        // Inputs describe damage to valid things: they may be long from the start.
        command.args(["-len_control=0", "-max_len=1024", "-timeout=20"]);
        command.arg("-print_final_stats=1");
        process::run(&mut command).map_err(|Failure(why)| {
            Failure(format!(
                "{why}\n(the tool is installed by `cargo install cargo-fuzz --locked`; \
                an input that was found stands in fuzz/artifacts/{target})"
            ))
        })?;
    }
    Ok(())
}

/// From nothing the fuzzer would grow its inputs byte by byte; it starts from noise instead, the same on every machine.
fn begin_corpus(target: &str) -> Result<(), Failure> {
    let folder = root().join("fuzz/corpus").join(target);
    let what = folder.display().to_string();
    fs::create_dir_all(&folder).map_err(Failure::at(what.as_str()))?;
    let mut state = 0x9e37_79b9_u32;
    for number in 1..=16 {
        let noise: Vec<u8> = (0..number * 32)
            .map(|_| {
                // Marsaglia's xorshift with 32 bits of state
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                state.to_le_bytes()[2]
            })
            .collect();
        let file = folder.join(format!("noise-{number}"));
        fs::write(file, noise).map_err(Failure::at(what.as_str()))?;
    }
    Ok(())
}

/// The targets: one file each.
fn targets() -> Result<Vec<String>, Failure> {
    let folder = root().join("fuzz/targets");
    let what = folder.display().to_string();
    let mut names = Vec::new();
    for file in folder.read_dir().map_err(Failure::at(what.as_str()))? {
        let path = file.map_err(Failure::at(what.as_str()))?.path();
        if let Some(name) = path.file_stem() {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
