//! How a mail leaves: to a mail server, or into a folder where somebody looks (rehearsals, tests).

use std::time::Duration;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::{self, PoolConfig};
use lettre::{
    AsyncFileTransport, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
};

use super::letter::Letter;
use crate::config::{Mail, MailWay};

/// How long one exchange with the mail server may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// What is kept of another server's words, in characters.
const LONGEST_PROBLEM: usize = 200;

/// The way out.
pub(crate) struct Post {
    way: Way,
    from: Mailbox,
    reply_to: Option<Mailbox>,
}

enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(AsyncFileTransport<Tokio1Executor>),
}

/// What became of an attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// it was taken
    Taken,
    /// this recipient will never get it
    Refused(String),
    /// this recipient may get it later
    Later(String),
    /// the mail server does not answer, or takes nothing from us: other mails would fare no better
    NoPost(String),
}

impl Post {
    /// The way out that the operator has configured. Needs a runtime.
    ///
    /// # Errors
    /// In words.
    pub(crate) fn new(mail: &Mail) -> Result<Post, String> {
        let way = match &mail.way {
            MailWay::Folder(folder) => {
                std::fs::create_dir_all(folder)
                    .map_err(|error| format!("{}: {error}", folder.display()))?;
                Way::Folder(AsyncFileTransport::new(folder))
            }
            MailWay::Server(address) => {
                let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(address.expose());
                // The address may hold a password: only what kind of fault it is may be said.
                let builder = builder.map_err(|_| "mail.server is no address".to_owned())?;
                let pool = PoolConfig::new().max_size(mail.connections);
                Way::Smtp(builder.timeout(Some(TIMEOUT)).pool_config(pool).build())
            }
        };
        Ok(Post {
            way,
            from: mail.from.clone(),
            reply_to: mail.reply_to.clone(),
        })
    }

    /// Sends a letter to an address. The id is the same at every attempt, so that mail programs may show a mail that came twice once.
    pub(crate) async fn send(&self, letter: &Letter, name: &str, to: &str, id: &str) -> Sent {
        let message = match self.message(letter, name, to, id) {
            Ok(message) => message,
            Err(why) => return Sent::Refused(why),
        };
        match &self.way {
            Way::Folder(folder) => match folder.send(message).await {
                Ok(_) => Sent::Taken,
                Err(error) => Sent::NoPost(error.to_string()),
            },
            Way::Smtp(server) => match server.send(message).await {
                Ok(_) => Sent::Taken,
                Err(error) => judge(&error),
            },
        }
    }

    fn message(&self, letter: &Letter, name: &str, to: &str, id: &str) -> Result<Message, String> {
        let (text, html) = letter.render().map_err(|error| error.to_string())?;
        let address = to
            .parse()
            .map_err(|_| "this is no e-mail address".to_owned())?;
        let name = Some(name.to_owned()).filter(|name| !name.is_empty());
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, address))
            .subject(&letter.subject)
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            // So that nobody's absence note comes back.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Content-Language"),
                letter.language.tag().to_owned(),
            ));
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        builder
            .multipart(MultiPart::alternative_plain_html(text, html))
            .map_err(|error| error.to_string())
    }
}

/// Codes of RFC 4954 and RFC 5321 that are about us, not about a recipient.
const ABOUT_US: [u16; 6] = [421, 454, 530, 534, 535, 538];

fn judge(error: &smtp::Error) -> Sent {
    let why = words(error);
    let code = error.status().map(u16::from);
    match code {
        // What the other server says may name whom the mail was for: that is for the organizer, never for the log.
        Some(code) if ABOUT_US.contains(&code) => {
            Sent::NoPost(format!("the mail server answers {code}"))
        }
        _ if error.is_permanent() => Sent::Refused(why),
        _ if error.is_transient() => Sent::Later(why),
        _ => Sent::NoPost(why),
    }
}

/// The other server's words, short and on one line.
fn words(error: &smtp::Error) -> String {
    let visible = |character: char| {
        if character.is_control() {
            ' '
        } else {
            character
        }
    };
    let text = error.to_string();
    text.chars().map(visible).take(LONGEST_PROBLEM).collect()
}
