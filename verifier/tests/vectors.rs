//! Every vector of spec/vectors: a whole record, and what a verifier must say about it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use urne_verify::{NoRandomness, Options, ReadError, from_base64url, verify};

fn randomness(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    use rand::TryRng;
    rand::rngs::SysRng.try_fill_bytes(bytes).map_err(|_| NoRandomness)
}

/// What the verifier says about a vector, in the words of the vectors.
fn report(vector: &Value) -> Value {
    let files: BTreeMap<String, Vec<u8>> = vector["files"]
        .as_object()
        .expect("files")
        .iter()
        .map(|(path, bytes)| {
            let bytes = STANDARD.decode(bytes.as_str().expect("base64")).expect("base64");
            (path.clone(), bytes)
        })
        .collect();
    let source = |path: &str, limit: usize| match files.get(path) {
        Some(bytes) if bytes.len() > limit => Err(ReadError("too long".to_owned())),
        found => Ok(found.cloned()),
    };
    let election = vector["election"].as_str().map(|id| {
        from_base64url(id).and_then(|id| id.try_into().ok()).expect("an id of 43 characters")
    });
    let receipts = vector["receipts"].as_array().cloned().unwrap_or_default();
    let receipts = receipts.iter().map(|text| text.as_str().expect("text").as_bytes().to_vec());
    let options = Options { election, receipts: receipts.collect() };
    let report = verify(&source, &options, &randomness, &mut |_| ());
    assert!(!report.to_text().is_empty());
    let mut json: Value = serde_json::from_str(&report.to_json()).expect("the report is JSON");
    json["first_failure"] = match report.first_failure() {
        Some(number) => format!("V{number}").into(),
        None => Value::Null,
    };
    let states = json["receipts"].as_array().cloned().unwrap_or_default();
    json["receipts"] = states.into_iter().map(|receipt| receipt["state"].clone()).collect();
    json
}

/// The differences between what is expected and what was said.
fn differences(expect: &Value, said: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    for (name, expected) in expect.as_object().expect("expect") {
        let mut found = said[name].clone();
        if name == "void" {
            // The reasons are for people.
            for void in found.as_array_mut().expect("void") {
                void.as_object_mut().expect("void").remove("why");
            }
        }
        if *expected != found {
            differences.push(format!("{name}: expected {expected}, found {found}"));
        }
    }
    differences
}

#[test]
fn every_vector_gets_the_verdict_it_expects() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/vectors");
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .expect("the folder spec/vectors")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no vectors");
    let mut wrong = Vec::new();
    for path in paths {
        let vector = fs::read(&path).expect("readable");
        let vector: Value = serde_json::from_slice(&vector).expect("JSON");
        let said = report(&vector);
        for difference in differences(&vector["expect"], &said) {
            wrong.push(format!("{}: {difference}\n  why: {}", path.display(), vector["why"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
