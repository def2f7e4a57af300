//! The rounds of the workshop: halves, proofs, signatures; then the entries, signed by all.

use core::cmp::Ordering;

use urne_crypto::encoding::{Point, SecretScalar};
use urne_crypto::hash::hash_256;
use urne_crypto::issuer::IssuerProof;
use urne_crypto::signature::{PublicKey, sign};
use urne_election::entry::{Entry, Operation, RollChange, RollChunk, SIGNATURE_DOMAIN};
use urne_election::json::base64url;
use urne_election::manifest::{Manifest, Party};
use urne_election::roll::{Issued, Row};

use super::parcel::{ChangeKind, Parcel, ParcelRow, Task};
use super::register::RowId;
use crate::issuer::{Entitlement, Issuer, lay_out, rows_per_chunk};

/// One voter's half, as this issuer knows it.
pub struct SecretRow {
    /// whose
    pub row: RowId,
    /// weight and college
    pub entitlement: Entitlement,
    /// u_r
    pub half: SecretScalar,
}

/// An issuer's work on one task.
pub struct Exchange<'a> {
    issuer: &'a Issuer,
    number: u32,
    election: [u8; 32],
    issuers: &'a [Party],
    /// in ascending order of row ids
    secrets: Vec<SecretRow>,
    own: Parcel,
}

/// Where a task stands after a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// the other issuer has not sent this round yet
    Waiting(Round),
    /// done: the entries in the order to submit them, and the line each row got
    Complete {
        /// signed by all issuers
        entries: Vec<Vec<u8>>,
        /// current key per row id; none where a line is removed
        lines: Vec<(RowId, Point)>,
    },
}

/// The rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// public halves with weight and college
    Halves,
    /// proofs over the rows of both
    Proofs,
    /// signatures of the entries
    Signatures,
}

/// Why the issuers' work stops.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// The parcel is for another election, author or task.
    #[error(
        "the other registrar's parcel is for another task: both of you must name the same voter, change and reason"
    )]
    OtherTask,
    /// The list of the other issuer lacks a voter, or has one more.
    #[error(
        "the two lists differ: row {0} stands in one list only; compare the lists, then start again"
    )]
    Lists(RowId),
    /// The other issuer gives a voter another weight or college.
    #[error(
        "the two lists differ: row {0} has another weight or college at the other registrar; compare the lists"
    )]
    Entitlement(RowId),
    /// The halves of a voter cancel each other, or two voters would share a line.
    #[error(
        "the halves of row {0} make no line of their own: the other registrar's are not honest"
    )]
    Line(RowId),
    /// The other issuer's proof fails.
    #[error(
        "the other registrar could not prove that its halves are its own (part {0}): do not publish this roll"
    )]
    Proof(usize),
    /// The other issuer's signature fails.
    #[error("the other registrar signed something else than what you both prepared (part {0})")]
    Signature(usize),
    /// This issuer has signed another version of the same task.
    #[error(
        "you already signed another version of this; two versions could be mixed on the board, so this one is not signed"
    )]
    SignedAnother,
    /// The own parcel on disk does not fit the register.
    #[error("your saved parcel was made with other codes or for another task")]
    OwnParcel,
}

