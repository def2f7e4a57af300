//! A voter: votes, and checks with a second device that the first one is honest.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use serde_json::json;
use urne_client::http::Problem;
use urne_client::receipt;
use urne_client::replica::Replica;
use urne_client::voter::{self, Audit, Checked, PreparedBallot, VoteError};
use urne_crypto::ballot::{NO_BALLOT, Slot};
use urne_crypto::credential::{Identifier, VotingCode, credential, credential_half};
use urne_crypto::encoding::{Point, SecretScalar};
use urne_election::json::{base64url, from_base64url};
use urne_election::phase::Phase;
use urne_election::receipt::Receipt;

use super::answers;
use super::context::{Context, ElectionId};
use super::letter::Letter;
use crate::failure::{Failure, Outcome};
use crate::files::disk;
use crate::files::folder::Folder;
use crate::wire::api::Cast;
use crate::wire::board::Board;
use crate::wire::server::{Server, WireError};

/// An entry that was sent and has no receipt yet.
const SENDING: &str = "sending";
/// Where it was sent.
const PLACE: &str = "sent/sending.json";
/// How long the same ballot is sent again before the voter is told to come back.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
const PAUSE: Duration = Duration::from_millis(700);
const LARGEST_LETTER: u64 = 64 * 1024;
const LARGEST_AUDIT: u64 = 64 * 1024;

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
        #[arg(long, value_name = "ID")]
        election: Option<ElectionId>,
        /// The public half, as on the letter
        #[arg(long, value_name = "HALF")]
        half: PublicHalf,
        /// The tracker the first device shows (asked otherwise)
        #[arg(long, value_name = "TRACKER")]
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

/// What the letters and the voter say, brought together with the board.
struct Voter {
    server: Server,
    election: [u8; 32],
    replica: Replica,
    credential: SecretScalar,
    answers: Vec<urne_election::question::Answer>,
    language: usize,
}

impl Voter {
    fn begin(ballot: &Ballot) -> Outcome<Voter> {
        let mut letters = Vec::new();
        for file in &ballot.letter {
            let text = String::from_utf8_lossy(&disk::read(file, LARGEST_LETTER)?).into_owned();
            let letter = Letter::parse(&text)
                .map_err(|error| Failure::new(format!("{}: {error}", file.display())))?;
            letters.push(letter);
        }
        let (address, election) = match letters.first() {
            Some(letter) => (letter.server.clone(), letter.election),
            None => {
                let address = ask("Ballot box (as on the letter): ")?;
                let election: ElectionId = ask("Election (as on the letter): ")?
                    .parse()
                    .map_err(Failure::new)?;
                (address, election.0)
            }
        };
        if letters.iter().any(|letter| letter.election != election) {
            return Err(Failure::new("the letters belong to different elections"));
        }
        let server = Server::at(&address)?.with_patience(PATIENCE);
        let replica = Board::of(&address, &election)?.follow(Some(&election))?;
        let registrars = u32::try_from(replica.manifest().issuers.len()).unwrap_or(2);
        let identifier = match &ballot.identifier {
            Some(identifier) => Identifier::new(identifier)?,
            None => Identifier::new(&ask("Your identifier: ")?)?,
        };
        let mut halves = Vec::new();
        for registrar in 1..=registrars {
            let letter = letters.iter().find(|letter| letter.registrar == registrar);
            let code = match letter {
                Some(letter) => letter.code.clone(),
                None => VotingCode::parse(&ask_code(registrar, registrars)?)?,
            };
            halves.push(credential_half(&election, registrar, &identifier, &code));
        }
        let credential = credential(&halves);
        voter::slot(&replica, &credential.public())?;
        let language = language(&replica, ballot.language.as_deref())?;
        let answers = answered(&replica, ballot, language)?;
        Ok(Voter {
            server,
            election,
            replica,
            credential,
            answers,
            language,
        })
    }

