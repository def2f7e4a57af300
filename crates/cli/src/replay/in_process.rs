//! The whole election in this process: no server, and the same record again for the same seed.

use std::fs;
use std::path::Path;

use urne_board::record::RecordError;

use super::{Held, ReplayError, Vote, progress};
use crate::rehearsal::{Draft, Town};

pub(super) fn hold(
    draft: Draft,
    seed: Option<u64>,
    votes: &[Vote],
    out: &Path,
) -> Result<Held, ReplayError> {
    let mut town = Town::found(draft, seed.unwrap_or_else(rand::random))?;
    town.prepare_and_open()?;
    let progress = progress(votes);
    for (voter, answer) in votes {
        town.vote(*voter, core::slice::from_ref(answer))?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    let result = town.close_and_count()?;
    write_record(&town, out)?;
    Ok(Held {
        result,
        entries: town.server.replica().tree().size(),
    })
}

fn write_record(town: &Town, out: &Path) -> Result<(), RecordError> {
    town.server.write_record(|path, bytes| {
        let path = out.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, bytes)
    })
}
