//! Ballots: which rule of their file they break, and what the others add up to.

use urne_cli::pabulib::{Choice, UncountedVote, Unsupported, VoteFault};

use crate::{edited, fault, faulty_lines, read};

#[test]
fn every_rule_a_vote_can_break_is_named_with_its_numbers() {
    let instance = read(sample!("faulty_votes.pb"));
    let first = instance.votes[0].line;
    assert_eq!(instance.check_vote(&instance.votes[0]), Ok(()));
    let id = |text: &str| text.to_owned();
    let expected = [
        VoteFault::RepeatedVoter { first_line: first },
        VoteFault::UnknownProject { id: id("9") },
        VoteFault::UnknownProject { id: id("") },
        VoteFault::RepeatedProject { id: id("1") },
        VoteFault::TooFewProjects { given: 1, least: 2 },
        VoteFault::TooManyProjects { given: 4, most: 3 },
        VoteFault::CostTooLow {
            given: 120,
            least: 150,
            scale: 1,
        },
        VoteFault::CostTooHigh {
            given: 520,
            most: 510,
            scale: 1,
        },
        VoteFault::PointsMissing,
        VoteFault::PointsCount {
            projects: 2,
            points: 3,
        },
        VoteFault::PointsUnreadable {
            id: id("2"),
            found: id("many"),
        },
        VoteFault::PointsUnreadable {
            id: id("2"),
            found: id("2.5"),
        },
        VoteFault::PointsTooLow {
            id: id("2"),
            given: 0,
            least: 1,
        },
        VoteFault::PointsTooHigh {
            id: id("2"),
            given: 6,
            most: 5,
        },
        VoteFault::SumTooLow { given: 3, least: 4 },
        VoteFault::SumTooHigh {
            given: 12,
            most: 10,
        },
    ];
    for (offset, fault_expected) in (1..).zip(expected) {
        assert_eq!(fault(&instance, first + offset), fault_expected);
    }
    assert_eq!(instance.votes.len(), 17, "no vote is dropped");
}

#[test]
fn a_ballot_exactly_at_every_limit_is_legal() {
    for vote in ["4,3,2;2,1,1", "2,1;5,5", "1,2;4,1"] {
        let text = edited(
            sample!("faulty_votes.pb"),
            "legal;1,2;5,5",
            &format!("legal;{vote}"),
        );
        let text = edited(&text, "max_sum_cost;510", "max_sum_cost;500");
        let instance = read(&text);
        assert_eq!(instance.check_vote(&instance.votes[0]), Ok(()), "{vote}");
    }
    let text = edited(sample!("faulty_votes.pb"), "legal;1,2;5,5", "legal;4,3;2,2");
    let instance = read(&edited(&text, "min_sum_cost;150", "min_sum_cost;120"));
    assert_eq!(instance.check_vote(&instance.votes[0]), Ok(()));
}

#[test]
fn the_defaults_of_the_format_hold_where_a_file_states_no_limit() {
    let approval = read(sample!("spreadsheet.pb"));
    assert_eq!(
        fault(&approval, 23),
        VoteFault::TooFewProjects { given: 0, least: 1 }
    );
    assert_eq!(faulty_lines(&approval), [23]);
    let negative = edited(sample!("cumulative.pb"), "4;3;1", "4;3;-1");
    let negative = read(&negative);
    let line = negative.votes[3].line;
    assert_eq!(
        fault(&negative, line),
        VoteFault::PointsTooLow {
            id: "3".into(),
            given: -1,
            least: 0
        }
    );
    let scoring = read(&edited(sample!("scoring.pb"), "2;3;4", "2;3;-4"));
    assert_eq!(faulty_lines(&scoring), [] as [usize; 0]);
}

#[test]
fn an_empty_ballot_is_legal_where_the_file_says_so() {
    let text = edited(sample!("cumulative.pb"), "min_sum_points;2", "min_length;0");
    let instance = read(&edited(&text, "4;3;1", "4;;"));
    assert_eq!(instance.check_vote(&instance.votes[3]), Ok(()));
    let instance = read(&edited(&text, "4;3;1", "4;;1"));
    let line = instance.votes[3].line;
    assert_eq!(
        fault(&instance, line),
        VoteFault::PointsCount {
            projects: 0,
            points: 1
        }
    );
}

#[test]
fn choose_1_means_exactly_one_whatever_the_lengths_say() {
    let instance = read(&edited(
        sample!("choose_one.pb"),
        "rule;greedy",
        "rule;greedy\nmax_length;2\nmin_length;0",
    ));
    assert_eq!(
        fault(&instance, 22),
        VoteFault::TooManyProjects { given: 2, most: 1 }
    );
    assert_eq!(faulty_lines(&instance), [22]);
    let instance = read(&edited(sample!("choose_one.pb"), "2;1\n", "2;\n"));
    assert_eq!(
        fault(&instance, 19),
        VoteFault::TooFewProjects { given: 0, least: 1 }
    );
}

#[test]
fn points_on_approval_ballots_are_no_concern() {
    let text = edited(
        sample!("choose_one.pb"),
        "voter_id;vote",
        "voter_id;vote;points",
    );
    let text = text
        .replace("\n1;2\n", "\n1;2;many\n")
        .replace("\n2;1\n", "\n2;1;-4\n")
        .replace("3;1,2", "3;1,2;");
    let instance = read(&text);
    assert_eq!(faulty_lines(&instance), [20]);
    assert_eq!(instance.direct_count(), Ok(vec![1, 1]));
}

