//! The server's halves of voters' credentials: random, sealed at rest under a key of each election, gone at the close.
//!
//! ```text
//! key    = first 32 bytes of H512("urne service halves key", secret, nonce)
//! sealed = 24 random bytes ‖ XChaCha20-Poly1305(key, those bytes, half; row id)
//! ```
//!
//! Whoever steals the database without the secret learns no half; whoever has both has what the server has.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use urne_client::workshop::register::RowId;
use urne_crypto::encoding::SecretScalar;
use zeroize::Zeroizing;

use super::{Voters, array};
use crate::desk::DeskError;
use crate::desk::token::random_bytes;

const NONCE: usize = 24;

impl Voters {
    fn halves_cipher(&self, nonce: &[u8; 32]) -> XChaCha20Poly1305 {
        let key = self.secret.derived("urne service halves key", &[nonce]);
        XChaCha20Poly1305::new(&Key::from(*key))
    }

    /// Seals a half for its row.
    pub(crate) fn seal(
        &self,
        nonce: &[u8; 32],
        row: &RowId,
        half: &SecretScalar,
    ) -> Result<Vec<u8>, DeskError> {
        const FAULT: DeskError = DeskError::Damaged("a half that cannot be sealed");
        let start: [u8; NONCE] = random_bytes().map_err(|_| FAULT)?;
        let plain = Zeroizing::new(half.to_bytes());
        let payload = Payload {
            msg: &plain[..],
            aad: &row.0,
        };
        let sealed = self
            .halves_cipher(nonce)
            .encrypt(&XNonce::from(start), payload)
            .map_err(|_| FAULT)?;
        Ok([&start[..], &sealed].concat())
    }

    /// Opens what [`Voters::seal`] made.
    pub(crate) fn unseal(
        &self,
        nonce: &[u8; 32],
        row: &RowId,
        sealed: &[u8],
    ) -> Result<SecretScalar, DeskError> {
        const FAULT: DeskError = DeskError::Damaged("a voter's half");
        let (start, sealed) = sealed.split_at_checked(NONCE).ok_or(FAULT)?;
        let start: [u8; NONCE] = array(start, "a voter's half")?;
        let payload = Payload {
            msg: sealed,
            aad: &row.0,
        };
        let plain = self
            .halves_cipher(nonce)
            .decrypt(&XNonce::from(start), payload)
            .map_err(|_| FAULT)?;
        let plain = Zeroizing::new(plain);
        let bytes = Zeroizing::new(array(&plain, "a voter's half")?);
        SecretScalar::decode(&bytes).map_err(|_| FAULT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use sqlx::SqlitePool;
    use std::sync::Arc;

    #[tokio::test]
    async fn a_half_opens_for_its_row_and_election_under_its_secret_only() {
        let voters = |folder: &std::path::Path| {
            let pool = SqlitePool::connect_lazy("sqlite::memory:").unwrap();
            Voters::new(pool, Secret::create(folder).unwrap(), Arc::default())
        };
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let [own, others] = [0, 1].map(|number: usize| voters(folders[number].path()));
        let half = SecretScalar::random(&mut rand::rng());
        let row = RowId([1; 16]);
        let sealed = own.seal(&[7; 32], &row, &half).unwrap();
        let opened = own.unseal(&[7; 32], &row, &sealed).unwrap();
        assert_eq!(opened.to_bytes(), half.to_bytes());
        assert_ne!(sealed, own.seal(&[7; 32], &row, &half).unwrap());
        assert!(own.unseal(&[7; 32], &RowId([2; 16]), &sealed).is_err());
        assert!(own.unseal(&[8; 32], &row, &sealed).is_err());
        assert!(others.unseal(&[7; 32], &row, &sealed).is_err());
        for length in [0, 23, 24, sealed.len() - 1] {
            assert!(own.unseal(&[7; 32], &row, &sealed[..length]).is_err());
        }
    }
}
