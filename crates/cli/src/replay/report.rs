//! What a replay tells people: totals with bars, winners, what was not cast, what was not reproduced.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};
use urne_election::outcome::{RuleName, Status};

use super::Replayed;

const BAR: u64 = 30;
/// Faulty votes listed one by one; the rest is counted.
const LISTED_FAULTS: usize = 20;

/// Writes the report of a replay whose record lies in `folder`.
///
/// # Errors
/// When `out` cannot be written to.
pub fn print(replayed: &Replayed, folder: &Path, out: &mut impl Write) -> io::Result<()> {
    let instance = &replayed.instance;
    writeln!(out, "{}", instance.meta.description)?;
    writeln!(
        out,
        "{} votes in the file: {} cast, {} break the file's own rules",
        instance.votes.len(),
        replayed.cast,
        replayed.not_cast.len()
    )?;
    for fault in replayed.not_cast.iter().take(LISTED_FAULTS) {
        writeln!(out, "  line {}: {}", fault.line, fault.why)?;
    }
    if replayed.not_cast.len() > LISTED_FAULTS {
        let more = replayed.not_cast.len() - LISTED_FAULTS;
        writeln!(out, "  … and {more} more")?;
    }
    if !replayed.beyond_proof.is_empty() {
        writeln!(
            out,
            "rules of the file that were checked here but are not part of the ballot's proof: {}",
            replayed.beyond_proof.join(", ")
        )?;
    }
    writeln!(out)?;
    totals(replayed, out)?;
    writeln!(out)?;
    outcome(replayed, out)?;
    writeln!(out)?;
    writeln!(out, "the totals equal a direct count of the file")?;
    writeln!(
        out,
        "record: {} ({} entries)",
        folder.display(),
        replayed.entries
    )?;
    writeln!(
        out,
        "check it yourself: urne-verify {} --election={}",
        folder.display(),
        replayed.election_id
    )
}

/// The same for scripts.
pub fn summary(replayed: &Replayed, folder: &Path) -> Value {
    let question = &replayed.result.questions[0];
    let projects = replayed.instance.projects.iter().zip(&question.totals);
    let options = (1..).zip(projects).map(|(number, (project, total))| {
        json!({
            "option": number,
            "project": project.id,
            "total": total,
            "wins": question.outcome.winners.contains(&number),
            "tied": question.outcome.tied.contains(&number),
        })
    });
    let not_cast = replayed.not_cast.iter();
    let not_cast = not_cast.map(|fault| json!({ "line": fault.line, "why": fault.why }));
    json!({
        "election": replayed.election_id,
        "record": folder,
        "entries": replayed.entries,
        "cast": replayed.cast,
        "not_cast": not_cast.collect::<Vec<Value>>(),
        "rule_is_the_files": replayed.rule_is_the_files,
        "beyond_proof": replayed.beyond_proof,
        "options": options.collect::<Vec<Value>>(),
    })
}

fn totals(replayed: &Replayed, out: &mut impl Write) -> io::Result<()> {
    let instance = &replayed.instance;
    let question = &replayed.result.questions[0];
    let highest = question.totals.iter().copied().max().unwrap_or(0).max(1);
    let mut ranking: Vec<usize> = (0..instance.projects.len()).collect();
    ranking.sort_by_key(|&index| core::cmp::Reverse(question.totals[index]));
    for index in ranking {
        let (project, total) = (&instance.projects[index], question.totals[index]);
        let won = question
            .outcome
            .winners
            .iter()
            .any(|&option| option as usize == index + 1);
        let tied = question
            .outcome
            .tied
            .iter()
            .any(|&option| option as usize == index + 1);
        let mark = if won {
            '✓'
        } else if tied {
            '='
        } else {
            ' '
        };
        let filled = usize::try_from(total * BAR / highest).unwrap_or(0);
        let bar = format!(
            "{}{}",
            "█".repeat(filled),
            "·".repeat(BAR as usize - filled)
        );
        let name = project.name.as_deref().unwrap_or(&project.id);
        let cost = instance.meta.money(project.cost);
        writeln!(out, "{mark} {total:>7} {bar} {cost:>12}  {name}")?;
    }
    Ok(())
}

fn outcome(replayed: &Replayed, out: &mut impl Write) -> io::Result<()> {
    let instance = &replayed.instance;
    let outcome = &replayed.result.questions[0].outcome;
    let rule = match replayed.rule {
        RuleName::Most => "most votes",
        RuleName::GreedySkip => "greedy-skip: down the ranking, skipping what no longer fits",
        RuleName::GreedyStop => {
            "greedy-stop: down the ranking, stopping at the first that does not fit"
        }
    };
    writeln!(out, "rule: {rule}")?;
    let ended = match outcome.status {
        Status::Decided => "decided: ✓ wins",
        Status::Tied => "✓ wins; = are tied, and the rule leaves it to people",
        Status::None => "no project wins",
        Status::NoQuorum => "the quorum was not reached",
        Status::Withheld => "withheld",
    };
    writeln!(out, "outcome: {ended}")?;
    let Some(published) = instance.published_outcome() else {
        return writeln!(out, "the file publishes no outcome to compare with");
    };
    if !replayed.rule_is_the_files {
        return writeln!(
            out,
            "published outcome: not reproduced, the file's rule is “{}”",
            instance.meta.rule
        );
    }
    let mut own: Vec<usize> = outcome
        .winners
        .iter()
        .map(|&option| option as usize - 1)
        .collect();
    own.sort_unstable();
    let verdict = if own == published {
        "the same"
    } else {
        "another one"
    };
    writeln!(out, "published outcome: {verdict}")
}
