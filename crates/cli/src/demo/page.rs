//! The result as people read it: a table with bars, what won and why, how it is known, where it lies.

use std::fmt::Write as _;

use urne_election::entry::TallyResult;
use urne_election::outcome::Status;

use super::ink::{Ink, lines, padded, width};
use super::town::Town;
use super::words::{Language, Words, fill};

/// What the pages are written with.
#[derive(Clone, Copy)]
pub struct Page<'a> {
    /// the town
    pub town: &'a Town,
    /// the reader's language
    pub language: Language,
    /// its words
    pub words: &'a Words,
    /// weight and colour
    pub ink: Ink,
}

/// Columns of a bar.
const BAR: usize = 16;

struct Line<'a> {
    name: &'a str,
    total: u64,
    cost: Option<u32>,
    mark: char,
}

impl Page<'_> {
    /// Both questions with their totals and winners.
    pub fn result(&self, result: &TallyResult) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.write_result(result, &mut out);
        out
    }

    fn write_result(&self, result: &TallyResult, out: &mut String) -> std::fmt::Result {
        let town = self.town;
        let [budget, market] = [0, 1].map(|question| &result.questions[question]);
        let projects: Vec<Line<'_>> = town
            .budget
            .projects
            .iter()
            .zip(marks(&budget.outcome.winners, &budget.outcome.tied))
            .zip(&budget.totals)
            .map(|((project, mark), &total)| Line {
                name: project.name.in_language(self.language),
                total,
                cost: Some(project.cost),
                mark,
            })
            .collect();
        self.heading(
            town.budget.title.in_language(self.language),
            &self.words.result.cost,
            out,
        )?;
        let widest = self.widest_name();
        self.table(ranked(projects), widest, out)?;
        let spent = budget.outcome.winners.iter();
        let spent = spent.map(|&number| u64::from(town.budget.projects[number as usize - 1].cost));
        self.remark(
            &fill(
                &self.words.result.spent,
                &[
                    ("spent", &self.words.money(spent.sum())),
                    ("envelope", &self.words.money(town.envelope.into())),
                ],
            ),
            out,
        )?;
        self.ending(budget.outcome.status, out)?;
        writeln!(out)?;

        self.heading(town.market.title.in_language(self.language), "", out)?;
        let blank = Line {
            name: &self.words.result.blank,
            total: market.totals[town.market.options.len()],
            cost: None,
            mark: ' ',
        };
        let days = town.market.options.iter();
        let days = days
            .zip(marks(&market.outcome.winners, &market.outcome.tied))
            .zip(&market.totals)
            .map(|((day, mark), &total)| Line {
                name: day.name.in_language(self.language),
                total,
                cost: None,
                mark,
            });
        let mut days = ranked(days.collect());
        days.push(blank);
        self.table(days, widest, out)?;
        self.ending(market.outcome.status, out)?;
        let college = &result.colleges[0];
        self.remark(
            &fill(
                &self.words.result.turnout,
                &[("ballots", &college.ballots), ("lines", &college.lines)],
            ),
            out,
        )
    }

    fn widest_name(&self) -> usize {
        let projects = self.town.budget.projects.iter();
        let widths = projects.map(|project| width(project.name.in_language(self.language)));
        widths.max().unwrap_or(0)
    }

    fn heading(&self, title: &str, last: &str, out: &mut String) -> std::fmt::Result {
        let left = padded(title, self.widest_name() + 4 + BAR);
        let votes = &self.words.result.votes;
        let line = format!("{}{votes:>7}{last:>10}", self.ink.strong(&left));
        writeln!(out, "  {}", line.trim_end())
    }

    fn table(&self, lines: Vec<Line<'_>>, widest: usize, out: &mut String) -> std::fmt::Result {
        let highest = lines
            .iter()
            .map(|line| line.total)
            .max()
            .unwrap_or(0)
            .max(1);
        for line in lines {
            let cost = line.cost.map(|cost| self.words.money(cost.into()));
            let rest = format!(
                "{:>5}{:>10}",
                self.words.number(line.total),
                cost.unwrap_or_default()
            );
            let name = padded(line.name, widest);
            let bar = padded(&bar(line.total, highest), BAR);
            let line = match line.mark {
                '✓' => format!(
                    "{} {name}  {}  {rest}",
                    self.ink.green("✓"),
                    self.ink.green(&bar)
                ),
                mark => format!("{mark} {name}  {}  {rest}", self.ink.quiet(&bar)),
            };
            writeln!(out, "  {}", line.trim_end())?;
        }
        Ok(())
    }

    fn remark(&self, text: &str, out: &mut String) -> std::fmt::Result {
        for line in lines(text, 6) {
            writeln!(out, "    {}", self.ink.quiet(&line))?;
        }
        Ok(())
    }

    fn ending(&self, status: Status, out: &mut String) -> std::fmt::Result {
        match status {
            Status::Decided => Ok(()),
            Status::Tied => self.remark(&self.words.result.tied, out),
            Status::None | Status::NoQuorum | Status::Withheld => {
                self.remark(&self.words.result.none, out)
            }
        }
    }

    /// A statement that holds, or one that does not.
    pub fn statement(&self, holds: bool, text: &str) -> String {
        let mut mark = if holds {
            self.ink.green("✓")
        } else {
            self.ink.red("✗")
        };
        let mut out = String::new();
        for line in lines(text, 6) {
            let line = if holds { line } else { self.ink.red(&line) };
            // Writing to a string cannot fail.
            let _ = writeln!(out, "  {mark} {line}");
            mark = " ".to_owned();
        }
        out
    }
}

