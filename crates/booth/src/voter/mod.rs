//! The voter's pages.
//!
//! - [`device`]: the device that makes the ballot, from the typed code to the bytes that are cast
//! - [`paper`]: the ballot paper as data, and what a half-filled answer still lacks
//! - [`words`]: a ballot's contents as data for a page
//! - [`receipts`]: what a receipt is worth, and what became of a ballot
//! - [`second`]: the second device, which knows the board alone
//! - [`links`]: what travels from one screen to another as a link in a QR code
//! - [`report`]: "something is wrong": what was seen, signed by a key made for it
//! - [`bindings`]: what JavaScript sees

pub mod bindings;
pub mod device;
pub mod links;
pub mod paper;
pub mod receipts;
pub mod report;
pub mod second;
pub mod words;
