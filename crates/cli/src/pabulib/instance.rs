//! What a `.pb` file says, once read.

/// One participatory budget: its rules, its projects, its ballots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// The section `META`.
    pub meta: Meta,
    /// The section `PROJECTS`, in the file's order; at least one.
    pub projects: Vec<Project>,
    /// The section `VOTES`, in the file's order, every row of it.
    pub votes: Vec<Vote>,
}

/// The general facts and the limits every ballot must keep.
///
/// A limit is `None` where the file does not state it; the format's defaults
/// are applied by [`Instance::check_vote`], not here. Amounts of money (here
/// and in [`Project::cost`]) are in units of `1 / scale` of the currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// What the vote was, in words.
    pub description: String,
    /// The country.
    pub country: String,
    /// The municipality or organization.
    pub unit: String,
    /// The edition: a year, mostly.
    pub instance: String,
    /// The money to be spent, in `1 / scale` of the currency.
    pub budget: u64,
    /// 1 where every amount in the file is whole, else 100 (all amounts are
    /// then in hundredths).
    pub scale: u64,
    /// How a ballot is filled in.
    pub vote_type: VoteType,
    /// The rule that chose the projects: `greedy`, `equalshares/add1`, …
    pub rule: String,
    /// The fewest projects a ballot may name.
    pub min_length: Option<u64>,
    /// The most projects a ballot may name.
    pub max_length: Option<u64>,
    /// The fewest points for a named project.
    pub min_points: Option<i64>,
    /// The most points for a named project.
    pub max_points: Option<i64>,
    /// The fewest points a ballot may give in all.
    pub min_sum_points: Option<i64>,
    /// The most points a ballot may give in all.
    pub max_sum_points: Option<i64>,
    /// The least the named projects may cost together.
    pub min_sum_cost: Option<u64>,
    /// The most the named projects may cost together.
    pub max_sum_cost: Option<u64>,
    /// The score of a project a scoring ballot does not name (0 if not given).
    pub default_score: Option<i64>,
    /// The currency's three letters.
    pub currency: Option<String>,
    /// The language's two letters.
    pub language: Option<String>,
    /// The district or category within the unit.
    pub subunit: Option<String>,
    /// The first day of voting, as written.
    pub date_begin: Option<String>,
    /// The last day of voting, as written.
    pub date_end: Option<String>,
    /// Every other key with its value, in the file's order.
    pub other: Vec<(String, String)>,
}

/// How a ballot is filled in (`vote_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoteType {
    /// A set of projects.
    Approval,
    /// Exactly one project.
    ChooseOne,
    /// Points shared out among projects, within a sum.
    Cumulative,
    /// Points for projects, each for itself.
    Scoring,
    /// Projects from best to worst.
    Ordinal,
}

impl VoteType {
    /// Whether ballots of this type give points.
    pub fn has_points(self) -> bool {
        matches!(self, VoteType::Cumulative | VoteType::Scoring)
    }
}

/// A project on the ballot paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The line it stands in, counted from 1.
    pub line: usize,
    /// Its id, unique in the file.
    pub id: String,
    /// Its cost, in `1 / scale` of the currency.
    pub cost: u64,
    /// Its name.
    pub name: Option<String>,
    /// The published number of ballots that name it (column `votes`).
    pub published_votes: Option<u64>,
    /// The published sum of its points (column `score`).
    pub published_score: Option<i64>,
    /// The published outcome (column `selected`): 0 no, 1 yes, more for cases
    /// the file's comment explains.
    pub published_selected: Option<u64>,
}

/// A ballot as it stands in the file, legal or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    /// The line it begins in, counted from 1.
    pub line: usize,
    /// The voter's id; never empty.
    pub voter: String,
    /// The line of this voter's first vote, if this is not the first.
    pub repeats_line: Option<usize>,
    /// The projects named, in the file's order.
    pub choices: Vec<Choice>,
    /// The points, in the order of `choices`; none where the field is empty or
    /// the file has no such column.
    pub points: Option<Vec<Points>>,
}

/// One entry of a ballot's list of projects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// An index into [`Instance::projects`].
    Project(usize),
    /// An id that no project has, as written.
    Unknown(Box<str>),
}

/// One entry of a ballot's list of points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Points {
    /// A whole number, at most [`MAX_POINTS`](super::MAX_POINTS) either way.
    Whole(i64),
    /// Anything else, as written.
    Unreadable(Box<str>),
}

impl Instance {
    /// The published outcome: indices of the projects whose `selected` is 1.
    ///
    /// None where the file does not say. A project marked 2 or more (chosen by
    /// a special rule the file's comment explains) is not among them.
    pub fn published_outcome(&self) -> Option<Vec<usize>> {
        if self
            .projects
            .iter()
            .all(|project| project.published_selected.is_none())
        {
            return None;
        }
        let chosen = self.projects.iter().enumerate();
        let chosen = chosen.filter(|(_, project)| project.published_selected == Some(1));
        Some(chosen.map(|(index, _)| index).collect())
    }
}

impl Meta {
    /// An amount as people write it, without the currency: `1200`, or
    /// `1200.50` where the file counts in hundredths.
    pub fn money(&self, amount: u64) -> String {
        money(amount, self.scale)
    }
}

/// An amount of `1 / scale` units, for people.
pub(super) fn money(amount: u64, scale: u64) -> String {
    if scale == 1 {
        return amount.to_string();
    }
    format!("{}.{:02}", amount / scale, amount % scale)
}
