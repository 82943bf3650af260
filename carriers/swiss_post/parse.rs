//! The events of an item at Swiss Post, read into a tracking. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::contract::{
    CarrierId, Checkpoint, Country, Failure, FailureKind, Mapped, Place, Reading, Response, Status,
    StatusTable, Tracking,
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
    sub_event_id: Option<String>,
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
    let void = void(&events);
    for (event, is_void) in events.into_iter().zip(void) {
        if event.timestamp.is_none() && event.code.is_none() {
            return Err(shapeless());
        }
        checkpoints.push(checkpoint(statuses, event, is_void));
    }
    journey::newest_first(&mut checkpoints);
    let mut tracking = Tracking::new(carrier.clone(), response.asked.unwrap_or_default(), Status::Unknown);
    tracking.notes.push("the answer does not name the item: whose events these are is not proven".to_owned());
    journey::settle(&mut tracking, checkpoints);
    Ok(tracking)
}

/// By what it is and what happened, `PARCEL.*.40.4000`.
fn meaning(statuses: &StatusTable, code: &str) -> Option<Mapped> {
    let (namespace, happened) = parts(code)?;
    statuses.get(namespace, happened)
}

fn parts(code: &str) -> Option<(&'static str, &str)> {
    let mut parts = code.split('.');
    let namespace = match parts.next()? {
        "PARCEL" => "parcel",
        "LETTER" => "letter",
        _ => return None,
    };
    Some((namespace, parts.nth(2)?))
}

/// What an event takes back. One with `CAN1` or `CANPDS` has the code of what it revokes; for a delivery to a post-office box
/// there is a code of its own.
fn revokes(event: &Event) -> Option<(&'static str, &str)> {
    let (namespace, happened) = parts(event.code.as_deref()?)?;
    match happened {
        "3997" => Some((namespace, "3900")),
        same => event.sub_event_id.as_deref()?.starts_with("CAN").then_some((namespace, same)),
    }
}

/// Which events are revocations or revoked, in the order of the events, newest first: neither moves anything.
fn void(events: &[Event]) -> Vec<bool> {
    let mut void: Vec<bool> = events.iter().map(|event| revokes(event).is_some()).collect();
    // How often what happened is still to be taken back.
    let mut open: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (event, void) in events.iter().zip(&mut void) {
        if let Some(revoked) = revokes(event) {
            *open.entry(revoked).or_default() += 1;
        } else if let Some(left) = event.code.as_deref().and_then(parts).and_then(|own| open.get_mut(&own))
            && *left > 0
        {
            *left -= 1;
            *void = true;
        }
    }
    void
}

fn checkpoint(statuses: &StatusTable, event: Event, is_void: bool) -> Checkpoint {
    let mapped = if is_void {
        Some(Mapped { status: Status::Info, fault: None })
    } else {
        event.code.as_deref().and_then(|code| meaning(statuses, code))
    };
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
