//! Whether a ballot keeps the rules its own file states.

use thiserror::Error;

use super::error::excerpt;
use super::instance::{Choice, Instance, Points, Vote, VoteType, money};

/// The rule a ballot breaks, with the numbers.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VoteFault {
    /// The voter has an earlier vote in the file.
    #[error("voter_id: the voter has voted already in line {first_line}")]
    RepeatedVoter {
        /// The line of the voter's first vote.
        first_line: usize,
    },
    /// An id that is no project's.
    #[error("vote: there is no project {id:?}")]
    UnknownProject {
        /// The id, shortened.
        id: String,
    },
    /// A project named twice.
    #[error("vote: the project {id:?} is named more than once")]
    RepeatedProject {
        /// The project's id.
        id: String,
    },
    /// Fewer projects than `min_length` (1 if not stated).
    #[error("min_length: {given} projects named, at least {least} needed")]
    TooFewProjects {
        /// How many are named.
        given: u64,
        /// How many are needed.
        least: u64,
    },
    /// More projects than `max_length` (1 under `choose-1`).
    #[error("max_length: {given} projects named, at most {most} allowed")]
    TooManyProjects {
        /// How many are named.
        given: u64,
        /// How many are allowed.
        most: u64,
    },
    /// The named projects cost less than `min_sum_cost`.
    #[error(
        "min_sum_cost: the projects cost {}, at least {} needed",
        money(*.given, *.scale), money(*.least, *.scale)
    )]
    CostTooLow {
        /// What they cost, in `1 / scale` of the currency.
        given: u64,
        /// What they must cost, likewise.
        least: u64,
        /// See [`Meta::scale`](super::Meta::scale).
        scale: u64,
    },
    /// The named projects cost more than `max_sum_cost`.
    #[error(
        "max_sum_cost: the projects cost {}, at most {} allowed",
        money(*.given, *.scale), money(*.most, *.scale)
    )]
    CostTooHigh {
        /// What they cost, in `1 / scale` of the currency.
        given: u64,
        /// What they may cost, likewise.
        most: u64,
        /// See [`Meta::scale`](super::Meta::scale).
        scale: u64,
    },
    /// Projects without points under a vote type that needs them.
    #[error("points: the vote names projects and gives no points")]
    PointsMissing,
    /// Lists of different lengths.
    #[error("points: {points} numbers for {projects} projects")]
    PointsCount {
        /// How many projects are named.
        projects: usize,
        /// How many numbers are given.
        points: usize,
    },
    /// Points that are no whole number, or beyond
    /// [`MAX_POINTS`](super::MAX_POINTS).
    #[error("points: {found:?} for project {id:?} is not a whole number of countable size")]
    PointsUnreadable {
        /// The project's id.
        id: String,
        /// What stands there, shortened.
        found: String,
    },
    /// Fewer points for a project than `min_points` (0 under `cumulative`).
    #[error("min_points: {given} for project {id:?}, at least {least} needed")]
    PointsTooLow {
        /// The project's id.
        id: String,
        /// Its points.
        given: i64,
        /// The limit.
        least: i64,
    },
    /// More points for a project than `max_points`.
    #[error("max_points: {given} for project {id:?}, at most {most} allowed")]
    PointsTooHigh {
        /// The project's id.
        id: String,
        /// Its points.
        given: i64,
        /// The limit.
        most: i64,
    },
    /// Fewer points in all than `min_sum_points`.
    #[error("min_sum_points: {given} points in all, at least {least} needed")]
    SumTooLow {
        /// The sum.
        given: i64,
        /// The limit.
        least: i64,
    },
    /// More points in all than `max_sum_points`.
    #[error("max_sum_points: {given} points in all, at most {most} allowed")]
    SumTooHigh {
        /// The sum.
        given: i64,
        /// The limit.
        most: i64,
    },
}

impl Instance {
    /// Whether a vote of this instance keeps the file's own rules.
    ///
    /// Every limit `META` states is applied, whatever the vote type; limits on
    /// points only where ballots give points. Not stated, the format's defaults
    /// hold: at least one project, points of at least 0 under `cumulative`, no
    /// other limit; `choose-1` means exactly one project. Limits per category
    /// or district (kept in [`Meta::other`](super::Meta::other)) are not
    /// applied.
    ///
    /// # Errors
    ///
    /// The first rule broken, looking at the voter, the projects, their number,
    /// their cost, the points one by one, their sum.
    pub fn check_vote(&self, vote: &Vote) -> Result<(), VoteFault> {
        if let Some(first_line) = vote.repeats_line {
            return Err(VoteFault::RepeatedVoter { first_line });
        }
        let named = self.named_projects(vote)?;
        self.check_length(named.len())?;
        self.check_cost(&named)?;
        if self.meta.vote_type.has_points() {
            self.check_points(vote, &named)?;
        }
        Ok(())
    }

