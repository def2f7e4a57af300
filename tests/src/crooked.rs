//! An election with one trustee who deals out shares that nobody can open, for those who have to find out.

use std::thread::sleep;
use std::time::{Duration, Instant};

use urne_cli::people::draft_file::{self, DraftFileError};
use urne_cli::stage::StageError;
use urne_cli::stage::board::Board;
use urne_cli::wire::server::Server;
use urne_client::http::{Draft, DraftOpened, Founded, Invitation, Role, SeatKeys};
use urne_client::organizer::Organizer;
use urne_client::trustee::TrusteeKeys;
use urne_crypto::ceremony::Setup;
use urne_crypto::ceremony::deal::DealBytes;
use urne_crypto::encoding::SecretScalar;
use urne_crypto::signature::{SigningKey, public_key};
use urne_crypto::transcript::{self, DealStatement};
use urne_election::entry::{Deal, Entry};
use urne_election::json::{base64url, from_base64url};
use urne_election::phase::Phase;

/// Why the election does not come about.
#[derive(Debug, thiserror::Error)]
pub enum CrookedError {
    /// The example of a draft.
    #[error(transparent)]
    Example(#[from] DraftFileError),
    /// The server or its board.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// Somebody did not act in time, or the server said something strange.
    #[error("{0}")]
    Stuck(&'static str),
}

/// The organizer, and the last trustee, who cheats; the seats before it wait for their holders.
pub struct Crooked {
    server: Server,
    organizers: Server,
    draft: String,
    number: u32,
    keys: TrusteeKeys,
    tokens: Vec<String>,
}

impl Crooked {
    /// A draft with a seat for each of these honest trustees, the crooked one's and a registrar's.
    ///
    /// # Errors
    /// [`CrookedError`].
    pub fn invite(
        server: &Server,
        operator_token: &str,
        now: u64,
        honest: &[&str],
        crooked: &str,
    ) -> Result<Crooked, CrookedError> {
        let operator = server.clone().with_token(operator_token);
        let Invitation { invitation } = operator.invite("crooked").map_err(StageError::from)?;
        let opened = server.open_draft(&invitation).map_err(StageError::from)?;
        let DraftOpened { draft, token } = opened;
        let organizers = server.clone().with_token(&token);
        let content = draft_file::read(&draft_file::example(now))?;
        organizers
            .save_content(&draft, &content)
            .map_err(StageError::from)?;
        let seat = |role, name: &str| -> Result<(u32, String), CrookedError> {
            let seat = organizers.open_seat(&draft, role, name);
            let seat = seat.map_err(StageError::from)?;
            let token = seat
                .token
                .ok_or(CrookedError::Stuck("a seat without a token"))?;
            Ok((seat.number, token))
        };
        let tokens: Result<Vec<String>, CrookedError> = honest
            .iter()
            .map(|name| Ok(seat(Role::Trustee, name)?.1))
            .collect();
        let tokens = tokens?;
        let (number, token) = seat(Role::Trustee, crooked)?;
        let keys = TrusteeKeys::generate(&mut rand::rng());
        let own = server.clone().with_token(&token);
        let nonce = own.seat().map_err(StageError::from)?.nonce;
        let nonce = from_base64url(&nonce).ok_or(CrookedError::Stuck("the nonce"))?;
        let enrolled = keys.enrol(crooked, &nonce, number, &mut rand::rng());
        own.send_keys(&SeatKeys {
            key: base64url(&enrolled.key),
            encryption: Some(base64url(enrolled.encryption.bytes())),
            proof: Some(base64url(&enrolled.proof)),
        })
        .map_err(StageError::from)?;
        let (_, token) = seat(Role::Issuer, "A registrar")?;
        let key = base64url(&public_key(&SigningKey::generate(&mut rand::rng())));
        let issuer = SeatKeys {
            key,
            encryption: None,
            proof: None,
        };
        let registrar = server.clone().with_token(&token);
        registrar.send_keys(&issuer).map_err(StageError::from)?;
        Ok(Crooked {
            server: server.clone(),
            organizers,
            draft,
            number,
            keys,
            tokens,
        })
    }

    /// The secret words of the honest trustees' links.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// Founds the election once every seat has its keys, and cheats in it.
    ///
    /// # Errors
    /// [`CrookedError`].
    pub fn found_and_cheat(&self, patience: Duration) -> Result<(), CrookedError> {
        let draft = self.complete(patience)?;
        let key = SigningKey::generate(&mut rand::rng());
        let manifest = draft.manifest(public_key(&key));
        let manifest = manifest.map_err(|_| CrookedError::Stuck("the draft is not ready"))?;
        let entry = Organizer::new(key).manifest(&manifest);
        let entry = entry.map_err(|_| CrookedError::Stuck("the manifest is not valid"))?;
        let founded = self.organizers.found(&self.draft, &entry);
        let Founded { election } = founded.map_err(StageError::from)?;
        let id = from_base64url(&election).ok_or(CrookedError::Stuck("the election id"))?;
        let board = Board::follow(&self.server, &id)?;
        let Phase::Dealing(phase) = board.replica().election().phase() else {
            return Err(CrookedError::Stuck("the ceremony did not begin"));
        };
        let deal = Entry::Deal(Deal {
            election: id,
            trustee: self.number,
            bytes: garbled(phase.setup(), self.number),
        });
        let deal = deal.signed(&[self.keys.signing()]);
        self.server.append(&id, &deal).map_err(StageError::from)?;
        Ok(())
    }

    fn complete(&self, patience: Duration) -> Result<Draft, CrookedError> {
        let start = Instant::now();
        while start.elapsed() < patience {
            let draft = self.organizers.draft(&self.draft);
            let draft = draft.map_err(StageError::from)?;
            if draft.seats.iter().all(|seat| seat.keys.is_some()) {
                return Ok(draft);
            }
            sleep(Duration::from_millis(200));
        }
        Err(CrookedError::Stuck("the honest trustees did not come"))
    }
}

/// A deal that holds in public, with shares that nobody can open.
fn garbled(setup: &Setup, trustee: u32) -> DealBytes {
    let secret = || SecretScalar::random(&mut rand::rng());
    let coefficients: Vec<SecretScalar> = (0..setup.threshold).map(|_| secret()).collect();
    let (ephemeral, nonces) = (secret(), [secret(), secret()]);
    let commitments: Vec<_> = coefficients.iter().map(SecretScalar::public).collect();
    let shares = vec![[7; 48]; setup.encryption_keys.len()];
    let statement = transcript::deal(&DealStatement {
        election: &setup.election,
        trustee,
        threshold: setup.threshold,
        encryption_keys: &setup.encryption_keys,
        signing_key: &setup.signing_keys[trustee as usize - 1],
        commitments: &commitments,
        ephemeral: &ephemeral.public(),
        shares: &shares,
    });
    let [first, second] = nonces.each_ref().map(SecretScalar::public);
    let challenge = statement.challenge(&[&first, &second]);
    let response = |nonce: &SecretScalar, secret: &SecretScalar| {
        (nonce.expose() + challenge * secret.expose()).to_bytes()
    };
    let mut proof = [0; 128];
    let parts = [
        *first.bytes(),
        *second.bytes(),
        response(&nonces[0], &coefficients[0]),
        response(&nonces[1], &ephemeral),
    ];
    for (place, part) in proof.chunks_mut(32).zip(parts) {
        place.copy_from_slice(&part);
    }
    DealBytes {
        commitments: commitments
            .iter()
            .flat_map(|point| *point.bytes())
            .collect(),
        ephemeral: *ephemeral.public().bytes(),
        shares: shares.concat(),
        proof,
    }
}
