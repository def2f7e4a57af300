//! From a published file to a draft: the question it asked, its voters, its rule.

use urne_client::draft::{
    DraftCollege, DraftContent, DraftKind, DraftOption, DraftQuestion, DraftRule, DraftRuleName,
    DraftWitnesses,
};
use urne_election::manifest::WeightRule;
use urne_election::outcome::RuleName;
use urne_election::question::Answer;

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

/// What is asked, for a server: the same as [`draft`] asks in one process.
pub(super) fn content(
    instance: &Instance,
    shape: &BallotShape,
    rule: RuleName,
    options: &Options,
) -> Result<DraftContent, QuestionError> {
    let meta = &instance.meta;
    let language = meta.language.clone().filter(|tag| tag.len() >= 2);
    Ok(DraftContent {
        languages: vec![language.unwrap_or("en".into())],
        title: vec![shortened(&meta.description, 500)],
        description: vec![String::new()],
        practice: true,
        opens: 1_764_000_000,
        closes: 1_764_600_000,
        organizer: "Organizer".into(),
        threshold: options.threshold,
        colleges: vec![DraftCollege {
            name: vec!["Everybody".into()],
            guard: 1,
        }],
        shared_weights: 5,
        weight_exception: String::new(),
        witnesses: DraftWitnesses::default(),
        cap: 20,
        notices: true,
        changes: true,
        questions: vec![question(instance, shape, rule)?],
    })
}

/// The election of this file, for one process.
pub(super) fn draft(content: &DraftContent, instance: &Instance, options: &Options) -> Draft {
    let questions = content.questions.iter().map(DraftQuestion::question);
    Draft {
        languages: content.languages.clone(),
        title: content.title.clone(),
        trustees: trustees(options).collect(),
        threshold: options.threshold,
        issuers: ISSUERS.map(str::to_owned).to_vec(),
        weights: WeightRule {
            shared: content.shared_weights,
            exception: String::new(),
        },
        electors: electors(instance).collect(),
        ..Draft::plain("", questions.collect(), 0)
    }
}

/// Who makes the voting codes.
pub(super) const ISSUERS: [&str; 2] = ["Registrar", "Notary"];

/// The trustees' names.
pub(super) fn trustees(options: &Options) -> impl Iterator<Item = String> {
    (1..=options.trustees).map(|number| format!("Trustee {number}"))
}

/// Everybody who stands in the file.
pub(super) fn electors(instance: &Instance) -> impl Iterator<Item = Elector> {
    instance.votes.iter().map(|vote| Elector {
        identifier: format!("line {}", vote.line),
        weight: 1,
        college: 1,
    })
}

fn question(
    instance: &Instance,
    shape: &BallotShape,
    rule: RuleName,
) -> Result<DraftQuestion, QuestionError> {
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
            Ok(DraftOption {
                name: vec![shortened(&name, 500)],
                description: vec![String::new()],
                cost: cost(&format!("cost of project {}", project.id), project.cost)?,
            })
        })
        .collect::<Result<Vec<DraftOption>, QuestionError>>()?;
    let (kind, least, most, each) = match *shape {
        BallotShape::ChooseOne => (DraftKind::One, 0, 0, 0),
        BallotShape::Several { least, most } => (DraftKind::Several, least, most, 0),
        BallotShape::Points { each, least, most } => (DraftKind::Points, least, most, each),
        BallotShape::Score { highest } => (DraftKind::Score, 0, 0, highest),
        BallotShape::Knapsack { limit } if limit != meta.budget => {
            return Err(QuestionError::Limit {
                limit: instance.meta.money(limit),
                budget: instance.meta.money(meta.budget),
            });
        }
        BallotShape::Knapsack { .. } => (DraftKind::Knapsack, 0, 0, 0),
    };
    Ok(DraftQuestion {
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
        rule: DraftRule {
            name: match rule {
                RuleName::Most => DraftRuleName::Most,
                RuleName::GreedySkip => DraftRuleName::GreedySkip,
                RuleName::GreedyStop => DraftRuleName::GreedyStop,
            },
            seats: u32::from(rule == RuleName::Most),
            majority: None,
            quorum: None,
            ties: None,
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
