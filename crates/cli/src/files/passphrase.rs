//! Where a passphrase comes from: a file descriptor, the environment, or the keyboard.

use std::fs::File;
use std::io::{self, Read as _};

use age::secrecy::SecretString;
use zeroize::Zeroizing;

/// The environment variable that scripts may use.
pub const VARIABLE: &str = "URNE_PASSPHRASE";

/// The fewest characters of a new passphrase.
pub const SHORTEST: usize = 8;

/// How often a person at the keyboard is asked for one thing.
pub const TRIES: u32 = 5;

const LONGEST_BYTES: u64 = 4096;

/// How a command gets its passphrase.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct PassphraseArguments {
    /// Read the passphrase from this open file descriptor (scripts may also set URNE_PASSPHRASE); asked otherwise
    #[arg(long, value_name = "N", global = true)]
    pub passphrase_fd: Option<u32>,
}

/// Why there is no passphrase.
#[derive(Debug, thiserror::Error)]
pub enum PassphraseError {
    /// Nothing can be read from the descriptor.
    #[error("no passphrase can be read from file descriptor {0}: {1}")]
    Descriptor(u32, io::Error),
    /// There is no keyboard.
    #[error("no passphrase can be asked here ({0}): set {VARIABLE}, or use --passphrase-fd")]
    Keyboard(io::Error),
    /// Nothing was given.
    #[error("the passphrase is empty")]
    Empty,
    /// Too short for a new file.
    #[error(
        "a passphrase needs at least {SHORTEST} characters; several words are easier to keep than one"
    )]
    Short,
    /// The two entries differ.
    #[error("the two passphrases differ")]
    Differ,
    /// The file has another.
    #[error("the passphrase does not open {0}")]
    Wrong(String),
    /// Longer than any passphrase.
    #[error("the passphrase is longer than {LONGEST_BYTES} bytes")]
    Long,
}

impl PassphraseArguments {
    /// The passphrase of a file to be made; typed twice where it is typed.
    ///
    /// # Errors
    /// [`PassphraseError`].
    pub fn fresh(&self, what: &str) -> Result<SecretString, PassphraseError> {
        let typed = match self.given()? {
            Some(given) => given,
            None => return insist(|| chosen(what)),
        };
        checked(&typed, SHORTEST)
    }

    /// Opens something with its passphrase; where it was typed and does not open it, it is asked again. `open` returns nothing
    /// where the passphrase is another.
    ///
    /// # Errors
    /// [`PassphraseError`], or what `open` says.
    pub fn opening<T, E>(
        &self,
        what: &str,
        mut open: impl FnMut(&SecretString) -> Result<Option<T>, E>,
    ) -> Result<(T, SecretString), E>
    where
        E: From<PassphraseError>,
    {
        for left in (0..TRIES).rev() {
            let typed = self.given()?;
            let asked = typed.is_none();
            let typed = match typed {
                Some(given) => given,
                None => ask(&format!("Passphrase of {what}: "))?,
            };
            let passphrase = match checked(&typed, 1) {
                Err(error) if asked && left > 0 => {
                    eprintln!("{error}. Please try again.");
                    continue;
                }
                outcome => outcome?,
            };
            match open(&passphrase)? {
                Some(opened) => return Ok((opened, passphrase)),
                None if asked && left > 0 => {
                    eprintln!(
                        "That passphrase does not open {what}. Please try again ({left} left)."
                    );
                }
                None => break,
            }
        }
        Err(PassphraseError::Wrong(what.to_owned()).into())
    }

    fn given(&self) -> Result<Option<Zeroizing<String>>, PassphraseError> {
        if let Some(descriptor) = self.passphrase_fd {
            let fault = |cause| PassphraseError::Descriptor(descriptor, cause);
            let file = File::open(format!("/dev/fd/{descriptor}")).map_err(fault)?;
            let mut text = Zeroizing::new(String::with_capacity(LONGEST_BYTES as usize + 1));
            file.take(LONGEST_BYTES + 1)
                .read_to_string(&mut text)
                .map_err(fault)?;
            if text.len() as u64 > LONGEST_BYTES {
                return Err(PassphraseError::Long);
            }
            let line = text.lines().next().unwrap_or_default();
            return Ok(Some(Zeroizing::new(line.to_owned())));
        }
        Ok(std::env::var(VARIABLE).ok().map(Zeroizing::new))
    }
}

/// A new passphrase, typed twice.
fn chosen(what: &str) -> Result<SecretString, PassphraseError> {
    let first = ask(&format!("New passphrase for {what}: "))?;
    let again = ask("The same again: ")?;
    if *first != *again {
        return Err(PassphraseError::Differ);
    }
    checked(&first, SHORTEST)
}

/// Asks until what is typed can be used, [`TRIES`] times at most.
fn insist<T>(mut ask: impl FnMut() -> Result<T, PassphraseError>) -> Result<T, PassphraseError> {
    for left in (1..TRIES).rev() {
        match ask() {
            Err(
                error @ (PassphraseError::Differ | PassphraseError::Short | PassphraseError::Empty),
            ) => eprintln!("{error}. Please try again ({left} left)."),
            outcome => return outcome,
        }
    }
    ask()
}

fn ask(prompt: &str) -> Result<Zeroizing<String>, PassphraseError> {
    rpassword::prompt_password(prompt)
        .map(Zeroizing::new)
        .map_err(PassphraseError::Keyboard)
}

fn checked(text: &str, shortest: usize) -> Result<SecretString, PassphraseError> {
    match text.chars().count() {
        0 => Err(PassphraseError::Empty),
        length if length < shortest => Err(PassphraseError::Short),
        _ => Ok(SecretString::from(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(answers: &[Result<u8, PassphraseError>]) -> (Result<u8, String>, usize) {
        let mut count = 0;
        let outcome = insist(|| {
            count += 1;
            match &answers[count - 1] {
                Ok(value) => Ok(*value),
                Err(PassphraseError::Short) => Err(PassphraseError::Short),
                Err(PassphraseError::Differ) => Err(PassphraseError::Differ),
                Err(_) => Err(PassphraseError::Long),
            }
        });
        (outcome.map_err(|error| error.to_string()), count)
    }

    #[test]
    fn a_passphrase_that_cannot_be_used_is_asked_for_again_five_times_at_most() {
        use PassphraseError::{Differ, Long, Short};
        assert_eq!(typed(&[Err(Differ), Err(Short), Ok(7)]), (Ok(7), 3));
        let (outcome, count) = typed(&[
            Err(Short),
            Err(Differ),
            Err(Short),
            Err(Short),
            Err(Differ),
            Ok(7),
        ]);
        assert_eq!((outcome, count), (Err(Differ.to_string()), 5));
        // What another try cannot mend.
        assert_eq!(typed(&[Err(Long), Ok(7)]).1, 1);
    }
}
