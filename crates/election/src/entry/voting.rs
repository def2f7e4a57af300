//! `open`, `ballot`, `extension`, `close`, `notice`.

use urne_crypto::ballot::NO_BALLOT;
use urne_crypto::encoding::Point;
use urne_crypto::hash::hash_256;

use super::Shape;
use crate::json::{FormError, Reader, Writer};
use crate::manifest::{Text, read_point_not_identity, read_text, write_text};

/// A file of the voting page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoothFile {
    /// as requested
    pub path: String,
    /// SHA-256 of its bytes
    pub hash: [u8; 32],
}

/// The opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// election id
    pub election: [u8; 32],
    /// H
    pub key: Point,
    /// deals hash
    pub deals: [u8; 32],
    /// confirms hash
    pub confirms: [u8; 32],
    /// roll hash
    pub roll: [u8; 32],
    /// rows of the roll
    pub lines: u64,
    /// files of the voting page, by ascending path
    pub booth: Vec<BoothFile>,
    /// size of the log before this entry
    pub size: u64,
    /// root of the log before this entry
    pub root: [u8; 32],
}

impl Open {
    pub(super) fn read(r: &mut Reader<'_>) -> Result<Open, FormError> {
        Ok(Open {
            election: r.field("election")?.array_of_bytes()?,
            key: read_point_not_identity(r.field("key")?)?,
            deals: r.field("deals")?.array_of_bytes()?,
            confirms: r.field("confirms")?.array_of_bytes()?,
            roll: r.field("roll")?.array_of_bytes()?,
            lines: r.field("lines")?.integer(0..=u64::MAX)?,
            booth: r.field("booth")?.list(0..=256, |r| {
                r.open()?;
                let file = BoothFile {
                    path: r.field("path")?.string(1..=200)?,
                    hash: r.field("hash")?.array_of_bytes()?,
                };
                r.close()?;
                Ok(file)
            })?,
            size: r.field("size")?.integer(0..=u64::MAX)?,
            root: r.field("root")?.array_of_bytes()?,
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.field("key").bytes(self.key.bytes());
        w.field("deals").bytes(&self.deals);
        w.field("confirms").bytes(&self.confirms);
        w.field("roll").bytes(&self.roll);
        w.field("lines").integer(self.lines);
        w.field("booth").list(&self.booth, |w, file| {
            w.open().field("path").string(&file.path);
            w.field("hash").bytes(&file.hash).close();
        });
        w.field("size").integer(self.size);
        w.field("root").bytes(&self.root);
    }
}

/// A later closing hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// election id
    pub election: [u8; 32],
    /// the hour announced now, seconds since 1970
    pub closes: u64,
    /// why, one text per language
    pub reason: Text,
}

impl Extension {
    pub(super) fn read(r: &mut Reader<'_>, shape: &Shape) -> Result<Extension, FormError> {
        Ok(Extension {
            election: r.field("election")?.array_of_bytes()?,
            closes: r.field("closes")?.integer(0..=u64::MAX)?,
            reason: read_text(r.field("reason")?, shape.languages, 2_000)?,
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.field("closes").integer(self.closes);
        write_text(w.field("reason"), &self.reason);
    }
}

/// The closing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// election id
    pub election: [u8; 32],
    /// size of the log before this entry
    pub size: u64,
    /// root of the log before this entry
    pub root: [u8; 32],
}

impl Close {
    pub(super) fn read(r: &mut Reader<'_>) -> Result<Close, FormError> {
        Ok(Close {
            election: r.field("election")?.array_of_bytes()?,
            size: r.field("size")?.integer(0..=u64::MAX)?,
            root: r.field("root")?.array_of_bytes()?,
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.field("size").integer(self.size);
        w.field("root").bytes(&self.root);
    }
}

/// A ballot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BallotEntry {
    /// tracker of the ballot it replaces, or 32 zero bytes
    pub after: [u8; 32],
    /// U
    pub key: Point,
    /// ciphertexts and proof
    pub proof: Vec<u8>,
}

impl BallotEntry {
    /// Its tracker, without checking its proof: the proof begins with `count` ciphertexts of 64 bytes each.
    pub fn tracker(&self, ctx: &[u8; 32], count: usize) -> [u8; 32] {
        let ciphertexts = self.proof.get(..64 * count).unwrap_or(&self.proof);
        let parts = [&ctx[..], self.key.bytes(), &self.after, ciphertexts];
        hash_256("urne/0 tracker", &parts)
    }

    pub(super) fn read(r: &mut Reader<'_>, shape: &Shape) -> Result<BallotEntry, FormError> {
        let after = r.field("after")?.bytes(0..=32)?;
        let after = match after.len() {
            0 => NO_BALLOT,
            _ => <[u8; 32]>::try_from(after)
                .ok()
                .filter(|after| *after != NO_BALLOT)
                .ok_or_else(|| r.fault("expected a tracker or the empty string"))?,
        };
        Ok(BallotEntry {
            after,
            key: read_point_not_identity(r.field("key")?)?,
            proof: r.field("proof")?.bytes(shape.proof..=shape.proof)?,
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        let replaces = self.after != NO_BALLOT;
        w.field("after")
            .bytes(if replaces { &self.after } else { &[] });
        w.field("key").bytes(self.key.bytes());
        w.field("proof").bytes(&self.proof);
    }
}

/// A word from the organizer to everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// election id
    pub election: [u8; 32],
    /// one text per language
    pub text: Text,
}

impl Notice {
    pub(super) fn read(r: &mut Reader<'_>, shape: &Shape) -> Result<Notice, FormError> {
        Ok(Notice {
            election: r.field("election")?.array_of_bytes()?,
            text: read_text(r.field("text")?, shape.languages, 20_000)?,
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        write_text(w.field("text"), &self.text);
    }
}
