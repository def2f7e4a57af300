//! Bits of one question: which make which ciphertext, which slack completes which rule.
//!
//! A layout is linear algebra over local bit numbers; it both compiles to rows of the ballot's program and turns an answer into
//! bits. Source: `spec/ballot.md`, section 1.

use urne_crypto::program::{Row, Rule};

use super::{Answer, AnswerError, Question};

/// The weights with which bits encode 0 … `largest`: 1, 2, 4, …, and a last one that makes the sum exact.
pub fn range_weights(largest: u32) -> Vec<u32> {
    let mut weights = Vec::new();
    let mut rest = largest;
    let mut weight = 1;
    while rest > 0 {
        let taken = weight.min(rest);
        weights.push(taken);
        rest -= taken;
        weight = weight.saturating_mul(2);
    }
    weights
}

/// Bits that stand for `value` under [`range_weights`]: greedily from the largest weight down, which always fits.
fn range_bits(weights: &[u32], value: u64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&index| core::cmp::Reverse(weights[index]));
    let mut rest = value;
    let mut bits = vec![false; weights.len()];
    for index in order {
        let weight = u64::from(weights[index]);
        if weight <= rest {
            bits[index] = true;
            rest -= weight;
        }
    }
    bits
}

/// The one rule a question may have: Σ factor·value + blank_factor·blank + slack = target.
#[derive(Clone, Debug)]
pub struct Total {
    /// factor of each option's value
    pub factors: Vec<u32>,
    /// t
    pub target: u32,
    /// slack runs from 0 to this
    pub slack: u32,
}

/// Bits and rules of one question, numbered from its own first bit.
#[derive(Clone, Debug)]
pub struct Layout {
    option_weights: Vec<u32>,
    options: usize,
    blank: bool,
    total: Option<Total>,
    slack_weights: Vec<u32>,
}

impl Layout {
    /// Every option takes values 0 … `largest`; at most one rule binds them.
    pub(super) fn new(question: &Question, largest: u32, total: Option<Total>) -> Layout {
        Layout {
            option_weights: range_weights(largest),
            options: question.options.len(),
            blank: question.blank,
            slack_weights: total
                .as_ref()
                .map_or_else(Vec::new, |total| range_weights(total.slack)),
            total,
        }
    }

    fn option_bits(&self) -> usize {
        self.options * self.option_weights.len()
    }

    /// How many bits the question takes.
    pub fn bits(&self) -> usize {
        self.option_bits() + usize::from(self.blank) + self.slack_weights.len()
    }

    /// Rows of ciphertexts and rules, with bit numbers starting after `offset`.
    pub fn compile(&self, offset: u32) -> (Vec<Row>, Vec<Rule>) {
        let mut next = offset;
        let mut row = |weights: &[u32]| -> Row {
            weights
                .iter()
                .map(|&weight| {
                    next += 1;
                    (next, weight)
                })
                .collect()
        };
        let mut ciphertexts: Vec<Row> = (0..self.options)
            .map(|_| row(&self.option_weights))
            .collect();
        if self.blank {
            ciphertexts.push(row(&[1]));
        }
        let slack = row(&self.slack_weights);
        let rules = self.total.iter().map(|total| {
            let factors = total
                .factors
                .iter()
                .chain(core::iter::repeat(&total.target));
            let terms = ciphertexts.iter().zip(factors).flat_map(|(row, factor)| {
                row.iter().map(move |&(bit, weight)| (bit, weight * factor))
            });
            Rule {
                row: terms.chain(slack.clone()).collect(),
                target: total.target,
            }
        });
        let rules = rules.collect();
        (ciphertexts, rules)
    }

    /// The bits that stand for an answer.
    ///
    /// # Errors
    /// [`AnswerError`] when the answer breaks a rule.
    pub fn encode(&self, answer: &Answer) -> Result<Vec<bool>, AnswerError> {
        let (values, blank) = match answer {
            Answer::Blank if !self.blank => return Err(AnswerError::NoBlank),
            Answer::Blank => (vec![0; self.options], true),
            Answer::Values(values) => (values.clone(), false),
        };
        if values.len() != self.options {
            return Err(AnswerError::Count {
                found: values.len(),
                expected: self.options,
            });
        }
        let most = self.option_weights.iter().sum();
        let mut bits = Vec::with_capacity(self.bits());
        for (option, &value) in (1..).zip(&values) {
            if value > most {
                return Err(AnswerError::Value {
                    option,
                    value,
                    most,
                });
            }
            bits.extend(range_bits(&self.option_weights, u64::from(value)));
        }
        bits.extend(self.blank.then_some(blank));
        if let Some(total) = &self.total {
            bits.extend(range_bits(
                &self.slack_weights,
                self.slack(total, &values, blank)?,
            ));
        }
        Ok(bits)
    }

    fn slack(&self, total: &Total, values: &[u32], blank: bool) -> Result<u64, AnswerError> {
        let target = u64::from(total.target);
        let sum = if blank {
            target
        } else {
            let terms = total.factors.iter().zip(values);
            terms
                .map(|(&factor, &value)| u64::from(factor) * u64::from(value))
                .sum()
        };
        let least = target - u64::from(total.slack);
        if (least..=target).contains(&sum) {
            Ok(target - sum)
        } else {
            Err(AnswerError::Sum {
                sum,
                least,
                most: target,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn range_weights_are_those_of_the_specification() {
        let cases: [(u32, &[u32]); 7] = [
            (0, &[]),
            (1, &[1]),
            (2, &[1, 1]),
            (3, &[1, 2]),
            (5, &[1, 2, 2]),
            (7, &[1, 2, 4]),
            (8, &[1, 2, 4, 1]),
        ];
        for (largest, weights) in cases {
            assert_eq!(range_weights(largest), weights);
        }
        for largest in (1..2000).chain([u32::MAX - 1, u32::MAX]) {
            let weights = range_weights(largest);
            assert_eq!(
                weights.iter().map(|&w| u64::from(w)).sum::<u64>(),
                u64::from(largest)
            );
            assert_eq!(weights.len() as u32, 32 - largest.leading_zeros());
        }
    }

    #[test]
    fn every_value_of_a_range_has_bits_and_the_bits_have_that_value() {
        for largest in 0..200 {
            let weights = range_weights(largest);
            for value in 0..=largest {
                let bits = range_bits(&weights, u64::from(value));
                let sum: u32 = weights
                    .iter()
                    .zip(bits)
                    .map(|(w, bit)| w * u32::from(bit))
                    .sum();
                assert_eq!(sum, value, "largest {largest}");
            }
        }
    }
}
