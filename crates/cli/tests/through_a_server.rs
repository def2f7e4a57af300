//! Elections through a real server, started by the command itself: the demo, and replayed files beside their replay in one process.

#![cfg(test)]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use urne_verify::{NoRandomness, Options, ReadError, Verdict, verify};

mod verifier;

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

/// One JSON object and nothing else.
fn json(output: &Output) -> Value {
    serde_json::from_str(&text(output)).expect("JSON alone")
}

#[test]
fn the_demo_has_its_record_judged_by_the_program_beside_it() {
    let folder = folder();
    let record = folder.path().join("record");
    let out = record.to_str().expect("a plain path");
    verifier::program();
    let output = urne(&["demo", "--once", "--voters", "10", "--json", "--out", out]);
    let said = json(&output);
    assert_eq!(
        (&said["held"], &said["verdict"]),
        (&true.into(), &"pass".into())
    );
    assert_eq!(said["verified_by_program"], true);
    assert_eq!(said["record"], out);
    let story = String::from_utf8_lossy(&output.stderr);
    assert!(
        story.contains("urne-verify, a program of its own"),
        "{story}"
    );
    // Alone in a folder it has only the verifier's code, and says so.
    let alone = folder.path().join("urne");
    fs::copy(env!("CARGO_BIN_EXE_urne"), &alone).expect("copied");
    let output = Command::new(&alone)
        .args(["demo", "--once", "--voters", "10", "--lang", "en", "--out"])
        .arg(folder.path().join("other"))
        .output()
        .expect("it runs");
    let story = text(&output);
    assert!(story.contains("No urne-verify lies here"), "{story}");
    assert!(story.contains("says PASS"), "{story}");
    // A program that says nothing is no verdict.
    let silent = folder.path().join("urne-verify");
    std::os::unix::fs::symlink("/bin/false", &silent).expect("linked");
    let output = Command::new(&alone)
        .args(["demo", "--once", "--voters", "10", "--out"])
        .arg(folder.path().join("third"))
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("the verifier does not run"), "{errors}");
}

#[test]
fn a_replay_prints_one_json_object_where_it_is_asked_to() {
    let path = format!(
        "{}/tests/pabulib/faulty_votes.pb",
        env!("CARGO_MANIFEST_DIR")
    );
    let folder = folder();
    let out = folder.path().join("record");
    let out = out.to_str().expect("a plain path");
    let output = urne(&["replay", &path, "--out", out, "--in-process", "--json"]);
    let said = json(&output);
    assert_eq!(said["record"], out);
    assert!(said["not_cast"][0]["line"].is_u64(), "{said}");
    assert!(said["options"][0]["total"].is_u64(), "{said}");
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(report.contains("check it yourself"), "{report}");
}

#[test]
fn a_replay_of_no_vote_is_refused_in_words() {
    let refused = urne(&["replay", "any.pb", "--out", "nowhere", "--limit", "0"]);
    assert_eq!(refused.status.code(), Some(2));
    let errors = String::from_utf8_lossy(&refused.stderr);
    assert!(errors.contains("a whole number from 1 on"), "{errors}");
}

#[test]
fn a_server_without_an_operators_token_says_so_at_its_start() {
    let folder = folder();
    let config = folder.path().join("urne.toml");
    let data = folder.path().join("data");
    let hash = "operator_token_hash = \"RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o\"\n";
    for (token, warned) in [("", true), (hash, false)] {
        let text = format!("listen = \"127.0.0.1:0\"\ndata = {data:?}\n{token}");
        fs::write(&config, text).expect("written");
        let mut server = Command::new(env!("CARGO_BIN_EXE_urne"))
            .args(["serve", "--config"])
            .arg(&config)
            .env_remove("URNE_OPERATOR_TOKEN")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let out = server.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("a line");
        assert!(line.starts_with("listening on"), "{line}");
        server.kill().expect("it runs");
        let said = server.wait_with_output().expect("it ends").stderr;
        let said = String::from_utf8_lossy(&said);
        assert_eq!(
            said.contains("no operator's token is set"),
            warned,
            "{said}"
        );
    }
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
