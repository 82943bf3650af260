//! `/v1/orders/{id}/shipments` and `/v1/shipments`: numbers given for orders, their verdicts and their evidence.

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::orders::load;
use super::views::{ListView, ObservationView, ShipmentView, VerdictView};
use crate::gateway::{NumberCheck, SubmitShipment, Submitted};
use crate::http::auth::Caller;
use crate::http::idempotency::{Once, failed, json_text};
use crate::http::json::Json;
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::ids::{ObservationId, ShipmentId};
use crate::store::{CaseFile, Scope, ShipmentRecord};

/// A number for an order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewShipment {
    /// The carrier's id; the likeliest, where absent.
    #[serde(default)]
    carrier: Option<String>,
    /// The number, as typed.
    tracking_number: String,
    /// The page where the seller says it can be seen.
    #[serde(default)]
    tracking_url: Option<String>,
    /// When the shipment was confirmed, if before now.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    confirmed_at: Option<Timestamp>,
    /// The id of the other order, when one parcel carries both.
    #[serde(default)]
    combined_with: Option<String>,
    /// Whether these are the last goods of the order (true where absent): then its protection begins.
    #[serde(default = "yes")]
    all_goods: bool,
}

fn yes() -> bool {
    true
}

/// A number that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct TakenShipment {
    /// `shp_…`: where the verdict will stand.
    id: String,
    /// The order.
    order: String,
    /// What the number is, or what is wrong with it and how to mend it.
    number: NumberCheck,
}

/// Gives a number for an order. What it is is said at once; the verdict follows.
#[utoipa::path(post, path = "/v1/orders/{order}/shipments", tag = "shipments", params(("order" = String, Path)),
    request_body = NewShipment, responses((status = 201, body = TakenShipment), (status = "4XX", body = Problem)))]
pub async fn submit(
    State(app): State<App>,
    caller: Caller,
    Path(order): Path<String>,
    headers: HeaderMap,
    body: Json<NewShipment>,
) -> Result<Response, Problem> {
    caller.require(&[Scope::Seller, Scope::OrderSystem])?;
    let once = Once::of(&app, &caller, &headers, &format!("POST /v1/orders/{order}/shipments"), &body.bytes)?;
    if let Some(once) = &once
        && let Some(response) = once.replay(&app).await?
    {
        return Ok(response);
    }
    load(&app, &caller, order.clone()).await?;
    let new = body.value;
    let submit = SubmitShipment {
        carrier: new.carrier,
        tracking_number: new.tracking_number,
        tracking_url: new.tracking_url,
        confirmed_at: new.confirmed_at,
        combined_with: new.combined_with,
        all_goods: new.all_goods,
        key: Some(caller.key.id.clone()),
    };
    let record = |s: &Submitted| once.as_ref().map(|o| o.record(StatusCode::CREATED, &taken(&order, s)));
    match app.gateway.submit(&order, &submit, record).await {
        Ok(submitted) => Ok(json_text(StatusCode::CREATED, taken(&order, &submitted))),
        Err(error) => failed(&app, once.as_ref(), error.into()).await,
    }
}

fn taken(order: &str, submitted: &Submitted) -> String {
    let taken = TakenShipment {
        id: submitted.shipment.to_string(),
        order: order.to_owned(),
        number: submitted.check.clone(),
    };
    serde_json::to_string(&taken).unwrap_or_default()
}

/// An order's shipments, oldest first.
#[utoipa::path(get, path = "/v1/orders/{order}/shipments", tag = "shipments", params(("order" = String, Path)),
    responses((status = 200, body = ListView<ShipmentView>), (status = "4XX", body = Problem)))]
pub async fn of_order(
    State(app): State<App>,
    caller: Caller,
    Path(order): Path<String>,
) -> Result<Answer<ListView<ShipmentView>>, Problem> {
    Ok(Answer(ListView::whole(load(&app, &caller, order).await?.shipments)))
}

