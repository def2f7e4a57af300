//! A trustee's desk: the key from its saved file, the memory beside it, the board as this device has judged it, and the steps.
//!
//! A page keeps what a step returns (entry and memory) before anything leaves the device, and sends the entry afterwards. The
//! files are those of `urne trustee`: one may begin here and go on there.

use serde::Serialize;
use urne_board::checkpoint::SignedCheckpoint;
use urne_client::http::{SeatKeys, SeatView};
use urne_client::replica::Replica;
use urne_client::trustee::{SecondStep, StepError, Trustee, TrusteeKeys, TrusteeMemory};
use urne_crypto::ceremony::deal::ShareFault;
use urne_crypto::ceremony::spoken_fingerprint;
use urne_crypto::signature::public_key;
use urne_election::json::{base64url, from_base64url};
use urne_election::phase::Phase;

use super::{passphrase, sealed};
use crate::failure::Failure;

/// A trustee at work on a page.
#[derive(Default)]
pub struct Desk {
    keys: Option<TrusteeKeys>,
    /// the public key of this seat, also while the key file is closed
    own: Option<[u8; 32]>,
    memory: Option<TrusteeMemory>,
    board: Option<Replica>,
}

/// A key that was made: to be saved, and opened again, before it is used.
#[derive(Clone, Debug, Serialize)]
pub struct MadeKey {
    /// the key file, base64url
    pub file: String,
    /// the memory that goes with it, base64url
    pub memory: String,
    /// the signing key's public half
    pub key: String,
}

/// Which key a file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OwnKey {
    /// the signing key's public half
    pub key: String,
    /// to read aloud: six groups of four digits
    pub fingerprint: String,
}

/// A step of the trustee: to be kept, then sent.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// which: `deal`, `confirm`, `complaint`, `drill`, `seal`, `decryption`, `destruction`
    pub name: &'static str,
    /// the entry's exact bytes, base64url
    pub entry: String,
    /// the memory after the step, base64url; nothing where it has not changed
    pub memory: Option<String>,
    /// the dealer a complaint is about
    pub dealer: Option<u32>,
    /// what is wrong with the dealer's share
    pub fault: Option<&'static str>,
}

/// The name pages know a fault by.
pub fn fault_name(fault: ShareFault) -> &'static str {
    match fault {
        ShareFault::Ciphertext => "ciphertext",
        ShareFault::Scalar => "scalar",
        ShareFault::Mismatch => "mismatch",
    }
}

fn refused(error: &StepError) -> Failure {
    let code = match error {
        StepError::WrongPhase => "step-wrong-phase",
        StepError::DealtBefore => "step-dealt-before",
        StepError::NotVouchedFor => "step-not-vouched",
        StepError::SealedAnother => "step-sealed-another",
        StepError::NotSealed => "step-not-sealed",
        StepError::QuorumMissing => "step-quorum-missing",
        StepError::WrongKey => "step-wrong-key",
    };
    Failure::new(code, error)
}

