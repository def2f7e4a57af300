//! A compiler for WebAssembly out of Debian's packages, unpacked into a folder of our own; nothing is installed and no
//! administrator is needed.
//!
//! Debian builds `rustc-web` for its browsers. It comes with its sources but without a standard library for
//! WebAssembly, so that library is built here once, from those sources.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use super::TARGET;
use crate::process::{Failure, answer, cargo, run};

/// The folder of a toolchain which holds its own tools.
const HOST_TOOLS: &str = "lib/rustlib/x86_64-unknown-linux-gnu/bin";

/// Makes `folder/rustc`.
pub(super) fn install(folder: &Path) -> Result<(), Failure> {
    // Half a toolchain from an interrupted attempt is worth nothing.
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(at(folder))?;
    }
    let packages = folder.join("packages");
    fs::create_dir_all(&packages).map_err(at(&packages))?;
    unpack(&packages, folder)?;
    fs::remove_dir_all(&packages).map_err(at(&packages))?;
    link_the_linker(folder)?;
    write_wrapper(folder)?;
    build_the_standard_library(folder)
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
    Failure::at(path.display().to_string())
}

/// The packages, the compiler and its sources all of one version.
fn unpack(packages: &Path, folder: &Path) -> Result<(), Failure> {
    let version = match field_of("rustc-web", "Version") {
        Ok(version) => version,
        // A fresh machine has no lists of packages yet.
        Err(_) => {
            run(Command::new("apt-get").args(["update", "--quiet"]))?;
            field_of("rustc-web", "Version")?
        }
    };
    let mut short = version.splitn(3, '.');
    let (Some(major), Some(minor)) = (short.next(), short.next()) else {
        return Err(Failure(format!("rustc-web has an odd version: {version}")));
    };
    let library = format!("libstd-rust-web-{major}.{minor}");
    let depends = field_of(&library, "Depends")?;
    let mut needed = depends.split(", ").map(|name| name.split(' ').next());
    let llvm = needed
        .find_map(|name| name.filter(|name| name.starts_with("libllvm")))
        .ok_or_else(|| Failure(format!("{library} names no libllvm among: {depends}")))?;
    let mut wanted = vec![llvm.to_owned()];
    for name in ["rustc-web", &library, "libstd-rust-web-dev", "rust-web-src"] {
        wanted.push(format!("{name}={version}"));
    }
    let mut download = Command::new("apt-get");
    run(download
        .args(["download", "--quiet"])
        .args(wanted)
        .current_dir(packages))?;
    for package in packages.read_dir().map_err(at(packages))? {
        let package = package.map_err(at(packages))?.path();
        run(Command::new("dpkg").arg("-x").arg(package).arg(folder))?;
    }
    Ok(())
}

/// A field of the newest version of a package; a field can repeat once per version, the newest comes first.
fn field_of(package: &str, field: &str) -> Result<String, Failure> {
    let mut command = Command::new("apt-cache");
    answer(command.args(["show", "--no-all-versions", package]))
        .and_then(|shown| {
            let value = shown
                .lines()
                .find_map(|line| line.strip_prefix(field)?.strip_prefix(": "));
            value.map(str::to_owned)
        })
        .ok_or_else(|| {
            Failure(format!(
                "the package {package} is unknown here; Debian has it"
            ))
        })
}

/// Debian's compiler expects a linker beside it; the usual toolchain brings one.
fn link_the_linker(folder: &Path) -> Result<(), Failure> {
    let usual = answer(Command::new("rustc").args(["--print", "sysroot"]))
        .ok_or_else(|| Failure("rustc does not say where it lives".to_owned()))?;
    let tools = folder.join("usr").join(HOST_TOOLS);
    fs::create_dir_all(&tools).map_err(at(&tools))?;
    let linker = Path::new(&usual).join(HOST_TOOLS).join("rust-lld");
    symlink(linker, tools.join("rust-lld")).map_err(at(&tools))
}

/// The compiler with its own libraries before the system's.
fn write_wrapper(folder: &Path) -> Result<(), Failure> {
    let wrapper = folder.join("rustc");
    let script = "#!/bin/sh\n\
        here=$(cd \"$(dirname \"$0\")\" && pwd)\n\
        LD_LIBRARY_PATH=$here/usr/lib/x86_64-linux-gnu exec \"$here/usr/bin/rustc\" \"$@\"\n";
    fs::write(&wrapper, script).map_err(at(&wrapper))?;
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).map_err(at(&wrapper))
}

/// An empty crate makes cargo build the standard library; its parts then go where the compiler looks for them.
fn build_the_standard_library(folder: &Path) -> Result<(), Failure> {
    let empty = folder.join("empty");
    fs::create_dir_all(empty.join("src")).map_err(at(&empty))?;
    let manifest = "[package]\nname = \"empty\"\nedition = \"2024\"\n[workspace]\n";
    fs::write(empty.join("Cargo.toml"), manifest).map_err(at(&empty))?;
    fs::write(empty.join("src/lib.rs"), "#![no_std]\n").map_err(at(&empty))?;
    let mut build = cargo(["build", "--release", "-Zbuild-std=std,panic_abort"]);
    run(build
        .args(["--target", TARGET, "--target-dir", "target"])
        .env("RUSTC", folder.join("rustc"))
        // Building the standard library is not among the stable features.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .current_dir(&empty))?;
    let built = empty.join("target").join(TARGET).join("release/deps");
    let library = folder.join("usr/lib/rustlib").join(TARGET).join("lib");
    fs::create_dir_all(&library).map_err(at(&library))?;
    for file in built.read_dir().map_err(at(&built))? {
        let file = file.map_err(at(&built))?;
        let name = file.file_name();
        let shown = name.to_string_lossy();
        if shown.ends_with(".rlib") && !shown.starts_with("libempty-") {
            fs::copy(file.path(), library.join(&name)).map_err(at(&library))?;
        }
    }
    fs::remove_dir_all(&empty).map_err(at(&empty))
}