/// One shipment with its verdict and its latest official tracking.
#[utoipa::path(get, path = "/v1/shipments/{shipment}", tag = "shipments", params(("shipment" = String, Path)),
    responses((status = 200, body = ShipmentView), (status = "4XX", body = Problem)))]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(shipment): Path<String>,
) -> Result<Answer<ShipmentView>, Problem> {
    find(&app, &caller, &shipment).await.map(|s| Answer(s.into()))
}

/// A shipment's verdicts, newest first.
#[utoipa::path(get, path = "/v1/shipments/{shipment}/verdicts", tag = "verdicts", params(("shipment" = String, Path)),
    responses((status = 200, body = ListView<VerdictView>), (status = "4XX", body = Problem)))]
pub async fn verdicts(
    State(app): State<App>,
    caller: Caller,
    Path(shipment): Path<String>,
) -> Result<Answer<ListView<VerdictView>>, Problem> {
    let (case, shipment) = find_case(&app, &caller, &shipment).await?;
    let verdicts = caller.sight().verdicts(&case, app.gateway.store.verdicts(shipment.id).await?);
    Ok(Answer(ListView::whole(verdicts.into_iter().map(VerdictView::from).collect())))
}

/// The official answers about a shipment, newest first: when, from where, and the hash of what came.
#[utoipa::path(get, path = "/v1/shipments/{shipment}/observations", tag = "verdicts", params(("shipment" = String, Path)),
    responses((status = 200, body = ListView<ObservationView>), (status = "4XX", body = Problem)))]
pub async fn observations(
    State(app): State<App>,
    caller: Caller,
    Path(shipment): Path<String>,
) -> Result<Answer<ListView<ObservationView>>, Problem> {
    caller.require(&[Scope::Arbiter])?;
    let (case, shipment) = find_case(&app, &caller, &shipment).await?;
    let observations = app.gateway.store.observations(shipment.id).await?;
    let observations = caller.sight().observations(&case, observations);
    Ok(Answer(ListView::whole(observations.into_iter().map(ObservationView::from).collect())))
}

/// An official answer's body, bit for bit as the source sent it. For arbiters: it may name people.
#[utoipa::path(get, path = "/v1/observations/{observation}/body", tag = "verdicts", params(("observation" = String, Path)),
    responses((status = 200, description = "The bytes", content_type = "application/octet-stream"), (status = "4XX", body = Problem)))]
pub async fn answer_body(
    State(app): State<App>,
    caller: Caller,
    Path(observation): Path<String>,
) -> Result<Response, Problem> {
    caller.require_whole_sight()?;
    let missing = || Problem::not_found("no_such_observation", "there is no such observation");
    let id: ObservationId = observation.parse().map_err(|_| missing())?;
    let answer = app.gateway.store.answer(id).await?.ok_or_else(missing)?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"body\""),
    ];
    Ok((headers, answer.body).into_response())
}

/// A shipment that is there and that this caller may see, as this caller sees it.
pub async fn find(app: &App, caller: &Caller, shipment: &str) -> Result<ShipmentRecord, Problem> {
    let (case, shipment) = find_case(app, caller, shipment).await?;
    let missing = || Problem::not_found("no_such_shipment", "there is no such shipment");
    caller.sight().case(case).shipments.into_iter().find(|s| s.id == shipment.id).ok_or_else(missing)
}

/// The same with its case, nothing hidden yet.
async fn find_case(
    app: &App,
    caller: &Caller,
    shipment: &str,
) -> Result<(CaseFile, ShipmentRecord), Problem> {
    let missing = || Problem::not_found("no_such_shipment", "there is no such shipment");
    let id: ShipmentId = shipment.parse().map_err(|_| missing())?;
    let order = app.gateway.store.order_of(id.clone()).await?.ok_or_else(missing)?;
    let case = app.gateway.store.case(order).await?.ok_or_else(missing)?;
    if !caller.may_see(case.order.order.seller.as_deref()) {
        return Err(missing());
    }
    let found = case.shipments.iter().find(|s| s.id == id).cloned().ok_or_else(missing)?;
    Ok((case, found))
}
