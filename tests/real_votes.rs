//! Whole elections with published votes: the decrypted totals equal a direct count, and the record passes the verifier.
//!
//! The files come from the folder that `URNE_DATA` names; without it the tests are skipped aloud.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use urne_cli::replay::{Options, Place, ReplayError, replay};
use urne_election::outcome::{RuleName, Status};
use urne_tests::record::Record;
use urne_tests::verifier::judge;

/// A published file, or a word that it is missing.
fn published(name: &str) -> Option<PathBuf> {
    let found = std::env::var_os("URNE_DATA")
        .map(|folder| Path::new(&folder).join(name))
        .filter(|path| path.exists());
    if found.is_none() {
        println!("SKIPPED: {name} is not there (URNE_DATA names the folder of published votes)");
        assert!(
            std::env::var_os("CI").is_none(),
            "skipped where nothing may be skipped"
        );
    }
    found
}

fn options(file: PathBuf, out: &Path) -> Options {
    Options {
        file,
        out: out.join("record"),
        trustees: 3,
        threshold: 2,
        rule: None,
        limit: None,
        place: Place::InProcess { seed: Some(1) },
    }
}

fn record_in(folder: &Path) -> Record {
    fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry"))
        {
            let name = entry.file_name().into_string().expect("plain names");
            let path = format!("{prefix}{name}");
            if entry.path().is_dir() {
                collect(&entry.path(), &format!("{path}/"), files);
            } else {
                files.insert(path, fs::read(entry.path()).expect("a file"));
            }
        }
    }
    let mut files = BTreeMap::new();
    collect(folder, "", &mut files);
    Record { files }
}

/// Replays a file and lets the verifier judge the record on disk; totals per project id, and the status.
fn replayed(file: PathBuf, limit: Option<usize>) -> (Vec<(String, u64)>, Status, usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut options = options(file, folder.path());
    options.limit = limit;
    let replayed = replay(&options).expect("the replay ends");
    let report = judge(&record_in(&options.out), None, Vec::new());
    assert_eq!(report["verdict"], "pass", "{report:#}");
    let totals = &replayed.result.questions[0].totals;
    let judged: Vec<u64> =
        serde_json::from_value(report["result"]["questions"][0]["totals"].clone())
            .expect("integers");
    assert_eq!(&judged, totals, "the verifier computes the same totals");
    let projects = replayed
        .instance
        .projects
        .iter()
        .map(|project| project.id.clone());
    let status = replayed.result.questions[0].outcome.status;
    (
        projects.zip(totals.iter().copied()).collect(),
        status,
        replayed.cast,
    )
}

/// The column `votes` or `score` of the published file, read by itself.
fn column(file: &Path, wanted: &str) -> Vec<(String, u64)> {
    let text = fs::read_to_string(file).expect("a published file");
    let mut lines = text.lines().skip_while(|line| *line != "PROJECTS").skip(1);
    let header: Vec<&str> = lines.next().expect("a header").split(';').collect();
    let place = header
        .iter()
        .position(|name| *name == wanted)
        .expect("the column");
    lines
        .take_while(|line| *line != "VOTES")
        .map(|line| {
            let fields: Vec<&str> = line.split(';').collect();
            (
                fields[0].to_owned(),
                fields[place].parse().expect("a number"),
            )
        })
        .collect()
}

#[test]
fn assen_2024_gives_the_published_totals() {
    let Some(file) = published("Netherlands_Assen_2024.pb") else {
        return;
    };
    let (totals, _, cast) = replayed(file.clone(), None);
    assert_eq!(totals, column(&file, "votes"));
    assert_eq!(cast, 84);
}

#[test]
fn zurich_gives_the_published_totals() {
    let Some(file) = published("Switzerland_Zurich_SN.pb") else {
        return;
    };
    let (totals, _, cast) = replayed(file.clone(), None);
    assert_eq!(totals, column(&file, "votes"));
    assert_eq!(cast, 180);
}

#[test]
fn toulouse_2019_gives_the_published_scores() {
    let Some(file) = published("France_Toulouse_2019.pb") else {
        return;
    };
    let (totals, status, cast) = replayed(file.clone(), None);
    assert_eq!(totals, column(&file, "score"));
    assert_eq!(status, Status::Decided);
    assert_eq!(cast, 1494);
}

#[test]
fn toulouse_2019_through_a_server_gives_the_totals_of_the_same_votes_in_one_process() {
    let Some(file) = published("France_Toulouse_2019.pb") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let replayed = |name: &str, place: Place| {
        let mut options = options(file.clone(), folder.path());
        options.out = folder.path().join(name);
        options.limit = Some(120);
        options.place = place;
        let replayed = replay(&options).expect("the replay ends");
        let report = judge(&record_in(&options.out), None, Vec::new());
        assert_eq!(report["verdict"], "pass", "{report:#}");
        (replayed.result.questions, replayed.cast, replayed.entries)
    };
    let server = PathBuf::from(env!("CARGO_BIN_EXE_server"));
    assert_eq!(
        replayed("server", Place::Server(server)),
        replayed("memory", Place::InProcess { seed: None })
    );
}

