//! Which kind of question an election asks for a file's ballots.

use urne_cli::pabulib::{BallotShape, Unsupported};

use crate::{edited, read};

fn shape(text: &str) -> Result<BallotShape, Unsupported> {
    read(text).ballot_shape()
}

/// The keys an election of the file's shape leaves to whoever replays it.
fn beyond(text: &str) -> Vec<String> {
    let instance = read(text);
    let shape = instance.ballot_shape().expect("the file is supported");
    instance
        .rules_beyond_shape(&shape)
        .into_iter()
        .map(str::to_owned)
        .collect()
}

/// The sample with further lines of META.
fn with_keys(sample: &str, lines: &str) -> String {
    edited(sample, "rule;greedy", &format!("rule;greedy\n{lines}"))
}

#[test]
fn each_vote_type_has_its_shape() {
    assert_eq!(shape(sample!("choose_one.pb")), Ok(BallotShape::ChooseOne));
    assert_eq!(
        shape(sample!("approval.pb")),
        Ok(BallotShape::Several { least: 1, most: 3 })
    );
    assert_eq!(
        shape(sample!("knapsack.pb")),
        Ok(BallotShape::Knapsack { limit: 100_050 })
    );
    let points = BallotShape::Points {
        each: 6,
        least: 2,
        most: 10,
    };
    assert_eq!(shape(sample!("cumulative.pb")), Ok(points));
    assert_eq!(
        shape(sample!("scoring.pb")),
        Ok(BallotShape::Score { highest: 5 })
    );
}

#[test]
fn approvals_range_from_one_to_all_where_the_file_does_not_say() {
    let text = edited(sample!("approval.pb"), "max_length;3\n", "");
    assert_eq!(shape(&text), Ok(BallotShape::Several { least: 1, most: 4 }));
    let text = edited(
        sample!("approval.pb"),
        "max_length;3",
        "min_length;0\nmax_length;24",
    );
    assert_eq!(shape(&text), Ok(BallotShape::Several { least: 0, most: 4 }));
}

#[test]
fn an_envelope_that_holds_every_project_is_none() {
    let with_envelope =
        |limit: &str| with_keys(sample!("approval.pb"), &format!("max_sum_cost;{limit}"));
    assert_eq!(
        shape(&with_envelope("6300")),
        Ok(BallotShape::Several { least: 1, most: 3 })
    );
    assert_eq!(
        shape(&with_envelope("6299")),
        Ok(BallotShape::Knapsack { limit: 6299 })
    );
}

#[test]
fn points_for_one_project_are_bounded_by_the_points_in_all() {
    let text = edited(
        sample!("cumulative.pb"),
        "max_points;6\nmin_sum_points;2\n",
        "",
    );
    assert_eq!(
        shape(&text),
        Ok(BallotShape::Points {
            each: 10,
            least: 0,
            most: 10
        })
    );
    let text = edited(sample!("cumulative.pb"), "max_points;6", "max_points;60");
    assert_eq!(
        shape(&text),
        Ok(BallotShape::Points {
            each: 10,
            least: 2,
            most: 10
        })
    );
    let text = edited(sample!("cumulative.pb"), "max_sum_points;10\n", "");
    assert_eq!(
        shape(&text),
        Err(Unsupported::LimitMissing {
            key: "max_sum_points"
        })
    );
}

#[test]
fn the_highest_score_comes_from_the_votes_where_the_file_does_not_say() {
    let open = edited(sample!("scoring.pb"), "max_points;5\n", "");
    assert_eq!(shape(&open), Ok(BallotShape::Score { highest: 5 }));
    let repeated = edited(&open, "2;3;4", "1;3;40");
    assert_eq!(
        shape(&repeated),
        Ok(BallotShape::Score { highest: 5 }),
        "a faulty vote sets no bound"
    );
    let default = edited(&open, "default_score;1", "default_score;7");
    assert_eq!(shape(&default), Ok(BallotShape::Score { highest: 7 }));
    let zeros = edited(&open, "default_score;1\n", "");
    let zeros = zeros
        .replace("5,3", "0,0")
        .replace("3;4", "3;0")
        .replace("0,2", "0,0");
    assert_eq!(
        shape(&zeros),
        Err(Unsupported::LimitMissing { key: "max_points" })
    );
}

