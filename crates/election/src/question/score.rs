//! A score from 0 to `each` for every option, no rule.

use super::layout::Layout;
use super::{ManifestError, Question, require};

/// The largest score or number of points.
pub(super) const LARGEST: u32 = 65_535;

pub(super) fn check(question: &Question) -> Result<(), ManifestError> {
    require(
        question.least == 0
            && question.most == 0
            && (1..=LARGEST).contains(&question.each)
            && !question.blank,
        "a score runs from 0 to 1 … 65,535, without least, most or blank",
    )
}

pub(super) fn compile(question: &Question) -> Layout {
    Layout::new(question, question.each, None)
}
