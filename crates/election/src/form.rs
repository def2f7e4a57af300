//! The whole ballot: all questions compiled into one program, all answers into one row of bits.

use urne_crypto::program::LinearProgram;

use crate::manifest::{ManifestError, refuse};
use crate::question::layout::Layout;
use crate::question::{Answer, AnswerError, Question};

/// The compiled ballot of an election.
#[derive(Clone, Debug)]
pub struct BallotForm {
    layouts: Vec<Layout>,
    program: LinearProgram,
    largest_values: Vec<u32>,
}

/// Which answer of a ballot is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BallotAnswersError {
    /// One answer per question is needed.
    #[error("expected {expected} answers, got {found}")]
    Count {
        /// answers found
        found: usize,
        /// number of questions
        expected: usize,
    },
    /// An answer breaks its question's rules.
    #[error("question {question}: {error}")]
    Answer {
        /// from 1
        question: usize,
        /// what is wrong
        error: AnswerError,
    },
}

impl BallotForm {
    /// Compiles the questions, numbering bits, ciphertexts and rules on from one question to the next.
    ///
    /// # Errors
    /// [`ManifestError`] where the ballot would be too large.
    pub fn compile(questions: &[Question]) -> Result<BallotForm, ManifestError> {
        let layouts: Vec<Layout> = questions.iter().map(Question::layout).collect();
        let (mut ciphertexts, mut rules) = (Vec::new(), Vec::new());
        let mut bits = 0_u32;
        for layout in &layouts {
            let (rows, conditions) = layout.compile(bits);
            ciphertexts.extend(rows);
            rules.extend(conditions);
            bits +=
                u32::try_from(layout.bits()).expect("invariant: at most 700 × 17 bits a question");
        }
        let largest_values = questions
            .iter()
            .flat_map(|question| {
                let options = question.options.iter().map(|_| question.largest_value());
                options.chain(question.blank.then_some(1))
            })
            .collect();
        match LinearProgram::new(bits, ciphertexts, rules) {
            Ok(program) => Ok(BallotForm {
                layouts,
                program,
                largest_values,
            }),
            Err(error) => refuse(error.to_string()),
        }
    }

    /// The compiled program.
    pub fn program(&self) -> &LinearProgram {
        &self.program
    }

    /// The largest value of each ciphertext.
    pub fn largest_values(&self) -> &[u32] {
        &self.largest_values
    }

    /// The largest value of any ciphertext.
    pub fn largest_value(&self) -> u32 {
        self.largest_values.iter().copied().max().unwrap_or(0)
    }

    /// The bits that stand for a voter's answers.
    ///
    /// # Errors
    /// [`BallotAnswersError`] naming the question.
    pub fn encode(&self, answers: &[Answer]) -> Result<Vec<bool>, BallotAnswersError> {
        if answers.len() != self.layouts.len() {
            return Err(BallotAnswersError::Count {
                found: answers.len(),
                expected: self.layouts.len(),
            });
        }
        let mut bits = Vec::with_capacity(self.program.bits() as usize);
        for (question, (layout, answer)) in (1..).zip(self.layouts.iter().zip(answers)) {
            bits.extend(
                layout
                    .encode(answer)
                    .map_err(|error| BallotAnswersError::Answer { question, error })?,
            );
        }
        Ok(bits)
    }
}
