//! The events of one item: what their codes mean together, what was taken back, and whose clock they bear.

use jiff::Timestamp;
use jiff::tz::Offset;

use super::reversals;
use super::wire::Event;
use crate::contract::{Checkpoint, Country, Fault, LocalTime, OffsetTime, Place, Status, StatusTable};
use crate::foreign;

/// China keeps one clock, without summer time.
pub const CHINA: Offset = jiff::tz::offset(8);

/// Delivered, and how; not delivered, and why.
const DELIVERED: &str = "704";
const NOT_DELIVERED: &str = "705";

/// From so many seconds on (2001) a figure is an instant,
const SECONDS_MIN: i64 = 1_000_000_000;
/// and from so many on one of milliseconds.
const SECONDS_MAX: i64 = 100_000_000_000;

/// The checkpoints of events, newest first, and what an arbiter should know of them.
pub fn told(statuses: &StatusTable, events: &[&Event], is_domestic: bool) -> (Vec<Checkpoint>, Vec<String>) {
    let mut events: Vec<(&Event, Option<LocalTime>)> = events.iter().map(|e| (*e, printed(e))).collect();
    // Mostly told oldest first, all by one printed clock.
    if events.iter().all(|(_, time)| time.is_some()) {
        events.sort_by_key(|(_, time)| time.and_then(LocalTime::datetime));
    }
    let codes: Vec<&str> = events.iter().map(|(e, _)| e.code().unwrap_or_default()).collect();
    let mut checkpoints = Vec::with_capacity(events.len());
    let mut notes = Vec::new();
    for ((event, local_time), taken_back) in events.into_iter().zip(reversals::taken_back(&codes)) {
        let (status, fault) = meaning(statuses, event);
        if taken_back {
            let at = local_time.map(|time| format!(" of {time}")).unwrap_or_default();
            let what = status.as_str();
            notes.push(format!(
                "China EMS took back its scan {}{at} ({what})",
                event.code().unwrap_or_default()
            ));
        } else if status == Status::Delivered && is_left_at_a_point(statuses, event) {
            notes.push("left in a locker or at a pickup point".to_owned());
        }
        checkpoints.push(Checkpoint {
            time: local_time.and_then(|local| instant(event, local, is_domestic)),
            local_time,
            status: if taken_back { Status::Info } else { status },
            code: event.code().map(str::to_owned),
            // The description names couriers and recipients.
            text: event.op_name.clone().or_else(|| event.op_desc.as_deref().map(foreign::without_phones)),
            fault: fault.filter(|_| !taken_back),
            place: place(event),
        });
    }
    checkpoints.reverse();
    (checkpoints, notes)
}

/// By the operation; a delivery and a failed one by the code beside it, where it says something else.
fn meaning(statuses: &StatusTable, event: &Event) -> (Status, Option<Fault>) {
    let by =
        |namespace, code: &Option<String>| code.as_deref().and_then(|code| statuses.get(namespace, code));
    let finer = match event.code() {
        Some(DELIVERED) => {
            let how = by("deliver_code", &event.deliver_code);
            how.filter(|how| how.status != Status::AvailableForPickup)
        }
        Some(NOT_DELIVERED) => by("attempt_delivery_code", &event.attempt_delivery_code),
        _ => None,
    };
    let mapped = finer.or_else(|| event.code().and_then(|code| statuses.get("op_code", code)));
    mapped.map_or((Status::Unknown, None), |m| (m.status, m.fault))
}

fn is_left_at_a_point(statuses: &StatusTable, event: &Event) -> bool {
    let how = event.deliver_code.as_deref().and_then(|code| statuses.get("deliver_code", code));
    how.is_some_and(|how| how.status == Status::AvailableForPickup)
}

/// `yyyy-MM-dd HH:mm:ss`, or an instant in seconds or milliseconds.
fn printed(event: &Event) -> Option<LocalTime> {
    let text = event.op_time.as_deref()?;
    match text.parse::<i64>() {
        Ok(_) => epoch(text).map(|at| LocalTime::DateTime(CHINA.to_datetime(at))),
        Err(_) => text.parse().ok(),
    }
}

fn epoch(text: &str) -> Option<Timestamp> {
    let figure: i64 = text.parse().ok().filter(|figure| *figure >= SECONDS_MIN)?;
    let at = if figure >= SECONDS_MAX {
        Timestamp::from_millisecond(figure)
    } else {
        Timestamp::from_second(figure)
    };
    at.ok()
}

/// China's clock where the event is in China. Scans abroad bear the clock of the post that made them, and which one
/// that is is not told.
fn instant(event: &Event, local: LocalTime, is_domestic: bool) -> Option<OffsetTime> {
    if let Some(at) = event.op_time.as_deref().and_then(epoch) {
        return Some(OffsetTime::new(at, CHINA));
    }
    let in_china = is_domestic || place(event).is_some();
    OffsetTime::of_local(local.datetime().filter(|_| in_china)?, CHINA)
}

/// Only offices in China have a province and a city.
fn place(event: &Event) -> Option<Place> {
    let (region, city) = (event.op_org_prov_name.clone(), event.op_org_city.clone());
    if region.is_none() && city.is_none() {
        return None;
    }
    Some(Place { country: Country::new("CN").ok(), city, region, postal_code: None })
}
