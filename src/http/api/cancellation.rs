//! `/v1/orders/{id}/cancellation` and `/extension`: what buyer and seller settle between them without a dispute.

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::acting::{
    Acting, ClockView, Said, acted, clocks, for_buyer, for_seller, for_this_seller, statement,
};
use super::orders::load;
use crate::domain::lifecycle::{By, Input as ClockInput};
use crate::domain::money::Money;
use crate::domain::order::DAYS_MAX;
use crate::http::auth::Caller;
use crate::http::json::Json;
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::store::{CaseFile, Change};

/// What somebody says of what they do. The body may be missing.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Why, in their words, at most 4,000 bytes.
    pub statement: Option<String>,
}

/// How many days more the seller gives.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// Days, 1 to 365.
    days: u32,
    /// Why.
    statement: Option<String>,
}

/// How an order stands after what was done about it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StandView {
    /// The order.
    order: String,
    /// Where it stands.
    phase: &'static str,
    /// How far a cancellation has come: `not_asked`, `requested`, `refused`.
    cancellation: &'static str,
    /// What the buyer got back.
    #[schema(value_type = Option<Object>)]
    refunded: Option<Money>,
    /// What the seller got.
    #[schema(value_type = Option<Object>)]
    released: Option<Money>,
    /// The clocks that run now.
    clocks: Vec<ClockView>,
}

fn stand(case: &CaseFile, change: &Change) -> StandView {
    let state = &change.state;
    StandView {
        order: change.order.clone(),
        phase: state.phase.as_str(),
        cancellation: state.cancellation.as_str(),
        refunded: state.refunded.clone(),
        released: state.released.clone(),
        clocks: clocks(state, &case.order.order),
    }
}

async fn settle(
    (app, caller, headers): (&App, &Caller, &HeaderMap),
    (order, what): (&str, &str),
    (input, by): (ClockInput, By),
    (text, body): (Option<String>, &[u8]),
) -> Result<Response, Problem> {
    let address = format!("POST /v1/orders/{order}/{what}");
    let acting = match Acting::begin(app, caller, headers, &address, body).await? {
        Ok(acting) => acting,
        Err(response) => return Ok(response),
    };
    let view = load(app, caller, order.to_owned()).await?;
    if by == By::Seller {
        for_this_seller(caller, view.order.seller.as_deref())?;
    }
    let said = statement("/statement", text)?;
    acting.act(order, acted(input, acting.maker(by), said), StatusCode::OK, stand).await
}

/// The buyer asks to cancel before all goods are shipped; once the shipment is overdue, that cancels.
#[utoipa::path(post, path = "/v1/orders/{order}/cancellation", tag = "orders", params(("order" = String, Path)),
    request_body = Option<Words>, responses((status = 200, body = StandView), (status = "4XX", body = Problem)))]
pub async fn request(
    State(app): State<App>,
    caller: Caller,
    Path(order): Path<String>,
    headers: HeaderMap,
    body: Said<Words>,
) -> Result<Response, Problem> {
    for_buyer(&caller)?;
    let act = (ClockInput::RequestCancel, By::Buyer);
    settle((&app, &caller, &headers), (&order, "cancellation"), act, (body.value.statement, &body.bytes))
        .await
}

/// The seller agrees to cancel: the buyer gets everything back.
#[utoipa::path(post, path = "/v1/orders/{order}/cancellation/accept", tag = "orders", params(("order" = String, Path)),
    request_body = Option<Words>, responses((status = 200, body = StandView), (status = "4XX", body = Problem)))]
pub async fn accept(
    State(app): State<App>,
    caller: Caller,
    Path(order): Path<String>,
    headers: HeaderMap,
    body: Said<Words>,
) -> Result<Response, Problem> {
    for_seller(&caller)?;
    let act = (ClockInput::AcceptCancel, By::Seller);
    let said = (body.value.statement, body.bytes.as_ref());
    settle((&app, &caller, &headers), (&order, "cancellation/accept"), act, said).await
}

/// The seller refuses to cancel, and goes on to ship.
#[utoipa::path(post, path = "/v1/orders/{order}/cancellation/refuse", tag = "orders", params(("order" = String, Path)),
    request_body = Option<Words>, responses((status = 200, body = StandView), (status = "4XX", body = Problem)))]
pub async fn refuse(
    State(app): State<App>,
    caller: Caller,
    Path(order): Path<String>,
    headers: HeaderMap,
    body: Said<Words>,
) -> Result<Response, Problem> {
    for_seller(&caller)?;
    let act = (ClockInput::RefuseCancel, By::Seller);
    let said = (body.value.statement, body.bytes.as_ref());
    settle((&app, &caller, &headers), (&order, "cancellation/refuse"), act, said).await
}

/// The seller gives the buyer more time: protection ends later.
#[utoipa::path(post, path = "/v1/orders/{order}/extension", tag = "orders", params(("order" = String, Path)),
    request_body = Extension, responses((status = 200, body = StandView), (status = "4XX", body = Problem)))]
pub async fn extend(
    State(app): State<App>,
    caller: Caller,
    Path(order): Path<String>,
    headers: HeaderMap,
    body: Json<Extension>,
) -> Result<Response, Problem> {
    for_seller(&caller)?;
    let days = body.value.days;
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(Problem::field("/days", format!("from 1 to {DAYS_MAX}")));
    }
    let act = (ClockInput::ExtendProtection { days }, By::Seller);
    settle((&app, &caller, &headers), (&order, "extension"), act, (body.value.statement, &body.bytes)).await
}
