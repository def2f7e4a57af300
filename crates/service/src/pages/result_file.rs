//! The result as files: a table for people, an object for programs. Both say what the board's last entry says, with names.

use serde_json::{Value, json};
use urne_election::entry::{QuestionResult, TallyResult};
use urne_election::manifest::Manifest;
use urne_election::outcome::Status;
use urne_election::question::Question;

use super::language::Language;

/// One line per option, in the reader's language: question, number, option, total, elected or tied, how the question ended.
///
/// # Errors
/// Where a table cannot be written, which memory does not cause.
pub(crate) fn csv(
    language: Language,
    manifest: &Manifest,
    result: &TallyResult,
) -> Result<Vec<u8>, csv::Error> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let heads = [
        "result.question",
        "result.option_number",
        "result.option",
        "result.total",
        "result.mark",
        "result.status",
    ];
    table.write_record(heads.map(|name| language.say(name)))?;
    for (question, result) in manifest.questions.iter().zip(&result.questions) {
        let title = language.pick(&manifest.languages, &question.title);
        let status = language.say(&format!("status.{}", word(result.outcome.status)));
        for (number, total) in (1_u32..).zip(&result.totals) {
            let name = match option(question, number) {
                Some(name) => language.pick(&manifest.languages, name),
                None => language.say("result.blank"),
            };
            let mark = match mark(result, number) {
                Some("elected") => language.say("result.winner"),
                Some(_) => language.say("result.tied"),
                None => "",
            };
            let (number, total) = (number.to_string(), total.to_string());
            table.write_record([title, &number, name, &total, mark, status])?;
        }
    }
    table
        .into_inner()
        .map_err(|error| error.into_error().into())
}

/// Every question with its options, in all languages of the election.
pub(crate) fn json(election: &str, manifest: &Manifest, result: &TallyResult) -> Value {
    let questions = manifest.questions.iter().zip(&result.questions);
    let questions: Vec<Value> = questions
        .map(|(asked, found)| question(asked, found))
        .collect();
    json!({
        "election": election,
        "languages": manifest.languages,
        "title": manifest.title,
        "practice": manifest.practice,
        "questions": questions,
    })
}

fn question(question: &Question, result: &QuestionResult) -> Value {
    let options = (1_u32..).zip(&result.totals).map(|(number, total)| {
        json!({
            "number": number,
            "name": option(question, number),
            "total": total,
            "mark": mark(result, number),
        })
    });
    json!({
        "title": question.title,
        "status": word(result.outcome.status),
        "expressed": result.expressed,
        "registered": result.registered,
        "options": options.collect::<Vec<Value>>(),
    })
}

/// The texts of an option; nothing for blank, which comes after them.
fn option(question: &Question, number: u32) -> Option<&Vec<String>> {
    let at = usize::try_from(number).ok()?.checked_sub(1)?;
    question.options.get(at).map(|option| &option.name)
}

fn mark(result: &QuestionResult, number: u32) -> Option<&'static str> {
    if result.outcome.winners.contains(&number) {
        Some("elected")
    } else if result.outcome.tied.contains(&number) {
        Some("tied")
    } else {
        None
    }
}

/// As in the entry `result`.
fn word(status: Status) -> &'static str {
    match status {
        Status::Decided => "decided",
        Status::Tied => "tied",
        Status::None => "none",
        Status::NoQuorum => "no-quorum",
        Status::Withheld => "withheld",
    }
}
