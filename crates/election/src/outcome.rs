//! From totals to winners, under the rule the manifest fixed. Ties are listed, or broken by the manifest's order; never silently.
//!
//! Source: `spec/tally.md`, section 4.

use crate::json::{FormError, Reader, Writer};
use crate::manifest::{ManifestError, require};
use crate::question::{Kind, Question};

/// How winners are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleName {
    /// the `seats` options with most votes
    Most,
    /// a budget, down the ranking, skipping what no longer fits
    GreedySkip,
    /// a budget, down the ranking, stopping at the first that does not fit
    GreedyStop,
}

const NAMES: [(&str, RuleName); 3] = [
    ("most", RuleName::Most),
    ("greedy-skip", RuleName::GreedySkip),
    ("greedy-stop", RuleName::GreedyStop),
];

/// What a majority is a share of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// votes that are not blank
    Expressed,
    /// everybody on the roll
    Registered,
}

/// A share an option needs; numerator 0 where none is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Majority {
    /// over
    pub numerator: u32,
    /// under
    pub denominator: u32,
    /// share of what
    pub of: Base,
    /// more than the share, or at least it
    pub strict: bool,
}

/// A share of the roll that must have voted; numerator 0 where none is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quorum {
    /// over
    pub numerator: u32,
    /// under
    pub denominator: u32,
}

/// What happens when equal totals decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ties {
    /// the tied options are listed and people decide
    Listed,
    /// the manifest's order decides: option numbers, first wins
    Order(Vec<u32>),
}

/// The rule of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// how winners are found
    pub name: RuleName,
    /// how many may win; 0 for budgets
    pub seats: u32,
    /// what each winner needs
    pub majority: Majority,
    /// what the vote needs
    pub quorum: Quorum,
    /// how ties end
    pub ties: Ties,
}

/// How a question ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// there is a winner and nothing is open
    Decided,
    /// equal totals leave something open
    Tied,
    /// no option may win
    None,
    /// too few took part
    NoQuorum,
    /// a college's totals are withheld: no outcome may be computed from the rest
    Withheld,
}

impl Status {
    /// As in the `result` entry.
    pub fn name(self) -> &'static str {
        match self {
            Status::Decided => "decided",
            Status::Tied => "tied",
            Status::None => "none",
            Status::NoQuorum => "no-quorum",
            Status::Withheld => "withheld",
        }
    }
}

/// Winners of one question. Options are numbered from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// how it ended
    pub status: Status,
    /// in ranking order
    pub winners: Vec<u32>,
    /// ascending
    pub tied: Vec<u32>,
}

impl Outcome {
    fn without_winner(status: Status) -> Outcome {
        Outcome {
            status,
            winners: Vec::new(),
            tied: Vec::new(),
        }
    }

    fn of(winners: Vec<u32>, mut tied: Vec<u32>) -> Outcome {
        tied.sort_unstable();
        let status = match (winners.is_empty(), tied.is_empty()) {
            (_, false) => Status::Tied,
            (false, true) => Status::Decided,
            (true, true) => Status::None,
        };
        Outcome {
            status,
            winners,
            tied,
        }
    }
}

/// What the outcome of a question is computed from.
#[derive(Clone, Copy, Debug)]
pub struct Turnout {
    /// summed weight of counting ballots in colleges that are not withheld
    pub cast: u64,
    /// the same without blank
    pub expressed: u64,
    /// summed weight of the roll
    pub registered: u64,
    /// whether some college is withheld
    pub withheld: bool,
}

/// An eligible option with what ranks it.
#[derive(Clone, Copy)]
struct Ranked {
    option: u32,
    total: u64,
    cost: u32,
}

/// Finds the winners of `question`; `totals` holds one total per option (a blank total after them is ignored).
pub fn outcome(question: &Question, totals: &[u64], turnout: Turnout) -> Outcome {
    let rule = &question.rule;
    if turnout.withheld {
        return Outcome::without_winner(Status::Withheld);
    }
    let (needed, of) = (rule.quorum.numerator, rule.quorum.denominator);
    if product(turnout.cast, of) < product(turnout.registered, needed) {
        return Outcome::without_winner(Status::NoQuorum);
    }
    let ranking = rank(question, totals, turnout);
    let (winners, tied) = match rule.name {
        RuleName::Most => most(rule, &ranking),
        RuleName::GreedySkip | RuleName::GreedyStop => greedy(question, &ranking),
    };
    Outcome::of(winners, tied)
}

fn product(amount: u64, factor: u32) -> u128 {
    u128::from(amount) * u128::from(factor)
}

fn rank(question: &Question, totals: &[u64], turnout: Turnout) -> Vec<Ranked> {
    let Majority {
        numerator,
        denominator,
        of,
        strict,
    } = question.rule.majority;
    let base = match of {
        Base::Expressed => turnout.expressed,
        Base::Registered => turnout.registered,
    };
    let enough = |total: u64| {
        let (share, needed) = (product(total, denominator), product(base, numerator));
        numerator == 0
            || if strict {
                share > needed
            } else {
                share >= needed
            }
    };
    let mut ranking: Vec<Ranked> = (1..)
        .zip(&question.options)
        .zip(totals)
        .filter(|&(_, &total)| total > 0 && enough(total))
        .map(|((option, choice), &total)| Ranked {
            option,
            total,
            cost: choice.cost,
        })
        .collect();
    ranking.sort_by_key(|ranked| {
        let place = match &question.rule.ties {
            Ties::Listed => Some(ranked.option as usize),
            Ties::Order(order) => order.iter().position(|&option| option == ranked.option),
        };
        (core::cmp::Reverse(ranked.total), place)
    });
    ranking
}

