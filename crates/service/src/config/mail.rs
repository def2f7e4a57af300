//! The section `[mail]`: how mails leave, and how long what they carry is good for. Without it no mail leaves.

use std::path::PathBuf;

use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use serde::{Deserialize, Serialize};

/// How mails leave, checked.
#[derive(Clone, Debug)]
pub struct Mail {
    /// to a server, or into a folder
    pub way: MailWay,
    /// who they are from
    pub from: Mailbox,
    /// where answers go
    pub reply_to: Option<Mailbox>,
    /// connections to the mail server at the same time
    pub connections: u32,
    /// milliseconds before a mail that was put off is tried again; each further wait is twice as long
    pub retry_ms: u64,
    /// attempts for one mail before it counts as bounced
    pub attempts: u32,
    /// hours for which the link of an invitation or a reminder is good
    pub invitation_hours: u32,
    /// minutes for which a link that was asked for is good
    pub link_minutes: u32,
}

/// Where mails go.
#[derive(Clone, Debug)]
pub enum MailWay {
    /// a mail server
    Server(ServerAddress),
    /// a folder, one file for each mail: for rehearsals and tests
    Folder(PathBuf),
}

/// The address of a mail server, which may hold a password and is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerAddress(String);

impl ServerAddress {
    /// As it is written in the configuration.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for ServerAddress {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("ServerAddress(…)")
    }
}

/// The section as it is written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenMail {
    /// `smtps://USER:PASSWORD@HOST`, or `smtp://…?tls=required`
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<PathBuf>,
    from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<String>,
    connections: u32,
    retry_ms: u64,
    attempts: u32,
    invitation_hours: u32,
    link_minutes: u32,
}

#[cfg(test)]
impl WrittenMail {
    /// With a value for everything, also where one excludes the other.
    pub(super) fn complete() -> WrittenMail {
        WrittenMail {
            server: Some(String::new()),
            folder: Some(PathBuf::new()),
            reply_to: Some(String::new()),
            ..WrittenMail::default()
        }
    }
}

impl Default for WrittenMail {
    fn default() -> WrittenMail {
        WrittenMail {
            server: None,
            folder: None,
            from: String::new(),
            reply_to: None,
            connections: 4,
            retry_ms: 60_000,
            attempts: 12,
            invitation_hours: 720,
            link_minutes: 30,
        }
    }
}

