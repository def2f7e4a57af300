//! Where an election stands, as data for a page: from the board alone, as this device has judged it.

use serde::Serialize;
use urne_client::replica::Replica;
use urne_crypto::ceremony::complaint::Blame;
use urne_crypto::ceremony::{spoken_digits, spoken_fingerprint};
use urne_election::entry::{CollegeState, Memory};
use urne_election::json::base64url;
use urne_election::phase::{Phase, Sealing};

use super::trustee::fault_name;

/// What a page shows of an election.
#[derive(Clone, Debug, Serialize)]
pub struct View {
    /// election id
    pub election: String,
    /// its beginning, to read aloud: six groups of four digits
    pub spoken: String,
    /// one title per language
    pub title: Vec<String>,
    /// language tags
    pub languages: Vec<String>,
    /// a rehearsal
    pub practice: bool,
    /// announced opening, seconds since 1970
    pub opens: u64,
    /// announced closing, seconds since 1970
    pub closes: u64,
    /// how many trustees open the box
    pub threshold: u32,
    /// how many must seal first
    pub seal_quorum: u32,
    /// the seat's number, where its key stands in the manifest
    pub own: Option<u32>,
    /// entries of the board
    pub size: u64,
    /// as in `spec/entries.md`, and `ended`
    pub phase: &'static str,
    /// in order
    pub trustees: Vec<TrusteeView>,
    /// lines of the roll
    pub lines: u64,
    /// whether every trustee passed the drill and a roll stands
    pub ready: bool,
    /// who made the ceremony fail
    pub failed: Option<FailedView>,
    /// what the closed box holds
    pub closed: Option<ClosedView>,
    /// entries that should not stand
    pub void: Vec<VoidView>,
}

/// A trustee, and the last step that stands on the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrusteeView {
    /// from 1
    pub number: u32,
    /// as in the manifest
    pub name: String,
    /// to compare by voice
    pub fingerprint: String,
    /// `seated`, `dealt`, `confirmed`, `drilled`, `sealed`, `decrypted` or `destroyed`
    pub state: &'static str,
    /// whether the board waits for this trustee
    pub awaited: bool,
    /// whether the seal says that its memory was lost
    pub memory_lost: bool,
}

/// Why a ceremony failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailedView {
    /// the guilty trustee
    pub trustee: u32,
    /// `dealer` or `complainer`
    pub role: &'static str,
    /// what is wrong with a dealer's share
    pub fault: Option<&'static str>,
}

/// What the closed box holds.
#[derive(Clone, Debug, Serialize)]
pub struct ClosedView {
    /// entries up to and with `close`
    pub size: u64,
    /// ballots that count
    pub ballots: u64,
    /// lines at the closing
    pub lines: u64,
    /// in the manifest's order
    pub colleges: Vec<CollegeView>,
    /// how many totals are decrypted; none where there is nothing to decrypt
    pub totals: u64,
    /// seals that stand
    pub seals: u64,
    /// whether enough do
    pub sealed: bool,
    /// witnesses who must have signed the closed state; 0 where there are none
    pub witnesses: u32,
    /// root of the closed log
    pub root: String,
}

/// One college at the closing.
#[derive(Clone, Debug, Serialize)]
pub struct CollegeView {
    /// one name per language
    pub name: Vec<String>,
    /// lines
    pub lines: u64,
    /// ballots that count
    pub ballots: u64,
    /// `decrypted`, `empty` or `withheld`
    pub state: &'static str,
}

/// An entry that should not stand.
#[derive(Clone, Debug, Serialize)]
pub struct VoidView {
    /// where
    pub index: u64,
    /// why, in English
    pub why: String,
}

/// Digits of an election id to read aloud: who hears the same is on the same election.
pub fn spoken_election(id: &[u8; 32]) -> String {
    spoken_digits(&id[..10], 24)
}

