//! What a ballot proves, as public data: which bits make which ciphertext, and which linear rules bind the bits.
//!
//! Source: `spec/ballot.md`, section 1.

use curve25519_dalek::Scalar;

/// Σ coefficient·bit, as (bit number from 1, coefficient) with ascending bits and non-zero coefficients.
pub type Row = Vec<(u32, u32)>;

/// Σ row = target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// the left side
    pub row: Row,
    /// t_c
    pub target: u32,
}

/// Why a program is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// More bits or ciphertexts than one entry can hold.
    #[error("the ballot needs {ciphertexts} ciphertexts and {bits} bits: too many for one entry")]
    Size {
        /// n
        ciphertexts: usize,
        /// N
        bits: u32,
    },
    /// A row names bits out of order, twice, out of range, or with coefficient zero.
    #[error("a row of the program is malformed")]
    Row,
}

/// Why an assignment of bits is not a legal ballot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssignmentError {
    /// Not N bits.
    #[error("expected {expected} bits, got {found}")]
    Length {
        /// bits found
        found: usize,
        /// N
        expected: u32,
    },
    /// A rule does not hold.
    #[error("rule {0} of the ballot does not hold")]
    Rule(usize),
}

/// The compiled program (n, N, m, L, C, t) of a whole ballot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinearProgram {
    bits: u32,
    ciphertexts: Vec<Row>,
    rules: Vec<Rule>,
    bytes: Vec<u8>,
}

/// N at the most.
pub const MAXIMUM_BITS: u32 = 1024;
/// 2n + N at the most: what fits in one entry.
pub const MAXIMUM_SIZE: usize = 1400;

impl LinearProgram {
    /// A program over `bits` bits.
    ///
    /// # Errors
    /// [`ProgramError`] where a limit or the form of a row is broken.
    pub fn new(
        bits: u32,
        ciphertexts: Vec<Row>,
        rules: Vec<Rule>,
    ) -> Result<LinearProgram, ProgramError> {
        if bits > MAXIMUM_BITS || 2 * ciphertexts.len() + bits as usize > MAXIMUM_SIZE {
            return Err(ProgramError::Size {
                ciphertexts: ciphertexts.len(),
                bits,
            });
        }
        let rows = ciphertexts.iter().chain(rules.iter().map(|rule| &rule.row));
        for row in rows {
            let ascending = row.windows(2).all(|pair| pair[0].0 < pair[1].0);
            let in_range = row
                .iter()
                .all(|&(bit, coefficient)| (1..=bits).contains(&bit) && coefficient > 0);
            if !ascending || !in_range {
                return Err(ProgramError::Row);
            }
        }
        let bytes = encode(bits, &ciphertexts, &rules);
        Ok(LinearProgram {
            bits,
            ciphertexts,
            rules,
            bytes,
        })
    }

    /// N.
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// n.
    pub fn ciphertexts(&self) -> usize {
        self.ciphertexts.len()
    }

    /// The rules.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The program bytes absorbed by every ballot's transcript.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Length of a ballot's `proof` in bytes: 64·n + 32·N + 256.
    pub fn proof_length(&self) -> usize {
        64 * self.ciphertexts.len() + 32 * self.bits as usize + 256
    }

    /// v_1 … v_n for an assignment that obeys every rule.
    ///
    /// # Errors
    /// [`AssignmentError`] for the wrong number of bits, or naming the first rule that is broken.
    pub fn evaluate(&self, bits: &[bool]) -> Result<Vec<u64>, AssignmentError> {
        if bits.len() != self.bits as usize {
            return Err(AssignmentError::Length {
                found: bits.len(),
                expected: self.bits,
            });
        }
        let sum = |row: &Row| -> u64 {
            row.iter()
                .map(|&(bit, coefficient)| {
                    u64::from(bits[bit as usize - 1]) * u64::from(coefficient)
                })
                .sum()
        };
        for (number, rule) in (1..).zip(&self.rules) {
            if sum(&rule.row) != u64::from(rule.target) {
                return Err(AssignmentError::Rule(number));
            }
        }
        Ok(self.ciphertexts.iter().map(sum).collect())
    }

