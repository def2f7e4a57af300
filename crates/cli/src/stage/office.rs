//! An issuer at work: a register of voters with its own codes, and parcels exchanged with the other issuer through the server.

use rand::rngs::StdRng;
use urne_client::issuer::{Entitlement, Issuer};
use urne_client::workshop::exchange::{Exchange, Progress, SecretRow};
use urne_client::workshop::parcel::{ChangeKind, Parcel, Task};
use urne_client::workshop::register::RowId;
use urne_crypto::credential::{Identifier, VotingCode};
use urne_crypto::encoding::{Point, SecretScalar};
use urne_crypto::signature::PublicKey;
use urne_election::entry::Reason;
use urne_election::manifest::Manifest;

use super::company::StageError;
use crate::connection::Connection;

/// An issuer's desk.
pub struct Office {
    issuer: Issuer,
    token: String,
}

/// A voter as the issuers' lists have it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// shared by the issuers, never published
    pub row: RowId,
    /// what the voter knows and types
    pub identifier: Identifier,
    /// weight and college
    pub entitlement: Entitlement,
    /// one code from each issuer
    pub codes: Vec<VotingCode>,
}

/// Entries to be submitted, and the line each row got.
pub struct Work {
    /// signed by every issuer
    pub entries: Vec<Vec<u8>>,
    /// current key per row
    pub lines: Vec<(RowId, Point)>,
}

impl Office {
    /// The desk of this issuer, with its seat's token.
    pub fn new(issuer: Issuer, token: String) -> Office {
        Office { issuer, token }
    }

    /// The half of a voter's credential that this issuer's code makes.
    pub fn half(&self, identifier: &Identifier, code: &VotingCode) -> SecretScalar {
        self.issuer.half_from_code(identifier, code)
    }
}

/// Every issuer works on the roll of these voters until its entries are signed by all.
///
/// # Errors
/// [`StageError`].
pub fn make_roll(
    offices: &[Office],
    manifest: &Manifest,
    voters: &[Listed],
    connection: &Connection,
    rng: &mut StdRng,
) -> Result<Work, StageError> {
    together(offices, manifest, &Task::Roll, voters, connection, rng)
}

/// Every issuer works on a fresh code for a voter whose letter was lost. `old` is the line's present key.
///
/// # Errors
/// [`StageError`].
pub fn replace_letter(
    offices: &[Office],
    manifest: &Manifest,
    voter: &Listed,
    old: Point,
    connection: &Connection,
    rng: &mut StdRng,
) -> Result<Work, StageError> {
    let task = Task::Change {
        row: voter.row,
        reason: Reason::Lost,
        kind: ChangeKind::Replace(old),
    };
    let voter = core::slice::from_ref(voter);
    together(offices, manifest, &task, voter, connection, rng)
}

/// The rounds: each issuer goes as far as the other's parcel allows, and leaves its own with the server's courier.
fn together(
    offices: &[Office],
    manifest: &Manifest,
    task: &Task,
    voters: &[Listed],
    connection: &Connection,
    rng: &mut StdRng,
) -> Result<Work, StageError> {
    const ROUNDS: usize = 4;
    let mut exchanges: Vec<Exchange<'_>> = offices
        .iter()
        .enumerate()
        .map(|(index, office)| {
            let secrets = voters.iter().map(|voter| SecretRow {
                row: voter.row,
                entitlement: voter.entitlement,
                half: office.half(&voter.identifier, &voter.codes[index]),
            });
            Exchange::start(&office.issuer, manifest, task.clone(), secrets.collect())
        })
        .collect();
    let courier = Courier {
        offices,
        manifest,
        name: task.parcel_name(),
        connection,
    };
    for _ in 0..ROUNDS {
        for (index, exchange) in exchanges.iter_mut().enumerate() {
            let other = courier.fetch(index)?;
            let progress = exchange.advance(other.as_ref(), rng)?;
            courier.leave(index, exchange.parcel())?;
            if let Progress::Complete { entries, lines } = progress {
                return Ok(Work { entries, lines });
            }
        }
    }
    Err(StageError::Answer("the other issuer's parcel"))
}

struct Courier<'a> {
    offices: &'a [Office],
    manifest: &'a Manifest,
    name: String,
    connection: &'a Connection,
}

impl Courier<'_> {
    fn path(&self, index: usize) -> String {
        let election = self.offices[index].issuer.election();
        let election = urne_election::json::base64url(election);
        let name = &self.name;
        format!("/api/v1/elections/{election}/parcels/{}/{name}", index + 1)
    }

    /// An issuer leaves its parcel; alone, it has nobody to leave it for.
    fn leave(&self, index: usize, parcel: &Parcel) -> Result<(), StageError> {
        if self.offices.len() == 1 {
            return Ok(());
        }
        let office = &self.offices[index];
        let bytes = parcel.to_bytes(office.issuer.key());
        self.connection
            .put_bytes(&self.path(index), Some(&office.token), &bytes)?;
        Ok(())
    }

    /// What the other issuer has left so far for the one at `index`.
    fn fetch(&self, index: usize) -> Result<Option<Parcel>, StageError> {
        if self.offices.len() == 1 {
            return Ok(None);
        }
        let other = 1 - index;
        let token = Some(self.offices[index].token.as_str());
        let Some(bytes) = self.connection.get_if_there(&self.path(other), token)? else {
            return Ok(None);
        };
        let key = PublicKey::decode(&self.manifest.issuers[other].key)
            .map_err(|_| StageError::Answer("a manifest with good keys"))?;
        Ok(Some(Parcel::decode(&bytes, &key)?))
    }
}
