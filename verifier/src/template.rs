//! Strict JSON (spec/encoding.md): a payload is read, byte by byte, against the text of its template.
//!
//! The templates are those of spec/entries.md as they stand there. What they name is kept as a [`Value`].

use std::ops::RangeInclusive;

use crate::encoding::{from_base64url, point, point_not_identity};
use crate::ledger::Found;

/// The numbers behind the letters of a template: ('n', trustees), ('t', threshold) …
pub(crate) type Letters<'l> = &'l [(char, usize)];

/// What a payload holds in the places of its template's types.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Value {
    /// `INT`
    Number(u64),
    /// `STR` unescaped, a literal, or the chosen one of several literals; `BOOL` as `true` or `false`
    Text(String),
    /// `B`
    Bytes(Vec<u8>),
    /// `[X; a..b]` and `TEXT`
    List(Vec<Value>),
    /// an object's fields with their names
    Object(Vec<(String, Value)>),
}

/// A template promises the fields that the code asks for, with their types.
fn mistaken(name: &str) -> ! {
    unreachable!("invariant: the template has a field {name} of the type that is asked for")
}

impl Value {
    /// A field of an object, if its template has one of this name.
    pub(crate) fn find(&self, name: &str) -> Option<&Value> {
        let Value::Object(fields) = self else { return None };
        fields.iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }

    /// A field that the template has.
    pub(crate) fn field(&self, name: &str) -> &Value {
        self.find(name).unwrap_or_else(|| mistaken(name))
    }

    /// An `INT`.
    pub(crate) fn number(&self, name: &str) -> u64 {
        let Value::Number(number) = self.field(name) else { mistaken(name) };
        *number
    }

    /// An `INT` whose range ends below 2^32.
    pub(crate) fn small(&self, name: &str) -> u32 {
        u32::try_from(self.number(name)).unwrap_or_else(|_| mistaken(name))
    }

    /// A `STR`, or one of several literals.
    pub(crate) fn text(&self, name: &str) -> &str {
        let Value::Text(text) = self.field(name) else { mistaken(name) };
        text
    }

    /// A `BOOL`.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.text(name) == "true"
    }

    /// A `B`.
    pub(crate) fn bytes(&self, name: &str) -> &[u8] {
        let Value::Bytes(bytes) = self.field(name) else { mistaken(name) };
        bytes
    }

    /// A `B(N)`.
    pub(crate) fn array<const N: usize>(&self, name: &str) -> [u8; N] {
        self.bytes(name).try_into().unwrap_or_else(|_| mistaken(name))
    }

    /// A list or a `TEXT`.
    pub(crate) fn list(&self, name: &str) -> &[Value] {
        let Value::List(list) = self.field(name) else { mistaken(name) };
        list
    }
}

/// Reads a payload against a template. White space in the template is for the reader.
pub(crate) fn read(payload: &[u8], template: &str, letters: Letters) -> Found<Value> {
    let text = std::str::from_utf8(payload).map_err(|_| "not valid UTF-8".to_owned())?;
    let template: String = template.split_whitespace().collect();
    let mut reader = Reader { rest: text, length: text.len(), letters, languages: 0 };
    let languages = letters.iter().find(|(letter, _)| *letter == LANGUAGES);
    reader.languages = languages.map_or(0, |(_, count)| *count);
    let value = reader.value(&template)?;
    if reader.rest.is_empty() { Ok(value) } else { Err(reader.mismatch("the end")) }
}

/// The letter under which a template is told how many strings a `TEXT` has. A manifest says it itself.
pub(crate) const LANGUAGES: char = 'L';

struct Reader<'p> {
    rest: &'p str,
    length: usize,
    letters: Letters<'p>,
    languages: usize,
}

/// Cuts a template at a separator, but not inside brackets.
fn cut(template: &str, separator: char) -> Vec<&str> {
    let mut depth = 0;
    let at = |character: char| {
        match character {
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth -= 1,
            _ => {}
        }
        depth == 0 && character == separator
    };
    template.split(at).collect()
}

