//! Who asks: whoever sends the token. Each extractor below looks its own kind of token up and knows nothing of the others, so
//! that a trustee's token opens no organizer's door.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum_extra::TypedHeader;
use axum_extra::headers::Authorization;
use axum_extra::headers::authorization::Bearer;
use urne_client::http::Seat;
use urne_election::json::base64url;

use super::App;
use super::path::PathText;
use super::problem::ApiError;
use crate::desk::TokenHash;
use crate::desk::draft::DraftRow;

/// The operator asks.
pub(crate) struct Operator;

/// A draft's organizer asks.
pub(crate) struct Organizer {
    /// the draft
    pub(crate) draft: DraftRow,
}

/// The holder of a seat asks.
pub(crate) struct Holder {
    /// the seat
    pub(crate) seat: Seat,
    /// its draft
    pub(crate) draft: DraftRow,
    /// what the holder was found by
    pub(crate) token: TokenHash,
}

async fn bearer(parts: &mut Parts, app: &App) -> Option<TokenHash> {
    let header = TypedHeader::<Authorization<Bearer>>::from_request_parts(parts, app).await;
    header.ok().and_then(|bearer| TokenHash::of(bearer.token()))
}

impl FromRequestParts<App> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Operator, ApiError> {
        let sent = bearer(parts, app).await;
        match (app.operator(), sent) {
            (Some(expected), Some(sent)) if expected.is(&sent) => Ok(Operator),
            _ => Err(ApiError::Unauthorized("the operator's token")),
        }
    }
}

impl FromRequestParts<App> for Organizer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Organizer, ApiError> {
        const WHOSE: ApiError = ApiError::Unauthorized("the organizer's token");
        let token = bearer(parts, app).await.ok_or(WHOSE)?;
        let draft = app.desk().draft_of(token).await?.ok_or(WHOSE)?;
        Ok(Organizer { draft })
    }
}

impl Organizer {
    /// The draft, if it is the one that the path names first.
    pub(crate) fn of<const N: usize>(self, path: &PathText<N>) -> Result<DraftRow, ApiError> {
        if base64url(&self.draft.name) == path.segment(0) {
            Ok(self.draft)
        } else {
            Err(ApiError::Unauthorized(
                "the token of this draft's organizer",
            ))
        }
    }
}

impl FromRequestParts<App> for Holder {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Holder, ApiError> {
        const WHOSE: ApiError = ApiError::Unauthorized("a seat's token");
        let token = bearer(parts, app).await.ok_or(WHOSE)?;
        let (seat, draft) = app.desk().seat_of(token).await?.ok_or(WHOSE)?;
        Ok(Holder { seat, draft, token })
    }
}
