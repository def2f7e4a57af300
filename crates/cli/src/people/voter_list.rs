//! Lists of voters as CSV: what a registrar is given, and the same list with row ids that two registrars share.

use urne_client::issuer::Entitlement;
use urne_client::workshop::register::{Register, RegisteredVoter, RowId};
use urne_crypto::credential::Identifier;

use std::collections::HashMap;

/// A voter of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedVoter {
    /// in its one form
    pub identifier: Identifier,
    /// weight and college
    pub entitlement: Entitlement,
    /// in lists that two registrars share
    pub row: Option<RowId>,
}

/// Why a list cannot be used, by line and column.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// The first line does not name the columns.
    #[error(
        "line 1: the first line names the columns, `identifier` and, if you need them, `weight` and `college`{0}"
    )]
    Header(String),
    /// A line that is no CSV, or has more or fewer fields.
    #[error("line {line}: {problem}")]
    Line {
        /// from 1
        line: u64,
        /// in words
        problem: String,
    },
    /// A field that cannot be used.
    #[error("line {line}, column {column} ({name}): {problem}")]
    Field {
        /// from 1
        line: u64,
        /// from 1
        column: usize,
        /// its name
        name: &'static str,
        /// in words
        problem: String,
    },
    /// Nobody stands in it.
    #[error("the list is empty")]
    Empty,
    /// Too long.
    #[error("a list holds at most {} voters", Register::MOST_VOTERS)]
    TooMany,
}

const COLUMNS: [&str; 4] = ["identifier", "weight", "college", "row"];

/// Reads a list; `shared` says whether it must have row ids.
///
/// # Errors
/// [`ListError`]: the first fault.
pub fn read(bytes: &[u8], shared: bool) -> Result<Vec<ListedVoter>, ListError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .trim(csv::Trim::All)
        .from_reader(bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes));
    let mut records = reader.records();
    let header = match records.next() {
        Some(record) => record.map_err(|error| line_fault(&error))?,
        None => return Err(ListError::Empty),
    };
    let columns = columns(&header, shared)?;
    let mut voters = Vec::new();
    let mut seen: HashMap<String, u64> = HashMap::new();
    let mut rows: HashMap<RowId, u64> = HashMap::new();
    for record in records {
        let record = record.map_err(|error| line_fault(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        if voters.len() >= Register::MOST_VOTERS {
            return Err(ListError::TooMany);
        }
        let voter = voter(&record, line, &columns)?;
        let place = |name: &'static str, before: u64| ListError::Field {
            line,
            column: columns.get(name).map_or(0, |index| index + 1),
            name,
            problem: format!("the same as in line {before}"),
        };
        if let Some(before) = seen.insert(voter.identifier.as_str().to_owned(), line) {
            return Err(place(COLUMNS[0], before));
        }
        if let Some(before) = voter.row.and_then(|row| rows.insert(row, line)) {
            return Err(place(COLUMNS[3], before));
        }
        voters.push(voter);
    }
    if voters.is_empty() {
        return Err(ListError::Empty);
    }
    Ok(voters)
}

fn line_fault(error: &csv::Error) -> ListError {
    let line = error.position().map_or(1, csv::Position::line);
    let problem = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("expected {expected_len} fields as in the first line, found {len}"),
        csv::ErrorKind::Utf8 { .. } => "not UTF-8 text: save the list as UTF-8".to_owned(),
        _ => error.to_string(),
    };
    ListError::Line { line, problem }
}

fn columns(
    header: &csv::StringRecord,
    shared: bool,
) -> Result<HashMap<&'static str, usize>, ListError> {
    let mut columns = HashMap::new();
    for (index, title) in header.iter().enumerate() {
        let known = COLUMNS
            .into_iter()
            .find(|name| title.eq_ignore_ascii_case(name))
            .ok_or_else(|| ListError::Header(format!("; column {} is “{title}”", index + 1)))?;
        if columns.insert(known, index).is_some() {
            return Err(ListError::Header(format!("; `{known}` stands twice")));
        }
    }
    if !columns.contains_key(COLUMNS[0]) {
        return Err(ListError::Header("; `identifier` is missing".into()));
    }
    match (shared, columns.contains_key(COLUMNS[3])) {
        (true, false) => Err(ListError::Header(
            "; `row` is missing: this is not the list with row ids that the other registrar made"
                .into(),
        )),
        (false, true) => Err(ListError::Header(
            "; `row` belongs into the list that two registrars share: give it with --rows".into(),
        )),
        _ => Ok(columns),
    }
}

