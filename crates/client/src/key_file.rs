//! Secret keys as the bytes that passphrase-encrypted key files hold: a line that says what they are, then 32 bytes a secret.
//!
//! Encrypting them is the caller's duty; here they only have one form, and every copy is wiped.

use urne_crypto::encoding::SecretScalar;
use urne_crypto::signature::SigningKey;
use zeroize::Zeroizing;

use crate::trustee::TrusteeKeys;

/// Whose signing key a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// writes the manifest, opens, closes
    Organizer,
    /// makes voting codes
    Issuer,
}

impl Holder {
    fn label(self) -> &'static str {
        match self {
            Holder::Organizer => "urne/0 organizer key\n",
            Holder::Issuer => "urne/0 issuer key\n",
        }
    }
}

const TRUSTEE: &str = "urne/0 trustee key\n";

/// Why the contents of a key file cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// The contents are something else, perhaps another role's key.
    #[error("this file does not hold {0}")]
    Other(&'static str),
    /// The right label, but damaged contents.
    #[error("the key in this file is damaged")]
    Damaged,
}

/// The contents of an organizer's or issuer's key file.
pub fn signing_key_to_bytes(holder: Holder, key: &SigningKey) -> Zeroizing<Vec<u8>> {
    labelled(holder.label(), &[key.as_bytes()])
}

/// Reads the contents of an organizer's or issuer's key file.
///
/// # Errors
/// [`KeyFileError`].
pub fn signing_key_from_bytes(holder: Holder, bytes: &[u8]) -> Result<SigningKey, KeyFileError> {
    let what = match holder {
        Holder::Organizer => "an organizer's key",
        Holder::Issuer => "a registrar's key",
    };
    let [seed] = secrets(holder.label(), what, bytes)?;
    Ok(SigningKey::from_bytes(&seed))
}

impl TrusteeKeys {
    /// The contents of a trustee's key file.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let encryption = Zeroizing::new(self.encryption().to_bytes());
        labelled(TRUSTEE, &[self.signing().as_bytes(), &encryption])
    }

    /// Reads the contents of a trustee's key file.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn decode(bytes: &[u8]) -> Result<TrusteeKeys, KeyFileError> {
        let [signing, encryption] = secrets(TRUSTEE, "a trustee's key", bytes)?;
        let encryption = SecretScalar::decode(&encryption).map_err(|_| KeyFileError::Damaged)?;
        Ok(TrusteeKeys::new(
            SigningKey::from_bytes(&signing),
            encryption,
        ))
    }
}

/// The room is reserved beforehand: a vector that grows would leave copies behind.
fn labelled(label: &str, secrets: &[&[u8; 32]]) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(label.len() + 32 * secrets.len()));
    bytes.extend_from_slice(label.as_bytes());
    for secret in secrets {
        bytes.extend_from_slice(&secret[..]);
    }
    bytes
}

fn secrets<const N: usize>(
    label: &str,
    what: &'static str,
    bytes: &[u8],
) -> Result<[Zeroizing<[u8; 32]>; N], KeyFileError> {
    let rest = bytes
        .strip_prefix(label.as_bytes())
        .ok_or(KeyFileError::Other(what))?;
    match rest.as_chunks::<32>() {
        (words, []) if words.len() == N => {
            Ok(core::array::from_fn(|index| Zeroizing::new(words[index])))
        }
        _ => Err(KeyFileError::Damaged),
    }
}
