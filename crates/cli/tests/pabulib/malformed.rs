//! Files that are refused: each with its line, its field, and what to do.

use urne_cli::pabulib::{
    MAX_CHOICES, MAX_CHOICES_PER_VOTE, MAX_FILE_BYTES, MAX_LINE_BYTES, MAX_META_KEYS, MAX_PROJECTS,
    MAX_VOTES, ParseError, Problem, Section, Vote, parse,
};

use crate::{edited, read, refused};

#[track_caller]
fn assert_refused(
    text: &str,
    line: usize,
    section: Section,
    field: Option<&str>,
    problem: Problem,
) {
    let field = field.map(str::to_owned);
    let expected = ParseError {
        line: Some(line),
        section: Some(section),
        field,
        problem,
    };
    assert_eq!(refused(text), expected);
}

#[test]
fn a_file_without_votes_is_refused() {
    let expected = ParseError {
        line: None,
        section: None,
        field: None,
        problem: Problem::SectionMissing {
            missing: Section::Votes,
        },
    };
    assert_eq!(refused(sample!("no_votes_section.pb")), expected);
    assert_eq!(
        refused("").problem,
        Problem::SectionMissing {
            missing: Section::Meta
        }
    );
}

#[test]
fn a_file_without_ids_for_its_projects_is_refused() {
    let text = sample!("no_project_id.pb");
    assert_refused(
        text,
        13,
        Section::Projects,
        Some("project_id"),
        Problem::ColumnMissing,
    );
}

#[test]
fn every_needed_column_is_asked_for() {
    for (sample, header, without, section, column) in [
        (
            sample!("choose_one.pb"),
            "project_id;cost",
            "project_id;price",
            Section::Projects,
            "cost",
        ),
        (
            sample!("choose_one.pb"),
            "voter_id;vote",
            "voter;vote",
            Section::Votes,
            "voter_id",
        ),
        (
            sample!("choose_one.pb"),
            "voter_id;vote",
            "voter_id;choice",
            Section::Votes,
            "vote",
        ),
        (
            sample!("cumulative.pb"),
            "vote;points",
            "vote;marks",
            Section::Votes,
            "points",
        ),
        (
            sample!("scoring.pb"),
            "vote;points",
            "vote;marks",
            Section::Votes,
            "points",
        ),
    ] {
        let error = refused(&edited(sample, header, without));
        assert_eq!(error.problem, Problem::ColumnMissing);
        assert_eq!(
            (error.section, error.field.as_deref()),
            (Some(section), Some(column))
        );
    }
}

#[test]
fn a_cost_in_words_is_refused_with_its_line_and_column_and_what_to_do() {
    let error = refused(sample!("word_for_cost.pb"));
    assert_eq!(
        error.to_string(),
        "line 15, PROJECTS, cost: \"dear\" is not an amount: write digits, with at most two \
         decimals after a point"
    );
}

#[test]
fn a_quote_that_is_never_closed_is_refused_where_it_opens() {
    let text = sample!("unclosed_quote.pb");
    assert_refused(text, 14, Section::Projects, None, Problem::QuoteUnclosed);
    let in_last_line = edited(sample!("choose_one.pb"), "3;1,2\n", "3;\"1,2");
    assert_refused(
        &in_last_line,
        20,
        Section::Votes,
        None,
        Problem::QuoteUnclosed,
    );
}

#[test]
fn a_quote_inside_an_unquoted_name_is_just_a_quote() {
    let instance = read(&edited(sample!("approval.pb"), "Trees", "5\" trees"));
    assert_eq!(instance.projects[2].name.as_deref(), Some("5\" trees"));
}

#[test]
fn bytes_that_are_not_utf_8_are_refused_with_their_line() {
    let error = parse(include_bytes!("latin1.pb")).expect_err("not UTF-8");
    assert_eq!((error.line, error.problem), (Some(3), Problem::NotUtf8));
}

