//! What the readers' targets share: the first byte chooses the source, the second the HTTP status, a line is the number that
//! was asked, the rest is the body. Nothing panics, something is always read, and nothing is found under another number.

use waygate_carriers::contract::{Body, Reading, Response};
use waygate_carriers::registry::registry;

const STATUSES: [u16; 8] = [200, 200, 200, 207, 400, 401, 404, 500];

/// Reads an input by a source of a family.
pub fn read(family: Body, input: &[u8]) {
    let [which, status, rest @ ..] = input else { return };
    let sources: Vec<_> = registry().sources().filter(|source| source.facts().body == family).collect();
    let source = sources[usize::from(*which) % sources.len()];
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let (line, body) = rest.split_at(rest.iter().position(|byte| *byte == b'\n').unwrap_or(0));
    let Ok(asked) = std::str::from_utf8(line) else { return };
    let _ = source.recognizes(body);
    let facts = source.facts();
    let carrier = &facts.answers[0].carrier;
    let readings = registry().read(carrier, Some(&facts.id), Response { status, body, asked: Some(asked) });
    assert!(!readings.is_empty());
    let clean = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
    };
    for tracking in readings.iter().filter_map(Reading::tracking) {
        // USPS repeats a number without the ZIP code that stands before it on the label.
        let same = clean(&tracking.tracking_number) == clean(asked);
        assert!(same, "{}: {} is not {asked}", facts.id, tracking.tracking_number);
    }
}
