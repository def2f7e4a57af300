//! Points to share out, 0 to `each` per option: Σ values + most·blank + slack = most.

use super::layout::{Layout, Total};
use super::score::LARGEST;
use super::{ManifestError, Question, require};

pub(super) fn check(question: &Question) -> Result<(), ManifestError> {
    let Question {
        least, most, each, ..
    } = *question;
    let all = question.options.len() as u64 * u64::from(each);
    require(
        least <= most && u64::from(most) <= all && 1 <= each && each <= most && most <= LARGEST,
        "least ≤ most ≤ options × each, 1 ≤ each ≤ most ≤ 65,535",
    )
}

pub(super) fn compile(question: &Question) -> Layout {
    let total = Total {
        factors: vec![1; question.options.len()],
        target: question.most,
        slack: question.most - question.least,
    };
    Layout::new(question, question.each, Some(total))
}