#[test]
fn sections_stand_once_and_in_order() {
    let text = sample!("choose_one.pb");
    let repeated = |section| Problem::SectionRepeated { repeated: section };
    let twice = format!("{text}VOTES\nvoter_id;vote\n");
    assert_refused(&twice, 21, Section::Votes, None, repeated(Section::Votes));
    let meta_again = edited(text, "VOTES", "META");
    assert_refused(
        &meta_again,
        16,
        Section::Meta,
        None,
        repeated(Section::Meta),
    );
    let no_projects = edited(text, "PROJECTS\nproject_id;cost\n1;500\n2;400\n", "");
    let missing = Problem::SectionMissing {
        missing: Section::Projects,
    };
    assert_refused(&no_projects, 12, Section::Votes, None, missing);
    let preface = format!("\nPabulib\n{text}");
    let problem = Problem::TitleMissing {
        expected: Section::Meta,
        found: "Pabulib".into(),
    };
    assert_refused(&preface, 2, Section::Meta, None, problem);
}

#[test]
fn a_title_needs_its_line_of_column_names() {
    let text = edited(
        sample!("choose_one.pb"),
        "project_id;cost\n1;500\n2;400\n",
        "",
    );
    assert_refused(&text, 12, Section::Projects, None, Problem::HeaderMissing);
    let text = edited(
        sample!("choose_one.pb"),
        "VOTES\nvoter_id;vote\n1;2\n2;1\n3;1,2\n",
        "VOTES\n",
    );
    assert_refused(&text, 16, Section::Votes, None, Problem::HeaderMissing);
}

#[test]
fn column_names_are_checked() {
    let text = edited(sample!("choose_one.pb"), "key;value", "key;worth");
    let problem = Problem::MetaHeader {
        found: "key;worth".into(),
    };
    assert_refused(&text, 2, Section::Meta, None, problem);
    let text = edited(sample!("choose_one.pb"), "project_id;cost", "cost;COST");
    assert_refused(
        &text,
        13,
        Section::Projects,
        Some("cost"),
        Problem::ColumnRepeated,
    );
}

#[test]
fn a_row_has_as_many_fields_as_there_are_columns() {
    let long = edited(sample!("choose_one.pb"), "1;500", "1;500;Swings; red");
    let problem = Problem::FieldCount {
        found: 4,
        expected: 2,
    };
    assert_refused(&long, 14, Section::Projects, None, problem.clone());
    let long = edited(sample!("choose_one.pb"), "3;1,2", "3;1,2;5;red");
    assert_refused(&long, 20, Section::Votes, None, problem);
    let short = edited(sample!("choose_one.pb"), "3;1,2", "3");
    let problem = Problem::FieldCount {
        found: 1,
        expected: 2,
    };
    assert_refused(&short, 20, Section::Votes, None, problem.clone());
    let short = edited(sample!("choose_one.pb"), "unit;Hillside", "unit");
    assert_refused(&short, 5, Section::Meta, Some("unit"), problem);
}

#[test]
fn every_needed_key_is_asked_for_and_an_empty_value_is_none() {
    let keys = [
        "description",
        "country",
        "unit",
        "instance",
        "num_projects",
        "num_votes",
        "budget",
        "vote_type",
        "rule",
    ];
    for key in keys {
        for line in sample!("choose_one.pb")
            .lines()
            .filter(|line| line.starts_with(&format!("{key};")))
        {
            let without = edited(sample!("choose_one.pb"), &format!("{line}\n"), "");
            let emptied = edited(sample!("choose_one.pb"), line, &format!("{key};"));
            for text in [without, emptied] {
                assert_refused(
                    &text,
                    2,
                    Section::Meta,
                    Some(key),
                    Problem::KeyMissing { key },
                );
            }
        }
    }
}

#[test]
fn keys_of_meta_stand_once_and_are_not_empty() {
    let twice = edited(
        sample!("choose_one.pb"),
        "rule;greedy",
        "rule;greedy\nRULE;unknown",
    );
    assert_refused(
        &twice,
        12,
        Section::Meta,
        Some("rule"),
        Problem::KeyRepeated,
    );
    let empty = edited(
        sample!("choose_one.pb"),
        "rule;greedy",
        "rule;greedy\n;unknown",
    );
    assert_refused(&empty, 12, Section::Meta, Some("key"), Problem::Empty);
}

#[test]
fn a_vote_type_outside_the_format_is_refused() {
    let text = edited(sample!("choose_one.pb"), "choose-1", "choose-2");
    let problem = Problem::VoteTypeUnknown {
        found: "choose-2".into(),
    };
    assert_refused(&text, 10, Section::Meta, Some("vote_type"), problem);
}

