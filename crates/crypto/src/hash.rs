//! Labelled, length-prefixed hashing.
//!
//! Source: `spec/notation.md`, "Hashes".

use sha2::{Digest, Sha256, Sha512};

/// H256(label, parts…): SHA-256 over length-prefixed parts, 32 bytes.
pub fn hash_256(label: &str, parts: &[&[u8]]) -> [u8; 32] {
    absorb(Sha256::new(), label, parts).into()
}

/// H512(label, parts…): SHA-512 over length-prefixed parts, 64 bytes.
pub fn hash_512(label: &str, parts: &[&[u8]]) -> [u8; 64] {
    absorb(Sha512::new(), label, parts).into()
}

/// SHA-256 of plain bytes: the election id, ctx, files of the booth.
pub fn fingerprint(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// lp(x): the length as four little-endian bytes, then x.
pub fn length_prefixed(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 4);
    out.extend_from_slice(&length(bytes));
    out.extend_from_slice(bytes);
    out
}

fn absorb<D: Digest>(mut digest: D, label: &str, parts: &[&[u8]]) -> sha2::digest::Output<D> {
    for part in core::iter::once(&label.as_bytes()).chain(parts) {
        digest.update(length(part));
        digest.update(part);
    }
    digest.finalize()
}

fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len())
        .expect("invariant: everything hashed is far below 4 GiB")
        .to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_be_shifted_into_each_other() {
        assert_ne!(
            hash_256("label", &[b"ab", b"c"]),
            hash_256("label", &[b"a", b"bc"])
        );
        assert_ne!(hash_512("label", &[b""]), hash_512("label", &[]));
    }

    #[test]
    fn the_prefixed_form_is_what_is_hashed() {
        let mut bytes = length_prefixed(b"label");
        bytes.extend(length_prefixed(b"part"));
        assert_eq!(hash_256("label", &[b"part"]), fingerprint(&bytes));
        assert_eq!(&bytes[..9], b"\x05\0\0\0label");
    }
}
