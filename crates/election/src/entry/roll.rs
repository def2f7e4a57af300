//! `roll`, `roll-change`.

use urne_crypto::encoding::Point;

use super::Shape;
use crate::json::{FormError, Reader, Writer};
use crate::manifest::read_point_not_identity;

/// Most bytes of rows in one chunk.
pub const LARGEST_ROWS: usize = 48_000;

/// A chunk of the roll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollChunk {
    /// election id
    pub election: [u8; 32],
    /// from 0
    pub chunk: u64,
    /// whole rows
    pub rows: Vec<u8>,
    /// 64 bytes per issuer
    pub proofs: Vec<u8>,
}

impl RollChunk {
    pub(super) fn read(r: &mut Reader<'_>, shape: &Shape) -> Result<RollChunk, FormError> {
        let proofs = 64 * shape.issuers;
        let election = r.field("election")?.array_of_bytes()?;
        let chunk = r.field("chunk")?.integer(0..=u64::MAX)?;
        let rows = r.field("rows")?.bytes(40..=LARGEST_ROWS)?;
        if !rows.len().is_multiple_of(shape.row()) {
            return Err(r.fault("expected a whole number of rows"));
        }
        Ok(RollChunk {
            election,
            chunk,
            rows,
            proofs: r.field("proofs")?.bytes(proofs..=proofs)?,
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.field("chunk").integer(self.chunk);
        w.field("rows").bytes(&self.rows);
        w.field("proofs").bytes(&self.proofs);
    }
}

/// Why the roll was changed: a code, since free text would tie a person to a line forever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// a letter or a code was lost
    Lost,
    /// the voter voted on paper
    Paper,
    /// a mistake in the list
    Error,
    /// a person was admitted late
    Admitted,
    /// a person was struck off
    Struck,
}

const REASONS: [(&str, Reason); 5] = [
    ("lost", Reason::Lost),
    ("paper", Reason::Paper),
    ("error", Reason::Error),
    ("admitted", Reason::Admitted),
    ("struck", Reason::Struck),
];

impl Reason {
    /// As in the entry.
    pub fn name(self) -> &'static str {
        REASONS
            .iter()
            .find(|(_, reason)| *reason == self)
            .map_or("", |(name, _)| name)
    }
}

/// What is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// a new line
    Add {
        /// one row
        row: Vec<u8>,
        /// 64 bytes per issuer
        proofs: Vec<u8>,
    },
    /// a line ends
    Remove {
        /// its current key
        key: Point,
    },
    /// a line gets a new key
    Replace {
        /// its current key
        key: Point,
        /// the new halves, 32 bytes per issuer
        halves: Vec<u8>,
        /// 64 bytes per issuer
        proofs: Vec<u8>,
    },
}

impl Operation {
    /// As in the entry.
    pub fn name(&self) -> &'static str {
        match self {
            Operation::Add { .. } => "add",
            Operation::Remove { .. } => "remove",
            Operation::Replace { .. } => "replace",
        }
    }

    /// The reasons this operation may have.
    fn reasons(name: &str) -> &'static [Reason] {
        match name {
            "add" => &[Reason::Admitted, Reason::Error],
            "remove" => &[Reason::Paper, Reason::Struck, Reason::Error],
            _ => &[Reason::Lost, Reason::Error],
        }
    }
}

/// A late change of the roll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollChange {
    /// election id
    pub election: [u8; 32],
    /// why
    pub reason: Reason,
    /// what
    pub operation: Operation,
}

impl RollChange {
    pub(super) fn read(r: &mut Reader<'_>, shape: &Shape) -> Result<RollChange, FormError> {
        const OPERATIONS: [&str; 3] = ["add", "remove", "replace"];
        let (row, halves, proofs) = (shape.row(), 32 * shape.issuers, 64 * shape.issuers);
        let election = r.field("election")?.array_of_bytes()?;
        let name = OPERATIONS[r.field("operation")?.one_of(&OPERATIONS)?];
        let allowed = Operation::reasons(name);
        let names: Vec<&str> = allowed.iter().map(|reason| reason.name()).collect();
        let reason = allowed[r.field("reason")?.one_of(&names)?];
        let operation = match name {
            "add" => Operation::Add {
                row: r.field("row")?.bytes(row..=row)?,
                proofs: r.field("proofs")?.bytes(proofs..=proofs)?,
            },
            "remove" => Operation::Remove {
                key: read_point_not_identity(r.field("key")?)?,
            },
            _ => Operation::Replace {
                key: read_point_not_identity(r.field("key")?)?,
                halves: r.field("halves")?.bytes(halves..=halves)?,
                proofs: r.field("proofs")?.bytes(proofs..=proofs)?,
            },
        };
        Ok(RollChange {
            election,
            reason,
            operation,
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.field("operation").string(self.operation.name());
        w.field("reason").string(self.reason.name());
        match &self.operation {
            Operation::Add { row, proofs } => {
                w.field("row").bytes(row);
                w.field("proofs").bytes(proofs);
            }
            Operation::Remove { key } => {
                w.field("key").bytes(key.bytes());
            }
            Operation::Replace {
                key,
                halves,
                proofs,
            } => {
                w.field("key").bytes(key.bytes());
                w.field("halves").bytes(halves);
                w.field("proofs").bytes(proofs);
            }
        }
    }
}
