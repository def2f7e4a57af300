//! Requests for a fresh link. Whoever asks has their answer already, the same whether anybody has that name or not: only here is
//! it looked up. How often a name was asked for is remembered in memory alone.

use std::sync::Arc;
use std::time::Duration;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::{mpsc, watch};

use super::{Office, complain};
use crate::mail::outbox::{Kind, put};
use crate::voters::VotersError;

/// Links mailed to one voter before each further one takes a while.
const AT_ONCE: core::num::NonZeroU32 =
    core::num::NonZeroU32::new(3).expect("invariant: 3 is not 0");
/// That while.
const ANOTHER_EVERY: Duration = Duration::from_secs(600);
/// Voters that are forgotten together once so many requests were counted.
const SWEEP_EVERY: u64 = 1_024;

/// Somebody asks for a link.
#[derive(Debug)]
pub(crate) struct LinkRequest {
    pub(crate) election: [u8; 32],
    /// an identifier or an e-mail address, as typed
    pub(crate) name: String,
}

pub(super) async fn run(
    office: Arc<Office>,
    mut requests: mpsc::Receiver<LinkRequest>,
    mut stopped: watch::Receiver<bool>,
) {
    let Some(quota) = Quota::with_period(ANOTHER_EVERY) else {
        return;
    };
    let rate: DefaultKeyedRateLimiter<i64> = RateLimiter::keyed(quota.allow_burst(AT_ONCE));
    let mut counted = 0_u64;
    loop {
        let request = tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => return,
            request = requests.recv() => request,
        };
        let Some(request) = request else { return };
        counted += 1;
        if counted.is_multiple_of(SWEEP_EVERY) {
            rate.retain_recent();
        }
        if let Err(error) = answer(&office, &rate, &request).await {
            complain("a request for a link cannot be looked up", &error);
        }
    }
}

async fn answer(
    office: &Office,
    rate: &DefaultKeyedRateLimiter<i64>,
    request: &LinkRequest,
) -> Result<(), VotersError> {
    let room = office.hall.room(&request.election);
    let Some(room) = room.filter(|room| room.status().admits_ballots) else {
        return Ok(());
    };
    let (Some(_), Some(draft)) = (room.server_issuer(), office.draft_of(&room).await?) else {
        return Ok(());
    };
    let mut put_any = false;
    for voter in office.voters.named(draft.id, &request.name).await? {
        let can_vote = voter.half.is_some() && voter.line.is_some();
        if can_vote && !voter.voter.email.is_empty() && rate.check_key(&voter.id).is_ok() {
            let mut connection = office.voters.pool.acquire().await?;
            put_any |= put(&mut connection, draft.id, voter.id, Kind::Link).await?;
        }
    }
    if put_any {
        office.mail_waits();
    }
    Ok(())
}
