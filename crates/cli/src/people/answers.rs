//! A voter's answers as typed, and as shown for review.

use std::collections::BTreeMap;

use urne_election::manifest::Manifest;
use urne_election::question::{Answer, AnswerError, Kind, Question};

use super::words::{Words, means};
use crate::language::fill;

/// Why an answer cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerTypingError {
    /// Not one answer per question.
    Count {
        /// answers
        found: usize,
        /// questions
        expected: usize,
    },
    /// Not a number of an option.
    Option(String),
    /// Not a number of points.
    Points(String),
    /// An option twice.
    Twice(usize),
    /// Understood, and against the question's rules.
    Rule(AnswerError),
}

impl AnswerTypingError {
    /// In words for the voter.
    pub fn said(&self, words: &Words) -> String {
        let words = &words.answer;
        match self {
            AnswerTypingError::Count { found, expected } => {
                fill(&words.count, &[("found", found), ("expected", expected)])
            }
            AnswerTypingError::Option(typed) => fill(&words.option, &[("typed", typed)]),
            AnswerTypingError::Points(typed) => fill(&words.points_typed, &[("typed", typed)]),
            AnswerTypingError::Twice(option) => fill(&words.twice, &[("option", option)]),
            AnswerTypingError::Rule(error) => rule_said(error, words),
        }
    }
}

fn rule_said(error: &AnswerError, words: &super::words::Answer) -> String {
    match error {
        // Answers as they are typed have one value per option.
        AnswerError::Count { .. } => error.to_string(),
        AnswerError::NoBlank => words.no_blank.clone(),
        AnswerError::Value {
            option,
            value,
            most,
        } => fill(
            &words.value,
            &[("option", option), ("value", value), ("most", most)],
        ),
        AnswerError::Sum { sum, least, most } => fill(
            &words.sum,
            &[("sum", sum), ("least", least), ("most", most)],
        ),
    }
}

/// How a question is answered, in one line.
pub fn how(question: &Question, words: &Words) -> String {
    let words = &words.answer;
    let template = match question.kind {
        Kind::One => &words.one,
        Kind::Several => &words.several,
        Kind::Knapsack => &words.knapsack,
        Kind::Score => &words.score,
        Kind::Points => &words.points,
    };
    let mut how = fill(
        template,
        &[
            ("least", &question.least),
            ("most", &question.most),
            ("each", &question.each),
            ("envelope", &question.envelope),
        ],
    );
    if question.blank {
        how.push_str(&words.or_blank);
    }
    how
}

/// Reads one answer.
///
/// # Errors
/// [`AnswerTypingError`].
pub fn parse(question: &Question, typed: &str) -> Result<Answer, AnswerTypingError> {
    let answer = read(question, typed.trim())?;
    let judged = question.layout().encode(&answer);
    judged.map_err(AnswerTypingError::Rule)?;
    Ok(answer)
}

fn read(question: &Question, typed: &str) -> Result<Answer, AnswerTypingError> {
    if means(typed, |words| &words.answer.blank) {
        return Ok(Answer::Blank);
    }
    let mut values = BTreeMap::new();
    let nothing = typed.is_empty() || means(typed, |words| &words.answer.none);
    for part in typed.split(',').filter(|_| !nothing) {
        let (option, value) = part.split_once('=').unwrap_or((part, "1"));
        let number: usize = option
            .trim()
            .parse()
            .ok()
            .filter(|number| (1..=question.options.len()).contains(number))
            .ok_or_else(|| AnswerTypingError::Option(option.trim().to_owned()))?;
        let value = value.trim().parse();
        let value: u32 = value.map_err(|_| AnswerTypingError::Points(part.trim().to_owned()))?;
        if values.insert(number, value).is_some() {
            return Err(AnswerTypingError::Twice(number));
        }
    }
    let value = |number| values.get(&number).copied().unwrap_or(0);
    Ok(Answer::Values(
        (1..=question.options.len()).map(value).collect(),
    ))
}

/// Reads one answer per question.
///
/// # Errors
/// [`AnswerTypingError`].
pub fn parse_all(manifest: &Manifest, typed: &[String]) -> Result<Vec<Answer>, AnswerTypingError> {
    if typed.len() != manifest.questions.len() {
        return Err(AnswerTypingError::Count {
            found: typed.len(),
            expected: manifest.questions.len(),
        });
    }
    let mut pairs = manifest.questions.iter().zip(typed);
    pairs
        .by_ref()
        .map(|(question, typed)| parse(question, typed))
        .collect()
}

/// A question with its numbered options, in the first language that has the wanted tag.
pub fn shown(question: &Question, language: usize) -> String {
    let mut words = question.title[language].clone();
    if !question.description[language].is_empty() {
        words.push_str(&format!("\n  {}", question.description[language]));
    }
    for (number, option) in (1..).zip(&question.options) {
        words.push_str(&format!("\n  {number}  {}", option.name[language]));
        if option.cost > 0 {
            words.push_str(&format!(" ({})", option.cost));
        }
    }
    words
}

