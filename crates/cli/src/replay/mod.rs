//! `urne replay`: runs a whole election with the votes of a published file, and leaves its public record in a folder.
//!
//! Every ballot is made by the participants' own code. A vote that breaks the file's own rules is named with its line and not
//! cast; nothing is mended. At the end the decrypted totals are compared with a direct count of the file.

mod election;
mod report;

use std::fs;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use urne_board::record::RecordError;
use urne_election::entry::TallyResult;
use urne_election::outcome::RuleName;

use crate::pabulib::{self, Instance, ParseError, UncountedVote, Unsupported};
use crate::rehearsal::{Town, TownError};

pub use election::QuestionError;
pub use report::print;

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
    /// seed of all randomness, for a record that can be made again; the system's randomness without
    pub seed: Option<u64>,
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
    /// The record cannot be written.
    #[error("cannot write the record: {0}")]
    Write(#[from] RecordError),
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
    require_empty(&options.out)?;
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
    let draft = election::draft(&instance, &shape, rule, options)?;
    let seed = options.seed.unwrap_or_else(rand::random);
    let mut town = Town::found(draft, seed)?;
    town.prepare_and_open()?;
    let not_cast = vote(&instance, &mut town)?;
    let result = town.close_and_count()?;
    write_record(&town, &options.out)?;
    if result.questions[0].totals != instance.direct_count()? {
        return Err(ReplayError::TotalsDiffer);
    }
    let replica = town.server.replica();
    Ok(Replayed {
        election_id: urne_election::json::base64url(replica.election().id()),
        entries: replica.tree().size(),
        cast: instance.votes.len() - not_cast.len(),
        result,
        rule,
        rule_is_the_files,
        not_cast,
        beyond_proof,
        instance,
    })
}

fn require_empty(folder: &Path) -> Result<(), ReplayError> {
    let used = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    };
    if used {
        return Err(ReplayError::NotEmpty(folder.to_owned()));
    }
    Ok(())
}

/// Casts every vote that obeys the file's rules; names the others.
fn vote(instance: &Instance, town: &mut Town) -> Result<Vec<NotCast>, ReplayError> {
    let progress = ProgressBar::new(instance.votes.len() as u64).with_style(
        ProgressStyle::with_template("making and casting ballots {bar:40} {pos}/{len} {eta}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let mut not_cast = Vec::new();
    for (voter, vote) in instance.votes.iter().enumerate() {
        match instance.values(vote) {
            Ok(values) => {
                town.vote(voter, &[election::answer(&values)])?;
            }
            Err(UncountedVote::Fault(fault)) => not_cast.push(NotCast {
                line: vote.line,
                why: fault.to_string(),
            }),
            Err(UncountedVote::Unsupported(error)) => return Err(error.into()),
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(not_cast)
}

fn write_record(town: &Town, out: &Path) -> Result<(), RecordError> {
    town.server.write_record(|path, bytes| {
        let path = out.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, bytes)
    })
}
