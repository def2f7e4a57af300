//! What a new passphrase must be: as in `urne`.

use crate::failure::Failure;

/// The fewest characters of a new passphrase.
pub const SHORTEST: usize = 8;
/// No passphrase is longer, in bytes; `urne` reads no more.
pub const LONGEST_BYTES: usize = 4096;

/// Whether a new file may be made under it. One line, so that `urne` reads the same one.
///
/// # Errors
/// `passphrase-short`, `passphrase-long`, `passphrase-form`.
pub fn check_new(words: &str) -> Result<(), Failure> {
    if words.chars().count() < SHORTEST {
        return Err(Failure::new(
            "passphrase-short",
            format!("a passphrase has at least {SHORTEST} characters"),
        ));
    }
    if words.len() > LONGEST_BYTES {
        return Err(Failure::new(
            "passphrase-long",
            format!("a passphrase has at most {LONGEST_BYTES} bytes"),
        ));
    }
    if words.contains(['\n', '\r']) {
        return Err(Failure::new("passphrase-form", "a passphrase is one line"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_passphrase_has_eight_characters_in_one_line() {
        assert!(check_new("éléphant").is_ok());
        let code = |words: &str| check_new(words).unwrap_err().code;
        assert_eq!(code("éléphan"), "passphrase-short");
        assert_eq!(code("two\nlines of it"), "passphrase-form");
        assert_eq!(code(&"x".repeat(4097)), "passphrase-long");
        assert!(check_new(&"x".repeat(4096)).is_ok());
    }
}
