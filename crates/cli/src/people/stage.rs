//! Where an election stands, in words: from the board alone.

use serde_json::{Value, json};
use urne_client::replica::Replica;
use urne_crypto::ceremony::complaint::Blame;
use urne_election::json::base64url;
use urne_election::phase::Phase;

use crate::hours;

/// Where an election stands.
pub struct Stage {
    /// one word, as in `spec/entries.md`
    pub phase: &'static str,
    /// what is awaited, in a sentence
    pub awaits: String,
    /// numbers of the trustees it waits for, where it waits for some
    pub trustees: Vec<u32>,
}

impl Stage {
    /// Looks at a board.
    pub fn of(replica: &Replica) -> Stage {
        let manifest = replica.manifest();
        let numbers = |awaits: &dyn Fn(u32) -> bool| -> Vec<u32> {
            (1..)
                .take(manifest.trustees.len())
                .filter(|&number| awaits(number))
                .collect()
        };
        let names = |numbers: &[u32]| {
            let name = |number: &u32| manifest.trustees[*number as usize - 1].name.as_str();
            numbers.iter().map(name).collect::<Vec<_>>().join(", ")
        };
        let (phase, trustees, awaits) = match replica.election().phase() {
            Phase::Dealing(phase) => {
                let missing = numbers(&|number| phase.awaits(number));
                let awaits = format!("trustees who have not dealt yet: {}", names(&missing));
                ("dealing", missing, awaits)
            }
            Phase::Confirming(phase) => {
                let missing = numbers(&|number| phase.awaits(number));
                let awaits = format!("trustees who have not confirmed yet: {}", names(&missing));
                ("confirming", missing, awaits)
            }
            Phase::Preparing(phase) => {
                let missing = numbers(&|number| phase.awaits(number));
                let roll = match phase.lines().len() {
                    0 => "the roll".to_owned(),
                    lines => format!("nothing more of the roll ({lines} lines stand)"),
                };
                let drill = match &missing[..] {
                    [] => "every trustee passed the drill".to_owned(),
                    some => format!("the drill of {}", names(some)),
                };
                (
                    "preparing",
                    missing,
                    format!("{roll}; {drill}; then the opening"),
                )
            }
            Phase::Voting(phase) => {
                let voted = phase
                    .roll()
                    .lines()
                    .filter(|(_, line)| line.accepted.is_some())
                    .count();
                let awaits = format!(
                    "ballots ({voted} of {} lines have voted)",
                    phase.roll().len()
                );
                ("voting", Vec::new(), awaits)
            }
            Phase::Sealing(phase) if phase.tally().is_some() => {
                ("ended", Vec::new(), "nothing: the result stands".to_owned())
            }
            Phase::Sealing(phase) if phase.is_sealed() => {
                let missing = numbers(&|number| phase.awaits_decryption(number));
                (
                    "sealing",
                    missing.clone(),
                    format!("decryptions (any of {})", names(&missing)),
                )
            }
            Phase::Sealing(phase) => {
                let missing = numbers(&|number| phase.awaits_seal(number));
                (
                    "sealing",
                    missing.clone(),
                    format!("seals (of {})", names(&missing)),
                )
            }
            Phase::Failed(blame) => (
                "failed",
                Vec::new(),
                format!(
                    "nothing: the key ceremony failed, and {} is to blame; a new election needs a new manifest without them",
                    culprit(replica, *blame)
                ),
            ),
        };
        Stage {
            phase,
            awaits,
            trustees,
        }
    }

    /// Words for people; `server` is the address they reach it by.
    pub fn words(&self, replica: &Replica, server: &str) -> String {
        let manifest = replica.manifest();
        let mut words = format!(
            "{}\nelection {}\nopens {}, closes {} (announced)\nphase: {}; awaits {}\n{} entries on the board",
            manifest.title.join(" / "),
            base64url(replica.election().id()),
            hours::written(manifest.opens),
            hours::written(replica.election().closes()),
            self.phase,
            self.awaits,
            replica.tree().size(),
        );
        let addresses = Addresses::of(server, replica.election().id());
        let (page, check) = (&addresses.page, addresses.check());
        words.push_str(&match self.phase {
            "ended" => format!("\nthe result stands on {page}\ncheck all of it yourself: {check}"),
            _ => format!("\npage: {page}\ncheck it yourself: {check}"),
        });
        for (index, void) in replica.void() {
            words.push_str(&format!(
                "\nentry {index} should not stand there ({void}): the server is to blame"
            ));
        }
        words
    }

    /// The same for scripts.
    pub fn json(&self, replica: &Replica, server: &str) -> Value {
        let addresses = Addresses::of(server, replica.election().id());
        json!({
            "page": addresses.page,
            "board": addresses.board,
            "election": base64url(replica.election().id()),
            "title": replica.manifest().title,
            "phase": self.phase,
            "awaits": self.awaits,
            "trustees": self.trustees,
            "size": replica.tree().size(),
            "void": replica.void().iter().map(|(index, _)| *index).collect::<Vec<u64>>(),
        })
    }
}

/// Where everybody looks at an election.
pub struct Addresses {
    /// for people: what is asked, and the result once it stands
    pub page: String,
    /// for programs: the public record
    pub board: String,
    election: String,
}

impl Addresses {
    /// At the server with this address.
    pub fn of(server: &str, election: &[u8; 32]) -> Addresses {
        let server = server.trim_end_matches('/');
        let election = base64url(election);
        Addresses {
            page: format!("{server}/elections/{election}"),
            board: format!("{server}/boards/{election}"),
            election,
        }
    }

    /// The command with which anybody checks everything. An id may begin with a hyphen, hence the equals sign.
    pub fn check(&self) -> String {
        format!("urne-verify {} --election={}", self.board, self.election)
    }
}

/// Who made a ceremony fail, by name.
pub fn culprit(replica: &Replica, blame: Blame) -> String {
    let name = |number: u32| {
        let trustee = replica.manifest().trustees.get(number as usize - 1);
        trustee.map_or_else(
            || format!("trustee {number}"),
            |trustee| trustee.name.clone(),
        )
    };
    match blame {
        Blame::Dealer { trustee, fault } => format!("{} (as dealer: {fault})", name(trustee)),
        Blame::Complainer { trustee } => {
            format!("{} (who complained about a good share)", name(trustee))
        }
    }
}
