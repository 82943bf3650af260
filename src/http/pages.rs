//! The live page: the orders, each parcel's timeline, its verdict with reasons, the webhooks sent. Rendered here and
//! readable without a script; the page's own script fetches the same markup again and again.

mod assets;
mod case;
mod certificate;
mod clock;
mod dispute;
mod facts;
mod gate;
mod hooks;
mod last_events;
mod overview;
mod sources;
mod timeline;
mod when;
mod words;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};
use serde::Deserialize;

use self::case::CaseView;
use self::gate::{Refusal, Viewer};
use self::hooks::Hooks;
pub use self::last_events::LastEvents;
use self::overview::{Count, Row};
use self::sources::Sources;
use self::when::When;
use super::problem::Problem;
use super::state::App;
use crate::domain::rules::Rules;
use crate::store::CaseFile;

/// Most orders on the page.
const ORDERS_MAX: u32 = 200;

/// The page and its files.
pub fn router() -> Router<App> {
    Router::new()
        .route("/", get(page))
        .route("/fragment/live", get(fragment))
        .route("/certificate", get(certificate::page))
        .route("/certificate.pdf", get(certificate::file))
        .route("/assets/{name}", get(assets::serve))
}

/// Which order's case is shown.
#[derive(Deserialize)]
struct Asked {
    order: Option<String>,
}

/// What changes from second to second.
#[derive(Template)]
#[template(path = "live.html")]
struct Live {
    title: String,
    now: When,
    viewer: String,
    rows: Vec<Row>,
    orders_cut: bool,
    counts: Vec<Count>,
    sources: Sources,
    /// The case of the order that was asked for.
    chosen: Option<CaseView>,
    /// An order that was asked for and is not there, or not to be seen.
    missing: Option<String>,
    hooks: Hooks,
}

impl Live {
    fn status(&self) -> StatusCode {
        if self.missing.is_some() { StatusCode::NOT_FOUND } else { StatusCode::OK }
    }
}

/// The whole page.
#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    style: String,
    script: String,
    icon: String,
    live: Live,
}

async fn page(
    State(app): State<App>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let live = live(&app, &viewer, asked.order).await?;
    let page = Page {
        style: assets::address("page.css"),
        script: assets::address("page.js"),
        icon: assets::address("icon.svg"),
        live,
    };
    Ok(html(page.live.status(), &page))
}

async fn fragment(
    State(app): State<App>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let live = live(&app, &viewer, asked.order).await?;
    Ok(html(live.status(), &live))
}

/// A rendered page. It is about persons' parcels: nobody keeps a copy on the way.
fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => {
            let headers =
                [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
            (status, headers, text).into_response()
        }
        Err(error) => {
            tracing::error!("the page cannot be rendered: {error}");
            Problem::internal().into_response()
        }
    }
}

async fn live(app: &App, viewer: &Viewer, asked: Option<String>) -> Result<Live, Refusal> {
    let store = app.gateway.store.as_ref();
    let now = app.gateway.now();
    let only = viewer.only_seller().map(str::to_owned);
    let page = store.orders(only, None, ORDERS_MAX).await?;
    let last = app.last_events.of(store, &page.items).await?;
    let case = match &asked {
        Some(order) => seen(app, viewer, order).await?,
        None => None,
    };
    let rows = overview::rows(&page.items, &last, asked.as_deref(), now);
    let hooks = {
        let deliveries = store.latest_deliveries(hooks::READ_MAX).await?;
        let endpoints = store.endpoints().await?;
        let order = case.as_ref().map(|case| case.order.order.id.as_str());
        let wanted = |of: &str| match order {
            Some(order) => of == order,
            None => viewer.sees_all() || page.items.iter().any(|s| s.order.order.id == of),
        };
        Hooks::of(deliveries, &endpoints, wanted, now)
    };
    let case = match case {
        Some(case) => {
            let events = store.order_events(case.order.order.id.clone()).await?;
            let rules = Rules::built_in(&case.order.state.rules).unwrap_or(app.gateway.book.rules);
            let papers = store.papers(case.order.order.id.clone()).await?;
            Some(CaseView::of(&case, &events, &papers, viewer, rules, now))
        }
        None => None,
    };
    let missing = asked.filter(|_| case.is_none());
    Ok(Live {
        title: match (&case, &missing) {
            (Some(case), _) => format!("{} \u{2013} Waygate", case.id),
            (None, Some(_)) => "No such order \u{2013} Waygate".to_owned(),
            (None, None) => "Waygate".to_owned(),
        },
        now: When::utc(now),
        viewer: viewer.words(),
        counts: overview::counts(&rows),
        rows,
        orders_cut: page.next.is_some(),
        sources: sources(app, viewer, now).await?,
        chosen: case,
        missing,
        hooks,
    })
}

async fn sources(app: &App, viewer: &Viewer, now: jiff::Timestamp) -> Result<Sources, Refusal> {
    let unmapped = match app.gateway.fetcher.books() {
        Some(books) if viewer.sees_all() => books.unmapped_codes().await?,
        _ => Vec::new(),
    };
    Ok(Sources::of(app.gateway.fetcher.health().await, &unmapped, now, viewer.sees_all()))
}

/// An order that is there and that this viewer may see: to others it is as if it were not there.
async fn seen(app: &App, viewer: &Viewer, order: &str) -> Result<Option<CaseFile>, Refusal> {
    let case = app.gateway.store.case(order.to_owned()).await?;
    Ok(case
        .filter(|case| viewer.may_see(case.order.order.seller.as_deref()))
        .map(|case| viewer.sight().case(case)))
}
