//! How the commands reach a server, and a board wherever it lies.
//!
//! - [`server`]: requests with limits and time-outs; the same bytes again until there is an answer
//! - [`api`]: the paths of version 1, one method each
//! - [`desk`]: the same about voters: the organizer's list and mails, the sign-in
//! - [`board`]: a record at an address or in a folder, followed entry by entry

pub mod api;
pub mod board;
pub mod desk;
pub mod server;
