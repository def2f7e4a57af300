//! Signed notes (C2SP signed-note): a text, an empty line, signature lines.
//!
//! ```text
//! text, ending in a newline
//!
//! — KEY-NAME base64(key id (4 bytes) ‖ signature)
//! ```
//!
//! A key is known by its name and key id together. A line of an unknown key is ignored; every
//! line of a known key must hold, or the whole note is refused; lines repeated by one key count
//! once.

use std::fmt;

use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha256};

use crate::line::{from_base64, to_base64};
use crate::public_key::PublicKey;

/// No note has more bytes.
pub const MAX_NOTE_BYTES: usize = 131_072;

/// No note has more signature lines.
pub const MAX_SIGNATURE_LINES: usize = 64;

/// No name of a known key has more bytes.
pub const MAX_NAME_BYTES: usize = 200;

/// What a signature line begins with: an em dash and a space.
const LINE_START: &str = "\u{2014} ";

/// Why a note, a line, a name or a verifier key was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// More than 131,072 bytes.
    #[error("the note is longer than 131,072 bytes")]
    TooLong,
    /// Not UTF-8, or a control character other than the newline.
    #[error("the note is not UTF-8 text without control characters")]
    NotText,
    /// No empty line followed by signature lines, or no newline at the end.
    #[error("the note does not end in an empty line and signature lines")]
    NoSignatures,
    /// More than 64 signature lines.
    #[error("the note has more than 64 signature lines")]
    TooManySignatures,
    /// A line that is not a signature line in its canonical form.
    #[error("a signature line is malformed")]
    MalformedLine,
    /// A name that the board does not allow for a known key.
    #[error("a key name has 1 to 200 bytes and no white space, + or control character")]
    Name,
    /// A verifier key that is not `name+keyid+base64` with a matching key id.
    #[error("the verifier key is malformed")]
    VerifierKey,
    /// A key of the wrong kind for this use.
    #[error("the key makes another kind of signature")]
    WrongKind,
    /// A line of a known key that does not hold.
    #[error("a signature line of a known key does not hold")]
    InvalidSignature,
    /// No line of the key.
    #[error("the note carries no signature of the key")]
    Unsigned,
}

/// The name of a key that is known beforehand: 1 to 200 bytes of UTF-8 without white space, `+`
/// or control character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// Checks a name.
    ///
    /// # Errors
    /// [`NoteError::Name`].
    pub fn new(name: &str) -> Result<Self, NoteError> {
        if name.len() > MAX_NAME_BYTES || !is_name(name) {
            return Err(NoteError::Name);
        }
        Ok(KeyName(name.to_owned()))
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What a key signs; its number stands in the key id and the verifier key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureKind {
    /// 0x01: Ed25519 over the note's text. A log's.
    Ed25519,
    /// 0x04: Ed25519 over a cosignature/v1 message, with a timestamp. A witness's.
    CosignatureV1,
}

impl SignatureKind {
    fn identifier(self) -> u8 {
        match self {
            SignatureKind::Ed25519 => 0x01,
            SignatureKind::CosignatureV1 => 0x04,
        }
    }
}

/// The first four bytes of SHA-256(name ‖ 0x0A ‖ kind ‖ public key).
pub fn key_id(name: &KeyName, kind: SignatureKind, public_key: &[u8; 32]) -> [u8; 4] {
    let hash = Sha256::new()
        .chain_update(name.as_str())
        .chain_update([b'\n', kind.identifier()])
        .chain_update(public_key)
        .finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// All that is needed to recognise and check a key's signature lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    kind: SignatureKind,
    public_key: PublicKey,
    key_id: [u8; 4],
}

impl VerifierKey {
    /// A key under its name.
    pub fn new(name: KeyName, kind: SignatureKind, public_key: PublicKey) -> Self {
        let key_id = key_id(&name, kind, public_key.as_bytes());
        VerifierKey {
            name,
            kind,
            public_key,
            key_id,
        }
    }

    /// The key's name.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// What the key signs.
    pub fn kind(&self) -> SignatureKind {
        self.kind
    }

    /// The public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The four bytes its lines begin with.
    pub fn key_id(&self) -> [u8; 4] {
        self.key_id
    }

    /// Reads a verifier key ("vkey"): `name+keyid+base64(kind ‖ public key)`, the key id as eight
    /// lowercase hexadecimal digits.
    ///
    /// # Errors
    /// [`NoteError::VerifierKey`] for another form, an unknown kind, a key id that does not match
    /// or a public key that is refused; [`NoteError::Name`] for the name.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        // The name holds no `+`, base64 may.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_), Some(key_data)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(NoteError::VerifierKey);
        };
        let name = KeyName::new(name)?;
        // 33 bytes take 44 characters.
        if key_data.len() != 44 {
            return Err(NoteError::VerifierKey);
        }
        let key_data = from_base64(key_data).ok_or(NoteError::VerifierKey)?;
        let (identifier, public_key) = key_data.split_first().ok_or(NoteError::VerifierKey)?;
        let kind = [SignatureKind::Ed25519, SignatureKind::CosignatureV1]
            .into_iter()
            .find(|kind| kind.identifier() == *identifier)
            .ok_or(NoteError::VerifierKey)?;
        let public_key = public_key.try_into().map_err(|_| NoteError::VerifierKey)?;
        let public_key = PublicKey::from_bytes(public_key).map_err(|_| NoteError::VerifierKey)?;
        let key = VerifierKey::new(name, kind, public_key);
        // The key id in the text has to be the computed one, in its only spelling.
        if key.to_string() == text {
            Ok(key)
        } else {
            Err(NoteError::VerifierKey)
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key_id = u32::from_be_bytes(self.key_id);
        let mut key_data = vec![self.kind.identifier()];
        key_data.extend_from_slice(self.public_key.as_bytes());
        write!(
            formatter,
            "{}+{key_id:08x}+{}",
            self.name,
            to_base64(&key_data)
        )
    }
}

