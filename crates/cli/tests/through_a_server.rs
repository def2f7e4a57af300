//! Elections through a real server, started by the command itself: the demo, and replayed files beside their replay in one process.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;
use urne_verify::{NoRandomness, Options, ReadError, Verdict, verify};

fn urne(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_urne"))
        .args(arguments)
        .env_remove("URNE_OPERATOR_TOKEN")
        .output()
        .expect("the program starts")
}

fn text(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", output.status);
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// The verdict on a record in a folder; no ballot is so rare that batches must be checked one by one.
fn verdict(folder: &Path) -> Verdict {
    let source = |path: &str, _limit: usize| -> Result<Option<Vec<u8>>, ReadError> {
        Ok(fs::read(folder.join(path)).ok())
    };
    let randomness = |_: &mut [u8]| Err(NoRandomness);
    verify(&source, &Options::default(), &randomness, &mut |_| {}).verdict()
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[test]
fn the_demo_ends_with_a_record_that_passes_in_either_language() {
    for (language, said) in [("en", "says PASS"), ("fr", "dit PASS")] {
        let folder = folder();
        let record = folder.path().join("record");
        let out = record.to_str().expect("a plain path");
        let story = text(&urne(&[
            "demo", "--once", "--voters", "10", "--lang", language, "--out", out,
        ]));
        assert!(story.contains(said), "{story}");
        assert!(!story.contains('✗'), "{story}");
        assert!(!story.contains('{'), "every blank is filled: {story}");
        assert!(!story.contains('\x1b'), "no colour outside a terminal");
        // Where programs and records lie is not the story's choice.
        let told = story.lines().filter(|line| !line.contains(out));
        let widest = told.map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{story}");
        assert_eq!(verdict(&record), Verdict::Pass);
    }
}

#[test]
fn the_demo_keeps_its_server_until_it_is_interrupted() {
    let folder = folder();
    let out = folder.path().join("record");
    let mut demo = Command::new(env!("CARGO_BIN_EXE_urne"))
        .args(["demo", "--voters", "10", "--lang", "en", "--out"])
        .arg(&out)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut lines = BufReader::new(demo.stdout.take().expect("a pipe")).lines();
    let mut line_with = |what: &str| {
        let mut lines = lines.by_ref().map(|line| line.expect("UTF-8"));
        lines.find(|line| line.contains(what)).expect(what)
    };
    let page = line_with("/elections/");
    let page = &page[page.find("http://").expect("an address")..];
    line_with("Ctrl-C");
    let shown = ureq::get(page).call().expect("the page is served");
    assert_eq!(shown.status(), 200);
    let interrupted = Command::new("sh")
        .args(["-c", "kill -INT \"$0\"", &demo.id().to_string()])
        .status();
    assert!(interrupted.expect("a shell").success());
    assert!(demo.wait().expect("it ends").success());
    assert!(
        ureq::get(page).call().is_err(),
        "the server has ended with it"
    );
    assert_eq!(verdict(&out), Verdict::Pass);
}

#[test]
fn the_demo_writes_into_no_folder_that_is_in_use() {
    let folder = folder();
    fs::write(folder.path().join("letter"), "mine").expect("written");
    let out = folder.path().to_str().expect("a plain path");
    let refused = urne(&["demo", "--once", "--out", out]);
    assert_eq!(refused.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&refused.stderr);
    assert!(errors.contains("is not empty"), "{errors}");
}

#[test]
fn a_replay_says_the_same_through_a_server_as_in_one_process() {
    let files = [
        "approval",
        "choose_one",
        "cumulative",
        "faulty_votes",
        "knapsack",
        "scoring",
        "spreadsheet",
    ];
    for file in files {
        let path = format!("{}/tests/pabulib/{file}.pb", env!("CARGO_MANIFEST_DIR"));
        let folder = folder();
        let report = |name: &str, further: &[&str]| {
            let record = folder.path().join(name);
            let out = record.to_str().expect("a plain path");
            let report = text(&urne(&[&["replay", &path, "--out", out], further].concat()));
            assert_eq!(verdict(&record), Verdict::Pass, "{file} {name}");
            // The election's id is another one each time, and the folders differ.
            let own = |line: &&str| !line.starts_with("check it yourself");
            let lines = report.lines().filter(own);
            lines
                .map(|line| line.replace(out, "RECORD"))
                .collect::<Vec<String>>()
        };
        let server = report("server", &[]);
        assert_eq!(server, report("memory", &["--in-process"]), "{file}");
        assert!(server.iter().any(|line| line.starts_with("record: RECORD")));
    }
}

#[test]
fn a_seed_goes_with_a_replay_in_one_process_only() {
    let refused = urne(&["replay", "any.pb", "--out", "nowhere", "--seed", "1"]);
    assert_eq!(refused.status.code(), Some(2));
    let errors = String::from_utf8_lossy(&refused.stderr);
    assert!(errors.contains("--in-process"), "{errors}");
}
