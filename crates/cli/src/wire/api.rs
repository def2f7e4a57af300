//! The paths of version 1, one method each.

use serde::Serialize;
use serde::de::DeserializeOwned;
use urne_client::draft::DraftContent;
use urne_client::http::{
    Appended, Draft, DraftOpened, ElectionStatus, Founded, Frozen, Invitation, LineStatus,
    ListedFile, NewDraft, NewInvitation, NewSeat, PREFIX, ParcelList, Role, SeatHolder, SeatKeys,
    SeatOpened, SeatView,
};
use urne_client::workshop::parcel::LARGEST_PARCEL;
use urne_election::json::base64url;

use super::server::{Answer, LARGEST_ANSWER, Sent, Server, WireError};

/// A receipt with the largest entry and proof.
const LARGEST_RECEIPT: u64 = 250_000;

/// What the server said to a ballot.
#[derive(Debug)]
pub enum Cast {
    /// it stands and is vouched for: the receipt's bytes
    Receipt(Vec<u8>),
    /// it stands, but the witnesses have not vouched for it yet
    Awaited,
}

type Answered<T> = Result<T, WireError>;

impl Server {
    pub(super) fn read<T: DeserializeOwned>(&self, answer: &Answer) -> Answered<T> {
        serde_json::from_slice(&answer.bytes).map_err(|error| WireError::Strange {
            address: self.address().to_owned(),
            what: error.to_string(),
        })
    }

    pub(super) fn body(&self, value: &impl Serialize) -> Answered<Vec<u8>> {
        serde_json::to_vec(value).map_err(|error| WireError::Strange {
            address: self.address().to_owned(),
            what: error.to_string(),
        })
    }

    pub(super) fn get<T: DeserializeOwned>(&self, path: &str) -> Answered<T> {
        let path = format!("{PREFIX}{path}");
        let answer = self.send("GET", &path, Sent::Nothing, LARGEST_ANSWER)?;
        self.read(&answer)
    }

    /// Sends JSON once: what it asks for must not happen twice.
    pub(super) fn create<T: DeserializeOwned>(
        &self,
        path: &str,
        value: &impl Serialize,
    ) -> Answered<T> {
        let (path, body) = (format!("{PREFIX}{path}"), self.body(value)?);
        let answer = self.send_once("POST", &path, Sent::Json(&body), LARGEST_ANSWER)?;
        self.read(&answer)
    }

    fn put(&self, path: &str, sent: Sent<'_>) -> Answered<Answer> {
        let path = format!("{PREFIX}{path}");
        self.send("PUT", &path, sent, LARGEST_ANSWER)
    }

    /// The files of the pages on which people vote at this server; none where it has no such pages.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn booth(&self) -> Answered<Vec<ListedFile>> {
        let list = "/booth/files.json";
        match self.send("GET", list, Sent::Nothing, LARGEST_ANSWER) {
            Ok(answer) => self.read(&answer),
            Err(WireError::NotFound(_)) => Ok(Vec::new()),
            Err(WireError::Refused(problem)) if problem.code == "not-found" => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// The operator makes an invitation.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn invite(&self, note: &str) -> Answered<Invitation> {
        let note = note.to_owned();
        self.create("/invitations", &NewInvitation { note })
    }

