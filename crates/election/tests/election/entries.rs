//! Entries of every kind: read back as written, refused in any other form or size.

use urne_crypto::ceremony::deal::DealBytes;
use urne_crypto::hash::hash_256;
use urne_crypto::signature::public_key;
use urne_election::entry::{
    BallotEntry, BoothFile, Close, CollegeResult, CollegeState, Complaint, Confirm, Deal,
    Decryption, Destruction, Drill, Entry, Extension, LARGEST_ENTRY, Memory, Notice, Open,
    Operation, QuestionResult, Reason, RollChange, RollChunk, Seal, Shape, SignedEntry, Signer,
    TallyResult, hash_of_leaves, leaf_hash, sign_payload, split,
};
use urne_election::json::base64url;
use urne_election::outcome::{Outcome, Status};

use crate::sample::{point, signing_key};
use crate::tree::malformed;

pub(crate) const ELECTION: [u8; 32] = [77; 32];

/// n = 3, t = 2, two issuers, two languages, ballots of 96 bytes.
pub(crate) const SHAPE: Shape = Shape {
    languages: 2,
    threshold: 2,
    trustees: 3,
    issuers: 2,
    proof: 96,
};

pub(crate) fn change(reason: Reason, operation: Operation) -> Entry {
    Entry::RollChange(RollChange {
        election: ELECTION,
        reason,
        operation,
    })
}

fn question_result(status: Status, winners: &[u32], tied: &[u32]) -> QuestionResult {
    QuestionResult {
        totals: vec![5, 0],
        expressed: 4,
        registered: 7,
        outcome: Outcome {
            status,
            winners: winners.to_vec(),
            tied: tied.to_vec(),
        },
    }
}

fn college(state: CollegeState, totals: &[u64]) -> CollegeResult {
    CollegeResult {
        lines: 3,
        weight: 7,
        ballots: 2,
        turnout: 5,
        state,
        totals: totals.to_vec(),
    }
}

fn ballot(after: [u8; 32]) -> Entry {
    Entry::Ballot(BallotEntry {
        after,
        key: point(5),
        proof: vec![6; 96],
    })
}

fn open(booth: Vec<BoothFile>) -> Entry {
    Entry::Open(Open {
        election: ELECTION,
        key: point(4),
        deals: [1; 32],
        confirms: [2; 32],
        roll: [3; 32],
        lines: 9,
        booth,
        size: 12,
        root: [4; 32],
    })
}

fn seal(memory: Memory) -> Entry {
    Entry::Seal(Seal {
        election: ELECTION,
        trustee: 3,
        size: 99,
        root: [5; 32],
        sums: [6; 32],
        memory,
    })
}

