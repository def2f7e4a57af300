//! A tester written by others, schemathesis, holds a running server against its own OpenAPI document.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use urne_cli::stage::{Founding, LocalServer, Settings, StageError};
use urne_cli::wire::server::{LARGEST_ANSWER, Sent, Server};
use urne_client::http::{DraftOpened, Role};
use urne_tests::load::election::content;
use urne_tests::slow::is_left_out;

/// The version that is tried; another one may understand the document otherwise.
const PACKAGE: &str = "schemathesis==4.32.5";
/// Requests made up for each operation, beside those that follow from its parts.
const EXAMPLES: &str = "15";
/// For the whole run.
const SECONDS: &str = "60";
/// A request that takes longer hangs.
const REQUEST_TIMEOUT_S: &str = "20";
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,unsupported_method,ignored_auth";

/// Where the tester is, or why it is nowhere.
fn tester() -> Result<PathBuf, String> {
    if let Some(named) = std::env::var_os("URNE_SCHEMATHESIS") {
        return Ok(named.into());
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(PACKAGE.replace("==", "-"));
    let tester = folder.join("bin/schemathesis");
    if !works(&tester) {
        // What an interrupted installation left would only confuse the next one.
        let _ = fs::remove_dir_all(&folder);
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let pip = folder.join("bin/pip");
        run(Command::new(pip).args(["install", "--quiet", PACKAGE]))?;
    }
    Ok(tester)
}

fn works(tester: &Path) -> bool {
    let asked = Command::new(tester).arg("--version").output();
    asked.is_ok_and(|output| output.status.success())
}

fn run(command: &mut Command) -> Result<(), String> {
    let shown = format!("{command:?}");
    let output = command.output();
    let output = output.map_err(|error| format!("{shown}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = said.trim().lines().last().unwrap_or_default();
    Err(format!("{shown}: {last}"))
}

/// Tokens and names of things that exist, so that requests get past the door.
fn settings(server: &LocalServer) -> Result<String, StageError> {
    let anybody = Server::at(server.url())?;
    let operator = anybody.clone().with_token(server.operator_token());
    let invitation = operator.invite("for the tester")?.invitation;
    let DraftOpened { draft, token } = anybody.open_draft(&invitation)?;
    let organizer = anybody.clone().with_token(&token);
    organizer.save_content(&draft, &content())?;
    let seat = organizer.open_seat(&draft, Role::Trustee, "Anne")?;
    organizer.open_seat(&draft, Role::Trustee, "Bruno")?;

    let mut founding = Founding::open(&anybody, server.operator_token(), &content())?;
    for name in ["Anne", "Bruno", "Chloé"] {
        founding.seat_trustee(name)?;
    }
    founding.seat_issuer("Registrar")?;
    let founders_token = founding.organizer_token().to_owned();
    let issuers_token = founding.issuer_tokens().next().map(str::to_owned);
    let issuers_token = issuers_token.ok_or(StageError::Answer("the issuer's token"))?;
    let mut company = founding.found()?;
    company.make_key()?;
    let election = company.election();
    // The second trustee's seat is the one whose token is replaced again and again.
    Ok(format!(
        "[auth.openapi]\n\
         operator = {{ bearer = \"{operator}\" }}\n\
         organizer = {{ bearer = \"{token}\" }}\n\
         seat = {{ bearer = \"{seat}\" }}\n\
         [parameters]\n\
         \"path.draft\" = \"{draft}\"\n\
         \"path.election\" = \"{election}\"\n\
         \"path.issuer\" = 1\n\
         \"path.number\" = 2\n\
         [[operations]]\n\
         include-path-regex = \"/parcels\"\n\
         headers = {{ Authorization = \"Bearer {issuers_token}\" }}\n\
         [[operations]]\n\
         include-path-regex = \"/freeze$\"\n\
         headers = {{ Authorization = \"Bearer {founders_token}\" }}\n",
        operator = server.operator_token(),
        seat = seat.token.ok_or(StageError::Answer("the seat's token"))?,
    ))
}

#[test]
fn schemathesis_finds_no_answer_that_the_document_does_not_have() {
    if is_left_out() {
        return;
    }
    let tester = match tester() {
        Ok(tester) => tester,
        Err(why) => return println!("SKIPPED: no {PACKAGE} here: {why}"),
    };
    let server = LocalServer::start(
        Path::new(env!("CARGO_BIN_EXE_server")),
        &Settings::default(),
    )
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("schemathesis.toml");
    fs::write(&configuration, settings(&server).unwrap()).unwrap();
    let output = Command::new(tester)
        .arg("--config-file")
        .arg(&configuration)
        .args(["run", &format!("{}/api/v1/openapi.json", server.url())])
        .args(["--checks", CHECKS, "--max-examples", EXAMPLES])
        .args(["--phases", "examples,coverage,fuzzing"])
        .args([
            "--max-time",
            SECONDS,
            "--request-timeout",
            REQUEST_TIMEOUT_S,
        ])
        .args(["--no-color", "--no-shrink", "--continue-on-failure"])
        .args(["--generation-database", "none", "--warnings", "off"])
        .current_dir(folder.path())
        .output()
        .expect("the tester starts");
    let account = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    println!("{account}");
    assert!(output.status.success(), "{account}\n{errors}");
    assert_eq!(server.said(), Vec::<String>::new(), "the server complains");
    the_doors_were_open(&server);
}

/// Made-up requests that all end at a door would show little: by its own counts the server has served some of each kind.
fn the_doors_were_open(server: &LocalServer) {
    let anybody = Server::at(server.url()).expect("an address");
    let metrics = anybody.send_once("GET", "/metrics", Sent::Nothing, LARGEST_ANSWER);
    let metrics = String::from_utf8(metrics.expect("counts").bytes).expect("text");
    for (method, route, status) in [
        ("POST", "/api/v1/invitations", "201"),
        ("GET", "/api/v1/drafts/{draft}", "200"),
        ("POST", "/api/v1/drafts/{draft}/seats", "201"),
        ("GET", "/api/v1/seat", "200"),
        ("GET", "/api/v1/elections/{election}", "200"),
        ("GET", "/api/v1/elections/{election}/parcels", "200"),
        ("GET", "/boards/{election}/checkpoint", "200"),
        ("POST", "/api/v1/elections/{election}/ballots", "422"),
        ("POST", "/api/v1/elections/{election}/freeze", "409"),
    ] {
        let counted = format!(
            "urne_http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}"
        );
        assert!(metrics.contains(&counted), "{counted}\n{metrics}");
    }
}
