//! What devices and server say to each other over HTTP: the shapes of requests and answers, and the paths. Pure.
//!
//! Entries, receipts and refusals are not shapes of this module: they travel as the exact bytes of `spec/entries.md`. Byte
//! strings inside JSON are unpadded base64url, as on the board. The OpenAPI document of the service is generated from here.

use serde::{Deserialize, Serialize};

use crate::desk::Mailed;
use crate::draft::DraftContent;

/// Every path of version 1 starts with this.
pub const PREFIX: &str = "/api/v1";

/// Why a request was not served. Every answer with a status of 400 or above has this body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// stable: lower-case words joined by `-`
    #[cfg_attr(feature = "openapi", schema(pattern = "^[a-z]+(-[a-z]+)*$"))]
    pub code: String,
    /// one sentence for people: what happened and what to do
    pub message: String,
    /// the server's signed refusal (`spec/entries.md`) as text, where an entry was refused
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
}

/// The operator asks for a token that lets somebody create one election.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewInvitation {
    /// for the operator's own memory, up to 200 characters
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub note: String,
}

/// A token that creates one draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitation {
    /// secret, shown once
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub invitation: String,
}

/// Somebody invited opens a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewDraft {
    /// the operator's token; it is spent
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub invitation: String,
}

/// A draft was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DraftOpened {
    /// the draft's name in paths
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{22}$"))]
    pub draft: String,
    /// the organizer's token, secret, shown once
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub token: String,
}

/// An election before its manifest, as its organizer sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Draft {
    /// its name in paths
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{22}$"))]
    pub draft: String,
    /// the manifest's nonce, which trustees prove possession under
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub nonce: String,
    /// who signs receipts
    pub server: NamedKey,
    /// the log that awaits the manifest
    pub log: LogKey,
    /// what is asked, of whom, when; nothing until the organizer saved it
    pub content: Option<DraftContent>,
    /// trustees and issuers, in order
    pub seats: Vec<Seat>,
    /// the election id, once founded
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub election: Option<String>,
}

/// A name with its Ed25519 key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NamedKey {
    /// as shown to people
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub name: String,
    /// 32 bytes
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub key: String,
}

/// The log a server offers for one election.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogKey {
    /// the checkpoints' origin, ending in `/urne/` and the nonce
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub origin: String,
    /// 32 bytes
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub key: String,
    /// seconds between publications
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 86400))]
    pub interval: u32,
}

/// What somebody invited to a draft does in the election.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Role {
    /// holds a share of the key
    Trustee,
    /// makes voting codes
    Issuer,
}

/// Who holds a seat's keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SeatHolder {
    /// somebody with the seat's token
    #[default]
    Person,
    /// this server, which makes an issuer's key itself; there is no token
    Server,
}

/// The organizer invites a trustee or an issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewSeat {
    /// what for
    pub role: Role,
    /// as in the manifest, 1 to 200 bytes
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub name: String,
    /// `server` for an issuer's seat that the server itself takes
    #[serde(default)]
    pub holder: SeatHolder,
    /// where the seat's link is mailed; it is then shown to nobody else
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 3, max_length = 254))]
    pub email: Option<String>,
}

/// A seat was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeatOpened {
    /// what for
    pub role: Role,
    /// from 1, among seats of this role
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 32))]
    pub number: u32,
    /// for its holder alone, secret, shown once; nothing where the server holds the seat or mails the link
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub token: Option<String>,
}

/// A seat of a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Seat {
    /// what for
    pub role: Role,
    /// from 1, among seats of this role
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 32))]
    pub number: u32,
    /// as in the manifest
    pub name: String,
    /// the public halves of the holder's keys, once sent
    pub keys: Option<SeatKeys>,
    /// who holds them
    #[serde(default)]
    pub holder: SeatHolder,
    /// what became of the mail with the seat's link; nothing where none was asked for
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailed: Option<Mailed>,
}

impl Seat {
    /// A seat whose holder is a person; no mail was asked for.
    pub fn of_person(role: Role, number: u32, name: String, keys: Option<SeatKeys>) -> Seat {
        Seat {
            role,
            number,
            name,
            keys,
            holder: SeatHolder::Person,
            mailed: None,
        }
    }
}

