//! `wasm`: the client and the verifier compile to WebAssembly, with no source of randomness of their own.

mod debian;

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use crate::process::{self, Failure, answer, cargo, target_folder};

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Compiles both; `install` allows fetching a compiler from Debian where none is at hand.
pub(crate) fn run(install: bool) -> Result<(), Failure> {
    let compiler = compiler(install)?;
    let mut command = cargo(
        "build --lib --locked --package urne-client --package urne-verify --no-default-features"
            .split(' '),
    );
    command.args(["--target", TARGET, "--target-dir"]);
    command.arg(target_folder().join("wasm"));
    // Whether it compiles is the question, not how fast it runs.
    for setting in [
        "profile.dev.opt-level=0",
        "profile.dev.debug=false",
        "profile.dev.package.\"*\".opt-level=0",
    ] {
        command.args(["--config", setting]);
    }
    if let Some(compiler) = compiler {
        command.env("RUSTC", compiler);
    }
    process::run(&mut command)?;
    println!("wasm: the client and the verifier compile to WebAssembly");
    Ok(())
}

/// A compiler for the target; nothing where it is the one cargo takes anyway.
pub(crate) fn compiler(install: bool) -> Result<Option<OsString>, Failure> {
    if let Some(named) = std::env::var_os("WASM_RUSTC") {
        return match has_core(&named) {
            true => Ok(Some(named)),
            false => Err(Failure(format!(
                "$WASM_RUSTC ({}) has no core library for {TARGET}",
                named.display()
            ))),
        };
    }
    let default = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    if has_core(&default) || (rustup_adds_target() && has_core(&default)) {
        return Ok(None);
    }
    let folder = target_folder().join("wasm-toolchain");
    let ours = folder.join("rustc").into_os_string();
    if has_core(&ours) {
        return Ok(Some(ours));
    }
    if install {
        debian::install(&folder)?;
        return Ok(Some(ours));
    }
    Err(Failure(format!(
        "no compiler here makes WebAssembly; either run `rustup target add {TARGET}`, \
        or, on Debian, `cargo xtask wasm --install`, which fetches one from Debian's packages into {}",
        folder.display()
    )))
}

/// Whether this compiler has the core library of the target.
fn has_core(compiler: &OsString) -> bool {
    let mut command = Command::new(compiler);
    command.args(["--print", "target-libdir", "--target", TARGET]);
    answer(&mut command).is_some_and(|folder| holds_core(Path::new(&folder)))
}

fn holds_core(folder: &Path) -> bool {
    let files = folder.read_dir().into_iter().flatten().flatten();
    files
        .into_iter()
        .any(|file| file.file_name().to_string_lossy().starts_with("libcore-"))
}

fn rustup_adds_target() -> bool {
    let mut command = Command::new("rustup");
    process::run(command.args(["target", "add", TARGET])).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compiler_that_is_not_there_has_no_core() {
        assert!(!has_core(&"/nowhere/rustc".into()));
    }

    #[test]
    fn a_folder_without_the_core_library_is_not_enough() {
        assert!(!holds_core(Path::new(env!("CARGO_MANIFEST_DIR"))));
        assert!(!holds_core(Path::new("/nowhere")));
    }

    #[test]
    fn the_compiler_in_use_has_the_core_library_of_its_own_machine() {
        let mut command = Command::new("rustc");
        let folder = answer(command.args(["--print", "target-libdir"])).expect("rustc answers");
        assert!(holds_core(Path::new(&folder)));
    }
}
