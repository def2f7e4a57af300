//! The report in plain words (spec/verification.md, Report).

use crate::ceremony::Guilt;
use crate::encoding::to_base64url;
use crate::entry::Phase;
use crate::ledger::Void;
use crate::manifest::Manifest;
use crate::outcome::{CollegeOutcome, CollegeState, Outcome, QuestionOutcome, Status};
use crate::receipt::{ReceiptState, Standing};
use crate::report::{CHECKS, CheckStatus, Kept, Report, word};
use crate::template::Value;

/// So many void entries are named.
const MOST_NAMED: usize = 50;

/// The lines of a report.
#[derive(Default)]
struct Page(Vec<String>);

impl Page {
    fn say(&mut self, line: impl Into<String>) {
        self.0.push(line.into());
    }

    /// Says the lines whose conditions hold.
    fn say_if<const N: usize>(&mut self, lines: [(bool, &str); N]) {
        self.0.extend(lines.iter().filter(|(said, _)| *said).map(|(_, line)| line.to_string()));
    }
}

impl Report {
    /// The report in plain words.
    pub fn to_text(&self) -> String {
        let mut page = Page::default();
        if let Some(manifest) = &self.manifest {
            page.say(format!("Election: {}", first(manifest.form.list("title"))));
        }
        if let Some(id) = &self.election {
            page.say(format!("Election id: {}", to_base64url(id)));
        }
        page.say("\nChecks");
        for ((check, (name, meaning)), number) in self.checks.iter().zip(CHECKS).zip(1..) {
            let (label, status) = (format!("V{number}"), word(check.status));
            page.say(format!("  {label:<4}{status:<15}{name}: {}", printable(&check.detail)));
            let failed = check.status == CheckStatus::Fail;
            page.say_if([(failed, &format!("      This means: {meaning}."))]);
        }
        self.say_void(&mut page);
        for (standing, number) in self.receipts.iter().zip(1..) {
            let words = self.receipt_words(*standing);
            page.say(format!("\nThe ballot of receipt {number} {words}."));
        }
        if let Some(manifest) = &self.manifest {
            self.say_ceremony(&mut page, manifest);
            match &self.outcome {
                Some(outcome) => say_result(&mut page, outcome, manifest),
                None => page.say("\nThe election has not ended; there is no result yet."),
            }
            self.say_declared(&mut page, manifest);
            self.say_destructions(&mut page, manifest);
            self.say_limits(&mut page, manifest);
        }
        page.say(format!("\nVerdict: {}\n", word(self.verdict()).to_uppercase()));
        page.0.join("\n")
    }

    fn say_void(&self, page: &mut Page) {
        let heading = "\nVoid entries; they changed nothing, and the server is to blame";
        page.say_if([(!self.void.is_empty(), heading)]);
        for Void { index, check, why } in self.void.iter().take(MOST_NAMED) {
            page.say(format!("  entry {index} (V{check}): {}", printable(why)));
        }
        let more = self.void.len().saturating_sub(MOST_NAMED) as u64 + self.more_void;
        page.say_if([(more > 0, &format!("  and {more} more"))]);
    }

    fn receipt_words(&self, (state, index): Standing) -> String {
        let words = match state {
            ReceiptState::Counts if self.phase == Some(Phase::Sealing) => "counts",
            ReceiptState::Counts => "is the accepted ballot of its line so far",
            ReceiptState::Replaced => "was replaced by a later ballot",
            ReceiptState::Cancelled => "was cancelled by a change of the roll",
            ReceiptState::Void => "is on the board but void",
            ReceiptState::Absent => "is not on the board, and the receipt is the evidence",
            ReceiptState::Unknown => "cannot be judged",
        };
        index.map_or(words.to_owned(), |index| format!("{words} (entry {index})"))
    }

    fn say_ceremony(&self, page: &mut Page, manifest: &Manifest) {
        let Some(Guilt { trustee, as_dealer }) = self.guilt else { return };
        let fault = if as_dealer { "dealt a bad share" } else { "complained of a good share" };
        let name = printable(manifest.trustee(trustee).text("name"));
        page.say(format!("\nThe ceremony failed: trustee {trustee} ({name}) {fault}."));
    }

    fn say_declared(&self, page: &mut Page, manifest: &Manifest) {
        let (form, exception) = (&manifest.form, printable(manifest.exception()));
        let rare = format!("  Rare weights are allowed, because: {exception}");
        page.say_if([
            (true, "\nDeclared by the record"),
            (form.flag("practice"), "  This was a rehearsal."),
            (!exception.is_empty(), &rare),
        ]);
        for trustee in &self.memory_lost {
            page.say(format!("  Trustee {trustee} sealed without memory of earlier seals."));
        }
        let (opens, closes) = (time(form.number("opens")), time(form.number("closes")));
        page.say(format!("  Announced hours: {opens} to {closes}."));
        for closes in &self.extensions {
            page.say(format!("  Closing was put off to {}.", time(*closes)));
        }
        for Kept { turn, size, times } in &self.kept {
            let said = match (times.iter().min(), times.iter().max()) {
                (Some(from), Some(to)) => format!("cosigned {} to {}", time(*from), time(*to)),
                _ => "no witness's time".to_owned(),
            };
            page.say(format!("  Checkpoint of {size} entries ({turn}): {said}."));
        }
    }

