//! Sends what waits in the outbox, a few mails at a time. What a mail server puts off is tried again, later and later; what it refuses
//! has bounced. Where no mail server answers, all wait, and no attempt is counted. When the next attempt is due is remembered in
//! memory alone: after a restart everything is due.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use urne_election::json::base64url;

use super::{Office, complain, is_past_voting, pause};
use crate::config::Mail;
use crate::desk::draft::DraftRow;
use crate::mail::letter::{About, Door, Letter};
use crate::mail::outbox::{Kind, Waiting};
use crate::mail::post::{Post, Sent};
use crate::pages::language::Language;
use crate::room::Room;
use crate::voters::VotersError;
use crate::voters::links::Key;
use crate::voters::list::VoterRow;

/// Longest pause while no mail server answers.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Longest time between two attempts for one recipient.
const LONGEST_WAIT: Duration = Duration::from_secs(4 * 3_600);
/// How long a mail under way may take once the server stops.
const GRACE: Duration = Duration::from_secs(3);
/// How often the outbox is looked at when nobody says that a mail waits.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

pub(super) async fn run(office: Arc<Office>, mut stopped: watch::Receiver<bool>) {
    if office.mail.is_none() {
        return;
    }
    let mut postman = Postman {
        office,
        due: HashMap::new(),
        pause: Duration::ZERO,
    };
    loop {
        match postman.round(&mut stopped).await {
            Ok(Round::Sent) => {}
            Ok(Round::Nothing) => {
                let next = postman.next_due();
                tokio::select! {
                    () = postman.office.mail_waits.notified() => {}
                    () = sleep_until(next) => {}
                    _ = stopped.wait_for(|stopped| *stopped) => return,
                }
            }
            Ok(Round::NoPost(why)) => {
                tracing::warn!(why, "no mail leaves at the moment; it is tried again");
                metrics::counter!("urne_mail_pauses_total").increment(1);
                let first = postman.retry();
                postman.pause = (postman.pause * 2).clamp(first, LONGEST_PAUSE.max(first));
                if !pause(&mut stopped, postman.pause).await {
                    return;
                }
            }
            Err(error) => {
                complain("the outbox cannot be read or written", &error);
                if !pause(&mut stopped, LOOK_AGAIN).await {
                    return;
                }
            }
        }
        if *stopped.borrow() {
            return;
        }
    }
}

struct Postman {
    office: Arc<Office>,
    /// when a mail that was put off is due again
    due: HashMap<i64, Instant>,
    /// how long it was waited for a mail server the last time; nothing after one has answered
    pause: Duration,
}

/// What a round over the outbox has led to.
enum Round {
    Sent,
    /// nothing is due
    Nothing,
    /// no mail server takes anything
    NoPost(String),
}

impl Postman {
    fn retry(&self) -> Duration {
        let retry_ms = self.office.mail.as_ref().map(|(mail, _)| mail.retry_ms);
        Duration::from_millis(retry_ms.unwrap_or(60_000))
    }

    fn next_due(&self) -> Instant {
        let latest = Instant::now() + LOOK_AGAIN;
        self.due
            .values()
            .min()
            .map_or(latest, |next| latest.min(*next))
    }

    async fn round(&mut self, stopped: &mut watch::Receiver<bool>) -> Result<Round, VotersError> {
        let Some((mail, _)) = &self.office.mail else {
            return Ok(Round::Nothing);
        };
        let connections = mail.connections as usize;
        let waiting = self
            .office
            .outbox
            .first(self.due.len() + 8 * connections)
            .await?;
        let known = |id: &i64| waiting.iter().any(|mail| mail.id == *id);
        self.due.retain(|id, _| known(id));
        let now = Instant::now();
        let is_due = |mail: &Waiting| self.due.get(&mail.id).is_none_or(|due| *due <= now);
        let due: Vec<Waiting> = waiting.into_iter().filter(is_due).collect();
        if due.is_empty() {
            return Ok(Round::Nothing);
        }
        let mut due = due.into_iter();
        let mut under_way = JoinSet::new();
        let mut no_post = None;
        loop {
            while under_way.len() < connections && no_post.is_none() && !*stopped.borrow() {
                let Some(waiting) = due.next() else { break };
                let office = Arc::clone(&self.office);
                under_way.spawn(async move {
                    let sent = deliver(&office, &waiting).await;
                    (waiting, sent)
                });
            }
            let done = tokio::select! {
                done = under_way.join_next() => done,
                // What is still under way then ends with this: it goes out again after the next start.
                () = grace(stopped.clone()) => break,
            };
            let Some(done) = done else { break };
            let Ok((waiting, sent)) = done else { continue };
            if let Some(why) = self.settle(&waiting, sent?).await? {
                no_post = Some(why);
            }
        }
        Ok(no_post.map_or(Round::Sent, Round::NoPost))
    }

    /// Notes what became of a mail; why no mail leaves, if none does.
    async fn settle(
        &mut self,
        mail: &Waiting,
        sent: Option<Sent>,
    ) -> Result<Option<String>, VotersError> {
        let outbox = &self.office.outbox;
        let most = self
            .office
            .mail
            .as_ref()
            .map_or(0, |(mail, _)| mail.attempts);
        let (label, no_post) = match sent {
            None => {
                outbox.drop(mail).await?;
                ("dropped", None)
            }
            Some(Sent::Taken) => {
                self.pause = Duration::ZERO;
                // A crash before this leaves the mail in the outbox: it goes out again, the same.
                outbox.settle(mail, Ok(())).await?;
                ("sent", None)
            }
            Some(Sent::Later(_)) if mail.attempts + 1 < most => {
                outbox.tried(mail).await?;
                let wait = self.retry() * 2_u32.saturating_pow(mail.attempts.min(16));
                self.due
                    .insert(mail.id, Instant::now() + wait.min(LONGEST_WAIT));
                ("put-off", None)
            }
            Some(Sent::Refused(why) | Sent::Later(why)) => {
                self.pause = Duration::ZERO;
                outbox.settle(mail, Err(&why)).await?;
                ("bounced", None)
            }
            Some(Sent::NoPost(why)) => ("no-post", Some(why)),
        };
        metrics::counter!("urne_mails_total", "outcome" => label).increment(1);
        Ok(no_post)
    }
}

