//! A tile that is read is written again byte for byte; its place has one path.
#![no_main]

use libfuzzer_sys::fuzz_target;
use urne_board::tile::{Tile, decode_tile, encode_tile, entries_path};

fuzz_target!(|input: (Vec<u8>, u8, u64, u16)| {
    let (bytes, level, index, width) = input;
    let whole = u16::try_from(bytes.len() / 32).unwrap_or(u16::MAX);
    for width in [width, whole] {
        if let Ok(hashes) = decode_tile(&bytes, width) {
            assert_eq!(encode_tile(&hashes), Ok(bytes.clone()));
        }
        if let Ok(tile) = Tile::new(level, index, width) {
            assert!(tile.path().starts_with(&format!("tile/{level}/")));
            assert!(entries_path(index, width).is_ok());
        }
    }
});
