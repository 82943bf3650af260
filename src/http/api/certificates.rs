//! Certificates: a verdict as a document that proves itself (`docs/certificates.md`).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use serde::Deserialize;
use utoipa::IntoParams;

use super::shipments::find;
use crate::domain::certificate::Withhold;
use crate::gateway::Attested;
use crate::http::auth::Caller;
use crate::http::json::Fields;
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::ids::{ShipmentId, VerdictId};
use crate::store::Scope;

/// Who may have certificates.
pub const READERS: [Scope; 2] = [Scope::Arbiter, Scope::OrderSystem];

/// What a certificate leaves out. To keys without the scope `arbiter` it is always `personal`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// `personal`: what tells of persons is replaced by hashes.
    withhold: Option<String>,
}

/// What `withhold` asks to leave out.
pub fn withhold_of(asked: Option<&str>) -> Result<Withhold, Problem> {
    match asked {
        None => Ok(Withhold::Nothing),
        Some("personal") => Ok(Withhold::Personal),
        Some(_) => Err(Problem::bad_request("bad_query", "`withhold` can be `personal`")),
    }
}

/// The certificate of a shipment's latest verdict. `waygate certificate verify` checks it offline.
#[utoipa::path(get, path = "/v1/shipments/{shipment}/certificate", tag = "certificates",
    params(("shipment" = String, Path), Wanted),
    responses((status = 200, body = Object), (status = "4XX", body = Problem)))]
pub async fn of_shipment(
    State(app): State<App>,
    caller: Caller,
    Path(shipment): Path<String>,
    Fields(wanted): Fields<Wanted>,
) -> Result<Response, Problem> {
    caller.require(&READERS)?;
    let withhold = caller.sight().withhold(withhold_of(wanted.withhold.as_deref())?);
    let shipment = find(&app, &caller, &shipment).await?;
    Ok(served(app.gateway.attest(&shipment.id, None, withhold).await?))
}

/// The certificate of one verdict, by the verdict's id.
#[utoipa::path(get, path = "/v1/certificates/{verdict}", tag = "certificates",
    params(("verdict" = String, Path), Wanted),
    responses((status = 200, body = Object), (status = "4XX", body = Problem)))]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(verdict): Path<String>,
    Fields(wanted): Fields<Wanted>,
) -> Result<Response, Problem> {
    caller.require(&READERS)?;
    let withhold = caller.sight().withhold(withhold_of(wanted.withhold.as_deref())?);
    let missing = || Problem::not_found("no_such_verdict", "there is no such verdict");
    let id: VerdictId = verdict.parse().map_err(|_| missing())?;
    let store = &app.gateway.store;
    let index = store.log_index(id.to_string()).await?.ok_or_else(missing)?;
    let entry = store.log_entries(index, 1).await?.pop().ok_or_else(missing)?;
    let entry: crate::domain::log::Leaf = serde_json::from_slice(&entry).map_err(|_| missing())?;
    let shipment: ShipmentId = entry.shipment().parse().map_err(|_| missing())?;
    find(&app, &caller, shipment.as_str()).await?;
    Ok(served(app.gateway.attest(&shipment, Some(id.as_str()), withhold).await?))
}

fn served(attested: Attested) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (headers, attested.document).into_response()
}
