//! Strict JSON (spec/encoding.md): a payload is read against its template, byte by byte.

use std::fmt::Display;

use crate::encoding::{from_base64url, point_not_identity};

/// What does not match the template, for people.
pub(crate) type Mismatch = String;

/// A cursor over a payload. Every method consumes exactly what it names or reports the mismatch.
pub(crate) struct Reader<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the start of a payload, which must be valid UTF-8.
    pub(crate) fn new(payload: &'a [u8]) -> Result<Self, Mismatch> {
        let text = std::str::from_utf8(payload).map_err(|_| "not valid UTF-8".to_owned())?;
        Ok(Reader { text, position: 0 })
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn mismatch<T>(&self, expected: impl Display) -> Result<T, Mismatch> {
        Err(format!("byte {}: expected {expected}", self.position))
    }

    /// Consumes `literal` if it stands next.
    pub(crate) fn next_is(&mut self, literal: &str) -> bool {
        let found = self.rest().starts_with(literal);
        if found {
            self.position += literal.len();
        }
        found
    }

    /// Exactly these characters.
    pub(crate) fn literal(&mut self, literal: &str) -> Result<(), Mismatch> {
        if self.next_is(literal) { Ok(()) } else { self.mismatch(literal) }
    }

    /// The same, and then what follows: `r.after(literal)?.integer(…)?`.
    pub(crate) fn after(&mut self, literal: &str) -> Result<&mut Self, Mismatch> {
        self.literal(literal)?;
        Ok(self)
    }

    /// The end of the payload.
    pub(crate) fn end(&self) -> Result<(), Mismatch> {
        if self.rest().is_empty() { Ok(()) } else { self.mismatch("the end") }
    }

    /// `INT(least..most)`; `most` is below 2^53.
    pub(crate) fn integer(&mut self, least: u64, most: u64) -> Result<u64, Mismatch> {
        let rest = self.rest();
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        let digits = rest.get(..length).unwrap_or_default();
        let canonical = length == 1 || !digits.starts_with('0');
        match digits.parse::<u64>() {
            Ok(value) if canonical && length <= 16 && (least..=most).contains(&value) => {
                self.position += length;
                Ok(value)
            }
            _ => self.mismatch(format_args!("an integer from {least} to {most}")),
        }
    }

    /// `INT(least..most)` where `most` is below 2^32.
    pub(crate) fn small(&mut self, least: u32, most: u32) -> Result<u32, Mismatch> {
        let value = self.integer(least.into(), most.into())?;
        u32::try_from(value).map_err(|_| "invariant: bounded by a u32".to_owned())
    }

    /// `INT`: any integer below 2^53.
    pub(crate) fn any_integer(&mut self) -> Result<u64, Mismatch> {
        self.integer(0, (1 << 53) - 1)
    }

    /// `BOOL`.
    pub(crate) fn boolean(&mut self) -> Result<bool, Mismatch> {
        Ok(self.choice(&[("true", true), ("false", false)])?.to_owned())
    }

    /// One of several literals, each standing for a value.
    pub(crate) fn choice<'v, T>(&mut self, forms: &'v [(&str, T)]) -> Result<&'v T, Mismatch> {
        for (literal, value) in forms {
            if self.next_is(literal) {
                return Ok(value);
            }
        }
        self.mismatch("one of the forms of the template")
    }

    /// `STR(least..most)`: unescaped, `least` to `most` bytes.
    pub(crate) fn string(&mut self, least: usize, most: usize) -> Result<String, Mismatch> {
        self.literal("\"")?;
        let mut value = String::new();
        let mut characters = self.rest().char_indices();
        while let Some((offset, character)) = characters.next() {
            match character {
                '"' => {
                    if !(least..=most).contains(&value.len()) {
                        return self.mismatch(format_args!("a string of {least} to {most} bytes"));
                    }
                    self.position += offset + 1;
                    return Ok(value);
                }
                '\\' => match characters.next() {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, escaped @ ('"' | '\\'))) => value.push(escaped),
                    _ => return self.mismatch("a string with the three escapes only"),
                },
                control if control < ' ' => {
                    return self.mismatch("a string without control bytes");
                }
                plain => value.push(plain),
            }
        }
        self.mismatch("a closing quotation mark")
    }

    /// `B(least..most)`.
    pub(crate) fn bytes(&mut self, least: usize, most: usize) -> Result<Vec<u8>, Mismatch> {
        let start = self.position;
        self.literal("\"")?;
        let rest = self.rest();
        let encoded = rest.split('"').next().unwrap_or_default();
        self.position += encoded.len();
        self.literal("\"")?;
        match from_base64url(encoded) {
            Some(bytes) if (least..=most).contains(&bytes.len()) => Ok(bytes),
            _ => {
                self.position = start;
                self.mismatch(format_args!("base64url of {least} to {most} bytes"))
            }
        }
    }

    /// `B(N)` as an array.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Mismatch> {
        let bytes = self.bytes(N, N)?;
        bytes.try_into().or_else(|_| self.mismatch(format_args!("{N} bytes")))
    }

    /// `B(32 point≠O)`.
    pub(crate) fn point_not_identity(&mut self) -> Result<[u8; 32], Mismatch> {
        let bytes = self.array()?;
        match point_not_identity(&bytes) {
            Some(_) => Ok(bytes),
            None => self.mismatch("a group element other than the identity before this byte"),
        }
    }

    /// `[X; least..most]`.
    pub(crate) fn list<T>(
        &mut self,
        least: usize,
        most: usize,
        mut item: impl FnMut(&mut Self) -> Result<T, Mismatch>,
    ) -> Result<Vec<T>, Mismatch> {
        let mut values = Vec::new();
        self.literal("[")?;
        if !self.next_is("]") {
            loop {
                values.push(item(self)?);
                if values.len() > most {
                    break;
                }
                if self.next_is("]") {
                    break;
                }
                self.literal(",")?;
            }
        }
        if (least..=most).contains(&values.len()) {
            Ok(values)
        } else {
            self.mismatch(format_args!("an array of {least} to {most} values before this byte"))
        }
    }

    /// `TEXT(most)`: one string for each of the manifest's `languages`.
    pub(crate) fn text(&mut self, most: usize, languages: usize) -> Result<Vec<String>, Mismatch> {
        self.list(languages, languages, |reader| reader.string(0, most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T>(text: &str, form: impl FnOnce(&mut Reader) -> Result<T, Mismatch>) -> Option<T> {
        let mut reader = Reader::new(text.as_bytes()).ok()?;
        let value = form(&mut reader).ok()?;
        reader.end().ok()?;
        Some(value)
    }

    #[test]
    fn integers_have_one_form_and_a_range() {
        let any = |text| read(text, |reader| reader.any_integer());
        assert_eq!(any("0"), Some(0));
        assert_eq!(any("10"), Some(10));
        assert_eq!(any("9007199254740991"), Some((1 << 53) - 1));
        for refused in [
            "9007199254740992",
            "",
            "00",
            "01",
            "-1",
            "+1",
            "1.0",
            "1e3",
            " 1",
            "1 ",
            "00000000000000001",
        ] {
            assert_eq!(any(refused), None, "{refused}");
        }
        let ranged = |text| read(text, |reader| reader.integer(2, 5));
        assert_eq!(
            [ranged("1"), ranged("2"), ranged("5"), ranged("6")],
            [None, Some(2), Some(5), None]
        );
    }

    #[test]
    fn strings_know_three_escapes_only() {
        let string = |text| read(text, |reader| reader.string(0, 5));
        assert_eq!(string(r#""a\"\\\nb""#).as_deref(), Some("a\"\\\nb"));
        assert_eq!(string("\"\u{7f}é\""), Some("\u{7f}é".to_owned()));
        for refused in [
            r#""\t""#,
            r#""\/""#,
            "\"\n\"",
            "\"\u{1f}\"",
            r#""\u0061""#,
            "\"abc",
            "abc\"",
            r#""\"#,
            "\"abcdef\"",
        ] {
            assert_eq!(string(refused), None, "{refused}");
        }
        assert_eq!(read("\"\"", |reader| reader.string(1, 5)), None);
        assert_eq!(read("\"éé\"", |reader| reader.string(1, 3)), None, "bytes are counted");
    }

    #[test]
    fn payloads_are_utf8() {
        assert!(Reader::new(b"\"\xff\"").is_err());
        assert!(Reader::new(b"\xed\xa0\x80").is_err(), "a surrogate");
        assert!(Reader::new(b"\xc0\x80").is_err(), "an overlong form");
        assert_eq!(read("\u{feff}0", |reader| reader.any_integer()), None, "a byte-order mark");
    }

    #[test]
    fn bytes_have_their_length_and_points_decode() {
        let two = |text| read(text, |reader| reader.bytes(2, 2));
        assert_eq!(two("\"-_8\""), Some(vec![0xfb, 0xff]));
        for refused in ["\"-_9\"", "\"-_8=\"", "\"-w\"", "\"\"", "\"-_8", "\"-\\_8\""] {
            assert_eq!(two(refused), None, "{refused}");
        }
        let identity = format!("\"{}\"", "A".repeat(43));
        assert!(read(&identity, |reader| reader.array::<32>()).is_some());
        assert!(read(&identity, |reader| reader.point_not_identity()).is_none());
    }

    #[test]
    fn lists_count_their_values_and_allow_no_space() {
        let list = |text| read(text, |reader| reader.list(1, 2, Reader::any_integer));
        assert_eq!(list("[1,2]"), Some(vec![1, 2]));
        for refused in ["[]", "[1,2,3]", "[1, 2]", "[1,]", "[,1]", "[1", "[1 ]"] {
            assert_eq!(list(refused), None, "{refused}");
        }
        assert_eq!(read("[]", |reader| reader.list(0, 2, Reader::any_integer)), Some(vec![]));
    }
}
