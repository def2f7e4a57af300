//! A whole election in one process: every party is played, every entry is made by the participants' own code.
//!
//! `urne replay`, the tests and the specification's vectors all run elections through here. What a real election does on many
//! machines happens on one, in the same steps and with the same bytes: [`Draft`] says what is voted on and by whom,
//! [`Server`] keeps the board, [`Town`] plays the people.

mod draft;
mod letters;
mod server;
mod town;

pub use draft::{Draft, Elector};
pub use letters::{Voter, roll_chunks};
pub use server::{Server, ServerKeys, Witness};
pub use town::{Seat, Town, TownError};