/// Done some time after the office closes.
async fn grace(mut stopped: watch::Receiver<bool>) {
    // An office that is gone has closed.
    let _ = stopped.wait_for(|stopped| *stopped).await;
    tokio::time::sleep(GRACE).await;
}

/// Writes a mail and sends it; nothing where nobody needs it any more.
async fn deliver(office: &Office, waiting: &Waiting) -> Result<Option<Sent>, VotersError> {
    let Some((mail, post)) = &office.mail else {
        return Ok(None);
    };
    let draft = office.desk.draft_numbered(waiting.draft).await?;
    let key = office.voters.key_of(&waiting.seed);
    let id = office.voters.message_id(&waiting.seed);
    if let Kind::Seat(role, number) = waiting.kind {
        let Some((name, email)) = office.desk.mail_to_seat(&draft, role, number).await? else {
            return Ok(None);
        };
        let Some(about) = about_draft(office, &draft, name.clone())? else {
            return Ok(None);
        };
        office
            .desk
            .seat_by_mail(&draft, (role, number), key.token.hash())
            .await?;
        let letter = about.seat(role, &key.token.reveal());
        return Ok(Some(post.send(&letter, &name, &email, &id).await));
    }
    let voter = match waiting.voter {
        Some(id) => office.voters.numbered(id).await?,
        None => None,
    };
    let (Some(voter), Some(room)) = (voter, office.room_of(&draft)) else {
        return Ok(None);
    };
    let letter = match waiting.kind {
        Kind::Notice(tracker) => about(office, &room, &voter).notice(&base64url(&tracker)),
        _ => match leading(office, (&room, &draft), (waiting, &voter), (&key, mail)).await? {
            Some(letter) => letter,
            None => return Ok(None),
        },
    };
    Ok(Some(send(post, &letter, &voter, &id).await))
}

async fn send(post: &Post, letter: &Letter, voter: &VoterRow, id: &str) -> Sent {
    post.send(letter, &voter.voter.name, &voter.voter.email, id)
        .await
}

/// A mail that leads to the ballot, with a key that works from now on; nothing where it would lead nowhere.
async fn leading(
    office: &Office,
    (room, draft): (&Room, &DraftRow),
    (waiting, voter): (&Waiting, &VoterRow),
    (key, mail): (&Key, &Mail),
) -> Result<Option<Letter>, VotersError> {
    let is_open = room.with_election(|election| election.voting().is_ok());
    // Whoever was struck off has no line any more.
    if is_past_voting(room) || is_open && voter.line.is_none() {
        return Ok(None);
    }
    let has_voted = || {
        let line = voter.line.and_then(|line| room.line(&line));
        line.is_none_or(|line| line.accepted.is_some())
    };
    // Somebody may have voted since the reminders were asked for.
    if waiting.kind == Kind::Reminder && has_voted() {
        return Ok(None);
    }
    let now_s = office.hall.clock().now_s();
    let lasts_s = match waiting.kind {
        Kind::Link => u64::from(mail.link_minutes) * 60,
        _ => u64::from(mail.invitation_hours) * 3_600,
    };
    let kept = office
        .voters
        .keep_key(draft, (waiting.id, voter), key, now_s + lasts_s)
        .await?;
    if !kept {
        return Ok(None);
    }
    let (election, token) = (base64url(room.id()), key.token.reveal());
    let door = Door {
        election: &election,
        token: &token,
        code: &key.code,
    };
    let about = about(office, room, voter);
    Ok(Some(match waiting.kind {
        Kind::Reminder => about.reminder(&door),
        Kind::Link => about.link(&door),
        _ => about.invitation(&door),
    }))
}

fn about(office: &Office, room: &Room, voter: &VoterRow) -> About {
    room.with_election(|election| {
        let manifest = election.manifest();
        let wanted = match voter.voter.language.as_str() {
            "" => manifest.languages.first().map_or("", String::as_str),
            language => language,
        };
        let place = manifest.languages.iter().position(|tag| tag == wanted);
        let title = manifest.title.get(place.unwrap_or(0));
        About {
            language: Language::by_tag(wanted).unwrap_or(Language::English),
            title: title.cloned().unwrap_or_default(),
            organizer: manifest.organizer.name.clone(),
            opens: manifest.opens,
            closes: election.closes(),
            practice: manifest.practice,
            letters: manifest.issuers.len() == 2,
            public_url: office.public_url.as_str().to_owned(),
            name: voter.voter.name.clone(),
        }
    })
}

/// What is known before the manifest; nothing where the organizer has saved nothing.
fn about_draft(
    office: &Office,
    draft: &DraftRow,
    name: String,
) -> Result<Option<About>, VotersError> {
    let content = draft.content()?;
    Ok(content.map(|content| {
        let tag = content.languages.first().map_or("", String::as_str);
        About {
            language: Language::by_tag(tag).unwrap_or(Language::English),
            title: content.title.into_iter().next().unwrap_or_default(),
            organizer: content.organizer,
            opens: content.opens,
            closes: content.closes,
            practice: content.practice,
            letters: false,
            public_url: office.public_url.as_str().to_owned(),
            name,
        }
    }))
}
