//! An endpoint as its owner sees it, with the secrets that are derived for it. What is recorded of an answer holds none
//! of them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::state::App;
use crate::ids::EndpointId;
use crate::store::{Endpoint, EndpointState, PayloadForm, SignatureForm};

/// What stands for a header's value.
const HIDDEN: &str = "***";

/// A webhook endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub struct EndpointView {
    /// `whe_…`
    id: String,
    /// Where events are posted.
    url: String,
    /// What it is for.
    description: Option<String>,
    /// The event types that are wanted; all of orders, where empty.
    event_types: Vec<String>,
    /// `full` or `thin`.
    #[schema(value_type = String)]
    payload: PayloadForm,
    /// `v1`, `v1a` or `both`.
    #[schema(value_type = String)]
    signature: SignatureForm,
    /// Headers that are sent along; their values are not shown.
    headers: BTreeMap<String, &'static str>,
    /// Most posts in a second.
    rate_per_second: Option<u32>,
    /// `enabled` or `disabled`.
    #[schema(value_type = String)]
    state: EndpointState,
    /// Why it was disabled.
    disabled_why: Option<String>,
    /// When it was made.
    created_at: String,
    /// Grows by one with each rotation.
    secret_version: u32,
    /// The signing secret (`whsec_…`), for `v1` and `both`: shown to those who may manage endpoints.
    secret: Option<String>,
    /// The public key (`whpk_…`), for `v1a` and `both`.
    public_key: Option<String>,
    /// What signs along until the end of a rotation.
    previous: Option<PreviousView>,
}

/// What was rotated out and still signs along.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviousView {
    /// Until when.
    until: String,
    /// The secret.
    secret: Option<String>,
    /// The public key.
    public_key: Option<String>,
}

/// A secret and a public key, as the form of signatures wants them.
fn secrets(
    app: &App,
    id: &EndpointId,
    form: SignatureForm,
    version: u32,
) -> (Option<String>, Option<String>) {
    let secret = (form != SignatureForm::V1a).then(|| app.master.webhook_secret(id, version).reveal());
    let key = (form != SignatureForm::V1).then(|| app.master.webhook_key(id, version).public().to_string());
    (secret, key)
}

/// An endpoint as it is shown.
pub(super) fn view(app: &App, endpoint: &Endpoint) -> EndpointView {
    let of = |version| secrets(app, &endpoint.id, endpoint.signature, version);
    let (secret, public_key) = of(endpoint.secret.version);
    let previous = endpoint.secret.previous(app.gateway.now()).zip(endpoint.secret.previous_until);
    EndpointView {
        id: endpoint.id.to_string(),
        url: endpoint.url.clone(),
        description: endpoint.description.clone(),
        event_types: endpoint.event_types.iter().map(ToString::to_string).collect(),
        payload: endpoint.payload,
        signature: endpoint.signature,
        headers: endpoint.headers.iter().map(|header| (header.name.clone(), HIDDEN)).collect(),
        rate_per_second: endpoint.rate_per_second,
        state: endpoint.state,
        disabled_why: endpoint.disabled_why.clone(),
        created_at: endpoint.created_at.to_string(),
        secret_version: endpoint.secret.version,
        secret,
        public_key,
        previous: previous.map(|(version, until)| {
            let (secret, public_key) = of(version);
            PreviousView { until: until.to_string(), secret, public_key }
        }),
    }
}

/// The answer as it is recorded: without secrets.
pub(super) fn kept(shown: &EndpointView) -> String {
    let mut kept = serde_json::to_value(shown).unwrap_or_default();
    for place in ["/secret", "/previous/secret"] {
        if let Some(secret) = kept.pointer_mut(place) {
            *secret = Value::Null;
        }
    }
    kept.to_string()
}

/// A recorded answer with its secrets, which are derived again.
pub(super) fn complete(app: &App, recorded: String) -> String {
    let completed = || {
        let mut shown: Value = serde_json::from_str(&recorded).ok()?;
        let id: EndpointId = shown["id"].as_str()?.parse().ok()?;
        let form: SignatureForm = serde_json::from_value(shown["signature"].clone()).ok()?;
        let version = u32::try_from(shown["secret_version"].as_u64()?).ok()?;
        shown["secret"] = secrets(app, &id, form, version).0.into();
        if shown["previous"].is_object() {
            shown["previous"]["secret"] = secrets(app, &id, form, version - 1).0.into();
        }
        Some(shown.to_string())
    };
    completed().unwrap_or(recorded)
}
