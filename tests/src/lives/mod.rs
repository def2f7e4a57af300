//! A server that is killed again and again while people vote, and what must hold all the same: every ballot with a receipt stands
//! on the board where its receipt says, the same bytes get the same receipt, and the board only ever grows.
//!
//! - [`clients`]: many at once, who send the same bytes until there is a receipt; and one who keeps every checkpoint it is shown
//! - [`checks`]: receipts asked for again after each start, and everything held against the board
//! - [`full`]: a server whose disk is full

pub mod checks;
pub mod clients;
pub mod full;

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::runtime::Runtime;
use urne_cli::stage::{LocalServer, Settings};

use crate::ballots::choose;
use crate::load::election::{self, OPTIONS, Prepared, chosen};
use crate::load::{LoadError, Options, recheck};
use clients::{Clients, Counts};

/// What to try.
#[derive(Clone, Debug)]
pub struct Plan {
    /// started as `PROGRAM serve --config FILE`
    pub program: PathBuf,
    /// every moment follows from it, as far as one machine's time is like another's
    pub seed: u64,
    /// voters; a third of them vote a second time
    pub voters: usize,
    /// how many cast at the same time
    pub clients: usize,
    /// how servers end
    pub ending: Ending,
    /// servers that end while they answer
    pub endings: usize,
    /// servers killed while they start, beside those
    pub kills_at_start: usize,
}

/// How a server ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// SIGKILL
    Kill,
    /// SIGTERM: it must end by itself, and say that all is well
    Stop,
}

/// What happened.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// servers that ended while they answered
    pub endings: usize,
    /// of those, while somebody had a ballot under way that has no receipt yet
    pub endings_with_ballots_under_way: usize,
    /// servers killed while they started
    pub kills_at_start: usize,
    /// ballots on the board, all with a receipt
    pub receipts: usize,
    /// different checkpoints that were shown
    pub checkpoints: usize,
    /// receipts fetched again, or given again for the same bytes, each equal to the first
    pub same_again: u64,
    /// requests that got no answer because the server died
    pub broken: u64,
    /// the slowest start, from the process to its first line
    pub slowest_start: Duration,
    /// all starts together
    pub starts: Duration,
}

/// The longest a server lives after its first answers were checked.
const LONGEST_LIFE_MS: u64 = 120;
/// The longest a server lives that is killed at its start.
const LONGEST_START_MS: u64 = 80;
/// Receipts asked for again after each start.
const ASKED_AGAIN: usize = 2;

/// Lets people vote on a server that is killed again and again, then checks everything.
///
/// # Errors
/// [`LoadError::Lost`] with the first thing that does not hold.
pub fn run(plan: &Plan) -> Result<Account, LoadError> {
    let mut rng = StdRng::seed_from_u64(plan.seed);
    let settings = Settings {
        batch_ms: 10,
        publication_ms: 40,
        ..Settings::default()
    };
    let mut server = LocalServer::start(&plan.program, &settings)?;
    let mut prepared = prepare(&server, plan)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let clients = Clients::new(&server, &prepared)?;
    let mut account = Account::default();
    clients.offer((0..).zip(prepared.ballots.iter().cloned()));
    endure(
        plan,
        0,
        &mut server,
        &clients,
        &runtime,
        &mut rng,
        &mut account,
    )?;
    // Halfway everybody looks at the board; then a third of those who have voted change their minds.
    prepared.company.board_mut().catch_up()?;
    let casts = clients.casts();
    recheck::every_receipt(
        prepared.company.replica(),
        &prepared.ballots,
        &casts.receipted,
    )?;
    let first = prepared.ballots.len();
    vote_again(&mut prepared, &clients)?;
    clients.offer((first..).zip(prepared.ballots[first..].iter().cloned()));
    endure(
        plan,
        1,
        &mut server,
        &clients,
        &runtime,
        &mut rng,
        &mut account,
    )?;
    runtime.block_on(clients.finish(plan.clients))?;
    conclude(&server, &mut prepared, &clients, &mut account)?;
    server.stop()?;
    Ok(account)
}

