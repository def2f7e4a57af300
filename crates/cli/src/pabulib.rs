//! Reads published participatory budgets: Pabulib's `.pb` files.
//!
//! The format is the one described at <https://pabulib.org/format> and in
//! "Pabulib: A Participatory Budgeting Library" (Stolicki, Szufa, Talmon,
//! arXiv:2012.06539): three tables in one UTF-8 text, `META`, `PROJECTS` and
//! `VOTES`, each a title line, a line of column names, and lines of
//! semicolon-separated fields with CSV's double quotes.
//!
//! [`parse`] refuses a file whose *structure* is broken (a section or column
//! missing, a cost that is no number, counts that differ from the stated
//! ones). It does not judge ballots: a vote that names an unknown project or
//! breaks a limit is kept as it stands, and [`Instance::check_vote`] says which
//! rule it breaks. No vote is dropped or mended.
//!
//! What is taken leniently, because published files and spreadsheets need it:
//! a byte-order mark, CRLF or bare CR line ends, blank lines, white space
//! around fields and list entries, empty fields past the last column, titles
//! and column names in either case, columns in any order, `None` for an empty
//! `vote`, `points`, `votes`, `score` or `selected`, an unquoted semicolon in a
//! `META` value (everything after the first semicolon is the value), and
//! amounts with up to two decimals.

mod error;
mod instance;

mod rows;

mod numbers;

mod meta;

mod read;

mod vote_rules;

mod shape;

mod count;

pub use count::UncountedVote;
pub use error::{ParseError, Problem, Section};
pub use instance::{Choice, Instance, Meta, Points, Project, Vote, VoteType};
pub use numbers::{MAX_AMOUNT, MAX_POINTS};
pub use read::{
    MAX_CHOICES, MAX_CHOICES_PER_VOTE, MAX_FILE_BYTES, MAX_LINE_BYTES, MAX_META_KEYS, MAX_PROJECTS,
    MAX_VOTES, parse,
};
pub use shape::{BallotShape, Unsupported};
pub use vote_rules::VoteFault;
