//! The kinds of entries: their templates, read and written byte for byte.
//!
//! An entry is its payload, a line feed, and its signatures, each with a line feed. Source: `spec/entries.md`.

mod ceremony;
mod roll;
mod tally;
mod voting;

use urne_crypto::encoding::Point;
use urne_crypto::hash::hash_256;
use urne_crypto::signature::{SigningKey, sign};

pub use ceremony::{Complaint, Confirm, Deal, Drill};
pub use roll::{LARGEST_ROWS, Operation, Reason, RollChange, RollChunk};
pub use tally::{
    CollegeResult, CollegeState, Decryption, Destruction, Memory, QuestionResult, Seal, TallyResult,
};
pub use voting::{BallotEntry, BoothFile, Close, Extension, Notice, Open};

use crate::form::BallotForm;
use crate::json::{FormError, Reader, Writer, base64url};
use crate::manifest::Manifest;

/// The most bytes an entry may have.
pub const LARGEST_ENTRY: usize = 65_535;

/// The domain of entry signatures.
pub const SIGNATURE_DOMAIN: &str = "urne/0 entry";

/// What the templates of later entries depend on.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// number of languages
    pub languages: usize,
    /// t
    pub threshold: usize,
    /// n
    pub trustees: usize,
    /// s
    pub issuers: usize,
    /// bytes of a ballot's proof
    pub proof: usize,
}

impl Shape {
    /// The shape a manifest fixes.
    pub fn new(manifest: &Manifest, form: &BallotForm) -> Shape {
        Shape {
            languages: manifest.languages.len(),
            threshold: manifest.threshold as usize,
            trustees: manifest.trustees.len(),
            issuers: manifest.issuers.len(),
            proof: form.program().proof_length(),
        }
    }

    /// Bytes of one row of the roll.
    pub fn row(&self) -> usize {
        32 * self.issuers + 8
    }
}

/// Whose signatures an entry carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// nobody
    Nobody,
    /// the organizer
    Organizer,
    /// this trustee
    Trustee(u32),
    /// every issuer, in the manifest's order
    Issuers,
}

/// Any entry after the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// `deal`
    Deal(Deal),
    /// `confirm`
    Confirm(Confirm),
    /// `complaint`
    Complaint(Complaint),
    /// `roll`
    Roll(RollChunk),
    /// `drill`
    Drill(Drill),
    /// `open`
    Open(Open),
    /// `ballot`
    Ballot(BallotEntry),
    /// `roll-change`
    RollChange(RollChange),
    /// `extension`
    Extension(Extension),
    /// `close`
    Close(Close),
    /// `seal`
    Seal(Seal),
    /// `decryption`
    Decryption(Decryption),
    /// `result`
    Result(TallyResult),
    /// `destruction`
    Destruction(Destruction),
    /// `notice`
    Notice(Notice),
}

const KINDS: [&str; 15] = [
    "deal",
    "confirm",
    "complaint",
    "roll",
    "drill",
    "open",
    "ballot",
    "roll-change",
    "extension",
    "close",
    "seal",
    "decryption",
    "result",
    "destruction",
    "notice",
];

