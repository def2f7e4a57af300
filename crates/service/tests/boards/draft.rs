//! The draft of the small election, as its organizer would save it.

use rand::rngs::StdRng;
use urne_client::draft::{
    DraftCollege, DraftContent, DraftKind, DraftOption, DraftQuestion, DraftRule, DraftRuleName,
};
use urne_client::http::{Draft, Role, Seat, SeatKeys};
use urne_client::trustee::TrusteeKeys;
use urne_crypto::signature::{SigningKey, public_key};
use urne_election::json::base64url;
use urne_service::hall::Hall;

use crate::town::{CLOSES, NONCE, OPENS, Plan};

pub(crate) fn draft(
    plan: &Plan,
    hall: &Hall,
    trustees: &[TrusteeKeys],
    issuer: &SigningKey,
    rng: &mut StdRng,
) -> Draft {
    let offer = hall.offer(&NONCE);
    let mut seats: Vec<Seat> = (1..)
        .zip(trustees)
        .map(|(number, keys)| {
            let name = format!("Trustee {number}");
            let enrolled = keys.enrol(&name, &NONCE, number, rng);
            let keys = SeatKeys {
                key: base64url(&enrolled.key),
                encryption: Some(base64url(enrolled.encryption.bytes())),
                proof: Some(base64url(&enrolled.proof)),
            };
            Seat::of_person(Role::Trustee, number, name, Some(keys))
        })
        .collect();
    let keys = SeatKeys {
        key: base64url(&public_key(issuer)),
        encryption: None,
        proof: None,
    };
    let registrar = Seat::of_person(Role::Issuer, 1, "Registrar".into(), Some(keys));
    seats.push(registrar);
    Draft {
        draft: "town".into(),
        nonce: base64url(&NONCE),
        server: offer.server,
        log: offer.log,
        content: Some(content(plan)),
        seats,
        election: None,
    }
}

fn content(plan: &Plan) -> DraftContent {
    let option = |name: &str| DraftOption {
        name: vec![name.into()],
        description: vec![String::new()],
        cost: 0,
    };
    DraftContent {
        languages: vec!["en".into()],
        title: vec!["A square".into()],
        description: vec![String::new()],
        practice: true,
        opens: OPENS,
        closes: CLOSES,
        organizer: "Town hall".into(),
        threshold: 2,
        colleges: vec![DraftCollege {
            name: vec!["All".into()],
            guard: 1,
        }],
        shared_weights: 0,
        weight_exception: String::new(),
        witnesses: plan.witnesses.clone(),
        cap: 3,
        notices: true,
        changes: true,
        questions: vec![DraftQuestion {
            kind: DraftKind::One,
            title: vec!["Which?".into()],
            description: vec![String::new()],
            random: false,
            blank: false,
            least: 0,
            most: 0,
            each: 0,
            envelope: 0,
            rule: DraftRule {
                name: DraftRuleName::Most,
                seats: 1,
                majority: None,
                quorum: None,
                ties: None,
            },
            options: vec![option("trees"), option("benches")],
        }],
    }
}
