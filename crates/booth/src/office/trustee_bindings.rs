//! The trustee's desk as JavaScript sees it. It lives in a worker: opening key files and judging a board take time.

use js_sys::Function;
use serde::Serialize;
use urne_election::json::from_base64url;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use super::randomness;
use super::trustee::Desk;
use super::view::View;
use crate::failure::Failure;
use crate::record::Gathered;

/// A trustee at work on a page.
#[wasm_bindgen]
#[derive(Default)]
pub struct TrusteeDesk {
    desk: Desk,
    election: [u8; 32],
    gathered: Gathered,
}

pub(super) fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(Failure::of("page"))
}

/// Tells a page how many entries were judged, of how many; not at every entry of a large board.
pub(super) fn telling(progress: &Function) -> impl FnMut(u64, u64) {
    const EVERY: u64 = 64;
    move |judged, all| {
        if judged.is_multiple_of(EVERY) || judged == all {
            let (judged, all) = (JsValue::from(judged as f64), JsValue::from(all as f64));
            // A page that does not listen changes nothing.
            let _ = progress.call2(&JsValue::NULL, &judged, &all);
        }
    }
}

#[wasm_bindgen]
impl TrusteeDesk {
    /// An empty desk.
    #[wasm_bindgen(constructor)]
    pub fn new() -> TrusteeDesk {
        TrusteeDesk::default()
    }

    /// Makes a key: JSON `{file, memory, key}`.
    pub fn make(&mut self, words: &str) -> Result<String, Failure> {
        json(&self.desk.make(words, &mut randomness::fresh()?)?)
    }

    /// Says whose seat this is.
    pub fn recognise(&mut self, key: &str) -> Result<(), Failure> {
        self.desk.recognise(key)
    }

    /// Opens a key file: JSON `{key, fingerprint}`.
    pub fn open(&mut self, file: &[u8], words: &str) -> Result<String, Failure> {
        json(&self.desk.open(file, words)?)
    }

    /// Forgets the secret key.
    pub fn close(&mut self) {
        self.desk.close();
    }

    /// Whether the key file is open.
    pub fn is_open(&self) -> bool {
        self.desk.is_open()
    }

    /// The seat's public halves as JSON; `seat` is the server's answer.
    pub fn enrol(&self, seat: &str) -> Result<String, Failure> {
        json(&self.desk.enrol(seat, &mut randomness::fresh()?)?)
    }

    /// Takes a memory.
    pub fn remember(&mut self, file: &[u8]) -> Result<(), Failure> {
        self.desk.remember(file)
    }

    /// Whether a memory is at hand.
    pub fn remembers(&self) -> bool {
        self.desk.remembers()
    }

    /// The holder states that the memory is lost.
    pub fn state_lost(&mut self) -> Result<(), Failure> {
        self.desk.state_lost()
    }

    /// The memory's file.
    pub fn memory_file(&self) -> Result<Vec<u8>, Failure> {
        self.desk.memory_bytes()
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

    /// Where an entry stands on the followed board.
    pub fn index_of(&self, entry: &[u8]) -> Option<f64> {
        self.desk.index_of(entry).map(|index| index as f64)
    }

    /// First step, as JSON `{name, entry, memory}`.
    pub fn deal(&mut self) -> Result<String, Failure> {
        json(&self.desk.deal(&mut randomness::fresh()?)?)
    }

    /// Second step: `confirm` or `complaint`.
    pub fn confirm(&mut self) -> Result<String, Failure> {
        json(&self.desk.confirm_or_complain(&mut randomness::fresh()?)?)
    }

    /// The fire drill.
    pub fn drill(&mut self) -> Result<String, Failure> {
        json(&self.desk.drill(&mut randomness::fresh()?)?)
    }

    /// The size of the closed log, whose checkpoint [`TrusteeDesk::seal`] takes.
    pub fn closed_size(&self) -> Option<f64> {
        self.desk.closed_size().map(|size| size as f64)
    }

    /// Seals the closed board.
    pub fn seal(&mut self, checkpoint: &[u8]) -> Result<String, Failure> {
        json(&self.desk.seal(checkpoint)?)
    }

    /// Decrypts the totals.
    pub fn decrypt(&mut self) -> Result<String, Failure> {
        json(&self.desk.decrypt(&mut randomness::fresh()?)?)
    }

    /// The word that the key is destroyed.
    pub fn destroy(&self) -> Result<String, Failure> {
        json(&self.desk.destroy()?)
    }
}
