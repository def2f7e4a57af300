//! What the pages of trustees, registrar and organizer ask of this module.
//!
//! - [`passphrase`], [`sealed`]: files under a passphrase, the same ones that `urne` reads and writes
//! - [`randomness`]: a generator for every step
//! - [`view`]: where an election stands, as data
//! - [`trustee`]: a trustee's key, memory and steps
//! - [`registrar`]: a registrar's key, register and rounds; [`list`]: what is wrong with a list of voters
//! - [`letters`]: letters to print, drawn on a sheet
//! - [`bindings`], [`trustee_bindings`], [`registrar_bindings`]: what JavaScript sees

pub mod bindings;
pub mod letters;
pub mod list;
pub mod passphrase;
pub mod randomness;
pub mod registrar;
pub mod registrar_bindings;
pub mod sealed;
mod sheet;
pub mod trustee;
pub mod trustee_bindings;
pub mod view;
