//! The people of an election: organizer, issuers, trustees, voters, played one after the other.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use urne_client::issuer::{Issuer, rows_per_chunk, signed_change};
use urne_client::organizer::{Organizer, OrganizerError};
use urne_client::trustee::{SecondStep, StepError, Trustee, TrusteeKeys, TrusteeMemory};
use urne_client::voter::{self, VoteError};
use urne_crypto::credential::TypingError;
use urne_crypto::signature::{SigningKey, public_key};
use urne_election::entry::{BoothFile, Entry, Operation, Reason, TallyResult};
use urne_election::json::base64url;
use urne_election::manifest::{Log, Manifest, ManifestError, Party, Witnesses};
use urne_election::phase::{Applied, FoundationError, Phase, Void};
use urne_election::question::Answer;
use urne_election::receipt::Receipt;
use urne_election::roll::{Issued, Row};

use super::draft::{Draft, Elector};
use super::letters::{Voter, roll_chunks};
use super::server::{Server, ServerKeys, Witness};

/// Why a rehearsal stops.
#[derive(Debug, thiserror::Error)]
pub enum TownError {
    /// The draft breaks a rule.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The manifest is refused.
    #[error(transparent)]
    Foundation(#[from] FoundationError),
    /// An entry is refused by the board.
    #[error("the board refuses the entry: {0}")]
    Refused(#[from] Void),
    /// A trustee's tool refuses a step.
    #[error("trustee: {0}")]
    Trustee(#[from] StepError),
    /// The organizer's tool refuses a step.
    #[error("organizer: {0}")]
    Organizer(#[from] OrganizerError),
    /// No ballot can be made.
    #[error(transparent)]
    Vote(#[from] VoteError),
    /// An identifier cannot be used.
    #[error("an elector's identifier cannot be used: {0}")]
    Identifier(#[from] TypingError),
    /// A trustee complains: the ceremony has failed.
    #[error("the ceremony failed: trustee {0} complains")]
    Complaint(u32),
    /// The election has not ended, so there is no result.
    #[error("there is no result yet")]
    NoResult,
}

type Step<T> = Result<T, TownError>;

/// A trustee with key file and memory.
pub struct Seat {
    /// the key file
    pub keys: TrusteeKeys,
    /// the memory beside it
    pub memory: TrusteeMemory,
}

/// Everybody who takes part, and the server.
pub struct Town {
    /// all randomness of the rehearsal
    pub rng: StdRng,
    /// the organizer
    pub organizer: Organizer,
    /// the organizer's key, for those who play a dishonest one
    pub organizer_key: SigningKey,
    /// the issuers
    pub issuers: Vec<Issuer>,
    /// the trustees 1 …
    pub trustees: Vec<Seat>,
    /// the voters, in the draft's order
    pub voters: Vec<Voter>,
    /// the board's keeper
    pub server: Server,
    electors: Vec<Elector>,
    chunk_rows: usize,
}

impl Town {
    /// Makes all keys and founds the election: the manifest is entry 0.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn found(draft: Draft, seed: u64) -> Step<Town> {
        let mut rng = StdRng::seed_from_u64(seed);
        let organizer_key = SigningKey::generate(&mut rng);
        let issuer_keys: Vec<SigningKey> = draft
            .issuers
            .iter()
            .map(|_| SigningKey::generate(&mut rng))
            .collect();
        let trustees: Vec<Seat> = draft
            .trustees
            .iter()
            .map(|_| Seat {
                keys: TrusteeKeys::generate(&mut rng),
                memory: TrusteeMemory::default(),
            })
            .collect();
        let server = ServerKeys::generate(draft.witnesses, &mut rng);
        let manifest = manifest(
            &draft,
            &organizer_key,
            &issuer_keys,
            &trustees,
            &server,
            &mut rng,
        );
        let organizer = Organizer::new(organizer_key.clone());
        let entry = organizer.manifest(&manifest)?;
        let server = Server::start(server, entry, draft.opens)?;
        let election = *server.replica().election().id();
        let issuers = (1..)
            .zip(issuer_keys)
            .map(|(number, key)| Issuer::new(number, key, election))
            .collect();
        Ok(Town {
            rng,
            organizer,
            organizer_key,
            chunk_rows: rows_per_chunk(draft.issuers.len()),
            issuers,
            trustees,
            voters: Vec::new(),
            server,
            electors: draft.electors,
        })
    }

    /// Publishes the roll in chunks of at most this many rows.
    pub fn with_chunks_of(mut self, rows: usize) -> Town {
        self.chunk_rows = rows;
        self
    }

    /// From the deals to the opening, everybody present and honest.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn prepare_and_open(&mut self) -> Step<()> {
        self.deal()?;
        self.confirm()?;
        self.publish_roll()?;
        self.drill()?;
        self.open(Vec::new())
    }

    /// Every trustee deals.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn deal(&mut self) -> Step<()> {
        for number in self.trustee_numbers() {
            let entry = self.deal_of(number)?;
            self.server.admit(entry)?;
        }
        Ok(())
    }

    /// One trustee's deal, not yet on the board.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn deal_of(&mut self, number: u32) -> Step<Vec<u8>> {
        let Town {
            rng,
            trustees,
            server,
            ..
        } = self;
        let seat = &mut trustees[number as usize - 1];
        let trustee = seated(&seat.keys, server)?;
        Ok(trustee.deal(server.replica(), &mut seat.memory, rng)?)
    }

    /// Every trustee confirms; the first who complains ends the ceremony.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn confirm(&mut self) -> Step<()> {
        for number in self.trustee_numbers() {
            match self.second_step_of(number)? {
                SecondStep::Confirm(entry) => self.server.admit(entry)?,
                SecondStep::Complaint(entry, _) => {
                    self.server.admit(entry)?;
                    return Err(TownError::Complaint(number));
                }
            };
        }
        Ok(())
    }

    /// One trustee's confirm or complaint, not yet on the board.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn second_step_of(&mut self, number: u32) -> Step<SecondStep> {
        let seat = &self.trustees[number as usize - 1];
        let trustee = seated(&seat.keys, &self.server)?;
        Ok(trustee.confirm_or_complain(self.server.replica(), &mut self.rng)?)
    }

