//! A voter's devices: the one that makes the ballot, and the second one that checks it.
//!
//! Cast-or-check: the second device captures the tracker, then the voter either casts, or has the ballot revealed and checked,
//! which spends it. Source: `spec/ballot.md`.

use urne_crypto::ballot::prove::{EncryptedBallot, RevealedBallot};
use urne_crypto::ballot::{NO_BALLOT, Slot};
use urne_crypto::elgamal::EncryptionSeed;
use urne_crypto::encoding::{Point, SecretScalar};
use urne_election::entry::{BallotEntry, Entry, Operation, SignedEntry};
use urne_election::form::BallotAnswersError;
use urne_election::json::{FormError, Reader, Writer};
use urne_election::phase::{Phase, Voting};
use urne_election::question::Answer;
use urne_election::roll::sum_of_halves;

use crate::replica::Replica;

/// Why no ballot can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VoteError {
    /// The box is not open.
    #[error("the ballot box is not open")]
    NotOpen,
    /// No line of the roll has this credential.
    #[error(
        "this code is not on the roll: please compare the code and the identifier with your letter"
    )]
    NotOnRoll,
    /// The answers are not allowed.
    #[error(transparent)]
    Answers(#[from] BallotAnswersError),
}

/// A ballot made on the voting device, neither cast nor revealed.
pub struct PreparedBallot {
    slot: Slot,
    encrypted: EncryptedBallot,
}

fn voting(replica: &Replica) -> Result<&Voting, VoteError> {
    match replica.election().phase() {
        Phase::Voting(voting) => Ok(voting),
        _ => Err(VoteError::NotOpen),
    }
}

/// Where the next ballot under this public credential goes: line, college and `after`, from the board.
///
/// # Errors
/// [`VoteError`].
pub fn slot(replica: &Replica, credential: &Point) -> Result<Slot, VoteError> {
    let line = voting(replica)?
        .roll()
        .line(credential.bytes())
        .ok_or(VoteError::NotOnRoll)?;
    Ok(Slot {
        college: line.college,
        credential: *credential,
        after: line.after(),
    })
}

/// Why a public half leads to no line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HalfError {
    /// It never stood on the board.
    #[error("no line of the roll was ever made with this public half: compare it with the letter")]
    Unknown,
    /// A registrar gave the same half to two lines.
    #[error(
        "two lines were made with this public half: the registrar has made a mistake, tell the organizer"
    )]
    Shared,
}

