//! What the operator decides: a file, then the environment over it; everything checked before anything starts.
//!
//! Settings are read from the file named by `--config`, then from variables `URNE_SERVE_…` (`URNE_SERVE_LISTEN`,
//! `URNE_SERVE_LIMITS__BURST`; two underscores step into a section), and the operator's token from `URNE_OPERATOR_TOKEN`. An
//! error names the setting and where its value came from.

mod check;
mod example;
mod mail;
mod read;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

pub use check::ConfigError;
pub use mail::{Mail, MailWay, ServerAddress};
pub use read::{Format, Limits, Log};

use crate::desk::TokenHash;

/// Every setting of the server, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// where to listen; port 0 takes a free one
    pub listen: SocketAddr,
    /// the data folder
    pub data: PathBuf,
    /// how people reach the server, without a slash at the end; nothing: the address it listens on
    pub public_url: Option<PublicUrl>,
    /// the server's name in manifests; nothing: the public host
    pub name: Option<String>,
    /// who may invite; nobody where it is missing
    pub operator: Option<TokenHash>,
    /// milliseconds for which ballots are gathered before they are written
    pub batch_ms: u64,
    /// milliseconds between publications while ballots arrive
    pub publication_ms: u64,
    /// seconds between publications that manifests promise
    pub interval_s: u32,
    /// what nobody may exceed
    pub limits: Limits,
    /// witnesses by the name manifests give them
    pub witnesses: Vec<WitnessUrl>,
    /// proxies whose `X-Forwarded-For` is believed
    pub trusted_proxies: Vec<IpAddr>,
    /// how mails leave; none does where it is missing
    pub mail: Option<Mail>,
    /// what is logged, and how
    pub log: Log,
}

/// Where a witness takes checkpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessUrl {
    /// as in manifests
    pub name: String,
    /// the prefix before `/add-checkpoint`
    pub url: String,
}

/// An address with scheme and host, and nothing after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    text: String,
    host_at: usize,
}

impl PublicUrl {
    /// Reads `http://HOST` or `https://HOST`, with or without a port; a single slash at the end is dropped.
    pub fn parse(text: &str) -> Option<PublicUrl> {
        let text = text.strip_suffix('/').unwrap_or(text);
        let host = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        (!host.is_empty() && host.len() <= 120 && host.bytes().all(allowed)).then(|| PublicUrl {
            host_at: text.len() - host.len(),
            text: text.to_owned(),
        })
    }

    /// The address of a server that only programs on this machine or network reach.
    pub fn of(address: SocketAddr) -> PublicUrl {
        let host = address.to_string();
        PublicUrl {
            host_at: "http://".len(),
            text: format!("http://{host}"),
        }
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Host and port.
    pub fn host(&self) -> &str {
        &self.text[self.host_at..]
    }
}
