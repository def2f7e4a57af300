//! From a published file to a draft: the question it asked, its voters, its rule.

use urne_election::manifest::WeightRule;
use urne_election::outcome::{Base, Majority, Quorum, Rule, RuleName, Ties};
use urne_election::question::{Answer, ChoiceOption, Kind, Question};

use super::Options;
use crate::pabulib::{BallotShape, Instance};
use crate::rehearsal::{Draft, Elector};

/// Why the file's question cannot be asked by Urne.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuestionError {
    /// An amount needs more than 32 bits.
    #[error("{what}: {amount} is too large, Urne takes amounts below 4,294,967,296")]
    Amount {
        /// which amount
        what: String,
        /// as written, without scale
        amount: u64,
    },
    /// A knapsack limit other than the budget.
    #[error(
        "max_sum_cost is {limit} but the budget is {budget}: Urne's knapsack ballots use the budget itself"
    )]
    Limit {
        /// the voters' limit
        limit: String,
        /// the budget
        budget: String,
    },
}

/// The rule to use, and whether it is the file's own.
pub(super) fn rule(instance: &Instance, asked: Option<RuleName>) -> (RuleName, bool) {
    let own = match instance.meta.rule.to_lowercase().as_str() {
        "greedy" => Some(RuleName::GreedySkip),
        _ => None,
    };
    let rule = asked.or(own).unwrap_or(RuleName::GreedySkip);
    (rule, own == Some(rule))
}

/// The election of this file.
pub(super) fn draft(
    instance: &Instance,
    shape: &BallotShape,
    rule: RuleName,
    options: &Options,
) -> Result<Draft, QuestionError> {
    let meta = &instance.meta;
    let electors = instance.votes.iter().map(|vote| Elector {
        identifier: format!("line {}", vote.line),
        weight: 1,
        college: 1,
    });
    Ok(Draft {
        languages: vec![
            meta.language
                .clone()
                .filter(|tag| tag.len() >= 2)
                .unwrap_or("en".into()),
        ],
        title: vec![shortened(&meta.description, 500)],
        trustees: (1..=options.trustees)
            .map(|number| format!("Trustee {number}"))
            .collect(),
        threshold: options.threshold,
        issuers: vec!["Registrar".into(), "Notary".into()],
        weights: WeightRule {
            shared: 5,
            exception: String::new(),
        },
        electors: electors.collect(),
        ..Draft::plain("", vec![question(instance, shape, rule)?], 0)
    })
}

fn question(
    instance: &Instance,
    shape: &BallotShape,
    rule: RuleName,
) -> Result<Question, QuestionError> {
    let small = |what: &str, amount: u64| {
        u32::try_from(amount).map_err(|_| QuestionError::Amount {
            what: what.to_owned(),
            amount,
        })
    };
    let meta = &instance.meta;
    let budgeted = rule != RuleName::Most || matches!(shape, BallotShape::Knapsack { .. });
    let cost = |what: &str, amount: u64| if budgeted { small(what, amount) } else { Ok(0) };
    let options = instance
        .projects
        .iter()
        .map(|project| {
            let name = project.name.clone().unwrap_or_else(|| project.id.clone());
            Ok(ChoiceOption {
                name: vec![shortened(&name, 500)],
                description: vec![String::new()],
                cost: cost(&format!("cost of project {}", project.id), project.cost)?,
            })
        })
        .collect::<Result<Vec<ChoiceOption>, QuestionError>>()?;
    let (kind, least, most, each) = match *shape {
        BallotShape::ChooseOne => (Kind::One, 0, 0, 0),
        BallotShape::Several { least, most } => (Kind::Several, least, most, 0),
        BallotShape::Points { each, least, most } => (Kind::Points, least, most, each),
        BallotShape::Score { highest } => (Kind::Score, 0, 0, highest),
        BallotShape::Knapsack { limit } if limit != meta.budget => {
            return Err(QuestionError::Limit {
                limit: instance.meta.money(limit),
                budget: instance.meta.money(meta.budget),
            });
        }
        BallotShape::Knapsack { .. } => (Kind::Knapsack, 0, 0, 0),
    };
    Ok(Question {
        kind,
        title: vec![shortened(&meta.unit, 500)],
        description: vec![String::new()],
        random: false,
        options,
        blank: false,
        least: small("least", least)?,
        most: small("most", most)?,
        each: small("each", each)?,
        envelope: cost("budget", meta.budget)?,
        rule: Rule {
            name: rule,
            seats: u32::from(rule == RuleName::Most),
            majority: Majority {
                numerator: 0,
                denominator: 1,
                of: Base::Expressed,
                strict: true,
            },
            quorum: Quorum {
                numerator: 0,
                denominator: 1,
            },
            ties: Ties::Listed,
        },
    })
}

/// What a voter of the file answers. A value above 32 bits is above every question's limit: it is refused as an answer.
pub(super) fn answer(values: &[u64]) -> Answer {
    let clamp = |&value: &u64| u32::try_from(value).unwrap_or(u32::MAX);
    Answer::Values(values.iter().map(clamp).collect())
}

/// A text cut to a number of bytes, at a character, for showing only.
fn shortened(text: &str, longest: usize) -> String {
    let plain: String = text
        .chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect();
    if plain.len() <= longest {
        return plain;
    }
    let end = (0..=longest - 3)
        .rev()
        .find(|&end| plain.is_char_boundary(end));
    format!("{}…", &plain[..end.unwrap_or(0)])
}
