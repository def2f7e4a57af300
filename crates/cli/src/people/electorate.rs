//! The organizer's voters on the server: their list, mails, the roll that the server makes, and its changes.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use urne_client::desk::{
    ChangeName, ChangeReason, ListedVoter, MailState, NamedChange, NewChange, NewInvitations,
    NewVoter, NewVoterList, RollStage,
};
use urne_client::voter_list;
use urne_crypto::credential::Identifier;

use super::context::Context;
use crate::failure::{Failure, Outcome};
use crate::files::disk;
use crate::wire::server::Server;

const LARGEST_FILE: u64 = 64 * 1024 * 1024;
const PAUSE: Duration = Duration::from_millis(500);

/// What the organizer types about voters.
#[derive(Debug, Subcommand)]
pub enum ElectorateCommand {
    /// Give the server the list of voters: a CSV file with the columns identifier, name, email, language, weight, college, address
    ///
    /// Only `identifier` is needed: what voters know beforehand and type. The list may be saved again until the roll is signed; a
    /// registrar takes it from the server, with the row ids that keep both lists together.
    Voters {
        /// The list
        file: PathBuf,
        /// Days after the announced closing for which the server keeps it, for appeals
        #[arg(long, default_value_t = 30)]
        appeal_days: u32,
    },
    /// Have the server make the roll alone, where it is the only registrar (the easy mode: it could then vote for everybody)
    Roll(Patience),
    /// Mail invitations to everybody who was not sent one
    Invite {
        /// Instead: to the voter with this identifier, again if need be (several times for several)
        #[arg(long)]
        identifier: Vec<String>,
    },
    /// Mail a reminder to those who have no ballot in the box; nobody is told whom
    Remind,
    /// Name the voters whose invitation did not arrive, and what their mail server said
    Bounced,
    /// Name a change of the roll for the server's side, while the box is open
    ///
    /// Alone, the server makes it at once. Beside a registrar it waits until the registrar has named the same voter, change and
    /// reason: urne registrar replace, add or remove.
    Change {
        /// What
        #[arg(value_enum)]
        change: ChangeArgument,
        /// The voter's identifier
        #[arg(long)]
        identifier: String,
        /// Why (public)
        #[arg(long, value_enum)]
        reason: ReasonArgument,
        /// A late voter's e-mail address (for add)
        #[arg(long, default_value = "")]
        email: String,
        /// A late voter's name (for add)
        #[arg(long, default_value = "")]
        name: String,
        /// The late voter's weight (for add)
        #[arg(long, default_value_t = 1)]
        weight: u32,
        /// The late voter's college (for add)
        #[arg(long, default_value_t = 1)]
        college: u32,
        /// how long
        #[command(flatten)]
        patience: Patience,
    },
}

/// How long to wait until it stands on the board.
#[derive(Clone, Copy, Debug, Args)]
pub struct Patience {
    /// Give up waiting after this many seconds (exit code 3); the server goes on all the same
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    wait: u64,
}

/// What changes about a voter's line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ChangeArgument {
    /// a late voter gets a line
    Add,
    /// the line ends; a ballot cast with it no longer counts
    Remove,
    /// old letters and links become worthless; a ballot already cast stays
    Replace,
}

/// Why.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ReasonArgument {
    /// lost, or seen by others
    Lost,
    /// voted on paper
    Paper,
    /// a mistake in the list
    Error,
    /// admitted late
    Admitted,
    /// struck off
    Struck,
}

/// The organizer's way to a draft.
pub(super) struct Desk {
    pub(super) server: Server,
    pub(super) draft: String,
}

impl ElectorateCommand {
    /// Does it.
    ///
    /// # Errors
    /// In words.
    pub(super) fn run(self, context: &Context, desk: &Desk) -> Outcome {
        match self {
            ElectorateCommand::Voters { file, appeal_days } => {
                voters(context, desk, &file, appeal_days)
            }
            ElectorateCommand::Roll(patience) => roll(context, desk, patience),
            ElectorateCommand::Invite { identifier } => invite(context, desk, &identifier),
            ElectorateCommand::Remind => {
                desk.server.remind_voters(&desk.draft)?;
                context.tell(
                    "Reminders are on their way to everybody without a ballot in the box.",
                    &json!({ "reminded": true }),
                );
                Ok(())
            }
            ElectorateCommand::Bounced => bounced(context, desk),
            ElectorateCommand::Change {
                change,
                identifier,
                reason,
                email,
                name,
                weight,
                college,
                patience,
            } => {
                let late = NewVoter {
                    identifier,
                    name,
                    email,
                    language: String::new(),
                    weight,
                    college,
                    address: String::new(),
                };
                let named = name_change(desk, change, reason, late)?;
                await_change(context, desk, &named, patience)
            }
        }
    }
}

fn voters(context: &Context, desk: &Desk, path: &Path, appeal_days: u32) -> Outcome {
    let listed = voter_list::read(&disk::read(path, LARGEST_FILE)?, false)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    let voter = |listed: voter_list::ListedVoter| NewVoter {
        identifier: listed.identifier.as_str().to_owned(),
        name: listed.contact.name,
        email: listed.contact.email,
        language: listed.contact.language,
        weight: listed.entitlement.weight,
        college: listed.entitlement.college,
        address: listed.contact.address.replace("\r\n", "\n"),
    };
    let list = NewVoterList {
        appeal_days,
        voters: listed.into_iter().map(voter).collect(),
    };
    let saved = desk.server.save_voters(&desk.draft, &list)?;
    let count = saved.voters.len();
    let unreachable = saved
        .voters
        .iter()
        .filter(|voter| voter.voter.email.is_empty())
        .count();
    context.tell(
        &format!(
            "{count} voters are on the server's list, {unreachable} of them without an e-mail address. Compare the number with a list made elsewhere."
        ),
        &json!({ "voters": count, "without_email": unreachable }),
    );
    Ok(())
}

