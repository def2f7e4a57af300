//! Tiles: the tree's hashes as immutable files (C2SP tlog-tiles).
//!
//! The tile `(level, index)` lists, from left to right, the roots of up to 256 complete subtrees
//! of `256^level` entries, beginning with subtree `256·index`. It is full with 256 and partial
//! with fewer. Hashes between a tile's own and those of the next level are never stored: they are
//! computed from the tile.

use crate::tree::{Hash, Tree};

/// Hashes in a full tile, and entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;

/// Tree levels that one tile level spans: `2^8 = 256`.
pub const TILE_HEIGHT: u32 = 8;

/// The highest level a tile path can name.
pub const MAX_TILE_LEVEL: u8 = 63;

/// Why coordinates, a path or a tile's bytes were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// A level above 63.
    #[error("a tile level is at most 63")]
    Level,
    /// A width of 0 or above 256.
    #[error("a tile or bundle holds 1 to 256 items")]
    Width,
    /// The file does not have 32 bytes for each hash.
    #[error("the file does not have 32 bytes for each of its hashes")]
    Length,
}

/// One hash tile's place in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    level: u8,
    index: u64,
    width: u16,
}

impl Tile {
    /// Names a tile; `width` counts its hashes, 256 for a full one.
    ///
    /// # Errors
    /// When the level is above 63 or the width is not 1 to 256.
    pub fn new(level: u8, index: u64, width: u16) -> Result<Self, TileError> {
        if level > MAX_TILE_LEVEL {
            return Err(TileError::Level);
        }
        check_width(width)?;
        Ok(Tile {
            level,
            index,
            width,
        })
    }

    /// The level: 0 for leaf hashes.
    pub fn level(&self) -> u8 {
        self.level
    }

    /// The tile's number within its level, from the left.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// How many hashes it holds, 1 to 256.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// The file's path in the record.
    pub fn path(&self) -> String {
        format!("tile/{}/{}", self.level, numbered(self.index, self.width))
    }

    /// The hashes of this tile, or `None` if the tree is not large enough.
    pub fn hashes(&self, tree: &Tree) -> Option<Vec<Hash>> {
        let tree_level = u32::from(self.level) * TILE_HEIGHT;
        let first = self.index.checked_mul(u64::from(TILE_WIDTH))?;
        (0..u64::from(self.width))
            .map(|offset| {
                tree.complete_subtree(tree_level, first.checked_add(offset)?)
                    .copied()
            })
            .collect()
    }
}

/// The path of a hash tile: `tile/L/N` when full, `tile/L/N.p/W` when partial.
///
/// # Errors
/// When the level is above 63 or the width is not 1 to 256.
pub fn tile_path(level: u8, index: u64, width: u16) -> Result<String, TileError> {
    Tile::new(level, index, width).map(|tile| tile.path())
}

/// The path of an entry bundle: `tile/entries/N` when full, `tile/entries/N.p/W` when partial.
///
/// # Errors
/// When the width is not 1 to 256.
pub fn entries_path(index: u64, width: u16) -> Result<String, TileError> {
    check_width(width)?;
    Ok(format!("tile/entries/{}", numbered(index, width)))
}

/// The hash tiles a tree of `size` entries consists of, level by level from the leaves.
pub fn tiles_for_size(size: u64) -> impl Iterator<Item = Tile> {
    tiles_for_growth(0, size)
}

/// The hash tiles that have to be written when a tree grows from `old` to `new` entries: every
/// tile that is new or holds more hashes than before. None when `new` is not above `old`.
pub fn tiles_for_growth(old: u64, new: u64) -> impl Iterator<Item = Tile> {
    // Levels beyond 7 would need more than 2^64 entries.
    (0..u64::BITS / TILE_HEIGHT).flat_map(move |level| {
        let shift = level * TILE_HEIGHT;
        slices(old >> shift, new >> shift).map(move |(index, width)| Tile {
            level: level as u8,
            index,
            width,
        })
    })
}

/// The entry bundles `(index, width)` that have to be written when a log grows from `old` to
/// `new` entries.
pub fn bundles_for_growth(old: u64, new: u64) -> impl Iterator<Item = (u64, u16)> {
    slices(old, new)
}

/// A tile's file: its hashes, one after the other.
///
/// # Errors
/// When there are no hashes or more than 256.
pub fn encode_tile(hashes: &[Hash]) -> Result<Vec<u8>, TileError> {
    check_width(u16::try_from(hashes.len()).map_err(|_| TileError::Width)?)?;
    Ok(hashes.concat())
}

/// The hashes in the file of a tile of this width.
///
/// # Errors
/// When the width is not 1 to 256 or the file is not exactly 32 bytes for each hash.
pub fn decode_tile(bytes: &[u8], width: u16) -> Result<Vec<Hash>, TileError> {
    check_width(width)?;
    let (hashes, rest) = bytes.as_chunks::<32>();
    if !rest.is_empty() || hashes.len() != usize::from(width) {
        return Err(TileError::Length);
    }
    Ok(hashes.to_vec())
}

/// The runs of at most 256 items, `(index, width)`, that differ between `old` and `new` items.
fn slices(old: u64, new: u64) -> impl Iterator<Item = (u64, u16)> {
    let width = u64::from(TILE_WIDTH);
    let first = old / width;
    let end = if new > old {
        new.div_ceil(width)
    } else {
        first
    };
    (first..end).map(move |index| (index, (new - index * width).min(width) as u16))
}

fn check_width(width: u16) -> Result<(), TileError> {
    if (1..=TILE_WIDTH).contains(&width) {
        Ok(())
    } else {
        Err(TileError::Width)
    }
}

/// `N` or `N.p/W`, with N in groups of three digits, all but the last after an `x`: 1234067 is
/// `x001/x234/067`, so that no file has the name of a folder.
fn numbered(index: u64, width: u16) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    if width < TILE_WIDTH {
        path.push_str(&format!(".p/{width}"));
    }
    path
}
