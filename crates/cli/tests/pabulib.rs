//! Reading participatory budgets: our own small files, and published ones
//! where the folder `URNE_DATA` holds them.

use std::path::Path;

use urne_cli::pabulib::{
    BallotShape, Choice, Instance, ParseError, Points, VoteFault, VoteType, parse,
};

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/pabulib/",
            $name
        ))
    };
}

fn read(text: &str) -> Instance {
    parse(text.as_bytes()).expect("the file is well formed")
}

fn refused(text: &str) -> ParseError {
    parse(text.as_bytes()).expect_err("the file is malformed")
}

/// The sample with one place changed.
fn edited(sample: &str, from: &str, to: &str) -> String {
    assert_eq!(
        sample.matches(from).count(),
        1,
        "{from:?} must stand once in the sample"
    );
    sample.replace(from, to)
}

/// The fault of the vote in a line.
fn fault(instance: &Instance, line: usize) -> VoteFault {
    let vote = instance
        .votes
        .iter()
        .find(|vote| vote.line == line)
        .expect("a vote in this line");
    instance
        .check_vote(vote)
        .expect_err("the vote breaks a rule")
}

fn faulty_lines(instance: &Instance) -> Vec<usize> {
    let faulty = instance
        .votes
        .iter()
        .filter(|vote| instance.check_vote(vote).is_err());
    faulty.map(|vote| vote.line).collect()
}

#[path = "pabulib/malformed.rs"]
mod malformed;

#[path = "pabulib/ballots.rs"]
mod ballots;

#[path = "pabulib/shapes.rs"]
mod shapes;

#[test]
fn every_part_of_a_file_is_read() {
    let instance = read(sample!("approval.pb"));
    let meta = &instance.meta;
    assert_eq!(meta.description, "Projects for the harbour quarter");
    assert_eq!(
        (meta.country.as_str(), meta.unit.as_str()),
        ("Nowhere", "Seaford")
    );
    assert_eq!(
        (meta.instance.as_str(), meta.rule.as_str()),
        ("2031", "greedy")
    );
    assert_eq!(
        (meta.budget, meta.scale, meta.vote_type),
        (5000, 1, VoteType::Approval)
    );
    assert_eq!((meta.min_length, meta.max_length), (None, Some(3)));
    assert_eq!(meta.subunit.as_deref(), Some("Harbour"));
    assert_eq!(
        (meta.language.as_deref(), meta.currency.as_deref()),
        (Some("en"), Some("EUR"))
    );
    assert_eq!(
        (meta.date_begin.as_deref(), meta.date_end.as_deref()),
        (Some("01.03.2031"), Some("2031"))
    );
    let project = &instance.projects[1];
    assert_eq!(
        (project.line, project.id.as_str(), project.cost),
        (23, "p2", 4000)
    );
    assert_eq!(project.published_votes, Some(2));
    assert_eq!(project.published_score, None);
    let vote = &instance.votes[2];
    assert_eq!((vote.line, vote.voter.as_str()), (30, "cleo"));
    assert_eq!(vote.choices, [2, 0, 1].map(Choice::Project));
    assert_eq!(vote.points, None);
}

#[test]
fn points_are_read_in_the_order_of_the_projects_they_are_for() {
    let instance = read(sample!("cumulative.pb"));
    let vote = &instance.votes[2];
    assert_eq!(vote.choices, [1, 0, 2].map(Choice::Project));
    assert_eq!(vote.points, Some([4, 1, 0].map(Points::Whole).to_vec()));
    assert_eq!(instance.projects[0].published_score, Some(13));
}

#[test]
fn limits_are_read_under_their_own_names() {
    let meta = read(sample!("faulty_votes.pb")).meta;
    assert_eq!((meta.min_length, meta.max_length), (Some(2), Some(3)));
    assert_eq!((meta.min_points, meta.max_points), (Some(1), Some(5)));
    assert_eq!(
        (meta.min_sum_points, meta.max_sum_points),
        (Some(4), Some(10))
    );
    assert_eq!(
        (meta.min_sum_cost, meta.max_sum_cost),
        (Some(150), Some(510))
    );
    assert_eq!(read(sample!("scoring.pb")).meta.default_score, Some(1));
}

#[test]
fn quoted_fields_keep_their_semicolons_and_quotes() {
    let instance = read(sample!("approval.pb"));
    let name = |index: usize| instance.projects[index].name.as_deref();
    assert_eq!(name(0), Some("Benches; and a table"));
    assert_eq!(name(1), Some("The \"Whale\" slide"));
}

#[test]
fn unknown_keys_are_kept_and_an_unquoted_semicolon_belongs_to_the_value() {
    let other = read(sample!("approval.pb")).meta.other;
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let expected = [
        pair("comment", "#1: counted twice; #2: no paper votes"),
        pair("harbour_master", "Ines"),
    ];
    assert_eq!(other, expected);
}

