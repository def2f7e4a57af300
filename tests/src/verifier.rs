//! Asks the independent verifier about a record, and reads its JSON as any program would.

use rand::TryRng as _;
use rand::rngs::SysRng;
use serde_json::Value;
use urne_board::record::RecordReader;
use urne_client::replica::Replica;
use urne_election::phase::Phase;
use urne_verify::{NoRandomness, Options, ReadError, verify};

use crate::cases::Case;
use crate::record::Record;

/// What `urne-verify --json` prints for this record.
pub fn judge(record: &Record, election: Option<[u8; 32]>, receipts: Vec<Vec<u8>>) -> Value {
    let source = |path: &str, _limit: usize| -> Result<Option<Vec<u8>>, ReadError> {
        Ok(record.read(path).map(<[u8]>::to_vec))
    };
    let randomness = |buffer: &mut [u8]| SysRng.try_fill_bytes(buffer).map_err(|_| NoRandomness);
    let options = Options { election, receipts };
    let report = verify(&source, &options, &randomness, &mut |_| {});
    serde_json::from_str(&report.to_json()).expect("the verifier prints JSON")
}

/// The check that fails first, if any.
pub fn first_failure(report: &Value) -> Option<String> {
    let checks = report["checks"].as_array().expect("a list of checks");
    let failed = checks.iter().find(|check| check["status"] == "fail")?;
    Some(failed["id"].as_str().expect("an id").to_owned())
}

/// What the crates' own state machine says of a record whose log is in order: the void entries with their checks, and whether
/// the election has ended.
pub fn crates_view(record: &Record) -> Option<(Vec<(u64, String)>, bool)> {
    let read = |path: &str| record.read(path).map(<[u8]>::to_vec).ok_or("missing");
    let mut entries = RecordReader::open(read).ok()?.entries().ok()?.into_iter();
    let mut replica = Replica::start(entries.next()?).ok()?;
    for entry in entries {
        replica.replay(entry);
    }
    let void = replica.void().iter();
    let void = void
        .map(|(index, void)| (*index, format!("V{}", void.check as u8)))
        .collect();
    let ended = match replica.election().phase() {
        Phase::Sealing(phase) => phase.tally().is_some(),
        _ => false,
    };
    Some((void, ended))
}

/// Whether the checks everything depends on hold, so that there is more to say.
pub fn has_foundations(case: &Case) -> bool {
    !matches!(
        case.first_failure,
        Some("V1" | "V2" | "V3" | "V4" | "V5" | "V6")
    )
}

/// Where the verifier's word differs from what the case expects.
pub fn difference(case: &Case) -> Option<String> {
    let election = case.election.as_deref().map(|id| {
        urne_election::json::from_base64url(id).expect("a case's id is 32 bytes in base64url")
    });
    let report = judge(&case.record, election, case.receipts.clone());
    let mut wrong = Vec::new();
    let mut compare = |what: &str, found: String, expected: String| {
        if found != expected {
            wrong.push(format!("{what}: {found}, expected {expected}"));
        }
    };
    compare(
        "verdict",
        report["verdict"].to_string(),
        format!("\"{}\"", case.verdict),
    );
    compare(
        "first failure",
        format!("{:?}", first_failure(&report)),
        format!("{:?}", case.first_failure),
    );
    let guilty = case
        .ceremony
        .map(|(trustee, role)| serde_json::json!({"guilty": trustee, "role": role}));
    compare(
        "ceremony",
        report["ceremony"].to_string(),
        guilty.unwrap_or(Value::Null).to_string(),
    );
    let states: Vec<&str> = report["receipts"]
        .as_array()
        .map(|list| {
            list.iter()
                .filter_map(|receipt| receipt["state"].as_str())
                .collect()
        })
        .unwrap_or_default();
    compare(
        "receipts",
        format!("{states:?}"),
        format!("{:?}", case.receipt_states),
    );
    if let Some(result) = &case.result {
        let expected: Value = serde_json::from_str(result).expect("a result is JSON");
        compare("result", report["result"].to_string(), expected.to_string());
    }
    if has_foundations(case) {
        let (void, ended) = crates_view(&case.record).expect("a log that is in order");
        let found = report["void"]
            .as_array()
            .map_or(&[][..], Vec::as_slice)
            .iter();
        let found: Vec<String> = found
            .map(|entry| format!("{} {}", entry["index"], entry["check"]))
            .collect();
        let void: Vec<String> = void
            .iter()
            .map(|(index, check)| format!("{index} \"{check}\""))
            .collect();
        compare("void", format!("{found:?}"), format!("{void:?}"));
        compare("ended", report["ended"].to_string(), ended.to_string());
    }
    let checks = report["checks"].as_array().map_or(0, Vec::len);
    compare("number of checks", checks.to_string(), "27".into());
    (!wrong.is_empty()).then(|| format!("{}: {}\n{report:#}", case.name, wrong.join("; ")))
}
