//! A bundle that is read is written again byte for byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use urne_board::bundle::{decode_bundle, encode_bundle};
use urne_fuzz::{Damage, sample};

fuzz_target!(|input: (Damage, u16)| {
    let (damage, width) = input;
    let entries = sample().board();
    let whole = encode_bundle(entries).expect("a small board");
    let one = encode_bundle(&entries[..1]).expect("a small board");
    let bytes = damage.done_to(&[whole, one]);
    let usual = u16::try_from(entries.len()).expect("a small board");
    for width in [width, 1, usual] {
        if let Ok(entries) = decode_bundle(&bytes, width) {
            assert_eq!(entries.len(), usize::from(width));
            assert_eq!(encode_bundle(&entries), Ok(bytes.clone()));
        }
    }
});
