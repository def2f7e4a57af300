//! An issuer's register: its voters, the codes it made for them, the line of the roll each one got.
//!
//! The register can vote for every voter whose code it holds (together with the other issuer, where there are two), and tells
//! whose line is whose. It is kept encrypted, codes are forgotten once the letters are out, and all of it goes when the election
//! is over.

use std::collections::HashSet;

use urne_crypto::credential::{Identifier, VotingCode};
use urne_crypto::encoding::Point;
use zeroize::Zeroizing;

use crate::issuer::Entitlement;

/// A random number for one voter, the same in every issuer's register, never published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(pub [u8; 16]);

impl RowId {
    /// A fresh one.
    pub fn random(rng: &mut impl rand::CryptoRng) -> RowId {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        RowId(bytes)
    }

    /// Reads 32 hexadecimal digits, lower case.
    pub fn parse(text: &str) -> Option<RowId> {
        let digits = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 32 || !text.as_bytes().iter().all(digits) {
            return None;
        }
        u128::from_str_radix(text, 16)
            .ok()
            .map(|number| RowId(number.to_be_bytes()))
    }
}

impl core::fmt::Display for RowId {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// A voter in an issuer's register.
#[derive(Clone, Debug)]
pub struct RegisteredVoter {
    /// shared with the other issuer, never published
    pub row: RowId,
    /// what the voter knows beforehand and types
    pub identifier: Identifier,
    /// weight and college
    pub entitlement: Entitlement,
    /// this issuer's code for the voter; nothing once it is forgotten
    pub code: Option<VotingCode>,
    /// the code that will replace it once a change of the roll stands
    pub next_code: Option<VotingCode>,
    /// U, the voter's line, once it is on the roll
    pub line: Option<Point>,
}

/// All voters of one issuer.
#[derive(Clone, Debug, Default)]
pub struct Register {
    voters: Vec<RegisteredVoter>,
}

/// Why a register cannot be made or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// Two voters have the same identifier.
    #[error("two voters have the identifier “{0}”")]
    Identifier(String),
    /// Two voters have the same row id.
    #[error("two voters have the row id {0}")]
    Row(RowId),
    /// More voters than one register holds.
    #[error("a register holds at most {} voters", Register::MOST_VOTERS)]
    TooMany,
    /// The bytes are no register.
    #[error("this file does not hold a registrar's register")]
    Other,
    /// The bytes are damaged.
    #[error("the register is damaged at byte {0}")]
    Damaged(usize),
}

const LABEL: &[u8] = b"urne/0 register\n";
const CODE: usize = 24;
/// Most bytes one voter takes.
const LARGEST_VOTER: usize = 16 + 8 + 1 + 254 + 1 + 2 * CODE + 1 + 32;

impl Register {
    /// Limits what is read back.
    pub const MOST_VOTERS: usize = 400_000;