/// `✓` for winners, `=` for the tied, in the order of the options.
fn marks<'a>(winners: &'a [u32], tied: &'a [u32]) -> impl Iterator<Item = char> + 'a {
    (1..).map(|number| {
        if winners.contains(&number) {
            '✓'
        } else if tied.contains(&number) {
            '='
        } else {
            ' '
        }
    })
}

/// Most votes first; of two that are equal, the cheaper, which is also how the rule ranks them.
fn ranked(mut lines: Vec<Line<'_>>) -> Vec<Line<'_>> {
    lines.sort_by_key(|line| (core::cmp::Reverse(line.total), line.cost));
    lines
}

/// A bar in eighths of a column.
fn bar(total: u64, highest: u64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let length = usize::try_from(total * BAR as u64 * 8 / highest).unwrap_or(0);
    format!("{}{}", "█".repeat(length / 8), EIGHTHS[length % 8])
}

#[cfg(test)]
mod tests {
    use super::super::ink::WIDTH;
    use super::super::preferences::{choices, direct_count};
    use super::*;
    use urne_election::entry::{CollegeResult, CollegeState, QuestionResult};
    use urne_election::outcome::Outcome;

    fn sample() -> TallyResult {
        let town = Town::valbrise();
        let totals = direct_count(&town, &choices(&town, 60));
        let question = |totals: &[u64], winners: &[u32], tied: &[u32]| QuestionResult {
            totals: totals.to_vec(),
            expressed: 60,
            registered: 60,
            outcome: Outcome {
                status: if tied.is_empty() {
                    Status::Decided
                } else {
                    Status::Tied
                },
                winners: winners.to_vec(),
                tied: tied.to_vec(),
            },
        };
        TallyResult {
            election: [0; 32],
            colleges: vec![CollegeResult {
                lines: 60,
                weight: 60,
                ballots: 58,
                turnout: 58,
                state: CollegeState::Decrypted,
                totals: totals.clone(),
            }],
            questions: vec![
                question(&totals[..12], &[3, 8], &[]),
                question(&totals[12..], &[], &[1, 2]),
            ],
        }
    }

    fn page(language: Language) -> String {
        Page {
            town: &Town::valbrise(),
            language,
            words: &Words::of(language),
            ink: Ink::plain(),
        }
        .result(&sample())
    }

    #[test]
    fn the_result_fits_on_a_page_in_every_language() {
        for language in [Language::French, Language::English] {
            let page = page(language);
            let widest = page.lines().map(width).max();
            assert!(widest <= Some(WIDTH), "{widest:?}\n{page}");
        }
    }

    #[test]
    fn winners_and_the_tied_are_marked_and_the_most_votes_come_first() {
        let page = page(Language::English);
        let marked = |mark: char| {
            let lines = page
                .lines()
                .filter(|line| line.starts_with(&format!("  {mark} ")));
            lines.count()
        };
        assert_eq!((marked('✓'), marked('=')), (2, 2), "{page}");
        let votes: Vec<u64> = page
            .lines()
            .skip(1)
            .take(12)
            .map(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                words[words.len() - 2].parse().expect("a number")
            })
            .collect();
        assert!(votes.is_sorted_by(|a, b| a >= b), "{votes:?}");
        assert!(page.contains("€24,500 of €120,000"), "{page}");
        assert!(page.contains("58 of 60"), "{page}");
    }

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        assert_eq!(bar(0, 5), "");
        assert_eq!(bar(5, 5), "█".repeat(BAR));
        assert_eq!(bar(1, 32), "▌");
    }
}
