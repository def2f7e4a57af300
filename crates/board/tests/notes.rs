//! Signed notes, verifier keys, checkpoints and cosignatures: published examples, forgeries, and
//! every way to be malformed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use urne_board::checkpoint::CheckpointError;
use urne_board::cosignature::{cosign, verify_cosignature};
use urne_board::note::NoteError;
use urne_board::{
    Checkpoint, KeyName, PublicKey, SignatureKind, SignatureLine, SignedCheckpoint, SignedNote,
    SigningKey, VerifierKey, empty_root,
};

fn signer(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

fn name(name: &str) -> KeyName {
    KeyName::new(name).unwrap()
}

fn verifier(key_name: &str, kind: SignatureKind, signer: &SigningKey) -> VerifierKey {
    let public_key = PublicKey::from_bytes(&signer.verifying_key().to_bytes()).unwrap();
    VerifierKey::new(name(key_name), kind, public_key)
}

fn log_key() -> VerifierKey {
    verifier("log.example/urne/1", SignatureKind::Ed25519, &signer(1))
}

fn witness_key(number: u8) -> VerifierKey {
    verifier(
        &format!("w{number}.example"),
        SignatureKind::CosignatureV1,
        &signer(number),
    )
}

fn checkpoint() -> Checkpoint {
    Checkpoint::new(name("log.example/urne/1"), 7, [9; 32]).unwrap()
}

fn signed() -> SignedCheckpoint {
    checkpoint().sign(&signer(1)).unwrap()
}

fn line(number: u8, timestamp: u64) -> SignatureLine {
    cosign(
        &checkpoint(),
        &name(&format!("w{number}.example")),
        &signer(number),
        timestamp,
    )
    .unwrap()
}

/// The checkpoint with one more signature line as text.
fn with_line(line: &str) -> Vec<u8> {
    format!("{}{line}", signed()).into_bytes()
}

// The key, text and signature in the documentation of golang.org/x/mod/sumdb/note.
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETERS_SEED: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const PETERS_TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                           then you don't know what your problem is.\n";
const PETERS_LINE: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn the_published_note_verifies_and_is_signed_again_to_the_byte() {
    use base64::Engine;
    let key = VerifierKey::parse(PETER).unwrap();
    assert_eq!(key.name().as_str(), "PeterNeumann");
    assert_eq!(key.key_id(), [0xc7, 0x4f, 0x20, 0xa3]);
    assert_eq!(key.kind(), SignatureKind::Ed25519);
    assert_eq!(key.to_string(), PETER);
    let bytes = format!("{PETERS_TEXT}\n{PETERS_LINE}");
    let note = SignedNote::parse(bytes.as_bytes()).unwrap();
    assert_eq!(note.verify(&key), Ok(()));
    let seed = base64::engine::general_purpose::STANDARD
        .decode(PETERS_SEED)
        .unwrap();
    let signer = SigningKey::from_bytes(seed[1..].try_into().unwrap());
    let again = SignedNote::sign(PETERS_TEXT, &name("PeterNeumann"), &signer).unwrap();
    assert_eq!(again, note);
    assert_eq!(again.to_string(), bytes);
}

/// The example in C2SP tlog-cosignature (whose keys are not published): it is read, and its
/// cosignature carries the time the document gives.
#[test]
fn the_published_checkpoint_is_read() {
    let bytes = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
        — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
    let signed = SignedCheckpoint::parse(bytes.as_bytes()).unwrap();
    assert_eq!(
        signed.checkpoint().origin().as_str(),
        "example.com/behind-the-sofa"
    );
    assert_eq!(signed.checkpoint().size(), 20_852_163);
    assert_eq!(signed.checkpoint().root()[..4], [0x0a, 0xc5, 0x18, 0x6a]);
    assert_eq!(
        signed.signatures()[1].signature()[..8],
        1_679_315_147u64.to_be_bytes()
    );
    assert_eq!(signed.signatures()[1].signature().len(), 72);
    assert_eq!(signed.to_string(), bytes);
}

/// The example in C2SP signed-note has an empty line in its text.
#[test]
fn the_last_empty_line_ends_the_text() {
    let bytes = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n\
        — quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
    let note = SignedNote::parse(bytes.as_bytes()).unwrap();
    assert!(note.text().ends_with(":\n\ned è subito sera.\n"));
    assert_eq!(note.signatures().len(), 1);
    assert_eq!(note.to_string(), bytes);
}

#[test]
fn verifier_keys_have_one_spelling() {
    for end in 0..PETER.len() {
        assert!(VerifierKey::parse(&PETER[..end]).is_err(), "{end}");
    }
    for refused in [
        PETER.replace("c74f20a3", "C74F20A3"),
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER.replace("c74f20a3", "0c74f20a3"),
        PETER.replace("PeterNeumann", "PeterNeuman"),
        PETER.replace("PeterNeumann", "Peter Neumann"),
        format!("{PETER}+"),
        format!("{PETER}\n"),
        format!(" {PETER}"),
    ] {
        assert!(VerifierKey::parse(&refused).is_err(), "{refused}");
    }
}

#[test]
fn verifier_keys_of_other_kinds_or_weak_points_are_refused() {
    use base64::Engine;
    use sha2::{Digest, Sha256};
    let spell = |kind: u8, public_key: [u8; 32]| {
        let data = [&[kind][..], &public_key].concat();
        let hash = Sha256::digest([b"w.example\n", &data[..]].concat());
        let key_id: String = hash[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        format!(
            "w.example+{key_id}+{}",
            base64::engine::general_purpose::STANDARD.encode(data)
        )
    };
    let public_key = signer(1).verifying_key().to_bytes();
    let witness = verifier("w.example", SignatureKind::CosignatureV1, &signer(1));
    assert_eq!(VerifierKey::parse(&spell(4, public_key)), Ok(witness));
    assert!(VerifierKey::parse(&spell(1, public_key)).is_ok());
    for kind in [0, 2, 3, 5, 6, 0xff] {
        assert_eq!(
            VerifierKey::parse(&spell(kind, public_key)),
            Err(NoteError::VerifierKey)
        );
    }
    let mut identity = [0; 32];
    identity[0] = 1;
    assert_eq!(
        VerifierKey::parse(&spell(1, identity)),
        Err(NoteError::VerifierKey)
    );
}

#[test]
fn names_have_1_to_200_bytes_and_no_space_plus_or_control_character() {
    assert!(KeyName::new(&"x".repeat(200)).is_ok());
    assert!(KeyName::new("élection.example/2").is_ok());
    let long = "x".repeat(201);
    for refused in [
        "",
        "a b",
        "a+b",
        "a\nb",
        "a\u{0}b",
        "a\u{1f}b",
        "a\u{a0}b",
        "a\u{3000}b",
        &long,
    ] {
        assert_eq!(KeyName::new(refused), Err(NoteError::Name), "{refused:?}");
    }
}

#[test]
fn malformed_notes_are_refused() {
    let good = signed().to_string();
    let text = checkpoint().text();
    let line = good[text.len() + 1..].to_owned();
    assert!(SignedNote::parse(good.as_bytes()).is_ok());
    for (refused, error) in [
        (String::new(), NoteError::NoSignatures),
        (text.clone(), NoteError::NoSignatures),
        (format!("{text}\n"), NoteError::NoSignatures),
        (format!("{text}{line}"), NoteError::NoSignatures),
        (good.trim_end().to_owned(), NoteError::NoSignatures),
        (format!("{good}\n"), NoteError::NoSignatures),
        (format!("{good}x\n"), NoteError::MalformedLine),
        (good.replace('\n', "\r\n"), NoteError::NotText),
        (
            good.replace("log.example", "log\t.example"),
            NoteError::NotText,
        ),
        (good.replace("— ", "- "), NoteError::MalformedLine),
        (good.replace("— ", "—"), NoteError::MalformedLine),
        (good.replace("— ", "—  "), NoteError::MalformedLine),
        (
            good.replace("— log.example/urne/1", "—"),
            NoteError::MalformedLine,
        ),
        (good.replace("— log", "— +"), NoteError::MalformedLine),
        (
            good.replace("— log", "— \u{2003}"),
            NoteError::MalformedLine,
        ),
        (
            good.replace("— log.example/urne/1 ", "— log.example/urne/1  "),
            NoteError::MalformedLine,
        ),
        (
            format!("{text}\n{}\n", line.trim_end().trim_end_matches('=')),
            NoteError::MalformedLine,
        ),
        (
            format!("{text}\n— log.example/urne/1 \n"),
            NoteError::MalformedLine,
        ),
        // A key id and no signature.
        (
            format!("{text}\n— log.example/urne/1 AAAAAA==\n"),
            NoteError::MalformedLine,
        ),
        (
            format!("{text}\n— log.example/urne/1 AAAA\n"),
            NoteError::MalformedLine,
        ),
    ] {
        assert_eq!(
            SignedNote::parse(refused.as_bytes()),
            Err(error),
            "{refused:?}"
        );
    }
    assert!(SignedNote::parse(format!("{text}\n— x AAAAAAA=\n").as_bytes()).is_ok());
    assert_eq!(SignedNote::parse(b"\xff\n\n"), Err(NoteError::NotText));
}

#[test]
fn a_note_has_at_most_64_signature_lines() {
    let unknown = "— unknown.example AAAAAAA=\n";
    let most = with_line(&unknown.repeat(63));
    assert_eq!(
        SignedCheckpoint::parse(&most).unwrap().verify(&log_key()),
        Ok(())
    );
    let too_many = with_line(&unknown.repeat(64));
    assert_eq!(
        SignedNote::parse(&too_many),
        Err(NoteError::TooManySignatures)
    );
    let mut signed = SignedCheckpoint::parse(&most).unwrap();
    let before = signed.clone();
    assert_eq!(
        signed.add_cosignature(line(2, 5)),
        Err(NoteError::TooManySignatures)
    );
    assert_eq!(signed, before);
}

#[test]
fn a_note_has_at_most_131072_bytes() {
    let (text, tail) = ("x\n", "\n— log.example A");
    let base64_length = (131_072 - text.len() - tail.len()) / 4 * 4 - 4;
    let note = |length: usize| {
        let name_padding = "n".repeat(131_072 - text.len() - tail.len() - length);
        format!("{text}\n— log{name_padding} {}\n", "A".repeat(length))
    };
    let longest = note(base64_length);
    assert!((131_060..=131_072).contains(&longest.len()));
    assert!(SignedNote::parse(longest.as_bytes()).is_ok());
    let too_long = longest.replace("— log", &format!("— log{}", "n".repeat(20)));
    assert_eq!(
        SignedNote::parse(too_long.as_bytes()),
        Err(NoteError::TooLong)
    );
    let text = format!("{}\n", "x".repeat(131_000));
    assert_eq!(
        SignedNote::sign(&text, &name("x"), &signer(1)),
        Err(NoteError::TooLong)
    );
}

#[test]
fn only_text_that_can_be_read_back_is_signed() {
    let sign = |text| SignedNote::sign(text, &name("x"), &signer(1));
    assert_eq!(sign("no newline"), Err(NoteError::NoSignatures));
    assert_eq!(sign(""), Err(NoteError::NoSignatures));
    assert_eq!(sign("tab\t\n"), Err(NoteError::NotText));
    for text in ["\n", "a\n\n", "a\n\nb\n", "— x AAAAAAA=\n"] {
        let note = sign(text).unwrap();
        assert_eq!(SignedNote::parse(note.to_string().as_bytes()), Ok(note));
    }
}

#[test]
fn lines_of_unknown_keys_are_ignored() {
    let signed = signed();
    assert_eq!(signed.verify(&log_key()), Ok(()));
    // The same name with another key, and the same key under another kind, are other keys.
    let namesake = verifier("log.example/urne/1", SignatureKind::Ed25519, &signer(2));
    assert_eq!(signed.verify(&namesake), Err(NoteError::Unsigned.into()));
    let other_kind = verifier(
        "log.example/urne/1",
        SignatureKind::CosignatureV1,
        &signer(1),
    );
    assert_eq!(signed.verify(&other_kind), Err(NoteError::WrongKind.into()));
    let garbage = with_line("— log.example/urne/1 AAAAAAAAAAAA\n— x.example AAAAAAA=\n");
    assert_eq!(
        SignedCheckpoint::parse(&garbage)
            .unwrap()
            .verify(&log_key()),
        Ok(())
    );
}

#[test]
fn one_line_of_a_known_key_that_fails_refuses_the_note() {
    let good = signed().to_string();
    let forged = SignedCheckpoint::parse(good.as_bytes()).unwrap();
    let line = good.lines().last().unwrap();
    // Keep the key id, spoil the signature's last byte or its length.
    use base64::Engine;
    let engine = base64::engine::general_purpose::STANDARD;
    let mut blob = engine.decode(line.rsplit(' ').next().unwrap()).unwrap();
    *blob.last_mut().unwrap() ^= 1;
    for blob in [&blob[..], &blob[..67], &[&blob[..], &[0]].concat()] {
        let bad = format!("— log.example/urne/1 {}\n", engine.encode(blob));
        let refused = Err(NoteError::InvalidSignature.into());
        let after = SignedCheckpoint::parse(&with_line(&bad)).unwrap();
        assert_eq!(after.verify(&log_key()), refused);
        let before = good.replace("\n\n", &format!("\n\n{bad}"));
        assert_eq!(
            SignedCheckpoint::parse(before.as_bytes())
                .unwrap()
                .verify(&log_key()),
            refused
        );
    }
    assert_eq!(forged.verify(&log_key()), Ok(()));
}

#[test]
fn repeated_lines_of_a_key_are_accepted() {
    let line = signed().signatures()[0].to_string();
    let repeated = SignedCheckpoint::parse(&with_line(&line)).unwrap();
    assert_eq!(repeated.signatures().len(), 2);
    assert_eq!(repeated.verify(&log_key()), Ok(()));
}

#[test]
fn the_logs_key_is_named_after_the_origin() {
    let text = checkpoint().text();
    let note = SignedNote::sign(&text, &name("other.example"), &signer(1)).unwrap();
    let signed = SignedCheckpoint::parse(note.to_string().as_bytes()).unwrap();
    let other = verifier("other.example", SignatureKind::Ed25519, &signer(1));
    assert_eq!(signed.verify(&other), Err(CheckpointError::Origin));
    assert_eq!(signed.verify(&log_key()), Err(NoteError::Unsigned.into()));
}

#[test]
fn a_checkpoint_is_origin_size_and_root_alone() {
    let root = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let good = format!("log.example\n7\n{root}\n");
    let parsed = Checkpoint::parse_text(&good).unwrap();
    assert_eq!((parsed.size(), parsed.root()), (7, &[0; 32]));
    assert_eq!(parsed.text(), good);
    for (refused, error) in [
        (good.trim_end().to_owned(), CheckpointError::Lines),
        (
            format!("log.example\n7\n{root}\nextension\n"),
            CheckpointError::Lines,
        ),
        (
            format!("log.example\n7\n{root}\n\n"),
            CheckpointError::Lines,
        ),
        ("log.example\n7\n".to_owned(), CheckpointError::Lines),
        (String::new(), CheckpointError::Lines),
        (format!("\n7\n{root}\n"), NoteError::Name.into()),
        (format!("log example\n7\n{root}\n"), NoteError::Name.into()),
        (format!("log.example\n07\n{root}\n"), CheckpointError::Size),
        (format!("log.example\n+7\n{root}\n"), CheckpointError::Size),
        (format!("log.example\n\n{root}\n"), CheckpointError::Size),
        (
            format!("log.example\n4294967297\n{root}\n"),
            CheckpointError::Size,
        ),
        (
            format!("log.example\n7\n{}\n", &root[..43]),
            CheckpointError::Root,
        ),
        (
            format!("log.example\n7\n{}B=\n", &root[..42]),
            CheckpointError::Root,
        ),
        (format!("log.example\n0\n{root}\n"), CheckpointError::Root),
    ] {
        assert_eq!(Checkpoint::parse_text(&refused), Err(error), "{refused:?}");
    }
    assert!(Checkpoint::parse_text(&format!("log.example\n4294967296\n{root}\n")).is_ok());
    assert!(Checkpoint::new(name("x"), 0, empty_root()).is_ok());
}

#[test]
fn a_cosignature_gives_its_time() {
    let mut signed = signed();
    signed.add_cosignature(line(2, 1_700_000_000)).unwrap();
    signed.add_cosignature(line(3, 0)).unwrap();
    let read = SignedCheckpoint::parse(signed.to_string().as_bytes()).unwrap();
    assert_eq!(read, signed);
    let witnesses = [witness_key(4), witness_key(3), witness_key(2)];
    assert_eq!(
        read.cosignatures(&witnesses),
        Ok(vec![None, Some(0), Some(1_700_000_000)])
    );
    assert_eq!(read.verify(&log_key()), Ok(()));
}

#[test]
fn a_cosignature_is_of_one_checkpoint_key_and_kind() {
    let line = line(2, 5);
    let witness = witness_key(2);
    assert_eq!(verify_cosignature(&checkpoint(), &witness, &line), Ok(5));
    for other in [
        Checkpoint::new(name("log.example/urne/2"), 7, [9; 32]).unwrap(),
        Checkpoint::new(name("log.example/urne/1"), 8, [9; 32]).unwrap(),
        Checkpoint::new(name("log.example/urne/1"), 7, [8; 32]).unwrap(),
    ] {
        let result = verify_cosignature(&other, &witness, &line);
        assert_eq!(result, Err(NoteError::InvalidSignature));
    }
    let result = verify_cosignature(&checkpoint(), &witness_key(3), &line);
    assert_eq!(result, Err(NoteError::Unsigned));
    let as_log = verifier("w2.example", SignatureKind::Ed25519, &signer(2));
    assert_eq!(
        verify_cosignature(&checkpoint(), &as_log, &line),
        Err(NoteError::WrongKind)
    );
}

#[test]
fn every_changed_bit_of_a_cosignature_is_refused() {
    use base64::Engine;
    let engine = base64::engine::general_purpose::STANDARD;
    let text = line(2, 5).to_string();
    let blob = engine
        .decode(text.trim_end().rsplit(' ').next().unwrap())
        .unwrap();
    assert_eq!(blob.len(), 4 + 8 + 64);
    let verify = |blob: &[u8]| {
        let line = SignatureLine::parse(&format!("— w2.example {}", engine.encode(blob))).unwrap();
        verify_cosignature(&checkpoint(), &witness_key(2), &line)
    };
    assert_eq!(verify(&blob), Ok(5));
    for bit in 32..blob.len() * 8 {
        let mut changed = blob.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            verify(&changed),
            Err(NoteError::InvalidSignature),
            "bit {bit}"
        );
    }
    for length in [5, 11, 12, 75] {
        assert_eq!(verify(&blob[..length]), Err(NoteError::InvalidSignature));
    }
    assert_eq!(
        verify(&[&blob[..], &[0]].concat()),
        Err(NoteError::InvalidSignature)
    );
}

#[test]
fn timestamps_are_below_2_to_the_63() {
    use ed25519_dalek::Signer;
    let last = (1 << 63) - 1;
    assert_eq!(
        verify_cosignature(&checkpoint(), &witness_key(2), &line(2, last)),
        Ok(last)
    );
    assert!(cosign(&checkpoint(), &name("w2.example"), &signer(2), 1 << 63).is_err());
    // A witness that signs such a time all the same is refused.
    use base64::Engine;
    let time = 1u64 << 63;
    let message = format!("cosignature/v1\ntime {time}\n{}", checkpoint().text());
    let signature = signer(2).sign(message.as_bytes()).to_bytes();
    let blob = [
        &witness_key(2).key_id()[..],
        &time.to_be_bytes(),
        &signature,
    ]
    .concat();
    let blob = base64::engine::general_purpose::STANDARD.encode(blob);
    let line = SignatureLine::parse(&format!("— w2.example {blob}")).unwrap();
    assert!(verify_cosignature(&checkpoint(), &witness_key(2), &line).is_err());
}

#[test]
fn of_several_lines_by_a_witness_all_must_hold_and_the_first_gives_the_time() {
    let both = format!("{}{}", line(2, 9), line(2, 5));
    let signed = SignedCheckpoint::parse(&with_line(&both)).unwrap();
    assert_eq!(signed.cosignatures(&[witness_key(2)]), Ok(vec![Some(9)]));
    let of_another = cosign(
        &Checkpoint::new(name("log.example/urne/1"), 8, [9; 32]).unwrap(),
        &name("w2.example"),
        &signer(2),
        7,
    );
    for lines in [
        format!("{}{}", line(2, 9), of_another.clone().unwrap()),
        format!("{}{}", of_another.unwrap(), line(2, 9)),
    ] {
        let signed = SignedCheckpoint::parse(&with_line(&lines)).unwrap();
        assert_eq!(
            signed.cosignatures(&[witness_key(2)]),
            Err(NoteError::InvalidSignature)
        );
        // To a reader that does not know the witness the line is nothing.
        assert_eq!(signed.cosignatures(&[witness_key(3)]), Ok(vec![None]));
    }
}

#[test]
fn a_newer_cosignature_replaces_the_older_one() {
    let mut signed = signed();
    signed.add_cosignature(line(2, 5)).unwrap();
    signed.add_cosignature(line(3, 6)).unwrap();
    signed.add_cosignature(line(2, 7)).unwrap();
    assert_eq!(signed.signatures().len(), 3);
    assert_eq!(
        signed.cosignatures(&[witness_key(2), witness_key(3)]),
        Ok(vec![Some(7), Some(6)])
    );
    // The log's own line stays.
    assert_eq!(signed.verify(&log_key()), Ok(()));
}

proptest! {
    #[test]
    fn a_checkpoint_changed_in_one_bit_is_refused_or_the_same(position in 0usize..250, bit in 0u8..8) {
        let signed = signed();
        let mut bytes = signed.to_string().into_bytes();
        let position = position % bytes.len();
        bytes[position] ^= 1 << bit;
        if let Ok(changed) = SignedCheckpoint::parse(&bytes) {
            prop_assert!(changed.verify(&log_key()).is_err());
            prop_assert_eq!(changed.to_string().into_bytes(), bytes);
        }
    }

    #[test]
    fn what_is_read_is_written_back_to_the_byte(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(note) = SignedNote::parse(&bytes) {
            prop_assert_eq!(note.to_string().into_bytes(), bytes);
        }
    }

    #[test]
    fn notes_of_any_text_are_read_back(text in "[^\u{0}-\u{1f}]{0,40}(\n[^\u{0}-\u{1f}]{0,40}){0,5}\n") {
        let note = SignedNote::sign(&text, &name("x"), &signer(1)).unwrap();
        let read = SignedNote::parse(note.to_string().as_bytes()).unwrap();
        prop_assert_eq!(read.text(), &text);
        prop_assert_eq!(read.verify(&verifier("x", SignatureKind::Ed25519, &signer(1))), Ok(()));
    }
}
