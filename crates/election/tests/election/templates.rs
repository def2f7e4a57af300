//! The limits of every template: numbers, lists, lengths, points and words, at the last good value and the first bad one.

use urne_election::entry::{Entry, Operation, Reason, RollChunk, Shape, SignedEntry};
use urne_election::json::base64url;

use crate::entries::{ELECTION, SHAPE, change, every_form, signed};
use crate::sample::{manifest, point, signing_key};
use crate::tree::parse;

/// The first entry of a kind with the value at `path` written otherwise.
fn with(kind: &str, path: &str, text: &str) -> Result<SignedEntry, String> {
    let forms = every_form();
    let mut entries = forms.iter().filter(|entry| entry.kind() == kind);
    let entry = entries.next().unwrap();
    let payload = parse(&entry.payload()).with(path, text);
    let bytes = signed(entry);
    let signatures = &bytes[entry.payload().len()..];
    SignedEntry::decode(&[&payload, signatures].concat(), &SHAPE).map_err(|error| error.to_string())
}

fn quoted(byte: u8, count: usize) -> String {
    format!("\"{}\"", base64url(&vec![byte; count]))
}

#[test]
fn numbers_stay_in_their_ranges() {
    let trustees = [
        "deal",
        "confirm",
        "complaint",
        "drill",
        "seal",
        "decryption",
    ];
    let trustees = trustees.map(|kind| (kind, "trustee"));
    for (kind, path) in trustees.into_iter().chain([("complaint", "dealer")]) {
        assert!(
            with(kind, path, "1").is_ok() && with(kind, path, "3").is_ok(),
            "{kind}"
        );
        assert!(
            with(kind, path, "0").is_err() && with(kind, path, "4").is_err(),
            "{kind}"
        );
    }
    assert!(with("decryption", "phase", "0").is_err());
    assert!(with("decryption", "phase", "2").is_err());
    for path in ["questions.0.winners", "questions.0.tied"] {
        assert!(with("result", path, "[1,700]").is_ok());
        assert!(with("result", path, "[0]").is_err());
        assert!(with("result", path, "[701]").is_err());
    }
    for (kind, path) in [
        ("roll", "chunk"),
        ("open", "lines"),
        ("open", "size"),
        ("close", "size"),
        ("seal", "size"),
        ("decryption", "size"),
        ("extension", "closes"),
        ("result", "colleges.0.weight"),
        ("result", "colleges.0.totals.1"),
        ("result", "questions.1.expressed"),
    ] {
        assert!(with(kind, path, "0").is_ok(), "{kind} {path}");
        assert!(
            with(kind, path, "9007199254740991").is_ok(),
            "{kind} {path}"
        );
        assert!(
            with(kind, path, "9007199254740992").is_err(),
            "{kind} {path}"
        );
    }
}

#[test]
fn lists_stay_in_their_lengths() {
    let list = |item: &str, count: usize| format!("[{}]", vec![item; count].join(","));
    let file = format!("{{\"path\":\"a\",\"hash\":{}}}", quoted(1, 32));
    let college =
        "{\"lines\":0,\"weight\":0,\"ballots\":0,\"turnout\":0,\"state\":\"empty\",\"totals\":[]}";
    let question = "{\"totals\":[1],\"expressed\":0,\"registered\":0,\"status\":\"none\",\"winners\":[],\"tied\":[]}";
    for (kind, path, item, least, most) in [
        ("open", "booth", file.as_str(), 0, 256),
        ("result", "colleges", college, 1, 64),
        ("result", "colleges.0.totals", "7", 0, 1400),
        ("result", "questions", question, 1, 64),
        ("result", "questions.0.totals", "7", 1, 701),
        ("result", "questions.0.winners", "7", 0, 700),
        ("result", "questions.0.tied", "7", 0, 700),
        ("extension", "reason", "\"\"", 2, 2),
        ("notice", "text", "\"\"", 2, 2),
    ] {
        assert!(with(kind, path, &list(item, least)).is_ok(), "{path}");
        assert!(with(kind, path, &list(item, most)).is_ok(), "{path}");
        assert!(with(kind, path, &list(item, most + 1)).is_err(), "{path}");
        if least > 0 {
            assert!(with(kind, path, &list(item, least - 1)).is_err(), "{path}");
        }
    }
}

#[test]
fn byte_strings_have_the_length_of_the_template() {
    for (kind, path, length) in [
        ("deal", "election", 32),
        ("deal", "commitments", 64),
        ("deal", "shares", 144),
        ("deal", "proof", 128),
        ("confirm", "deals", 32),
        ("confirm", "proof", 64),
        ("complaint", "proof", 96),
        ("roll", "rows", 144),
        ("roll", "proofs", 128),
        ("drill", "proof", 96),
        ("open", "root", 32),
        ("ballot", "proof", 96),
        ("roll-change", "row", 72),
        ("roll-change", "proofs", 128),
        ("close", "root", 32),
        ("seal", "sums", 32),
        ("decryption", "root", 32),
        ("decryption", "proof", 96),
    ] {
        assert!(
            with(kind, path, &quoted(1, length)).is_ok(),
            "{kind} {path}"
        );
        for wrong in [0, length - 1, length + 1, 2 * length + 1] {
            assert!(
                with(kind, path, &quoted(1, wrong)).is_err(),
                "{kind} {path}: {wrong}"
            );
        }
    }
    // Whole rows of 72 bytes, up to 48,000 bytes.
    for (length, good) in [
        (71, false),
        (72, true),
        (73, false),
        (47_952, true),
        (48_024, false),
    ] {
        assert_eq!(
            with("roll", "rows", &quoted(1, length)).is_ok(),
            good,
            "{length}"
        );
    }
    // A number of bytes that makes no points is a fault of content, not of form.
    for (length, good) in [
        (31, false),
        (32, true),
        (33, true),
        (44_800, true),
        (44_801, false),
    ] {
        assert_eq!(
            with("decryption", "shares", &quoted(1, length)).is_ok(),
            good,
            "{length}"
        );
    }
    for (length, good) in [(0, true), (1, false), (31, false), (32, true), (33, false)] {
        assert_eq!(
            with("ballot", "after", &quoted(1, length)).is_ok(),
            good,
            "{length}"
        );
    }
    assert!(with("ballot", "after", &quoted(0, 32)).is_err());
}

