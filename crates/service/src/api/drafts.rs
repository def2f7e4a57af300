//! `/api/v1/drafts`: an election before its manifest, and the manifest that founds it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use urne_client::draft::DraftContent;
use urne_client::http::{
    Draft, DraftOpened, Founded, NewDraft, NewSeat, Role, SeatHolder, SeatKeys, SeatOpened,
};
use urne_crypto::hash::fingerprint;
use urne_crypto::signature::public_key;
use urne_election::json::base64url;

use super::App;
use super::answers::{TokenBody, TokenOctets, TokenOnly};
use super::path::PathText;
use super::problem::ApiError;
use super::read::{DRAFT, ENTRY, NoBody, Octets, SMALL, StrictJson};
use super::token::Organizer;
use crate::desk::content::check_content;
use crate::desk::draft::{DraftRow, Opening};
use crate::desk::founding::check_manifest;
use crate::desk::seat::NewSeatRow;
use crate::desk::token::random_bytes;
use crate::desk::{Token, TokenHash};
use crate::voters::list::check_email;

/// Open a draft
///
/// An invitation is spent. The answer is the only time the organizer's token is shown.
#[utoipa::path(
    post,
    path = "/api/v1/drafts",
    tag = "drafts",
    request_body = NewDraft,
    responses((status = 201, body = DraftOpened), TokenBody)
)]
pub(crate) async fn open(
    State(app): State<App>,
    StrictJson(new): StrictJson<NewDraft, SMALL>,
) -> Result<(StatusCode, Json<DraftOpened>), ApiError> {
    let invitation = TokenHash::of(&new.invitation).ok_or(ApiError::Invitation)?;
    let token = Token::random()?;
    let opening = Opening {
        name: random_bytes()?,
        nonce: random_bytes()?,
        token: token.hash(),
    };
    app.desk().open(invitation, &opening).await?;
    let opened = DraftOpened {
        draft: base64url(&opening.name),
        token: token.reveal(),
    };
    Ok((StatusCode::CREATED, Json(opened)))
}

/// Read a draft
///
/// With the nonce and the server's keys that the manifest must carry, and the keys that seats' holders have sent.
#[utoipa::path(
    get,
    path = "/api/v1/drafts/{draft}",
    tag = "drafts",
    params(("draft" = String, Path, pattern = "^[A-Za-z0-9_-]{22}$")),
    security(("organizer" = [])),
    responses((status = 200, body = Draft), TokenOnly)
)]
pub(crate) async fn read(
    State(app): State<App>,
    organizer: Organizer,
    path: PathText<1>,
) -> Result<Json<Draft>, ApiError> {
    let draft = organizer.of(&path)?;
    Ok(Json(view(&app, &draft).await?))
}

/// Save what is asked, of whom, and when
///
/// Everything a manifest's rules say is checked already, as far as it can be without the trustees' and issuers' keys.
#[utoipa::path(
    put,
    path = "/api/v1/drafts/{draft}/content",
    tag = "drafts",
    params(("draft" = String, Path, pattern = "^[A-Za-z0-9_-]{22}$")),
    security(("organizer" = [])),
    request_body = DraftContent,
    responses((status = 200, body = Draft), TokenBody)
)]
pub(crate) async fn save(
    State(app): State<App>,
    organizer: Organizer,
    path: PathText<1>,
    StrictJson(content): StrictJson<DraftContent, DRAFT>,
) -> Result<Json<Draft>, ApiError> {
    let draft = organizer.of(&path)?;
    let _turn = app.turn().await;
    let mut seen = unfounded(&app, &draft).await?;
    check_content(&seen, &content, |name| app.knows_witness(name))
        .map_err(|error| ApiError::Unfit(error.to_string()))?;
    app.desk().save_content(&draft, &content).await?;
    seen.content = Some(content);
    Ok(Json(seen))
}

/// Invite a trustee or an issuer
///
/// The answer is the only time the seat's token is shown; the organizer hands it to its holder. A seat with the holder `server` is
/// an issuer's that this server takes itself: its key is made at once, and nobody gets a token. With an e-mail address, the server mails
/// the seat's link to its holder, and shows the token to nobody else.
#[utoipa::path(
    post,
    path = "/api/v1/drafts/{draft}/seats",
    tag = "drafts",
    params(("draft" = String, Path, pattern = "^[A-Za-z0-9_-]{22}$")),
    security(("organizer" = [])),
    request_body = NewSeat,
    responses((status = 201, body = SeatOpened), TokenBody)
)]
pub(crate) async fn add_seat(
    State(app): State<App>,
    organizer: Organizer,
    path: PathText<1>,
    StrictJson(new): StrictJson<NewSeat, SMALL>,
) -> Result<(StatusCode, Json<SeatOpened>), ApiError> {
    let draft = organizer.of(&path)?;
    let _turn = app.turn().await;
    unfounded(&app, &draft).await?;
    check_new_seat(&new)?;
    let email = seat_email(&app, &new)?;
    let token = Token::random()?;
    let is_servers = new.holder == SeatHolder::Server;
    let is_shown = !is_servers && email.is_none();
    let seat = NewSeatRow {
        role: new.role,
        name: &new.name,
        holder: new.holder,
        token: token.hash(),
        keys: is_servers.then(|| SeatKeys {
            key: base64url(&public_key(&app.hall().issuer_key(&draft.nonce))),
            encryption: None,
            proof: None,
        }),
        email,
    };
    let opened = SeatOpened {
        role: new.role,
        number: app.desk().add_seat(&draft, &seat).await?,
        token: is_shown.then(|| token.reveal()),
    };
    app.office().mail_waits();
    Ok((StatusCode::CREATED, Json(opened)))
}