#[test]
fn the_stated_numbers_of_projects_and_votes_must_hold() {
    let text = edited(sample!("choose_one.pb"), "num_projects;2", "num_projects;3");
    let problem = Problem::CountDiffers {
        stated: 3,
        found: 2,
    };
    assert_refused(&text, 7, Section::Meta, Some("num_projects"), problem);
    let text = edited(sample!("choose_one.pb"), "3;1,2\n", "");
    let problem = Problem::CountDiffers {
        stated: 3,
        found: 2,
    };
    assert_refused(&text, 8, Section::Meta, Some("num_votes"), problem);
}

#[test]
fn projects_have_ids_of_their_own() {
    let text = edited(sample!("choose_one.pb"), "2;400", "1;400");
    let problem = Problem::ProjectRepeated {
        id: "1".into(),
        first_line: 14,
    };
    let error = refused(&text);
    assert_eq!(
        (error.field.as_deref(), &error.problem),
        (Some("project_id"), &problem)
    );
    let text = edited(sample!("choose_one.pb"), "2;400", ";400");
    assert_eq!(refused(&text).problem, Problem::Empty);
    let none = edited(sample!("choose_one.pb"), "1;500\n2;400\n", "");
    assert_refused(&none, 13, Section::Projects, None, Problem::NoProjects);
}

#[test]
fn a_vote_without_a_voter_is_refused() {
    for row in [";1,2", ";"] {
        let text = edited(sample!("choose_one.pb"), "3;1,2", row);
        assert_refused(&text, 20, Section::Votes, Some("voter_id"), Problem::Empty);
    }
}

#[test]
fn amounts_that_could_be_misread_are_refused() {
    let problem = |cost: &str| {
        let error = refused(&edited(
            sample!("choose_one.pb"),
            "1;500",
            &format!("1;\"{cost}\""),
        ));
        assert_eq!(
            (error.line, error.field.as_deref()),
            (Some(14), Some("cost"))
        );
        error.problem
    };
    for found in ["40.000", "40,000", "0.125"] {
        assert_eq!(
            problem(found),
            Problem::AmbiguousAmount {
                found: found.into()
            }
        );
    }
    for found in ["1.0001", "12.34567"] {
        assert_eq!(
            problem(found),
            Problem::TooManyDecimals {
                found: found.into()
            }
        );
    }
    for found in [
        "",
        "-5",
        "+5",
        "1 000",
        "5.",
        ".5",
        "1,000,000",
        "1.000.000",
        "1e3",
        "1_0",
        "٣",
    ] {
        assert_eq!(
            problem(found),
            Problem::NotAnAmount {
                found: found.into()
            }
        );
    }
    for found in ["10000000000001", "99999999999999999999999"] {
        let most = 10_000_000_000_000;
        assert_eq!(
            problem(found),
            Problem::NumberTooLarge {
                found: found.into(),
                most
            }
        );
    }
}

#[test]
fn amounts_without_cents_may_be_written_with_decimals() {
    for cost in ["500", "500.0", "500.00", "500,00", "500.0000", "0500"] {
        let text = edited(sample!("choose_one.pb"), "1;500", &format!("1;{cost}"));
        assert_eq!(read(&text).projects[0].cost, 500);
    }
    let text = edited(sample!("choose_one.pb"), "1;500", "1;10000000000000");
    assert_eq!(read(&text).projects[0].cost, 10_000_000_000_000);
}

