//! The observer: reads the public record over HTTP, lets the independent verifier judge it, keeps a copy.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use rand::TryRng as _;
use rand::rngs::SysRng;
use urne_verify::{CheckStatus, NoRandomness, Options, ReadError, Verdict, verify};

use super::company::StageError;
use crate::wire::board::Board;

/// What an observer found.
pub struct Observed {
    /// what all checks amount to
    pub verdict: Verdict,
    /// the report in plain words, for when something is wrong
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

/// Judges the record that the server at this address publishes, and copies every file of it into a folder.
///
/// # Errors
/// When the address is none, or the copy cannot be written.
pub fn observe(
    server: &str,
    election: [u8; 32],
    receipts: Vec<Vec<u8>>,
    folder: &Path,
) -> Result<Observed, StageError> {
    let board = Board::of(server, &election)?;
    let copied: RefCell<BTreeMap<String, Vec<u8>>> = RefCell::default();
    let source = |path: &str, limit: usize| -> Result<Option<Vec<u8>>, ReadError> {
        let found = board
            .read_if_there(path)
            .map_err(|error| ReadError(error.to_string()))?;
        if found.as_ref().is_some_and(|bytes| bytes.len() > limit) {
            return Err(ReadError(format!("longer than {limit} bytes")));
        }
        if let Some(bytes) = &found {
            copied.borrow_mut().insert(path.to_owned(), bytes.clone());
        }
        Ok(found)
    };
    let randomness = |bytes: &mut [u8]| SysRng.try_fill_bytes(bytes).map_err(|_| NoRandomness);
    let options = Options {
        election: Some(election),
        receipts,
    };
    let mut entries = 0;
    let report = verify(&source, &options, &randomness, &mut |progress| {
        entries = progress.of;
    });
    write(folder, &copied.borrow()).map_err(StageError::Copy)?;
    let count = |status| {
        let checks = report.checks.iter();
        checks.filter(|check| check.status == status).count()
    };
    let outcome = report.outcome.as_ref();
    Ok(Observed {
        verdict: report.verdict(),
        totals: outcome
            .map(|outcome| outcome.questions.iter().map(|q| q.totals.clone()).collect())
            .unwrap_or_default(),
        passed: count(CheckStatus::Pass),
        without_subject: count(CheckStatus::NotApplicable),
        failed: count(CheckStatus::Fail) + count(CheckStatus::NotRun),
        entries,
        report: report.to_text(),
    })
}

/// Whether a record may not go here, because something else lies here, or it cannot be looked at.
pub fn is_used(folder: &Path) -> bool {
    match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

fn write(folder: &Path, files: &BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for (path, bytes) in files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, bytes)?;
    }
    Ok(())
}