#[test]
fn a_fault_in_money_is_told_in_money() {
    let instance = read(sample!("knapsack.pb"));
    assert_eq!(faulty_lines(&instance), [23, 24]);
    let dear = fault(&instance, 23).to_string();
    assert_eq!(
        dear,
        "max_sum_cost: the projects cost 1250.50, at most 1000.50 allowed"
    );
    let cheap = fault(&instance, 24).to_string();
    assert_eq!(
        cheap,
        "min_sum_cost: the projects cost 250.00, at least 300.00 needed"
    );
}

#[test]
fn a_vote_of_another_instance_is_refused_without_a_panic() {
    let small = read(sample!("choose_one.pb"));
    let large = read(sample!("approval.pb"));
    let stranger = &large.votes[3];
    assert_eq!(
        small.check_vote(stranger),
        Err(VoteFault::UnknownProject { id: "2".into() })
    );
}

#[test]
fn approvals_are_counted_over_the_legal_votes() {
    let instance = read(sample!("approval.pb"));
    assert_eq!(faulty_lines(&instance), [32]);
    assert_eq!(instance.direct_count(), Ok(vec![3, 2, 2, 0]));
    assert_eq!(instance.supporters(), [3, 2, 2, 0]);
}

#[test]
fn points_are_added_up_over_the_legal_votes() {
    let instance = read(sample!("cumulative.pb"));
    assert_eq!(faulty_lines(&instance), [25, 26]);
    assert_eq!(instance.direct_count(), Ok(vec![13, 8, 0]));
    assert_eq!(instance.supporters(), [3, 2, 1]);
}

#[test]
fn a_project_a_scoring_ballot_does_not_name_gets_the_default_score() {
    let instance = read(sample!("scoring.pb"));
    assert_eq!(
        instance.direct_count(),
        Ok(vec![5 + 1 + 1, 3 + 1, 1 + 4 + 2])
    );
    assert_eq!(instance.values(&instance.votes[1]), Ok(vec![1, 1, 4]));
    let without = read(&edited(sample!("scoring.pb"), "default_score;1\n", ""));
    assert_eq!(without.direct_count(), Ok(vec![5, 3, 6]));
    let elsewhere = edited(
        sample!("cumulative.pb"),
        "max_points;6",
        "max_points;6\ndefault_score;1",
    );
    assert_eq!(read(&elsewhere).direct_count(), Ok(vec![13, 8, 0]));
}

#[test]
fn the_numbers_put_into_ballots_add_up_to_the_direct_count() {
    for text in [
        sample!("approval.pb"),
        sample!("cumulative.pb"),
        sample!("scoring.pb"),
        sample!("choose_one.pb"),
        sample!("knapsack.pb"),
        sample!("faulty_votes.pb"),
    ] {
        let instance = read(text);
        let mut totals = vec![0; instance.projects.len()];
        for values in instance
            .votes
            .iter()
            .filter_map(|vote| instance.values(vote).ok())
        {
            totals
                .iter_mut()
                .zip(values)
                .for_each(|(total, value)| *total += value);
        }
        assert_eq!(instance.direct_count(), Ok(totals));
    }
}

#[test]
fn a_faulty_vote_has_no_numbers() {
    let instance = read(sample!("choose_one.pb"));
    let fault = VoteFault::TooManyProjects { given: 2, most: 1 };
    assert_eq!(
        instance.values(&instance.votes[2]),
        Err(UncountedVote::Fault(fault))
    );
}

#[test]
fn negative_points_are_refused_with_their_place() {
    let instance = read(&edited(sample!("scoring.pb"), "2;3;4", "2;3;-4"));
    let refusal = Unsupported::NegativePoints {
        line: instance.votes[1].line,
        given: -4,
    };
    assert_eq!(instance.direct_count(), Err(refusal.clone()));
    assert_eq!(instance.ballot_shape(), Err(refusal.clone()));
    assert_eq!(instance.values(&instance.votes[1]), Err(refusal.into()));
    for key in ["min_points", "default_score"] {
        let text = sample!("scoring.pb").replace("default_score;1\n", "");
        let instance = read(&edited(
            &text,
            "max_points;5",
            &format!("max_points;5\n{key};-1"),
        ));
        let refusal = Unsupported::NegativeLimit { key, given: -1 };
        assert_eq!(instance.direct_count(), Err(refusal.clone()));
        assert_eq!(instance.ballot_shape(), Err(refusal.clone()));
        assert_eq!(instance.values(&instance.votes[1]), Err(refusal.into()));
    }
}

#[test]
fn ordinal_ballots_are_read_and_checked_but_not_supported() {
    let instance = read(sample!("ordinal.pb"));
    assert_eq!(instance.votes[0].choices, [1, 0].map(Choice::Project));
    assert_eq!(
        fault(&instance, 21),
        VoteFault::TooManyProjects { given: 3, most: 2 }
    );
    assert_eq!(instance.ballot_shape(), Err(Unsupported::Ordinal));
    assert_eq!(instance.direct_count(), Err(Unsupported::Ordinal));
    assert_eq!(
        instance.values(&instance.votes[0]),
        Err(Unsupported::Ordinal.into())
    );
}
