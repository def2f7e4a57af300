//! Totals become winners as `spec/tally.md`, section 4, says: by hand, and by a slow second implementation.

use proptest::collection::vec;
use proptest::prelude::*;
use urne_election::outcome::{Base, Outcome, Quorum, RuleName, Status, Ties, Turnout, outcome};
use urne_election::question::{Kind, Question};

use crate::sample::{one, question, rule};

/// 100 registered, 60 cast, 50 of them not blank.
const TURNOUT: Turnout = Turnout {
    cast: 60,
    expressed: 50,
    registered: 100,
    withheld: false,
};

fn result(status: Status, winners: &[u32], tied: &[u32]) -> Outcome {
    Outcome {
        status,
        winners: winners.to_vec(),
        tied: tied.to_vec(),
    }
}

fn decided(winners: &[u32]) -> Outcome {
    result(Status::Decided, winners, &[])
}

fn tied(winners: &[u32], tied: &[u32]) -> Outcome {
    result(Status::Tied, winners, tied)
}

fn nobody() -> Outcome {
    result(Status::None, &[], &[])
}

fn seats(options: usize, seats: u32) -> Question {
    let mut question = one(options, false);
    question.rule.seats = seats;
    question
}

fn ordered(mut question: Question, order: &[u32]) -> Question {
    question.rule.ties = Ties::Order(order.to_vec());
    question
}

fn budget(name: RuleName, costs: &[u32], envelope: u32) -> Question {
    let mut question = question(Kind::Several, costs);
    question.envelope = envelope;
    question.rule = rule(name, 0);
    question
}

#[test]
fn the_options_with_most_votes_win_the_seats_in_ranking_order() {
    let find = |seats_: u32, totals: &[u64]| outcome(&seats(totals.len(), seats_), totals, TURNOUT);
    assert_eq!(find(1, &[3, 9, 5]), decided(&[2]));
    assert_eq!(find(2, &[3, 9, 5]), decided(&[2, 3]));
    assert_eq!(find(3, &[3, 9, 5]), decided(&[2, 3, 1]));
    // The order of winners with equal totals is that of their numbers.
    assert_eq!(find(3, &[5, 9, 5]), decided(&[2, 1, 3]));
}

#[test]
fn an_option_without_votes_never_wins() {
    let find = |seats_: u32, totals: &[u64]| outcome(&seats(totals.len(), seats_), totals, TURNOUT);
    assert_eq!(find(2, &[3, 0, 0]), decided(&[1]));
    assert_eq!(find(1, &[0, 0, 0]), nobody());
    let free = budget(RuleName::GreedySkip, &[0, 1], 5);
    assert_eq!(outcome(&free, &[0, 1], TURNOUT), decided(&[2]));
}

#[test]
fn a_blank_total_after_the_options_is_not_an_option() {
    let mut question = seats(2, 2);
    question.blank = true;
    assert_eq!(outcome(&question, &[3, 2, 50], TURNOUT), decided(&[1, 2]));
}

#[test]
fn equal_totals_at_the_last_seat_are_listed() {
    let find = |seats_: u32, totals: &[u64]| outcome(&seats(totals.len(), seats_), totals, TURNOUT);
    assert_eq!(find(1, &[4, 4, 1]), tied(&[], &[1, 2]));
    assert_eq!(find(2, &[4, 9, 4]), tied(&[2], &[1, 3]));
    assert_eq!(find(2, &[7, 7, 7]), tied(&[], &[1, 2, 3]));
    assert_eq!(find(3, &[1, 5, 1, 9, 1]), tied(&[4, 2], &[1, 3, 5]));
    // A tie above or below the last seat decides nothing.
    assert_eq!(find(2, &[4, 4, 1]), decided(&[1, 2]));
    assert_eq!(find(1, &[9, 4, 4]), decided(&[1]));
    assert_eq!(find(3, &[4, 4, 4]), decided(&[1, 2, 3]));
    assert_eq!(find(2, &[4, 4, 0]), decided(&[1, 2]));
}

