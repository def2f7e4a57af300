//! Rust to WebAssembly, one module for each feature of `urne-booth`, and the JavaScript that stands before it.
//!
//! Nothing of the place where they are built enters the modules: paths are replaced, so that anybody with the same compiler
//! builds the same bytes. Which compiler that is stands in `built-with.txt`.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wasm_bindgen_cli_support::Bindgen;

use super::{Files, read};
use crate::process::{self, Failure, answer, cargo};
use crate::wasm::TARGET;

/// The features of `urne-booth`, each a module.
const MODULES: [&str; 3] = ["voter", "office", "observer"];

/// Where it is said what the modules were built with.
const BUILT_WITH: &str = "built-with.txt";

/// Builds every module of a checkout, and adds `NAME.js` and `NAME.wasm`.
pub(super) fn add(
    checkout: &Path,
    target: &Path,
    compiler: Option<&OsStr>,
    files: &mut Files,
) -> Result<(), Failure> {
    let target = target.join("booth");
    let flags = remapping(checkout, &target, compiler)?;
    for name in MODULES {
        let wasm = compile(checkout, &target, compiler, &flags, name)?;
        bind(&wasm, name, &target.join("bound"), files)?;
    }
    let version = version(compiler)?;
    files.insert(BUILT_WITH.to_owned(), version.into_bytes());
    Ok(())
}

fn compile(
    checkout: &Path,
    target: &Path,
    compiler: Option<&OsStr>,
    flags: &str,
    name: &str,
) -> Result<PathBuf, Failure> {
    let words = "rustc --quiet --locked --package urne-booth --lib --crate-type cdylib --profile booth --no-default-features";
    let mut command = cargo(words.split(' '));
    command
        .args(["--features", name, "--target", TARGET, "--target-dir"])
        .arg(target)
        .current_dir(checkout)
        .env("CARGO_ENCODED_RUSTFLAGS", flags);
    if let Some(compiler) = compiler {
        command.env("RUSTC", compiler);
    }
    process::run(&mut command)?;
    Ok(target.join(TARGET).join("booth/urne_booth.wasm"))
}

/// The flags that replace every path of this machine, joined as `CARGO_ENCODED_RUSTFLAGS` wants them. Of several that fit,
/// the compiler takes the last.
fn remapping(checkout: &Path, target: &Path, compiler: Option<&OsStr>) -> Result<String, Failure> {
    let mut named = Command::new(compiler.unwrap_or(OsStr::new("rustc")));
    let sysroot = answer(named.args(["--print", "sysroot"]))
        .ok_or_else(|| Failure("rustc does not say where it lives".to_owned()))?;
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let replaced = [
        (Some(PathBuf::from(sysroot)), "/rust"),
        (home.map(|home| home.join("registry/src")), "/registry"),
        (Some(checkout.to_path_buf()), "/urne"),
        (Some(target.to_path_buf()), "/target"),
    ];
    let flags = replaced.into_iter().filter_map(|(path, name)| {
        path.map(|path| format!("--remap-path-prefix={}={name}", path.display()))
    });
    Ok(flags.collect::<Vec<String>>().join("\u{1f}"))
}

/// The JavaScript in front of a module, as a module of its own; both under the module's name.
fn bind(wasm: &Path, name: &str, folder: &Path, files: &mut Files) -> Result<(), Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(Failure::at(folder.display().to_string()))?;
    }
    let at = || Failure::at(format!("the JavaScript of the module {name}"));
    let mut bindgen = Bindgen::new();
    bindgen.input_path(wasm).out_name(name).typescript(false);
    bindgen
        .remove_name_section(true)
        .remove_producers_section(true);
    bindgen.web(true).map_err(at())?;
    bindgen.generate(folder).map_err(at())?;
    let script = folder.join(format!("{name}.js"));
    files.insert(format!("{name}.js"), read(&script)?);
    let module = folder.join(format!("{name}_bg.wasm"));
    files.insert(format!("{name}.wasm"), read(&module)?);
    Ok(())
}

/// What the same bytes need: the compiler and the version of wasm-bindgen, which is pinned.
fn version(compiler: Option<&OsStr>) -> Result<String, Failure> {
    let mut named = Command::new(compiler.unwrap_or(OsStr::new("rustc")));
    let version = answer(named.arg("--version"))
        .ok_or_else(|| Failure("rustc does not say its version".to_owned()))?;
    Ok(format!("{version}\ncargo xtask booth\n"))
}
