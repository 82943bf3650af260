//! `/v1/webhook_endpoints`: where events are posted, and how that goes.

use axum::Json as Answer;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::orders::PageFields;
use super::views::{DeliveryView, ListView, page_limit};
use crate::domain::event::EventType;
use crate::http::auth::Caller;
use crate::http::idempotency::{Once, failed, json_text};
use crate::http::json::{Fields, Json};
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::ids::EndpointId;
use crate::store::{Cursor, Endpoint, EndpointState, Scope};
use crate::webhook::SECRET_VERSION;

/// Most endpoints.
const ENDPOINTS_MAX: usize = 1_000;

/// Where to post events.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEndpoint {
    /// An https address on the public internet.
    url: String,
    /// The event types that are wanted; all, where empty or absent.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    event_types: Vec<EventType>,
}

/// A webhook endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub struct EndpointView {
    /// `whe_…`
    id: String,
    /// Where events are posted.
    url: String,
    /// The event types that are wanted; all, where empty.
    event_types: Vec<&'static str>,
    /// `enabled` or `disabled`.
    #[schema(value_type = String)]
    state: EndpointState,
    /// Why it was disabled.
    disabled_why: Option<String>,
    /// When it was made.
    created_at: String,
    /// The signing secret: shown to those who may manage endpoints.
    secret: String,
}

fn view(app: &App, endpoint: &Endpoint) -> EndpointView {
    EndpointView {
        id: endpoint.id.to_string(),
        url: endpoint.url.clone(),
        event_types: endpoint.event_types.iter().map(|t| t.as_str()).collect(),
        state: endpoint.state,
        disabled_why: endpoint.disabled_why.clone(),
        created_at: endpoint.created_at.to_string(),
        secret: app.master.webhook_secret(&endpoint.id, SECRET_VERSION).reveal(),
    }
}

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
        && let Some(response) = once.replay_as(&app, |body| with_secret(&app, body)).await?
    {
        return Ok(response);
    }
    let new = body.value;
    app.webhook_allow.check(&new.url).map_err(|refused| Problem::field("/url", refused.to_string()))?;
    if app.gateway.store.endpoints().await?.len() >= ENDPOINTS_MAX {
        return Err(Problem::conflict("too_many_endpoints", format!("at most {ENDPOINTS_MAX} endpoints")));
    }
    let at = app.gateway.now();
    let endpoint = Endpoint {
        id: EndpointId::generate(at),
        url: new.url,
        event_types: new.event_types,
        state: EndpointState::Enabled,
        disabled_why: None,
        created_at: at,
    };
    // The record must not hold the secret: for a repeated request it is derived again.
    let mut kept = view(&app, &endpoint);
    let answer = serde_json::to_string(&kept).unwrap_or_default();
    kept.secret.clear();
    let kept = serde_json::to_string(&kept).unwrap_or_default();
    let record = once.as_ref().map(|o| o.record(StatusCode::CREATED, &kept));
    match app.gateway.store.create_endpoint(endpoint, record).await {
        Ok(()) => Ok(json_text(StatusCode::CREATED, answer)),
        Err(error) => failed(&app, once.as_ref(), error.into()).await,
    }
}

/// A recorded endpoint with its secret.
fn with_secret(app: &App, recorded: String) -> String {
    let Ok(mut endpoint) = serde_json::from_str::<serde_json::Value>(&recorded) else { return recorded };
    let Some(id) = endpoint["id"].as_str().and_then(|id| id.parse::<EndpointId>().ok()) else {
        return recorded;
    };
    endpoint["secret"] = app.master.webhook_secret(&id, SECRET_VERSION).reveal().into();
    endpoint.to_string()
}

/// All endpoints, oldest first.
#[utoipa::path(get, path = "/v1/webhook_endpoints", tag = "webhooks",
    responses((status = 200, body = ListView<EndpointView>), (status = "4XX", body = Problem)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Answer<ListView<EndpointView>>, Problem> {
    caller.require(&[Scope::OrderSystem])?;
    let endpoints = app.gateway.store.endpoints().await?;
    Ok(Answer(ListView::whole(endpoints.iter().map(|e| view(&app, e)).collect())))
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

/// An endpoint's deliveries with their last attempt, newest first.
#[utoipa::path(get, path = "/v1/webhook_endpoints/{endpoint}/deliveries", tag = "webhooks",
    params(("endpoint" = String, Path), PageFields),
    responses((status = 200, body = ListView<DeliveryView>), (status = "4XX", body = Problem)))]
pub async fn deliveries(
    State(app): State<App>,
    caller: Caller,
    Path(endpoint): Path<String>,
    Fields(fields): Fields<PageFields>,
) -> Result<Answer<ListView<DeliveryView>>, Problem> {
    caller.require(&[Scope::OrderSystem])?;
    let id: EndpointId = endpoint.parse().map_err(|_| missing())?;
    let limit = page_limit(fields.limit)?;
    if !app.gateway.store.endpoints().await?.iter().any(|e| e.id == id) {
        return Err(missing());
    }
    let page = app.gateway.store.deliveries(id, fields.after.map(Cursor), limit).await?;
    Ok(Answer(ListView::of(page, DeliveryView::from)))
}

fn missing() -> Problem {
    Problem::not_found("no_such_endpoint", "there is no such webhook endpoint")
}
