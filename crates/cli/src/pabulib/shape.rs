//! Which kind of question an election asks to take a file's ballots.

use thiserror::Error;

use super::instance::{Instance, Points, VoteType};

/// The kind of question, with its limits.
///
/// | `vote_type` | limits in `META` | shape |
/// |---|---|---|
/// | `choose-1` | | [`ChooseOne`](Self::ChooseOne) |
/// | `approval` | `max_sum_cost` below the cost of all projects together | [`Knapsack`](Self::Knapsack) |
/// | `approval` | otherwise | [`Several`](Self::Several) |
/// | `cumulative` | | [`Points`](Self::Points) |
/// | `scoring` | | [`Score`](Self::Score) |
///
/// A shape may allow more than the file does: see
/// [`Instance::rules_beyond_shape`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BallotShape {
    /// Exactly one project.
    ChooseOne,
    /// Between `least` and `most` projects: `min_length` (by default 1) and
    /// `max_length` (at most and by default the number of projects).
    Several {
        /// The fewest projects.
        least: u64,
        /// The most projects.
        most: u64,
    },
    /// Any projects that cost at most `limit` together: `max_sum_cost`, which
    /// need not be the budget.
    Knapsack {
        /// The most they may cost, in [`Meta::scale`](super::Meta::scale)'s
        /// units, as the costs are.
        limit: u64,
    },
    /// Points from 0 to `each` for a project, from `least` to `most` in all.
    Points {
        /// `max_points`, at most and by default `max_sum_points`.
        each: u64,
        /// `min_sum_points`, by default 0.
        least: u64,
        /// `max_sum_points`.
        most: u64,
    },
    /// A score from 0 to `highest` for every project.
    Score {
        /// `max_points`; where the file has no such limit, the highest score
        /// any vote within the rules gives. Never below `default_score`.
        highest: u64,
    },
}

/// Why a file's ballots cannot be asked for or counted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unsupported {
    /// `vote_type` is `ordinal`.
    #[error("vote_type: ordinal ballots are not supported; convert them to one of the other types")]
    Ordinal,
    /// A limit below 0 lets ballots give negative points.
    #[error("{key}: {given} is negative, and ballots can only hold numbers from 0")]
    NegativeLimit {
        /// The key in `META`.
        key: &'static str,
        /// Its value.
        given: i64,
    },
    /// A vote within the rules gives negative points.
    #[error("line {line}: {given} points are negative, and ballots can only hold numbers from 0")]
    NegativePoints {
        /// The vote's line.
        line: usize,
        /// The points.
        given: i64,
    },
    /// A limit the question cannot do without.
    #[error("{key}: META must state this limit for this vote type")]
    LimitMissing {
        /// The key in `META`.
        key: &'static str,
    },
    /// Limits that no ballot can keep.
    #[error(
        "{key}: at least {least} is asked for and at most {most} possible, so no ballot is legal"
    )]
    Contradiction {
        /// The key that asks for too much.
        key: &'static str,
        /// What it asks for.
        least: u64,
        /// What is possible.
        most: u64,
    },
}

impl Instance {
    /// The kind of question that takes this file's ballots; [`BallotShape`]
    /// has the table.
    ///
    /// # Errors
    ///
    /// [`Unsupported`] for ordinal ballots, for negative points, for a
    /// cumulative file without `max_sum_points`, for a scoring file from which
    /// no highest score can be told, and for limits no ballot can keep.
    pub fn ballot_shape(&self) -> Result<BallotShape, Unsupported> {
        self.check_countable()?;
        match self.meta.vote_type {
            VoteType::Ordinal => Err(Unsupported::Ordinal),
            VoteType::ChooseOne => Ok(BallotShape::ChooseOne),
            VoteType::Approval => self.approval_shape(),
            VoteType::Cumulative => self.points_shape(),
            VoteType::Scoring => self.score_shape(),
        }
    }

    /// The keys of `META` whose limits an election of this shape does not
    /// enforce, though [`Instance::check_vote`] does, and last those that name
    /// a limit neither of them knows (per category or district).
    ///
    /// Whoever replays a file should print them: such an election would have
    /// accepted ballots that the published one refused.
    pub fn rules_beyond_shape(&self, shape: &BallotShape) -> Vec<&str> {
        let meta = &self.meta;
        let all = self.projects.len() as u64;
        let least = meta.min_length.filter(|least| *least > 0);
        let most = meta.max_length.filter(|most| *most < all);
        let (length_least, length_most) = match *shape {
            BallotShape::ChooseOne | BallotShape::Several { .. } => (None, None),
            BallotShape::Knapsack { .. } | BallotShape::Score { .. } => (least, most),
            // So many points need so many projects; so few reach no more.
            BallotShape::Points {
                each,
                least: least_sum,
                most: most_sum,
            } => (
                least.filter(|least| least_sum <= each.saturating_mul(least - 1)),
                most.filter(|most| *most < most_sum),
            ),
        };
        let in_points = matches!(shape, BallotShape::Points { .. });
        let in_knapsack = matches!(shape, BallotShape::Knapsack { .. });
        let has_points = meta.vote_type.has_points();
        let max_cost = meta.max_sum_cost.filter(|most| *most < self.total_cost());
        let stated = [
            ("min_length", length_least.is_some()),
            ("max_length", length_most.is_some()),
            (
                "min_sum_cost",
                meta.min_sum_cost.is_some_and(|least| least > 0),
            ),
            ("max_sum_cost", max_cost.is_some() && !in_knapsack),
            // Named with at least 1 point is the same as not given 0.
            (
                "min_points",
                has_points && meta.min_points.is_some_and(|least| least > 1),
            ),
            (
                "min_sum_points",
                has_points && meta.min_sum_points.is_some_and(|least| least > 0) && !in_points,
            ),
            (
                "max_sum_points",
                has_points && meta.max_sum_points.is_some() && !in_points,
            ),
        ];
        let mut keys: Vec<&str> = stated
            .iter()
            .filter(|(_, beyond)| *beyond)
            .map(|(key, _)| *key)
            .collect();
        keys.extend(self.limits_not_known());
        keys
    }

