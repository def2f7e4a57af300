//! The end: a trustee checks and seals the whole board, and decrypts its totals.

use serde_json::json;
use urne_client::replica::Replica;
use urne_client::trustee::TrusteeMemory;
use urne_election::phase::Phase;

use super::super::context::Context;
use super::super::stage::{Addresses, Stage};
use super::work::{Work, done, explained};
use super::{MEMORY, Told};
use crate::failure::{Failure, Outcome};

pub(super) fn seal(context: &Context, told: Told, memory_lost: bool) -> Outcome {
    let work = Work::begin(context, told)?;
    let board = work.board()?;
    let replica = board.follow(Some(&work.id))?;
    let keys = work.keys()?;
    let trustee = work.seated(&keys, &replica)?;
    let mut memory = match (work.memory(&keys)?, memory_lost) {
        (Some(memory), false) => memory,
        (Some(_), true) => {
            return Err(Failure::new(format!(
                "{MEMORY} is here and not lost: seal without --memory-lost"
            )));
        }
        (None, true) => TrusteeMemory::lost(),
        (None, false) => {
            return Err(Failure::new(format!(
                "{MEMORY} is missing, so this device cannot know whether this key sealed before. Put it back if you have it. Only if it is lost, and you are certain that this key never sealed, run this again with --memory-lost: the seal, and every report, will say so"
            )));
        }
    };
    let closed = match replica.election().phase() {
        Phase::Sealing(phase) => Some(board.kept_checkpoint(phase.closed().0)?),
        _ => None,
    };
    let entry = trustee
        .seal(&replica, closed.as_ref(), &mut memory)
        .map_err(|error| explained(error, &replica))?;
    work.keep_memory(&keys, &memory)?;
    work.folder.keep_sent("seal", &entry)?;
    let index = work.send(&replica, &entry)?;
    for (void, why) in replica.void() {
        context.note(&format!(
            "entry {void} is void ({why}): the server is to blame; the count goes on without it"
        ));
    }
    done(
        context,
        "seal",
        index,
        "once enough have sealed: urne trustee decrypt",
    );
    Ok(())
}

pub(super) fn decrypt(context: &Context, told: Told) -> Outcome {
    let work = Work::begin(context, told)?;
    let mut replica = work.follow()?;
    if let Phase::Sealing(phase) = replica.election().phase()
        && (phase.sums().positions() == 0 || phase.tally().is_some())
    {
        let words = format!(
            "Nothing is left to decrypt: the result can be computed by everybody.\n{}",
            result_words(&work, &replica)
        );
        context.tell(&words, &decrypted(&work, &replica, None));
        return Ok(());
    }
    let entry = match work.folder.sent("decryption")? {
        Some(entry) => entry,
        None => {
            let keys = work.keys()?;
            let memory = work.memory(&keys)?.unwrap_or_else(TrusteeMemory::lost);
            let entry = work
                .seated(&keys, &replica)?
                .decrypt(&replica, &memory, &mut rand::rng())
                .map_err(|error| explained(error, &replica))?;
            work.folder.keep_sent("decryption", &entry)?;
            entry
        }
    };
    let index = work.send(&replica, &entry)?;
    // The decryption stands; where the board cannot be followed up to it, what comes next is said without knowing more.
    if work.board()?.catch_up_to(&mut replica, index + 1).is_ok() && awaits_result(&replica) {
        let _ = work.board()?.catch_up_to(&mut replica, index + 2);
    }
    context.tell(
        &format!(
            "Your decryption stands on the board (entry {index}).\n{}",
            result_words(&work, &replica)
        ),
        &decrypted(&work, &replica, Some(index)),
    );
    Ok(())
}

/// Whether only the server's own entry is missing.
fn awaits_result(replica: &Replica) -> bool {
    matches!(replica.election().phase(), Phase::Sealing(phase) if phase.awaits_result())
}

fn result_stands(replica: &Replica) -> bool {
    matches!(replica.election().phase(), Phase::Sealing(phase) if phase.tally().is_some())
}

/// Where the result stands, or will.
fn result_words(work: &Work<'_>, replica: &Replica) -> String {
    let addresses = Addresses::of(&work.connection.server, &work.id);
    let (page, check) = (&addresses.page, addresses.check());
    match result_stands(replica) {
        true => format!(
            "The result stands on {page}\nAnybody checks all of it with: {check}\nNext: when everybody has checked it, erase your key file: the public board holds every share under it"
        ),
        false => format!(
            "Next: it awaits {}. Then the result stands on {page}\nand anybody checks all of it with: {check}\nAfter that, erase your key file: the public board holds every share under it",
            Stage::of(replica).awaits
        ),
    }
}

fn decrypted(work: &Work<'_>, replica: &Replica, index: Option<u64>) -> serde_json::Value {
    let addresses = Addresses::of(&work.connection.server, &work.id);
    json!({
        "step": "decryption",
        "index": index,
        "result": result_stands(replica),
        "page": addresses.page,
        "board": addresses.board,
    })
}
