//! What `carrier.toml` declares of a carrier and of its official sources.

use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};

use super::{CarrierId, Country, SourceId};

/// A mistake in a declared file; names the file, and the line where the reader knows it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {message}")]
pub struct FactsError {
    /// The file, as `<carrier>/<name>.toml`.
    pub file: String,
    /// What is wrong, with the line.
    pub message: String,
}

/// How a source's wire format is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The operator publishes it.
    Documented,
    /// Seen in answers, not published.
    Observed,
    /// Pieced together from others' programs.
    Reconstructed,
}

/// The form of a source's bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum Body {
    Json,
    Xml,
    Html,
}

/// How often and how long a source may be asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Milliseconds between requests at a steady pace (200 = five a second).
    pub interval_ms: u32,
    /// Requests that may follow each other at once before the pace applies.
    pub burst: u32,
    /// Requests a day (24 hours), where there is a quota.
    pub per_day: Option<u32>,
    /// The zone whose midnight opens a new day, where the operator says so; else a day opens 24 hours after its first use.
    #[serde(default, deserialize_with = "zone")]
    pub day_resets: Option<TimeZone>,
    /// Requests under way at once.
    pub concurrent: u32,
    /// Milliseconds until an answer must be complete.
    pub timeout_ms: u32,
    /// Longest body that is read, in bytes.
    pub body_bytes_max: u32,
}

/// A time zone by its name in the IANA database.
fn zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TimeZone>, D::Error> {
    let name = String::deserialize(deserializer)?;
    TimeZone::get(&name).map(Some).map_err(serde::de::Error::custom)
}

/// Which numbers a source answers for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// Numbers of this carrier,
    pub carrier: CarrierId,
    /// of one of these formats (all, where none is named),
    #[serde(default)]
    pub formats: Vec<String>,
    /// that name one of these origin countries (any, where none is named).
    #[serde(default)]
    pub origin_countries: Vec<Country>,
}

/// What is declared of an official source.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFacts {
    /// `<carrier>.<source>`.
    pub id: SourceId,
    /// What the operator calls it.
    pub name: String,
    /// How the format is known.
    pub standing: Standing,
    /// Whether it is asked without the operator of the gateway saying so. Sources without a usage grant are not.
    pub on_by_default: bool,
    /// Whether it is asked only where no other source knows the number: it tells less than the carrier's own.
    #[serde(default)]
    pub last_resort: bool,
    /// The form of its bodies.
    pub body: Body,
    /// Where requests go, e.g. `https://onlinetools.ups.com`.
    pub base_url: String,
    /// The only hosts that may be asked or believed.
    pub hosts: Vec<String>,
    /// Names of the secrets it needs.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// Which numbers it answers for.
    pub answers: Vec<Answers>,
    /// Pace, quota, time and size.
    pub limits: Limits,
    /// A number to try the source with: documented for tests, or of the right form and in nobody's use.
    pub test_number: Option<String>,
    /// Where these facts are from, with the date.
    pub source: String,
}

/// What is declared of a carrier.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarrierFacts {
    /// The folder's name.
    pub id: CarrierId,
    /// What people call it.
    pub name: String,
    /// The country whose national post it is: S10 numbers of that country are its own.
    pub post_of: Option<Country>,
    /// Domains on which the carrier itself shows trackings (and their subdomains).
    #[serde(default)]
    pub domains: Vec<String>,
    /// The carrier's own page for a number; `{n}` stands for the number.
    pub tracking_url: Option<String>,
    /// Where these facts are from, with the date.
    pub source: String,
    /// The carrier's official sources.
    #[serde(default, rename = "official_source")]
    pub sources: Vec<SourceFacts>,
}