impl Desk {
    /// Makes a key and its file. The key is not used yet: [`Desk::open`] proves first that the file was saved.
    ///
    /// # Errors
    /// `passphrase-short`, `seal`.
    pub fn make(
        &mut self,
        words: &str,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<MadeKey, Failure> {
        passphrase::check_new(words)?;
        let keys = TrusteeKeys::generate(rng);
        let key = public_key(keys.signing());
        let file = sealed::seal(&keys.to_bytes(), words)?;
        let memory = TrusteeMemory::default().to_bytes(&key);
        (self.keys, self.memory, self.own) = (None, None, Some(key));
        Ok(MadeKey {
            file: base64url(&file),
            memory: base64url(&memory),
            key: base64url(&key),
        })
    }

    /// Says whose seat this is, before the key file is opened.
    ///
    /// # Errors
    /// `key`: not 43 characters of base64url.
    pub fn recognise(&mut self, key: &str) -> Result<(), Failure> {
        let key = from_base64url(key);
        let key = key.ok_or_else(|| Failure::new("key", "a key has 43 characters"))?;
        if self.own != Some(key) {
            (self.keys, self.memory) = (None, None);
        }
        self.own = Some(key);
        Ok(())
    }

    /// Opens a saved key file.
    ///
    /// # Errors
    /// Those of [`sealed::open`]; `key-file`: it holds something else; `key-other`: it is the key of another seat.
    pub fn open(&mut self, file: &[u8], words: &str) -> Result<OwnKey, Failure> {
        let plain = sealed::open(file, words)?;
        let keys = TrusteeKeys::decode(&plain).map_err(Failure::of("key-file"))?;
        let key = public_key(keys.signing());
        if self.own.is_some_and(|own| own != key) {
            return Err(Failure::new(
                "key-other",
                format!("this file holds the key {}", base64url(&key)),
            ));
        }
        let fingerprint = spoken_fingerprint(&key, &keys.encryption().public());
        (self.keys, self.own) = (Some(keys), Some(key));
        Ok(OwnKey {
            key: base64url(&key),
            fingerprint,
        })
    }

    /// Forgets the secret key; the next step needs the file again.
    pub fn close(&mut self) {
        self.keys = None;
    }

    /// Whether the key file is open.
    pub fn is_open(&self) -> bool {
        self.keys.is_some()
    }

    fn keys(&self) -> Result<&TrusteeKeys, Failure> {
        let keys = self.keys.as_ref();
        keys.ok_or_else(|| Failure::new("key-closed", "open the key file first"))
    }

    /// The public halves for the seat, with the proof for its nonce and number. The key file must have been opened: this is
    /// how a page knows that it was saved.
    ///
    /// # Errors
    /// `key-closed`; `seat`: it cannot be read.
    pub fn enrol(&self, seat: &str, rng: &mut impl rand::CryptoRng) -> Result<SeatKeys, Failure> {
        let view: SeatView = serde_json::from_str(seat).map_err(Failure::of("seat"))?;
        let nonce = from_base64url(&view.nonce);
        let nonce = nonce.ok_or_else(|| Failure::new("seat", "its nonce cannot be read"))?;
        let enrolled = self
            .keys()?
            .enrol(&view.seat.name, &nonce, view.seat.number, rng);
        Ok(SeatKeys {
            key: base64url(&enrolled.key),
            encryption: Some(base64url(enrolled.encryption.bytes())),
            proof: Some(base64url(&enrolled.proof)),
        })
    }

    /// Takes the memory this device, or a file, has kept.
    ///
    /// # Errors
    /// `key-unknown`: nobody has said yet whose seat this is; `memory`: it is damaged, or belongs to another key.
    pub fn remember(&mut self, file: &[u8]) -> Result<(), Failure> {
        let own = self.own;
        let own = own.ok_or_else(|| Failure::new("key-unknown", "whose memory is it?"))?;
        let memory = TrusteeMemory::decode(file, &own).map_err(Failure::of("memory"))?;
        self.memory = Some(memory);
        Ok(())
    }

    /// Whether a memory is at hand.
    pub fn remembers(&self) -> bool {
        self.memory.is_some()
    }

    /// The holder states, instead of a memory that is lost, that this key never sealed.
    ///
    /// # Errors
    /// `memory-here`: it is not lost.
    pub fn state_lost(&mut self) -> Result<(), Failure> {
        if self.memory.is_some() {
            return Err(Failure::new("memory-here", "the memory is not lost"));
        }
        self.memory = Some(TrusteeMemory::lost());
        Ok(())
    }

    /// Takes the board as this device has judged it.
    pub fn take_board(&mut self, board: Replica) {
        self.board = Some(board);
    }

    /// The board, once it was followed.
    ///
    /// # Errors
    /// `not-followed`.
    pub fn board(&self) -> Result<&Replica, Failure> {
        let board = self.board.as_ref();
        board.ok_or_else(|| Failure::new("not-followed", "the board was not followed yet"))
    }

    /// The board, to be followed further.
    pub fn board_mut(&mut self) -> Option<&mut Replica> {
        self.board.as_mut()
    }

    /// This seat's number in the manifest, if its key stands there.
    pub fn number(&self) -> Option<u32> {
        let trustees = &self.board.as_ref()?.manifest().trustees;
        let own = self.own?;
        let (number, _) = (1..)
            .zip(trustees)
            .find(|(_, trustee)| trustee.key == own)?;
        Some(number)
    }

    fn seated(&self) -> Result<(Trustee<'_>, &Replica), Failure> {
        let (keys, board) = (self.keys()?, self.board()?);
        let trustee = Trustee::find(keys, board).ok_or_else(|| {
            Failure::new(
                "not-trustee",
                "this key is not among the trustees of the manifest",
            )
        })?;
        Ok((trustee, board))
    }

    /// The memory's file.
    fn memory_file(&self) -> Option<String> {
        let memory = self.memory.as_ref()?;
        Some(base64url(&memory.to_bytes(&self.own?)))
    }

    /// The memory's file, to be saved beside the key file.
    ///
    /// # Errors
    /// `memory-missing`.
    pub fn memory_bytes(&self) -> Result<Vec<u8>, Failure> {
        match (&self.memory, &self.own) {
            (Some(memory), Some(key)) => Ok(memory.to_bytes(key)),
            _ => Err(Failure::new("memory-missing", "there is no memory here")),
        }
    }

    /// Where an entry stands on the followed board.
    pub fn index_of(&self, entry: &[u8]) -> Option<u64> {
        let entries = self.board.as_ref()?.entries();
        let (index, _) = (0..).zip(entries).find(|(_, other)| *other == entry)?;
        Some(index)
    }

    /// First step.
    ///
    /// # Errors
    /// `step-…`.
    pub fn deal(&mut self, rng: &mut impl rand::CryptoRng) -> Result<Step, Failure> {
        // Without a memory nobody can know that this key never dealt.
        let mut memory = self.memory.clone().unwrap_or_else(TrusteeMemory::lost);
        let (trustee, board) = self.seated()?;
        let entry = trustee
            .deal(board, &mut memory, rng)
            .map_err(|error| refused(&error))?;
        self.memory = Some(memory);
        Ok(self.with_memory("deal", &entry))
    }

    /// Second step: a `confirm`, or a `complaint` with the guilty dealer.
    ///
    /// # Errors
    /// `step-…`.
    pub fn confirm_or_complain(&self, rng: &mut impl rand::CryptoRng) -> Result<Step, Failure> {
        let (trustee, board) = self.seated()?;
        let step = trustee
            .confirm_or_complain(board, rng)
            .map_err(|error| refused(&error))?;
        Ok(match step {
            SecondStep::Confirm(entry) => plain("confirm", &entry),
            SecondStep::Complaint(entry, grievance) => Step {
                dealer: Some(grievance.dealer),
                fault: Some(fault_name(grievance.fault)),
                ..plain("complaint", &entry)
            },
        })
    }

    /// The fire drill, with the key from the file as saved.
    ///
    /// # Errors
    /// `step-…`.
    pub fn drill(&self, rng: &mut impl rand::CryptoRng) -> Result<Step, Failure> {
        let (trustee, board) = self.seated()?;
        let entry = trustee.drill(board, rng).map_err(|error| refused(&error))?;
        Ok(plain("drill", &entry))
    }

    /// The size of the closed log, whose checkpoint a seal needs; nothing before the closing.
    pub fn closed_size(&self) -> Option<u64> {
        match self.board.as_ref()?.election().phase() {
            Phase::Sealing(phase) => Some(phase.closed().0),
            _ => None,
        }
    }

    /// Seals the closed board; `checkpoint` is the kept one of [`Desk::closed_size`].
    ///
    /// # Errors
    /// `memory-missing`; `record`: the checkpoint is none; `step-…`.
    pub fn seal(&mut self, checkpoint: &[u8]) -> Result<Step, Failure> {
        let memory = self.memory.clone();
        let mut memory = memory.ok_or_else(|| {
            Failure::new(
                "memory-missing",
                "this device cannot know whether the key sealed before",
            )
        })?;
        let closed = SignedCheckpoint::parse(checkpoint).map_err(Failure::of("record"))?;
        let (trustee, board) = self.seated()?;
        let entry = trustee
            .seal(board, Some(&closed), &mut memory)
            .map_err(|error| refused(&error))?;
        self.memory = Some(memory);
        Ok(self.with_memory("seal", &entry))
    }

    /// Decrypts the totals of the board this key has sealed.
    ///
    /// # Errors
    /// `step-…`.
    pub fn decrypt(&self, rng: &mut impl rand::CryptoRng) -> Result<Step, Failure> {
        let memory = self.memory.clone().unwrap_or_else(TrusteeMemory::lost);
        let (trustee, board) = self.seated()?;
        let entry = trustee
            .decrypt(board, &memory, rng)
            .map_err(|error| refused(&error))?;
        Ok(plain("decryption", &entry))
    }

    /// Last of all: the word that every copy of the key file is destroyed, once the result stands.
    ///
    /// # Errors
    /// `step-…`.
    pub fn destroy(&self) -> Result<Step, Failure> {
        let (trustee, board) = self.seated()?;
        let entry = trustee.destroyed(board).map_err(|error| refused(&error))?;
        Ok(plain("destruction", &entry))
    }

    fn with_memory(&self, name: &'static str, entry: &[u8]) -> Step {
        Step {
            memory: self.memory_file(),
            ..plain(name, entry)
        }
    }
}

fn plain(name: &'static str, entry: &[u8]) -> Step {
    Step {
        name,
        entry: base64url(entry),
        memory: None,
        dealer: None,
        fault: None,
    }
}
