//! Tokens: 32 random bytes in base64url. The server keeps their SHA-256 and nothing else, and finds a holder by looking that
//! hash up, so neither a stolen database nor the time of a look-up tells a token.

use core::fmt;

use rand::TryRng as _;
use rand::rngs::SysRng;
use sha2::{Digest as _, Sha256};
use urne_election::json::{base64url, from_base64url};
use zeroize::{Zeroize as _, Zeroizing};

/// A secret that says who somebody is. Shown once; never printed.
pub struct Token(Zeroizing<[u8; 32]>);

/// What the server keeps of a token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

/// The system gives no randomness.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no random bytes")]
pub struct NoRandomness;

/// Random bytes from the operating system.
///
/// # Errors
/// [`NoRandomness`].
pub fn random_bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    SysRng
        .try_fill_bytes(&mut bytes)
        .map_err(|_| NoRandomness)?;
    Ok(bytes)
}

impl Token {
    /// A new one.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn random() -> Result<Token, NoRandomness> {
        random_bytes().map(|bytes| Token(Zeroizing::new(bytes)))
    }

    /// The one that these bytes are.
    pub(crate) fn of_bytes(bytes: Zeroizing<[u8; 32]>) -> Token {
        Token(bytes)
    }

    /// As it is handed to its holder.
    pub fn reveal(&self) -> String {
        base64url(&self.0[..])
    }

    /// What the server keeps.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(&self.0[..]).into())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

impl TokenHash {
    /// The hash of a token as its holder sends it; nothing where that is no token.
    pub fn of(text: &str) -> Option<TokenHash> {
        let mut bytes: [u8; 32] = from_base64url(text)?;
        let hash = TokenHash(Sha256::digest(bytes).into());
        bytes.zeroize();
        Some(hash)
    }

    /// Reads a hash as configurations hold it.
    pub fn parse(text: &str) -> Option<TokenHash> {
        from_base64url(text).map(TokenHash)
    }

    /// As configurations hold it.
    pub fn reveal(&self) -> String {
        base64url(&self.0)
    }

    /// As the database holds it.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether both are one, in a time that does not depend on where they differ.
    pub fn is(&self, other: &TokenHash) -> bool {
        let differences = self.0.iter().zip(&other.0).map(|(a, b)| a ^ b);
        differences.fold(0, |all, one| all | one) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_again_by_its_hash_and_is_never_printed() {
        let token = Token::random().unwrap();
        let hash = TokenHash::of(&token.reveal()).unwrap();
        assert!(hash.is(&token.hash()));
        assert!(!hash.is(&Token::random().unwrap().hash()));
        assert_eq!(TokenHash::parse(&hash.reveal()), Some(hash));
        assert!(!format!("{token:?}{hash:?}").contains(&token.reveal()));
        for wrong in ["", "abc", &format!("{}=", token.reveal()), &"é".repeat(22)] {
            assert!(TokenHash::of(wrong).is_none(), "{wrong}");
        }
    }
}
