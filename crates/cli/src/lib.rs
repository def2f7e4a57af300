//! What the command `urne` is made of, as a library so that tests can reach each part alone.

pub mod backup;
pub mod demo;
pub mod failure;
pub mod files;
pub mod hours;
pub mod language;
pub mod mirror;
pub mod pabulib;
pub mod people;
pub mod rehearsal;
pub mod replay;
pub mod serve;
pub mod stage;
pub mod wire;