/// One signature line, by a known key or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    name: String,
    key_id: [u8; 4],
    signature: Vec<u8>,
}

impl SignatureLine {
    pub(crate) fn new(name: &KeyName, key_id: [u8; 4], signature: Vec<u8>) -> Self {
        SignatureLine {
            name: name.as_str().to_owned(),
            key_id,
            signature,
        }
    }

    /// The name of the key that claims to have signed.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The four bytes that tell this key from others of its name.
    pub fn key_id(&self) -> [u8; 4] {
        self.key_id
    }

    /// What follows the key id: at least one byte, its meaning set by the kind of key.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Whether the line claims to be by this key.
    pub fn is_by(&self, key: &VerifierKey) -> bool {
        self.key_id == key.key_id && self.name == key.name.as_str()
    }

    /// Whether both lines claim to be by the same key.
    pub(crate) fn same_key(&self, other: &SignatureLine) -> bool {
        self.key_id == other.key_id && self.name == other.name
    }

    /// Reads one line, without its newline.
    ///
    /// # Errors
    /// [`NoteError::MalformedLine`].
    pub fn parse(line: &str) -> Result<Self, NoteError> {
        let rest = line
            .strip_prefix(LINE_START)
            .ok_or(NoteError::MalformedLine)?;
        let (name, signature) = rest.split_once(' ').ok_or(NoteError::MalformedLine)?;
        if !is_name(name) {
            return Err(NoteError::MalformedLine);
        }
        let bytes = from_base64(signature).ok_or(NoteError::MalformedLine)?;
        match bytes.split_first_chunk::<4>() {
            Some((key_id, signature)) if !signature.is_empty() => Ok(SignatureLine {
                name: name.to_owned(),
                key_id: *key_id,
                signature: signature.to_vec(),
            }),
            _ => Err(NoteError::MalformedLine),
        }
    }
}

impl fmt::Display for SignatureLine {
    /// The line with its newline.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.key_id[..], &self.signature].concat();
        writeln!(formatter, "{LINE_START}{} {}", self.name, to_base64(&bytes))
    }
}

/// A text with signature lines. Parsed is not verified: see [`SignedNote::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<SignatureLine>,
}

