//! Strict JSON by template: one byte string per value, nothing optional, nothing ignored.
//!
//! A [`Reader`] is asked for what must come next and refuses everything else; a [`Writer`] writes the same form. There is no
//! tree in between, so there is nothing to disagree about. Source: `spec/encoding.md`, "Strict JSON".

use core::ops::RangeInclusive;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The largest integer of the format: 2^53 − 1.
pub const LARGEST_INTEGER: u64 = (1 << 53) - 1;

/// Where and why bytes do not match their template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at byte {at}: {problem}")]
pub struct FormError {
    /// offset in the payload, in bytes
    pub at: usize,
    /// what was expected, in words
    pub problem: String,
}

/// Reads a payload from front to back.
pub struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

type Read<T> = Result<T, FormError>;

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, position: 0 }
    }

    /// A fault at the current position.
    pub fn fault(&self, problem: impl Into<String>) -> FormError {
        FormError {
            at: self.position,
            problem: problem.into(),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    fn eat(&mut self, literal: &str) -> bool {
        let found = self.bytes[self.position..].starts_with(literal.as_bytes());
        if found {
            self.position += literal.len();
        }
        found
    }

    fn expect(&mut self, literal: &str) -> Read<()> {
        if self.eat(literal) {
            Ok(())
        } else {
            Err(self.fault(format!("expected {literal}")))
        }
    }

    /// `{`
    pub fn open(&mut self) -> Read<()> {
        self.expect("{")
    }

    /// `}`
    pub fn close(&mut self) -> Read<()> {
        self.expect("}")
    }

    /// `"name":`, with the comma unless it is the first field of its object.
    pub fn field(&mut self, name: &str) -> Read<&mut Self> {
        let first = self.position > 0 && self.bytes[self.position - 1] == b'{';
        if !first {
            self.expect(",")?;
        }
        self.expect(&format!("\"{name}\":"))?;
        Ok(self)
    }

    /// Nothing may follow.
    pub fn end(&self) -> Read<()> {
        if self.position == self.bytes.len() {
            Ok(())
        } else {
            Err(self.fault("expected the end"))
        }
    }

    /// `0|[1-9][0-9]{0,15}` within the range.
    pub fn integer(&mut self, range: RangeInclusive<u64>) -> Read<u64> {
        let start = self.position;
        let digits = self.bytes[start..]
            .iter()
            .take(17)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let text = &self.bytes[start..start + digits];
        if digits == 0 || digits > 16 || (digits > 1 && text[0] == b'0') {
            return Err(self.fault("expected an integer"));
        }
        let value = text
            .iter()
            .fold(0_u64, |value, digit| value * 10 + u64::from(digit - b'0'));
        if value > LARGEST_INTEGER || !range.contains(&value) {
            return Err(self.fault(format!(
                "expected an integer from {} to {}",
                range.start(),
                range.end()
            )));
        }
        self.position += digits;
        Ok(value)
    }

    /// An integer that fits 32 bits.
    pub fn integer_32(&mut self, range: RangeInclusive<u32>) -> Read<u32> {
        let value = self.integer(u64::from(*range.start())..=u64::from(*range.end()))?;
        u32::try_from(value).map_err(|_| self.fault("expected an integer below 2^32"))
    }

    /// `true` or `false`.
    pub fn boolean(&mut self) -> Read<bool> {
        if self.eat("true") {
            Ok(true)
        } else if self.eat("false") {
            Ok(false)
        } else {
            Err(self.fault("expected true or false"))
        }
    }

    /// A string of a limited number of bytes after unescaping.
    pub fn string(&mut self, lengths: RangeInclusive<usize>) -> Read<String> {
        self.expect("\"")?;
        let mut text = Vec::new();
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.position += 1;
                    text.push(match self.peek() {
                        Some(b'"') => b'"',
                        Some(b'\\') => b'\\',
                        Some(b'n') => b'\n',
                        _ => return Err(self.fault("expected one of the escapes \\\" \\\\ \\n")),
                    });
                }
                Some(byte) if byte >= 0x20 => text.push(byte),
                _ => return Err(self.fault("expected a string")),
            }
            self.position += 1;
        }
        self.position += 1;
        if !lengths.contains(&text.len()) {
            return Err(self.fault(format!(
                "expected a string of {} to {} bytes",
                lengths.start(),
                lengths.end()
            )));
        }
        String::from_utf8(text).map_err(|_| self.fault("expected UTF-8"))
    }

    /// One of several fixed strings: its place in the list.
    pub fn one_of(&mut self, literals: &[&str]) -> Read<usize> {
        for (index, literal) in literals.iter().enumerate() {
            if self.eat(&format!("\"{literal}\"")) {
                return Ok(index);
            }
        }
        Err(self.fault(format!("expected one of {}", literals.join(", "))))
    }

    /// A string with the base64url of a limited number of bytes.
    pub fn bytes(&mut self, lengths: RangeInclusive<usize>) -> Read<Vec<u8>> {
        self.expect("\"")?;
        let start = self.position;
        let length = self.bytes[start..]
            .iter()
            .take_while(|&&byte| byte != b'"')
            .count();
        let bytes = URL_SAFE_NO_PAD
            .decode(&self.bytes[start..start + length])
            .map_err(|_| self.fault("expected base64url without padding"))?;
        if !lengths.contains(&bytes.len()) {
            return Err(self.fault(format!(
                "expected {} to {} bytes in base64url",
                lengths.start(),
                lengths.end()
            )));
        }
        self.position += length;
        self.expect("\"")?;
        Ok(bytes)
    }

    /// A string with the base64url of exactly N bytes.
    pub fn array_of_bytes<const N: usize>(&mut self) -> Read<[u8; N]> {
        let bytes = self.bytes(N..=N)?;
        bytes
            .try_into()
            .map_err(|_| self.fault(format!("expected {N} bytes in base64url")))
    }

    /// `[…]` with a limited number of items.
    pub fn list<T>(
        &mut self,
        lengths: RangeInclusive<usize>,
        mut item: impl FnMut(&mut Self) -> Read<T>,
    ) -> Read<Vec<T>> {
        self.expect("[")?;
        let mut items = Vec::new();
        while self.peek() != Some(b']') {
            if items.len() >= *lengths.end() {
                return Err(self.fault(format!("expected at most {} items", lengths.end())));
            }
            if !items.is_empty() {
                self.expect(",")?;
            }
            items.push(item(self)?);
        }
        self.position += 1;
        if items.len() < *lengths.start() {
            return Err(self.fault(format!("expected at least {} items", lengths.start())));
        }
        Ok(items)
    }
}

