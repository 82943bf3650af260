//! `POST /v1/orders/{id}/erasure`: what tells of persons goes, what was proved stays provable (`docs/privacy.md`).

use axum::Json as Answer;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::auth::Caller;
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::store::{Erased, Scope};

/// An order that was erased.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasureView {
    /// The order.
    order: String,
    /// When it was erased first.
    erased_at: String,
    /// Fields of logged documents that went just now.
    fields: u64,
    /// Answers that went just now, bit for bit.
    bodies: u64,
}

/// Erases what tells of persons from an order that came to its end: its buyer and address, who signed, what carriers
/// wrote, what the seller typed, the raw answers. Verdicts keep their outcome. Asking again changes nothing.
#[utoipa::path(post, path = "/v1/orders/{order}/erasure", tag = "orders", params(("order" = String, Path)),
    responses((status = 200, body = ErasureView), (status = "4XX", body = Problem)))]
pub async fn erase(
    State(app): State<App>,
    caller: Caller,
    Path(order): Path<String>,
) -> Result<Answer<ErasureView>, Problem> {
    caller.require(&[Scope::OrderSystem])?;
    let missing = || Problem::not_found("no_such_order", "there is no such order");
    let case = app.gateway.store.case(order.clone()).await?.ok_or_else(missing)?;
    let (erased_at, removed) = match app.gateway.erase(&order).await? {
        Erased::NoOrder => return Err(missing()),
        Erased::Open => {
            let detail =
                "the order has not come to its end, or a dispute is open: what is known is still needed";
            return Err(Problem::conflict("order_open", detail));
        }
        Erased::Before(at) => (at, crate::store::Removed::default()),
        Erased::Now(removed) => (app.gateway.now(), removed),
    };
    for shipment in &case.shipments {
        app.served.forget(&shipment.claim.tracking_number);
    }
    let (fields, bodies) = (removed.fields, removed.bodies);
    Ok(Answer(ErasureView { order, erased_at: erased_at.to_string(), fields, bodies }))
}
