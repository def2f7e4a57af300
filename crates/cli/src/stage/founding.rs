//! From an invitation to a signed manifest: the draft, the seats, everybody's keys.

use rand::rngs::StdRng;
use urne_client::draft::DraftContent;
use urne_client::http::{
    Draft, DraftOpened, Founded, Invitation, NewDraft, NewInvitation, NewSeat, Role, SeatKeys,
    SeatOpened, SeatView,
};
use urne_client::issuer::Issuer;
use urne_client::organizer::Organizer;
use urne_client::trustee::{TrusteeKeys, TrusteeMemory};
use urne_crypto::signature::{SigningKey, public_key};
use urne_election::json::{base64url, from_base64url};

use super::board::Board;
use super::company::{Company, StageError, TrusteeSeat, own_randomness};
use super::office::Office;
use crate::connection::Connection;

/// A draft whose organizer is played here.
pub struct Founding {
    connection: Connection,
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
        connection: &Connection,
        operator_token: &str,
        content: &DraftContent,
    ) -> Result<Founding, StageError> {
        let mut rng = own_randomness();
        let invited = NewInvitation {
            note: "a local election".into(),
        };
        let Invitation { invitation } =
            connection.post("/api/v1/invitations", Some(operator_token), &invited)?;
        let DraftOpened { draft, token } =
            connection.post("/api/v1/drafts", None, &NewDraft { invitation })?;
        let path = format!("/api/v1/drafts/{draft}/content");
        connection.put(&path, Some(&token), content)?;
        Ok(Founding {
            connection: connection.clone(),
            organizer: SigningKey::generate(&mut rng),
            rng,
            draft,
            token,
            trustees: Vec::new(),
            issuers: Vec::new(),
        })
    }

    /// Invites a trustee, who makes keys and sends the public halves with the proof of possession.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn seat_trustee(&mut self, name: &str) -> Result<(), StageError> {
        let seat = self.seat(Role::Trustee, name)?;
        let view: SeatView = self
            .connection
            .get_json("/api/v1/seat", Some(&seat.token))?;
        let nonce = from_base64url(&view.nonce).ok_or(StageError::Answer("the nonce"))?;
        let keys = TrusteeKeys::generate(&mut self.rng);
        let enrolled = keys.enrol(name, &nonce, seat.number, &mut self.rng);
        self.send_keys(
            &seat.token,
            &SeatKeys {
                key: base64url(&enrolled.key),
                encryption: Some(base64url(enrolled.encryption.bytes())),
                proof: Some(base64url(&enrolled.proof)),
            },
        )?;
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
        let seat = self.seat(Role::Issuer, name)?;
        let key = SigningKey::generate(&mut self.rng);
        self.send_keys(
            &seat.token,
            &SeatKeys {
                key: base64url(&public_key(&key)),
                encryption: None,
                proof: None,
            },
        )?;
        self.issuers.push((key, seat.token));
        Ok(())
    }

    fn seat(&self, role: Role, name: &str) -> Result<SeatOpened, StageError> {
        let path = format!("/api/v1/drafts/{}/seats", self.draft);
        let seat = NewSeat {
            role,
            name: name.to_owned(),
        };
        Ok(self.connection.post(&path, Some(&self.token), &seat)?)
    }

    fn send_keys(&self, token: &str, keys: &SeatKeys) -> Result<(), StageError> {
        Ok(self
            .connection
            .put("/api/v1/seat/keys", Some(token), keys)?)
    }

    /// The organizer signs the manifest that draft and keys make; it becomes entry 0 of a board.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn found(self) -> Result<Company, StageError> {
        let path = format!("/api/v1/drafts/{}", self.draft);
        let draft: Draft = self.connection.get_json(&path, Some(&self.token))?;
        let manifest = draft.manifest(public_key(&self.organizer))?;
        let organizer = Organizer::new(self.organizer);
        let entry = organizer.manifest(&manifest)?;
        let answer =
            self.connection
                .post_bytes(&format!("{path}/manifest"), Some(&self.token), &entry)?;
        let Founded { election } =
            serde_json::from_slice(&answer).map_err(|_| StageError::Answer("the founding"))?;
        let id = from_base64url(&election).ok_or(StageError::Answer("the election id"))?;
        let offices = (1..)
            .zip(self.issuers)
            .map(|(number, (key, token))| Office::new(Issuer::new(number, key, id), token))
            .collect();
        Ok(Company {
            board: Board::follow(&self.connection, &id)?,
            connection: self.connection,
            rng: self.rng,
            organizer,
            organizer_token: self.token,
            trustees: self.trustees,
            offices,
            voters: Vec::new(),
        })
    }
}
