//! A voter: votes, and checks with a second device that the first one is honest.
//!
//! - [`device`]: the voting device
//! - [`sending`]: a ballot on its way, until its receipt is on the disk
//! - [`second_device`]: the one that checks

mod device;
mod second_device;
mod sending;

use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;
use urne_client::voter::PreparedBallot;
use urne_crypto::encoding::Point;
use urne_election::json::{base64url, from_base64url};

use self::device::Voter;
use self::second_device::SecondDevice;
use self::sending::{Sending, resume};
use super::context::{Context, ElectionId};
use crate::failure::{Failure, Outcome};
use crate::files::disk;

/// An entry that was sent and has no receipt yet.
const SENDING: &str = "sending";
/// Where it was sent.
const PLACE: &str = "sent/sending.json";
/// How long the same ballot is sent again before the voter is told to come back.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
const PAUSE: Duration = Duration::from_millis(700);

/// What a voter types.
#[derive(Debug, Subcommand)]
pub enum VoterCommand {
    /// Vote, or vote again: your last vote counts
    ///
    /// You need your letter (both letters, where there are two registrars) and your identifier. You see your choices again
    /// before anything is sent. Your vote is in the box when you are told so; the receipt is kept in this folder.
    Vote {
        /// what makes a ballot
        #[command(flatten)]
        ballot: Ballot,
        /// Show the tracker first and wait, so that a second device can capture it before your ballot is finished
        #[arg(long)]
        wait_for_check: bool,
        /// Cast without asking once more
        #[arg(long)]
        yes: bool,
        /// Where the receipt goes (default: receipt-N.json in this folder, N being its place on the board)
        #[arg(long, value_name = "FILE")]
        receipt: Option<PathBuf>,
    },
    /// Have this device checked: it makes a ballot, commits to it, and reveals it instead of casting it
    ///
    /// First it shows a tracker, which the second device captures with `urne voter check`. Then press Enter: it reveals what the
    /// ballot holds, and the second device says whether that is what was captured. The ballot is spent; vote afterwards.
    Test {
        /// what makes a ballot
        #[command(flatten)]
        ballot: Ballot,
        /// Also write the tracker into this file
        #[arg(long, value_name = "FILE")]
        tracker_out: Option<PathBuf>,
        /// Write what is revealed into this file
        #[arg(long, value_name = "FILE")]
        audit_out: Option<PathBuf>,
    },
    /// The second device: needs the public half on the letter and the board, and never sees the code
    Check {
        /// Address of the board, as on the letter, or a folder with a copy
        #[arg(long)]
        board: String,
        /// The election id, as on the letter (default: the last part of the board's address)
        #[arg(long, value_name = "ID", allow_hyphen_values = true)]
        election: Option<ElectionId>,
        /// The public half, as on the letter
        #[arg(long, value_name = "HALF", allow_hyphen_values = true)]
        half: PublicHalf,
        /// The tracker the first device shows (asked otherwise)
        #[arg(long, value_name = "TRACKER", allow_hyphen_values = true)]
        tracker: Option<Tracker>,
        /// File with what the first device revealed; without it, wait until the board has the captured ballot
        #[arg(long, value_name = "FILE")]
        audit: Option<PathBuf>,
        /// How many seconds to wait for the ballot on the board
        #[arg(long, value_name = "SECONDS", default_value_t = 900)]
        wait: u64,
    },
}

/// What makes a ballot.
#[derive(Debug, Args)]
pub struct Ballot {
    /// A letter as a text file, instead of typing what it says (once per registrar)
    #[arg(long, value_name = "FILE")]
    letter: Vec<PathBuf>,
    /// Your identifier (asked otherwise)
    #[arg(long)]
    identifier: Option<String>,
    /// An answer, once per question in order: an option's number, several as 1,3, points as 1=2,3=1, or blank (asked otherwise)
    #[arg(long, value_name = "ANSWER")]
    answer: Vec<String>,
    /// Language of the questions, such as fr (default: the election's first)
    #[arg(long)]
    language: Option<String>,
}

/// A public half as printed.
#[derive(Clone, Copy, Debug)]
pub struct PublicHalf(Point);

impl std::str::FromStr for PublicHalf {
    type Err = String;

    fn from_str(text: &str) -> Result<PublicHalf, String> {
        from_base64url(text.trim())
            .and_then(|bytes| Point::decode_non_identity(&bytes).ok())
            .map(PublicHalf)
            .ok_or_else(|| "a public half has 43 characters: compare it with the letter".to_owned())
    }
}

/// A tracker as shown.
#[derive(Clone, Copy, Debug)]
pub struct Tracker([u8; 32]);

