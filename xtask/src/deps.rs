//! `deps`: who depends on whom, compared with the table of ARCHITECTURE.md; and that every dependency stands once, in the
//! root manifest, with its reason beside it.

use std::fs;

use cargo_metadata::{MetadataCommand, Package};

use crate::process::{Failure, root};

/// Which of our crates a crate may depend on, for whatever purpose (tests of its own included).
enum Allowed {
    These(&'static [&'static str]),
    Anything,
}

use Allowed::{Anything, These};

/// The directions of the house. The verifier stands alone: it shares no code with what it judges.
const TABLE: &[(&str, Allowed)] = &[
    ("urne-crypto", These(&[])),
    ("urne-board", These(&[])),
    ("urne-verify", These(&[])),
    ("urne-election", These(&["urne-crypto"])),
    (
        "urne-client",
        These(&["urne-crypto", "urne-election", "urne-board"]),
    ),
    (
        "urne-booth",
        These(&[
            "urne-crypto",
            "urne-election",
            "urne-board",
            "urne-client",
            "urne-verify",
        ]),
    ),
    (
        "urne-service",
        These(&["urne-crypto", "urne-election", "urne-board", "urne-client"]),
    ),
    (
        "urne-cli",
        These(&[
            "urne-crypto",
            "urne-election",
            "urne-board",
            "urne-client",
            "urne-service",
            "urne-verify",
        ]),
    ),
    ("urne-bench", These(&["urne-crypto"])),
    ("urne-tests", Anything),
    ("urne-xtask", These(&[])),
];

/// Prints each broken rule and fails if there is one.
pub(crate) fn run() -> Result<(), Failure> {
    let faults = check()?;
    for fault in &faults {
        eprintln!("deps: {fault}");
    }
    match faults.len() {
        0 => {
            println!("deps: every arrow is in the table, every dependency has its reason");
            Ok(())
        }
        count => Err(Failure(format!(
            "{count} broken rules about dependencies (the table is in xtask/src/deps.rs and ARCHITECTURE.md)"
        ))),
    }
}

/// All broken rules of the workspace.
pub(crate) fn check() -> Result<Vec<String>, Failure> {
    let metadata = MetadataCommand::new()
        .current_dir(root())
        .no_deps()
        .exec()
        .map_err(Failure::at("cargo metadata"))?;
    let read = |path: &std::path::Path| {
        fs::read_to_string(path).map_err(Failure::at(path.display().to_string()))
    };
    let mut faults = undocumented_dependencies(&read(&root().join("Cargo.toml"))?);
    for package in &metadata.packages {
        let crate_name = package.name.as_str();
        faults.extend(forbidden_arrows(crate_name, &our_crates_of(package)));
        let manifest = read(package.manifest_path.as_std_path())?;
        faults.extend(own_versions(crate_name, &manifest));
    }
    Ok(faults)
}

/// Those dependencies which live in this repository.
fn our_crates_of(package: &Package) -> Vec<&str> {
    let dependencies = package.dependencies.iter();
    dependencies
        .filter(|dependency| dependency.path.is_some())
        .map(|dependency| dependency.name.as_str())
        .collect()
}

fn forbidden_arrows(crate_name: &str, depends_on: &[&str]) -> Vec<String> {
    let Some((_, allowed)) = TABLE.iter().find(|(name, _)| *name == crate_name) else {
        return vec![format!("{crate_name} has no row in the table")];
    };
    depends_on
        .iter()
        .filter(|other| match allowed {
            Anything => false,
            These(names) => !names.contains(other),
        })
        .map(|other| format!("{crate_name} must not depend on {other}"))
        .collect()
}

/// The lines `(section, line)` of a manifest that declare something, comments and blanks aside.
fn declarations(manifest: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut section = "";
    manifest.lines().map(str::trim).filter_map(move |line| {
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        if let Some(header) = line.strip_prefix('[')
            && let Some((name, _)) = header.split_once(']')
            && !line.contains('=')
        {
            section = name;
            return None;
        }
        Some((section, line))
    })
}

/// In the root manifest a dependency takes one line, and the line ends with its reason.
fn undocumented_dependencies(manifest: &str) -> Vec<String> {
    declarations(manifest)
        .filter(|(section, _)| *section == "workspace.dependencies")
        .filter(|(_, line)| !line.contains("path = "))
        .filter(|(_, line)| {
            let reason = line.split_once('#').map_or("", |(_, reason)| reason.trim());
            reason.is_empty() || !line.contains('=')
        })
        .map(|(_, line)| format!("Cargo.toml: a reason is missing on the line `{line}`"))
        .collect()
}

/// A crate takes every dependency from the workspace.
fn own_versions(crate_name: &str, manifest: &str) -> Vec<String> {
    declarations(manifest)
        .filter(|(section, _)| section.contains("dependencies"))
        .filter(|(section, line)| {
            let one_line_each = section.ends_with("dependencies");
            let spaceless: String = line.split_whitespace().collect();
            !one_line_each || !spaceless.contains("workspace=true")
        })
        .map(|(_, line)| format!("{crate_name} declares `{line}` without `workspace = true`"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_keeps_the_rules() {
        let faults = check().expect("the workspace can be read");
        assert!(faults.is_empty(), "{faults:#?}");
    }

    #[test]
    fn an_arrow_in_the_table_is_allowed() {
        assert!(forbidden_arrows("urne-client", &["urne-board", "urne-election"]).is_empty());
        assert!(forbidden_arrows("urne-tests", &["urne-cli", "urne-verify"]).is_empty());
    }

    #[test]
    fn a_forbidden_arrow_is_named() {
        let faults = forbidden_arrows("urne-verify", &["urne-crypto"]);
        assert_eq!(faults, ["urne-verify must not depend on urne-crypto"]);
        let faults = forbidden_arrows("urne-election", &["urne-crypto", "urne-board"]);
        assert_eq!(faults, ["urne-election must not depend on urne-board"]);
    }

    #[test]
    fn a_crate_without_a_row_is_named() {
        let faults = forbidden_arrows("urne-new", &[]);
        assert_eq!(faults, ["urne-new has no row in the table"]);
    }

    #[test]
    fn a_dependency_without_a_reason_is_named() {
        let manifest = "[workspace.dependencies]\nurne-a = { path = \"a\" }\n\
            good = \"1\" # because\nbad = \"2\"\nempty = \"3\" #\n[profile.dev]\nopt-level = 1\n";
        let faults = undocumented_dependencies(manifest);
        assert_eq!(
            faults,
            [
                "Cargo.toml: a reason is missing on the line `bad = \"2\"`",
                "Cargo.toml: a reason is missing on the line `empty = \"3\" #`",
            ]
        );
    }

    #[test]
    fn a_version_of_a_crates_own_is_named() {
        let manifest = "[package]\nversion = \"1\"\n[dependencies]\na.workspace = true\n\
            b = { workspace = true, features = [\"x\"] }\nc = \"1\"\n\
            [target.'cfg(unix)'.dev-dependencies]\nd = \"2\"\n[dependencies.e]\nversion = \"3\"\n[features]\nf = []\n";
        let faults = own_versions("urne-a", manifest);
        assert_eq!(
            faults,
            [
                "urne-a declares `c = \"1\"` without `workspace = true`",
                "urne-a declares `d = \"2\"` without `workspace = true`",
                "urne-a declares `version = \"3\"` without `workspace = true`",
            ]
        );
    }
}
