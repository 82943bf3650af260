//! `/v1/events`: everything that happened, in the order in which it was written; the way to catch up, and as server-sent
//! events the way to follow.

use axum::Json as Answer;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Deserialize;
use utoipa::IntoParams;

use super::views::{EventView, ListView, page_limit};
use super::webhook_endpoints::deliveries::read_types;
use crate::http::auth::Caller;
use crate::http::json::Fields;
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::http::streams::{BEFORE_ALL, NoStream};
use crate::ids::EventId;
use crate::store::{EventFilter, StoreError};

/// The header with the last event that a reader of a stream saw.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// What a stream is.
const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct EventFields {
    /// Events on a page: 1 to 200, else 50. A stream has no end.
    limit: Option<u32>,
    /// The id of the last event that you have.
    after: Option<String>,
    /// Event types or families, separated by commas.
    r#type: Option<String>,
    /// Those of one order.
    order: Option<String>,
    /// Those of one seller's orders.
    seller: Option<String>,
}

/// Events, oldest first. `next_cursor` is given at the end of the list too: keep it, and go on from there later. With a
/// filter a page may hold fewer than there is room for and not be the last. A seller's key sees its own orders' events.
/// With `Accept: text/event-stream` the events come as they are written (server-sent events), after `Last-Event-ID` or
/// `after` if one is given.
#[utoipa::path(get, path = "/v1/events", tag = "events", params(EventFields),
    responses((status = 200, content((ListView<EventView> = "application/json"), (String = "text/event-stream"))),
        (status = "4XX", body = Problem)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Fields(fields): Fields<EventFields>,
) -> Result<Response, Problem> {
    let limit = page_limit(fields.limit)?;
    let sight = caller.sight();
    let types = read_types(fields.r#type.as_deref())?;
    let own = caller.only_seller().map(str::to_owned);
    if let (Some(own), Some(asked)) = (&own, &fields.seller)
        && own != asked
    {
        return Err(Problem::forbidden("a seller's key sees its own orders' events"));
    }
    let filter = EventFilter { types, order: fields.order, seller: own.or(fields.seller) };
    if wants_stream(&headers) {
        return stream(&app, &caller, &headers, fields.after.as_deref(), filter).await;
    }
    let place = match &fields.after {
        Some(id) => place_of(&app, id).await?,
        None => 0,
    };
    let stretch = app.endpoints.events_after(place, filter, limit).await?;
    let next_cursor = stretch.cursor.map(|id| id.to_string()).or(fields.after);
    let data = stretch.events.into_iter().map(|placed| EventView::from(sight.event(placed.event))).collect();
    Ok(Answer(ListView { data, next_cursor, has_more: stretch.more }).into_response())
}

/// One event.
#[utoipa::path(get, path = "/v1/events/{event}", tag = "events", params(("event" = String, Path)),
    responses((status = 200, body = EventView), (status = "4XX", body = Problem)))]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(event): Path<String>,
) -> Result<Answer<EventView>, Problem> {
    let missing = || Problem::not_found("no_such_event", "there is no such event");
    let id: EventId = event.parse().map_err(|_| missing())?;
    let found = app.endpoints.event(id).await?.filter(|found| caller.may_see(found.seller.as_deref()));
    Ok(Answer(caller.sight().event(found.ok_or_else(missing)?.event).into()))
}

/// The place of an event that a reader has.
async fn place_of(app: &App, id: &str) -> Result<i64, Problem> {
    if id == BEFORE_ALL {
        return Ok(0);
    }
    let id: EventId = id.parse().map_err(|_| StoreError::BadCursor)?;
    Ok(app.endpoints.event(id).await?.ok_or(StoreError::BadCursor)?.place)
}

/// Whether the request asks for a stream before it asks for JSON.
fn wants_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds =
        accepted.flat_map(|value| value.split(',')).map(|kind| kind.split(';').next().unwrap_or_default());
    kinds.any(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
}

async fn stream(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    after: Option<&str>,
    filter: EventFilter,
) -> Result<Response, Problem> {
    // A browser that comes back sends the address of its first request, and with it the newer id as a header.
    let last = headers.get(LAST_EVENT_ID).map(|id| id.to_str().unwrap_or_default());
    let after = match last.filter(|id| !id.is_empty()).or(after) {
        Some(id) => Some(place_of(app, id).await?),
        None => None,
    };
    let events = app.streams.open(&caller.key.id, filter, after).await.map_err(|none| match none {
        NoStream::TooMany => Problem::too_many("too_many_streams", "too many streams are open", 5),
        NoStream::Closing => Problem::unavailable("stopping", "the gateway is stopping; come back", 1),
        NoStream::Store(error) => error.into(),
    })?;
    let mut response = Response::new(Body::from_stream(events));
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, EVENT_STREAM);
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that gather answers would hold events back.
    answer.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}
