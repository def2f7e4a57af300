//! What must hold between two deaths, and over all of them.

use std::time::Duration;

use hyper::StatusCode;
use hyper::body::Bytes;
use rand::RngExt as _;
use rand::rngs::StdRng;
use urne_board::checkpoint::SignedCheckpoint;
use urne_client::replica::Replica;

use super::clients::Clients;
use crate::load::LoadError;

/// A server that has just started may be busy, but not for long.
const ATTEMPTS: u32 = 400;
const PAUSE: Duration = Duration::from_millis(5);

/// Fetches some receipts that were given before, and sends their ballots again: each time the first receipt must come. How often
/// it did.
///
/// # Errors
/// [`LoadError::Lost`].
pub async fn ask_again(
    clients: &Clients,
    count: usize,
    rng: &mut StdRng,
) -> Result<u64, LoadError> {
    let known = clients.receipts();
    let mut same = 0;
    for _ in 0..count.min(known.len()) {
        let (ballot, receipt) = &known[rng.random_range(0..known.len())];
        for sent in [false, true] {
            let again = answered(clients, ballot, sent).await?;
            if again != *receipt {
                return Err(LoadError::Lost(format!(
                    "after a crash a ballot has another receipt than before: {}",
                    String::from_utf8_lossy(&again)
                )));
            }
            same += 1;
        }
    }
    Ok(same)
}

async fn answered(clients: &Clients, ballot: &Bytes, sent: bool) -> Result<Bytes, LoadError> {
    let mut last = String::new();
    for _ in 0..ATTEMPTS {
        let answer = match sent {
            true => clients.send(ballot).await,
            false => clients.fetch(ballot).await,
        };
        match answer {
            Ok((StatusCode::OK, receipt)) => return Ok(receipt),
            Ok((status @ StatusCode::SERVICE_UNAVAILABLE, _)) => last = status.to_string(),
            Ok((status, body)) => {
                let body = String::from_utf8_lossy(&body);
                let what = format!("a receipted ballot is answered {status} after a crash: {body}");
                return Err(LoadError::Lost(what));
            }
            Err(why) => last = why,
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(LoadError::Lost(format!(
        "a receipt cannot be had again: {last}"
    )))
}

/// Every checkpoint that was shown is signed by the log, none is smaller than one before it, and each states a root that the final
/// board had at that size: so each is a consistent extension of all before it. How many there were.
///
/// # Errors
/// [`LoadError::Lost`].
pub fn history(replica: &Replica, shown: &[Bytes]) -> Result<usize, LoadError> {
    let policy = replica.policy();
    let mut before = 0;
    for text in shown {
        let lost = |what: String| Err(LoadError::Lost(what));
        let checkpoint = match SignedCheckpoint::parse(text) {
            Ok(checkpoint) => checkpoint,
            Err(error) => return lost(format!("a checkpoint cannot be read: {error}")),
        };
        if let Err(error) = checkpoint.verify(policy.log()) {
            return lost(format!("a checkpoint is not signed: {error}"));
        }
        let stated = checkpoint.checkpoint();
        if stated.size() < before {
            let size = stated.size();
            return lost(format!("the board shrank from {before} to {size} entries"));
        }
        if replica.tree().root_at(stated.size()) != Some(*stated.root()) {
            let size = stated.size();
            return lost(format!("the board of {size} entries was shown otherwise"));
        }
        before = stated.size();
    }
    Ok(shown.len())
}
