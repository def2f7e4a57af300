//! *dealing* and *confirming*: the key ceremony on the board.

use std::collections::BTreeMap;

use urne_crypto::ceremony::complaint::Blame;
use urne_crypto::ceremony::deal::CheckedDeal;
use urne_crypto::ceremony::{self, Dealt, Setup};
use urne_crypto::drill::CeremonyHashes;
use urne_crypto::proof::{EqualityProof, KnowledgeProof};

use super::{Check, Constants, Phase, Preparing, Void};
use crate::entry::{Complaint, Confirm, Deal, hash_of_leaves};
use crate::manifest::Manifest;

/// Deals are expected.
#[derive(Clone, Debug)]
pub struct Dealing {
    setup: Setup,
    deals: BTreeMap<u32, (CheckedDeal, [u8; 32])>,
}

impl Dealing {
    pub(super) fn new(manifest: &Manifest, election: [u8; 32]) -> Dealing {
        let trustees = &manifest.trustees;
        Dealing {
            setup: Setup {
                election,
                threshold: manifest.threshold,
                signing_keys: trustees.iter().map(|trustee| trustee.key).collect(),
                encryption_keys: trustees.iter().map(|trustee| trustee.encryption).collect(),
            },
            deals: BTreeMap::new(),
        }
    }

    /// What a dealer needs to know.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Whether this trustee's deal is still missing.
    pub fn awaits(&self, trustee: u32) -> bool {
        !self.deals.contains_key(&trustee)
    }

    /// V11.
    pub(super) fn deal(&mut self, deal: &Deal, leaf: [u8; 32]) -> Result<(), Void> {
        let checked = ceremony::deal::Deal::decode(&self.setup, &deal.bytes)
            .map_err(|error| error.to_string())
            .and_then(|decoded| {
                decoded
                    .check(&self.setup, deal.trustee)
                    .map_err(|error| error.to_string())
            })
            .map_err(|why| Check::Deals.void(why))?;
        self.deals.insert(deal.trustee, (checked, leaf));
        Ok(())
    }

    pub(super) fn next(self) -> Phase {
        if self.deals.len() < self.setup.encryption_keys.len() {
            return Phase::Dealing(self);
        }
        Phase::Confirming(Confirming {
            dealt: Dealt::new(self.setup, self.deals.into_values().collect()),
            confirms: BTreeMap::new(),
        })
    }
}

/// All deals stand; confirms or complaints are expected.
#[derive(Clone, Debug)]
pub struct Confirming {
    dealt: Dealt,
    /// leaf hash per trustee
    confirms: BTreeMap<u32, [u8; 32]>,
}

impl Confirming {
    /// The deals.
    pub fn dealt(&self) -> &Dealt {
        &self.dealt
    }

    /// Whether this trustee has not confirmed yet.
    pub fn awaits(&self, trustee: u32) -> bool {
        !self.confirms.contains_key(&trustee)
    }

    /// V12.
    pub(super) fn confirm(&mut self, confirm: &Confirm, leaf: [u8; 32]) -> Result<(), Void> {
        let dealt = &self.dealt;
        let same = confirm.key == *dealt.election_key()
            && confirm.share == *dealt.share(confirm.trustee)
            && confirm.deals == *dealt.deals_hash();
        if !same {
            return Err(Check::Confirms.void("it confirms another key, share or set of deals"));
        }
        KnowledgeProof::decode(&confirm.proof)
            .ok()
            .and_then(|proof| dealt.verify_confirm(confirm.trustee, &proof).ok())
            .ok_or_else(|| Check::Confirms.void("the proof of the share does not hold"))?;
        self.confirms.insert(confirm.trustee, leaf);
        Ok(())
    }

    /// V13.
    pub(super) fn complaint(&self, complaint: &Complaint) -> Result<Blame, Void> {
        EqualityProof::decode(&complaint.proof)
            .ok()
            .and_then(|proof| {
                let shown = ceremony::complaint::Complaint {
                    shared: complaint.shared,
                    proof,
                };
                self.dealt
                    .judge(complaint.trustee, complaint.dealer, &shown)
                    .ok()
            })
            .ok_or_else(|| Check::Complaints.void("the complaint's proof does not hold"))
    }

    pub(super) fn next(self, constants: &Constants) -> Phase {
        if self.confirms.len() < constants.manifest.trustees.len() {
            return Phase::Confirming(self);
        }
        let leaves: Vec<[u8; 32]> = self.confirms.into_values().collect();
        let hashes = CeremonyHashes {
            election: constants.id,
            key: *self.dealt.election_key(),
            deals: *self.dealt.deals_hash(),
            confirms: hash_of_leaves("urne/0 confirms", &leaves),
        };
        Phase::Preparing(Preparing::new(constants, self.dealt, hashes))
    }
}
