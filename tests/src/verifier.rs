//! Asks the independent verifier about a record, and reads its JSON as any program would.

use rand::TryRng as _;
use rand::rngs::SysRng;
use serde_json::Value;
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
    let checks = report["checks"].as_array().map_or(0, Vec::len);
    compare("number of checks", checks.to_string(), "27".into());
    (!wrong.is_empty()).then(|| format!("{}: {}\n{report:#}", case.name, wrong.join("; ")))
}
