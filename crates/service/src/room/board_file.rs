//! The public record as files, computed when they are asked for: tiles from the tree in memory, bundles from the store.
//!
//! Only what the latest vouched-for checkpoint covers is shown. Beside the files its size calls for, every narrower part of
//! them is there too, so that a reader who holds an earlier checkpoint finds the partial tiles of its size.

use urne_board::bundle::encode_bundle;
use urne_board::record::{CHECKPOINT_PATH, kept_checkpoint_path};
use urne_board::tile::{MAX_TILE_LEVEL, TILE_HEIGHT, TILE_WIDTH, Tile, encode_tile, entries_path};

use super::shared::Shared;
use crate::store::StoreError;

/// A file of the public record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardFile {
    /// what is in it
    pub bytes: Vec<u8>,
    /// whether these bytes will never change: all but `checkpoint`
    pub immutable: bool,
    /// for the header Content-Type
    pub media_type: &'static str,
}

const TEXT: &str = "text/plain; charset=utf-8";
const BINARY: &str = "application/octet-stream";

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Latest,
    Kept(u64),
    Tile(Tile),
    Bundle { index: u64, width: u16 },
}

pub(super) async fn board_file(
    shared: &Shared,
    path: &str,
) -> Result<Option<BoardFile>, StoreError> {
    let Some(named) = parse(path) else {
        return Ok(None);
    };
    let latest = shared.published.borrow().latest().cloned();
    let Some(latest) = latest else {
        return Ok(None);
    };
    let size = latest.size();
    let file = |bytes: Vec<u8>, media_type| BoardFile {
        bytes,
        immutable: named != Named::Latest,
        media_type,
    };
    match named {
        Named::Latest => {
            let text = latest.checkpoint().to_string();
            Ok(Some(file(text.into_bytes(), TEXT)))
        }
        Named::Kept(kept) if kept <= size => {
            let stored = shared.store.checkpoint_from(shared.log, kept).await?;
            let exact = stored.filter(|stored| stored.size == kept);
            Ok(exact.map(|stored| file(stored.text.into_bytes(), TEXT)))
        }
        Named::Tile(tile)
            if holds(
                size >> (u32::from(tile.level()) * TILE_HEIGHT),
                tile.index(),
                tile.width(),
            ) =>
        {
            let hashes = tile.hashes(shared.state().tree());
            let bytes = hashes.and_then(|hashes| encode_tile(&hashes).ok());
            Ok(bytes.map(|bytes| file(bytes, BINARY)))
        }
        Named::Bundle { index, width } if holds(size, index, width) => {
            let first = index * u64::from(TILE_WIDTH);
            let range = first..first + u64::from(width);
            let leaves = shared.store.entries(shared.log, range).await?;
            let entries: Vec<Vec<u8>> = leaves.into_iter().map(|leaf| leaf.bytes).collect();
            let bytes =
                encode_bundle(&entries).map_err(|error| StoreError::Damaged(error.to_string()))?;
            Ok(Some(file(bytes, BINARY)))
        }
        _ => Ok(None),
    }
}

/// Whether the first `width` of run number `index` are among `count` items. A count has at most 2^32 items, an index at most
/// 2^32 / 256.
fn holds(count: u64, index: u64, width: u16) -> bool {
    index
        .checked_mul(u64::from(TILE_WIDTH))
        .and_then(|first| first.checked_add(u64::from(width)))
        .is_some_and(|end| end <= count)
}

/// Reads a path; only the one spelling of each name is accepted.
fn parse(path: &str) -> Option<Named> {
    if path == CHECKPOINT_PATH {
        return Some(Named::Latest);
    }
    let (named, canonical) = if let Some(size) = path.strip_prefix("checkpoints/") {
        let size = decimal(size)?;
        (Named::Kept(size), kept_checkpoint_path(size))
    } else if let Some(rest) = path.strip_prefix("tile/entries/") {
        let (index, width) = numbered(rest)?;
        (
            Named::Bundle { index, width },
            entries_path(index, width).ok()?,
        )
    } else {
        let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let level = u8::try_from(decimal(level)?).ok()?;
        // Above level 7 no board has a tile, and shifts end.
        if level >= MAX_TILE_LEVEL.min(8) {
            return None;
        }
        let (index, width) = numbered(rest)?;
        let tile = Tile::new(level, index, width).ok()?;
        (Named::Tile(tile), tile.path())
    };
    (canonical == path).then_some(named)
}

/// `x001/x234/067` or `x001/234.p/5`.
fn numbered(text: &str) -> Option<(u64, u16)> {
    let (number, width) = match text.split_once(".p/") {
        Some((number, width)) => (number, u16::try_from(decimal(width)?).ok()?),
        None => (text, TILE_WIDTH),
    };
    let mut index = 0_u64;
    for group in number.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        if digits.len() != 3 {
            return None;
        }
        index = index.checked_mul(1000)?.checked_add(decimal(digits)?)?;
    }
    Some((index, width))
}

fn decimal(text: &str) -> Option<u64> {
    let digits = (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_record_is_read_as_it_is_written() {
        for (index, width) in [
            (0, 256),
            (0, 1),
            (7, 255),
            (999, 256),
            (1000, 3),
            (1_234_067, 256),
        ] {
            let bundle = entries_path(index, width).unwrap();
            assert_eq!(parse(&bundle), Some(Named::Bundle { index, width }));
            for level in [0, 1, 3] {
                let tile = Tile::new(level, index, width).unwrap();
                assert_eq!(parse(&tile.path()), Some(Named::Tile(tile)));
            }
        }
        assert_eq!(parse("checkpoint"), Some(Named::Latest));
        assert_eq!(parse("checkpoints/17"), Some(Named::Kept(17)));
    }

    #[test]
    fn another_spelling_names_nothing() {
        for path in [
            "",
            "/",
            "checkpoint/",
            "checkpoints/",
            "checkpoints/01",
            "checkpoints/+1",
            "tile/0",
            "tile/0/0",
            "tile/0/00",
            "tile/0/0000",
            "tile/0/x000/000",
            "tile/00/000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/257",
            "tile/0/000.p/01",
            "tile/0/000.p/",
            "tile/64/000",
            "tile/8/000",
            "tile/0/001/000",
            "tile/0/../000",
            "tile/entries/x1/000",
            "tile/entries/000/",
            "tile/entries/999999999999999999999",
            "tile/-1/000",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
            "checkpoints/99999999999999999999",
            "secret",
        ] {
            assert_eq!(parse(path), None, "{path}");
        }
    }

    #[test]
    fn what_lies_beyond_the_size_is_not_there() {
        assert!(holds(5, 0, 5));
        assert!(!holds(5, 0, 6));
        assert!(holds(512, 1, 256));
        assert!(!holds(511, 1, 256));
        assert!(!holds(5, u64::MAX, 1));
    }
}
