//! How many entries of each kind the published board has: counted when somebody first asks, and from there on.

use std::collections::BTreeMap;

use super::shared::Shared;
use crate::store::StoreError;

/// Entries are read so many at a time.
const STEP: u64 = 256;

/// Entries by kind, up to a size of the board.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    size: u64,
    counts: BTreeMap<String, u64>,
}

impl Kinds {
    /// Counts on to the published size; what is counted already is not read again.
    pub(super) async fn count_on(
        &mut self,
        shared: &Shared,
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        let published = shared.published.borrow().latest().map(|one| one.size());
        let published = published.unwrap_or(0);
        while self.size < published {
            let end = published.min(self.size + STEP);
            for leaf in shared.store.entries(shared.log, self.size..end).await? {
                *self.counts.entry(kind(&leaf.bytes)).or_default() += 1;
            }
            self.size = end;
        }
        Ok(self.counts.clone())
    }
}

/// The word after `{"kind":"`, which every admitted entry begins with.
fn kind(entry: &[u8]) -> String {
    let rest = entry.strip_prefix(br#"{"kind":""#).unwrap_or_default();
    let word = rest.split(|byte| *byte == b'"').next().unwrap_or_default();
    String::from_utf8_lossy(word).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_says_its_kind_first() {
        assert_eq!(
            kind(br#"{"kind":"roll-change","election":"x"}"#),
            "roll-change"
        );
        assert_eq!(kind(b""), "");
    }
}
