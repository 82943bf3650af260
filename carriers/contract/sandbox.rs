//! The carrier's side of the wire, for the sandbox: parcels with journeys, and a trait that answers as the carrier's
//! documents say it does. An implementation shares no type with the carrier's own `parse.rs`, so that it can
//! disagree with it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;

use super::Country;

/// A place in the sandbox's world.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SandboxPlace {
    /// ISO 3166-1 alpha-2.
    pub country: Option<Country>,
    /// Town, in capitals as carriers print it.
    pub city: String,
    /// State, province or prefecture.
    pub region: String,
    /// Postal code.
    pub postal_code: String,
    /// Offset of the place's clock from UTC in minutes, e.g. -420.
    pub offset_minutes: i32,
}

/// What happened to a parcel. Each carrier says it in its own codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum Scan {
    Label,
    Voided,
    PickedUp,
    Departed,
    Arrived,
    Customs,
    CustomsCleared,
    OutForDelivery,
    Attempted,
    AtCounter,
    Delivered,
    Returning,
    Returned,
    Damaged,
    Lost,
    Notice,
}

/// One step of a journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// When it happens. A step in the future has not happened yet and must not be told.
    pub at: Timestamp,
    /// What happens.
    pub scan: Scan,
    /// Where.
    pub place: SandboxPlace,
}

/// A parcel of the sandbox's world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// The number.
    pub tracking_number: String,
    /// The service's name as the carrier prints it.
    pub service: String,
    /// Weight in grams.
    pub weight_grams: u32,
    /// Who signs.
    pub signed_by: Option<String>,
    /// Where it starts.
    pub origin: SandboxPlace,
    /// Where it is bound for.
    pub destination: SandboxPlace,
    /// In order of time.
    pub steps: Vec<Step>,
}

impl Parcel {
    /// The steps that have happened by `now`, oldest first.
    pub fn happened(&self, now: Timestamp) -> impl DoubleEndedIterator<Item = &Step> {
        self.steps.iter().filter(move |step| step.at <= now)
    }
}

/// A request as it came over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path, still percent-encoded.
    pub path: String,
    /// Query fields, decoded, in order.
    pub query: Vec<(String, String)>,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl SandboxRequest {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// A query field's value.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// What the carrier answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxResponse {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

/// How a carrier refuses when the sandbox is told to misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Too many requests.
    RateLimited,
    /// The carrier's own server error.
    Unavailable,
    /// The credentials do not hold.
    Unauthorized,
}

/// The world that a carrier's sandbox answers from.
pub trait World {
    /// The time in the world.
    fn now(&self) -> Timestamp;
    /// The parcel with this number, if there is one.
    fn parcel(&self, tracking_number: &str) -> Option<&Parcel>;
}

/// The secret that the sandbox takes for a name: `sandbox-<name>`. A key of a cipher, `sign_key`, is that text's sixteen
/// bytes in Base64.
pub fn secret(name: &str) -> String {
    let text = format!("sandbox-{name}");
    if name == "sign_key" { STANDARD.encode(text) } else { text }
}

/// A carrier's official source, imitated. Accepts [`secret`] for each of its secrets.
pub trait Sandbox: Send + Sync {
    /// The source that is imitated, e.g. `ups.track`.
    fn source(&self) -> &'static str;
    /// Answers a request.
    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse;
    /// The carrier's own body for a refusal.
    fn refuse(&self, refusal: Refusal) -> SandboxResponse;
}
