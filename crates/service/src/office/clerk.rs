//! The server as an issuer at work: one errand after the other. An errand that cannot be finished yet is left again by whoever
//! changes that: a parcel, the organizer, a start of the server, or, where a board does not take the entry at the moment, time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use urne_client::desk::ChangeName;
use urne_election::phase::Phase;

use super::{Errand, Office, complain};
use crate::desk::draft::DraftRow;
use crate::mail::outbox::{Kind, put};
use crate::room::{Rejected, Room};
use crate::voters::VotersError;
use crate::voters::change::Change;
use crate::voters::issuing::StepError;

/// How long until a board that took nothing is asked again.
const AGAIN: Duration = Duration::from_secs(2);

pub(super) async fn run(
    office: Arc<Office>,
    mut errands: mpsc::UnboundedReceiver<Errand>,
    mut stopped: watch::Receiver<bool>,
) {
    if let Err(error) = leave_what_was_left(&office).await {
        complain(
            "what the server left undone as an issuer cannot be found out",
            &error,
        );
    }
    loop {
        let errand = tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => return,
            errand = errands.recv() => errand,
        };
        let Some(errand) = errand else { return };
        let done = match &errand {
            Errand::Roll(draft) => roll(&office, draft).await,
            Errand::Change(draft, row) => change(&office, draft, row).await,
        };
        match done {
            Ok(Outcome::Settled) => {}
            Ok(Outcome::Again) => leave_later(&office, errand),
            Err(error) => complain("the server's part as an issuer cannot be done", &error),
        }
    }
}

/// What became of an errand.
enum Outcome {
    /// it is done, or waits for somebody
    Settled,
    /// the board does not take it at the moment
    Again,
}

fn leave_later(office: &Arc<Office>, errand: Errand) {
    let office = Arc::downgrade(office);
    tokio::spawn(async move {
        tokio::time::sleep(AGAIN).await;
        if let Some(office) = office.upgrade() {
            office.leave(errand);
        }
    });
}

/// After a start: rolls that were begun, changes that were named.
async fn leave_what_was_left(office: &Office) -> Result<(), VotersError> {
    for list in office.voters.lists().await? {
        let draft = office.desk.draft_numbered(list.draft).await?;
        let begun = office.voters.has_halves(draft.id).await?;
        if list.stage != "published" && begun {
            office.leave(Errand::Roll(draft.clone()));
        }
        for change in office.voters.changes(&draft).await? {
            if !change.done {
                office.leave(Errand::Change(draft.clone(), change.row));
            }
        }
    }
    Ok(())
}

async fn roll(office: &Office, draft: &DraftRow) -> Result<Outcome, VotersError> {
    let _turn = office.list_turn().await;
    let list = office.voters.list(draft.id).await?;
    let wanted = list.is_some_and(|list| list.stage != "published");
    let Some(room) = office.room_of(draft).filter(|_| wanted) else {
        return Ok(Outcome::Settled);
    };
    let Some(seat) = office.issuer_seat(&room) else {
        return Ok(Outcome::Settled);
    };
    match phase(&room) {
        Stage::Before => return Ok(Outcome::Again),
        Stage::Preparing => {}
        Stage::Voting | Stage::After => return Ok(Outcome::Settled),
    }
    let entries = match office.voters.roll_step(seat, draft).await {
        Ok(Some(entries)) => entries,
        Ok(None) => return Ok(Outcome::Settled),
        Err(StepError::Voters(error @ VotersError::Desk(_))) => return Err(error),
        Err(error) => {
            office.voters.set_trouble(draft, &error.to_string()).await?;
            return Ok(Outcome::Settled);
        }
    };
    match append(&room, entries).await {
        Appending::Done => {
            office.voters.set_stage(draft, "published").await?;
            Ok(Outcome::Settled)
        }
        Appending::Later => Ok(Outcome::Again),
        Appending::Refused(why) => {
            office.voters.set_trouble(draft, &why).await?;
            Ok(Outcome::Settled)
        }
    }
}

async fn change(
    office: &Office,
    draft: &DraftRow,
    row: &urne_client::workshop::register::RowId,
) -> Result<Outcome, VotersError> {
    let _turn = office.list_turn().await;
    let named = office.voters.change_of(draft, row).await?;
    let (Some(room), Some(change)) = (office.room_of(draft), named.filter(|change| !change.done))
    else {
        return Ok(Outcome::Settled);
    };
    let Some(seat) = office.issuer_seat(&room) else {
        return Ok(Outcome::Settled);
    };
    if !matches!(phase(&room), Stage::Voting) {
        return Ok(Outcome::Settled);
    }
    let changed = match office.voters.change_step(seat, draft, &change).await {
        Ok(Some(changed)) => changed,
        Ok(None) => return Ok(Outcome::Settled),
        Err(StepError::Voters(error @ VotersError::Desk(_))) => return Err(error),
        Err(error) => {
            let why = error.to_string();
            office
                .voters
                .note_change(draft, &change, false, Some(&why))
                .await?;
            return Ok(Outcome::Settled);
        }
    };
    match append(&room, changed.entries).await {
        Appending::Done => {
            office
                .voters
                .finish_change(draft, &change, changed.line)
                .await?;
            invite_again(office, draft, &change).await?;
            Ok(Outcome::Settled)
        }
        Appending::Later => Ok(Outcome::Again),
        Appending::Refused(why) => {
            office
                .voters
                .note_change(draft, &change, true, Some(&why))
                .await?;
            Ok(Outcome::Settled)
        }
    }
}

/// Whoever has a new half needs a new link.
async fn invite_again(
    office: &Office,
    draft: &DraftRow,
    change: &Change,
) -> Result<(), VotersError> {
    let voter = office.voters.by_row(draft.id, &change.row).await?;
    let reachable = voter.filter(|voter| {
        change.change != ChangeName::Remove
            && office.mail.is_some()
            && !voter.voter.email.is_empty()
    });
    if let Some(voter) = reachable {
        let mut connection = office.voters.pool.acquire().await?;
        put(&mut connection, draft.id, voter.id, Kind::Invitation).await?;
        office.mail_waits();
    }
    Ok(())
}

/// Where a board stands, as far as the roll is concerned.
enum Stage {
    Before,
    Preparing,
    Voting,
    After,
}

fn phase(room: &Room) -> Stage {
    room.with_election(|election| match election.phase() {
        Phase::Dealing(_) | Phase::Confirming(_) => Stage::Before,
        Phase::Preparing(_) => Stage::Preparing,
        Phase::Voting(_) => Stage::Voting,
        Phase::Sealing(_) | Phase::Failed(_) => Stage::After,
    })
}

/// What became of entries.
enum Appending {
    /// all of them stand
    Done,
    /// the board takes nothing at the moment
    Later,
    /// one of them never will
    Refused(String),
}

/// Appends entries in order. Those that stand already are found where they are.
async fn append(room: &Room, entries: Vec<Vec<u8>>) -> Appending {
    for entry in entries {
        match room.append(entry).await {
            Ok(_) => {}
            // While the organizer closes nothing moves; it may thaw again.
            Err(Rejected::Refused {
                code: "closing", ..
            }) => return Appending::Later,
            Err(Rejected::Refused { message, .. }) => return Appending::Refused(message),
            Err(_) => return Appending::Later,
        }
    }
    Appending::Done
}
