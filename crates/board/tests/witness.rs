//! Requests to witnesses and their answers, as bytes.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use urne_board::cosignature::cosign;
use urne_board::note::NoteError;
use urne_board::witness::{AddCheckpoint, Answer, RequestError};
use urne_board::{
    Checkpoint, KeyName, PublicKey, SignatureKind, SignedCheckpoint, SigningKey, Tree, VerifierKey,
    leaf_hash,
};

fn name(name: &str) -> KeyName {
    KeyName::new(name).unwrap()
}

fn signer(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

fn witness() -> VerifierKey {
    let public_key = PublicKey::from_bytes(&signer(2).verifying_key().to_bytes()).unwrap();
    VerifierKey::new(name("w.example"), SignatureKind::CosignatureV1, public_key)
}

fn tree() -> Tree {
    let mut tree = Tree::new();
    for entry in 0..7u8 {
        tree.push(leaf_hash(&[entry]));
    }
    tree
}

fn signed() -> SignedCheckpoint {
    Checkpoint::new(name("log.example"), 7, tree().root())
        .unwrap()
        .sign(&signer(1))
        .unwrap()
}

fn request() -> AddCheckpoint {
    AddCheckpoint::new(3, tree().consistency_proof(3, 7).unwrap(), signed()).unwrap()
}

/// The example in C2SP tlog-witness.
#[test]
fn the_published_request_is_read_and_written_back() {
    let body = "old 20852014\n\
        PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\
        jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\
        5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n\
        /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\
        \n\
        example.com/behind-the-sofa\n\
        20852163\n\
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\
        \n\
        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
        — example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n";
    let request = AddCheckpoint::parse(body.as_bytes()).unwrap();
    assert_eq!(request.old_size(), 20_852_014);
    assert_eq!(request.consistency_proof().len(), 4);
    assert_eq!(request.checkpoint().checkpoint().size(), 20_852_163);
    assert_eq!(request.checkpoint().signatures().len(), 2);
    assert_eq!(request.body(), body);
}

#[test]
fn requests_without_a_proof_are_read_back() {
    for old_size in [0, 7] {
        let request = AddCheckpoint::new(old_size, vec![], signed()).unwrap();
        assert!(
            request
                .body()
                .starts_with(&format!("old {old_size}\n\nlog.example\n7\n"))
        );
        assert_eq!(AddCheckpoint::parse(request.body().as_bytes()), Ok(request));
    }
}

#[test]
fn malformed_requests_are_refused() {
    let good = request().body();
    assert_eq!(AddCheckpoint::parse(good.as_bytes()), Ok(request()));
    for refused in [
        String::new(),
        good.replacen("old 3", "old 03", 1),
        good.replacen("old 3", "old  3", 1),
        good.replacen("old 3", "Old 3", 1),
        good.replacen("old 3", "old -3", 1),
        good.replacen("old 3", "3", 1),
        good.replacen("old 3\n", "old 3\nAAAA\n", 1),
        good.replacen("old 3\n", "old 3\r\n", 1),
        good.replacen("old 3\n", "", 1),
    ] {
        assert_eq!(
            AddCheckpoint::parse(refused.as_bytes()),
            Err(RequestError::Malformed),
            "{refused:?}"
        );
    }
    assert_eq!(
        AddCheckpoint::parse(b"\xff\n\n"),
        Err(RequestError::Malformed)
    );
    let ahead = good.replacen("old 3", "old 8", 1);
    assert_eq!(
        AddCheckpoint::parse(ahead.as_bytes()),
        Err(RequestError::OldSize)
    );
    let spoilt = good.replacen("\n7\n", "\n07\n", 1);
    assert!(matches!(
        AddCheckpoint::parse(spoilt.as_bytes()),
        Err(RequestError::Checkpoint(_))
    ));
    let long = "x".repeat(200_000);
    assert_eq!(
        AddCheckpoint::parse(long.as_bytes()),
        Err(RequestError::TooLong)
    );
}

#[test]
fn a_proof_has_at_most_63_hashes() {
    let longest = AddCheckpoint::new(3, vec![[1; 32]; 63], signed()).unwrap();
    assert_eq!(
        AddCheckpoint::parse(longest.body().as_bytes()),
        Ok(longest.clone())
    );
    let too_long = AddCheckpoint::new(3, vec![[1; 32]; 64], signed());
    assert_eq!(too_long, Err(RequestError::ProofTooLong));
    let hash_line = longest.body().lines().nth(1).unwrap().to_owned() + "\n";
    let body = longest.body().replacen(&hash_line, &hash_line.repeat(2), 1);
    assert_eq!(
        AddCheckpoint::parse(body.as_bytes()),
        Err(RequestError::ProofTooLong)
    );
}

#[test]
fn a_cosignature_that_holds_is_taken_from_the_answer() {
    let request = request();
    let line = cosign(
        signed().checkpoint(),
        &name("w.example"),
        &signer(2),
        1_700_000_000,
    )
    .unwrap();
    let expected = Answer::Cosigned {
        line: line.clone(),
        timestamp_seconds: 1_700_000_000,
    };
    assert_eq!(
        request.read_answer(200, line.to_string().as_bytes(), &witness()),
        expected
    );
    let with_others = format!("— w.example AAAAAAA=\n{line}— other.example AAAAAAA=\n");
    assert_eq!(
        request.read_answer(200, with_others.as_bytes(), &witness()),
        expected
    );
}

#[test]
fn an_answer_without_a_cosignature_that_holds_is_unusable() {
    let other = Checkpoint::new(name("log.example"), 8, [3; 32]).unwrap();
    let of_another = cosign(&other, &name("w.example"), &signer(2), 5)
        .unwrap()
        .to_string();
    let by_another = cosign(signed().checkpoint(), &name("w.example"), &signer(3), 5).unwrap();
    for (body, error) in [
        (of_another.as_bytes(), NoteError::InvalidSignature),
        (by_another.to_string().as_bytes(), NoteError::Unsigned),
        (b"", NoteError::NoSignatures),
        (b"ok\n", NoteError::MalformedLine),
        (b"\xff\n", NoteError::NotText),
        (&vec![b'x'; 200_000], NoteError::TooLong),
    ] {
        assert_eq!(
            request().read_answer(200, body, &witness()),
            Answer::Unusable(error)
        );
    }
    let many = "— x.example AAAAAAA=\n".repeat(65);
    let expected = Answer::Unusable(NoteError::TooManySignatures);
    assert_eq!(
        request().read_answer(200, many.as_bytes(), &witness()),
        expected
    );
}

#[test]
fn refusals_are_told_apart() {
    let read = |status, body: &[u8]| request().read_answer(status, body, &witness());
    assert_eq!(read(409, b"20852014\n"), Answer::Stale { size: 20_852_014 });
    assert_eq!(read(409, b"0\n"), Answer::Stale { size: 0 });
    for body in [&b""[..], b"5", b"05\n", b"5\n\n", b"conflict\n", b"\xff\n"] {
        assert_eq!(read(409, body), Answer::Conflict);
    }
    assert_eq!(read(400, b""), Answer::Malformed);
    assert_eq!(read(403, b""), Answer::LogSignatureRefused);
    assert_eq!(read(404, b""), Answer::UnknownLog);
    assert_eq!(read(422, b""), Answer::NotConsistent);
    assert_eq!(read(500, b""), Answer::Other(500));
    assert_eq!(read(201, b""), Answer::Other(201));
}

proptest! {
    #[test]
    fn what_is_read_is_written_back_to_the_byte(position in 0usize..600, bit in 0u8..8) {
        let mut bytes = request().body().into_bytes();
        let position = position % bytes.len();
        bytes[position] ^= 1 << bit;
        if let Ok(read) = AddCheckpoint::parse(&bytes) {
            prop_assert_eq!(read.body().into_bytes(), bytes);
        }
    }
}
