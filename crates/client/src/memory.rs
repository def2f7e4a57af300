//! What must survive on disk beside a key file: what a trustee has dealt and sealed, what an organizer has opened and closed.
//!
//! A memory is no secret, but losing it, or going back to an older copy, takes away the protection it gives: whoever keeps it
//! writes it to disk *before* the entry it remembers leaves the machine. One line of strict JSON and a line feed; it names the key
//! it belongs to, so that another key's memory is not taken for it. Source of what is remembered: `spec/tally.md`, section 2.

use std::collections::BTreeMap;

use urne_crypto::hash::fingerprint;
use urne_election::entry::Memory;
use urne_election::json::{FormError, Reader, Writer};

/// Why a memory file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MemoryError {
    /// It is damaged, or no memory at all.
    #[error("this is not an unharmed memory file: {0}")]
    Form(#[from] FormError),
    /// It belongs to another key.
    #[error("this memory belongs to another key")]
    OtherKey,
}

/// What a trustee's tool remembers, apart from the key file: one deal per key, one sealed root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrusteeMemory {
    pub(crate) dealt: Option<[u8; 32]>,
    pub(crate) sealed: Sealed,
}

/// The first root a key has sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sealed {
    /// none yet, and the tool knows it
    #[default]
    Never,
    /// the memory is gone; its holder states that this key never sealed
    NeverAsStated,
    /// size, root, and whether the tool knew that there was none before
    Once(u64, [u8; 32], Memory),
}

const STATES: [&str; 3] = ["never", "never-as-stated", "once"];
const KNOWN: [(&str, Memory); 2] = [("kept", Memory::Kept), ("lost", Memory::Lost)];

impl TrusteeMemory {
    /// After a loss: the holder states that this key never sealed. The seal will say so.
    pub fn lost() -> TrusteeMemory {
        TrusteeMemory {
            dealt: None,
            sealed: Sealed::NeverAsStated,
        }
    }

    /// The election for which the key has dealt, if the memory knows of one.
    pub fn dealt(&self) -> Option<&[u8; 32]> {
        self.dealt.as_ref()
    }

    /// Size and root of the board that the key has sealed.
    pub fn sealed(&self) -> Option<(u64, [u8; 32])> {
        match self.sealed {
            Sealed::Once(size, root, _) => Some((size, root)),
            Sealed::Never | Sealed::NeverAsStated => None,
        }
    }

    /// Whether the holder stated, instead of the memory, that this key had never sealed.
    pub fn is_lost(&self) -> bool {
        matches!(
            self.sealed,
            Sealed::NeverAsStated | Sealed::Once(_, _, Memory::Lost)
        )
    }

    /// The file, for the trustee with this signing key.
    pub fn to_bytes(&self, key: &[u8; 32]) -> Vec<u8> {
        let mut w = Writer::new();
        w.open().field("kind").string("trustee-memory");
        w.field("key").bytes(key);
        w.field("dealt")
            .bytes(self.dealt.as_ref().map_or(&[], |id| &id[..]));
        let (state, size, root, known) = match &self.sealed {
            Sealed::Never => (STATES[0], 0, &[][..], Memory::Kept),
            Sealed::NeverAsStated => (STATES[1], 0, &[][..], Memory::Lost),
            Sealed::Once(size, root, known) => (STATES[2], *size, &root[..], *known),
        };
        w.field("sealed").string(state);
        w.field("size").integer(size);
        w.field("root").bytes(root);
        w.field("memory").string(KNOWN[known as usize].0).close();
        with_line_feed(w)
    }

    /// Reads the file of the trustee with this signing key.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub fn decode(bytes: &[u8], key: &[u8; 32]) -> Result<TrusteeMemory, MemoryError> {
        let r = &mut Reader::new(line(bytes)?);
        start(r, "trustee-memory", key)?;
        let dealt = optional_hash(r.field("dealt")?)?;
        let state = r.field("sealed")?.one_of(&STATES)?;
        let size = r.field("size")?.integer(0..=u64::MAX)?;
        let root = optional_hash(r.field("root")?)?;
        let known = KNOWN[r.field("memory")?.one_of(&[KNOWN[0].0, KNOWN[1].0])?].1;
        r.close()?;
        r.end()?;
        let sealed = match (state, size, root, known) {
            (0, 0, None, Memory::Kept) => Sealed::Never,
            (1, 0, None, Memory::Lost) => Sealed::NeverAsStated,
            (2, size, Some(root), known) => Sealed::Once(size, root, known),
            _ => return Err(r.fault("the parts contradict each other").into()),
        };
        Ok(TrusteeMemory { dealt, sealed })
    }
}

