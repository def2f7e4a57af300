//! `seal`, `decryption`, `result`, `destruction`.

use super::{Shape, read_trustee_number};
use crate::json::{FormError, Reader, Writer};
use crate::outcome::{Outcome, Status};

/// Whether the tool that sealed could say from its own memory that it never sealed another root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// it could
    Kept,
    /// its holder said so instead
    Lost,
}

/// A trustee's seal of the closed board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// election id
    pub election: [u8; 32],
    /// the trustee
    pub trustee: u32,
    /// size of the closed log
    pub size: u64,
    /// root of the closed log
    pub root: [u8; 32],
    /// sums hash
    pub sums: [u8; 32],
    /// the tool's memory
    pub memory: Memory,
}

impl Seal {
    pub(super) fn read(r: &mut Reader<'_>, shape: &Shape) -> Result<Seal, FormError> {
        Ok(Seal {
            election: r.field("election")?.array_of_bytes()?,
            trustee: read_trustee_number(r.field("trustee")?, shape)?,
            size: r.field("size")?.integer(0..=u64::MAX)?,
            root: r.field("root")?.array_of_bytes()?,
            sums: r.field("sums")?.array_of_bytes()?,
            memory: [Memory::Kept, Memory::Lost][r.field("memory")?.one_of(&["kept", "lost"])?],
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.field("trustee").integer(self.trustee);
        w.field("size").integer(self.size);
        w.field("root").bytes(&self.root);
        w.field("sums").bytes(&self.sums);
        w.field("memory").string(match self.memory {
            Memory::Kept => "kept",
            Memory::Lost => "lost",
        });
    }
}

/// A trustee's decryption shares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decryption {
    /// election id
    pub election: [u8; 32],
    /// the trustee
    pub trustee: u32,
    /// 1
    pub phase: u32,
    /// size of the closed log
    pub size: u64,
    /// root of the closed log
    pub root: [u8; 32],
    /// D_j1 ‖ D_j2 ‖ …
    pub shares: Vec<u8>,
    /// batched equality proof
    pub proof: [u8; 96],
}

impl Decryption {
    pub(super) fn read(r: &mut Reader<'_>, shape: &Shape) -> Result<Decryption, FormError> {
        Ok(Decryption {
            election: r.field("election")?.array_of_bytes()?,
            trustee: read_trustee_number(r.field("trustee")?, shape)?,
            phase: r.field("phase")?.integer_32(1..=1)?,
            size: r.field("size")?.integer(0..=u64::MAX)?,
            root: r.field("root")?.array_of_bytes()?,
            shares: r.field("shares")?.bytes(32..=44_800)?,
            proof: r.field("proof")?.array_of_bytes()?,
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.field("trustee").integer(self.trustee);
        w.field("phase").integer(self.phase);
        w.field("size").integer(self.size);
        w.field("root").bytes(&self.root);
        w.field("shares").bytes(&self.shares);
        w.field("proof").bytes(&self.proof);
    }
}

/// A trustee's word that every copy of the key file is destroyed. Nobody can check it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destruction {
    /// election id
    pub election: [u8; 32],
    /// the trustee
    pub trustee: u32,
}

impl Destruction {
    pub(super) fn read(r: &mut Reader<'_>, shape: &Shape) -> Result<Destruction, FormError> {
        Ok(Destruction {
            election: r.field("election")?.array_of_bytes()?,
            trustee: read_trustee_number(r.field("trustee")?, shape)?,
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.field("trustee").integer(self.trustee);
    }
}

/// What happens with a college's totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CollegeState {
    /// decrypted
    Decrypted,
    /// nobody voted: zero by rule
    Empty,
    /// fewer ballots than the guard
    Withheld,
}

const STATES: [(&str, CollegeState); 3] = [
    ("decrypted", CollegeState::Decrypted),
    ("empty", CollegeState::Empty),
    ("withheld", CollegeState::Withheld),
];

/// A college in the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollegeResult {
    /// lines at close
    pub lines: u64,
    /// their summed weight
    pub weight: u64,
    /// counting ballots
    pub ballots: u64,
    /// their summed weight
    pub turnout: u64,
    /// what happens with its totals
    pub state: CollegeState,
    /// one total per ciphertext; none where withheld
    pub totals: Vec<u64>,
}

/// A question in the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionResult {
    /// one total per option, blank last
    pub totals: Vec<u64>,
    /// weight of votes that are not blank
    pub expressed: u64,
    /// weight of the roll
    pub registered: u64,
    /// winners
    pub outcome: Outcome,
}

/// The result everybody can recompute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TallyResult {
    /// election id
    pub election: [u8; 32],
    /// in the manifest's order
    pub colleges: Vec<CollegeResult>,
    /// in the manifest's order
    pub questions: Vec<QuestionResult>,
}

