//! From text to rows of fields, with the line each row begins in.

use csv::StringRecord;

use super::error::{ParseError, Problem, Section, excerpt};

/// A row of a table.
pub(super) struct Row {
    /// The line it begins in, counted from 1.
    pub(super) line: usize,
    fields: StringRecord,
}

impl Row {
    /// The fields without white space around them, in the file's order.
    pub(super) fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(str::trim)
    }

    /// The field of a column, likewise; the empty text if there is none.
    pub(super) fn field(&self, column: usize) -> &str {
        self.fields.get(column).unwrap_or("").trim()
    }

    /// All fields but the first as one, none if there is only one. Empty fields
    /// at the end are left out.
    pub(super) fn rest(&self) -> Option<String> {
        let mut rest: Vec<&str> = self.fields.iter().skip(1).collect();
        if rest.is_empty() {
            return None;
        }
        while rest.last().is_some_and(|field| field.trim().is_empty()) {
            rest.pop();
        }
        Some(rest.join(";").trim().to_owned())
    }

    /// The section this row is the title of, if it is one.
    fn title(&self) -> Option<Section> {
        if self.fields().skip(1).any(|field| !field.is_empty()) {
            return None;
        }
        let sections = [Section::Meta, Section::Projects, Section::Votes];
        sections
            .into_iter()
            .find(|section| self.field(0).eq_ignore_ascii_case(section.title()))
    }
}

/// The names of a table's columns.
pub(super) struct Header {
    section: Section,
    line: usize,
    names: Vec<String>,
}

impl Header {
    /// Where a column stands, if it is there.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    /// Where a column stands that must be there.
    pub(super) fn require(&self, name: &str) -> Result<usize, ParseError> {
        let missing =
            || ParseError::of_field(self.line, self.section, name, Problem::ColumnMissing);
        self.find(name).ok_or_else(missing)
    }

    /// The line the names stand in.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// Refuses names other than `key;value`.
    pub(super) fn check_meta(&self) -> Result<(), ParseError> {
        if self.names == ["key", "value"] {
            return Ok(());
        }
        let problem = Problem::MetaHeader {
            found: excerpt(&self.names.join(";")),
        };
        Err(ParseError::of_row(self.line, self.section, problem))
    }

    /// Refuses a row with fewer fields than columns, or with text past the last
    /// column: it is not known which field was meant for which column.
    pub(super) fn check(&self, row: &Row) -> Result<(), ParseError> {
        let expected = self.names.len();
        let found = row.fields.len();
        if found < expected || row.fields().skip(expected).any(|field| !field.is_empty()) {
            let problem = Problem::FieldCount { found, expected };
            return Err(ParseError::of_row(row.line, self.section, problem));
        }
        Ok(())
    }
}

/// Walks through the sections in their order.
pub(super) struct Sections<'text> {
    text: &'text str,
    reader: csv::Reader<&'text [u8]>,
    /// Up to which byte line breaks have been counted, and the line there.
    counted: usize,
    line: usize,
    current: Option<Section>,
    /// The title met while reading the rows of the section before.
    next_title: Option<(usize, Section)>,
}

impl<'text> Sections<'text> {
    /// Starts before the first section. The text has no byte-order mark.
    pub(super) fn new(text: &'text str) -> Self {
        let reader = csv::ReaderBuilder::new()
            .delimiter(b';')
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        Sections {
            text,
            reader,
            counted: 0,
            line: 1,
            current: None,
            next_title: None,
        }
    }

    /// Enters a section, which must stand here, and reads its column names.
    pub(super) fn open(&mut self, section: Section) -> Result<Header, ParseError> {
        if self.next_title.is_none()
            && let Some(row) = self.next_row()?
        {
            let Some(title) = row.title() else {
                let found = excerpt(row.field(0));
                let problem = Problem::TitleMissing {
                    expected: section,
                    found,
                };
                return Err(ParseError::of_row(row.line, section, problem));
            };
            self.next_title = Some((row.line, title));
        }
        let Some((line, title)) = self.next_title.take() else {
            return Err(ParseError::of_file(Problem::SectionMissing {
                missing: section,
            }));
        };
        if title < section {
            let problem = Problem::SectionRepeated { repeated: title };
            return Err(ParseError::of_row(line, title, problem));
        }
        if title > section {
            let problem = Problem::SectionMissing { missing: section };
            return Err(ParseError::of_row(line, title, problem));
        }
        self.current = Some(section);
        self.header(line, section)
    }

