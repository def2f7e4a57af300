//! `/api/v1/invitations`: the operator lets somebody create one election.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use urne_client::http::{Invitation, NewInvitation};

use super::App;
use super::answers::TokenBody;
use super::problem::ApiError;
use super::read::{SMALL, StrictJson};
use super::token::Operator;
use crate::desk::Token;
use crate::desk::invitation::LONGEST_NOTE;

/// Make an invitation
///
/// The operator's own token is needed. The answer is the only time the invitation is shown.
#[utoipa::path(
    post,
    path = "/api/v1/invitations",
    tag = "drafts",
    security(("operator" = [])),
    request_body = NewInvitation,
    responses((status = 201, body = Invitation), TokenBody)
)]
pub(crate) async fn create(
    State(app): State<App>,
    _operator: Operator,
    StrictJson(new): StrictJson<NewInvitation, SMALL>,
) -> Result<(StatusCode, Json<Invitation>), ApiError> {
    if new.note.chars().count() > LONGEST_NOTE {
        let rule = format!("note: at most {LONGEST_NOTE} characters");
        return Err(ApiError::Unfit(rule));
    }
    let token = Token::random()?;
    app.desk().invite(token.hash(), &new.note).await?;
    let invitation = token.reveal();
    Ok((StatusCode::CREATED, Json(Invitation { invitation })))
}
