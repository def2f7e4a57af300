//! The report: the table of checks, data, one JSON object (spec/verification.md, Verdict and Report).

use std::fmt::Debug;

use crate::ceremony::Guilt;
use crate::encoding::to_base64url;
use crate::entry::Phase;
use crate::ledger::{CheckNumber, Found, Void};
use crate::manifest::Manifest;
use crate::outcome::{Outcome, list};
use crate::receipt::Standing;

/// How a check went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CheckStatus {
    /// carried out, and true
    Pass,
    /// something it concerns is wrong
    Fail,
    /// a check it depends on failed
    NotRun,
    /// the record has nothing for it to concern
    NotApplicable,
}

/// One of the 27 checks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// how it went
    pub status: CheckStatus,
    /// for people
    pub detail: String,
}

impl Check {
    pub(crate) fn new(status: CheckStatus, detail: impl Into<String>) -> Check {
        Check { status, detail: detail.into() }
    }

    pub(crate) fn fail(why: impl Into<String>) -> Check {
        Check::new(CheckStatus::Fail, why)
    }

    pub(crate) fn not_applicable() -> Check {
        Check::new(CheckStatus::NotApplicable, "nothing to check")
    }

    pub(crate) fn from_found(found: Found, good: &str) -> Check {
        found.map_or_else(Check::fail, |()| Check::new(CheckStatus::Pass, good))
    }
}

/// What all checks amount to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// everything holds and the election has ended
    Pass,
    /// a check failed
    Fail,
    /// not ended, or a check was not run
    Incomplete,
}

/// A kept checkpoint that could be read.
pub struct Kept {
    /// "open" or "close"
    pub turn: &'static str,
    /// entries of the log
    pub size: u64,
    /// the timestamps of the cosignatures counted
    pub times: Vec<u64>,
}

/// Everything a verification found.
#[derive(Default)]
pub struct Report {
    /// known once V2 holds
    pub election: Option<[u8; 32]>,
    /// whether an election id was given to compare with
    pub compared: bool,
    /// V1 to V27
    pub checks: Vec<Check>,
    /// by index
    pub void: Vec<Void>,
    /// void entries beyond those listed
    pub more_void: u64,
    /// who made the ceremony fail
    pub guilt: Option<Guilt>,
    /// where the record ends
    pub phase: Option<Phase>,
    /// in the order of the receipts given
    pub receipts: Vec<Standing>,
    /// present once the election has ended
    pub outcome: Option<Outcome>,
    /// the checkpoints around `open` and `close`
    pub kept: Vec<Kept>,
    /// trustees who sealed with `memory: lost`
    pub memory_lost: Vec<u32>,
    /// closing hours announced after the manifest's
    pub extensions: Vec<u64>,
    /// trustees who stated that their key is destroyed
    pub destructions: Vec<u32>,
    pub(crate) manifest: Option<Manifest>,
}

/// What each check is about, and what its failure means (the table of spec/verification.md).
pub(crate) const CHECKS: [(&str, &str); 27] = [
    ("files", "the copy is damaged or incomplete; nothing can be said"),
    ("manifest", "not an election of this protocol"),
    ("trustees' keys", "a trustee may not know their key; the organizer must not have accepted it"),
    ("election id", "this is another election than the one on your letter"),
    ("checkpoint", "the server did not sign this state of the board"),
    ("tree", "the entries are not those the log committed to"),
    ("kept checkpoints", "the server hides or rewrote the board around opening or closing"),
    ("cosignatures", "two versions of the board may exist"),
    ("form of entries", VOID),
    ("signatures of entries", VOID),
    ("deals", VOID),
    ("confirms", VOID),
    ("complaints", VOID),
    ("roll", VOID),
    ("issuers' proofs", VOID),
    ("drills", VOID),
    ("opening", VOID),
    ("changes of the roll", VOID),
    ("voters", VOID),
    ("ballot proofs", VOID),
    ("acceptance of ballots", VOID),
    ("closing", VOID),
    ("seals", VOID),
    ("decryptions", VOID),
    ("result", VOID),
    ("order of entries", VOID),
    ("receipts", "the server broke its word to this voter"),
];

const VOID: &str = "the server put a void entry on the board, which it had to refuse";

impl Report {
    /// Whether the election has ended (spec/tally.md section 3).
    pub fn ended(&self) -> bool {
        self.outcome.is_some()
    }

    /// Never pass where a check failed or was not run.
    pub fn verdict(&self) -> Verdict {
        let any = |status| self.checks.iter().any(|check| check.status == status);
        if any(CheckStatus::Fail) {
            Verdict::Fail
        } else if any(CheckStatus::NotRun) || !self.ended() || self.guilt.is_some() {
            Verdict::Incomplete
        } else {
            Verdict::Pass
        }
    }

