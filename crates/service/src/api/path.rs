//! Parts of a path, each in its one form; anything else is something that is not there.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use urne_election::json::from_base64url;

use super::App;
use super::problem::ApiError;

/// The N parameters of the matched path, in order, percent-decoded.
pub(crate) struct PathText<const N: usize>([String; N]);

impl<const N: usize> FromRequestParts<App> for PathText<N> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let parameters = RawPathParams::from_request_parts(parts, app).await;
        let parameters = parameters.map_err(|_| ApiError::NotFound(NOTHING))?;
        let texts: Vec<String> = parameters.iter().map(|(_, text)| text.to_owned()).collect();
        texts
            .try_into()
            .map(PathText)
            .map_err(|_| ApiError::NotFound(NOTHING))
    }
}

/// What is answered where a path names nothing.
pub(crate) const NOTHING: &str = "there is nothing at this address";

impl<const N: usize> PathText<N> {
    /// A parameter as text.
    pub(crate) fn segment(&self, at: usize) -> &str {
        &self.0[at]
    }

    /// A parameter that is a 32-byte hash or key.
    pub(crate) fn hash(&self, at: usize) -> Option<[u8; 32]> {
        from_base64url(self.segment(at))
    }

    /// A parameter that is a number in decimal, without sign or leading zero.
    pub(crate) fn number<T: core::str::FromStr + ToString>(&self, at: usize) -> Option<T> {
        let number: T = self.segment(at).parse().ok()?;
        (number.to_string() == self.segment(at)).then_some(number)
    }
}
