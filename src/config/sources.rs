//! Settings of official sources made into what the fetcher needs: on or off with the reason, address, limits, cost, and
//! the secrets of each credential.

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::SecretString;
use waygate_carriers::contract::{PUSH_SECRET, SourceFacts};
use waygate_carriers::registry::Registry;

use super::raw::{RawSecret, RawSource};
use super::{Config, ConfigError, Environment, value};
use crate::domain::money::Money;
use crate::fetch::{ConfiguredSource, PushSecrets, Secrets, Shares, SourceSetup, SourceState};

/// Most credentials that one source may have.
const CREDENTIALS_MAX: usize = 16;
/// Longest name of a credential, in bytes.
const NAME_BYTES_MAX: usize = 32;

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
        Ok((Arc::clone(source), setup(facts, &raw, config.shares, env)?))
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
        if let Some(secret) = secret(&secret_variable(facts, PUSH_SECRET), raw, env)? {
            secrets.insert(carrier.clone(), secret);
        }
    }
    Ok(PushSecrets::new(secrets))
}

/// The environment's variable in which a secret is looked for, e.g. `WAYGATE_UPS_TRACK_CLIENT_ID`.
pub fn secret_variable(facts: &SourceFacts, name: &str) -> String {
    format!("WAYGATE_{}_{}", facts.id.as_str().replace('.', "_"), name).to_uppercase()
}

/// The settings' and the environment's name of a secret of a credential.
fn full_name(credential: &str, secret: &str, joint: char) -> String {
    if credential.is_empty() { secret.to_owned() } else { format!("{credential}{joint}{secret}") }
}

fn setup(
    facts: &SourceFacts,
    raw: &RawSource,
    shares: Shares,
    env: Environment<'_>,
) -> Result<SourceSetup, ConfigError> {
    let setting = |name: &str| format!("sources.\"{}\".{name}", facts.id);
    check_names(facts, &raw.credentials).map_err(|message| value(setting("credentials"), message))?;
    let names = if raw.credentials.is_empty() { vec![String::new()] } else { raw.credentials.clone() };
    let mut credentials = Vec::with_capacity(names.len());
    let (mut missing, mut known) = (Vec::new(), Vec::new());
    for credential in names {
        let mut secrets = Secrets::default();
        for name in &facts.secrets {
            let key = full_name(&credential, name, '.');
            let variable = secret_variable(facts, &full_name(&credential, name, '_'));
            match secret(&variable, raw.secrets.get(&key), env)? {
                Some(secret) => secrets.insert(name, secret),
                None => missing.push(variable),
            }
            known.push(key);
        }
        credentials.push((credential, secrets));
    }
    if let Some(name) = raw.secrets.keys().find(|name| !known.contains(name) && *name != PUSH_SECRET) {
        return Err(value(setting(&format!("secrets.{name}")), "this source has no such secret"));
    }
    let state = match raw.enabled {
        Some(false) => SourceState::Off("switched off in the settings".to_owned()),
        _ if !missing.is_empty() => {
            if raw.enabled == Some(true) {
                let message = format!("switched on, but not configured: {}", missing.join(", "));
                return Err(value(format!("sources.\"{}\"", facts.id), message));
            }
            SourceState::Off(format!("no credentials: set {}", missing.join(" and ")))
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
    let cost = raw.cost_per_call.as_ref().map(|text| text.parse::<Money>()).transpose();
    Ok(SourceSetup {
        state,
        base_url: raw.base_url.clone().unwrap_or_else(|| facts.base_url.clone()),
        sandbox: raw.sandbox,
        limits,
        credentials,
        shares,
        cost_per_call: cost.map_err(|error| value(setting("cost_per_call"), error.to_string()))?,
    })
}

fn check_names(facts: &SourceFacts, names: &[String]) -> Result<(), String> {
    let is_word = |name: &String| {
        !name.is_empty()
            && name.len() <= NAME_BYTES_MAX
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    if !names.is_empty() && facts.secrets.is_empty() {
        return Err("this source needs no credentials".to_owned());
    }
    if names.len() > CREDENTIALS_MAX {
        return Err(format!("at most {CREDENTIALS_MAX} names"));
    }
    if let Some(name) = names.iter().find(|name| !is_word(name)) {
        return Err(format!(
            "`{name}` is not a name: lower-case letters and digits, at most {NAME_BYTES_MAX} bytes"
        ));
    }
    match names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
        Some((_, twice)) => Err(format!("`{twice}` stands there twice")),
        None => Ok(()),
    }
}

/// A secret's text, from where the settings say, else from a variable.
pub(super) fn secret(
    variable: &str,
    raw: Option<&RawSecret>,
    env: Environment<'_>,
) -> Result<Option<SecretString>, ConfigError> {
    let text = match raw {
        None => env(variable),
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

#[cfg(test)]
mod tests {
    use waygate_carriers::registry::registry;

    use super::*;

    fn setup_of(settings: &str, env: Environment<'_>) -> Result<SourceSetup, String> {
        let config = Config::read(Some(("the test", settings)), env).map_err(|e| e.to_string())?;
        let setups = source_setups(&config, registry(), env).map_err(|e| e.to_string())?;
        let ups = setups.into_iter().find(|(source, _)| source.facts().id.as_str() == "ups.track");
        Ok(ups.unwrap().1)
    }

    fn with_two(variable: &str) -> Option<String> {
        let known = ["MAIN_CLIENT_ID", "MAIN_CLIENT_SECRET", "SECOND_CLIENT_ID", "SECOND_CLIENT_SECRET"];
        let name = variable.strip_prefix("WAYGATE_UPS_TRACK_")?;
        known.contains(&name).then(|| name.to_lowercase())
    }

    #[test]
    fn several_credentials_have_their_own_variables() {
        let setup =
            setup_of("[sources.\"ups.track\"]\ncredentials = [\"main\", \"second\"]", &with_two).unwrap();
        assert_eq!(setup.state, SourceState::On);
        let shown: Vec<_> =
            setup.credentials.iter().map(|(name, s)| (name.as_str(), s.expose("client_secret"))).collect();
        assert_eq!(shown, [("main", Some("main_client_secret")), ("second", Some("second_client_secret"))]);
        let lacking = setup_of("[sources.\"ups.track\"]\ncredentials = [\"main\", \"third\"]", &with_two);
        let SourceState::Off(why) = lacking.unwrap().state else { panic!("it is on") };
        assert!(why.contains("WAYGATE_UPS_TRACK_THIRD_CLIENT_ID") && !why.contains("MAIN"), "{why}");
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (settings, word) in [
            ("[sources.\"ups.track\"]\ncredentials = [\"Main\"]", "`Main`"),
            ("[sources.\"ups.track\"]\ncredentials = [\"a\", \"a\"]", "twice"),
            ("[sources.\"japan_post.page\"]\ncredentials = [\"a\"]", "needs no credentials"),
            ("[sources.\"ups.track\"]\ncost_per_call = \"cheap\"", "cost_per_call"),
            ("[sources.\"ups.track\".secrets]\n\"main.client_id\" = { env = \"X\" }", "no such secret"),
        ] {
            let error = setup_of(settings, &|_| None).err().unwrap_or_default();
            assert!(error.contains(word), "{settings}: {error}");
        }
    }
}
