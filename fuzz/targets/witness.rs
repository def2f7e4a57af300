//! What a log asks of a witness prints as itself; no answer of a witness can confuse the log.
#![no_main]

use libfuzzer_sys::fuzz_target;
use urne_board::witness::{AddCheckpoint, Answer};
use urne_fuzz::{Damage, sample};

fuzz_target!(|input: (Damage, u16)| {
    let (damage, status) = input;
    let server = &sample().town.server;
    let tree = server.replica().tree();
    let policy = server.replica().policy();
    let witness = &policy.witnesses()[0];
    let signed = server.checkpoint();
    let proof = tree.consistency_proof(3, tree.size());
    let request = AddCheckpoint::new(3, proof.expect("the log grew"), signed.clone());
    let request = request.expect("a valid request");
    let line = signed.signatures().iter().find(|line| line.is_by(witness));
    let line = line.expect("the witness cosigned");
    let samples = [
        request.body().into_bytes(),
        line.to_string().into_bytes(),
        b"17\n".to_vec(),
    ];
    let bytes = damage.done_to(&samples);
    if let Ok(read) = AddCheckpoint::parse(&bytes) {
        assert_eq!(read.body().as_bytes(), bytes);
    }
    for status in [status, 200, 409] {
        if let Answer::Cosigned { line: read, .. } = request.read_answer(status, &bytes, witness) {
            assert!(read.is_by(witness) && status == 200);
            let mut cosigned = signed.clone();
            assert!(cosigned.add_cosignature(read).is_ok());
        }
    }
});
