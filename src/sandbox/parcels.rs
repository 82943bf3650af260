//! The file of parcels: places by name, journeys as rows of time, scan and place.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde::Deserialize;
use waygate_carriers::contract::sandbox::{Parcel, SandboxPlace, Scan, Step};

use super::faults::Fault;

/// Things by tracking number.
pub(super) type ByNumber<T> = BTreeMap<String, T>;

/// Why a file of parcels was refused.
#[derive(Debug, thiserror::Error)]
pub enum ParcelsError {
    /// It is not TOML, or has a field that means nothing.
    #[error("{0}")]
    Syntax(String),
    /// A parcel names what is not there.
    #[error("the parcel {number}: {message}")]
    Parcel {
        /// Which parcel.
        number: String,
        /// What is wrong.
        message: String,
    },
}

/// Parcels and places, as written.
#[derive(Debug, Clone, Deserialize)]
pub struct SandboxFile {
    #[serde(default)]
    place: BTreeMap<String, SandboxPlace>,
    #[serde(default)]
    parcel: Vec<RawParcel>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawParcel {
    tracking_number: String,
    #[serde(default)]
    service: String,
    #[serde(default)]
    weight_grams: u32,
    signed_by: Option<String>,
    from: String,
    to: String,
    #[serde(default)]
    journey: Vec<(String, Scan, String)>,
    misbehaves: Option<Fault>,
}

impl SandboxFile {
    /// Reads a file's text.
    pub fn read(text: &str) -> Result<Self, ParcelsError> {
        toml::from_str(text).map_err(|e| ParcelsError::Syntax(e.to_string()))
    }

    /// The parcels by number, their times counted from `epoch`, and the faults of single numbers.
    pub(super) fn parcels(
        &self,
        epoch: Timestamp,
    ) -> Result<(ByNumber<Parcel>, ByNumber<Fault>), ParcelsError> {
        let mut parcels = BTreeMap::new();
        let mut faults = BTreeMap::new();
        for raw in &self.parcel {
            let wrong =
                |message: String| ParcelsError::Parcel { number: raw.tracking_number.clone(), message };
            let place = |name: &str| {
                self.place.get(name).cloned().ok_or_else(|| wrong(format!("there is no place `{name}`")))
            };
            let mut steps = Vec::with_capacity(raw.journey.len());
            for (at, scan, name) in &raw.journey {
                let at = parse_offset(at)
                    .and_then(|offset| epoch.checked_add(offset).ok())
                    .ok_or_else(|| wrong(format!("`{at}` is not a time such as +1d3h or -2d")))?;
                steps.push(Step { at, scan: *scan, place: place(name)? });
            }
            steps.sort_by_key(|step| step.at);
            let parcel = Parcel {
                tracking_number: raw.tracking_number.clone(),
                service: raw.service.clone(),
                weight_grams: raw.weight_grams,
                signed_by: raw.signed_by.clone(),
                origin: place(&raw.from)?,
                destination: place(&raw.to)?,
                steps,
            };
            if let Some(fault) = raw.misbehaves {
                faults.insert(raw.tracking_number.clone(), fault);
            }
            parcels.insert(raw.tracking_number.clone(), parcel);
        }
        Ok((parcels, faults))
    }
}

/// Reads an offset such as `+1d3h15m` or `-2d`. A day is 24 hours.
pub fn parse_offset(text: &str) -> Option<SignedDuration> {
    let span: Span = text.strip_prefix('+').unwrap_or(text).parse().ok()?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_count_days_of_24_hours() {
        for (text, hours) in [("+1d", 24), ("+1d3h", 27), ("-2d", -48), ("+0d", 0), ("90m", 1)] {
            assert_eq!(parse_offset(text).map(|d| d.as_hours()), Some(hours), "{text}");
        }
        for text in ["", "soon", "+1x", "1"] {
            assert_eq!(parse_offset(text), None, "{text}");
        }
    }
}