fn voter(
    record: &csv::StringRecord,
    line: u64,
    columns: &HashMap<&'static str, usize>,
) -> Result<ListedVoter, ListError> {
    let field = |name: &'static str| {
        let index = *columns.get(name)?;
        Some((index + 1, record.get(index)?))
    };
    let number = |name: &'static str| match field(name) {
        None => Ok(1),
        Some((column, text)) => text
            .parse::<u32>()
            .ok()
            .filter(|number| *number >= 1 && !text.starts_with('+'))
            .ok_or_else(|| ListError::Field {
                line,
                column,
                name,
                problem: format!("“{text}” is not a whole number from 1 on"),
            }),
    };
    let (column, text) = field(COLUMNS[0]).unwrap_or((1, ""));
    let identifier = Identifier::new(text).map_err(|error| ListError::Field {
        line,
        column,
        name: COLUMNS[0],
        problem: error.to_string(),
    })?;
    let row = match field(COLUMNS[3]) {
        None => None,
        Some((column, text)) => Some(RowId::parse(text).ok_or_else(|| ListError::Field {
            line,
            column,
            name: COLUMNS[3],
            problem: format!("“{text}” is not a row id (32 digits 0–9, a–f)"),
        })?),
    };
    Ok(ListedVoter {
        identifier,
        entitlement: Entitlement {
            weight: number(COLUMNS[1])?,
            college: number(COLUMNS[2])?,
        },
        row,
    })
}

/// The list with row ids, to be handed to the other registrar by a safe way.
pub fn with_rows(voters: &[RegisteredVoter]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["row", "identifier", "weight", "college"])?;
    for voter in voters {
        writer.write_record([
            voter.row.to_string().as_str(),
            voter.identifier.as_str(),
            &voter.entitlement.weight.to_string(),
            &voter.entitlement.college.to_string(),
        ])?;
    }
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

