//! Every rule about settings, and the sentence for whoever breaks it.

use std::net::SocketAddr;
use std::path::PathBuf;

use figment::error::Kind;
use figment::{Figment, Metadata, Source};
use tracing_subscriber::EnvFilter;

use super::read::{Limits, Written};
use super::{Config, PublicUrl, WitnessUrl, example, mail};
use crate::desk::TokenHash;

/// Why the server does not start with these settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is no such file.
    #[error("there is no configuration file {}: write one (docs/urne.example.toml explains every setting; an empty one means the defaults), or name another with --config", .0.display())]
    NoFile(PathBuf),
    /// A value that cannot be read, or a setting there is none of.
    #[error("the configuration cannot be read: {}", unreadable(.0))]
    Unreadable(Box<figment::Error>),
    /// A value that can be read and makes no sense.
    #[error("{setting} ({source_of_value}): {rule}{}", example::of(setting))]
    Rule {
        /// the setting's name
        setting: &'static str,
        /// file or environment
        source_of_value: String,
        /// what would be right
        rule: String,
    },
}

impl ConfigError {
    pub(super) fn reading(error: figment::Error) -> ConfigError {
        ConfigError::Unreadable(Box::new(error))
    }
}

/// Which setting, where, what was expected, and an example.
fn unreadable(error: &figment::Error) -> String {
    let place = error.metadata.as_ref().map_or("not set".into(), place);
    let setting = error.path.join(".");
    let example = example::of(&setting);
    match &error.kind {
        Kind::UnknownField(name, known) => format!(
            "{setting} ({place}): there is no setting {name}; there are {}",
            known.join(", ")
        ),
        Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected) => {
            format!("{setting} ({place}): expected {expected}, found {found}{example}")
        }
        Kind::UnknownVariant(found, known) => format!(
            "{setting} ({place}): there is no “{found}”; there are {}{example}",
            known.join(", ")
        ),
        // Not TOML at all, or a value whose own type says what is wrong.
        other if setting.is_empty() => format!("{other} ({place})"),
        other => format!("{setting} ({place}): {other}{example}"),
    }
}

/// Turns written settings into checked ones.
pub(super) fn check(
    written: Written,
    token: Option<&str>,
    figment: &Figment,
) -> Result<Config, ConfigError> {
    let refuse = |setting: &'static str, rule: String| ConfigError::Rule {
        setting,
        source_of_value: source_of(figment, setting),
        rule,
    };
    let require = |setting, holds: bool, rule: &str| {
        if holds {
            Ok(())
        } else {
            Err(refuse(setting, rule.to_owned()))
        }
    };
    let listen: SocketAddr = written.listen.parse().map_err(|_| {
        let rule = "must be an IP address and a port, such as 127.0.0.1:8080 or [::]:80";
        refuse("listen", rule.into())
    })?;
    let public_url = written.public_url.as_deref().map(|text| {
        let rule =
            "must be http://HOST or https://HOST, with a port where it needs one and no path";
        PublicUrl::parse(text).ok_or_else(|| refuse("public_url", rule.into()))
    });
    let name_fits =
        |name: &String| (1..=200).contains(&name.len()) && !name.contains(char::is_control);
    require(
        "name",
        written.name.as_ref().is_none_or(name_fits),
        "must have 1 to 200 bytes and no control character",
    )?;
    let operator = operator(token, written.operator_token_hash.as_deref(), &refuse)?;
    require(
        "data",
        !written.data.as_os_str().is_empty(),
        "names no folder",
    )?;
    require(
        "batch_ms",
        (1..=10_000).contains(&written.batch_ms),
        "must lie between 1 and 10000",
    )?;
    require(
        "interval_s",
        (1..=86_400).contains(&written.interval_s),
        "must lie between 1 and 86400",
    )?;
    require(
        "publication_ms",
        (1..=u64::from(written.interval_s) * 1000).contains(&written.publication_ms),
        "must be at least 1 and at most interval_s, in milliseconds: manifests promise that interval",
    )?;
    for (setting, value, most) in limits(&written.limits) {
        let rule = format!("must lie between 1 and {most}");
        require(setting, (1..=most).contains(&value), &rule)?;
    }
    let witnesses = written.witnesses.into_iter().map(|(name, url)| {
        let plain = url.starts_with("http://") || url.starts_with("https://");
        let rule = format!("the address of the witness {name} must start with http:// or https://");
        require("witnesses", plain, &rule).map(|()| WitnessUrl {
            name,
            url: url.trim_end_matches('/').to_owned(),
        })
    });
    let witnesses = witnesses.collect::<Result<_, _>>()?;
    let mail = written.mail.map(mail::check).transpose();
    let mail = mail.map_err(|(setting, rule)| refuse(setting, rule))?;
    EnvFilter::try_new(&written.log.level)
        .map_err(|error| refuse("log.level", format!("is no log level or filter: {error}")))?;
    Ok(Config {
        listen,
        data: written.data,
        public_url: public_url.transpose()?,
        name: written.name,
        operator,
        batch_ms: written.batch_ms,
        publication_ms: written.publication_ms,
        interval_s: written.interval_s,
        limits: written.limits,
        witnesses,
        trusted_proxies: written.trusted_proxies,
        mail,
        log: written.log,
    })
}