#[test]
fn a_row_of_one_issuer_has_40_bytes() {
    let shape = Shape {
        issuers: 1,
        ..SHAPE
    };
    let chunk = |rows: usize, proofs: usize| {
        let entry = Entry::Roll(RollChunk {
            election: ELECTION,
            chunk: 7,
            rows: vec![1; rows],
            proofs: vec![1; proofs],
        });
        SignedEntry::decode(&entry.signed(&[&signing_key(1)]), &shape).is_ok()
    };
    assert!(chunk(40, 64) && chunk(48_000, 64));
    assert!(!chunk(39, 64) && !chunk(41, 64) && !chunk(72, 64) && !chunk(48_040, 64));
    assert!(!chunk(40, 128));
}

#[test]
fn points_of_a_template_decode_and_the_identity_stands_only_where_it_may() {
    let (identity, no_point) = (quoted(0, 32), quoted(255, 32));
    for (kind, path) in [
        ("deal", "ephemeral"),
        ("confirm", "key"),
        ("confirm", "share"),
        ("complaint", "shared"),
        ("open", "key"),
        ("ballot", "key"),
    ] {
        assert!(with(kind, path, &identity).is_err(), "{kind} {path}");
        assert!(with(kind, path, &no_point).is_err(), "{kind} {path}");
    }
    assert!(with("drill", "share", &identity).is_ok());
    assert!(with("drill", "share", &no_point).is_err());
    for operation in [
        Operation::Remove { key: point(0) },
        Operation::Replace {
            key: point(0),
            halves: vec![1; 64],
            proofs: vec![1; 128],
        },
    ] {
        let entry = signed(&change(Reason::Error, operation));
        assert!(SignedEntry::decode(&entry, &SHAPE).is_err());
    }
}

#[test]
fn words_are_those_of_the_template() {
    for (kind, path, wrong) in [
        ("deal", "kind", "\"manifest\""),
        ("deal", "kind", "\"confirm\""),
        ("deal", "kind", "\"Deal\""),
        ("deal", "kind", "\"vote\""),
        ("seal", "memory", "\"gone\""),
        ("result", "colleges.0.state", "\"closed\""),
        ("result", "questions.0.status", "\"won\""),
        ("roll-change", "operation", "\"remove\""),
        ("roll-change", "reason", "\"lost\""),
        ("roll-change", "reason", "\"paper\""),
        ("roll-change", "reason", "\"struck\""),
    ] {
        assert!(with(kind, path, wrong).is_err(), "{wrong}");
    }
    for (reason, operation) in [
        (Reason::Admitted, Operation::Remove { key: point(1) }),
        (Reason::Lost, Operation::Remove { key: point(1) }),
    ] {
        assert!(SignedEntry::decode(&signed(&change(reason, operation)), &SHAPE).is_err());
    }
    for reason in [Reason::Admitted, Reason::Paper, Reason::Struck] {
        let operation = Operation::Replace {
            key: point(1),
            halves: vec![1; 64],
            proofs: vec![1; 128],
        };
        assert!(SignedEntry::decode(&signed(&change(reason, operation)), &SHAPE).is_err());
    }
}

#[test]
fn strings_stay_in_their_lengths() {
    let text = |count: usize| format!("[\"{}\",\"\"]", "x".repeat(count));
    assert!(with("extension", "reason", &text(2_000)).is_ok());
    assert!(with("extension", "reason", &text(2_001)).is_err());
    assert!(with("notice", "text", &text(20_000)).is_ok());
    assert!(with("notice", "text", &text(20_001)).is_err());
    let booth = |count: usize| {
        format!(
            "[{{\"path\":\"{}\",\"hash\":{}}}]",
            "x".repeat(count),
            quoted(1, 32)
        )
    };
    for (count, good) in [(0, false), (1, true), (200, true), (201, false)] {
        assert_eq!(
            with("open", "booth", &booth(count)).is_ok(),
            good,
            "{count}"
        );
    }
}

#[test]
fn the_shape_is_the_manifests() {
    let manifest = manifest();
    let form = manifest.check().unwrap();
    let shape = Shape::new(&manifest, &form);
    let Shape {
        languages,
        threshold,
        trustees,
        issuers,
        proof,
    } = shape;
    assert_eq!((languages, threshold, trustees, issuers), (2, 2, 3, 2));
    assert_eq!(proof, form.program().proof_length());
    assert_eq!(shape.row(), 72);
    assert_eq!(
        Shape {
            issuers: 1,
            ..shape
        }
        .row(),
        40
    );
}
