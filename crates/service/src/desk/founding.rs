//! The step from draft to election: is this manifest the one that this draft leads to?
//!
//! A manifest is signed by its organizer and names everybody else's keys. The server founds it only if those it can know of
//! (its own, the log's, and those the seats' holders sent) are exactly the draft's, in order.

use urne_client::http::{Draft, Role, Seat};
use urne_election::entry::split;
use urne_election::json::base64url;
use urne_election::manifest::Manifest;

/// Why a manifest is not the one of a draft.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FoundingError {
    /// Not a manifest at all.
    #[error("this is not a manifest entry: {0}")]
    Form(String),
    /// A field that is not the draft's.
    #[error(
        "{field} of the manifest is not the draft's: read the draft again and make the manifest from it"
    )]
    Differs {
        /// the field, such as `trustees[2].encryption`
        field: String,
    },
    /// Somebody's keys are missing.
    #[error("{0} has not sent keys yet")]
    Awaits(String),
    /// A witness this server cannot reach.
    #[error(
        "witnesses: this server has no address for the witness {0}; its operator has to configure one"
    )]
    UnknownWitness(String),
}

/// Reads a manifest entry and compares it with the draft. Whether the manifest obeys all rules is the election's to judge.
///
/// # Errors
/// [`FoundingError`], naming the first field that differs.
pub fn check_manifest(
    entry: &[u8],
    draft: &Draft,
    known: impl Fn(&str) -> bool,
) -> Result<Manifest, FoundingError> {
    let (payload, _) = split(entry).map_err(|error| FoundingError::Form(error.to_string()))?;
    let manifest =
        Manifest::decode(payload).map_err(|error| FoundingError::Form(error.to_string()))?;
    let same = |field: &str, ours: bool| differs_unless(ours, || field.to_owned());
    same("nonce", base64url(&manifest.nonce) == draft.nonce)?;
    same(
        "server.key",
        base64url(&manifest.server.key) == draft.server.key,
    )?;
    same("log.origin", manifest.log.origin == draft.log.origin)?;
    same("log.key", base64url(&manifest.log.key) == draft.log.key)?;
    same("log.interval", manifest.log.interval == draft.log.interval)?;
    check_seats(&manifest, &draft.seats)?;
    let unknown = manifest
        .witnesses
        .list
        .iter()
        .find(|party| !known(&party.name));
    if let Some(party) = unknown {
        return Err(FoundingError::UnknownWitness(party.name.clone()));
    }
    Ok(manifest)
}

fn check_seats(manifest: &Manifest, seats: &[Seat]) -> Result<(), FoundingError> {
    if let Some(seat) = seats.iter().find(|seat| seat.keys.is_none()) {
        return Err(FoundingError::Awaits(seat.name.clone()));
    }
    let of = |role: Role| seats.iter().filter(move |seat| seat.role == role);
    let count = |name: &str, ours: usize, role| {
        differs_unless(ours == of(role).count(), || format!("the number of {name}"))
    };
    count("issuers", manifest.issuers.len(), Role::Issuer)?;
    count("trustees", manifest.trustees.len(), Role::Trustee)?;
    for (number, (issuer, seat)) in (1..).zip(manifest.issuers.iter().zip(of(Role::Issuer))) {
        let keys = seat.keys.as_ref();
        let key = keys.is_some_and(|keys| keys.key == base64url(&issuer.key));
        differs_unless(key, || format!("issuers[{number}].key"))?;
    }
    for (number, (trustee, seat)) in (1..).zip(manifest.trustees.iter().zip(of(Role::Trustee))) {
        let Some(keys) = &seat.keys else { continue };
        let is = |ours: &Option<String>, bytes: &[u8]| ours.as_deref() == Some(&*base64url(bytes));
        let field = |name: &str| format!("trustees[{number}].{name}");
        differs_unless(keys.key == base64url(&trustee.key), || field("key"))?;
        let encryption = trustee.encryption.bytes();
        differs_unless(is(&keys.encryption, encryption), || field("encryption"))?;
        differs_unless(is(&keys.proof, &trustee.proof), || field("proof"))?;
    }
    Ok(())
}

fn differs_unless(same: bool, field: impl FnOnce() -> String) -> Result<(), FoundingError> {
    if same {
        Ok(())
    } else {
        Err(FoundingError::Differs { field: field() })
    }
}