#[test]
fn a_file_saved_by_a_spreadsheet_is_read() {
    let instance = read(sample!("spreadsheet.pb"));
    assert_eq!(instance.meta.description, "From a spreadsheet");
    assert_eq!((instance.meta.budget, instance.meta.scale), (1000, 1));
    let costs: Vec<_> = instance
        .projects
        .iter()
        .map(|project| (project.id.as_str(), project.cost))
        .collect();
    assert_eq!(costs, [("a", 700), ("b", 400)]);
    assert_eq!(instance.votes[0].choices, [0, 1].map(Choice::Project));
    assert_eq!(instance.votes[2].choices, []);
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    let lines = |text: &str| {
        read(text)
            .votes
            .iter()
            .map(|vote| vote.line)
            .collect::<Vec<_>>()
    };
    assert_eq!(lines(sample!("spreadsheet.pb")), [20, 22, 23]);
    let unix = sample!("approval.pb");
    assert_eq!(lines(unix), [28, 29, 30, 31, 32]);
    assert_eq!(lines(&unix.replace('\n', "\r\n")), [28, 29, 30, 31, 32]);
    assert_eq!(lines(&unix.replace('\n', "\r")), [28, 29, 30, 31, 32]);
    let over_two_lines = edited(unix, "Benches; and", "Benches\nand");
    assert_eq!(lines(&over_two_lines), [29, 30, 31, 32, 33]);
}

#[test]
fn the_published_outcome_is_what_is_marked_1() {
    let instance = read(sample!("approval.pb"));
    assert_eq!(instance.published_outcome(), Some(vec![0, 2]));
    assert_eq!(read(sample!("cumulative.pb")).published_outcome(), None);
}

#[test]
fn amounts_with_cents_turn_every_amount_into_hundredths() {
    let instance = read(sample!("knapsack.pb"));
    let meta = &instance.meta;
    assert_eq!((meta.scale, meta.budget), (100, 100_050));
    assert_eq!(
        (meta.min_sum_cost, meta.max_sum_cost),
        (Some(30_000), Some(100_050))
    );
    let costs: Vec<u64> = instance
        .projects
        .iter()
        .map(|project| project.cost)
        .collect();
    assert_eq!(costs, [60_025, 40_025, 25_000]);
    assert_eq!(meta.money(60_025), "600.25");
    assert_eq!(meta.money(25_005), "250.05");
    assert_eq!(read(sample!("approval.pb")).meta.money(1200), "1200");
}

#[test]
fn one_amount_with_cents_anywhere_is_enough_for_hundredths() {
    let scale = |text: &str| read(text).meta.scale;
    let whole = edited(sample!("knapsack.pb"), "budget;1000.50", "budget;1000.00");
    let whole = edited(&whole, "max_sum_cost;1000.5", "max_sum_cost;1000,0");
    let whole = whole.replace("600.25", "600").replace("400.25", "400");
    assert_eq!(scale(&whole), 1);
    assert_eq!(
        scale(&edited(&whole, "budget;1000.00", "budget;1000.01")),
        100
    );
    assert_eq!(
        scale(&edited(
            &whole,
            "max_sum_cost;1000,0",
            "max_sum_cost;1000.1"
        )),
        100
    );
    assert_eq!(
        scale(&edited(&whole, "min_sum_cost;300", "min_sum_cost;300.1")),
        100
    );
    assert_eq!(scale(&edited(&whole, "3;250", "3;250.1")), 100);
}

#[test]
fn published_votes_are_read_and_add_up_to_the_published_totals() {
    let Some(folder) = std::env::var_os("URNE_DATA").filter(|folder| Path::new(folder).is_dir())
    else {
        let reason = "URNE_DATA does not name a folder with published data";
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{reason}");
        println!("SKIPPED: {reason}");
        return;
    };
    for (name, votes, projects, shape) in [
        (
            "Netherlands_Assen_2024.pb",
            84,
            14,
            BallotShape::Several { least: 2, most: 14 },
        ),
        (
            "France_Toulouse_2019.pb",
            1494,
            30,
            BallotShape::Points {
                each: 3,
                least: 0,
                most: 7,
            },
        ),
        (
            "Switzerland_Zurich_SN.pb",
            180,
            24,
            BallotShape::Several { least: 1, most: 24 },
        ),
    ] {
        let bytes = std::fs::read(Path::new(&folder).join(name)).expect("the published file");
        let instance = parse(&bytes).expect("the published file is well formed");
        assert_eq!(
            (instance.votes.len(), instance.projects.len()),
            (votes, projects),
            "{name}"
        );
        assert_eq!(instance.ballot_shape(), Ok(shape), "{name}");
        assert!(instance.rules_beyond_shape(&shape).is_empty(), "{name}");
        assert_eq!(faulty_lines(&instance), [] as [usize; 0], "{name}");
        let totals = instance.direct_count().expect("a supported vote type");
        let counted = instance
            .projects
            .iter()
            .zip(instance.supporters())
            .zip(totals);
        for ((project, supporters), total) in counted {
            assert_eq!(
                project.published_votes,
                Some(supporters),
                "{name}: votes of {}",
                project.id
            );
            let published_total = match instance.meta.vote_type.has_points() {
                true => project
                    .published_score
                    .and_then(|score| u64::try_from(score).ok()),
                false => project.published_votes,
            };
            assert_eq!(
                published_total,
                Some(total),
                "{name}: total of {}",
                project.id
            );
        }
        if let Some(outcome) = instance.published_outcome() {
            let spent: u64 = outcome
                .iter()
                .map(|index| instance.projects[*index].cost)
                .sum();
            assert!(
                spent > 0 && spent <= instance.meta.budget,
                "{name}: {spent} spent"
            );
        }
    }
}