    fn prepare(&self) -> Outcome<PreparedBallot> {
        Ok(voter::prepare(
            &self.replica,
            &self.credential,
            &self.answers,
            &mut rand::rng(),
        )?)
    }

    fn review(&self, context: &Context) {
        let manifest = self.replica.manifest();
        let values = answers::values(manifest, &self.answers);
        context.note(&format!(
            "\nYour choices:\n{}",
            answers::reviewed(manifest, &values, self.language)
        ));
    }
}

/// A code is typed without being shown where there is a terminal.
fn ask_code(registrar: u32, registrars: u32) -> Outcome<String> {
    let prompt = match registrars {
        1 => "Your code: ".to_owned(),
        _ => format!("Your code from registrar {registrar}: "),
    };
    if std::io::stdin().is_terminal() {
        return Ok(rpassword::prompt_password(prompt)?);
    }
    ask(&prompt)
}

fn language(replica: &Replica, wanted: Option<&str>) -> Outcome<usize> {
    let languages = &replica.manifest().languages;
    let Some(wanted) = wanted else { return Ok(0) };
    languages
        .iter()
        .position(|tag| tag == wanted)
        .ok_or_else(|| Failure::new(format!("the languages are: {}", languages.join(", "))))
}

fn answered(
    replica: &Replica,
    ballot: &Ballot,
    language: usize,
) -> Outcome<Vec<urne_election::question::Answer>> {
    let manifest = replica.manifest();
    let form = &replica.election().constants().form;
    if !ballot.answer.is_empty() {
        let answers = answers::parse_all(manifest, &ballot.answer)?;
        form.encode(&answers)?;
        return Ok(answers);
    }
    eprintln!("\n{}", manifest.title[language]);
    let mut answers = Vec::new();
    for question in &manifest.questions {
        eprintln!("\n{}", answers::shown(question, language));
        loop {
            let typed = ask(&format!("Your answer ({}): ", answers::how(question)))?;
            let judged = answers::parse(question, &typed)
                .map_err(|error| error.to_string())
                .and_then(|answer| {
                    let judged = question.layout().encode(&answer);
                    judged.map(|_| answer).map_err(|error| error.to_string())
                });
            match judged {
                Ok(answer) => {
                    answers.push(answer);
                    break;
                }
                Err(why) => eprintln!("{why}"),
            }
        }
    }
    Ok(answers)
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

/// A ballot that was sent, and whose answer never came, is sent again as it was.
fn resume(context: &Context, folder: &Folder, entry: &[u8], receipt: Option<&Path>) -> Outcome {
    context.note("An earlier ballot from this folder was never acknowledged. The very same ballot is sent again now; nothing else is voted.");
    let place: serde_json::Value = serde_json::from_slice(&disk::read(&folder.file(PLACE), 4096)?)?;
    let field = |name: &str| place[name].as_str().unwrap_or_default().to_owned();
    let election: ElectionId = field("election").parse().map_err(Failure::new)?;
    let replica = Board::of(&field("server"), &election.0)?.follow(Some(&election.0))?;
    let sending = Sending {
        context,
        folder,
        server: &Server::at(&field("server"))?.with_patience(PATIENCE),
        election: &election.0,
        replica: &replica,
    };
    sending.finish(entry, receipt)
}

/// A ballot on its way.
struct Sending<'a> {
    context: &'a Context,
    folder: &'a Folder,
    server: &'a Server,
    election: &'a [u8; 32],
    replica: &'a Replica,
}

