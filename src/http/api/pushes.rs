//! `POST /v1/carriers/{carrier}/push`: what a carrier tells by itself. Its messages bear no API key; each proves in the
//! carrier's own way that it is the carrier's.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use waygate_carriers::contract::CarrierId;

use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::state::App;

/// What a carrier tells by itself: recorded and judged like an answer of its official source. When this answers, what
/// was told is recorded; the same may be told again. Set up with `WAYGATE_<SOURCE>_PUSH_SECRET`.
#[utoipa::path(post, path = "/v1/carriers/{carrier}/push", tag = "carriers",
    params(("carrier" = String, Path, description = "The carrier's id")),
    request_body(content = Object, description = "The carrier's message, in the carrier's form"),
    responses((status = 200, body = Object, description = "In the carrier's form"), (status = "4XX", body = Problem)))]
pub async fn receive(
    State(app): State<App>,
    Path(carrier): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("no_push", "no such carrier pushes; GET /v1/carriers lists carriers");
    let carrier = CarrierId::new(&carrier).map_err(|_| unknown())?;
    let push = app.gateway.book.registry.push(&carrier).ok_or_else(unknown)?;
    match app.push_secrets.is_proven(&carrier, push.proof, &headers, &body) {
        Some(true) => {}
        Some(false) => {
            tracing::warn!(%carrier, "a message was pushed that is not proven to be the carrier's");
            return Err(Problem::unauthorized("this message does not prove that it is the carrier's"));
        }
        None => {
            let detail = "what this carrier pushes is not taken in here: no secret is set up for it";
            return Err(Problem::not_found("push_off", detail));
        }
    }
    let told = app.gateway.pushed(&carrier, &body).await?;
    let Some(told) = told else {
        tracing::warn!(%carrier, "a message was pushed that cannot be read");
        return Err(Problem::invalid(
            "unreadable_push",
            "this is not a message of the form that the carrier uses",
        ));
    };
    tracing::debug!(%carrier, parcels = told.parcels, shipments = told.shipments, "pushed");
    let json = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, json)], push.thanks).into_response())
}
