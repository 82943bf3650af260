//! Request bodies and queries: read with errors that name the place.

use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::{FieldProblem, Problem};
use super::state::App;

/// A JSON body, with its bytes.
pub struct Json<T> {
    /// What it says.
    pub value: T,
    /// As it came.
    pub bytes: Bytes,
}

/// Reads a body's bytes, up to the limit.
pub async fn read_body(request: Request, app: &App) -> Result<Bytes, Problem> {
    let most = app.limits.body_bytes_max;
    let too_large = |_| Problem::too_large(most);
    axum::body::to_bytes(request.into_body(), most).await.map_err(too_large)
}

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let is_json = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/json") || kind.ends_with("+json")
        });
        if !is_json {
            return Err(Problem::not_json());
        }
        let bytes = read_body(request, app).await?;
        Ok(Self { value: parse(&bytes)?, bytes })
    }
}

/// Reads JSON. Broken JSON is 400; JSON that is not what is wanted is 422 and names the place.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let inner = error.inner();
        // A value of another type than a word is told as broken where a word is wanted, though it is JSON.
        let is_json = || serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
        if (inner.is_syntax() || inner.is_eof()) && !is_json() {
            return Problem::bad_request("broken_json", format!("the body is not JSON: {inner}"));
        }
        let pointer = pointer(error.path());
        let detail = inner.to_string();
        let mut problem = Problem::invalid("invalid_body", format!("{pointer}: {detail}"));
        problem.errors.push(FieldProblem { pointer, detail });
        problem
    })?;
    reader.end().map_err(|e| Problem::bad_request("broken_json", format!("after the JSON value: {e}")))?;
    Ok(value)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        let name = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.replace('~', "~0").replace('/', "~1"),
            Segment::Enum { variant } => variant.clone(),
            Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&name);
    }
    if pointer.is_empty() { "/".to_owned() } else { pointer }
}

/// Query fields; unknown ones are refused by the type.
pub struct Fields<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Fields<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, app).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(Problem::bad_request("bad_query", rejection.body_text())),
        }
    }
}
