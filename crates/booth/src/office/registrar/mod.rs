//! A registrar's desk: the key, the register with its codes, the rounds with the other registrar, the letters.
//!
//! The files are those of `urne registrar`. Whatever is made from codes leaves the device only after the register that holds
//! them is kept; a page therefore keeps [`Desk::register_file`] before it sends a parcel.
//!
//! - [`rounds`]: codes and the roll, alone or with another registrar
//! - `post`: letters, and whose they are

mod post;
pub mod rounds;

use std::collections::HashMap;

use serde::Serialize;
use urne_client::desk::{RegistrarList, RegistrarVoter};
use urne_client::http::SeatKeys;
use urne_client::issuer::{Entitlement, Issuer};
use urne_client::key_file::{Holder, signing_key_from_bytes, signing_key_to_bytes};
use urne_client::replica::Replica;
use urne_client::voter_list::{self, Contact, ListedVoter};
use urne_client::workshop::register::{Register, RegisteredVoter, RowId};
use urne_crypto::credential::Identifier;
use urne_crypto::signature::{SigningKey, public_key};
use urne_election::json::{base64url, from_base64url};
use zeroize::Zeroizing;

use super::{list, passphrase, sealed};
use crate::failure::Failure;

/// A registrar at work on a page.
#[derive(Default)]
pub struct Desk {
    open: Option<Opened>,
    own: Option<[u8; 32]>,
    register: Option<Register>,
    board: Option<Replica>,
    /// how to reach the voters, for letters; kept nowhere
    contacts: HashMap<RowId, Contact>,
}

/// An opened key file; the register is kept under the same passphrase.
struct Opened {
    key: SigningKey,
    words: Zeroizing<String>,
}

/// A key that was made: to be saved, and opened again, before it is used.
#[derive(Clone, Debug, Serialize)]
pub struct MadeKey {
    /// the key file, base64url
    pub file: String,
    /// the public half
    pub key: String,
}

/// What the register holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// voters
    pub voters: usize,
    /// of these, how many have a line on the roll
    pub lines: usize,
    /// of these, how many codes are still known
    pub codes: usize,
}

fn closed() -> Failure {
    Failure::new("key-closed", "open the key file first")
}