impl Sending<'_> {
    /// Until the receipt is on this disk. Only then is the voter told that the vote is in the box.
    fn finish(&self, entry: &[u8], receipt: Option<&Path>) -> Outcome {
        let bytes = self.cast(entry)?;
        let found = checked_receipt(self.replica, &bytes, entry)?;
        let default = self.folder.file(&format!("receipt-{}.json", found.index));
        let path = receipt.unwrap_or(&default);
        disk::write_new(path, &bytes)?;
        self.folder.forget_sent(SENDING)?;
        let (shown, address) = (path.display(), self.server.address());
        self.context.tell(
            &format!(
                "Your vote is in the box.\nReceipt: {shown}. It proves that your vote is there, and not what it says. After the closing: urne check {shown} {address}/boards/{}",
                base64url(self.election)
            ),
            &json!({ "tracker": base64url(&found.tracker), "index": found.index, "receipt": path }),
        );
        Ok(())
    }

    /// Sends the same bytes until there is a receipt.
    fn cast(&self, entry: &[u8]) -> Outcome<Vec<u8>> {
        let start = Instant::now();
        let mut told = false;
        let mut waiting = |error: &WireError| {
            if !told {
                self.context.note(&format!(
                    "{error}\nThe same ballot is sent again until it is acknowledged; please wait."
                ));
                told = true;
            }
        };
        loop {
            match self.server.cast(self.election, entry, &mut waiting) {
                Ok(Cast::Receipt(bytes)) => return Ok(bytes),
                Ok(Cast::Awaited) if start.elapsed() < PATIENCE => sleep(PAUSE),
                Ok(Cast::Awaited) => {
                    return Err(Failure::not_yet(
                        "your ballot stands on the board, but its witnesses have not vouched for it yet, so there is no receipt; type the same again later",
                    ));
                }
                Err(WireError::Refused(problem)) => {
                    self.folder.forget_sent(SENDING)?;
                    return Err(refused(self.folder, &problem)?);
                }
                Err(error) => {
                    return Err(Failure::not_yet(format!(
                        "{error}. Your vote is NOT known to be in the box. Type `urne voter vote` in this folder again: it sends the very same ballot"
                    )));
                }
            }
        }
    }
}

/// A signed refusal is evidence, and kept.
fn refused(folder: &Folder, problem: &Problem) -> Outcome<Failure> {
    let mut words = match problem.code.as_str() {
        "outdated" => "another ballot was accepted with this letter since this one was begun, so this one was not cast. If it was you, on another device, its vote is in the box; vote again if you want another. If it was not you, tell the registrar at once".to_owned(),
        "not-on-roll" => "this letter was replaced, so its code opens nothing any more: use the newest letter".to_owned(),
        _ => format!("your ballot was refused ({}): {}", problem.code, problem.message),
    };
    words.push_str(". Your vote is NOT in the box by this command");
    if let Some(refusal) = &problem.refusal {
        let path = folder.file("refusal.json");
        disk::replace(&path, refusal.as_bytes())?;
        words.push_str(&format!(
            "; the server's signed refusal is kept in {}",
            path.display()
        ));
    }
    Ok(Failure::new(words))
}

/// A receipt that does not hold is no receipt, whatever the server says. That its tracker is the ballot's is a part of that.
fn checked_receipt(replica: &Replica, bytes: &[u8], entry: &[u8]) -> Outcome<Receipt> {
    let wrong = |why: String| {
        Failure::new(format!(
            "the server's receipt cannot be relied on ({why}), so your vote is NOT known to be in the box"
        ))
    };
    let found = Receipt::decode(bytes).map_err(|error| wrong(error.to_string()))?;
    receipt::verify(&found, replica).map_err(|error| wrong(error.to_string()))?;
    if found.entry == entry {
        Ok(found)
    } else {
        Err(wrong("it is for another ballot".to_owned()))
    }
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

/// The device that checks the other one.
struct SecondDevice<'c> {
    context: &'c Context,
    board: Board,
    election: [u8; 32],
    replica: Replica,
    slot: Slot,
}