#[test]
fn limits_that_no_ballot_can_keep_are_refused() {
    let contradiction = |key, least, most| Err(Unsupported::Contradiction { key, least, most });
    let text = with_keys(sample!("approval.pb"), "min_length;4");
    assert_eq!(shape(&text), contradiction("min_length", 4, 3));
    let text = with_keys(sample!("cumulative.pb"), "min_length;4");
    assert_eq!(shape(&text), contradiction("min_length", 4, 3));
    let text = with_keys(sample!("scoring.pb"), "min_length;4");
    assert_eq!(shape(&text), contradiction("min_length", 4, 3));
    let text = edited(
        sample!("cumulative.pb"),
        "min_sum_points;2",
        "min_sum_points;11",
    );
    assert_eq!(shape(&text), contradiction("min_sum_points", 11, 10));
    let text = edited(sample!("cumulative.pb"), "max_points;6", "max_points;0");
    assert_eq!(shape(&text), contradiction("min_sum_points", 2, 0));
}

#[test]
fn rules_a_shape_enforces_or_that_bind_nobody_are_not_listed() {
    let nothing: [&str; 0] = [];
    assert_eq!(beyond(sample!("choose_one.pb")), nothing);
    assert_eq!(beyond(sample!("approval.pb")), nothing);
    assert_eq!(
        beyond(&with_keys(
            sample!("approval.pb"),
            "min_length;2\nmin_sum_cost;0"
        )),
        nothing
    );
    assert_eq!(
        beyond(&with_keys(
            sample!("approval.pb"),
            "max_sum_cost;6300\nmax_points;1"
        )),
        nothing
    );
    assert_eq!(beyond(sample!("cumulative.pb")), nothing);
    assert_eq!(
        beyond(&with_keys(
            sample!("cumulative.pb"),
            "min_length;1\nmax_length;3\nmin_points;1"
        )),
        nothing
    );
    assert_eq!(
        beyond(&with_keys(
            sample!("scoring.pb"),
            "min_length;0\nmax_length;3\nmin_sum_points;0"
        )),
        nothing
    );
}

#[test]
fn rules_a_shape_cannot_hold_are_listed() {
    let lengths = ["min_length", "max_length"];
    assert_eq!(
        beyond(&with_keys(
            sample!("knapsack.pb"),
            "min_length;1\nmax_length;2"
        )),
        ["min_length", "max_length", "min_sum_cost"]
    );
    assert_eq!(
        beyond(&with_keys(
            sample!("cumulative.pb"),
            "min_length;2\nmax_length;2"
        )),
        lengths
    );
    assert_eq!(
        beyond(&with_keys(
            sample!("scoring.pb"),
            "min_length;1\nmax_length;2"
        )),
        lengths
    );
    assert_eq!(
        beyond(&with_keys(sample!("approval.pb"), "min_sum_cost;1")),
        ["min_sum_cost"]
    );
    assert_eq!(
        beyond(&with_keys(sample!("choose_one.pb"), "max_sum_cost;899")),
        ["max_sum_cost"]
    );
    assert_eq!(
        beyond(&with_keys(sample!("cumulative.pb"), "min_points;2")),
        ["min_points"]
    );
    let sums = with_keys(sample!("scoring.pb"), "min_sum_points;1\nmax_sum_points;9");
    assert_eq!(beyond(&sums), ["min_sum_points", "max_sum_points"]);
    let per_category = with_keys(
        sample!("approval.pb"),
        "max_length_per_category;2\nmin_sum_cost_district;9",
    );
    assert_eq!(
        beyond(&per_category),
        ["max_length_per_category", "min_sum_cost_district"]
    );
}

#[test]
fn lengths_that_follow_from_the_points_are_not_listed() {
    let nothing: [&str; 0] = [];
    // 7 points at 6 each need two projects; 2 points reach two at most.
    let text = edited(
        sample!("cumulative.pb"),
        "min_sum_points;2",
        "min_sum_points;7\nmin_length;2",
    );
    assert_eq!(beyond(&text), nothing);
    let text = edited(
        sample!("cumulative.pb"),
        "min_sum_points;2",
        "min_sum_points;6\nmin_length;2",
    );
    assert_eq!(beyond(&text), ["min_length"]);
    let text = edited(
        sample!("cumulative.pb"),
        "max_sum_points;10",
        "max_sum_points;2\nmax_length;2",
    );
    assert_eq!(beyond(&text), nothing);
    let text = edited(
        sample!("cumulative.pb"),
        "max_sum_points;10",
        "max_sum_points;3\nmax_length;2",
    );
    assert_eq!(beyond(&text), ["max_length"]);
}