#[test]
fn equal_totals_are_broken_by_the_manifests_order() {
    let find = |seats_: u32, order: &[u32], totals: &[u64]| {
        outcome(
            &ordered(seats(totals.len(), seats_), order),
            totals,
            TURNOUT,
        )
    };
    assert_eq!(find(1, &[3, 1, 2], &[4, 4, 4]), decided(&[3]));
    assert_eq!(find(2, &[3, 1, 2], &[4, 4, 4]), decided(&[3, 1]));
    assert_eq!(find(2, &[3, 1, 2], &[4, 9, 4]), decided(&[2, 3]));
    assert_eq!(find(3, &[3, 1, 2], &[4, 9, 4]), decided(&[2, 3, 1]));
    assert_eq!(find(1, &[3, 2, 1], &[9, 4, 4]), decided(&[1]));
}

#[test]
fn a_majority_is_a_share_of_its_base_exactly() {
    let find = |(numerator, denominator): (u32, u32), of: Base, strict: bool, total: u64| {
        let mut question = seats(2, 1);
        let majority = &mut question.rule.majority;
        (majority.numerator, majority.denominator) = (numerator, denominator);
        (majority.of, majority.strict) = (of, strict);
        outcome(&question, &[total, 1], TURNOUT).winners == [1]
    };
    // Half of 50 expressed votes, half of 100 registered.
    for (of, half) in [(Base::Expressed, 25), (Base::Registered, 50)] {
        assert!(!find((1, 2), of, true, half));
        assert!(find((1, 2), of, true, half + 1));
        assert!(!find((1, 2), of, false, half - 1));
        assert!(find((1, 2), of, false, half));
    }
    // Two thirds of 50 are 33⅓, strict or not.
    for strict in [false, true] {
        assert!(!find((2, 3), Base::Expressed, strict, 33));
        assert!(find((2, 3), Base::Expressed, strict, 34));
    }
    // All of them.
    assert!(find((1, 1), Base::Expressed, false, 50));
    assert!(!find((1, 1), Base::Expressed, false, 49));
    assert!(!find((1, 1), Base::Expressed, true, 50));
    // None required: one vote is enough, strict or not.
    assert!(find((0, 1), Base::Registered, true, 2));
}

#[test]
fn only_options_with_a_majority_take_part_in_a_tie() {
    let mut question = seats(3, 1);
    question.rule.majority.numerator = 1;
    question.rule.majority.denominator = 2;
    assert_eq!(
        outcome(&question, &[25, 25, 1], TURNOUT),
        tied(&[], &[1, 2])
    );
    assert_eq!(outcome(&question, &[24, 24, 2], TURNOUT), nobody());
    question.rule.seats = 2;
    assert_eq!(outcome(&question, &[30, 20, 0], TURNOUT), decided(&[1]));
}

#[test]
fn a_quorum_is_met_exactly_at_its_share() {
    let find = |numerator: u32, denominator: u32, cast: u64| {
        let mut question = seats(2, 1);
        question.rule.quorum = Quorum {
            numerator,
            denominator,
        };
        outcome(&question, &[3, 1], Turnout { cast, ..TURNOUT })
    };
    let missed = result(Status::NoQuorum, &[], &[]);
    assert_eq!(find(3, 5, 59), missed);
    assert_eq!(find(3, 5, 60), decided(&[1]));
    assert_eq!(find(1, 3, 33), missed);
    assert_eq!(find(1, 3, 34), decided(&[1]));
    assert_eq!(find(1, 1, 99), missed);
    assert_eq!(find(1, 1, 100), decided(&[1]));
    assert_eq!(find(0, 1, 0), decided(&[1]));
}

#[test]
fn a_withheld_college_withholds_the_outcome_before_any_quorum() {
    let withheld = Turnout {
        withheld: true,
        cast: 0,
        ..TURNOUT
    };
    let mut question = seats(2, 1);
    let expected = result(Status::Withheld, &[], &[]);
    assert_eq!(outcome(&question, &[3, 1], withheld), expected);
    question.rule.quorum.numerator = 1;
    assert_eq!(outcome(&question, &[3, 1], withheld), expected);
}

