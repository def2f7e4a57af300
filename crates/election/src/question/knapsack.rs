//! Any options whose costs fit in the envelope: Σ cost·option + envelope·blank + slack = envelope.

use super::layout::{Layout, Total};
use super::{ManifestError, Question, require};

pub(super) fn check(question: &Question) -> Result<(), ManifestError> {
    question.require_no_bounds()?;
    require(
        question
            .options
            .iter()
            .all(|option| (1..=question.envelope).contains(&option.cost)),
        "every option must cost at least 1 and at most the envelope",
    )
}

pub(super) fn compile(question: &Question) -> Layout {
    let total = Total {
        factors: question.options.iter().map(|option| option.cost).collect(),
        target: question.envelope,
        slack: question.envelope,
    };
    Layout::new(question, 1, Some(total))
}
