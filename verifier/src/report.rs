//! The report: data, one JSON object, plain words (spec/verification.md, Verdict and Report).

use std::fmt::Write;

use crate::ceremony::Guilt;
use crate::encoding::to_base64url;
use crate::ledger::{CheckNumber, Void};
use crate::manifest::Manifest;
use crate::receipt::ReceiptState;
use crate::result::{CollegeState, Outcome, QuestionOutcome, Status};
use crate::state::Phase;

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
    /// entries of the log
    pub entries: u64,
    /// in the order of the receipts given
    pub receipts: Vec<ReceiptState>,
    /// present once the election has ended
    pub outcome: Option<Outcome>,
    /// the checkpoints around `open` and `close`
    pub kept: Vec<Kept>,
    /// trustees who sealed with `memory: lost`
    pub memory_lost: Vec<u32>,
    pub(crate) manifest: Option<Manifest>,
}

impl Check {
    /// A check with its detail.
    pub fn new(status: CheckStatus, detail: &str) -> Check {
        Check { status, detail: detail.to_owned() }
    }

    /// A failed check.
    pub fn fail(why: &str) -> Check {
        Check::new(CheckStatus::Fail, why)
    }

    /// A check that depends on one that failed.
    pub fn not_run(broken: CheckNumber) -> Check {
        Check::new(CheckStatus::NotRun, &format!("V{broken} failed"))
    }

    /// Passed with `detail`, or failed.
    pub fn from_result(result: Result<(), String>, detail: &str) -> Check {
        match result {
            Ok(()) => Check::new(CheckStatus::Pass, detail),
            Err(why) => Check::fail(&why),
        }
    }
}