fn operator(
    token: Option<&str>,
    hash: Option<&str>,
    refuse: &dyn Fn(&'static str, String) -> ConfigError,
) -> Result<Option<TokenHash>, ConfigError> {
    let from_hash = hash.map(|text| {
        let rule = "must be the base64url of a SHA-256 (43 characters), as urne serve --new-operator-token prints it";
        TokenHash::parse(text).ok_or_else(|| refuse("operator_token_hash", rule.into()))
    });
    let Some(token) = token else {
        return from_hash.transpose();
    };
    // The variable is a secret: its value never stands in a message.
    TokenHash::of(token).map(Some).ok_or(ConfigError::Rule {
        setting: "URNE_OPERATOR_TOKEN",
        source_of_value: "environment".into(),
        rule: "must be 32 bytes in base64url (43 characters), as urne serve --new-operator-token prints it".into(),
    })
}

/// Every limit with its value and the most that makes sense: beyond, memory or the arithmetic of hours would give way.
fn limits(limits: &Limits) -> [(&'static str, u64, u64); 12] {
    const MOST: u64 = 1_000_000;
    const HOUR_MS: u64 = 3_600_000;
    let per_second = u64::from(limits.requests_per_second);
    [
        ("limits.requests_per_second", per_second, u32::MAX.into()),
        ("limits.burst", limits.burst.into(), u32::MAX.into()),
        (
            "limits.sign_ins_per_minute",
            limits.sign_ins_per_minute.into(),
            MOST,
        ),
        (
            "limits.concurrent_requests",
            limits.concurrent_requests as u64,
            MOST,
        ),
        ("limits.connections", limits.connections as u64, MOST),
        (
            "limits.connections_per_address",
            limits.connections_per_address as u64,
            MOST,
        ),
        (
            "limits.header_timeout_ms",
            limits.header_timeout_ms,
            HOUR_MS,
        ),
        ("limits.body_timeout_ms", limits.body_timeout_ms, HOUR_MS),
        (
            "limits.answer_timeout_ms",
            limits.answer_timeout_ms,
            HOUR_MS,
        ),
        ("limits.write_timeout_ms", limits.write_timeout_ms, HOUR_MS),
        ("limits.queue", limits.queue as u64, MOST),
        ("limits.shutdown_ms", limits.shutdown_ms, HOUR_MS),
    ]
}

/// Where a value was written, in words.
fn source_of(figment: &Figment, setting: &str) -> String {
    let section = || {
        let (section, _) = setting.split_once('.')?;
        let metadata = figment.find_metadata(section)?;
        Some(format!("not set {}", place(metadata)))
    };
    match figment.find_metadata(setting) {
        Some(metadata) => place(metadata),
        None => section().unwrap_or_else(|| "not set".into()),
    }
}

fn place(metadata: &Metadata) -> String {
    match &metadata.source {
        Some(Source::File(path)) => format!("in {}", path.display()),
        _ if metadata.name.contains("environment") => "in the environment".into(),
        _ => "by default".into(),
    }
}
