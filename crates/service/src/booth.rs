//! The booth: the static pages with WebAssembly that `cargo xtask booth` built, a part of this very program.
//!
//! A server built without them serves none, and says so.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::Embed;
use urne_election::json::base64url;

#[derive(Embed)]
#[folder = "../booth/dist"]
struct Dist;

/// A file of the booth.
pub(crate) struct BoothFile {
    /// what is in it
    pub(crate) bytes: Vec<u8>,
    /// the same with gzip, where that is shorter
    pub(crate) compressed: Option<Vec<u8>>,
    /// its SHA-256, as a header ETag
    pub(crate) tag: String,
    /// for the header Content-Type
    pub(crate) media_type: &'static str,
    /// only to be kept: its scripts are inside, which no page of this server may have
    pub(crate) is_download: bool,
}

static FILES: LazyLock<BTreeMap<String, BoothFile>> = LazyLock::new(|| {
    let files = Dist::iter().filter_map(|path| {
        let file = Dist::get(&path)?;
        let tag = format!("\"{}\"", base64url(&file.metadata.sha256_hash()));
        Some((path.to_string(), read(&path, file.data.into_owned(), tag)))
    });
    files.collect()
});

fn read(path: &str, bytes: Vec<u8>, tag: String) -> BoothFile {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    BoothFile {
        compressed: compressed(&bytes),
        bytes,
        tag,
        media_type: media_type(extension),
        is_download: path.ends_with("-offline.html"),
    }
}

fn media_type(extension: &str) -> &'static str {
    match extension {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Nothing where it would not be shorter.
fn compressed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.ok().filter(|shorter| shorter.len() < bytes.len())
}

/// A file by its path below `/booth/`.
pub(crate) fn file(path: &str) -> Option<&'static BoothFile> {
    FILES.get(path)
}

/// Whether this server was built with a booth.
pub fn is_built() -> bool {
    FILES.contains_key("files.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_was_built_is_inside() {
        let dist = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../booth/dist");
        if !dist.join("files.json").is_file() {
            println!("SKIPPED: `cargo xtask booth` has not built the booth");
            return;
        }
        let list = std::fs::read(dist.join("files.json")).unwrap();
        let list: Vec<serde_json::Value> = serde_json::from_slice(&list).unwrap();
        assert!(list.len() > 5, "{list:?}");
        for listed in list {
            let path = listed["path"].as_str().unwrap();
            let inside = file(path).unwrap_or_else(|| panic!("{path} is not inside"));
            let on_disk = std::fs::read(dist.join(path)).unwrap();
            assert!(inside.bytes == on_disk, "{path} differs");
            let tag = format!("\"{}\"", listed["sha256"].as_str().unwrap());
            assert_eq!(inside.tag, tag, "{path}");
        }
        assert!(is_built());
    }

    #[test]
    fn what_gets_longer_is_not_compressed() {
        assert!(compressed(b"x").is_none());
        assert!(compressed(&[7; 1000]).is_some_and(|bytes| bytes.len() < 100));
    }
}
