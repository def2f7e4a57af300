//! Scenarios in a real browser. Each is a script of `tests/browser/`, run by node with what it needs to know in its environment;
//! what the browser must be is a Chromium, and the packages are those of the lock file.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use urne_cli::wire::server::{LARGEST_ANSWER, Sent, Server, WireError};

/// Where Debian puts it; `URNE_CHROMIUM` names another one.
const CHROMIUM: &str = "/usr/bin/chromium";
/// A page that is there where the booth was built.
const PAGE: &str = "/booth/vote.html";

/// A browser with what drives it.
pub struct Browser {
    chromium: PathBuf,
    folder: PathBuf,
    screens: PathBuf,
}

impl Browser {
    /// Finds browser and node, and fetches the packages of the lock file where they are not there yet. Pictures go to the folder
    /// `URNE_SCREENS`, by default to `screens`.
    ///
    /// # Errors
    /// What is missing, in words: the test then says that it is skipped.
    pub fn find(screens: &Path) -> Result<Browser, String> {
        let chromium = std::env::var_os("URNE_CHROMIUM").map_or(CHROMIUM.into(), PathBuf::from);
        if !chromium.is_file() {
            return Err(format!("no browser at {}", chromium.display()));
        }
        run(Command::new("node").arg("--version"))?;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
        if !folder.join("node_modules/playwright-core").is_dir() {
            let mut fetch = Command::new("npm");
            fetch.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
            run(fetch.current_dir(&folder))?;
        }
        let screens = std::env::var_os("URNE_SCREENS").map_or(screens.to_owned(), PathBuf::from);
        std::fs::create_dir_all(&screens)
            .map_err(|error| format!("{}: {error}", screens.display()))?;
        let screens = screens
            .canonicalize()
            .map_err(|error| format!("{}: {error}", screens.display()))?;
        Ok(Browser {
            chromium,
            folder,
            screens,
        })
    }

    /// Whether this server has the booth's pages inside: they are built by `cargo xtask booth`.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn finds_pages(server: &str) -> Result<bool, WireError> {
        let server = Server::at(server)?;
        match server.send_once("GET", PAGE, Sent::Nothing, LARGEST_ANSWER) {
            Ok(_) => Ok(true),
            Err(WireError::NotFound(_)) => Ok(false),
            Err(WireError::Refused(problem)) if problem.code == "not-found" => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The scenarios of a folder of `tests/browser/`, by name.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn scenarios(&self, folder: &str) -> std::io::Result<Vec<PathBuf>> {
        let entries = self.folder.join(folder).read_dir()?;
        let paths: std::io::Result<Vec<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
        let mut scripts = paths?;
        scripts.retain(|path| path.extension().is_some_and(|ending| ending == "mjs"));
        scripts.sort();
        Ok(scripts)
    }

    /// Plays a scenario to its end; what it prints is the answer.
    ///
    /// # Errors
    /// What the scenario says went wrong.
    pub fn play(&self, scenario: &Path, town: &Value) -> Result<String, String> {
        let mut node = Command::new("node");
        node.arg(scenario)
            .current_dir(&self.folder)
            .env("URNE_TOWN", town.to_string())
            .env("URNE_SCREENS", &self.screens)
            .env("URNE_CHROMIUM", &self.chromium);
        run(&mut node)
    }
}

fn run(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| format!("{name}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(said);
    }
    let complained = String::from_utf8_lossy(&output.stderr);
    Err(format!("{name}: {}\n{said}{complained}", output.status))
}
