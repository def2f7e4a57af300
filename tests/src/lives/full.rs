//! A server whose disk is full: a small file system in memory, and a file that takes the rest of it.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use hyper::StatusCode;
use hyper::body::Bytes;
use urne_cli::stage::{LocalServer, Settings};
use urne_cli::wire::server::{LARGEST_ANSWER, Sent, Server, WireError};

use super::clients::Clients;
use super::{Account, Ending, Plan, conclude, prepare};
use crate::load::LoadError;

/// Why nothing is shown.
#[derive(Debug, thiserror::Error)]
pub enum NoRoom {
    /// This machine gives no small file system.
    #[error("{0}")]
    Unavailable(String),
    /// Something does not hold.
    #[error(transparent)]
    Failed(#[from] LoadError),
}

/// What happened.
#[derive(Clone, Debug)]
pub struct Fullness {
    /// ballots made
    pub ballots: usize,
    /// answers 507 `storage-full`
    pub without_room: usize,
    /// answers 202 and 503 while there was no room: taken but not published, or not known
    pub in_doubt: usize,
    /// ballots with a receipt in the end, all on the board
    pub receipts: usize,
}

/// Room of the small file system.
const SIZE: &str = "size=24m";
/// Ballots cast each time the disk is full.
const AT_A_TIME: usize = 4;
/// What is left free, so that now one write fails and now another: the log of the database, the tripwire, the checkpoint.
const LEFT_FREE: [u64; 6] = [0, 4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10];

/// A file system of its own; gone when dropped.
struct Small {
    folder: tempfile::TempDir,
}

impl Small {
    fn mount() -> Result<Small, NoRoom> {
        let unavailable = |why: String| {
            let why = why.trim();
            NoRoom::Unavailable(format!("no small file system can be mounted here: {why}"))
        };
        let folder = tempfile::tempdir().map_err(|error| unavailable(error.to_string()))?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", SIZE, "tmpfs"])
            .arg(folder.path())
            .output()
            .map_err(|error| unavailable(error.to_string()))?;
        if mounted.status.success() {
            Ok(Small { folder })
        } else {
            Err(unavailable(
                String::from_utf8_lossy(&mounted.stderr).into_owned(),
            ))
        }
    }

    fn ballast(&self) -> PathBuf {
        self.folder.path().join("ballast")
    }

    /// Takes all room but so many bytes.
    fn fill(&self, left_free: u64) -> std::io::Result<()> {
        let mut file = File::create(self.ballast())?;
        let block = [0_u8; 4096];
        let mut written = 0;
        while file.write_all(&block).is_ok() {
            written += block.len() as u64;
        }
        file.set_len(written.saturating_sub(left_free))
    }

    fn make_room(&self) -> std::io::Result<()> {
        fs::remove_file(self.ballast())
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // Lazily: the server that used it may be a moment from its end.
        let _ = Command::new("umount")
            .arg("-l")
            .arg(self.folder.path())
            .status();
    }
}

/// Votes while the disk is full, makes room, votes on; then checks everything.
///
/// # Errors
/// [`NoRoom`].
pub fn run(program: &Path) -> Result<Fullness, NoRoom> {
    let small = Small::mount()?;
    // The server is dropped before the file system is.
    play(program, &small).map_err(NoRoom::Failed)
}

fn play(program: &Path, small: &Small) -> Result<Fullness, LoadError> {
    let settings = Settings {
        data: Some(small.folder.path().join("data")),
        ..Settings::default()
    };
    let mut server = LocalServer::start(program, &settings)?;
    let plan = Plan {
        program: program.to_owned(),
        seed: 0,
        voters: LEFT_FREE.len() * AT_A_TIME,
        clients: 1,
        ending: Ending::Stop,
        endings: 0,
        kills_at_start: 0,
    };
    let mut prepared = prepare(&server, &plan)?;
    let clients = Clients::new(&server, &prepared)?;
    clients.offer((0..).zip(prepared.ballots.iter().cloned()));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let mut fullness = Fullness {
        ballots: prepared.ballots.len(),
        without_room: 0,
        in_doubt: 0,
        receipts: 0,
    };
    for (ballots, left_free) in prepared.ballots.chunks(AT_A_TIME).zip(LEFT_FREE) {
        small.fill(left_free)?;
        for ballot in ballots {
            runtime.block_on(cast_without_room(&clients, ballot, &mut fullness))?;
        }
        if left_free == 0 {
            nothing_else_is_kept(&server)?;
        }
        small.make_room()?;
    }
    runtime.block_on(clients.finish(2))?;
    let ready = reach(&server)?.send_once("GET", "/readyz", Sent::Nothing, LARGEST_ANSWER);
    ready.map_err(|error| LoadError::Lost(format!("not ready although there is room: {error}")))?;
    let mut account = Account::default();
    conclude(&server, &mut prepared, &clients, &mut account)?;
    fullness.receipts = account.receipts;
    server.stop()?;
    Ok(fullness)
}

async fn cast_without_room(
    clients: &Clients,
    ballot: &[u8],
    fullness: &mut Fullness,
) -> Result<(), LoadError> {
    let ballot = Bytes::copy_from_slice(ballot);
    let (status, body) = clients.send(&ballot).await.map_err(LoadError::Lost)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    match status {
        StatusCode::INSUFFICIENT_STORAGE if body.contains("storage-full") => {
            fullness.without_room += 1;
        }
        StatusCode::ACCEPTED | StatusCode::SERVICE_UNAVAILABLE => fullness.in_doubt += 1,
        StatusCode::OK => {}
        _ => {
            let what = format!("a full disk is answered with {status}: {body}");
            return Err(LoadError::Lost(what));
        }
    }
    Ok(())
}

fn reach(server: &LocalServer) -> Result<Server, LoadError> {
    Server::at(server.url()).map_err(|error| LoadError::Lost(error.to_string()))
}

/// The desk says so too.
fn nothing_else_is_kept(server: &LocalServer) -> Result<(), LoadError> {
    let operator = reach(server)?.with_token(server.operator_token());
    let note = format!("{{\"note\":\"{}\"}}", "x".repeat(100));
    for _ in 0..200 {
        let sent = Sent::Json(note.as_bytes());
        match operator.send_once("POST", "/api/v1/invitations", sent, LARGEST_ANSWER) {
            Ok(_) => {}
            Err(WireError::Refused(problem)) if problem.code == "storage-full" => return Ok(()),
            Err(error) => return Err(LoadError::Lost(format!("an invitation: {error}"))),
        }
    }
    Err(LoadError::Lost(
        "invitations are made although there is no room".into(),
    ))
}