/// Writes a payload from front to back.
#[derive(Default)]
pub struct Writer(String);

impl Writer {
    /// An empty payload.
    pub fn new() -> Writer {
        Writer::default()
    }

    /// `{`
    pub fn open(&mut self) -> &mut Self {
        self.raw("{")
    }

    /// `}`
    pub fn close(&mut self) -> &mut Self {
        self.raw("}")
    }

    /// `"name":`, with a comma unless it is the first field of its object.
    pub fn field(&mut self, name: &str) -> &mut Self {
        if !self.0.ends_with('{') {
            self.raw(",");
        }
        self.raw("\"").raw(name).raw("\":")
    }

    /// An integer.
    pub fn integer(&mut self, value: impl Into<u64>) -> &mut Self {
        let value: u64 = value.into();
        self.raw(&value.to_string())
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, value: bool) -> &mut Self {
        self.raw(if value { "true" } else { "false" })
    }

    /// A string. Control characters other than the line feed have no form here and are left out by those who write texts;
    /// a payload with one is refused by its own reader.
    pub fn string(&mut self, text: &str) -> &mut Self {
        let escaped = text
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        self.raw("\"").raw(&escaped).raw("\"")
    }

    /// Bytes as base64url.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let text = URL_SAFE_NO_PAD.encode(bytes);
        self.raw("\"").raw(&text).raw("\"")
    }

    /// `[…]`.
    pub fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        self.raw("[");
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.raw(",");
            }
            write(self, item);
        }
        self.raw("]")
    }

    /// The payload's bytes.
    pub fn finish(self) -> Vec<u8> {
        self.0.into_bytes()
    }

    fn raw(&mut self, text: &str) -> &mut Self {
        self.0.push_str(text);
        self
    }
}