    /// The exit code that belongs to the verdict.
    pub fn exit_code(&self) -> u8 {
        match self.verdict() {
            Verdict::Pass => 0,
            Verdict::Fail => 1,
            Verdict::Incomplete => 3,
        }
    }

    /// The failed check with the lowest number.
    pub fn first_failure(&self) -> Option<CheckNumber> {
        let failed = self.checks.iter().position(|check| check.status == CheckStatus::Fail);
        failed.map(|position| position + 1)
    }

    /// The JSON object of `--json`.
    pub fn to_json(&self) -> String {
        let checks = self.checks.iter().zip(1..).map(|(check, number)| {
            let (status, detail) = (word(check.status), quote(&check.detail));
            format!(r#"{{"id":"V{number}","status":"{status}","detail":{detail}}}"#)
        });
        let void = self.void.iter().map(|Void { index, check, why }| {
            format!(r#"{{"index":{index},"check":"V{check}","why":{}}}"#, quote(why))
        });
        let receipts = self.receipts.iter().map(|(state, index)| {
            let (state, index) = (word(state), or_null(index.map(|index| index.to_string())));
            format!(r#"{{"state":"{state}","index":{index}}}"#)
        });
        let ceremony = self.guilt.map(|Guilt { trustee, as_dealer }| {
            let role = if as_dealer { "dealer" } else { "complainer" };
            format!(r#"{{"guilty":{trustee},"role":"{role}"}}"#)
        });
        let result = self.outcome.as_ref().map(|outcome| format!("{{{}}}", outcome.members()));
        let members = [
            ("verdict", quote(&word(self.verdict()))),
            ("election", or_null(self.election.map(|id| quote(&to_base64url(&id))))),
            ("checks", list(checks)),
            ("void", list(void)),
            ("more-void", self.more_void.to_string()),
            ("ceremony", or_null(ceremony)),
            ("ended", self.ended().to_string()),
            ("receipts", list(receipts)),
            ("result", or_null(result)),
        ];
        let members = members.map(|(name, value)| format!("\"{name}\":{value}"));
        format!("{{{}}}", members.join(","))
    }
}

fn or_null(json: Option<String>) -> String {
    json.unwrap_or_else(|| "null".to_owned())
}

/// The word for a variant in JSON: `NotRun` is `not-run`.
pub(crate) fn word(variant: impl Debug) -> String {
    let name = format!("{variant:?}");
    let capital = |(place, letter): (usize, char)| {
        let hyphen = (place > 0 && letter.is_uppercase()).then_some('-');
        hyphen.into_iter().chain([letter.to_ascii_lowercase()])
    };
    name.char_indices().flat_map(capital).collect()
}

/// A JSON string.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control < ' ' => quoted.push_str(&format!("\\u{:04x}", u32::from(control))),
            plain => quoted.push(plain),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_strings_escape_what_must_be() {
        assert_eq!(quote("a\"\\\n\u{1}é"), r#""a\"\\\u000a\u0001é""#);
    }

    #[test]
    fn the_verdict_is_pass_only_if_all_ran_and_the_election_ended() {
        let check = |status| Check::new(status, "");
        let outcome = || Some(Outcome { colleges: vec![], questions: vec![] });
        let report = |statuses: &[CheckStatus]| Report {
            checks: statuses.iter().map(|status| check(*status)).collect(),
            outcome: outcome(),
            ..Report::default()
        };
        let pass = report(&[CheckStatus::Pass, CheckStatus::NotApplicable]);
        assert_eq!((pass.verdict(), pass.exit_code()), (Verdict::Pass, 0));
        let not_run = report(&[CheckStatus::Pass, CheckStatus::NotRun]);
        assert_eq!((not_run.verdict(), not_run.exit_code()), (Verdict::Incomplete, 3));
        let failed = report(&[CheckStatus::Pass, CheckStatus::Fail, CheckStatus::NotRun]);
        assert_eq!((failed.verdict(), failed.exit_code()), (Verdict::Fail, 1));
        assert_eq!(failed.first_failure(), Some(2));
        let unfinished = Report { outcome: None, ..report(&[CheckStatus::Pass]) };
        assert_eq!(unfinished.verdict(), Verdict::Incomplete);
        let guilt = Some(Guilt { trustee: 1, as_dealer: true });
        let guilty = Report { guilt, ..report(&[CheckStatus::Pass]) };
        assert_eq!(guilty.verdict(), Verdict::Incomplete);
    }
}
