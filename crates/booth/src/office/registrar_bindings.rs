//! The registrar's desk as JavaScript sees it, in a worker.

use js_sys::Function;
use urne_election::json::from_base64url;
use wasm_bindgen::prelude::wasm_bindgen;

use super::letters::Order;
use super::randomness;
use super::registrar::Desk;
use super::trustee_bindings::{json, telling};
use super::view::View;
use crate::failure::Failure;
use crate::record::Gathered;

/// A registrar at work on a page.
#[wasm_bindgen]
#[derive(Default)]
pub struct RegistrarDesk {
    desk: Desk,
    election: [u8; 32],
    gathered: Gathered,
}

#[wasm_bindgen]
impl RegistrarDesk {
    /// An empty desk.
    #[wasm_bindgen(constructor)]
    pub fn new() -> RegistrarDesk {
        RegistrarDesk::default()
    }

    /// Makes a key: JSON `{file, key}`.
    pub fn make(&mut self, words: &str) -> Result<String, Failure> {
        json(&self.desk.make(words, &mut randomness::fresh()?)?)
    }

    /// Says whose seat this is.
    pub fn recognise(&mut self, key: &str) -> Result<(), Failure> {
        self.desk.recognise(key)
    }

    /// Opens a key file: its public half.
    pub fn open(&mut self, file: &[u8], words: &str) -> Result<String, Failure> {
        self.desk.open(file, words)
    }

    /// Forgets key and register.
    pub fn close(&mut self) {
        self.desk.close();
    }

    /// Whether the key file is open.
    pub fn is_open(&self) -> bool {
        self.desk.is_open()
    }

    /// The seat's public half as JSON.
    pub fn enrol(&self) -> Result<String, Failure> {
        json(&self.desk.enrol()?)
    }

    /// Takes in a list of voters as CSV: JSON `{voters, lines, codes}`.
    pub fn take_list(&mut self, csv: &[u8]) -> Result<String, Failure> {
        json(&self.desk.take_list(csv, &mut randomness::fresh()?)?)
    }

    /// The same for the list with row ids that the other registrar shares.
    pub fn take_shared(&mut self, csv: &[u8]) -> Result<String, Failure> {
        json(&self.desk.take_shared(csv, &mut randomness::fresh()?)?)
    }

    /// The same for the list on the server, as the server sends it.
    pub fn take_rows(&mut self, list: &str) -> Result<String, Failure> {
        json(&self.desk.take_rows(list, &mut randomness::fresh()?)?)
    }

    /// The list with row ids, for the other registrar.
    pub fn shared_list(&self) -> Result<Vec<u8>, Failure> {
        self.desk.shared_list()
    }

    /// Opens a register's file.
    pub fn take_register(&mut self, file: &[u8]) -> Result<String, Failure> {
        json(&self.desk.take_register(file)?)
    }

    /// The register's file.
    pub fn register_file(&self) -> Result<Vec<u8>, Failure> {
        self.desk.register_file()
    }

    /// Takes from a list how to reach the voters: how many of the register it names.
    pub fn take_contacts(&mut self, csv: &[u8]) -> Result<u32, Failure> {
        self.desk.take_contacts(csv)
    }

    /// The same from the list on the server.
    pub fn take_server_contacts(&mut self, list: &str) -> Result<u32, Failure> {
        self.desk.take_server_contacts(list)
    }

    /// What the register holds.
    pub fn summary(&self) -> Result<String, Failure> {
        json(&self.desk.summary()?)
    }

    /// Begins to gather the board of an election (base64url): only what is new, where it was followed before.
    pub fn begin(&mut self, election: &str) -> Result<(), Failure> {
        let election = from_base64url(election);
        self.election = election.ok_or_else(|| Failure::new("election-id", "not 43 characters"))?;
        self.gathered = match self.desk.board() {
            Ok(board) if board.election().id() == &self.election => {
                Gathered::since(board.tree().size())
            }
            _ => Gathered::whole(),
        };
        Ok(())
    }

    /// The paths of the files still missing.
    pub fn needs(&self) -> Result<Vec<String>, Failure> {
        self.gathered.needs()
    }

    /// Takes a file; `undefined` where the server has none of this name.
    pub fn give(&mut self, path: &str, bytes: Option<Vec<u8>>) {
        self.gathered.give(path, bytes);
    }

    /// Judges what was gathered.
    pub fn follow(&mut self, progress: &Function) -> Result<(), Failure> {
        if self.gathered.goes_on() {
            return match self.desk.board_mut() {
                Some(board) => self.gathered.catch_up(board),
                None => Err(Failure::new(
                    "not-followed",
                    "there is nothing to go on from",
                )),
            };
        }
        let board = self.gathered.follow(&self.election, telling(progress))?;
        self.desk.take_board(board);
        Ok(())
    }

    /// Where the election stands, as JSON.
    pub fn view(&self) -> Result<String, Failure> {
        json(&View::of(self.desk.board()?, self.desk.number()))
    }

    /// Names of the registrars, in the manifest's order, as JSON.
    pub fn registrars(&self) -> Result<String, Failure> {
        let issuers = self.desk.board()?.manifest().issuers.iter();
        json(
            &issuers
                .map(|issuer| issuer.name.as_str())
                .collect::<Vec<_>>(),
        )
    }

    /// Gives every voter a code.
    pub fn make_codes(&mut self) -> Result<(), Failure> {
        self.desk.make_codes(&mut randomness::fresh()?)
    }

    /// One round of the roll, as JSON `{awaits, parcel, entries}`.
    pub fn advance(
        &mut self,
        saved: Option<Vec<u8>>,
        other: Option<Vec<u8>>,
    ) -> Result<String, Failure> {
        let rng = &mut randomness::fresh()?;
        json(&self.desk.advance(saved.as_deref(), other.as_deref(), rng)?)
    }

    /// The letters as PDF; `order` is JSON.
    pub fn letters(&self, order: &str) -> Result<Vec<u8>, Failure> {
        let order: Order = serde_json::from_str(order).map_err(Failure::of("letters"))?;
        self.desk.letters(&order)
    }

    /// Which letter is whose, as CSV.
    pub fn envelopes(&self) -> Result<Vec<u8>, Failure> {
        self.desk.envelopes()
    }

    /// Forgets every code.
    pub fn forget_codes(&mut self) -> Result<String, Failure> {
        json(&self.desk.forget_codes()?)
    }
}
