//! What the arbiter alone does: asks a side for evidence, and rules.

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use serde::Deserialize;
use utoipa::ToSchema;

use super::acts::{Asked, carry_out};
use super::views::DisputeView;
use crate::domain::lifecycle::By;
use crate::domain::lifecycle::dispute::{Act, RuledFor, Side};
use crate::domain::money::Money;
use crate::domain::order::DAYS_MAX;
use crate::http::api::orders::MoneyBody;
use crate::http::auth::Caller;
use crate::http::json::Json;
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::store::Scope;

/// What is asked of whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceRequest {
    /// `buyer` or `seller`.
    #[schema(value_type = String)]
    from: Side,
    /// Within so many days, 1 to 365.
    days: u32,
    /// What is wanted.
    statement: Option<String>,
}

/// The arbiter asks a side for evidence by a deadline; one that passes unanswered speaks against that side.
#[utoipa::path(post, path = "/v1/disputes/{dispute}/evidence_requests", tag = "disputes", params(("dispute" = String, Path)),
    request_body = EvidenceRequest, responses((status = 200, body = DisputeView), (status = "4XX", body = Problem)))]
pub async fn request_evidence(
    State(app): State<App>,
    caller: Caller,
    Path(dispute): Path<String>,
    headers: HeaderMap,
    body: Json<EvidenceRequest>,
) -> Result<Response, Problem> {
    caller.require(&[Scope::Arbiter])?;
    let EvidenceRequest { from, days, statement } = body.value;
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(Problem::field("/days", format!("from 1 to {DAYS_MAX}")));
    }
    let what = "evidence_requests";
    let asked =
        Asked { app: &app, caller: &caller, headers: &headers, dispute: &dispute, what, body: &body.bytes };
    carry_out(asked, Act::RequestEvidence { from, days }, By::Arbiter, statement).await
}

/// How the arbiter rules.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ruling {
    /// `buyer`, `seller` or `divided`.
    #[schema(value_type = String)]
    outcome: RuledFor,
    /// How much goes to the buyer. A divided ruling must say it; one for the buyer gives what was asked for, where it is
    /// absent.
    #[schema(value_type = Option<MoneyBody>)]
    amount: Option<Money>,
    /// Whether the seller is at fault; false where absent.
    #[serde(default)]
    seller_at_fault: bool,
    /// The reasons.
    statement: Option<String>,
}

/// The arbiter rules, once; the money moves at once.
#[utoipa::path(post, path = "/v1/disputes/{dispute}/ruling", tag = "disputes", params(("dispute" = String, Path)),
    request_body = Ruling, responses((status = 200, body = DisputeView), (status = "4XX", body = Problem)))]
pub async fn rule(
    State(app): State<App>,
    caller: Caller,
    Path(dispute): Path<String>,
    headers: HeaderMap,
    body: Json<Ruling>,
) -> Result<Response, Problem> {
    caller.require(&[Scope::Arbiter])?;
    let Ruling { outcome, amount, seller_at_fault, statement } = body.value;
    if outcome == RuledFor::Divided && amount.is_none() {
        return Err(Problem::field("/amount", "a divided ruling says how much goes to the buyer"));
    }
    let what = "ruling";
    let asked =
        Asked { app: &app, caller: &caller, headers: &headers, dispute: &dispute, what, body: &body.bytes };
    carry_out(asked, Act::Rule { outcome, amount, seller_at_fault }, By::Arbiter, statement).await
}
