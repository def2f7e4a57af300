//! The manifest: read back as written, and refused for every rule it can break.

use urne_crypto::encoding::Point;
use urne_election::entry::sign_payload;
use urne_election::json::base64url;
use urne_election::manifest::{Manifest, Witnesses};
use urne_election::outcome::{RuleName, Ties};
use urne_election::phase::{Election, FoundationError};
use urne_election::question::Kind;

use crate::sample::{ISSUERS, LOG, ORGANIZER, WITNESSES, manifest, party, signing_key};
use crate::tree::{malformed, parse};

#[test]
fn a_manifest_is_read_back_as_it_was_written() {
    let good = manifest();
    let payload = good.payload();
    assert_eq!(Manifest::decode(&payload).as_ref(), Ok(&good));
    assert!(good.check().is_ok());
    assert_eq!(good.check_possession(), Ok(()));
    let mut other = good;
    other.witnesses = Witnesses::default();
    other.practice = false;
    other.notices = false;
    other.changes = false;
    other.weights.exception = "one \"heavy\" vote".into();
    other.questions[0].random = true;
    other.questions[0].rule.ties = Ties::Order(vec![2, 1]);
    other.questions[2].rule.name = RuleName::GreedyStop;
    assert_eq!(Manifest::decode(&other.payload()), Ok(other.clone()));
    assert!(other.check().is_ok());
}

#[test]
fn the_payload_is_that_of_the_specification() {
    let manifest = manifest();
    let text = String::from_utf8(manifest.payload()).unwrap();
    let key = |holder| base64url(&party("", holder).key);
    let trustee = &manifest.trustees[0];
    for part in [
        format!(
            "{{\"kind\":\"manifest\",\"version\":0,\"nonce\":\"{}\",\"languages\":[\"en\",\"fr\"],\"title\":[\"The \\\"great\\\" vote\",\"Le vote\\n\"],\"description\":[\"back\\\\slash\",\"\"],\"practice\":true,\"opens\":1764000000,\"closes\":1764600000,\"organizer\":{{\"name\":\"Organizer\",\"key\":\"{}\"}},\"server\":",
            base64url(&[9; 32]),
            key(ORGANIZER)
        ),
        format!(
            ",\"log\":{{\"origin\":\"urne.example/urne/{}\",\"key\":\"{}\",\"interval\":60}},\"witnesses\":{{\"quorum\":3,\"faulty\":1,\"list\":[{{\"name\":\"witness-1\",\"key\":\"{}\"}},",
            base64url(&[9; 32]),
            key(LOG),
            key(WITNESSES + 1)
        ),
        format!(
            "],\"threshold\":2,\"trustees\":[{{\"name\":\"Anne\",\"key\":\"{}\",\"encryption\":\"{}\",\"proof\":\"{}\"}},",
            base64url(&trustee.key),
            base64url(trustee.encryption.bytes()),
            base64url(&trustee.proof)
        ),
        "],\"colleges\":[{\"name\":[\"Staff\",\"Staff\"],\"guard\":1},{\"name\":[\"Students\",\"Students\"],\"guard\":1}],\"weights\":{\"shared\":2,\"exception\":\"\"},\"cap\":20,\"notices\":true,\"changes\":true,\"questions\":[{\"kind\":\"one\",\"title\":[\"Which?\",\"Lequel ?\"],\"description\":[\"\",\"\"],\"random\":false,\"options\":[{\"name\":[\"a\",\"a\\\"\\\\\\n\"],\"description\":[\"\",\"é\"],\"cost\":0},".to_owned(),
        "],\"blank\":true,\"least\":0,\"most\":0,\"each\":0,\"envelope\":0,\"rule\":{\"name\":\"most\",\"seats\":1,\"majority\":{\"numerator\":0,\"denominator\":1,\"of\":\"expressed\",\"strict\":false},\"quorum\":{\"numerator\":0,\"denominator\":1},\"ties\":\"listed\",\"order\":[]}},{\"kind\":\"several\",".to_owned(),
        "\"envelope\":4,\"rule\":{\"name\":\"greedy-skip\",\"seats\":0,".to_owned(),
        "{\"kind\":\"score\",".to_owned(),
        "{\"kind\":\"points\",".to_owned(),
    ] {
        assert!(text.contains(&part), "{part}\nin {text}");
    }
}

