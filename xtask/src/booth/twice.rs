//! Two checkouts give the same bytes: what is tracked here is copied elsewhere, built there, and compared.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Files, build, read_folder};
use crate::process::{Failure, answer, root};

/// Builds in another folder and compares with what was built here.
pub(super) fn run(dist: &Path, compiler: Option<&OsStr>) -> Result<(), Failure> {
    let elsewhere = tempfile::Builder::new()
        .prefix("urne-booth-elsewhere-")
        .tempdir()
        .map_err(Failure::at("a folder elsewhere"))?;
    let checkout = elsewhere.path().join("another/checkout");
    copy_sources(&checkout)?;
    let again = build(&checkout, &elsewhere.path().join("target"), compiler)?;
    let mut here = Files::new();
    read_folder(dist, "", &mut here)?;
    let paths = here.keys().chain(again.keys());
    let mut different: Vec<&String> = paths
        .filter(|path| here.get(*path) != again.get(*path))
        .collect();
    different.sort_unstable();
    different.dedup();
    match different.is_empty() {
        true => {
            println!("booth: two checkouts give the same bytes");
            Ok(())
        }
        false => Err(Failure(format!("two checkouts differ in {different:?}"))),
    }
}

/// Copies what git tracks or would track.
fn copy_sources(checkout: &Path) -> Result<(), Failure> {
    let mut list = Command::new("git");
    list.args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let paths = answer(list.current_dir(root()))
        .ok_or_else(|| Failure("git does not list the files of this checkout".to_owned()))?;
    for path in paths.lines().map(Path::new) {
        let (from, to) = (root().join(path), checkout.join(path));
        // A file that was deleted and not yet committed.
        if !from.is_file() {
            continue;
        }
        let parent = to.parent().unwrap_or(checkout);
        fs::create_dir_all(parent).map_err(Failure::at(parent.display().to_string()))?;
        fs::copy(&from, &to).map_err(Failure::at(path.display().to_string()))?;
    }
    Ok(())
}