impl Entry {
    /// Its kind, as in the field `kind`.
    pub fn kind(&self) -> &'static str {
        match self {
            Entry::Deal(_) => "deal",
            Entry::Confirm(_) => "confirm",
            Entry::Complaint(_) => "complaint",
            Entry::Roll(_) => "roll",
            Entry::Drill(_) => "drill",
            Entry::Open(_) => "open",
            Entry::Ballot(_) => "ballot",
            Entry::RollChange(_) => "roll-change",
            Entry::Extension(_) => "extension",
            Entry::Close(_) => "close",
            Entry::Seal(_) => "seal",
            Entry::Decryption(_) => "decryption",
            Entry::Result(_) => "result",
            Entry::Destruction(_) => "destruction",
            Entry::Notice(_) => "notice",
        }
    }

    /// Whose signatures it needs.
    pub fn signer(&self) -> Signer {
        match self {
            Entry::Deal(entry) => Signer::Trustee(entry.trustee),
            Entry::Confirm(entry) => Signer::Trustee(entry.trustee),
            Entry::Complaint(entry) => Signer::Trustee(entry.trustee),
            Entry::Drill(entry) => Signer::Trustee(entry.trustee),
            Entry::Seal(entry) => Signer::Trustee(entry.trustee),
            Entry::Decryption(entry) => Signer::Trustee(entry.trustee),
            Entry::Destruction(entry) => Signer::Trustee(entry.trustee),
            Entry::Roll(_) | Entry::RollChange(_) => Signer::Issuers,
            Entry::Open(_) | Entry::Extension(_) | Entry::Close(_) | Entry::Notice(_) => {
                Signer::Organizer
            }
            Entry::Ballot(_) | Entry::Result(_) => Signer::Nobody,
        }
    }

    /// The election it says it belongs to; nothing for a ballot, whose proof says it.
    pub fn election(&self) -> Option<&[u8; 32]> {
        match self {
            Entry::Deal(entry) => Some(&entry.election),
            Entry::Confirm(entry) => Some(&entry.election),
            Entry::Complaint(entry) => Some(&entry.election),
            Entry::Roll(entry) => Some(&entry.election),
            Entry::Drill(entry) => Some(&entry.election),
            Entry::Open(entry) => Some(&entry.election),
            Entry::Ballot(_) => None,
            Entry::RollChange(entry) => Some(&entry.election),
            Entry::Extension(entry) => Some(&entry.election),
            Entry::Close(entry) => Some(&entry.election),
            Entry::Seal(entry) => Some(&entry.election),
            Entry::Decryption(entry) => Some(&entry.election),
            Entry::Result(entry) => Some(&entry.election),
            Entry::Destruction(entry) => Some(&entry.election),
            Entry::Notice(entry) => Some(&entry.election),
        }
    }

    /// Its payload.
    pub fn payload(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        let w = &mut writer;
        w.open().field("kind").string(self.kind());
        if let Some(election) = self.election() {
            w.field("election").bytes(election);
        }
        match self {
            Entry::Deal(entry) => entry.write(w),
            Entry::Confirm(entry) => entry.write(w),
            Entry::Complaint(entry) => entry.write(w),
            Entry::Roll(entry) => entry.write(w),
            Entry::Drill(entry) => entry.write(w),
            Entry::Open(entry) => entry.write(w),
            Entry::Ballot(entry) => entry.write(w),
            Entry::RollChange(entry) => entry.write(w),
            Entry::Extension(entry) => entry.write(w),
            Entry::Close(entry) => entry.write(w),
            Entry::Seal(entry) => entry.write(w),
            Entry::Decryption(entry) => entry.write(w),
            Entry::Result(entry) => entry.write(w),
            Entry::Destruction(entry) => entry.write(w),
            Entry::Notice(entry) => entry.write(w),
        }
        w.close();
        writer.finish()
    }

    /// The whole entry, signed by `keys` in order.
    pub fn signed(&self, keys: &[&SigningKey]) -> Vec<u8> {
        sign_payload(self.payload(), keys)
    }

    fn read(payload: &[u8], shape: &Shape) -> Result<Entry, FormError> {
        let r = &mut Reader::new(payload);
        r.open()?;
        let kind = KINDS[r.field("kind")?.one_of(&KINDS)?];
        let entry = match kind {
            "deal" => Entry::Deal(Deal::read(r, shape)?),
            "confirm" => Entry::Confirm(Confirm::read(r, shape)?),
            "complaint" => Entry::Complaint(Complaint::read(r, shape)?),
            "roll" => Entry::Roll(RollChunk::read(r, shape)?),
            "drill" => Entry::Drill(Drill::read(r, shape)?),
            "open" => Entry::Open(Open::read(r)?),
            "ballot" => Entry::Ballot(BallotEntry::read(r, shape)?),
            "roll-change" => Entry::RollChange(RollChange::read(r, shape)?),
            "extension" => Entry::Extension(Extension::read(r, shape)?),
            "close" => Entry::Close(Close::read(r)?),
            "seal" => Entry::Seal(Seal::read(r, shape)?),
            "decryption" => Entry::Decryption(Decryption::read(r, shape)?),
            "result" => Entry::Result(TallyResult::read(r)?),
            "destruction" => Entry::Destruction(Destruction::read(r, shape)?),
            _ => Entry::Notice(Notice::read(r, shape)?),
        };
        r.close()?;
        r.end()?;
        Ok(entry)
    }
}

