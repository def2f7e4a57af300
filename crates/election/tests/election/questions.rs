//! Questions become bits and rules as `spec/ballot.md` says, and a ballot can say exactly what the question allows.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use urne_crypto::program::LinearProgram;
use urne_election::form::{BallotAnswersError, BallotForm};
use urne_election::question::{Answer, AnswerError, Kind, Question};

use crate::sample::{knapsack, one, points, score, several};

type Row = &'static [(u32, u32)];

fn compile(question: Question) -> BallotForm {
    assert_eq!(question.check(), Ok(()));
    BallotForm::compile(&[question]).unwrap()
}

/// The program a page of the specification and a pencil give.
fn program(bits: u32, ciphertexts: &[Row], rules: &[(Row, u32)]) -> Vec<u8> {
    let mut numbers = vec![ciphertexts.len() as u32, bits, rules.len() as u32];
    let row = |row: Row| {
        let terms = row
            .iter()
            .flat_map(|&(bit, coefficient)| [bit, coefficient]);
        core::iter::once(row.len() as u32)
            .chain(terms)
            .collect::<Vec<u32>>()
    };
    for &ciphertext in ciphertexts {
        numbers.extend(row(ciphertext));
    }
    for &(rule, target) in rules {
        numbers.extend(row(rule));
        numbers.push(target);
    }
    numbers.into_iter().flat_map(u32::to_le_bytes).collect()
}

#[test]
fn each_kind_compiles_to_the_rows_of_the_specification() {
    let cases: [(Question, Vec<u8>); 14] = [
        (
            one(2, false),
            program(2, &[&[(1, 1)], &[(2, 1)]], &[(&[(1, 1), (2, 1)], 1)]),
        ),
        (
            one(1, true),
            program(2, &[&[(1, 1)], &[(2, 1)]], &[(&[(1, 1), (2, 1)], 1)]),
        ),
        // Slack 0 … 2 in two bits.
        (
            several(3, 0, 2, false),
            program(
                5,
                &[&[(1, 1)], &[(2, 1)], &[(3, 1)]],
                &[(&[(1, 1), (2, 1), (3, 1), (4, 1), (5, 1)], 2)],
            ),
        ),
        // Blank weighs as much as all seats; slack 0 … 1.
        (
            several(3, 1, 2, true),
            program(
                5,
                &[&[(1, 1)], &[(2, 1)], &[(3, 1)], &[(4, 1)]],
                &[(&[(1, 1), (2, 1), (3, 1), (4, 2), (5, 1)], 2)],
            ),
        ),
        // Least and most alike: no slack.
        (
            several(3, 2, 2, false),
            program(
                3,
                &[&[(1, 1)], &[(2, 1)], &[(3, 1)]],
                &[(&[(1, 1), (2, 1), (3, 1)], 2)],
            ),
        ),
        // Approval needs no rule,
        (
            several(2, 0, 2, false),
            program(2, &[&[(1, 1)], &[(2, 1)]], &[]),
        ),
        // but approval with blank does, and so does 1 to all.
        (
            several(2, 0, 2, true),
            program(
                5,
                &[&[(1, 1)], &[(2, 1)], &[(3, 1)]],
                &[(&[(1, 1), (2, 1), (3, 2), (4, 1), (5, 1)], 2)],
            ),
        ),
        (
            several(2, 1, 2, false),
            program(
                3,
                &[&[(1, 1)], &[(2, 1)]],
                &[(&[(1, 1), (2, 1), (3, 1)], 2)],
            ),
        ),
        // Slack 0 … 8 in bits of 1, 2, 4, 1.
        (
            knapsack(&[3, 8], 8, false),
            program(
                6,
                &[&[(1, 1)], &[(2, 1)]],
                &[(&[(1, 3), (2, 8), (3, 1), (4, 2), (5, 4), (6, 1)], 8)],
            ),
        ),
        (
            knapsack(&[3], 4, true),
            program(
                5,
                &[&[(1, 1)], &[(2, 1)]],
                &[(&[(1, 3), (2, 4), (3, 1), (4, 2), (5, 1)], 4)],
            ),
        ),
        (
            score(2, 5),
            program(
                6,
                &[&[(1, 1), (2, 2), (3, 2)], &[(4, 1), (5, 2), (6, 2)]],
                &[],
            ),
        ),
        (
            points(2, (3, 3), 3, false),
            program(
                4,
                &[&[(1, 1), (2, 2)], &[(3, 1), (4, 2)]],
                &[(&[(1, 1), (2, 2), (3, 1), (4, 2)], 3)],
            ),
        ),
        (
            points(2, (1, 3), 2, true),
            program(
                7,
                &[&[(1, 1), (2, 1)], &[(3, 1), (4, 1)], &[(5, 1)]],
                &[(&[(1, 1), (2, 1), (3, 1), (4, 1), (5, 3), (6, 1), (7, 1)], 3)],
            ),
        ),
        (
            points(1, (0, 1), 1, false),
            program(2, &[&[(1, 1)]], &[(&[(1, 1), (2, 1)], 1)]),
        ),
    ];
    for (number, (question, expected)) in cases.into_iter().enumerate() {
        let form = compile(question.clone());
        assert_eq!(form.program().bytes(), expected, "{number}");
        assert_eq!(
            question.layout().bits(),
            form.program().bits() as usize,
            "{number}"
        );
    }
}

