//! Files under a passphrase, in the format of `age`: other tools open them too.

use std::io::{Read as _, Write as _};
use std::path::Path;

use age::secrecy::SecretString;
use age::{DecryptError, Decryptor, Encryptor, scrypt};
use zeroize::Zeroizing;

use super::disk::{self, DiskError};
use super::passphrase::PassphraseArguments;
use crate::failure::{Failure, Outcome};

/// 2^16 rounds of scrypt: `age` would measure the device at hand and then refuse on a slower one, so it is fixed.
const WORK_FACTOR: u8 = 16;
/// The most work a foreign file may ask for: some seconds.
const MOST_WORK: u8 = 20;

/// More than a register of [`urne_client::workshop::register::Register::MOST_VOTERS`] voters has.
const LARGEST_FILE: u64 = 256 * 1024 * 1024;

/// Why a sealed file cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum SealedError {
    /// It cannot be read or written.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// It is something else.
    #[error("{0} is not an age file under a passphrase")]
    Foreign(String),
    /// The passphrase is another.
    #[error("the passphrase does not open {0}")]
    WrongPassphrase(String),
    /// It was cut off or altered.
    #[error("{0} is damaged: use your other copy of it")]
    Damaged(String),
    /// Its maker asked for too much work.
    #[error("{0} asks for more work than an urne file does: it was not made by urne")]
    TooMuchWork(String),
    /// Encrypting failed.
    #[error("{0} cannot be encrypted: {1}")]
    Encrypt(String, String),
}

/// Encrypts bytes under a passphrase.
fn encrypt(plain: &[u8], passphrase: &SecretString) -> Result<Vec<u8>, String> {
    let mut recipient = scrypt::Recipient::new(passphrase.clone());
    recipient.set_work_factor(WORK_FACTOR);
    let encryptor = Encryptor::with_recipients(core::iter::once(&recipient as _))
        .map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    let mut writer = encryptor
        .wrap_output(&mut bytes)
        .map_err(|error| error.to_string())?;
    writer
        .write_all(plain)
        .and_then(|()| writer.finish().map(|_| ()))
        .map_err(|error| error.to_string())?;
    Ok(bytes)
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

/// Makes a sealed file that did not exist.
///
/// # Errors
/// [`SealedError`].
pub fn write_new(path: &Path, plain: &[u8], passphrase: &SecretString) -> Result<(), SealedError> {
    let bytes = encrypt(plain, passphrase).map_err(|why| SealedError::Encrypt(name(path), why))?;
    Ok(disk::write_new(path, &bytes)?)
}

/// Writes a sealed file over an older one.
///
/// # Errors
/// [`SealedError`].
pub fn replace(path: &Path, plain: &[u8], passphrase: &SecretString) -> Result<(), SealedError> {
    let bytes = encrypt(plain, passphrase).map_err(|why| SealedError::Encrypt(name(path), why))?;
    Ok(disk::replace(path, &bytes)?)
}

/// Opens a sealed file with its passphrase, which is asked again where it was mistyped: the plain bytes, and the passphrase to
/// write the file again with.
///
/// # Errors
/// In words.
pub fn open(
    path: &Path,
    passphrase: &PassphraseArguments,
) -> Outcome<(Zeroizing<Vec<u8>>, SecretString)> {
    // A file that is not there is not asked a passphrase for.
    disk::read(path, LARGEST_FILE)?;
    let what = path.file_name().unwrap_or_default().to_string_lossy();
    passphrase.opening(&what, |passphrase| match read(path, passphrase) {
        Ok(plain) => Ok(Some(plain)),
        Err(SealedError::WrongPassphrase(_)) => Ok(None),
        Err(error) => Err(Failure::from(error)),
    })
}

/// Opens a sealed file.
///
/// # Errors
/// [`SealedError`].
pub fn read(path: &Path, passphrase: &SecretString) -> Result<Zeroizing<Vec<u8>>, SealedError> {
    let bytes = disk::read(path, LARGEST_FILE)?;
    let foreign = || SealedError::Foreign(name(path));
    let damaged = || SealedError::Damaged(name(path));
    let decryptor = Decryptor::new_buffered(&bytes[..]).map_err(|_| {
        match bytes.starts_with(b"age-encryption.org/") {
            true => damaged(),
            false => foreign(),
        }
    })?;
    if !decryptor.is_scrypt() {
        return Err(foreign());
    }
    let mut identity = scrypt::Identity::new(passphrase.clone());
    identity.set_max_work_factor(MOST_WORK);
    let mut reader = decryptor
        .decrypt(core::iter::once(&identity as _))
        .map_err(|error| match error {
            DecryptError::ExcessiveWork { .. } => SealedError::TooMuchWork(name(path)),
            DecryptError::DecryptionFailed
            | DecryptError::KeyDecryptionFailed
            | DecryptError::NoMatchingKeys => SealedError::WrongPassphrase(name(path)),
            _ => damaged(),
        })?;
    // Reserved beforehand: a vector that grows would leave copies of secrets behind. The plain text is shorter than the file.
    let mut plain = Zeroizing::new(Vec::with_capacity(bytes.len()));
    reader.read_to_end(&mut plain).map_err(|_| damaged())?;
    Ok(plain)
}
