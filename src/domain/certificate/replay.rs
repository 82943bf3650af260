//! The verdict, made again from what a certificate shows, by the code that made it first.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use waygate_carriers::contract::{CarrierId, Reading, SourceId};
use waygate_carriers::registry::Registry;

use super::{Certificate, Shown};
use crate::domain::channels::Channels;
use crate::domain::log::{Hash, Leaf};
use crate::domain::observation::Observation;
use crate::domain::order::Order;
use crate::domain::policy::Policy;
use crate::domain::shipment::Claim;
use crate::domain::verdict::{Basis, FactsText, Tables};

/// What stands in a text that is withheld while the verdict is made again.
const PLACEHOLDER: &str = "withheld";

/// What came of making the verdict again.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Replay {
    /// The same verdict, bit for bit.
    Same,
    /// Another one, which proves nothing: what is withheld may have made the difference.
    Withheld,
    /// Another one.
    Differs {
        /// The first part that differs, by JSON Pointer into the verdict.
        at: String,
    },
    /// Another one, by other facts about carriers than it was made with.
    OtherFacts {
        /// The first part that differs, by JSON Pointer into the verdict.
        at: String,
    },
    /// It cannot be made again.
    Impossible {
        /// Why.
        why: String,
    },
}

#[derive(Deserialize)]
struct ClaimDocument {
    claim: Claim,
    order: Order,
}

#[derive(Deserialize)]
struct ObservationDocument {
    reading: Reading,
}

#[derive(Deserialize)]
struct VerdictDocument {
    basis: Option<Basis>,
}

/// Makes the verdict of a certificate again.
pub(super) fn replay(certificate: &Certificate, registry: &Registry, channels: &Channels) -> Replay {
    let impossible = |why: String| Replay::Impossible { why };
    let Some(policy) = Policy::built_in(&certificate.policy.id) else {
        return impossible(format!("this program does not know the policy {}", certificate.policy.id));
    };
    let is_withheld = all(certificate).any(|shown| !shown.withheld().is_empty());
    let made = || -> Result<Value, String> {
        let claim: ClaimDocument = read(&certificate.claim, "claim")?;
        let verdict: VerdictDocument = read(&certificate.verdict, "verdict")?;
        let basis = verdict.basis.ok_or("the verdict was logged without what it was made on")?;
        let observations = certificate.observations.iter().map(observation).collect::<Result<Vec<_>, _>>()?;
        let tables = Tables { registry, channels, policy };
        let verdict = basis.judge(tables, &claim.order, &claim.claim, &observations);
        serde_json::to_value(verdict).map_err(|error| error.to_string())
    };
    let made = match made() {
        Ok(made) => made,
        Err(_) if is_withheld => return Replay::Withheld,
        Err(why) => return impossible(why),
    };
    let told = certificate.verdict.document.get("verdict").unwrap_or(&Value::Null);
    match difference(told, &made, String::new()) {
        None => Replay::Same,
        Some(_) if is_withheld => Replay::Withheld,
        Some(at) if has_other_facts(certificate) => Replay::OtherFacts { at },
        Some(at) => Replay::Differs { at },
    }
}

/// Whether the verdict says that it was made with other facts about carriers than are compiled in here.
fn has_other_facts(certificate: &Certificate) -> bool {
    let told = certificate.verdict.document.pointer("/basis/facts");
    told.is_some_and(|told| serde_json::to_value(FactsText::compiled_in()).ok().as_ref() != Some(told))
}

/// Everything that a certificate shows.
pub(super) fn all(certificate: &Certificate) -> impl Iterator<Item = &Shown> {
    [&certificate.claim].into_iter().chain(&certificate.observations).chain([&certificate.verdict])
}

fn observation(shown: &Shown) -> Result<Observation, String> {
    let document: ObservationDocument = read(shown, "observation")?;
    let Leaf::Observation { carrier, source, time, .. } = &shown.entry else {
        return Err("an observation's entry is none".to_owned());
    };
    Ok(Observation {
        carrier: CarrierId::new(carrier).map_err(|error| error.to_string())?,
        source: Some(SourceId::new(source).map_err(|error| error.to_string())?),
        // What is logged came from the source itself.
        official: true,
        fetched_at: *time,
        reading: document.reading,
    })
}

fn read<T: DeserializeOwned>(shown: &Shown, what: &str) -> Result<T, String> {
    let mut document = shown.document.clone();
    for pointer in shown.withheld() {
        if let Some(place) = document.pointer_mut(&pointer) {
            *place = Value::String(PLACEHOLDER.to_owned());
        }
    }
    serde_json::from_value(document).map_err(|error| format!("the {what}'s document: {error}"))
}

/// Where what is told first differs from what was made. What is withheld differs from nothing.
fn difference(told: &Value, made: &Value, at: String) -> Option<String> {
    match (told, made) {
        (Value::Object(members), _) if is_hash_alone(members) => None,
        (Value::Object(told), Value::Object(made)) => {
            let keys = told.keys().chain(made.keys().filter(|key| !told.contains_key(*key)));
            keys.into_iter().find_map(|key| {
                let (one, other) = (told.get(key), made.get(key));
                let at = format!("{at}/{key}");
                match (one, other) {
                    (Some(one), Some(other)) => difference(one, other, at),
                    _ => Some(at),
                }
            })
        }
        (Value::Array(told), Value::Array(made)) if told.len() == made.len() => {
            let pairs = told.iter().zip(made).enumerate();
            pairs.into_iter().find_map(|(n, (one, other))| difference(one, other, format!("{at}/{n}")))
        }
        _ => (told != made).then_some(at),
    }
}

fn is_hash_alone(members: &serde_json::Map<String, Value>) -> bool {
    members.len() == 1
        && members.get("withheld").and_then(Value::as_str).is_some_and(|h| Hash::from_hex(h).is_some())
}
