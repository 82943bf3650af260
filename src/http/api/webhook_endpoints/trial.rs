//! `…/test`: one message, at once, and what the endpoint made of it.

use axum::Json as Answer;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::find;
use crate::http::auth::Caller;
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::webhook::trial::{Tried, try_out};

/// What came of a test.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriedView {
    /// The message's id.
    id: String,
    /// Whether the endpoint took it.
    delivered: bool,
    /// What it answered; null where no answer came.
    http_status: Option<u16>,
    /// How long it took, in milliseconds.
    took_ms: u32,
    /// What went wrong.
    error: Option<String>,
    /// The first characters of the answer.
    answer: String,
}

/// Posts a signed message of the type `webhook.test`, once, also to a disabled endpoint, and says what came of it.
#[utoipa::path(post, path = "/v1/webhook_endpoints/{endpoint}/test", tag = "webhooks",
    params(("endpoint" = String, Path)),
    responses((status = 200, body = TriedView), (status = "4XX", body = Problem)))]
pub async fn try_endpoint(
    State(app): State<App>,
    caller: Caller,
    Path(endpoint): Path<String>,
) -> Result<Answer<TriedView>, Problem> {
    let endpoint = find(&app, &caller, &endpoint).await?;
    let tried = try_out(&app.master, &app.egress, &endpoint, app.gateway.now(), app.wall.now()).await;
    let Tried { id, delivered, http_status, took_ms, error, answer } = tried;
    Ok(Answer(TriedView { id: id.to_string(), delivered, http_status, took_ms, error, answer }))
}
