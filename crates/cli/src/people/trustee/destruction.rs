//! The end of a key: the public board holds every share under it, so it is erased, and its holder says so on the board.

use serde_json::json;

use super::super::context::Context;
use super::work::{Work, explained};
use super::{KEY, Told};
use crate::failure::{Failure, Outcome};

/// The statement goes out while the key can still sign it; the file goes once the statement stands.
pub(super) fn destroy(context: &Context, told: Told) -> Outcome {
    let work = Work::begin(context, told)?;
    let replica = work.follow()?;
    let entry = match work.folder.sent("destruction")? {
        Some(entry) => entry,
        None => {
            let keys = work.keys()?;
            let trustee = work.seated(&keys, &replica)?;
            let entry = trustee
                .destroyed(&replica)
                .map_err(|error| explained(error, &replica))?;
            work.folder.keep_sent("destruction", &entry)?;
            entry
        }
    };
    let index = work.send(&replica, &entry)?;
    let file = work.folder.file(KEY);
    if file.exists() {
        std::fs::remove_file(&file).map_err(|error| {
            Failure::new(format!(
                "the statement stands (entry {index}), but {} cannot be erased: {error}. Erase it yourself",
                file.display()
            ))
        })?;
    }
    context.tell(
        &format!(
            "Your statement stands on the board (entry {index}), and {} is erased. Copies elsewhere, backups too, are yours to destroy.",
            file.display()
        ),
        &json!({ "step": "destruction", "index": index }),
    );
    Ok(())
}
