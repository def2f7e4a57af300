//! What the voter's page asks of this module: the board up to `open`, and what is asked on it.
//!
//! - [`bindings`]: what JavaScript sees

pub mod bindings;

use urne_client::replica::Replica;
use urne_election::entry::split;

use crate::failure::Failure;

/// The manifest as the JSON text that stands on the board: questions, hours, names.
///
/// # Errors
/// `record`: entry 0 is not text, which a followed board excludes.
pub fn manifest(replica: &Replica) -> Result<String, Failure> {
    let entry = replica.entries().first().map_or(&[][..], Vec::as_slice);
    let (payload, _) = split(entry).map_err(Failure::of("record"))?;
    String::from_utf8(payload.to_vec()).map_err(Failure::of("record"))
}
