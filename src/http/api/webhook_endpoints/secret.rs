//! `…/secret/rotation`: a new secret, and time to bring it to the receiver.

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode};
use jiff::SignedDuration;
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::{complete, kept, view};
use super::{EndpointView, change};
use crate::http::auth::Caller;
use crate::http::idempotency::{Once, failed};
use crate::http::json::Json;
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::store::{Endpoint, Scope};

/// How long the old secret signs along where the request does not say, in hours.
const OVERLAP_HOURS: u32 = 24;
/// How long it may, in hours.
const OVERLAP_HOURS_MAX: u32 = 7 * 24;

/// How to change over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// How long the present secret signs along, in hours: up to 168; 24 where absent. 0 ends it at once.
    #[serde(default)]
    overlap_hours: Option<u32>,
}

/// Replaces the secret and the key pair. Until the overlap ends messages are signed with the old and the new.
#[utoipa::path(post, path = "/v1/webhook_endpoints/{endpoint}/secret/rotation", tag = "webhooks",
    params(("endpoint" = String, Path)), request_body = Rotation,
    responses((status = 200, body = EndpointView), (status = "4XX", body = Problem)))]
pub async fn rotate(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Path(endpoint): Path<String>,
    body: Json<Rotation>,
) -> Result<Response, Problem> {
    caller.require(&[Scope::OrderSystem])?;
    let address = format!("POST /v1/webhook_endpoints/{endpoint}/secret/rotation");
    let once = Once::of(&app, &caller, &headers, &address, &body.bytes)?;
    if let Some(once) = &once
        && let Some(response) = once.replay_as(&app, |body| complete(&app, body)).await?
    {
        return Ok(response);
    }
    let hours = body.value.overlap_hours.unwrap_or(OVERLAP_HOURS);
    if hours > OVERLAP_HOURS_MAX {
        return Err(Problem::field("/overlap_hours", format!("from 0 to {OVERLAP_HOURS_MAX}")));
    }
    let now = app.gateway.now();
    let edit = |endpoint: &mut Endpoint| {
        // A third secret would have to end the first before its time.
        if hours > 0 && endpoint.secret.previous(now).is_some() {
            let until = endpoint.secret.previous_until.map(|until| until.to_string());
            let why =
                "the last rotation is still under way; wait for its end, or rotate with an overlap of 0";
            return Err(Problem::conflict("rotation_under_way", why).with("until", until));
        }
        let until = (hours > 0).then(|| now + SignedDuration::from_hours(hours.into()));
        endpoint.secret = endpoint.secret.rotated(until);
        Ok(())
    };
    let record = |rotated: &Endpoint| {
        once.as_ref().map(|once| once.record(StatusCode::OK, &kept(&view(&app, rotated))))
    };
    match change(&app, &caller, &endpoint, edit, record).await {
        Ok(rotated) => Ok(Answer(view(&app, &rotated)).into_response()),
        Err(problem) => failed(&app, once.as_ref(), problem).await,
    }
}