/// At least one entry of every kind and form.
pub(crate) fn every_form() -> Vec<Entry> {
    let file = |path: &str| BoothFile {
        path: path.into(),
        hash: [8; 32],
    };
    let removed = || Operation::Remove { key: point(2) };
    let replaced = || Operation::Replace {
        key: point(2),
        halves: vec![7; 64],
        proofs: vec![8; 128],
    };
    let added = || Operation::Add {
        row: vec![1; 72],
        proofs: vec![2; 128],
    };
    let colleges = vec![
        college(CollegeState::Decrypted, &[1, 2]),
        college(CollegeState::Empty, &[0, 0]),
        college(CollegeState::Withheld, &[]),
    ];
    let questions = vec![
        question_result(Status::Decided, &[2, 1], &[]),
        question_result(Status::Tied, &[3], &[1, 2]),
        question_result(Status::None, &[], &[]),
        question_result(Status::NoQuorum, &[], &[]),
        question_result(Status::Withheld, &[], &[]),
    ];
    vec![
        Entry::Deal(Deal {
            election: ELECTION,
            trustee: 1,
            bytes: DealBytes {
                commitments: vec![3; 64],
                ephemeral: *point(3).bytes(),
                shares: vec![4; 144],
                proof: [5; 128],
            },
        }),
        Entry::Confirm(Confirm {
            election: ELECTION,
            trustee: 2,
            key: point(1),
            share: point(2),
            deals: [3; 32],
            proof: [4; 64],
        }),
        Entry::Complaint(Complaint {
            election: ELECTION,
            trustee: 1,
            dealer: 3,
            shared: point(9),
            proof: [1; 96],
        }),
        Entry::Roll(RollChunk {
            election: ELECTION,
            chunk: 0,
            rows: vec![9; 144],
            proofs: vec![8; 128],
        }),
        Entry::Drill(Drill {
            election: ELECTION,
            trustee: 3,
            share: point(0),
            proof: [1; 96],
        }),
        open(Vec::new()),
        open(vec![file("a"), file("b/\"c\"")]),
        ballot([0; 32]),
        ballot([1; 32]),
        change(Reason::Admitted, added()),
        change(Reason::Error, added()),
        change(Reason::Paper, removed()),
        change(Reason::Struck, removed()),
        change(Reason::Error, removed()),
        change(Reason::Lost, replaced()),
        change(Reason::Error, replaced()),
        Entry::Close(Close {
            election: ELECTION,
            size: 98,
            root: [7; 32],
        }),
        seal(Memory::Kept),
        seal(Memory::Lost),
        Entry::Decryption(Decryption {
            election: ELECTION,
            trustee: 1,
            phase: 1,
            size: 99,
            root: [5; 32],
            shares: vec![6; 96],
            proof: [7; 96],
        }),
        Entry::Result(TallyResult {
            election: ELECTION,
            colleges,
            questions,
        }),
        Entry::Extension(Extension {
            election: ELECTION,
            closes: 88,
            reason: vec!["snow".into(), "".into()],
        }),
        Entry::Destruction(Destruction {
            election: ELECTION,
            trustee: 3,
        }),
        Entry::Notice(Notice {
            election: ELECTION,
            text: vec!["one \"two\"\\\n".into(), "é".into()],
        }),
    ]
}

/// The entry with as many signatures as it needs.
pub(crate) fn signed(entry: &Entry) -> Vec<u8> {
    let keys = [signing_key(1), signing_key(2)];
    let count = match entry.signer() {
        Signer::Nobody => 0,
        Signer::Organizer | Signer::Trustee(_) => 1,
        Signer::Issuers => 2,
    };
    entry.signed(&keys.iter().take(count).collect::<Vec<_>>())
}

/// The bytes of an entry from what was read.
pub(crate) fn written(signed: &SignedEntry) -> Vec<u8> {
    let mut bytes = signed.entry.payload();
    assert_eq!(bytes, signed.payload);
    bytes.push(b'\n');
    for signature in &signed.signatures {
        bytes.extend(base64url(signature).bytes());
        bytes.push(b'\n');
    }
    bytes
}

#[test]
fn an_entry_of_every_kind_is_read_back_as_it_was_written() {
    for entry in every_form() {
        let bytes = signed(&entry);
        let read = SignedEntry::decode(&bytes, &SHAPE).unwrap();
        assert_eq!(read.entry, entry);
        assert_eq!(written(&read), bytes);
        let kind = format!("{{\"kind\":\"{}\"", entry.kind());
        assert!(bytes.starts_with(kind.as_bytes()), "{kind}");
        let election = read.entry.election();
        assert_eq!(election.is_none(), entry.kind() == "ballot");
        assert!(election.is_none_or(|election| *election == ELECTION));
    }
}