#[test]
fn large_numbers_do_not_overflow() {
    let mut question = seats(1, 1);
    question.rule.majority.numerator = 1_000_000;
    question.rule.majority.denominator = 1_000_000;
    question.rule.quorum = Quorum {
        numerator: 1_000_000,
        denominator: 1_000_000,
    };
    let all = 1 << 62;
    let turnout = Turnout {
        cast: all,
        expressed: all,
        registered: all,
        withheld: false,
    };
    assert_eq!(outcome(&question, &[all], turnout), decided(&[1]));
    assert_eq!(outcome(&question, &[all - 1], turnout), nobody());
}

#[test]
fn a_budget_passes_over_what_does_not_fit_or_stops_there() {
    let (costs, totals) = ([6, 5, 4], [9, 8, 7]);
    let find = |name, envelope| outcome(&budget(name, &costs, envelope), &totals, TURNOUT);
    assert_eq!(find(RuleName::GreedySkip, 10), decided(&[1, 3]));
    assert_eq!(find(RuleName::GreedyStop, 10), decided(&[1]));
    assert_eq!(find(RuleName::GreedySkip, 11), decided(&[1, 2]));
    assert_eq!(find(RuleName::GreedyStop, 11), decided(&[1, 2]));
    assert_eq!(find(RuleName::GreedySkip, 15), decided(&[1, 2, 3]));
    assert_eq!(find(RuleName::GreedyStop, 15), decided(&[1, 2, 3]));
    assert_eq!(find(RuleName::GreedySkip, 5), decided(&[2]));
    assert_eq!(find(RuleName::GreedyStop, 5), nobody());
    assert_eq!(find(RuleName::GreedySkip, 3), nobody());
}

#[test]
fn a_skipping_budget_takes_options_with_one_total_as_a_group() {
    let find = |costs: &[u32], totals: &[u64], envelope| {
        outcome(
            &budget(RuleName::GreedySkip, costs, envelope),
            totals,
            TURNOUT,
        )
    };
    // All fit together: all win.
    assert_eq!(find(&[4, 6], &[5, 5], 10), decided(&[1, 2]));
    // One too dear alone is passed over; the others fit together.
    assert_eq!(find(&[4, 11, 6], &[5, 5, 5], 10), decided(&[1, 3]));
    // Nothing of the group fits: go on below.
    assert_eq!(find(&[11, 12, 6], &[5, 5, 1], 10), decided(&[3]));
    // Each fits alone, not together: tied, and what would fit below does not win.
    assert_eq!(find(&[6, 6, 1], &[5, 5, 4], 10), tied(&[], &[1, 2]));
    // The one too dear alone is not tied.
    assert_eq!(find(&[6, 11, 6, 1], &[5, 5, 5, 4], 10), tied(&[], &[1, 3]));
    // What was won before uses the envelope up.
    assert_eq!(
        find(&[4, 3, 4, 7], &[5, 9, 5, 5], 10),
        tied(&[2], &[1, 3, 4])
    );
    assert_eq!(
        find(&[4, 3, 4, 7], &[5, 9, 5, 5], 14),
        tied(&[2], &[1, 3, 4])
    );
    assert_eq!(find(&[4, 3, 3, 8], &[5, 9, 5, 5], 10), decided(&[2, 1, 3]));
    assert_eq!(
        find(&[4, 3, 4, 7], &[5, 9, 5, 5], 18),
        decided(&[2, 1, 3, 4])
    );
    // Exactly what remains fits; one more does not.
    assert_eq!(find(&[10], &[5], 10), decided(&[1]));
    assert_eq!(find(&[10], &[5], 9), nobody());
}

