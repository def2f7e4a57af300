//! What a voting device reveals is read strictly.
#![no_main]

use libfuzzer_sys::fuzz_target;
use urne_client::voter::Audit;
use urne_fuzz::{Damage, sample};

fuzz_target!(|damage: Damage| {
    let bytes = damage.done_to(&sample().audits);
    if let Ok(audit) = Audit::decode(&bytes) {
        assert_eq!(audit.to_bytes(), bytes);
    }
});
