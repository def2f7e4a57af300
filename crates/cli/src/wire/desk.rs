//! The paths of version 1 about voters: the organizer's list and mails, the roll the server makes, the sign-in.

use urne_client::desk::{
    MailsQueued, NamedChange, NewChange, NewInvitations, NewSignIn, NewVoterList, RegistrarList,
    RollProgress, SignedIn, VoterList,
};
use urne_client::http::PREFIX;
use urne_election::json::base64url;

use super::server::{LARGEST_ANSWER, Sent, Server, WireError};

/// A list with as many voters as a server takes, and what it adds to each.
const LARGEST_LIST: u64 = 64 * 1024 * 1024;

type Answered<T> = Result<T, WireError>;

impl Server {
    /// Saves the list of voters.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn save_voters(&self, draft: &str, list: &NewVoterList) -> Answered<VoterList> {
        let (path, body) = (format!("{PREFIX}/drafts/{draft}/voters"), self.body(list)?);
        let answer = self.send("PUT", &path, Sent::Json(&body), LARGEST_LIST)?;
        self.read(&answer)
    }

    /// The list of voters, with what became of the invitations.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn voters(&self, draft: &str) -> Answered<VoterList> {
        let path = format!("{PREFIX}/drafts/{draft}/voters");
        let answer = self.send("GET", &path, Sent::Nothing, LARGEST_LIST)?;
        self.read(&answer)
    }

    /// The list as a registrar is given it.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn registrars_voters(&self) -> Answered<RegistrarList> {
        let path = format!("{PREFIX}/seat/voters");
        let answer = self.send("GET", &path, Sent::Nothing, LARGEST_LIST)?;
        self.read(&answer)
    }

    /// Asks the server to make the roll alone. Asked again, it goes on.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn make_roll(&self, draft: &str) -> Answered<RollProgress> {
        let path = format!("{PREFIX}/drafts/{draft}/roll");
        let answer = self.send("POST", &path, Sent::Nothing, LARGEST_ANSWER)?;
        self.read(&answer)
    }

    /// How far the roll has come.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn roll_progress(&self, draft: &str) -> Answered<RollProgress> {
        self.get(&format!("/drafts/{draft}/roll"))
    }

    /// Names a change of the roll. Named again, it is the same one, except that an `add` without a row is looked up by its identifier.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn name_change(&self, draft: &str, change: &NewChange) -> Answered<NamedChange> {
        let (path, body) = (
            format!("{PREFIX}/drafts/{draft}/changes"),
            self.body(change)?,
        );
        let answer = self.send("POST", &path, Sent::Json(&body), LARGEST_ANSWER)?;
        self.read(&answer)
    }

    /// The changes that were named.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn named_changes(&self, draft: &str) -> Answered<Vec<NamedChange>> {
        self.get(&format!("/drafts/{draft}/changes"))
    }

    /// Has invitations mailed.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn invite_voters(&self, draft: &str, whom: &NewInvitations) -> Answered<MailsQueued> {
        self.create(&format!("/drafts/{draft}/invitations"), whom)
    }

    /// Has those reminded who have no ballot in the box.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn remind_voters(&self, draft: &str) -> Answered<()> {
        let path = format!("{PREFIX}/drafts/{draft}/reminders");
        self.send_once("POST", &path, Sent::Nothing, LARGEST_ANSWER)?;
        Ok(())
    }

    /// Signs in as a voter. Sent once: the token is spent by it.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn sign_in(&self, election: &[u8; 32], shown: &NewSignIn) -> Answered<SignedIn> {
        self.create(
            &format!("/elections/{}/sign-in", base64url(election)),
            shown,
        )
    }
}
