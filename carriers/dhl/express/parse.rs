//! The answer of MyDHL API, read into trackings: one for each shipment, or the piece that was asked. Pure.

use super::super::problem_status;
use super::wire;
use crate::contract::{
    CarrierId, Checkpoint, Country, Failure, FailureKind, LocalTime, OffsetTime, Place, ProofOfDelivery,
    Reading, Response, Status, StatusTable, Tracking,
};
use crate::{foreign, journey, places};

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
    let answer: wire::Answer = foreign::answer(response)?;
    let Some(wire::Shipments(shipments)) = answer.shipments else {
        return Err(problem(&answer, response.status).unwrap_or_else(shapeless));
    };
    if !foreign::is_success(response.status) {
        return Err(shapeless());
    }
    if shipments.is_empty() {
        let message = "DHL shows no shipment without saying that there is none";
        return Err(Failure::new(FailureKind::Inconclusive, "no_shipments", message));
    }
    let mut readings = Vec::new();
    for shipment in &shipments {
        if let Some(told) = Told::of(shipment, response.asked) {
            readings.push(told.reading(carrier, statuses));
        }
    }
    match (readings.is_empty(), response.asked) {
        (false, _) => Ok(readings),
        (true, Some(_)) => Err(foreign::wrong_number()),
        (true, None) => Err(shapeless()),
    }
}

/// What DHL's own problem body means.
fn problem(answer: &wire::Answer, http: u16) -> Option<Failure> {
    let status = problem_status(answer.title.as_deref(), answer.status.as_deref(), http)?;
    let (kind, message) = match status {
        404 => (FailureKind::NotFound, "DHL Express finds no shipment with the number"),
        401 | 403 => (FailureKind::Refused, "DHL Express refuses the credentials"),
        429 => (FailureKind::RateLimited, "DHL Express asks to come back later"),
        500.. => (FailureKind::Unavailable, "DHL Express has an error of its own"),
        _ => (
            FailureKind::Inconclusive,
            "DHL Express does not take the request, which says nothing about the parcel",
        ),
    };
    Some(Failure::new(kind, status.to_string(), message))
}

/// What an answer tells under one number: a shipment, or one of its pieces.
struct Told<'a> {
    shipment: &'a wire::Shipment,
    number: &'a str,
    is_piece: bool,
    /// None where only the several pieces tell, each its own.
    events: Option<&'a [wire::Event]>,
}

impl<'a> Told<'a> {
    fn of(shipment: &'a wire::Shipment, asked: Option<&str>) -> Option<Self> {
        let is_asked = |number: &str| asked.is_none_or(|asked| foreign::same_number(number, asked));
        if let Some(number) = shipment.shipment_tracking_number.as_deref().filter(|n| is_asked(n)) {
            let events = match shipment.pieces.as_slice() {
                [piece] if shipment.events.is_empty() => Some(piece.events.as_slice()),
                pieces if shipment.events.is_empty() && pieces.iter().any(|p| !p.events.is_empty()) => None,
                _ => Some(shipment.events.as_slice()),
            };
            return Some(Self { shipment, number, is_piece: false, events });
        }
        let piece = shipment.pieces.iter().find(|p| p.tracking_number.as_deref().is_some_and(is_asked))?;
        let events = if piece.events.is_empty() { &shipment.events } else { &piece.events };
        Some(Self {
            shipment,
            number: piece.tracking_number.as_deref()?,
            is_piece: true,
            events: Some(events),
        })
    }

    fn reading(&self, carrier: &CarrierId, statuses: &StatusTable) -> Reading {
        let failed = |code: String, message: &str| {
            let mut failure = Failure::new(FailureKind::Inconclusive, code, message);
            failure.tracking_number = Some(self.number.to_owned());
            failure.into()
        };
        let Some(events) = self.events else {
            return failed(
                "pieces_only".to_owned(),
                "DHL Express tells only of the shipment's several pieces",
            );
        };
        let looked_up = self.shipment.status.as_deref().is_none_or(|s| s.eq_ignore_ascii_case("success"));
        if events.is_empty() && !looked_up {
            let code = self.shipment.status.iter().flat_map(|s| s.chars()).take(CODE_CHARS_MAX).collect();
            return failed(code, "DHL Express could not look up the shipment");
        }
        self.tracking(carrier, statuses, events).into()
    }

