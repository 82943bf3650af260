//! The answer of China EMS' open platform, read into trackings: one for each item. Pure.

use serde_json::Value;

use super::{events, wire};
use crate::contract::{CarrierId, Failure, FailureKind, Reading, Response, Status, StatusTable, Tracking};
use crate::foreign::Needed;
use crate::{foreign, journey};

/// The platform's code for an answer that is one.
const OK: &str = "00000";

/// Longest code that is passed on.
const CODE_CHARS_MAX: usize = 32;

/// Reads an answer; never empty.
pub fn read(carrier: &CarrierId, statuses: &StatusTable, response: Response<'_>) -> Vec<Reading> {
    read_answer(carrier, statuses, response).unwrap_or_else(|failure| vec![failure.into()])
}

fn read_answer(
    carrier: &CarrierId,
    statuses: &StatusTable,
    response: Response<'_>,
) -> Result<Vec<Reading>, Failure> {
    let shapeless = || foreign::unexpected_shape(response.status);
    let envelope: wire::Envelope = foreign::answer(response)?;
    if !foreign::is_success(response.status) {
        return Err(shapeless());
    }
    if let Some(code) = envelope.ret_code.as_deref().filter(|code| *code != OK) {
        return Err(refusal(code, envelope.ret_msg.as_deref().unwrap_or_default()));
    }
    let told = events_of(envelope).ok_or_else(shapeless)?;
    if told.is_empty() {
        let message = "China EMS knows no event of the number";
        return Err(Failure::new(FailureKind::NotFound, "no_events", message));
    }
    let mut items: Vec<(&str, Vec<&wire::Event>)> = Vec::new();
    for event in &told {
        let Some(number) = event.waybill_no.as_deref() else { continue };
        match items.iter_mut().find(|(known, _)| foreign::same_number(known, number)) {
            Some((_, events)) => events.push(event),
            None => items.push((number, vec![event])),
        }
    }
    let about = |number: &str| response.asked.is_none_or(|asked| foreign::same_number(asked, number));
    let asked = items.iter().filter(|(number, _)| about(number));
    let readings: Vec<Reading> =
        asked.map(|(number, events)| tracking(carrier, statuses, number, events).into()).collect();
    match (readings.is_empty(), items.is_empty()) {
        (false, _) => Ok(readings),
        (true, false) => Err(foreign::wrong_number()),
        (true, true) => Err(shapeless()),
    }
}

/// The events: JSON text in the envelope, an object, or a list; in some answers beside it.
fn events_of(envelope: wire::Envelope) -> Option<Vec<wire::Event>> {
    if let Value::String(text) = &envelope.ret_body
        && let Some(wire::Items { response_items }) = foreign::straight(text.as_bytes())
    {
        return Some(response_items.into_iter().map(|Needed(event)| event).collect());
    }
    let body = match envelope.ret_body {
        Value::String(text) => serde_json::from_str(&text).ok()?,
        body => body,
    };
    let items = match body {
        Value::Object(mut fields) => fields.remove("responseItems")?,
        Value::Array(items) => Value::Array(items),
        _ => envelope.response_items,
    };
    match items {
        Value::Array(items) => items.into_iter().map(foreign::shaped).collect(),
        item @ Value::Object(_) => foreign::shaped(item).map(|event| vec![event]),
        _ => None,
    }
}

/// The platform's error codes are not public: what they mean is told by a word of the message, else not at all.
fn refusal(code: &str, message: &str) -> Failure {
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let (kind, words) = if says(&["授权", "签名", "权限", "鉴权"]) {
        (FailureKind::Refused, "China EMS refuses the credentials")
    } else if says(&["频率", "限流", "次数"]) {
        (FailureKind::RateLimited, "China EMS asks to come back later")
    } else if says(&["系统异常", "系统错误", "超时"]) {
        (FailureKind::Unavailable, "China EMS has an error of its own")
    } else {
        (FailureKind::Inconclusive, "China EMS answers with an error that does not speak about the parcel")
    };
    Failure::new(kind, code.chars().take(CODE_CHARS_MAX).collect::<String>(), words)
}

fn tracking(carrier: &CarrierId, statuses: &StatusTable, number: &str, told: &[&wire::Event]) -> Tracking {
    // Numbers within China are digits alone; those of the Universal Postal Union have letters.
    let is_domestic = number.bytes().all(|b| b.is_ascii_digit());
    let (checkpoints, notes) = events::told(statuses, told, is_domestic);
    let mut tracking = Tracking::new(carrier.clone(), number, Status::Unknown);
    if let Some(stands) =
        journey::standing(checkpoints.iter().map(|c| c.status)).and_then(|i| checkpoints.get(i))
    {
        tracking.status = stands.status;
        tracking.status_code.clone_from(&stands.code);
        tracking.status_text.clone_from(&stands.text);
    }
    tracking.service = told.iter().find_map(|e| e.product_name.clone());
    let posted = checkpoints.iter().rev().find(|c| c.status == Status::Accepted);
    tracking.origin = posted.and_then(|c| c.place.clone());
    tracking.delivered_at = journey::delivered_at(tracking.status, &checkpoints);
    tracking.notes = notes;
    tracking.checkpoints = checkpoints;
    tracking
}
