//! Why a file could not be read: where, what, and what to do about it.

use std::fmt;

use thiserror::Error;

/// The tables of a `.pb` file, in the order they must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// General facts, as `key;value`.
    Meta,
    /// The projects, their costs and published results.
    Projects,
    /// The ballots, one line each.
    Votes,
}

impl Section {
    /// The title line that opens the section.
    pub fn title(self) -> &'static str {
        match self {
            Section::Meta => "META",
            Section::Projects => "PROJECTS",
            Section::Votes => "VOTES",
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.title())
    }
}

/// A file that could not be read, with the place of the trouble.
///
/// Its text reads, for instance: `line 12, PROJECTS, cost: "dear" is not an
/// amount: …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The line, counted from 1, where the offending row begins; none where
    /// the trouble is with the file as a whole.
    pub line: Option<usize>,
    /// The section, once the reader has entered one.
    pub section: Option<Section>,
    /// The column, or the key in `META`.
    pub field: Option<String>,
    /// What is wrong, and what to do.
    pub problem: Problem,
}

impl ParseError {
    /// Trouble with the file as a whole.
    pub(super) fn of_file(problem: Problem) -> Self {
        ParseError {
            line: None,
            section: None,
            field: None,
            problem,
        }
    }

    /// Trouble with a row.
    pub(super) fn of_row(line: usize, section: Section, problem: Problem) -> Self {
        ParseError {
            line: Some(line),
            section: Some(section),
            field: None,
            problem,
        }
    }

    /// Trouble with one field of a row.
    pub(super) fn of_field(line: usize, section: Section, field: &str, problem: Problem) -> Self {
        ParseError {
            line: Some(line),
            section: Some(section),
            field: Some(excerpt(field)),
            problem,
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(formatter, "line {line}, ")?;
        }
        if let Some(section) = self.section {
            write!(formatter, "{section}, ")?;
        }
        if let Some(field) = &self.field {
            write!(formatter, "{field}: ")?;
        }
        write!(formatter, "{}", self.problem)
    }
}

impl std::error::Error for ParseError {}

/// What is wrong with a file. Each text says what to do; fields named `found`
/// hold the file's own words, shortened and with control characters escaped.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// More than [`MAX_FILE_BYTES`](super::MAX_FILE_BYTES).
    #[error("the file has {bytes} bytes, at most {most} are read: split it by district")]
    FileTooLarge {
        /// The file's size.
        bytes: usize,
        /// The limit.
        most: usize,
    },
    /// A line longer than [`MAX_LINE_BYTES`](super::MAX_LINE_BYTES).
    #[error("the line is longer than {most} bytes: shorten the text in it")]
    LineTooLong {
        /// The limit in bytes.
        most: usize,
    },
    /// Bytes that are not UTF-8.
    #[error("the bytes are not UTF-8 text: save the file again with the encoding UTF-8")]
    NotUtf8,
    /// A field that opens with a double quote and never ends.
    #[error(
        "a double quote that opens here is never closed: close it, and write \"\" for a quote \
         inside a quoted field"
    )]
    QuoteUnclosed,
    /// The reader of fields gave up.
    #[error("the fields cannot be told apart: {reason}")]
    Unreadable {
        /// Its reason.
        reason: String,
    },
    /// Something stands before the title `META`.
    #[error("found {found:?} where the title line {expected} must stand")]
    TitleMissing {
        /// The title that must stand there.
        expected: Section,
        /// What stands there.
        found: String,
    },
    /// A section is not there, or not in its place.
    #[error(
        "there is no section {missing} in its place: the file needs META, PROJECTS and VOTES, in \
         this order (is it cut short?)"
    )]
    SectionMissing {
        /// The section.
        missing: Section,
    },
    /// A section stands twice.
    #[error("the section {repeated} stands here a second time: keep one")]
    SectionRepeated {
        /// The section.
        repeated: Section,
    },
    /// A title without its line of column names.
    #[error("the line of column names is missing after the title")]
    HeaderMissing,
    /// `META` without `key;value`.
    #[error("the column names of META must be key;value, found {found:?}")]
    MetaHeader {
        /// What stands there.
        found: String,
    },
    /// A column that is needed and not there.
    #[error("this column is needed and missing: add it to the line of column names")]
    ColumnMissing,
    /// A column named twice.
    #[error("this column is named twice: rename or remove one")]
    ColumnRepeated,
    /// A row with more or fewer fields than there are columns.
    #[error(
        "the row has {found} fields for {expected} columns: put a field that contains ; in double \
         quotes, with no space before the first quote"
    )]
    FieldCount {
        /// How many fields stand there.
        found: usize,
        /// How many columns there are.
        expected: usize,
    },
    /// A key of `META` that is needed and not there.
    #[error("this key is needed and missing: add a line {key};… to META")]
    KeyMissing {
        /// The key.
        key: &'static str,
    },
    /// A key of `META` that stands twice.
    #[error("this key stands a second time: keep one")]
    KeyRepeated,
    /// A field that must not be empty.
    #[error("this field must not be empty")]
    Empty,
    /// No amount of money.
    #[error("{found:?} is not an amount: write digits, with at most two decimals after a point")]
    NotAnAmount {
        /// What stands there.
        found: String,
    },
    /// Three digits after a point or comma: thousands, or thousandths?
    #[error(
        "{found:?} could mean thousands or thousandths: write the amount without separators, with \
         at most two decimals"
    )]
    AmbiguousAmount {
        /// What stands there.
        found: String,
    },
    /// Parts of a hundredth.
    #[error(
        "{found:?} has more than two decimals: amounts are counted in hundredths at the finest"
    )]
    TooManyDecimals {
        /// What stands there.
        found: String,
    },
    /// No whole number.
    #[error("{found:?} is not a whole number: write digits only")]
    NotAWholeNumber {
        /// What stands there.
        found: String,
    },
    /// A number too large to count with.
    #[error("{found:?} is too large: at most {most} is read")]
    NumberTooLarge {
        /// What stands there.
        found: String,
        /// The limit.
        most: u64,
    },
    /// A number below zero where none can be.
    #[error("{found:?} is negative: this number cannot be below 0")]
    Negative {
        /// What stands there.
        found: String,
    },
    /// None of the format's vote types.
    #[error(
        "{found:?} is not a vote type: write approval, choose-1, cumulative, scoring or ordinal"
    )]
    VoteTypeUnknown {
        /// What stands there.
        found: String,
    },
    /// Two projects with one id.
    #[error("the project {id:?} stands already in line {first_line}: give each project its own id")]
    ProjectRepeated {
        /// The id.
        id: String,
        /// Where it stands first.
        first_line: usize,
    },
    /// No project at all.
    #[error("there is no project: add at least one line")]
    NoProjects,
    /// A table beyond its limit.
    #[error("there are more than {most} {what}: split the file")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
        /// The limit.
        most: usize,
    },
    /// `num_projects` or `num_votes` differs from the rows of the table.
    #[error(
        "META states {stated}, the file holds {found}: complete the file if it was cut, or correct \
         the stated number"
    )]
    CountDiffers {
        /// The number in `META`.
        stated: u64,
        /// The number of rows.
        found: usize,
    },
}

/// The file's own words for a message: short, on one line, and unable to move
/// a terminal's cursor once shown with `{:?}`.
pub(super) fn excerpt(text: &str) -> String {
    const MOST: usize = 60;
    let mut shown: String = text
        .chars()
        .take(MOST)
        .map(|character| {
            if character.is_control() {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}
