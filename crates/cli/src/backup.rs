//! The operator's copies of a data folder: taking one, proving it good, putting one back.

use std::path::Path;

use serde_json::json;
use urne_service::backup::{self, Behind};

use crate::failure::{Failure, Outcome};
use crate::people::context::Context;

fn wait_for<T>(work: impl Future<Output = T>) -> Outcome<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|why| Failure::new(format!("the operating system gives no threads: {why}")))?;
    Ok(runtime.block_on(work))
}

/// Copies a data folder, also while a server runs on it.
///
/// # Errors
/// In words.
pub fn backup(context: &Context, data: &Path, to: &Path) -> Outcome {
    wait_for(backup::backup(data, to))??;
    let place = to.display();
    context.tell(
        &format!(
            "The copy is in {place}. It holds the server's secret: keep it as safe as the server.\nNext, to know that it can be used: urne rehearse {place}"
        ),
        &json!({ "backup": to }),
    );
    Ok(())
}

/// Reads a copy, judges every entry of every board in it again, and says what it found.
///
/// # Errors
/// In words, where the copy is not good.
pub fn rehearse(context: &Context, from: &Path, published: Option<&Path>) -> Outcome {
    context.note("Judging every entry of every board in the copy again …");
    let boards = wait_for(backup::rehearse(from, published))??;
    let mut words = format!("The copy is good: {} boards.", boards.len());
    for board in &boards {
        let given_up = if board.given_up { ", given up" } else { "" };
        words.push_str(&format!(
            "\n{}: {} entries{given_up}",
            board.election, board.size
        ));
    }
    if published.is_none() {
        words.push_str(
            "\nIt was compared with what was published when it was taken. To compare it with what was published since: --published DATA/published",
        );
    }
    let json: Vec<_> = boards
        .iter()
        .map(|board| {
            json!({
                "election": board.election,
                "size": board.size,
                "published": board.published,
                "given_up": board.given_up,
            })
        })
        .collect();
    context.tell(&words, &json!({ "boards": json }));
    Ok(())
}

/// Puts a copy back.
///
/// # Errors
/// In words; then nothing runs on the folder.
pub fn restore(context: &Context, from: &Path, data: &Path, give_up: bool) -> Outcome {
    let behind = if give_up {
        Behind::GiveUp
    } else {
        Behind::Refuse
    };
    context.note("Judging every entry of every board in the copy again …");
    let given_up = wait_for(backup::restore(from, data, behind))??;
    let mut words = format!("{} is ready for `urne serve`.", data.display());
    for election in &given_up {
        words.push_str(&format!(
            "\n{election} is given up: more of it was published than the copy holds. Tell its organizer"
        ));
    }
    context.tell(&words, &json!({ "data": data, "given_up": given_up }));
    Ok(())
}
