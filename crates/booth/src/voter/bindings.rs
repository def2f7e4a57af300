//! The voter's module as JavaScript sees it.

use urne_client::replica::Replica;
use urne_election::json::from_base64url;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::failure::Failure;
use crate::record::Gathered;

/// A board that a page gathers and follows.
#[wasm_bindgen]
pub struct Board {
    election: [u8; 32],
    gathered: Gathered,
    replica: Option<Replica>,
}

#[wasm_bindgen]
impl Board {
    /// The board of the election with this id (base64url), up to the entry at index `opened`; the whole board without it.
    #[wasm_bindgen(constructor)]
    pub fn new(election: &str, opened: Option<u32>) -> Result<Board, Failure> {
        let election = from_base64url(election)
            .ok_or_else(|| Failure::new("election-id", "not 43 characters of base64url"))?;
        Ok(Board {
            election,
            gathered: opened.map_or_else(Gathered::whole, |index| Gathered::up_to(index.into())),
            replica: None,
        })
    }

    /// The paths of the files still missing; none once [`Board::follow`] can be called.
    pub fn needs(&self) -> Result<Vec<String>, Failure> {
        self.gathered.needs()
    }

    /// Takes a file; `undefined` where the server has none of this name.
    pub fn give(&mut self, path: &str, bytes: Option<Vec<u8>>) {
        self.gathered.give(path, bytes);
    }

    /// Judges every entry.
    pub fn follow(&mut self) -> Result<(), Failure> {
        self.replica = Some(self.gathered.follow(&self.election, |_, _| {})?);
        Ok(())
    }

    /// The manifest as JSON.
    pub fn manifest(&self) -> Result<String, Failure> {
        let replica = self.replica.as_ref();
        let replica = replica.ok_or_else(|| Failure::new("not-followed", "call follow() first"))?;
        super::manifest(replica)
    }
}
