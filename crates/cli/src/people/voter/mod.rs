//! A voter: votes, and checks with a second device that the first one is honest.
//!
//! - [`voice`]: in which language
//! - [`device`]: the voting device
//! - [`link`]: a mailed link, worth the server's half
//! - [`sending`]: a ballot on its way, until its receipt is on the disk
//! - [`second_device`]: the one that checks

mod device;
mod link;
mod second_device;
mod sending;
mod voice;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;
use urne_client::voter::PreparedBallot;
use urne_crypto::encoding::Point;
use urne_election::json::{base64url, from_base64url};

use self::device::Voter;
use self::link::Link;
use self::second_device::SecondDevice;
use self::sending::{Sending, receipt_has_place, resume};
use self::voice::Voice;
use super::asking::{ask, insist, yes_or_no};
use super::context::{Context, ElectionId};
use super::words::{Words, means};
use crate::failure::{Failure, Outcome};
use crate::files::disk;
use crate::language::fill;

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
    ///
    /// A ballot that was sent from this folder and never acknowledged is sent first, exactly as it was. Then the exit code is 3:
    /// the earlier ballot is in the box, and what was typed now was not voted.
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
        /// Language it speaks, such as fr (default: the terminal's, else the election's first)
        #[arg(long)]
        language: Option<String>,
    },
}

/// What makes a ballot.
#[derive(Debug, Args)]
pub struct Ballot {
    /// A letter as a text file, instead of typing what it says (once per registrar)
    #[arg(long, value_name = "FILE")]
    letter: Vec<PathBuf>,
    /// The link of the voting mail, where the server is a registrar; it works once
    #[arg(long, value_name = "LINK")]
    link: Option<Link>,
    /// Your identifier (asked otherwise)
    #[arg(long)]
    identifier: Option<String>,
    /// An answer, once per question in order: an option's number, several as 1,3, points as 1=2,3=1, or blank (asked otherwise)
    #[arg(long, value_name = "ANSWER")]
    answer: Vec<String>,
    /// Language, such as fr (default: the letter's, else the terminal's, else the election's first)
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
                language,
            } => {
                let voice = Voice::new(language.as_deref(), None);
                let second = SecondDevice::begin(context, voice, &board, election, half.0)?;
                let captured = second.capture(tracker)?;
                match audit {
                    Some(file) => second.audit(&captured, &file),
                    None => second.await_ballot(&captured, Duration::from_secs(wait)),
                }
            }
        }
    }
}

fn vote(
    context: &Context,
    ballot: &Ballot,
    wait_for_check: bool,
    yes: bool,
    receipt: Option<&Path>,
) -> Outcome {
    let folder = context.open_folder()?;
    let earlier = folder.sent(SENDING)?;
    let voice = Voice::new(ballot.language.as_deref(), None);
    receipt_has_place(&voice.words, receipt, earlier.as_deref())?;
    if let Some(entry) = earlier {
        return resume(context, &voice, &folder, &entry, receipt);
    }
    let voter = Voter::begin(ballot)?;
    let prepared = voter.prepare()?;
    voter.review(context);
    let words = &voter.voice.words;
    if wait_for_check {
        context.note(&format!(
            "\n{}\n  {}",
            words.vote.tracker,
            base64url(&prepared.tracker())
        ));
        if !captured_is_cast(words)? {
            return reveal(context, &voter, prepared, None);
        }
    } else if !yes && !confirmed(words)? {
        return Err(Failure::new(words.vote.not_cast.clone()));
    }
    let entry = prepared.cast(&voter.replica, &voter.credential, &mut rand::rng())?;
    disk::make_folder(&folder.file("sent"))?;
    let place = json!({ "server": voter.server.address(), "election": base64url(&voter.election) });
    disk::replace(&folder.file(PLACE), place.to_string().as_bytes())?;
    folder.keep_sent(SENDING, &entry)?;
    let sending = Sending {
        context,
        words,
        folder: &folder,
        server: &voter.server,
        election: &voter.election,
        replica: &voter.replica,
    };
    sending.finish(&entry, receipt, sending::Ballot::Typed)
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
    let words = &voter.voice.words;
    let tracker = base64url(&prepared.tracker());
    context.note(&format!("\n{}\n  {tracker}", words.vote.tracker));
    if let Some(path) = tracker_out {
        disk::replace(path, format!("{tracker}\n").as_bytes())?;
    }
    ask(words, &words.ask.enter)?;
    reveal(context, &voter, prepared, audit_out)
}

/// Whether the voter casts these choices.
fn confirmed(words: &Words) -> Outcome<bool> {
    insist(
        words,
        || ask(words, &format!("\n{}", words.ask.cast)),
        |typed| {
            let choose = &words.ask.choose;
            yes_or_no(typed)
                .ok_or_else(|| fill(choose, &[("first", &"yes, oui"), ("second", &"no, non")]))
        },
    )
}

/// Whether a captured ballot is cast, or opened instead.
fn captured_is_cast(words: &Words) -> Outcome<bool> {
    let (cast, check) = (&words.ask.cast_word, &words.ask.check_word);
    insist(
        words,
        || ask(words, &words.ask.captured),
        |typed| match typed {
            _ if means(typed, |words| &words.ask.cast_word) => Ok(true),
            _ if means(typed, |words| &words.ask.check_word) => Ok(false),
            _ => Err(fill(
                &words.ask.choose,
                &[("first", cast), ("second", check)],
            )),
        },
    )
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
        &format!("{text}\n{}", voter.voice.words.vote.spent),
        &json!({ "tracker": base64url(&tracker), "audit": text }),
    );
    Ok(())
}
