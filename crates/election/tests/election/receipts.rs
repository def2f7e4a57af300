//! Receipts and refusals: one form, and a signature that binds every field.

use urne_crypto::signature::{PublicKey, public_key};
use urne_election::json::base64url;
use urne_election::receipt::{Receipt, Refusal};

use crate::sample::{SERVER, TRUSTEES, signing_key};
use crate::tree::{malformed, parse};

fn server(holder: u8) -> PublicKey {
    PublicKey::decode(&public_key(&signing_key(holder))).unwrap()
}

fn receipt() -> Receipt {
    let entry = b"{\"kind\":\"ballot\"}\n".to_vec();
    let proof = (8, "c2sp.org/tlog-proof@v1\nindex 7\n".to_owned());
    Receipt::sign(&signing_key(SERVER), [1; 32], entry, [2; 32], 7, proof)
}

fn refusal() -> Refusal {
    Refusal::sign(
        &signing_key(SERVER),
        [1; 32],
        [3; 32],
        "not-on-roll".into(),
        12,
    )
}

#[test]
fn a_receipt_is_read_back_as_it_was_written() {
    let receipt = receipt();
    let expected = format!(
        "{{\"kind\":\"receipt\",\"election\":\"{}\",\"entry\":\"{}\",\"tracker\":\"{}\",\"index\":7,\"size\":8,\"accepted\":true,\"signature\":\"{}\",\"proof\":\"c2sp.org/tlog-proof@v1\\nindex 7\\n\"}}\n",
        base64url(&[1; 32]),
        base64url(b"{\"kind\":\"ballot\"}\n"),
        base64url(&[2; 32]),
        base64url(&receipt.signature)
    );
    assert_eq!(String::from_utf8(receipt.to_bytes()).unwrap(), expected);
    assert_eq!(Receipt::decode(&receipt.to_bytes()), Ok(receipt));
}

#[test]
fn a_refusal_is_read_back_as_it_was_written() {
    let refusal = refusal();
    let expected = format!(
        "{{\"kind\":\"refusal\",\"election\":\"{}\",\"hash\":\"{}\",\"code\":\"not-on-roll\",\"size\":12,\"signature\":\"{}\"}}\n",
        base64url(&[1; 32]),
        base64url(&[3; 32]),
        base64url(&refusal.signature)
    );
    assert_eq!(String::from_utf8(refusal.to_bytes()).unwrap(), expected);
    assert_eq!(Refusal::decode(&refusal.to_bytes()), Ok(refusal));
}

#[test]
fn another_form_of_a_receipt_or_refusal_is_refused() {
    for (bytes, read) in [
        (
            receipt().to_bytes(),
            (|bytes| Receipt::decode(bytes).is_ok()) as fn(&[u8]) -> bool,
        ),
        (refusal().to_bytes(), |bytes| Refusal::decode(bytes).is_ok()),
    ] {
        let payload = &bytes[..bytes.len() - 1];
        assert!(read(&bytes));
        assert!(
            !read(payload) && !read(&[payload, b"\r\n"].concat()) && !read(b"") && !read(b"\n")
        );
        for malformed in malformed(payload) {
            let text = String::from_utf8_lossy(&malformed).into_owned();
            assert!(!read(&[&malformed[..], b"\n"].concat()), "{text}");
        }
        for index in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[index] ^= 1;
            if let Ok(read) = Receipt::decode(&damaged) {
                assert_eq!(read.to_bytes(), damaged);
            }
            if let Ok(read) = Refusal::decode(&damaged) {
                assert_eq!(read.to_bytes(), damaged);
            }
        }
    }
}

