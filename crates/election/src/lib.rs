//! What an Urne election is. Pure: no I/O, no clock.
//!
//! In reading order:
//! 1. [`json`]: strict JSON by template
//! 2. [`manifest`]: everything later entries are judged by
//! 3. [`question`], [`form`]: questions become bits under linear rules; all questions become one ballot
//! 4. [`entry`]: the kinds of entries, byte for byte
//! 5. [`roll`]: who may vote, and which ballot of each line is accepted
//! 6. [`phase`]: the state machine; what may stand where, what is void, what counts
//! 7. [`outcome`], [`result`]: totals become winners
//! 8. [`receipt`]: what the server promises a voter

pub mod entry;
pub mod form;
pub mod json;
pub mod manifest;
pub mod outcome;
pub mod phase;
pub mod question;
pub mod receipt;
pub mod result;
pub mod roll;
