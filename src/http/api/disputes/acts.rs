//! What the two sides do in a dispute: change, accept, reject, make a counter-offer, submit to the arbiter, take back.

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::find;
use super::views::DisputeView;
use crate::domain::lifecycle::dispute::{Act, Reason, Remedy, Side};
use crate::domain::lifecycle::{By, Input as ClockInput};
use crate::domain::money::Money;
use crate::http::api::acting::{
    Acting, Said, acted, for_buyer, for_seller, for_this_seller, side, statement,
};
use crate::http::api::cancellation::Words;
use crate::http::api::orders::MoneyBody;
use crate::http::auth::Caller;
use crate::http::json::Json;
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::state::App;

/// Who asks for what: the request's parts that every act needs.
pub(super) struct Asked<'a> {
    pub app: &'a App,
    pub caller: &'a Caller,
    pub headers: &'a HeaderMap,
    /// The dispute's id, as it was given.
    pub dispute: &'a str,
    /// Method and last part of the address.
    pub what: &'a str,
    pub body: &'a [u8],
}

/// Carries out an act in a dispute.
pub(super) async fn carry_out(
    asked: Asked<'_>,
    act: Act,
    by: By,
    said: Option<String>,
) -> Result<Response, Problem> {
    let Asked { app, caller, headers, dispute, what, body } = asked;
    let address = format!("{what} of {dispute}");
    let acting = match Acting::begin(app, caller, headers, &address, body).await? {
        Ok(acting) => acting,
        Err(response) => return Ok(response),
    };
    let (case, record) = find(app, caller, dispute).await?;
    if by == By::Seller {
        for_this_seller(caller, case.order.order.seller.as_deref())?;
    }
    let said = statement("/statement", said)?;
    let mut acted = acted(ClockInput::Dispute(act), acting.maker(by), said);
    acted.dispute = Some(record.dispute.number);
    acting.act(&record.order, acted, StatusCode::OK, DisputeView::after).await
}

/// What the buyer changes; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Modification {
    /// The new reason.
    #[schema(value_type = Option<String>)]
    reason: Option<Reason>,
    /// The new remedy.
    #[schema(value_type = Option<String>)]
    remedy: Option<Remedy>,
    /// The new amount.
    #[schema(value_type = Option<MoneyBody>)]
    amount: Option<Money>,
    /// What the buyer says.
    statement: Option<String>,
}

/// The buyer changes reason or proposal; the seller's time to answer starts again.
#[utoipa::path(patch, path = "/v1/disputes/{dispute}", tag = "disputes", params(("dispute" = String, Path)),
    request_body = Modification, responses((status = 200, body = DisputeView), (status = "4XX", body = Problem)))]
pub async fn modify(
    State(app): State<App>,
    caller: Caller,
    Path(dispute): Path<String>,
    headers: HeaderMap,
    body: Json<Modification>,
) -> Result<Response, Problem> {
    for_buyer(&caller)?;
    let Modification { reason, remedy, amount, statement: said } = body.value;
    if reason.is_none() && remedy.is_none() && amount.is_none() {
        return Err(Problem::field("/", "say what changes: reason, remedy or amount"));
    }
    let asked = Asked {
        app: &app,
        caller: &caller,
        headers: &headers,
        dispute: &dispute,
        what: "PATCH",
        body: &body.bytes,
    };
    carry_out(asked, Act::Modify { reason, remedy, amount }, By::Buyer, said).await
}

/// Who accepts.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// `seller`: the buyer's proposal. `buyer`: the seller's counter-offer. A seller's key need not say it.
    #[schema(value_type = Option<String>)]
    by: Option<Side>,
    /// Why.
    statement: Option<String>,
}

/// A side accepts what the other proposes; it is executed at once.
#[utoipa::path(post, path = "/v1/disputes/{dispute}/accept", tag = "disputes", params(("dispute" = String, Path)),
    request_body = Option<Acceptance>, responses((status = 200, body = DisputeView), (status = "4XX", body = Problem)))]
