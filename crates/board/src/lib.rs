//! The public board: one append-only log per election, in the C2SP transparency-log formats.
//!
//! This crate is pure. It does no I/O, reads no clock and draws no randomness: callers bring
//! bytes, timestamps and signing keys. Entries are opaque here (1 to 65,535 bytes each); what
//! they mean is another crate's business. Every decoder accepts one encoding only, and bounds
//! every length before it allocates.
//!
//! In reading order, each module beside its section of `spec/board.md`:
//!
//! * [`tree`] — leaf, node and root hashes; inclusion and consistency proofs,
//! * [`tile`] — the tree's hashes as files of at most 256 hashes,
//! * [`bundle`] — the entries as files of at most 256 entries,
//! * [`public_key`] — Ed25519 verified so that every library agrees,
//! * [`note`] — text with signature lines, and the text form of a verifier's key,
//! * [`checkpoint`] — origin, size and root, signed by the log,
//! * [`cosignature`] — a witness's timestamped signature on a checkpoint,
//! * [`policy`] — how many of which witnesses make a quorum,
//! * [`witness`] — what a log asks of a witness, and what it is answered,
//! * [`proof`] — "this entry is on the board", in one text file,
//! * [`record`] — the folder of static files that anyone can copy and read back.

pub mod tree;

pub mod bundle;
pub mod tile;

pub mod public_key;

pub mod note;

pub mod checkpoint;
pub mod cosignature;
pub mod policy;
pub mod witness;

pub mod proof;
pub mod record;

mod line;
mod tile_stack;

pub use bundle::{MAX_ENTRY_BYTES, decode_bundle, encode_bundle};
pub use checkpoint::{Checkpoint, SignedCheckpoint};
pub use cosignature::cosign;
pub use ed25519_dalek::SigningKey;
pub use note::{KeyName, SignatureKind, SignatureLine, SignedNote, VerifierKey};
pub use policy::{Policy, WitnessTime};
pub use proof::TlogProof;
pub use public_key::PublicKey;
pub use record::{RecordFiles, RecordReader, files_for_growth};
pub use tile::{Tile, entries_path, tile_path};
pub use tree::{
    Frontier, Hash, MAX_ENTRIES, Tree, empty_root, leaf_hash, node_hash, verify_consistency,
    verify_inclusion,
};
