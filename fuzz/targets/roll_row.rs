//! A row of the roll that is read is written again byte for byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use urne_election::entry::{Entry, SignedEntry};
use urne_election::roll::Row;
use urne_fuzz::{Damage, sample};

fuzz_target!(|damage: Damage| {
    let sample = sample();
    let rows: Vec<Vec<u8>> = sample.board()[1..]
        .iter()
        .filter_map(
            |bytes| match SignedEntry::decode(bytes, &sample.shape).ok()?.entry {
                Entry::Roll(chunk) => Some(chunk.rows),
                _ => None,
            },
        )
        .flat_map(|rows| {
            rows.chunks(sample.shape.row())
                .map(<[u8]>::to_vec)
                .collect::<Vec<_>>()
        })
        .collect();
    let bytes = damage.done_to(&rows);
    for issuers in 1..=2 {
        if let Ok(row) = Row::decode(&bytes, issuers, 1) {
            assert_eq!(row.to_bytes(), bytes);
        }
    }
});
