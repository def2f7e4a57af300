//! The section `META`: keys, values, and which of them are needed.

use std::collections::HashSet;

use super::error::{ParseError, Problem, Section, excerpt};
use super::instance::{Meta, VoteType};
use super::numbers;
use super::read::MAX_META_KEYS;
use super::rows::{Row, Sections};

/// A key of `META` with its value, as it stands.
struct Entry {
    line: usize,
    key: String,
    value: String,
}

/// `META` once read; amounts of money still in hundredths.
pub(super) struct MetaSection {
    /// The facts.
    pub(super) meta: Meta,
    /// What `num_projects` says, with its line.
    pub(super) num_projects: (usize, u64),
    /// What `num_votes` says, with its line.
    pub(super) num_votes: (usize, u64),
}

/// Reads the section `META`.
pub(super) fn read(sections: &mut Sections<'_>) -> Result<MetaSection, ParseError> {
    let mut keys = Keys::read(sections)?;
    let num_projects = keys.required("num_projects", numbers::count)?;
    let num_votes = keys.required("num_votes", numbers::count)?;
    let meta = Meta {
        description: keys.required("description", text)?.1,
        country: keys.required("country", text)?.1,
        unit: keys.required("unit", text)?.1,
        instance: keys.required("instance", text)?.1,
        budget: keys.required("budget", numbers::hundredths)?.1,
        scale: 100,
        vote_type: keys.required("vote_type", vote_type)?.1,
        rule: keys.required("rule", text)?.1,
        min_length: keys.optional("min_length", numbers::count)?,
        max_length: keys.optional("max_length", numbers::count)?,
        min_points: keys.optional("min_points", numbers::whole)?,
        max_points: keys.optional("max_points", numbers::whole)?,
        min_sum_points: keys.optional("min_sum_points", numbers::whole)?,
        max_sum_points: keys.optional("max_sum_points", numbers::whole)?,
        min_sum_cost: keys.optional("min_sum_cost", numbers::hundredths)?,
        max_sum_cost: keys.optional("max_sum_cost", numbers::hundredths)?,
        default_score: keys.optional("default_score", numbers::whole)?,
        currency: keys.optional("currency", text)?,
        language: keys.optional("language", text)?,
        subunit: keys.optional("subunit", text)?,
        date_begin: keys.optional("date_begin", text)?,
        date_end: keys.optional("date_end", text)?,
        other: keys.rest(),
    };
    Ok(MetaSection {
        meta,
        num_projects,
        num_votes,
    })
}

/// The entries not asked for yet, in the file's order.
struct Keys {
    header_line: usize,
    entries: Vec<Entry>,
}

impl Keys {
    fn read(sections: &mut Sections<'_>) -> Result<Self, ParseError> {
        let header = sections.open(Section::Meta)?;
        header.check_meta()?;
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = HashSet::new();
        while let Some(row) = sections.row()? {
            let entry = entry(&row)?;
            let refuse =
                |problem| ParseError::of_field(row.line, Section::Meta, &entry.key, problem);
            if !seen.insert(entry.key.clone()) {
                return Err(refuse(Problem::KeyRepeated));
            }
            if entries.len() == MAX_META_KEYS {
                return Err(refuse(Problem::TooMany {
                    what: "keys",
                    most: MAX_META_KEYS,
                }));
            }
            entries.push(entry);
        }
        Ok(Keys {
            header_line: header.line(),
            entries,
        })
    }

    /// Takes a key out; an empty value counts as not given.
    fn take(&mut self, key: &str) -> Option<Entry> {
        let index = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(index)).filter(|entry| !entry.value.is_empty())
    }

    fn optional<T>(
        &mut self,
        key: &str,
        read: impl Fn(&str) -> Result<T, Problem>,
    ) -> Result<Option<T>, ParseError> {
        let Some(entry) = self.take(key) else {
            return Ok(None);
        };
        read(&entry.value)
            .map(Some)
            .map_err(|problem| ParseError::of_field(entry.line, Section::Meta, key, problem))
    }

    /// A key that must be there, with its line.
    fn required<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&str) -> Result<T, Problem>,
    ) -> Result<(usize, T), ParseError> {
        let Some(entry) = self.take(key) else {
            let problem = Problem::KeyMissing { key };
            return Err(ParseError::of_field(
                self.header_line,
                Section::Meta,
                key,
                problem,
            ));
        };
        match read(&entry.value) {
            Ok(value) => Ok((entry.line, value)),
            Err(problem) => Err(ParseError::of_field(
                entry.line,
                Section::Meta,
                key,
                problem,
            )),
        }
    }

    fn rest(self) -> Vec<(String, String)> {
        self.entries
            .into_iter()
            .map(|entry| (entry.key, entry.value))
            .collect()
    }
}

/// A row as key and value. There are only two columns, so all that follows the
/// first semicolon is the value, quoted or not.
fn entry(row: &Row) -> Result<Entry, ParseError> {
    let key = row.field(0).to_ascii_lowercase();
    if key.is_empty() {
        return Err(ParseError::of_field(
            row.line,
            Section::Meta,
            "key",
            Problem::Empty,
        ));
    }
    let Some(value) = row.rest() else {
        let problem = Problem::FieldCount {
            found: 1,
            expected: 2,
        };
        return Err(ParseError::of_field(row.line, Section::Meta, &key, problem));
    };
    Ok(Entry {
        line: row.line,
        key,
        value,
    })
}

fn text(value: &str) -> Result<String, Problem> {
    Ok(value.to_owned())
}

fn vote_type(value: &str) -> Result<VoteType, Problem> {
    match value.to_ascii_lowercase().as_str() {
        "approval" => Ok(VoteType::Approval),
        "choose-1" => Ok(VoteType::ChooseOne),
        "cumulative" => Ok(VoteType::Cumulative),
        "scoring" => Ok(VoteType::Scoring),
        "ordinal" => Ok(VoteType::Ordinal),
        _ => Err(Problem::VoteTypeUnknown {
            found: excerpt(value),
        }),
    }
}
