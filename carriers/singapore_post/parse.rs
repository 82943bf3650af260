//! The answer of the service behind Singapore Post's page, read into trackings: one for each item. Pure.

use super::wire::{Answer, Event, Item, Items};
use crate::contract::{
    CarrierId, Checkpoint, Country, Failure, FailureKind, Place, Reading, Response, Status, StatusTable,
    Tracking,
};
use crate::{foreign, journey};

/// Reads an answer; never empty.
pub fn read(carrier: &CarrierId, statuses: &StatusTable, response: Response<'_>) -> Vec<Reading> {
    read_answer(carrier, statuses, response).unwrap_or_else(|failure| vec![failure.into()])
}

/// The service takes no credentials: nothing of ours was refused, and neither its 403 nor its 404 is about the item.
fn of_the_site(failure: Failure) -> Failure {
    match failure.kind {
        FailureKind::Refused => Failure { kind: FailureKind::Unavailable, ..failure },
        _ => failure,
    }
}

fn read_answer(
    carrier: &CarrierId,
    statuses: &StatusTable,
    response: Response<'_>,
) -> Result<Vec<Reading>, Failure> {
    let shapeless = || of_the_site(foreign::unexpected_shape(response.status));
    let answer: Answer = foreign::answer(response).map_err(of_the_site)?;
    let Some(Items(items)) = answer.items.filter(|_| foreign::is_success(response.status)) else {
        return Err(shapeless());
    };
    let readings: Vec<Reading> = items
        .iter()
        .filter_map(|item| {
            let number = echo(item, response.asked)?;
            Some(if item.tracking_number_found.as_deref() == Some("true") {
                tracking(carrier, statuses, item, number).into()
            } else {
                absent(item, number).into()
            })
        })
        .collect();
    match (readings.is_empty(), items.is_empty() || response.asked.is_none()) {
        (false, _) => Ok(readings),
        (true, false) => Err(foreign::wrong_number()),
        (true, true) => Err(shapeless()),
    }
}

/// The number under which an item answers for what was asked: its own, or the other one of the same item.
fn echo<'a>(item: &'a Item, asked: Option<&str>) -> Option<&'a str> {
    let numbers = [&item.tracking_number, &item.alternative_tracking_number];
    let mut numbers = numbers.into_iter().filter_map(|number| number.as_deref());
    match asked {
        Some(asked) => numbers.find(|number| foreign::same_number(number, asked)),
        None => numbers.next(),
    }
}

/// Only where the flag says so the item is not known.
fn absent(item: &Item, number: &str) -> Failure {
    let mut failure = match item.tracking_number_found.as_deref() {
        Some("false") => {
            Failure::new(FailureKind::NotFound, "not_found", "Singapore Post does not know the number")
        }
        _ => Failure::new(
            FailureKind::Malformed,
            "unexpected_shape",
            "Singapore Post does not say whether it knows the number",
        ),
    };
    failure.tracking_number = Some(number.to_owned());
    failure
}

fn tracking(carrier: &CarrierId, statuses: &StatusTable, item: &Item, number: &str) -> Tracking {
    let is_told = |e: &&Event| e.event_description.is_some() || e.status_description.is_some();
    let mut checkpoints: Vec<Checkpoint> =
        item.events.iter().filter(is_told).map(|e| checkpoint(statuses, e)).collect();
    journey::newest_first(&mut checkpoints);

    let country = |code: &Option<String>| {
        let country = code.as_deref().and_then(|code| Country::new(code).ok());
        Place { country, ..Place::default() }.known()
    };
    let mut tracking = Tracking::new(carrier.clone(), number, Status::Unknown);
    tracking.service.clone_from(&item.item_type);
    tracking.origin = country(&item.original_country);
    tracking.destination = country(&item.destination_country);
    journey::settle(&mut tracking, checkpoints);
    tracking
}

fn checkpoint(statuses: &StatusTable, event: &Event) -> Checkpoint {
    let mapped = event.event_description.as_deref().and_then(|code| statuses.get("event_description", code));
    let date = event.date.as_deref();
    Checkpoint {
        // Speedpost's times have no offset, and an item may be abroad.
        time: date.and_then(|text| text.parse().ok()),
        local_time: date.and_then(|text| text.parse().ok()),
        status: mapped.map_or(Status::Unknown, |m| m.status),
        code: event.event_description.clone(),
        text: event.status_description.clone(),
        fault: mapped.and_then(|m| m.fault),
        place: Place { city: event.location.clone(), ..Place::default() }.known(),
    }
}
