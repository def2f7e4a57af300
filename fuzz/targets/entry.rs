//! An entry that is read is written again byte for byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use urne_election::entry::SignedEntry;
use urne_fuzz::election::joined;
use urne_fuzz::{Damage, sample};

fuzz_target!(|damage: Damage| {
    let sample = sample();
    let bytes = damage.done_to(&sample.entries);
    if let Ok(signed) = SignedEntry::decode(&bytes, &sample.shape) {
        assert_eq!(signed.entry.payload(), signed.payload);
        assert_eq!(joined(&signed.payload, &signed.signatures), bytes);
    }
});