pub async fn accept(
    State(app): State<App>,
    caller: Caller,
    Path(dispute): Path<String>,
    headers: HeaderMap,
    body: Said<Acceptance>,
) -> Result<Response, Problem> {
    let side = side(&caller, body.value.by)?;
    let asked = Asked {
        app: &app,
        caller: &caller,
        headers: &headers,
        dispute: &dispute,
        what: "accept",
        body: &body.bytes,
    };
    carry_out(asked, Act::Accept(side), side.by(), body.value.statement).await
}

/// The seller rejects the buyer's proposal.
#[utoipa::path(post, path = "/v1/disputes/{dispute}/reject", tag = "disputes", params(("dispute" = String, Path)),
    request_body = Option<Words>, responses((status = 200, body = DisputeView), (status = "4XX", body = Problem)))]
pub async fn reject(
    State(app): State<App>,
    caller: Caller,
    Path(dispute): Path<String>,
    headers: HeaderMap,
    body: Said<Words>,
) -> Result<Response, Problem> {
    for_seller(&caller)?;
    let asked = Asked {
        app: &app,
        caller: &caller,
        headers: &headers,
        dispute: &dispute,
        what: "reject",
        body: &body.bytes,
    };
    carry_out(asked, Act::Reject, By::Seller, body.value.statement).await
}

/// What the seller offers instead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CounterOffer {
    /// `refund`, `partial_refund`, `replacement` or `resend`.
    #[schema(value_type = String)]
    remedy: Remedy,
    /// How much; all of it where a refund names none.
    #[schema(value_type = Option<MoneyBody>)]
    amount: Option<Money>,
    /// Why.
    statement: Option<String>,
}

/// The seller rejects and offers something else, which the buyer can accept.
#[utoipa::path(post, path = "/v1/disputes/{dispute}/counter_offer", tag = "disputes", params(("dispute" = String, Path)),
    request_body = CounterOffer, responses((status = 200, body = DisputeView), (status = "4XX", body = Problem)))]
pub async fn counter_offer(
    State(app): State<App>,
    caller: Caller,
    Path(dispute): Path<String>,
    headers: HeaderMap,
    body: Json<CounterOffer>,
) -> Result<Response, Problem> {
    for_seller(&caller)?;
    let CounterOffer { remedy, amount, statement: said } = body.value;
    if remedy == Remedy::PartialRefund && amount.is_none() {
        return Err(Problem::field("/amount", "a refund of a part must say how much"));
    }
    let what = "counter_offer";
    let asked =
        Asked { app: &app, caller: &caller, headers: &headers, dispute: &dispute, what, body: &body.bytes };
    carry_out(asked, Act::CounterOffer { remedy, amount }, By::Seller, said).await
}

/// After a rejection the buyer submits the dispute to the arbiter.
#[utoipa::path(post, path = "/v1/disputes/{dispute}/escalate", tag = "disputes", params(("dispute" = String, Path)),
    request_body = Option<Words>, responses((status = 200, body = DisputeView), (status = "4XX", body = Problem)))]
pub async fn escalate(
    State(app): State<App>,
    caller: Caller,
    Path(dispute): Path<String>,
    headers: HeaderMap,
    body: Said<Words>,
) -> Result<Response, Problem> {
    for_buyer(&caller)?;
    let what = "escalate";
    let asked =
        Asked { app: &app, caller: &caller, headers: &headers, dispute: &dispute, what, body: &body.bytes };
    carry_out(asked, Act::Escalate, By::Buyer, body.value.statement).await
}

/// The buyer takes the dispute back; the order goes on where it stood.
#[utoipa::path(post, path = "/v1/disputes/{dispute}/cancel", tag = "disputes", params(("dispute" = String, Path)),
    request_body = Option<Words>, responses((status = 200, body = DisputeView), (status = "4XX", body = Problem)))]
pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(dispute): Path<String>,
    headers: HeaderMap,
    body: Said<Words>,
) -> Result<Response, Problem> {
    for_buyer(&caller)?;
    let what = "cancel";
    let asked =
        Asked { app: &app, caller: &caller, headers: &headers, dispute: &dispute, what, body: &body.bytes };
    carry_out(asked, Act::Cancel, By::Buyer, body.value.statement).await
}