    fn say_destructions(&self, page: &mut Page, manifest: &Manifest) {
        let said = !self.destructions.is_empty();
        page.say_if([(said, "\nStated, and nobody can check it")]);
        for trustee in &self.destructions {
            let name = printable(manifest.trustee(*trustee).text("name"));
            page.say(format!("  Trustee {trustee} ({name}) destroyed the key."));
        }
    }

    fn say_limits(&self, page: &mut Page, manifest: &Manifest) {
        let (n, t, issuers) = (manifest.trustees.len(), manifest.threshold, manifest.issuers.len());
        let secrecy = format!("  Secrecy: fewer than {t} of the {n} trustees work together.");
        page.say_if([
            (true, "\nNot checked"),
            (!self.compared, "  No election id was given to compare with a voter's letter."),
            (self.receipts.is_empty(), "  No receipt was given."),
            (
                manifest.quorum == 0,
                "  There are no witnesses: another version of the board may exist.",
            ),
            (true, "  Nobody can see on the board whether the roll holds real people,"),
            (true, "  nor whether a voter's device showed the truth."),
            (true, "\nTrust that remains"),
            (true, &secrecy),
            (issuers == 1, "  Only one issuer: it alone can vote for anybody."),
            (issuers == 2, "  The 2 issuers do not work together, nor one with the server."),
        ]);
    }
}

fn say_result(page: &mut Page, outcome: &Outcome, manifest: &Manifest) {
    page.say("\nColleges");
    for (college, named) in outcome.colleges.iter().zip(&manifest.colleges) {
        let state = match college.state {
            CollegeState::Decrypted => "",
            CollegeState::Empty => "; no ballot",
            CollegeState::Withheld => "; too few ballots, its totals are withheld",
        };
        let CollegeOutcome { lines, weight, ballots, turnout, .. } = college;
        let figures = format!("{ballots} ballots on {lines} lines, weight {turnout} of {weight}");
        page.say(format!("  {}: {figures}{state}", first(named.list("name"))));
    }
    for (question, named) in outcome.questions.iter().zip(&manifest.questions) {
        page.say(format!("\n{}", first(named.list("title"))));
        let options = named.list("options").iter().map(|option| first(option.list("name")));
        let names: Vec<String> = options.chain(["(blank)".to_owned()]).collect();
        for (name, total) in names.iter().zip(&question.totals) {
            page.say(format!("  {total:>8}  {name}"));
        }
        page.say(format!("  {}", decision(question, &names)));
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

    #[test]
    fn a_ballot_counts_once_the_election_is_closed() {
        let words =
            |phase, state| Report { phase, ..Report::default() }.receipt_words((state, Some(7)));
        let sealing = Some(Phase::Sealing);
        assert_eq!(words(sealing, ReceiptState::Counts), "counts (entry 7)");
        let so_far = "is the accepted ballot of its line so far (entry 7)";
        assert_eq!(words(Some(Phase::Voting), ReceiptState::Counts), so_far);
        assert_eq!(
            words(sealing, ReceiptState::Replaced),
            "was replaced by a later ballot (entry 7)"
        );
        let unknown = Report::default().receipt_words((ReceiptState::Unknown, None));
        assert_eq!(unknown, "cannot be judged");
    }

    #[test]
    fn decisions_name_the_elected_and_the_tied() {
        let names = ["A", "B", "C"].map(str::to_owned);
        let decide = |status, winners: &[usize], tied: &[usize]| {
            let (winners, tied) = (winners.to_vec(), tied.to_vec());
            let totals = vec![];
            let outcome =
                QuestionOutcome { totals, expressed: 0, registered: 0, status, winners, tied };
            decision(&outcome, &names)
        };
        assert_eq!(decide(Status::Decided, &[3, 1], &[]), "Elected: C, A.");
        assert_eq!(decide(Status::Tied, &[], &[1, 2]), "Tied: A, B.");
        assert_eq!(decide(Status::Tied, &[3], &[1, 2]), "Elected: C. Tied: A, B.");
        assert_eq!(decide(Status::None, &[], &[]), "Nobody is elected.");
    }

    #[test]
    fn what_could_steer_a_terminal_is_not_printed() {
        assert_eq!(printable("a\u{1b}[2J\nb\u{9b}é"), "a [2J b é");
    }
}
