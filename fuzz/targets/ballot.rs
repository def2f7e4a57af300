//! A ballot that is read is written again byte for byte, and no damaged ballot is believed.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use urne_crypto::ballot::{Ballot, BallotContext, NO_BALLOT, Slot};
use urne_crypto::hash::fingerprint;
use urne_election::entry::{Entry, SignedEntry};
use urne_election::phase::Phase;
use urne_fuzz::{Damage, sample};

struct Box {
    context: BallotContext,
    /// the first voter's first ballot
    slot: Slot,
    proofs: Vec<Vec<u8>>,
}

fn ballot_box() -> &'static Box {
    static BOX: OnceLock<Box> = OnceLock::new();
    BOX.get_or_init(|| {
        let sample = sample();
        let constants = sample.town.server.replica().election().constants();
        let mut open = None;
        let mut proofs = Vec::new();
        for bytes in &sample.board()[1..] {
            let signed = SignedEntry::decode(bytes, &sample.shape).expect("a valid entry");
            match signed.entry {
                Entry::Open(entry) => open = Some((fingerprint(bytes), entry.key)),
                Entry::Ballot(entry) => proofs.push(entry.proof),
                _ => {}
            }
        }
        let (ctx, key) = open.expect("the box was opened");
        let phase = sample.town.server.replica().election().phase();
        assert!(matches!(phase, Phase::Sealing(_)), "the sample is complete");
        Box {
            context: BallotContext::new(ctx, key, constants.form.program().clone()),
            slot: Slot {
                college: 1,
                credential: sample.credential(),
                after: NO_BALLOT,
            },
            proofs,
        }
    })
}

fuzz_target!(|damage: Damage| {
    let Box {
        context,
        slot,
        proofs,
    } = ballot_box();
    let bytes = damage.done_to(proofs);
    if let Ok(ballot) = Ballot::decode(context.program(), &bytes) {
        assert_eq!(ballot.to_bytes(), bytes);
        // Besides the first voter's first ballot, all others were made for another line or another place on it.
        assert_eq!(context.verify(*slot, &ballot).is_ok(), bytes == proofs[0]);
    }
});
