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
pub use world::{OneParcel, asked, place, sent};

#[cfg(feature = "sandbox")]
mod world {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use jiff::Timestamp;

    use super::{ask, read, source};
    use crate::contract::sandbox::{Parcel, Sandbox, SandboxPlace, SandboxRequest, Scan, Step, World};
    use crate::contract::{
        Content, Country, HeaderValue, Method, Part, Reading, Request, Response, Template,
    };

    /// A template with the sandbox's secrets in it.
    fn filled(template: &Template) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Secret(name) | Part::SecretInXml(name) => format!("sandbox-{name}"),
            Part::Digest(..) | Part::Encrypted(..) => panic!("only the gateway makes digests and ciphers"),
        };
        template.0.iter().map(part).collect()
    }

    /// A described request as it comes over the wire, with the sandbox's secrets in it.
    pub fn sent(request: &Request, token: Option<&str>) -> SandboxRequest {
        let header = |(name, value): &(&'static str, HeaderValue)| {
            let value = match value {
                HeaderValue::Plain(text) => text.clone(),
                HeaderValue::Secret(name) => format!("sandbox-{name}"),
                HeaderValue::Filled(text) => filled(text),
                HeaderValue::Basic { user, password } => {
                    format!("Basic {}", STANDARD.encode(format!("sandbox-{user}:sandbox-{password}")))
                }
                HeaderValue::BearerToken => format!("Bearer {}", token.expect("a token")),
            };
            (name.to_ascii_lowercase(), value)
        };
        let mut headers: Vec<_> = request.headers.iter().map(header).collect();
        let mut content_type = |text: &str| headers.push(("content-type".to_owned(), text.to_owned()));
        let body = match &request.content {
            Content::Empty => String::new(),
            Content::Form(fields) => {
                content_type("application/x-www-form-urlencoded");
                let fields = fields.iter().map(|(name, value)| (*name, filled(value)));
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
            }
            Content::Json(document) => {
                content_type("application/json");
                filled(document)
            }
            Content::Xml { content_type: kind, document } => {
                content_type(kind);
                filled(document)
            }
        };
        SandboxRequest {
            method: if request.method == Method::Get { "GET" } else { "POST" }.to_owned(),
            path: request.path.clone(),
            query: request.query.iter().map(|(name, value)| ((*name).to_owned(), filled(value))).collect(),
            headers,
            body: body.into_bytes(),
        }
    }

    /// What comes of asking a sandbox for a number: the token, where one is wanted, the request, the reading.
    pub fn asked(sandbox: &dyn Sandbox, world: &OneParcel, carrier: &str, number: &str) -> Vec<Reading> {
        let source = source(sandbox.source());
        let token = source.token().map(|exchange| {
            let answer = sandbox.respond(&sent(&exchange.request(), None), world);
            let response = Response { status: answer.status, body: &answer.body, asked: None };
            exchange.read(response).unwrap_or_else(|failure| panic!("{failure}")).text
        });
        let request = sent(&source.request(&ask(carrier, number)), token.as_deref());
        let answer = sandbox.respond(&request, world);
        read(sandbox.source(), answer.status, &answer.body, Some(number))
    }

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
