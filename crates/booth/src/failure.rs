//! Why something could not be done. A page shows the sentence of its own language for the code; the detail is for those who help.

use std::collections::BTreeMap;

use serde::Serialize;

/// What a façade answers instead of what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// stable: lower-case words joined by `-`
    pub code: &'static str,
    /// the name of the sentence in the files of `web/words/`
    #[serde(rename = "message-key")]
    pub message_key: String,
    /// what happened, in English, for those who help
    pub detail: String,
    /// what the sentence names, by placeholder
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<&'static str, String>,
}

impl Failure {
    /// A failure by its code; the sentence that people read is `failure.CODE`.
    pub fn new(code: &'static str, detail: impl ToString) -> Failure {
        Failure {
            code,
            message_key: format!("failure.{code}"),
            detail: detail.to_string(),
            values: BTreeMap::new(),
        }
    }

    /// The same, with what its sentence names.
    #[must_use]
    pub fn with(self, values: impl IntoIterator<Item = (&'static str, String)>) -> Failure {
        Failure {
            values: values.into_iter().collect(),
            ..self
        }
    }

    /// For `map_err`.
    pub fn of<E: core::fmt::Display>(code: &'static str) -> impl Fn(E) -> Failure {
        move |error| Failure::new(code, error)
    }

    /// The JSON object that a page reads.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| self.code.to_owned())
    }
}

/// JavaScript catches the JSON text.
impl From<Failure> for wasm_bindgen::JsValue {
    fn from(failure: Failure) -> wasm_bindgen::JsValue {
        wasm_bindgen::JsValue::from_str(&failure.to_json())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_finds_its_sentence_by_the_code() {
        let failure = Failure::new("not-open", "the ballot box is \"shut\"");
        let json: serde_json::Value = serde_json::from_str(&failure.to_json()).unwrap();
        assert_eq!(json["code"], "not-open");
        assert_eq!(json["message-key"], "failure.not-open");
        assert_eq!(json["detail"], "the ballot box is \"shut\"");
    }
}
