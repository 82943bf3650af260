//! The official sources, imitated on loopback: each carrier's own side of the wire, a world of parcels whose journeys
//! advance with the clock, and faults on demand.

mod faults;
mod parcels;
mod setup;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use waygate_carriers::contract::sandbox::{Parcel, Sandbox, SandboxRequest, World};
use waygate_carriers::registry::sandboxes;

pub use faults::{Fault, Faults};
pub use parcels::{ParcelsError, SandboxFile, parse_offset};
pub use setup::{credentials, environment, settings};

use crate::clock::SharedClock;
use crate::domain::calendar::shifted;

/// Longest request body that the sandbox reads, in bytes.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// The sandbox: parcels, a clock, faults.
pub struct SandboxHost {
    carriers: BTreeMap<&'static str, Box<dyn Sandbox>>,
    parcels: BTreeMap<String, Parcel>,
    clock: SharedClock,
    faults: Faults,
}

/// The world as a source sees it, whose clock may be wrong.
struct At<'a> {
    parcels: Cow<'a, BTreeMap<String, Parcel>>,
    now: Timestamp,
}

impl<'a> At<'a> {
    fn new(host: &'a SandboxHost, skew: SignedDuration) -> Self {
        let mut parcels = Cow::Borrowed(&host.parcels);
        if !skew.is_zero() {
            let steps = parcels.to_mut().values_mut().flat_map(|parcel| &mut parcel.steps);
            steps.for_each(|step| step.at = shifted(step.at, skew));
        }
        Self { parcels, now: shifted(host.clock.now(), skew) }
    }
}

impl World for At<'_> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn parcel(&self, tracking_number: &str) -> Option<&Parcel> {
        self.parcels.get(tracking_number)
    }
}

impl SandboxHost {
    /// A sandbox with a file's parcels, whose journeys begin at `epoch`.
    pub fn new(file: &SandboxFile, epoch: Timestamp, clock: SharedClock) -> Result<Self, ParcelsError> {
        let (parcels, by_number) = file.parcels(epoch)?;
        let carriers = sandboxes().into_iter().map(|s| (s.source(), s)).collect();
        Ok(Self { carriers, parcels, clock, faults: Faults::new(by_number) })
    }

    /// The faults, to be set and cleared.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    async fn answer(&self, source: &str, rest: &str, request: Request) -> Response {
        let Some(sandbox) = self.carriers.get(source) else {
            return (StatusCode::NOT_FOUND, "the sandbox does not imitate this source\n").into_response();
        };
        let Some(request) = described(rest, request).await else {
            return (StatusCode::PAYLOAD_TOO_LARGE, "the request is too long\n").into_response();
        };
        let fault = self.faults.of(source, &request);
        let skew = fault.map_or(SignedDuration::ZERO, Fault::skew);
        let good = |this: &Self| sandbox.respond(&request, &At::new(this, skew));
        match fault {
            None => plain(good(self)),
            Some(fault) => faults::misbehave(fault, sandbox.as_ref(), || good(self)).await,
        }
    }
}

/// The sources that are imitated.
pub fn imitated() -> Vec<&'static str> {
    sandboxes().iter().map(|s| s.source()).collect()
}

fn plain(response: waygate_carriers::contract::sandbox::SandboxResponse) -> Response {
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, response.content_type)], Body::from(response.body)).into_response()
}

async fn described(path: &str, request: Request) -> Option<SandboxRequest> {
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default();
    let body = axum::body::to_bytes(body, BODY_BYTES_MAX).await.ok()?;
    Some(SandboxRequest {
        method: parts.method.as_str().to_owned(),
        path: format!("/{path}"),
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: parts
            .headers
            .iter()
            .map(|(n, v)| (n.as_str().to_owned(), String::from_utf8_lossy(v.as_bytes()).into_owned()))
            .collect(),
        body: body.to_vec(),
    })
}

/// The sandbox over HTTP: `/{source}/…` is that source's own address space; `/_faults/{source}` sets a fault (PUT, one
/// JSON object) or clears it (DELETE).
pub fn router(host: Arc<SandboxHost>) -> Router {
    Router::new()
        .route("/_faults", get(list_faults))
        .route("/_faults/{source}", axum::routing::put(set_fault).delete(clear_fault))
        .fallback(serve)
        .with_state(host)
}

async fn serve(State(host): State<Arc<SandboxHost>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let (source, rest) = path.trim_start_matches('/').split_once('/').unwrap_or((path.trim_matches('/'), ""));
    host.answer(source, rest, request).await
}

async fn list_faults(State(host): State<Arc<SandboxHost>>) -> Response {
    axum::Json(host.faults.all()).into_response()
}

async fn set_fault(
    State(host): State<Arc<SandboxHost>>,
    Path(source): Path<String>,
    axum::Json(fault): axum::Json<Fault>,
) -> StatusCode {
    host.faults.set(&source, fault);
    StatusCode::NO_CONTENT
}

async fn clear_fault(State(host): State<Arc<SandboxHost>>, Path(source): Path<String>) -> StatusCode {
    host.faults.clear(&source);
    StatusCode::NO_CONTENT
}
