//! From questions to bits and linear rules (spec/ballot.md section 1).

use crate::manifest::{Question, QuestionKind};

/// A linear form: (number of the bit from 1, coefficient), bits ascending, coefficients not zero.
pub(crate) type Form = Vec<(u32, u32)>;

/// What every ballot of an election proves.
pub(crate) struct Program {
    /// v_i as a form of the bits
    pub ciphertexts: Vec<Form>,
    /// the largest value each ciphertext may encrypt
    pub largest: Vec<u32>,
    /// the forms of the rules, with their targets
    pub rules: Vec<(Form, u32)>,
    /// N
    pub bits: u32,
}

const MOST_BITS: u32 = 1024;

impl Program {
    /// Compiles all questions; refuses programs above the limits of spec/encoding.md.
    pub(crate) fn compile(questions: &[Question]) -> Result<Program, String> {
        let mut program =
            Program { ciphertexts: Vec::new(), largest: Vec::new(), rules: Vec::new(), bits: 0 };
        for question in questions {
            program.add(question);
            if program.bits > MOST_BITS || program.weight() > 1400 {
                return Err("the ballot has too many ciphertexts or bits".to_owned());
            }
        }
        Ok(program)
    }

    /// 2n + N
    fn weight(&self) -> usize {
        2 * self.ciphertexts.len() + self.bits as usize
    }

    fn add(&mut self, question: &Question) {
        let per_option = match question.kind {
            QuestionKind::One | QuestionKind::Several | QuestionKind::Knapsack => 1,
            QuestionKind::Score | QuestionKind::Points => question.each,
        };
        let mut options = Vec::new();
        for _ in &question.options {
            let form = self.range(per_option);
            self.ciphertext(form.clone(), per_option);
            options.push(form);
        }
        let blank = question.blank.then(|| {
            let form = self.range(1);
            self.ciphertext(form.clone(), 1);
            form
        });
        let every_choice = u32::try_from(question.options.len()).unwrap_or(u32::MAX);
        let (slack, target) = match question.kind {
            QuestionKind::One => (0, 1),
            QuestionKind::Several
                if question.least == 0 && question.most == every_choice && !question.blank =>
            {
                return;
            }
            QuestionKind::Several | QuestionKind::Points => {
                (question.most.saturating_sub(question.least), question.most)
            }
            QuestionKind::Knapsack => (question.envelope, question.envelope),
            QuestionKind::Score => return,
        };
        let mut rule = Form::new();
        for (form, cost) in options.iter().zip(&question.costs) {
            let factor = if question.kind == QuestionKind::Knapsack { *cost } else { 1 };
            rule.extend(form.iter().map(|(bit, weight)| (*bit, weight.saturating_mul(factor))));
        }
        for (bit, _) in blank.into_iter().flatten() {
            rule.push((bit, target));
        }
        rule.extend(self.range(slack));
        self.rules.push((rule, target));
    }

    fn ciphertext(&mut self, form: Form, largest: u32) {
        self.ciphertexts.push(form);
        self.largest.push(largest);
    }

    /// New bits for a range 0 … `largest`, with their weights.
    fn range(&mut self, largest: u32) -> Form {
        let weights = range_weights(largest).into_iter();
        weights
            .map(|weight| {
                self.bits += 1;
                (self.bits, weight)
            })
            .collect()
    }

    /// The length of a ballot's proof: 64·n + 32·N + 256.
    pub(crate) fn proof_length(&self) -> usize {
        64 * self.ciphertexts.len() + 32 * self.bits as usize + 256
    }

    /// The largest value any one ciphertext may encrypt.
    pub(crate) fn largest_value(&self) -> u32 {
        self.largest.iter().copied().max().unwrap_or(1)
    }

    /// The program bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut numbers = vec![length(&self.ciphertexts), self.bits, length(&self.rules)];
        let push = |numbers: &mut Vec<u32>, form: &Form| {
            numbers.push(length(form));
            numbers.extend(form.iter().flat_map(|(bit, coefficient)| [*bit, *coefficient]));
        };
        for form in &self.ciphertexts {
            push(&mut numbers, form);
        }
        for (form, target) in &self.rules {
            push(&mut numbers, form);
            numbers.push(*target);
        }
        numbers.into_iter().flat_map(u32::to_le_bytes).collect()
    }
}

fn length<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}

