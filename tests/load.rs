//! Overload: the server says so and when to come back, and whatever it gave a receipt for is on the board.

use std::path::PathBuf;

use urne_cli::stage::Settings;
use urne_tests::load::{Options, run};

fn options(ballots: usize, clients: usize, queue: usize) -> Options {
    let mut settings = Settings::default();
    settings.limits.push(format!("queue = {queue}"));
    Options {
        program: PathBuf::from(env!("CARGO_BIN_EXE_server")),
        ballots,
        clients,
        settings,
        quiet: true,
    }
}

#[test]
fn overload_is_answered_with_503_and_nothing_that_has_a_receipt_is_lost() {
    let figures = run(&options(240, 60, 8)).expect("every receipt holds and the board passes");
    assert!(
        figures.overloaded > 0,
        "sixty clients are too many for eight places"
    );
    assert_eq!(figures.refused, 0);
    assert_eq!(figures.broken, 0);
    assert_eq!(
        figures.checked.receipts, 240,
        "whoever comes back is served"
    );
}

#[test]
fn with_room_for_everybody_nobody_is_sent_away() {
    let figures = run(&options(240, 60, 1_000)).expect("every receipt holds and the board passes");
    assert_eq!(
        (figures.overloaded, figures.broken, figures.refused),
        (0, 0, 0)
    );
    assert_eq!(figures.checked.receipts, 240);
    assert_eq!(figures.server_said, Vec::<String>::new());
    let text = figures.to_text();
    assert!(text.contains("240 receipts on the board"), "{text}");
    let json = figures.to_json();
    assert_eq!(json["checked"]["receipts_on_the_board"], 240);
    let per_second = json["receipts_in_each_second"].as_array();
    let counted = per_second
        .expect("a list")
        .iter()
        .filter_map(|count| count.as_u64());
    assert_eq!(counted.sum::<u64>(), 240);
}