#[test]
fn a_manifest_written_in_any_other_way_is_refused() {
    let mut manifest = manifest();
    manifest.questions[0].rule.ties = Ties::Order(vec![2, 1]);
    for malformed in malformed(&manifest.payload()) {
        let text = String::from_utf8_lossy(&malformed);
        assert!(Manifest::decode(&malformed).is_err(), "{text}");
    }
}

#[test]
fn template_fields_stay_in_their_ranges() {
    let tree = parse(&manifest().payload());
    let read = |path: &str, text: &str| Manifest::decode(&tree.with(path, text)).is_ok();
    for (path, least, most) in [
        ("log.interval", 1, 86_400),
        ("witnesses.quorum", 0, 32),
        ("witnesses.faulty", 0, 32),
        ("threshold", 1, 32),
        ("colleges.0.guard", 1, 1_000_000),
        ("weights.shared", 0, 1_000_000),
        ("cap", 1, 1000),
        ("questions.0.options.0.cost", 0, 4_294_967_295),
        ("questions.0.least", 0, 4_294_967_295),
        ("questions.0.most", 0, 4_294_967_295),
        ("questions.0.each", 0, 4_294_967_295),
        ("questions.0.envelope", 0, 4_294_967_295),
        ("questions.0.rule.seats", 0, 700),
        ("questions.0.rule.majority.numerator", 0, 1_000_000),
        ("questions.0.rule.majority.denominator", 1, 1_000_000),
        ("questions.0.rule.quorum.numerator", 0, 1_000_000),
        ("questions.0.rule.quorum.denominator", 1, 1_000_000),
        ("version", 0, 0),
        ("opens", 0, 9_007_199_254_740_991),
        ("closes", 0, 9_007_199_254_740_991_u64),
    ] {
        assert!(read(path, &least.to_string()), "{path} {least}");
        assert!(read(path, &most.to_string()), "{path} {most}");
        assert!(!read(path, &(most + 1).to_string()), "{path} {}", most + 1);
        if least > 0 {
            assert!(
                !read(path, &(least - 1).to_string()),
                "{path} {}",
                least - 1
            );
        }
    }
    for (path, least, most) in [
        ("languages.0", 2, 35),
        ("title.1", 0, 500),
        ("description.0", 0, 20_000),
        ("organizer.name", 1, 200),
        ("server.name", 1, 200),
        ("log.origin", 1, 200),
        ("witnesses.list.0.name", 1, 200),
        ("issuers.1.name", 1, 200),
        ("trustees.2.name", 1, 200),
        ("colleges.1.name.1", 0, 200),
        ("weights.exception", 0, 1000),
        ("questions.1.title.0", 0, 500),
        ("questions.1.description.1", 0, 20_000),
        ("questions.1.options.2.name.0", 0, 500),
        ("questions.1.options.2.description.0", 0, 20_000),
    ] {
        let string = |length: usize| format!("\"{}\"", "x".repeat(length));
        assert!(read(path, &string(least)), "{path} {least}");
        assert!(read(path, &string(most)), "{path} {most}");
        assert!(!read(path, &string(most + 1)), "{path} {}", most + 1);
        if least > 0 {
            assert!(!read(path, &string(least - 1)), "{path} {}", least - 1);
        }
    }
}

