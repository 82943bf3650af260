//! `GET /v1/trackings/{carrier}/{number}`: what the official source says of a number, from the cache or asked now.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use waygate_carriers::contract::{Ask, CarrierId, Failure, FailureKind, Reading};
use waygate_carriers::numbers::Hint;

use crate::fetch::{Fetched, Freshness, Waits, Wanted};
use crate::http::auth::Caller;
use crate::http::etag::{Document, Had};
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::sight::Sight;
use crate::http::state::App;
use crate::store::Scope;

/// For how many seconds a client may keep an answer.
const CACHE_CONTROL: &str = "private, max-age=60";
/// How the answer came about (RFC 9211).
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
/// Longest number that is looked at, in bytes.
const NUMBER_BYTES_MAX: usize = 64;

/// Answers that were served, as bytes, so that a tracking is written out once however often it is read. Read under a
/// lock that readers share: a cache that counts its hits costs more than the rest of the answer.
#[derive(Default)]
pub struct Served {
    documents: RwLock<HashMap<String, (Arc<Fetched>, Document)>>,
}

impl Served {
    /// Most documents that are kept; when they are so many, those that are no longer fresh go, or else all.
    const DOCUMENTS_MAX: usize = 10_000;
    /// How old an answer may be that is given where the source gives none.
    const STALE_MAX: SignedDuration = SignedDuration::from_hours(24);

    /// The last answer to an address, where a newer one cannot be had: with its age, and why it is the last.
    fn last(&self, address: &str, had: &Had, failure: &Failure, now: Timestamp) -> Option<Response> {
        let documents = self.documents.read().unwrap_or_else(PoisonError::into_inner);
        let (fetched, document) = documents.get(address)?;
        let age = now.duration_since(fetched.fetched_at);
        if age > Self::STALE_MAX {
            return None;
        }
        let mut response = document.respond(had, "private, no-cache");
        let why = format!("waygate; fwd=stale; detail={}", failure.kind.as_str());
        let headers = response.headers_mut();
        headers.insert(header::AGE, HeaderValue::from(age.as_secs().max(0)));
        headers.insert(CACHE_STATUS, HeaderValue::try_from(why).ok()?);
        Some(response)
    }

    /// The answer to an address, if it is still fresh.
    fn answer(&self, address: &str, had: &Had, now: Timestamp) -> Option<Response> {
        let documents = self.documents.read().unwrap_or_else(PoisonError::into_inner);
        let (fetched, document) = documents.get(address)?;
        fetched.is_fresh(now).then(|| document.respond(had, CACHE_CONTROL))
    }

    /// Forgets what was served of a number.
    pub fn forget(&self, number: &str) {
        // People write numbers in many ways, and an address stands here as it was asked for.
        let plain = |text: &str| -> String {
            text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
        };
        let number = plain(number);
        let mut documents = self.documents.write().unwrap_or_else(PoisonError::into_inner);
        documents.retain(|address, _| !plain(address).ends_with(&number));
    }

    fn keep(&self, address: String, fetched: &Arc<Fetched>, sight: Sight, now: Timestamp) -> Document {
        let mut shown = fetched.reading.clone();
        sight.reading(&mut shown);
        let bytes = serde_json::to_vec(&shown).unwrap_or_default();
        let document = Document::new(bytes);
        if fetched.is_answer() {
            let mut documents = self.documents.write().unwrap_or_else(PoisonError::into_inner);
            if documents.len() >= Self::DOCUMENTS_MAX {
                documents.retain(|_, (fetched, _)| fetched.is_fresh(now));
            }
            if documents.len() >= Self::DOCUMENTS_MAX {
                documents.clear();
            }
            documents.insert(address, (Arc::clone(fetched), document.clone()));
        }
        document
    }
}

/// What the official source says of a number now, as `waygate parse` prints it. At most ten minutes old; where the source
/// gives no answer, the last one of a day, with its `Age`, and why in `Cache-Status` (`fwd=stale`).
#[utoipa::path(get, path = "/v1/trackings/{carrier}/{number}", tag = "trackings",
    params(("carrier" = String, Path, description = "The carrier's id"), ("number" = String, Path, description = "The tracking number")),
    responses((status = 200, body = Object, description = "`outcome` is `found`, `not_found` or `inconclusive`"),
        (status = 304, description = "Unchanged"), (status = "4XX", body = Problem),
        (status = 503, body = Problem, description = "The source gave no answer")))]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path((carrier, number)): Path<(String, String)>,
    had: Had,
) -> Result<Response, Problem> {
    caller.require(&[Scope::Arbiter, Scope::OrderSystem])?;
    if number.len() > NUMBER_BYTES_MAX || carrier.len() > NUMBER_BYTES_MAX {
        return Err(Problem::bad_request("too_long", "that is no tracking number"));
    }
    let sight = caller.sight();
    let address = format!("{sight:?}/{carrier}/{number}");
    if let Some(answer) = app.served.answer(&address, &had, app.gateway.now()) {
        return Ok(answer);
    }
    let ask = question(&app, &carrier, &number)?;
    let sources = app.gateway.sources_for(&ask);
    let Some(source) = sources.first() else {
        let detail = "no official source is switched on here that answers for this number";
        return Err(Problem::not_found("no_source", detail));
    };
    let wanted = Wanted { freshness: Freshness::Cached, by: Waits::Person };
    let fetched = app.gateway.fetcher.ask(source, &ask, wanted).await;
    match &fetched.reading {
        Reading::Failed(failure) if !fetched.is_answer() => {
            if let Some(last) = app.served.last(&address, &had, failure, app.gateway.now()) {
                return Ok(last);
            }
            let retry = if failure.kind == FailureKind::RateLimited { 60 } else { 10 };
            Err(Problem::unavailable("source_gave_no_answer", failure.message.clone(), retry)
                .with("outcome", failure.kind))
        }
        _ => {
            let document = app.served.keep(address, &fetched, sight, app.gateway.now());
            let mut response = document.respond(&had, CACHE_CONTROL);
            let fresh = HeaderValue::from_static("waygate; fwd=miss");
            response.headers_mut().insert(CACHE_STATUS, fresh);
            Ok(response.into_response())
        }
    }
}

fn question(app: &App, carrier: &str, number: &str) -> Result<Ask, Problem> {
    let registry = app.gateway.book.registry;
    let unknown =
        || Problem::not_found("no_such_carrier", "there is no such carrier; GET /v1/carriers lists them");
    let carrier =
        CarrierId::new(carrier).ok().filter(|id| registry.carrier(id).is_some()).ok_or_else(unknown)?;
    let found = registry.formats().identify(number, Hint { claimed: Some(&carrier), ship_from: None });
    let fitting = found.candidates.iter().find(|c| c.carrier == carrier);
    let Some(fitting) = fitting else {
        let detail = found.problem.map_or_else(
            || "this number is not one of this carrier's".to_owned(),
            |problem| format!("{} {}", problem.message, problem.hint),
        );
        return Err(Problem::invalid("not_this_carriers_number", detail));
    };
    Ok(Ask {
        tracking_number: found.normalized.clone(),
        format: Some(fitting.format.clone()),
        origin_country: fitting.origin_country,
        carrier,
        destination_country: None,
        destination_postal_code: None,
        request_id: uuid::Uuid::now_v7().to_string(),
        asked_at: app.gateway.now(),
    })
}
