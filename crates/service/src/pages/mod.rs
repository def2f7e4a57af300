//! Plain pages for everybody: no script, nothing loaded from elsewhere, French and English. They show what the board says, and
//! how anybody can know without this page.
//!
//! - [`language`]: strings, and whose language is spoken
//! - [`view`], [`question`], [`ballot_box`]: what a page says, before it is markup
//! - [`board`]: what stands on a board, and who vouches for it
//! - [`result_file`]: the result as a table and as an object

mod ballot_box;
mod board;
pub(crate) mod language;
mod question;
pub(crate) mod result_file;
mod view;

pub(crate) use board::Board;
pub(crate) use view::{Election, Facts, Home, Missing, hour};

/// The sign of all pages, for a browser's tab.
pub(crate) const ICON: &str = include_str!("../../templates/icon.svg");

/// The style of all pages.
pub(crate) const STYLE: &str = include_str!("../../templates/style.css");
