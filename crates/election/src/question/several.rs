//! Between `least` and `most` options: Σ options + most·blank + slack = most. Approval, 0 to all, needs no rule.

use super::layout::{Layout, Total};
use super::{ManifestError, Question, require};

pub(super) fn check(question: &Question) -> Result<(), ManifestError> {
    require(
        question.least <= question.most
            && question.most >= 1
            && question.most as usize <= question.options.len()
            && question.each == 0,
        "least ≤ most ≤ number of options, most at least 1, each 0",
    )
}

pub(super) fn compile(question: &Question) -> Layout {
    let approval =
        question.least == 0 && question.most as usize == question.options.len() && !question.blank;
    let total = (!approval).then(|| Total {
        factors: vec![1; question.options.len()],
        target: question.most,
        slack: question.most - question.least,
    });
    Layout::new(question, 1, total)
}
