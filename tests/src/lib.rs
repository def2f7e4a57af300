//! What the whole-election tests and the specification's vectors are made of.
//!
//! - [`ballots`]: questions and answers in few words
//! - [`record`]: a record in memory, and an attacker's hand on it
//! - [`cases`]: for every check a record in which it is the first to fail; one list for the tests and for `spec/vectors/`
//! - [`vectors`]: both written to `spec/`
//! - [`verifier`]: asks the independent verifier
//! - [`examples`]: the worked examples of `spec/examples.md`
//! - [`load`]: many voters at once against a real server
//! - [`lives`]: voters against a server that is killed again and again
//! - [`open_box`]: an election whose box is open, for voters' pages
//! - [`node`]: scenarios, played by Node in a real browser
//! - [`crooked`]: an election with a trustee who cheats, for trustees' pages
//! - [`slow`]: which tests `cargo xtask test --quick` leaves out

pub mod ballots;
pub mod cases;
pub mod crooked;
pub mod examples;
pub mod lives;
pub mod load;
pub mod node;
pub mod open_box;
pub mod record;
pub mod slow;
pub mod vectors;
pub mod verifier;
