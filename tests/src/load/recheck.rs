//! Afterwards: the election is brought to its end, every receipt is held against the board, and the independent verifier, which
//! shares no code with the rest, judges the board and a thousand of the receipts.

use std::collections::BTreeMap;

use urne_board::proof::TlogProof;
use urne_cli::stage::LocalServer;
use urne_cli::stage::observer::{Judge, Verdict, observe};
use urne_client::receipt;
use urne_client::replica::Replica;
use urne_election::receipt::Receipt;

use super::LoadError;
use super::cast::{Casts, Receipted};
use super::election::Prepared;

/// Receipts the verifier is given.
const SHOWN: usize = 1_000;

/// What was found to hold.
pub struct Checked {
    /// receipts that are what they promise
    pub receipts: usize,
    /// of those, judged by the independent verifier too
    pub shown: usize,
    /// entries of the board, all of them judged
    pub entries: u64,
}

/// Closes, counts, checks everything.
///
/// # Errors
/// [`LoadError::Lost`] with the first thing that does not hold.
pub fn all(
    server: &LocalServer,
    prepared: &mut Prepared,
    casts: &Casts,
) -> Result<Checked, LoadError> {
    let company = &mut prepared.company;
    company.close()?;
    for number in company.trustee_numbers() {
        company.seal(number)?;
    }
    for number in company.trustee_numbers().into_iter().take(2) {
        company.decrypt(number)?;
    }
    let result = company.result()?;
    let complete = casts.receipted.len() == prepared.ballots.len();
    require(
        !complete || result.questions[0].totals == prepared.direct_count,
        "the totals differ from a count in plain view",
    )?;
    every_receipt(company.replica(), &prepared.ballots, &casts.receipted)?;

    let shown: Vec<Vec<u8>> = casts
        .receipted
        .iter()
        .step_by(casts.receipted.len().div_ceil(SHOWN).max(1))
        .map(|receipted| receipted.receipt.clone())
        .collect();
    let folder = tempfile::tempdir()?;
    let election = *company.replica().election().id();
    let count = shown.len();
    let observed = observe(
        server.url(),
        election,
        &shown,
        folder.path(),
        &Judge::Library,
    )?;
    require(observed.verdict == Verdict::Pass, &observed.report)?;
    require(
        observed.totals == [result.questions[0].totals.clone()],
        "the verifier finds other totals",
    )?;
    Ok(Checked {
        receipts: casts.receipted.len(),
        shown: count,
        entries: observed.entries,
    })
}

/// Every receipt is signed, for its ballot, with a proof for a state this board has had; and the ballot stands where it says.
///
/// # Errors
/// [`LoadError::Lost`] with the first one that does not.
pub fn every_receipt(
    replica: &Replica,
    ballots: &[Vec<u8>],
    receipted: &[Receipted],
) -> Result<(), LoadError> {
    let mut roots: BTreeMap<u64, Option<[u8; 32]>> = BTreeMap::new();
    for found in receipted {
        let receipt = Receipt::decode(&found.receipt);
        let receipt = receipt.map_err(|error| LoadError::Lost(error.to_string()))?;
        require(
            receipt.entry == ballots[found.ballot],
            "a receipt is for another ballot",
        )?;
        receipt::verify(&receipt, replica).map_err(|error| LoadError::Lost(error.to_string()))?;
        let standing = usize::try_from(receipt.index)
            .ok()
            .and_then(|index| replica.entries().get(index));
        require(
            standing == Some(&receipt.entry),
            "A RECEIPTED BALLOT IS NOT ON THE BOARD",
        )?;
        let root = *roots
            .entry(receipt.size)
            .or_insert_with(|| replica.tree().root_at(receipt.size));
        let proof = TlogProof::parse(receipt.proof.as_bytes());
        let proven = proof.map(|proof| *proof.checkpoint().checkpoint().root());
        require(
            proven.ok() == root,
            "a receipt proves a state this board never had",
        )?;
    }
    Ok(())
}

fn require(holds: bool, otherwise: &str) -> Result<(), LoadError> {
    if holds {
        Ok(())
    } else {
        Err(LoadError::Lost(otherwise.to_owned()))
    }
}
