//! What the checks concerned and found, while a record is read (spec/verification.md, Checks).

use std::collections::BTreeMap;

/// The number of a check, 1 to 27.
pub type CheckNumber = usize;

/// More void entries than these are counted, not listed.
const MOST_LISTED: usize = 100_000;

/// What was looked for, or in words for people why it is not so.
pub(crate) type Found<T = ()> = Result<T, String>;

/// A condition as a verdict.
pub(crate) fn require(condition: bool, otherwise: &str) -> Found {
    if condition { Ok(()) } else { Err(otherwise.to_owned()) }
}

/// Several conditions with their complaints; the first that does not hold decides.
pub(crate) fn require_all<const N: usize>(conditions: [(bool, &str); N]) -> Found {
    conditions.into_iter().try_for_each(|(condition, otherwise)| require(condition, otherwise))
}

/// A void entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Void {
    /// of the entry
    pub index: u64,
    /// the one check it is charged to
    pub check: CheckNumber,
    /// for people
    pub why: String,
}

/// Why judging an entry went no further.
pub(crate) enum Stop {
    /// it is void, and charged to this check
    Void(CheckNumber, String),
    /// the record could not be read again
    Unreadable(String),
}

/// What came of judging an entry.
pub(crate) type Judged = Result<(), Stop>;

impl From<String> for Stop {
    fn from(why: String) -> Self {
        Stop::Unreadable(why)
    }
}

/// One check so far.
#[derive(Clone, Default)]
pub(crate) struct Finding {
    /// how many things it concerned
    pub concerned: u64,
    /// how many of them were wrong
    pub wrong: u64,
    /// the first of these
    pub first: String,
}

/// All checks of entries so far, and the void entries.
#[derive(Default)]
pub(crate) struct Ledger {
    pub findings: BTreeMap<CheckNumber, Finding>,
    pub void: Vec<Void>,
    /// void entries beyond those listed
    pub more_void: u64,
}

impl Ledger {
    /// The check concerns an entry, whose judging ends here if the verdict is against it.
    pub(crate) fn settle<T, W: Into<String>>(
        &mut self,
        check: CheckNumber,
        verdict: Result<T, W>,
    ) -> Result<T, Stop> {
        self.findings.entry(check).or_default().concerned += 1;
        verdict.map_err(|why| Stop::Void(check, why.into()))
    }

    /// Something the check concerns is wrong.
    pub(crate) fn fail(&mut self, check: CheckNumber, why: String) {
        let finding = self.findings.entry(check).or_default();
        if finding.wrong == 0 {
            finding.first = why;
        }
        finding.wrong += 1;
    }

    /// An entry is void.
    pub(crate) fn void(&mut self, index: u64, check: CheckNumber, why: String) {
        self.fail(check, format!("entry {index}: {why}"));
        if self.void.len() < MOST_LISTED {
            self.void.push(Void { index, check, why });
        } else {
            self.more_void += 1;
        }
    }
}
