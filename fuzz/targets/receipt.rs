//! A receipt or refusal that is read is written again byte for byte; judging a receipt never panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use urne_client::receipt::{fate, verify};
use urne_election::receipt::{Receipt, Refusal};
use urne_fuzz::{Damage, sample};

fuzz_target!(|damage: Damage| {
    let sample = sample();
    let bytes = damage.done_to(&sample.receipts);
    if let Ok(receipt) = Receipt::decode(&bytes) {
        assert_eq!(receipt.to_bytes(), bytes);
        let replica = sample.town.server.replica();
        let _ = fate(&receipt, replica);
        if verify(&receipt, replica).is_ok() {
            // Only the proof may have another form: the rest is signed.
            let mut originals = sample
                .receipts
                .iter()
                .filter_map(|bytes| Receipt::decode(bytes).ok());
            assert!(originals.any(|original| original.signature == receipt.signature));
        }
    }
    if let Ok(refusal) = Refusal::decode(&bytes) {
        assert_eq!(refusal.to_bytes(), bytes);
    }
});