#[test]
fn a_stopping_budget_takes_options_with_one_total_as_a_group() {
    let find = |costs: &[u32], totals: &[u64], envelope| {
        outcome(
            &budget(RuleName::GreedyStop, costs, envelope),
            totals,
            TURNOUT,
        )
    };
    // The whole group fits together: all win, and it goes on.
    assert_eq!(find(&[4, 5, 1], &[5, 5, 1], 10), decided(&[1, 2, 3]));
    // No member fits alone: the end, without a tie.
    assert_eq!(find(&[11, 12, 1], &[5, 5, 1], 10), nobody());
    assert_eq!(find(&[3, 11, 12, 1], &[9, 5, 5, 1], 10), decided(&[1]));
    // Some fit alone: these are tied, the others not, and nothing below wins.
    assert_eq!(find(&[4, 11, 6, 1], &[5, 5, 5, 1], 10), tied(&[], &[1, 3]));
    assert_eq!(find(&[4, 11], &[5, 5], 10), tied(&[], &[1]));
    assert_eq!(find(&[6, 6, 1], &[5, 5, 1], 10), tied(&[], &[1, 2]));
    assert_eq!(find(&[6, 2, 6], &[5, 9, 5], 10), tied(&[2], &[1, 3]));
}

#[test]
fn a_budget_in_the_manifests_order_has_no_ties() {
    let find = |name, order: &[u32], costs: &[u32], envelope| {
        let totals = vec![5; costs.len()];
        outcome(
            &ordered(budget(name, costs, envelope), order),
            &totals,
            TURNOUT,
        )
    };
    assert_eq!(
        find(RuleName::GreedySkip, &[2, 1, 3], &[6, 6, 4], 10),
        decided(&[2, 3])
    );
    assert_eq!(
        find(RuleName::GreedyStop, &[2, 1, 3], &[6, 6, 4], 10),
        decided(&[2])
    );
    assert_eq!(
        find(RuleName::GreedyStop, &[2, 3, 1], &[6, 6, 4], 10),
        decided(&[2, 3])
    );
    assert_eq!(
        find(RuleName::GreedySkip, &[1, 2, 3], &[11, 6, 4], 10),
        decided(&[2, 3])
    );
    assert_eq!(
        find(RuleName::GreedyStop, &[1, 2, 3], &[11, 6, 4], 10),
        nobody()
    );
}

/// The text of section 4, sentence by sentence, for one given order of all options.
mod slowly {
    use super::{Base, Question, RuleName, Turnout};

    fn eligible(question: &Question, total: u64, turnout: Turnout) -> bool {
        let majority = question.rule.majority;
        let base = match majority.of {
            Base::Expressed => turnout.expressed,
            Base::Registered => turnout.registered,
        };
        let share = i128::from(total) * i128::from(majority.denominator);
        let needed = i128::from(majority.numerator) * i128::from(base);
        let enough = if majority.strict {
            share > needed
        } else {
            share >= needed
        };
        total > 0 && (majority.numerator == 0 || enough)
    }

    pub(super) fn winners(
        question: &Question,
        totals: &[u64],
        turnout: Turnout,
        order: &[u32],
    ) -> Vec<u32> {
        let quorum = question.rule.quorum;
        let missing = i128::from(turnout.cast) * i128::from(quorum.denominator)
            < i128::from(quorum.numerator) * i128::from(turnout.registered);
        if turnout.withheld || (quorum.numerator > 0 && missing) {
            return Vec::new();
        }
        let total = |option: u32| totals[option as usize - 1];
        let mut left: Vec<u32> = order.to_vec();
        let mut remaining = u64::from(question.envelope);
        let mut winners = Vec::new();
        let mut stopped = false;
        while !left.is_empty() && !stopped {
            // The first of those with the largest total.
            let highest = left.iter().map(|&option| total(option)).max().unwrap();
            let place = left
                .iter()
                .position(|&option| total(option) == highest)
                .unwrap();
            let option = left.remove(place);
            if !eligible(question, highest, turnout) {
                continue;
            }
            let cost = u64::from(question.options[option as usize - 1].cost);
            match question.rule.name {
                RuleName::Most if winners.len() < question.rule.seats as usize => {
                    winners.push(option);
                }
                RuleName::Most => stopped = true,
                _ if cost <= remaining => {
                    remaining -= cost;
                    winners.push(option);
                }
                RuleName::GreedySkip => {}
                RuleName::GreedyStop => stopped = true,
            }
        }
        winners
    }
}

