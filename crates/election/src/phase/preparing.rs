//! *preparing*: the roll and the drill, until the organizer opens.

use std::collections::BTreeSet;

use urne_crypto::ballot::BallotContext;
use urne_crypto::ceremony::Dealt;
use urne_crypto::drill::{CeremonyHashes, Drill, DrillAnswer};
use urne_crypto::proof::EqualityProof;

use super::{Check, Constants, Past, Void, Voting};
use crate::entry::{self, Open, RollChunk, hash_of_leaves};
use crate::roll::{Issued, Roll, Row, check_issuers};

/// The ceremony stands; the roll, the drill and the opening are expected.
#[derive(Clone, Debug)]
pub struct Preparing {
    dealt: Dealt,
    hashes: CeremonyHashes,
    drill: Drill,
    drilled: BTreeSet<u32>,
    roll: Roll,
    rows: u64,
    /// leaf hashes of the chunks
    chunks: Vec<[u8; 32]>,
}

impl Preparing {
    pub(super) fn new(constants: &Constants, dealt: Dealt, hashes: CeremonyHashes) -> Preparing {
        Preparing {
            dealt,
            hashes,
            drill: Drill::new(hashes),
            drilled: BTreeSet::new(),
            roll: Roll::new(constants.form.largest_value()),
            rows: 0,
            chunks: Vec::new(),
        }
    }

    /// The deals and public shares.
    pub fn dealt(&self) -> &Dealt {
        &self.dealt
    }

    /// What the ceremony ended with.
    pub fn hashes(&self) -> &CeremonyHashes {
        &self.hashes
    }

    /// The dummy ciphertext every trustee must show it can decrypt.
    pub fn drill_to_answer(&self) -> &Drill {
        &self.drill
    }

    /// Whether this trustee's drill is still missing.
    pub fn awaits(&self, trustee: u32) -> bool {
        !self.drilled.contains(&trustee)
    }

    /// Number of the next chunk.
    pub fn next_chunk(&self) -> u64 {
        self.chunks.len() as u64
    }

    /// The roll so far.
    pub fn lines(&self) -> &Roll {
        &self.roll
    }

    /// The `open` entry that would be right at this position.
    pub fn opening(&self, booth: Vec<entry::BoothFile>, past: &impl Past) -> Open {
        Open {
            election: self.hashes.election,
            key: self.hashes.key,
            deals: self.hashes.deals,
            confirms: self.hashes.confirms,
            roll: hash_of_leaves("urne/0 roll", &self.chunks),
            lines: self.rows,
            booth,
            size: past.size(),
            root: past.root(),
        }
    }

    /// V14, V15.
    pub(super) fn roll(
        &mut self,
        constants: &Constants,
        chunk: &RollChunk,
        leaf: [u8; 32],
    ) -> Result<(), Void> {
        let wrong = |why: &str| Check::Roll.void(why);
        let number = u32::try_from(chunk.chunk)
            .ok()
            .filter(|_| chunk.chunk == self.next_chunk())
            .ok_or_else(|| wrong("it is not the next chunk"))?;
        let manifest = &constants.manifest;
        let rows = chunk
            .rows
            .chunks(constants.shape.row())
            .map(|row| Row::decode(row, manifest.issuers.len(), manifest.colleges.len()))
            .collect::<Result<Vec<Row>, _>>()
            .map_err(wrong)?;
        self.roll.check_chunk(&rows).map_err(wrong)?;
        check_issuers(
            &constants.id,
            &manifest.issuers,
            Issued::Chunk(number),
            &rows,
            &chunk.proofs,
        )
        .map_err(|why| Check::IssuerProofs.void(why))?;
        self.roll.append(&rows);
        self.rows += rows.len() as u64;
        self.chunks.push(leaf);
        Ok(())
    }

    /// V16.
    pub(super) fn drill(&mut self, drill: &entry::Drill) -> Result<(), Void> {
        let public = self.dealt.share(drill.trustee);
        EqualityProof::decode(&drill.proof)
            .ok()
            .and_then(|proof| {
                let answer = DrillAnswer {
                    share: drill.share,
                    proof,
                };
                self.drill.verify(drill.trustee, public, &answer).ok()
            })
            .ok_or_else(|| Check::Drills.void("the drill's answer is not right"))?;
        self.drilled.insert(drill.trustee);
        Ok(())
    }

    /// V17.
    pub(super) fn check_open(
        &self,
        constants: &Constants,
        open: &Open,
        past: &impl Past,
    ) -> Result<(), Void> {
        let wrong = |why: &str| Err(Check::Opening.void(why));
        if self.drilled.len() < constants.manifest.trustees.len() {
            return wrong("not every trustee has passed the drill");
        }
        if self.chunks.is_empty() {
            return wrong("there is no roll");
        }
        if !open
            .booth
            .is_sorted_by(|a, b| a.path.as_bytes() < b.path.as_bytes())
        {
            return wrong("the booth's paths do not ascend");
        }
        let Open { size, root, .. } = self.opening(Vec::new(), past);
        if open.size != size || open.root != root {
            return wrong("it names another position of the log");
        }
        if *open != self.opening(open.booth.clone(), past) {
            return wrong("it names another key, ceremony or roll");
        }
        self.roll
            .check_weights(&constants.manifest.weights)
            .or_else(wrong)
    }

    pub(super) fn into_voting(self, constants: &Constants, ctx: [u8; 32]) -> Voting {
        let program = constants.form.program().clone();
        let context = BallotContext::new(ctx, self.hashes.key, program);
        Voting::new(constants, self.dealt, context, self.roll)
    }
}