#[test]
fn the_bytes_of_a_small_program_are_these() {
    let form = compile(several(3, 1, 2, true));
    let hexadecimal: String = form
        .program()
        .bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let words = [
        // n = 4, N = 5, m = 1
        "040000000500000001000000",
        // four ciphertexts of one bit each
        "010000000100000001000000",
        "010000000200000001000000",
        "010000000300000001000000",
        "010000000400000001000000",
        // one rule of five terms: b1 + b2 + b3 + 2·b4 + b5 = 2
        "05000000",
        "0100000001000000",
        "0200000001000000",
        "0300000001000000",
        "0400000002000000",
        "0500000001000000",
        "02000000",
    ];
    assert_eq!(hexadecimal, words.concat());
}

#[test]
fn bits_ciphertexts_and_rules_are_numbered_on_across_questions() {
    let questions = [
        one(2, false),
        several(2, 0, 2, false),
        score(1, 3),
        points(1, (0, 1), 1, true),
    ];
    let form = BallotForm::compile(&questions).unwrap();
    let expected = program(
        9,
        &[
            &[(1, 1)],
            &[(2, 1)],
            &[(3, 1)],
            &[(4, 1)],
            &[(5, 1), (6, 2)],
            &[(7, 1)],
            &[(8, 1)],
        ],
        &[(&[(1, 1), (2, 1)], 1), (&[(7, 1), (8, 1), (9, 1)], 1)],
    );
    assert_eq!(form.program().bytes(), expected);
    assert_eq!(form.largest_values(), [1, 1, 1, 1, 3, 1, 1]);
    let answers = [
        Answer::Values(vec![0, 1]),
        Answer::Values(vec![1, 0]),
        Answer::Values(vec![2]),
        Answer::Blank,
    ];
    let bits = form.encode(&answers).unwrap();
    let values = form.program().evaluate(&bits).unwrap();
    assert_eq!(values, [0, 1, 1, 0, 2, 0, 1]);
}

#[test]
fn a_refused_answer_names_its_question() {
    let form = BallotForm::compile(&[one(2, false), score(2, 3)]).unwrap();
    let values = |values: &[u32]| Answer::Values(values.to_vec());
    let refused = |answers: &[Answer]| form.encode(answers).unwrap_err();
    assert_eq!(
        refused(&[values(&[1, 0])]),
        BallotAnswersError::Count {
            found: 1,
            expected: 2
        }
    );
    assert_eq!(
        refused(&[values(&[1, 0]), values(&[3, 4])]),
        BallotAnswersError::Answer {
            question: 2,
            error: AnswerError::Value {
                option: 2,
                value: 4,
                most: 3
            }
        }
    );
    assert_eq!(
        refused(&[Answer::Blank, values(&[3, 3])]),
        BallotAnswersError::Answer {
            question: 1,
            error: AnswerError::NoBlank
        }
    );
    assert_eq!(
        refused(&[values(&[1, 0]), values(&[3])]),
        BallotAnswersError::Answer {
            question: 2,
            error: AnswerError::Count {
                found: 1,
                expected: 2
            }
        }
    );
    assert_eq!(
        refused(&[values(&[1, 1]), values(&[3, 3])]),
        BallotAnswersError::Answer {
            question: 1,
            error: AnswerError::Sum {
                sum: 2,
                least: 1,
                most: 1
            }
        }
    );
    let several = compile(several(3, 1, 2, false));
    assert_eq!(
        several.encode(&[values(&[0, 0, 0])]).unwrap_err(),
        BallotAnswersError::Answer {
            question: 1,
            error: AnswerError::Sum {
                sum: 0,
                least: 1,
                most: 2
            }
        }
    );
}

/// Whether the table of `spec/entries.md` allows these values without blank.
fn allows(question: &Question, values: &[u32]) -> bool {
    let sum: u64 = values.iter().map(|&value| u64::from(value)).sum();
    let at_most = |largest: u32| values.iter().all(|&value| value <= largest);
    let within = (u64::from(question.least)..=u64::from(question.most)).contains(&sum);
    match question.kind {
        Kind::One => at_most(1) && sum == 1,
        Kind::Several => at_most(1) && within,
        Kind::Knapsack => {
            let costs = question.options.iter().zip(values);
            let cost: u64 = costs
                .map(|(option, &value)| u64::from(option.cost) * u64::from(value))
                .sum();
            at_most(1) && cost <= u64::from(question.envelope)
        }
        Kind::Score => at_most(question.each),
        Kind::Points => at_most(question.each) && within,
    }
}

/// Every row of `count` numbers from 0 to `largest`.
fn rows(count: usize, largest: u32) -> Vec<Vec<u32>> {
    (0..count).fold(vec![Vec::new()], |rows, _| {
        let longer = |row: Vec<u32>| (0..=largest).map(move |value| [&row[..], &[value]].concat());
        rows.into_iter().flat_map(longer).collect()
    })
}

