//! Where a passphrase comes from: a file descriptor, the environment, or the keyboard.

use std::fs::File;
use std::io::{self, Read as _};

use age::secrecy::SecretString;
use zeroize::Zeroizing;

/// The environment variable that scripts may use.
pub const VARIABLE: &str = "URNE_PASSPHRASE";

/// The fewest characters of a new passphrase.
pub const SHORTEST: usize = 8;

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
    #[error("the two passphrases differ: please start again")]
    Differ,
    /// Longer than any passphrase.
    #[error("the passphrase is longer than {LONGEST_BYTES} bytes")]
    Long,
}

impl PassphraseArguments {
    /// The passphrase of a file that exists.
    ///
    /// # Errors
    /// [`PassphraseError`].
    pub fn existing(&self, what: &str) -> Result<SecretString, PassphraseError> {
        let typed = match self.given()? {
            Some(given) => given,
            None => ask(&format!("Passphrase of {what}: "))?,
        };
        checked(&typed, 1)
    }

    /// The passphrase of a file to be made; typed twice where it is typed.
    ///
    /// # Errors
    /// [`PassphraseError`].
    pub fn fresh(&self, what: &str) -> Result<SecretString, PassphraseError> {
        let typed = match self.given()? {
            Some(given) => given,
            None => {
                let first = ask(&format!("New passphrase for {what}: "))?;
                let again = ask("The same again: ")?;
                if *first != *again {
                    return Err(PassphraseError::Differ);
                }
                first
            }
        };
        checked(&typed, SHORTEST)
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
