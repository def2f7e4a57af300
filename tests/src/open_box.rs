//! An election in an invented town whose box is open, on a real server, with everybody's letters: what voters' pages are tried
//! against.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use urne_cli::rehearsal::Elector;
use urne_cli::stage::{Company, Founding, LocalServer, Settings, StageError};
use urne_cli::wire::server::Server;
use urne_client::draft::DraftContent;
use urne_crypto::credential::{credential, credential_half};
use urne_crypto::encoding::SecretScalar;
use urne_election::json::base64url;

/// What is voted on; its hours are filled in.
const ELECTION: &str = include_str!("../browser/election.json");

/// A running server with an election on it.
pub struct OpenBox {
    /// the server
    pub server: LocalServer,
    /// everybody but the voters
    pub company: Company,
}

/// Why there is no open box.
#[derive(Debug, thiserror::Error)]
pub enum OpenBoxError {
    /// The election's file.
    #[error("tests/browser/election.json: {0}")]
    Content(#[from] serde_json::Error),
    /// The server does not start.
    #[error(transparent)]
    Server(#[from] urne_cli::stage::server::ServerError),
    /// The people cannot do their part.
    #[error(transparent)]
    Stage(#[from] StageError),
}

fn content() -> Result<DraftContent, serde_json::Error> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_secs());
    let content: DraftContent = serde_json::from_str(ELECTION)?;
    Ok(DraftContent {
        opens: now,
        closes: now + 24 * 3600,
        ..content
    })
}

impl OpenBox {
    /// Opens a box for this many voters, Zoé, `member 2` and so on, who get a letter from each of these issuers.
    ///
    /// # Errors
    /// [`OpenBoxError`].
    pub fn with(program: &Path, issuers: &[&str], voters: u32) -> Result<OpenBox, OpenBoxError> {
        let server = LocalServer::start(program, &Settings::default())?;
        let anybody = Server::at(server.url()).map_err(StageError::from)?;
        let mut founding = Founding::open(&anybody, server.operator_token(), &content()?)?;
        for name in ["Hélène Marchand", "Georges Oukaci", "Awa Diallo"] {
            founding.seat_trustee(name)?;
        }
        for name in issuers {
            founding.seat_issuer(name)?;
        }
        let mut company = founding.found()?;
        company.make_key()?;
        let electors: Vec<Elector> = (1..=voters)
            .map(|number| Elector {
                // The first one is written in many ways, and stays one person.
                identifier: match number {
                    1 => "Zoé Šťastná-Œuvré № 1".into(),
                    _ => format!("member {number}"),
                },
                weight: 1,
                college: 1,
            })
            .collect();
        company.publish_roll(&electors)?;
        company.drill()?;
        company.open()?;
        Ok(OpenBox { server, company })
    }

    /// What a browser needs to know: addresses and letters.
    pub fn told(&self) -> Value {
        let election = self.company.replica().election().id();
        let letters = self.company.voters().iter().map(|voter| {
            let halves: Vec<SecretScalar> = (1..)
                .zip(voter.codes())
                .map(|(issuer, code)| credential_half(election, issuer, voter.identifier(), code))
                .collect();
            json!({
                "identifier": voter.identifier().as_str(),
                "code": voter.codes()[0].grouped(),
                "half": base64url(halves[0].public().bytes()),
                "key": base64url(credential(&halves).public().bytes()),
                // What a server that holds one of them gives out at a sign-in.
                "halves": halves.iter().map(|half| base64url(&half.to_bytes())).collect::<Vec<_>>(),
            })
        });
        json!({
            "url": self.server.url(),
            "election": self.company.election(),
            "letters": letters.collect::<Vec<Value>>(),
        })
    }
}