/// ⌈log₂(r+1)⌉ weights: 1, 2, 4, … and a last one that makes their sum r.
fn range_weights(largest: u32) -> Vec<u32> {
    let mut weights = Vec::new();
    let mut rest = largest;
    while rest > 0 {
        let weight = rest.min(1 << weights.len());
        weights.push(weight);
        rest -= weight;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Method, Rule};

    fn question(kind: QuestionKind, options: usize, blank: bool) -> Question {
        let rule = Rule {
            method: Method::Most,
            seats: 1,
            majority: (0, 1),
            of_registered: false,
            strict: false,
            quorum: (0, 1),
            ordered: false,
            order: vec![],
        };
        Question {
            kind,
            title: vec![],
            options: vec![vec![]; options],
            costs: vec![0; options],
            blank,
            least: 0,
            most: 0,
            each: 0,
            envelope: 0,
            rule,
        }
    }

    #[test]
    fn ranges_have_weights_that_sum_to_their_end() {
        let none: [u32; 0] = [];
        assert_eq!(range_weights(0), none);
        assert_eq!(range_weights(1), [1]);
        assert_eq!(range_weights(2), [1, 1]);
        assert_eq!(range_weights(5), [1, 2, 2]);
        assert_eq!(range_weights(7), [1, 2, 4]);
        for largest in [3, 4, 6, 8, 100, 65_535, u32::MAX] {
            let weights = range_weights(largest);
            assert_eq!(
                weights.iter().map(|weight| u64::from(*weight)).sum::<u64>(),
                largest.into()
            );
            assert_eq!(weights.len() as u32, u32::BITS - largest.leading_zeros(), "{largest}");
        }
    }

    #[test]
    fn one_of_two_with_blank_has_a_sum_rule() {
        let program = Program::compile(&[question(QuestionKind::One, 2, true)]).unwrap();
        assert_eq!(program.ciphertexts, [vec![(1, 1)], vec![(2, 1)], vec![(3, 1)]]);
        assert_eq!(program.rules, [(vec![(1, 1), (2, 1), (3, 1)], 1)]);
        let expected = [3u32, 3, 1, 1, 1, 1, 1, 2, 1, 1, 3, 1, 3, 1, 1, 2, 1, 3, 1, 1];
        let expected: Vec<u8> = expected.into_iter().flat_map(u32::to_le_bytes).collect();
        assert_eq!(program.bytes(), expected);
        assert_eq!(program.proof_length(), 3 * 64 + 3 * 32 + 256);
    }

    #[test]
    fn several_has_slack_and_approval_has_no_rule() {
        let mut several = question(QuestionKind::Several, 3, true);
        (several.least, several.most) = (1, 3);
        let program = Program::compile(&[several]).unwrap();
        let rule = vec![(1, 1), (2, 1), (3, 1), (4, 3), (5, 1), (6, 1)];
        assert_eq!(program.rules, [(rule, 3)]);
        let mut approval = question(QuestionKind::Several, 3, false);
        approval.most = 3;
        let program = Program::compile(&[approval]).unwrap();
        assert!(program.rules.is_empty());
        assert_eq!(program.bits, 3);
        let mut blank = question(QuestionKind::Several, 3, true);
        blank.most = 3;
        assert_eq!(Program::compile(&[blank]).unwrap().rules.len(), 1, "blank excludes the others");
    }

    #[test]
    fn numbers_run_on_across_questions_of_all_kinds() {
        let mut score = question(QuestionKind::Score, 1, false);
        score.each = 5;
        let mut points = question(QuestionKind::Points, 2, true);
        (points.least, points.most, points.each) = (3, 4, 2);
        let mut knapsack = question(QuestionKind::Knapsack, 2, true);
        (knapsack.costs, knapsack.envelope) = (vec![3, 5], 6);
        let program = Program::compile(&[score, points, knapsack]).unwrap();
        assert_eq!(program.ciphertexts[0], [(1, 1), (2, 2), (3, 2)]);
        assert_eq!(program.ciphertexts[2], [(6, 1), (7, 1)]);
        assert_eq!(program.largest, [5, 2, 2, 1, 1, 1, 1]);
        assert_eq!(program.rules[0].0, [(4, 1), (5, 1), (6, 1), (7, 1), (8, 4), (9, 1)]);
        assert_eq!(program.rules[0].1, 4);
        let knapsack_rule = [(10, 3), (11, 5), (12, 6), (13, 1), (14, 2), (15, 3)];
        assert_eq!(program.rules[1].0, knapsack_rule);
        assert_eq!(program.bits, 15);
        assert_eq!(program.largest_value(), 5);
    }

    #[test]
    fn programs_above_the_limits_are_refused() {
        let approval = |options: usize| {
            let mut several = question(QuestionKind::Several, options, false);
            several.most = options as u32;
            Program::compile(&[several])
        };
        assert!(approval(466).is_ok(), "3 times 466 is 1398");
        assert!(approval(467).is_err());
        let mut score = question(QuestionKind::Score, 64, false);
        score.each = 65_535;
        assert!(Program::compile(&[score]).is_ok(), "1024 bits");
        let mut score = question(QuestionKind::Score, 65, false);
        score.each = 65_535;
        assert!(Program::compile(&[score]).is_err());
    }
}
