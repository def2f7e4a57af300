//! The account of a test run, read from what cargo and the tests print.
//!
//! A test that cannot run where it is prints a line `SKIPPED: why` and passes; here it counts as skipped, not as passed.

use std::collections::HashMap;
use std::fmt;

use cargo_metadata::Message;

const SKIPPED: &str = "SKIPPED: ";

/// What one test program (or one check of our own) did.
#[derive(Debug, Default, PartialEq, Eq)]
struct Program {
    name: String,
    /// tests that ran to their end, as the program itself counts them
    passed: usize,
    /// names
    failed: Vec<String>,
    /// names and why
    skipped: Vec<(String, String)>,
    finished: bool,
}

/// Numbers of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Total {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) skipped: usize,
}

/// Everything that ran so far.
#[derive(Default)]
pub(super) struct Report {
    programs: Vec<Program>,
    /// file name of a test program → crate and what is tested
    names: HashMap<String, String>,
    /// whose output is being shown
    speaker: Option<String>,
}

impl Report {
    /// A check that is not a test program.
    pub(super) fn add_check(&mut self, crate_name: &str, name: &str, faults: &[String]) {
        self.programs.push(Program {
            name: format!("{crate_name} {name}"),
            passed: usize::from(faults.is_empty()),
            failed: faults.to_vec(),
            finished: true,
            ..Program::default()
        });
    }

    /// Takes one line of output; says whether a person should see it.
    pub(super) fn read_line(&mut self, line: &str) -> bool {
        if line.starts_with("{\"reason\":") {
            self.read_message(line);
            return false;
        }
        if let Some(name) = self.starting_program(line) {
            self.end_program();
            self.programs.push(Program {
                name,
                ..Program::default()
            });
            return true;
        }
        let Some(program) = self.programs.last_mut().filter(|program| !program.finished) else {
            return true;
        };
        if let Some((passed, failed)) = read_result(line) {
            program.end(passed, failed);
            self.speaker = None;
        } else if let Some(name) = line
            .strip_prefix("---- ")
            .and_then(|line| line.strip_suffix(" stdout ----"))
        {
            self.speaker = Some(name.to_owned());
        } else if let Some(why) = line.trim_start().strip_prefix(SKIPPED) {
            program.skip(self.speaker.as_deref().unwrap_or("(a test)"), why);
        } else if let Some((name, verdict)) = line
            .strip_prefix("test ")
            .and_then(|line| line.split_once(" ... "))
        {
            program.read_verdict(name, verdict);
        }
        true
    }

    /// To be called once cargo has ended.
    pub(super) fn finish(&mut self, success: bool) {
        self.end_program();
        if !success && self.total().failed == 0 {
            self.add_check("cargo", "test", &["it does not compile".to_owned()]);
        }
    }

    /// Over all programs.
    pub(super) fn total(&self) -> Total {
        let totals = self.programs.iter().map(Program::total);
        totals.fold(Total::default(), |sum, total| Total {
            passed: sum.passed + total.passed,
            failed: sum.failed + total.failed,
            skipped: sum.skipped + total.skipped,
        })
    }

    /// Skipped tests that were not excused by name.
    pub(super) fn unexcused(&self, excused: &[&str]) -> usize {
        let skipped = self.programs.iter().flat_map(|program| &program.skipped);
        skipped
            .filter(|(test, _)| !excused.contains(&test.as_str()))
            .count()
    }

    fn read_message(&mut self, line: &str) {
        let messages = Message::parse_stream(line.as_bytes());
        for message in messages.flatten() {
            if let Message::CompilerArtifact(artifact) = message
                && let Some(executable) = &artifact.executable
                && let Some(file) = executable.file_name()
            {
                // "path+file:///…/crates/board#urne-board@0.1.0", or "…/xtask#0.1.0" where folder and crate agree
                let package = &artifact.package_id.repr;
                let folder = package.split('#').next().unwrap_or(package);
                let folder = folder.rsplit('/').next().unwrap_or(folder);
                let target = &artifact.target;
                let what = if target.is_test() {
                    format!("tests/{}", target.name)
                } else if target.is_bin() {
                    format!("program {}", target.name)
                } else {
                    "library".to_owned()
                };
                self.names
                    .insert(file.to_owned(), format!("{folder} {what}"));
            }
        }
    }

