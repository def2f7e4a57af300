//! What happens to a server as a process: told to stop, started twice, without room.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use urne_cli::stage::{LocalServer, Settings};
use urne_cli::wire::server::{LARGEST_ANSWER, Sent, Server};
use urne_tests::lives::full::{self, NoRoom};
use urne_tests::lives::{Ending, Plan, run};
use urne_tests::slow::is_left_out;

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_server"))
}

#[test]
fn a_server_told_to_stop_under_load_ends_well_and_every_ballot_gets_its_receipt() {
    if is_left_out() {
        return;
    }
    let plan = Plan {
        program: program(),
        seed: 1,
        voters: 90,
        clients: 5,
        ending: Ending::Stop,
        endings: 12,
        kills_at_start: 0,
    };
    let account = run(&plan).unwrap_or_else(|error| panic!("{error}"));
    println!("{account:?}");
    assert_eq!(account.endings, 12);
    assert!(account.endings_with_ballots_under_way > 0);
    assert!(account.receipts >= 90);
}

#[test]
fn a_second_server_on_the_same_data_refuses_and_the_first_goes_on() {
    let mut first = LocalServer::start(&program(), &Settings::default()).unwrap();
    let second = Command::new(program())
        .args(["serve", "--config"])
        .arg(first.configuration())
        .env_remove("URNE_OPERATOR_TOKEN")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert_eq!(second.status.code(), Some(1), "{said}");
    assert_eq!(String::from_utf8_lossy(&second.stdout), "");
    let data = first.data().display().to_string();
    let expected = format!(
        "another server runs on the data folder {data}: stop it first, or use another folder"
    );
    assert!(said.contains(&expected), "{said}");
    let server = Server::at(first.url()).unwrap();
    let ask = |path| {
        let answer = server.send_once("GET", path, Sent::Nothing, LARGEST_ANSWER);
        String::from_utf8(answer.unwrap().bytes).unwrap()
    };
    assert_eq!(ask("/readyz"), "ready\n");
    // Once the first is gone, however it went, the folder is free.
    first.kill().unwrap();
    first.start_again().unwrap();
    assert_eq!(ask("/readyz"), "ready\n");
    assert!(first.stop().unwrap().success());
}

#[test]
fn a_server_killed_in_the_middle_of_its_very_first_start_starts_the_next_time() {
    let mut server = LocalServer::start(&program(), &Settings::default()).unwrap();
    for milliseconds in (0..60).step_by(4) {
        server.kill().unwrap();
        fs::remove_dir_all(server.data()).unwrap();
        // The process runs from here on at its own pace: whatever it has made by now is what a crash would leave.
        server
            .start_and_kill(Duration::from_millis(milliseconds))
            .unwrap();
        server.start_again().unwrap();
        assert_eq!(server.said(), Vec::<String>::new());
    }
}

#[test]
fn a_full_disk_is_answered_and_voting_goes_on_once_there_is_room() {
    match full::run(&program()) {
        Ok(account) => {
            println!("{account:?}");
            assert!(account.without_room > 0, "the disk was never full");
            assert_eq!(account.receipts, account.ballots);
        }
        Err(NoRoom::Unavailable(why)) => println!("SKIPPED: {why}"),
        Err(NoRoom::Failed(error)) => panic!("{error}"),
    }
}
