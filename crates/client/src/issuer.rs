//! An issuer: makes its half of every voter's credential, publishes the roll together with the other issuer, changes it later.
//!
//! The issuers match their lists by random row numbers that are never published: exchange public halves, sort, chunk, prove,
//! sign. Source: `spec/keys.md`, sections 4 to 6.

use urne_crypto::credential::{Identifier, VotingCode, credential_half};
use urne_crypto::encoding::{Point, SecretScalar};
use urne_crypto::issuer::IssuerProof;
use urne_crypto::signature::{SigningKey, public_key};
use urne_election::entry::{Entry, LARGEST_ROWS, Operation, Reason, RollChange, RollChunk};
use urne_election::roll::{Issued, Row};

/// A line before it is published: how much it weighs, where it votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entitlement {
    /// at least 1
    pub weight: u32,
    /// from 1
    pub college: u32,
}

/// An issuer of one election.
pub struct Issuer {
    /// 1 or 2
    number: u32,
    key: SigningKey,
    election: [u8; 32],
}

impl Issuer {
    /// Issuer number `number` of the manifest.
    pub fn new(number: u32, key: SigningKey, election: [u8; 32]) -> Issuer {
        Issuer {
            number,
            key,
            election,
        }
    }

    /// The half that a letter's code and what the voter knows make together.
    pub fn half_from_code(&self, identifier: &Identifier, code: &VotingCode) -> SecretScalar {
        credential_half(&self.election, self.number, identifier, code)
    }

    /// This issuer's proof for rows whose halves it knows, in the rows' order.
    pub fn prove(
        &self,
        issued: Issued<'_>,
        rows: &[Row],
        halves: &[&SecretScalar],
        rng: &mut impl rand::CryptoRng,
    ) -> [u8; 64] {
        let bytes: Vec<u8> = rows.iter().flat_map(Row::to_bytes).collect();
        let key = public_key(&self.key);
        let statement = issued.statement(&self.election, self.number, &key, &bytes);
        IssuerProof::prove(&statement, halves, rng).to_bytes()
    }

    /// 1 or 2.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The election id.
    pub fn election(&self) -> &[u8; 32] {
        &self.election
    }

    /// The key that signs chunks and changes.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }
}

/// Lays out the roll from every issuer's public halves, in row-number order: rows sorted for the board, each with its
/// row number.
pub fn lay_out(public_halves: &[Vec<Point>], entitlements: &[Entitlement]) -> Vec<(Row, usize)> {
    let mut rows: Vec<(Row, usize)> = entitlements
        .iter()
        .enumerate()
        .map(|(number, entitlement)| {
            let halves = public_halves.iter().map(|halves| halves[number]).collect();
            let row = Row::new(halves, entitlement.weight, entitlement.college);
            (row, number)
        })
        .collect();
    rows.sort_by_key(|(row, _)| *row.key.bytes());
    rows
}

/// How many rows fit in one chunk.
pub fn rows_per_chunk(issuers: usize) -> usize {
    LARGEST_ROWS / (32 * issuers + 8)
}

/// A chunk with its proofs, signed by every issuer.
pub fn signed_chunk(issuers: &[&Issuer], chunk: u32, rows: &[Row], proofs: &[[u8; 64]]) -> Vec<u8> {
    let entry = Entry::Roll(RollChunk {
        election: issuers[0].election,
        chunk: u64::from(chunk),
        rows: rows.iter().flat_map(Row::to_bytes).collect(),
        proofs: proofs.concat(),
    });
    signed_by_all(&entry, issuers)
}

/// A late change with its proofs, signed by every issuer.
pub fn signed_change(issuers: &[&Issuer], reason: Reason, operation: Operation) -> Vec<u8> {
    let entry = Entry::RollChange(RollChange {
        election: issuers[0].election,
        reason,
        operation,
    });
    signed_by_all(&entry, issuers)
}

fn signed_by_all(entry: &Entry, issuers: &[&Issuer]) -> Vec<u8> {
    let keys: Vec<&SigningKey> = issuers.iter().map(|issuer| &issuer.key).collect();
    entry.signed(&keys)
}
