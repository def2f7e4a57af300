//! What a role keeps on disk.
//!
//! - [`disk`]: writing so that a crash leaves the old file or the new one, and reading with a limit
//! - [`passphrase`]: where a passphrase comes from
//! - [`sealed`]: files under a passphrase, in the format of `age`
//! - [`folder`]: one role's folder: a lock, the connection to its server, key files, memories, what was sent

pub mod disk;
pub mod folder;
pub mod passphrase;
pub mod sealed;
