//! A parcel that is read, from an issuer who signs whatever it is, is written again byte for byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use urne_client::issuer::Entitlement;
use urne_client::workshop::parcel::{ChangeKind, Parcel, ParcelRow, Task};
use urne_client::workshop::register::RowId;
use urne_crypto::signature::{PublicKey, public_key, sign};
use urne_election::entry::Reason;
use urne_election::json::base64url;
use urne_fuzz::{Damage, Sample, sample};

/// As the parcels' own module has it.
const DOMAIN: &str = "urne/0 parcel";

fn parcels(sample: &Sample) -> Vec<Parcel> {
    let row = |number: u8, voter: usize| ParcelRow {
        row: RowId([number; 16]),
        half: sample.town.voters[voter].key(),
        entitlement: Entitlement {
            weight: 3,
            college: 1,
        },
    };
    let roll = Parcel {
        election: [1; 32],
        issuer: 1,
        task: Task::Roll,
        halves: vec![row(1, 0), row(2, 1)],
        proven: Some([2; 32]),
        proofs: vec![[3; 64]],
        signatures: vec![[4; 64], [5; 64]],
    };
    let change = |kind| Parcel {
        task: Task::Change {
            row: RowId([6; 16]),
            reason: Reason::Lost,
            kind,
        },
        halves: Vec::new(),
        issuer: 2,
        ..roll.clone()
    };
    let key = sample.credential();
    vec![
        change(ChangeKind::Add),
        change(ChangeKind::Remove(key)),
        change(ChangeKind::Replace(key)),
        roll,
    ]
}

fuzz_target!(|damage: Damage| {
    let sample = sample();
    let key = sample.town.issuers[0].key();
    let author = PublicKey::decode(&public_key(key)).expect("a key made here");
    let samples: Vec<Vec<u8>> = parcels(sample)
        .iter()
        .map(|one| one.to_bytes(key))
        .collect();
    let bytes = damage.done_to(&samples);
    if let Ok(parcel) = Parcel::decode(&bytes, &author) {
        assert_eq!(parcel.to_bytes(key), bytes);
    }
    // The same by an author who stands by the damage.
    let payload = bytes
        .split(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    let signature = base64url(&sign(key, DOMAIN, payload));
    let bytes = [payload, b"\n", signature.as_bytes(), b"\n"].concat();
    if let Ok(parcel) = Parcel::decode(&bytes, &author) {
        assert_eq!(parcel.to_bytes(key), bytes);
    }
});