fn check_new_seat(new: &NewSeat) -> Result<(), ApiError> {
    let unfit = |rule: &str| Err(ApiError::Unfit(rule.into()));
    if !(1..=200).contains(&new.name.len()) || new.name.contains(char::is_control) {
        return unfit("name: 1 to 200 bytes, and no control character");
    }
    if new.holder == SeatHolder::Server && new.role == Role::Trustee {
        return unfit("holder: the server may be an issuer, and never a trustee");
    }
    Ok(())
}

fn seat_email(app: &App, new: &NewSeat) -> Result<Option<String>, ApiError> {
    let unfit = |why: String| ApiError::Unfit(format!("email: {why}"));
    let Some(email) = &new.email else {
        return Ok(None);
    };
    if new.holder == SeatHolder::Server {
        return Err(unfit("the server needs no mail; leave it out".into()));
    }
    if app.office().mail.is_none() {
        let why = "this server sends no mail; leave it out and hand the token over";
        return Err(unfit(why.into()));
    }
    check_email(email.trim()).map(Some).map_err(unfit)
}

/// Replace a lost seat token
///
/// The old token opens nothing any more, and keys sent with it are forgotten. Where the link went by mail, so does the new one.
#[utoipa::path(
    post,
    path = "/api/v1/drafts/{draft}/seats/{role}/{number}/token",
    tag = "drafts",
    params(
        ("draft" = String, Path, pattern = "^[A-Za-z0-9_-]{22}$"),
        ("role" = Role, Path),
        ("number" = u32, Path, minimum = 1, maximum = 32),
    ),
    security(("organizer" = [])),
    responses((status = 201, body = SeatOpened), TokenOnly)
)]
pub(crate) async fn replace_token(
    State(app): State<App>,
    organizer: Organizer,
    _: NoBody,
    path: PathText<3>,
) -> Result<(StatusCode, Json<SeatOpened>), ApiError> {
    let draft = organizer.of(&path)?;
    let role = match path.segment(1) {
        "trustee" => Role::Trustee,
        "issuer" => Role::Issuer,
        _ => return Err(ApiError::NotFound("a seat is a trustee's or an issuer's")),
    };
    let number = path
        .number(2)
        .ok_or(ApiError::NotFound("there is no such seat"))?;
    let _turn = app.turn().await;
    unfounded(&app, &draft).await?;
    let token = Token::random()?;
    let seat = (role, number);
    app.desk().replace_token(&draft, seat, token.hash()).await?;
    let by_mail = app.desk().mail_to_seat(&draft, role, number).await?;
    let by_mail = by_mail.is_some() && app.office().mail.is_some();
    if by_mail {
        app.desk().mail_again(&draft, seat).await?;
        app.office().mail_waits();
    }
    let opened = SeatOpened {
        role,
        number,
        token: (!by_mail).then(|| token.reveal()),
    };
    Ok((StatusCode::CREATED, Json(opened)))
}

/// Found the election
///
/// The body is the manifest entry, signed by its organizer. It must carry the draft's nonce, the server's and the log's keys,
/// origin and interval, and exactly the seats' keys, in order. The same bytes again get the same answer.
#[utoipa::path(
    post,
    path = "/api/v1/drafts/{draft}/manifest",
    tag = "drafts",
    params(("draft" = String, Path, pattern = "^[A-Za-z0-9_-]{22}$")),
    security(("organizer" = [])),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Founded), TokenOctets)
)]
pub(crate) async fn found(
    State(app): State<App>,
    organizer: Organizer,
    path: PathText<1>,
    Octets(entry): Octets<ENTRY>,
) -> Result<(StatusCode, Json<Founded>), ApiError> {
    let draft = organizer.of(&path)?;
    // A task of its own: when the request is broken off, the election gets its room all the same, or is not founded.
    let election = tokio::spawn(async move { settle_founding(&app, &draft, entry.to_vec()).await });
    let election = election.await.map_err(ApiError::internal)??;
    let election = base64url(&election);
    Ok((StatusCode::CREATED, Json(Founded { election })))
}

async fn settle_founding(
    app: &App,
    draft: &DraftRow,
    entry: Vec<u8>,
) -> Result<[u8; 32], ApiError> {
    let _turn = app.turn().await;
    let id = fingerprint(&entry);
    match app.founded(&draft.nonce).await? {
        Some(founded) if founded != id => return Err(ApiError::AlreadyFounded),
        Some(_) if app.hall().room(&id).is_some() => return Ok(id),
        // It stands and does not run: the hall knows why.
        Some(_) => {}
        None => {
            let seen = view(app, draft).await?;
            check_manifest(&entry, &seen, |name| app.knows_witness(name))
                .map_err(|error| ApiError::Unfit(error.to_string()))?;
        }
    }
    Ok(app.hall().found(&draft.nonce, entry).await?)
}

/// The draft as its organizer sees it.
async fn view(app: &App, draft: &DraftRow) -> Result<Draft, ApiError> {
    let offer = app.hall().offer(&draft.nonce);
    Ok(Draft {
        draft: base64url(&draft.name),
        nonce: base64url(&draft.nonce),
        server: offer.server,
        log: offer.log,
        content: draft.content()?,
        seats: app.desk().seats(draft).await?,
        election: app.founded(&draft.nonce).await?.map(|id| base64url(&id)),
    })
}

/// A draft that may still change.
async fn unfounded(app: &App, draft: &DraftRow) -> Result<Draft, ApiError> {
    let seen = view(app, draft).await?;
    match seen.election {
        None => Ok(seen),
        Some(_) => Err(ApiError::AlreadyFounded),
    }
}
