//! A trustee's statement that its key is destroyed: bound to the key, the election and every byte.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use urne_client::destruction::{Destruction, DestructionError, read, sign};
use urne_client::trustee::TrusteeKeys;
use urne_crypto::signature::public_key;

fn keys(seed: u64) -> TrusteeKeys {
    TrusteeKeys::generate(&mut StdRng::seed_from_u64(seed))
}

#[test]
fn a_statement_is_read_as_it_was_signed() {
    let keys = keys(1);
    let bytes = sign(&keys, &[7; 32], 3, "2026-11-29").unwrap();
    let expected = Destruction {
        election: [7; 32],
        trustee: 3,
        key: public_key(keys.signing()),
        day: "2026-11-29".to_owned(),
    };
    assert_eq!(read(&bytes), Ok(expected));
}

#[test]
fn no_byte_of_a_statement_can_be_changed() {
    let bytes = sign(&keys(1), &[7; 32], 3, "2026-11-29").unwrap();
    for index in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[index] ^= 1;
        assert!(read(&changed).is_err(), "byte {index}");
    }
    assert!(read(&bytes[..bytes.len() - 1]).is_err());
}

#[test]
fn another_key_cannot_sign_in_a_trustees_name() {
    let bytes = sign(&keys(1), &[7; 32], 3, "2026-11-29").unwrap();
    let forged = sign(&keys(2), &[7; 32], 3, "2026-11-29").unwrap();
    let line = |bytes: &[u8], number: usize| {
        bytes
            .split(|&byte| byte == b'\n')
            .nth(number)
            .unwrap()
            .to_vec()
    };
    let mixed = [line(&bytes, 0), line(&forged, 1), Vec::new()].join(&b'\n');
    assert_eq!(read(&mixed), Err(DestructionError::Signature));
}

#[test]
fn a_day_has_one_form() {
    for day in ["29.11.2026", "2026-11-9", "2026/11/29", "", "2026-11-2é"] {
        let made = sign(&keys(1), &[7; 32], 3, day);
        assert_eq!(made, Err(DestructionError::Day), "{day}");
    }
}
