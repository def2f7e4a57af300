//! A manifest that is read is written again byte for byte; judging it never panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use urne_election::manifest::Manifest;
use urne_fuzz::{Damage, sample};

fuzz_target!(|damage: Damage| {
    let manifest = sample().town.server.replica().manifest().payload();
    let payload = damage.done_to(&[manifest]);
    if let Ok(manifest) = Manifest::decode(&payload) {
        assert_eq!(manifest.payload(), payload);
        if let Ok(form) = manifest.check() {
            assert!(form.program().proof_length() > 0);
            let possession = manifest.check_possession();
            assert!(possession.is_ok() || !damage.is_none());
        }
    }
});
