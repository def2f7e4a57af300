//! The report in plain words (spec/verification.md, Report).

use crate::encoding::to_base64url;
use crate::entry::Phase;
use crate::ledger::Void;
use crate::manifest::Manifest;
use crate::outcome::{CollegeState, Outcome, QuestionOutcome, Status};
use crate::receipt::{ReceiptState, Standing};
use crate::report::{CHECKS, CheckStatus, Report, word};
use crate::template::Value;

/// So many void entries are named.
const MOST_NAMED: usize = 50;

impl Report {
    /// The report in plain words.
    pub fn to_text(&self) -> String {
        let mut lines = Vec::new();
        lines.extend(
            self.manifest.as_ref().map(|m| format!("Election: {}", first(m.form.list("title")))),
        );
        lines.extend(self.election.map(|id| format!("Election id: {}", to_base64url(&id))));
        lines.push("\nChecks".to_owned());
        for ((check, (name, meaning)), number) in self.checks.iter().zip(CHECKS).zip(1..) {
            let (label, status) = (format!("V{number}"), word(check.status));
            lines.push(format!("  {label:<4}{status:<15}{name}: {}", printable(&check.detail)));
            if check.status == CheckStatus::Fail {
                lines.push(format!("      This means: {meaning}."));
            }
        }
        self.write_void(&mut lines);
        for (standing, number) in self.receipts.iter().zip(1..) {
            let words = self.receipt_words(*standing);
            lines.push(format!("\nThe ballot of receipt {number} {words}."));
        }
        if let Some(manifest) = &self.manifest {
            self.write_ceremony(&mut lines, manifest);
            match &self.outcome {
                Some(outcome) => write_result(&mut lines, outcome, manifest),
                None => {
                    lines.push("\nThe election has not ended; there is no result yet.".to_owned())
                }
            }
            self.write_declared(&mut lines, manifest);
            self.write_limits(&mut lines, manifest);
        }
        lines.push(format!("\nVerdict: {}\n", word(self.verdict()).to_uppercase()));
        lines.join("\n")
    }

    fn write_void(&self, lines: &mut Vec<String>) {
        if !self.void.is_empty() {
            lines.push(
                "\nVoid entries; they changed nothing, and the server is to blame".to_owned(),
            );
        }
        for Void { index, check, why } in self.void.iter().take(MOST_NAMED) {
            lines.push(format!("  entry {index} (V{check}): {}", printable(why)));
        }
        let more = self.void.len().saturating_sub(MOST_NAMED) as u64 + self.more_void;
        lines.extend((more > 0).then(|| format!("  and {more} more")));
    }

    fn receipt_words(&self, (state, index): Standing) -> String {
        let index = index.unwrap_or_default();
        match state {
            ReceiptState::Counts if self.phase == Some(Phase::Sealing) => {
                format!("counts (entry {index})")
            }
            ReceiptState::Counts => {
                format!("is the accepted ballot of its line so far (entry {index})")
            }
            ReceiptState::Replaced => format!("was replaced by a later ballot (entry {index})"),
            ReceiptState::Cancelled => {
                format!("was cancelled by a change of the roll (entry {index})")
            }
            ReceiptState::Void => format!("is on the board but void (entry {index})"),
            ReceiptState::Absent => {
                "is not on the board, and the receipt is the evidence".to_owned()
            }
            ReceiptState::Unknown => "cannot be judged".to_owned(),
        }
    }

    fn write_ceremony(&self, lines: &mut Vec<String>, manifest: &Manifest) {
        let Some(guilt) = self.guilt else { return };
        let fault =
            if guilt.as_dealer { "dealt a bad share" } else { "complained of a good share" };
        let (number, name) =
            (guilt.trustee, printable(manifest.trustee(guilt.trustee).text("name")));
        lines.push(format!("\nThe ceremony failed: trustee {number} ({name}) {fault}."));
    }