impl<'c> SecondDevice<'c> {
    fn begin(
        context: &'c Context,
        place: &str,
        election: Option<ElectionId>,
        half: Point,
    ) -> Outcome<SecondDevice<'c>> {
        let last = || place.trim_end_matches('/').rsplit('/').next()?.parse().ok();
        let election: ElectionId = election.or_else(last).ok_or_else(|| {
            Failure::new("say which election this is, as on the letter: --election ID")
        })?;
        let board = Board::at(place)?;
        let replica = board.follow(Some(&election.0))?;
        let key = voter::key_of_half(&replica, &half)?;
        let slot = voter::slot(&replica, &key).map_err(|error| match error {
            VoteError::NotOnRoll => Failure::new(
                "this letter was replaced or its line has ended: use the newest letter",
            ),
            other => other.into(),
        })?;
        Ok(SecondDevice {
            context,
            board,
            election: election.0,
            replica,
            slot,
        })
    }

    fn capture(&self, given: Option<Tracker>) -> Outcome<[u8; 32]> {
        let tracker = match given {
            Some(tracker) => tracker,
            None => ask("Tracker the first device shows: ")?
                .parse()
                .map_err(Failure::new)?,
        };
        self.context.note(&format!(
            "Captured. The first device may go on. ({})",
            short(&tracker.0)
        ));
        Ok(tracker.0)
    }

    fn audit(&self, captured: &[u8; 32], file: &Path) -> Outcome {
        let bytes = if file.as_os_str() == "-" {
            ask("What the first device revealed: ")?.into_bytes()
        } else {
            disk::read(file, LARGEST_AUDIT)?
        };
        let audit = Audit::decode(bytes.trim_ascii_end()).map_err(|error| {
            Failure::new(format!("this is not what a voting device reveals: {error}"))
        })?;
        match audit.check(&self.replica, &self.slot, captured)? {
            Checked::Unchanged(values) => {
                let words = answers::reviewed(self.replica.manifest(), &values, 0);
                self.context.tell(
                    &format!("The ballot held exactly this:\n{words}\nIf that is what you chose, the first device was honest this time."),
                    &json!({ "unchanged": true, "choices": values }),
                );
                Ok(())
            }
            Checked::Changed => Err(Failure::new(
                "THE BALLOT WAS NOT WHAT THE FIRST DEVICE SAYS. Do not vote on that device; tell the organizer, and keep both lines as evidence",
            )),
            Checked::Elsewhere => Err(Failure::new(
                "what was revealed belongs to another election, or to another place on your line (did you vote meanwhile?): start the test again",
            )),
        }
    }

    /// Waits until the board shows that the captured ballot, and no other, was cast.
    fn await_ballot(&self, captured: &[u8; 32], wait: Duration) -> Outcome {
        let start = Instant::now();
        let before = self.slot.after;
        loop {
            let replica = self.board.follow(Some(&self.election))?;
            let roll = match replica.election().phase() {
                Phase::Voting(phase) => phase.roll(),
                Phase::Sealing(phase) => phase.roll(),
                _ => return Err(Failure::not_yet("the box is not open")),
            };
            let line = roll.line(self.slot.credential.bytes());
            let line =
                line.ok_or_else(|| Failure::new("your line has ended or its key was replaced"))?;
            if line.after() == *captured {
                let index = line.accepted.map(|accepted| accepted.index);
                self.context.tell(
                    "The board holds exactly the ballot you captured, and it is the accepted one.",
                    &json!({ "accepted": true, "index": index }),
                );
                return Ok(());
            }
            if line.after() != before {
                return Err(Failure::new(
                    "ANOTHER ballot than the captured one was accepted on your line. If you did not vote elsewhere, do not trust the first device; tell the organizer",
                ));
            }
            if start.elapsed() >= wait {
                let none = if before == NO_BALLOT {
                    "no ballot"
                } else {
                    "no new ballot"
                };
                return Err(Failure::not_yet(format!(
                    "{none} is on your line yet: if the first device says it was cast, run this again, then tell the organizer"
                )));
            }
            sleep(PAUSE);
        }
    }
}

/// For reading aloud only; programs compare all of it.
fn short(tracker: &[u8; 32]) -> String {
    urne_crypto::ceremony::spoken_digits(&tracker[..5], 8)
}
