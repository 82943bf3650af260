//! What the carriers' tests share: reading a body as the gateway would, spoilt bodies, a world with one parcel.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::contract::{Ask, CarrierId, FailureKind, Reading, Response, Source, SourceId};
use crate::foreign::same_number;
use crate::registry::registry;

/// The built-in source with an id.
pub fn source(id: &str) -> &'static Arc<dyn Source> {
    let id = SourceId::new(id).expect("a source's id");
    registry().source(&id).expect("the source is built in")
}

/// Reads a body as the gateway would.
pub fn read(id: &str, status: u16, body: &[u8], asked: Option<&str>) -> Vec<Reading> {
    let (carrier, _) = id.split_once('.').expect("carrier and source");
    let carrier = CarrierId::new(carrier).expect("a carrier's id");
    let source = SourceId::new(id).expect("a source's id");
    registry().read(&carrier, Some(&source), Response { status, body, asked })
}

/// The one failure that a body comes to: its kind and code.
pub fn failure(id: &str, status: u16, body: &[u8], asked: Option<&str>) -> (FailureKind, String) {
    match read(id, status, body, asked).as_slice() {
        [Reading::Failed(failure)] => (failure.kind, failure.code.clone()),
        other => panic!("one failure was awaited, not {other:?}"),
    }
}

/// An ask for a number, with nothing else known.
pub fn ask(carrier: &str, number: &str) -> Ask {
    Ask {
        tracking_number: number.to_owned(),
        carrier: CarrierId::new(carrier).expect("a carrier's id"),
        format: None,
        origin_country: None,
        destination_country: None,
        destination_postal_code: None,
        request_id: "018f2b6e-0000-7000-8000-000000000001".to_owned(),
        asked_at: jiff::Timestamp::UNIX_EPOCH,
    }
}

/// Sample answers with some bytes changed and perhaps the end cut off.
pub fn spoilt(samples: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12);
    let end = prop::option::weighted(0.3, any::<prop::sample::Index>());
    (prop::sample::select(samples), changes, end).prop_map(|(sample, changes, end)| {
        let mut bytes = sample.as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(end) = end {
            bytes.truncate(end.index(bytes.len()));
        }
        bytes
    })
}

/// Sample JSON answers in which some values stand where values of another type belong.
pub fn reshaped(samples: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let strange = prop::sample::select(vec![
        json!(null),
        json!(true),
        json!(-7),
        json!(1e300),
        json!(""),
        json!("20269999"),
        json!("\u{0}é"),
        json!([]),
        json!([[null]]),
        json!({}),
        json!({"a": [1]}),
    ]);
    let changes = prop::collection::vec((any::<prop::sample::Index>(), strange), 1..4);
    (prop::sample::select(samples), changes).prop_map(|(sample, changes)| {
        let mut body: Value = serde_json::from_str(sample).expect("the sample is JSON");
        for (at, value) in changes {
            let mut at = at.index(size(&body));
            replace(&mut body, &mut at, &value);
        }
        body.to_string().into_bytes()
    })
}

fn size(value: &Value) -> usize {
    1 + match value {
        Value::Array(values) => values.iter().map(size).sum(),
        Value::Object(fields) => fields.values().map(size).sum(),
        _ => 0_usize,
    }
}

/// Replaces the value that stands `at` so many values from the first.
fn replace(value: &mut Value, at: &mut usize, with: &Value) -> bool {
    if *at == 0 {
        value.clone_from(with);
        return true;
    }
    *at -= 1;
    match value {
        Value::Array(values) => values.iter_mut().any(|value| replace(value, at, with)),
        Value::Object(fields) => fields.values_mut().any(|value| replace(value, at, with)),
        _ => false,
    }
}

/// Whatever came, something is read, and nothing is found under another number than the one that was asked.
pub fn never_another_number(id: &str, status: u16, body: &[u8], asked: &str) -> Result<(), TestCaseError> {
    let readings = read(id, status, body, Some(asked));
    prop_assert!(!readings.is_empty());
    for found in readings.iter().filter_map(Reading::tracking) {
        prop_assert!(same_number(&found.tracking_number, asked), "{} is not {asked}", found.tracking_number);
    }
    let _ = source(id).recognizes(body);
    Ok(())
}

#[cfg(feature = "sandbox")]
pub use world::{OneParcel, place};

#[cfg(feature = "sandbox")]
mod world {
    use jiff::Timestamp;

    use crate::contract::Country;
    use crate::contract::sandbox::{Parcel, SandboxPlace, Scan, Step, World};

    /// A place, e.g. `place("NL", "TESTDORF", "", "1011 AB", 60)`.
    pub fn place(
        country: &str,
        city: &str,
        region: &str,
        postal_code: &str,
        offset_minutes: i32,
    ) -> SandboxPlace {
        SandboxPlace {
            country: Country::new(country).ok(),
            city: city.to_owned(),
            region: region.to_owned(),
            postal_code: postal_code.to_owned(),
            offset_minutes,
        }
    }

    /// A world with one parcel.
    pub struct OneParcel {
        pub now: Timestamp,
        pub parcel: Parcel,
    }

    impl OneParcel {
        /// A parcel whose scans follow each other by six hours, the first at the origin, the others at the
        /// destination; the world's time is that of the last scan.
        pub fn new(number: &str, scans: &[Scan], origin: &SandboxPlace, destination: &SandboxPlace) -> Self {
            let start: Timestamp = "2026-03-02T08:00:00Z".parse().expect("a time");
            let at = |hours: i64| start + jiff::SignedDuration::from_hours(hours);
            let step = |(hours, (index, scan)): (i64, (usize, &Scan))| Step {
                at: at(hours),
                scan: *scan,
                place: if index == 0 { origin.clone() } else { destination.clone() },
            };
            let steps: Vec<Step> = (0..).step_by(6).zip(scans.iter().enumerate()).map(step).collect();
            Self {
                now: steps.last().map_or(start, |step| step.at),
                parcel: Parcel {
                    tracking_number: number.to_owned(),
                    service: "Test Service".to_owned(),
                    weight_grams: 1250,
                    signed_by: Some("EXAMPLE".to_owned()),
                    origin: origin.clone(),
                    destination: destination.clone(),
                    steps,
                },
            }
        }
    }

    impl World for OneParcel {
        fn now(&self) -> Timestamp {
            self.now
        }

        fn parcel(&self, tracking_number: &str) -> Option<&Parcel> {
            Some(&self.parcel).filter(|parcel| parcel.tracking_number == tracking_number)
        }
    }
}
