//! Nothing with a receipt is lost when a real server is killed again and again while people vote.

use std::path::PathBuf;
use std::time::Instant;

use urne_tests::lives::{Account, Ending, Plan, run};
use urne_tests::slow::is_left_out;

/// Data folders one after the other; each board stays small, so that most of a life is spent with ballots, not with starting.
const BOARDS: u64 = 4;
const KILLS_PER_BOARD: usize = 50;
const KILLS_AT_START_PER_BOARD: usize = 8;

/// The seed of all moments: `URNE_KILL_SEED`, or another one each time.
fn seed() -> u64 {
    match std::env::var("URNE_KILL_SEED") {
        Ok(seed) => seed.parse().expect("URNE_KILL_SEED is a whole number"),
        Err(_) => std::process::id().into(),
    }
}

#[test]
fn two_hundred_kills_under_load_lose_nothing_that_has_a_receipt() {
    if is_left_out() {
        return;
    }
    let seed = seed();
    println!("the moments follow from URNE_KILL_SEED={seed}");
    let begun = Instant::now();
    let mut accounts: Vec<Account> = Vec::new();
    for board in 0..BOARDS {
        let plan = Plan {
            program: PathBuf::from(env!("CARGO_BIN_EXE_server")),
            seed: seed.wrapping_mul(BOARDS).wrapping_add(board),
            voters: 270,
            clients: 5,
            ending: Ending::Kill,
            endings: KILLS_PER_BOARD,
            kills_at_start: KILLS_AT_START_PER_BOARD,
        };
        let account = run(&plan).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        println!("{account:?}");
        accounts.push(account);
    }
    let sum = |what: fn(&Account) -> usize| accounts.iter().map(what).sum::<usize>();
    println!(
        "{} kills under load ({} with ballots under way) and {} at start, {} receipts, {} checkpoints, {} s",
        sum(|one| one.endings),
        sum(|one| one.endings_with_ballots_under_way),
        sum(|one| one.kills_at_start),
        sum(|one| one.receipts),
        sum(|one| one.checkpoints),
        begun.elapsed().as_secs(),
    );
    assert!(sum(|one| one.endings) >= 200);
    assert!(
        sum(|one| one.endings_with_ballots_under_way) * 2 > sum(|one| one.endings),
        "most kills should hit servers that have something to lose"
    );
    assert!(sum(|one| one.broken as usize) > 0, "nobody noticed a kill");
    assert!(sum(|one| one.same_again as usize) >= 400);
}
