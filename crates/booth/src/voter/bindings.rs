//! The voter's module as JavaScript sees it: JSON and bytes in, JSON and bytes out; it only forwards.

use js_sys::Function;
use rand::SeedableRng as _;
use rand::rngs::{StdRng, SysRng};
use serde::Serialize;
use urne_client::replica::Replica;
use urne_election::json::{base64url, from_base64url};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use super::device::{self, Device, Part};
use super::paper::{self, Paper};
use super::second::{self, SecondDevice};
use super::words::chosen;
use super::{links, receipts, report};
use crate::failure::Failure;
use crate::qr;
use crate::record::Gathered;

/// A generator seeded by the browser.
fn randomness() -> Result<StdRng, Failure> {
    StdRng::try_from_rng(&mut SysRng).map_err(Failure::of("no-randomness"))
}

fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(Failure::of("page"))
}

/// A board that a page gathers and follows.
#[wasm_bindgen]
pub struct Board {
    election: [u8; 32],
    gathered: Gathered,
    replica: Option<Replica>,
}

impl Board {
    fn replica(&self) -> Result<&Replica, Failure> {
        let replica = self.replica.as_ref();
        replica.ok_or_else(|| Failure::new("record", "the board is not followed yet"))
    }
}

#[wasm_bindgen]
impl Board {
    /// The board of the election with this id (base64url), up to the entry at index `opened`; the whole board without it.
    #[wasm_bindgen(constructor)]
    pub fn new(election: &str, opened: Option<u32>) -> Result<Board, Failure> {
        let election = from_base64url(election.trim())
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

    /// Judges every entry; `progress(entries, of)` is told how far it has come.
    pub fn follow(&mut self, progress: &Function) -> Result<(), Failure> {
        let watch = |done: u64, all: u64| {
            let [done, all] = [done, all].map(|count| JsValue::from_f64(count as f64));
            // A page that does not listen changes nothing.
            let _ = progress.call2(&JsValue::NULL, &done, &all);
        };
        self.replica = Some(self.gathered.follow(&self.election, watch)?);
        Ok(())
    }

    /// Whether the entry this board was followed to opened the box: throws `not-open` otherwise.
    #[wasm_bindgen(js_name = requireOpen)]
    pub fn require_open(&self) -> Result<(), Failure> {
        device::require_open(self.replica()?)
    }

    /// JSON of [`Paper`].
    pub fn paper(&self) -> Result<String, Failure> {
        json(&Paper::new(self.replica()?, &mut randomness()?))
    }

    /// JSON of [`paper::Standing`]: how an answer to the question of this number, from 0, stands.
    pub fn standing(&self, question: u32, blank: bool, values: &[u32]) -> Result<String, Failure> {
        let questions = &self.replica()?.manifest().questions;
        let question = questions.get(question as usize);
        let question = question.ok_or_else(|| Failure::new("answers", "no such question"))?;
        json(&paper::standing(question, &paper::answer(blank, values))?)
    }

    /// JSON list of [`super::words::Chosen`]: what these answers mean; `blank` and `values` as in [`paper::answers`].
    pub fn chosen(&self, blank: &[u8], values: &[u32]) -> Result<String, Failure> {
        let questions = &self.replica()?.manifest().questions;
        let values = paper::values(questions, &paper::answers(questions, blank, values)?);
        json(&chosen(questions, &values))
    }

    /// JSON of [`receipts::Genuine`]; `entry` is the ballot it must be for, where that is known.
    pub fn genuine(&self, receipt: &[u8], entry: Option<Vec<u8>>) -> Result<String, Failure> {
        let replica = self.replica()?;
        json(&receipts::genuine(receipt, entry.as_deref(), replica)?)
    }

    /// The code of a refusal that the server signed for this very ballot; throws `not-refused` otherwise.
    #[wasm_bindgen(js_name = checkRefusal)]
    pub fn check_refusal(&self, entry: &[u8], refusal: &str) -> Result<String, Failure> {
        receipts::refused(entry, refusal, self.replica()?)
    }

    /// JSON of [`receipts::Became`]: what became of the ballot of a receipt.
    #[wasm_bindgen(js_name = becameOfReceipt)]
    pub fn became_of_receipt(&self, receipt: &[u8]) -> Result<String, Failure> {
        json(&receipts::of_receipt(receipt, self.replica()?)?)
    }

    /// The same of the ballot with this tracker.
    #[wasm_bindgen(js_name = becameOfTracker)]
    pub fn became_of_tracker(&self, tracker: &str) -> Result<String, Failure> {
        let tracker = second::tracker(tracker)?;
        json(&receipts::of_tracker(&tracker, self.replica()?))
    }

    /// The same of the ballot of a letter.
    #[wasm_bindgen(js_name = becameOfLetter)]
    pub fn became_of_letter(&self, identifier: &str, code: &str) -> Result<String, Failure> {
        json(&receipts::of_letter(identifier, code, self.replica()?)?)
    }
}

/// The device that makes the ballot.
#[wasm_bindgen]
#[derive(Default)]
pub struct VotingDevice(Device);

#[wasm_bindgen]
impl VotingDevice {
    /// Knows nobody yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> VotingDevice {
        VotingDevice::default()
    }

