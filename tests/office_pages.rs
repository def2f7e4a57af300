//! The pages of trustees and registrars in a real browser, with commands beside them in terminals.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use urne_cli::stage::{LocalServer, Settings};
use urne_cli::wire::server::Server;
use urne_tests::crooked::Crooked;
use urne_tests::node::Browser;
use urne_tests::slow::is_left_out;

/// The other trustees take their seats in this time, on a slow machine too.
const PATIENCE: Duration = Duration::from_secs(240);

struct Town {
    server: LocalServer,
    browser: Browser,
}

/// Nothing where this machine cannot try pages; it then says so.
fn town() -> Option<Town> {
    if is_left_out() {
        return None;
    }
    let screens = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screens");
    let browser = match Browser::find(&screens) {
        Ok(browser) => browser,
        Err(why) => {
            println!("SKIPPED: no browser to try the pages in: {why}");
            return None;
        }
    };
    let program = Path::new(env!("CARGO_BIN_EXE_server"));
    let server = LocalServer::start(program, &Settings::default());
    let server = server.expect("a server starts");
    if !Browser::finds_pages(server.url()).expect("the server answers") {
        println!("SKIPPED: the booth is not built: `cargo xtask booth` builds it");
        return None;
    }
    Some(Town { server, browser })
}

fn play(town: &Town, name: &str, told: &Value) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/office");
    let said = town.browser.play(&script.join(name), told);
    let failed = said.err();
    assert!(failed.is_none(), "{name}: {}", failed.unwrap_or_default());
}

/// The command beside the programs of the tests, where it was built.
fn command() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_BIN_EXE_server")).with_file_name("urne");
    beside.is_file().then_some(beside)
}

#[test]
fn trustees_and_registrars_hold_an_election_on_pages_and_in_terminals_with_the_same_files() {
    let Some(town) = town() else { return };
    let Some(urne) = command() else {
        return println!("SKIPPED: the command `urne` is not built beside the tests");
    };
    let operator = Server::at(town.server.url()).unwrap();
    let operator = operator.with_token(town.server.operator_token());
    let told = json!({
        "url": town.server.url(),
        "urne": urne,
        "invitation": operator.invite("the pages").unwrap().invitation,
    });
    play(&town, "ceremony.mjs", &told);
}

#[test]
fn a_trustee_who_deals_out_bad_shares_is_named_on_every_page() {
    let Some(town) = town() else { return };
    let anybody = Server::at(town.server.url()).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let honest = ["Anne", "Bruno"];
    let operator = town.server.operator_token();
    let crooked = Crooked::invite(&anybody, operator, now.as_secs(), &honest, "Carla").unwrap();
    let told = json!({ "url": town.server.url(), "tokens": crooked.tokens() });
    std::thread::scope(|scope| {
        let cheating = scope.spawn(|| crooked.found_and_cheat(PATIENCE).unwrap());
        play(&town, "complaint.mjs", &told);
        cheating.join().unwrap();
    });
}