/// In what a registrar's own list differs from the shared one; nothing where both say the same of everybody.
pub fn difference(own: &[ListedVoter], shared: &[ListedVoter]) -> Option<String> {
    let index = |list: &[ListedVoter]| -> HashMap<String, Entitlement> {
        let pair = |voter: &ListedVoter| (voter.identifier.as_str().to_owned(), voter.entitlement);
        list.iter().map(pair).collect()
    };
    let (ours, theirs) = (index(own), index(shared));
    let missing = |list: &[ListedVoter], other: &HashMap<String, Entitlement>| {
        let stranger = list
            .iter()
            .find(|voter| !other.contains_key(voter.identifier.as_str()))?;
        Some(stranger.identifier.as_str().to_owned())
    };
    if let Some(name) = missing(own, &theirs) {
        return Some(format!(
            "“{name}” stands in your list and not in the shared one"
        ));
    }
    if let Some(name) = missing(shared, &ours) {
        return Some(format!(
            "“{name}” stands in the shared list and not in yours"
        ));
    }
    let (name, _) = ours
        .iter()
        .find(|(name, own)| theirs.get(*name) != Some(own))?;
    Some(format!(
        "“{name}” has another weight or college in the shared list than in yours"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        read(text.as_bytes(), false).unwrap_err().to_string()
    }

    #[test]
    fn columns_come_in_any_order_and_some_may_be_left_out() {
        let list = read(
            b"\xef\xbb\xbfCollege, Identifier,weight\n2, Zo\xc3\xa9  D ,3\n1,b,1\n",
            false,
        )
        .unwrap();
        assert_eq!(list[0].identifier.as_str(), "zoé d");
        assert_eq!(
            (list[0].entitlement.weight, list[0].entitlement.college),
            (3, 2)
        );
        let list = read(b"identifier\nanne\n\"bruno, the elder\"\n", false).unwrap();
        assert_eq!(list[1].identifier.as_str(), "bruno, the elder");
        assert_eq!(
            (list[1].entitlement.weight, list[1].entitlement.college),
            (1, 1)
        );
    }

    #[test]
    fn faults_are_named_by_line_and_column() {
        for (text, expected) in [
            ("", "the list is empty"),
            ("identifier\n", "the list is empty"),
            ("name\nanne\n", "line 1: the first line names the columns"),
            ("weight\n1\n", "`identifier` is missing"),
            ("identifier,identifier\na,b\n", "stands twice"),
            (
                "identifier,weight\nanne,1\nbruno,zero\n",
                "line 3, column 2 (weight): “zero”",
            ),
            (
                "identifier,weight\nanne,0\n",
                "line 2, column 2 (weight): “0”",
            ),
            (
                "identifier,weight\nanne,+1\n",
                "line 2, column 2 (weight): “+1”",
            ),
            (
                "weight,identifier\n1,anne\n1,\n",
                "line 3, column 2 (identifier)",
            ),
            (
                "identifier\nanne\nbruno\n ANNE \n",
                "line 4, column 1 (identifier): the same as in line 2",
            ),
            ("identifier,weight\nanne\n", "line 2: expected 2 fields"),
            (
                "identifier,college\nanne,1.5\n",
                "line 2, column 2 (college): “1.5”",
            ),
            ("identifier,row\nanne,00\n", "give it with --rows"),
        ] {
            let message = fault(text);
            assert!(message.contains(expected), "{text:?}: {message}");
        }
        let latin = read(b"identifier\nZo\xe9\n", false)
            .unwrap_err()
            .to_string();
        assert!(latin.contains("line 2: not UTF-8"), "{latin}");
    }

    #[test]
    fn a_shared_list_is_read_as_it_is_written() {
        let voter = |number: u8, name: &str| RegisteredVoter {
            row: RowId([number; 16]),
            identifier: Identifier::new(name).unwrap(),
            entitlement: Entitlement {
                weight: u32::from(number),
                college: 1,
            },
            code: None,
            next_code: None,
            line: None,
        };
        let bytes = with_rows(&[voter(1, "anne, \"the\" elder"), voter(2, "bruno")]).unwrap();
        let list = read(&bytes, true).unwrap();
        assert_eq!(list[0].row, Some(RowId([1; 16])));
        assert_eq!(list[0].identifier.as_str(), "anne, \"the\" elder");
        assert_eq!(list[1].entitlement.weight, 2);
        assert!(read(b"identifier\nanne\n", true).is_err());
        let twice = String::from_utf8(bytes)
            .unwrap()
            .replace(&RowId([2; 16]).to_string(), &RowId([1; 16]).to_string());
        let message = read(twice.as_bytes(), true).unwrap_err().to_string();
        assert!(
            message.contains("line 3, column 1 (row): the same as in line 2"),
            "{message}"
        );
    }

    #[test]
    fn two_lists_are_compared_person_by_person() {
        let list = |text: &str| read(text.as_bytes(), false).unwrap();
        let own = list("identifier,weight\nanne,1\nbruno,2\n");
        assert_eq!(
            difference(&own, &list("identifier,weight\nbruno,2\nanne,1\n")),
            None
        );
        for (other, expected) in [
            ("identifier,weight\nanne,1\n", "in your list and not"),
            (
                "identifier,weight\nanne,1\nbruno,2\ncarla,1\n",
                "“carla” stands in the shared",
            ),
            (
                "identifier,weight\nanne,1\nbruno,3\n",
                "“bruno” has another weight",
            ),
        ] {
            let message = difference(&own, &list(other)).unwrap();
            assert!(message.contains(expected), "{message}");
        }
    }
}
