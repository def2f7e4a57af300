//! A server of one's own: `urne serve` as a child process on a free port of this machine, its data in a temporary folder.

use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rand::Rng as _;
use urne_election::json::base64url;

use crate::wire::server::{Server, WireError};

/// What differs from the server's own defaults.
#[derive(Clone, Debug)]
pub struct Settings {
    /// milliseconds for which ballots are gathered before they are written
    pub batch_ms: u64,
    /// milliseconds between publications while ballots arrive
    pub publication_ms: u64,
    /// further lines of the configuration's section `limits`
    pub limits: Vec<String>,
    /// the data folder; where there is none, one that is deleted afterwards
    pub data: Option<PathBuf>,
}

impl Default for Settings {
    /// Answers soon, and lets one machine ask for everybody.
    fn default() -> Settings {
        Settings {
            batch_ms: 20,
            publication_ms: 100,
            limits: vec![
                "requests_per_second = 1000000".into(),
                "burst = 1000000".into(),
                "connections_per_address = 1000000".into(),
            ],
            data: None,
        }
    }
}

/// Why a server of one's own does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Folder or process.
    #[error("cannot start a server: {0}")]
    Start(#[from] io::Error),
    /// It ended, or said nothing.
    #[error("the server did not start; it said:\n{0}")]
    Silent(String),
}

/// A running server.
pub struct LocalServer {
    program: PathBuf,
    child: Child,
    url: String,
    operator_token: String,
    said: Arc<Mutex<Vec<String>>>,
    data: PathBuf,
    folder: tempfile::TempDir,
}

/// Name of the configuration file.
const CONFIGURATION: &str = "urne.toml";
/// How long a server may take to start, or to finish what it accepted.
const PATIENCE: Duration = Duration::from_secs(30);
/// Lines of its log kept.
const KEPT_LINES: usize = 200;
/// How often a server is started anew where its address is taken for a moment.
const STARTS: u32 = 50;
/// Between two such starts.
const START_AGAIN: Duration = Duration::from_millis(100);

impl LocalServer {
    /// Starts `program serve` and waits until it says where it listens.
    ///
    /// # Errors
    /// [`ServerError`].
    pub fn start(program: &Path, settings: &Settings) -> Result<LocalServer, ServerError> {
        let folder = tempfile::Builder::new().prefix("urne-server-").tempdir()?;
        let own = folder.path().join("data");
        let data = settings.data.clone().unwrap_or(own);
        fs::write(
            folder.path().join(CONFIGURATION),
            configuration_text(settings, &data),
        )?;
        let mut secret = [0; 32];
        rand::rng().fill_bytes(&mut secret);
        let operator_token = base64url(&secret);
        let said = Arc::default();
        let mut server = LocalServer {
            child: launch(program, folder.path(), &operator_token, None, &said)?,
            program: program.to_owned(),
            url: String::new(),
            operator_token,
            said,
            data,
            folder,
        };
        server.url = server.address()?;
        Ok(server)
    }

    /// Ends the process at once, with whatever it was doing, as a crash would.
    ///
    /// # Errors
    /// When the process cannot be ended.
    pub fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Starts a server that has ended again: same data, same address.
    ///
    /// # Errors
    /// [`ServerError`].
    pub fn start_again(&mut self) -> Result<(), ServerError> {
        for _ in 1..STARTS {
            self.launch_again()?;
            match self.address() {
                Ok(url) => {
                    self.url = url;
                    return Ok(());
                }
                // Somebody's connection uses the number as its own end for now.
                Err(ServerError::Silent(said)) if said.contains("cannot listen") => {
                    thread::sleep(START_AGAIN);
                }
                Err(error) => return Err(error),
            }
        }
        self.launch_again()?;
        self.url = self.address()?;
        Ok(())
    }

    /// Starts a server that has ended again, and kills it after this time, wherever its start has come by then.
    ///
    /// # Errors
    /// When the process cannot be started or ended.
    pub fn start_and_kill(&mut self, after: Duration) -> io::Result<()> {
        self.launch_again()?;
        thread::sleep(after);
        self.kill()
    }