/// The key of the line that was made with this half, printed on a letter: what a second device, which does not know the code,
/// finds the line by. Whether the line still has this key is for [`slot`] to say.
///
/// # Errors
/// [`HalfError`].
pub fn key_of_half(replica: &Replica, half: &Point) -> Result<Point, HalfError> {
    let shape = &replica.election().constants().shape;
    let issuers = shape.issuers;
    let is_void = |index: u64| replica.void().iter().any(|(void, _)| *void == index);
    let mut found = None;
    for (index, entry) in (0..).zip(replica.entries()) {
        let about_rows = entry.starts_with(br#"{"kind":"roll"#);
        if !about_rows || is_void(index) {
            continue;
        }
        let rows = match SignedEntry::decode(entry, shape).map(|signed| signed.entry) {
            Ok(Entry::Roll(chunk)) => chunk.rows,
            Ok(Entry::RollChange(change)) => match change.operation {
                Operation::Add { row, .. } => row,
                Operation::Replace { halves, .. } => [&halves[..], &[0; 8]].concat(),
                Operation::Remove { .. } => continue,
            },
            _ => continue,
        };
        for row in rows.chunks(shape.row()) {
            let halves = row.get(..32 * issuers).unwrap_or_default();
            if !halves.chunks(32).any(|other| other == half.bytes()) {
                continue;
            }
            let key = sum_of_halves(halves).ok_or(HalfError::Unknown)?;
            if found.replace(key).is_some() {
                return Err(HalfError::Shared);
            }
        }
    }
    found.ok_or(HalfError::Unknown)
}

/// Encrypts the voter's answers, one per question.
///
/// # Errors
/// [`VoteError`].
pub fn prepare(
    replica: &Replica,
    credential: &SecretScalar,
    answers: &[Answer],
    rng: &mut impl rand::CryptoRng,
) -> Result<PreparedBallot, VoteError> {
    let slot = slot(replica, &credential.public())?;
    prepare_for(replica, slot, answers, rng)
}

/// The same for a place that was told from elsewhere, where this copy of the board ends with the opening. Whoever tells a wrong
/// place only has the ballot refused.
///
/// # Errors
/// [`VoteError::NotOpen`], [`VoteError::Answers`].
pub fn prepare_for(
    replica: &Replica,
    slot: Slot,
    answers: &[Answer],
    rng: &mut impl rand::CryptoRng,
) -> Result<PreparedBallot, VoteError> {
    let bits = replica.election().constants().form.encode(answers)?;
    let encrypted = voting(replica)?
        .context()
        .encrypt(slot, bits, EncryptionSeed::random(rng))
        .expect("invariant: the form only encodes bits that obey the rules");
    Ok(PreparedBallot { slot, encrypted })
}

impl PreparedBallot {
    /// What the second device captures before the voter decides.
    pub fn tracker(&self) -> [u8; 32] {
        self.encrypted.tracker()
    }

    /// "Check": shows what the ballot contains. It is spent.
    pub fn reveal(self, replica: &Replica) -> Audit {
        Audit {
            election: *replica.election().id(),
            after: self.slot.after,
            revealed: self.encrypted.reveal(),
        }
    }

    /// "Cast": makes the proof and the entry.
    ///
    /// # Errors
    /// [`VoteError::NotOpen`].
    pub fn cast(
        self,
        replica: &Replica,
        credential: &SecretScalar,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<Vec<u8>, VoteError> {
        let ballot = self
            .encrypted
            .cast(voting(replica)?.context(), credential, rng);
        let entry = Entry::Ballot(BallotEntry {
            after: self.slot.after,
            key: self.slot.credential,
            proof: ballot.to_bytes(),
        });
        Ok(entry.signed(&[]))
    }
}

/// What the voting device reveals for a check; fits in a QR code.
#[derive(Debug)]
pub struct Audit {
    election: [u8; 32],
    after: [u8; 32],
    revealed: RevealedBallot,
}

impl Audit {
    /// What it reveals, for other forms than its line of JSON: the tracker of the ballot it replaces or [`NO_BALLOT`], the choices
    /// as they stand in the ballot, the seed.
    pub fn parts(&self) -> (&[u8; 32], &[u64], &[u8; 32]) {
        (
            &self.after,
            &self.revealed.choices,
            self.revealed.seed.expose(),
        )
    }
}

/// What the second device found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    /// the ballot held exactly these values, one per option and blank, question by question
    Unchanged(Vec<u64>),
    /// the ballot was not what the device said
    Changed,
    /// the answer is about another election, or another place on the line
    Elsewhere,
}

impl Audit {
    /// One line of JSON.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.open().field("kind").string("audit");
        w.field("election").bytes(&self.election);
        let replaces = self.after != NO_BALLOT;
        w.field("after")
            .bytes(if replaces { &self.after } else { &[] });
        w.field("choices")
            .list(&self.revealed.choices, |w, choice| {
                w.integer(*choice);
            });
        w.field("seed").bytes(self.revealed.seed.expose()).close();
        w.finish()
    }

    /// Reads what a voting device revealed.
    ///
    /// # Errors
    /// [`FormError`].
    pub fn decode(bytes: &[u8]) -> Result<Audit, FormError> {
        let r = &mut Reader::new(bytes);
        r.open()?;
        r.field("kind")?.one_of(&["audit"])?;
        let election = r.field("election")?.array_of_bytes()?;
        let after = r.field("after")?.bytes(0..=32)?;
        let after = match after.len() {
            0 => NO_BALLOT,
            _ => <[u8; 32]>::try_from(after)
                .ok()
                .filter(|after| *after != NO_BALLOT)
                .ok_or_else(|| r.fault("expected a tracker or the empty string"))?,
        };
        let choices = r
            .field("choices")?
            .list(1..=700, |r| r.integer(0..=u64::MAX))?;
        let seed = EncryptionSeed::from_bytes(r.field("seed")?.array_of_bytes()?);
        r.close()?;
        r.end()?;
        Ok(Audit {
            election,
            after,
            revealed: RevealedBallot { choices, seed },
        })
    }

    /// The second device's check: `slot` comes from the board and the voter's letter, `captured` was shown before the voter
    /// decided; nothing is taken from the voting device but this answer.
    ///
    /// # Errors
    /// [`VoteError::NotOpen`].
    pub fn check(
        &self,
        replica: &Replica,
        slot: &Slot,
        captured: &[u8; 32],
    ) -> Result<Checked, VoteError> {
        let context = voting(replica)?.context();
        let complete = self.revealed.choices.len() == context.program().ciphertexts();
        if self.election != *replica.election().id() || self.after != slot.after || !complete {
            return Ok(Checked::Elsewhere);
        }
        let tracker = context.tracker_of_revealed(slot, &self.revealed);
        Ok(if tracker == *captured {
            Checked::Unchanged(self.revealed.choices.clone())
        } else {
            Checked::Changed
        })
    }
}
