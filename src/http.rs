//! The API and the page, over HTTP. Status codes live in `problem.rs` and nowhere else.

pub mod api;
mod around;
mod auth;
mod etag;
mod idempotency;
mod json;
mod openapi;
mod pages;
mod path;
mod problem;
mod sight;
mod state;
pub mod streams;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;

use around::AroundLayer;
pub use auth::KeyRing;
pub use openapi::document;
pub use problem::Problem;
pub use state::{App, Limits, Shared};

use crate::config::ReplicaRole;

/// The whole server.
pub fn router(app: App) -> Router {
    let limits = app.limits;
    let around = AroundLayer { timeout: Duration::from_millis(limits.request_timeout_ms) };
    let served = if app.roles.has(ReplicaRole::Api) {
        let api = api::router().merge(pages::router()).route("/openapi.json", get(openapi::serve));
        api.fallback(nothing_here)
    } else {
        Router::new().fallback(not_served_here)
    };
    served
        .merge(api::probes())
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(limits.body_bytes_max))
        .layer(around)
        .with_state(app)
}

async fn nothing_here() -> Problem {
    Problem::not_found(
        "no_such_address",
        "there is nothing at this address; /openapi.json lists what there is",
    )
}

async fn not_served_here() -> Problem {
    Problem::not_found(
        "not_served_here",
        "this replica serves its probes alone: its `work.roles` name no `api`",
    )
}

async fn wrong_method() -> Problem {
    Problem::method_not_allowed()
}
