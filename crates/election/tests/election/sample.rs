//! A good manifest and good questions, with keys anyone can recompute.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use urne_crypto::Scalar;
use urne_crypto::ceremony::prove_possession;
use urne_crypto::encoding::{Point, SecretScalar};
use urne_crypto::signature::{SigningKey, public_key};
use urne_election::json::base64url;
use urne_election::manifest::{College, Log, Manifest, Party, Trustee, WeightRule, Witnesses};
use urne_election::outcome::{Base, Majority, Quorum, Rule, RuleName, Ties};
use urne_election::question::{ChoiceOption, Kind, Question};

/// Who holds which key: numbers apart from each other.
pub(crate) const ORGANIZER: u8 = 1;
pub(crate) const SERVER: u8 = 2;
pub(crate) const LOG: u8 = 3;
pub(crate) const WITNESSES: u8 = 10;
pub(crate) const ISSUERS: u8 = 20;
pub(crate) const TRUSTEES: u8 = 30;

pub(crate) fn signing_key(holder: u8) -> SigningKey {
    SigningKey::from_bytes(&[holder; 32])
}

pub(crate) fn party(name: &str, holder: u8) -> Party {
    Party {
        name: name.to_owned(),
        key: public_key(&signing_key(holder)),
    }
}

pub(crate) fn secret(number: u64) -> SecretScalar {
    SecretScalar::new(Scalar::from(number))
}

pub(crate) fn point(number: u64) -> Point {
    secret(number).public()
}

pub(crate) fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// Encryption secret p of a trustee.
pub(crate) fn encryption_secret(trustee: u32) -> SecretScalar {
    secret(1000 + u64::from(trustee))
}

pub(crate) fn rule(name: RuleName, seats: u32) -> Rule {
    Rule {
        name,
        seats,
        majority: Majority {
            numerator: 0,
            denominator: 1,
            of: Base::Expressed,
            strict: false,
        },
        quorum: Quorum {
            numerator: 0,
            denominator: 1,
        },
        ties: Ties::Listed,
    }
}

/// A question with one option per cost. The caller sets what its kind needs.
pub(crate) fn question(kind: Kind, costs: &[u32]) -> Question {
    let options = costs.iter().zip('a'..).map(|(&cost, name)| ChoiceOption {
        name: vec![name.to_string(), format!("{name}\"\\\n")],
        description: vec![String::new(), "é".into()],
        cost,
    });
    Question {
        kind,
        title: vec!["Which?".into(), "Lequel ?".into()],
        description: vec![String::new(), String::new()],
        random: false,
        options: options.collect(),
        blank: false,
        least: 0,
        most: 0,
        each: 0,
        envelope: 0,
        rule: rule(RuleName::Most, 1),
    }
}

pub(crate) fn one(options: usize, blank: bool) -> Question {
    Question {
        blank,
        ..question(Kind::One, &vec![0; options])
    }
}

pub(crate) fn several(options: usize, least: u32, most: u32, blank: bool) -> Question {
    Question {
        least,
        most,
        blank,
        ..question(Kind::Several, &vec![0; options])
    }
}

pub(crate) fn knapsack(costs: &[u32], envelope: u32, blank: bool) -> Question {
    Question {
        envelope,
        blank,
        rule: rule(RuleName::GreedySkip, 0),
        ..question(Kind::Knapsack, costs)
    }
}

pub(crate) fn score(options: usize, each: u32) -> Question {
    Question {
        each,
        ..question(Kind::Score, &vec![0; options])
    }
}

pub(crate) fn points(
    options: usize,
    (least, most): (u32, u32),
    each: u32,
    blank: bool,
) -> Question {
    Question {
        least,
        most,
        each,
        blank,
        ..question(Kind::Points, &vec![0; options])
    }
}

/// Two languages, two issuers, three trustees of whom two suffice, three witnesses of whom one may lie, two colleges, one
/// question of each kind.
pub(crate) fn manifest() -> Manifest {
    let nonce = [9; 32];
    let trustee = |(number, name): (u32, &str)| {
        let key = public_key(&signing_key(TRUSTEES + number as u8));
        let secret = encryption_secret(number);
        let proof = prove_possession(&nonce, number, &key, &secret, &mut rng(number.into()));
        Trustee {
            name: name.into(),
            key,
            encryption: secret.public(),
            proof: proof.to_bytes(),
        }
    };
    let college = |name: &str| College {
        name: vec![name.into(), name.into()],
        guard: 1,
    };
    Manifest {
        nonce,
        languages: vec!["en".into(), "fr".into()],
        title: vec!["The \"great\" vote".into(), "Le vote\n".into()],
        description: vec!["back\\slash".into(), String::new()],
        practice: true,
        opens: 1_764_000_000,
        closes: 1_764_600_000,
        organizer: party("Organizer", ORGANIZER),
        server: party("Server", SERVER),
        log: Log {
            origin: format!("urne.example/urne/{}", base64url(&nonce)),
            key: public_key(&signing_key(LOG)),
            interval: 60,
        },
        witnesses: Witnesses {
            quorum: 3,
            faulty: 1,
            list: (1..=3)
                .map(|number| party(&format!("witness-{number}"), WITNESSES + number))
                .collect(),
        },
        issuers: vec![
            party("Registrar", ISSUERS + 1),
            party("Notary", ISSUERS + 2),
        ],
        threshold: 2,
        trustees: (1..).zip(["Anne", "Bruno", "Chloé"]).map(trustee).collect(),
        colleges: vec![college("Staff"), college("Students")],
        weights: WeightRule {
            shared: 2,
            exception: String::new(),
        },
        cap: 20,
        notices: true,
        changes: true,
        questions: vec![
            one(2, true),
            several(3, 1, 2, true),
            knapsack(&[2, 3], 4, true),
            score(2, 3),
            points(2, (1, 3), 2, true),
        ],
    }
}
