//! The issuers' workshop: how one or two issuers make the roll, and change it later, without ever showing each other a secret.
//!
//! - [`register`]: an issuer's own list of voters, with the codes it made, and the line each voter got
//! - [`parcel`]: what one issuer sends the other, one strict form for every task and round
//! - [`exchange`]: the rounds themselves, until the entries are signed by all
//!
//! **Matching.** The issuers share a list of voters beforehand, off line. Each voter on it has a random *row id* that is never
//! published; the issuers match their halves by row ids, so nothing that names a person passes through anybody else's hands.
//!
//! **Rounds.** For the roll, and for every later change, each issuer keeps one parcel that grows:
//! 1. *halves*: U_r, weight and college per row id. Both issuers compare weights and colleges, add the halves, sort, chunk.
//! 2. *proofs*: one per chunk, over the rows as both see them. Each issuer checks the other's: one who chose its halves so
//!    that they cancel the first's cannot make them.
//! 3. *signatures*: each issuer signs what will stand on the board. Both now hold the same entries, byte for byte, and whoever
//!    is last submits them; it does no harm if both do.
//!
//! With one issuer the same rounds pass without a parcel. A parcel is signed by its author with a domain of its own, so the
//! courier can lose or delay parcels but not write one.
//!
//! **Later changes** (ADR 0018). For `replace` and `add` *every* issuer makes a fresh code, and the voter gets a fresh letter
//! from each: nobody need keep old codes, and it does not matter which letter was lost. Nothing is ever signed because a
//! parcel asks for it: each issuer's own holder names the voter and the reason first, and a parcel for any other task is
//! refused. An issuer signs one version of a task only: had it signed two, the parts of both could be mixed on the board.

pub mod exchange;
pub mod parcel;
pub mod register;
