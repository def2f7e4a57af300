//! The server. Data flows one way: admission, then the sequencer (the sole writer), then the board.
//!
//! In reading order:
//! 1. [`settings`], [`clock`]: what the operator decides; what time it is
//! 2. [`data_folder`], [`secret`], [`tripwire`]: who may use the folder, what it signs with, what it has published
//! 3. [`store`]: where boards outlive the process, and what is promised about that
//! 4. [`recovery`]: a board from the store, judged again entry by entry
//! 5. [`room`]: one live election; [`refusal`]: why it does not take an entry
//! 6. [`hall`]: all elections of a server
//! 7. [`desk`]: what happens before an election has a board
//! 8. `voters`: their list, and the server as an issuer; `mail`: what mails say, and how they leave
//! 9. [`config`]: what the operator writes, checked
//! 10. `office`: what happens without anybody waiting for an answer
//! 11. [`api`], `pages`, [`booth`], `archive`: all routes; plain pages for everybody; the pages with scripts, embedded; the whole record as one file
//! 12. `door`, [`serve`]: who may connect; the server as a process
//! 13. [`backup`]: copies, restoring them, and the rehearsal that proves a copy good

pub mod api;
mod archive;
pub mod backup;
pub mod booth;
pub mod clock;
pub mod config;
pub mod data_folder;
pub mod desk;
mod door;
pub mod hall;
mod mail;
mod office;
mod pages;
pub mod recovery;
pub mod refusal;
pub mod room;
pub mod secret;
pub mod serve;
pub mod settings;
pub mod store;
pub mod tripwire;
mod voters;
