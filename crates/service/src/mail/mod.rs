//! Mails: what they say, which wait to be sent, and how they leave.
//!
//! - [`letter`]: what a mail of each kind says, in the reader's language, as text and as HTML
//! - [`outbox`]: the mails that wait; no hour stands there
//! - [`post`]: how a mail leaves: to a mail server, or into a folder
//!
//! A mail goes out at least once: when the server stops between another's "taken" and its own note of it, the same mail is sent
//! again, with the same link, code and message id. When that happens is nobody's secret but never beside a ballot: the notice of
//! an accepted ballot waits in the outbox without an hour, and is forgotten once it is sent.

pub(crate) mod letter;
pub(crate) mod outbox;
pub(crate) mod post;
