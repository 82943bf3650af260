//! Settings of official sources made into what the fetcher needs: on or off with the reason, address, limits, secrets.

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::SecretString;
use waygate_carriers::contract::{PUSH_SECRET, SourceFacts};
use waygate_carriers::registry::Registry;

use super::raw::{RawSecret, RawSource};
use super::{Config, ConfigError, Environment, value};
use crate::fetch::{ConfiguredSource, PushSecrets, Secrets, SourceSetup, SourceState};

/// Every source as it is set up here.
pub fn source_setups(
    config: &Config,
    registry: &Registry,
    env: Environment<'_>,
) -> Result<Vec<ConfiguredSource>, ConfigError> {
    let known = |id: &str| registry.sources().any(|s| s.facts().id.as_str() == id);
    if let Some(id) = config.sources.keys().find(|id| !known(id)) {
        return Err(value(
            format!("sources.\"{id}\""),
            "there is no such source; `waygate carriers` lists them",
        ));
    }
    let setups = registry.sources().map(|source| {
        let facts = source.facts();
        let raw = config.sources.get(facts.id.as_str()).cloned().unwrap_or_default();
        Ok((Arc::clone(source), setup(facts, &raw, env)?))
    });
    setups.collect()
}

/// The secrets with which carriers prove what they push, where they are set up.
pub fn push_secrets(
    config: &Config,
    registry: &Registry,
    env: Environment<'_>,
) -> Result<PushSecrets, ConfigError> {
    let mut secrets = BTreeMap::new();
    for (carrier, push) in registry.pushes() {
        let source = registry.sources().find(|s| s.facts().id.as_str() == push.source);
        let Some(facts) = source.map(|s| s.facts()) else { continue };
        let raw = config.sources.get(push.source).and_then(|raw| raw.secrets.get(PUSH_SECRET));
        if let Some(secret) = secret(facts, PUSH_SECRET, raw, env)? {
            secrets.insert(carrier.clone(), secret);
        }
    }
    Ok(PushSecrets::new(secrets))
}

/// The environment's variable in which a secret is looked for, e.g. `WAYGATE_UPS_TRACK_CLIENT_ID`.
pub fn secret_variable(facts: &SourceFacts, name: &str) -> String {
    format!("WAYGATE_{}_{}", facts.id.as_str().replace('.', "_"), name).to_uppercase()
}

fn setup(facts: &SourceFacts, raw: &RawSource, env: Environment<'_>) -> Result<SourceSetup, ConfigError> {
    let mut secrets = Secrets::default();
    for name in &facts.secrets {
        if let Some(secret) = secret(facts, name, raw.secrets.get(name), env)? {
            secrets.insert(name, secret);
        }
    }
    let is_known = |name: &String| facts.secrets.contains(name) || name == PUSH_SECRET;
    if let Some(name) = raw.secrets.keys().find(|name| !is_known(name)) {
        return Err(value(
            format!("sources.\"{}\".secrets.{name}", facts.id),
            "this source has no such secret",
        ));
    }
    let missing = secrets.missing(facts);
    let state = match raw.enabled {
        Some(false) => SourceState::Off("switched off in the settings".to_owned()),
        _ if !missing.is_empty() => {
            let wanted: Vec<_> = missing.iter().map(|name| secret_variable(facts, name)).collect();
            if raw.enabled == Some(true) {
                let message = format!("switched on, but not configured: {}", wanted.join(", "));
                return Err(value(format!("sources.\"{}\"", facts.id), message));
            }
            SourceState::Off(format!("no credentials: set {}", wanted.join(" and ")))
        }
        Some(true) => SourceState::On,
        None if facts.on_by_default => SourceState::On,
        None => SourceState::Off("off unless the settings switch it on".to_owned()),
    };
    let mut limits = facts.limits.clone();
    limits.interval_ms = raw.interval_ms.unwrap_or(limits.interval_ms);
    limits.burst = raw.burst.unwrap_or(limits.burst);
    limits.per_day = raw.per_day.or(limits.per_day);
    limits.concurrent = raw.concurrent.unwrap_or(limits.concurrent);
    limits.timeout_ms = raw.timeout_ms.unwrap_or(limits.timeout_ms);
    let base_url = raw.base_url.clone().unwrap_or_else(|| facts.base_url.clone());
    Ok(SourceSetup { state, base_url, sandbox: raw.sandbox, limits, secrets })
}

fn secret(
    facts: &SourceFacts,
    name: &str,
    raw: Option<&RawSecret>,
    env: Environment<'_>,
) -> Result<Option<SecretString>, ConfigError> {
    let text = match raw {
        None => env(&secret_variable(facts, name)),
        Some(RawSecret::Env(variable)) => env(variable),
        Some(RawSecret::File(path)) => Some(
            std::fs::read_to_string(path)
                .map_err(|error| ConfigError::File { path: path.clone(), error })?
                .trim_end_matches(['\r', '\n'])
                .to_owned(),
        ),
    };
    Ok(text.filter(|t| !t.is_empty()).map(SecretString::from))
}
