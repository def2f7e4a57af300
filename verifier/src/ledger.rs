//! What the checks concerned and found, while a record is read (spec/verification.md, Checks).

/// The number of a check, 1 to 27.
pub type CheckNumber = usize;

/// V1 to V27.
pub(crate) const CHECKS: usize = 27;

/// More void entries than these are counted, not listed.
const MOST_LISTED: usize = 100_000;

/// A condition as a verdict.
pub(crate) fn require(condition: bool, otherwise: &str) -> Result<(), String> {
    if condition { Ok(()) } else { Err(otherwise.to_owned()) }
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

/// One check so far.
#[derive(Clone, Default)]
pub(crate) struct Finding {
    /// how many things it concerned
    pub concerned: u64,
    /// how many of them were wrong
    pub wrong: u64,
    /// the first of these
    pub first: Option<String>,
}

/// All checks so far, and the void entries.
pub(crate) struct Ledger {
    findings: [Finding; CHECKS + 1],
    pub void: Vec<Void>,
    /// void entries beyond those listed
    pub more_void: u64,
}

impl Default for Ledger {
    fn default() -> Self {
        Ledger { findings: std::array::from_fn(|_| Finding::default()), void: vec![], more_void: 0 }
    }
}

impl Ledger {
    /// The check concerns one thing more.
    pub(crate) fn concern(&mut self, check: CheckNumber) {
        if let Some(finding) = self.findings.get_mut(check) {
            finding.concerned += 1;
        }
    }

    /// Something the check concerns is wrong.
    pub(crate) fn fail(&mut self, check: CheckNumber, why: String) {
        if let Some(finding) = self.findings.get_mut(check) {
            finding.wrong += 1;
            finding.first.get_or_insert(why);
        }
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

    /// What a check found so far.
    pub(crate) fn finding(&self, check: CheckNumber) -> Finding {
        self.findings.get(check).cloned().unwrap_or_default()
    }
}
