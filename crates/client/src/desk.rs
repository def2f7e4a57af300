//! What the organizer's desk says about voters over HTTP: their list, letters and mails, changes of the roll, and the sign-in that
//! gives out the server's half of a voting credential. Shapes as in [`crate::http`]. Nothing here says who has voted.

use serde::{Deserialize, Serialize};

/// A voter as the organizer lists one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewVoter {
    /// what the voter knows beforehand and types: a membership number, an e-mail address; 1 to 254 bytes in its one form
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 254))]
    pub identifier: String,
    /// as mails and letters address the voter, up to 200 bytes
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub name: String,
    /// where mails go; empty where none is known
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 254))]
    pub email: String,
    /// a language tag, such as `fr`; empty: the election's first
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 35))]
    pub language: String,
    /// the line's weight, at least 1
    #[serde(default = "one")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub weight: u32,
    /// the line's college, from 1
    #[serde(default = "one")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 64))]
    pub college: u32,
    /// the postal address for a letter, up to 500 bytes, lines joined by line feeds
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    pub address: String,
}

fn one() -> u32 {
    1
}

fn thirty() -> u32 {
    30
}

/// The whole list; it takes the place of the one before. A voter who stays keeps the row id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewVoterList {
    /// days after the announced closing for which the list is kept, for appeals; then it is deleted
    #[serde(default = "thirty")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 3650))]
    pub appeal_days: u32,
    /// everybody
    #[cfg_attr(feature = "openapi", schema(max_items = 400000))]
    pub voters: Vec<NewVoter>,
}

/// The list as the organizer sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VoterList {
    /// days after the announced closing for which it is kept
    pub appeal_days: u32,
    /// everybody, in the order in which they were listed
    pub voters: Vec<ListedVoter>,
}

/// A voter of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedVoter {
    /// random, shared by all issuers, never published: 32 hexadecimal digits
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{32}$"))]
    pub row: String,
    /// what was listed, the identifier in its one form
    pub voter: NewVoter,
    /// what became of the invitation, which everybody gets; of no other mail anything is said
    pub invitation: Mailed,
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mailed {
    /// how far it came
    pub state: MailState,
    /// what the other mail server said, where it bounced
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// How far a mail came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum MailState {
    /// it was not asked for
    None,
    /// it is on its way, or will be tried again
    Queued,
    /// the recipient's mail server took it
    Sent,
    /// it was refused, or tried too often
    Bounced,
}

/// What a registrar is given of a voter: enough for a code and a letter, and to see whether mails go where they should.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegistrarVoter {
    /// random, shared by all issuers, never published: 32 hexadecimal digits
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{32}$"))]
    pub row: String,
    /// in its one form
    pub identifier: String,
    /// for the letter
    pub name: String,
    /// a language tag, or empty
    pub language: String,
    /// at least 1
    pub weight: u32,
    /// from 1
    pub college: u32,
    /// for the letter
    pub address: String,
    /// where this voter's mails go, to be compared with a list of the registrar's own; empty where none is known
    #[serde(default)]
    pub email: String,
}

/// The list as a registrar sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegistrarList {
    /// everybody, in the order in which they were listed
    pub voters: Vec<RegistrarVoter>,
}

/// How far the roll has come, as far as this server makes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RollProgress {
    /// voters on the list
    pub voters: u64,
    /// how many of them have no e-mail address
    pub without_email: u64,
    /// the next step
    pub stage: RollStage,
    /// why the last attempt stopped, in words
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// Whom the roll awaits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RollStage {
    /// this server holds no issuer's seat: the registrars make the roll
    Registrars,
    /// this server is the only issuer: the organizer asks for the roll, or has and it is being made
    Server,
    /// the other issuer's public halves are awaited
    Halves,
    /// the other issuer's proofs are awaited
    Proofs,
    /// the other issuer's signatures are awaited
    Signatures,
    /// the roll stands on the board
    Published,
}

/// What changes about a voter's line while the box is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ChangeName {
    /// a late voter gets a line
    Add,
    /// the line ends; a ballot cast with it no longer counts
    Remove,
    /// the line gets a new key; old letters and links are worthless, a ballot already cast stays
    Replace,
}

/// Why, as the board will say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ChangeReason {
    /// a letter or link was lost, or seen by others
    Lost,
    /// the voter voted on paper
    Paper,
    /// a mistake in the list
    Error,
    /// admitted late
    Admitted,
    /// struck off
    Struck,
}

/// The organizer names a change. Alone, the server makes it at once; beside a registrar, once the registrar has named the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewChange {
    /// what
    pub change: ChangeName,
    /// why
    pub reason: ChangeReason,
    /// whose line: 32 hexadecimal digits. For `add` it may be left out; the answer then says which one was drawn
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{32}$"))]
    pub row: Option<String>,
    /// the late voter, for `add` alone
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voter: Option<NewVoter>,
}

/// A change that was named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NamedChange {
    /// whose line: 32 hexadecimal digits
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{32}$"))]
    pub row: String,
    /// what
    pub change: ChangeName,
    /// why
    pub reason: ChangeReason,
    /// whether it stands on the board
    pub done: bool,
    /// why the last attempt stopped, in words
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// Whom to mail the invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewInvitations {
    /// row ids of those who get it, again if need be; left out: everybody who was not sent one yet
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 25000))]
    pub rows: Option<Vec<String>>,
}

/// Mails wait to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailsQueued {
    /// how many were added
    pub queued: u64,
}

/// A new address for a voter whose mail bounced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewEmail {
    /// where mails go from now on
    #[cfg_attr(feature = "openapi", schema(min_length = 3, max_length = 254))]
    pub email: String,
}

/// Somebody asks for a fresh link. The answer is always the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewLink {
    /// the voter's identifier, or e-mail address
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 254))]
    pub identifier: String,
}

/// A voter opens the link of a mail, or types its code: `token` alone, or `identifier` and `code`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewSignIn {
    /// from the link's fragment
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub token: Option<String>,
    /// the voter's identifier, or e-mail address
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 254))]
    pub identifier: Option<String>,
    /// the eight digits of the mail; spaces are fine
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 20))]
    pub code: Option<String>,
}

/// What a sign-in gives out: the server's half of the credential.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedIn {
    /// a scalar, 32 bytes, secret
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub half: String,
    /// the current key of the voter's line, 32 bytes
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub key: String,
    /// the voter's language tag
    pub language: String,
}

impl core::fmt::Debug for SignedIn {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("SignedIn(…)")
    }
}

/// What stays and what goes, for an election's privacy notice. Pages put it into words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Privacy {
    /// who decides: the organizer's name in the manifest
    pub organizer: String,
    /// whether this server keeps a list of voters for the election now
    pub list_kept: bool,
    /// whether this server knows which line of the roll is whose now, to send notices and give out its half
    pub lines_known: bool,
    /// whether an organizer who has a voter's line replaced or removed learns if that voter had voted: the board then names the
    /// line's old key
    #[serde(default)]
    pub changes_tell: bool,
    /// whether mails leave this server
    pub mails: bool,
    /// seconds since 1970 at which the list is deleted at the latest, where there is one
    pub list_deleted_at: Option<u64>,
    /// days after the announced closing for which the list is kept, where there is one
    pub appeal_days: Option<u32>,
}
