//! Settings as they are written, with their defaults, and where each came from.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format as _, Serialized, Toml};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::check::{ConfigError, check};
use super::mail::WrittenMail;
use super::{Config, PublicUrl};

/// The operator's token, so that it need not stand in a file.
const TOKEN_VARIABLE: &str = "URNE_OPERATOR_TOKEN";
const VARIABLES: &str = "URNE_SERVE_";

/// The settings before they are checked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub(super) listen: String,
    pub(super) data: PathBuf,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) public_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) operator_token_hash: Option<String>,
    pub(super) batch_ms: u64,
    pub(super) publication_ms: u64,
    pub(super) interval_s: u32,
    pub(super) limits: Limits,
    pub(super) witnesses: BTreeMap<String, String>,
    pub(super) trusted_proxies: Vec<IpAddr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) mail: Option<WrittenMail>,
    pub(super) log: Log,
}

/// What nobody may exceed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// requests a second from one address, averaged
    pub requests_per_second: u32,
    /// requests at once from one address before the average counts
    pub burst: u32,
    /// sign-ins and requests for links a minute from one address, averaged; half of them at once
    pub sign_ins_per_minute: u32,
    /// requests served at the same time; more are answered 503
    pub concurrent_requests: usize,
    /// connections open at the same time; more wait to be accepted
    pub connections: usize,
    /// connections open at the same time from one address, trusted proxies aside; further ones are closed
    pub connections_per_address: usize,
    /// milliseconds in which a request's headers must have arrived
    pub header_timeout_ms: u64,
    /// milliseconds in which a request's body must have arrived
    pub body_timeout_ms: u64,
    /// milliseconds which a request may take after that
    pub answer_timeout_ms: u64,
    /// milliseconds in which a client that was sent bytes must have taken some of them
    pub write_timeout_ms: u64,
    /// ballots waiting to be written; more are answered 503
    pub queue: usize,
    /// milliseconds for which requests under way may finish when the server stops
    pub shutdown_ms: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            requests_per_second: 200,
            burst: 2_000,
            sign_ins_per_minute: 60,
            concurrent_requests: 4_096,
            connections: 8_192,
            connections_per_address: 1_024,
            header_timeout_ms: 10_000,
            body_timeout_ms: 20_000,
            answer_timeout_ms: 30_000,
            write_timeout_ms: 20_000,
            queue: 8_192,
            shutdown_ms: 20_000,
        }
    }
}

/// What is logged, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, or a filter such as `urne_service=debug,warn`
    pub level: String,
    /// for people or for machines
    pub format: Format,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// for people
    Text,
    /// for machines
    Json,
}

impl Default for Written {
    fn default() -> Written {
        Written {
            listen: "127.0.0.1:8080".into(),
            data: PathBuf::from("urne-data"),
            public_url: None,
            name: None,
            operator_token_hash: None,
            batch_ms: 200,
            publication_ms: 400,
            interval_s: 60,
            limits: Limits::default(),
            witnesses: BTreeMap::new(),
            trusted_proxies: Vec::new(),
            mail: None,
            log: Log {
                level: "info".into(),
                format: Format::Text,
            },
        }
    }
}

impl Config {
    /// Reads the file and the environment.
    ///
    /// # Errors
    /// [`ConfigError`], which names the setting and the source of its value.
    pub fn load(file: &Path) -> Result<Config, ConfigError> {
        if !file.is_file() {
            return Err(ConfigError::NoFile(file.to_owned()));
        }
        let token = std::env::var(TOKEN_VARIABLE).ok().map(Zeroizing::new);
        let figment = Figment::from(Serialized::defaults(Written::default()))
            .merge(Toml::file_exact(file))
            .merge(Env::prefixed(VARIABLES).split("__"));
        let written: Written = figment.extract().map_err(ConfigError::reading)?;
        check(
            written,
            token.as_ref().map(|token| token.as_str()),
            &figment,
        )
    }

    /// All defaults, on a free port of this machine, with this data folder: what tests and demonstrations start from.
    pub fn local(data: &Path) -> Config {
        let defaults = Written::default();
        Config {
            listen: (std::net::Ipv4Addr::LOCALHOST, 0).into(),
            data: data.to_owned(),
            public_url: None::<PublicUrl>,
            name: None,
            operator: None,
            batch_ms: defaults.batch_ms,
            publication_ms: defaults.publication_ms,
            interval_s: defaults.interval_s,
            limits: defaults.limits,
            witnesses: Vec::new(),
            trusted_proxies: Vec::new(),
            mail: None,
            log: defaults.log,
        }
    }
}
