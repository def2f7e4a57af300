//! Why a request is not served: one enum for all of it, and the one place where it becomes a status and a [`Problem`].
//!
//! People get a code, a sentence and, where an entry was refused, the signed refusal. Causes go to the log.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use urne_client::http::Problem;

use crate::desk::DeskError;
use crate::desk::token::NoRandomness;
use crate::hall::FoundError;
use crate::room::{FreezeError, Rejected};
use crate::store::StoreError;
use crate::voters::VotersError;

/// Why a request is not served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// The body, a header or a part of the path has the wrong form.
    #[error("{0}")]
    Malformed(String),
    /// The body has another type than this operation reads.
    #[error("send the body as {0}")]
    MediaType(&'static str),
    /// No token, or one that is not for this.
    #[error("this needs {0} in the header Authorization: Bearer …")]
    Unauthorized(&'static str),
    /// An invitation nobody made.
    #[error("this invitation is not known here: check that it was copied whole")]
    Invitation,
    /// A token or code that lets nobody in. Whether anybody has the identifier is not said.
    #[error("this link or code is used up, too old, or not right: ask for a fresh one")]
    SignIn,
    /// There is nothing of this name.
    #[error("{0}")]
    NotFound(&'static str),
    /// The path exists, the method does not.
    #[error("this address does not take this method")]
    MethodNotAllowed,
    /// The body is too long.
    #[error("the body may have at most {0} bytes")]
    TooLarge(usize),
    /// The request did not arrive, or was not answered, in time.
    #[error("this took too long: try again")]
    Timeout,
    /// One address asks too often.
    #[error("too many requests from this address: wait {0} seconds and try again")]
    TooManyRequests(u64),
    /// Everybody together asks too much.
    #[error("the server is busy: try again in {0} seconds; nothing was lost")]
    Overloaded(u64),
    /// The disk is full.
    #[error("the server has no room left: nothing was kept; its operator has to make room")]
    StorageFull,
    /// The server cannot serve this now.
    #[error("the server cannot do this now: try again in {0} seconds")]
    Unavailable(u64),
    /// An invitation that was used.
    #[error("this invitation has been used: ask the operator for another")]
    AlreadySpent,
    /// A draft that has become an election.
    #[error("the election is founded: what its manifest says can no longer be changed")]
    AlreadyFounded,
    /// A seat whose holder has sent keys from elsewhere.
    #[error(
        "this seat has other keys already: whoever sent them goes on with them, or the organizer replaces the seat's token"
    )]
    OtherKeys,
    /// A ballot where other entries go, or the other way round.
    #[error("ballots go to …/ballots and other entries to …/entries: send these bytes there")]
    OtherAddress,
    /// A rule is broken: a draft's content, keys, a manifest.
    #[error("{0}")]
    Unfit(String),
    /// A limit on how many there may be.
    #[error("{0}")]
    Full(String),
    /// The election is not in a phase for this.
    #[error("{0}")]
    WrongPhase(&'static str),
    /// An entry was refused, and the refusal is signed.
    #[error("{message}")]
    Refused {
        /// stable
        code: String,
        /// one sentence
        message: String,
        /// the refusal's line
        refusal: String,
        /// whether other bytes, or the same at another moment, might stand
        status: StatusCode,
    },
    /// A mistake of ours.
    #[error("something went wrong in the server; it has been logged")]
    Internal(#[source] Box<dyn core::error::Error + Send + Sync>),
}

/// Every code that is not an entry's, with the status it comes with; the table of the OpenAPI text is made from here.
pub(crate) const CODES: [(&str, u16, &str); 20] = [
    (
        "malformed",
        400,
        "the body, a header or a part of the path has the wrong form",
    ),
    ("unauthorized", 401, "no token, or not one for this"),
    (
        "sign-in-refused",
        401,
        "a link or code that is used up, too old, or not right; the same where nobody has the identifier",
    ),
    ("not-found", 404, "nothing of this name"),
    (
        "method-not-allowed",
        405,
        "the path exists, the method does not",
    ),
    (
        "timeout",
        408,
        "the request did not arrive, or was not answered, in time",
    ),
    ("already-spent", 409, "the invitation has been used"),
    (
        "already-founded",
        409,
        "the election is founded, its draft no longer changes",
    ),
    ("full", 409, "no more of these may be made"),
    (
        "other-keys",
        409,
        "the seat has other keys, which only a new token of the organizer's makes room for",
    ),
    (
        "wrong-phase",
        409,
        "the election is not in a phase for this",
    ),
    ("too-large", 413, "the body is too long"),
    ("unsupported-media-type", 415, "the body has another type"),
    (
        "other-address",
        422,
        "a ballot where other entries go, or the other way round; nothing is said about the bytes",
    ),
    (
        "unfit",
        422,
        "a rule is broken; the sentence names the field",
    ),
    (
        "too-many-requests",
        429,
        "one address asks too often; see Retry-After",
    ),
    ("internal", 500, "a mistake of the server"),
    (
        "overloaded",
        503,
        "everybody together asks too much; see Retry-After",
    ),
    (
        "unavailable",
        503,
        "the server cannot do this now; see Retry-After",
    ),
    ("storage-full", 507, "the disk is full; nothing was kept"),
];

impl ApiError {
    /// A cause that people need not know.
    pub(crate) fn internal(cause: impl core::error::Error + Send + Sync + 'static) -> ApiError {
        ApiError::Internal(Box::new(cause))
    }

    fn status(&self) -> StatusCode {
        match self {
            ApiError::Malformed(_) => StatusCode::BAD_REQUEST,
            ApiError::MediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ApiError::Unauthorized(_) | ApiError::Invitation | ApiError::SignIn => {
                StatusCode::UNAUTHORIZED
            }
            ApiError::NotFound(_) => StatusCode::NOT_FOUND,
            ApiError::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            ApiError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            ApiError::Timeout => StatusCode::REQUEST_TIMEOUT,
            ApiError::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            ApiError::Overloaded(_) | ApiError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            ApiError::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
            ApiError::AlreadySpent
            | ApiError::AlreadyFounded
            | ApiError::Full(_)
            | ApiError::OtherKeys
            | ApiError::WrongPhase(_) => StatusCode::CONFLICT,
            ApiError::OtherAddress | ApiError::Unfit(_) => StatusCode::UNPROCESSABLE_ENTITY,
            ApiError::Refused { status, .. } => *status,
            ApiError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> &str {
        match self {
            ApiError::Malformed(_) => "malformed",
            ApiError::MediaType(_) => "unsupported-media-type",
            ApiError::Unauthorized(_) | ApiError::Invitation => "unauthorized",
            ApiError::SignIn => "sign-in-refused",
            ApiError::NotFound(_) => "not-found",
            ApiError::MethodNotAllowed => "method-not-allowed",
            ApiError::TooLarge(_) => "too-large",
            ApiError::Timeout => "timeout",
            ApiError::TooManyRequests(_) => "too-many-requests",
            ApiError::Overloaded(_) => "overloaded",
            ApiError::StorageFull => "storage-full",
            ApiError::Unavailable(_) => "unavailable",
            ApiError::AlreadySpent => "already-spent",
            ApiError::AlreadyFounded => "already-founded",
            ApiError::OtherAddress => "other-address",
            ApiError::Unfit(_) => "unfit",
            ApiError::Full(_) => "full",
            ApiError::OtherKeys => "other-keys",
            ApiError::WrongPhase(_) => "wrong-phase",
            ApiError::Refused { code, .. } => code,
            ApiError::Internal(_) => "internal",
        }
    }

    /// Seconds after which it is worth trying again.
    fn retry_after_s(&self) -> Option<u64> {
        match self {
            ApiError::TooManyRequests(seconds)
            | ApiError::Overloaded(seconds)
            | ApiError::Unavailable(seconds) => Some(*seconds),
            _ => None,
        }
    }
}

impl From<NoRandomness> for ApiError {
    fn from(error: NoRandomness) -> ApiError {
        ApiError::internal(error)
    }
}

impl From<DeskError> for ApiError {
    fn from(error: DeskError) -> ApiError {
        match error {
            DeskError::UnknownInvitation => ApiError::Invitation,
            DeskError::SpentInvitation => ApiError::AlreadySpent,
            DeskError::SeatsTaken { .. } | DeskError::ServerSeated | DeskError::TooManyParcels => {
                ApiError::Full(error.to_string())
            }
            DeskError::OtherKeys => ApiError::OtherKeys,
            DeskError::NoSuchSeat => ApiError::NotFound("there is no such seat"),
            DeskError::Database(sqlx::Error::Database(cause)) if is_full(&*cause) => {
                ApiError::StorageFull
            }
            DeskError::Database(sqlx::Error::PoolTimedOut) => ApiError::Overloaded(1),
            other => ApiError::internal(other),
        }
    }
}

impl From<VotersError> for ApiError {
    fn from(error: VotersError) -> ApiError {
        match error {
            VotersError::Unfit(why) => ApiError::Unfit(why),
            VotersError::WrongPhase(why) => ApiError::WrongPhase(why),
            VotersError::NotFound(what) => ApiError::NotFound(what),
            VotersError::Desk(error) => error.into(),
        }
    }
}

impl From<Rejected> for ApiError {
    fn from(rejected: Rejected) -> ApiError {
        match rejected {
            Rejected::Refused {
                code,
                message,
                refusal,
            } => ApiError::Refused {
                status: status_of_refusal(code),
                code: code.to_owned(),
                message,
                refusal: String::from_utf8_lossy(&refusal.to_bytes()).into_owned(),
            },
            Rejected::Overloaded { retry_after_s } => ApiError::Overloaded(retry_after_s),
            Rejected::OtherAddress => ApiError::OtherAddress,
            Rejected::StorageFull => ApiError::StorageFull,
            Rejected::Unavailable { retry_after_s } => ApiError::Unavailable(retry_after_s),
        }
    }
}

/// 409 where the same bytes might have stood at another moment, 422 where they never do.
fn status_of_refusal(code: &str) -> StatusCode {
    match code {
        "wrong-phase" | "outdated" | "cap-reached" | "not-yet-open" | "closed" | "closing" => {
            StatusCode::CONFLICT
        }
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> ApiError {
        match error {
            StoreError::Full => ApiError::StorageFull,
            StoreError::Busy => ApiError::Overloaded(1),
            other => ApiError::internal(other),
        }
    }
}

impl From<FoundError> for ApiError {
    fn from(error: FoundError) -> ApiError {
        match error {
            FoundError::Foundation(_)
            | FoundError::OtherOffer(_)
            | FoundError::UnknownWitness(_) => ApiError::Unfit(error.to_string()),
            FoundError::AlreadyFounded => ApiError::AlreadyFounded,
            FoundError::GivenUp => ApiError::WrongPhase(
                "an election on this draft was given up after a loss of data: it cannot be founded again. Open a new draft",
            ),
            FoundError::StorageFull => ApiError::StorageFull,
            FoundError::Unavailable => ApiError::Unavailable(5),
        }
    }
}

impl From<FreezeError> for ApiError {
    fn from(error: FreezeError) -> ApiError {
        match error {
            FreezeError::NotVoting => {
                ApiError::WrongPhase("the ballot box is not open: there is nothing to freeze")
            }
            FreezeError::Unavailable => ApiError::Unavailable(2),
        }
    }
}

/// SQLITE_FULL.
fn is_full(error: &dyn sqlx::error::DatabaseError) -> bool {
    error.code().as_deref() == Some("13")
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let ApiError::Internal(cause) = &self {
            tracing::error!(
                error = &**cause as &dyn core::error::Error,
                "a request failed"
            );
        }
        let status = self.status();
        let retry_after_s = self.retry_after_s();
        let problem = Problem {
            code: self.code().to_owned(),
            message: self.to_string(),
            refusal: match self {
                ApiError::Refused { refusal, .. } => Some(refusal),
                _ => None,
            },
        };
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
