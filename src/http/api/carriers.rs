//! `GET /v1/carriers`: every carrier, whether it is recognized, and how its official sources do. What only the operator
//! can mend is told to operators alone: credentials, cost, codes without a meaning, incidents.

mod source;

use axum::Json as Answer;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use waygate_carriers::contract::CarrierFacts;

use self::source::{SourceView, Told};
use super::views::ListView;
use crate::http::auth::Caller;
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::state::App;

/// A carrier.
#[derive(Debug, Serialize, ToSchema)]
pub struct CarrierView {
    /// Its id.
    id: String,
    /// What people call it.
    name: String,
    /// Whether the platform recognizes its tracking.
    recognized: bool,
    /// Domains on which it shows trackings itself.
    domains: Vec<String>,
    /// Its page for a number; `{n}` stands for the number.
    tracking_url: Option<String>,
    /// Its official sources.
    sources: Vec<SourceView>,
}

/// Every carrier, in order of id.
#[utoipa::path(get, path = "/v1/carriers", tag = "carriers",
    responses((status = 200, body = ListView<CarrierView>), (status = "4XX", body = Problem)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Answer<ListView<CarrierView>>, Problem> {
    let mut told = Told::to(&app, &caller).await?;
    let carriers = app.gateway.book.registry.carriers().map(|facts| view(&app, facts, &mut told, false));
    Ok(Answer(ListView::whole(carriers.collect())))
}

/// One carrier; to operators with the codes of its sources that nobody has mapped and with what was wrong with answers.
#[utoipa::path(get, path = "/v1/carriers/{carrier}", tag = "carriers", params(("carrier" = String, Path)),
    responses((status = 200, body = CarrierView), (status = "4XX", body = Problem)))]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(carrier): Path<String>,
) -> Result<Answer<CarrierView>, Problem> {
    let missing =
        || Problem::not_found("no_such_carrier", "there is no such carrier; GET /v1/carriers lists them");
    let facts = app.gateway.book.registry.carriers().find(|facts| facts.id.as_str() == carrier);
    let facts = facts.ok_or_else(missing)?;
    let mut told = Told::to(&app, &caller).await?;
    Ok(Answer(view(&app, facts, &mut told, true)))
}

fn view(app: &App, facts: &CarrierFacts, told: &mut Told, in_full: bool) -> CarrierView {
    CarrierView {
        id: facts.id.to_string(),
        name: facts.name.clone(),
        recognized: app.gateway.book.channels.is_recognized(&facts.id),
        domains: facts.domains.clone(),
        tracking_url: facts.tracking_url.clone(),
        sources: facts.sources.iter().filter_map(|s| told.source(&s.id, in_full)).collect(),
    }
}
