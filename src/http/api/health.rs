//! Probes.

use axum::extract::State;

use crate::config::ReplicaRole;
use crate::http::problem::Problem;
use crate::http::state::App;

/// The process lives.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, description = "The process lives")))]
pub async fn live() -> &'static str {
    "ok\n"
}

/// The store takes writes, and what it holds is sealed in the evidence log, where the log is served. Before the replica
/// ends it is not ready any more.
#[utoipa::path(get, path = "/readyz", tag = "health",
    responses((status = 200, description = "The store takes writes, and the log follows"), (status = 503, body = Problem)))]
pub async fn ready(State(app): State<App>) -> Result<String, Problem> {
    if app.stopping.has_begun() {
        return Err(Problem::unavailable("stopping", "this replica is stopping; ask another one", 1));
    }
    app.gateway.store.ping().await?;
    if !app.roles.has(ReplicaRole::Api) {
        return Ok("ready\n".to_owned());
    }
    let behind = app.gateway.log.behind().await?;
    if behind.is_too_far() {
        let (entries, waited) = (behind.entries, behind.waited.as_secs());
        let detail = format!("{entries} entries wait to be sealed in the evidence log, some for {waited} s");
        return Err(Problem::unavailable("log_behind", detail, 10));
    }
    let head = behind.head_age.map(|age| format!(", its head {} s old", age.as_secs())).unwrap_or_default();
    Ok(format!("ready\nevidence log: {} entries wait to be sealed{head}\n", behind.entries))
}
