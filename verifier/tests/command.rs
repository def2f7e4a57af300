//! The command: exit codes, JSON and words, a record in a folder and over HTTP.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tempfile::TempDir;

/// A vector laid out as a folder.
fn folder(name: &str) -> (TempDir, Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/vectors").join(name);
    let vector: Value =
        serde_json::from_slice(&fs::read(path).expect("a vector and a temporary folder"))
            .expect("a vector and a temporary folder");
    let folder = tempfile::tempdir().expect("a vector and a temporary folder");
    for (path, bytes) in vector["files"].as_object().expect("a vector and a temporary folder") {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a vector and a temporary folder"))
            .expect("a vector and a temporary folder");
        fs::write(
            path,
            STANDARD
                .decode(bytes.as_str().expect("a vector and a temporary folder"))
                .expect("a vector and a temporary folder"),
        )
        .expect("a vector and a temporary folder");
    }
    (folder, vector)
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_urne-verify"))
        .args(arguments)
        .output()
        .expect("the command runs")
}

fn code(arguments: &[&str]) -> Option<i32> {
    run(arguments).status.code()
}

#[test]
fn exit_codes_tell_pass_fail_unusable_and_incomplete_apart() {
    let (pass, _) = folder("pass-one.json");
    let pass = pass.path().to_str().unwrap();
    assert_eq!(code(&[pass]), Some(0));
    assert_eq!(code(&[pass, "--threads", "1"]), Some(0));
    let (fail, _) = folder("v20-f.json");
    assert_eq!(code(&[fail.path().to_str().unwrap()]), Some(1));
    let (incomplete, _) = folder("incomplete-voting.json");
    assert_eq!(code(&[incomplete.path().to_str().unwrap()]), Some(3));
    assert_eq!(code(&["/no/such/folder"]), Some(2));
    assert_eq!(code(&[pass, "--election", "short"]), Some(2));
    assert_eq!(code(&[pass, "--receipt", "/no/such/receipt"]), Some(2));
}

#[test]
fn the_election_id_is_compared_if_it_is_given() {
    let (pass, _) = folder("pass-one.json");
    let pass = pass.path().to_str().unwrap();
    let said: Value = serde_json::from_slice(&run(&[pass, "--json"]).stdout).unwrap();
    let id = said["election"].as_str().unwrap();
    assert_eq!(code(&[pass, "--election", id]), Some(0));
    assert_eq!(code(&[pass, "--election", &"A".repeat(43)]), Some(1));
    // One id in 64 begins with a hyphen.
    assert_eq!(code(&[pass, "--election", &format!("-{}", "A".repeat(42))]), Some(1));
    let words = String::from_utf8(run(&[pass]).stdout).unwrap();
    assert!(words.contains("No election id was given") && words.ends_with("Verdict: PASS\n"));
}

#[test]
fn receipts_are_read_from_files() {
    let (record, vector) = folder("v27-signature.json");
    let receipt = record.path().join("receipt.json");
    fs::write(&receipt, vector["receipts"][0].as_str().unwrap()).unwrap();
    let (record, receipt) = (record.path().to_str().unwrap(), receipt.to_str().unwrap());
    assert_eq!(code(&[record]), Some(0));
    assert_eq!(code(&[record, "--receipt", receipt]), Some(1));
}

/// Serves a folder on a free port of this machine until the test ends.
fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a local connection");
    let address = listener.local_addr().expect("a local connection");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a local connection");
            let mut lines = BufReader::new(stream.try_clone().expect("a local connection"))
                .lines()
                .map_while(Result::ok);
            let request = lines.next().unwrap_or_default();
            lines.take_while(|line| !line.is_empty()).for_each(drop);
            let path = request.split(' ').nth(1).unwrap_or("/").trim_start_matches("/record/");
            let (status, body) = match fs::read(folder.join(path)) {
                Ok(body) => ("200 OK", body),
                Err(_) => ("404 Not Found", vec![]),
            };
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(&[head.as_bytes(), &body].concat()).expect("a local connection");
        }
    });
    format!("http://{address}/record/")
}

#[test]
fn a_record_is_read_over_http() {
    let (pass, _) = folder("pass-one.json");
    let address = serve(pass.path().to_owned());
    assert_eq!(code(&[&address]), Some(0));
    fs::remove_dir_all(pass.path().join("tile/entries")).unwrap();
    let said: Value = serde_json::from_slice(&run(&[&address, "--json"]).stdout).unwrap();
    let detail = said["checks"][0]["detail"].as_str().unwrap();
    assert!(detail.ends_with("is missing"), "{detail}");
}
