//! A certificate for people: the same content as the signed document, as a page to print and as a PDF that carries the
//! document in it.

mod pdf;
mod sheet;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;

use self::sheet::Sheet;
use super::gate::{Refusal, Viewer};
use super::{assets, html};
use crate::gateway::Attested;
use crate::http::api::certificates::withhold_of;
use crate::http::json::Fields;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::ids::ShipmentId;

/// Which certificate, and what it leaves out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    shipment: String,
    withhold: Option<String>,
}

#[derive(Template)]
#[template(path = "certificate.html")]
struct Page {
    style: String,
    icon: String,
    json: String,
    pdf: String,
    sheet: Sheet,
}

/// `GET /certificate`
pub async fn page(
    State(app): State<App>,
    viewer: Viewer,
    Fields(asked): Fields<Asked>,
) -> Result<Response, Refusal> {
    let attested = attest(&app, &viewer, &asked).await?;
    let query = match asked.withhold {
        Some(_) => "?withhold=personal",
        None => "",
    };
    let shipment = &attested.certificate.shipment;
    let page = Page {
        style: assets::address("page.css"),
        icon: assets::address("icon.svg"),
        json: format!("/v1/shipments/{shipment}/certificate{query}"),
        pdf: format!("/certificate.pdf?shipment={shipment}{}", query.replace('?', "&")),
        sheet: Sheet::of(&attested.certificate),
    };
    Ok(html(StatusCode::OK, &page))
}

/// `GET /certificate.pdf`
pub async fn file(
    State(app): State<App>,
    viewer: Viewer,
    Fields(asked): Fields<Asked>,
) -> Result<Response, Refusal> {
    let attested = attest(&app, &viewer, &asked).await?;
    let name = format!("inline; filename=\"certificate-{}.pdf\"", attested.certificate.shipment);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/pdf")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("inline")),
        ),
    ];
    let bytes = pdf::write(&Sheet::of(&attested.certificate), &attested.document);
    Ok((headers, bytes).into_response())
}

async fn attest(app: &App, viewer: &Viewer, asked: &Asked) -> Result<Attested, Refusal> {
    if !viewer.sees_all() {
        return Err(Problem::forbidden("certificates are for arbiters and order systems").into());
    }
    let withhold = withhold_of(asked.withhold.as_deref())?;
    let missing = || Problem::not_found("no_such_shipment", "there is no such shipment");
    let id: ShipmentId = asked.shipment.parse().map_err(|_| missing())?;
    let withhold = viewer.sight().withhold(withhold);
    Ok(app.gateway.attest(&id, None, withhold).await.map_err(Problem::from)?)
}
