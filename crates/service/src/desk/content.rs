//! What can be checked of a draft before anybody's keys are there: all rules of the manifest, with keys of nobody in the place
//! of those that are missing. An organizer hears of a mistake when saving, not on the day of the founding.

use urne_client::draft::{DraftContent, DraftError};
use urne_client::http::{Draft, Role, Seat, SeatKeys};
use urne_crypto::encoding::SecretScalar;
use urne_crypto::signature::{SigningKey, public_key};
use urne_election::json::{FormError, base64url};
use urne_election::manifest::Manifest;

/// Why a draft's content is refused; the sentence names the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// A size or character the manifest's template does not allow.
    #[error("{field}: {problem}")]
    Form {
        /// where, such as `questions[2].title[1]`
        field: String,
        /// what was expected
        problem: String,
    },
    /// A rule.
    #[error("{0}")]
    Rule(String),
    /// A witness this server cannot reach.
    #[error(
        "witnesses: this server has no address for the witness {0}; its operator has to configure one"
    )]
    UnknownWitness(String),
}

/// Checks content as far as it can be without keys. `known` says whether the server can reach a witness.
///
/// # Errors
/// [`ContentError`].
pub fn check_content(
    draft: &Draft,
    content: &DraftContent,
    known: impl Fn(&str) -> bool,
) -> Result<(), ContentError> {
    let manifest = rehearse(draft, content)?;
    let payload = manifest.payload();
    Manifest::decode(&payload).map_err(|FormError { at, problem }| ContentError::Form {
        field: field_at(&payload, at),
        problem,
    })?;
    let unknown = manifest
        .witnesses
        .list
        .iter()
        .find(|party| !known(&party.name));
    unknown.map_or(Ok(()), |party| {
        Err(ContentError::UnknownWitness(party.name.clone()))
    })
}

/// The manifest with everybody's place taken.
fn rehearse(draft: &Draft, content: &DraftContent) -> Result<Manifest, ContentError> {
    let trustees = draft
        .seats
        .iter()
        .filter(|seat| seat.role == Role::Trustee)
        .count();
    let needed = (content.threshold.clamp(1, 32) as usize).max(trustees);
    let trustees = (1_u32..)
        .take(needed)
        .map(|number| stand_in(Role::Trustee, number));
    let draft = Draft {
        content: Some(content.clone()),
        seats: trustees.chain([stand_in(Role::Issuer, 1)]).collect(),
        ..draft.clone()
    };
    draft
        .manifest(public_key(&SigningKey::from_bytes(&[255; 32])))
        .map_err(|error| match error {
            DraftError::Manifest(broken) => ContentError::Rule(broken.0),
            other => ContentError::Rule(other.to_string()),
        })
}

/// Somebody with keys that are good in form and belong to nobody.
fn stand_in(role: Role, number: u32) -> Seat {
    let mut seed = [0; 32];
    seed[0] = u8::try_from(number).unwrap_or(u8::MAX);
    seed[1] = u8::from(role == Role::Issuer);
    let mut scalar = [0; 32];
    scalar[0] = seed[0];
    let encryption = SecretScalar::decode(&scalar)
        .expect("invariant: a number below 256 is canonical")
        .public();
    let keys = SeatKeys {
        key: base64url(&public_key(&SigningKey::from_bytes(&seed))),
        encryption: Some(base64url(encryption.bytes())),
        proof: Some(base64url(&[0; 64])),
    };
    Seat::of_person(role, number, "?".into(), Some(keys))
}

/// The path of the value at an offset of a payload: keys and positions, counted from 1.
fn field_at(payload: &[u8], at: usize) -> String {
    let mut path: Vec<Step> = Vec::new();
    let mut bytes = payload[..at.min(payload.len())].iter().copied().enumerate();
    let mut string: Option<usize> = None;
    while let Some((offset, byte)) = bytes.next() {
        match (string, byte) {
            (Some(_), b'\\') => {
                bytes.next();
            }
            (Some(start), b'"') => {
                string = None;
                let is_key = payload.get(offset + 1) == Some(&b':');
                if let (true, Some(Step::Key(key))) = (is_key, path.last_mut()) {
                    *key = String::from_utf8_lossy(&payload[start..offset]).into_owned();
                }
            }
            (Some(_), _) => {}
            (None, b'"') => string = Some(offset + 1),
            (None, b'{') => path.push(Step::Key(String::new())),
            (None, b'[') => path.push(Step::Item(1)),
            (None, b'}' | b']') => {
                path.pop();
            }
            (None, b',') => {
                if let Some(Step::Item(number)) = path.last_mut() {
                    *number += 1;
                }
            }
            _ => {}
        }
    }
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text = key,
            Step::Key(key) => text.extend([".", key.as_str()]),
            Step::Item(number) => text.push_str(&format!("[{number}]")),
        }
    }
    text
}

enum Step {
    Key(String),
    Item(u32),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_named_by_its_place() {
        let payload = br#"{"a":"x{\"","b":[{"c":1,"d":["e","f"]},{"c":2}]}"#;
        let place = |needle: &str| {
            let text = core::str::from_utf8(payload).unwrap();
            field_at(payload, text.find(needle).unwrap())
        };
        assert_eq!(place("x{"), "a");
        assert_eq!(place("1,"), "b[1].c");
        assert_eq!(place("\"f\""), "b[1].d[2]");
        assert_eq!(place("2}"), "b[2].c");
    }
}