#[test]
fn fields_of_receipts_and_refusals_stay_in_their_ranges() {
    let bytes = receipt().to_bytes();
    let tree = parse(&bytes[..bytes.len() - 1]);
    let read = |path: &str, text: &str| {
        let mut bytes = tree.with(path, text);
        bytes.push(b'\n');
        Receipt::decode(&bytes).is_ok()
    };
    let string = |length: usize| format!("\"{}\"", "x".repeat(length));
    let encoded = |length: usize| format!("\"{}\"", base64url(&vec![1; length]));
    assert!(!read("accepted", "false"));
    assert!(!read("kind", "\"refusal\""));
    assert!(read("proof", &string(1)) && read("proof", &string(65_535)));
    assert!(!read("proof", &string(0)) && !read("proof", &string(65_536)));
    assert!(read("entry", &encoded(1)) && read("entry", &encoded(65_535)));
    assert!(!read("entry", &encoded(0)) && !read("entry", &encoded(65_536)));
    for path in ["index", "size"] {
        assert!(read(path, "0") && read(path, "9007199254740991"));
        assert!(!read(path, "9007199254740992"));
    }
    let bytes = refusal().to_bytes();
    let tree = parse(&bytes[..bytes.len() - 1]);
    let read = |path: &str, text: &str| {
        let mut bytes = tree.with(path, text);
        bytes.push(b'\n');
        Refusal::decode(&bytes).is_ok()
    };
    assert!(!read("kind", "\"receipt\""));
    assert!(read("code", &string(1)) && read("code", &string(64)));
    assert!(!read("code", &string(0)) && !read("code", &string(65)));
    assert!(read("code", "\"cap-reached\""));
    for wrong in [
        "Cap",
        "cap reached",
        "cap_reached",
        "cap1",
        "é",
        "-",
        "cap-",
        "-cap",
        "cap--reached",
    ] {
        assert!(!read("code", &format!("\"{wrong}\"")), "{wrong}");
    }
}

#[test]
fn the_signature_of_a_receipt_binds_every_field_but_entry_and_proof() {
    let good = receipt();
    assert!(good.verify(&server(SERVER)).is_ok());
    assert!(good.verify(&server(TRUSTEES)).is_err());
    let changes: [fn(&mut Receipt); 6] = [
        |receipt| receipt.election[0] ^= 1,
        |receipt| receipt.tracker[31] ^= 1,
        |receipt| receipt.index += 1,
        |receipt| receipt.size += 1,
        |receipt| (receipt.index, receipt.size) = (receipt.size, receipt.index),
        |receipt| receipt.signature[0] ^= 1,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut changed = good.clone();
        change(&mut changed);
        assert!(changed.verify(&server(SERVER)).is_err(), "{number}");
    }
    // The entry is bound by the tracker, the proof by the log's signature.
    let other = Receipt {
        entry: vec![1],
        proof: "x".into(),
        ..good
    };
    assert!(other.verify(&server(SERVER)).is_ok());
}

#[test]
fn the_signature_of_a_refusal_binds_every_field() {
    let good = refusal();
    assert!(good.verify(&server(SERVER)).is_ok());
    assert!(good.verify(&server(TRUSTEES)).is_err());
    let changes: [fn(&mut Refusal); 5] = [
        |refusal| refusal.election[0] ^= 1,
        |refusal| refusal.hash[31] ^= 1,
        |refusal| refusal.code.push('s'),
        |refusal| refusal.size += 1,
        |refusal| refusal.signature[0] ^= 1,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut changed = good.clone();
        change(&mut changed);
        assert!(changed.verify(&server(SERVER)).is_err(), "{number}");
    }
}

#[test]
fn the_signed_messages_are_those_of_the_specification() {
    let framed = |parts: &[&[u8]]| -> Vec<u8> {
        let prefixed = parts
            .iter()
            .map(|part| [&(part.len() as u32).to_le_bytes(), *part].concat());
        prefixed.collect::<Vec<_>>().concat()
    };
    let (seven, eight, twelve) = (
        7_u64.to_le_bytes(),
        8_u64.to_le_bytes(),
        12_u64.to_le_bytes(),
    );
    let message = framed(&[&[1; 32], &[2; 32], &seven, &eight, &[1]]);
    let signature = receipt().signature;
    assert!(
        server(SERVER)
            .verify("urne/0 receipt", &message, &signature)
            .is_ok()
    );
    let message = framed(&[&[1; 32], &[3; 32], b"not-on-roll", &twelve]);
    let signature = refusal().signature;
    assert!(
        server(SERVER)
            .verify("urne/0 refusal", &message, &signature)
            .is_ok()
    );
}
