//! The ballot box: opened and closed once each, at a position of the board that the organizer's own device followed.

use serde_json::json;
use urne_client::organizer::{Organizer, OrganizerError, OrganizerMemory, booth_files};
use urne_client::replica::Replica;
use urne_crypto::signature::public_key;
use urne_election::phase::Phase;

use super::super::context::{Context, follow, server};
use super::super::stage::Stage;
use super::{LARGEST_MEMORY, MEMORY, PositionArguments, at_work, key};
use crate::failure::{Failure, Outcome};
use crate::files::disk;
use crate::files::folder::Folder;
use crate::wire::board::Board;

/// What comes after the closing.
const COUNT: &str = "Next: every trustee types `urne trustee seal`, then `urne trustee decrypt`; then `urne organizer status` names the result's page";

fn organizer(
    context: &Context,
    folder: &Folder,
    position: PositionArguments,
) -> Outcome<Organizer> {
    let key = key(context, folder)?;
    let bytes = disk::read(&folder.file(MEMORY), LARGEST_MEMORY)?;
    let memory = OrganizerMemory::decode(&bytes, &public_key(&key))?;
    let mut organizer = Organizer::with_memory(key, memory);
    if position.forget_void_position {
        organizer.forget_void_position();
    }
    Ok(organizer)
}

/// The memory is on the disk before the entry leaves.
fn remember(folder: &Folder, organizer: &Organizer) -> Outcome {
    let bytes = organizer.memory().to_bytes(&organizer.public_key());
    Ok(disk::replace(&folder.file(MEMORY), &bytes)?)
}

fn explained(error: &OrganizerError, replica: &Replica) -> Failure {
    match error {
        OrganizerError::WrongPhase | OrganizerError::NotReady => {
            let stage = Stage::of(replica);
            Failure::not_yet(format!(
                "not yet: the election is {}; it awaits {}",
                stage.phase, stage.awaits
            ))
        }
        OrganizerError::NotLater => Failure::new(error.to_string()),
        OrganizerError::SignedAnother(what) => Failure::new(format!(
            "you already signed another {what}, for an earlier position. If that one was refused because the board had moved on, and your copy of the board shows another entry at its position, run this again with --forget-void-position"
        )),
    }
}

/// A box that is open, or closed, already: nothing is signed again. Only the key that the manifest names can have done it.
fn done_already(folder: &Folder, replica: &Replica, turn: Turn) -> Outcome<Option<u64>> {
    let kind = format!(r#"{{"kind":"{}""#, turn.kind());
    let is_void = |index: u64| replica.void().iter().any(|(void, _)| *void == index);
    let standing = (0..)
        .zip(replica.entries())
        .find(|(index, entry)| entry.starts_with(kind.as_bytes()) && !is_void(*index));
    let Some((index, _)) = standing else {
        return Ok(None);
    };
    let memory = disk::read(&folder.file(MEMORY), LARGEST_MEMORY)?;
    OrganizerMemory::decode(&memory, &replica.manifest().organizer.key).map_err(|error| {
        Failure::new(format!(
            "the box was {} by the organizer of this election (entry {index}), and {MEMORY} in this folder is not of that key: {error}",
            turn.words()
        ))
    })?;
    Ok(Some(index))
}

/// The two things that are done to the box, once each.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Open,
    Close,
}

impl Turn {
    fn kind(self) -> &'static str {
        match self {
            Turn::Open => "open",
            Turn::Close => "close",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Turn::Open => "opened",
            Turn::Close => "closed",
        }
    }
}

pub(super) fn open(context: &Context, position: PositionArguments) -> Outcome {
    let (folder, connection, id) = at_work(context)?;
    let replica = follow(&connection, &id)?;
    if let Some(index) = done_already(&folder, &replica, Turn::Open)? {
        let now = match replica.election().phase() {
            Phase::Voting(_) => "it is open",
            _ => "it has been closed since",
        };
        context.tell(
            &format!("Nothing to do: you opened the box already (entry {index}), and {now}."),
            &json!({ "opened": index, "already": true }),
        );
        return Ok(());
    }
    let mut organizer = organizer(context, &folder, position)?;
    let server = server(&connection)?;
    let booth = booth_files(&server.booth()?)?;
    let named = match booth.len() {
        0 => {
            "The server has no pages to vote on: people vote with programs of their own.".to_owned()
        }
        files => format!(
            "The opening names the {files} files of the pages on which people vote; whoever changes one can be seen to."
        ),
    };
    let entry = organizer
        .open(&replica, booth)
        .map_err(|error| explained(&error, &replica))?;
    remember(&folder, &organizer)?;
    let appended = server.append(&id, &entry)?;
    context.tell(
        &format!(
            "The box is open (entry {}).\n{named}\nNext, when voting is over: urne organizer close",
            appended.index
        ),
        &json!({ "opened": appended.index, "already": false }),
    );
    Ok(())
}

pub(super) fn close(context: &Context, position: PositionArguments) -> Outcome {
    let (folder, connection, id) = at_work(context)?;
    let board = Board::of(&connection.server, &id)?;
    let mut replica = board.follow(Some(&id))?;
    if closed_already(context, &folder, &replica)? {
        return Ok(());
    }
    if !matches!(replica.election().phase(), Phase::Voting(_)) {
        return Err(explained(&OrganizerError::WrongPhase, &replica));
    }
    let mut organizer = organizer(context, &folder, position)?;
    let server = server(&connection)?;
    let frozen = server.freeze(&id)?;
    board.catch_up_to(&mut replica, frozen.size)?;
    // Another run may have closed it in between.
    if closed_already(context, &folder, &replica)? {
        return Ok(());
    }
    let entry = organizer
        .close(&replica)
        .map_err(|error| explained(&error, &replica))?;
    remember(&folder, &organizer)?;
    let appended = server.append(&id, &entry)?;
    context.tell(
        &format!(
            "The box is closed (entry {}). No ballot is admitted any more.\n{COUNT}",
            appended.index
        ),
        &json!({ "closed": appended.index, "already": false }),
    );
    Ok(())
}

fn closed_already(context: &Context, folder: &Folder, replica: &Replica) -> Outcome<bool> {
    let Some(index) = done_already(folder, replica, Turn::Close)? else {
        return Ok(false);
    };
    context.tell(
        &format!("Nothing to do: you closed the box already (entry {index}).\n{COUNT}"),
        &json!({ "closed": index, "already": true }),
    );
    Ok(true)
}