/// What each check is about, and what its failure means (the table of spec/verification.md).
const MEANINGS: [(&str, &str); 27] = [
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
    /// Sets check number 1 to 27.
    pub fn set(&mut self, number: CheckNumber, check: Check) {
        if let Some(slot) = self.checks.get_mut(number.wrapping_sub(1)) {
            *slot = check;
        }
    }

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
        let list = |items: Vec<String>| format!("[{}]", items.join(","));
        let checks = self.checks.iter().zip(1..).map(|(check, number)| {
            let detail = quote(&check.detail);
            format!(r#"{{"id":"V{number}","status":"{}","detail":{detail}}}"#, word(check.status))
        });
        let void = self.void.iter().map(|void| {
            let Void { index, check, why } = void;
            format!(r#"{{"index":{index},"check":"V{check}","why":{}}}"#, quote(why))
        });
        let receipts = self.receipts.iter().map(|receipt| {
            let (state, index) = receipt_words(*receipt);
            let index = index.map_or("null".to_owned(), |index| index.to_string());
            format!(r#"{{"state":"{state}","index":{index}}}"#)
        });
        let null = || "null".to_owned();
        let ceremony = self.guilt.map_or_else(null, |guilt| {
            let role = if guilt.as_dealer { "dealer" } else { "complainer" };
            format!(r#"{{"guilty":{},"role":"{role}"}}"#, guilt.trustee)
        });
        let result = self.outcome.as_ref();
        let result = result.map_or_else(null, |outcome| format!("{{{}}}", outcome.members()));
        let members = [
            ("verdict", quote(self.verdict_word())),
            ("election", self.election.map_or_else(null, |id| quote(&to_base64url(&id)))),
            ("checks", list(checks.collect())),
            ("void", list(void.collect())),
            ("more-void", self.more_void.to_string()),
            ("ceremony", ceremony),
            ("ended", self.ended().to_string()),
            ("receipts", list(receipts.collect())),
            ("result", result),
        ];
        let members = members.map(|(name, value)| format!("\"{name}\":{value}"));
        format!("{{{}}}", members.join(","))
    }

    fn verdict_word(&self) -> &'static str {
        match self.verdict() {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Incomplete => "incomplete",
        }
    }

    /// The report in plain words.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        if let Some(manifest) = &self.manifest {
            writeln!(out, "Election: {}", first(&manifest.title))?;
        }
        if let Some(id) = &self.election {
            writeln!(out, "Election id: {}", to_base64url(id))?;
        }
        writeln!(out, "\nChecks")?;
        for ((check, (name, meaning)), number) in self.checks.iter().zip(MEANINGS).zip(1..) {
            let status = word(check.status);
            let label = format!("V{number}");
            writeln!(out, "  {label:<4}{status:<15}{name}: {}", printable(&check.detail))?;
            if check.status == CheckStatus::Fail {
                writeln!(out, "      This means: {meaning}.")?;
            }
        }
        self.write_void(out)?;
        self.write_ceremony_and_receipts(out)?;
        self.write_result(out)?;
        self.write_limits(out)?;
        writeln!(out, "\nVerdict: {}", self.verdict_word().to_uppercase())
    }

    fn write_void(&self, out: &mut String) -> std::fmt::Result {
        if !self.void.is_empty() {
            writeln!(out, "\nVoid entries; they changed nothing, and the server is to blame")?;
        }
        for void in self.void.iter().take(50) {
            writeln!(out, "  entry {} (V{}): {}", void.index, void.check, printable(&void.why))?;
        }
        let more = self.void.len().saturating_sub(50) as u64 + self.more_void;
        if more > 0 {
            writeln!(out, "  and {more} more")?;
        }
        Ok(())
    }

    fn write_ceremony_and_receipts(&self, out: &mut String) -> std::fmt::Result {
        if let (Some(guilt), Some(manifest)) = (self.guilt, &self.manifest) {
            let named = manifest.trustees.get((guilt.trustee as usize).wrapping_sub(1));
            let name = named.map(|trustee| printable(&trustee.name)).unwrap_or_default();
            let fault =
                if guilt.as_dealer { "dealt a bad share" } else { "complained of a good share" };
            writeln!(
                out,
                "
The ceremony failed: trustee {} ({name}) {fault}.",
                guilt.trustee
            )?;
        }
        let closed = self.phase == Some(Phase::Sealing);
        for (receipt, number) in self.receipts.iter().zip(1..) {
            let words = match receipt {
                ReceiptState::Counts(index) if closed => format!("counts (entry {index})"),
                ReceiptState::Counts(index) => {
                    format!("is the accepted ballot of its line so far (entry {index})")
                }
                ReceiptState::Replaced(by) => {
                    format!("was replaced by a later ballot (entry {by})")
                }
                ReceiptState::Cancelled(by) => {
                    format!("was cancelled by a change of the roll (entry {by})")
                }
                ReceiptState::Void(index) => format!("is on the board but void (entry {index})"),
                ReceiptState::Absent => {
                    "is not on the board, and the receipt is the evidence".to_owned()
                }
                ReceiptState::Unknown => "cannot be judged".to_owned(),
            };
            writeln!(out, "\nThe ballot of receipt {number} {words}.")?;
        }
        Ok(())
    }

    fn write_result(&self, out: &mut String) -> std::fmt::Result {
        let (Some(outcome), Some(manifest)) = (&self.outcome, &self.manifest) else {
            return if self.manifest.is_some() {
                writeln!(out, "\nThe election has not ended; there is no result yet.")
            } else {
                Ok(())
            };
        };
        writeln!(out, "\nColleges")?;
        for (college, named) in outcome.colleges.iter().zip(&manifest.colleges) {
            let state = match college.state {
                CollegeState::Decrypted => "",
                CollegeState::Empty => "; no ballot",
                CollegeState::Withheld => "; too few ballots, its totals are withheld",
            };
            writeln!(
                out,
                "  {}: {} ballots on {} lines, weight {} of {}{state}",
                first(&named.name),
                college.ballots,
                college.lines,
                college.turnout,
                college.weight
            )?;
        }
        for (question, named) in outcome.questions.iter().zip(&manifest.questions) {
            writeln!(out, "\n{}", first(&named.title))?;
            let mut names: Vec<String> = named.options.iter().map(|name| first(name)).collect();
            names.extend(named.blank.then(|| "(blank)".to_owned()));
            for (name, total) in names.iter().zip(&question.totals) {
                writeln!(out, "  {total:>8}  {name}")?;
            }
            writeln!(out, "  {}", decision(question, &names))?;
        }
        Ok(())
    }

    fn write_limits(&self, out: &mut String) -> std::fmt::Result {
        let Some(manifest) = &self.manifest else {
            return Ok(());
        };
        writeln!(out, "\nDeclared by the record")?;
        if manifest.practice {
            writeln!(out, "  This was a rehearsal.")?;
        }
        if !manifest.exception.is_empty() {
            writeln!(
                out,
                "  Rare weights are allowed, because: {}",
                printable(&manifest.exception)
            )?;
        }
        for trustee in &self.memory_lost {
            writeln!(out, "  Trustee {trustee} sealed without memory of earlier seals.")?;
        }
        let (opens, closes) = (time(manifest.opens), time(manifest.closes));
        writeln!(out, "  Announced hours: {opens} to {closes}.")?;
        for kept in &self.kept {
            let (turn, size) = (kept.turn, kept.size);
            match (kept.times.iter().min(), kept.times.iter().max()) {
                (Some(from), Some(to)) => {
                    let (from, to) = (time(*from), time(*to));
                    writeln!(
                        out,
                        "  Checkpoint of {size} entries ({turn}): cosigned {from} to {to}."
                    )?;
                }
                _ => writeln!(out, "  Checkpoint of {size} entries ({turn}): no witness's time.")?,
            }
        }
        writeln!(out, "\nNot checked")?;
        if !self.compared {
            writeln!(
                out,
                "  No election id was given: it was not compared with a voter's letter."
            )?;
        }
        if self.receipts.is_empty() {
            writeln!(out, "  No receipt was given.")?;
        }
        if manifest.quorum == 0 {
            writeln!(
                out,
                "  The manifest asks for no witnesses: another version of the board may exist."
            )?;
        }
        writeln!(out, "  Nobody can see on the board whether the roll holds real people,")?;
        writeln!(out, "  nor whether a voter's device showed the truth.")?;
        writeln!(out, "\nTrust that remains")?;
        let (n, t) = (manifest.trustees.len(), manifest.threshold);
        writeln!(out, "  Secrecy: fewer than {t} of the {n} trustees work together.")?;
        let issuers = manifest.issuers.len();
        match issuers {
            1 => writeln!(out, "  Only one issuer: it alone can vote for anybody."),
            _ => writeln!(
                out,
                "  The {issuers} issuers do not work together, nor one with the server."
            ),
        }
    }
}

