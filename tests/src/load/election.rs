//! The election that is voted in, and its ballots, made before anybody casts one.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use indicatif::{ProgressBar, ProgressStyle};
use urne_cli::rehearsal::Elector;
pub use urne_cli::stage::company::own_randomness;
use urne_cli::stage::{Company, Founding, LocalServer, StageError};
use urne_client::draft::{
    DraftCollege, DraftContent, DraftKind, DraftOption, DraftQuestion, DraftRule, DraftRuleName,
    DraftWitnesses,
};

use super::{LoadError, Options};
use crate::ballots::choose;

/// Options of the only question.
pub const OPTIONS: usize = 5;

/// An open ballot box, and what will be cast.
pub struct Prepared {
    /// everybody but the clients
    pub company: Company,
    /// one ballot per voter
    pub ballots: Vec<Vec<u8>>,
    /// what a count in plain view gives
    pub direct_count: Vec<u64>,
}

/// Founds the election, opens it, and makes a ballot for everybody on all cores.
///
/// # Errors
/// [`LoadError`].
pub fn prepare(server: &LocalServer, options: &Options) -> Result<Prepared, LoadError> {
    let connection = server.connect().map_err(StageError::from)?;
    let mut founding = Founding::open(&connection, server.operator_token(), &content())?;
    for name in ["Anne", "Bruno", "Chloé"] {
        founding.seat_trustee(name)?;
    }
    founding.seat_issuer("Registrar")?;
    let mut company = founding.found()?;
    company.make_key()?;
    let electors = (1..=options.ballots).map(|number| Elector {
        identifier: format!("member {number}"),
        weight: 1,
        college: 1,
    });
    company.publish_roll(&electors.collect::<Vec<Elector>>())?;
    company.drill()?;
    company.open()?;
    let ballots = make(&company, options)?;
    let mut direct_count = vec![0; OPTIONS];
    for number in 0..options.ballots {
        direct_count[chosen(number) - 1] += 1;
    }
    Ok(Prepared {
        company,
        ballots,
        direct_count,
    })
}

/// What a voter chooses, from 1: not the same for all, and not evenly.
pub fn chosen(number: usize) -> usize {
    1 + (number * number + number / 7) % OPTIONS
}

fn make(company: &Company, options: &Options) -> Result<Vec<Vec<u8>>, StageError> {
    let bar = bar("making ballots", options);
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    let made: Mutex<Vec<(usize, Vec<u8>)>> = Mutex::new(Vec::with_capacity(options.ballots));
    let worker = || -> Result<(), StageError> {
        let rng = &mut own_randomness();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(voter) = company.voters().get(number) else {
                return Ok(());
            };
            let answers = [choose(chosen(number), OPTIONS)];
            let ballot = company.ballot(voter, &answers, rng)?;
            let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
            made.push((number, ballot));
            bar.inc(1);
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    })?;
    bar.finish_and_clear();
    let mut made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
    made.sort_unstable_by_key(|(number, _)| *number);
    Ok(made.into_iter().map(|(_, ballot)| ballot).collect())
}

/// A bar on standard error, where it is a terminal and nobody asked for quiet.
pub fn bar(what: &str, options: &Options) -> ProgressBar {
    if options.quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(options.ballots as u64);
    let style = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len} {per_sec} {eta}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}

/// What is asked.
pub fn content() -> DraftContent {
    let now = SystemTime::now();
    let opens = now
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    DraftContent {
        languages: vec!["en".into()],
        title: vec!["A load test".into()],
        description: vec![String::new()],
        practice: true,
        opens,
        closes: opens + 24 * 3600,
        organizer: "Organizer".into(),
        threshold: 2,
        colleges: vec![DraftCollege {
            name: vec!["Everybody".into()],
            guard: 1,
        }],
        shared_weights: 5,
        weight_exception: String::new(),
        witnesses: DraftWitnesses::default(),
        cap: 20,
        notices: true,
        changes: true,
        questions: vec![DraftQuestion {
            kind: DraftKind::One,
            title: vec!["Which?".into()],
            description: vec![String::new()],
            random: false,
            blank: false,
            least: 0,
            most: 0,
            each: 0,
            envelope: 0,
            rule: DraftRule {
                name: DraftRuleName::Most,
                seats: 1,
                majority: None,
                quorum: None,
                ties: None,
            },
            options: ('A'..)
                .take(OPTIONS)
                .map(|letter| DraftOption {
                    name: vec![letter.to_string()],
                    description: vec![String::new()],
                    cost: 0,
                })
                .collect(),
        }],
    }
}