/// base64url of bytes, as everywhere in the format.
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Strict inverse of [`base64url`] for N bytes.
pub fn from_base64url<const N: usize>(text: &str) -> Option<[u8; N]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &[u8]) -> Result<String, FormError> {
        let mut reader = Reader::new(text);
        let string = reader.string(0..=10)?;
        reader.end()?;
        Ok(string)
    }

    #[test]
    fn strings_have_one_form_only() {
        assert_eq!(string(b"\"a\\\"\\\\\\nb\""), Ok("a\"\\\nb".into()));
        assert_eq!(string("\"é\"".as_bytes()), Ok("é".into()));
        for wrong in [
            &b"\"\\u0041\""[..],
            b"\"\\/\"",
            b"\"\\t\"",
            b"\"\t\"",
            b"\"\n\"",
            b"\"\xff\"",
            b"\"\xed\xa0\x80\"",
            b"\"open",
            b"\"12345678901\"",
            b"'a'",
            b"\"a\" ",
            b"",
        ] {
            assert!(string(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn integers_have_one_form_only() {
        let integer = |text: &str| {
            let mut reader = Reader::new(text.as_bytes());
            let value = reader.integer(0..=u64::MAX)?;
            reader.end()?;
            Ok::<u64, FormError>(value)
        };
        assert_eq!(integer("0"), Ok(0));
        assert_eq!(integer("9007199254740991"), Ok(LARGEST_INTEGER));
        for wrong in [
            "9007199254740992",
            "00",
            "01",
            "-1",
            "+1",
            "1.0",
            "1e3",
            "",
            "12345678901234567",
            "null",
            "\"1\"",
        ] {
            assert!(integer(wrong).is_err(), "{wrong}");
        }
        assert!(Reader::new(b"5").integer(1..=4).is_err());
        assert!(Reader::new(b"0").integer(1..=4).is_err());
        assert_eq!(Reader::new(b"4").integer(1..=4), Ok(4));
    }

    #[test]
    fn base64url_has_one_form_only() {
        let one = |text: &str| Reader::new(text.as_bytes()).array_of_bytes::<1>();
        assert_eq!(one("\"_w\""), Ok([255]));
        for wrong in [
            "\"_x\"", "\"_w==\"", "\"/w\"", "\"_\"", "\"_w_w\"", "\"\"", "\"_w",
        ] {
            assert!(one(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn objects_and_lists_admit_nothing_else() {
        let read = |text: &str| {
            let mut reader = Reader::new(text.as_bytes());
            reader.open()?;
            let list = reader
                .field("a")?
                .list(1..=2, |reader| reader.integer(0..=9))?;
            let flag = reader.field("b")?.boolean()?;
            reader.close()?;
            reader.end()?;
            Ok::<(Vec<u64>, bool), FormError>((list, flag))
        };
        assert_eq!(read("{\"a\":[1,2],\"b\":true}"), Ok((vec![1, 2], true)));
        for wrong in [
            "{\"a\":[],\"b\":true}",
            "{\"a\":[1,2,3],\"b\":true}",
            "{\"a\":[1,],\"b\":true}",
            "{\"a\":[1 ,2],\"b\":true}",
            "{\"b\":true,\"a\":[1]}",
            "{\"a\":[1],\"a\":[1],\"b\":true}",
            "{\"a\":[1],\"b\":true,\"c\":0}",
            "{\"a\":[1],\"b\":null}",
            "{ \"a\":[1],\"b\":true}",
            "{\"a\":[1],\"b\":true} ",
            "\u{feff}{\"a\":[1],\"b\":true}",
            "{,\"a\":[1],\"b\":true}",
            "{\"a\":[1]\"b\":true}",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut writer = Writer::new();
        writer.open().field("s").string("a\"\\\nz");
        writer.field("b").bytes(&[1, 2, 3]);
        writer.field("l").list([7_u64, 8], |writer, item| {
            writer.integer(item);
        });
        writer.field("t").boolean(false).close();
        let payload = writer.finish();
        let mut reader = Reader::new(&payload);
        reader.open().unwrap();
        assert_eq!(
            reader.field("s").unwrap().string(0..=9).unwrap(),
            "a\"\\\nz"
        );
        assert_eq!(
            reader.field("b").unwrap().array_of_bytes::<3>().unwrap(),
            [1, 2, 3]
        );
        let list = reader.field("l").unwrap().list(0..=9, |r| r.integer(0..=9));
        assert_eq!(list.unwrap(), [7, 8]);
        assert!(!reader.field("t").unwrap().boolean().unwrap());
        assert!(reader.close().is_ok() && reader.end().is_ok());
    }
}
