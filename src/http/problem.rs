//! Errors as clients see them: RFC 9457 documents with a stable code. The one file that knows status codes.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::gateway::{AttestError, GatewayError, SubmitError};
use crate::seal::SealError;
use crate::store::StoreError;

/// One field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// JSON Pointer into the request's body.
    pub pointer: String,
    /// What it must be.
    pub detail: String,
}

/// A problem document (`application/problem+json`).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:waygate:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Stable, in snake case.
    pub code: String,
    /// What was wrong, and how to mend it.
    pub detail: String,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// Seconds until it makes sense to try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// Further members, e.g. `number` with what the number is.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl Problem {
    fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:waygate:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            code: code.to_owned(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            more: Map::new(),
        }
    }

    /// 400: the request cannot be read.
    pub fn bad_request(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 401: no key, or none that we know.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    }

    /// 403: the key may not do this.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// 404.
    pub fn not_found(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, detail)
    }

    /// 405.
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "this address does not take this method; /openapi.json lists what it takes",
        )
    }

    /// 409: the state does not allow it.
    pub fn conflict(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 413.
    pub fn too_large(bytes_max: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            format!("the body is longer than {bytes_max} bytes; send it in parts"),
        )
    }

    /// 415.
    pub fn not_json() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not_json",
            "send the body as JSON with `Content-Type: application/json`",
        )
    }

    /// 415: a file of a sort that is not taken.
    pub fn media_type(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type_not_taken", detail)
    }

    /// 422: readable, but it cannot be.
    pub fn invalid(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    /// 422 with the field.
    pub fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        let (pointer, detail) = (pointer.into(), detail.into());
        let mut problem = Self::invalid("invalid_field", format!("{pointer}: {detail}"));
        problem.errors.push(FieldProblem { pointer, detail });
        problem
    }

    /// 503: try again.
    pub fn unavailable(code: &str, detail: impl Into<String>, retry_after: u32) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail);
        problem.retry_after = Some(retry_after);
        problem
    }

    /// 429: too many requests with this key.
    pub fn too_many_requests(retry_after: u32) -> Self {
        let mut problem =
            Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "too many requests with this key");
        problem.retry_after = Some(retry_after);
        problem
    }

    /// 429 with a reason of its own.
    pub fn too_many(code: &str, detail: impl Into<String>, retry_after: u32) -> Self {
        let mut problem = Self::new(StatusCode::TOO_MANY_REQUESTS, code, detail);
        problem.retry_after = Some(retry_after);
        problem
    }

    /// 500: our own fault; says nothing of it.
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong here; it is recorded")
    }

    /// The same with a further member.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        self.more.insert(member.to_owned(), value);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => {
                Self::unavailable("busy", "more is waiting to be written than may wait; try again", 1)
            }
            StoreError::Conflict => {
                Self::unavailable("busy", "this order is being changed by others; try again", 1)
            }
            StoreError::IdempotencyKeyTaken => Self::conflict(
                "idempotency_key_in_use",
                "another request with this idempotency key is being carried out",
            ),
            StoreError::BadCursor => {
                Self::bad_request("bad_cursor", "`after` is not a cursor of this list; begin without it")
            }
            StoreError::Erased(what) => {
                Self::conflict("erased", format!("{what} was erased; nothing is written to it any more"))
            }
            StoreError::Engine(message) => {
                tracing::error!("the store failed: {message}");
                Self::unavailable("store_failed", "nothing was written; try again", 1)
            }
            StoreError::Uncertain => {
                tracing::error!("{error}");
                let what = "it may have been written; try again with the same idempotency key";
                Self::unavailable("store_failed", what, 1)
            }
            StoreError::LeaseLost => Self::unavailable("busy", "another works on this; try again", 1),
        }
    }
}

impl From<GatewayError> for Problem {
    fn from(error: GatewayError) -> Self {
        match error {
            GatewayError::NoOrder => Self::not_found("no_such_order", "there is no such order"),
            GatewayError::Refused(refused) => {
                Self::conflict("refused_by_rule", refused.why).with("rule", refused.rule)
            }
            GatewayError::Store(error) => error.into(),
        }
    }
}

impl From<SealError> for Problem {
    fn from(error: SealError) -> Self {
        match error {
            SealError::NotThere(what, size) => {
                Self::not_found("no_such_entry", format!("{what} is not in a log of {size} entries"))
            }
            SealError::Store(error) => error.into(),
            error => {
                tracing::error!("the evidence log failed: {error}");
                Self::unavailable("log_failed", "the evidence log cannot prove this now; it is recorded", 1)
            }
        }
    }
}

impl From<AttestError> for Problem {
    fn from(error: AttestError) -> Self {
        match error {
            AttestError::NoVerdict => {
                Self::not_found("no_such_verdict", "there is no such verdict in the evidence log")
            }
            AttestError::Erased(what) => Self::conflict(
                "evidence_erased",
                format!("{what} was erased: nothing opens its hash any more"),
            ),
            AttestError::Log(error) => error.into(),
            AttestError::Gateway(error) => error.into(),
        }
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Number(check) => {
                let problem = check.problem.as_ref();
                let code = problem.map_or("unknown_format", |p| p.code.as_str());
                let detail = problem.map_or_else(String::new, |p| format!("{} {}", p.message, p.hint));
                Self::invalid(code, detail).with("number", check)
            }
            SubmitError::NoCarrier(check) => {
                Self::invalid("carrier_needed", "name the carrier: the number does not tell which it is")
                    .with("number", check)
            }
            SubmitError::Field { field, rule } => Self::field(format!("/{field}"), rule),
            SubmitError::Duplicate(shipment) => {
                Self::conflict("number_already_given", "this order has this number already")
                    .with("shipment", shipment)
            }
            SubmitError::TooMany => {
                Self::conflict("too_many_shipments", "an order cannot have more shipments than it has")
            }
            SubmitError::Gateway(error) => error.into(),
        }
    }
}