    fn write_declared(&self, lines: &mut Vec<String>, manifest: &Manifest) {
        let form = &manifest.form;
        lines.push("\nDeclared by the record".to_owned());
        lines.extend(form.flag("practice").then(|| "  This was a rehearsal.".to_owned()));
        if !manifest.exception().is_empty() {
            lines.push(format!(
                "  Rare weights are allowed, because: {}",
                printable(manifest.exception())
            ));
        }
        for trustee in &self.memory_lost {
            lines.push(format!("  Trustee {trustee} sealed without memory of earlier seals."));
        }
        let (opens, closes) = (time(form.number("opens")), time(form.number("closes")));
        lines.push(format!("  Announced hours: {opens} to {closes}."));
        for kept in &self.kept {
            let said = match (kept.times.iter().min(), kept.times.iter().max()) {
                (Some(from), Some(to)) => format!("cosigned {} to {}", time(*from), time(*to)),
                _ => "no witness's time".to_owned(),
            };
            lines.push(format!("  Checkpoint of {} entries ({}): {said}.", kept.size, kept.turn));
        }
    }

    fn write_limits(&self, lines: &mut Vec<String>, manifest: &Manifest) {
        let (n, t, issuers) = (manifest.trustees.len(), manifest.threshold, manifest.issuers.len());
        let trust_in_trustees =
            format!("Secrecy: fewer than {t} of the {n} trustees work together.");
        for (said, line) in [
            (true, "\nNot checked"),
            (
                !self.compared,
                "  No election id was given: it was not compared with a voter's letter.",
            ),
            (self.receipts.is_empty(), "  No receipt was given."),
            (
                manifest.quorum == 0,
                "  The manifest asks for no witnesses: another version of the board may exist.",
            ),
            (true, "  Nobody can see on the board whether the roll holds real people,"),
            (true, "  nor whether a voter's device showed the truth."),
            (true, "\nTrust that remains"),
            (true, &format!("  {trust_in_trustees}")),
            (issuers == 1, "  Only one issuer: it alone can vote for anybody."),
            (issuers == 2, "  The 2 issuers do not work together, nor one with the server."),
        ] {
            lines.extend(said.then(|| line.to_owned()));
        }
    }
}

fn write_result(lines: &mut Vec<String>, outcome: &Outcome, manifest: &Manifest) {
    lines.push("\nColleges".to_owned());
    for (college, named) in outcome.colleges.iter().zip(&manifest.colleges) {
        let state = match college.state {
            CollegeState::Decrypted => "",
            CollegeState::Empty => "; no ballot",
            CollegeState::Withheld => "; too few ballots, its totals are withheld",
        };
        let (ballots, all, turnout, weight) =
            (college.ballots, college.lines, college.turnout, college.weight);
        let name = first(named.list("name"));
        lines.push(format!(
            "  {name}: {ballots} ballots on {all} lines, weight {turnout} of {weight}{state}"
        ));
    }
    for (question, named) in outcome.questions.iter().zip(&manifest.questions) {
        lines.push(format!("\n{}", first(named.list("title"))));
        let options = named.list("options").iter().map(|option| first(option.list("name")));
        let names: Vec<String> = options.chain(["(blank)".to_owned()]).collect();
        for (name, total) in names.iter().zip(&question.totals) {
            lines.push(format!("  {total:>8}  {name}"));
        }
        lines.push(format!("  {}", decision(question, &names)));
    }
}

fn decision(question: &QuestionOutcome, names: &[String]) -> String {
    let list = |options: &[usize]| {
        let names: Vec<&str> = options.iter().map(|option| names[option - 1].as_str()).collect();
        names.join(", ")
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

/// Text of the record without what could steer a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A text in the manifest's first language.
fn first(text: &[Value]) -> String {
    match text.first() {
        Some(Value::Text(text)) => printable(text),
        _ => String::new(),
    }
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
}
