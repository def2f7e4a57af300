//! The observer's module as JavaScript sees it; to be called in a worker.

use js_sys::{Function, Uint8Array};
use urne_verify::{Options, ReadError, from_base64url};
use wasm_bindgen::prelude::{JsCast as _, JsValue, wasm_bindgen};

use super::verify_record;
use crate::failure::Failure;

/// Verifies a record. `read(path, limit)` answers a `Uint8Array`, `null` where there is no such file, or throws where it cannot
/// be read or is longer than `limit` bytes. `election`: the id on the letter (base64url), if there is one to compare with.
/// `receipt`: the bytes of a receipt file, if there is one. `progress(entries, of)` is told how far the verifier has come.
/// Answers the JSON object of [`verify_record`].
#[wasm_bindgen]
pub fn verify(
    read: &Function,
    election: Option<String>,
    receipt: Option<Vec<u8>>,
    progress: &Function,
) -> Result<String, Failure> {
    let options = Options {
        election: election.as_deref().map(election_id).transpose()?,
        receipts: receipt.into_iter().collect(),
    };
    let source = |path: &str, limit: usize| ask(read, path, limit);
    verify_record(source, &options, &mut |step| {
        let [entries, of] = [step.entries, step.of].map(|count| JsValue::from_f64(count as f64));
        // A page that does not listen changes nothing.
        let _ = progress.call2(&JsValue::NULL, &entries, &of);
    })
}

fn election_id(text: &str) -> Result<[u8; 32], Failure> {
    let bytes = from_base64url(text).and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| Failure::new("election-id", "not 43 characters of base64url"))
}

/// A file, as the page gives it.
fn ask(read: &Function, path: &str, limit: usize) -> Result<Option<Vec<u8>>, ReadError> {
    let most = JsValue::from_f64(limit as f64);
    let given = read.call2(&JsValue::NULL, &JsValue::from_str(path), &most);
    let given = given.map_err(|thrown| ReadError(words(&thrown)))?;
    if given.is_null() || given.is_undefined() {
        return Ok(None);
    }
    let bytes = given.dyn_into::<Uint8Array>();
    let bytes =
        bytes.map_err(|_| ReadError("the page gave something else than bytes".to_owned()))?;
    // Asked before it is copied: a file can claim any length.
    if bytes.length() as usize > limit {
        return Err(ReadError(format!("longer than {limit} bytes")));
    }
    Ok(Some(bytes.to_vec()))
}

/// What was thrown, in words.
fn words(thrown: &JsValue) -> String {
    let message = thrown
        .dyn_ref::<js_sys::Error>()
        .map(|error| error.message());
    let message = message.map(String::from).or_else(|| thrown.as_string());
    message.unwrap_or_else(|| "it cannot be read".to_owned())
}
