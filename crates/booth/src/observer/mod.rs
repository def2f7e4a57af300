//! The verifier's own code on a page: the same checks, the same report as `urne-verify`.
//!
//! The verifier reads files when it wants them, one after the other; a page lets it do so in a worker, where JavaScript may wait.
//!
//! - [`bindings`]: what JavaScript sees

pub mod bindings;

use std::cell::RefCell;

use rand::TryRng as _;
use rand::rngs::SysRng;
use serde_json::value::RawValue;
use urne_verify::{CheckStatus, NoRandomness, Options, Progress, ReadError, Report, verify};

use crate::failure::Failure;

/// Where a full and a partial first bundle lie; entry 0, the manifest, is the first in either.
const FIRST_BUNDLE: &str = "tile/entries/000";

/// Verifies a record and answers one JSON object: `report`, as `urne-verify --json` prints it; `text`, as it prints it without;
/// `manifest`, entry 0 as it stands on the board, or null where the verifier does not accept it.
///
/// # Errors
/// `report`: the report is no JSON, which would be a mistake of ours.
pub fn verify_record(
    read: impl Fn(&str, usize) -> Result<Option<Vec<u8>>, ReadError>,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<String, Failure> {
    let first = RefCell::new(None);
    let source = |path: &str, limit: usize| {
        let file = read(path, limit)?;
        if path.strip_prefix(FIRST_BUNDLE).is_some_and(is_name_end) {
            first.replace(file.as_deref().and_then(first_payload));
        }
        Ok(file)
    };
    let randomness = |bytes: &mut [u8]| SysRng.try_fill_bytes(bytes).map_err(|_| NoRandomness);
    let report = verify(&source, options, &randomness, progress);
    let manifest = first.take().filter(|_| has_manifest(&report));
    let page = Page {
        report: raw(report.to_json())?,
        text: report.to_text(),
        manifest: manifest.map(raw).transpose()?,
    };
    serde_json::to_string(&page).map_err(Failure::of("report"))
}

/// What the page gets.
#[derive(serde::Serialize)]
struct Page {
    report: Box<RawValue>,
    text: String,
    manifest: Option<Box<RawValue>>,
}

fn raw(json: String) -> Result<Box<RawValue>, Failure> {
    RawValue::from_string(json).map_err(Failure::of("report"))
}

/// Whether V2 holds: entry 0 is a manifest, and signed.
fn has_manifest(report: &Report) -> bool {
    let second = report.checks.get(1);
    second.is_some_and(|check| check.status == CheckStatus::Pass)
}

/// Nothing, or the width of a partial bundle.
fn is_name_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(".p/")
}

/// The payload of the first entry of a bundle: what stands before the first newline.
fn first_payload(bundle: &[u8]) -> Option<String> {
    let (length, rest) = bundle.split_first_chunk::<2>()?;
    let entry = rest.get(..usize::from(u16::from_be_bytes(*length)))?;
    let payload = entry.split(|byte| *byte == b'\n').next()?;
    String::from_utf8(payload.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_first_payload_is_what_stands_before_the_signature() {
        let bundle = b"\x00\x09{\"a\":1}\nS\x00\x01x";
        assert_eq!(first_payload(bundle).as_deref(), Some("{\"a\":1}"));
        assert_eq!(first_payload(b"\x00\x09{\"a\""), None);
        assert_eq!(first_payload(b"\x00"), None);
    }

    #[test]
    fn a_record_without_files_fails_its_first_check_and_shows_no_manifest() {
        let nothing = |_: &str, _: usize| Ok(None);
        let json = verify_record(nothing, &Options::default(), &mut |_| {}).unwrap();
        let page: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(page["report"]["verdict"], "fail");
        assert_eq!(page["report"]["checks"][0]["status"], "fail");
        assert_eq!(page["manifest"], Value::Null);
        assert!(page["text"].as_str().unwrap().ends_with("Verdict: FAIL\n"));
    }
}
