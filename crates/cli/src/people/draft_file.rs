//! An election as its organizer writes it down: a TOML file, hours as RFC 3339.

use serde::Deserialize;
use toml::value::Datetime;
use urne_client::draft::{DraftCollege, DraftContent, DraftQuestion, DraftWitnesses};
use urne_election::manifest::Text;

use crate::hours::{self, HourError};

/// Why a draft file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftFileError {
    /// Not TOML, or not a draft.
    #[error("the draft cannot be read:\n{0}`urne organizer draft --example` prints one that can")]
    Form(String),
    /// An hour is not one.
    #[error(transparent)]
    Hour(#[from] HourError),
    /// The hours are in the wrong order.
    #[error("closes = {closes} does not come after opens = {opens}")]
    Order {
        /// as written
        opens: String,
        /// as written
        closes: String,
    },
    /// A text has not one string per language.
    #[error("{what} needs one text per language ({languages}), it has {found}")]
    Languages {
        /// which text
        what: String,
        /// how many languages
        languages: usize,
        /// how many texts
        found: usize,
    },
}

/// The fields of [`DraftContent`], with hours as people write them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftFile {
    languages: Vec<String>,
    title: Text,
    description: Text,
    #[serde(default)]
    practice: bool,
    opens: Datetime,
    closes: Datetime,
    organizer: String,
    threshold: u32,
    colleges: Vec<DraftCollege>,
    shared_weights: Option<u32>,
    #[serde(default)]
    weight_exception: String,
    #[serde(default)]
    witnesses: DraftWitnesses,
    cap: Option<u32>,
    notices: Option<bool>,
    changes: Option<bool>,
    questions: Vec<DraftQuestion>,
}

/// Reads a draft file.
///
/// # Errors
/// [`DraftFileError`], with line and column where the file itself is at fault.
pub fn read(text: &str) -> Result<DraftContent, DraftFileError> {
    let file: DraftFile =
        toml::from_str(text).map_err(|error| DraftFileError::Form(error.to_string()))?;
    let opens = hours::seconds("opens", &file.opens)?;
    let closes = hours::seconds("closes", &file.closes)?;
    if closes <= opens {
        return Err(DraftFileError::Order {
            opens: file.opens.to_string(),
            closes: file.closes.to_string(),
        });
    }
    let content = DraftContent {
        languages: file.languages,
        title: file.title,
        description: file.description,
        practice: file.practice,
        opens,
        closes,
        organizer: file.organizer,
        threshold: file.threshold,
        colleges: file.colleges,
        shared_weights: file.shared_weights.unwrap_or(5),
        weight_exception: file.weight_exception,
        witnesses: file.witnesses,
        cap: file.cap.unwrap_or(20),
        notices: file.notices.unwrap_or(true),
        changes: file.changes.unwrap_or(true),
        questions: file.questions,
    };
    check_languages(&content)?;
    Ok(content)
}

/// The commonest mistake, named with its place; every other rule is the manifest's own.
fn check_languages(content: &DraftContent) -> Result<(), DraftFileError> {
    let languages = content.languages.len();
    let check = |what: String, text: &Text| match text.len() {
        found if found == languages => Ok(()),
        found => Err(DraftFileError::Languages {
            what,
            languages,
            found,
        }),
    };
    check("title".into(), &content.title)?;
    check("description".into(), &content.description)?;
    for (number, college) in (1..).zip(&content.colleges) {
        check(format!("the name of college {number}"), &college.name)?;
    }
    for (number, question) in (1..).zip(&content.questions) {
        check(format!("the title of question {number}"), &question.title)?;
        let what = format!("the description of question {number}");
        check(what, &question.description)?;
        for (option, choice) in (1..).zip(&question.options) {
            let what = |part| format!("the {part} of option {option} of question {number}");
            check(what("name"), &choice.name)?;
            check(what("description"), &choice.description)?;
        }
    }
    Ok(())
}

/// A commented draft that opens at once and closes a week later.
pub fn example(now: u64) -> String {
    let opens = hours::written(now - now % 60);
    let closes = hours::written(now - now % 60 + 7 * 86_400);
    format!(
        r#"# An election as its organizer writes it down. Save it with: urne organizer draft FILE
# Every text is a list with one string per language, in the order of `languages`.

languages = ["en", "fr"]
title = ["Where shall the new bench stand?", "Où mettre le nouveau banc ?"]
description = ["One bench, one vote each.", "Un banc, une voix par personne."]

# true marks a rehearsal, everywhere and for ever
practice = true

# Announced hours: date, time and offset from UTC. Before and after them the server refuses ballots.
opens = {opens}
closes = {closes}

# Your name as everybody sees it
organizer = "The neighbourhood council"

# How many trustees are needed to open the box. Invite more than that: `urne organizer seat trustee NAME`
threshold = 2

# How often one voter may vote again; the last ballot counts
cap = 20
# Whether you may put public notices on the board, and whether letters may be replaced after the opening
notices = true
changes = true

# Where lines of a college have different weights, each weight must be shared by this many lines, since exact totals
# could otherwise give a vote away. To do without, write your public reason as weight_exception.
shared_weights = 5
weight_exception = ""

# Who may vote, in one or more colleges. Totals of fewer than `guard` ballots are never opened.
[[colleges]]
name = ["Residents", "Habitants"]
guard = 1

# Witnesses cosign the board, so that nobody can be shown another one. None here; each would be
# {{ name = "witness.example", key = "43 characters" }}
[witnesses]
quorum = 0
faulty = 0
list = []

# kind: one, several (least, most), knapsack (envelope, costs), score (each), points (least, most, each)
[[questions]]
kind = "one"
title = ["Where?", "Où ?"]
description = ["Choose one place.", "Choisissez un endroit."]
blank = true
# rule: most (seats), greedy-skip, greedy-stop. Optional: majority, quorum, ties
rule = {{ name = "most", seats = 1 }}

  [[questions.options]]
  name = ["By the fountain", "Près de la fontaine"]
  description = ["In the shade.", "À l’ombre."]

  [[questions.options]]
  name = ["By the school", "Près de l’école"]
  description = ["In the sun.", "Au soleil."]

  [[questions.options]]
  name = ["By the bus stop", "À l’arrêt de bus"]
  description = ["Out of the wind.", "À l’abri du vent."]
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_a_draft() {
        let content = read(&example(1_796_108_430)).unwrap();
        assert_eq!(
            (content.opens, content.closes),
            (1_796_108_400, 1_796_713_200)
        );
        assert_eq!(content.questions[0].options.len(), 3);
    }

    #[test]
    fn faults_are_named_with_their_place() {
        let good = example(1_796_108_430);
        for (from, to, expected) in [
            ("threshold = 2", "treshold = 2", "treshold"),
            ("threshold = 2", "threshold = \"two\"", "line"),
            ("T07:00:00Z\ncloses", "T07:00:00\ncloses", "offset"),
            ("closes = 2026", "closes = 2020", "does not come after"),
            (
                "\"fr\"]",
                "\"fr\", \"de\"]",
                "title needs one text per language (3)",
            ),
            (
                "[\"In the sun.\", \"Au soleil.\"]",
                "[\"In the sun.\"]",
                "the description of option 2 of question 1",
            ),
        ] {
            let wrong = good.replacen(from, to, 1);
            assert_ne!(wrong, good, "{from}");
            let message = read(&wrong).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
