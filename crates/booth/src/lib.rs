//! The participant's code and the verifier in a browser. Thin façades: bytes and small JSON in, bytes and JSON out; whoever
//! calls brings the files, since nothing here reaches the network.
//!
//! In reading order:
//! - [`failure`]: why something could not be done, in a form that pages translate
//! - `record`: the files of a board, gathered by a page and then followed
//! - `qr`: QR codes as pictures
//! - `voter`: the voter's page and the second device (feature `voter`)
//! - `office`: trustees, registrar, organizer (feature `office`)
//! - `observer`: the verifier's own code (feature `observer`)
//!
//! In each of them `bindings` is what JavaScript sees: it only forwards, so everything else is tested like any other code.

pub mod failure;
#[cfg(feature = "observer")]
pub mod observer;
#[cfg(feature = "office")]
pub mod office;
#[cfg(feature = "participant")]
pub mod qr;
#[cfg(feature = "participant")]
pub mod record;
#[cfg(feature = "voter")]
pub mod voter;
