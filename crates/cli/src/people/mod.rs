//! What each role types, one file per role.
//!
//! - [`context`]: what all commands share: folder, passphrase, JSON or words, which election
//! - [`stage`]: where an election stands, in words
//! - [`operator`], [`organizer`] (with [`draft_file`], [`electorate`]), [`trustee`]
//! - [`registrar`], with [`letter`]
//! - [`voter`], with [`answers`], [`asking`] and, in the languages voters read, [`words`]
//! - [`receipt`]: what became of a ballot

pub mod answers;
pub mod asking;
pub mod context;
pub mod draft_file;
pub mod electorate;
pub mod letter;
pub mod operator;
pub mod organizer;
pub mod receipt;
pub mod registrar;
pub mod stage;
pub mod trustee;
pub mod voter;
pub mod words;