#[test]
fn every_way_of_voting_the_format_knows_is_counted() {
    let files = [
        ("choose-1", "vote\n1;a\n2;b\n3;b\n", "", [1, 2, 0]),
        (
            "approval",
            "vote\n1;a,c\n2;\n3;a,b,c\n",
            "min_length;0\n",
            [2, 1, 2],
        ),
        (
            "approval",
            "vote\n1;a,c\n2;b\n3;c\n",
            "max_sum_cost;10\n",
            [1, 1, 2],
        ),
        (
            "cumulative",
            "vote;points\n1;a,b;2,3\n2;c;1\n3;b,c;4,1\n",
            "max_sum_points;5\n",
            [2, 7, 2],
        ),
        (
            "scoring",
            "vote;points\n1;a,b;2,3\n2;c;5\n3;b,c;4,1\n",
            "max_points;5\n",
            [2, 7, 6],
        ),
    ];
    for (vote_type, votes, limits, expected) in files {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("file.pb");
        let text = format!(
            "META\r\nkey;value\ndescription;Kinds\ncountry;X\nunit;Here\ninstance;1\nnum_projects;3\nnum_votes;3\nbudget;10\n\
             vote_type;{vote_type}\nrule;greedy\n{limits}PROJECTS\nproject_id;cost;votes\na;6;0\nb;5;0\nc;4;0\nVOTES\nvoter_id;{votes}"
        );
        fs::write(&file, text).expect("written");
        let (totals, _, cast) = replayed(file, None);
        let totals: Vec<u64> = totals.into_iter().map(|(_, total)| total).collect();
        assert_eq!(
            (totals, cast),
            (expected.to_vec(), 3),
            "{vote_type} {limits}"
        );
    }
}

const SMALL: &str = "META\nkey;value\ndescription;Our square\ncountry;X\nunit;Here\ninstance;1\nnum_projects;3\nnum_votes;4\n\
    budget;10\nvote_type;approval\nrule;greedy\nmin_length;1\nmax_length;2\nPROJECTS\nproject_id;cost;votes;name;selected\n\
    a;6;2;Bench;1\nb;5;2;Tree;0\nc;4;2;Lamp;1\nVOTES\nvoter_id;vote\n1;a,c\n2;a\n3;a,b,c\n4;c,b\n";

#[test]
fn a_ballot_that_breaks_the_files_rules_is_named_by_line_and_not_cast() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("small.pb");
    fs::write(&file, SMALL).expect("written");
    let replayed = replay(&options(file, folder.path())).expect("the replay ends");
    assert_eq!(replayed.cast, 3);
    let lines: Vec<usize> = replayed.not_cast.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [23], "three projects where two are allowed");
    assert!(
        replayed.not_cast[0].why.contains("max_length"),
        "{}",
        replayed.not_cast[0].why
    );
    assert_eq!(replayed.result.questions[0].totals, [2, 1, 2]);
    let outcome = &replayed.result.questions[0].outcome;
    assert_eq!(
        (outcome.status, &outcome.winners),
        (Status::Decided, &vec![1, 3])
    );
    assert!(replayed.rule_is_the_files);
}

#[test]
fn the_rule_can_be_chosen_and_a_rule_urne_lacks_is_not_claimed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("small.pb");
    fs::write(&file, SMALL.replace("rule;greedy", "rule;equalshares")).expect("written");
    let mut options = options(file, folder.path());
    options.rule = Some(RuleName::GreedyStop);
    let replayed = replay(&options).expect("the replay ends");
    assert!(!replayed.rule_is_the_files);
    let mut text = Vec::new();
    urne_cli::replay::print(&replayed, &options.out, &mut text).expect("printed");
    let text = String::from_utf8(text).expect("UTF-8");
    assert!(text.contains("not reproduced"), "{text}");
    assert!(text.contains("line 23"), "{text}");
}

#[test]
fn what_cannot_be_replayed_says_why_and_writes_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("small.pb");
    fs::write(&file, SMALL).expect("written");
    let mut used = options(file.clone(), folder.path());
    used.out = folder.path().to_owned();
    assert!(matches!(replay(&used), Err(ReplayError::NotEmpty(_))));
    let mut trustees = options(file.clone(), folder.path());
    trustees.threshold = 4;
    assert!(matches!(
        replay(&trustees),
        Err(ReplayError::Trustees { .. })
    ));
    let missing = options(folder.path().join("none.pb"), folder.path());
    assert!(matches!(replay(&missing), Err(ReplayError::Read { .. })));
    fs::write(&file, SMALL.replace("VOTES", "VOICES")).expect("written");
    assert!(matches!(
        replay(&options(file, folder.path())),
        Err(ReplayError::Parse(_))
    ));
    assert!(!folder.path().join("record").exists());
}

#[test]
fn the_same_seed_makes_the_same_record_and_another_seed_another() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("small.pb");
    fs::write(&file, SMALL).expect("written");
    let made = |name: &str, seed| {
        let mut options = options(file.clone(), folder.path());
        options.out = folder.path().join(name);
        options.place = Place::InProcess { seed };
        replay(&options).expect("the replay ends");
        record_in(&options.out)
    };
    assert_eq!(made("a", Some(5)), made("b", Some(5)));
    assert_ne!(made("c", None), made("d", None));
}
