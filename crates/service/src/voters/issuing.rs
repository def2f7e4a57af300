//! The server's part in the rounds of the issuers' workshop. It does what a registrar's tool does, with the parcels at hand: goes
//! on from its own parcel as far as the other issuer's allows, and keeps what has grown before anybody can fetch it.

use tokio::task::spawn_blocking;
use urne_client::issuer::{Entitlement, Issuer};
use urne_client::workshop::exchange::{Exchange, ExchangeError, Progress, SecretRow};
use urne_client::workshop::parcel::{Parcel, ParcelError, Task};
use urne_client::workshop::register::RowId;
use urne_crypto::encoding::{Point, SecretScalar};
use urne_crypto::signature::{PublicKey, SigningKey, public_key};
use urne_election::manifest::Manifest;

use super::VotersError;
use super::list::VoterRow;
use crate::desk::DeskError;

/// The server as an issuer of one election.
#[derive(Clone)]
pub(crate) struct Seat {
    /// from 1
    pub(crate) number: u32,
    pub(crate) key: SigningKey,
    pub(crate) election: [u8; 32],
    pub(crate) manifest: Manifest,
}

/// What the two parcels are before a step.
pub(crate) struct Parcels {
    /// the server's own, as it was kept
    pub(crate) own: Option<Vec<u8>>,
    /// the other issuer's, as it was left
    pub(crate) other: Option<Vec<u8>>,
}

/// What a step has led to.
pub(crate) struct Step {
    /// the server's own parcel now
    pub(crate) own: Vec<u8>,
    pub(crate) progress: Progress,
}

/// Why a step does not succeed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StepError {
    /// What the other issuer sent, or what both lists say.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// The other's parcel.
    #[error(transparent)]
    Parcel(#[from] ParcelError),
    /// The other's parcel is about something else.
    #[error(
        "the other registrar's parcel names another change or reason, or is left from an earlier one: both of you must name the same"
    )]
    Elsewhere,
    /// The tables, or the machine.
    #[error(transparent)]
    Voters(#[from] VotersError),
}

impl From<DeskError> for StepError {
    fn from(error: DeskError) -> StepError {
        StepError::Voters(error.into())
    }
}

impl Seat {
    /// Number of the other issuer, if there is one.
    pub(crate) fn other(&self) -> Option<u32> {
        (self.manifest.issuers.len() == 2).then(|| 3 - self.number)
    }

    /// One step of a task, on a thread where it may take its time: some 150 µs for each voter.
    pub(crate) async fn step(
        self,
        task: Task,
        secrets: Vec<SecretRow>,
        parcels: Parcels,
    ) -> Result<Step, StepError> {
        spawn_blocking(move || self.step_now(task, secrets, &parcels))
            .await
            .map_err(|_| DeskError::Damaged("a step that was interrupted"))?
    }

    fn step_now(
        &self,
        task: Task,
        secrets: Vec<SecretRow>,
        parcels: &Parcels,
    ) -> Result<Step, StepError> {
        let issuer = Issuer::new(self.number, self.key.clone(), self.election);
        let other = match (&parcels.other, self.other()) {
            (Some(bytes), Some(number)) => {
                let author = &self.manifest.issuers[number as usize - 1].key;
                let author = PublicKey::decode(author);
                let author = author.map_err(|_| DeskError::Damaged("an issuer's key"))?;
                Some(Parcel::decode(bytes, &author)?)
            }
            _ => None,
        };
        if other.as_ref().is_some_and(|parcel| parcel.task != task) {
            return Err(StepError::Elsewhere);
        }
        let own = match &parcels.own {
            None => None,
            Some(bytes) => {
                let key = PublicKey::decode(&public_key(&self.key));
                let key = key.map_err(|_| DeskError::Damaged("the server's own key"))?;
                // One about an earlier change of the same voter has done its work.
                Some(Parcel::decode(bytes, &key)?).filter(|parcel| parcel.task == task)
            }
        };
        let mut exchange = Exchange::start(&issuer, &self.manifest, task, secrets);
        if let Some(own) = own {
            exchange = exchange.resume(own)?;
        }
        let progress = exchange.advance(other.as_ref(), &mut rand::rng())?;
        Ok(Step {
            own: exchange.parcel().to_bytes(&self.key),
            progress,
        })
    }
}

/// What the server brings for a voter.
pub(crate) fn secret_row(voter: &VoterRow, half: SecretScalar) -> SecretRow {
    SecretRow {
        row: voter.row,
        entitlement: Entitlement {
            weight: voter.voter.weight,
            college: voter.voter.college,
        },
        half,
    }
}

/// The line of one row among those that a task has led to.
pub(crate) fn line_of(lines: &[(RowId, Point)], row: &RowId) -> Option<[u8; 32]> {
    let found = lines.iter().find(|(id, _)| id == row);
    found.map(|(_, line)| *line.bytes())
}
