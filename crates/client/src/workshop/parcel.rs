//! What one issuer sends the other: one parcel per task, which grows round by round.
//!
//! ```text
//! {"kind":"parcel","election":B(32),"issuer":INT(1..2),
//!  "task":"roll"|"add"|"remove"|"replace","reason":"none"|"lost"|"paper"|"error"|"admitted"|"struck",
//!  "row":B(0|16),"key":B(0|32),
//!  "halves":B(56·k),"proven":B(0|32),"proofs":B(64·c),"signatures":B(64·c)}
//! ```
//!
//! in the strict JSON of `spec/encoding.md`, a line feed, the author's signature in base64url over lp("urne/0 parcel") ‖ the line,
//! a line feed. `halves` holds, for every row id in strictly ascending order, the row id (16 bytes), U_r (32), weight and college
//! (four bytes each, little-endian). `proven` is the hash of the rows the proofs are for. Parcels never stand on a board.

use urne_crypto::encoding::Point;
use urne_crypto::signature::{PublicKey, SigningKey, sign};
use urne_election::entry::Reason;
use urne_election::json::{FormError, Reader, Writer, base64url, from_base64url};

use super::register::{Register, RowId};
use crate::issuer::Entitlement;

/// Most bytes a parcel has; the service's courier takes no more.
pub const LARGEST_PARCEL: usize = 32 * 1024 * 1024;

/// Bytes of a row of `halves`.
const ROW: usize = 16 + 32 + 8;

/// Most chunks one roll has: what [`Register::MOST_VOTERS`] rows of two issuers fill, and some.
const MOST_CHUNKS: usize = 1_000;

const DOMAIN: &str = "urne/0 parcel";

/// What the issuers make together.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one task at a time, never a list of them"
)]
pub enum Task {
    /// the roll
    Roll,
    /// a change of the roll after the opening
    Change {
        /// the voter concerned
        row: RowId,
        /// why
        reason: Reason,
        /// what
        kind: ChangeKind,
    },
}

/// What changes about a voter's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// the voter gets a line
    Add,
    /// the voter's line ends; its current key
    Remove(Point),
    /// the voter's line gets a new key; its current one
    Replace(Point),
}

impl Task {
    /// How the parcel of this task is called at the courier: up to 64 of `a-z 0-9 -`.
    pub fn parcel_name(&self) -> String {
        match self {
            Task::Roll => "roll".to_owned(),
            Task::Change { row, .. } => format!("change-{row}"),
        }
    }
}

/// A row of `halves`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParcelRow {
    /// whose
    pub row: RowId,
    /// U_r
    pub half: Point,
    /// weight and college as this issuer has them
    pub entitlement: Entitlement,
}

/// An issuer's part of a task so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// election id
    pub election: [u8; 32],
    /// its author, 1 or 2
    pub issuer: u32,
    /// what it is part of
    pub task: Task,
    /// first round: in ascending order of row ids; none where a line is removed
    pub halves: Vec<ParcelRow>,
    /// second round: hash of the rows the proofs are for
    pub proven: Option<[u8; 32]>,
    /// second round: one per chunk
    pub proofs: Vec<[u8; 64]>,
    /// third round: one per entry
    pub signatures: Vec<[u8; 64]>,
}

/// Why a parcel is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParcelError {
    /// It is not in the one form.
    #[error("the parcel is damaged: {0}")]
    Form(#[from] FormError),
    /// Its author did not sign it.
    #[error("the parcel was not made by the other registrar: somebody altered or invented it")]
    Signature,
}

const TASKS: [&str; 4] = ["roll", "add", "remove", "replace"];
const REASONS: [Reason; 5] = [
    Reason::Lost,
    Reason::Paper,
    Reason::Error,
    Reason::Admitted,
    Reason::Struck,
];

impl Parcel {
    /// The parcel, signed by its author.
    pub fn to_bytes(&self, key: &SigningKey) -> Vec<u8> {
        let mut bytes = self.payload();
        let signature = sign(key, DOMAIN, &bytes);
        bytes.push(b'\n');
        bytes.extend_from_slice(base64url(&signature).as_bytes());
        bytes.push(b'\n');
        bytes
    }

    fn payload(&self) -> Vec<u8> {
        let (task, reason, row, key) = match &self.task {
            Task::Roll => (TASKS[0], "none", None, None),
            Task::Change { row, reason, kind } => {
                let (task, key) = match kind {
                    ChangeKind::Add => (TASKS[1], None),
                    ChangeKind::Remove(key) => (TASKS[2], Some(key)),
                    ChangeKind::Replace(key) => (TASKS[3], Some(key)),
                };
                (task, reason.name(), Some(row), key)
            }
        };
        let halves: Vec<u8> = self.halves.iter().flat_map(ParcelRow::to_bytes).collect();
        let mut w = Writer::new();
        w.open().field("kind").string("parcel");
        w.field("election").bytes(&self.election);
        w.field("issuer").integer(self.issuer);
        w.field("task").string(task);
        w.field("reason").string(reason);
        w.field("row").bytes(row.map_or(&[], |row| &row.0[..]));
        w.field("key")
            .bytes(key.map_or(&[], |key| &key.bytes()[..]));
        w.field("halves").bytes(&halves);
        w.field("proven")
            .bytes(self.proven.as_ref().map_or(&[], |hash| &hash[..]));
        w.field("proofs").bytes(&self.proofs.concat());
        w.field("signatures").bytes(&self.signatures.concat());
        w.close();
        w.finish()
    }

