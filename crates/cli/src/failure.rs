//! How a command ends when it does not do what it was asked.

use std::process::ExitCode;

use crate::wire::board::BoardError;
use crate::wire::server::WireError;

/// The exit code of a command whose words cannot be followed, as for an option that does not exist.
pub const NOT_UNDERSTOOD: u8 = 2;
/// The exit code of a command that has to wait for somebody: run it again later.
pub const NOT_YET: u8 = 3;
/// The exit code where a board was shown that cannot be believed.
pub const NOT_BELIEVED: u8 = 4;

/// Why a command did not do what it was asked: a sentence for people, and an exit code for scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// what happened and what to do
    pub message: String,
    /// 1: it failed; 2: not understood; 3: not yet, run it again later; 4: a board that cannot be believed; others are a command's own
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

    /// What was typed cannot be done as typed, and nothing was done (exit code 2).
    pub fn not_understood(message: impl Into<String>) -> Failure {
        Failure {
            message: message.into(),
            code: NOT_UNDERSTOOD,
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
impl<E: std::error::Error + 'static> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure {
            code: code(&error),
            message: error.to_string(),
        }
    }
}

/// Servers that do not answer and boards that cannot be believed have exit codes of their own, whichever command meets them.
fn code(error: &(dyn std::error::Error + 'static)) -> u8 {
    let wire = match error.downcast_ref::<BoardError>() {
        Some(BoardError::Unbelievable(_)) => return NOT_BELIEVED,
        Some(BoardError::Wire(error)) => Some(error),
        Some(_) => None,
        None => error.downcast_ref::<WireError>(),
    };
    match wire {
        Some(WireError::Silent { .. }) => NOT_YET,
        _ => 1,
    }
}

/// What a command returns.
pub type Outcome<T = ()> = Result<T, Failure>;
