//! How a command ends when it does not do what it was asked.

use std::process::ExitCode;

/// The exit code of a command that has to wait for somebody: run it again later.
pub const NOT_YET: u8 = 3;

/// Why a command did not do what it was asked: a sentence for people, and an exit code for scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// what happened and what to do
    pub message: String,
    /// 1: it failed; 3: not yet, run it again later; others are a command's own
    pub code: u8,
}

impl Failure {
    /// Something went wrong (exit code 1).
    pub fn new(message: impl Into<String>) -> Failure {
        Failure {
            message: message.into(),
            code: 1,
        }
    }

    /// Somebody else is to act first (exit code 3).
    pub fn not_yet(message: impl Into<String>) -> Failure {
        Failure {
            message: message.into(),
            code: NOT_YET,
        }
    }

    /// The process's exit code.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

/// Every error of the modules below says in its own words what happened and what to do.
impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure::new(error.to_string())
    }
}

/// What a command returns.
pub type Outcome<T = ()> = Result<T, Failure>;
