//! Lists of voters as CSV: what a registrar is given, and the same list with row ids that two registrars share (feature `lists`).

use std::collections::HashMap;

use urne_crypto::credential::{Identifier, TypingError};

use crate::issuer::Entitlement;
use crate::workshop::register::{Register, RegisteredVoter, RowId};

/// A voter of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedVoter {
    /// in its one form
    pub identifier: Identifier,
    /// weight and college
    pub entitlement: Entitlement,
    /// in lists that two registrars share
    pub row: Option<RowId>,
    /// how to reach the voter
    pub contact: Contact,
    /// where the voter stands in the file, from 1
    pub line: u64,
}

/// How to reach a voter: what letters and mails need, and no proof ever does. Empty where the list does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// as on an envelope, up to 200 bytes
    pub name: String,
    /// up to 254 bytes
    pub email: String,
    /// language tag, up to 35 bytes
    pub language: String,
    /// lines below the name, up to 500 bytes
    pub address: String,
}

/// Why a list cannot be used, by line and column, both from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// The first line does not name the columns.
    #[error(
        "line 1: the first line names the columns, `identifier` and, if you need them, `weight`, `college`, `name`, `email`, `language`, `address`, with commas or semicolons (and not both) between them; {0}"
    )]
    Header(#[from] HeaderFault),
    /// A line that is no CSV, or has more or fewer fields.
    #[error("line {line}: {fault}")]
    Line {
        /// from 1
        line: u64,
        /// what is wrong
        fault: LineFault,
    },
    /// A field that cannot be used.
    #[error("line {line}, column {column} ({name}): {fault}")]
    Field {
        /// from 1
        line: u64,
        /// from 1
        column: usize,
        /// its name
        name: &'static str,
        /// what is wrong
        fault: FieldFault,
    },
    /// A college the election does not have.
    #[error("line {line}: there is no college {college} in the draft; there are: {known}")]
    College {
        /// from 1
        line: u64,
        /// as written
        college: u32,
        /// numbers and names
        known: String,
    },
    /// Nobody stands in it.
    #[error("the list is empty")]
    Empty,
    /// Too long.
    #[error("a list holds at most {} voters", Register::MOST_VOTERS)]
    TooMany,
}

/// What is wrong with the first line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderFault {
    /// A column nobody knows.
    #[error("column {column} is “{title}”")]
    Unknown {
        /// from 1
        column: usize,
        /// as it stands there
        title: String,
    },
    /// A column that stands twice.
    #[error("`{0}` stands twice")]
    Twice(&'static str),
    /// No column says who the voter is.
    #[error("`identifier` is missing")]
    NoIdentifier,
    /// A shared list without row ids.
    #[error("`row` is missing: this is not the list with row ids that the other registrar made")]
    NoRow,
    /// Row ids in a list that is not shared.
    #[error("`row` belongs into the list that two registrars share: give it with --rows")]
    StrayRow,
}

/// What is wrong with a line as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// Another number of fields than the first line.
    #[error("expected {expected} fields as in the first line, found {found}")]
    Fields {
        /// as in the first line
        expected: u64,
        /// in this one
        found: u64,
    },
    /// Another encoding.
    #[error("not UTF-8 text: save the list as UTF-8")]
    Encoding,
    /// No CSV.
    #[error("{0}")]
    Form(String),
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldFault {
    /// Not an identifier.
    #[error("{0}")]
    Identifier(#[from] TypingError),
    /// Not a number.
    #[error("“{0}” is not a whole number from 1 on")]
    Number(String),
    /// Not a row id.
    #[error("“{0}” is not a row id (32 digits 0–9, a–f)")]
    Row(String),
    /// Not an e-mail address.
    #[error("“{0}” is not an e-mail address")]
    Email(String),
    /// Too long.
    #[error("at most {0} bytes fit here")]
    Long(usize),
    /// It must be different for every voter.
    #[error("the same as in line {before}")]
    Repeated {
        /// from 1
        before: u64,
    },
}

const IDENTIFIER: &str = "identifier";
const WEIGHT: &str = "weight";
const COLLEGE: &str = "college";
const ROW: &str = "row";
const EMAIL: &str = "email";
/// Columns of text about a voter, with the most bytes of each.
const CONTACT: [(&str, usize); 4] = [
    ("name", 200),
    (EMAIL, 254),
    ("language", 35),
    ("address", 500),
];

/// Reads a list; `shared` says whether it must have row ids.
///
/// # Errors
/// [`ListError`]: the first fault.
pub fn read(bytes: &[u8], shared: bool) -> Result<Vec<ListedVoter>, ListError> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(delimiter(bytes))
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let mut records = reader.records();
    let header = match records.next() {
        Some(record) => record.map_err(|error| line_fault(&error))?,
        None => return Err(ListError::Empty),
    };
    let columns = Columns::read(&header, shared)?;
    let mut voters = Vec::new();
    let mut seen: HashMap<String, u64> = HashMap::new();
    let mut rows: HashMap<RowId, u64> = HashMap::new();
    for record in records {
        let record = record.map_err(|error| line_fault(&error))?;
        if voters.len() >= Register::MOST_VOTERS {
            return Err(ListError::TooMany);
        }
        let line = Line {
            number: record.position().map_or(0, csv::Position::line),
            columns: &columns,
            record: &record,
        };
        let voter = line.voter()?;
        if let Some(before) = seen.insert(voter.identifier.as_str().to_owned(), line.number) {
            return Err(line.fault(IDENTIFIER, FieldFault::Repeated { before }));
        }
        if let Some(before) = voter.row.and_then(|row| rows.insert(row, line.number)) {
            return Err(line.fault(ROW, FieldFault::Repeated { before }));
        }
        voters.push(voter);
    }
    if voters.is_empty() {
        return Err(ListError::Empty);
    }
    Ok(voters)
}

