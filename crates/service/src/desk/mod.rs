//! The desk: what happens before an election has a board, and what its people leave with the server beside it.
//!
//! - [`token`]: who somebody is: whoever holds a token
//! - [`invitation`], [`draft`], [`seat`]: from the operator's invitation to everybody's public keys
//! - [`content`]: what can be checked of a draft before the keys are there
//! - [`founding`]: whether a manifest is the one this draft leads to
//! - [`parcel`]: a courier between the issuers
//!
//! Rules and statements only; HTTP is above, boards are beside it.

pub mod content;
pub mod draft;
pub mod founding;
pub mod invitation;
pub mod parcel;
pub mod seat;
pub mod token;

use sqlx::SqlitePool;

pub use token::{Token, TokenHash};

/// The desk's tables, in the server's database.
#[derive(Clone, Debug)]
pub struct Desk {
    pool: SqlitePool,
}

/// Why the desk does not do something.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The invitation is unknown.
    #[error("this invitation is not known here")]
    UnknownInvitation,
    /// The invitation has opened a draft already.
    #[error("this invitation has been used")]
    SpentInvitation,
    /// No more seats of this role.
    #[error("an election has at most {most} seats of this role")]
    SeatsTaken {
        /// how many there may be
        most: u32,
    },
    /// The server holds one of the issuers' seats already.
    #[error("the server holds a seat of this election already: one issuer's is the most")]
    ServerSeated,
    /// There is no such seat.
    #[error("there is no such seat")]
    NoSuchSeat,
    /// The seat has keys, and they are others.
    #[error("this seat has other keys already")]
    OtherKeys,
    /// An issuer's courier is full.
    #[error("an issuer may leave at most {} parcels", parcel::MOST)]
    TooManyParcels,
    /// What the database says, for the log only.
    #[error("the desk's tables cannot be read or written")]
    Database(#[from] sqlx::Error),
    /// A row that this program did not write.
    #[error("the desk's tables hold something this program did not write: {0}")]
    Damaged(&'static str),
}

impl Desk {
    /// The desk in a database that has been migrated.
    pub fn new(pool: SqlitePool) -> Desk {
        Desk { pool }
    }
}
