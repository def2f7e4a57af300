//! A proof that an entry is on the board prints as itself, and none shows what is not there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use urne_board::proof::TlogProof;
use urne_fuzz::{Damage, sample};

fuzz_target!(|damage: Damage| {
    let sample = sample();
    let server = &sample.town.server;
    let replica = server.replica();
    let size = replica.tree().size();
    let proofs: Vec<Vec<u8>> = [0, size / 2, size - 1]
        .into_iter()
        .map(|index| {
            let proof = TlogProof::prove(replica.tree(), index, server.checkpoint());
            proof.expect("the entry is there").to_string().into_bytes()
        })
        .collect();
    let bytes = damage.done_to(&proofs);
    if let Ok(proof) = TlogProof::parse(&bytes) {
        assert_eq!(proof.to_string().as_bytes(), bytes);
        let policy = replica.policy();
        assert!(proof.verify(b"not on the board", &policy).is_err());
        let entry = &sample.board()[0];
        if proof.verify(entry, &policy).is_ok() {
            assert_eq!(proof.index(), 0);
        }
    }
});
