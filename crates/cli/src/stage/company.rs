//! Everybody who takes part in an election, each with what only they hold, from the key ceremony to the result.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use urne_client::draft::DraftError;
use urne_client::issuer::Entitlement;
use urne_client::organizer::{BoothListError, Organizer, OrganizerError, booth_files};
use urne_client::receipt::{self, ReceiptError};
use urne_client::replica::{Replica, ReplicaError};
use urne_client::trustee::{SecondStep, StepError, Trustee, TrusteeKeys, TrusteeMemory};
use urne_client::voter::{self, VoteError};
use urne_client::workshop::exchange::ExchangeError;
use urne_client::workshop::parcel::ParcelError;
use urne_client::workshop::register::RowId;
use urne_crypto::credential::{Identifier, TypingError, VotingCode, credential};
use urne_crypto::encoding::SecretScalar;
use urne_election::entry::TallyResult;
use urne_election::json::base64url;
use urne_election::phase::{FoundationError, Phase};
use urne_election::question::Answer;
use urne_election::receipt::Receipt;

use super::board::Board;
use super::office::{self, Listed, Office, Work};
use crate::rehearsal::Elector;
use crate::wire::api::Cast;
use crate::wire::board::BoardError;
use crate::wire::server::{Server, WireError};

/// Why an election played here stops.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The server refuses, or cannot be reached.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The board cannot be reached.
    #[error(transparent)]
    Files(#[from] BoardError),
    /// The board does not hold together.
    #[error(transparent)]
    Board(#[from] ReplicaError),
    /// The draft makes no manifest.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The manifest breaks a rule.
    #[error(transparent)]
    Foundation(#[from] FoundationError),
    /// The organizer's tool refuses a step.
    #[error("organizer: {0}")]
    Organizer(#[from] OrganizerError),
    /// The files of the booth cannot stand in the opening.
    #[error("organizer: {0}")]
    Booth(#[from] BoothListError),
    /// A trustee's tool refuses a step.
    #[error("trustee: {0}")]
    Trustee(#[from] StepError),
    /// The issuers cannot agree.
    #[error("issuers: {0}")]
    Exchange(#[from] ExchangeError),
    /// A parcel between them is damaged.
    #[error("issuers: {0}")]
    Parcel(#[from] ParcelError),
    /// An identifier cannot be used.
    #[error("an elector's identifier cannot be used: {0}")]
    Identifier(#[from] TypingError),
    /// No ballot can be made.
    #[error(transparent)]
    Vote(#[from] VoteError),
    /// A receipt proves nothing.
    #[error("a receipt is not what the server owes: {0}")]
    Receipt(#[from] ReceiptError),
    /// A trustee complains.
    #[error("the ceremony failed: trustee {0} complains")]
    Complaint(u32),
    /// Something the server answered and the board does not show.
    #[error("{0} was not published in time")]
    NotPublished(&'static str),
    /// The copy of the record.
    #[error("the record cannot be copied: {0}")]
    Copy(String),
    /// The verifier.
    #[error("the verifier does not run: {0}")]
    Verifier(String),
    /// An answer that cannot be used.
    #[error("the server did not give {0}")]
    Answer(&'static str),
}

/// A trustee with key file and memory.
pub struct TrusteeSeat {
    pub(super) keys: TrusteeKeys,
    pub(super) memory: TrusteeMemory,
}

/// A voter with what letter and mail brought.
#[derive(Clone, Debug)]
pub struct Voter {
    listed: Listed,
}

impl Voter {
    /// What the voter knows and types.
    pub fn identifier(&self) -> &Identifier {
        &self.listed.identifier
    }

    /// The codes on the voter's letters, one from each issuer.
    pub fn codes(&self) -> &[VotingCode] {
        &self.listed.codes
    }
}

/// Organizer, issuers, trustees and voters of one election.
pub struct Company {
    pub(super) id: [u8; 32],
    /// anybody's way to the server
    pub(super) server: Server,
    /// the organizer's, with the token
    pub(super) organizers: Server,
    pub(super) board: Board,
    pub(super) rng: StdRng,
    pub(super) organizer: Organizer,
    pub(super) offices: Vec<Office>,
    pub(super) trustees: Vec<TrusteeSeat>,
    pub(super) voters: Vec<Voter>,
}

/// A generator seeded by the system.
pub fn own_randomness() -> StdRng {
    StdRng::from_rng(&mut rand::rng())
}

impl Company {
    /// The copy of the board everybody looks at.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// The same, to follow it further.
    pub fn board_mut(&mut self) -> &mut Board {
        &mut self.board
    }

    /// What the board says.
    pub fn replica(&self) -> &Replica {
        self.board.replica()
    }

    /// The election id as paths and letters have it.
    pub fn election(&self) -> String {
        base64url(&self.id)
    }

    /// The voters, in the order of the electors given.
    pub fn voters(&self) -> &[Voter] {
        &self.voters
    }

    /// Hands in an entry and waits until the board shows it.
    fn append(&mut self, entry: &[u8]) -> Result<(), StageError> {
        let appended = self.server.append(&self.id, entry)?;
        self.board
            .wait_until("an entry", |replica| replica.tree().size() > appended.index)
    }

    /// 1 … n.
    pub fn trustee_numbers(&self) -> Vec<u32> {
        (1..).take(self.trustees.len()).collect()
    }

    /// Every trustee deals, then confirms what the others dealt: now there is a key.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn make_key(&mut self) -> Result<(), StageError> {
        for number in self.trustee_numbers() {
            let Company {
                trustees,
                board,
                rng,
                ..
            } = self;
            let seat = &mut trustees[number as usize - 1];
            let trustee = seated(&seat.keys, board.replica())?;
            let entry = trustee.deal(board.replica(), &mut seat.memory, rng)?;
            self.append(&entry)?;
        }
        for number in self.trustee_numbers() {
            let seat = &self.trustees[number as usize - 1];
            let trustee = seated(&seat.keys, self.board.replica())?;
            match trustee.confirm_or_complain(self.board.replica(), &mut self.rng)? {
                SecondStep::Confirm(entry) => self.append(&entry)?,
                SecondStep::Complaint(entry, _) => {
                    self.append(&entry)?;
                    return Err(StageError::Complaint(number));
                }
            }
        }
        Ok(())
    }

    /// The issuers make codes for these electors and publish the roll.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn publish_roll(&mut self, electors: &[Elector]) -> Result<(), StageError> {
        let issuers = self.offices.len();
        for elector in electors {
            let codes = (0..issuers).map(|_| VotingCode::random(&mut self.rng));
            let listed = Listed {
                codes: codes.collect(),
                row: RowId::random(&mut self.rng),
                identifier: Identifier::new(&elector.identifier)?,
                entitlement: Entitlement {
                    weight: elector.weight,
                    college: elector.college,
                },
            };
            self.voters.push(Voter { listed });
        }
        let listed: Vec<Listed> = self.voters.iter().map(|v| v.listed.clone()).collect();
        let Work { entries, .. } = office::make_roll(
            &self.offices,
            self.board.replica().manifest(),
            &listed,
            &mut self.rng,
        )?;
        entries.iter().try_for_each(|entry| self.append(entry))
    }

    /// Every trustee shows that the key as saved decrypts.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn drill(&mut self) -> Result<(), StageError> {
        for number in self.trustee_numbers() {
            let seat = &self.trustees[number as usize - 1];
            let trustee = seated(&seat.keys, self.board.replica())?;
            let entry = trustee.drill(self.board.replica(), &mut self.rng)?;
            self.append(&entry)?;
        }
        Ok(())
    }

    /// The organizer opens the ballot box, naming the files of the server's pages for voters.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn open(&mut self) -> Result<(), StageError> {
        let booth = booth_files(&self.server.booth()?)?;
        let entry = self.organizer.open(self.board.replica(), booth)?;
        self.append(&entry)
    }

    /// What a voter's codes make together: u.
    pub fn credential(&self, voter: &Voter) -> SecretScalar {
        let Listed {
            identifier, codes, ..
        } = &voter.listed;
        let halves = self.offices.iter().zip(codes);
        let halves: Vec<SecretScalar> = halves
            .map(|(office, code)| office.half(identifier, code))
            .collect();
        credential(&halves)
    }

    /// A voter's device makes a ballot that follows what this copy of the board shows.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn ballot(
        &self,
        voter: &Voter,
        answers: &[Answer],
        rng: &mut StdRng,
    ) -> Result<Vec<u8>, StageError> {
        let credential = self.credential(voter);
        let prepared = voter::prepare(self.replica(), &credential, answers, rng)?;
        Ok(prepared.cast(self.replica(), &credential, rng)?)
    }

    /// A voter's device hands in a ballot and checks the receipt it gets.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn cast(&self, ballot: &[u8]) -> Result<Receipt, StageError> {
        let Cast::Receipt(answer) = self.server.cast(&self.id, ballot)? else {
            return Err(StageError::Answer("a receipt"));
        };
        let receipt = Receipt::decode(&answer).map_err(|_| StageError::Answer("a receipt"))?;
        receipt::verify(&receipt, self.replica())?;
        if receipt.entry != ballot {
            return Err(StageError::Answer("the receipt of this ballot"));
        }
        Ok(receipt)
    }

    /// A voter votes, or votes again: the device looks at the board, makes a ballot, casts it.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn vote(&mut self, number: usize, answers: &[Answer]) -> Result<Receipt, StageError> {
        self.board.catch_up()?;
        let mut rng = own_randomness();
        let ballot = self.ballot(&self.voters[number], answers, &mut rng)?;
        self.cast(&ballot)
    }

    /// A lost letter: fresh codes from every issuer, and a change of the roll that puts them in the old ones' place. The voter as
    /// before, for whoever finds the old letter.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn replace_letter(&mut self, number: usize) -> Result<Voter, StageError> {
        self.board.catch_up()?;
        let old = self.voters[number].clone();
        let key = self.credential(&old).public();
        let mut listed = old.listed.clone();
        for code in &mut listed.codes {
            *code = VotingCode::random(&mut self.rng);
        }
        let Work { entries, .. } = office::replace_letter(
            &self.offices,
            self.board.replica().manifest(),
            &listed,
            key,
            &mut self.rng,
        )?;
        entries.iter().try_for_each(|entry| self.append(entry))?;
        self.voters[number] = Voter { listed };
        Ok(old)
    }

    /// The organizer has the box frozen, and closes it at the position it then stands at.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn close(&mut self) -> Result<(), StageError> {
        let frozen = self.organizers.freeze(&self.id)?;
        self.board.wait_until("the frozen board", |replica| {
            replica.tree().size() >= frozen.size
        })?;
        let entry = self.organizer.close(self.board.replica())?;
        self.append(&entry)
    }

    /// A trustee judges the whole closed board, and seals it.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn seal(&mut self, number: u32) -> Result<(), StageError> {
        let Phase::Sealing(phase) = self.board.replica().election().phase() else {
            return Err(StepError::WrongPhase.into());
        };
        let checkpoint = self.board.kept_checkpoint(phase.closed().0)?;
        let Company {
            trustees, board, ..
        } = self;
        let seat = &mut trustees[number as usize - 1];
        let trustee = seated(&seat.keys, board.replica())?;
        let entry = trustee.seal(board.replica(), Some(&checkpoint), &mut seat.memory)?;
        self.append(&entry)
    }

    /// The first trustees, as many as are needed to decrypt; none where nothing is to be decrypted.
    pub fn needed_to_decrypt(&self) -> Vec<u32> {
        let needed = match self.replica().election().phase() {
            Phase::Sealing(phase) if phase.sums().positions() > 0 => {
                self.replica().manifest().threshold
            }
            _ => 0,
        };
        (1..=needed).collect()
    }

    /// A trustee decrypts the sealed totals.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn decrypt(&mut self, number: u32) -> Result<(), StageError> {
        let seat = &self.trustees[number as usize - 1];
        let trustee = seated(&seat.keys, self.board.replica())?;
        let entry = trustee.decrypt(self.board.replica(), &seat.memory, &mut self.rng)?;
        self.append(&entry)
    }

    /// The result everybody computes, once the server has put it on the board.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn result(&mut self) -> Result<TallyResult, StageError> {
        self.board.wait_until("the result", |replica| {
            matches!(replica.election().phase(), Phase::Sealing(phase)
                if phase.tally().is_some() && !phase.awaits_result())
        })?;
        match self.board.replica().election().phase() {
            Phase::Sealing(phase) => phase.tally().cloned(),
            _ => None,
        }
        .ok_or(StageError::NotPublished("the result"))
    }
}

fn seated<'a>(keys: &'a TrusteeKeys, replica: &Replica) -> Result<Trustee<'a>, StageError> {
    Trustee::find(keys, replica).ok_or(StageError::Trustee(StepError::WrongKey))
}
