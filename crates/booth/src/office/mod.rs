//! What the pages of trustees, registrar and organizer ask of this module.
//!
//! - [`sealed`]: files under a passphrase, the same ones that `urne` reads and writes
//! - [`bindings`]: what JavaScript sees

pub mod bindings;
pub mod sealed;
