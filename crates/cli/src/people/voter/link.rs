//! The link of a voter's mail: it names the election, and is worth the server's half of the credential, once.

use urne_client::desk::NewSignIn;
use urne_crypto::encoding::SecretScalar;
use urne_election::json::from_base64url;

use crate::wire::server::{Server, WireError};

/// What the link says.
#[derive(Clone)]
pub(super) struct Link {
    /// where the ballot box is
    pub(super) server: String,
    /// election id
    pub(super) election: [u8; 32],
    token: String,
}

/// Why a link cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the link of a voting mail: copy all of it, from https:// to its last letter")]
pub(super) struct LinkError;

impl core::fmt::Debug for Link {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("Link(…)")
    }
}

impl std::str::FromStr for Link {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Link, LinkError> {
        let (address, fragment) = text.trim().split_once('#').ok_or(LinkError)?;
        let server = address.strip_suffix("/booth/vote.html").ok_or(LinkError)?;
        let part = |name: &str| {
            let parts = fragment.split('&');
            let mut found = parts.filter_map(|part| part.strip_prefix(name)?.strip_prefix('='));
            found.next().ok_or(LinkError)
        };
        Ok(Link {
            server: server.to_owned(),
            election: from_base64url(part("e")?).ok_or(LinkError)?,
            token: part("t")?.to_owned(),
        })
    }
}

impl Link {
    /// Spends the link: the server's half.
    ///
    /// # Errors
    /// [`WireError`].
    pub(super) fn half(&self, server: &Server) -> Result<SecretScalar, WireError> {
        let signed_in = server.sign_in(
            &self.election,
            &NewSignIn {
                token: Some(self.token.clone()),
                identifier: None,
                code: None,
            },
        )?;
        let half =
            from_base64url(&signed_in.half).and_then(|half| SecretScalar::decode(&half).ok());
        half.ok_or_else(|| WireError::Strange {
            address: server.address().to_owned(),
            what: "a half that is none".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_read_whole_or_not_at_all() {
        let id = "A".repeat(43);
        let link: Link = format!(" https://vote.example/booth/vote.html#e={id}&t=word\n")
            .parse()
            .unwrap();
        assert_eq!(
            (link.server.as_str(), link.election),
            ("https://vote.example", [0; 32])
        );
        assert_eq!(format!("{link:?}"), "Link(…)");
        for wrong in [
            String::new(),
            "https://vote.example/booth/vote.html".into(),
            format!("https://vote.example/booth/vote.html#e={id}"),
            "https://vote.example/booth/vote.html#e=short&t=word".into(),
            format!("https://vote.example/elsewhere#e={id}&t=word"),
        ] {
            assert!(wrong.parse::<Link>().is_err(), "{wrong}");
        }
    }
}
