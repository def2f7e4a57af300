//! Notes, checkpoints, keys and signature lines that are read print as themselves; only the true checkpoint is vouched for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use urne_board::checkpoint::{Checkpoint, SignedCheckpoint};
use urne_board::note::{SignatureLine, SignedNote, VerifierKey};
use urne_fuzz::{Damage, sample};

fuzz_target!(|damage: Damage| {
    let server = &sample().town.server;
    let policy = server.replica().policy();
    let signed = server.checkpoint();
    let samples = [
        signed.to_string().into_bytes(),
        signed.checkpoint().text().into_bytes(),
        signed.signatures()[0].to_string().trim_end().into(),
        policy.log().to_string().into_bytes(),
        policy.witnesses()[0].to_string().into_bytes(),
    ];
    let bytes = damage.done_to(&samples);
    if let Ok(note) = SignedNote::parse(&bytes) {
        assert_eq!(note.to_string().as_bytes(), bytes);
    }
    if let Ok(read) = SignedCheckpoint::parse(&bytes) {
        assert_eq!(read.to_string().as_bytes(), bytes);
        if policy.verify(&read).is_ok() {
            assert_eq!(read.checkpoint(), signed.checkpoint());
        }
    }
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return;
    };
    if let Ok(checkpoint) = Checkpoint::parse_text(text) {
        assert_eq!(checkpoint.text(), text);
    }
    if let Ok(line) = SignatureLine::parse(text) {
        assert_eq!(line.to_string(), format!("{text}\n"));
    }
    if let Ok(key) = VerifierKey::parse(text) {
        assert_eq!(key.to_string(), text);
    }
});