impl std::str::FromStr for Tracker {
    type Err = String;

    fn from_str(text: &str) -> Result<Tracker, String> {
        from_base64url(text.trim())
            .map(Tracker)
            .ok_or_else(|| "a tracker has 43 characters: copy all of it".to_owned())
    }
}

impl VoterCommand {
    /// Does it.
    ///
    /// # Errors
    /// In words.
    pub fn run(self, context: &Context) -> Outcome {
        match self {
            VoterCommand::Vote {
                ballot,
                wait_for_check,
                yes,
                receipt,
            } => vote(context, &ballot, wait_for_check, yes, receipt.as_deref()),
            VoterCommand::Test {
                ballot,
                tracker_out,
                audit_out,
            } => test(
                context,
                &ballot,
                tracker_out.as_deref(),
                audit_out.as_deref(),
            ),
            VoterCommand::Check {
                board,
                election,
                half,
                tracker,
                audit,
                wait,
            } => {
                let second = SecondDevice::begin(context, &board, election, half.0)?;
                let captured = second.capture(tracker)?;
                match audit {
                    Some(file) => second.audit(&captured, &file),
                    None => second.await_ballot(&captured, Duration::from_secs(wait)),
                }
            }
        }
    }
}

fn ask(prompt: &str) -> Outcome<String> {
    eprint!("{prompt}");
    std::io::stderr().flush()?;
    let mut line = String::new();
    if std::io::stdin().lock().read_line(&mut line)? == 0 {
        return Err(Failure::new(format!(
            "nothing was typed where it says “{}”",
            prompt.trim()
        )));
    }
    Ok(line.trim().to_owned())
}

fn vote(
    context: &Context,
    ballot: &Ballot,
    wait_for_check: bool,
    yes: bool,
    receipt: Option<&Path>,
) -> Outcome {
    let folder = context.open_folder()?;
    if let Some(entry) = folder.sent(SENDING)? {
        return resume(context, &folder, &entry, receipt);
    }
    let voter = Voter::begin(ballot)?;
    let prepared = voter.prepare()?;
    voter.review(context);
    if wait_for_check {
        let tracker = base64url(&prepared.tracker());
        context.note(&format!(
            "\nTracker, for your second device to capture:\n  {tracker}"
        ));
        match ask("Type cast once it is captured, or check to have this ballot opened instead: ")?
            .as_str()
        {
            "cast" => {}
            "check" => return reveal(context, &voter, prepared, None),
            _ => return Err(Failure::new("nothing was cast")),
        }
    } else if !yes && !matches!(ask("\nCast my vote? (yes/no) ")?.as_str(), "yes" | "y") {
        return Err(Failure::new("nothing was cast"));
    }
    let entry = prepared.cast(&voter.replica, &voter.credential, &mut rand::rng())?;
    disk::make_folder(&folder.file("sent"))?;
    let place = json!({ "server": voter.server.address(), "election": base64url(&voter.election) });
    disk::replace(&folder.file(PLACE), place.to_string().as_bytes())?;
    folder.keep_sent(SENDING, &entry)?;
    let sending = Sending {
        context,
        folder: &folder,
        server: &voter.server,
        election: &voter.election,
        replica: &voter.replica,
    };
    sending.finish(&entry, receipt)
}

fn test(
    context: &Context,
    ballot: &Ballot,
    tracker_out: Option<&Path>,
    audit_out: Option<&Path>,
) -> Outcome {
    let voter = Voter::begin(ballot)?;
    let prepared = voter.prepare()?;
    voter.review(context);
    let tracker = base64url(&prepared.tracker());
    context.note(&format!(
        "\nTracker, for your second device to capture:\n  {tracker}"
    ));
    if let Some(path) = tracker_out {
        disk::replace(path, format!("{tracker}\n").as_bytes())?;
    }
    ask("Press Enter once it is captured: ")?;
    reveal(context, &voter, prepared, audit_out)
}

fn reveal(
    context: &Context,
    voter: &Voter,
    prepared: PreparedBallot,
    audit_out: Option<&Path>,
) -> Outcome {
    let tracker = prepared.tracker();
    let audit = prepared.reveal(&voter.replica).to_bytes();
    if let Some(path) = audit_out {
        disk::replace(path, &audit)?;
    }
    let text = String::from_utf8_lossy(&audit).into_owned();
    context.tell(
        &format!("{text}\nThis ballot is spent and was not cast. Let the second device compare the line above with what it captured."),
        &json!({ "tracker": base64url(&tracker), "audit": text }),
    );
    Ok(())
}
