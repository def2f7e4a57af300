//! From an invitation to a signed manifest: the draft, the seats, everybody's keys.

use rand::rngs::StdRng;
use urne_client::draft::DraftContent;
use urne_client::http::{DraftOpened, Founded, Invitation, Role, SeatKeys, SeatOpened};
use urne_client::issuer::Issuer;
use urne_client::organizer::Organizer;
use urne_client::trustee::{TrusteeKeys, TrusteeMemory};
use urne_crypto::signature::{SigningKey, public_key};
use urne_election::json::{base64url, from_base64url};

use super::board::Board;
use super::company::{Company, StageError, TrusteeSeat, own_randomness};
use super::office::Office;
use crate::wire::server::Server;

/// A draft whose organizer is played here.
pub struct Founding {
    /// anybody's way to the server
    server: Server,
    rng: StdRng,
    organizer: SigningKey,
    draft: String,
    token: String,
    trustees: Vec<TrusteeSeat>,
    /// key and seat token of each issuer
    issuers: Vec<(SigningKey, String)>,
}

impl Founding {
    /// The operator invites, the organizer opens a draft and saves what was decided.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn open(
        server: &Server,
        operator_token: &str,
        content: &DraftContent,
    ) -> Result<Founding, StageError> {
        let mut rng = own_randomness();
        let operator = server.clone().with_token(operator_token);
        let Invitation { invitation } = operator.invite("a local election")?;
        let DraftOpened { draft, token } = server.open_draft(&invitation)?;
        let organizer = server.clone().with_token(&token);
        organizer.save_content(&draft, content)?;
        Ok(Founding {
            server: server.clone(),
            organizer: SigningKey::generate(&mut rng),
            rng,
            draft,
            token,
            trustees: Vec::new(),
            issuers: Vec::new(),
        })
    }

    /// The organizer's token.
    pub fn organizer_token(&self) -> &str {
        &self.token
    }

    /// The seat token of each issuer.
    pub fn issuer_tokens(&self) -> impl Iterator<Item = &str> {
        self.issuers.iter().map(|(_, token)| token.as_str())
    }

    /// The server as the organizer reaches it.
    fn organizers(&self) -> Server {
        self.server.clone().with_token(&self.token)
    }

    /// Invites a trustee, who makes keys and sends the public halves with the proof of possession.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn seat_trustee(&mut self, name: &str) -> Result<(), StageError> {
        let SeatOpened { number, token, .. } =
            self.organizers()
                .open_seat(&self.draft, Role::Trustee, name)?;
        let token = token.ok_or(StageError::Answer("the seat's token"))?;
        let seat = self.server.clone().with_token(&token);
        let nonce = from_base64url(&seat.seat()?.nonce).ok_or(StageError::Answer("the nonce"))?;
        let keys = TrusteeKeys::generate(&mut self.rng);
        let enrolled = keys.enrol(name, &nonce, number, &mut self.rng);
        seat.send_keys(&SeatKeys {
            key: base64url(&enrolled.key),
            encryption: Some(base64url(enrolled.encryption.bytes())),
            proof: Some(base64url(&enrolled.proof)),
        })?;
        self.trustees.push(TrusteeSeat {
            keys,
            memory: TrusteeMemory::default(),
        });
        Ok(())
    }

    /// Invites an issuer, who sends a public key.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn seat_issuer(&mut self, name: &str) -> Result<(), StageError> {
        let SeatOpened { token, .. } =
            self.organizers()
                .open_seat(&self.draft, Role::Issuer, name)?;
        let token = token.ok_or(StageError::Answer("the seat's token"))?;
        let key = SigningKey::generate(&mut self.rng);
        self.server
            .clone()
            .with_token(&token)
            .send_keys(&SeatKeys {
                key: base64url(&public_key(&key)),
                encryption: None,
                proof: None,
            })?;
        self.issuers.push((key, token));
        Ok(())
    }

    /// The organizer signs the manifest that draft and keys make; it becomes entry 0 of a board.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn found(self) -> Result<Company, StageError> {
        let organizers = self.organizers();
        let draft = organizers.draft(&self.draft)?;
        let manifest = draft.manifest(public_key(&self.organizer))?;
        let organizer = Organizer::new(self.organizer);
        let entry = organizer.manifest(&manifest)?;
        let Founded { election } = organizers.found(&self.draft, &entry)?;
        let id = from_base64url(&election).ok_or(StageError::Answer("the election id"))?;
        let offices = (1..)
            .zip(self.issuers)
            .map(|(number, (key, token))| {
                let server = self.server.clone().with_token(&token);
                Office::new(number, Issuer::new(number, key, id), server)
            })
            .collect();
        Ok(Company {
            board: Board::follow(&self.server, &id)?,
            id,
            server: self.server,
            organizers,
            rng: self.rng,
            organizer,
            trustees: self.trustees,
            offices,
            voters: Vec::new(),
        })
    }
}
