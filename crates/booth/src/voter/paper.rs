//! The ballot paper as data, and what a half-filled answer still lacks.

use rand::seq::SliceRandom as _;
use serde::Serialize;
use urne_client::replica::Replica;
use urne_election::json::base64url;
use urne_election::manifest::{Manifest, Text};
use urne_election::question::{Answer, AnswerError, Kind, Question};

use crate::failure::Failure;

/// An election as a voter's page shows it. Texts have one string per language, in the order of `languages`.
#[derive(Debug, Serialize)]
pub struct Paper {
    /// election id
    pub election: String,
    /// language tags
    pub languages: Vec<String>,
    /// the election's name
    pub title: Text,
    /// what it is about
    pub description: Text,
    /// a rehearsal
    pub practice: bool,
    /// how many trustees must come together to decrypt a total
    pub threshold: u32,
    /// the trustees, by name
    pub trustees: Vec<String>,
    /// who makes the voting codes, by name
    pub issuers: Vec<String>,
    /// how many witnesses vouch for the board; 0 where there are none
    pub witnesses: u32,
    /// most ballots one letter may cast
    pub cap: u32,
    /// the questions
    pub questions: Vec<PaperQuestion>,
}

/// A question of the paper. Numbers a kind does not use are 0.
#[derive(Debug, Serialize)]
pub struct PaperQuestion {
    /// `one`, `several`, `knapsack`, `score`, `points`
    pub kind: &'static str,
    /// as shown to people
    pub title: Text,
    /// what it is about
    pub description: Text,
    /// in which order to show the options, from 0
    pub order: Vec<usize>,
    /// the options, in the manifest's order
    pub options: Vec<PaperOption>,
    /// whether blank may be chosen
    pub blank: bool,
    /// fewest options, or fewest points in all
    pub least: u32,
    /// most options, or most points in all
    pub most: u32,
    /// most points for one option
    pub each: u32,
    /// the budget
    pub envelope: u32,
}

/// An option of the paper.
#[derive(Debug, Serialize)]
pub struct PaperOption {
    /// as shown to people
    pub name: Text,
    /// what it is about
    pub description: Text,
    /// what it costs; 0 where nothing does
    pub cost: u32,
}

/// The name of a kind in pages.
pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::One => "one",
        Kind::Several => "several",
        Kind::Knapsack => "knapsack",
        Kind::Score => "score",
        Kind::Points => "points",
    }
}

impl Paper {
    /// The paper of an election; `rng` shuffles where the manifest asks for it.
    pub fn new(replica: &Replica, rng: &mut impl rand::Rng) -> Paper {
        let manifest = replica.manifest();
        let Manifest {
            languages,
            title,
            description,
            practice,
            threshold,
            cap,
            ..
        } = manifest.clone();
        let questions = manifest.questions.iter();
        Paper {
            election: base64url(replica.election().id()),
            languages,
            title,
            description,
            practice,
            threshold,
            trustees: manifest.trustees.iter().map(|t| t.name.clone()).collect(),
            issuers: manifest.issuers.iter().map(|i| i.name.clone()).collect(),
            witnesses: manifest.witnesses.quorum,
            cap,
            questions: questions
                .map(|question| paper_question(question, rng))
                .collect(),
        }
    }
}

fn paper_question(question: &Question, rng: &mut impl rand::Rng) -> PaperQuestion {
    let mut order: Vec<usize> = (0..question.options.len()).collect();
    if question.random {
        order.shuffle(rng);
    }
    let options = question.options.iter().cloned();
    PaperQuestion {
        kind: kind(question.kind),
        title: question.title.clone(),
        description: question.description.clone(),
        order,
        options: options
            .map(|option| PaperOption {
                name: option.name,
                description: option.description,
                cost: option.cost,
            })
            .collect(),
        blank: question.blank,
        least: question.least,
        most: question.most,
        each: question.each,
        envelope: question.envelope,
    }
}

/// The numbers that a ballot of these answers holds, one per option and blank.
pub fn values(questions: &[Question], answers: &[Answer]) -> Vec<u64> {
    let one = |(question, answer): (&Question, &Answer)| {
        let mut values = match answer {
            Answer::Blank => vec![0; question.options.len()],
            Answer::Values(values) => values.iter().copied().map(u64::from).collect(),
        };
        values.resize(question.options.len(), 0);
        let blank = matches!(answer, Answer::Blank);
        values.extend(question.blank.then_some(u64::from(blank)));
        values
    };
    questions.iter().zip(answers).flat_map(one).collect()
}

/// An answer as a page holds it: whether it is blank, and one number per option in the manifest's order.
pub fn answer(blank: bool, values: &[u32]) -> Answer {
    match blank {
        true => Answer::Blank,
        false => Answer::Values(values.to_vec()),
    }
}

/// All answers of a page: which of them are blank (0 or 1 each), and the numbers of all options, question after question.
///
/// # Errors
/// `answers` where there are more or fewer than the paper has.
pub fn answers(
    questions: &[Question],
    blank: &[u8],
    values: &[u32],
) -> Result<Vec<Answer>, Failure> {
    let options: usize = questions
        .iter()
        .map(|question| question.options.len())
        .sum();
    if blank.len() != questions.len() || values.len() != options {
        return Err(Failure::new(
            "answers",
            "not one for each question and option",
        ));
    }
    let mut rest = values;
    let one = |(question, blank): (&Question, &u8)| {
        let (own, others) = rest.split_at(question.options.len());
        rest = others;
        answer(*blank != 0, own)
    };
    Ok(questions.iter().zip(blank).map(one).collect())
}

/// How an answer stands while it is being filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// whether it may be cast like this
    pub complete: bool,
    /// options chosen, points given or money spent
    pub used: u64,
    /// how much more may be used; nothing where the kind has no such limit
    pub remaining: Option<u64>,
    /// how much is used beyond the limit
    pub excess: u64,
    /// how much more must be used
    pub missing: u64,
}

/// How this answer to this question stands.
///
/// # Errors
/// `answers` where it has not one number per option, or gives an option more than it may get.
pub fn standing(question: &Question, answer: &Answer) -> Result<Standing, Failure> {
    let complete = match question.layout().encode(answer) {
        Ok(_) => true,
        Err(AnswerError::Sum { .. }) => false,
        Err(error) => return Err(Failure::new("answers", error)),
    };
    let limit = limit(question);
    let used = match answer {
        Answer::Blank => 0,
        Answer::Values(values) => used(question, values),
    };
    let blank = matches!(answer, Answer::Blank);
    let least = if blank { 0 } else { least(question) };
    Ok(Standing {
        complete,
        used,
        remaining: limit.map(|limit| limit.saturating_sub(used)),
        excess: limit.map_or(0, |limit| used.saturating_sub(limit)),
        missing: least.saturating_sub(used),
    })
}

fn used(question: &Question, values: &[u32]) -> u64 {
    let cost = |number: usize| match question.kind {
        Kind::Knapsack => u64::from(question.options[number].cost),
        _ => 1,
    };
    let values = values.iter().enumerate();
    values
        .map(|(number, value)| cost(number) * u64::from(*value))
        .sum()
}

fn limit(question: &Question) -> Option<u64> {
    match question.kind {
        Kind::One => Some(1),
        Kind::Several | Kind::Points => Some(u64::from(question.most)),
        Kind::Knapsack => Some(u64::from(question.envelope)),
        Kind::Score => None,
    }
}

fn least(question: &Question) -> u64 {
    match question.kind {
        Kind::One => 1,
        Kind::Several | Kind::Points => u64::from(question.least),
        Kind::Knapsack | Kind::Score => 0,
    }
}
