//! Copying a board into a folder. Nothing is believed and nothing is checked: that is `urne-verify`'s, on the copy.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use urne_board::bundle::decode_bundle;
use urne_board::record::{CHECKPOINT_PATH, kept_checkpoint_path};
use urne_board::tile::{bundles_for_growth, entries_path, tiles_for_growth};

use crate::failure::{Failure, Outcome};
use crate::files::disk;
use crate::people::context::Context;
use crate::wire::board::Board;

/// Copies a board: bundles and tiles first, the checkpoint last, so that the copy is whole at every moment.
///
/// # Errors
/// In words.
pub fn run(context: &Context, board: &Board, into: &Path) -> Outcome {
    let signed = board.checkpoint()?;
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
    let mut kept = 0;
    for turn in turns {
        // The one after the last entry may not be kept yet, and a void entry has none.
        if copy(board, into, &kept_checkpoint_path(turn)).is_ok() {
            kept += 1;
        }
    }
    write(into, CHECKPOINT_PATH, signed.to_string().as_bytes())?;
    bar.finish_and_clear();
    let place = into.display();
    context.tell(
        &format!("{size} entries are in {place}. Nothing was checked. To check everything: urne-verify {place}"),
        &json!({ "size": size, "kept_checkpoints": kept, "folder": into }),
    );
    Ok(())
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