/// The values of the ciphertexts of an allowed answer.
fn expected_values(question: &Question, answer: &Answer) -> Option<Vec<u64>> {
    let options = question.options.len();
    let (mut values, blank) = match answer {
        Answer::Blank if question.blank => (vec![0; options], 1),
        Answer::Values(values) if values.len() == options && allows(question, values) => {
            (values.iter().map(|&value| value.into()).collect(), 0)
        }
        _ => return None,
    };
    values.extend(question.blank.then_some(blank));
    Some(values)
}

fn reachable(program: &LinearProgram) -> BTreeSet<Vec<u64>> {
    (0_u32..1 << program.bits())
        .filter_map(|number| {
            let bits: Vec<bool> = (0..program.bits())
                .map(|bit| number >> bit & 1 == 1)
                .collect();
            program.evaluate(&bits).ok()
        })
        .collect()
}

fn small_questions() -> Vec<Question> {
    let mut all = vec![
        one(2, false),
        one(3, false),
        one(1, true),
        one(3, true),
        knapsack(&[1], 1, false),
        knapsack(&[2, 3, 4], 5, false),
        knapsack(&[2, 3, 4], 5, true),
        knapsack(&[1, 1, 9], 9, true),
        knapsack(&[7, 6, 5], 12, false),
        score(1, 1),
        score(3, 3),
        score(2, 5),
        score(2, 6),
        points(1, (0, 1), 1, true),
        points(3, (0, 2), 1, false),
        points(2, (3, 3), 2, false),
        points(2, (1, 4), 2, true),
        points(2, (0, 5), 3, true),
        points(2, (5, 6), 3, false),
    ];
    for blank in [false, true] {
        for most in 1..=3 {
            all.extend((0..=most).map(|least| several(3, least, most, blank)));
        }
    }
    all
}

#[test]
fn the_bits_that_obey_the_rules_say_exactly_the_allowed_answers() {
    for question in small_questions() {
        let form = compile(question.clone());
        let largest = question.largest_value();
        let answers = rows(question.options.len(), largest + 1)
            .into_iter()
            .map(Answer::Values)
            .chain([Answer::Blank]);
        let allowed: BTreeSet<Vec<u64>> = answers
            .filter_map(|answer| expected_values(&question, &answer))
            .collect();
        assert!(!allowed.is_empty());
        assert_eq!(reachable(form.program()), allowed, "{question:?}");
    }
}

#[test]
fn exactly_the_allowed_answers_are_encoded_and_mean_what_was_answered() {
    for question in small_questions() {
        let form = compile(question.clone());
        let (count, largest) = (question.options.len(), question.largest_value());
        let answers = [count - 1, count, count + 1]
            .into_iter()
            .flat_map(|count| rows(count, largest + 1))
            .map(Answer::Values)
            .chain([Answer::Blank]);
        for answer in answers {
            let encoded = form.encode(core::slice::from_ref(&answer)).ok();
            let values = encoded.map(|bits| form.program().evaluate(&bits).unwrap());
            assert_eq!(
                values,
                expected_values(&question, &answer),
                "{question:?} {answer:?}"
            );
        }
    }
}

/// Questions of any kind, small and large.
fn any_question() -> impl Strategy<Value = Question> {
    let numbers = (any::<bool>(), 1..u32::MAX, 1..u32::MAX, 1..u32::MAX);
    (0..5, vec(1..=u32::MAX, 2..20), numbers).prop_map(|(kind, costs, (blank, a, b, c))| {
        let count = costs.len();
        let options = count as u32;
        match kind {
            0 => one(count, blank),
            1 => {
                let most = 1 + a % options;
                several(count, b % (most + 1), most, blank)
            }
            2 => {
                let envelope = costs.iter().copied().max().unwrap_or(1).max(a);
                knapsack(&costs, envelope, blank)
            }
            3 => score(count, 1 + a % 65_535),
            _ => {
                let most = 1 + a % 65_535;
                let least = b % (most + 1);
                let lowest = most.div_ceil(options);
                points(
                    count,
                    (least, most),
                    lowest + c % (most - lowest + 1),
                    blank,
                )
            }
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_large_question_encodes_exactly_what_it_allows(
        question in any_question(),
        raw in vec(any::<u32>(), 20),
        sparse in 1_u32..30,
    ) {
        let form = compile(question.clone());
        let largest = question.largest_value();
        let bound = (largest / sparse).max(1) + u32::from(sparse == 1);
        let values: Vec<u32> = raw
            .iter()
            .take(question.options.len())
            .map(|number| if number % sparse < 2 { (number >> 8) % (bound + 1) } else { 0 })
            .collect();
        for answer in [Answer::Values(values), Answer::Blank] {
            let encoded = form.encode(core::slice::from_ref(&answer)).ok();
            let found = encoded.map(|bits| form.program().evaluate(&bits).unwrap());
            prop_assert_eq!(found, expected_values(&question, &answer));
        }
    }
}