#[test]
fn template_lists_stay_in_their_lengths() {
    let tree = parse(&manifest().payload());
    for (path, least, most) in [
        ("witnesses.list", 0, 32),
        ("issuers", 1, 2),
        ("trustees", 1, 32),
        ("colleges", 1, 64),
        ("questions", 1, 64),
        ("questions.0.options", 1, 700),
        ("title", 2, 2),
        ("description", 2, 2),
        ("colleges.0.name", 2, 2),
        ("questions.0.title", 2, 2),
        ("questions.0.options.0.name", 2, 2),
    ] {
        let item = tree.clone().at(&format!("{path}.0")).print();
        let read = |count: usize| {
            let list = format!("[{}]", vec![item.as_str(); count].join(","));
            Manifest::decode(&tree.with(path, &list)).is_ok()
        };
        assert!(read(least) && read(most) && !read(most + 1), "{path}");
        assert!(least == 0 || !read(least - 1), "{path}");
    }
    // The number of languages is the number of strings of every text.
    let mut monolingual = manifest();
    monolingual.languages.pop();
    assert!(Manifest::decode(&monolingual.payload()).is_err());
    for (count, good) in [(0, false), (1, true), (8, true), (9, false)] {
        let languages = vec!["\"xx\""; count].join(",");
        let texts = ["title", "description"].map(|name| (name, vec!["\"\""; count].join(",")));
        let mut tree = parse(&manifest().payload());
        for (name, list) in texts.into_iter().chain([("languages", languages)]) {
            tree = parse(&tree.with(name, &format!("[{list}]")));
        }
        let name = vec!["\"\""; count].join(",");
        tree = parse(&tree.with("colleges", &format!("[{{\"name\":[{name}],\"guard\":1}}]")));
        let mut question = parse(&tree.clone().at("questions.0").print().into_bytes());
        for path in ["title", "description"] {
            question = parse(&question.with(path, &format!("[{name}]")));
        }
        let option = format!("[{{\"name\":[{name}],\"description\":[{name}],\"cost\":0}}]");
        question = parse(&question.with("options", &option));
        let payload = tree.with("questions", &format!("[{}]", question.print()));
        assert_eq!(Manifest::decode(&payload).is_ok(), good, "{count}");
    }
    let order = |list: &str| {
        let payload = tree.with("questions.0.rule.ties", "\"order\"");
        let payload = parse(&payload).with("questions.0.rule.order", list);
        Manifest::decode(&payload).is_ok()
    };
    assert!(order("[]") && order("[1,700]") && !order("[0]") && !order("[701]"));
    let listed = tree.with("questions.0.rule.order", "[1]");
    assert!(Manifest::decode(&listed).is_err());
}

#[test]
fn an_election_is_founded_on_a_signed_manifest_only() {
    let good = manifest();
    let key = signing_key(ORGANIZER);
    let entry = sign_payload(good.payload(), &[&key]);
    let election = Election::new(&entry).unwrap();
    assert_eq!(*election.id(), urne_crypto::hash::fingerprint(&entry));
    assert_eq!(*election.manifest(), good);
    let refused = |entry: &[u8], word: &str| match Election::new(entry) {
        Err(FoundationError::Manifest(why)) => assert!(why.contains(word), "{why}"),
        other => panic!("{other:?}"),
    };
    refused(&sign_payload(good.payload(), &[]), "signature");
    refused(&sign_payload(good.payload(), &[&key, &key]), "signature");
    let stranger = signing_key(ISSUERS + 1);
    refused(&sign_payload(good.payload(), &[&stranger]), "signature");
    refused(&entry[..entry.len() - 1], "line feed");
    refused(&sign_payload(b"{}".to_vec(), &[&key]), "kind");
    let mut broken = good.clone();
    broken.threshold = 4;
    refused(&sign_payload(broken.payload(), &[&key]), "threshold");
    let mut forged = good.clone();
    forged.trustees[1].proof[40] ^= 1;
    let forged = Election::new(&sign_payload(forged.payload(), &[&key]));
    assert_eq!(forged.err(), Some(FoundationError::Possession(2)));
    let mut identity = good;
    identity.trustees[1].encryption = Point::identity();
    refused(&sign_payload(identity.payload(), &[&key]), "identity");
}

#[test]
fn the_kinds_have_five_names() {
    let names: Vec<Kind> = manifest().questions.iter().map(|q| q.kind).collect();
    let kinds = [
        Kind::One,
        Kind::Several,
        Kind::Knapsack,
        Kind::Score,
        Kind::Points,
    ];
    assert_eq!(names, kinds);
    let tree = parse(&manifest().payload());
    for wrong in ["\"ranking\"", "\"ONE\"", "\"\""] {
        assert!(Manifest::decode(&tree.with("questions.0.kind", wrong)).is_err());
    }
    for path in ["kind", "questions.0.rule.name", "questions.0.rule.ties"] {
        assert!(Manifest::decode(&tree.with(path, "\"deal\"")).is_err());
    }
    let of = "questions.0.rule.majority.of";
    assert!(Manifest::decode(&tree.with(of, "\"cast\"")).is_err());
    let registered = Manifest::decode(&tree.with(of, "\"registered\"")).unwrap();
    let majority = registered.questions[0].rule.majority;
    assert_eq!(majority.of, urne_election::outcome::Base::Registered);
}
