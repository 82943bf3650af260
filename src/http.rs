//! The API and the page, over HTTP. Status codes live in `problem.rs` and nowhere else.

pub mod api;
mod auth;
mod etag;
mod idempotency;
mod json;
mod openapi;
mod pages;
mod path;
mod problem;
mod state;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderName, HeaderValue, StatusCode, header};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

pub use auth::KeyRing;
pub use openapi::document;
pub use problem::Problem;
pub use state::{App, Limits};

/// The page's content policy: nothing from elsewhere, no scripts but its own file.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The whole server.
pub fn router(app: App) -> Router {
    let limits = app.limits;
    Router::new()
        .merge(api::router())
        .merge(pages::router())
        .route("/openapi.json", get(openapi::serve))
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(limits.body_bytes_max))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            Duration::from_millis(limits.request_timeout_ms),
        ))
        .layer(axum::middleware::map_response(timed_out))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(set(header::REFERRER_POLICY, "no-referrer"))
        .layer(set(header::CONTENT_SECURITY_POLICY, CONTENT_POLICY))
        .layer(TraceLayer::new_for_http())
        .with_state(app)
}

fn set(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

async fn nothing_here() -> Problem {
    Problem::not_found(
        "no_such_address",
        "there is nothing at this address; /openapi.json lists what there is",
    )
}

async fn wrong_method() -> Problem {
    Problem::method_not_allowed()
}

/// The timeout's answer has no body and no type; all others of this status have both.
async fn timed_out(response: Response) -> Response {
    let bare = !response.headers().contains_key(header::CONTENT_TYPE);
    if response.status() == StatusCode::SERVICE_UNAVAILABLE && bare {
        return Problem::unavailable("timeout", "this took too long; try again", 1).into_response();
    }
    response
}

#[expect(clippy::needless_pass_by_value, reason = "the layer gives it by value")]
fn panicked(cause: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let text = cause.downcast_ref::<&str>().copied().or(cause.downcast_ref::<String>().map(String::as_str));
    tracing::error!("a request panicked: {}", text.unwrap_or("no message"));
    Problem::internal().into_response()
}
