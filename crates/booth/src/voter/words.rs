//! What a ballot holds, as data that a page puts into words.

use serde::Serialize;
use urne_election::manifest::Text;
use urne_election::question::Question;

use super::paper::kind;

/// What a ballot holds for one question.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Chosen {
    /// `one`, `several`, `knapsack`, `score`, `points`
    pub kind: &'static str,
    /// as shown to people
    pub question: Text,
    /// whether it is blank
    pub blank: bool,
    /// options that got more than nothing
    pub options: Vec<ChosenOption>,
}

/// An option that was chosen, or rated.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ChosenOption {
    /// as shown to people
    pub name: Text,
    /// 1 where one chooses, points or scores where one rates
    pub value: u64,
}

/// The values of a ballot, one per option and blank, question by question.
pub fn chosen(questions: &[Question], values: &[u64]) -> Vec<Chosen> {
    let mut values = values.iter().copied();
    let one = |question: &Question| {
        let own: Vec<u64> = values.by_ref().take(question.ciphertexts()).collect();
        let options = question.options.iter().zip(&own);
        Chosen {
            kind: kind(question.kind),
            question: question.title.clone(),
            blank: own
                .get(question.options.len())
                .is_some_and(|blank| *blank > 0),
            options: options
                .filter(|(_, value)| **value > 0)
                .map(|(option, value)| ChosenOption {
                    name: option.name.clone(),
                    value: *value,
                })
                .collect(),
        }
    };
    questions.iter().map(one).collect()
}