fn decision(question: &QuestionOutcome, names: &[String]) -> String {
    let list = |options: &[u32]| {
        let named =
            options.iter().filter_map(|option| names.get((*option as usize).wrapping_sub(1)));
        named.cloned().collect::<Vec<_>>().join(", ")
    };
    let (winners, tied) = (list(&question.winners), list(&question.tied));
    match question.status {
        Status::Decided => format!("Elected: {winners}."),
        Status::Tied if winners.is_empty() => format!("Tied: {tied}."),
        Status::Tied => format!("Elected: {winners}. Tied: {tied}."),
        Status::None => "Nobody is elected.".to_owned(),
        Status::NoQuorum => "The quorum was not reached.".to_owned(),
        Status::Withheld => "Not decided: the totals of a college are withheld.".to_owned(),
    }
}

fn word(status: CheckStatus) -> &'static str {
    match status {
        CheckStatus::Pass => "pass",
        CheckStatus::Fail => "fail",
        CheckStatus::NotRun => "not-run",
        CheckStatus::NotApplicable => "not-applicable",
    }
}

fn receipt_words(receipt: ReceiptState) -> (&'static str, Option<u64>) {
    match receipt {
        ReceiptState::Counts(index) => ("counts", Some(index)),
        ReceiptState::Replaced(by) => ("replaced", Some(by)),
        ReceiptState::Cancelled(by) => ("cancelled", Some(by)),
        ReceiptState::Void(index) => ("void", Some(index)),
        ReceiptState::Absent => ("absent", None),
        ReceiptState::Unknown => ("unknown", None),
    }
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

/// Text of the record without what could steer a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The text in the manifest's first language.
fn first(text: &[String]) -> String {
    text.first().map(|text| printable(text)).unwrap_or_default()
}

/// Seconds since 1970 as a date and an hour (UTC), by counting 400-year cycles of days from 1 March of year 0.
fn time(seconds: u64) -> String {
    let days = seconds / 86_400 + 719_468;
    let (cycle, day_of_cycle) = (days / 146_097, days % 146_097);
    let year_of_cycle =
        (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
    let day_of_year =
        day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = 400 * cycle + year_of_cycle + u64::from(month <= 2);
    let (hour, minute) = (seconds / 3600 % 24, seconds / 60 % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_civil() {
        assert_eq!(time(0), "1970-01-01 00:00 UTC");
        assert_eq!(time(951_782_400), "2000-02-29 00:00 UTC");
        assert_eq!(time(1_700_000_000), "2023-11-14 22:13 UTC");
        assert_eq!(time(4_107_542_399), "2100-02-28 23:59 UTC");
        assert_eq!(time(4_107_542_400), "2100-03-01 00:00 UTC");
    }

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
