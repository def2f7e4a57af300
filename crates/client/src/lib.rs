//! What a participant's device does. Pure: callers bring the clock, the files and the network; randomness is an argument.
//!
//! - [`replica`]: a copy of the board that judges every entry itself; everything below looks at the world through it
//! - [`organizer`]: writes the manifest, opens and closes at a named position
//! - [`issuer`]: makes voting codes, publishes the halves, changes the roll
//! - `voter_list`: whom a registrar makes codes for, as CSV (feature `lists`)
//! - [`workshop`]: how two issuers do that together, through parcels
//! - [`trustee`]: the key ceremony, the drill, the seal and its memory, the decryption
//! - [`voter`]: makes a ballot, casts or reveals it; the second device that checks it
//! - [`key_file`], [`memory`]: what devices keep on disk, as bytes: secrets, and what was signed with them
//! - [`receipt`]: what a receipt is worth, today, from the board alone
//! - [`http`]: what devices and server say to each other; [`draft`]: an election before its manifest; [`desk`]: voters, mails and
//!   the sign-in

pub mod desk;
pub mod draft;
pub mod http;
pub mod issuer;
pub mod key_file;
pub mod memory;
pub mod organizer;
pub mod receipt;
pub mod replica;
pub mod trustee;
pub mod voter;
#[cfg(feature = "lists")]
pub mod voter_list;
pub mod workshop;
