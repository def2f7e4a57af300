//! Rules of outcome one at a time: majorities, quorums, budgets, seats, weights, guards, blank. Winners are worked out by hand.

use urne_cli::rehearsal::{Draft, Town};
use urne_election::manifest::College;
use urne_election::outcome::{Base, Majority, Quorum, Rule, RuleName, Status, Ties};
use urne_election::question::{Answer, Kind, Question};

use super::Case;
use super::whole::ended;
use crate::ballots::{greedy_skip, most, one_of, question, several, values};

pub(super) fn cases() -> Vec<Case> {
    [shares_of_votes(), budgets(), seats(), people(), blanks()].concat()
}

/// A vote: one value per option, or nothing at all for blank.
pub(super) type Vote = &'static [u32];

pub(super) fn answer(vote: Vote) -> Answer {
    if vote.is_empty() {
        Answer::Blank
    } else {
        values(vote)
    }
}

/// The box is open and the first voters have cast these votes.
pub(super) fn voted(draft: Draft, votes: &[Vote]) -> Town {
    let mut town = Town::found(draft, 60).expect("a valid draft");
    town.prepare_and_open().expect("an honest ceremony");
    for (voter, vote) in votes.iter().enumerate() {
        town.vote(voter, &[answer(vote)]).expect("a valid answer");
    }
    town
}

/// Status, winners, tied.
pub(super) type Outcome = (Status, &'static [u32], &'static [u32]);

/// A counted election whose outcome was worked out by hand: a vector must not merely repeat what the crates compute.
pub(super) fn counted(
    name: &str,
    why: &str,
    draft: Draft,
    votes: &[Vote],
    expected: Outcome,
) -> Case {
    let mut town = voted(draft, votes);
    let case = ended(name, why, &mut town);
    let result = town.result().expect("it has ended");
    let outcome = &result.questions[0].outcome;
    let found = (
        outcome.status,
        outcome.winners.as_slice(),
        outcome.tied.as_slice(),
    );
    assert_eq!(found, expected, "{name}");
    case
}

pub(super) fn ruled(question: Question, rule: Rule) -> Question {
    Question { rule, ..question }
}

pub(super) fn majority(numerator: u32, denominator: u32, of: Base, strict: bool) -> Rule {
    let majority = Majority {
        numerator,
        denominator,
        of,
        strict,
    };
    Rule { majority, ..most() }
}

pub(super) fn quorum(numerator: u32, denominator: u32) -> Rule {
    let quorum = Quorum {
        numerator,
        denominator,
    };
    Rule { quorum, ..most() }
}

pub(super) const A: Vote = &[1, 0, 0];
pub(super) const B: Vote = &[0, 1, 0];
pub(super) const C: Vote = &[0, 0, 1];
pub(super) const BLANK: Vote = &[];

/// Name, reason, rule, lines of the roll, votes.
type ShareRow = (
    &'static str,
    &'static str,
    Rule,
    usize,
    &'static [Vote],
    Outcome,
);

fn shares_of_votes() -> Vec<Case> {
    let table: [ShareRow; 6] = [
        (
            "majority-strict-equal",
            "More than half of the expressed votes is needed. A has 2 of 4: 2·2 > 1·4 is false, so nobody may win.",
            majority(1, 2, Base::Expressed, true),
            4,
            &[A, A, B, C],
            (Status::None, &[], &[]),
        ),
        (
            "majority-equal",
            "At least half of the expressed votes is needed. A has 2 of 4 and wins.",
            majority(1, 2, Base::Expressed, false),
            4,
            &[A, A, B, C],
            (Status::Decided, &[1], &[]),
        ),
        (
            "majority-registered",
            "More than half of the roll is needed. A has 3 of 4 votes, but 3 of 7 registered: 3·2 > 1·7 is false.",
            majority(1, 2, Base::Registered, true),
            7,
            &[A, A, A, B],
            (Status::None, &[], &[]),
        ),
        (
            "majority-expressed",
            "More than half of the expressed votes is needed. A has 2 of 5 ballots, but two are blank: 2·2 > 1·3.",
            majority(1, 2, Base::Expressed, true),
            7,
            &[A, A, B, BLANK, BLANK],
            (Status::Decided, &[1], &[]),
        ),
        (
            "no-quorum",
            "Half of the roll must vote and 2 of 5 do: 2·2 < 1·5. Totals are given, an outcome is not.",
            quorum(1, 2),
            5,
            &[A, A],
            (Status::NoQuorum, &[], &[]),
        ),
        (
            "quorum-equal",
            "Two fifths of the roll must vote and 2 of 5 do; a blank vote counts for this. A wins with one vote.",
            quorum(2, 5),
            5,
            &[A, BLANK],
            (Status::Decided, &[1], &[]),
        ),
    ];
    table
        .into_iter()
        .map(|(name, why, rule, lines, votes, expected)| {
            let draft = Draft::plain(name, vec![ruled(one_of(3), rule)], lines);
            counted(name, why, draft, votes, expected)
        })
        .collect()
}