    /// The issuers make codes, exchange public halves, lay out and publish the roll.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn publish_roll(&mut self) -> Step<()> {
        for entry in self.roll_chunks()? {
            self.server.admit(entry)?;
        }
        Ok(())
    }

    /// The chunks of the roll, not yet on the board.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn roll_chunks(&mut self) -> Step<Vec<Vec<u8>>> {
        for elector in self.electors.clone() {
            let voter = self.voter(&elector)?;
            self.voters.push(voter);
        }
        let (voters, issuers) = (&self.voters, &self.issuers);
        Ok(roll_chunks(voters, issuers, self.chunk_rows, &mut self.rng))
    }

    /// The issuers, in order.
    pub fn all_issuers(&self) -> Vec<&Issuer> {
        self.issuers.iter().collect()
    }

    fn voter(&mut self, elector: &Elector) -> Step<Voter> {
        Ok(Voter::new(elector, &self.issuers, &mut self.rng)?)
    }

    /// Every trustee passes the drill.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn drill(&mut self) -> Step<()> {
        for number in self.trustee_numbers() {
            let entry = self.drill_of(number)?;
            self.server.admit(entry)?;
        }
        Ok(())
    }

    /// One trustee's drill, not yet on the board.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn drill_of(&mut self, number: u32) -> Step<Vec<u8>> {
        let seat = &self.trustees[number as usize - 1];
        let trustee = seated(&seat.keys, &self.server)?;
        Ok(trustee.drill(self.server.replica(), &mut self.rng)?)
    }

    /// Opens the ballot box.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn open(&mut self, booth: Vec<BoothFile>) -> Step<()> {
        let entry = self.organizer.open(self.server.replica(), booth)?;
        self.server.admit_between_checkpoints(entry)?;
        Ok(())
    }

    /// A voter's ballot, not yet on the board. Voters are numbered from 0, in the draft's order.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn ballot_of(&mut self, voter: usize, answers: &[Answer]) -> Step<Vec<u8>> {
        let credential = self.voters[voter].credential();
        let replica = self.server.replica();
        let prepared = voter::prepare(replica, &credential, answers, &mut self.rng)?;
        Ok(prepared.cast(replica, &credential, &mut self.rng)?)
    }

    /// A voter votes, or votes again.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn vote(&mut self, voter: usize, answers: &[Answer]) -> Step<Receipt> {
        let entry = self.ballot_of(voter, answers)?;
        match self.server.admit(entry.clone())? {
            Applied::Ballot { tracker, .. } => Ok(self.server.receipt(entry, tracker)),
            other => unreachable!("a ballot is accepted or void, not {other:?}"),
        }
    }

    /// A lost letter: the voter's line gets a new key.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn replace_letter(&mut self, voter: usize) -> Step<()> {
        let (new, operation) = self.voters[voter].replaced(&self.issuers, &mut self.rng);
        self.voters[voter] = new;
        self.change(Reason::Lost, operation)
    }

    /// A late voter is admitted; the new voter's number.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn admit_elector(&mut self, elector: &Elector) -> Step<usize> {
        let (voter, operation) = self.addition(elector)?;
        self.change(Reason::Admitted, operation)?;
        self.voters.push(voter);
        Ok(self.voters.len() - 1)
    }

    /// A new voter, and the change of the roll that would admit it.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn addition(&mut self, elector: &Elector) -> Step<(Voter, Operation)> {
        let voter = self.voter(elector)?;
        let (row, proofs) = self.issue(&voter, Issued::Add);
        let row = row.to_bytes();
        Ok((voter, Operation::Add { row, proofs }))
    }

    /// A voter votes on paper instead.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn remove(&mut self, voter: usize) -> Step<()> {
        let key = self.voters[voter].key();
        self.change(Reason::Paper, Operation::Remove { key })
    }

    /// A voter's row with every issuer's proof for it.
    pub fn issue(&mut self, voter: &Voter, issued: Issued<'_>) -> (Row, Vec<u8>) {
        voter.issue(issued, &self.issuers, &mut self.rng)
    }

    fn change(&mut self, reason: Reason, operation: Operation) -> Step<()> {
        let entry = signed_change(&self.all_issuers(), reason, operation);
        self.server.admit(entry)?;
        Ok(())
    }

    /// Closes the ballot box.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn close(&mut self) -> Step<()> {
        let entry = self.organizer.close(self.server.replica())?;
        self.server.admit_between_checkpoints(entry)?;
        Ok(())
    }

    /// These trustees seal.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn seal(&mut self, numbers: &[u32]) -> Step<()> {
        for &number in numbers {
            let entry = self.seal_of(number)?;
            self.server.admit(entry)?;
        }
        Ok(())
    }

    /// One trustee's seal, not yet on the board.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn seal_of(&mut self, number: u32) -> Step<Vec<u8>> {
        let Town {
            trustees, server, ..
        } = self;
        let seat = &mut trustees[number as usize - 1];
        let trustee = seated(&seat.keys, server)?;
        let checkpoint = server.closed_checkpoint();
        Ok(trustee.seal(server.replica(), checkpoint, &mut seat.memory)?)
    }

    /// These trustees decrypt.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn decrypt(&mut self, numbers: &[u32]) -> Step<()> {
        for &number in numbers {
            let entry = self.decryption_of(number)?;
            self.server.admit(entry)?;
        }
        Ok(())
    }

    /// One trustee's decryption, not yet on the board.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn decryption_of(&mut self, number: u32) -> Step<Vec<u8>> {
        let seat = &self.trustees[number as usize - 1];
        let trustee = seated(&seat.keys, &self.server)?;
        Ok(trustee.decrypt(self.server.replica(), &seat.memory, &mut self.rng)?)
    }

    /// Publishes the result everybody computes.
    ///
    /// # Errors
    /// [`TownError`].
    pub fn publish_result(&mut self) -> Step<TallyResult> {
        let result = self.result()?.clone();
        self.server
            .admit(Entry::Result(result.clone()).signed(&[]))?;
        Ok(result)
    }

    /// The result, once the election has ended.
    ///
    /// # Errors
    /// [`TownError::NoResult`].
    pub fn result(&self) -> Step<&TallyResult> {
        match self.server.replica().election().phase() {
            Phase::Sealing(phase) => phase.tally().ok_or(TownError::NoResult),
            _ => Err(TownError::NoResult),
        }
    }

    /// From the closing to the result: everybody seals, the first t decrypt (none where nothing is to be decrypted).
    ///
    /// # Errors
    /// [`TownError`].
    pub fn close_and_count(&mut self) -> Step<TallyResult> {
        self.close()?;
        let everybody = self.trustee_numbers();
        self.seal(&everybody)?;
        let threshold = self.server.replica().manifest().threshold;
        let needed = match self.server.replica().election().phase() {
            Phase::Sealing(phase) if phase.sums().positions() > 0 => threshold,
            _ => 0,
        };
        self.decrypt(&everybody[..needed as usize])?;
        self.publish_result()
    }

    /// 1 … n.
    pub fn trustee_numbers(&self) -> Vec<u32> {
        (1..).take(self.trustees.len()).collect()
    }
}

