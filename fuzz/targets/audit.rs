//! What a voting device reveals is read strictly.
#![no_main]

use libfuzzer_sys::fuzz_target;
use urne_client::voter::Audit;
use urne_fuzz::{Damage, sample};

fuzz_target!(|damage: Damage| {
    let mut samples = sample().audits.clone();
    // The spelling of "replaces nothing" that entries.md refuses.
    let zeros = String::from_utf8_lossy(&samples[0]);
    let zeros = zeros.replacen(
        "\"after\":\"\"",
        &format!("\"after\":\"{}\"", "A".repeat(43)),
        1,
    );
    samples.push(zeros.into_bytes());
    let bytes = damage.done_to(&samples);
    if let Ok(audit) = Audit::decode(&bytes) {
        assert_eq!(audit.to_bytes(), bytes);
    }
});