    fn starting_program(&self, line: &str) -> Option<String> {
        let line = line.trim();
        if let Some(crate_name) = line.strip_prefix("Doc-tests ") {
            return Some(format!("{crate_name} documentation"));
        }
        // "Running tests/notes.rs (target/debug/deps/notes-0123456789abcdef)"
        let (_, path) = line.strip_prefix("Running ")?.rsplit_once('(')?;
        let file = path.strip_suffix(')')?.rsplit(['/', '\\']).next()?;
        self.names.get(file).cloned()
    }

    /// A program that ends without saying its result has crashed.
    fn end_program(&mut self) {
        self.speaker = None;
        if let Some(program) = self.programs.last_mut().filter(|program| !program.finished) {
            program
                .failed
                .push("(it ended without a result)".to_owned());
            program.finished = true;
        }
    }
}

/// "test result: ok. 3 passed; 1 failed; 0 ignored; …"
fn read_result(line: &str) -> Option<(usize, usize)> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |what: &str| {
        let mut parts = counts.split("; ");
        parts.find_map(|part| part.trim().strip_suffix(what)?.parse().ok())
    };
    Some((count(" passed")?, count(" failed")?))
}

impl Program {
    fn read_verdict(&mut self, name: &str, verdict: &str) {
        if let Some(why) = verdict.strip_prefix(SKIPPED) {
            self.skip(name, why);
        } else if verdict == "FAILED" {
            self.failed.push(name.to_owned());
        } else if let Some(why) = verdict.strip_prefix("ignored") {
            let why = why.strip_prefix(", ").unwrap_or("marked `ignore`");
            self.skipped.push((name.to_owned(), why.to_owned()));
            // An ignored test is not among those that passed, but `end` takes every skipped one away.
            self.passed += 1;
        }
    }

    fn skip(&mut self, test: &str, why: &str) {
        self.skipped.push((test.to_owned(), why.trim().to_owned()));
    }

    fn end(&mut self, passed: usize, failed: usize) {
        // A test that says it is skipped and then fails has failed; one that says so twice is one test.
        self.skipped.retain(|(test, _)| !self.failed.contains(test));
        self.skipped.sort();
        self.skipped.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0 && later.0 != "(a test)";
            if same && later.1 != earlier.1 {
                earlier.1 = format!("{}; {}", earlier.1, later.1);
            }
            same
        });
        self.passed = (self.passed + passed).saturating_sub(self.skipped.len());
        while self.failed.len() < failed {
            self.failed.push("(a test)".to_owned());
        }
        self.finished = true;
    }

    fn total(&self) -> Total {
        Total {
            passed: self.passed,
            failed: self.failed.len(),
            skipped: self.skipped.len(),
        }
    }
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Total {
            passed,
            failed,
            skipped,
        } = self;
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

