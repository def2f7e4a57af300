//! *voting*: ballots and changes of the roll, until the organizer closes.

use std::sync::Arc;

use urne_crypto::ballot::verify::CheckedBallot;
use urne_crypto::ballot::{Ballot, BallotContext, Slot};
use urne_crypto::ceremony::Dealt;
use urne_crypto::elgamal::{Ciphertext, Sums};
use urne_crypto::encoding::Point;
use urne_crypto::proof::ProofError;

use super::sealing::Closed;
use super::{Applied, CAP_REACHED, Check, Constants, Past, Sealing, Void};
use crate::entry::{
    BallotEntry, Close, CollegeResult, CollegeState, Entry, Extension, Operation, RollChange,
    SignedEntry,
};
use crate::roll::{Accepted, Issued, Line, Roll, Row, check_issuers};

/// The ballot box is open.
#[derive(Clone)]
pub struct Voting {
    dealt: Dealt,
    /// shared with whoever checks proofs while the box goes on changing
    context: Arc<BallotContext>,
    roll: Roll,
    /// per college: the sums over ballots accepted now
    sums: Vec<Sums>,
    /// the hour announced so far
    closes: u64,
}

/// A ballot that belongs to a line but whose proof has not been checked.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// where it goes
    pub slot: Slot,
    /// what it says
    pub ballot: Ballot,
}

impl Candidate {
    /// V20 for one ballot alone; many are checked with [`BallotContext::verify_batch`].
    pub(super) fn check(&self, voting: &Voting) -> Result<CheckedBallot, Void> {
        voting
            .context
            .verify(self.slot, &self.ballot)
            .map_err(|error: ProofError| Check::BallotProofs.void(error.to_string()))
    }
}

impl core::fmt::Debug for Voting {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Voting").finish_non_exhaustive()
    }
}

impl Voting {
    pub(super) fn new(
        constants: &Constants,
        dealt: Dealt,
        context: BallotContext,
        roll: Roll,
    ) -> Voting {
        let positions = constants.form.program().ciphertexts();
        Voting {
            sums: vec![Sums::new(positions); constants.manifest.colleges.len()],
            closes: constants.manifest.closes,
            dealt,
            context: Arc::new(context),
            roll,
        }
    }

    /// What ballots are made for and checked against.
    pub fn context(&self) -> &Arc<BallotContext> {
        &self.context
    }

    /// The roll with the ballots accepted now.
    pub fn roll(&self) -> &Roll {
        &self.roll
    }

    /// The encrypted sums over the ballots accepted now, per college: what two copies of a board must agree on.
    pub fn sums(&self) -> Vec<Vec<Ciphertext>> {
        self.sums.iter().map(Sums::finish).collect()
    }

    /// V19, and the decoding part of V20: finds the line and reads the ballot.
    ///
    /// # Errors
    /// [`Void`].
    pub fn candidate(&self, entry: &BallotEntry) -> Result<Candidate, Void> {
        let line = self.line(&entry.key)?;
        let ballot = Ballot::decode(self.context.program(), &entry.proof)
            .map_err(|error| Check::BallotProofs.void(error.to_string()))?;
        let slot = Slot {
            college: line.college,
            credential: entry.key,
            after: entry.after,
        };
        Ok(Candidate { slot, ballot })
    }

    /// The college of the line with this current key.
    ///
    /// # Errors
    /// [`Void`] (V19).
    pub fn college(&self, key: &Point) -> Result<u32, Void> {
        Ok(self.line(key)?.college)
    }

    fn line(&self, key: &Point) -> Result<&Line, Void> {
        self.roll
            .line(key.bytes())
            .ok_or_else(|| Check::Voters.void("its key is not the current key of any line"))
    }

    /// V21: accepts a checked ballot at `past.size()`.
    ///
    /// # Errors
    /// [`Void`]: then nothing has changed.
    pub fn accept(
        &mut self,
        constants: &Constants,
        ballot: &CheckedBallot,
        past: &impl Past,
    ) -> Result<Applied, Void> {
        if ballot.ctx() != self.context.ctx() {
            return Err(Check::BallotProofs.void("its proof was checked for another election"));
        }
        let slot = ballot.slot();
        self.check_acceptance(constants, slot)?;
        let line = *self.line(&slot.credential)?;
        let tracker = ballot.tracker();
        let accepted = Accepted {
            tracker,
            index: past.size(),
        };
        let replaced = self.roll.accept(slot.credential.bytes(), accepted);
        self.withdraw(constants, &line, replaced, past);
        self.sums_of(&line)
            .add(ballot.ciphertexts(), u64::from(line.weight));
        Ok(Applied::Ballot { tracker, replaced })
    }

    /// V19 and V21, without effect: the accepted ballot that one for this slot would replace.
    pub(super) fn check_acceptance(
        &self,
        constants: &Constants,
        slot: &Slot,
    ) -> Result<Option<Accepted>, Void> {
        let line = self.line(&slot.credential)?;
        if slot.after != line.after() {
            return Err(
                Check::Acceptance.void("it does not follow the ballot now accepted on its line")
            );
        }
        if line.count >= constants.manifest.cap {
            return Err(Check::Acceptance.void(CAP_REACHED));
        }
        Ok(line.accepted)
    }

    fn sums_of(&mut self, line: &Line) -> &mut Sums {
        &mut self.sums[line.college as usize - 1]
    }