impl Desk {
    /// Makes a key and its file.
    ///
    /// # Errors
    /// `passphrase-short`, `seal`.
    pub fn make(
        &mut self,
        words: &str,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<MadeKey, Failure> {
        passphrase::check_new(words)?;
        let key = SigningKey::generate(rng);
        let file = sealed::seal(&signing_key_to_bytes(Holder::Issuer, &key), words)?;
        let public = public_key(&key);
        (self.open, self.own) = (None, Some(public));
        Ok(MadeKey {
            file: base64url(&file),
            key: base64url(&public),
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
            (self.open, self.register) = (None, None);
        }
        self.own = Some(key);
        Ok(())
    }

    /// Opens a saved key file: the public half.
    ///
    /// # Errors
    /// Those of [`sealed::open`]; `registrar-key-file`: it holds something else; `key-other`: it is the key of another seat.
    pub fn open(&mut self, file: &[u8], words: &str) -> Result<String, Failure> {
        let plain = sealed::open(file, words)?;
        let key = signing_key_from_bytes(Holder::Issuer, &plain)
            .map_err(Failure::of("registrar-key-file"))?;
        let public = public_key(&key);
        if self.own.is_some_and(|own| own != public) {
            return Err(Failure::new(
                "key-other",
                format!("this file holds the key {}", base64url(&public)),
            ));
        }
        self.own = Some(public);
        self.open = Some(Opened {
            key,
            words: Zeroizing::new(words.to_owned()),
        });
        Ok(base64url(&public))
    }

    /// Forgets key and register.
    pub fn close(&mut self) {
        (self.open, self.register) = (None, None);
    }

    /// Whether the key file is open.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    fn opened(&self) -> Result<&Opened, Failure> {
        self.open.as_ref().ok_or_else(closed)
    }

    /// The public half for the seat; the file must have been opened, which shows that it was saved.
    ///
    /// # Errors
    /// `key-closed`.
    pub fn enrol(&self) -> Result<SeatKeys, Failure> {
        Ok(SeatKeys {
            key: base64url(&public_key(&self.opened()?.key)),
            encryption: None,
            proof: None,
        })
    }

    /// Takes in a list of voters as CSV; row ids are drawn.
    ///
    /// # Errors
    /// `list-…`, by line and column.
    pub fn take_list(
        &mut self,
        csv: &[u8],
        rng: &mut impl rand::CryptoRng,
    ) -> Result<Summary, Failure> {
        let listed = voter_list::read(csv, false).map_err(|error| list::failure(&error))?;
        self.register_of(listed, rng)
    }

    /// Takes in the list the other registrar shares, with its row ids: CSV as `urne registrar voters` writes it.
    ///
    /// # Errors
    /// `list-…`, by line and column.
    pub fn take_shared(
        &mut self,
        csv: &[u8],
        rng: &mut impl rand::CryptoRng,
    ) -> Result<Summary, Failure> {
        let listed = voter_list::read(csv, true).map_err(|error| list::failure(&error))?;
        self.register_of(listed, rng)
    }

    /// Takes in the list the organizer has left on the server, with the row ids both registrars use: the server's JSON.
    ///
    /// # Errors
    /// `list-server`: it cannot be read; `list-empty`.
    pub fn take_rows(
        &mut self,
        json: &str,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<Summary, Failure> {
        let listed = from_server(json)?;
        if listed.is_empty() {
            return Err(Failure::new("list-empty", "no voters on the server"));
        }
        self.register_of(listed, rng)
    }

    fn register_of(
        &mut self,
        listed: Vec<ListedVoter>,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<Summary, Failure> {
        let mut contacts = HashMap::new();
        let voters = listed.into_iter().map(|voter| {
            let row = voter.row.unwrap_or_else(|| RowId::random(rng));
            contacts.insert(row, voter.contact);
            RegisteredVoter {
                row,
                identifier: voter.identifier,
                entitlement: voter.entitlement,
                code: None,
                next_code: None,
                line: None,
            }
        });
        let register = Register::new(voters.collect());
        self.contacts = contacts;
        self.register = Some(register.map_err(Failure::of("register"))?);
        self.summary()
    }

    /// The list with row ids, for the other registrar.
    ///
    /// # Errors
    /// `register-missing`.
    pub fn shared_list(&self) -> Result<Vec<u8>, Failure> {
        voter_list::with_rows(self.register()?.voters()).map_err(Failure::of("page"))
    }

    /// Opens a register's file, with the key's passphrase.
    ///
    /// # Errors
    /// `key-closed`, those of [`sealed::open`], `register`.
    pub fn take_register(&mut self, file: &[u8]) -> Result<Summary, Failure> {
        let plain = sealed::open(file, &self.opened()?.words)?;
        self.register = Some(Register::decode(&plain).map_err(Failure::of("register"))?);
        self.summary()
    }

    /// The register's file, under the key's passphrase.
    ///
    /// # Errors
    /// `key-closed`, `register-missing`, `seal`.
    pub fn register_file(&self) -> Result<Vec<u8>, Failure> {
        let words = &self.opened()?.words;
        sealed::seal(&self.register()?.to_bytes(), words)
    }

    fn register(&self) -> Result<&Register, Failure> {
        let register = self.register.as_ref();
        register.ok_or_else(|| Failure::new("register-missing", "there is no list of voters yet"))
    }

    /// What the register holds.
    ///
    /// # Errors
    /// `register-missing`.
    pub fn summary(&self) -> Result<Summary, Failure> {
        let voters = self.register()?.voters();
        let count =
            |has: fn(&RegisteredVoter) -> bool| voters.iter().filter(|one| has(one)).count();
        Ok(Summary {
            voters: voters.len(),
            lines: count(|voter| voter.line.is_some()),
            codes: count(|voter| voter.code.is_some()),
        })
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

    /// This registrar's number in the manifest, if its key stands there.
    pub fn number(&self) -> Option<u32> {
        let issuers = &self.board.as_ref()?.manifest().issuers;
        let own = self.own?;
        let (number, _) = (1..).zip(issuers).find(|(_, issuer)| issuer.key == own)?;
        Some(number)
    }

    fn issuer(&self) -> Result<Issuer, Failure> {
        let opened = self.opened()?;
        let board = self.board()?;
        let number = self.number().ok_or_else(|| {
            Failure::new(
                "not-registrar",
                "this key is not among the registrars of the manifest",
            )
        })?;
        Ok(Issuer::new(
            number,
            opened.key.clone(),
            *board.election().id(),
        ))
    }

    /// Forgets every code: from now on this register can vote for nobody.
    ///
    /// # Errors
    /// `register-missing`.
    pub fn forget_codes(&mut self) -> Result<Summary, Failure> {
        if let Some(register) = self.register.as_mut() {
            register.forget_codes();
        }
        self.summary()
    }
}

/// The list as the server gives it to registrars.
fn from_server(json: &str) -> Result<Vec<ListedVoter>, Failure> {
    let list: RegistrarList = serde_json::from_str(json).map_err(Failure::of("list-server"))?;
    let voters = (1..).zip(list.voters);
    voters.map(|(line, voter)| from_row(line, voter)).collect()
}

fn from_row(line: u64, voter: RegistrarVoter) -> Result<ListedVoter, Failure> {
    let row = RowId::parse(&voter.row);
    let row = row.ok_or_else(|| Failure::new("list-server", format!("row {}", voter.row)))?;
    Ok(ListedVoter {
        row: Some(row),
        identifier: Identifier::new(&voter.identifier).map_err(Failure::of("list-server"))?,
        entitlement: Entitlement {
            weight: voter.weight.max(1),
            college: voter.college.max(1),
        },
        line,
        contact: Contact {
            name: voter.name,
            email: voter.email,
            language: voter.language,
            address: voter.address,
        },
    })
}