    /// Answers the line's public key (base64url). `parts`, one for each issuer in order: `code:` and what was typed, or `half:`
    /// and what the server released.
    pub fn identify(
        &mut self,
        board: &Board,
        identifier: &str,
        parts: Vec<String>,
    ) -> Result<String, Failure> {
        let parts: Option<Vec<Part>> = parts.iter().map(|part| Part::read(part)).collect();
        let parts = parts.ok_or_else(|| Failure::new("parts", "neither code nor half"))?;
        let key = self.0.identify(board.replica()?, identifier, &parts)?;
        Ok(base64url(&key))
    }

    /// Takes what the server says about the line: its college and the accepted tracker; no college where it knows no such line.
    /// Answers whether a ballot of it is in the box.
    #[wasm_bindgen(js_name = takeLine)]
    pub fn take_line(
        &mut self,
        board: &Board,
        college: Option<u32>,
        accepted: Option<String>,
    ) -> Result<bool, Failure> {
        match college {
            Some(college) => self.0.take_line(college, accepted.as_deref()),
            None => Err(self.0.without_line(board.replica()?)),
        }
    }

    /// Makes the ballot of these answers (as in [`paper::answers`]) and answers its tracker (base64url).
    pub fn prepare(
        &mut self,
        board: &Board,
        blank: &[u8],
        values: &[u32],
    ) -> Result<String, Failure> {
        let replica = board.replica()?;
        let answers = paper::answers(&replica.manifest().questions, blank, values)?;
        let tracker = self.0.prepare(replica, &answers, &mut randomness()?)?;
        Ok(base64url(&tracker))
    }

    /// "Check": the prepared ballot is opened and spent. Answers the fragment of a link to the second device's page.
    pub fn reveal(&mut self, board: &Board) -> Result<String, Failure> {
        let revealed = self.0.reveal(board.replica()?)?;
        Ok(links::revealed_fragment(&board.election, &revealed))
    }

    /// "Cast": the entry to send until there is a receipt for it.
    pub fn cast(&mut self, board: &Board) -> Result<Vec<u8>, Failure> {
        self.0.cast(board.replica()?, &mut randomness()?)
    }
}

/// The device that checks the other one.
#[wasm_bindgen]
pub struct CheckingDevice(SecondDevice);

#[wasm_bindgen]
impl CheckingDevice {
    /// Finds the line of the half printed on the letter; `after` is what [`CheckingDevice::after`] said when the check began.
    #[wasm_bindgen(constructor)]
    pub fn new(
        board: &Board,
        half: &str,
        after: Option<String>,
    ) -> Result<CheckingDevice, Failure> {
        let after = after.as_deref().map(second::tracker).transpose()?;
        SecondDevice::begin(board.replica()?, half, after).map(CheckingDevice)
    }

    /// The tracker that was accepted when the check began (base64url).
    pub fn after(&self) -> String {
        base64url(&self.0.after())
    }

    /// JSON list of [`super::words::Chosen`]: what the captured ballot really holds.
    pub fn check(&self, board: &Board, captured: &str, revealed: &str) -> Result<String, Failure> {
        let captured = second::tracker(captured)?;
        json(&self.0.check(board.replica()?, &captured, revealed)?)
    }

    /// JSON of [`second::Seen`]: what a board followed afterwards shows.
    pub fn look(&self, board: &Board, captured: &str) -> Result<String, Failure> {
        let captured = second::tracker(captured)?;
        json(&self.0.look(board.replica()?, &captured)?)
    }
}

/// The name of a ballot in the address of its receipt (base64url).
#[wasm_bindgen(js_name = leafOfBallot)]
pub fn leaf_of_ballot(entry: &[u8]) -> String {
    receipts::leaf(entry)
}

/// A typed code as it stands on the letter.
#[wasm_bindgen(js_name = groupedCode)]
pub fn grouped_code(code: &str) -> Result<String, Failure> {
    device::grouped(code)
}

/// A tracker in eight digits.
#[wasm_bindgen(js_name = spokenNumber)]
pub fn spoken_number(tracker: &str) -> Result<String, Failure> {
    Ok(links::spoken(&second::tracker(tracker)?))
}

/// JSON of [`qr::Drawing`].
#[wasm_bindgen(js_name = drawQr)]
pub fn draw_qr(text: &str) -> Result<String, Failure> {
    json(&qr::draw(text)?)
}

/// The election a receipt says it belongs to (base64url).
#[wasm_bindgen(js_name = electionOfReceipt)]
pub fn election_of_receipt(receipt: &[u8]) -> Result<String, Failure> {
    receipts::election_of(receipt)
}

/// The file of a report with this content, signed by a key made for it.
#[wasm_bindgen(js_name = signedReport)]
pub fn signed_report(content: &str) -> Result<String, Failure> {
    report::signed(content, &mut randomness()?)
}
