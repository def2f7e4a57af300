//! The observer: copies the public record and lets the independent verifier judge it over HTTP: its program, where there is one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use rand::TryRng as _;
use rand::rngs::SysRng;
use serde::Deserialize;
use urne_election::json::base64url;
use urne_verify::{NoRandomness, Options, ReadError, verify};

use super::company::StageError;
use crate::mirror;
use crate::wire::board::Board;

/// What an observer found.
#[derive(Debug)]
pub struct Observed {
    /// what all checks amount to: pass, fail, incomplete
    pub verdict: Verdict,
    /// the report, for when something is wrong
    pub report: String,
    /// the totals the verifier finds, question by question
    pub totals: Vec<Vec<u64>>,
    /// checks that were carried out and hold
    pub passed: usize,
    /// checks that had nothing to look at
    pub without_subject: usize,
    /// checks that do not hold, or could not be carried out
    pub failed: usize,
    /// entries of the board
    pub entries: u64,
}

/// What the verifier says, as its program writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// everything holds and the election has ended
    Pass,
    /// a check failed
    Fail,
    /// not ended, or a check was not run
    Incomplete,
}

/// Who judges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judge {
    /// the program `urne-verify`, a process of its own
    Program(PathBuf),
    /// the verifier's code inside this program
    Library,
}

impl Judge {
    /// The program beside this one, where there is one.
    pub fn beside(program: &Path) -> Judge {
        let verifier =
            program.with_file_name(format!("urne-verify{}", std::env::consts::EXE_SUFFIX));
        match verifier.is_file() {
            true => Judge::Program(verifier),
            false => Judge::Library,
        }
    }
}

/// The verifier's JSON, as far as it is needed here.
#[derive(Deserialize)]
struct Report {
    verdict: Verdict,
    checks: Vec<Check>,
    result: Option<Outcome>,
}

#[derive(Deserialize)]
struct Check {
    id: String,
    status: String,
    detail: String,
}

#[derive(Deserialize)]
struct Outcome {
    questions: Vec<Question>,
}

#[derive(Deserialize)]
struct Question {
    totals: Vec<u64>,
}

/// Copies the record that the server at this address publishes, and has it judged where it is published.
///
/// # Errors
/// When the address is none, the copy cannot be written, or the verifier does not run.
pub fn observe(
    server: &str,
    election: [u8; 32],
    receipts: &[Vec<u8>],
    folder: &Path,
    judge: &Judge,
) -> Result<Observed, StageError> {
    let board = Board::of(server, &election)?;
    let copied = mirror::copy_all(&board, folder);
    let copied = copied.map_err(|failure| StageError::Copy(failure.message))?;
    let json = match judge {
        Judge::Program(program) => judged_by_program(program, server, election, receipts)?,
        Judge::Library => judged_here(&board, election, receipts),
    };
    let report: Report =
        serde_json::from_str(&json).map_err(|error| StageError::Verifier(error.to_string()))?;
    let count = |statuses: &[&str]| {
        let status = |check: &&Check| statuses.contains(&check.status.as_str());
        report.checks.iter().filter(status).count()
    };
    let failed = |check: &&Check| ["fail", "not-run"].contains(&check.status.as_str());
    let failures = report.checks.iter().filter(failed);
    let lines = failures.map(|check| format!("{} {}: {}\n", check.id, check.status, check.detail));
    Ok(Observed {
        verdict: report.verdict,
        passed: count(&["pass"]),
        without_subject: count(&["not-applicable"]),
        failed: count(&["fail", "not-run"]),
        report: lines.collect(),
        totals: report.result.map_or(Vec::new(), |result| {
            let questions = result.questions.into_iter();
            questions.map(|question| question.totals).collect()
        }),
        entries: copied.size,
    })
}

fn judged_by_program(
    program: &Path,
    server: &str,
    election: [u8; 32],
    receipts: &[Vec<u8>],
) -> Result<String, StageError> {
    let cannot = |error: io::Error| StageError::Verifier(error.to_string());
    let folder = tempfile::tempdir().map_err(cannot)?;
    let id = base64url(&election);
    let mut command = Command::new(program);
    command
        .arg(format!("{server}/boards/{id}"))
        .arg(format!("--election={id}"))
        .arg("--json");
    for (number, receipt) in receipts.iter().enumerate() {
        let file = folder.path().join(format!("receipt-{number}"));
        fs::write(&file, receipt).map_err(cannot)?;
        command.arg("--receipt").arg(file);
    }
    let output = command.output().map_err(cannot)?;
    if output.stdout.is_empty() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(StageError::Verifier(said));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn judged_here(board: &Board, election: [u8; 32], receipts: &[Vec<u8>]) -> String {
    let source = |path: &str, limit: usize| -> Result<Option<Vec<u8>>, ReadError> {
        let found = board.read_if_there(path);
        let found = found.map_err(|error| ReadError(error.to_string()))?;
        if found.as_ref().is_some_and(|bytes| bytes.len() > limit) {
            return Err(ReadError(format!("longer than {limit} bytes")));
        }
        Ok(found)
    };
    let randomness = |bytes: &mut [u8]| SysRng.try_fill_bytes(bytes).map_err(|_| NoRandomness);
    let options = Options {
        election: Some(election),
        receipts: receipts.to_vec(),
    };
    verify(&source, &options, &randomness, &mut |_| {}).to_json()
}

/// Whether a record may not go here, because something else lies here, or it cannot be looked at.
pub fn is_used(folder: &Path) -> bool {
    match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}
