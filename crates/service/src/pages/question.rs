//! A question on a page: how it is answered, what may be chosen, and, once it stands, the result.

use urne_election::entry::QuestionResult;
use urne_election::manifest::Manifest;
use urne_election::outcome::{Base, RuleName, Status, Ties};
use urne_election::question::{Kind, Question};

use super::language::Language;

/// A question as it is shown.
pub(crate) struct QuestionView {
    pub(crate) title: String,
    pub(crate) description: String,
    /// how it is answered, in a sentence
    pub(crate) how: String,
    /// how totals become winners, in sentences
    pub(crate) rule: String,
    pub(crate) options: Vec<OptionView>,
    /// how it ended, in sentences; nothing before the result
    pub(crate) outcome: Option<Vec<String>>,
}

/// An option, blank included.
pub(crate) struct OptionView {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) cost: Option<String>,
    pub(crate) total: Option<Total>,
}

/// An option's total.
pub(crate) struct Total {
    pub(crate) figure: String,
    /// length of its bar, 0 to 400
    pub(crate) bar: u64,
    /// elected, tied, or neither
    pub(crate) mark: Option<&'static str>,
}

const LONGEST_BAR: u64 = 400;

/// All questions of an election.
pub(crate) fn questions(
    language: Language,
    manifest: &Manifest,
    results: Option<&[QuestionResult]>,
) -> Vec<QuestionView> {
    let views = manifest.questions.iter().enumerate().map(|(at, question)| {
        let result = results.and_then(|results| results.get(at));
        one(language, manifest, question, result)
    });
    views.collect()
}

fn one(
    language: Language,
    manifest: &Manifest,
    question: &Question,
    result: Option<&QuestionResult>,
) -> QuestionView {
    let pick = |text: &[String]| language.pick(&manifest.languages, text).to_owned();
    let shown = result.filter(|result| result.outcome.status != Status::Withheld);
    let highest = shown
        .and_then(|result| result.totals.iter().max().copied())
        .unwrap_or(0);
    let total = |number: u32| {
        let result = shown?;
        let total = *result.totals.get(number as usize - 1)?;
        Some(Total {
            figure: language.number(total),
            bar: (total * LONGEST_BAR).checked_div(highest).unwrap_or(0),
            mark: if result.outcome.winners.contains(&number) {
                Some(language.say("result.winner"))
            } else if result.outcome.tied.contains(&number) {
                Some(language.say("result.tied"))
            } else {
                None
            },
        })
    };
    let listed = (1..)
        .zip(&question.options)
        .map(|(number, option)| OptionView {
            name: pick(&option.name),
            description: pick(&option.description),
            cost: (option.cost > 0)
                .then(|| language.fill("kind.cost", &[&language.number(option.cost.into())])),
            total: total(number),
        });
    let blank = question.blank.then(|| OptionView {
        name: language.say("result.blank").to_owned(),
        description: String::new(),
        cost: None,
        total: total(
            u32::try_from(question.options.len())
                .unwrap_or(u32::MAX)
                .saturating_add(1),
        ),
    });
    QuestionView {
        title: pick(&question.title),
        description: pick(&question.description),
        how: how(language, question),
        rule: rule(language, question),
        options: listed.chain(blank).collect(),
        outcome: result.map(|result| outcome(language, result)),
    }
}

fn how(language: Language, question: &Question) -> String {
    let number = |number: u32| language.number(number.into());
    let (least, most, each) = (
        number(question.least),
        number(question.most),
        number(question.each),
    );
    let how = match question.kind {
        Kind::One => language.say("kind.one").to_owned(),
        Kind::Several => language.fill("kind.several", &[&least, &most]),
        Kind::Knapsack => language.fill("kind.knapsack", &[&number(question.envelope)]),
        Kind::Score => language.fill("kind.score", &[&each]),
        Kind::Points => language.fill("kind.points", &[&least, &most, &each]),
    };
    if question.blank {
        format!("{how}. {}", language.say("kind.blank"))
    } else {
        format!("{how}.")
    }
}

/// How totals become winners: the rule, what a winner and the vote need, what happens to ties.
fn rule(language: Language, question: &Question) -> String {
    let rule = &question.rule;
    let envelope = language.number(question.envelope.into());
    let mut sentences = vec![match (rule.name, rule.seats) {
        (RuleName::Most, 1) => language.say("rule.most_one").to_owned(),
        (RuleName::Most, seats) => language.fill("rule.most", &[&language.number(seats.into())]),
        (RuleName::GreedySkip, _) => language.fill("rule.greedy_skip", &[&envelope]),
        (RuleName::GreedyStop, _) => language.fill("rule.greedy_stop", &[&envelope]),
    }];
    let majority = &rule.majority;
    if majority.numerator > 0 {
        let name = match (majority.strict, majority.of) {
            (true, Base::Expressed) => "rule.more_than_expressed",
            (true, Base::Registered) => "rule.more_than_registered",
            (false, Base::Expressed) => "rule.at_least_expressed",
            (false, Base::Registered) => "rule.at_least_registered",
        };
        let share = format!("{}/{}", majority.numerator, majority.denominator);
        sentences.push(language.fill(name, &[&share]));
    }
    if rule.quorum.numerator > 0 {
        let share = format!("{}/{}", rule.quorum.numerator, rule.quorum.denominator);
        sentences.push(language.fill("rule.quorum", &[&share]));
    }
    sentences.push(match rule.ties {
        Ties::Listed => language.say("rule.ties_listed").to_owned(),
        Ties::Order(_) => language.say("rule.ties_order").to_owned(),
    });
    sentences.join(" ")
}

fn outcome(language: Language, result: &QuestionResult) -> Vec<String> {
    let sentence = match result.outcome.status {
        Status::Decided => language.say("result.decided"),
        Status::Tied => language.say("result.tied_text"),
        Status::None => language.say("result.none"),
        Status::NoQuorum => language.say("result.no-quorum"),
        Status::Withheld => language.say("result.withheld"),
    };
    let turnout = (result.outcome.status != Status::Withheld).then(|| {
        let figures = [result.expressed, result.registered].map(|figure| language.number(figure));
        language.fill("result.expressed", &[&figures[0], &figures[1]])
    });
    [sentence.to_owned()].into_iter().chain(turnout).collect()
}
