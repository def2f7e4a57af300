//! Hashes of files, in the forms browsers and the board want.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256, Sha384};

/// As in `open` and in `files.json`: SHA-256 in unpadded base64url.
pub(super) fn sha256(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(bytes))
}

/// As in the attribute `integrity`: SHA-384.
pub(super) fn subresource(bytes: &[u8]) -> String {
    format!("sha384-{}", STANDARD.encode(Sha384::digest(bytes)))
}

/// How many bytes travel, with gzip at its usual level.
pub(super) fn compressed_bytes(bytes: &[u8]) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let compressed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    // Writing to memory does not fail.
    compressed.map_or(bytes.len(), |compressed| compressed.len())
}
