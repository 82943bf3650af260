//! Korea Post's page, read into a tracking. The wording is the status. Pure.

use jiff::civil::{Date, DateTime};

use super::tables::{self, Event};
use crate::contract::{
    CarrierId, Checkpoint, Country, Failure, FailureKind, LocalTime, Mapped, Place, Reading, Response,
    Status, StatusTable, Tracking,
};
use crate::{foreign, journey, page, places};

/// Reads an answer; never empty.
pub fn read(carrier: &CarrierId, statuses: &StatusTable, response: Response<'_>) -> Vec<Reading> {
    match read_page(carrier, statuses, response) {
        Ok(tracking) => vec![tracking.into()],
        Err(failure) => vec![failure.into()],
    }
}

fn read_page(
    carrier: &CarrierId,
    statuses: &StatusTable,
    response: Response<'_>,
) -> Result<Tracking, Failure> {
    // The page for items abroad comes as a piece of a page, without its end.
    let page = tables::read(&page::document(response, "</table>")?);
    let Some(history) = page.history else {
        return Err(Failure::new(
            FailureKind::Unavailable,
            "unexpected_shape",
            "the page shows none of Korea Post's tables",
        ));
    };
    let number = page.number.as_deref();
    if response.asked.zip(number).is_some_and(|(asked, number)| !foreign::same_number(asked, number)) {
        return Err(foreign::wrong_number());
    }
    if history.is_empty() {
        let mut failure =
            Failure::new(FailureKind::NotFound, "not_found", "Korea Post shows no event of the number");
        failure.tracking_number = number.map(str::to_owned);
        return Err(failure);
    }
    let Some(number) = number else {
        return Err(Failure::new(
            FailureKind::Malformed,
            "unexpected_shape",
            "the page does not name the item",
        ));
    };
    // Printed oldest first.
    let mut checkpoints: Vec<Checkpoint> = history.iter().rev().map(|e| checkpoint(statuses, e)).collect();
    journey::newest_first(&mut checkpoints);
    let mut tracking = Tracking::new(carrier.clone(), number, Status::Unknown);
    let posted = checkpoints.last().filter(|c| c.status == Status::Accepted);
    tracking.origin = posted
        .and_then(|_| Country::new("KR").ok())
        .map(|country| Place { country: Some(country), ..Place::default() });
    journey::settle(&mut tracking, checkpoints);
    Ok(tracking)
}

fn checkpoint(statuses: &StatusTable, event: &Event) -> Checkpoint {
    let mapped = meaning(statuses, &event.wording);
    let status = mapped.map_or(Status::Unknown, |m| m.status);
    // The page for parcels in Korea is by the Korean clock. That for items abroad goes over to the destination's at
    // some point that it does not name; posting is before it.
    let in_korea = event.time.is_some() || status == Status::Accepted;
    let country = Country::new("KR").ok().filter(|_| in_korea);
    let local_time = printed(event);
    Checkpoint {
        time: local_time.and_then(|local| places::instant_in(country, local)),
        local_time,
        status,
        code: None,
        text: foreign::trimmed(&event.wording),
        fault: mapped.and_then(|m| m.fault),
        place: Place { country, city: foreign::trimmed(&event.office), ..Place::default() }.known(),
    }
}

/// The wording as it stands, or what stands before a bracket or comma that adds to it.
fn meaning(statuses: &StatusTable, wording: &str) -> Option<Mapped> {
    let shorter = wording.rmatch_indices(['(', '（', ',', '[']).map(|(at, _)| wording[..at].trim_end());
    std::iter::once(wording).chain(shorter).find_map(|text| statuses.get("wording", text))
}

/// `yyyy.MM.dd` and `HH:mm`, in one column or two; in English `HH:mm dd-MMM-yyyy`.
fn printed(event: &Event) -> Option<LocalTime> {
    let text = match &event.time {
        Some(time) => format!("{} {time}", event.date),
        None => event.date.clone(),
    };
    ["%Y.%m.%d %H:%M", "%H:%M %d-%b-%Y"]
        .iter()
        .find_map(|format| DateTime::strptime(format, &text).ok())
        .map(LocalTime::DateTime)
        .or_else(|| Date::strptime("%Y.%m.%d", &event.date).ok().map(LocalTime::Date))
}