/// Compares the list with the colleges of the draft, each with its names; nothing is compared where the draft has none yet.
///
/// # Errors
/// [`ListError::College`]: the first voter in a college that does not exist.
pub fn check_colleges(voters: &[ListedVoter], colleges: &[Vec<String>]) -> Result<(), ListError> {
    let unknown = |voter: &&ListedVoter| voter.entitlement.college as usize > colleges.len();
    match voters.iter().find(unknown) {
        Some(voter) if !colleges.is_empty() => {
            let named = (1..).zip(colleges).map(|(number, names): (u32, _)| {
                let name = names.first().map_or("", String::as_str);
                format!("{number} ({name})")
            });
            Err(ListError::College {
                line: voter.line,
                college: voter.entitlement.college,
                known: named.collect::<Vec<_>>().join(", "),
            })
        }
        _ => Ok(()),
    }
}

/// Where a comma separates decimals, spreadsheets put a semicolon between fields.
fn delimiter(bytes: &[u8]) -> u8 {
    let header = bytes
        .split(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    match header.contains(&b';') && !header.contains(&b',') {
        true => b';',
        false => b',',
    }
}

fn line_fault(error: &csv::Error) -> ListError {
    let line = error.position().map_or(1, csv::Position::line);
    let fault = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => LineFault::Fields {
            expected: *expected_len,
            found: *len,
        },
        csv::ErrorKind::Utf8 { .. } => LineFault::Encoding,
        _ => LineFault::Form(error.to_string()),
    };
    ListError::Line { line, fault }
}

/// Where each known column stands, from 0.
struct Columns(HashMap<&'static str, usize>);

impl Columns {
    fn read(header: &csv::StringRecord, shared: bool) -> Result<Columns, HeaderFault> {
        let names = [IDENTIFIER, WEIGHT, COLLEGE, ROW].into_iter();
        let names: Vec<&'static str> = names.chain(CONTACT.map(|(name, _)| name)).collect();
        let mut columns = HashMap::new();
        for (index, title) in header.iter().enumerate() {
            let known = names.iter().find(|name| title.eq_ignore_ascii_case(name));
            let known = *known.ok_or_else(|| HeaderFault::Unknown {
                column: index + 1,
                title: title.to_owned(),
            })?;
            if columns.insert(known, index).is_some() {
                return Err(HeaderFault::Twice(known));
            }
        }
        if !columns.contains_key(IDENTIFIER) {
            return Err(HeaderFault::NoIdentifier);
        }
        match (shared, columns.contains_key(ROW)) {
            (true, false) => Err(HeaderFault::NoRow),
            (false, true) => Err(HeaderFault::StrayRow),
            _ => Ok(Columns(columns)),
        }
    }
}

/// A line below the first.
struct Line<'l> {
    number: u64,
    columns: &'l Columns,
    record: &'l csv::StringRecord,
}

impl Line<'_> {
    fn field(&self, name: &str) -> Option<&str> {
        self.record.get(*self.columns.0.get(name)?)
    }

    fn fault(&self, name: &'static str, fault: FieldFault) -> ListError {
        ListError::Field {
            line: self.number,
            column: self.columns.0.get(name).map_or(0, |index| index + 1),
            name,
            fault,
        }
    }

    fn number(&self, name: &'static str) -> Result<u32, ListError> {
        let Some(text) = self.field(name) else {
            return Ok(1);
        };
        let number = text.parse::<u32>().ok();
        number
            .filter(|number| *number >= 1 && !text.starts_with('+'))
            .ok_or_else(|| self.fault(name, FieldFault::Number(text.to_owned())))
    }

    fn text(&self, (name, most): (&'static str, usize)) -> Result<String, ListError> {
        let text = self.field(name).unwrap_or_default();
        if text.len() > most {
            return Err(self.fault(name, FieldFault::Long(most)));
        }
        if name == EMAIL && !text.is_empty() && !is_email(text) {
            return Err(self.fault(name, FieldFault::Email(text.to_owned())));
        }
        Ok(text.to_owned())
    }

    fn voter(&self) -> Result<ListedVoter, ListError> {
        let identifier = Identifier::new(self.field(IDENTIFIER).unwrap_or_default());
        let row = |text: &str| {
            let row = RowId::parse(text);
            row.ok_or_else(|| self.fault(ROW, FieldFault::Row(text.to_owned())))
        };
        let [name, email, language, address] = CONTACT;
        Ok(ListedVoter {
            identifier: identifier.map_err(|error| self.fault(IDENTIFIER, error.into()))?,
            row: self.field(ROW).map(row).transpose()?,
            entitlement: Entitlement {
                weight: self.number(WEIGHT)?,
                college: self.number(COLLEGE)?,
            },
            contact: Contact {
                name: self.text(name)?,
                email: self.text(email)?,
                language: self.text(language)?,
                address: self.text(address)?,
            },
            line: self.number,
        })
    }
}

