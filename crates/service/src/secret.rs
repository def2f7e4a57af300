//! The server's one secret, from which every election's keys are derived.
//!
//! ```text
//! log key      = first 32 bytes of H512("urne service log key", secret, nonce)
//! receipts key = first 32 bytes of H512("urne service receipts key", secret, nonce)
//! issuer key   = first 32 bytes of H512("urne service issuer key", secret, nonce)
//! ```
//!
//! A backup of 32 bytes is then enough to go on signing for all elections, and no key has to be stored before its election
//! exists.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rand::TryRng as _;
use rand::rngs::SysRng;
use urne_crypto::hash::hash_512;
use urne_crypto::signature::SigningKey;
use zeroize::{Zeroize as _, Zeroizing};

/// Name of the file in the data folder.
pub const SECRET_FILE: &str = "secret";

/// 32 random bytes that never leave the server.
#[derive(Clone)]
pub struct Secret(Zeroizing<[u8; 32]>);

/// The keys of one election.
#[derive(Clone)]
pub struct ElectionKeys {
    /// signs checkpoints
    pub log: SigningKey,
    /// signs receipts and refusals
    pub receipts: SigningKey,
    /// signs the roll and its changes, where the manifest makes this server an issuer
    pub issuer: SigningKey,
}

/// Why the secret cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Not readable or writable.
    #[error("the server's secret {path} cannot be used: {cause}")]
    File {
        /// which file
        path: PathBuf,
        /// what the system said
        cause: io::Error,
    },
    /// Others may read it.
    #[error("others may read the server's secret {0}: allow its owner alone (chmod 600)")]
    Exposed(PathBuf),
    /// Not 32 bytes.
    #[error(
        "the server's secret {0} must have exactly 32 bytes: put the right file back from a backup"
    )]
    Length(PathBuf),
}

impl Secret {
    /// Reads the secret of a data folder.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn read(folder: &Path) -> Result<Secret, SecretError> {
        let path = folder.join(SECRET_FILE);
        let fault = |cause| SecretError::File {
            path: path.clone(),
            cause,
        };
        let mut file = File::open(&path).map_err(fault)?;
        let mode = file.metadata().map_err(fault)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(SecretError::Exposed(path));
        }
        let mut bytes = Zeroizing::new([0; 33]);
        let mut length = 0;
        while length < bytes.len() {
            match file.read(&mut bytes[length..]).map_err(fault)? {
                0 => break,
                read => length += read,
            }
        }
        match bytes[..length].try_into() {
            Ok(bytes) => Ok(Secret(Zeroizing::new(bytes))),
            Err(_) => Err(SecretError::Length(path)),
        }
    }

    /// Makes a fresh secret in a data folder that has none.
    ///
    /// # Errors
    /// [`SecretError::File`], also where there is one already.
    pub fn create(folder: &Path) -> Result<Secret, SecretError> {
        let path = folder.join(SECRET_FILE);
        let fault = |cause| SecretError::File {
            path: path.clone(),
            cause,
        };
        let mut bytes = Zeroizing::new([0; 32]);
        SysRng
            .try_fill_bytes(&mut *bytes)
            .map_err(|error| fault(io::Error::other(error)))?;
        let temporary = folder.join("secret.new");
        // A crash here leaves `secret.new`, which nobody relies on: it is made anew.
        let _ = fs::remove_file(&temporary);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)
            .map_err(fault)?;
        file.write_all(&*bytes).map_err(fault)?;
        file.sync_all().map_err(fault)?;
        // A crash here leaves a whole `secret.new` and no `secret`: the same.
        fs::hard_link(&temporary, &path).map_err(fault)?;
        fs::remove_file(&temporary).map_err(fault)?;
        // A crash here may forget the name, but no election exists yet that the secret signs for.
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(fault)?;
        Ok(Secret(bytes))
    }

    /// The keys of the election whose manifest has this nonce.
    pub fn keys(&self, nonce: &[u8; 32]) -> ElectionKeys {
        let key = |label: &str| SigningKey::from_bytes(&self.derived(label, &[nonce]));
        ElectionKeys {
            log: key("urne service log key"),
            receipts: key("urne service receipts key"),
            issuer: key("urne service issuer key"),
        }
    }

    /// 32 bytes for a use of their own: the first of H512(label, secret, parts…).
    pub(crate) fn derived(&self, label: &str, parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        let mut all: Vec<&[u8]> = vec![&*self.0];
        all.extend(parts);
        let mut wide = hash_512(label, &all);
        let mut bytes = Zeroizing::new([0; 32]);
        bytes.copy_from_slice(&wide[..32]);
        wide.zeroize();
        bytes
    }

    /// The bytes, for a backup.
    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl core::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use urne_crypto::signature::public_key;

    #[test]
    fn keys_differ_by_use_election_and_secret() {
        let keys = |secret: u8, nonce: u8| {
            let keys = Secret(Zeroizing::new([secret; 32])).keys(&[nonce; 32]);
            [&keys.log, &keys.receipts, &keys.issuer].map(public_key)
        };
        let all = [keys(1, 1), keys(1, 2), keys(2, 1)].concat();
        for (position, key) in all.iter().enumerate() {
            assert!(!all[..position].contains(key));
        }
        assert_eq!(keys(1, 1), keys(1, 1));
    }

    #[test]
    fn a_secret_is_read_as_it_was_made_and_never_made_twice() {
        let folder = tempfile::tempdir().unwrap();
        let made = Secret::create(folder.path()).unwrap();
        let read = Secret::read(folder.path()).unwrap();
        assert_eq!(made.expose(), read.expose());
        assert!(Secret::create(folder.path()).is_err());
        assert_eq!(Secret::read(folder.path()).unwrap().expose(), made.expose());
    }

    #[test]
    fn a_secret_others_may_read_or_of_another_length_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        Secret::create(folder.path()).unwrap();
        let path = folder.path().join(SECRET_FILE);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(
            Secret::read(folder.path()),
            Err(SecretError::Exposed(_))
        ));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        for length in [0, 31, 33, 1000] {
            fs::write(&path, vec![7; length]).unwrap();
            assert!(matches!(
                Secret::read(folder.path()),
                Err(SecretError::Length(_))
            ));
        }
    }
}