impl SignedNote {
    /// A note signed by one Ed25519 key.
    ///
    /// # Errors
    /// When the text does not end in a newline, holds another control character, or is so long
    /// that the note would be refused.
    pub fn sign(text: &str, name: &KeyName, key: &SigningKey) -> Result<Self, NoteError> {
        if text.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong);
        }
        check_characters(text)?;
        if !text.ends_with('\n') {
            return Err(NoteError::NoSignatures);
        }
        let public_key = key.verifying_key().to_bytes();
        let line = SignatureLine::new(
            name,
            key_id(name, SignatureKind::Ed25519, &public_key),
            key.sign(text.as_bytes()).to_bytes().to_vec(),
        );
        let mut note = SignedNote {
            text: text.to_owned(),
            signatures: Vec::new(),
        };
        note.add(line)?;
        Ok(note)
    }

    /// Reads a whole note.
    ///
    /// # Errors
    /// When it is longer than 131,072 bytes, not text, or its signature lines are missing, too
    /// many or malformed.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong);
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::NotText)?;
        check_characters(note)?;
        // The last empty line is the separator; the text may hold others.
        let separator = note.rfind("\n\n").ok_or(NoteError::NoSignatures)?;
        let (text, signatures) = (&note[..=separator], &note[separator + 2..]);
        Ok(SignedNote {
            text: text.to_owned(),
            signatures: parse_lines(signatures)?,
        })
    }

    /// The signed text, with its final newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All signature lines in order, of known and unknown keys.
    pub fn signatures(&self) -> &[SignatureLine] {
        &self.signatures
    }

    /// Adds a line, in place of an earlier one of the same key.
    ///
    /// # Errors
    /// When the note would have too many lines or bytes; it is then unchanged.
    pub fn add(&mut self, line: SignatureLine) -> Result<(), NoteError> {
        let mut signatures = self.signatures.clone();
        match signatures
            .iter_mut()
            .find(|earlier| earlier.same_key(&line))
        {
            Some(earlier) => *earlier = line,
            None => signatures.push(line),
        }
        if signatures.len() > MAX_SIGNATURE_LINES {
            return Err(NoteError::TooManySignatures);
        }
        let grown = SignedNote {
            text: self.text.clone(),
            signatures,
        };
        if grown.to_string().len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong);
        }
        *self = grown;
        Ok(())
    }

    /// Checks that an Ed25519 key (kind 0x01) signed the text.
    ///
    /// # Errors
    /// [`NoteError::Unsigned`] when no line is by the key, [`NoteError::InvalidSignature`] when
    /// one of its lines does not hold, [`NoteError::WrongKind`] for a key of another kind.
    pub fn verify(&self, key: &VerifierKey) -> Result<(), NoteError> {
        if key.kind != SignatureKind::Ed25519 {
            return Err(NoteError::WrongKind);
        }
        let mut signed = false;
        for line in self.signatures.iter().filter(|line| line.is_by(key)) {
            let signature = line.signature.as_slice().try_into();
            let signature = signature.map_err(|_| NoteError::InvalidSignature)?;
            key.public_key
                .verify(self.text.as_bytes(), signature)
                .map_err(|_| NoteError::InvalidSignature)?;
            signed = true;
        }
        if signed {
            Ok(())
        } else {
            Err(NoteError::Unsigned)
        }
    }
}

impl fmt::Display for SignedNote {
    /// The note's bytes.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.text)?;
        self.signatures
            .iter()
            .try_for_each(|line| write!(formatter, "{line}"))
    }
}

/// Reads one or more signature lines, each with its newline.
pub(crate) fn parse_lines(text: &str) -> Result<Vec<SignatureLine>, NoteError> {
    let lines = text.strip_suffix('\n').ok_or(NoteError::NoSignatures)?;
    if lines.split('\n').count() > MAX_SIGNATURE_LINES {
        return Err(NoteError::TooManySignatures);
    }
    lines.split('\n').map(SignatureLine::parse).collect()
}

fn check_characters(text: &str) -> Result<(), NoteError> {
    if text.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
        return Err(NoteError::NotText);
    }
    Ok(())
}

/// Non-empty, without `+`, control character or character of the Unicode property White_Space.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+' || c < ' ')
}
