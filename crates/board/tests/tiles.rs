//! Tile names, and which tiles a tree consists of.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use urne_board::tile::{
    TileError, bundles_for_growth, decode_tile, encode_tile, tiles_for_growth, tiles_for_size,
};
use urne_board::{Tile, Tree, entries_path, leaf_hash, tile_path};

fn names(size: u64) -> Vec<(u8, u64, u16)> {
    tiles_for_size(size)
        .map(|tile| (tile.level(), tile.index(), tile.width()))
        .collect()
}

/// The examples in C2SP tlog-tiles.
#[test]
fn the_published_examples_have_their_names() {
    assert_eq!(
        tile_path(0, 1_234_067, 256).unwrap(),
        "tile/0/x001/x234/067"
    );
    let tiles = names(70_000);
    let full_at_0 = tiles
        .iter()
        .filter(|(level, _, width)| (*level, *width) == (0, 256));
    assert_eq!(full_at_0.count(), 273);
    assert_eq!(
        tiles[273..],
        [(0, 273, 112), (1, 0, 256), (1, 1, 17), (2, 0, 1)]
    );
    assert_eq!(names(256), [(0, 0, 256), (1, 0, 1)]);
}

#[test]
fn indices_are_written_in_groups_of_three_digits() {
    for (index, path) in [
        (0, "000"),
        (999, "999"),
        (1_000, "x001/000"),
        (999_999, "x999/999"),
        (1_000_000, "x001/x000/000"),
        (u64::MAX, "x018/x446/x744/x073/x709/x551/615"),
    ] {
        assert_eq!(tile_path(3, index, 256).unwrap(), format!("tile/3/{path}"));
        assert_eq!(
            tile_path(63, index, 255).unwrap(),
            format!("tile/63/{path}.p/255")
        );
        assert_eq!(
            entries_path(index, 256).unwrap(),
            format!("tile/entries/{path}")
        );
        assert_eq!(
            entries_path(index, 1).unwrap(),
            format!("tile/entries/{path}.p/1")
        );
    }
}

#[test]
fn there_are_no_tiles_above_level_63_nor_empty_nor_wider_than_256() {
    assert_eq!(tile_path(64, 0, 1), Err(TileError::Level));
    for width in [0, 257, u16::MAX] {
        assert_eq!(tile_path(0, 0, width), Err(TileError::Width));
        assert_eq!(entries_path(0, width), Err(TileError::Width));
        assert_eq!(
            decode_tile(&vec![0; 32 * usize::from(width)], width),
            Err(TileError::Width)
        );
    }
    assert_eq!(encode_tile(&[]), Err(TileError::Width));
    assert_eq!(encode_tile(&[[0; 32]; 257]), Err(TileError::Width));
}

#[test]
fn small_trees_consist_of_these_tiles() {
    assert_eq!(names(0), []);
    assert_eq!(names(1), [(0, 0, 1)]);
    assert_eq!(names(255), [(0, 0, 255)]);
    assert_eq!(names(257), [(0, 0, 256), (0, 1, 1), (1, 0, 1)]);
    let square: Vec<_> = names(65_536).into_iter().skip(256).collect();
    assert_eq!(square, [(1, 0, 256), (2, 0, 1)]);
}

#[test]
fn the_largest_sizes_do_not_overflow() {
    let growth = |old| -> Vec<_> {
        tiles_for_growth(old, u64::MAX)
            .map(|tile| (tile.level(), tile.index(), tile.width()))
            .collect()
    };
    let last = u64::MAX / 256;
    assert_eq!(growth(u64::MAX - 1), [(0, last, 255)]);
    assert_eq!(
        growth(u64::MAX - 256),
        [(0, last - 1, 256), (0, last, 255), (1, last / 256, 255)]
    );
}

#[test]
fn growth_writes_what_changes() {
    let growth = |old, new| -> Vec<_> {
        tiles_for_growth(old, new)
            .map(|tile| (tile.level(), tile.index(), tile.width()))
            .collect()
    };
    assert_eq!(growth(0, 0), []);
    assert_eq!(growth(5, 5), []);
    assert_eq!(growth(256, 256), []);
    assert_eq!(growth(300, 299), []);
    assert_eq!(growth(5, 6), [(0, 0, 6)]);
    assert_eq!(growth(255, 257), [(0, 0, 256), (0, 1, 1), (1, 0, 1)]);
    assert_eq!(growth(256, 257), [(0, 1, 1)]);
    let bundles = |old, new| -> Vec<_> { bundles_for_growth(old, new).collect() };
    assert_eq!(bundles(5, 5), []);
    assert_eq!(bundles(300, 256), []);
    assert_eq!(bundles(255, 513), [(0, 256), (1, 256), (2, 1)]);
    assert_eq!(bundles(256, 257), [(1, 1)]);
}

#[test]
fn a_tile_lists_the_roots_of_complete_subtrees() {
    let mut tree = Tree::new();
    for index in 0..600u64 {
        tree.push(leaf_hash(&index.to_be_bytes()));
    }
    let leaves = Tile::new(0, 2, 88).unwrap().hashes(&tree).unwrap();
    assert_eq!(leaves[0], leaf_hash(&512u64.to_be_bytes()));
    assert_eq!(leaves[87], leaf_hash(&599u64.to_be_bytes()));
    let upper = Tile::new(1, 0, 2).unwrap().hashes(&tree).unwrap();
    assert_eq!(upper[0], tree.root_at(256).unwrap());
    // A width or an index for which the tree is too small has no hashes.
    assert_eq!(Tile::new(0, 2, 89).unwrap().hashes(&tree), None);
    assert_eq!(Tile::new(1, 0, 3).unwrap().hashes(&tree), None);
    assert_eq!(Tile::new(63, u64::MAX, 256).unwrap().hashes(&tree), None);
    assert_eq!(
        Tile::new(0, u64::MAX / 256, 256).unwrap().hashes(&tree),
        None
    );
}

#[test]
fn a_tile_file_has_32_bytes_for_each_hash() {
    let hashes = [[1; 32], [2; 32]];
    let bytes = encode_tile(&hashes).unwrap();
    assert_eq!(bytes.len(), 64);
    assert_eq!(decode_tile(&bytes, 2).unwrap(), hashes);
    for (bytes, width) in [
        (&bytes[..63], 2),
        (&bytes[..], 1),
        (&bytes[..], 3),
        (&[][..], 1),
    ] {
        assert_eq!(decode_tile(bytes, width), Err(TileError::Length));
    }
    assert_eq!(
        decode_tile(&[bytes, vec![0]].concat(), 2),
        Err(TileError::Length)
    );
}

proptest! {
    #[test]
    fn growing_in_steps_leaves_every_tile_of_the_size(steps in prop::collection::vec(0u64..700, 1..12)) {
        let mut written = std::collections::BTreeSet::new();
        let mut size = 0;
        for step in steps {
            written.extend(tiles_for_growth(size, size + step));
            size += step;
            for tile in tiles_for_size(size) {
                prop_assert!(written.contains(&tile));
            }
        }
        let levels = tiles_for_size(size).map(|tile| {
            let hashes = size >> (8 * u32::from(tile.level()));
            (hashes - tile.index() * 256).min(256) == u64::from(tile.width())
        });
        prop_assert!(levels.into_iter().all(|as_specified| as_specified));
    }
}
