//! A whole election with everybody played on this machine, against a real server, through its HTTP API only.
//!
//! `urne demo`, `urne replay` and the load test stand on this. In reading order:
//! - [`server`]: a server of one's own, as a child process
//! - [`board`]: the copy of the board that everybody played here looks at
//! - [`founding`]: from an invitation to a signed manifest
//! - [`office`]: the issuers, who exchange parcels through the server
//! - [`company`]: all of them from the key ceremony to the result
//! - [`observer`]: judges the public record from outside and keeps a copy
//!
//! What `rehearsal` does in memory, for tests and vectors, is done here as in life.

pub mod board;
pub mod company;
pub mod founding;
pub mod observer;
pub mod office;
pub mod server;

pub use board::Board;
pub use company::{Company, StageError, Voter};
pub use founding::Founding;
pub use server::{LocalServer, Settings};
