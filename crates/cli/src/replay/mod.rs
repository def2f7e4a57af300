//! `urne replay`: runs a whole election with the votes of a published file, and leaves its public record in a folder.
//!
//! The election goes through a server that is started for it, over HTTP, or is played in this process. Every ballot is made by the
//! participants' own code. A vote that breaks the file's own rules is named with its line and not cast; nothing is mended. At
//! the end the decrypted totals are compared with a direct count of the file.

pub mod command;
mod election;
mod in_process;
mod report;
mod through_server;

use std::fs;
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};
use urne_board::record::RecordError;
use urne_election::entry::TallyResult;
use urne_election::outcome::RuleName;
use urne_election::question::Answer;

use crate::pabulib::{self, Instance, ParseError, UncountedVote, Unsupported};
use crate::rehearsal::TownError;
use crate::stage::StageError;
use crate::stage::observer::is_used;
use crate::stage::server::ServerError;

pub use election::QuestionError;
pub use report::{print, summary};

/// What to replay and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// a Pabulib `.pb` file
    pub file: PathBuf,
    /// where the record goes; must not exist, or be an empty folder
    pub out: PathBuf,
    /// n
    pub trustees: u32,
    /// t
    pub threshold: u32,
    /// how winners are found; by default the file's own rule where Urne has it
    pub rule: Option<RuleName>,
    /// only the first votes
    pub limit: Option<usize>,
    /// where the election takes place
    pub place: Place,
}

/// Where a replayed election takes place.
#[derive(Clone, Debug)]
pub enum Place {
    /// At a server: this program, started as `PROGRAM serve --config FILE`.
    Server(PathBuf),
    /// In this process.
    InProcess {
        /// seed of all randomness, for a record that can be made again; the system's randomness without
        seed: Option<u64>,
    },
}

/// Why a replay stops, in words.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The file cannot be read.
    #[error("cannot read {path}: {cause}")]
    Read {
        /// the file
        path: PathBuf,
        /// what the system says
        cause: std::io::Error,
    },
    /// The file is not in Pabulib's format.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// Urne cannot ask this.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
    /// The file's question does not fit Urne's.
    #[error(transparent)]
    Question(#[from] QuestionError),
    /// The trustees asked for cannot be.
    #[error(
        "a threshold of {threshold} of {trustees} trustees is not possible: 1 ≤ threshold ≤ trustees ≤ 32"
    )]
    Trustees {
        /// n
        trustees: u32,
        /// t
        threshold: u32,
    },
    /// The folder is in use.
    #[error("{0} exists and is not empty: choose another folder, nothing was written")]
    NotEmpty(PathBuf),
    /// The election itself failed.
    #[error(transparent)]
    Election(#[from] TownError),
    /// The election at the server failed.
    #[error(transparent)]
    AtServer(#[from] StageError),
    /// The server does not run.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The verifier does not let the server's record pass: a bug in Urne.
    #[error("the record does not pass the verifier, please report this:\n{0}")]
    Verdict(String),
    /// The record cannot be written.
    #[error("cannot write the record: {0}")]
    Write(#[from] RecordError),
    /// The copy of the server's record cannot be written.
    #[error("cannot write the record: {0}")]
    Copy(#[from] std::io::Error),
    /// The totals of the election differ from a direct count: a bug in Urne.
    #[error("the decrypted totals differ from a direct count of the file: please report this")]
    TotalsDiffer,
}

/// A vote that was not cast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotCast {
    /// its line in the file
    pub line: usize,
    /// which rule of the file it breaks
    pub why: String,
}

/// What a replay has done.
#[derive(Debug)]
pub struct Replayed {
    /// the file
    pub instance: Instance,
    /// base64url
    pub election_id: String,
    /// the result everybody computes
    pub result: TallyResult,
    /// the rule the election used
    pub rule: RuleName,
    /// whether the file's own outcome rule is that rule
    pub rule_is_the_files: bool,
    /// ballots cast
    pub cast: usize,
    /// votes that break the file's own rules
    pub not_cast: Vec<NotCast>,
    /// rules of the file that the ballot's proof does not enforce
    pub beyond_proof: Vec<String>,
    /// entries of the board
    pub entries: u64,
}

/// Runs the whole election.
///
/// # Errors
/// [`ReplayError`].
pub fn replay(options: &Options) -> Result<Replayed, ReplayError> {
    let bytes = fs::read(&options.file).map_err(|cause| ReplayError::Read {
        path: options.file.clone(),
        cause,
    })?;
    let mut instance = pabulib::parse(&bytes)?;
    if is_used(&options.out) {
        return Err(ReplayError::NotEmpty(options.out.clone()));
    }
    if !(1..=options.trustees).contains(&options.threshold) || options.trustees > 32 {
        return Err(ReplayError::Trustees {
            trustees: options.trustees,
            threshold: options.threshold,
        });
    }
    let shape = instance.ballot_shape()?;
    let beyond_proof = instance.rules_beyond_shape(&shape);
    let beyond_proof = beyond_proof.into_iter().map(str::to_owned).collect();
    instance.votes.truncate(options.limit.unwrap_or(usize::MAX));

    let (rule, rule_is_the_files) = election::rule(&instance, options.rule);
    let content = election::content(&instance, &shape, rule, options)?;
    let (votes, not_cast) = answers(&instance)?;
    let held = match &options.place {
        Place::InProcess { seed } => {
            let draft = election::draft(&content, &instance, options);
            in_process::hold(draft, *seed, &votes, &options.out)?
        }
        Place::Server(program) => {
            through_server::hold(program, content, &instance, &votes, options)?
        }
    };
    if held.result.questions[0].totals != instance.direct_count()? {
        return Err(ReplayError::TotalsDiffer);
    }
    Ok(Replayed {
        election_id: urne_election::json::base64url(&held.result.election),
        entries: held.entries,
        cast: votes.len(),
        result: held.result,
        rule,
        rule_is_the_files,
        not_cast,
        beyond_proof,
        instance,
    })
}

/// An election that was held, its record written.
struct Held {
    result: TallyResult,
    entries: u64,
}

/// A voter's number and answer.
type Vote = (usize, Answer);

/// What every vote that obeys the file's rules answers; the others by name.
fn answers(instance: &Instance) -> Result<(Vec<Vote>, Vec<NotCast>), ReplayError> {
    let (mut votes, mut not_cast) = (Vec::new(), Vec::new());
    for (voter, vote) in instance.votes.iter().enumerate() {
        match instance.values(vote) {
            Ok(values) => votes.push((voter, election::answer(&values))),
            Err(UncountedVote::Fault(fault)) => not_cast.push(NotCast {
                line: vote.line,
                why: fault.to_string(),
            }),
            Err(UncountedVote::Unsupported(error)) => return Err(error.into()),
        }
    }
    Ok((votes, not_cast))
}

fn progress(votes: &[Vote]) -> ProgressBar {
    let template = "making and casting ballots {bar:40} {pos}/{len} {eta}";
    ProgressBar::new(votes.len() as u64).with_style(
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
    )
}
