//! Cheating provers: each draws its challenge over the false statement, so that exactly one equation is what catches it.

use super::Case;

pub(super) fn cases() -> Vec<Case> {
    Vec::new()
}
