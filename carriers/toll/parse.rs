//! The answer of Team Global Express, read into trackings: one for each consignment. Its items have events of their own.
//! Times are the wall clock of depots that are not named; Australia has several clocks. Pure.

use std::collections::BTreeMap;

use super::wire;
use crate::contract::{
    CarrierId, Checkpoint, Failure, FailureKind, Mapped, Reading, Response, Status, StatusTable, Tracking,
};
use crate::{foreign, journey};

/// Longest error code that is passed on.
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
    let answer: wire::Answer = foreign::answer(response)?;
    let message = answer.toll_message.ok_or_else(shapeless)?;
    if let Some(error) = message.error_messages.error_message.first() {
        return Err(refusal(error, response.status));
    }
    let told = message.track_and_trace.and_then(|t| t.response).and_then(|r| r.shipments);
    let shipments = told.filter(|_| foreign::is_success(response.status)).ok_or_else(shapeless)?.shipment;
    if shipments.is_empty() {
        let message = "Team Global Express finds no consignment with the number";
        return Err(Failure::new(FailureKind::NotFound, "no_shipment", message));
    }
    let is_only = shipments.len() == 1;
    let found = shipments.iter().filter_map(|shipment| echo(shipment, response.asked, is_only));
    let readings: Vec<Reading> = found.map(|echo| tracking(carrier, statuses, &echo).into()).collect();
    match (readings.is_empty(), response.asked) {
        (false, _) => Ok(readings),
        (true, Some(_)) => Err(foreign::wrong_number()),
        (true, None) => Err(shapeless()),
    }
}

/// No code of an error is known. Time-outs of the gateway come as text.
fn refusal(error: &wire::ErrorMessage, status: u16) -> Failure {
    let code = error.error_number.value.as_deref().unwrap_or("no_code");
    let code: String = code.chars().take(CODE_CHARS_MAX).collect();
    let timed_out = error.error_message.as_ref().is_some_and(|t| t.to_ascii_lowercase().contains("timeout"));
    let (kind, message) = match status {
        401 | 403 => (FailureKind::Refused, "Team Global Express refuses the credentials"),
        429 => (FailureKind::RateLimited, "Team Global Express asks to come back later"),
        500.. => (FailureKind::Unavailable, "Team Global Express has an error of its own"),
        _ if timed_out => {
            (FailureKind::Unavailable, "Team Global Express did not answer its gateway in time")
        }
        _ => (
            FailureKind::Inconclusive,
            "Team Global Express answers with an error that does not speak about the parcel",
        ),
    };
    Failure::new(kind, code, message)
}

/// A consignment, or one of its items, under the number that was asked.
struct Echo<'a> {
    shipment: &'a wire::Shipment,
    number: &'a str,
    events: Vec<&'a wire::Event>,
    notes: Vec<String>,
}

/// The number under which a consignment answers: its own, one that it refers to, or that of an item. Whether answers
/// name the consignment is not certain: the only one that comes, without a number, is the one that was asked for.
fn echo<'a>(shipment: &'a wire::Shipment, asked: Option<&'a str>, is_only: bool) -> Option<Echo<'a>> {
    let events: Vec<&wire::Event> = shipment.events.event.iter().collect();
    let own = shipment.shipment_id.as_deref();
    let whole = |number: &'a str, notes| Some(Echo { shipment, number, events: events.clone(), notes });
    let Some(asked) = asked else {
        let number = own.or_else(|| events.iter().find_map(|e| item(e)))?;
        return whole(number, Vec::new());
    };
    let is_asked = |number: &&str| foreign::same_number(number, asked);
    let references = shipment.references.reference.iter().filter_map(|r| r.reference_value.as_deref());
    if let Some(number) = own.into_iter().chain(references).find(is_asked) {
        return whole(number, Vec::new());
    }
    let of_item: Vec<_> = events.iter().filter(|e| item(e).as_ref().is_some_and(is_asked)).copied().collect();
    if let Some(number) = of_item.first().and_then(|e| item(e)) {
        let notes = own.map(|own| format!("an item of the consignment {own}")).into_iter().collect();
        return Some(Echo { shipment, number, events: of_item, notes });
    }
    if own.is_none() && is_only {
        return whole(asked, vec!["the answer does not name the consignment".to_owned()]);
    }
    None
}