    /// Takes a ballot that no longer counts out of its college's sums.
    fn withdraw(
        &mut self,
        constants: &Constants,
        line: &Line,
        accepted: Option<Accepted>,
        past: &impl Past,
    ) {
        if let Some(accepted) = accepted {
            let ciphertexts = past
                .entry(accepted.index)
                .and_then(|bytes| self.ciphertexts(constants, &bytes))
                .expect("invariant: an accepted ballot can be read again where it stands");
            self.sums_of(line)
                .subtract(&ciphertexts, u64::from(line.weight));
        }
    }

    fn ciphertexts(&self, constants: &Constants, bytes: &[u8]) -> Option<Vec<Ciphertext>> {
        match SignedEntry::decode(bytes, &constants.shape).ok()?.entry {
            Entry::Ballot(entry) => {
                let ballot = Ballot::decode(self.context.program(), &entry.proof).ok()?;
                Some(ballot.ciphertexts().to_vec())
            }
            _ => None,
        }
    }

    /// V18, V15.
    pub(super) fn change(
        &mut self,
        constants: &Constants,
        change: &RollChange,
        past: &impl Past,
    ) -> Result<Applied, Void> {
        let mut cancelled = None;
        match &change.operation {
            Operation::Add { row, proofs } => {
                let decoded = self.check_add(constants, row)?;
                issued(constants, Issued::Add, &decoded, proofs)?;
                self.roll.add(&decoded);
            }
            Operation::Remove { key } => {
                self.current(key)?;
                if let Some(line) = self.roll.remove(key.bytes()) {
                    cancelled = line.accepted;
                    self.withdraw(constants, &line, cancelled, past);
                }
            }
            Operation::Replace {
                key,
                halves,
                proofs,
            } => {
                let row = self.check_replace(constants, key, halves)?;
                issued(constants, Issued::Replace(key.bytes()), &row, proofs)?;
                self.roll.replace(key.bytes(), row.key.bytes());
            }
        }
        Ok(Applied::RollChanged { cancelled })
    }

    fn check_add(&self, constants: &Constants, row: &[u8]) -> Result<Row, Void> {
        let wrong = |why: &str| Check::RollChanges.void(why);
        let manifest = &constants.manifest;
        let row =
            Row::decode(row, manifest.issuers.len(), manifest.colleges.len()).map_err(wrong)?;
        self.roll
            .check_add(&row, &manifest.weights)
            .map_err(wrong)?;
        Ok(row)
    }

    fn check_replace(
        &self,
        constants: &Constants,
        key: &Point,
        halves: &[u8],
    ) -> Result<Row, Void> {
        let wrong = |why: &str| Check::RollChanges.void(why);
        let line = self.current(key)?;
        let mut bytes = halves.to_vec();
        bytes.extend_from_slice(&line.weight.to_le_bytes());
        bytes.extend_from_slice(&line.college.to_le_bytes());
        let manifest = &constants.manifest;
        let row =
            Row::decode(&bytes, manifest.issuers.len(), manifest.colleges.len()).map_err(wrong)?;
        self.roll.check_new_key(&row.key).map_err(wrong)?;
        Ok(row)
    }

    fn current(&self, key: &Point) -> Result<&Line, Void> {
        self.roll
            .line(key.bytes())
            .ok_or_else(|| Check::RollChanges.void("no line has this key"))
    }

    /// The closing hour announced so far, seconds since 1970.
    pub fn closes(&self) -> u64 {
        self.closes
    }

    /// V22.
    pub(super) fn extend(&mut self, extension: &Extension) -> Result<(), Void> {
        if extension.closes <= self.closes {
            return Err(Check::Closing.void("it is not later than the hour announced until now"));
        }
        self.closes = extension.closes;
        Ok(())
    }

    /// V22.
    pub(super) fn check_close(close: &Close, past: &impl Past) -> Result<(), Void> {
        if close.size == past.size() && close.root == past.root() {
            Ok(())
        } else {
            Err(Check::Closing.void("it names another position of the log"))
        }
    }

    pub(super) fn into_sealing(self, constants: &Constants, size: u64, root: [u8; 32]) -> Sealing {
        let manifest = &constants.manifest;
        let mut colleges: Vec<CollegeResult> = self
            .roll
            .sizes(manifest.colleges.len())
            .into_iter()
            .map(|college| CollegeResult {
                lines: college.lines,
                weight: college.weight,
                ballots: 0,
                turnout: 0,
                state: CollegeState::Empty,
                totals: Vec::new(),
            })
            .collect();
        for (_, line) in self
            .roll
            .lines()
            .filter(|(_, line)| line.accepted.is_some())
        {
            let college = &mut colleges[line.college as usize - 1];
            college.ballots += 1;
            college.turnout += u64::from(line.weight);
        }
        let mut sums = Vec::new();
        for (index, college) in colleges.iter_mut().enumerate() {
            if college.ballots == 0 {
                college.totals = vec![0; constants.form.program().ciphertexts()];
            } else if college.ballots < u64::from(manifest.colleges[index].guard) {
                college.state = CollegeState::Withheld;
            } else {
                college.state = CollegeState::Decrypted;
                sums.extend(self.sums[index].finish());
            }
        }
        let closed = Closed {
            ctx: *self.context.ctx(),
            closes: self.closes,
            size,
            root,
        };
        Sealing::new(constants, self.dealt, closed, self.roll, colleges, sums)
    }
}

fn issued(
    constants: &Constants,
    operation: Issued<'_>,
    row: &Row,
    proofs: &[u8],
) -> Result<(), Void> {
    check_issuers(
        &constants.id,
        &constants.manifest.issuers,
        operation,
        core::slice::from_ref(row),
        proofs,
    )
    .map_err(|why| Check::IssuerProofs.void(why))
}