    fn tracking(&self, carrier: &CarrierId, statuses: &StatusTable, events: &[wire::Event]) -> Tracking {
        let shipment = self.shipment;
        let mut checkpoints: Vec<Checkpoint> = events.iter().map(|e| checkpoint(statuses, e)).collect();
        // Told oldest first; turned round wherever the last is not older than the first.
        let ends = checkpoints.first().zip(checkpoints.last());
        if ends.is_some_and(|(first, last)| local(first) <= local(last)) {
            checkpoints.reverse();
        }
        journey::newest_first(&mut checkpoints);

        // A shipment without events was announced and not yet scanned.
        let mut tracking = Tracking::new(carrier.clone(), self.number, Status::LabelCreated);
        if let Some(newest) = checkpoints.first() {
            let stands = journey::standing(checkpoints.iter().map(|c| c.status));
            let stands = stands.and_then(|index| checkpoints.get(index)).unwrap_or(newest);
            tracking.status = stands.status;
            tracking.status_code.clone_from(&stands.code);
            tracking.status_text.clone_from(&stands.text);
        }
        tracking.service = shipment.product_code.as_ref().map(|code| format!("DHL Express product {code}"));
        tracking.origin = party(&shipment.shipper_details);
        tracking.destination = party(&shipment.receiver_details);
        let unit = match shipment.unit_of_measurements.as_deref() {
            Some("metric") => Some("KG"),
            Some("imperial") => Some("LB"),
            _ => None,
        };
        // The weight is that of the whole shipment.
        let weight = shipment.total_weight.as_deref().zip(unit).filter(|_| !self.is_piece);
        tracking.weight_grams = weight.and_then(|(figure, unit)| foreign::grams(figure, unit));
        tracking.estimated_delivery_local =
            shipment.estimated_delivery_date.as_deref().and_then(|date| date.parse().ok());
        tracking.delivered_at = journey::delivered_at(tracking.status, &checkpoints);
        let signed_by = events.iter().rev().find_map(|e| e.signed_by.clone());
        tracking.proof_of_delivery =
            signed_by.map(|name| ProofOfDelivery { signed_by: Some(name), left_at: None });
        tracking.notes = self.notes();
        tracking.checkpoints = checkpoints;
        tracking
    }

    fn notes(&self) -> Vec<String> {
        let pieces = self.shipment.number_of_pieces.as_deref().and_then(|n| n.parse::<u32>().ok());
        let pieces = pieces.filter(|n| *n > 1).map(|n| format!("the shipment has {n} pieces"));
        let own = self.shipment.shipment_tracking_number.as_deref().filter(|_| self.is_piece);
        pieces.into_iter().chain(own.map(|own| format!("a piece of DHL's shipment {own}"))).collect()
    }
}

fn local(checkpoint: &Checkpoint) -> Option<jiff::civil::DateTime> {
    let printed = checkpoint.local_time?;
    Some(printed.datetime().unwrap_or_else(|| printed.date().into()))
}

fn checkpoint(statuses: &StatusTable, event: &wire::Event) -> Checkpoint {
    let place = event.service_area.iter().find_map(|area| area.description.as_deref()).and_then(area);
    let (time, local_time) = when(event, place.as_ref().and_then(|p| p.country));
    let mapped = event.type_code.as_deref().and_then(|code| statuses.get("mydhl_type_code", code));
    Checkpoint {
        time,
        local_time,
        status: mapped.map_or(Status::Unknown, |m| m.status),
        code: event.type_code.clone(),
        text: event.description.clone(),
        fault: mapped.and_then(|m| m.fault),
        place,
    }
}

/// Date and time of the place; the offset where it was told, else where the place keeps one clock.
fn when(event: &wire::Event, country: Option<Country>) -> (Option<OffsetTime>, Option<LocalTime>) {
    let (Some(date), time) = (event.date.as_deref(), event.time.as_deref()) else { return (None, None) };
    let printed = time.map_or_else(|| date.to_owned(), |time| format!("{date}T{time}"));
    let local = printed.parse().ok().or_else(|| date.parse().ok());
    let offset = event.gmt_offset.as_deref().filter(|_| time.is_some());
    let given = offset.and_then(|offset| format!("{printed}{offset}").parse().ok());
    (given.or_else(|| places::instant_in(country, local?)), local)
}

/// `CITY-CC`.
fn area(description: &str) -> Option<Place> {
    let split = description.rsplit_once('-');
    let named = split.and_then(|(city, code)| Some((city, Country::new(code.trim()).ok()?)));
    let (city, country) = named.map_or((description, None), |(city, country)| (city, Some(country)));
    Place { country, city: foreign::trimmed(city), ..Place::default() }.known()
}

/// The country is told; town and postal code mostly are blank. The service area is not the town of the address.
fn party(party: &wire::Party) -> Option<Place> {
    let address = &party.postal_address;
    let code = address.country_code.as_deref().and_then(|code| Country::new(code).ok());
    let served = || party.service_area.iter().find_map(|a| area(a.description.as_deref()?)?.country);
    Place {
        country: code.or_else(served),
        city: address.city_name.clone(),
        region: address.province_code.clone(),
        postal_code: address.postal_code.clone(),
    }
    .known()
}
