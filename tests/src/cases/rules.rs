//! The rules of manifests, roll, outcome and result, one at a time; and what must be tolerated.

use super::Case;

pub(super) fn cases() -> Vec<Case> {
    Vec::new()
}
