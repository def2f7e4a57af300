//! The figures as a table for people and as JSON for machines.

use std::fmt::Write as _;

use serde::Serialize;

use crate::ballots::{BATCH, CLASSICAL_BATCH, CLASSICAL_SINGLE, COUNTERPARTS, FLOOR, Measured};
use crate::measure::{Series, median, ratio};

/// Lengths in bytes of one ballot of one kind.
#[derive(Serialize)]
pub(crate) struct Size {
    pub(crate) name: &'static str,
    /// without ciphertexts
    pub(crate) proof: usize,
    /// with ciphertexts
    pub(crate) ballot: usize,
    /// the whole entry of the log: JSON, base64url
    pub(crate) entry: usize,
}

impl Size {
    /// Of a ballot of `ballot` bytes with so many options.
    pub(crate) fn new(name: &'static str, options: usize, ballot: usize) -> Size {
        let around = r#"{"kind":"ballot","after":"","key":"","proof":""}"#.len() + "\n".len();
        Size {
            name,
            proof: ballot - 64 * options,
            ballot,
            entry: around + base64_length(32) + base64_length(ballot),
        }
    }
}

/// Characters of base64url without padding.
fn base64_length(bytes: usize) -> usize {
    (4 * bytes).div_ceil(3)
}

/// All that was measured.
#[derive(Serialize)]
pub(crate) struct Report {
    /// what the raw figures are
    pub(crate) unit: &'static str,
    pub(crate) processor: String,
    pub(crate) quick: bool,
    pub(crate) elections: Vec<Measured>,
}

/// The table of one election, in Markdown.
pub(crate) fn table(measured: &Measured) -> String {
    let mut text = format!(
        "{} options\n\n| | µs per ballot | × floor | classical ÷ ours |\n|---|---:|---:|---:|\n",
        measured.options
    );
    for group in &measured.groups {
        let floor = group.iter().find(|series| series.name == FLOOR);
        for series in group {
            // The long batches repeat the floor, to be compared with a floor of the same minutes.
            let times_floor = floor.map_or(String::new(), |floor| {
                format!("{:.2}", ratio(series, floor))
            });
            let against = counterpart(series.name)
                .and_then(|name| group.iter().find(|other| other.name == name))
                .map_or(String::new(), |ours| format!("{:.2}", ratio(series, ours)));
            let middle = median(&series.microseconds);
            let _ = writeln!(
                text,
                "| {} | {middle:.1} | {times_floor} | {against} |",
                series.name
            );
        }
    }
    text.push_str("\n| bytes | proof | with ciphertexts | entry |\n|---|---:|---:|---:|\n");
    for size in &measured.sizes {
        let Size {
            name,
            proof,
            ballot,
            entry,
        } = size;
        let _ = writeln!(text, "| {name} | {proof} | {ballot} | {entry} |");
    }
    text
}

/// What of ours a classical variant is to be compared with.
fn counterpart(classical: &str) -> Option<&'static str> {
    COUNTERPARTS
        .iter()
        .find_map(|&(name, ours)| (name == classical).then_some(ours))
}

/// The ratios a reader looks for first: our batches against either classical verifier.
pub(crate) fn headline(measured: &Measured) -> String {
    let find = |name: &str| -> Option<&Series> {
        let group = measured.groups.first()?;
        group.iter().find(|series| series.name == name)
    };
    let against = |name: &str| {
        find(name)
            .zip(find(BATCH))
            .map_or(f64::NAN, |(classical, ours)| ratio(classical, ours))
    };
    format!(
        "{} options: our batch is {:.1} times as fast as compact classical proofs one by one, {:.1} times as fast as \
         committed ones in batches\n",
        measured.options,
        against(CLASSICAL_SINGLE),
        against(CLASSICAL_BATCH),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_as_long_as_its_json() {
        let size = Size::new("", 2, 64 * 2 + 32 * 2 + 256);
        let entry = format!(
            "{{\"kind\":\"ballot\",\"after\":\"\",\"key\":\"{}\",\"proof\":\"{}\"}}\n",
            "k".repeat(43),
            "p".repeat(598) // 448 = 149·3 + 1 bytes: 149·4 + 2 characters
        );
        assert_eq!(size.entry, entry.len());
        assert_eq!((size.ballot, size.proof), (448, 320));
    }

    #[test]
    fn the_table_compares_with_the_floor_and_like_with_like() {
        let series = |name, microseconds| Series {
            name,
            microseconds: vec![microseconds],
        };
        let measured = Measured {
            options: 5,
            voters: 1,
            groups: vec![vec![
                series(FLOOR, 10.0),
                series(BATCH, 30.0),
                series(CLASSICAL_SINGLE, 120.0),
                series(CLASSICAL_BATCH, 60.0),
            ]],
            sizes: vec![],
        };
        let table = table(&measured);
        assert!(table.contains("| 30.0 | 3.00 |  |"));
        assert!(table.contains("| 60.0 | 6.00 | 2.00 |"));
        let headline = headline(&measured);
        assert!(headline.contains("4.0 times as fast as compact"));
        assert!(headline.contains("2.0 times as fast as committed"));
    }
}
