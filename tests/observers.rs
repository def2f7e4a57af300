//! Anyone checks a finished election in a real browser: on the server's page, and on the file that works without a server.

use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use serde_json::json;
use urne_cli::demo::ink::Ink;
use urne_cli::demo::narrator::Narrator;
use urne_cli::demo::story::{Played, Story};
use urne_cli::demo::town::Town;
use urne_cli::demo::words::Language;
use urne_cli::demo::{FEWEST_VOTERS, Options};
use urne_cli::stage::observer::Judge;
use urne_tests::node::Browser;

#[test]
fn anyone_checks_a_finished_election_in_a_browser() {
    let screens = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screens");
    let browser = match Browser::find(&screens) {
        Ok(browser) => browser,
        Err(missing) => return println!("SKIPPED: {}", missing.replace('\n', " ")),
    };
    let folder = tempfile::tempdir().unwrap();
    let mut played = play(folder.path());
    if !Browser::finds_pages(played.server.url()).unwrap() {
        return println!("SKIPPED: `cargo xtask booth` has not built the booth");
    }
    let receipt = folder.path().join("receipt.json");
    std::fs::write(&receipt, played.last_receipt.to_bytes()).unwrap();
    let town = json!({
        "url": played.server.url(),
        "folder": folder.path(),
        "election": played.election,
        "title": Town::valbrise().election.title.in_language(Language::English),
        "record": played.folder,
        "receipt": receipt,
    });
    let scenarios = browser.scenarios("observer").unwrap();
    assert!(!scenarios.is_empty());
    for scenario in scenarios {
        let said = browser.play(&scenario, &town);
        said.unwrap_or_else(|why| panic!("{}: {why}", scenario.display()));
    }
    played.server.stop().unwrap();
    assert_eq!(played.server.said(), Vec::<String>::new());
}

/// The demo's election, with few voters, from the first key to the result; its record is copied into the folder.
fn play(folder: &Path) -> Played {
    let options = Options {
        program: env!("CARGO_BIN_EXE_server").into(),
        judge: Judge::Library,
        voters: FEWEST_VOTERS,
        language: Language::English,
        out: Some(folder.join("record")),
    };
    let narrator = Narrator::new(io::sink(), Ink::for_output(false, None));
    let stop = AtomicBool::new(false);
    Story::new(&options, narrator, &stop)
        .play()
        .expect("the demo plays to its end")
}