#[test]
fn numbers_of_meta_and_results_are_whole_and_where_they_count_not_negative() {
    let with = |key: &str, value: &str| {
        edited(
            sample!("choose_one.pb"),
            "rule;greedy",
            &format!("rule;greedy\n{key};{value}"),
        )
    };
    let problem = |key: &str, value: &str| {
        let error = refused(&with(key, value));
        assert_eq!((error.line, error.field.as_deref()), (Some(12), Some(key)));
        error.problem
    };
    let found = |text: &str| text.to_owned();
    for text in ["three", "1.5", "1.", "-", "--1", "1,0", ".0"] {
        assert_eq!(
            problem("max_length", text),
            Problem::NotAWholeNumber { found: found(text) }
        );
    }
    assert_eq!(
        problem("min_length", "-1"),
        Problem::Negative { found: found("-1") }
    );
    let most = 1_000_000_000_000;
    for text in ["1000000000001", "-1000000000001", "9999999999999999999999"] {
        let problem = problem("max_points", text);
        assert_eq!(
            problem,
            Problem::NumberTooLarge {
                found: found(text),
                most
            }
        );
    }
    assert_eq!(read(&with("max_length", "2.0")).meta.max_length, Some(2));
    assert_eq!(
        read(&with("min_points", "-1000000000000")).meta.min_points,
        Some(-1_000_000_000_000)
    );
    for (column, row, fields) in [
        ("votes", "p1;1200;3;1", "p1;1200;x;1"),
        ("selected", "p1;1200;3;1", "p1;1200;3;-1"),
    ] {
        let error = refused(&edited(sample!("approval.pb"), row, fields));
        assert_eq!(
            (error.line, error.field.as_deref()),
            (Some(22), Some(column))
        );
    }
    let error = refused(&edited(
        sample!("cumulative.pb"),
        "1;500;13;3",
        "1;500;1.5;3",
    ));
    assert_eq!(
        (error.line, error.field.as_deref()),
        (Some(17), Some("score"))
    );
}

#[test]
fn results_left_out_or_written_none_are_not_given() {
    let text = edited(sample!("approval.pb"), "p1;1200;3;1", "p1;1200;;None");
    let project = &read(&text).projects[0];
    assert_eq!(
        (project.published_votes, project.published_selected),
        (None, None)
    );
}

#[test]
fn what_a_message_quotes_is_short_and_cannot_steer_a_terminal() {
    let text = edited(
        sample!("choose_one.pb"),
        "1;500",
        &format!("1;\u{1b}[2J{}", "9".repeat(500)),
    );
    let message = refused(&text).to_string();
    assert!(!message.contains('\u{1b}'), "{message:?}");
    assert!(message.len() < 300, "{} bytes", message.len());
    assert!(message.contains('…'), "{message:?}");
}

#[test]
fn files_and_lines_beyond_the_limits_are_refused() {
    let at_limit = parse(&vec![b'\n'; MAX_FILE_BYTES]).expect_err("nothing in it");
    assert_eq!(
        at_limit.problem,
        Problem::SectionMissing {
            missing: Section::Meta
        }
    );
    let beyond = parse(&vec![b'\n'; MAX_FILE_BYTES + 1]).expect_err("too large");
    let problem = Problem::FileTooLarge {
        bytes: MAX_FILE_BYTES + 1,
        most: MAX_FILE_BYTES,
    };
    assert_eq!(beyond.problem, problem);
    let with_line = |length: usize| {
        let filler = "x".repeat(length - "description;".len());
        edited(sample!("choose_one.pb"), "One project", &filler)
    };
    assert!(parse(with_line(MAX_LINE_BYTES).as_bytes()).is_ok());
    let error = refused(&with_line(MAX_LINE_BYTES + 1));
    assert_eq!(
        (error.line, error.problem),
        (
            Some(3),
            Problem::LineTooLong {
                most: MAX_LINE_BYTES
            }
        )
    );
}

#[test]
fn a_thousand_projects_are_read_and_no_more() {
    let with_projects = |count: usize| {
        let rows: String = (1..=count).map(|id| format!("{id};1\n")).collect();
        let text = edited(sample!("choose_one.pb"), "1;500\n2;400\n", &rows);
        edited(&text, "num_projects;2", &format!("num_projects;{count}"))
    };
    assert_eq!(
        read(&with_projects(MAX_PROJECTS)).projects.len(),
        MAX_PROJECTS
    );
    let problem = Problem::TooMany {
        what: "projects",
        most: MAX_PROJECTS,
    };
    assert_eq!(refused(&with_projects(MAX_PROJECTS + 1)).problem, problem);
}

#[test]
fn a_vote_lists_a_thousand_entries_and_no_more() {
    let with_choices = |count: usize| {
        edited(
            sample!("choose_one.pb"),
            "3;1,2",
            &format!("3;{}", vec!["1"; count].join(",")),
        )
    };
    assert!(parse(with_choices(MAX_CHOICES_PER_VOTE).as_bytes()).is_ok());
    let problem = Problem::TooMany {
        what: "entries in one list",
        most: MAX_CHOICES_PER_VOTE,
    };
    assert_eq!(
        refused(&with_choices(MAX_CHOICES_PER_VOTE + 1)).problem,
        problem
    );
}

