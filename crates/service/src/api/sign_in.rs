//! `/api/v1/elections/{election}/links`, `…/sign-in` and `…/privacy`: how a voter gets the server's half of the credential, and what
//! is kept of whom. A `GET` gives nothing out, since mail scanners follow links.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use urne_client::desk::{NewLink, NewSignIn, Privacy, SignedIn};
use urne_election::json::base64url;
use zeroize::Zeroizing;

use super::App;
use super::answers::{Named, SignIn};
use super::path::PathText;
use super::problem::ApiError;
use super::read::{SMALL, StrictJson};
use crate::desk::TokenHash;
use crate::desk::draft::DraftRow;
use crate::office::{LinkRequest, kept_until};
use crate::room::Room;
use crate::voters::list::VoterRow;

/// Longest identifier or address, in bytes.
const LONGEST_NAME: usize = 254;

/// Ask for a fresh link by mail
///
/// The answer is the same for everybody, at once; whether anybody has that identifier or address is looked up afterwards. A voter is
/// mailed a few links, then one every ten minutes.
#[utoipa::path(
    post,
    path = "/api/v1/elections/{election}/links",
    tag = "sign-in",
    params(("election" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$")),
    request_body = NewLink,
    responses((status = 202, description = "if somebody has that name, a mail is on its way"), SignIn)
)]
pub(crate) async fn ask_for_link(
    State(app): State<App>,
    path: PathText<1>,
    StrictJson(new): StrictJson<NewLink, SMALL>,
) -> Result<StatusCode, ApiError> {
    let room = app.room(&path)?;
    check_name(&new.identifier)?;
    let request = LinkRequest {
        election: *room.id(),
        name: new.identifier,
    };
    match app.office().ask_for_link(request) {
        true => Ok(StatusCode::ACCEPTED),
        false => Err(ApiError::Overloaded(5)),
    }
}

/// Sign in
///
/// With the token of a mailed link, or, where the mail is read on another device, with the identifier and the mail's eight digits.
/// The answer is the server's half of the voter's credential: alone it casts no vote where a registrar made the other half. A token
/// works once; a code is worth five tries.
#[utoipa::path(
    post,
    path = "/api/v1/elections/{election}/sign-in",
    tag = "sign-in",
    params(("election" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$")),
    request_body = NewSignIn,
    responses((status = 200, body = SignedIn), SignIn)
)]
pub(crate) async fn sign_in(
    State(app): State<App>,
    path: PathText<1>,
    StrictJson(new): StrictJson<NewSignIn, SMALL>,
) -> Result<Json<SignedIn>, ApiError> {
    let room = app.room(&path)?;
    let proof = Proof::of(new)?;
    // Before anything is spent.
    if room.server_issuer().is_none() {
        return Err(ApiError::WrongPhase(
            "this server is no issuer of the election: the registrars' letters are all you need",
        ));
    }
    if !room.status().admits_ballots {
        return Err(ApiError::WrongPhase(
            "the ballot box is not open now: your link stays good until it is used",
        ));
    }
    let draft = app
        .office()
        .draft_of(&room)
        .await?
        .ok_or(ApiError::SignIn)?;
    let voter = proof.voter(&app, &draft).await?.ok_or(ApiError::SignIn)?;
    let half = app.voters().half_of(&draft, &voter)?;
    let (Some(half), Some(line)) = (half, voter.line) else {
        return Err(ApiError::SignIn);
    };
    let bytes = Zeroizing::new(half.to_bytes());
    Ok(Json(SignedIn {
        half: base64url(&bytes[..]),
        key: base64url(&line),
        language: language(&room, &voter),
    }))
}

/// Read what is kept of whom, and until when
///
/// What a privacy notice is made from; what stands on the board stays for good.
#[utoipa::path(
    get,
    path = "/api/v1/elections/{election}/privacy",
    tag = "sign-in",
    params(("election" = String, Path, pattern = "^[A-Za-z0-9_-]{43}$")),
    responses((status = 200, body = Privacy), Named)
)]
pub(crate) async fn privacy(
    State(app): State<App>,
    path: PathText<1>,
) -> Result<Json<Privacy>, ApiError> {
    let room = app.room(&path)?;
    let draft = app.office().draft_of(&room).await?;
    let list = match &draft {
        Some(draft) => app.voters().list(draft.id).await?,
        None => None,
    };
    let (organizer, closes) = room.with_election(|election| {
        let manifest = election.manifest();
        (manifest.organizer.name.clone(), election.closes())
    });
    let appeal_days = list.as_ref().map(|list| list.appeal_days);
    Ok(Json(Privacy {
        organizer,
        list_kept: list.is_some(),
        lines_known: room.server_issuer().is_some() && list.is_some_and(|list| !list.erased),
        changes_tell: room.server_issuer().is_some(),
        mails: app.office().mail.is_some(),
        list_deleted_at: appeal_days.map(|days| kept_until(closes, days)),
        appeal_days,
    }))
}

fn check_name(name: &str) -> Result<(), ApiError> {
    match (1..=LONGEST_NAME).contains(&name.len()) {
        true => Ok(()),
        false => Err(ApiError::Unfit(format!(
            "identifier: 1 to {LONGEST_NAME} bytes"
        ))),
    }
}

/// What somebody shows.
enum Proof {
    Token(TokenHash),
    Code {
        name: String,
        code: Zeroizing<String>,
    },
}

impl Proof {
    fn of(new: NewSignIn) -> Result<Proof, ApiError> {
        match (new.token, new.identifier, new.code) {
            (Some(token), None, None) => {
                let token = Zeroizing::new(token);
                TokenHash::of(&token)
                    .map(Proof::Token)
                    .ok_or(ApiError::SignIn)
            }
            (None, Some(name), Some(code)) => {
                check_name(&name)?;
                let code = Zeroizing::new(code);
                let digits: String = code.chars().filter(char::is_ascii_digit).collect();
                Ok(Proof::Code {
                    name,
                    code: Zeroizing::new(digits),
                })
            }
            _ => Err(ApiError::Unfit(
                "send token alone, or identifier and code".into(),
            )),
        }
    }

    /// Whose it is; it is spent.
    async fn voter(&self, app: &App, draft: &DraftRow) -> Result<Option<VoterRow>, ApiError> {
        let now_s = app.hall().clock().now_s();
        Ok(match self {
            Proof::Token(token) => app.voters().spend_token(draft, token, now_s).await?,
            Proof::Code { name, code } => app.voters().spend_code(draft, name, code, now_s).await?,
        })
    }
}

fn language(room: &Room, voter: &VoterRow) -> String {
    match voter.voter.language.as_str() {
        "" => room.with_election(|election| election.manifest().languages.first().cloned()),
        language => Some(language.to_owned()),
    }
    .unwrap_or_default()
}