    /// Opens a draft; the invitation is spent.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn open_draft(&self, invitation: &str) -> Answered<DraftOpened> {
        let invitation = invitation.to_owned();
        self.create("/drafts", &NewDraft { invitation })
    }

    /// A draft, as its organizer sees it.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn draft(&self, draft: &str) -> Answered<Draft> {
        self.get(&format!("/drafts/{draft}"))
    }

    /// Saves what the organizer decides.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn save_content(&self, draft: &str, content: &DraftContent) -> Answered<()> {
        let body = self.body(content)?;
        self.put(&format!("/drafts/{draft}/content"), Sent::Json(&body))?;
        Ok(())
    }

    /// Invites a trustee or an issuer.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn open_seat(&self, draft: &str, role: Role, name: &str) -> Answered<SeatOpened> {
        self.open_seat_as(
            draft,
            &NewSeat {
                role,
                name: name.to_owned(),
                holder: SeatHolder::Person,
                email: None,
            },
        )
    }

    /// The same for a seat that the server holds, or whose link it mails.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn open_seat_as(&self, draft: &str, seat: &NewSeat) -> Answered<SeatOpened> {
        self.create(&format!("/drafts/{draft}/seats"), seat)
    }

    /// Replaces the lost token of a seat.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn replace_token(&self, draft: &str, role: Role, number: u32) -> Answered<SeatOpened> {
        let role = match role {
            Role::Trustee => "trustee",
            Role::Issuer => "issuer",
        };
        let path = format!("{PREFIX}/drafts/{draft}/seats/{role}/{number}/token");
        let answer = self.send_once("POST", &path, Sent::Nothing, LARGEST_ANSWER)?;
        self.read(&answer)
    }

    /// Founds the election on a manifest.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn found(&self, draft: &str, manifest: &[u8]) -> Answered<Founded> {
        let path = format!("{PREFIX}/drafts/{draft}/manifest");
        let answer = self.send("POST", &path, Sent::Bytes(manifest), LARGEST_ANSWER)?;
        self.read(&answer)
    }

    /// A seat, as its holder sees it.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn seat(&self) -> Answered<SeatView> {
        self.get("/seat")
    }

    /// Sends the public halves of the holder's keys.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn send_keys(&self, keys: &SeatKeys) -> Answered<()> {
        let body = self.body(keys)?;
        self.put("/seat/keys", Sent::Json(&body))?;
        Ok(())
    }

    /// Where an election stands.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn election(&self, election: &[u8; 32]) -> Answered<ElectionStatus> {
        self.get(&format!("/elections/{}", base64url(election)))
    }

    /// Appends an entry that is no ballot.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn append(&self, election: &[u8; 32], entry: &[u8]) -> Answered<Appended> {
        let path = format!("{PREFIX}/elections/{}/entries", base64url(election));
        let answer = self.send("POST", &path, Sent::Bytes(entry), LARGEST_ANSWER)?;
        self.read(&answer)
    }

    /// Casts a ballot: the same bytes until the server answers.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn cast(&self, election: &[u8; 32], ballot: &[u8]) -> Answered<Cast> {
        let path = format!("{PREFIX}/elections/{}/ballots", base64url(election));
        let answer = self.send("POST", &path, Sent::Bytes(ballot), LARGEST_RECEIPT)?;
        Ok(match answer.status {
            202 => Cast::Awaited,
            _ => Cast::Receipt(answer.bytes),
        })
    }

    /// Which ballot is accepted on the line with this key.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn line(&self, election: &[u8; 32], key: &[u8; 32]) -> Answered<LineStatus> {
        let (election, key) = (base64url(election), base64url(key));
        self.get(&format!("/elections/{election}/lines/{key}"))
    }

    /// Stops admission for a moment, so that a position can be closed at.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn freeze(&self, election: &[u8; 32]) -> Answered<Frozen> {
        let path = format!("{PREFIX}/elections/{}/freeze", base64url(election));
        let answer = self.send("POST", &path, Sent::Nothing, LARGEST_ANSWER)?;
        self.read(&answer)
    }

    /// What the issuers left for each other.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn parcels(&self, election: &[u8; 32]) -> Answered<ParcelList> {
        self.get(&format!("/elections/{}/parcels", base64url(election)))
    }

    /// Leaves a parcel for the other issuer.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn leave_parcel(
        &self,
        election: &[u8; 32],
        issuer: u32,
        name: &str,
        parcel: &[u8],
    ) -> Answered<()> {
        let election = base64url(election);
        let path = format!("/elections/{election}/parcels/{issuer}/{name}");
        self.put(&path, Sent::Bytes(parcel))?;
        Ok(())
    }

    /// Fetches a parcel, if it is there.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn fetch_parcel(
        &self,
        election: &[u8; 32],
        issuer: u32,
        name: &str,
    ) -> Answered<Option<Vec<u8>>> {
        let election = base64url(election);
        let path = format!("{PREFIX}/elections/{election}/parcels/{issuer}/{name}");
        let limit = LARGEST_PARCEL as u64;
        match self.send("GET", &path, Sent::Nothing, limit) {
            Ok(answer) => Ok(Some(answer.bytes)),
            Err(WireError::NotFound(_)) => Ok(None),
            Err(WireError::Refused(problem)) if problem.code == "not-found" => Ok(None),
            Err(error) => Err(error),
        }
    }
}