/// An entry taken apart: what it says, and what was signed by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedEntry {
    /// what it says
    pub entry: Entry,
    /// the signed bytes
    pub payload: Vec<u8>,
    /// in the order they stand
    pub signatures: Vec<[u8; 64]>,
}

impl SignedEntry {
    /// Reads an entry after the manifest (check V9).
    ///
    /// # Errors
    /// [`FormError`] where it does not match its template or has the wrong number of signatures.
    pub fn decode(bytes: &[u8], shape: &Shape) -> Result<SignedEntry, FormError> {
        let (payload, signatures) = split(bytes)?;
        let entry = Entry::read(payload, shape)?;
        let expected = match entry.signer() {
            Signer::Nobody => 0,
            Signer::Organizer | Signer::Trustee(_) => 1,
            Signer::Issuers => shape.issuers,
        };
        if signatures.len() != expected {
            return Err(FormError {
                at: payload.len(),
                problem: format!("expected {expected} signatures"),
            });
        }
        Ok(SignedEntry {
            entry,
            payload: payload.to_vec(),
            signatures,
        })
    }
}

/// Splits an entry into payload and signatures.
///
/// # Errors
/// [`FormError`] for a wrong length, a missing line feed or a malformed signature line.
pub fn split(bytes: &[u8]) -> Result<(&[u8], Vec<[u8; 64]>), FormError> {
    let fault = |at: usize, problem: &str| FormError {
        at,
        problem: problem.to_owned(),
    };
    if bytes.len() > LARGEST_ENTRY {
        return Err(fault(LARGEST_ENTRY, "an entry has at most 65,535 bytes"));
    }
    let Some((b'\n', lines)) = bytes.split_last() else {
        return Err(fault(bytes.len(), "an entry ends with a line feed"));
    };
    let mut lines = lines.split(|&byte| byte == b'\n');
    let payload = lines.next().unwrap_or_default();
    let signatures = lines
        .map(|line| {
            let quoted = [b"\"", line, b"\""].concat();
            let mut reader = Reader::new(&quoted);
            let signature = reader.array_of_bytes().ok();
            signature.filter(|_| reader.end().is_ok())
        })
        .collect::<Option<Vec<[u8; 64]>>>()
        .ok_or_else(|| fault(payload.len(), "a signature line is malformed"))?;
    Ok((payload, signatures))
}

/// Puts signatures under a payload.
pub fn sign_payload(payload: Vec<u8>, keys: &[&SigningKey]) -> Vec<u8> {
    let mut entry = payload.clone();
    entry.push(b'\n');
    for key in keys {
        let signature = sign(key, SIGNATURE_DOMAIN, &payload);
        entry.extend_from_slice(base64url(&signature).as_bytes());
        entry.push(b'\n');
    }
    entry
}

/// H256(label, leaf ‖ leaf ‖ …): the deals, confirms and roll hashes.
pub fn hash_of_leaves(label: &str, leaves: &[[u8; 32]]) -> [u8; 32] {
    hash_256(label, &[&leaves.concat()])
}

/// SHA-256(0x00 ‖ entry), the RFC 6962 leaf hash.
pub fn leaf_hash(entry: &[u8]) -> [u8; 32] {
    let mut prefixed = Vec::with_capacity(entry.len() + 1);
    prefixed.push(0);
    prefixed.extend_from_slice(entry);
    urne_crypto::hash::fingerprint(&prefixed)
}

fn read_trustee_number(r: &mut Reader<'_>, shape: &Shape) -> Result<u32, FormError> {
    r.integer_32(1..=u32::try_from(shape.trustees).unwrap_or(32))
}

fn read_point(r: &mut Reader<'_>) -> Result<Point, FormError> {
    let bytes = r.array_of_bytes()?;
    Point::decode(&bytes).map_err(|error| r.fault(error.to_string()))
}