/// A file with these votes, each naming the first project so many times.
fn with_votes(votes: usize, choices: usize) -> String {
    let list = vec!["1"; choices].join(",");
    let rows: String = (0..votes)
        .map(|voter| format!("{voter};{list}\n"))
        .collect();
    let text = edited(sample!("choose_one.pb"), "1;2\n2;1\n3;1,2\n", &rows);
    edited(&text, "num_votes;3", &format!("num_votes;{votes}"))
}

#[test]
fn a_million_votes_are_read_and_no_more() {
    assert_eq!(read(&with_votes(MAX_VOTES, 1)).votes.len(), MAX_VOTES);
    let problem = Problem::TooMany {
        what: "votes",
        most: MAX_VOTES,
    };
    assert_eq!(refused(&with_votes(MAX_VOTES + 1, 1)).problem, problem);
}

#[test]
fn ten_million_choices_are_read_and_no_more() {
    let at_limit = with_votes(MAX_CHOICES / 1000, 1000);
    assert!(parse(at_limit.as_bytes()).is_ok());
    let beyond = edited(&at_limit, "num_votes;10000", "num_votes;10001") + "one more;1\n";
    let problem = Problem::TooMany {
        what: "choices in all",
        most: MAX_CHOICES,
    };
    assert_eq!(refused(&beyond).problem, problem);
}

#[test]
fn points_count_among_the_choices_in_all() {
    let votes = MAX_CHOICES / 2000;
    let list = vec!["1"; 1000].join(",");
    let rows: String = (0..votes)
        .map(|voter| format!("{voter};{list};{list}\n"))
        .collect();
    let text = edited(
        sample!("scoring.pb"),
        "1;1,2;5,3\n2;3;4\n3;2,3;0,2\n",
        &format!("{rows}one more;1;1\n"),
    );
    let problem = Problem::TooMany {
        what: "choices in all",
        most: MAX_CHOICES,
    };
    assert_eq!(refused(&text).problem, problem);
}

#[test]
fn a_thousand_keys_are_read_and_no_more() {
    let with_keys = |count: usize| {
        // The sample has nine of its own.
        let lines: String = (9..count).map(|key| format!("key_{key};\n")).collect();
        edited(
            sample!("choose_one.pb"),
            "rule;greedy\n",
            &format!("rule;greedy\n{lines}"),
        )
    };
    assert!(parse(with_keys(MAX_META_KEYS).as_bytes()).is_ok());
    let problem = Problem::TooMany {
        what: "keys",
        most: MAX_META_KEYS,
    };
    assert_eq!(refused(&with_keys(MAX_META_KEYS + 1)).problem, problem);
}

#[test]
fn a_file_damaged_in_any_one_byte_is_read_or_refused() {
    let samples = [
        sample!("approval.pb"),
        sample!("spreadsheet.pb"),
        sample!("scoring.pb"),
        sample!("knapsack.pb"),
        sample!("faulty_votes.pb"),
    ];
    for sample in samples {
        for place in 0..sample.len() {
            for byte in *b";,\"\n\r .-9x\xff" {
                let mut damaged = sample.as_bytes().to_vec();
                damaged[place] = byte;
                use_everything(&damaged);
            }
            use_everything(&sample.as_bytes()[..place]);
        }
    }
}

/// Calls whatever can be called on a file's bytes: nothing may panic, and a
/// message must come with every refusal.
fn use_everything(bytes: &[u8]) {
    match parse(bytes) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(instance) => {
            let legal = |vote: &&Vote| instance.check_vote(vote).is_ok();
            let legal = instance.votes.iter().filter(legal).count();
            assert!(
                instance
                    .supporters()
                    .iter()
                    .all(|votes| *votes <= legal as u64)
            );
            if let Ok(shape) = instance.ballot_shape() {
                assert!(instance.direct_count().is_ok());
                assert!(instance.rules_beyond_shape(&shape).len() <= MAX_META_KEYS);
            }
        }
    }
}