#[test]
fn the_payloads_are_those_of_the_specification() {
    let e = base64url(&ELECTION);
    let point = |number| base64url(point(number).bytes());
    let filled = |byte: u8, count: usize| base64url(&vec![byte; count]);
    let expected = [
        format!(
            "{{\"kind\":\"deal\",\"election\":\"{e}\",\"trustee\":1,\"commitments\":\"{}\",\"ephemeral\":\"{}\",\"shares\":\"{}\",\"proof\":\"{}\"}}",
            filled(3, 64),
            point(3),
            filled(4, 144),
            filled(5, 128)
        ),
        format!(
            "{{\"kind\":\"confirm\",\"election\":\"{e}\",\"trustee\":2,\"key\":\"{}\",\"share\":\"{}\",\"deals\":\"{}\",\"proof\":\"{}\"}}",
            point(1),
            point(2),
            filled(3, 32),
            filled(4, 64)
        ),
        format!(
            "{{\"kind\":\"complaint\",\"election\":\"{e}\",\"trustee\":1,\"dealer\":3,\"shared\":\"{}\",\"proof\":\"{}\"}}",
            point(9),
            filled(1, 96)
        ),
        format!(
            "{{\"kind\":\"roll\",\"election\":\"{e}\",\"chunk\":0,\"rows\":\"{}\",\"proofs\":\"{}\"}}",
            filled(9, 144),
            filled(8, 128)
        ),
        format!(
            "{{\"kind\":\"drill\",\"election\":\"{e}\",\"trustee\":3,\"share\":\"{}\",\"proof\":\"{}\"}}",
            filled(0, 32),
            filled(1, 96)
        ),
        format!(
            "{{\"kind\":\"open\",\"election\":\"{e}\",\"key\":\"{}\",\"deals\":\"{}\",\"confirms\":\"{}\",\"roll\":\"{}\",\"lines\":9,\"booth\":[],\"size\":12,\"root\":\"{}\"}}",
            point(4),
            filled(1, 32),
            filled(2, 32),
            filled(3, 32),
            filled(4, 32)
        ),
        format!(
            "{{\"kind\":\"open\",\"election\":\"{e}\",\"key\":\"{}\",\"deals\":\"{}\",\"confirms\":\"{}\",\"roll\":\"{}\",\"lines\":9,\"booth\":[{{\"path\":\"a\",\"hash\":\"{hash}\"}},{{\"path\":\"b/\\\"c\\\"\",\"hash\":\"{hash}\"}}],\"size\":12,\"root\":\"{}\"}}",
            point(4),
            filled(1, 32),
            filled(2, 32),
            filled(3, 32),
            filled(4, 32),
            hash = filled(8, 32)
        ),
        format!(
            "{{\"kind\":\"ballot\",\"after\":\"\",\"key\":\"{}\",\"proof\":\"{}\"}}",
            point(5),
            filled(6, 96)
        ),
        format!(
            "{{\"kind\":\"ballot\",\"after\":\"{}\",\"key\":\"{}\",\"proof\":\"{}\"}}",
            filled(1, 32),
            point(5),
            filled(6, 96)
        ),
        format!(
            "{{\"kind\":\"roll-change\",\"election\":\"{e}\",\"operation\":\"add\",\"reason\":\"admitted\",\"row\":\"{}\",\"proofs\":\"{}\"}}",
            filled(1, 72),
            filled(2, 128)
        ),
        format!(
            "{{\"kind\":\"roll-change\",\"election\":\"{e}\",\"operation\":\"remove\",\"reason\":\"paper\",\"key\":\"{}\"}}",
            point(2)
        ),
        format!(
            "{{\"kind\":\"roll-change\",\"election\":\"{e}\",\"operation\":\"replace\",\"reason\":\"lost\",\"key\":\"{}\",\"halves\":\"{}\",\"proofs\":\"{}\"}}",
            point(2),
            filled(7, 64),
            filled(8, 128)
        ),
        format!(
            "{{\"kind\":\"close\",\"election\":\"{e}\",\"size\":98,\"root\":\"{}\"}}",
            filled(7, 32)
        ),
        format!(
            "{{\"kind\":\"seal\",\"election\":\"{e}\",\"trustee\":3,\"size\":99,\"root\":\"{}\",\"sums\":\"{}\",\"memory\":\"lost\"}}",
            filled(5, 32),
            filled(6, 32)
        ),
        format!(
            "{{\"kind\":\"decryption\",\"election\":\"{e}\",\"trustee\":1,\"phase\":1,\"size\":99,\"root\":\"{}\",\"shares\":\"{}\",\"proof\":\"{}\"}}",
            filled(5, 32),
            filled(6, 96),
            filled(7, 96)
        ),
        format!(
            "{{\"kind\":\"result\",\"election\":\"{e}\",\"colleges\":[\
             {{\"lines\":3,\"weight\":7,\"ballots\":2,\"turnout\":5,\"state\":\"decrypted\",\"totals\":[1,2]}},\
             {{\"lines\":3,\"weight\":7,\"ballots\":2,\"turnout\":5,\"state\":\"empty\",\"totals\":[0,0]}},\
             {{\"lines\":3,\"weight\":7,\"ballots\":2,\"turnout\":5,\"state\":\"withheld\",\"totals\":[]}}],\
             \"questions\":[\
             {{\"totals\":[5,0],\"expressed\":4,\"registered\":7,\"status\":\"decided\",\"winners\":[2,1],\"tied\":[]}},\
             {{\"totals\":[5,0],\"expressed\":4,\"registered\":7,\"status\":\"tied\",\"winners\":[3],\"tied\":[1,2]}},\
             {{\"totals\":[5,0],\"expressed\":4,\"registered\":7,\"status\":\"none\",\"winners\":[],\"tied\":[]}},\
             {{\"totals\":[5,0],\"expressed\":4,\"registered\":7,\"status\":\"no-quorum\",\"winners\":[],\"tied\":[]}},\
             {{\"totals\":[5,0],\"expressed\":4,\"registered\":7,\"status\":\"withheld\",\"winners\":[],\"tied\":[]}}]}}"
        ),
        format!(
            "{{\"kind\":\"extension\",\"election\":\"{e}\",\"closes\":88,\"reason\":[\"snow\",\"\"]}}"
        ),
        format!("{{\"kind\":\"destruction\",\"election\":\"{e}\",\"trustee\":3}}"),
        format!(
            "{{\"kind\":\"notice\",\"election\":\"{e}\",\"text\":[\"one \\\"two\\\"\\\\\\n\",\"é\"]}}"
        ),
    ];
    let payloads: Vec<String> = every_form()
        .iter()
        .map(|entry| String::from_utf8(entry.payload()).unwrap())
        .collect();
    for payload in &expected {
        assert!(payloads.contains(payload), "{payload}");
    }
    let reasons = ["admitted", "error", "paper", "struck", "lost"];
    assert!(reasons.iter().all(|reason| {
        let field = format!("\"reason\":\"{reason}\"");
        payloads.iter().any(|payload| payload.contains(&field))
    }));
    assert!(
        payloads
            .iter()
            .any(|payload| payload.ends_with("\"memory\":\"kept\"}"))
    );
}

