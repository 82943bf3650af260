//! `/v1/orders`: registered by the order system, seen by all whom they concern.

use axum::Json as Answer;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use waygate_carriers::contract::Country;

use super::views::{ListView, OrderView, page_limit};
use crate::domain::lifecycle::{self, OrderState};
use crate::domain::money::Money;
use crate::domain::order::{Address, Order, ShippingMethod};
use crate::http::auth::Caller;
use crate::http::idempotency::{Once, failed, json_text};
use crate::http::json::{Fields, Json};
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::store::{Cursor, NewOrder, OrderRecord, OrderSummary, Registered, Scope};

/// An order to register. The same order may be registered again; another one under its id is refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrderBody {
    /// The order system's own id, 1 to 256 bytes.
    id: String,
    /// The seller's id.
    seller: Option<String>,
    /// The buyer's id.
    buyer: Option<String>,
    /// When the buyer paid.
    #[schema(value_type = String, format = DateTime)]
    paid_at: Timestamp,
    /// Days in which the seller promised to ship, 0 to 365.
    handling_days: Option<u32>,
    /// Days of the promised delivery period, 0 to 365.
    delivery_days: Option<u32>,
    /// What the buyer paid.
    amount: Option<MoneyBody>,
    /// `standard`, `express`, `online_delivery` or `small_parcel`.
    #[schema(value_type = Option<String>)]
    method: Option<ShippingMethod>,
    /// What the goods should weigh, in grams.
    expected_weight_grams: Option<u32>,
    /// Where the seller promised to ship from.
    ship_from: Option<AddressBody>,
    /// Where the goods must go.
    ship_to: AddressBody,
}

/// An amount of money.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoneyBody {
    /// Digits, with at most four decimals: `12.50`.
    amount: String,
    /// ISO 4217.
    currency: String,
}

/// An address.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressBody {
    /// ISO 3166-1 alpha-2.
    #[schema(value_type = String)]
    country: Country,
    /// State or province.
    region: Option<String>,
    /// Town.
    city: Option<String>,
    /// Postal code.
    postal_code: Option<String>,
}

impl From<AddressBody> for Address {
    fn from(body: AddressBody) -> Self {
        let AddressBody { country, region, city, postal_code } = body;
        Self { country, region, city, postal_code }
    }
}

impl NewOrderBody {
    fn into_order(self) -> Result<Order, Problem> {
        let amount = self.amount.map(|m| Money::new(&m.amount, &m.currency)).transpose();
        let order = Order {
            id: self.id,
            seller: self.seller,
            buyer: self.buyer,
            paid_at: self.paid_at,
            handling_days: self.handling_days,
            delivery_days: self.delivery_days,
            amount: amount.map_err(|e| Problem::field("/amount", e.to_string()))?,
            method: self.method,
            expected_weight_grams: self.expected_weight_grams,
            ship_from: self.ship_from.map(Address::from),
            ship_to: self.ship_to.into(),
        };
        order.validate().map_err(|e| Problem::field(format!("/{}", e.field.replace('.', "/")), e.rule))?;
        Ok(order)
    }
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageFields {
    /// The cursor of the page before.
    pub after: Option<String>,
    /// Items on a page, 1 to 200; 50 where absent.
    pub limit: Option<u32>,
}

/// Registers an order.
#[utoipa::path(post, path = "/v1/orders", tag = "orders", request_body = NewOrderBody,
    responses((status = 201, body = OrderView), (status = 200, body = OrderView, description = "It was registered before"),
        (status = "4XX", body = Problem)))]
