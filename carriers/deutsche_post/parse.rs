//! The answer of DHL's Parcel DE Tracking, read into trackings: one for each piece. Pure.

use jiff::civil::DateTime;

use crate::contract::{
    CarrierId, Checkpoint, Country, Failure, FailureKind, Fault, LocalTime, OffsetTime, Place, Reading,
    Response, Status, StatusTable, Tracking,
};
use crate::xml::{self, Element};
use crate::{foreign, journey, places};

/// Longest error code that is passed on.
const CODE_CHARS_MAX: usize = 32;

/// Whether a body looks like an answer of Parcel DE Tracking.
pub fn recognizes(body: &[u8]) -> bool {
    String::from_utf8_lossy(body).contains("\"piece-shipment")
}

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
    let root = xml::document(response)?;
    let is_own =
        root.name == "data" && root.attribute("name").is_some_and(|n| n.starts_with("piece-shipment"));
    let Some(code) = root.attribute("code").filter(|_| is_own && foreign::is_success(response.status)) else {
        return Err(shapeless());
    };
    if let Some(failure) = refusal(code, response.asked) {
        return Err(failure);
    }
    let pieces: Vec<&Element<'_>> = named(&root, "piece-shipment").collect();
    let mut readings = Vec::new();
    for piece in &pieces {
        let Some(number) = echo(piece, response.asked) else { continue };
        let failed = piece.attribute("error-status").and_then(|code| refusal(code, response.asked));
        readings.push(match failed {
            Some(failure) => Failure { tracking_number: Some(number.to_owned()), ..failure }.into(),
            None => tracking(carrier, statuses, piece, number).into(),
        });
    }
    match (readings.is_empty(), pieces.is_empty() || response.asked.is_none()) {
        (false, _) => Ok(readings),
        (true, false) => Err(foreign::wrong_number()),
        (true, true) => Err(shapeless()),
    }
}

/// All is `data`, told apart by its name.
fn named<'a>(element: &'a Element<'a>, name: &'a str) -> impl Iterator<Item = &'a Element<'a>> {
    element.all("data").filter(move |data| data.attribute("name") == Some(name))
}

/// What a code means; none where it is no error. Letters are tracked elsewhere: of those this source cannot say that
/// they do not exist.
fn refusal(code: &str, asked: Option<&str>) -> Option<Failure> {
    let (kind, message) = match code {
        "0" => return None,
        "100" if asked.is_some_and(is_letter) => (
            FailureKind::Inconclusive,
            "DHL finds no parcel with the number, and letters it tracks elsewhere",
        ),
        "100" => (FailureKind::NotFound, "DHL finds no parcel with the number"),
        "5" => (FailureKind::Refused, "DHL refuses the application's name or password"),
        "6" => (FailureKind::RateLimited, "DHL has seen too many numbers that do not exist"),
        _ => {
            (FailureKind::Inconclusive, "DHL does not take the request, which says nothing about the parcel")
        }
    };
    Some(Failure::new(kind, code.chars().take(CODE_CHARS_MAX).collect::<String>(), message))
}

/// An S10 number of a letter: of parcels the service begins with C, of express items with E.
fn is_letter(number: &str) -> bool {
    let bytes = number.as_bytes();
    bytes.len() == 13 && bytes[..2].iter().all(u8::is_ascii_uppercase) && !matches!(bytes[0], b'C' | b'E')
}

/// The number under which a piece answers for what was asked.
fn echo<'a>(piece: &'a Element<'a>, asked: Option<&str>) -> Option<&'a str> {
    let names = ["piece-code", "searched-piece-code", "piece-identifier"];
    let mut numbers = names.into_iter().filter_map(|name| piece.attribute(name));
    match asked {
        Some(asked) => numbers.find(|number| foreign::same_number(number, asked)),
        None => numbers.next(),
    }
}

fn tracking(carrier: &CarrierId, statuses: &StatusTable, piece: &Element<'_>, number: &str) -> Tracking {
    // Printed oldest first.
    let events = named(piece, "piece-event-list").flat_map(|list| named(list, "piece-event"));
    let mut checkpoints: Vec<Checkpoint> = events.map(|e| checkpoint(statuses, e)).collect();
    checkpoints.reverse();
    journey::newest_first(&mut checkpoints);

    let country = |name: &str| Place { country: country(piece.attribute(name)), ..Place::default() }.known();
    let mut tracking = Tracking::new(carrier.clone(), number, Status::Unknown);
    tracking.service = piece.attribute("product-name").map(str::to_owned);
    tracking.origin = country("origin-country");
    tracking.destination = country("dest-country");
    journey::settle(&mut tracking, checkpoints);
    tracking
}

/// By the standard code, else by the international one. What is on its way back is told beside the code.
fn meaning(statuses: &StatusTable, event: &Element<'_>) -> (Status, Option<Fault>) {
    let by = |namespace: &str, name: &str| statuses.get(namespace, event.attribute(name)?);
    let mapped = by("standard_event_code", "standard-event-code").or_else(|| by("ice", "ice"));
    let Some(mapped) = mapped else { return (Status::Unknown, None) };
    let is_back = event.attribute("ruecksendung") == Some("true");
    match mapped.status {
        Status::Delivered if is_back => (Status::Returned, mapped.fault),
        Status::InTransit | Status::OutForDelivery if is_back => (Status::Returning, mapped.fault),
        status => (status, mapped.fault),
    }
}

fn checkpoint(statuses: &StatusTable, event: &Element<'_>) -> Checkpoint {
    let (status, fault) = meaning(statuses, event);
    let told = |name: &str| event.attribute(name).map(str::to_owned);
    let place = Place {
        country: country(event.attribute("event-country")),
        city: told("event-location"),
        ..Place::default()
    };
    let local_time = event.attribute("event-timestamp").and_then(printed);
    Checkpoint {
        time: local_time.and_then(|local| instant(place.country, local)),
        local_time,
        status,
        code: told("standard-event-code").or_else(|| told("ice")),
        text: told("event-short-status").or_else(|| told("event-status")),
        fault,
        place: place.known(),
    }
}

/// `dd.MM.yyyy HH:mm`.
fn printed(text: &str) -> Option<LocalTime> {
    DateTime::strptime("%d.%m.%Y %H:%M", text).ok().map(LocalTime::DateTime)
}

/// The clock is the German one; abroad it is not sure that it is.
fn instant(country: Option<Country>, local: LocalTime) -> Option<OffsetTime> {
    let germany = Country::new("DE").ok();
    places::instant_in(germany, local).filter(|_| country.is_none() || country == germany)
}

/// Two letters, or a name in English; of the German ones the country itself.
fn country(text: Option<&str>) -> Option<Country> {
    let text = text?;
    let text = if text == "Deutschland" { "DE" } else { text };
    Country::new(text).ok().or_else(|| places::country_named(text))
}