fn roll(context: &Context, desk: &Desk, patience: Patience) -> Outcome {
    desk.server.make_roll(&desk.draft)?;
    let start = Instant::now();
    loop {
        let progress = desk.server.roll_progress(&desk.draft)?;
        if let Some(trouble) = progress.trouble {
            return Err(Failure::new(trouble));
        }
        if progress.stage == RollStage::Published {
            context.tell(
                &format!(
                    "The roll stands: {} lines. The server made all codes alone, and could vote for anybody: everybody is told.",
                    progress.voters
                ),
                &json!({ "lines": progress.voters }),
            );
            return Ok(());
        }
        wait_a_little(start, patience)?;
    }
}

fn wait_a_little(start: Instant, patience: Patience) -> Outcome {
    if start.elapsed() >= Duration::from_secs(patience.wait) {
        return Err(Failure::not_yet(
            "it does not stand on the board yet; the server goes on: look again later",
        ));
    }
    sleep(PAUSE);
    Ok(())
}

/// The voter of the list with this identifier.
fn listed<'v>(voters: &'v [ListedVoter], identifier: &str) -> Outcome<&'v ListedVoter> {
    let identifier = Identifier::new(identifier)?;
    let found = voters
        .iter()
        .find(|voter| voter.voter.identifier == identifier.as_str());
    found.ok_or_else(|| {
        Failure::new(format!(
            "nobody on the server's list has the identifier “{}”",
            identifier.as_str()
        ))
    })
}

fn invite(context: &Context, desk: &Desk, identifiers: &[String]) -> Outcome {
    let rows = match identifiers {
        [] => None,
        some => {
            let voters = desk.server.voters(&desk.draft)?.voters;
            let row = |identifier: &String| Ok(listed(&voters, identifier)?.row.clone());
            Some(some.iter().map(row).collect::<Outcome<Vec<String>>>()?)
        }
    };
    let queued = desk
        .server
        .invite_voters(&desk.draft, &NewInvitations { rows })?
        .queued;
    context.tell(
        &format!("{queued} invitations are on their way.\nLater: urne organizer bounced"),
        &json!({ "queued": queued }),
    );
    Ok(())
}

fn bounced(context: &Context, desk: &Desk) -> Outcome {
    let voters = desk.server.voters(&desk.draft)?.voters;
    let count = |state| {
        voters
            .iter()
            .filter(|voter| voter.invitation.state == state)
            .count()
    };
    let bounced: Vec<&ListedVoter> = voters
        .iter()
        .filter(|voter| voter.invitation.state == MailState::Bounced)
        .collect();
    let mut words = format!(
        "{} invitations sent, {} on their way, {} bounced",
        count(MailState::Sent),
        count(MailState::Queued),
        bounced.len()
    );
    for voter in &bounced {
        let problem = voter
            .invitation
            .problem
            .as_deref()
            .unwrap_or("no reason given");
        words.push_str(&format!(
            "\n{} <{}>: {problem}",
            voter.voter.identifier, voter.voter.email
        ));
    }
    let listed = |voter: &&ListedVoter| json!({ "identifier": voter.voter.identifier, "email": voter.voter.email, "problem": voter.invitation.problem });
    let listed: Vec<_> = bounced.iter().map(listed).collect();
    context.tell(
        &words,
        &json!({ "sent": count(MailState::Sent), "queued": count(MailState::Queued), "bounced": listed }),
    );
    Ok(())
}

fn name_change(
    desk: &Desk,
    change: ChangeArgument,
    reason: ReasonArgument,
    late: NewVoter,
) -> Outcome<NamedChange> {
    let change = match change {
        ChangeArgument::Add => ChangeName::Add,
        ChangeArgument::Remove => ChangeName::Remove,
        ChangeArgument::Replace => ChangeName::Replace,
    };
    let reason = match reason {
        ReasonArgument::Lost => ChangeReason::Lost,
        ReasonArgument::Paper => ChangeReason::Paper,
        ReasonArgument::Error => ChangeReason::Error,
        ReasonArgument::Admitted => ChangeReason::Admitted,
        ReasonArgument::Struck => ChangeReason::Struck,
    };
    let new = match change {
        ChangeName::Add => NewChange {
            change,
            reason,
            row: None,
            voter: Some(late),
        },
        ChangeName::Remove | ChangeName::Replace => {
            let voters = desk.server.voters(&desk.draft)?.voters;
            NewChange {
                change,
                reason,
                row: Some(listed(&voters, &late.identifier)?.row.clone()),
                voter: None,
            }
        }
    };
    Ok(desk.server.name_change(&desk.draft, &new)?)
}

fn await_change(
    context: &Context,
    desk: &Desk,
    named: &NamedChange,
    patience: Patience,
) -> Outcome {
    let start = Instant::now();
    let mut told = None;
    context.note(&format!(
        "The change is named, for row {}. A registrar beside the server names the same now (for add: --row {}).",
        named.row, named.row
    ));
    loop {
        let changes = desk.server.named_changes(&desk.draft)?;
        let now = changes.into_iter().find(|change| change.row == named.row);
        let now =
            now.ok_or_else(|| Failure::new("the server has forgotten the change: name it again"))?;
        if now.done {
            context.tell(
                "The change stands on the board.",
                &json!({ "row": now.row, "done": true }),
            );
            return Ok(());
        }
        if now.trouble.is_some() && now.trouble != told {
            context.note(now.trouble.as_deref().unwrap_or_default());
            told = now.trouble;
        }
        wait_a_little(start, patience)?;
    }
}