    fn header(&mut self, title_line: usize, section: Section) -> Result<Header, ParseError> {
        let row = self.next_row()?.filter(|row| row.title().is_none());
        let Some(row) = row else {
            return Err(ParseError::of_row(
                title_line,
                section,
                Problem::HeaderMissing,
            ));
        };
        let mut names: Vec<String> = row.fields().map(str::to_ascii_lowercase).collect();
        while names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        for (column, name) in names.iter().enumerate() {
            if names[..column].contains(name) {
                return Err(ParseError::of_field(
                    row.line,
                    section,
                    name,
                    Problem::ColumnRepeated,
                ));
            }
        }
        Ok(Header {
            section,
            line: row.line,
            names,
        })
    }

    /// The next row of the section, or none where it ends.
    pub(super) fn row(&mut self) -> Result<Option<Row>, ParseError> {
        let Some(row) = self.next_row()? else {
            return Ok(None);
        };
        if let Some(title) = row.title() {
            self.next_title = Some((row.line, title));
            return Ok(None);
        }
        Ok(Some(row))
    }

    /// Makes sure that nothing follows the last section.
    pub(super) fn finish(self) -> Result<(), ParseError> {
        match self.next_title {
            None => Ok(()),
            Some((line, title)) => {
                let problem = Problem::SectionRepeated { repeated: title };
                Err(ParseError::of_row(line, title, problem))
            }
        }
    }

    /// The next row that is not blank.
    fn next_row(&mut self) -> Result<Option<Row>, ParseError> {
        loop {
            let mut fields = StringRecord::new();
            let start = self.reader.position().byte();
            let more = self.reader.read_record(&mut fields).map_err(|error| {
                let problem = Problem::Unreadable {
                    reason: error.to_string(),
                };
                self.error_here(problem)
            })?;
            if !more {
                return Ok(None);
            }
            let end = self.reader.position().byte();
            self.step_over(start, end)?;
            if fields.len() > 1 || fields.iter().any(|field| !field.trim().is_empty()) {
                return Ok(Some(Row {
                    line: self.line,
                    fields,
                }));
            }
        }
    }

    /// Counts the lines up to a row's first byte. The reader's own line numbers
    /// do not serve: it takes blank lines, and the second half of a CRLF, for
    /// part of the row that follows.
    fn step_over(&mut self, start: u64, end: u64) -> Result<(), ParseError> {
        let bytes = self.text.as_bytes();
        let within = |offset: u64| {
            usize::try_from(offset)
                .unwrap_or(bytes.len())
                .min(bytes.len())
        };
        let (start, end) = (within(start), within(end));
        let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let first = start
            + bytes[start..end]
                .iter()
                .take_while(|byte| is_break(byte))
                .count();
        self.line += line_breaks(&bytes[self.counted..first]);
        self.counted = first;
        // Only a quoted field runs over several lines, and its quotes come in
        // pairs: an odd one has swallowed the rows after it, or the file's end.
        let row = bytes[first..end].trim_ascii_end();
        let quotes = row.iter().filter(|byte| **byte == b'"').count();
        if quotes % 2 == 1 && (row.iter().any(is_break) || end == bytes.len()) {
            return Err(self.error_here(Problem::QuoteUnclosed));
        }
        Ok(())
    }

    fn error_here(&self, problem: Problem) -> ParseError {
        ParseError {
            line: Some(self.line),
            section: self.current,
            field: None,
            problem,
        }
    }
}

/// How many lines end in these bytes, whether by LF, CRLF or CR alone.
pub(super) fn line_breaks(bytes: &[u8]) -> usize {
    let ends = |(index, byte): (usize, &u8)| match byte {
        b'\n' => true,
        b'\r' => bytes.get(index + 1) != Some(&b'\n'),
        _ => false,
    };
    bytes.iter().enumerate().filter(|pair| ends(*pair)).count()
}