    /// A register of these voters.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub fn new(voters: Vec<RegisteredVoter>) -> Result<Register, RegisterError> {
        if voters.len() > Register::MOST_VOTERS {
            return Err(RegisterError::TooMany);
        }
        let (mut rows, mut identifiers) = (HashSet::new(), HashSet::new());
        for voter in &voters {
            if !rows.insert(voter.row) {
                return Err(RegisterError::Row(voter.row));
            }
            if !identifiers.insert(voter.identifier.as_str()) {
                return Err(RegisterError::Identifier(
                    voter.identifier.as_str().to_owned(),
                ));
            }
        }
        Ok(Register { voters })
    }

    /// The voters, in the order of the list they came from.
    pub fn voters(&self) -> &[RegisteredVoter] {
        &self.voters
    }

    /// The voters, to take codes and lines in.
    pub fn voters_mut(&mut self) -> &mut [RegisteredVoter] {
        &mut self.voters
    }

    /// Adds a voter.
    ///
    /// # Errors
    /// [`RegisterError`]; nothing is added then.
    pub fn add(&mut self, voter: RegisteredVoter) -> Result<(), RegisterError> {
        if self.voters.len() >= Register::MOST_VOTERS {
            return Err(RegisterError::TooMany);
        }
        if self.by_row(&voter.row).is_some() {
            return Err(RegisterError::Row(voter.row));
        }
        if self.by_identifier(&voter.identifier).is_some() {
            let identifier = voter.identifier.as_str().to_owned();
            return Err(RegisterError::Identifier(identifier));
        }
        self.voters.push(voter);
        Ok(())
    }

    /// Takes a voter out.
    pub fn remove(&mut self, row: &RowId) {
        self.voters.retain(|voter| voter.row != *row);
    }

    /// The voter with this row id.
    pub fn by_row(&self, row: &RowId) -> Option<&RegisteredVoter> {
        self.voters.iter().find(|voter| voter.row == *row)
    }

    /// The voter with this row id, to change.
    pub fn by_row_mut(&mut self, row: &RowId) -> Option<&mut RegisteredVoter> {
        self.voters.iter_mut().find(|voter| voter.row == *row)
    }

    /// The voter with this identifier.
    pub fn by_identifier(&self, identifier: &Identifier) -> Option<&RegisteredVoter> {
        self.voters
            .iter()
            .find(|voter| voter.identifier == *identifier)
    }

    /// Gives every voter without one a fresh code.
    pub fn make_codes(&mut self, rng: &mut impl rand::CryptoRng) {
        for voter in &mut self.voters {
            if voter.code.is_none() {
                voter.code = Some(VotingCode::random(rng));
            }
        }
    }

    /// Forgets every code: from now on this register can vote for nobody.
    pub fn forget_codes(&mut self) {
        for voter in &mut self.voters {
            (voter.code, voter.next_code) = (None, None);
        }
    }

    /// The contents of the register's file, to be encrypted.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let room = LABEL.len() + self.voters.len() * LARGEST_VOTER;
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        bytes.extend_from_slice(LABEL);
        for voter in &self.voters {
            bytes.extend_from_slice(&voter.row.0);
            bytes.extend_from_slice(&voter.entitlement.weight.to_le_bytes());
            bytes.extend_from_slice(&voter.entitlement.college.to_le_bytes());
            let identifier = voter.identifier.as_str().as_bytes();
            let length = u8::try_from(identifier.len());
            bytes.push(length.expect("invariant: an identifier has at most 254 bytes"));
            bytes.extend_from_slice(identifier);
            let codes = [&voter.code, &voter.next_code];
            let flags = [codes[0].is_some(), codes[1].is_some(), voter.line.is_some()];
            bytes.push((0..3).map(|bit| u8::from(flags[bit]) << bit).sum());
            for code in codes.into_iter().flatten() {
                let grouped = Zeroizing::new(code.grouped());
                let symbols = grouped.bytes().filter(|byte| *byte != b'-');
                bytes.extend(symbols);
            }
            if let Some(line) = &voter.line {
                bytes.extend_from_slice(line.bytes());
            }
        }
        bytes
    }

    /// Reads what [`Register::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub fn decode(bytes: &[u8]) -> Result<Register, RegisterError> {
        let rest = bytes.strip_prefix(LABEL).ok_or(RegisterError::Other)?;
        let mut cursor = Cursor { rest };
        let mut voters = Vec::new();
        while !cursor.rest.is_empty() {
            if voters.len() >= Register::MOST_VOTERS {
                return Err(RegisterError::TooMany);
            }
            let at = bytes.len() - cursor.rest.len();
            voters.push(cursor.voter().ok_or(RegisterError::Damaged(at))?);
        }
        Register::new(voters)
    }
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(head)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn number(&mut self) -> Option<u32> {
        let number = u32::from_le_bytes(self.array()?);
        (number >= 1).then_some(number)
    }

    fn code(&mut self, present: bool) -> Option<Option<VotingCode>> {
        if !present {
            return Some(None);
        }
        let symbols = core::str::from_utf8(self.take(CODE)?).ok()?;
        let code = VotingCode::parse(symbols).ok()?;
        let grouped = Zeroizing::new(code.grouped());
        let same = grouped
            .bytes()
            .filter(|byte| *byte != b'-')
            .eq(symbols.bytes());
        same.then_some(Some(code))
    }

    fn voter(&mut self) -> Option<RegisteredVoter> {
        let row = RowId(self.array()?);
        let entitlement = Entitlement {
            weight: self.number()?,
            college: self.number()?,
        };
        let [length] = self.array()?;
        let text = core::str::from_utf8(self.take(usize::from(length))?).ok()?;
        let identifier = Identifier::new(text)
            .ok()
            .filter(|identifier| identifier.as_str() == text)?;
        let [flags] = self.array()?;
        if flags > 7 {
            return None;
        }
        let code = self.code(flags & 1 != 0)?;
        let next_code = self.code(flags & 2 != 0)?;
        let line = match flags & 4 {
            0 => None,
            _ => Some(Point::decode_non_identity(&self.array()?).ok()?),
        };
        Some(RegisteredVoter {
            row,
            identifier,
            entitlement,
            code,
            next_code,
            line,
        })
    }
}
