//! Files under a passphrase, in the format of `age`: `urne` and other tools open them too.

use std::io::{Read as _, Write as _};

use age::secrecy::SecretString;
use age::{DecryptError, Decryptor, Encryptor, scrypt};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// 2^16 rounds of scrypt, as in the command line: `age` would measure the device at hand and then refuse on a slower one.
const WORK_FACTOR: u8 = 16;
/// The most work a foreign file may ask for.
const MOST_WORK: u8 = 20;

/// Encrypts bytes under a passphrase.
///
/// # Errors
/// `seal`: `age` refuses.
pub fn seal(plain: &[u8], passphrase: &str) -> Result<Vec<u8>, Failure> {
    let mut recipient = scrypt::Recipient::new(SecretString::from(passphrase.to_owned()));
    recipient.set_work_factor(WORK_FACTOR);
    let encryptor = Encryptor::with_recipients(core::iter::once(&recipient as _))
        .map_err(Failure::of("seal"))?;
    let mut sealed = Vec::new();
    let mut writer = encryptor
        .wrap_output(&mut sealed)
        .map_err(Failure::of("seal"))?;
    writer.write_all(plain).map_err(Failure::of("seal"))?;
    writer.finish().map_err(Failure::of("seal"))?;
    Ok(sealed)
}

/// Opens what [`seal`] or `urne` made.
///
/// # Errors
/// `foreign-file`: something else. `passphrase`: another passphrase. `damaged-file`: cut off or altered.
pub fn open(sealed: &[u8], passphrase: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let foreign = || Failure::new("foreign-file", "not an age file under a passphrase");
    let decryptor = Decryptor::new_buffered(sealed).map_err(|error| {
        match sealed.starts_with(b"age-encryption.org/") {
            true => Failure::new("damaged-file", error),
            false => foreign(),
        }
    })?;
    if !decryptor.is_scrypt() {
        return Err(foreign());
    }
    let mut identity = scrypt::Identity::new(SecretString::from(passphrase.to_owned()));
    identity.set_max_work_factor(MOST_WORK);
    let mut reader = decryptor
        .decrypt(core::iter::once(&identity as _))
        .map_err(|error| match error {
            DecryptError::DecryptionFailed
            | DecryptError::KeyDecryptionFailed
            | DecryptError::NoMatchingKeys => Failure::new("passphrase", error),
            DecryptError::ExcessiveWork { .. } => Failure::new("foreign-file", error),
            _ => Failure::new("damaged-file", error),
        })?;
    // Reserved beforehand: a vector that grows would leave copies of secrets behind. The plain text is shorter than the file.
    let mut plain = Zeroizing::new(Vec::with_capacity(sealed.len()));
    reader
        .read_to_end(&mut plain)
        .map_err(Failure::of("damaged-file"))?;
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_passphrase_only() {
        let sealed = seal(b"a secret", "correct horse").unwrap();
        assert_eq!(
            open(&sealed, "correct horse").unwrap().as_slice(),
            b"a secret"
        );
        assert_eq!(
            open(&sealed, "battery staple").unwrap_err().code,
            "passphrase"
        );
        let cut = &sealed[..sealed.len() - 1];
        assert_eq!(open(cut, "correct horse").unwrap_err().code, "damaged-file");
        assert_eq!(
            open(b"{}", "correct horse").unwrap_err().code,
            "foreign-file"
        );
    }
}