    /// Reads a parcel and checks that the holder of `author` signed it.
    ///
    /// # Errors
    /// [`ParcelError`].
    pub fn decode(bytes: &[u8], author: &PublicKey) -> Result<Parcel, ParcelError> {
        let fault = |problem: &str| FormError {
            at: 0,
            problem: problem.to_owned(),
        };
        if bytes.len() > LARGEST_PARCEL {
            return Err(fault("a parcel has at most 32 MiB").into());
        }
        let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
        let [payload, signature, []] = lines[..] else {
            return Err(fault("expected two lines").into());
        };
        let signature = core::str::from_utf8(signature)
            .ok()
            .and_then(from_base64url)
            .ok_or(ParcelError::Signature)?;
        author
            .verify(DOMAIN, payload, &signature)
            .map_err(|_| ParcelError::Signature)?;
        Ok(read(payload)?)
    }
}

fn read(payload: &[u8]) -> Result<Parcel, FormError> {
    let r = &mut Reader::new(payload);
    r.open()?;
    r.field("kind")?.one_of(&["parcel"])?;
    let election = r.field("election")?.array_of_bytes()?;
    let issuer = r.field("issuer")?.integer_32(1..=2)?;
    let task = read_task(r)?;
    let halves = r.field("halves")?.bytes(0..=ROW * Register::MOST_VOTERS)?;
    let halves = read_halves(&halves).map_err(|why| r.fault(why))?;
    let proven = r.field("proven")?.bytes(0..=32)?;
    let proven = match proven.len() {
        0 => None,
        _ => Some(<[u8; 32]>::try_from(proven).map_err(|_| r.fault("expected 32 bytes or none"))?),
    };
    let proofs = read_words(r.field("proofs")?)?;
    let signatures = read_words(r.field("signatures")?)?;
    r.close()?;
    r.end()?;
    Ok(Parcel {
        election,
        issuer,
        task,
        halves,
        proven,
        proofs,
        signatures,
    })
}

fn read_task(r: &mut Reader<'_>) -> Result<Task, FormError> {
    let task = r.field("task")?.one_of(&TASKS)?;
    let mut names = vec!["none"];
    names.extend(REASONS.map(Reason::name));
    let reason = r.field("reason")?.one_of(&names)?.checked_sub(1);
    let reason = reason.map(|index| REASONS[index]);
    let row = r.field("row")?.bytes(0..=16)?;
    let key = r.field("key")?.bytes(0..=32)?;
    let contradiction = r.fault("the parts of the task contradict each other");
    if (task, reason, row.len(), key.len()) == (0, None, 0, 0) {
        return Ok(Task::Roll);
    }
    let point = |key: Vec<u8>| {
        let key = <[u8; 32]>::try_from(key).ok()?;
        Point::decode_non_identity(&key).ok()
    };
    let kind = match task {
        1 if key.is_empty() => Some(ChangeKind::Add),
        2 => point(key).map(ChangeKind::Remove),
        3 => point(key).map(ChangeKind::Replace),
        _ => None,
    };
    match (<[u8; 16]>::try_from(row), reason, kind) {
        (Ok(row), Some(reason), Some(kind)) => Ok(Task::Change {
            row: RowId(row),
            reason,
            kind,
        }),
        _ => Err(contradiction),
    }
}

fn read_words(r: &mut Reader<'_>) -> Result<Vec<[u8; 64]>, FormError> {
    let bytes = r.bytes(0..=64 * MOST_CHUNKS)?;
    match bytes.as_chunks::<64>() {
        (words, []) => Ok(words.to_vec()),
        _ => Err(r.fault("expected a multiple of 64 bytes")),
    }
}

fn read_halves(bytes: &[u8]) -> Result<Vec<ParcelRow>, &'static str> {
    let (rows, rest) = bytes.as_chunks::<ROW>();
    if !rest.is_empty() {
        return Err("expected a whole number of rows");
    }
    let rows = rows
        .iter()
        .map(ParcelRow::decode)
        .collect::<Result<Vec<ParcelRow>, _>>()?;
    if !rows.is_sorted_by(|one, next| one.row < next.row) {
        return Err("expected rows in strictly ascending order");
    }
    Ok(rows)
}

impl ParcelRow {
    fn to_bytes(&self) -> [u8; ROW] {
        let mut bytes = [0; ROW];
        bytes[..16].copy_from_slice(&self.row.0);
        bytes[16..48].copy_from_slice(self.half.bytes());
        bytes[48..52].copy_from_slice(&self.entitlement.weight.to_le_bytes());
        bytes[52..].copy_from_slice(&self.entitlement.college.to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8; ROW]) -> Result<ParcelRow, &'static str> {
        let array = |range: core::ops::Range<usize>| {
            let mut word = [0; 4];
            word.copy_from_slice(&bytes[range]);
            u32::from_le_bytes(word)
        };
        let (mut row, mut half) = ([0; 16], [0; 32]);
        row.copy_from_slice(&bytes[..16]);
        half.copy_from_slice(&bytes[16..48]);
        Ok(ParcelRow {
            row: RowId(row),
            half: Point::decode_non_identity(&half)
                .map_err(|_| "a half is not a point, or the identity")?,
            entitlement: Entitlement {
                weight: array(48..52),
                college: array(52..56),
            },
        })
    }
}
