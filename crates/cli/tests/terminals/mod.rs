//! Commands typed in terminals, against a server of their own.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The terminals of the document: one folder, one passphrase, and the commands on the path.
pub(crate) struct Terminals {
    folder: TempDir,
    path: String,
    server: Option<Child>,
}

impl Terminals {
    pub(crate) fn new() -> Terminals {
        let folder = TempDir::new().unwrap();
        let commands = folder.path().join(".commands");
        fs::create_dir(&commands).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_urne"), commands.join("urne")).unwrap();
        std::os::unix::fs::symlink(crate::verifier::program(), commands.join("urne-verify"))
            .unwrap();
        let path = format!("{}:{}", commands.display(), std::env::var("PATH").unwrap());
        Terminals {
            folder,
            path,
            server: None,
        }
    }

    fn command(&self, script: &str) -> Command {
        let mut command = Command::new("bash");
        command
            .args(["-e", "-u", "-o", "pipefail", "-c", script])
            .current_dir(self.folder.path())
            .env("PATH", &self.path)
            .env("URNE_PASSPHRASE", "only for trying this out")
            .env("LC_ALL", "C")
            .env_remove("URNE_OPERATOR_TOKEN")
            .env_remove("URNE_TOKEN");
        command
    }

    /// Types a block; every question is answered with Enter.
    pub(crate) fn output(&self, script: &str) -> Output {
        let mut child = self
            .command(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Commands that ask nothing may have ended before.
        let _ = child.stdin.take().unwrap().write_all(&[b'\n'; 20]);
        child.wait_with_output().unwrap()
    }

    pub(crate) fn typed(&self, script: &str) -> String {
        let output = self.output(script);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let noted = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{script}\n{}\n{said}\n{noted}",
            output.status
        );
        said
    }

    pub(crate) fn json(&self, script: &str) -> Value {
        serde_json::from_str(&self.typed(script)).unwrap()
    }

    pub(crate) fn refused(&self, script: &str, code: i32) -> String {
        let output = self.output(script);
        let noted = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{script}\n{noted}");
        noted
    }

    pub(crate) fn serve(&mut self, script: &str) {
        // exec: the process to end is the server, not a shell around it.
        let script = script.replace(" urne serve", " exec urne serve");
        let log = fs::File::create(self.at("server.log")).unwrap();
        let mut child = self
            .command(&script)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        self.server = Some(child);
        assert!(line.starts_with("listening on http://"), "{line:?}");
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Terminals {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