impl<'a> Exchange<'a> {
    /// Starts a task: the own parcel then holds the halves. `secrets` are this issuer's halves of the voters concerned; none
    /// where a line is removed.
    pub fn start(
        issuer: &'a Issuer,
        manifest: &'a Manifest,
        task: Task,
        mut secrets: Vec<SecretRow>,
    ) -> Exchange<'a> {
        secrets.sort_by_key(|secret| secret.row);
        let halves = secrets.iter().map(SecretRow::published).collect();
        let own = Parcel {
            election: *issuer.election(),
            issuer: issuer.number(),
            task,
            halves,
            proven: None,
            proofs: Vec::new(),
            signatures: Vec::new(),
        };
        Exchange {
            number: issuer.number(),
            election: *issuer.election(),
            issuers: &manifest.issuers,
            issuer,
            secrets,
            own,
        }
    }

    /// Goes on with the parcel this issuer saved before.
    ///
    /// # Errors
    /// [`ExchangeError::OwnParcel`] where it was made with other halves or for another task.
    pub fn resume(mut self, own: Parcel) -> Result<Exchange<'a>, ExchangeError> {
        let start = &self.own;
        let same = (own.election, own.issuer) == (start.election, start.issuer)
            && own.task == start.task
            && own.halves == start.halves;
        if !same {
            return Err(ExchangeError::OwnParcel);
        }
        self.own = own;
        Ok(self)
    }

    /// What the other issuer is to get, and what is to be on disk before it does.
    pub fn parcel(&self) -> &Parcel {
        &self.own
    }

    /// Goes as far as what the other issuer has sent allows. The own parcel may have grown afterwards.
    ///
    /// # Errors
    /// [`ExchangeError`].
    pub fn advance(
        &mut self,
        other: Option<&Parcel>,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<Progress, ExchangeError> {
        let alone = self.issuers.len() == 1;
        if let Some(other) = other {
            self.check_other(other)?;
        } else if !alone {
            return Ok(Progress::Waiting(Round::Halves));
        }
        let rows = self.rows(other)?;
        let parts = self.parts(&rows);
        let proven = self.hash(&rows);
        if self.own.proven != Some(proven) || self.own.proofs.len() != parts.len() {
            if !self.own.signatures.is_empty() {
                return Err(ExchangeError::SignedAnother);
            }
            self.own.proofs = parts.iter().map(|part| self.prove(part, rng)).collect();
            self.own.proven = Some(proven);
        }
        let theirs = match other {
            Some(other) if other.proven != Some(proven) => {
                return Ok(Progress::Waiting(Round::Proofs));
            }
            Some(other) => {
                self.check_proofs(other, &parts)?;
                Some(other)
            }
            None => None,
        };
        let payloads = self.payloads(&parts, theirs);
        if self.own.signatures.len() != payloads.len() {
            let key = self.issuer.key();
            self.own.signatures = payloads
                .iter()
                .map(|payload| sign(key, SIGNATURE_DOMAIN, payload))
                .collect();
        }
        if let Some(other) = theirs {
            if other.signatures.is_empty() {
                return Ok(Progress::Waiting(Round::Signatures));
            }
            self.check_signatures(other, &payloads)?;
        }
        Ok(Progress::Complete {
            entries: self.assemble(&payloads, theirs),
            lines: rows.iter().map(|(row, id)| (*id, row.key)).collect(),
        })
    }

    /// Author, election, task; and that both lists say the same of everybody.
    fn check_other(&self, other: &Parcel) -> Result<(), ExchangeError> {
        let author = 3 - self.number;
        if (other.election, other.issuer) != (self.election, author) || other.task != self.own.task
        {
            return Err(ExchangeError::OtherTask);
        }
        let mut theirs = other.halves.iter();
        for own in &self.own.halves {
            match theirs.next() {
                None => return Err(ExchangeError::Lists(own.row)),
                Some(their) => match their.row.cmp(&own.row) {
                    Ordering::Less => return Err(ExchangeError::Lists(their.row)),
                    Ordering::Greater => return Err(ExchangeError::Lists(own.row)),
                    Ordering::Equal if their.entitlement != own.entitlement => {
                        return Err(ExchangeError::Entitlement(own.row));
                    }
                    Ordering::Equal => {}
                },
            }
        }
        match theirs.next() {
            Some(more) => Err(ExchangeError::Lists(more.row)),
            None => Ok(()),
        }
    }

    /// The rows of both, sorted for the board, each with its row id.
    fn rows(&self, other: Option<&Parcel>) -> Result<Vec<(Row, RowId)>, ExchangeError> {
        let halves = |parcel: &Parcel| parcel.halves.iter().map(|row| row.half).collect();
        let mut public: Vec<Vec<Point>> = vec![halves(&self.own)];
        public.extend(other.map(halves));
        if self.number == 2 {
            public.reverse();
        }
        let entitlements: Vec<Entitlement> =
            self.own.halves.iter().map(|row| row.entitlement).collect();
        let rows: Vec<(Row, RowId)> = lay_out(&public, &entitlements)
            .into_iter()
            .map(|(row, number)| (row, self.own.halves[number].row))
            .collect();
        let shared = rows.windows(2).find(|pair| pair[0].0.key == pair[1].0.key);
        let cancelled = rows.iter().find(|(row, _)| row.key.is_identity());
        match shared.map(|pair| &pair[1]).or(cancelled) {
            Some((_, id)) => Err(ExchangeError::Line(*id)),
            None => Ok(rows),
        }
    }

    /// The rows in the parts that get a proof and an entry each: the chunks of a roll, the one row of a change, none of a removal.
    fn parts<'r>(&self, rows: &'r [(Row, RowId)]) -> Vec<Part<'r>> {
        let chunk = rows_per_chunk(self.issuers.len());
        (0..)
            .zip(rows.chunks(chunk))
            .map(|(number, rows)| Part { number, rows })
            .collect()
    }

    /// Both issuers prove and sign the same rows only if this is the same for both.
    fn hash(&self, rows: &[(Row, RowId)]) -> [u8; 32] {
        let bytes: Vec<u8> = rows.iter().flat_map(|(row, _)| row.to_bytes()).collect();
        hash_256("urne/0 parcel rows", &[&self.election, &bytes])
    }

    fn issued(&self, part: &Part<'_>) -> Issued<'_> {
        match &self.own.task {
            Task::Roll => Issued::Chunk(part.number),
            Task::Change { kind, .. } => match kind {
                ChangeKind::Add | ChangeKind::Remove(_) => Issued::Add,
                ChangeKind::Replace(key) => Issued::Replace(key.bytes()),
            },
        }
    }

    fn prove(&self, part: &Part<'_>, rng: &mut impl rand::CryptoRng) -> [u8; 64] {
        let rows: Vec<Row> = part.rows.iter().map(|(row, _)| row.clone()).collect();
        let secret = |id: &RowId| {
            let found = self.secrets.binary_search_by_key(id, |secret| secret.row);
            &self.secrets[found.expect("invariant: the rows are those of the own halves")].half
        };
        let halves: Vec<&SecretScalar> = part.rows.iter().map(|(_, id)| secret(id)).collect();
        self.issuer.prove(self.issued(part), &rows, &halves, rng)
    }

    fn check_proofs(&self, other: &Parcel, parts: &[Part<'_>]) -> Result<(), ExchangeError> {
        if other.proofs.len() != parts.len() {
            return Err(ExchangeError::Proof(other.proofs.len()));
        }
        let index = other.issuer as usize - 1;
        for (number, (part, proof)) in (1..).zip(parts.iter().zip(&other.proofs)) {
            let bytes: Vec<u8> = part
                .rows
                .iter()
                .flat_map(|(row, _)| row.to_bytes())
                .collect();
            let halves: Vec<Point> = part.rows.iter().map(|(row, _)| row.halves[index]).collect();
            let key = &self.issuers[index].key;
            let statement = self
                .issued(part)
                .statement(&self.election, other.issuer, key, &bytes);
            IssuerProof::decode(proof)
                .ok()
                .and_then(|proof| proof.verify(&statement, &halves).ok())
                .ok_or(ExchangeError::Proof(number))?;
        }
        Ok(())
    }

    fn payloads(&self, parts: &[Part<'_>], other: Option<&Parcel>) -> Vec<Vec<u8>> {
        let proofs = |part: &Part<'_>| {
            let index = part.number as usize;
            let mut proofs = vec![self.own.proofs[index]];
            proofs.extend(other.map(|other| other.proofs[index]));
            self.in_order(proofs).concat()
        };
        let election = self.election;
        let Task::Change { reason, kind, .. } = &self.own.task else {
            let chunk = |part: &Part<'_>| {
                let rows = part.rows.iter().flat_map(|(row, _)| row.to_bytes());
                Entry::Roll(RollChunk {
                    election,
                    chunk: u64::from(part.number),
                    rows: rows.collect(),
                    proofs: proofs(part),
                })
                .payload()
            };
            return parts.iter().map(chunk).collect();
        };
        let first = || parts.first().map(|part| (&part.rows[0].0, proofs(part)));
        let operation = match kind {
            ChangeKind::Remove(key) => Some(Operation::Remove { key: *key }),
            ChangeKind::Add => first().map(|(row, proofs)| Operation::Add {
                row: row.to_bytes(),
                proofs,
            }),
            ChangeKind::Replace(key) => first().map(|(row, proofs)| Operation::Replace {
                key: *key,
                halves: row.halves.iter().flat_map(|half| *half.bytes()).collect(),
                proofs,
            }),
        };
        let change = |operation| {
            Entry::RollChange(RollChange {
                election,
                reason: *reason,
                operation,
            })
            .payload()
        };
        operation.into_iter().map(change).collect()
    }

    fn check_signatures(&self, other: &Parcel, payloads: &[Vec<u8>]) -> Result<(), ExchangeError> {
        let key = PublicKey::decode(&self.issuers[other.issuer as usize - 1].key);
        let key = key.map_err(|_| ExchangeError::Signature(0))?;
        if other.signatures.len() != payloads.len() {
            return Err(ExchangeError::Signature(other.signatures.len()));
        }
        for (number, (payload, signature)) in (1..).zip(payloads.iter().zip(&other.signatures)) {
            key.verify(SIGNATURE_DOMAIN, payload, signature)
                .map_err(|_| ExchangeError::Signature(number))?;
        }
        Ok(())
    }

    fn assemble(&self, payloads: &[Vec<u8>], other: Option<&Parcel>) -> Vec<Vec<u8>> {
        let entry = |(index, payload): (usize, &Vec<u8>)| {
            let mut signatures = vec![self.own.signatures[index]];
            signatures.extend(other.map(|other| other.signatures[index]));
            let mut entry = payload.clone();
            entry.push(b'\n');
            for signature in self.in_order(signatures) {
                entry.extend_from_slice(base64url(&signature).as_bytes());
                entry.push(b'\n');
            }
            entry
        };
        payloads.iter().enumerate().map(entry).collect()
    }

    /// Own first becomes the manifest's order.
    fn in_order<T>(&self, mut own_first: Vec<T>) -> Vec<T> {
        if self.number == 2 {
            own_first.reverse();
        }
        own_first
    }
}

/// Some rows that are proven together and stand in one entry.
struct Part<'r> {
    number: u32,
    rows: &'r [(Row, RowId)],
}

impl SecretRow {
    fn published(&self) -> ParcelRow {
        ParcelRow {
            row: self.row,
            half: self.half.public(),
            entitlement: self.entitlement,
        }
    }
}
