//! What a voter types: a code that is read prints as itself, an identifier that is accepted is its own normal form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use urne_crypto::credential::{Identifier, VotingCode};
use urne_fuzz::{Damage, sample};

fuzz_target!(|damage: Damage| {
    let voters = sample().town.voters.iter();
    let mut typed: Vec<Vec<u8>> = voters
        .map(|voter| voter.code.grouped().into_bytes())
        .collect();
    typed.push("Zoë ΔΣ ﬁ İ 12-34".into());
    let bytes = damage.done_to(&typed);
    let text = String::from_utf8_lossy(&bytes);
    if let Ok(code) = VotingCode::parse(&text) {
        assert!(VotingCode::parse(&code.grouped()).is_ok_and(|again| again == code));
    }
    if let Ok(identifier) = Identifier::new(&text) {
        let again = Identifier::new(identifier.as_str()).expect("a normal form is accepted");
        assert_eq!(again.as_str(), identifier.as_str());
    }
});
