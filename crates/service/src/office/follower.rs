//! Follows every board that the server keeps a list of voters for: a notice for each accepted ballot, and, once the box is closed,
//! erasing. How far it has come stands in the database beside the notices it put into the outbox, so none is lost and none is put
//! there twice.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use urne_election::entry::{Entry, SignedEntry};
use urne_election::phase::Phase;

use super::{Office, complain, is_past_voting, pause};
use crate::desk::draft::DraftRow;
use crate::mail::outbox::{Kind, put};
use crate::room::Room;
use crate::voters::VotersError;
use crate::voters::list::ListRow;

/// Boards are looked at together, at most so often.
const AT_MOST_EVERY: Duration = Duration::from_millis(500);
/// And at least so often, for what time alone makes due.
const AT_LEAST_EVERY: Duration = Duration::from_secs(5);
/// Entries read at a time.
const ENTRIES: u64 = 256;

pub(super) async fn run(office: Arc<Office>, mut stopped: watch::Receiver<bool>) {
    loop {
        if let Err(error) = follow_all(&office).await {
            complain("the boards cannot be followed for notices", &error);
        }
        if !pause(&mut stopped, AT_MOST_EVERY).await {
            return;
        }
        tokio::select! {
            () = office.boards_grew.notified() => {}
            () = tokio::time::sleep(AT_LEAST_EVERY) => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
    }
}

async fn follow_all(office: &Office) -> Result<(), VotersError> {
    let now_s = office.hall.clock().now_s();
    office.voters.sweep_links(now_s).await?;
    for list in office.voters.lists().await? {
        // One list that cannot be followed keeps no other from being erased.
        if let Err(error) = follow_list(office, &list, now_s).await {
            complain("a list of voters cannot be followed or erased", &error);
        }
    }
    office.voters.empty_log().await
}

async fn follow_list(office: &Office, list: &ListRow, now_s: u64) -> Result<(), VotersError> {
    let draft = office.desk.draft_numbered(list.draft).await?;
    let room = office.room_of(&draft);
    let closes = match &room {
        Some(room) => room.with_election(|election| election.closes()),
        // Never founded, or given up: the hour that the organizer had in mind.
        None => match draft.content()? {
            Some(content) => content.closes,
            None => return Ok(()),
        },
    };
    if let Some(room) = room.filter(|_| !list.erased) {
        // Ballots are refused from the announced hour on, so nobody needs a half; also where nobody closes. Before the lines:
        // with them the list is done with.
        if is_past_voting(&room) || now_s >= closes {
            office.voters.erase_halves(draft.id).await?;
        }
        follow(office, &room, &draft, list).await?;
    }
    if now_s >= kept_until(closes, list.appeal_days) {
        office.voters.delete_list(draft.id).await?;
    }
    Ok(())
}

/// Until when a list is kept, in seconds since 1970.
pub(crate) fn kept_until(closes: u64, appeal_days: u32) -> u64 {
    closes.saturating_add(u64::from(appeal_days) * 86_400)
}

async fn follow(
    office: &Office,
    room: &Room,
    draft: &DraftRow,
    list: &ListRow,
) -> Result<(), VotersError> {
    let mut noticed = list.noticed.unsigned_abs();
    let published = room.status().published;
    while noticed < published {
        let until = (noticed + ENTRIES).min(published);
        put_notices(office, room, draft, noticed..until).await?;
        noticed = until;
    }
    // The close is the last entry that anybody's line matters for.
    let end = room.with_election(|election| match election.phase() {
        Phase::Sealing(phase) => Some(phase.closed().0),
        Phase::Failed(_) => Some(0),
        _ => None,
    });
    if end.is_some_and(|end| noticed >= end) {
        office.voters.erase_lines(draft.id).await?;
    }
    Ok(())
}

async fn put_notices(
    office: &Office,
    room: &Room,
    draft: &DraftRow,
    range: core::ops::Range<u64>,
) -> Result<(), VotersError> {
    let entries = room.entries(range.clone()).await;
    let entries = entries.map_err(|_| crate::desk::DeskError::Damaged("a board's entries"))?;
    let ballots = ballots_among(room, &entries);
    let mut transaction = office.voters.pool.begin_with("BEGIN IMMEDIATE").await?;
    for (key, tracker) in ballots.into_iter().filter(|_| office.mail.is_some()) {
        let voter: Option<i64> = sqlx::query_scalar(
            "SELECT voter.id FROM voter_line JOIN voter ON voter.id = voter_line.voter \
             WHERE voter_line.draft = ? AND voter_line.key = ? AND voter.email <> ''",
        )
        .bind(draft.id)
        .bind(&key[..])
        .fetch_optional(&mut *transaction)
        .await?;
        if let Some(voter) = voter {
            put(&mut transaction, draft.id, voter, Kind::Notice(tracker)).await?;
        }
    }
    sqlx::query("UPDATE voter_list SET noticed = ? WHERE draft = ?")
        .bind(i64::try_from(range.end).unwrap_or(i64::MAX))
        .bind(draft.id)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    office.mail_waits();
    Ok(())
}

/// Key and tracker of every ballot. A server's board holds no void one.
fn ballots_among(room: &Room, entries: &[Vec<u8>]) -> Vec<([u8; 32], [u8; 32])> {
    room.with_election(|election| {
        let constants = election.constants();
        let Some(ctx) = election.ctx() else {
            return Vec::new();
        };
        let ciphertexts = constants.form.program().ciphertexts();
        let ballot = |bytes: &Vec<u8>| match SignedEntry::decode(bytes, &constants.shape)
            .ok()?
            .entry
        {
            Entry::Ballot(ballot) => Some((*ballot.key.bytes(), ballot.tracker(ctx, ciphertexts))),
            _ => None,
        };
        entries.iter().filter_map(ballot).collect()
    })
}