/// What stands between two brackets that enclose all of a template.
fn enclosed(template: &str, open: char, close: char) -> Option<&str> {
    template.strip_prefix(open)?.strip_suffix(close)
}

impl<'p> Reader<'p> {
    fn mismatch(&self, expected: &str) -> String {
        format!("byte {}: expected {expected}", self.length - self.rest.len())
    }

    /// Exactly these characters.
    fn literal(&mut self, literal: &str) -> Found {
        self.rest = self.rest.strip_prefix(literal).ok_or_else(|| self.mismatch(literal))?;
        Ok(())
    }

    fn value(&mut self, template: &str) -> Found<Value> {
        let forms = cut(template, '|');
        if forms.len() > 1 {
            return self.first_of(&forms);
        }
        if let Some(fields) = enclosed(template, '{', '}') {
            return self.object(fields);
        }
        if let Some((item, sizes)) = enclosed(template, '[', ']').and_then(|t| t.rsplit_once(';')) {
            return self.list(item, self.range(sizes));
        }
        let (name, parameters) = match template.strip_suffix(')') {
            Some(template) => template.split_once('(').unwrap_or_default(),
            None => (template, "0..9007199254740991"),
        };
        let read = match name {
            "INT" => integer(self.rest, self.range(parameters)),
            "BOOL" => return self.value("true|false"),
            "STR" => string(self.rest, self.range(parameters)),
            "B" => self.bytes(parameters),
            "TEXT" => {
                let languages = self.languages as u64;
                return self.list(&format!("STR(0..{parameters})"), languages..=languages);
            }
            literal => {
                let text = Value::Text(literal.trim_matches('"').to_owned());
                self.rest.strip_prefix(literal).map(|rest| (text, rest))
            }
        };
        let (value, rest) = read.ok_or_else(|| self.mismatch(template))?;
        self.rest = rest;
        Ok(value)
    }

    /// `X | Y`.
    fn first_of(&mut self, forms: &[&str]) -> Found<Value> {
        let start = self.rest;
        for form in forms {
            if let Ok(value) = self.value(form) {
                return Ok(value);
            }
            self.rest = start;
        }
        Err(self.mismatch("one of several forms"))
    }

    fn object(&mut self, fields: &str) -> Found<Value> {
        let mut values = Vec::new();
        let mut separator = "{";
        for field in cut(fields, ',') {
            let (name, template) = field.split_once(':').unwrap_or_default();
            self.literal(separator)?;
            separator = ",";
            self.literal(name)?;
            self.literal(":")?;
            let value = self.value(template)?;
            if let (r#""languages""#, Value::List(languages)) = (name, &value) {
                self.languages = languages.len();
            }
            values.push((name.trim_matches('"').to_owned(), value));
        }
        self.literal("}")?;
        Ok(Value::Object(values))
    }

    /// `[X; a..b]`.
    fn list(&mut self, item: &str, range: RangeInclusive<u64>) -> Found<Value> {
        let mut values = Vec::new();
        self.literal("[")?;
        // An array too long is not read to its end.
        while self.literal("]").is_err() && values.len() as u64 <= *range.end() {
            if !values.is_empty() {
                self.literal(",")?;
            }
            values.push(self.value(item)?);
        }
        let fits = range.contains(&(values.len() as u64));
        if fits { Ok(Value::List(values)) } else { Err(self.mismatch("another number of values")) }
    }

    /// `B(k)`, `B(a..b)`, `B(32 point)`, `B(32 point≠O)`.
    fn bytes(&self, parameters: &str) -> Option<(Value, &'p str)> {
        let (size, group) = parameters.split_once("point").unzip();
        let range = self.range(size.unwrap_or(parameters));
        let (encoded, rest) = self.rest.strip_prefix('"')?.split_once('"')?;
        let bytes =
            from_base64url(encoded).filter(|bytes| range.contains(&(bytes.len() as u64)))?;
        let decodes = match group {
            None => true,
            Some("≠O") => point_not_identity(&bytes).is_some(),
            Some(_) => point(&bytes).is_some(),
        };
        decodes.then_some((Value::Bytes(bytes), rest))
    }

