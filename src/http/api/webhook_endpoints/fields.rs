//! What owners say of an endpoint, checked.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::domain::event_pattern::EventPattern;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::ids::EndpointId;
use crate::store::{Endpoint, EndpointState, PayloadForm, SignatureForm};
use crate::webhook::headers::{self, HEADERS_MAX};

/// Longest description, in characters.
const DESCRIPTION_CHARS_MAX: usize = 500;
/// Most patterns of event types.
const EVENT_TYPES_MAX: usize = 64;
/// Most posts in a second that a limit may name.
const RATE_PER_SECOND_MAX: u32 = 10_000;

/// Where to post events, and how.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEndpoint {
    /// An https address on the public internet.
    url: String,
    /// The event types that are wanted: names, families (`dispute.*`) or `*`; all of orders, where empty or absent.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    event_types: Vec<EventPattern>,
    /// What it is for.
    #[serde(default)]
    description: Option<String>,
    /// `full` (the default) or `thin`: no particulars, but where to read them.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    payload: PayloadForm,
    /// `v1` (the default: a shared secret), `v1a` (a key pair) or `both`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    signature: SignatureForm,
    /// Headers that are sent along, such as `authorization`. Their values are kept encrypted and never shown.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Most posts in a second.
    #[serde(default)]
    rate_per_second: Option<u32>,
    /// False where its events shall wait until it is enabled.
    #[serde(default)]
    enabled: Option<bool>,
}

impl NewEndpoint {
    /// The endpoint, if all can be as it is said.
    pub(super) fn endpoint(self, app: &App, id: EndpointId, at: Timestamp) -> Result<Endpoint, Problem> {
        let mut endpoint = Endpoint::new(id, "", at);
        let patch = EndpointPatch {
            url: Some(self.url),
            event_types: Some(self.event_types),
            description: Named::Is(self.description),
            payload: Some(self.payload),
            signature: Some(self.signature),
            headers: Some(self.headers.into_iter().map(|(name, value)| (name, Some(value))).collect()),
            rate_per_second: Named::Is(self.rate_per_second),
            enabled: self.enabled,
        };
        patch.apply(app, &mut endpoint)?;
        Ok(endpoint)
    }
}

/// What is to change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointPatch {
    /// An https address on the public internet.
    #[serde(default)]
    url: Option<String>,
    /// The event types that are wanted, all of them.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    event_types: Option<Vec<EventPattern>>,
    /// What it is for; null for nothing.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    description: Named<String>,
    /// `full` or `thin`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    payload: Option<PayloadForm>,
    /// `v1`, `v1a` or `both`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    signature: Option<SignatureForm>,
    /// Headers that are added or replaced; with null, taken away.
    #[serde(default)]
    headers: Option<BTreeMap<String, Option<String>>>,
    /// Most posts in a second; null for as many as there are.
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    rate_per_second: Named<u32>,
    /// Whether it is delivered to.
    #[serde(default)]
    enabled: Option<bool>,
}

/// A field that may be named with null.
#[derive(Debug, Default)]
enum Named<T> {
    /// It is not named.
    #[default]
    Absent,
    /// It is named; null is nothing.
    Is(Option<T>),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        Option::deserialize(reader).map(Self::Is)
    }
}

impl EndpointPatch {
    /// Makes the changes, if all can be as it is said.
    pub(super) fn apply(&self, app: &App, endpoint: &mut Endpoint) -> Result<(), Problem> {
        if let Some(url) = &self.url {
            app.webhook_allow.check(url).map_err(|refused| Problem::field("/url", refused.to_string()))?;
            endpoint.url.clone_from(url);
        }
        if let Some(types) = &self.event_types {
            if types.len() > EVENT_TYPES_MAX {
                return Err(Problem::field("/event_types", format!("at most {EVENT_TYPES_MAX} are taken")));
            }
            endpoint.event_types.clone_from(types);
        }
        if let Named::Is(description) = &self.description {
            endpoint.description = description.as_deref().map(described).transpose()?;
        }
        if let Named::Is(rate) = self.rate_per_second {
            if rate.is_some_and(|rate| !(1..=RATE_PER_SECOND_MAX).contains(&rate)) {
                return Err(Problem::field("/rate_per_second", format!("from 1 to {RATE_PER_SECOND_MAX}")));
            }
            endpoint.rate_per_second = rate;
        }
        self.apply_headers(app, endpoint)?;
        endpoint.payload = self.payload.unwrap_or(endpoint.payload);
        endpoint.signature = self.signature.unwrap_or(endpoint.signature);
        if let Some(enabled) = self.enabled {
            endpoint.state = if enabled { EndpointState::Enabled } else { EndpointState::Disabled };
            endpoint.disabled_why = None;
        }
        Ok(())
    }

    fn apply_headers(&self, app: &App, endpoint: &mut Endpoint) -> Result<(), Problem> {
        for (given, value) in self.headers.iter().flatten() {
            let wrong = |error: headers::HeaderError| {
                Problem::field(
                    format!("/headers/{}", given.replace('~', "~0").replace('/', "~1")),
                    error.to_string(),
                )
            };
            let name = headers::name(given).map_err(wrong)?;
            endpoint.headers.retain(|header| header.name != name);
            if let Some(value) = value {
                let sealed = headers::seal(&app.master, &endpoint.id, name, value).map_err(wrong)?;
                endpoint.headers.push(sealed);
            }
        }
        if endpoint.headers.len() > HEADERS_MAX {
            return Err(Problem::field("/headers", format!("at most {HEADERS_MAX} headers")));
        }
        endpoint.headers.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(())
    }
}

fn described(text: &str) -> Result<String, Problem> {
    let is_long = text.chars().count() > DESCRIPTION_CHARS_MAX;
    if is_long || text.chars().any(char::is_control) {
        let rule = format!("at most {DESCRIPTION_CHARS_MAX} characters on one line");
        return Err(Problem::field("/description", rule));
    }
    Ok(text.to_owned())
}