/// The table, then the failed and the skipped by name.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.programs.iter().map(|program| program.name.len()).max();
        let width = width.unwrap_or(0);
        writeln!(f, "\n{:width$}  passed  failed  skipped", "")?;
        for program in &self.programs {
            let Total {
                passed,
                failed,
                skipped,
            } = program.total();
            // A program without tests says nothing.
            if passed + failed + skipped > 0 {
                let name = &program.name;
                writeln!(f, "{name:width$}  {passed:6}  {failed:6}  {skipped:7}")?;
            }
        }
        writeln!(f)?;
        for program in &self.programs {
            for test in &program.failed {
                writeln!(f, "failed: {}: {test}", program.name)?;
            }
        }
        for program in &self.programs {
            for (test, why) in &program.skipped {
                writeln!(f, "skipped: {}: {test}: {why}", program.name)?;
            }
        }
        writeln!(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARTIFACT: &str = r#"{"reason":"compiler-artifact","package_id":"path+file:///home/x/crates/board#urne-board@0.1.0","manifest_path":"/home/x/crates/board/Cargo.toml","target":{"kind":["test"],"crate_types":["bin"],"name":"notes","src_path":"/home/x/crates/board/tests/notes.rs","edition":"2024","doc":false,"doctest":false,"test":true},"profile":{"opt_level":"1","debuginfo":0,"debug_assertions":true,"overflow_checks":true,"test":true},"features":[],"filenames":["/home/x/target/debug/deps/notes-01"],"executable":"/home/x/target/debug/deps/notes-01","fresh":true}"#;
    const RUNNING: &str = "     Running tests/notes.rs (target/debug/deps/notes-01)";

    fn report_of(lines: &[&str], success: bool) -> Report {
        let mut report = Report::default();
        for line in lines {
            report.read_line(line);
        }
        report.finish(success);
        report
    }

    fn totals(lines: &[&str], success: bool) -> (usize, usize, usize) {
        let Total {
            passed,
            failed,
            skipped,
        } = report_of(lines, success).total();
        (passed, failed, skipped)
    }

    const RESULT: &str = "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";

    #[test]
    fn a_program_goes_by_its_crate_and_its_name() {
        let report = report_of(&[ARTIFACT, RUNNING, RESULT], true);
        assert!(report.to_string().contains("board tests/notes"));
        assert_eq!(report.total().to_string(), "3 passed, 0 failed, 0 skipped");
    }

    #[test]
    fn cargos_messages_are_not_shown() {
        let mut report = Report::default();
        assert!(!report.read_line(ARTIFACT));
        assert!(report.read_line(RUNNING));
    }

    #[test]
    fn a_test_that_says_it_is_skipped_has_not_passed() {
        let said = ["---- a stdout ----", "SKIPPED: no witness here"];
        let lines = [&[ARTIFACT, RUNNING][..], &said, &[RESULT]].concat();
        assert_eq!(totals(&lines, true), (2, 0, 1));
        let report = report_of(&lines, true).to_string();
        assert!(report.contains("skipped: board tests/notes: a: no witness here"));
    }

    #[test]
    fn only_a_test_named_in_full_is_excused() {
        let said = ["---- a::b stdout ----", "SKIPPED: no witness here"];
        let lines = [&[ARTIFACT, RUNNING][..], &said, &[RESULT]].concat();
        let report = report_of(&lines, true);
        assert_eq!(report.unexcused(&["a::b"]), 0);
        assert_eq!(report.unexcused(&[""]), 1);
        assert_eq!(report.unexcused(&["a", "b"]), 1);
        assert_eq!(report.total().to_string(), "2 passed, 0 failed, 1 skipped");
    }

    #[test]
    fn a_test_that_says_it_twice_is_skipped_once() {
        let said = ["---- a stdout ----", "SKIPPED: no x", "SKIPPED: no y"];
        let lines = [&[ARTIFACT, RUNNING][..], &said, &[RESULT]].concat();
        assert_eq!(totals(&lines, true), (2, 0, 1));
    }

    #[test]
    fn an_uncaptured_line_counts_too() {
        let said = ["test a ... SKIPPED: no x", "SKIPPED: no y"];
        let lines = [&[ARTIFACT, RUNNING][..], &said, &[RESULT]].concat();
        assert_eq!(totals(&lines, true), (1, 0, 2));
    }

    #[test]
    fn a_skipped_test_that_fails_has_failed() {
        let lines = [
            ARTIFACT,
            RUNNING,
            "test a ... FAILED",
            "---- a stdout ----",
            "SKIPPED: no x",
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out",
        ];
        assert_eq!(totals(&lines, false), (2, 1, 0));
    }

    #[test]
    fn an_ignored_test_is_skipped() {
        let lines = [ARTIFACT, RUNNING, "test a ... ignored, too slow", RESULT];
        assert_eq!(totals(&lines, true), (3, 0, 1));
    }

    #[test]
    fn a_program_that_crashes_has_failed() {
        assert_eq!(totals(&[ARTIFACT, RUNNING], false), (0, 1, 0));
        let next = [ARTIFACT, RUNNING, "   Doc-tests urne_board", RESULT];
        assert_eq!(totals(&next, false), (3, 1, 0));
    }

    #[test]
    fn what_does_not_compile_has_failed() {
        assert_eq!(totals(&["error: expected `;`"], false), (0, 1, 0));
    }

    #[test]
    fn a_test_that_talks_of_running_starts_no_program() {
        let lines = [ARTIFACT, RUNNING, "Running away (quickly)", RESULT];
        assert_eq!(totals(&lines, true), (3, 0, 0));
    }

    #[test]
    fn a_broken_rule_of_our_own_is_a_failure() {
        let mut report = Report::default();
        report.add_check("xtask", "deps", &["a must not depend on b".to_owned()]);
        report.add_check("xtask", "other", &[]);
        assert_eq!(report.total().to_string(), "1 passed, 1 failed, 0 skipped");
    }
}
