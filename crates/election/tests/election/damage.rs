//! Damaged and random bytes: refused, or another entry that is written back as the same bytes. Never a panic.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use urne_election::entry::SignedEntry;
use urne_election::manifest::Manifest;
use urne_election::receipt::{Receipt, Refusal};

use crate::entries::{SHAPE, every_form, signed, written};
use crate::sample::manifest;

/// Whatever is read is written back as the bytes that were read.
fn has_one_form(bytes: &[u8]) -> bool {
    SignedEntry::decode(bytes, &SHAPE).is_ok_and(|read| {
        assert_eq!(written(&read), bytes);
        true
    })
}

fn manifest_has_one_form(payload: &[u8]) -> bool {
    Manifest::decode(payload).is_ok_and(|read| {
        assert_eq!(read.payload(), payload);
        // Whatever the numbers are, checking them ends.
        let _ = read.check();
        true
    })
}

#[test]
fn a_changed_byte_makes_another_entry_or_none() {
    let (mut read, mut refused) = (0, 0);
    for entry in every_form() {
        let bytes = signed(&entry);
        for index in 0..bytes.len() {
            for change in [1, 0x20, 0x80, bytes[index] ^ b'"', bytes[index] ^ b'0'] {
                let mut damaged = bytes.clone();
                damaged[index] ^= change;
                if has_one_form(&damaged) {
                    read += 1;
                } else {
                    refused += 1;
                }
            }
        }
    }
    assert!(read > 1000 && refused > 1000, "{read} {refused}");
}

#[test]
fn a_changed_byte_makes_another_manifest_or_none() {
    let payload = manifest().payload();
    let (mut read, mut refused) = (0, 0);
    for index in 0..payload.len() {
        for change in [1, 0x80, payload[index] ^ b'"'] {
            let mut damaged = payload.clone();
            damaged[index] ^= change;
            if manifest_has_one_form(&damaged) {
                read += 1;
            } else {
                refused += 1;
            }
        }
    }
    assert!(read > 500 && refused > 1000, "{read} {refused}");
}

/// A piece of one entry put over a piece of another.
fn spliced() -> impl Strategy<Value = Vec<u8>> {
    let place = any::<(Index, Index, Index, usize, usize)>();
    place.prop_map(|(entries, from, to, taken, replaced)| {
        let forms = every_form();
        let mut bytes = signed(entries.get(&forms));
        let donor = signed(from.get(&forms));
        let (start, end) = (from.index(donor.len()), to.index(bytes.len()));
        let piece = &donor[start..donor.len().min(start + taken % 40)];
        let gone = end..bytes.len().min(end + replaced % 40);
        bytes.splice(gone, piece.iter().copied());
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..300)) {
        has_one_form(&bytes);
        manifest_has_one_form(&bytes);
        let _ = Receipt::decode(&bytes);
        let _ = Refusal::decode(&bytes);
    }

    #[test]
    fn a_spliced_entry_has_one_form(bytes in spliced()) {
        has_one_form(&bytes);
    }

    #[test]
    fn bytes_written_over_an_entry_leave_one_form(
        entry in any::<Index>(),
        places in vec((any::<Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = signed(entry.get(&every_form()));
        for (place, byte) in places {
            let index = place.index(bytes.len());
            bytes[index] = byte;
        }
        has_one_form(&bytes);
    }

    #[test]
    fn bytes_written_over_a_manifest_leave_one_form(
        places in vec((any::<Index>(), b' '..b'~'), 1..4),
    ) {
        let mut bytes = manifest().payload();
        for (place, byte) in places {
            let index = place.index(bytes.len());
            bytes[index] = byte;
        }
        manifest_has_one_form(&bytes);
    }
}