    fn launch_again(&mut self) -> io::Result<()> {
        self.said = Arc::default();
        let address = self.url.strip_prefix("http://");
        let Self {
            program,
            operator_token,
            folder,
            said,
            ..
        } = self;
        self.child = launch(program, folder.path(), operator_token, address, said)?;
        Ok(())
    }

    /// The first line of its standard output says where it listens.
    fn address(&mut self) -> Result<String, ServerError> {
        let mut line = String::new();
        if let Some(out) = self.child.stdout.take() {
            let mut out = BufReader::new(out);
            out.read_line(&mut line)?;
            let said = Arc::clone(&self.said);
            thread::spawn(move || listen(out, &said));
        }
        match line.trim().strip_prefix("listening on ") {
            Some(url) => Ok(url.to_owned()),
            None => {
                // Whatever it has to say, it says on the way out.
                let _ = self.child.wait();
                thread::sleep(Duration::from_millis(100));
                Err(ServerError::Silent(self.said().join("\n")))
            }
        }
    }

    /// Where it listens: `http://…`, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A way to it.
    ///
    /// # Errors
    /// When the address it named is none.
    pub fn connect(&self) -> Result<Server, WireError> {
        Server::at(&self.url)
    }

    /// What its operator invites organizers with.
    pub fn operator_token(&self) -> &str {
        &self.operator_token
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The configuration it was started with.
    pub fn configuration(&self) -> PathBuf {
        self.folder.path().join(CONFIGURATION)
    }

    /// Its process.
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// The last lines of its log: warnings and errors, for it is told to log nothing else.
    pub fn said(&self) -> Vec<String> {
        self.said
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Lets it finish what it accepted, and waits until it has ended.
    ///
    /// # Errors
    /// When the process cannot be asked or waited for.
    pub fn stop(&mut self) -> io::Result<ExitStatus> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(status);
        }
        self.ask_to_stop();
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(20));
        }
        self.child.kill()?;
        self.child.wait()
    }

    fn ask_to_stop(&mut self) {
        // Every Unix shell has `kill`; where there is none, the server is ended at once, and its store bears that.
        let asked = Command::new("sh")
            .args(["-c", "kill -TERM \"$0\""])
            .arg(self.child.id().to_string())
            .status();
        if !asked.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
    }
}

impl Drop for LocalServer {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

fn launch(
    program: &Path,
    folder: &Path,
    operator_token: &str,
    address: Option<&str>,
    said: &Arc<Mutex<Vec<String>>>,
) -> io::Result<Child> {
    let mut command = Command::new(program);
    command
        .args(["serve", "--config"])
        .arg(folder.join(CONFIGURATION))
        .env("URNE_OPERATOR_TOKEN", operator_token)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(address) = address {
        command.env("URNE_SERVE_LISTEN", address);
    }
    // Ctrl-C is for whoever started the server: it then ends the server in good order.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn()?;
    if let Some(errors) = child.stderr.take() {
        let said = Arc::clone(said);
        thread::spawn(move || listen(BufReader::new(errors), &said));
    }
    Ok(child)
}

fn configuration_text(settings: &Settings, data: &Path) -> String {
    let Settings {
        batch_ms,
        publication_ms,
        limits,
        data: _,
    } = settings;
    // Nobody votes in a browser here, so that a build without the booth is nothing to report.
    let level = "warn,urne_service::booth=error";
    // A literal string of TOML keeps whatever a path holds, apart from the quote itself.
    format!(
        "listen = \"127.0.0.1:0\"\ndata = '{}'\nbatch_ms = {batch_ms}\npublication_ms = {publication_ms}\n\
         [log]\nlevel = \"{level}\"\n[limits]\n{}\n",
        data.display(),
        limits.join("\n")
    )
}

fn listen(lines: impl io::BufRead, said: &Mutex<Vec<String>>) {
    for line in lines.lines().map_while(Result::ok) {
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() < KEPT_LINES {
            said.push(line);
        }
    }
}