    /// `a..b`, or `k` for exactly k.
    fn range(&self, text: &str) -> RangeInclusive<u64> {
        let (least, most) = text.split_once("..").unwrap_or((text, text));
        self.quantity(least)..=self.quantity(most)
    }

    /// A sum of products of numbers and letters: `64·n+32·N+256`.
    fn quantity(&self, text: &str) -> u64 {
        let factor = |factor: &str| {
            let letter = self.letters.iter().find(|(letter, _)| factor.starts_with(*letter));
            letter.map_or_else(|| factor.parse().unwrap_or_default(), |(_, value)| *value as u64)
        };
        text.split('+').map(|product| product.split('·').map(factor).product::<u64>()).sum()
    }
}

/// `INT(a..b)`.
fn integer(text: &str, range: RangeInclusive<u64>) -> Option<(Value, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(length);
    let canonical = length == 1 || !digits.starts_with('0');
    let value = digits.parse().ok().filter(|value| canonical && range.contains(value))?;
    Some((Value::Number(value), rest))
}

/// `STR(a..b)`: a to b bytes, unescaped.
fn string(text: &str, range: RangeInclusive<u64>) -> Option<(Value, &str)> {
    let mut characters = text.strip_prefix('"')?.chars();
    let mut value = String::new();
    loop {
        value.push(match characters.next()? {
            '"' => break,
            '\\' => match characters.next()? {
                'n' => '\n',
                escaped @ ('"' | '\\') => escaped,
                _ => return None,
            },
            control if control < ' ' => return None,
            plain => plain,
        });
    }
    let fits = range.contains(&(value.len() as u64));
    fits.then_some((Value::Text(value), characters.as_str()))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    impl From<u64> for Value {
        fn from(number: u64) -> Value {
            Value::Number(number)
        }
    }

    impl From<&str> for Value {
        fn from(text: &str) -> Value {
            Value::Text(text.to_owned())
        }
    }

    impl From<&[u8]> for Value {
        fn from(bytes: &[u8]) -> Value {
            Value::Bytes(bytes.to_vec())
        }
    }

    /// An object that was not read.
    pub(crate) fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
        Value::Object(fields.map(|(name, value)| (name.to_owned(), value)).to_vec())
    }

    fn form(text: &str, template: &str) -> Option<Value> {
        read(text.as_bytes(), template, &[('n', 3), (LANGUAGES, 2)]).ok()
    }

    fn text(value: &str) -> Option<Value> {
        Some(Value::Text(value.to_owned()))
    }

    #[test]
    fn integers_have_one_form_and_a_range() {
        let any = |text| form(text, "INT");
        assert_eq!(any("0"), Some(Value::Number(0)));
        assert_eq!(any("10"), Some(Value::Number(10)));
        assert_eq!(any("9007199254740991"), Some(Value::Number((1 << 53) - 1)));
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
            "99999999999999999999",
        ] {
            assert_eq!(any(refused), None, "{refused}");
        }
        let ranged = |text| form(text, "INT(2..2·n)").is_some();
        assert_eq!(["1", "2", "6", "7"].map(ranged), [false, true, true, false]);
    }

    #[test]
    fn strings_know_three_escapes_only() {
        let string = |text| form(text, "STR(0..5)");
        assert_eq!(string(r#""a\"\\\nb""#), text("a\"\\\nb"));
        assert_eq!(string("\"\u{7f}é\""), text("\u{7f}é"));
        assert_eq!(string("\"abcde\""), text("abcde"));
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
        assert_eq!(form("\"\"", "STR(1..5)"), None);
        assert_eq!(form("\"éé\"", "STR(1..3)"), None, "bytes are counted");
    }

    #[test]
    fn payloads_are_utf8() {
        assert!(read(b"\"\xff\"", "STR(0..9)", &[]).is_err());
        assert!(read(b"\"\xed\xa0\x80\"", "STR(0..9)", &[]).is_err(), "a surrogate");
        assert!(read(b"\"\xc0\x80\"", "STR(0..9)", &[]).is_err(), "an overlong form");
        assert_eq!(form("\u{feff}0", "INT"), None, "a byte-order mark");
    }

    #[test]
    fn bytes_have_their_length_and_points_decode() {
        let two = |text| form(text, "B(2)");
        assert_eq!(two("\"-_8\""), Some(Value::Bytes(vec![0xfb, 0xff])));
        for refused in ["\"-_9\"", "\"-_8=\"", "\"-w\"", "\"\"", "\"-_8", "-_8\"", "\"-\\_8\""] {
            assert_eq!(two(refused), None, "{refused}");
        }
        let identity = format!("\"{}\"", "A".repeat(43));
        let none = identity.replacen("AA", "AQ", 1);
        let forms = |text: &str| {
            ["B(32)", "B(32 point)", "B(32 point≠O)"].map(|template| form(text, template).is_some())
        };
        assert_eq!(forms(&identity), [true, true, false]);
        assert_eq!(forms(&none), [true, false, false]);
        let lengths = |size: usize| {
            form(&format!("\"{}\"", crate::encoding::to_base64url(&vec![7; size])), "B(2·n + 1)")
        };
        assert!(lengths(7).is_some() && lengths(6).is_none() && lengths(8).is_none());
    }

    #[test]
    fn lists_count_their_values_and_allow_no_space() {
        let list = |text| form(text, "[INT; 1..2]");
        assert_eq!(list("[1,2]"), Some(Value::List([1, 2].map(Value::Number).to_vec())));
        for refused in ["[]", "[1,2,3]", "[1, 2]", "[1,]", "[,1]", "[1", "[1 ]", "[1 2]"] {
            assert_eq!(list(refused), None, "{refused}");
        }
        assert_eq!(form("[]", "[INT; 0..2]"), Some(Value::List(vec![])));
        assert!(form("[[1],[]]", "[[INT; 0..1]; 2..2]").is_some());
    }

    #[test]
    fn texts_have_one_string_per_language() {
        assert!(form(r#"["a","b"]"#, "TEXT(1)").is_some());
        for refused in [r#"["a"]"#, r#"["a","b","c"]"#, r#"["a","bb"]"#] {
            assert_eq!(form(refused, "TEXT(1)"), None, "{refused}");
        }
        let template = r#"{"languages":[STR(1..2); 1..8],"title":TEXT(1)}"#;
        assert!(form(r#"{"languages":["x"],"title":["a"]}"#, template).is_some());
        assert!(form(r#"{"languages":["x"],"title":["a","b"]}"#, template).is_none());
    }

    #[test]
    fn a_mismatch_says_where_and_what() {
        let why = |text: &str| read(text.as_bytes(), r#"{"a":INT(1..5)}"#, &[]).unwrap_err();
        assert_eq!(why(r#"{"a":6}"#), "byte 5: expected INT(1..5)");
        assert_eq!(why(r#"{"b":5}"#), "byte 1: expected \"a\"");
        assert_eq!(why(r#"{"a":5} "#), "byte 7: expected the end");
    }

    #[test]
    fn objects_have_their_fields_in_order_and_no_others() {
        let template = r#"{"a":INT, "b":"x"|"y",
            "c":{"d":BOOL}}"#;
        let value = form(r#"{"a":7,"b":"y","c":{"d":true}}"#, template).unwrap();
        assert_eq!((value.number("a"), value.text("b")), (7, "y"));
        assert!(value.field("c").flag("d") && value.find("d").is_none());
        for refused in [
            r#"{"b":"y","a":7,"c":{"d":true}}"#,
            r#"{"a":7,"b":"y","c":{"d":true},"e":1}"#,
            r#"{"a":7,"b":"y","c":{"d":true}"#,
            r#"{"a":7,"b":"y","c":{}}"#,
            r#"{"a":7,"b":"z","c":{"d":true}}"#,
            r#"{"a":7,"b":"y","c":{"d":null}}"#,
            r#"{"a": 7,"b":"y","c":{"d":true}}"#,
            r#"{"a":7,"b":"y","c":{"d":true}} "#,
        ] {
            assert_eq!(form(refused, template), None, "{refused}");
        }
        assert!(form(r#"{"c":1}"#, r#"{"a":INT}|{"c":1}"#).is_some(), "one of two objects");
    }
}