impl View {
    /// Looks at a board; `own` is the seat's number there.
    pub fn of(board: &Replica, own: Option<u32>) -> View {
        let manifest = board.manifest();
        let election = board.election();
        let phase = election.phase();
        let trustees: Vec<TrusteeView> = (1..)
            .zip(&manifest.trustees)
            .map(|(number, trustee)| {
                let (state, awaited) = standing(phase, number);
                TrusteeView {
                    number,
                    name: trustee.name.clone(),
                    fingerprint: spoken_fingerprint(&trustee.key, &trustee.encryption),
                    state,
                    awaited,
                    memory_lost: memory_lost(phase, number),
                }
            })
            .collect();
        let void = board.void().iter().map(|(index, void)| VoidView {
            index: *index,
            why: void.to_string(),
        });
        let drilled = trustees.iter().all(|trustee| trustee.state == "drilled");
        View {
            election: base64url(election.id()),
            spoken: spoken_election(election.id()),
            title: manifest.title.clone(),
            languages: manifest.languages.clone(),
            practice: manifest.practice,
            opens: manifest.opens,
            closes: manifest.closes,
            threshold: manifest.threshold,
            seal_quorum: manifest.seal_quorum(),
            own,
            size: board.tree().size(),
            phase: phase_name(phase),
            lines: lines(phase),
            ready: matches!(phase, Phase::Preparing(_)) && drilled && lines(phase) > 0,
            trustees,
            failed: failed(phase),
            closed: match phase {
                Phase::Sealing(phase) => Some(closed(board, phase)),
                _ => None,
            },
            void: void.collect(),
        }
    }
}

fn phase_name(phase: &Phase) -> &'static str {
    match phase {
        Phase::Dealing(_) => "dealing",
        Phase::Confirming(_) => "confirming",
        Phase::Preparing(_) => "preparing",
        Phase::Voting(_) => "voting",
        Phase::Sealing(phase) if phase.tally().is_some() => "ended",
        Phase::Sealing(_) => "sealing",
        Phase::Failed(_) => "failed",
    }
}

/// The last step of a trustee that stands, and whether its next one is awaited.
fn standing(phase: &Phase, number: u32) -> (&'static str, bool) {
    match phase {
        Phase::Dealing(phase) if phase.awaits(number) => ("seated", true),
        Phase::Dealing(_) => ("dealt", false),
        Phase::Confirming(phase) if phase.awaits(number) => ("dealt", true),
        Phase::Confirming(_) => ("confirmed", false),
        Phase::Failed(_) => ("dealt", false),
        Phase::Preparing(phase) if phase.awaits(number) => ("confirmed", true),
        Phase::Preparing(_) | Phase::Voting(_) => ("drilled", false),
        Phase::Sealing(phase) => {
            let (ended, sealed) = (phase.tally().is_some(), phase.is_sealed());
            let decrypts = phase.sums().positions() > 0;
            if phase.destructions().contains(&number) {
                ("destroyed", false)
            } else if phase.awaits_seal(number) {
                ("drilled", !ended && !sealed)
            } else if phase.awaits_decryption(number) {
                ("sealed", !ended)
            } else if sealed && decrypts {
                ("decrypted", false)
            } else {
                ("sealed", false)
            }
        }
    }
}

fn memory_lost(phase: &Phase, number: u32) -> bool {
    match phase {
        Phase::Sealing(phase) => phase.seals().get(&number) == Some(&Memory::Lost),
        _ => false,
    }
}

fn lines(phase: &Phase) -> u64 {
    let lines = match phase {
        Phase::Preparing(phase) => phase.lines().len(),
        Phase::Voting(phase) => phase.roll().len(),
        Phase::Sealing(phase) => phase.roll().len(),
        Phase::Dealing(_) | Phase::Confirming(_) | Phase::Failed(_) => 0,
    };
    lines as u64
}

fn failed(phase: &Phase) -> Option<FailedView> {
    let Phase::Failed(blame) = phase else {
        return None;
    };
    Some(match *blame {
        Blame::Dealer { trustee, fault } => FailedView {
            trustee,
            role: "dealer",
            fault: Some(fault_name(fault)),
        },
        Blame::Complainer { trustee } => FailedView {
            trustee,
            role: "complainer",
            fault: None,
        },
    })
}

fn closed(board: &Replica, phase: &Sealing) -> ClosedView {
    let manifest = board.manifest();
    let colleges: Vec<CollegeView> = manifest
        .colleges
        .iter()
        .zip(phase.colleges())
        .map(|(college, outcome)| CollegeView {
            name: college.name.clone(),
            lines: outcome.lines,
            ballots: outcome.ballots,
            state: match outcome.state {
                CollegeState::Decrypted => "decrypted",
                CollegeState::Empty => "empty",
                CollegeState::Withheld => "withheld",
            },
        })
        .collect();
    let (size, root) = phase.closed();
    ClosedView {
        size,
        ballots: colleges.iter().map(|college| college.ballots).sum(),
        lines: colleges.iter().map(|college| college.lines).sum(),
        colleges,
        totals: phase.sums().positions() as u64,
        seals: phase.seals().len() as u64,
        sealed: phase.is_sealed(),
        witnesses: manifest.witnesses.quorum,
        root: base64url(&root),
    }
}