fn seated<'a>(keys: &'a TrusteeKeys, server: &Server) -> Step<Trustee<'a>> {
    Trustee::find(keys, server.replica()).ok_or(TownError::Trustee(StepError::WrongKey))
}

fn manifest(
    draft: &Draft,
    organizer: &SigningKey,
    issuers: &[SigningKey],
    trustees: &[Seat],
    server: &ServerKeys,
    rng: &mut StdRng,
) -> Manifest {
    let mut nonce = [0; 32];
    rng.fill_bytes(&mut nonce);
    let party = |name: &str, key: &SigningKey| Party {
        name: name.to_owned(),
        key: public_key(key),
    };
    Manifest {
        nonce,
        languages: draft.languages.clone(),
        title: draft.title.clone(),
        description: draft.description.clone(),
        practice: true,
        opens: draft.opens,
        closes: draft.closes,
        organizer: party("Organizer", organizer),
        server: party("Server", &server.receipts),
        log: Log {
            origin: format!("urne.example/urne/{}", base64url(&nonce)),
            key: public_key(&server.log),
            interval: 60,
        },
        witnesses: witnesses(&server.witnesses),
        issuers: draft
            .issuers
            .iter()
            .zip(issuers)
            .map(|(name, key)| party(name, key))
            .collect(),
        threshold: draft.threshold,
        trustees: (1..)
            .zip(draft.trustees.iter().zip(trustees))
            .map(|(number, (name, seat))| seat.keys.enrol(name, &nonce, number, rng))
            .collect(),
        colleges: draft.colleges.clone(),
        weights: draft.weights.clone(),
        cap: draft.cap,
        notices: true,
        changes: true,
        questions: draft.questions.clone(),
    }
}

/// With witnesses, one may lie: 2q > W + 1.
fn witnesses(list: &[Witness]) -> Witnesses {
    let count = u32::try_from(list.len()).unwrap_or(u32::MAX);
    if count == 0 {
        return Witnesses::default();
    }
    Witnesses {
        quorum: count.div_ceil(2) + 1,
        faulty: 1,
        list: list.iter().map(Witness::party).collect(),
    }
}
