//! `urne demo`: a realistic election from the first key to the checked result, against a real server, through its HTTP API only.

pub mod ink;
pub mod narrator;
pub mod page;
pub mod preferences;
pub mod town;
pub mod words;