fn permutations(items: &[u32]) -> Vec<Vec<u32>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let starting = |&first: &u32| {
        let rest: Vec<u32> = items
            .iter()
            .copied()
            .filter(|&item| item != first)
            .collect();
        permutations(&rest)
            .into_iter()
            .map(move |rest| [&[first], &rest[..]].concat())
    };
    items.iter().flat_map(starting).collect()
}

fn any_question(most: usize) -> impl Strategy<Value = (Question, Vec<u64>, Turnout)> {
    let name = prop_oneof![
        Just(RuleName::Most),
        Just(RuleName::GreedySkip),
        Just(RuleName::GreedyStop)
    ];
    let majority = (0..3_u32, 1..4_u32, any::<bool>(), any::<bool>());
    let quorum = (0..3_u32, 1..4_u32);
    let turnout = (0..12_u64, 0..12_u64, 0..12_u64);
    let numbers = (0..10_u32, 1..7_u32);
    (
        vec((0..6_u32, 0..4_u64), 1..most),
        name,
        majority,
        quorum,
        turnout,
        numbers,
    )
        .prop_map(
            |(options, name, majority, quorum, (blank, expressed, absent), (envelope, seats))| {
                let costs: Vec<u32> = options.iter().map(|(cost, _)| *cost).collect();
                let totals = options.iter().map(|(_, total)| *total).collect();
                let mut question = question(Kind::Several, &costs);
                question.envelope = envelope;
                question.rule = rule(name, seats);
                let (numerator, denominator, strict, registered) = majority;
                question.rule.majority.numerator = numerator.min(denominator);
                question.rule.majority.denominator = denominator;
                question.rule.majority.strict = strict;
                question.rule.majority.of = if registered {
                    Base::Registered
                } else {
                    Base::Expressed
                };
                question.rule.quorum.numerator = quorum.0.min(quorum.1);
                question.rule.quorum.denominator = quorum.1;
                let turnout = Turnout {
                    cast: expressed + blank,
                    expressed,
                    registered: expressed + blank + absent,
                    withheld: false,
                };
                (question, totals, turnout)
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn with_an_order_the_slow_implementation_agrees(
        (question, totals, turnout) in any_question(8),
        shuffle in any::<u64>(),
    ) {
        let mut order: Vec<u32> = (1..=totals.len() as u32).collect();
        order.sort_by_key(|&option| u64::from(option).wrapping_mul(shuffle | 1) >> 50);
        let found = outcome(&ordered(question.clone(), &order), &totals, turnout);
        let expected = slowly::winners(&question, &totals, turnout, &order);
        prop_assert_eq!(&found.winners, &expected);
        prop_assert_eq!(&found.tied, &Vec::<u32>::new());
        prop_assert_eq!(found.status == Status::Decided, !expected.is_empty());
    }

    #[test]
    fn what_is_decided_without_an_order_is_the_same_in_every_order(
        (question, totals, turnout) in any_question(6),
    ) {
        let found = outcome(&question, &totals, turnout);
        let all: Vec<u32> = (1..=totals.len() as u32).collect();
        let mut every: Vec<Vec<u32>> = permutations(&all)
            .iter()
            .map(|order| {
                let mut winners = slowly::winners(&question, &totals, turnout, order);
                winners.sort_unstable();
                winners
            })
            .collect();
        every.sort();
        every.dedup();
        let mut winners = found.winners.clone();
        winners.sort_unstable();
        if found.status == Status::Tied {
            // Those above the tie win in every order, and a tied option is one that some order lets win.
            for tied in &found.tied {
                prop_assert!(every.iter().any(|winners| winners.contains(tied)));
                prop_assert!(!winners.contains(tied));
            }
            for winner in &winners {
                prop_assert!(every.iter().all(|winners| winners.contains(winner)));
            }
            prop_assert!(found.tied.is_sorted());
        } else {
            prop_assert_eq!(&every, &vec![winners]);
        }
        // Where orders differ, the tie is listed.
        prop_assert!(every.len() == 1 || found.status == Status::Tied);
        let place = |&option: &u32| (core::cmp::Reverse(totals[option as usize - 1]), option);
        prop_assert!(found.winners.is_sorted_by_key(place));
    }
}
