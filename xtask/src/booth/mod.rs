//! `booth`: the static pages with their WebAssembly, in `crates/booth/dist/`, which the server serves from its own binary.
//!
//! - [`modules`]: Rust to WebAssembly and its JavaScript
//! - [`integrity`]: hashes of files, in the forms browsers and the board want
//! - [`pages`]: what pages are told about the files they load
//! - [`bundle`], [`offline`]: the page that works from a disk, as one file
//! - [`twice`]: two checkouts give the same bytes

mod bundle;
mod integrity;
mod modules;
mod offline;
mod pages;
mod twice;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::process::{Failure, root, target_folder};
use crate::wasm::compiler;

/// Files by path relative to `/booth/`.
type Files = BTreeMap<String, Vec<u8>>;

/// The list of all other files, which `open` repeats.
const LIST: &str = "files.json";

/// Builds the booth; `install` allows fetching a compiler from Debian where none is at hand.
pub(crate) fn run(install: bool) -> Result<(), Failure> {
    let compiler = compiler(install)?;
    let files = build(&root(), &target_folder(), compiler.as_deref())?;
    write(&files, &dist())?;
    require_light(&files)?;
    println!("{}", account(&files));
    Ok(())
}

/// Builds the booth where that is possible without fetching a compiler; otherwise says what is missing, and goes on without.
pub(crate) fn run_if_possible() -> Result<(), Failure> {
    match compiler(crate::in_ci()) {
        Ok(_) => run(crate::in_ci()),
        Err(Failure(why)) => {
            eprintln!(
                "xtask: the pages of the booth are not built, everything else goes on: {why}"
            );
            Ok(())
        }
    }
}

/// Builds the booth again in a copy of this checkout elsewhere, and compares.
pub(crate) fn run_twice(install: bool) -> Result<(), Failure> {
    run(install)?;
    twice::run(&dist(), compiler(install)?.as_deref())
}

fn dist() -> PathBuf {
    root().join("crates/booth/dist")
}

/// All files of the booth of a checkout; `target` is where cargo may work.
fn build(
    checkout: &Path,
    target: &Path,
    compiler: Option<&std::ffi::OsStr>,
) -> Result<Files, Failure> {
    let mut files = Files::new();
    read_folder(&checkout.join("crates/booth/web"), "", &mut files)?;
    // What all pages of the house share.
    for name in ["style.css", "icon.svg"] {
        let path = checkout.join("crates/service/templates").join(name);
        files.insert(name.to_owned(), read(&path)?);
    }
    modules::add(checkout, target, compiler, &mut files)?;
    pages::finish(&mut files)?;
    offline::add(&mut files)?;
    let list = list(&files);
    files.insert(LIST.to_owned(), list);
    Ok(files)
}

/// Every file below a folder, by its path with `/`.
fn read_folder(folder: &Path, prefix: &str, files: &mut Files) -> Result<(), Failure> {
    let at = || Failure::at(folder.display().to_string());
    for entry in folder.read_dir().map_err(at())? {
        let path = entry.map_err(at())?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            read_folder(&path, &format!("{name}/"), files)?;
        } else {
            files.insert(name, read(&path)?);
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(Failure::at(path.display().to_string()))
}

/// A file that is text.
fn text(files: &Files, path: &str) -> Result<String, Failure> {
    let bytes = files
        .get(path)
        .ok_or_else(|| Failure(format!("there is no file {path}")))?;
    let text = std::str::from_utf8(bytes).map_err(Failure::at(path))?;
    Ok(text.to_owned())
}

/// One file of the published list.
#[derive(Serialize)]
struct Listed<'f> {
    path: &'f str,
    sha256: String,
    bytes: usize,
}

/// `files.json`: every file, in ascending order of its path.
fn list(files: &Files) -> Vec<u8> {
    let listed = files.iter().map(|(path, bytes)| Listed {
        path,
        sha256: integrity::sha256(bytes),
        bytes: bytes.len(),
    });
    let listed: Vec<Listed> = listed.collect();
    let mut json = serde_json::to_vec_pretty(&listed).unwrap_or_default();
    json.push(b'\n');
    json
}

/// Replaces the folder's contents. A file that stays the same is not touched, so that cargo sees no change.
fn write(files: &Files, folder: &Path) -> Result<(), Failure> {
    let mut old = Files::new();
    if folder.is_dir() {
        read_folder(folder, "", &mut old)?;
    }
    for gone in old.keys().filter(|path| !files.contains_key(*path)) {
        let path = folder.join(gone);
        fs::remove_file(&path).map_err(Failure::at(path.display().to_string()))?;
    }
    for (path, bytes) in files
        .iter()
        .filter(|(path, bytes)| old.get(*path) != Some(bytes))
    {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(Failure::at(parent.display().to_string()))?;
        fs::write(&path, bytes).map_err(Failure::at(path.display().to_string()))?;
    }
    Ok(())
}

/// The voter's module travels to phones: no more than this many bytes, compressed.
const HEAVIEST_VOTER: usize = 250_000;

fn require_light(files: &Files) -> Result<(), Failure> {
    let voter = files
        .get("voter.wasm")
        .map_or(0, |bytes| integrity::compressed_bytes(bytes));
    match voter <= HEAVIEST_VOTER {
        true => Ok(()),
        false => Err(Failure(format!(
            "voter.wasm has {voter} bytes compressed, and no more than {HEAVIEST_VOTER} may travel to a phone"
        ))),
    }
}

/// What was built, for people.
fn account(files: &Files) -> String {
    let kilobytes = |bytes: usize| format!("{:.1} KB", bytes as f64 / 1000.0);
    let wasm = files.iter().filter(|(path, _)| path.ends_with(".wasm"));
    let wasm = wasm.map(|(path, bytes)| {
        let compressed = kilobytes(integrity::compressed_bytes(bytes));
        format!(
            "{path} {} ({compressed} compressed)",
            kilobytes(bytes.len())
        )
    });
    let wasm: Vec<String> = wasm.collect();
    format!("booth: {} files; {}", files.len(), wasm.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(of: &[(&str, &str)]) -> Files {
        let files = of
            .iter()
            .map(|(path, text)| (path.to_string(), text.as_bytes().to_vec()));
        files.collect()
    }

    #[test]
    fn the_list_names_every_file_with_its_hash_in_order() {
        let list = list(&files(&[("b.js", "b"), ("a.css", "")]));
        let list: serde_json::Value = serde_json::from_slice(&list).unwrap();
        assert_eq!(list[0]["path"], "a.css");
        assert_eq!(list[0]["bytes"], 0);
        // SHA-256 of nothing.
        assert_eq!(
            list[0]["sha256"],
            "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
        );
        assert_eq!(list[1]["path"], "b.js");
    }

    #[test]
    fn what_is_no_longer_built_goes_and_what_is_the_same_stays_untouched() {
        let folder = tempfile::tempdir().unwrap();
        write(&files(&[("js/a.js", "1"), ("js/b.js", "1")]), folder.path()).unwrap();
        let modified = || {
            fs::metadata(folder.path().join("js/a.js"))
                .unwrap()
                .modified()
                .unwrap()
        };
        let before = modified();
        write(&files(&[("js/a.js", "1"), ("c.js", "2")]), folder.path()).unwrap();
        let mut now = Files::new();
        read_folder(folder.path(), "", &mut now).unwrap();
        assert_eq!(now, files(&[("js/a.js", "1"), ("c.js", "2")]));
        assert_eq!(before, modified());
    }
}
