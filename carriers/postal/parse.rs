//! The answer of the Universal Postal Union's Global Track and Trace, read into a tracking. Pure.

use jiff::Timestamp;
use jiff::tz::Offset;

use super::wire::{Event, Item};
use crate::contract::{
    CarrierId, Checkpoint, Country, Failure, FailureKind, LocalTime, Place, ProofOfDelivery, Reading,
    Response, Status, StatusTable, Tracking,
};
use crate::{foreign, journey};

/// The event that is none: when delivery is expected.
const ESTIMATE: &str = "DLV";

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
    // An item that is not known, or no longer, is answered with success and nothing.
    let not_found = || {
        Failure::new(
            FailureKind::NotFound,
            "no_content",
            "the Universal Postal Union knows no item of the number",
        )
    };
    if foreign::is_success(response.status) && response.body.trim_ascii().is_empty() {
        return Err(not_found());
    }
    // The source takes no credentials: nothing of ours was refused.
    let of_the_service = |failure: Failure| match failure.kind {
        FailureKind::Refused => Failure { kind: FailureKind::Unavailable, ..failure },
        _ => failure,
    };
    let items: Vec<Item> = foreign::answers(response).map_err(of_the_service)?;
    if !foreign::is_success(response.status) {
        return Err(of_the_service(shapeless()));
    }
    if items.is_empty() {
        return Err(not_found());
    }
    let mut readings = Vec::new();
    for item in items {
        let number = item.id.as_deref().ok_or_else(shapeless)?;
        if response.asked.is_none_or(|asked| foreign::same_number(asked, number)) {
            readings.push(tracking(carrier, statuses, &item, number).into());
        }
    }
    if readings.is_empty() { Err(foreign::wrong_number()) } else { Ok(readings) }
}

fn tracking(carrier: &CarrierId, statuses: &StatusTable, item: &Item, number: &str) -> Tracking {
    let is_estimate = |event: &&Event| event.event_cd.as_deref() == Some(ESTIMATE);
    // Told oldest first.
    let events = || item.events.iter().rev();
    let checkpoints = events().filter(|e| !is_estimate(e)).map(|e| checkpoint(statuses, e)).collect();

    let country = |code: Option<&str>| {
        Place { country: code.and_then(|c| Country::new(c).ok()), ..Place::default() }.known()
    };
    let mut tracking = Tracking::new(carrier.clone(), number, Status::Unknown);
    tracking.origin = country(item.origin_country_cd.as_deref());
    tracking.destination = country(item.destination_country_cd.as_deref());
    tracking.estimated_delivery_local = events().find(is_estimate).and_then(wall_clock);
    journey::settle(&mut tracking, checkpoints);
    let signed_by = events().find_map(|event| event.signature.clone());
    tracking.proof_of_delivery =
        signed_by.map(|name| ProofOfDelivery { signed_by: Some(name), left_at: None });
    tracking
}

fn checkpoint(statuses: &StatusTable, event: &Event) -> Checkpoint {
    let mapped = event.event_cd.as_deref().and_then(|code| statuses.get("event_cd", code));
    let place = Place {
        country: event.country_cd.as_deref().and_then(|code| Country::new(code).ok()),
        city: event.event_location.clone().or_else(|| event.office_nm.clone()),
        ..Place::default()
    };
    Checkpoint {
        // The offset beside the time is that of a server and not of the place: it proves no instant.
        time: None,
        local_time: wall_clock(event),
        status: mapped.map_or(Status::Unknown, |m| m.status),
        code: event.event_cd.clone(),
        text: event.event_nm.clone(),
        fault: mapped.and_then(|m| m.fault),
        place: place.known(),
    }
}

/// `/Date(1771578180000+0200)/` is milliseconds from 1970 and an offset; together they give the wall clock. The
/// documents promise ISO 8601.
fn wall_clock(event: &Event) -> Option<LocalTime> {
    let text = event.event_dt.as_deref()?;
    let Some(inner) = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")) else {
        return text.parse().ok();
    };
    let sign = inner.get(1..)?.find(['+', '-']).map(|at| at + 1);
    let (milliseconds, offset) = inner.split_at(sign.unwrap_or(inner.len()));
    let at = Timestamp::from_millisecond(milliseconds.parse().ok()?).ok()?;
    let offset = if offset.is_empty() { Offset::UTC } else { of_digits(offset)? };
    Some(LocalTime::DateTime(offset.to_datetime(at)))
}

/// `+0200`.
fn of_digits(text: &str) -> Option<Offset> {
    let digits =
        text.get(1..).filter(|digits| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()))?;
    let seconds = digits[..2].parse::<i32>().ok()? * 3600 + digits[2..].parse::<i32>().ok()? * 60;
    Offset::from_seconds(if text.starts_with('-') { -seconds } else { seconds }).ok()
}
