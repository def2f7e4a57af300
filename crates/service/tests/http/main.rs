//! The service as others meet it: over a socket, in HTTP. In reading order: a server of one's own and somebody who speaks to it
//! ([`house`]), a small election through it
//! ([`village`]), one whose second issuer is the server ([`hamlet`]) and where its mails arrive ([`letterbox`]), then what is tested.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod archive;
mod bad_input;
mod booth;
mod configuration;
mod desk;
mod document;
mod elections;
mod hamlet;
mod house;
mod letterbox;
mod lists;
mod mails;
mod pages;
mod phases;
mod pressure;
mod random_input;
mod sign_in;
mod village;
mod voters;
