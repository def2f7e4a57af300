//! A trustee's signed statement that its key is being destroyed, once the result stands.
//!
//! ```text
//! {"kind":"key-destroyed","election":B(32),"trustee":INT,"key":B(32),"day":"2026-11-29"}
//! ```
//!
//! in the strict JSON of `spec/encoding.md`, a line feed, the trustee's signature in base64url over lp("urne/0 key destroyed") ‖
//! the line, a line feed. It is handed to the organizer; the board has no entry for it. A signature shows who says so, never that
//! no copy is left.

use urne_crypto::signature::{PublicKey, public_key, sign as sign_bytes};
use urne_election::json::{FormError, Reader, Writer, base64url, from_base64url};

use crate::trustee::TrusteeKeys;

const DOMAIN: &str = "urne/0 key destroyed";
const KIND: &str = "key-destroyed";

/// What a trustee states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destruction {
    /// election id
    pub election: [u8; 32],
    /// from 1
    pub trustee: u32,
    /// the signing key whose file is destroyed
    pub key: [u8; 32],
    /// year, month, day, as the trustee's device has it
    pub day: String,
}

/// Why a statement cannot be made or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DestructionError {
    /// The day has another form.
    #[error("a day is written like 2026-11-29")]
    Day,
    /// The text is none.
    #[error("this is not a trustee's statement: {0}")]
    Form(#[from] FormError),
    /// The signature does not hold.
    #[error("the statement was not signed with the key it names")]
    Signature,
}

/// Makes the statement.
///
/// # Errors
/// [`DestructionError::Day`].
pub fn sign(
    keys: &TrusteeKeys,
    election: &[u8; 32],
    trustee: u32,
    day: &str,
) -> Result<Vec<u8>, DestructionError> {
    if !is_day(day) {
        return Err(DestructionError::Day);
    }
    let mut w = Writer::new();
    w.open().field("kind").string(KIND);
    w.field("election").bytes(election);
    w.field("trustee").integer(trustee);
    w.field("key").bytes(&public_key(keys.signing()));
    w.field("day").string(day).close();
    let mut bytes = w.finish();
    let signature = sign_bytes(keys.signing(), DOMAIN, &bytes);
    bytes.push(b'\n');
    bytes.extend_from_slice(base64url(&signature).as_bytes());
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads a statement and checks that the key it names signed it. Whose key that is, the manifest says.
///
/// # Errors
/// [`DestructionError`].
pub fn read(bytes: &[u8]) -> Result<Destruction, DestructionError> {
    let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    let [payload, signature, []] = lines[..] else {
        return Err(DestructionError::Form(FormError {
            at: 0,
            problem: "expected two lines".to_owned(),
        }));
    };
    let statement = read_payload(payload)?;
    let signature = core::str::from_utf8(signature)
        .ok()
        .and_then(from_base64url)
        .ok_or(DestructionError::Signature)?;
    PublicKey::decode(&statement.key)
        .and_then(|key| key.verify(DOMAIN, payload, &signature))
        .map_err(|_| DestructionError::Signature)?;
    Ok(statement)
}

fn read_payload(payload: &[u8]) -> Result<Destruction, DestructionError> {
    let r = &mut Reader::new(payload);
    r.open()?;
    r.field("kind")?.one_of(&[KIND])?;
    let election = r.field("election")?.array_of_bytes()?;
    let trustee = r.field("trustee")?.integer_32(1..=32)?;
    let key = r.field("key")?.array_of_bytes()?;
    let day = r.field("day")?.string(10..=10)?;
    r.close()?;
    r.end()?;
    if !is_day(&day) {
        return Err(DestructionError::Day);
    }
    Ok(Destruction {
        election,
        trustee,
        key,
        day,
    })
}

fn is_day(day: &str) -> bool {
    let separator = |index| index == 4 || index == 7;
    day.len() == 10
        && day.bytes().enumerate().all(|(index, byte)| {
            if separator(index) {
                byte == b'-'
            } else {
                byte.is_ascii_digit()
            }
        })
}