    /// The projects a vote names, each known and named once.
    fn named_projects(&self, vote: &Vote) -> Result<Vec<usize>, VoteFault> {
        let mut seen = vec![false; self.projects.len()];
        let mut named = Vec::with_capacity(vote.choices.len());
        for choice in &vote.choices {
            let index = match choice {
                Choice::Project(index) if *index < seen.len() => *index,
                Choice::Project(index) => {
                    return Err(VoteFault::UnknownProject {
                        id: index.to_string(),
                    });
                }
                Choice::Unknown(id) => return Err(VoteFault::UnknownProject { id: excerpt(id) }),
            };
            if seen[index] {
                return Err(VoteFault::RepeatedProject {
                    id: self.projects[index].id.clone(),
                });
            }
            seen[index] = true;
            named.push(index);
        }
        Ok(named)
    }

    fn check_length(&self, named: usize) -> Result<(), VoteFault> {
        let given = named as u64;
        let (least, most) = match self.meta.vote_type {
            VoteType::ChooseOne => (1, 1),
            _ => (self.least_projects(), self.most_projects()),
        };
        if given < least {
            return Err(VoteFault::TooFewProjects { given, least });
        }
        if given > most {
            return Err(VoteFault::TooManyProjects { given, most });
        }
        Ok(())
    }

    /// `min_length`, by default 1.
    pub(super) fn least_projects(&self) -> u64 {
        self.meta.min_length.unwrap_or(1)
    }

    /// `max_length`, at most and by default the number of projects.
    pub(super) fn most_projects(&self) -> u64 {
        let all = self.projects.len() as u64;
        self.meta.max_length.map_or(all, |most| most.min(all))
    }

    fn check_cost(&self, named: &[usize]) -> Result<(), VoteFault> {
        let scale = self.meta.scale;
        // No overflow: MAX_PROJECTS different projects of MAX_AMOUNT each.
        let given: u64 = named.iter().map(|index| self.projects[*index].cost).sum();
        match (self.meta.min_sum_cost, self.meta.max_sum_cost) {
            (Some(least), _) if given < least => Err(VoteFault::CostTooLow {
                given,
                least,
                scale,
            }),
            (_, Some(most)) if given > most => Err(VoteFault::CostTooHigh { given, most, scale }),
            _ => Ok(()),
        }
    }

    fn check_points(&self, vote: &Vote, named: &[usize]) -> Result<(), VoteFault> {
        let given = match &vote.points {
            Some(points) => points.as_slice(),
            None if named.is_empty() => &[],
            None => return Err(VoteFault::PointsMissing),
        };
        if given.len() != named.len() {
            return Err(VoteFault::PointsCount {
                projects: named.len(),
                points: given.len(),
            });
        }
        let mut sum = 0;
        for (points, index) in given.iter().zip(named) {
            // No overflow: MAX_CHOICES_PER_VOTE numbers of MAX_POINTS at most.
            sum += self.check_points_of(points, &self.projects[*index].id)?;
        }
        match (self.meta.min_sum_points, self.meta.max_sum_points) {
            (Some(least), _) if sum < least => Err(VoteFault::SumTooLow { given: sum, least }),
            (_, Some(most)) if sum > most => Err(VoteFault::SumTooHigh { given: sum, most }),
            _ => Ok(()),
        }
    }

    fn check_points_of(&self, points: &Points, id: &str) -> Result<i64, VoteFault> {
        let id = id.to_owned();
        let given = match points {
            Points::Whole(given) => *given,
            Points::Unreadable(text) => {
                return Err(VoteFault::PointsUnreadable {
                    id,
                    found: excerpt(text),
                });
            }
        };
        let default_least = match self.meta.vote_type {
            VoteType::Cumulative => Some(0),
            _ => None,
        };
        match (self.meta.min_points.or(default_least), self.meta.max_points) {
            (Some(least), _) if given < least => Err(VoteFault::PointsTooLow { id, given, least }),
            (_, Some(most)) if given > most => Err(VoteFault::PointsTooHigh { id, given, most }),
            _ => Ok(given),
        }
    }
}
