//! Tiles in the order in which a growing log fills them, in memory for one tile a level.

use crate::tile::{TILE_WIDTH, Tile};
use crate::tree::{Frontier, Hash};

/// The tiles that are not full yet, one for each level.
#[derive(Default)]
pub(crate) struct TileStack {
    levels: Vec<FillingTile>,
}

#[derive(Default)]
struct FillingTile {
    index: u64,
    hashes: Vec<Hash>,
}

impl TileStack {
    /// Appends a leaf hash and hands over every tile that it fills, from level 0 upwards.
    pub(crate) fn push<E>(
        &mut self,
        leaf_hash: Hash,
        mut emit: impl FnMut(Tile, &[Hash]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut hash = leaf_hash;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(FillingTile::default());
            }
            let tile = &mut self.levels[level];
            tile.hashes.push(hash);
            if tile.hashes.len() < usize::from(TILE_WIDTH) {
                break;
            }
            emit(tile.named(level), &tile.hashes)?;
            hash = root_of(&tile.hashes);
            tile.index += 1;
            tile.hashes.clear();
        }
        Ok(())
    }

    /// The partial tiles at the current size, from level 0 upwards.
    pub(crate) fn partial(&self) -> impl Iterator<Item = (Tile, &[Hash])> {
        self.levels
            .iter()
            .enumerate()
            .filter(|(_, tile)| !tile.hashes.is_empty())
            .map(|(level, tile)| (tile.named(level), tile.hashes.as_slice()))
    }
}

impl FillingTile {
    fn named(&self, level: usize) -> Tile {
        // A stack of 256^8 leaves would not fit in memory, nor in time.
        Tile::new(level as u8, self.index, self.hashes.len() as u16)
            .expect("invariant: a tile is named while it holds 1 to 256 hashes")
    }
}

/// The root of the subtree whose hashes a full tile lists.
fn root_of(hashes: &[Hash]) -> Hash {
    let mut subtree = Frontier::new();
    for hash in hashes {
        subtree.push(*hash);
    }
    subtree.root()
}
