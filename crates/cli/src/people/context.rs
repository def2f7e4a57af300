//! What all commands share.

use std::path::PathBuf;
use std::str::FromStr;

use serde_json::Value;
use urne_client::http::SeatView;
use urne_client::replica::Replica;
use urne_election::json::{base64url, from_base64url};

use super::asking::insist;
use super::words::Words;
use crate::failure::{Failure, Outcome};
use crate::files::disk;
use crate::files::folder::{Connection, Folder};
use crate::files::passphrase::PassphraseArguments;
use crate::language::Language;
use crate::wire::board::Board;
use crate::wire::server::{Server, WireError};

/// Where a command works and how it speaks.
#[derive(Clone, Debug, clap::Args)]
pub struct Context {
    /// The folder with this role's files (each role in each election has its own)
    #[arg(long, global = true, default_value = ".", value_name = "DIR")]
    pub folder: PathBuf,
    /// Print one JSON object on standard output instead of words
    #[arg(long, global = true)]
    pub json: bool,
    /// How the passphrase comes
    #[command(flatten)]
    pub passphrase: PassphraseArguments,
}

impl Context {
    /// Opens the role's folder.
    ///
    /// # Errors
    /// Where another command is at work in it.
    pub fn open_folder(&self) -> Outcome<Folder> {
        Ok(Folder::open(&self.folder)?)
    }

    /// Says the outcome: words, or the same as JSON.
    pub fn tell(&self, words: &str, json: &Value) {
        if self.json {
            println!("{json}");
        } else {
            println!("{words}");
        }
    }

    /// Says something beside the outcome.
    pub fn note(&self, words: &str) {
        eprintln!("{words}");
    }
}

/// An election id as people type it: 43 characters of base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElectionId(pub [u8; 32]);

impl FromStr for ElectionId {
    type Err = String;

    fn from_str(text: &str) -> Result<ElectionId, String> {
        from_base64url(text.trim())
            .map(ElectionId)
            .ok_or_else(|| "an election id has 43 characters (letters, digits, - and _)".to_owned())
    }
}

impl core::fmt::Display for ElectionId {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(&base64url(&self.0))
    }
}

/// A secret token: from a file, the environment, or the keyboard; never from the command line, where others could see it.
#[derive(Clone, Debug, clap::Args)]
pub struct TokenArguments {
    /// File with the token (- for standard input); otherwise the variable URNE_TOKEN, otherwise it is asked
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

impl TokenArguments {
    /// The token.
    ///
    /// # Errors
    /// Where there is none.
    pub fn read(&self, what: &str, variable: &str) -> Outcome<String> {
        let words = Words::of(Language::English);
        let judged = |text: &str| {
            let token = text.trim();
            let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
            let wrong = || format!("this is no {what}: it is one word of letters and digits");
            is_token.then(|| token.to_owned()).ok_or_else(wrong)
        };
        let given = match (&self.token_file, std::env::var(variable)) {
            (Some(path), _) if path.as_os_str() == "-" => {
                let mut line = String::new();
                std::io::stdin().read_line(&mut line)?;
                line
            }
            (Some(path), _) => String::from_utf8_lossy(&disk::read(path, 4096)?).into_owned(),
            (None, Ok(token)) => token,
            (None, Err(_)) => return insist(&words, || asked(what), judged),
        };
        judged(&given).map_err(Failure::new)
    }
}

fn asked(what: &str) -> Outcome<String> {
    rpassword::prompt_password(format!("{what}: ")).map_err(|why| {
        Failure::new(format!(
            "no token can be asked here ({why}): use --token-file"
        ))
    })
}

/// The server of a role, with its token.
///
/// # Errors
/// Where the address in the folder is none.
pub fn server(connection: &Connection) -> Outcome<Server> {
    Ok(Server::at(&connection.server)?.with_token(&connection.token))
}

/// Whether this folder may take this seat: another seat's files are left alone, and so are the keys that another folder sent.
/// `begin` is the command that was typed.
///
/// # Errors
/// Where the folder is another seat's, or the seat another folder's.
pub fn may_enrol(
    folder: &Folder,
    has_key: bool,
    view: &SeatView,
    role: &'static str,
    begin: &'static str,
) -> Outcome {
    let number = view.seat.number;
    if folder.has_connection() {
        let known = folder.connection(role, begin)?.number;
        if let Some(known) = known.filter(|known| *known != number) {
            return Err(Failure::new(format!(
                "this folder belongs to {role} {known}, and the word is for {role} {number}: use a folder of its own for each (--folder). Nothing was changed"
            )));
        }
    }
    if view.seat.keys.is_some() && !has_key {
        return Err(other_keys(role, number));
    }
    Ok(())
}

/// Why the keys of a seat were not taken.
pub fn keys_refused(error: WireError, role: &str, number: u32) -> Failure {
    match error {
        WireError::Refused(problem) if problem.code == "other-keys" => other_keys(role, number),
        error => error.into(),
    }
}

fn other_keys(role: &str, number: u32) -> Failure {
    Failure::new(format!(
        "the seat of {role} {number} has keys already, made in another folder: go on there. Nothing was changed. Only if that folder or its passphrase is lost, the organizer types `urne organizer seat {role} --replace {number}`, and you enrol with the new word"
    ))
}

/// Which election this folder belongs to: kept, or told with `--election`. What was told is kept by [`keep_election`], once the
/// board was followed: a mistyped id must not stay in the folder.
///
/// # Errors
/// Where it was never told, or another was.
pub fn election(connection: &Connection, told: Option<ElectionId>) -> Outcome<[u8; 32]> {
    let kept = match &connection.election {
        Some(text) => Some(ElectionId::from_str(text).map_err(Failure::new)?),
        None => None,
    };
    match (kept, told) {
        (Some(kept), Some(told)) if kept != told => Err(Failure::new(format!(
            "this folder belongs to the election {kept}, not to {told}: use a folder of its own for each election"
        ))),
        (Some(kept), _) => Ok(kept.0),
        (None, Some(told)) => Ok(told.0),
        (None, None) => Err(Failure::new(
            "say once which election this is, with --election and the 43 characters the organizer read or wrote to you (do not take them from the server: they are what you check it by)",
        )),
    }
}

/// Keeps the election id, now that its board was followed and names this folder's key.
///
/// # Errors
/// What the system says.
pub fn keep_election(folder: &Folder, connection: &Connection, id: &[u8; 32]) -> Outcome {
    if connection.election.is_none() {
        folder.keep_connection(&Connection {
            election: Some(ElectionId(*id).to_string()),
            ..connection.clone()
        })?;
    }
    Ok(())
}

/// Follows the board of a role's election.
///
/// # Errors
/// Where it cannot be believed.
pub fn follow(connection: &Connection, election: &[u8; 32]) -> Outcome<Replica> {
    Ok(Board::of(&connection.server, election)?.follow(Some(election))?)
}
