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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_counts_what_it_concerned_and_names_the_first_fault() {
        let mut ledger = Ledger::default();
        assert!(ledger.settle(9, Ok::<u8, String>(7)).is_ok_and(|value| value == 7));
        let Err(Stop::Void(check, why)) = ledger.settle(9, Err::<(), &str>("bad")) else {
            unreachable!("settled against it");
        };
        assert_eq!((check, why.as_str()), (9, "bad"));
        ledger.void(4, check, why);
        ledger.void(6, 9, "worse".to_owned());
        let finding = &ledger.findings[&9];
        assert_eq!((finding.concerned, finding.wrong), (2, 2));
        assert_eq!(finding.first, "entry 4: bad");
    }

    #[test]
    fn void_entries_beyond_the_first_100000_are_counted() {
        let mut ledger = Ledger::default();
        for index in 0..100_002 {
            ledger.void(index, 9, String::new());
        }
        assert_eq!((ledger.void.len(), ledger.more_void), (100_000, 2));
        assert_eq!(ledger.void[99_999].index, 99_999);
    }

    #[test]
    fn the_first_condition_that_does_not_hold_decides() {
        assert_eq!(require_all([(true, "a"), (false, "b"), (false, "c")]), Err("b".to_owned()));
        assert_eq!(require_all([(true, "a")]), Ok(()));
    }
}
