//! `/v1/disputes`: filing one, the list of them, and the case file of each.

pub mod acts;
pub mod arbitration;
pub mod evidence;
pub mod views;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::acting::{Acting, acted, for_buyer, statement};
use super::orders::{MoneyBody, load};
use super::views::{ListView, page_limit};
use crate::domain::lifecycle::dispute::{Filing, Reason, Remedy};
use crate::domain::lifecycle::{By, Input as ClockInput};
use crate::domain::money::Money;
use crate::http::auth::Caller;
use crate::http::etag::{Document, Had};
use crate::http::json::{Fields, Json};
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::ids::DisputeId;
use crate::store::{CaseFile, Cursor, DisputeFilter, DisputeRecord, DisputeState};
use views::{CaseView, DisputeView};

/// How long a case file may be kept: it is asked for again each time, and not sent again where nothing changed.
const KEEP: &str = "private, no-cache";

/// What the buyer files.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDispute {
    /// `goods_in_transit`, `not_received` or `not_as_described`.
    #[schema(value_type = String)]
    reason: Reason,
    /// `refund`, `partial_refund`, `replacement` or `resend`.
    #[schema(value_type = String)]
    remedy: Remedy,
    /// How much; all of it where a refund names none.
    #[schema(value_type = Option<MoneyBody>)]
    amount: Option<Money>,
    /// What the buyer says, at most 4,000 bytes.
    statement: Option<String>,
}

/// Files a dispute for the buyer.
#[utoipa::path(post, path = "/v1/orders/{order}/disputes", tag = "disputes", params(("order" = String, Path)),
    request_body = NewDispute, responses((status = 201, body = DisputeView), (status = "4XX", body = Problem)))]
pub async fn open(
    State(app): State<App>,
    caller: Caller,
    Path(order): Path<String>,
    headers: HeaderMap,
    body: Json<NewDispute>,
) -> Result<Response, Problem> {
    for_buyer(&caller)?;
    let address = format!("POST /v1/orders/{order}/disputes");
    let acting = match Acting::begin(&app, &caller, &headers, &address, &body.bytes).await? {
        Ok(acting) => acting,
        Err(response) => return Ok(response),
    };
    load(&app, &caller, order.clone()).await?;
    let NewDispute { reason, remedy, amount, statement: said } = body.value;
    if remedy == Remedy::PartialRefund && amount.is_none() {
        return Err(Problem::field("/amount", "a refund of a part must say how much"));
    }
    let said = statement("/statement", said)?;
    let input = ClockInput::OpenDispute(Filing { reason, remedy, amount });
    let act = acted(input, acting.maker(By::Buyer), said);
    acting.act(&order, act, StatusCode::CREATED, DisputeView::after).await
}

/// Which disputes, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// `open` for all that have not ended, or one state: `awaiting_answer`, `rejected`, `submitted`, `executed`,
    /// `ruled`, `cancelled`.
    state: Option<String>,
    /// The cursor of the page before.
    after: Option<String>,
    /// Items on a page, 1 to 200; 50 where absent.
    limit: Option<u32>,
}

/// A dispute in the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedDispute {
    /// `dsp_…`
    id: String,
    /// The order.
    order: String,
    /// How many of its order's disputes it is.
    number: u32,
    /// How far it has come.
    state: &'static str,
    /// Why the buyer filed.
    #[schema(value_type = String)]
    reason: Reason,
    /// When it was filed.
    filed_at: String,
    /// When it last changed.
    changed_at: String,
}

impl From<DisputeRecord> for ListedDispute {
    fn from(record: DisputeRecord) -> Self {
        Self {
            id: record.id.to_string(),
            order: record.order,
            number: record.dispute.number,
            state: record.state.as_str(),
            reason: record.dispute.reason,
            filed_at: record.dispute.filed_at.to_string(),
            changed_at: record.changed_at.to_string(),
        }
    }
}

/// Disputes, newest first. A seller's key sees those of its orders.
#[utoipa::path(get, path = "/v1/disputes", tag = "disputes", params(Wanted),
    responses((status = 200, body = ListView<ListedDispute>), (status = "4XX", body = Problem)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Fields(wanted): Fields<Wanted>,
) -> Result<Answer<ListView<ListedDispute>>, Problem> {
    let limit = page_limit(wanted.limit)?;
    let filter = match wanted.state.as_deref() {
        None => DisputeFilter::All,
        Some("open") => DisputeFilter::Open,
        Some(word) => {
            let state = DisputeState::ALL.into_iter().find(|state| state.as_str() == word);
            let words = DisputeState::ALL.map(DisputeState::as_str).join(", ");
            let unknown = || Problem::bad_request("bad_query", format!("`state` is open, {words}"));
            DisputeFilter::State(state.ok_or_else(unknown)?)
        }
    };
    let only = caller.only_seller().map(str::to_owned);
    let page = app.gateway.store.disputes(filter, only, wanted.after.map(Cursor), limit).await?;
    Ok(Answer(ListView::of(page, ListedDispute::from)))
}

/// A dispute's case file: both sides' statements and evidence, all that was done, the official timeline, the verdicts, the
/// clocks with their rules, and what is recommended.
#[utoipa::path(get, path = "/v1/disputes/{dispute}", tag = "disputes", params(("dispute" = String, Path)),
    responses((status = 200, body = CaseView), (status = "4XX", body = Problem)))]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(dispute): Path<String>,
    had: Had,
) -> Result<Response, Problem> {
    let (case, record) = find(&app, &caller, &dispute).await?;
    let view = views::case_view(&app, &caller, case, record).await?;
    let bytes = serde_json::to_vec(&view).map_err(|_| Problem::internal())?;
    Ok(Document::new(bytes).respond(&had, KEEP))
}

/// A dispute that is there and that this caller may see, with its order's case.
pub async fn find(app: &App, caller: &Caller, dispute: &str) -> Result<(CaseFile, DisputeRecord), Problem> {
    let missing = || Problem::not_found("no_such_dispute", "there is no such dispute");
    let id: DisputeId = dispute.parse().map_err(|_| missing())?;
    let order = app.gateway.store.order_of_dispute(id.clone()).await?.ok_or_else(missing)?;
    let case = app.gateway.store.case(order).await?.ok_or_else(missing)?;
    if !caller.may_see(case.order.order.seller.as_deref()) {
        return Err(missing());
    }
    let record = case.disputes.iter().find(|record| record.id == id).cloned().ok_or_else(missing)?;
    Ok((case, record))
}
