//! Plain pages for everybody: no script, nothing loaded from elsewhere, French and English. They show what the board says, and
//! how anybody can know without this page.
//!
//! - [`language`]: strings, and whose language is spoken
//! - [`view`], [`question`], [`ballot_box`]: what a page says, before it is markup

mod ballot_box;
pub(crate) mod language;
mod question;
mod view;

pub(crate) use view::{Election, Facts, Home, Missing, hour};

/// The style of all pages.
pub(crate) const STYLE: &str = include_str!("../../templates/style.css");
