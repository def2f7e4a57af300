//! Entry bundles: up to 256 consecutive entries in one immutable file (C2SP tlog-tiles).
//!
//! Each entry stands after its length as two bytes, the more significant first.

use crate::tile::TILE_WIDTH;

/// No entry is longer: its length has two bytes.
pub const MAX_ENTRY_BYTES: usize = 65_535;

/// No bundle is longer.
pub const MAX_BUNDLE_BYTES: usize = TILE_WIDTH as usize * (2 + MAX_ENTRY_BYTES);

/// Why entries or a bundle were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// An entry of 0 bytes or of more than 65,535.
    #[error("an entry has 1 to 65,535 bytes")]
    EntryLength,
    /// More or fewer entries than the file's name says, or not 1 to 256 of them.
    #[error("the bundle does not hold the number of entries its name says")]
    Width,
    /// The file ends inside an entry, or goes on after the last.
    #[error("the bundle ends inside an entry or after its last one")]
    Length,
}

/// Checks that an entry's length is one the board can hold.
///
/// # Errors
/// When the entry is empty or longer than [`MAX_ENTRY_BYTES`].
pub fn check_entry_length(entry: &[u8]) -> Result<(), BundleError> {
    if (1..=MAX_ENTRY_BYTES).contains(&entry.len()) {
        Ok(())
    } else {
        Err(BundleError::EntryLength)
    }
}

/// The file of 1 to 256 entries.
///
/// # Errors
/// When there are none or too many, or one has a length the board cannot hold.
pub fn encode_bundle<E: AsRef<[u8]>>(entries: &[E]) -> Result<Vec<u8>, BundleError> {
    if !(1..=usize::from(TILE_WIDTH)).contains(&entries.len()) {
        return Err(BundleError::Width);
    }
    let mut bytes = Vec::new();
    for entry in entries.iter().map(AsRef::as_ref) {
        check_entry_length(entry)?;
        let length = u16::try_from(entry.len()).map_err(|_| BundleError::EntryLength)?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Ok(bytes)
}

/// The entries in the file of a bundle that must hold exactly `width` of them.
///
/// # Errors
/// When the file holds more or fewer, an empty entry, or ends in the wrong place.
pub fn decode_bundle(bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, BundleError> {
    if !(1..=TILE_WIDTH).contains(&width) {
        return Err(BundleError::Width);
    }
    let mut entries = Vec::with_capacity(usize::from(width));
    let mut rest = bytes;
    for _ in 0..width {
        let (length, after) = rest.split_first_chunk::<2>().ok_or(BundleError::Length)?;
        let (entry, after) = after
            .split_at_checked(usize::from(u16::from_be_bytes(*length)))
            .ok_or(BundleError::Length)?;
        check_entry_length(entry)?;
        entries.push(entry);
        rest = after;
    }
    if rest.is_empty() {
        Ok(entries)
    } else {
        Err(BundleError::Length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_lengths_and_entries() {
        let bytes = encode_bundle(&[&b"a"[..], &[7; 258]]).unwrap();
        assert_eq!(bytes[..3], [0, 1, b'a']);
        assert_eq!(bytes[3..5], [1, 2]);
        assert_eq!(decode_bundle(&bytes, 2).unwrap(), [&b"a"[..], &[7; 258]]);
    }

    #[test]
    fn entries_have_1_to_65535_bytes() {
        let longest = vec![0; MAX_ENTRY_BYTES];
        let bytes = encode_bundle(&[&longest]).unwrap();
        assert_eq!(decode_bundle(&bytes, 1).unwrap(), [&longest[..]]);
        let too_long = vec![0; MAX_ENTRY_BYTES + 1];
        assert_eq!(encode_bundle(&[&too_long]), Err(BundleError::EntryLength));
        assert_eq!(encode_bundle(&[b""]), Err(BundleError::EntryLength));
        assert_eq!(decode_bundle(&[0, 0], 1), Err(BundleError::EntryLength));
    }

    #[test]
    fn a_bundle_holds_1_to_256_entries() {
        assert_eq!(encode_bundle::<&[u8]>(&[]), Err(BundleError::Width));
        let full = encode_bundle(&[b"x"; 256]).unwrap();
        assert_eq!(decode_bundle(&full, 256).unwrap().len(), 256);
        assert_eq!(encode_bundle(&[b"x"; 257]), Err(BundleError::Width));
        assert_eq!(decode_bundle(&[], 0), Err(BundleError::Width));
        assert_eq!(
            decode_bundle(&[0, 1, b'x'].repeat(257), 257),
            Err(BundleError::Width)
        );
    }

    #[test]
    fn a_bundle_ends_with_its_last_entry() {
        let bytes = encode_bundle(&[&b"one"[..], b"two"]).unwrap();
        for end in 0..bytes.len() {
            assert_eq!(
                decode_bundle(&bytes[..end], 2),
                Err(BundleError::Length),
                "{end}"
            );
        }
        assert_eq!(decode_bundle(&bytes, 1), Err(BundleError::Length));
        assert_eq!(decode_bundle(&bytes, 3), Err(BundleError::Length));
        assert_eq!(
            decode_bundle(&[&bytes[..], &[0]].concat(), 2),
            Err(BundleError::Length)
        );
    }
}
