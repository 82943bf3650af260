//! `POST /v1/shipments/{id}/correction`: another number in place of one that is not verified.

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::shipments::find;
use crate::gateway::{NumberCheck, SubmitShipment, Submitted};
use crate::http::auth::Caller;
use crate::http::idempotency::{Once, failed, json_text};
use crate::http::json::Json;
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::store::Scope;

/// A number in place of another.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCorrection {
    /// The carrier's id; the likeliest, where absent.
    #[serde(default)]
    carrier: Option<String>,
    /// The number, as typed.
    tracking_number: String,
    /// The page where the seller says it can be seen.
    #[serde(default)]
    tracking_url: Option<String>,
    /// When this parcel's shipment was confirmed, if before now.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    confirmed_at: Option<Timestamp>,
    /// The id of the other order, when one parcel carries both.
    #[serde(default)]
    combined_with: Option<String>,
}

/// A correction that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct TakenCorrection {
    /// `shp_…`: the new shipment, where the verdict will stand.
    id: String,
    /// The order.
    order: String,
    /// The shipment whose number it corrects.
    corrects: String,
    /// What the number is, or what is wrong with it and how to mend it.
    number: NumberCheck,
}

/// Gives another number for a shipment that is not verified. The new number starts a history of its own; the old one stays
/// on record and counts for nothing more. Clocks are as they were: protection began with the confirmation.
#[utoipa::path(post, path = "/v1/shipments/{shipment}/correction", tag = "shipments", params(("shipment" = String, Path)),
    request_body = NewCorrection, responses((status = 201, body = TakenCorrection), (status = "4XX", body = Problem)))]
pub async fn correct(
    State(app): State<App>,
    caller: Caller,
    Path(shipment): Path<String>,
    headers: HeaderMap,
    body: Json<NewCorrection>,
) -> Result<Response, Problem> {
    caller.require(&[Scope::Seller, Scope::OrderSystem])?;
    let address = format!("POST /v1/shipments/{shipment}/correction");
    let once = Once::of(&app, &caller, &headers, &address, &body.bytes)?;
    if let Some(once) = &once
        && let Some(response) = once.replay(&app).await?
    {
        return Ok(response);
    }
    let old = find(&app, &caller, &shipment).await?;
    let new = body.value;
    let submit = SubmitShipment {
        carrier: new.carrier,
        tracking_number: new.tracking_number,
        tracking_url: new.tracking_url,
        confirmed_at: new.confirmed_at,
        combined_with: new.combined_with,
        all_goods: false,
        key: Some(caller.key.id.clone()),
    };
    let taken = |submitted: &Submitted| {
        let taken = TakenCorrection {
            id: submitted.shipment.to_string(),
            order: old.order.clone(),
            corrects: old.id.to_string(),
            number: submitted.check.clone(),
        };
        serde_json::to_string(&taken).unwrap_or_default()
    };
    let record = |s: &Submitted| once.as_ref().map(|o| o.record(StatusCode::CREATED, &taken(s)));
    match app.gateway.correct(&old.order, &old.id, &submit, record).await {
        Ok(submitted) => Ok(json_text(StatusCode::CREATED, taken(&submitted))),
        Err(error) => failed(&app, once.as_ref(), error.into()).await,
    }
}
