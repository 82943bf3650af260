//! The variable parts of an address, decoded.

use axum::extract::{FromRequestParts, Path as Axum};
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use super::state::App;

/// The variable parts; an address that does not decode to UTF-8 is refused as every other mistake is.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match Axum::from_request_parts(parts, app).await {
            Ok(Axum(value)) => Ok(Self(value)),
            Err(rejection) => Err(Problem::bad_request("bad_address", rejection.body_text())),
        }
    }
}
