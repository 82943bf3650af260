//! What the carriers' tests share: reading a body as the gateway would, chance that repeats itself, a world with one parcel.

use std::sync::Arc;

use serde_json::Value;

use crate::contract::{Ask, CarrierId, FailureKind, Reading, Response, Source, SourceId};
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

/// How many values a value holds, itself among them.
pub fn size(value: &Value) -> usize {
    1 + match value {
        Value::Array(values) => values.iter().map(size).sum(),
        Value::Object(fields) => fields.values().map(size).sum(),
        _ => 0_usize,
    }
}

/// Replaces the value that stands `at` so many values from the first.
pub fn replace(value: &mut Value, at: &mut usize, with: &Value) -> bool {
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

/// Numbers that look random and are the same in every run (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end as u64)).unwrap_or_default()
    }

    pub fn digits(&mut self, length: usize) -> String {
        (0..length)
            .map(|_| char::from_digit(u32::try_from(self.below(10)).unwrap_or_default(), 10).unwrap_or('0'))
            .collect()
    }
}

#[cfg(feature = "sandbox")]
pub use world::{OneParcel, asked, asked_with, place, sent};

#[cfg(feature = "sandbox")]
mod world {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use jiff::Timestamp;

    use super::{ask, read, source};
    use crate::built_in::ems::sm4::tests::encrypted;
    use crate::contract::sandbox::{
        Parcel, Sandbox, SandboxPlace, SandboxRequest, Scan, Step, World, secret,
    };
    use crate::contract::{
        Cipher, Content, Country, HeaderValue, Method, Part, Reading, Request, Response, Template,
    };

    /// The secrets that a request is sent with.
    pub type Secrets<'a> = &'a dyn Fn(&str) -> String;

    /// Sixteen bytes in Base64: a sandbox knows a digest by its form alone.
    const DIGEST: &str = "8P49WqM/2XmhMXb7cJh/Yg==";

    /// A template with secrets in it.
    fn filled(template: &Template, secrets: Secrets<'_>) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Secret(name) | Part::SecretInXml(name) => secrets(name),
            Part::Digest(..) => DIGEST.to_owned(),
            Part::Encrypted(Cipher::Sm4Ecb, key, of) => {
                let key = STANDARD.decode(secrets(key)).expect("a key in Base64");
                let key = key.try_into().expect("sixteen bytes");
                STANDARD.encode(encrypted(key, filled(of, secrets).as_bytes()))
            }
        };
        template.0.iter().map(part).collect()
    }

    /// A described request as it comes over the wire, with the sandbox's secrets in it.
    pub fn sent(request: &Request, token: Option<&str>) -> SandboxRequest {
        sent_with(request, token, &secret)
    }

    fn sent_with(request: &Request, token: Option<&str>, secrets: Secrets<'_>) -> SandboxRequest {
        let header = |(name, value): &(&'static str, HeaderValue)| {
            let value = match value {
                HeaderValue::Plain(text) => text.clone(),
                HeaderValue::Secret(name) => secrets(name),
                HeaderValue::Filled(text) => filled(text, secrets),
                HeaderValue::Basic { user, password } => {
                    format!("Basic {}", STANDARD.encode(format!("{}:{}", secrets(user), secrets(password))))
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
                let fields = fields.iter().map(|(name, value)| (*name, filled(value, secrets)));
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
            }
            Content::Json(document) => {
                content_type("application/json");
                filled(document, secrets)
            }
            Content::Xml { content_type: kind, document } => {
                content_type(kind);
                filled(document, secrets)
            }
        };
        SandboxRequest {
            method: if request.method == Method::Get { "GET" } else { "POST" }.to_owned(),
            path: request.path.clone(),
            query: request
                .query
                .iter()
                .map(|(name, value)| ((*name).to_owned(), filled(value, secrets)))
                .collect(),
            headers,
            body: body.into_bytes(),
        }
    }

    /// What comes of asking a sandbox for a number: the token, where one is wanted, the request, the reading.
    pub fn asked(sandbox: &dyn Sandbox, world: &OneParcel, carrier: &str, number: &str) -> Vec<Reading> {
        asked_with(sandbox, world, carrier, number, &secret).0
    }

    /// The same with other secrets, and the body that was read.
    pub fn asked_with(
        sandbox: &dyn Sandbox,
        world: &OneParcel,
        carrier: &str,
        number: &str,
        secrets: Secrets<'_>,
    ) -> (Vec<Reading>, Vec<u8>) {
        let source = source(sandbox.source());
        let mut token = None;
        if let Some(exchange) = source.token() {
            let answer = sandbox.respond(&sent_with(&exchange.request(), None, secrets), world);
            let response = Response { status: answer.status, body: &answer.body, asked: None };
            match exchange.read(response) {
                Ok(read) => token = Some(read.text),
                Err(failure) => return (vec![failure.into()], answer.body),
            }
        }
        let request = sent_with(&source.request(&ask(carrier, number)), token.as_deref(), secrets);
        let answer = sandbox.respond(&request, world);
        (read(sandbox.source(), answer.status, &answer.body, Some(number)), answer.body)
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
