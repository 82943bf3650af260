//! `/v1/sellers/{id}`: how a seller stands, and what follows from it.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::rules::{Penalty, id};
use crate::domain::standing::Standing;
use crate::http::auth::Caller;
use crate::http::etag::{Document, Had};
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::state::App;

/// How a seller stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct SellerView {
    /// The seller.
    id: String,
    /// Orders that ended, and the bad ones among them (rule `seller.bad-transactions`).
    transactions: Share,
    /// Claims that were judged, and those that were rejected or suspicious.
    claims: Share,
    /// The service rating: the share of orders that ended well, in hundredths of a percent; null before the first.
    rating_basis_points: Option<u64>,
    /// When rulings found the seller at fault, as far as that may still count; oldest first.
    faults: Vec<String>,
    /// When disputes by an expiring protection were filed, as far as they count; oldest first.
    expiring_disputes: Vec<String>,
    /// The latest penalty: `warning`, `restriction` or `ban`.
    #[schema(value_type = Option<String>)]
    penalty: Option<Penalty>,
    /// What the seller may not do, and until when.
    bars: Vec<BarView>,
}

/// A part of a whole.
#[derive(Debug, Serialize, ToSchema)]
pub struct Share {
    /// The whole.
    all: u64,
    /// The bad part.
    bad: u64,
    /// The bad part in hundredths of a percent; 0 where there is nothing.
    bad_rate_basis_points: u64,
}

impl Share {
    fn of(all: u64, bad: u64) -> Self {
        let bad_rate_basis_points = bad.saturating_mul(10_000).checked_div(all).unwrap_or(0);
        Self { all, bad, bad_rate_basis_points }
    }
}

/// A bar.
#[derive(Debug, Serialize, ToSchema)]
pub struct BarView {
    /// The shipping method that is barred.
    method: &'static str,
    /// By which rule.
    rule: &'static str,
    /// Until when.
    until: Option<String>,
}

/// How a seller stands: rates, faults, penalties, bars. A seller's key sees its own.
#[utoipa::path(get, path = "/v1/sellers/{seller}", tag = "sellers", params(("seller" = String, Path)),
    responses((status = 200, body = SellerView), (status = "4XX", body = Problem)))]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(seller): Path<String>,
    had: Had,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("no_such_seller", "there is no order of such a seller");
    if !caller.may_see(Some(&seller)) {
        return Err(missing());
    }
    let file = app.gateway.store.seller(seller.clone()).await?.ok_or_else(missing)?;
    let none = Standing::default();
    let (standing, due_at) = match &file.standing {
        Some(record) => (&record.standing, record.due_at),
        None => (&none, None),
    };
    let barred =
        BarView { method: "small_parcel", rule: id::SMALL_PARCELS, until: due_at.map(|at| at.to_string()) };
    let transactions = Share::of(standing.ended, standing.bad);
    let view = SellerView {
        id: seller,
        rating_basis_points: (standing.ended > 0).then(|| 10_000 - transactions.bad_rate_basis_points),
        transactions,
        claims: Share::of(file.claims.claims.into(), file.claims.failed.into()),
        faults: standing.faults.iter().map(ToString::to_string).collect(),
        expiring_disputes: standing.expiring.iter().map(ToString::to_string).collect(),
        penalty: standing.penalty,
        bars: if standing.barred { vec![barred] } else { Vec::new() },
    };
    let bytes = serde_json::to_vec(&view).map_err(|_| Problem::internal())?;
    Ok(Document::new(bytes).respond(&had, "private, no-cache"))
}
