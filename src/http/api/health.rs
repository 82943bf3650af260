//! Probes.

use axum::extract::State;

use crate::http::problem::Problem;
use crate::http::state::App;

/// The process lives.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, description = "The process lives")))]
pub async fn live() -> &'static str {
    "ok\n"
}

/// The store takes writes.
#[utoipa::path(get, path = "/readyz", tag = "health", responses((status = 200, description = "The store takes writes"),
    (status = 503, body = Problem)))]
pub async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    app.gateway.store.ping().await?;
    Ok("ready\n")
}