#[test]
fn a_payload_written_in_any_other_way_is_refused() {
    for entry in every_form() {
        let payload = entry.payload();
        let bytes = signed(&entry);
        let signatures = &bytes[payload.len()..];
        for malformed in malformed(&payload) {
            let text = String::from_utf8_lossy(&malformed).into_owned();
            let entry = [&malformed, signatures].concat();
            assert!(SignedEntry::decode(&entry, &SHAPE).is_err(), "{text}");
        }
    }
}

#[test]
fn an_entry_has_exactly_the_signatures_of_its_kind() {
    let key = signing_key(1);
    for entry in every_form() {
        let needed = match entry.kind() {
            "ballot" | "result" => 0,
            "roll" | "roll-change" => 2,
            _ => 1,
        };
        for count in 0..4 {
            let bytes = entry.signed(&vec![&key; count]);
            let read = SignedEntry::decode(&bytes, &SHAPE);
            assert_eq!(read.is_ok(), count == needed, "{} {count}", entry.kind());
        }
    }
    let shape = Shape {
        issuers: 1,
        ..SHAPE
    };
    let remove = change(Reason::Error, Operation::Remove { key: point(1) });
    assert!(SignedEntry::decode(&remove.signed(&[&key]), &shape).is_ok());
    assert!(SignedEntry::decode(&remove.signed(&[&key, &key]), &shape).is_err());
}

