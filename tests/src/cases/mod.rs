//! For every check a record in which it is the first to fail, and records in which all is well.
//!
//! One list serves the tamper tests and `spec/vectors/`: each case says what is expected and why.

mod ballots;
mod ceremony;
mod files;
mod manifests;
mod order;
mod outcomes;
mod roll;
mod soundness;
mod tally;
mod whole;

use crate::record::Record;

/// A record with what a verifier must say of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// file name of the vector, without ending
    pub name: String,
    /// what was done to the record, and why the check must see it
    pub why: String,
    /// `pass`, `fail` or `incomplete`
    pub verdict: &'static str,
    /// the check that fails first
    pub first_failure: Option<&'static str>,
    /// guilty trustee and role, where the ceremony failed
    pub ceremony: Option<(u32, &'static str)>,
    /// the election id given to the verifier, base64url
    pub election: Option<String>,
    /// receipts given to the verifier
    pub receipts: Vec<Vec<u8>>,
    /// what becomes of them
    pub receipt_states: Vec<&'static str>,
    /// the result as JSON text, where it is part of the expectation
    pub result: Option<String>,
    /// the record
    pub record: Record,
}

impl Case {
    /// A record in which all is well.
    pub fn pass(name: &str, why: &str, record: Record) -> Case {
        Case {
            name: name.to_owned(),
            why: why.to_owned(),
            verdict: "pass",
            first_failure: None,
            ceremony: None,
            election: None,
            receipts: Vec::new(),
            receipt_states: Vec::new(),
            result: None,
            record,
        }
    }

    /// A record in which this check fails first.
    pub fn fail(check: &'static str, name: &str, why: &str, record: Record) -> Case {
        Case {
            verdict: "fail",
            first_failure: Some(check),
            ..Case::pass(&format!("{}-{name}", check.to_lowercase()), why, record)
        }
    }

    /// A record that has not ended.
    pub fn incomplete(name: &str, why: &str, record: Record) -> Case {
        Case {
            verdict: "incomplete",
            ..Case::pass(&format!("incomplete-{name}"), why, record)
        }
    }
}

/// All cases, in the order of the checks.
pub fn all() -> Vec<Case> {
    [
        whole::cases(),
        files::cases(),
        ceremony::cases(),
        roll::cases(),
        ballots::cases(),
        tally::cases(),
        soundness::cases(),
        outcomes::cases(),
        order::cases(),
        manifests::cases(),
    ]
    .concat()
}