/// What an organizer's tool remembers: per election the opening and the closing it has signed, as hashes of their payloads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganizerMemory {
    pub(crate) opened: BTreeMap<[u8; 32], [u8; 32]>,
    pub(crate) closed: BTreeMap<[u8; 32], [u8; 32]>,
}

/// More elections than anybody organizes with one key.
const MOST_ELECTIONS: usize = 10_000;

impl OrganizerMemory {
    /// Whether this payload may be signed: nothing, or the very same, was signed before. Remembers it.
    pub(crate) fn may_sign(
        signed: &mut BTreeMap<[u8; 32], [u8; 32]>,
        election: [u8; 32],
        payload: &[u8],
    ) -> bool {
        let hash = fingerprint(payload);
        *signed.entry(election).or_insert(hash) == hash
    }

    /// The file, for the organizer with this signing key.
    pub fn to_bytes(&self, key: &[u8; 32]) -> Vec<u8> {
        let mut w = Writer::new();
        w.open().field("kind").string("organizer-memory");
        w.field("key").bytes(key);
        for (name, signed) in [("opened", &self.opened), ("closed", &self.closed)] {
            w.field(name).list(signed, |w, (election, payload)| {
                w.open().field("election").bytes(election);
                w.field("payload").bytes(payload).close();
            });
        }
        w.close();
        with_line_feed(w)
    }

    /// Reads the file of the organizer with this signing key.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub fn decode(bytes: &[u8], key: &[u8; 32]) -> Result<OrganizerMemory, MemoryError> {
        let r = &mut Reader::new(line(bytes)?);
        start(r, "organizer-memory", key)?;
        let opened = signed(r.field("opened")?)?;
        let closed = signed(r.field("closed")?)?;
        r.close()?;
        r.end()?;
        Ok(OrganizerMemory { opened, closed })
    }
}

fn start(r: &mut Reader<'_>, kind: &str, key: &[u8; 32]) -> Result<(), MemoryError> {
    r.open()?;
    r.field("kind")?.one_of(&[kind])?;
    let found: [u8; 32] = r.field("key")?.array_of_bytes()?;
    if found == *key {
        Ok(())
    } else {
        Err(MemoryError::OtherKey)
    }
}

/// Strictly ascending by election, so that there is one form.
fn signed(r: &mut Reader<'_>) -> Result<BTreeMap<[u8; 32], [u8; 32]>, FormError> {
    let pairs = r.list(0..=MOST_ELECTIONS, |r| {
        r.open()?;
        let election = r.field("election")?.array_of_bytes()?;
        let payload = r.field("payload")?.array_of_bytes()?;
        r.close()?;
        Ok((election, payload))
    })?;
    if !pairs.is_sorted_by(|(one, _): &([u8; 32], _), (next, _)| one < next) {
        return Err(r.fault("expected elections in strictly ascending order"));
    }
    Ok(pairs.into_iter().collect())
}

fn optional_hash(r: &mut Reader<'_>) -> Result<Option<[u8; 32]>, FormError> {
    let bytes = r.bytes(0..=32)?;
    match bytes.len() {
        0 => Ok(None),
        _ => <[u8; 32]>::try_from(bytes)
            .map(Some)
            .map_err(|_| r.fault("expected 32 bytes or none")),
    }
}

fn with_line_feed(w: Writer) -> Vec<u8> {
    let mut bytes = w.finish();
    bytes.push(b'\n');
    bytes
}

/// One line and its line feed.
fn line(bytes: &[u8]) -> Result<&[u8], FormError> {
    match bytes.split_last() {
        Some((b'\n', line)) => Ok(line),
        _ => Err(FormError {
            at: bytes.len(),
            problem: "expected a line feed at the end".into(),
        }),
    }
}