#[test]
fn signature_lines_have_one_form() {
    let payload = every_form()[1].payload();
    let line = base64url(&[7; 64]);
    let entry = |rest: &str| [&payload[..], rest.as_bytes()].concat();
    let good = entry(&format!("\n{line}\n"));
    assert_eq!(split(&good).unwrap(), (&payload[..], vec![[7; 64]]));
    assert!(SignedEntry::decode(&good, &SHAPE).is_ok());
    for wrong in [
        format!("\n{line}"),
        format!("{line}\n"),
        format!("\n{line}\n\n"),
        format!("\n\n{line}\n"),
        format!("\r\n{line}\n"),
        format!("\n{line}\r\n"),
        format!("\n {line}\n"),
        format!("\n{line}=\n"),
        format!("\n\"{line}\"\n"),
        format!("\n{line}\"\n"),
        format!("\n{}\n", &line[..85]),
        format!("\n{line}A\n"),
        format!("\n{}x\n", &line[..85]),
        format!("\n{}\n", line.replace('B', "+")),
        "\n".to_owned(),
        String::new(),
    ] {
        assert!(
            SignedEntry::decode(&entry(&wrong), &SHAPE).is_err(),
            "{wrong:?}"
        );
    }
    for nothing in [&b""[..], b"\n", b"\n\n", b"{}", b"{}\n"] {
        assert!(SignedEntry::decode(nothing, &SHAPE).is_err());
    }
}

#[test]
fn an_entry_has_at_most_65_535_bytes() {
    // 20,000 line feeds take 40,000 bytes, escaped.
    let languages = Shape {
        languages: 3,
        ..SHAPE
    };
    let notice = |last: usize| {
        let entry = Entry::Notice(Notice {
            election: ELECTION,
            text: vec!["\n".repeat(20_000), "x".repeat(20_000), "y".repeat(last)],
        });
        entry.signed(&[&signing_key(1)])
    };
    let fits = LARGEST_ENTRY - notice(0).len();
    assert_eq!(notice(fits).len(), 65_535);
    assert!(SignedEntry::decode(&notice(fits), &languages).is_ok());
    assert_eq!(notice(fits + 1).len(), 65_536);
    let error = SignedEntry::decode(&notice(fits + 1), &languages).unwrap_err();
    assert!(error.to_string().contains("65,535"), "{error}");
}

#[test]
fn a_signature_covers_the_payload_under_the_domain_of_entries() {
    let key = signing_key(4);
    let bytes = sign_payload(b"{}".to_vec(), &[&key]);
    let (payload, signatures) = split(&bytes).unwrap();
    let public = urne_crypto::signature::PublicKey::decode(&public_key(&key)).unwrap();
    assert_eq!(payload, b"{}");
    assert!(public.verify("urne/0 entry", b"{}", &signatures[0]).is_ok());
    assert!(
        public
            .verify("urne/0 receipt", b"{}", &signatures[0])
            .is_err()
    );
}

#[test]
fn leaves_and_lists_of_leaves_are_hashed_as_written_down() {
    let expected = urne_crypto::hash::fingerprint(b"\x00entry");
    assert_eq!(leaf_hash(b"entry"), expected);
    let leaves = [[1; 32], [2; 32]];
    let joined = [[1; 32], [2; 32]].concat();
    assert_eq!(
        hash_of_leaves("urne/0 roll", &leaves),
        hash_256("urne/0 roll", &[&joined])
    );
}
