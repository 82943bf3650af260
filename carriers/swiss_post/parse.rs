//! The events of an item at Swiss Post, read into a tracking. Pure.

use serde::Deserialize;

use crate::contract::{
    CarrierId, Checkpoint, Country, Failure, FailureKind, Place, Reading, Response, Status, StatusTable,
    Tracking,
};
use crate::foreign::{self, text};
use crate::journey;

/// An event as it comes over the wire. Every field is optional.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Event {
    #[serde(deserialize_with = "text")]
    timestamp: Option<String>,
    #[serde(deserialize_with = "text", rename = "eventCode")]
    code: Option<String>,
    #[serde(deserialize_with = "text")]
    city: Option<String>,
    #[serde(deserialize_with = "text")]
    zip: Option<String>,
    #[serde(deserialize_with = "text")]
    country: Option<String>,
}

/// Whether a body looks like a list of events. An empty list is an answer too, but not one to know it by.
pub fn recognizes(body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    body.contains("\"eventCode\"") && body.contains("\"timestamp\"")
}

/// Reads an answer; never empty.
pub fn read(carrier: &CarrierId, statuses: &StatusTable, response: Response<'_>) -> Vec<Reading> {
    match read_answer(carrier, statuses, response) {
        Ok(tracking) => vec![tracking.into()],
        Err(failure) => vec![failure.into()],
    }
}

fn read_answer(
    carrier: &CarrierId,
    statuses: &StatusTable,
    response: Response<'_>,
) -> Result<Tracking, Failure> {
    // What is refused is the session, not credentials of ours.
    let of_the_site = |failure: Failure| match failure.kind {
        FailureKind::Refused => Failure { kind: FailureKind::Unavailable, ..failure },
        _ => failure,
    };
    let shapeless = || of_the_site(foreign::unexpected_shape(response.status));
    let events: Vec<Event> = foreign::answers(response).map_err(of_the_site)?;
    if !foreign::is_success(response.status) {
        return Err(shapeless());
    }
    if events.is_empty() {
        return Err(Failure::new(
            FailureKind::NotFound,
            "no_events",
            "Swiss Post knows no event of the number",
        ));
    }
    let mut checkpoints = Vec::with_capacity(events.len());
    for event in events {
        if event.timestamp.is_none() && event.code.is_none() {
            return Err(shapeless());
        }
        checkpoints.push(checkpoint(statuses, event));
    }
    journey::newest_first(&mut checkpoints);
    let mut tracking = Tracking::new(carrier.clone(), response.asked.unwrap_or_default(), Status::Unknown);
    tracking.notes.push("the answer does not name the item: whose events these are is not proven".to_owned());
    journey::settle(&mut tracking, checkpoints);
    Ok(tracking)
}

fn checkpoint(statuses: &StatusTable, event: Event) -> Checkpoint {
    let mapped = event.code.as_deref().and_then(|code| statuses.get("event_code", code));
    let place = Place {
        country: event.country.as_deref().and_then(|code| Country::new(code).ok()),
        city: event.city,
        region: None,
        postal_code: event.zip,
    };
    let told = event.timestamp.as_deref();
    Checkpoint {
        time: told.and_then(|text| text.parse().ok()),
        local_time: told.and_then(|text| text.parse().ok()),
        status: mapped.map_or(Status::Unknown, |m| m.status),
        code: event.code,
        text: None,
        fault: mapped.and_then(|m| m.fault),
        place: place.known(),
    }
}
