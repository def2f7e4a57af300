//! Pages in a real browser, against a real server. A scenario is a script in `browser/`; a new one is one more file there.

use std::path::Path;

use urne_tests::node::Browser;
use urne_tests::open_box::OpenBox;
use urne_tests::slow::is_left_out;

/// More voters than scenarios, so that each has its own letter.
const VOTERS: u32 = 12;

const REGISTRAR: &str = "Service des élections";

/// A browser and a town to play in; nothing, said aloud, where there is no browser or no page.
fn stage(issuers: &[&str]) -> Option<(Browser, OpenBox)> {
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
    let open = OpenBox::with(Path::new(env!("CARGO_BIN_EXE_server")), issuers, VOTERS);
    let open = open.expect("a box can be opened");
    if !Browser::finds_pages(open.server.url()).expect("the server answers") {
        println!("SKIPPED: the booth is not built: `cargo xtask booth` builds it");
        return None;
    }
    Some((browser, open))
}

/// Plays every scenario of a folder.
fn play(browser: &Browser, open: &OpenBox, folder: &str) {
    let town = open.told();
    let scenarios = browser.scenarios(folder).expect("a folder of scenarios");
    assert!(!scenarios.is_empty());
    let mut failed = Vec::new();
    for scenario in scenarios {
        match browser.play(&scenario, &town) {
            Ok(said) => println!("{}: held\n{said}", scenario.display()),
            Err(why) => failed.push(format!("{}: {why}", scenario.display())),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

#[test]
fn voters_vote_by_phone_and_keyboard_check_their_devices_and_find_their_votes_again() {
    let Some((browser, mut open)) = stage(&[REGISTRAR]) else {
        return;
    };
    play(&browser, &open, "voter");
    open.company.close().unwrap();
    play(&browser, &open, "voter_closed");
}

#[test]
fn a_letter_and_a_mail_make_one_vote() {
    if let Some((browser, open)) = stage(&[REGISTRAR, "Serveur de Valbrise"]) {
        play(&browser, &open, "voter_with_mail");
    }
}
