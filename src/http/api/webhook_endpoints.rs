//! `/v1/webhook_endpoints`: where events are posted, and how.

pub mod deliveries;
mod fields;
pub mod secret;
pub mod trial;
mod view;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};

use super::views::ListView;
pub use fields::{EndpointPatch, NewEndpoint};
pub use view::{EndpointView, PreviousView};
use view::{complete, kept, view};

use crate::http::auth::Caller;
use crate::http::idempotency::{Once, failed, json_text};
use crate::http::json::Json;
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::ids::EndpointId;
use crate::store::{Endpoint, EndpointState, IdempotencyRecord, Scope, StoreError};

/// Most endpoints.
const ENDPOINTS_MAX: usize = 1_000;
/// How often a change is made again when another one came between.
const CONFLICTS_MAX: u32 = 8;

/// Makes an endpoint. It gets every event that is written from then on.
#[utoipa::path(post, path = "/v1/webhook_endpoints", tag = "webhooks", request_body = NewEndpoint,
    responses((status = 201, body = EndpointView), (status = "4XX", body = Problem)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Json<NewEndpoint>,
) -> Result<Response, Problem> {
    caller.require(&[Scope::OrderSystem])?;
    let once = Once::of(&app, &caller, &headers, "POST /v1/webhook_endpoints", &body.bytes)?;
    if let Some(once) = &once
        && let Some(response) = once.replay_as(&app, |body| complete(&app, body)).await?
    {
        return Ok(response);
    }
    let at = app.gateway.now();
    let endpoint = body.value.endpoint(&app, EndpointId::generate(at), at)?;
    if app.gateway.store.endpoints().await?.len() >= ENDPOINTS_MAX {
        return Err(Problem::conflict("too_many_endpoints", format!("at most {ENDPOINTS_MAX} endpoints")));
    }
    let answer = view(&app, &endpoint);
    let record = once.as_ref().map(|once| once.record(StatusCode::CREATED, &kept(&answer)));
    match app.gateway.store.create_endpoint(endpoint, record).await {
        Ok(()) => Ok(json_text(StatusCode::CREATED, serde_json::to_string(&answer).unwrap_or_default())),
        Err(error) => failed(&app, once.as_ref(), error.into()).await,
    }
}

/// All endpoints, oldest first.
#[utoipa::path(get, path = "/v1/webhook_endpoints", tag = "webhooks",
    responses((status = 200, body = ListView<EndpointView>), (status = "4XX", body = Problem)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Answer<ListView<EndpointView>>, Problem> {
    caller.require(&[Scope::OrderSystem])?;
    let endpoints = app.gateway.store.endpoints().await?;
    Ok(Answer(ListView::whole(endpoints.iter().map(|endpoint| view(&app, endpoint)).collect())))
}

/// One endpoint.
#[utoipa::path(get, path = "/v1/webhook_endpoints/{endpoint}", tag = "webhooks", params(("endpoint" = String, Path)),
    responses((status = 200, body = EndpointView), (status = "4XX", body = Problem)))]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(endpoint): Path<String>,
) -> Result<Answer<EndpointView>, Problem> {
    let endpoint = find(&app, &caller, &endpoint).await?;
    Ok(Answer(view(&app, &endpoint)))
}

/// Changes what the body names (RFC 7396: null takes away, what is not named stays). It holds from the next attempt on,
/// for what waits too; other event types, for events from then on.
#[utoipa::path(patch, path = "/v1/webhook_endpoints/{endpoint}", tag = "webhooks", params(("endpoint" = String, Path)),
    request_body = EndpointPatch,
    responses((status = 200, body = EndpointView), (status = "4XX", body = Problem)))]
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(endpoint): Path<String>,
    body: Json<EndpointPatch>,
) -> Result<Answer<EndpointView>, Problem> {
    let edit = |endpoint: &mut Endpoint| body.value.apply(&app, endpoint);
    let changed = change(&app, &caller, &endpoint, edit, |_| None).await?;
    app.gateway.wake.notify_waiters();
    Ok(Answer(view(&app, &changed)))
}

/// Deletes an endpoint. What waits for it is cancelled; what was delivered to it stays on record.
#[utoipa::path(delete, path = "/v1/webhook_endpoints/{endpoint}", tag = "webhooks", params(("endpoint" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path(endpoint): Path<String>,
) -> Result<StatusCode, Problem> {
    caller.require(&[Scope::OrderSystem])?;
    let id: EndpointId = endpoint.parse().map_err(|_| missing())?;
    app.endpoints.delete_endpoint(id, app.gateway.now()).await?.ok_or_else(missing)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stops deliveries to an endpoint. Its events wait.
#[utoipa::path(post, path = "/v1/webhook_endpoints/{endpoint}/disable", tag = "webhooks", params(("endpoint" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn disable(
    State(app): State<App>,
    caller: Caller,
    Path(endpoint): Path<String>,
) -> Result<StatusCode, Problem> {
    set_state(&app, &caller, &endpoint, EndpointState::Disabled).await
}

/// Takes deliveries up again, with what has waited.
#[utoipa::path(post, path = "/v1/webhook_endpoints/{endpoint}/enable", tag = "webhooks", params(("endpoint" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn enable(
    State(app): State<App>,
    caller: Caller,
    Path(endpoint): Path<String>,
) -> Result<StatusCode, Problem> {
    set_state(&app, &caller, &endpoint, EndpointState::Enabled).await
}

async fn set_state(
    app: &App,
    caller: &Caller,
    endpoint: &str,
    state: EndpointState,
) -> Result<StatusCode, Problem> {
    caller.require(&[Scope::OrderSystem])?;
    let id: EndpointId = endpoint.parse().map_err(|_| missing())?;
    if !app.gateway.store.set_endpoint_state(id, state).await? {
        return Err(missing());
    }
    app.gateway.wake.notify_waiters();
    Ok(StatusCode::NO_CONTENT)
}

/// An endpoint, for those who may manage endpoints.
async fn find(app: &App, caller: &Caller, endpoint: &str) -> Result<Endpoint, Problem> {
    caller.require(&[Scope::OrderSystem])?;
    let id: EndpointId = endpoint.parse().map_err(|_| missing())?;
    app.endpoints.endpoint(id).await?.ok_or_else(missing)
}

/// Reads an endpoint, edits it and writes it; again where another change came between. `record` makes the request's
/// record, where it has a key.
async fn change(
    app: &App,
    caller: &Caller,
    endpoint: &str,
    edit: impl Fn(&mut Endpoint) -> Result<(), Problem>,
    record: impl Fn(&Endpoint) -> Option<IdempotencyRecord>,
) -> Result<Endpoint, Problem> {
    for _ in 0..CONFLICTS_MAX {
        let mut changed = find(app, caller, endpoint).await?;
        edit(&mut changed)?;
        match app.endpoints.replace_endpoint(changed.clone(), record(&changed)).await {
            Ok(true) => {
                changed.revision += 1;
                return Ok(changed);
            }
            Ok(false) => return Err(missing()),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable("busy", "this endpoint is being changed by others; try again", 1))
}

fn missing() -> Problem {
    Problem::not_found("no_such_endpoint", "there is no such webhook endpoint")
}
