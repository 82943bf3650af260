//! Canada Post's details of a PIN, read into a tracking. Pure.

use super::clock;
use super::wire::{self, Detail, Message, Occurrence};
use crate::contract::{
    CarrierId, Checkpoint, Country, Failure, FailureKind, Mapped, Place, ProofOfDelivery, Reading, Response,
    Status, StatusTable, Tracking,
};
use crate::{foreign, journey, places};

/// Longest error code that is passed on.
const CODE_CHARS_MAX: usize = 32;

/// The time that stands where the hour of a delivery is not known.
const FILLER: &str = "11:59:59";

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
    let shapeless = || foreign::unexpected_shape(response.status);
    let detail = wire::detail(response)?;
    if let Some(message) = detail.messages.first().or(detail.errors.first()) {
        return Err(refusal(message, response.status));
    }
    if let Some(status) = detail.http_code.as_deref() {
        // The gateway before the newer service, which does not speak about the PIN.
        let message = Message {
            code: Some(status.to_owned()),
            description: detail.more_information,
            ..Message::default()
        };
        return Err(refusal(&message, status.parse().unwrap_or(response.status)));
    }
    let Some(pin) = detail.pin.as_deref().filter(|_| foreign::is_success(response.status)) else {
        return Err(shapeless());
    };
    if response.asked.is_some_and(|asked| !foreign::same_number(asked, pin)) {
        return Err(foreign::wrong_number());
    }
    Ok(tracking(carrier, statuses, &detail, pin))
}

/// What an error means: by its code, then by the HTTP status. The throttle is told by its words alone, with whatever
/// status.
fn refusal(message: &Message, status: u16) -> Failure {
    let code = message.code.as_ref().or(message.error_code.as_ref());
    let code: String = code.map_or("no_code", String::as_str).chars().take(CODE_CHARS_MAX).collect();
    let words = message.description.as_deref().or(message.message.as_deref());
    let throttled = words.is_some_and(|text| text.contains("SLM Monitor"));
    let (kind, message) = match (code.as_str(), status) {
        _ if throttled => (FailureKind::RateLimited, "Canada Post asks to come back in a minute"),
        ("004", _) => (FailureKind::NotFound, "Canada Post has no history of the PIN"),
        ("E002" | "AA01" | "AA02" | "AA03" | "AA04" | "AA05" | "AA06" | "AA07" | "AA08" | "AA09", _)
        | (_, 401 | 403) => (FailureKind::Refused, "Canada Post refuses the key"),
        (_, 429) => (FailureKind::RateLimited, "Canada Post asks to come back later"),
        ("Server", _) | (_, 500..) => (FailureKind::Unavailable, "Canada Post has an error of its own"),
        _ => (
            FailureKind::Inconclusive,
            "Canada Post does not take the request, which says nothing about the item",
        ),
    };
    Failure::new(kind, code, message)
}

fn tracking(carrier: &CarrierId, statuses: &StatusTable, detail: &Detail, pin: &str) -> Tracking {
    let mut checkpoints: Vec<Checkpoint> =
        detail.significant_events.iter().map(|e| checkpoint(statuses, e)).collect();
    journey::newest_first(&mut checkpoints);

    let mut tracking = Tracking::new(carrier.clone(), pin, Status::Unknown);
    tracking.service.clone_from(&detail.service_name);
    tracking.destination = detail.destination_postal_id.as_deref().map(|code| Place {
        country: Country::new("CA").ok().filter(|_| is_canadian_code(code)),
        postal_code: Some(code.to_owned()),
        ..Place::default()
    });
    let day = detail.changed_expected_date.as_ref().or(detail.expected_delivery_date.as_ref());
    tracking.estimated_delivery_local = day.and_then(|day| day.parse().ok());
    journey::settle(&mut tracking, checkpoints);
    let signed_by = detail.significant_events.iter().find_map(|event| event.signatory_name.clone());
    tracking.proof_of_delivery =
        signed_by.map(|name| ProofOfDelivery { signed_by: Some(name), left_at: None });
    tracking.notes = notes(statuses, detail);
    tracking
}

fn notes(statuses: &StatusTable, detail: &Detail) -> Vec<String> {
    let is_delivery =
        |e: &&Occurrence| meaning(statuses, e).is_some_and(|mapped| mapped.status == Status::Delivered);
    let filler = detail
        .significant_events
        .iter()
        .filter(is_delivery)
        .any(|event| event.event_time.as_deref() == Some(FILLER))
        .then(|| format!("Canada Post prints {FILLER} where it does not tell the hour of a delivery"));
    let back = detail.return_pin.as_deref();
    let back = back.map(|pin| format!("Canada Post sends the item back under the PIN {pin}"));
    filler.into_iter().chain(back).collect()
}

/// Codes are compared as numbers: leading zeros come and go.
fn meaning(statuses: &StatusTable, event: &Occurrence) -> Option<Mapped> {
    let number: u32 = event.event_identifier.as_deref()?.parse().ok()?;
    statuses.get("event_identifier", &format!("{number:04}"))
}

fn checkpoint(statuses: &StatusTable, event: &Occurrence) -> Checkpoint {
    let mapped = meaning(statuses, event);
    let (time, local_time) = clock::when(event);
    Checkpoint {
        time,
        local_time,
        status: mapped.map_or(Status::Unknown, |m| m.status),
        code: event.event_identifier.clone(),
        text: event.event_description.clone(),
        fault: mapped.and_then(|m| m.fault),
        place: place(event),
    }
}

/// No country is told: a Canadian province is in Canada, and the site of a scan abroad may be the country's name.
fn place(event: &Occurrence) -> Option<Place> {
    let in_canada = event.event_province.as_deref().is_some_and(clock::is_province);
    let abroad = || event.event_site.as_deref().and_then(places::country_named);
    Place {
        country: if in_canada { Country::new("CA").ok() } else { abroad() },
        city: event.event_site.clone(),
        region: event.event_province.clone(),
        postal_code: None,
    }
    .known()
}

/// `A0A` or `A0A0A0`.
fn is_canadian_code(code: &str) -> bool {
    let code = code.replace(' ', "");
    let fits = |(at, byte): (usize, u8)| {
        if at % 2 == 0 { byte.is_ascii_alphabetic() } else { byte.is_ascii_digit() }
    };
    matches!(code.len(), 3 | 6) && code.bytes().enumerate().all(fits)
}
