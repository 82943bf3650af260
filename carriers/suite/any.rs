//! Any body at all: samples spoilt, reshaped, glued together, given to the wrong source, and bytes of chance. Whatever
//! came, something is read, and nothing is found under another number than the one that was asked. The ordinary run is
//! short; a long one is `WAYGATE_RUNS=1000000 cargo test --release -p waygate-carriers --lib any_json` (`any_xml`,
//! `any_html`).

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Value, json};

use super::cases::{Cases, all};
use crate::contract::{Body, Reading};
use crate::foreign::same_number;
use crate::trial::{Random, read, replace, size, source};

/// What others' programs send where something else belongs.
const PIECES: [&str; 14] = [
    "<",
    ">",
    "</",
    "<![CDATA[",
    "<!--",
    "&#x10FFFF;",
    "&amp;",
    "\"",
    "{",
    "[",
    "null",
    "20269999",
    "\u{feff}",
    "\u{0}é单",
];

/// A source with its answers.
struct Sampled {
    cases: Cases,
    answers: Vec<Vec<u8>>,
}

fn of_family(body: Body) -> Vec<Sampled> {
    let family = all().into_iter().filter(|cases| source(&cases.source).facts().body == body);
    let sampled = |cases: Cases| {
        let answers = cases.answers().into_iter().map(|(_, body)| body);
        Sampled { answers: answers.filter(|body| !body.is_empty()).collect(), cases }
    };
    family.map(sampled).collect()
}

fn strange(random: &mut Random) -> Value {
    let values = [
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
    ];
    values[random.below(values.len())].clone()
}

/// A JSON sample in which some values stand where others belong; none where the sample is no JSON.
fn reshaped(sample: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let mut body: Value = serde_json::from_slice(sample).ok()?;
    for _ in 0..=random.below(3) {
        let mut at = random.below(size(&body));
        replace(&mut body, &mut at, &strange(random));
    }
    Some(body.to_string().into_bytes())
}

/// A sample with some bytes changed, pieces put in, and perhaps the end cut off.
fn spoilt(sample: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = sample.to_vec();
    for _ in 0..random.below(12) {
        let at = random.below(bytes.len());
        bytes[at] = u8::try_from(random.below(256)).unwrap();
    }
    for _ in 0..random.below(3) {
        let at = random.below(bytes.len());
        let piece = PIECES[random.below(PIECES.len())];
        bytes.splice(at..at, piece.bytes());
    }
    if random.below(3) == 0 {
        bytes.truncate(random.below(bytes.len()));
    }
    bytes
}

/// Parts of samples, glued where an element or a value begins.
fn glued(samples: &[&[u8]], random: &mut Random) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..=random.below(4) {
        let sample = samples[random.below(samples.len())];
        let starts: Vec<usize> =
            (0..sample.len()).filter(|at| b"<{[,\n".contains(&sample[*at])).chain([0]).collect();
        let (one, other) = (starts[random.below(starts.len())], starts[random.below(starts.len())]);
        bytes.extend_from_slice(&sample[one.min(other)..one.max(other)]);
    }
    bytes
}

fn body(family: &[Sampled], own: &Sampled, random: &mut Random) -> Vec<u8> {
    // Now and then the answer of another source.
    let from = if random.below(6) == 0 { &family[random.below(family.len())] } else { own };
    let sample = &from.answers[random.below(from.answers.len())];
    match random.below(8) {
        0 => (0..random.below(300)).map(|_| u8::try_from(random.below(256)).unwrap()).collect(),
        1 => glued(&own.answers.iter().map(Vec::as_slice).collect::<Vec<_>>(), random),
        2 => sample.clone(),
        3..6 => reshaped(sample, random).unwrap_or_else(|| spoilt(sample, random)),
        _ => spoilt(sample, random),
    }
}

fn status(random: &mut Random) -> u16 {
    const KNOWN: [u16; 10] = [200, 200, 200, 200, 200, 207, 400, 401, 404, 500];
    if random.below(8) == 0 {
        u16::try_from(random.below(1000)).unwrap()
    } else {
        KNOWN[random.below(KNOWN.len())]
    }
}

fn run(family: Body, ordinary: usize) {
    let runs = std::env::var("WAYGATE_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(ordinary);
    let family = of_family(family);
    let mut random = Random(11);
    let mut found = 0;
    for _ in 0..runs {
        let own = &family[random.below(family.len())];
        let (body, status) = (body(&family, own, &mut random), status(&mut random));
        let id = &own.cases.source;
        let asked = if random.below(3) == 0 { &own.cases.another } else { &own.cases.asked };
        let told = || format!("{id} {status} {asked}: {:?}", String::from_utf8_lossy(&body));
        let readings = catch_unwind(AssertUnwindSafe(|| {
            let _ = source(id).recognizes(&body);
            read(id, status, &body, Some(asked))
        }));
        let readings = readings.unwrap_or_else(|_| panic!("{}", told()));
        assert!(!readings.is_empty(), "{}", told());
        for tracking in readings.iter().filter_map(Reading::tracking) {
            assert!(same_number(&tracking.tracking_number, asked), "{}", told());
            found += 1;
        }
    }
    // A run that only ever fails proves little.
    assert!(found > runs / 100, "{found} of {runs} are found");
}

#[test]
fn any_json_is_read() {
    run(Body::Json, 8_000);
}

#[test]
fn any_xml_is_read() {
    run(Body::Xml, 4_000);
}

#[test]
fn any_html_is_read() {
    run(Body::Html, 500);
}