    /// Further limits, such as `max_length_per_category`.
    fn limits_not_known(&self) -> impl Iterator<Item = &str> {
        const BEGINNINGS: [&str; 4] = [
            "min_length_",
            "max_length_",
            "min_sum_cost_",
            "max_sum_cost_",
        ];
        let keys = self.meta.other.iter().map(|(key, _)| key.as_str());
        keys.filter(|key| {
            BEGINNINGS
                .iter()
                .any(|beginning| key.starts_with(beginning))
        })
    }

    /// Refuses a file whose votes hold anything but numbers from 0, which is
    /// what an election can add up.
    pub(super) fn check_countable(&self) -> Result<(), Unsupported> {
        self.check_limits_countable()?;
        for vote in self.legal_votes() {
            for points in vote.points.iter().flatten() {
                if let Points::Whole(given) = *points
                    && given < 0
                    && self.meta.vote_type.has_points()
                {
                    return Err(Unsupported::NegativePoints {
                        line: vote.line,
                        given,
                    });
                }
            }
        }
        Ok(())
    }

    /// The same, by the limits in `META` alone.
    pub(super) fn check_limits_countable(&self) -> Result<(), Unsupported> {
        let meta = &self.meta;
        if meta.vote_type == VoteType::Ordinal {
            return Err(Unsupported::Ordinal);
        }
        if !meta.vote_type.has_points() {
            return Ok(());
        }
        let limits = [
            ("min_points", meta.min_points),
            ("max_points", meta.max_points),
            ("max_sum_points", meta.max_sum_points),
            ("default_score", meta.default_score),
        ];
        for (key, limit) in limits {
            if let Some(given) = limit.filter(|given| *given < 0) {
                return Err(Unsupported::NegativeLimit { key, given });
            }
        }
        Ok(())
    }

    fn total_cost(&self) -> u64 {
        self.projects.iter().map(|project| project.cost).sum()
    }

    fn approval_shape(&self) -> Result<BallotShape, Unsupported> {
        let (least, most) = (self.least_projects(), self.most_projects());
        not_above("min_length", least, most)?;
        match self.meta.max_sum_cost {
            Some(limit) if limit < self.total_cost() => Ok(BallotShape::Knapsack { limit }),
            _ => Ok(BallotShape::Several { least, most }),
        }
    }

    fn points_shape(&self) -> Result<BallotShape, Unsupported> {
        let meta = &self.meta;
        let Some(most) = meta.max_sum_points else {
            return Err(Unsupported::LimitMissing {
                key: "max_sum_points",
            });
        };
        let most = most.unsigned_abs();
        let each = meta
            .max_points
            .map_or(most, |each| each.unsigned_abs().min(most));
        // A lower bound below 0 binds nobody.
        let least = meta.min_sum_points.unwrap_or(0).max(0).unsigned_abs();
        let reachable = each.saturating_mul(self.projects.len() as u64);
        not_above("min_sum_points", least, most.min(reachable))?;
        not_above("min_length", self.least_projects(), self.most_projects())?;
        Ok(BallotShape::Points { each, least, most })
    }

    fn score_shape(&self) -> Result<BallotShape, Unsupported> {
        let meta = &self.meta;
        let given = match meta.max_points {
            Some(most) => most,
            None => self.highest_points_given(),
        };
        let highest = given.max(meta.default_score.unwrap_or(0)).unsigned_abs();
        if highest == 0 {
            return Err(Unsupported::LimitMissing { key: "max_points" });
        }
        not_above("min_length", self.least_projects(), self.most_projects())?;
        Ok(BallotShape::Score { highest })
    }

    fn highest_points_given(&self) -> i64 {
        let points = self
            .legal_votes()
            .flat_map(|vote| vote.points.iter().flatten());
        let numbers = points.filter_map(|points| match points {
            Points::Whole(number) => Some(*number),
            Points::Unreadable(_) => None,
        });
        numbers.max().unwrap_or(0)
    }
}

fn not_above(key: &'static str, least: u64, most: u64) -> Result<(), Unsupported> {
    match least > most {
        true => Err(Unsupported::Contradiction { key, least, most }),
        false => Ok(()),
    }
}
