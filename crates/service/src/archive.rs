//! The whole record as one file to keep: a tar archive of what the static paths serve, made while it is sent.
//!
//! Bundles and tiles come first and the checkpoint last, so that an archive that breaks off does not look like a record.

use axum::body::Bytes;
use http_body_util::channel::{SendError, Sender};
use tar::Header;
use urne_board::bundle::{BundleError, decode_bundle};
use urne_board::checkpoint::{CheckpointError, SignedCheckpoint};
use urne_board::record::{CHECKPOINT_PATH, kept_checkpoint_path};
use urne_board::tile::{TileError, bundles_for_growth, entries_path, tiles_for_size};
use urne_election::json::base64url;

use crate::room::{BoardFile, Room};
use crate::store::StoreError;

/// Why an archive breaks off.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArchiveError {
    /// Whoever asked for it has gone.
    #[error("the reader has gone: {0}")]
    Gone(#[from] SendError),
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file of the record that must be there is not.
    #[error("the record has no {0}")]
    Missing(String),
    /// A bundle of our own cannot be read.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A path of our own is none.
    #[error(transparent)]
    Path(#[from] TileError),
    /// A checkpoint of our own is none.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A name that does not fit an archive.
    #[error("a file cannot be named in an archive: {0}")]
    Name(#[from] std::io::Error),
}

/// What the archive is called; the folder inside has the same name without its ending.
pub(crate) fn file_name(election: &[u8; 32]) -> String {
    format!("{}.tar", folder(election))
}

fn folder(election: &[u8; 32]) -> String {
    let id = base64url(election);
    format!("urne-record-{}", id.get(..8).unwrap_or(&id))
}

/// Sends the record as it is published at this moment.
///
/// # Errors
/// [`ArchiveError`]: then the archive is cut off.
pub(crate) async fn send(
    room: &Room,
    body: &mut Sender<Bytes, ArchiveError>,
) -> Result<(), ArchiveError> {
    let latest = file(room, CHECKPOINT_PATH).await?;
    let size = SignedCheckpoint::parse(&latest.bytes)?.checkpoint().size();
    let mut archive = Archive {
        folder: folder(room.id()),
        body,
    };
    let mut turns = Vec::new();
    for (index, width) in bundles_for_growth(0, size) {
        let path = entries_path(index, width)?;
        let bundle = file(room, &path).await?.bytes;
        turns.extend(turning_points(&bundle, index, width)?);
        archive.add(&path, bundle).await?;
    }
    for tile in tiles_for_size(size) {
        let path = tile.path();
        let bytes = file(room, &path).await?.bytes;
        archive.add(&path, bytes).await?;
    }
    turns.dedup();
    for turn in turns {
        let path = kept_checkpoint_path(turn);
        // The one after the last entry may not be kept yet.
        if let Some(kept) = room.board_file(&path).await? {
            archive.add(&path, kept.bytes).await?;
        }
    }
    archive.add(CHECKPOINT_PATH, latest.bytes).await?;
    archive.end().await
}

async fn file(room: &Room, path: &str) -> Result<BoardFile, ArchiveError> {
    let found = room.board_file(path).await?;
    found.ok_or_else(|| ArchiveError::Missing(path.to_owned()))
}

/// Sizes before and after every entry of a bundle that opened or closed the box, or tried to.
fn turning_points(bundle: &[u8], index: u64, width: u16) -> Result<Vec<u64>, BundleError> {
    let entries = decode_bundle(bundle, width)?;
    let turns = (index * 256..).zip(entries).filter(|(_, entry)| {
        entry.starts_with(br#"{"kind":"open""#) || entry.starts_with(br#"{"kind":"close""#)
    });
    Ok(turns
        .flat_map(|(position, _)| [position, position + 1])
        .collect())
}

struct Archive<'b> {
    folder: String,
    body: &'b mut Sender<Bytes, ArchiveError>,
}

impl Archive<'_> {
    /// A header, the bytes, and zeros up to a full block. The hour is always the same: the same record is the same archive.
    async fn add(&mut self, path: &str, mut bytes: Vec<u8>) -> Result<(), ArchiveError> {
        let mut header = Header::new_ustar();
        header.set_path(format!("{}/{path}", self.folder))?;
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_cksum();
        self.body
            .send_data(Bytes::copy_from_slice(header.as_bytes()))
            .await?;
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
        Ok(self.body.send_data(bytes.into()).await?)
    }

    /// Two empty blocks.
    async fn end(self) -> Result<(), ArchiveError> {
        Ok(self.body.send_data(vec![0; 2 * BLOCK].into()).await?)
    }
}

/// Bytes of a block of an archive.
const BLOCK: usize = 512;