/// Name, reason, rule, ties, costs of A to D.
type BudgetRow = (
    &'static str,
    &'static str,
    RuleName,
    Ties,
    [u32; 4],
    Outcome,
);

/// An envelope of 100; A has 3 votes, B and C have 2, D has 1.
fn budgets() -> Vec<Case> {
    use RuleName::{GreedySkip, GreedyStop};
    let votes: [Vote; 3] = [&[1, 1, 1, 1], &[1, 1, 1, 0], &[1, 0, 0, 0]];
    let order = |order: [u32; 4]| Ties::Order(order.to_vec());
    let table: [BudgetRow; 8] = [
        (
            "greedy-stop-fits",
            "A costs 40 and leaves 60. B and C cost 30 each: the group fits as a whole. D no longer fits.",
            GreedyStop,
            Ties::Listed,
            [40, 30, 30, 10],
            (Status::Decided, &[1, 2, 3], &[]),
        ),
        (
            "greedy-stop-none",
            "A costs 60 and leaves 40. Neither B nor C fits: the selection ends, although D would fit.",
            GreedyStop,
            Ties::Listed,
            [60, 50, 45, 10],
            (Status::Decided, &[1], &[]),
        ),
        (
            "greedy-stop-first",
            "A alone costs more than the envelope: nobody wins, although all others would fit.",
            GreedyStop,
            Ties::Listed,
            [101, 1, 1, 1],
            (Status::None, &[], &[]),
        ),
        (
            "greedy-stop-some",
            "A costs 60 and leaves 40. B costs 50, C 30: what becomes of C depends on who is first, so C is tied.",
            GreedyStop,
            Ties::Listed,
            [60, 50, 30, 10],
            (Status::Tied, &[1], &[3]),
        ),
        (
            "greedy-skip-some",
            "The same costs, but what does not fit is passed over: C wins and leaves 10, which is D's cost.",
            GreedySkip,
            Ties::Listed,
            [60, 50, 30, 10],
            (Status::Decided, &[1, 3, 4], &[]),
        ),
        (
            "greedy-skip-tied",
            "A leaves 40. B costs 30 and C 20: each fits alone, not both. They are tied and the selection ends.",
            GreedySkip,
            Ties::Listed,
            [60, 30, 20, 10],
            (Status::Tied, &[1], &[2, 3]),
        ),
        (
            "greedy-order",
            "A leaves 40. The order puts C before B: C wins with 20 and leaves 20, B does not fit and ends the selection.",
            GreedyStop,
            order([4, 3, 2, 1]),
            [60, 30, 20, 10],
            (Status::Decided, &[1, 3], &[]),
        ),
        (
            "greedy-skip-order",
            "A leaves 40. The order puts B before C: B wins with 30 and leaves 10, C is passed over, D wins.",
            GreedySkip,
            order([1, 2, 3, 4]),
            [60, 30, 20, 10],
            (Status::Decided, &[1, 2, 4], &[]),
        ),
    ];
    table
        .into_iter()
        .map(|(title, why, name, ties, costs, expected)| {
            let rule = Rule {
                name,
                ties,
                ..greedy_skip()
            };
            let question = Question {
                most: 4,
                envelope: 100,
                rule,
                ..question(Kind::Several, &costs)
            };
            let draft = Draft::plain(title, vec![question], 3);
            counted(title, why, draft, &votes, expected)
        })
        .collect()
}