/// Name of a setting, and the rule that its value breaks.
type Broken = (&'static str, String);

/// Turns the written section into a checked one.
pub(super) fn check(written: WrittenMail) -> Result<Mail, Broken> {
    let way = match (written.server, written.folder) {
        (Some(server), None) => MailWay::Server(check_server(server)?),
        (None, Some(folder)) => MailWay::Folder(folder),
        _ => {
            let rule = "name either the mail server (server) or a folder (folder)";
            return Err(("mail", rule.into()));
        }
    };
    let mailbox = |setting, text: &str| {
        let rule = "must be an address such as Town hall <vote@example.org>";
        text.parse::<Mailbox>().map_err(|_| (setting, rule.into()))
    };
    let within = |setting, value: u64, most: u64| match (1..=most).contains(&value) {
        true => Ok(()),
        false => Err((setting, format!("must lie between 1 and {most}"))),
    };
    within("mail.connections", written.connections.into(), 64)?;
    within("mail.retry_ms", written.retry_ms, 3_600_000)?;
    within("mail.attempts", written.attempts.into(), 100)?;
    within(
        "mail.invitation_hours",
        written.invitation_hours.into(),
        8_760,
    )?;
    within("mail.link_minutes", written.link_minutes.into(), 1_440)?;
    let reply_to = written.reply_to.as_deref();
    Ok(Mail {
        way,
        from: mailbox("mail.from", &written.from)?,
        reply_to: reply_to
            .map(|text| mailbox("mail.reply_to", text))
            .transpose()?,
        connections: written.connections,
        retry_ms: written.retry_ms,
        attempts: written.attempts,
        invitation_hours: written.invitation_hours,
        link_minutes: written.link_minutes,
    })
}

/// A mail carries a key: it leaves this machine under TLS only.
fn check_server(server: String) -> Result<ServerAddress, Broken> {
    const SETTING: &str = "mail.server";
    let rule = |rule: &str| Err((SETTING, rule.to_owned()));
    if AsyncSmtpTransport::<Tokio1Executor>::from_url(&server).is_err() {
        return rule(
            "must be smtps://USER:PASSWORD@HOST or smtp://USER:PASSWORD@HOST?tls=required",
        );
    }
    let rest = server.split_once("://").map_or("", |(_, rest)| rest);
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let here = ["localhost", "127.0.0.1", "[::1]"].iter().any(|here| {
        let after = host.strip_prefix(here);
        after.is_some_and(|after| after.is_empty() || after.starts_with([':', '/', '?']))
    });
    let under_tls = server.starts_with("smtps://") || server.contains("tls=required");
    if !under_tls && !here {
        return rule(
            "must be smtps://… or end in ?tls=required: without TLS mails go to this machine only",
        );
    }
    Ok(ServerAddress(server))
}

impl Mail {
    /// Mails into a folder, tried again at once: what tests and rehearsals start from.
    pub fn into_folder(folder: PathBuf) -> Mail {
        let defaults = WrittenMail {
            folder: Some(folder),
            from: "Urne <urne@localhost>".into(),
            retry_ms: 50,
            ..WrittenMail::default()
        };
        check(defaults).expect("invariant: these settings are in order")
    }

    /// The same to a mail server on this machine.
    pub fn to_port(port: u16) -> Mail {
        Mail {
            way: MailWay::Server(ServerAddress(format!("smtp://127.0.0.1:{port}"))),
            ..Mail::into_folder(PathBuf::from("nowhere"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(change: impl FnOnce(&mut WrittenMail)) -> &'static str {
        let mut written = WrittenMail {
            server: Some("smtps://user:word@mail.example".into()),
            from: "vote@example.org".into(),
            ..WrittenMail::default()
        };
        change(&mut written);
        check(written).map_or_else(|(setting, _)| setting, |_| "nothing")
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        assert_eq!(broken(|_| {}), "nothing");
        assert_eq!(broken(|mail| mail.server = None), "mail");
        assert_eq!(broken(|mail| mail.folder = Some("x".into())), "mail");
        assert_eq!(broken(|mail| mail.from = "nobody".into()), "mail.from");
        assert_eq!(
            broken(|mail| mail.reply_to = Some("".into())),
            "mail.reply_to"
        );
        assert_eq!(broken(|mail| mail.connections = 0), "mail.connections");
        assert_eq!(broken(|mail| mail.attempts = 101), "mail.attempts");
        assert_eq!(broken(|mail| mail.retry_ms = 0), "mail.retry_ms");
        assert_eq!(broken(|mail| mail.link_minutes = 0), "mail.link_minutes");
        assert_eq!(
            broken(|mail| mail.invitation_hours = 0),
            "mail.invitation_hours"
        );
    }

    #[test]
    fn mails_leave_this_machine_under_tls_only_and_no_password_is_printed() {
        for (server, holds) in [
            ("smtp://localhost", true),
            ("smtp://127.0.0.1:2525", true),
            ("smtp://user:word@[::1]:25", true),
            ("smtp://mail.example?tls=required", true),
            ("smtp://mail.example", false),
            ("smtp://localhost.example", false),
            ("smtp://mail.example?tls=opportunistic", false),
            ("http://mail.example", false),
            ("mail.example", false),
        ] {
            let named = broken(|mail| mail.server = Some(server.into()));
            assert_eq!(named == "nothing", holds, "{server}");
        }
        let address = check_server("smtps://user:word@mail.example".into()).unwrap();
        assert!(!format!("{address:?}").contains("word"));
    }
}
