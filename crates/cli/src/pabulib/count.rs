//! Plain counting, to compare elections against: no cryptography is near it.

use thiserror::Error;

use super::instance::{Choice, Instance, Points, Vote, VoteType};
use super::shape::Unsupported;
use super::vote_rules::VoteFault;

/// Why a vote has no numbers to put into a ballot.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UncountedVote {
    /// It breaks the file's rules.
    #[error(transparent)]
    Fault(#[from] VoteFault),
    /// No vote of this file can be counted.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
}

impl Instance {
    /// The total of every project over all votes within the rules, in the order
    /// of [`Instance::projects`]: how many name it (approval, choose-1), or the
    /// sum of its points (cumulative, scoring; `default_score` for a project a
    /// scoring vote does not name).
    ///
    /// # Errors
    ///
    /// [`Unsupported`] for ordinal ballots and negative points.
    pub fn direct_count(&self) -> Result<Vec<u64>, Unsupported> {
        self.check_countable()?;
        let supporters = self.supporters();
        if !self.meta.vote_type.has_points() {
            return Ok(supporters);
        }
        let mut totals = vec![0; self.projects.len()];
        let mut legal = 0;
        for vote in self.legal_votes() {
            legal += 1;
            for (choice, points) in vote.choices.iter().zip(vote.points.iter().flatten()) {
                if let (Choice::Project(index), Points::Whole(points)) = (choice, points) {
                    // No overflow: MAX_VOTES numbers of MAX_POINTS at most.
                    totals[*index] += points.unsigned_abs();
                }
            }
        }
        let default_score = self.default_score();
        for (total, supporters) in totals.iter_mut().zip(supporters) {
            *total += (legal - supporters) * default_score;
        }
        Ok(totals)
    }

    /// How many votes within the rules name each project, whatever points they
    /// give it: what the published column `votes` counts.
    pub fn supporters(&self) -> Vec<u64> {
        let mut supporters = vec![0; self.projects.len()];
        for choice in self.legal_votes().flat_map(|vote| &vote.choices) {
            if let Choice::Project(index) = choice {
                supporters[*index] += 1;
            }
        }
        supporters
    }

    /// What a ballot holds for this vote of this instance: one number for every
    /// project, 0 or 1 (approval, choose-1), its points, or its score.
    ///
    /// # Errors
    ///
    /// [`UncountedVote`] if the vote breaks the file's rules, if ballots are
    /// ordinal, or if the vote's points or a limit of the file are negative.
    pub fn values(&self, vote: &Vote) -> Result<Vec<u64>, UncountedVote> {
        self.check_limits_countable()?;
        self.check_vote(vote)?;
        let mut values = vec![self.default_score(); self.projects.len()];
        for (place, choice) in vote.choices.iter().enumerate() {
            let Choice::Project(index) = choice else {
                continue;
            };
            values[*index] = if self.meta.vote_type.has_points() {
                points_at(vote, place)?
            } else {
                1
            };
        }
        Ok(values)
    }

    /// The votes that keep the file's rules, in the file's order.
    pub(super) fn legal_votes(&self) -> impl Iterator<Item = &Vote> {
        self.votes
            .iter()
            .filter(|vote| self.check_vote(vote).is_ok())
    }

    /// What a project gets that a vote does not name; both callers have refused
    /// a negative one before.
    fn default_score(&self) -> u64 {
        match self.meta.vote_type {
            VoteType::Scoring => u64::try_from(self.meta.default_score.unwrap_or(0)).unwrap_or(0),
            _ => 0,
        }
    }
}

/// The points a legal vote gives to its choice at `place`.
fn points_at(vote: &Vote, place: usize) -> Result<u64, Unsupported> {
    match vote.points.as_ref().and_then(|points| points.get(place)) {
        Some(Points::Whole(given)) => {
            u64::try_from(*given).map_err(|_| Unsupported::NegativePoints {
                line: vote.line,
                given: *given,
            })
        }
        _ => Ok(0),
    }
}
