//! From questions to bits and linear rules (spec/ballot.md section 1).

use crate::ledger::{Found, require};
use crate::template::Value;

/// A linear form: (number of the bit from 1, coefficient), bits ascending, coefficients not zero.
pub(crate) type Form = Vec<(u32, u32)>;

/// What every ballot of an election proves.
#[derive(Default)]
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

impl Program {
    /// Compiles all questions; refuses programs above the limits of spec/encoding.md.
    pub(crate) fn compile(questions: &[Value]) -> Found<Program> {
        let mut program = Program::default();
        for question in questions {
            program.add(question);
            let (n, bits) = (program.ciphertexts.len(), program.bits as usize);
            require(
                bits <= 1024 && 2 * n + bits <= 1400,
                "the ballot has too many ciphertexts or bits",
            )?;
        }
        Ok(program)
    }

    fn add(&mut self, question: &Value) {
        let (kind, options) = (question.text("kind"), question.list("options"));
        let (least, most) = (question.small("least"), question.small("most"));
        let largest = if matches!(kind, "score" | "points") { question.small("each") } else { 1 };
        let forms: Vec<Form> = options.iter().map(|_| self.ciphertext(largest)).collect();
        let blank = question.flag("blank").then(|| self.ciphertext(1));
        let approval = least == 0 && most as usize == options.len() && blank.is_none();
        // The range of the slack, and the rule's target, which is also the coefficient of blank.
        let (slack, target) = match kind {
            "one" => (0, 1),
            "several" if approval => return,
            "several" | "points" => (most - least, most),
            "knapsack" => (question.small("envelope"), question.small("envelope")),
            _score => return,
        };
        let mut rule = Form::new();
        for (form, option) in forms.iter().zip(options) {
            let factor = if kind == "knapsack" { option.small("cost") } else { 1 };
            rule.extend(form.iter().map(|(bit, weight)| (*bit, weight * factor)));
        }
        rule.extend(blank.into_iter().flatten().map(|(bit, _)| (bit, target)));
        rule.extend(self.range(slack));
        self.rules.push((rule, target));
    }

    /// One ciphertext more, of a value from 0 to `largest`.
    fn ciphertext(&mut self, largest: u32) -> Form {
        let form = self.range(largest);
        self.ciphertexts.push(form.clone());
        self.largest.push(largest);
        form
    }

    /// New bits for a range 0 … `largest`, with the weights 1, 2, 4, … and a last one that makes their sum `largest`.
    fn range(&mut self, largest: u32) -> Form {
        let mut form = Form::new();
        let mut rest = largest;
        while rest > 0 {
            let weight = rest.min(1 << form.len());
            self.bits += 1;
            form.push((self.bits, weight));
            rest -= weight;
        }
        form
    }

    /// The largest value any one ciphertext may encrypt.
    pub(crate) fn largest_value(&self) -> u32 {
        self.largest.iter().copied().max().unwrap_or(1)
    }

    /// The program bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let (n, m) = (self.ciphertexts.len() as u32, self.rules.len() as u32);
        let mut numbers = vec![n, self.bits, m];
        let ciphertexts = self.ciphertexts.iter().map(|form| (form, None));
        for (form, target) in ciphertexts.chain(self.rules.iter().map(|(form, t)| (form, Some(*t))))
        {
            numbers.push(form.len() as u32);
            numbers.extend(form.iter().flat_map(|(bit, coefficient)| [*bit, *coefficient]));
            numbers.extend(target);
        }
        numbers.into_iter().flat_map(u32::to_le_bytes).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::tests::Sample;

    fn compile(samples: &[Sample]) -> Found<Program> {
        let questions: Vec<Value> = samples.iter().map(Sample::read).collect();
        Program::compile(&questions)
    }

    fn range_weights(largest: u32) -> Vec<u32> {
        Program::default().range(largest).into_iter().map(|(_, weight)| weight).collect()
    }

    fn several(costs: &[u32], blank: bool, least: u32, most: u32) -> Sample<'_> {
        Sample { kind: "several", costs, blank, numbers: [least, most, 0, 0], ..Sample::default() }
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
        let program = compile(&[Sample { blank: true, ..Sample::default() }]).unwrap();
        assert_eq!(program.ciphertexts, [vec![(1, 1)], vec![(2, 1)], vec![(3, 1)]]);
        assert_eq!(program.rules, [(vec![(1, 1), (2, 1), (3, 1)], 1)]);
        let expected = [3u32, 3, 1, 1, 1, 1, 1, 2, 1, 1, 3, 1, 3, 1, 1, 2, 1, 3, 1, 1];
        let expected: Vec<u8> = expected.into_iter().flat_map(u32::to_le_bytes).collect();
        assert_eq!(program.bytes(), expected);
    }

    #[test]
    fn several_has_slack_and_approval_has_no_rule() {
        let program = compile(&[several(&[0; 3], true, 1, 3)]).unwrap();
        let rule = vec![(1, 1), (2, 1), (3, 1), (4, 3), (5, 1), (6, 1)];
        assert_eq!(program.rules, [(rule, 3)]);
        let program = compile(&[several(&[0; 3], false, 0, 3)]).unwrap();
        assert!(program.rules.is_empty());
        assert_eq!(program.bits, 3);
        let rules = |sample| compile(&[sample]).unwrap().rules.len();
        assert_eq!(rules(several(&[0; 3], true, 0, 3)), 1, "blank excludes the others");
        assert_eq!(rules(several(&[0; 3], false, 1, 3)), 1);
        assert_eq!(rules(several(&[0; 3], false, 0, 2)), 1);
    }

    #[test]
    fn numbers_run_on_across_questions_of_all_kinds() {
        let score =
            Sample { kind: "score", costs: &[0], numbers: [0, 0, 5, 0], ..Sample::default() };
        let points =
            Sample { kind: "points", blank: true, numbers: [3, 4, 2, 0], ..Sample::default() };
        let knapsack = Sample {
            kind: "knapsack",
            costs: &[3, 5],
            blank: true,
            numbers: [0, 0, 0, 6],
            ..Sample::default()
        };
        let program = compile(&[score, points, knapsack]).unwrap();
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
            let costs = vec![0; options];
            compile(&[several(&costs, false, 0, options as u32)]).is_ok()
        };
        assert!(approval(466), "3 times 466 is 1398");
        assert!(!approval(467));
        let score = |options: usize| {
            let costs = vec![0; options];
            compile(&[Sample {
                kind: "score",
                costs: &costs,
                numbers: [0, 0, 65_535, 0],
                ..Sample::default()
            }])
            .is_ok()
        };
        assert!(score(64), "1024 bits");
        assert!(!score(65));
    }
}