/// The choices as they stand in a ballot, one number per option and blank, question by question, in words.
pub fn reviewed(manifest: &Manifest, values: &[u64], language: usize, words: &Words) -> String {
    let mut values = values.iter();
    let mut lines = Vec::new();
    for question in &manifest.questions {
        let own: Vec<u64> = values
            .by_ref()
            .take(question.ciphertexts())
            .copied()
            .collect();
        let rated = matches!(question.kind, Kind::Score | Kind::Points);
        let mut chosen: Vec<String> = question
            .options
            .iter()
            .zip(&own)
            .filter(|(_, value)| **value > 0)
            .map(|(option, value)| match rated {
                true => format!("{}: {value}", option.name[language]),
                false => option.name[language].clone(),
            })
            .collect();
        if own
            .get(question.options.len())
            .is_some_and(|blank| *blank > 0)
        {
            chosen.push(words.answer.blank.clone());
        }
        let chosen = match chosen.is_empty() {
            true => words.answer.nothing.clone(),
            false => chosen.join(", "),
        };
        lines.push(format!("{}\n  → {chosen}", question.title[language]));
    }
    lines.join("\n")
}

/// Answers as the numbers a ballot holds.
pub fn values(manifest: &Manifest, answers: &[Answer]) -> Vec<u64> {
    let one = |(question, answer): (&Question, &Answer)| {
        let mut values = vec![0; question.ciphertexts()];
        match answer {
            Answer::Blank => {
                if let Some(last) = values.last_mut() {
                    *last = 1;
                }
            }
            Answer::Values(chosen) => {
                for (value, chosen) in values.iter_mut().zip(chosen) {
                    *value = u64::from(*chosen);
                }
            }
        }
        values
    };
    manifest
        .questions
        .iter()
        .zip(answers)
        .flat_map(one)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::people::draft_file;
    use urne_client::draft::DraftContent;

    fn question(kind: Kind, blank: bool) -> Question {
        let content: DraftContent = draft_file::read(&draft_file::example(1_796_108_430)).unwrap();
        let option = |name: &str| urne_election::question::ChoiceOption {
            name: vec![name.into()],
            description: vec![String::new()],
            cost: 0,
        };
        assert_eq!(content.questions.len(), 1);
        Question {
            kind,
            title: vec!["?".into()],
            description: vec![String::new()],
            random: false,
            options: vec![option("a"), option("b"), option("c")],
            blank,
            least: 0,
            most: 3,
            each: 3,
            envelope: 0,
            rule: urne_election::outcome::Rule {
                name: urne_election::outcome::RuleName::Most,
                seats: 1,
                majority: urne_election::outcome::Majority {
                    numerator: 0,
                    denominator: 1,
                    of: urne_election::outcome::Base::Expressed,
                    strict: false,
                },
                quorum: urne_election::outcome::Quorum {
                    numerator: 0,
                    denominator: 1,
                },
                ties: urne_election::outcome::Ties::Listed,
            },
        }
    }

    #[test]
    fn answers_are_understood_as_people_type_them() {
        let question = question(Kind::Points, true);
        for (typed, expected) in [
            ("2", vec![0, 1, 0]),
            (" 1, 3 ", vec![1, 0, 1]),
            ("1=3,2=0", vec![3, 0, 0]),
            ("none", vec![0, 0, 0]),
            ("", vec![0, 0, 0]),
        ] {
            assert_eq!(
                parse(&question, typed),
                Ok(Answer::Values(expected)),
                "{typed}"
            );
        }
        assert_eq!(parse(&question, "Blank"), Ok(Answer::Blank));
    }

    #[test]
    fn what_is_no_answer_is_explained() {
        let question = question(Kind::One, false);
        for (typed, expected) in [
            ("4", AnswerTypingError::Option("4".into())),
            ("0", AnswerTypingError::Option("0".into())),
            ("x", AnswerTypingError::Option("x".into())),
            ("1,1", AnswerTypingError::Twice(1)),
            ("1=x", AnswerTypingError::Points("1=x".into())),
        ] {
            assert_eq!(parse(&question, typed), Err(expected));
        }
    }

    #[test]
    fn rules_are_explained_in_the_voters_language() {
        let said = |typed: &str, language| {
            let error = parse(&question(Kind::One, false), typed).unwrap_err();
            error.said(&Words::of(language))
        };
        for (typed, language, expected) in [
            ("1,2", Language::English, "2 in all, but 1 to 1 is allowed"),
            (
                "1,2",
                Language::French,
                "2 en tout, mais de 1 à 1 sont permis",
            ),
            (
                "1=2",
                Language::French,
                "le choix 1 a reçu 2, au plus 1 est permis",
            ),
            ("blanc", Language::French, "n’admet pas de vote blanc"),
            ("7", Language::French, "« 7 » n’est pas le numéro"),
        ] {
            let said = said(typed, language);
            assert!(said.contains(expected), "{typed}: {said}");
        }
    }
}