pub async fn register(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Json<NewOrderBody>,
) -> Result<Response, Problem> {
    caller.require(&[Scope::OrderSystem])?;
    let once = Once::of(&app, &caller, &headers, "POST /v1/orders", &body.bytes)?;
    if let Some(once) = &once
        && let Some(response) = once.replay(&app).await?
    {
        return Ok(response);
    }
    let order = body.value.into_order()?;
    let rules = app.gateway.book.rules;
    let state = OrderState::begin(&order, rules);
    let at = app.gateway.now();
    let id = order.id.clone();
    let next_timer_at = lifecycle::next_due(&state, &order, rules);
    let record = OrderRecord { order, state, revision: 0, sequence: 0, next_timer_at, created_at: at };
    let told = caller.sight().summary(OrderSummary { order: record.clone(), shipments: Vec::new() });
    let view = OrderView::new(told.order, told.shipments);
    let answer = serde_json::to_string(&view).unwrap_or_default();
    let idempotency = once.as_ref().map(|o| o.record(StatusCode::CREATED, &answer));
    let new = NewOrder { order: record.order, state: record.state, next_timer_at, at, idempotency };
    let registered = match app.gateway.store.register_order(new).await {
        Ok(registered) => registered,
        Err(error) => return failed(&app, once.as_ref(), error.into()).await,
    };
    match registered {
        Registered::Added => {
            app.gateway.wake.notify_waiters();
            Ok(json_text(StatusCode::CREATED, answer))
        }
        Registered::Same => {
            let view = load(&app, &caller, id).await?;
            Ok(json_text(StatusCode::OK, serde_json::to_string(&view).unwrap_or_default()))
        }
        Registered::Different => {
            let detail = "another order is registered under this id; an order cannot be changed";
            Err(Problem::conflict("order_differs", detail))
        }
    }
}

/// Orders, newest first. A seller's key sees its own.
#[utoipa::path(get, path = "/v1/orders", tag = "orders", params(PageFields),
    responses((status = 200, body = ListView<OrderView>), (status = "4XX", body = Problem)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Fields(fields): Fields<PageFields>,
) -> Result<Answer<ListView<OrderView>>, Problem> {
    let limit = page_limit(fields.limit)?;
    let only = caller.only_seller().map(str::to_owned);
    let page = app.gateway.store.orders(only, fields.after.map(Cursor), limit).await?;
    let sight = caller.sight();
    let show = |summary| {
        let OrderSummary { order, shipments } = sight.summary(summary);
        OrderView::new(order, shipments)
    };
    Ok(Answer(ListView::of(page, show)))
}

/// One order with its shipments and its clock.
#[utoipa::path(get, path = "/v1/orders/{order}", tag = "orders", params(("order" = String, Path)),
    responses((status = 200, body = OrderView), (status = "4XX", body = Problem)))]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(order): Path<String>,
) -> Result<Answer<OrderView>, Problem> {
    load(&app, &caller, order).await.map(Answer)
}

/// A receipt that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceiptView {
    /// The order.
    order: String,
    /// Always true.
    received: bool,
}

/// The buyer has the goods: the order completes at once.
#[utoipa::path(post, path = "/v1/orders/{order}/receipt", tag = "orders", params(("order" = String, Path)),
    responses((status = 200, body = ReceiptView), (status = "4XX", body = Problem)))]
pub async fn receive(
    State(app): State<App>,
    caller: Caller,
    Path(order): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.require(&[Scope::OrderSystem])?;
    let once = Once::of(&app, &caller, &headers, &format!("POST /v1/orders/{order}/receipt"), b"")?;
    if let Some(once) = &once
        && let Some(response) = once.replay(&app).await?
    {
        return Ok(response);
    }
    let receipt = ReceiptView { order: order.clone(), received: true };
    let answer = serde_json::to_string(&receipt).unwrap_or_default();
    let record = once.as_ref().map(|o| o.record(StatusCode::OK, &answer));
    match app.gateway.receive(&order, Some(caller.key.id.clone()), record.as_ref()).await {
        Ok(()) => Ok(json_text(StatusCode::OK, answer)),
        Err(error) => failed(&app, once.as_ref(), error.into()).await,
    }
}

/// An order that the caller may see. What it may not see is not there.
pub async fn load(app: &App, caller: &Caller, order: String) -> Result<OrderView, Problem> {
    let case = app.gateway.store.case(order).await?;
    case.filter(|case| caller.may_see(case.order.order.seller.as_deref()))
        .map(|case| caller.sight().case(case))
        .map(|case| OrderView::new(case.order, case.shipments))
        .ok_or_else(|| Problem::not_found("no_such_order", "there is no such order"))
}
