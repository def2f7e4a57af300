//! The program `urne-verify`, beside `urne`: another package's program, so that cargo has to be asked for it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
    let urne = Path::new(env!("CARGO_BIN_EXE_urne"));
    let folder = urne.parent().unwrap();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--locked", "--quiet"])
        // As the whole workspace is built for its tests: then it is there already.
        .args(["--workspace", "--all-features", "--bin", "urne-verify"])
        .arg("--target-dir")
        .arg(folder.parent().unwrap())
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    if folder.ends_with("release") {
        command.arg("--release");
    }
    assert!(command.status().unwrap().success(), "{command:?}");
    folder.join("urne-verify")
});

/// Where it lies, built if need be.
pub(crate) fn program() -> &'static Path {
    &BUILT
}