/// Three seats for five.
fn seats() -> Vec<Case> {
    let listed: [Vote; 3] = [&[1, 1, 1, 1, 1], &[1, 1, 1, 1, 0], &[1, 0, 0, 0, 0]];
    let exact: [Vote; 3] = [&[1, 1, 1, 1, 0], &[1, 1, 1, 0, 0], &[1, 0, 0, 0, 0]];
    let few: [Vote; 2] = [&[0, 0, 0, 1, 1], &[0, 0, 0, 1, 0]];
    let table: [(&str, &str, Ties, &[Vote], Outcome); 4] = [
        (
            "three-seats-tied",
            "Totals 3, 2, 2, 2, 1: A wins a seat, three options are tied for the other two.",
            Ties::Listed,
            &listed,
            (Status::Tied, &[1], &[2, 3, 4]),
        ),
        (
            "three-seats-order",
            "The same totals, the order 5, 4, 3, 2, 1: A, then D, then C.",
            Ties::Order(vec![5, 4, 3, 2, 1]),
            &listed,
            (Status::Decided, &[1, 4, 3], &[]),
        ),
        (
            "three-seats-exact",
            "Totals 3, 2, 2, 1, 0: the equal totals of B and C both fit, so nothing is tied.",
            Ties::Listed,
            &exact,
            (Status::Decided, &[1, 2, 3], &[]),
        ),
        (
            "three-seats-few",
            "Totals 0, 0, 0, 2, 1: nobody wins a seat without a vote.",
            Ties::Listed,
            &few,
            (Status::Decided, &[4, 5], &[]),
        ),
    ];
    table
        .into_iter()
        .map(|(name, why, ties, votes, expected)| {
            let rule = Rule {
                seats: 3,
                ties,
                ..most()
            };
            let draft = Draft::plain(name, vec![ruled(several(5, 0, 5), rule)], 3);
            counted(name, why, draft, votes, expected)
        })
        .collect()
}

fn two_colleges(guard: u32) -> Vec<College> {
    ["Workers", "Users"]
        .map(|name| College {
            name: vec![name.into()],
            guard,
        })
        .to_vec()
}

fn people() -> Vec<Case> {
    let draft = |lines| Draft::plain("people", vec![one_of(3)], lines);
    let mut exception = draft(3);
    exception.electors[0].weight = 2;
    exception.weights.exception = "The founder holds two shares, as everybody knows.".into();
    let mut guarded = draft(4);
    guarded.colleges[0].guard = 3;
    for elector in &mut guarded.electors {
        elector.weight = 5;
    }
    let mut apart = draft(4);
    apart.colleges = two_colleges(1);
    for elector in &mut apart.electors[2..] {
        (elector.weight, elector.college) = (2, 2);
    }
    let mut reached = draft(4);
    reached.colleges[0].guard = 2;
    vec![
        counted(
            "weight-exception",
            "One line alone has weight 2, which the organizer's signed exception allows. A has 2, B has 1.",
            exception,
            &[A, B],
            (Status::Decided, &[1], &[]),
        ),
        counted(
            "guard-counts-ballots",
            "Two ballots of weight 5 under a guard of 3: it is ballots that count, so the totals are withheld.",
            guarded,
            &[A, B],
            (Status::Withheld, &[], &[]),
        ),
        counted(
            "guard-equal",
            "Two ballots under a guard of 2 are enough.",
            reached,
            &[A, A],
            (Status::Decided, &[1], &[]),
        ),
        counted(
            "weights-per-college",
            "Two lines of weight 1 in one college, two of weight 2 in the other: no college has two weights, so nothing need be \
             shared. A has 1, B has 2.",
            apart,
            &[A, BLANK, B],
            (Status::Decided, &[2], &[]),
        ),
    ]
}

fn blanks() -> Vec<Case> {
    let table: [(&str, &str, Question, &[Vote], Outcome); 3] = [
        (
            "knapsack-blank",
            "Projects or blank; only B and C fit together. B has 2, A and C have 1: B leaves 50, C wins, A is passed over.",
            Question {
                blank: true,
                envelope: 100,
                rule: greedy_skip(),
                ..question(Kind::Knapsack, &[70, 50, 40])
            },
            &[&[0, 1, 1], &[1, 0, 0], BLANK, &[0, 1, 0]],
            // A and C form a group: A does not fit in what remains, C does.
            (Status::Decided, &[2, 3], &[]),
        ),
        (
            "points-blank",
            "Two to five points, at most three each, or blank.",
            Question {
                blank: true,
                least: 2,
                most: 5,
                each: 3,
                ..question(Kind::Points, &[0, 0, 0])
            },
            &[&[3, 2, 0], BLANK, &[0, 0, 2]],
            (Status::Decided, &[1], &[]),
        ),
        (
            "approval-blank",
            "Any number of three, or blank: choosing nothing is an expressed vote, blank is not.",
            Question {
                blank: true,
                ..ruled(several(3, 0, 3), majority(1, 2, Base::Expressed, false))
            },
            &[&[1, 0, 0], &[0, 0, 0], BLANK, BLANK],
            (Status::Decided, &[1], &[]),
        ),
    ];
    table
        .into_iter()
        .map(|(name, why, question, votes, expected)| {
            let draft = Draft::plain(name, vec![question], votes.len());
            counted(name, why, draft, votes, expected)
        })
        .collect()
}