const STATUSES: [Status; 5] = [
    Status::Decided,
    Status::Tied,
    Status::None,
    Status::NoQuorum,
    Status::Withheld,
];

impl TallyResult {
    pub(super) fn read(r: &mut Reader<'_>) -> Result<TallyResult, FormError> {
        Ok(TallyResult {
            election: r.field("election")?.array_of_bytes()?,
            colleges: r.field("colleges")?.list(1..=64, read_college)?,
            questions: r.field("questions")?.list(1..=64, read_question)?,
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.field("colleges").list(&self.colleges, |w, college| {
            let state = STATES.iter().find(|(_, state)| *state == college.state);
            w.open().field("lines").integer(college.lines);
            w.field("weight").integer(college.weight);
            w.field("ballots").integer(college.ballots);
            w.field("turnout").integer(college.turnout);
            w.field("state").string(state.map_or("", |(name, _)| name));
            write_numbers(w.field("totals"), &college.totals);
            w.close();
        });
        w.field("questions").list(&self.questions, |w, question| {
            write_numbers(w.open().field("totals"), &question.totals);
            w.field("expressed").integer(question.expressed);
            w.field("registered").integer(question.registered);
            w.field("status").string(question.outcome.status.name());
            write_numbers(w.field("winners"), &question.outcome.winners);
            write_numbers(w.field("tied"), &question.outcome.tied);
            w.close();
        });
    }
}

fn write_numbers<T: Into<u64> + Copy>(w: &mut Writer, numbers: &[T]) {
    w.list(numbers, |w, number| {
        w.integer(*number);
    });
}

fn read_number(r: &mut Reader<'_>) -> Result<u64, FormError> {
    r.integer(0..=u64::MAX)
}

fn read_college(r: &mut Reader<'_>) -> Result<CollegeResult, FormError> {
    r.open()?;
    let college = CollegeResult {
        lines: read_number(r.field("lines")?)?,
        weight: read_number(r.field("weight")?)?,
        ballots: read_number(r.field("ballots")?)?,
        turnout: read_number(r.field("turnout")?)?,
        state: STATES[r.field("state")?.one_of(&STATES.map(|(name, _)| name))?].1,
        totals: r.field("totals")?.list(0..=1400, read_number)?,
    };
    r.close()?;
    Ok(college)
}

fn read_question(r: &mut Reader<'_>) -> Result<QuestionResult, FormError> {
    let option = |r: &mut Reader<'_>| r.integer_32(1..=700);
    r.open()?;
    let totals = r.field("totals")?.list(1..=701, read_number)?;
    let expressed = read_number(r.field("expressed")?)?;
    let registered = read_number(r.field("registered")?)?;
    let status = STATUSES[r.field("status")?.one_of(&STATUSES.map(Status::name))?];
    let winners = r.field("winners")?.list(0..=700, option)?;
    let tied = r.field("tied")?.list(0..=700, option)?;
    r.close()?;
    Ok(QuestionResult {
        totals,
        expressed,
        registered,
        outcome: Outcome {
            status,
            winners,
            tied,
        },
    })
}
