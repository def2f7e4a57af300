//! What the command `urne` is made of, as a library so that tests can reach
//! each part alone.

/// Participatory budgets as published by Pabulib, read from `.pb` files.
pub mod pabulib;
