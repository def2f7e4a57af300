//! Every kind of damage and lie, and the check that must see it first.

use std::collections::BTreeSet;

use urne_tests::cases;
use urne_tests::vectors::compare;
use urne_tests::verifier::{difference, first_failure, judge};

#[test]
fn every_case_is_judged_as_expected() {
    let cases = cases::all();
    println!("{} cases", cases.len());
    let wrong: Vec<String> = cases.iter().filter_map(difference).collect();
    for difference in &wrong {
        println!("{difference}");
    }
    let names: Vec<&str> = wrong
        .iter()
        .filter_map(|text| text.lines().next())
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {} differ:\n{}",
        wrong.len(),
        cases.len(),
        names.join("\n")
    );
}

#[test]
fn every_check_has_a_case_in_which_it_fails_first() {
    let seen: BTreeSet<&str> = cases::all()
        .iter()
        .filter_map(|case| case.first_failure)
        .collect();
    let missing: Vec<String> = (1..=27)
        .map(|number| format!("V{number}"))
        .filter(|check| !seen.contains(check.as_str()))
        .collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

#[test]
fn the_vectors_and_examples_of_the_specification_are_as_generated() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec");
    assert_eq!(compare(std::path::Path::new(folder)), Ok(()));
}

#[test]
fn case_names_are_distinct() {
    let cases = cases::all();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len());
}

mod sweep;

#[test]
fn the_unchanged_record_passes() {
    let town = sweep::town();
    let report = judge(
        &urne_tests::record::Record::of(&town.server),
        None,
        Vec::new(),
    );
    assert_eq!(report["verdict"], "pass", "{report:#}");
    assert_eq!(first_failure(&report), None);
}
