//! `urne demo`: a realistic election from the first key to the checked result, against a real server, through its HTTP API only.
//!
//! In reading order:
//! - [`town`], [`preferences`]: an invented town, what it votes on, what its people want, and a count in plain view
//! - [`words`]: what is said, in every language
//! - [`story`]: the election itself, step by step, and what it claims, tried
//! - [`narrator`], [`ink`], [`page`]: how it looks; [`command`]: what people type

pub mod command;
pub mod ink;
mod interrupt;
pub mod narrator;
pub mod page;
pub mod preferences;
mod proofs;
pub mod story;
pub mod town;
pub mod words;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ink::Ink;
use interrupt::Interrupt;
use narrator::Narrator;
use story::{DemoError, Played, Story};
use words::fill;

use crate::stage::observer::{Judge, Verdict};

pub use story::{FEWEST_VOTERS, MOST_VOTERS, Options};

/// Plays the demo on standard output; with `json` the story goes to standard error, and one JSON object to standard output. With
/// `once` it ends by itself; without, it keeps the server until Ctrl-C. Whether everything held: the verdict, the totals, the
/// receipts, the server.
///
/// # Errors
/// [`DemoError`] when the election itself could not be brought to its end.
pub fn run(options: &Options, once: bool, json: bool) -> Result<bool, DemoError> {
    match json {
        true => run_on(io::stderr(), options, once, json),
        false => run_on(io::stdout(), options, once, json),
    }
}

fn run_on(
    out: impl Write + io::IsTerminal,
    options: &Options,
    once: bool,
    json: bool,
) -> Result<bool, DemoError> {
    let begun = Instant::now();
    let interrupt = Interrupt::watch()?;
    let no_color = std::env::var("NO_COLOR").ok();
    let ink = Ink::for_output(out.is_terminal(), no_color.as_deref());
    let mut story = Story::new(options, Narrator::new(out, ink), &interrupt.wanted);
    let mut played = story.play()?;
    let mut held = close(&mut story, &mut played, begun.elapsed(), once)?;
    if json {
        println!("{}", summary(&played, options, held));
    }
    if !once {
        interrupt.wait();
        held &= played.server.stop()?.success();
        let stopped = format!("\n  {}\n", story.words().end.stopped);
        story.narrator().write(&stopped)?;
    }
    Ok(held)
}

/// What scripts read.
fn summary(played: &Played, options: &Options, held: bool) -> serde_json::Value {
    serde_json::json!({
        "held": held,
        "verdict": match played.observed.verdict {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Incomplete => "incomplete",
        },
        "verified_by_program": options.judge != Judge::Library,
        "totals_match": same_totals(played),
        "receipts_hold": played.receipts.is_ok(),
        "server_errors": played.server.said(),
        "election": played.election,
        "entries": played.observed.entries,
        "record": played.folder,
        "page": format!("{}/elections/{}", played.server.url(), played.election),
    })
}

fn same_totals(played: &Played) -> bool {
    let questions = played.result.questions.iter();
    let totals: Vec<u64> = questions.flat_map(|q| q.totals.clone()).collect();
    totals == played.direct_count && played.observed.totals.concat() == played.direct_count
}

/// The result, how it is known, and where everything lies.
fn close<W: Write>(
    story: &mut Story<'_, W>,
    played: &mut Played,
    took: Duration,
    once: bool,
) -> Result<bool, DemoError> {
    let ended_well = !once || played.server.stop()?.success();
    let result = story.page().result(&played.result);
    let (statements, held) = statements(story, played);
    let end = ending(story, played, took, once);
    let text = format!("\n{result}\n{statements}\n{end}");
    story.narrator().write(&text)?;
    Ok(held && ended_well)
}

/// What must hold, and whether all of it does.
fn statements<W: Write>(story: &Story<'_, W>, played: &Played) -> (String, bool) {
    let (page, words) = (story.page(), &story.words().check);
    let same_totals = same_totals(played);
    let passed = played.observed.verdict == Verdict::Pass;
    let verdict = match played.observed.verdict {
        Verdict::Pass => &words.pass,
        Verdict::Fail => &words.fail,
        Verdict::Incomplete => &words.incomplete,
    };
    let said = played.server.said();
    let receipts = match &played.receipts {
        Ok(()) => fill(&words.receipt, &[("name", &story.town().voters.loser)]),
        Err(what) => fill(&words.receipt_differs, &[("what", what)]),
    };
    let direct = if same_totals {
        &words.direct
    } else {
        &words.direct_differs
    };
    let server = if said.is_empty() {
        &words.server
    } else {
        &words.server_differs
    };
    let mut out = format!("  {}\n", page.ink.strong(&words.heading));
    out += &page.statement(same_totals, direct);
    let said_by = match story.judge() {
        Judge::Program(_) => &words.verdict,
        Judge::Library => &words.verdict_here,
    };
    out += &page.statement(passed, &fill(said_by, &[("verdict", verdict)]));
    out += &page.statement(played.receipts.is_ok(), &receipts);
    out += &page.statement(said.is_empty(), server);
    for line in &said {
        out += &format!("    {line}\n");
    }
    if !passed {
        out += &played.observed.report;
    }
    let held = same_totals && passed && played.receipts.is_ok() && said.is_empty();
    (out, held)
}

fn ending<W: Write>(story: &Story<'_, W>, played: &Played, took: Duration, once: bool) -> String {
    let (ink, words) = (story.page().ink, &story.words().end);
    let widest = [&words.record, &words.again, &words.look].map(|label| ink::width(label));
    let widest = widest.into_iter().max().unwrap_or(0);
    let line =
        |label: &str, text: &str| format!("  {}  {text}\n", ink.quiet(&ink::padded(label, widest)));
    let folder = shown(&played.folder);
    let entries = fill(&words.entries, &[("entries", &played.observed.entries)]);
    let mut out = line(&words.record, &format!("{folder}  {entries}"));
    let command = format!("{} {folder} \\", verify_command(story.judge()));
    out += &line(&words.again, &command);
    out += &line("", &format!("  --election={}", played.election));
    if !once {
        let page = format!("{}/elections/{}", played.server.url(), played.election);
        out += &line(&words.look, &page);
    }
    let seconds = fill(
        &story.words().form.second,
        &[("seconds", &took.as_secs().max(1))],
    );
    let mut last = fill(&words.seconds, &[("seconds", &seconds)]);
    if !once {
        last = format!("{last} {}", words.stays);
    }
    out + &format!("\n  {}\n", ink.quiet(&last))
}

/// The verifier as one would type it here.
fn verify_command(judge: &Judge) -> String {
    match judge {
        Judge::Program(program) => shown(program),
        Judge::Library => "urne-verify".to_owned(),
    }
}

/// A path as one would type it here.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::new());
    let path = path.strip_prefix(&here).unwrap_or(path);
    match path.components().count() {
        // A program by its bare name would be looked for elsewhere.
        1 => format!("./{}", path.display()),
        _ => path.display().to_string(),
    }
}