/// The public halves a seat's holder sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeatKeys {
    /// Ed25519, 32 bytes
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub key: String,
    /// a trustee's P_i, 32 bytes
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub encryption: Option<String>,
    /// a trustee's proof of possession of P_i, 64 bytes
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{86}$"))]
    pub proof: Option<String>,
}

/// What the holder of a seat sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeatView {
    /// the seat
    pub seat: Seat,
    /// the draft it belongs to
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{22}$"))]
    pub draft: String,
    /// the manifest's nonce
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub nonce: String,
    /// one title per language, once the organizer saved one
    pub title: Vec<String>,
    /// the colleges in order, each with one name per language, once the organizer saved them
    pub colleges: Vec<Vec<String>>,
    /// the election id, once founded
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub election: Option<String>,
}

/// An election was founded: the manifest is entry 0 of its board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Founded {
    /// the election id
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub election: String,
}

/// Where an election stands, for pages and tools that do not follow the board themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ElectionStatus {
    /// the election id
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub election: String,
    /// one title per language
    pub title: Vec<String>,
    /// language tags
    pub languages: Vec<String>,
    /// a rehearsal
    pub practice: bool,
    /// where it stands
    pub phase: PhaseName,
    /// whom the phase awaits: numbers of trustees; empty where it awaits nobody in particular
    pub awaits: Vec<u32>,
    /// announced opening, seconds since 1970
    pub opens: u64,
    /// announced closing, seconds since 1970
    pub closes: u64,
    /// whether ballots are admitted at this moment
    pub admits_ballots: bool,
    /// lines of the roll
    pub lines: u64,
    /// ballots accepted and not replaced
    pub ballots: u64,
    /// entries on the board
    pub size: u64,
    /// entries of the latest published checkpoint
    pub published: u64,
    /// position of the entry that opened the box, once it has; a device that relies on it judges that entry itself
    pub opened: Option<u64>,
    /// which issuer's half this server holds and gives out at a sign-in; nothing where people hold all
    pub server_issuer: Option<u32>,
}

/// The phases of `spec/entries.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PhaseName {
    /// deals are expected
    Dealing,
    /// confirms or complaints are expected
    Confirming,
    /// the roll, the drill, then the opening
    Preparing,
    /// ballots
    Voting,
    /// seals, decryptions, result
    Sealing,
    /// the result stands
    Ended,
    /// the ceremony failed
    Failed,
}

/// An entry other than a ballot stands on the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Appended {
    /// its position
    pub index: u64,
    /// size of the first vouched-for checkpoint that covers it; nothing until there is one
    pub covered_by: Option<u64>,
}

/// Which ballot is accepted on a line of the roll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LineStatus {
    /// the line's current key, 32 bytes
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub key: String,
    /// from 1
    pub college: u32,
    /// at least 1
    pub weight: u32,
    /// tracker and position of the ballot accepted now
    pub accepted: Option<AcceptedBallot>,
}

/// A ballot that is accepted now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcceptedBallot {
    /// 32 bytes
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub tracker: String,
    /// where it stands
    pub index: u64,
}

/// Admission is frozen so that the organizer can close at a position that does not move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Frozen {
    /// entries on the board: the position to close at
    pub size: u64,
    /// seconds until ballots are admitted again if no `close` arrives; nothing once the hour has passed
    pub seconds: Option<u64>,
}

/// One parcel of the exchange between issuers: opaque to the server, seen by the issuers alone, never on the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ParcelList {
    /// names of the parcels, sorted
    pub parcels: Vec<ParcelName>,
}

/// Who left a parcel, and how it is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ParcelName {
    /// number of the issuer
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 2))]
    pub issuer: u32,
    /// up to 64 of `a-z 0-9 -`
    #[cfg_attr(feature = "openapi", schema(pattern = "^[a-z0-9-]{1,64}$"))]
    pub name: String,
}

/// A file of the booth, as `/booth/files.json` lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedFile {
    /// below `/booth/`
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 190))]
    pub path: String,
    /// its SHA-256, 32 bytes
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub sha256: String,
    /// how long it is
    pub bytes: u64,
}
