//! *sealing*: the box is closed; seals, decryptions, result.

use std::collections::{BTreeMap, BTreeSet};

use urne_crypto::ceremony::Dealt;
use urne_crypto::decryption::{PartialDecryption, SealedSums};
use urne_crypto::elgamal::Ciphertext;
use urne_crypto::encoding::Point;
use urne_crypto::proof::EqualityProof;

use super::{Check, Constants, Void};
use crate::entry::{CollegeResult, Decryption, Destruction, Entry, Memory, Seal, TallyResult};
use crate::result::{decrypted_totals, tally_result};
use crate::roll::Roll;

/// How the box was closed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Closed {
    pub(super) ctx: [u8; 32],
    /// the last hour announced
    pub(super) closes: u64,
    /// of the log with `close`
    pub(super) size: u64,
    pub(super) root: [u8; 32],
}

/// The ballot box is closed.
#[derive(Clone, Debug)]
pub struct Sealing {
    dealt: Dealt,
    election: [u8; 32],
    closed: Closed,
    roll: Roll,
    colleges: Vec<CollegeResult>,
    sums: SealedSums,
    seal_quorum: u32,
    threshold: u32,
    seals: BTreeMap<u32, Memory>,
    /// in board order
    decryptions: Vec<(u32, PartialDecryption)>,
    result: Option<TallyResult>,
    result_stands: bool,
    destructions: BTreeSet<u32>,
}

impl Sealing {
    pub(super) fn new(
        constants: &Constants,
        dealt: Dealt,
        closed: Closed,
        roll: Roll,
        colleges: Vec<CollegeResult>,
        sums: Vec<Ciphertext>,
    ) -> Sealing {
        Sealing {
            dealt,
            election: constants.id,
            closed,
            roll,
            colleges,
            sums: SealedSums::new(closed.ctx, closed.root, sums),
            seal_quorum: constants.manifest.seal_quorum(),
            threshold: constants.manifest.threshold,
            seals: BTreeMap::new(),
            decryptions: Vec::new(),
            result: None,
            result_stands: false,
            destructions: BTreeSet::new(),
        }
    }

    /// ctx.
    pub fn ctx(&self) -> &[u8; 32] {
        &self.closed.ctx
    }

    /// The last closing hour announced, seconds since 1970.
    pub fn closes(&self) -> u64 {
        self.closed.closes
    }

    /// Size and root of the closed log.
    pub fn closed(&self) -> (u64, [u8; 32]) {
        (self.closed.size, self.closed.root)
    }

    /// The roll at close, with the ballots that count.
    pub fn roll(&self) -> &Roll {
        &self.roll
    }

    /// Turnout and state of every college, still without decrypted totals.
    pub fn colleges(&self) -> &[CollegeResult] {
        &self.colleges
    }

    /// What is decrypted.
    pub fn sums(&self) -> &SealedSums {
        &self.sums
    }

    /// The deals and public shares.
    pub fn dealt(&self) -> &Dealt {
        &self.dealt
    }

    /// Who has sealed.
    pub fn seals(&self) -> &BTreeMap<u32, Memory> {
        &self.seals
    }

    /// Whether q seals stand.
    pub fn is_sealed(&self) -> bool {
        self.seals.len() >= self.seal_quorum as usize
    }

    /// Whether this trustee's seal may stand.
    pub fn awaits_seal(&self, trustee: u32) -> bool {
        !self.seals.contains_key(&trustee)
    }

    /// Whether this trustee's decryption may stand.
    pub fn awaits_decryption(&self, trustee: u32) -> bool {
        self.sums.positions() > 0
            && self.is_sealed()
            && self.seals.contains_key(&trustee)
            && self
                .decryptions
                .iter()
                .all(|(author, _)| *author != trustee)
    }

    /// Whether a result may stand: the election has ended and none stands yet.
    pub fn awaits_result(&self) -> bool {
        self.result.is_some() && !self.result_stands
    }

    /// Trustees who stated that their key is destroyed.
    pub fn destructions(&self) -> &BTreeSet<u32> {
        &self.destructions
    }

    /// Whether this trustee may state that the key is destroyed: the election has ended, and it was not said before.
    pub fn awaits_destruction(&self, trustee: u32) -> bool {
        self.result.is_some() && !self.destructions.contains(&trustee)
    }

    /// The result everybody computes, once the election has ended.
    pub fn tally(&self) -> Option<&TallyResult> {
        self.result.as_ref()
    }

    /// V23.
    pub(super) fn seal(&mut self, constants: &Constants, seal: &Seal) -> Result<(), Void> {
        if (seal.size, seal.root) != self.closed() {
            return Err(Check::Seals.void("it seals another state of the board"));
        }
        if seal.sums != self.sums.hash() {
            return Err(Check::Seals.void("it seals other sums"));
        }
        self.seals.insert(seal.trustee, seal.memory);
        self.end_if_complete(constants);
        Ok(())
    }

    /// V24.
    pub(super) fn decryption(
        &mut self,
        constants: &Constants,
        entry: &Decryption,
    ) -> Result<(), Void> {
        let wrong = |why: &str| Check::Decryptions.void(why);
        if (entry.size, entry.root) != self.closed() {
            return Err(wrong("it decrypts another state of the board"));
        }
        if entry.shares.len() != 32 * self.sums.positions() {
            return Err(wrong("it has not one share per total"));
        }
        let shares = entry
            .shares
            .as_chunks::<32>()
            .0
            .iter()
            .map(Point::decode)
            .collect::<Result<Vec<Point>, _>>();
        let decryption = shares
            .and_then(|shares| {
                let proof = EqualityProof::decode(&entry.proof)?;
                Ok(PartialDecryption { shares, proof })
            })
            .map_err(|error| wrong(&error.to_string()))?;
        let public = self.dealt.share(entry.trustee);
        self.sums
            .verify(entry.trustee, public, &decryption)
            .map_err(|error| wrong(&error.to_string()))?;
        self.decryptions.push((entry.trustee, decryption));
        self.end_if_complete(constants);
        // Valid proofs exclude it; should a total be nowhere in its range all the same, nothing may end on it.
        if self.result.is_none() && self.decryptions.len() >= self.threshold as usize {
            self.decryptions.pop();
            return Err(wrong("a total is nowhere in its range"));
        }
        Ok(())
    }

    /// V25.
    pub(super) fn result(&mut self, payload: &[u8]) -> Result<(), Void> {
        let expected = self
            .result
            .clone()
            .map(|result| Entry::Result(result).payload());
        if expected.as_deref() != Some(payload) {
            return Err(Check::Result.void("it is not the result that everybody computes"));
        }
        self.result_stands = true;
        Ok(())
    }

    pub(super) fn destroyed(&mut self, destruction: &Destruction) {
        self.destructions.insert(destruction.trustee);
    }

    fn end_if_complete(&mut self, constants: &Constants) {
        let needed = if self.sums.positions() > 0 {
            self.threshold as usize
        } else {
            0
        };
        if self.result.is_some() || !self.is_sealed() || self.decryptions.len() < needed {
            return;
        }
        let parts: Vec<(u32, &[Point])> = self
            .decryptions
            .iter()
            .take(needed)
            .map(|(trustee, decryption)| (*trustee, &decryption.shares[..]))
            .collect();
        let points = self.sums.combine(&parts);
        self.result = decrypted_totals(&constants.form, &self.colleges, &points)
            .map(|colleges| tally_result(self.election, &constants.manifest, colleges));
    }
}
