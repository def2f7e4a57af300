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
use crate::wire::server::Server;

/// An issuer's desk.
pub struct Office {
    number: u32,
    issuer: Issuer,
    /// with the seat's token
    server: Server,
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
    /// The desk of issuer 1 or 2, which reaches the server with its seat's token.
    pub fn new(number: u32, issuer: Issuer, server: Server) -> Office {
        Office {
            number,
            issuer,
            server,
        }
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
    rng: &mut StdRng,
) -> Result<Work, StageError> {
    together(offices, manifest, &Task::Roll, voters, rng)
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
    rng: &mut StdRng,
) -> Result<Work, StageError> {
    let task = Task::Change {
        row: voter.row,
        reason: Reason::Lost,
        kind: ChangeKind::Replace(old),
    };
    let voter = core::slice::from_ref(voter);
    together(offices, manifest, &task, voter, rng)
}

/// The rounds: each issuer goes as far as the other's parcel allows, and leaves its own with the server's courier.
fn together(
    offices: &[Office],
    manifest: &Manifest,
    task: &Task,
    voters: &[Listed],
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
}

impl Courier<'_> {
    /// An issuer leaves its parcel; alone, it has nobody to leave it for.
    fn leave(&self, index: usize, parcel: &Parcel) -> Result<(), StageError> {
        if self.offices.len() == 1 {
            return Ok(());
        }
        let office = &self.offices[index];
        let (election, bytes) = (
            office.issuer.election(),
            parcel.to_bytes(office.issuer.key()),
        );
        let Office { server, number, .. } = office;
        Ok(server.leave_parcel(election, *number, &self.name, &bytes)?)
    }

    /// What the other issuer has left so far for the one at `index`.
    fn fetch(&self, index: usize) -> Result<Option<Parcel>, StageError> {
        if self.offices.len() == 1 {
            return Ok(None);
        }
        let other = 1 - index;
        let Office { server, issuer, .. } = &self.offices[index];
        let number = self.offices[other].number;
        let Some(bytes) = server.fetch_parcel(issuer.election(), number, &self.name)? else {
            return Ok(None);
        };
        let key = PublicKey::decode(&self.manifest.issuers[other].key)
            .map_err(|_| StageError::Answer("a manifest with good keys"))?;
        Ok(Some(Parcel::decode(&bytes, &key)?))
    }
}