fn prepare(server: &LocalServer, plan: &Plan) -> Result<Prepared, LoadError> {
    election::prepare(
        server,
        &Options {
            program: plan.program.clone(),
            ballots: plan.voters,
            clients: plan.clients,
            settings: Settings::default(),
            quiet: true,
        },
    )
}

/// Half of the endings of a plan. Afterwards the server runs and nobody casts.
fn endure(
    plan: &Plan,
    half: usize,
    server: &mut LocalServer,
    clients: &Clients,
    runtime: &Runtime,
    rng: &mut StdRng,
    account: &mut Account,
) -> Result<(), LoadError> {
    let share = |all: usize| all / 2 + (all % 2) * half;
    let endings = share(plan.endings);
    let mut at_start = share(plan.kills_at_start);
    let everybody = clients.begin(plan.clients, runtime);
    for ending in 0..endings {
        thread::sleep(random_ms(rng, LONGEST_LIFE_MS));
        account.endings_with_ballots_under_way += usize::from(clients.has_ballots_under_way());
        end(server, plan.ending)?;
        account.endings += 1;
        clients.set_up(false);
        while at_start > 0 && rng.random_ratio(at_start as u32, (endings - ending) as u32) {
            server.start_and_kill(random_ms(rng, LONGEST_START_MS))?;
            account.kills_at_start += 1;
            at_start -= 1;
        }
        let begun = Instant::now();
        server.start_again()?;
        account.starts += begun.elapsed();
        account.slowest_start = account.slowest_start.max(begun.elapsed());
        clients.set_up(true);
        account.same_again += runtime.block_on(checks::ask_again(clients, ASKED_AGAIN, rng))?;
    }
    runtime.block_on(everybody.end())?;
    clients.must_be_content()
}

fn end(server: &mut LocalServer, ending: Ending) -> Result<(), LoadError> {
    match ending {
        Ending::Kill => server.kill()?,
        Ending::Stop => {
            let status = server.stop()?;
            if !status.success() {
                let said = server.said().join("\n");
                let what = format!("a server that was told to stop ended with {status}: {said}");
                return Err(LoadError::Lost(what));
            }
        }
    }
    Ok(())
}

fn random_ms(rng: &mut StdRng, most: u64) -> Duration {
    Duration::from_micros(rng.random_range(0..=most * 1000))
}

/// A third of those who have a receipt make another ballot.
fn vote_again(prepared: &mut Prepared, clients: &Clients) -> Result<(), LoadError> {
    let mut rng = election::own_randomness();
    let voted: Vec<usize> = clients.casts().receipted.iter().map(|r| r.ballot).collect();
    for number in voted.into_iter().filter(|number| number % 3 == 0) {
        let before = chosen(number);
        let now = before % OPTIONS + 1;
        let voter = &prepared.company.voters()[number];
        let ballot = prepared
            .company
            .ballot(voter, &[choose(now, OPTIONS)], &mut rng)?;
        prepared.ballots.push(ballot);
        prepared.direct_count[before - 1] -= 1;
        prepared.direct_count[now - 1] += 1;
    }
    Ok(())
}

/// The box is closed, the votes are counted, and everything is held against the board.
fn conclude(
    server: &LocalServer,
    prepared: &mut Prepared,
    clients: &Clients,
    account: &mut Account,
) -> Result<(), LoadError> {
    clients.must_be_content()?;
    let casts = clients.casts();
    if casts.receipted.len() != prepared.ballots.len() {
        return Err(LoadError::Lost("somebody has no receipt".into()));
    }
    recheck::all(server, prepared, &casts)?;
    let replica = prepared.company.replica();
    if let Some((index, void)) = replica.void().first() {
        let what = format!("the board has a void entry at {index}: {void}");
        return Err(LoadError::Lost(what));
    }
    account.checkpoints = checks::history(replica, &clients.checkpoints())?;
    account.receipts = casts.receipted.len();
    let Counts { same_again, broken } = clients.counts();
    account.same_again += same_again;
    account.broken = broken;
    Ok(())
}
