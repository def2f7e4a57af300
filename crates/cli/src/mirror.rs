//! Copying a board into a folder. Nothing is believed and nothing is checked: that is `urne-verify`'s, on the copy.

use std::fs;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use urne_board::bundle::decode_bundle;
use urne_board::checkpoint::SignedCheckpoint;
use urne_board::record::{CHECKPOINT_PATH, kept_checkpoint_path};
use urne_board::tile::{bundles_for_growth, entries_path, tiles_for_growth};

use crate::failure::{Failure, Outcome};
use crate::files::disk;
use crate::people::context::Context;
use crate::wire::board::Board;

const LARGEST_CHECKPOINT: u64 = 64 * 1024;

/// Copies a board: bundles and tiles first, the checkpoint last, so that the copy is whole at every moment.
///
/// # Errors
/// In words; where something else lies in the folder, nothing is written.
pub fn run(context: &Context, board: &Board, into: &Path) -> Outcome {
    let Copied {
        size,
        kept_checkpoints,
    } = copy_all(board, into)?;
    let place = into.display();
    context.tell(
        &format!("{size} entries are in {place}. Nothing was checked. To check everything: urne-verify {place}"),
        &json!({ "size": size, "kept_checkpoints": kept_checkpoints, "folder": into }),
    );
    Ok(())
}

/// What a copy holds.
#[derive(Clone, Copy, Debug)]
pub struct Copied {
    /// entries
    pub size: u64,
    /// checkpoints around the opening and the closing
    pub kept_checkpoints: u64,
}

/// The same, without words.
///
/// # Errors
/// In words.
pub fn copy_all(board: &Board, into: &Path) -> Outcome<Copied> {
    let signed = board.checkpoint()?;
    require_place(into, &signed)?;
    let size = signed.checkpoint().size();
    let bar = ProgressBar::new(size.div_ceil(256));
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} bundles, {eta} left") {
        bar.set_style(style);
    }
    let mut turns = Vec::new();
    for (index, width) in bundles_for_growth(0, size) {
        let path = entries_path(index, width)?;
        let bytes = copy(board, into, &path)?;
        let entries = decode_bundle(&bytes, width)
            .map_err(|error| Failure::new(format!("{path}: {error}")))?;
        for (position, entry) in (index * 256..).zip(entries) {
            if entry.starts_with(br#"{"kind":"open""#) || entry.starts_with(br#"{"kind":"close""#) {
                turns.extend([position, position + 1]);
            }
        }
        bar.inc(1);
    }
    for tile in tiles_for_growth(0, size) {
        copy(board, into, &tile.path())?;
    }
    turns.sort_unstable();
    turns.dedup();
    let mut kept_checkpoints = 0;
    for turn in turns {
        // The one after the last entry may not be kept yet, and a void entry has none.
        if copy(board, into, &kept_checkpoint_path(turn)).is_ok() {
            kept_checkpoints += 1;
        }
    }
    write(into, CHECKPOINT_PATH, signed.to_string().as_bytes())?;
    bar.finish_and_clear();
    Ok(Copied {
        size,
        kept_checkpoints,
    })
}

/// A copy goes into a new folder, an empty one, or over an older copy of the same board: of the same log, by the origin of its
/// checkpoint. A copy that was interrupted has no checkpoint yet, and nothing but tiles and checkpoints.
fn require_place(into: &Path, signed: &SignedCheckpoint) -> Outcome {
    let mut others = Vec::new();
    if into.exists() {
        for entry in fs::read_dir(into).map_err(|error| used(into, &error.to_string()))? {
            let name = entry?.file_name();
            let name = name.to_string_lossy();
            // `checkpoint`, `checkpoints`, and a draft of either.
            if name != "tile" && !name.starts_with(CHECKPOINT_PATH) {
                others.push(name.into_owned());
            }
        }
    }
    if let Some(other) = others.first() {
        return Err(used(
            into,
            &format!("it holds {other}, which is no part of a board"),
        ));
    }
    let Some(older) = disk::read_if_there(&into.join(CHECKPOINT_PATH), LARGEST_CHECKPOINT)? else {
        return Ok(());
    };
    let same = SignedCheckpoint::parse(&older)
        .is_ok_and(|older| older.checkpoint().origin() == signed.checkpoint().origin());
    match same {
        true => Ok(()),
        false => Err(used(into, "it holds another board")),
    }
}

fn used(into: &Path, why: &str) -> Failure {
    Failure::not_understood(format!(
        "{} cannot take the copy: {why}. Name a new or empty folder, or an older copy of the same board; nothing was written",
        into.display()
    ))
}

fn copy(board: &Board, into: &Path, path: &str) -> Outcome<Vec<u8>> {
    let bytes = board.read(path)?;
    write(into, path, &bytes)?;
    Ok(bytes)
}

fn write(into: &Path, path: &str, bytes: &[u8]) -> Outcome {
    let target = into.join(path);
    if let Some(parent) = target.parent() {
        disk::make_folder(parent)?;
    }
    Ok(disk::replace_public(&target, bytes)?)
}
