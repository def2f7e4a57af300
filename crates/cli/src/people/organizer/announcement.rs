//! What the organizer says to everybody while an election runs: notices, and a later closing hour.

use serde_json::json;
use toml::value::Datetime;
use urne_client::organizer::Organizer;
use urne_client::replica::Replica;
use urne_election::json::base64url;

use super::super::context::{Context, follow, server};
use super::{at_work, key};
use crate::failure::{Failure, Outcome};
use crate::hours;

/// Puts a notice on the board.
pub(super) fn notice(context: &Context, text: Vec<String>) -> Outcome {
    let (folder, connection, id) = at_work(context)?;
    let replica = follow(&connection, &id)?;
    one_per_language(&replica, &text)?;
    let key = key(context, &folder)?;
    let entry = Organizer::new(key).notice(&replica, text);
    let appended = server(&connection)?.append(&id, &entry)?;
    context.tell(
        &format!("The notice is public (entry {}).", appended.index),
        &json!({ "notice": appended.index, "election": base64url(&id) }),
    );
    Ok(())
}

/// Announces a later closing hour.
pub(super) fn extend(context: &Context, closes: &Datetime, reason: Vec<String>) -> Outcome {
    let closes = hours::seconds("--closes", closes)?;
    let (folder, connection, id) = at_work(context)?;
    let replica = follow(&connection, &id)?;
    one_per_language(&replica, &reason)?;
    let announced = hours::written(replica.election().closes());
    let key = key(context, &folder)?;
    let entry = Organizer::new(key)
        .extend(&replica, closes, reason)
        .map_err(|error| Failure::new(format!("{error}: {announced}")))?;
    let appended = server(&connection)?.append(&id, &entry)?;
    let closes = hours::written(closes);
    context.tell(
        &format!(
            "The box stays open until {closes}, and no longer until {announced}; everybody can see it (entry {}).",
            appended.index
        ),
        &json!({ "extension": appended.index, "closes": closes, "election": base64url(&id) }),
    );
    Ok(())
}

fn one_per_language(replica: &Replica, text: &[String]) -> Outcome {
    let languages = &replica.manifest().languages;
    if text.len() == languages.len() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "give one text per language: {}",
        languages.join(", ")
    )))
}