fn options(ranked: &[Ranked]) -> Vec<u32> {
    ranked.iter().map(|ranked| ranked.option).collect()
}

fn most(rule: &Rule, ranking: &[Ranked]) -> (Vec<u32>, Vec<u32>) {
    let seats = rule.seats as usize;
    let Some(last) = ranking.get(seats.wrapping_sub(1)) else {
        return (options(ranking), Vec::new());
    };
    let reached = ranking.partition_point(|ranked| ranked.total >= last.total);
    if matches!(rule.ties, Ties::Order(_)) || reached == seats {
        return (options(&ranking[..seats]), Vec::new());
    }
    let above = ranking.partition_point(|ranked| ranked.total > last.total);
    (
        options(&ranking[..above]),
        options(&ranking[above..reached]),
    )
}

/// Both budget rules. Options that no order could separate are taken as one group.
fn greedy(question: &Question, ranking: &[Ranked]) -> (Vec<u32>, Vec<u32>) {
    let stops = question.rule.name == RuleName::GreedyStop;
    let listed = question.rule.ties == Ties::Listed;
    let mut remaining = u64::from(question.envelope);
    let mut winners = Vec::new();
    let same_group = |a: &Ranked, b: &Ranked| listed && a.total == b.total;
    for group in ranking.chunk_by(same_group) {
        let fitting: Vec<Ranked> = group
            .iter()
            .filter(|ranked| u64::from(ranked.cost) <= remaining)
            .copied()
            .collect();
        let cost: u64 = fitting.iter().map(|ranked| u64::from(ranked.cost)).sum();
        let all_fit = fitting.len() == group.len() && cost <= remaining;
        if all_fit || (!stops && cost <= remaining) {
            remaining -= cost;
            winners.extend(options(&fitting));
        } else {
            // Either nothing of the group fits and the rule stops, or the order within the group would decide.
            return (winners, options(&fitting));
        }
    }
    (winners, Vec::new())
}

impl Rule {
    pub(crate) fn check(&self, question: &Question) -> Result<(), ManifestError> {
        let Majority {
            numerator,
            denominator,
            ..
        } = self.majority;
        require(
            numerator <= denominator && self.quorum.numerator <= self.quorum.denominator,
            "a majority or quorum above the whole",
        )?;
        let rated = matches!(question.kind, Kind::Score | Kind::Points);
        require(
            !rated || numerator == 0,
            "scores and points have no majority",
        )?;
        let count = question.options.len();
        match self.name {
            RuleName::Most => {
                require(
                    (1..=count).contains(&(self.seats as usize)),
                    "seats from 1 to the number of options",
                )?;
                let costs = question.options.iter().any(|option| option.cost > 0);
                require(
                    question.kind == Kind::Knapsack || (question.envelope == 0 && !costs),
                    "costs and an envelope go with a budget rule",
                )?;
            }
            RuleName::GreedySkip | RuleName::GreedyStop => require(
                self.seats == 0 && question.envelope >= 1,
                "a budget rule has an envelope and no seats",
            )?,
        }
        if let Ties::Order(order) = &self.ties {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            let expected = (1..).take(count);
            require(
                sorted.len() == count && sorted.into_iter().eq(expected),
                "the tie order must name every option once",
            )?;
        }
        Ok(())
    }

    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Rule, FormError> {
        const MILLION: u32 = 1_000_000;
        r.open()?;
        let name = NAMES[r.field("name")?.one_of(&NAMES.map(|(name, _)| name))?].1;
        let seats = r.field("seats")?.integer_32(0..=700)?;
        r.field("majority")?.open()?;
        let majority = Majority {
            numerator: r.field("numerator")?.integer_32(0..=MILLION)?,
            denominator: r.field("denominator")?.integer_32(1..=MILLION)?,
            of: [Base::Expressed, Base::Registered]
                [r.field("of")?.one_of(&["expressed", "registered"])?],
            strict: r.field("strict")?.boolean()?,
        };
        r.close()?;
        r.field("quorum")?.open()?;
        let quorum = Quorum {
            numerator: r.field("numerator")?.integer_32(0..=MILLION)?,
            denominator: r.field("denominator")?.integer_32(1..=MILLION)?,
        };
        r.close()?;
        let listed = r.field("ties")?.one_of(&["listed", "order"])? == 0;
        let order = r.field("order")?.list(0..=700, |r| r.integer_32(1..=700))?;
        if listed && !order.is_empty() {
            return Err(r.fault("expected an empty order"));
        }
        r.close()?;
        Ok(Rule {
            name,
            seats,
            majority,
            quorum,
            ties: if listed {
                Ties::Listed
            } else {
                Ties::Order(order)
            },
        })
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        let name = NAMES
            .iter()
            .find(|(_, name)| *name == self.name)
            .map_or("", |(text, _)| text);
        w.open().field("name").string(name);
        w.field("seats").integer(self.seats);
        w.field("majority").open();
        w.field("numerator").integer(self.majority.numerator);
        w.field("denominator").integer(self.majority.denominator);
        w.field("of").string(match self.majority.of {
            Base::Expressed => "expressed",
            Base::Registered => "registered",
        });
        w.field("strict").boolean(self.majority.strict).close();
        w.field("quorum").open();
        w.field("numerator").integer(self.quorum.numerator);
        w.field("denominator")
            .integer(self.quorum.denominator)
            .close();
        let (ties, order) = match &self.ties {
            Ties::Listed => ("listed", &[][..]),
            Ties::Order(order) => ("order", &order[..]),
        };
        w.field("ties").string(ties);
        w.field("order").list(order, |w, option| {
            w.integer(*option);
        });
        w.close();
    }
}
