//! A voter's answers as typed, and as shown for review.

use std::collections::BTreeMap;

use urne_election::manifest::Manifest;
use urne_election::question::{Answer, Kind, Question};

/// Why an answer cannot be understood, in words for the voter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerTypingError {
    /// Not one answer per question.
    #[error("there are {expected} questions, and {found} answers were given")]
    Count {
        /// answers
        found: usize,
        /// questions
        expected: usize,
    },
    /// Not a number of an option.
    #[error("“{0}” is not the number of an option")]
    Option(String),
    /// Not a number of points.
    #[error("“{0}” is not a number of points")]
    Points(String),
    /// An option twice.
    #[error("option {0} stands twice")]
    Twice(usize),
}

/// How a question is answered, in one line.
pub fn how(question: &Question) -> String {
    let blank = if question.blank { ", or: blank" } else { "" };
    let (least, most, each) = (question.least, question.most, question.each);
    let how = match question.kind {
        Kind::One => "the number of one option".to_owned(),
        Kind::Several => format!("{least} to {most} numbers, such as 1,3 (or: none)"),
        Kind::Knapsack => format!(
            "numbers, such as 1,3 (or: none); together they may cost up to {}",
            question.envelope
        ),
        Kind::Score => format!("0 to {each} for each, such as 1={each},3=1 (the others get 0)"),
        Kind::Points => format!(
            "{least} to {most} points in all, at most {each} each, such as 1={each},3=1 (or: none)"
        ),
    };
    format!("{how}{blank}")
}

/// Reads one answer.
///
/// # Errors
/// [`AnswerTypingError`]; whether the answer obeys the question's rules is judged when the ballot is made.
pub fn parse(question: &Question, typed: &str) -> Result<Answer, AnswerTypingError> {
    let typed = typed.trim();
    if typed.eq_ignore_ascii_case("blank") {
        return Ok(Answer::Blank);
    }
    let mut values = BTreeMap::new();
    let nothing = typed.is_empty() || typed.eq_ignore_ascii_case("none");
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
pub fn reviewed(manifest: &Manifest, values: &[u64], language: usize) -> String {
    let mut values = values.iter();
    let mut words = Vec::new();
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
            chosen.push("blank".to_owned());
        }
        let chosen = match chosen.is_empty() {
            true => "nothing".to_owned(),
            false => chosen.join(", "),
        };
        words.push(format!("{}\n  → {chosen}", question.title[language]));
    }
    words.join("\n")
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
}
