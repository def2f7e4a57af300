//! Exactly one option: Σ options + blank = 1.

use super::layout::{Layout, Total};
use super::{ManifestError, Question, require};

pub(super) fn check(question: &Question) -> Result<(), ManifestError> {
    question.require_no_bounds()?;
    require(
        question.ciphertexts() >= 2,
        "a question needs two options, or one and blank",
    )
}

pub(super) fn compile(question: &Question) -> Layout {
    let total = Total {
        factors: vec![1; question.options.len()],
        target: 1,
        slack: 0,
    };
    Layout::new(question, 1, Some(total))
}
