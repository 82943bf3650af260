//! `…/deliveries` and `…/replay`: how posting went, and posting again.

use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::find;
use crate::domain::event_pattern::EventPattern;
use crate::http::api::views::{DeliveryView, ListView, page_limit};
use crate::http::auth::Caller;
use crate::http::json::{Fields, Json};
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::ids::EventId;
use crate::store::{Cursor, DeliveryFilter, DeliveryState};

/// Most deliveries that one request begins anew.
const REPLAY_MAX: u32 = 1_000;
/// Most patterns of types in a query.
const TYPES_MAX: usize = 64;

/// Which deliveries are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DeliveryFields {
    /// Deliveries on a page: 1 to 200, else 50.
    limit: Option<u32>,
    /// The cursor of the last page.
    after: Option<String>,
    /// `pending`, `delivered`, `failed` (given up) or `cancelled`.
    #[param(value_type = Option<String>)]
    state: Option<DeliveryState>,
    /// Event types or families, separated by commas.
    r#type: Option<String>,
    /// Written at this time or later.
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Written before this time.
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
}

/// Reads a list of event types, as queries have it.
pub fn read_types(text: Option<&str>) -> Result<Vec<EventPattern>, Problem> {
    let names: Vec<_> = text.into_iter().flat_map(|text| text.split(',')).map(str::trim).collect();
    if names.len() > TYPES_MAX {
        return Err(Problem::bad_request("bad_query", format!("`type` names at most {TYPES_MAX}")));
    }
    let read =
        |name: &str| name.parse().map_err(|e| Problem::bad_request("bad_query", format!("`type`: {e}")));
    names.into_iter().map(read).collect()
}

/// An endpoint's deliveries with their last attempt, newest first. With a filter a page may hold fewer than there is
/// room for, or none, and not be the last: go on while `has_more` says so.
#[utoipa::path(get, path = "/v1/webhook_endpoints/{endpoint}/deliveries", tag = "webhooks",
    params(("endpoint" = String, Path), DeliveryFields),
    responses((status = 200, body = ListView<DeliveryView>), (status = "4XX", body = Problem)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(endpoint): Path<String>,
    Fields(fields): Fields<DeliveryFields>,
) -> Result<Answer<ListView<DeliveryView>>, Problem> {
    let endpoint = find(&app, &caller, &endpoint).await?;
    let limit = page_limit(fields.limit)?;
    let types = read_types(fields.r#type.as_deref())?;
    let filter = DeliveryFilter { state: fields.state, types, from: fields.from, to: fields.to };
    let found = app.endpoints.find_deliveries(endpoint.id, filter, fields.after.map(Cursor), limit).await?;
    let next_cursor = found.next.map(|Cursor(text)| text);
    Ok(Answer(ListView {
        has_more: next_cursor.is_some(),
        next_cursor,
        data: found.items.into_iter().map(DeliveryView::from).collect(),
    }))
}

/// Posts one event again, whatever came of it before: the same event under the same id, with all attempts before it. A
/// delivery is named by its event.
#[utoipa::path(post, path = "/v1/webhook_endpoints/{endpoint}/deliveries/{event}/replay", tag = "webhooks",
    params(("endpoint" = String, Path), ("event" = String, Path)),
    responses((status = 202), (status = "4XX", body = Problem)))]
pub async fn replay_one(
    State(app): State<App>,
    caller: Caller,
    Path((endpoint, event)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let endpoint = find(&app, &caller, &endpoint).await?;
    let missing =
        || Problem::not_found("no_such_delivery", "this event is not among the endpoint's deliveries");
    let event: EventId = event.parse().map_err(|_| missing())?;
    if !app.endpoints.replay_one(endpoint.id, event, app.gateway.now()).await? {
        return Err(missing());
    }
    app.gateway.wake.notify_waiters();
    Ok(StatusCode::ACCEPTED)
}

/// Which deliveries are posted again. At least a state or a time is named.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// `delivered`, `failed` (given up) or `cancelled`; any of them, where absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    state: Option<DeliveryState>,
    /// Written at this time or later.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Written before this time.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    to: Option<Timestamp>,
    /// Event types or families; any, where empty or absent.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    event_types: Vec<EventPattern>,
    /// The cursor of the last answer.
    #[serde(default)]
    after: Option<String>,
}

/// How much is posted again.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplayedView {
    /// Deliveries that this request began anew.
    replayed: u64,
    /// Give it as `after` to go on; null at the end.
    next_cursor: Option<String>,
    /// Whether there is more.
    has_more: bool,
}

/// Posts what was delivered, given up or cancelled again: the same events under the same ids, each order's in order, at
/// most 1,000 at a request. Ask again with `after` while `has_more` says so.
#[utoipa::path(post, path = "/v1/webhook_endpoints/{endpoint}/replay", tag = "webhooks",
    params(("endpoint" = String, Path)), request_body = Replay,
    responses((status = 200, body = ReplayedView), (status = "4XX", body = Problem)))]
pub async fn replay(
    State(app): State<App>,
    caller: Caller,
    Path(endpoint): Path<String>,
    body: Json<Replay>,
) -> Result<Answer<ReplayedView>, Problem> {
    let endpoint = find(&app, &caller, &endpoint).await?;
    let asked = body.value;
    if asked.state.is_none() && asked.from.is_none() && asked.to.is_none() {
        return Err(Problem::field("/", "name a `state`, or a time: `from`, `to`"));
    }
    if asked.state == Some(DeliveryState::Pending) {
        return Err(Problem::field("/state", "what is pending is posted anyway"));
    }
    let filter =
        DeliveryFilter { state: asked.state, types: asked.event_types, from: asked.from, to: asked.to };
    let after = asked.after.map(Cursor);
    let done = app.endpoints.replay(endpoint.id, filter, after, REPLAY_MAX, app.gateway.now()).await?;
    app.gateway.wake.notify_waiters();
    let next_cursor = done.next.map(|Cursor(text)| text);
    Ok(Answer(ReplayedView { replayed: done.count, has_more: next_cursor.is_some(), next_cursor }))
}