    /// w_j = Σ_i y^i·L_ij + Σ_c y^(n+c)·C_cj, together with y^1 … y^n and Σ_c y^(n+c)·t_c.
    pub(crate) fn combine(&self, y: &Scalar) -> Combination {
        let mut weights = vec![Scalar::ZERO; self.bits as usize];
        let mut powers = Vec::with_capacity(self.ciphertexts.len());
        let mut target = Scalar::ZERO;
        let mut power = *y;
        for row in &self.ciphertexts {
            spread(&mut weights, row, &power);
            powers.push(power);
            power *= y;
        }
        for rule in &self.rules {
            spread(&mut weights, &rule.row, &power);
            target += power * Scalar::from(rule.target);
            power *= y;
        }
        Combination {
            weights,
            powers,
            target,
        }
    }
}

/// The random linear combination of all rows for one challenge y.
pub(crate) struct Combination {
    /// w_1 … w_N
    pub(crate) weights: Vec<Scalar>,
    /// y^1 … y^n
    pub(crate) powers: Vec<Scalar>,
    /// Σ_c y^(n+c)·t_c
    pub(crate) target: Scalar,
}

fn spread(weights: &mut [Scalar], row: &Row, power: &Scalar) {
    for &(bit, coefficient) in row {
        weights[bit as usize - 1] += if coefficient == 1 {
            *power
        } else {
            power * Scalar::from(coefficient)
        };
    }
}

fn encode(bits: u32, ciphertexts: &[Row], rules: &[Rule]) -> Vec<u8> {
    let count = |length: usize| {
        u32::try_from(length).expect("invariant: sizes were limited before encoding")
    };
    let mut numbers = vec![count(ciphertexts.len()), bits, count(rules.len())];
    let mut push = |row: &Row, target: Option<u32>| {
        numbers.push(count(row.len()));
        numbers.extend(
            row.iter()
                .flat_map(|&(bit, coefficient)| [bit, coefficient]),
        );
        numbers.extend(target);
    };
    for row in ciphertexts {
        push(row, None);
    }
    for rule in rules {
        push(&rule.row, Some(rule.target));
    }
    numbers.into_iter().flat_map(u32::to_le_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(row: &[(u32, u32)], target: u32) -> Rule {
        Rule {
            row: row.to_vec(),
            target,
        }
    }

    #[test]
    fn the_program_bytes_are_those_of_the_specification() {
        let program = LinearProgram::new(
            2,
            vec![vec![(1, 1)], vec![(1, 3), (2, 7)]],
            vec![rule(&[(2, 5)], 9)],
        )
        .unwrap();
        let numbers = [2, 2, 1, 1, 1, 1, 2, 1, 3, 2, 7, 1, 2, 5, 9_u32];
        let expected: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        assert_eq!(program.bytes(), expected);
        assert_eq!(program.proof_length(), 64 * 2 + 32 * 2 + 256);
    }

    #[test]
    fn an_assignment_must_obey_every_rule() {
        let program = LinearProgram::new(
            3,
            vec![vec![(1, 1)], vec![(2, 2), (3, 1)]],
            vec![rule(&[(1, 1), (2, 1)], 1), rule(&[(3, 4)], 4)],
        )
        .unwrap();
        assert_eq!(program.evaluate(&[false, true, true]), Ok(vec![0, 3]));
        assert_eq!(
            program.evaluate(&[true, true, true]),
            Err(AssignmentError::Rule(1))
        );
        assert_eq!(
            program.evaluate(&[true, false, false]),
            Err(AssignmentError::Rule(2))
        );
        assert_eq!(
            program.evaluate(&[true]),
            Err(AssignmentError::Length {
                found: 1,
                expected: 3
            })
        );
    }

    #[test]
    fn malformed_rows_and_sizes_are_refused() {
        for row in [
            vec![(2, 1), (1, 1)],
            vec![(1, 1), (1, 1)],
            vec![(3, 1)],
            vec![(0, 1)],
            vec![(1, 0)],
        ] {
            assert_eq!(
                LinearProgram::new(2, vec![row.clone()], vec![]),
                Err(ProgramError::Row)
            );
            assert_eq!(
                LinearProgram::new(2, vec![], vec![rule(&row, 1)]),
                Err(ProgramError::Row)
            );
        }
        assert!(LinearProgram::new(1024, vec![vec![]; 188], vec![]).is_ok());
        assert!(LinearProgram::new(1024, vec![vec![]; 189], vec![]).is_err());
        assert!(LinearProgram::new(1025, vec![], vec![]).is_err());
    }
}
