//! What a room holds in memory: the election, its tree, and where each entry stands. Memory follows the disk: an entry gets
//! here only after the store has it.

use std::collections::HashMap;

use urne_board::tree::{Frontier, Hash, Tree};
use urne_crypto::ballot::verify::CheckedBallot;
use urne_election::phase::{Applied, Election, FoundationError, Past, Phase, Void};

use crate::store::Head;

/// A board as of its last committed entry.
#[derive(Clone, Debug)]
pub struct State {
    election: Election,
    tree: Tree,
    /// by leaf hash: 40 bytes an entry, so that the same bytes are known again without asking the disk
    places: HashMap<Hash, u64>,
    /// lines with an accepted ballot
    ballots: u64,
    /// size just after the box was last opened or closed
    turned_at: u64,
    /// position of the entry that opened the box
    opened: Option<u64>,
}

impl State {
    /// The board with the manifest alone.
    ///
    /// # Errors
    /// [`FoundationError`].
    pub fn found(manifest: &[u8], leaf: Hash) -> Result<State, FoundationError> {
        let mut state = State {
            election: Election::new(manifest)?,
            tree: Tree::new(),
            places: HashMap::new(),
            ballots: 0,
            turned_at: 0,
            opened: None,
        };
        state.push(leaf);
        Ok(state)
    }

    /// The election.
    pub fn election(&self) -> &Election {
        &self.election
    }

    /// The tree.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// How far the log has come.
    pub fn head(&self) -> Head {
        Head {
            size: self.tree.size(),
            root: self.tree.root(),
        }
    }

    /// Where the entry with this leaf hash stands.
    pub fn place(&self, leaf: &Hash) -> Option<u64> {
        self.places.get(leaf).copied()
    }

    /// How many lines of the roll have an accepted ballot.
    pub fn ballots(&self) -> u64 {
        self.ballots
    }

    /// Size of the log just after the box was opened or, later, closed: nothing may follow until that state is vouched for.
    /// 0 before.
    pub fn turned_at(&self) -> u64 {
        self.turned_at
    }

    /// Position of the entry that opened the box, once it has.
    pub fn opened(&self) -> Option<u64> {
        self.opened
    }

    /// Takes a committed ballot in.
    ///
    /// # Errors
    /// [`Void`]: then nothing has changed.
    pub fn accept(
        &mut self,
        ballot: &CheckedBallot,
        leaf: Hash,
        past: &impl Past,
    ) -> Result<(), Void> {
        let applied = self.election.accept(ballot, past)?;
        self.count(&applied);
        self.push(leaf);
        Ok(())
    }

    /// Takes a committed entry in, with the election it has led to.
    pub fn advance(&mut self, election: Election, applied: &Applied, leaf: Hash) {
        let before = box_state(&self.election);
        self.election = election;
        self.count(applied);
        self.push(leaf);
        self.note_turn(before);
    }

    /// Judges an entry and takes it in: what recovery does with entries other than ballots.
    ///
    /// # Errors
    /// [`Void`]: then nothing has changed.
    pub fn apply(&mut self, bytes: &[u8], leaf: Hash, past: &impl Past) -> Result<(), Void> {
        let before = box_state(&self.election);
        let applied = self.election.apply(bytes, past)?;
        self.count(&applied);
        self.push(leaf);
        self.note_turn(before);
        Ok(())
    }

    fn note_turn(&mut self, before: BoxState) {
        let after = box_state(&self.election);
        if after == before {
            return;
        }
        self.turned_at = self.tree.size();
        if after == BoxState::Open {
            self.opened = Some(self.turned_at - 1);
        }
    }

    fn count(&mut self, applied: &Applied) {
        match applied {
            Applied::Ballot { replaced: None, .. } => self.ballots += 1,
            Applied::RollChanged { cancelled: Some(_) } => self.ballots -= 1,
            _ => {}
        }
    }

    fn push(&mut self, leaf: Hash) {
        let index = self.tree.push(leaf);
        self.places.insert(leaf, index);
    }
}

/// What opening and closing change.
#[derive(PartialEq, Eq)]
enum BoxState {
    NotYetOpen,
    Open,
    Closed,
}

fn box_state(election: &Election) -> BoxState {
    match election.phase() {
        Phase::Voting(_) => BoxState::Open,
        Phase::Sealing(_) => BoxState::Closed,
        _ => BoxState::NotYetOpen,
    }
}

/// A place on the log for the state machine: what came before, with those earlier entries it will ask for.
pub(crate) struct Position<'a, E> {
    /// the log before the entry that is judged
    pub frontier: &'a Frontier,
    /// reads an earlier entry
    pub earlier: E,
}

impl<E: Fn(u64) -> Option<Vec<u8>>> Past for Position<'_, E> {
    fn size(&self) -> u64 {
        self.frontier.size()
    }

    fn root(&self) -> Hash {
        self.frontier.root()
    }

    fn root_after(&self, leaf: &Hash) -> Hash {
        let mut grown = self.frontier.clone();
        grown.push(*leaf);
        grown.root()
    }

    fn entry(&self, index: u64) -> Option<Vec<u8>> {
        (self.earlier)(index)
    }
}
