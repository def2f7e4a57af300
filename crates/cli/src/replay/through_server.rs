//! The election at a server of its own, over HTTP; the record is what an observer copies from there once the verifier passes it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use urne_client::draft::DraftContent;

use super::election::{ISSUERS, electors, trustees};
use super::{Held, Options, ReplayError, Vote, progress};
use crate::pabulib::Instance;
use crate::rehearsal::Elector;
use crate::stage::company::own_randomness;
use crate::stage::observer::{Judge, Verdict, observe};
use crate::stage::{Company, Founding, LocalServer, Settings, StageError};

/// Voters at the same time: most of them wait for their receipt.
const AT_ONCE: usize = 64;
const DAY: u64 = 24 * 3600;

pub(super) fn hold(
    program: &Path,
    mut content: DraftContent,
    instance: &Instance,
    votes: &[Vote],
    options: &Options,
) -> Result<Held, ReplayError> {
    let now = SystemTime::now();
    content.opens = now
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    content.closes = content.opens + DAY;

    let mut server = LocalServer::start(program, &Settings::default())?;
    let connection = server.connect().map_err(StageError::from)?;
    let mut founding = Founding::open(&connection, server.operator_token(), &content)?;
    for name in trustees(options) {
        founding.seat_trustee(&name)?;
    }
    for name in ISSUERS {
        founding.seat_issuer(name)?;
    }
    let mut company = founding.found()?;
    company.make_key()?;
    company.publish_roll(&electors(instance).collect::<Vec<Elector>>())?;
    company.drill()?;
    company.open()?;
    cast(&company, votes)?;
    company.close()?;
    for number in company.trustee_numbers() {
        company.seal(number)?;
    }
    for number in company.needed_to_decrypt() {
        company.decrypt(number)?;
    }
    let result = company.result()?;
    let election = *company.replica().election().id();
    let observed = observe(
        server.url(),
        election,
        &[],
        &options.out,
        &Judge::beside(program),
    )?;
    if observed.verdict != Verdict::Pass {
        return Err(ReplayError::Verdict(observed.report));
    }
    // It has nothing left to do; how it ends is of no consequence for the record.
    let _ = server.stop();
    Ok(Held {
        result,
        entries: observed.entries,
    })
}

/// Everybody votes once; the first thing that goes wrong ends it.
fn cast(company: &Company, votes: &[Vote]) -> Result<(), StageError> {
    let progress = progress(votes);
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let voter = || -> Result<(), StageError> {
        let rng = &mut own_randomness();
        while !failed.load(Ordering::Relaxed) {
            let Some((voter, answer)) = votes.get(next.fetch_add(1, Ordering::Relaxed)) else {
                break;
            };
            let answers = core::slice::from_ref(answer);
            company
                .ballot(&company.voters()[*voter], answers, rng)
                .and_then(|ballot| company.cast(&ballot))
                .inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
            progress.inc(1);
        }
        Ok(())
    };
    let outcome = thread::scope(|scope| {
        let voters: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(voter)).collect();
        let ended = voters.into_iter().map(|voter| {
            voter
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        ended.collect::<Vec<_>>().into_iter().collect()
    });
    progress.finish_and_clear();
    outcome
}