/// Something before and after one `@`, without blanks: whether anybody reads mail there, only sending tells.
fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(who, host)| {
        !who.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !text.contains(char::is_whitespace)
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
    let unlike = ours
        .iter()
        .find(|(name, own)| theirs.get(*name) != Some(own));
    if let Some((name, _)) = unlike {
        return Some(format!(
            "“{name}” has another weight or college in the shared list than in yours"
        ));
    }
    other_email(own, shared)
        .map(|name| format!("“{name}” has another e-mail address in the shared list than in yours"))
}

/// The first voter of one's own list whose mails would go elsewhere. Lists may leave addresses out.
fn other_email<'a>(own: &'a [ListedVoter], shared: &[ListedVoter]) -> Option<&'a str> {
    let emails: HashMap<&str, &str> = shared
        .iter()
        .filter(|voter| !voter.contact.email.is_empty())
        .map(|voter| (voter.identifier.as_str(), voter.contact.email.as_str()))
        .collect();
    let goes_elsewhere = |voter: &&ListedVoter| {
        let email = voter.contact.email.trim();
        let theirs = emails.get(voter.identifier.as_str());
        !email.is_empty()
            && theirs.is_some_and(|theirs| theirs.to_lowercase() != email.to_lowercase())
    };
    let voter = own.iter().find(goes_elsewhere)?;
    Some(voter.identifier.as_str())
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
    fn semicolons_separate_as_well_as_commas() {
        let list = read(b"identifier;weight\r\nanne, the elder;2\r\n", false).unwrap();
        assert_eq!(list[0].identifier.as_str(), "anne, the elder");
        assert_eq!(list[0].entitlement.weight, 2);
    }

    #[test]
    fn semicolons_do_not_stand_beside_commas() {
        assert!(fault("identifier;weight,college\nanne;1,1\n").contains("and not both"));
        assert!(fault("identifier;weight\nanne,1\n").contains("line 2: expected 2 fields"));
    }

    #[test]
    fn a_college_that_does_not_exist_is_named_by_its_line() {
        let list = read(b"identifier,college\nanne,1\nbruno,3\n", false).unwrap();
        let colleges = [vec!["Staff".to_owned()], vec!["Students".to_owned()]];
        assert_eq!(
            check_colleges(&list, &colleges).unwrap_err().to_string(),
            "line 3: there is no college 3 in the draft; there are: 1 (Staff), 2 (Students)"
        );
        assert_eq!(check_colleges(&list[..1], &colleges), Ok(()));
        assert_eq!(
            check_colleges(&list, &[]),
            Ok(()),
            "nothing to compare with yet"
        );
    }

    #[test]
    fn a_list_may_say_how_to_reach_a_voter() {
        let list = read(
            b"identifier,name,email,language,address\n42,Ada,ada@example.org,fr,\"1 rue Basse\n1200 Gen\xc3\xa8ve\"\n43,,,,\n",
            false,
        )
        .unwrap();
        let contact = &list[0].contact;
        assert_eq!(
            (contact.name.as_str(), contact.language.as_str()),
            ("Ada", "fr")
        );
        assert_eq!(contact.email, "ada@example.org");
        assert_eq!(contact.address, "1 rue Basse\n1200 Genève");
        assert_eq!(list[1].contact, Contact::default());
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
            (
                "identifier,email\nanne,anne at home\n",
                "line 2, column 2 (email): “anne at home” is not an e-mail",
            ),
            ("identifier,email\nanne,a@b@c\n", "is not an e-mail"),
            (
                "identifier,language\nanne,a-language-tag-that-never-ends-and-more\n",
                "line 2, column 2 (language): at most 35 bytes",
            ),
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
        let own = list("identifier,email\nanne,Anne@example.org\nbruno,\n");
        let same = list("identifier,email\nanne,anne@example.org\nbruno,b@example.org\n");
        assert_eq!(difference(&own, &same), None);
        let without = list("identifier\nanne\nbruno\n");
        assert_eq!(difference(&own, &without), None);
        let elsewhere = list("identifier,email\nanne,eve@example.org\nbruno,\n");
        let message = difference(&own, &elsewhere).unwrap();
        assert!(
            message.contains("“anne” has another e-mail address"),
            "{message}"
        );
    }
}