/// The barcode of the item that an event is about.
fn item(event: &wire::Event) -> Option<&str> {
    event.references.reference.iter().find_map(|r| r.reference_value.as_deref())
}

fn tracking(carrier: &CarrierId, statuses: &StatusTable, echo: &Echo<'_>) -> Tracking {
    let mut told: Vec<(Option<&str>, Checkpoint)> =
        echo.events.iter().map(|event| (item(event), checkpoint(statuses, event))).collect();
    // The order of events is not known: by their wall clocks, newest first.
    let clock = |c: &Checkpoint| c.local_time.map(|t| t.datetime().unwrap_or_else(|| t.date().into()));
    if told.iter().all(|(_, c)| c.local_time.is_some()) {
        told.sort_by_key(|(_, c)| std::cmp::Reverse(clock(c)));
    }
    let mut items: BTreeMap<Option<&str>, Vec<&Checkpoint>> = BTreeMap::new();
    for (item, checkpoint) in &told {
        items.entry(*item).or_default().push(checkpoint);
    }
    let standing = |checkpoints: &Vec<&Checkpoint>| {
        let index = journey::standing(checkpoints.iter().map(|c| c.status))?;
        checkpoints.get(index).map(|c| (*c).clone())
    };
    let stands: Vec<Checkpoint> = items.values().filter_map(standing).collect();
    let delivered = stands.iter().filter(|c| c.status == Status::Delivered).count();

    let mut tracking = Tracking::new(carrier.clone(), echo.number, Status::LabelCreated);
    // A consignment is delivered when every item is; else the newest word about one that is not counts.
    let under_way = stands.iter().filter(|c| c.status != Status::Delivered).max_by_key(|c| clock(c));
    if let Some(word) = under_way.or_else(|| stands.iter().max_by_key(|c| clock(c))) {
        tracking.status = word.status;
        tracking.status_code.clone_from(&word.code);
        tracking.status_text.clone_from(&word.text);
    } else if !told.is_empty() {
        tracking.status = Status::Unknown;
    }
    tracking.notes.clone_from(&echo.notes);
    if items.len() > 1 {
        tracking.notes.push(format!("{delivered} of {} items are delivered", items.len()));
    }
    let expected = echo.shipment.date_period_collection.date_period.first();
    tracking.estimated_delivery_local = expected.and_then(|p| p.date.as_deref()?.parse().ok());
    tracking.checkpoints = told.into_iter().map(|(_, checkpoint)| checkpoint).collect();
    tracking.delivered_at = journey::delivered_at(tracking.status, &tracking.checkpoints);
    tracking
}

fn checkpoint(statuses: &StatusTable, event: &wire::Event) -> Checkpoint {
    let code = event.codes.code.first();
    let description = code.and_then(|c| c.description.as_deref());
    let mapped = description.and_then(|text| meaning(statuses, text));
    let printed = event.date_period_collection.date_period.first();
    let printed = printed.and_then(|p| p.date_time.as_deref().or(p.date.as_deref()));
    Checkpoint {
        time: printed.and_then(|text| text.parse().ok()),
        local_time: printed.and_then(|text| text.parse().ok()),
        status: mapped.map_or(Status::Unknown, |m| m.status),
        code: code.and_then(|c| c.category.clone()),
        text: description.map(str::to_owned),
        fault: mapped.and_then(|m| m.fault),
        place: None,
    }
}

/// The description as it stands, or what stands before a bracket.
fn meaning(statuses: &StatusTable, description: &str) -> Option<Mapped> {
    let description = description.to_uppercase();
    let shorter = description.split('(').next().unwrap_or_default().trim();
    [description.as_str(), shorter].into_iter().find_map(|text| statuses.get("description", text))
}
