//! A draft that is read is written and read again as the same; whatever it asks makes a manifest or a sentence, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use urne_client::draft::DraftContent;
use urne_client::http::{Draft, LogKey, NamedKey, Role, Seat, SeatKeys};
use urne_client::organizer::Organizer;
use urne_crypto::signature::SigningKey;
use urne_election::json::base64url;
use urne_election::manifest::Manifest;
use urne_fuzz::{Damage, sample};
use urne_tests::load::election::content;

fn draft(content: DraftContent) -> Draft {
    let manifest = sample().town.server.replica().manifest();
    let seat =
        |role, number: u32, keys| Seat::of_person(role, number, number.to_string(), Some(keys));
    let trustees = (1..).zip(&manifest.trustees).map(|(number, trustee)| {
        let keys = SeatKeys {
            key: base64url(&trustee.key),
            encryption: Some(base64url(trustee.encryption.bytes())),
            proof: Some(base64url(&trustee.proof)),
        };
        seat(Role::Trustee, number, keys)
    });
    let issuers = (1..).zip(&manifest.issuers).map(|(number, issuer)| {
        let keys = SeatKeys {
            key: base64url(&issuer.key),
            encryption: None,
            proof: None,
        };
        seat(Role::Issuer, number, keys)
    });
    Draft {
        draft: "d".into(),
        nonce: base64url(&manifest.nonce),
        server: NamedKey {
            name: "s".into(),
            key: base64url(&manifest.server.key),
        },
        log: LogKey {
            origin: manifest.log.origin.clone(),
            key: base64url(&manifest.log.key),
            interval: 60,
        },
        content: Some(content),
        seats: trustees.chain(issuers).collect(),
        election: None,
    }
}

fuzz_target!(|damage: Damage| {
    let sample = serde_json::to_vec(&content()).expect("a draft can be written");
    let bytes = damage.done_to(&[sample]);
    let Ok(content) = serde_json::from_slice::<DraftContent>(&bytes) else {
        return;
    };
    let written = serde_json::to_vec(&content).expect("what was read can be written");
    assert_eq!(
        serde_json::from_slice::<DraftContent>(&written)
            .ok()
            .as_ref(),
        Some(&content)
    );
    let organizer = Organizer::new(SigningKey::from_bytes(&[3; 32]));
    if let Ok(manifest) = draft(content).manifest(organizer.public_key()) {
        let entry = organizer.manifest(&manifest);
        assert!(entry.is_ok() || manifest.check().is_err() || manifest.check_possession().is_err());
        if manifest.check().is_ok() {
            assert_eq!(
                Manifest::decode(&manifest.payload()).ok().as_ref(),
                Some(&manifest)
            );
        }
    }
});
