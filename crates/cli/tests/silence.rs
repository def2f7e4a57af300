//! A server that is down, a board that is not there, and a board that cannot be believed are told apart.

#![cfg(test)]

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use urne_cli::failure::Failure;
use urne_cli::rehearsal::{Draft, Town};
use urne_cli::wire::board::{Board, BoardError};
use urne_cli::wire::server::{Server, WireError};
use urne_election::json::base64url;
use urne_election::question::Answer;
use urne_election::receipt::Receipt;

mod stage;
mod town;

use town::{question, record};

fn opened() -> Town {
    let mut town = Town::found(Draft::plain("A vote", vec![question()], 3), 7).unwrap();
    town.prepare_and_open().unwrap();
    town
}

fn voted(town: &mut Town, folder: &TempDir) -> std::path::PathBuf {
    let receipt: Receipt = town.vote(0, &[Answer::Values(vec![1, 0])]).unwrap();
    let file = folder.path().join("receipt");
    fs::write(&file, receipt.to_bytes()).unwrap();
    file
}

fn check(receipt: &Path, board: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_urne"))
        .arg("check")
        .arg(receipt)
        .arg(board)
        .output()
        .unwrap()
}

fn noted(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_server_that_comes_back_was_waited_for_with_one_word() {
    let folder = TempDir::new().unwrap();
    let mut town = opened();
    let receipt = voted(&mut town, &folder);
    let board = record(&town, folder.path(), "board");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let id = base64url(town.server.replica().election().id());
    // The first connections are cut, as by a server that starts again.
    let mut cut = 3;
    stage::serve(listener, move |request| {
        if cut > 0 {
            cut -= 1;
            return None;
        }
        let file = request.path.splitn(4, '/').nth(3).unwrap();
        let bytes = fs::read(board.join(file)).ok();
        Some(bytes.map_or((404, Vec::new()), |bytes| (200, bytes)))
    });
    let output = check(&receipt, &format!("{address}/boards/{id}"));
    let noted = noted(&output);
    assert!(output.status.success(), "{noted}");
    assert_eq!(noted.matches("no answer from").count(), 1, "{noted}");
    assert!(noted.contains("trying again until"), "{noted}");
}

#[test]
fn a_server_that_stays_away_is_asked_for_as_long_as_patience_lasts_and_no_longer() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let said: Arc<Mutex<Vec<String>>> = Arc::default();
    let telling = Arc::clone(&said);
    let patience = Duration::from_secs(2);
    let server = Server::at(&address)
        .unwrap()
        .with_patience(patience)
        .with_notice(move |waiting| telling.lock().unwrap().push(waiting.address.clone()));
    let begun = Instant::now();
    let error = Board::at_server(&server, &[1; 32])
        .follow(None)
        .unwrap_err();
    assert!(begun.elapsed() < 2 * patience, "{:?}", begun.elapsed());
    assert!(
        matches!(error, BoardError::Wire(WireError::Silent { .. })),
        "{error}"
    );
    assert_eq!(said.lock().unwrap().len(), 1);
    let failure = Failure::from(error);
    assert_eq!(failure.code, 3);
    assert!(
        failure.message.contains("no answer from"),
        "{}",
        failure.message
    );
}

#[test]
fn a_board_that_is_not_there_is_no_accusation() {
    let folder = TempDir::new().unwrap();
    let mut town = opened();
    let receipt = voted(&mut town, &folder);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    stage::serve(listener, |_| Some((404, Vec::new())));
    let output = check(&receipt, &format!("{address}/boards/x"));
    assert_eq!(output.status.code(), Some(1));
    let noted = noted(&output);
    assert!(noted.contains("there is no board at"), "{noted}");
    assert!(!noted.contains("believed"), "{noted}");
}

#[test]
fn a_board_that_cannot_be_believed_has_an_exit_code_of_its_own() {
    let folder = TempDir::new().unwrap();
    let mut town = opened();
    let receipt = voted(&mut town, &folder);
    let board = record(&town, folder.path(), "board");
    let whole = fs::read_to_string(board.join("checkpoint")).unwrap();
    // The last signature is another's.
    let signature = whole.trim_end().rfind(' ').unwrap() + 9;
    let mut altered = whole.clone().into_bytes();
    altered[signature] = if altered[signature] == b'A' {
        b'B'
    } else {
        b'A'
    };
    for broken in [altered, b"nothing\n".to_vec()] {
        fs::write(board.join("checkpoint"), broken).unwrap();
        let output = check(&receipt, board.to_str().unwrap());
        let noted = noted(&output);
        assert_eq!(output.status.code(), Some(4), "{noted}");
        assert!(noted.contains("cannot be believed"), "{noted}");
    }
    fs::write(board.join("checkpoint"), whole).unwrap();
    assert!(check(&receipt, board.to_str().unwrap()).status.success());
    fs::remove_dir_all(board.join("tile/entries")).unwrap();
    let output = check(&receipt, board.to_str().unwrap());
    assert_eq!(output.status.code(), Some(1), "{}", noted(&output));
    assert!(
        noted(&output).contains("is not whole"),
        "{}",
        noted(&output)
    );
}
