//! The answer of DHL Shipment Tracking - Unified, read into trackings: one for each shipment of the number. Pure.

use super::{problem_status, wire};
use crate::contract::{
    CarrierId, Checkpoint, Country, Failure, FailureKind, Mapped, Place, ProofOfDelivery, Reading, Response,
    Status, StatusTable, Tracking, printed,
};
use crate::{foreign, journey, places};

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
        return Err(nothing_shown(&answer.possible_additional_shipments_url));
    }
    let further = further_shipments(&answer.possible_additional_shipments_url);
    let mut readings = Vec::new();
    for shipment in &shipments {
        if let Some(number) = echo(shipment, response.asked) {
            let mut tracking = tracking(carrier, statuses, shipment, number);
            tracking.notes.extend(further.clone());
            readings.push(tracking.into());
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
        404 => (FailureKind::NotFound, "DHL finds no shipment with the number"),
        401 | 403 => (FailureKind::Refused, "DHL refuses the API key"),
        429 => (FailureKind::RateLimited, "DHL asks to come back later, or the day's quota is used up"),
        500.. => (FailureKind::Unavailable, "DHL has an error of its own"),
        _ => {
            (FailureKind::Inconclusive, "DHL does not take the request, which says nothing about the parcel")
        }
    };
    Some(Failure::new(kind, status.to_string(), message))
}

/// No shipment, but no 404 either: DHL does not say that it knows none.
fn nothing_shown(further: &[String]) -> Failure {
    let mut failure = Failure::new(
        FailureKind::Inconclusive,
        "no_shipments",
        "DHL shows no shipment without saying that there is none",
    );
    if !further.is_empty() {
        failure.needs.push("service".to_owned());
    }
    failure
}

/// Other divisions have shipments of the same number.
fn further_shipments(urls: &[String]) -> Option<String> {
    let service = |url: &String| {
        let value = url.split(['?', '&']).find_map(|field| field.strip_prefix("service="))?;
        value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-').then(|| value.to_owned())
    };
    let services: Vec<String> = urls.iter().filter_map(service).collect();
    match (urls.is_empty(), services.is_empty()) {
        (true, _) => None,
        (false, true) => Some("DHL names further shipments with this number".to_owned()),
        (false, false) => {
            Some(format!("DHL names further shipments with this number: {}", services.join(", ")))
        }
    }
}

/// The number under which a shipment answers for what was asked: its own, or that of one of its pieces.
fn echo<'a>(shipment: &'a wire::Shipment, asked: Option<&str>) -> Option<&'a str> {
    let own = shipment.id.as_deref();
    let Some(asked) = asked else { return own };
    let pieces = shipment.details.piece_ids.iter().map(String::as_str);
    own.into_iter().chain(pieces).find(|number| foreign::same_number(number, asked))
}

fn tracking(
    carrier: &CarrierId,
    statuses: &StatusTable,
    shipment: &wire::Shipment,
    number: &str,
) -> Tracking {
    let service = shipment.service.as_deref().unwrap_or_default();
    // Some divisions tell only where the shipment stands.
    let told = if shipment.events.is_empty() { shipment.status.as_slice() } else { &shipment.events };
    let mut checkpoints: Vec<Checkpoint> = told.iter().map(|e| checkpoint(statuses, service, e)).collect();
    journey::newest_first(&mut checkpoints);

    let mut tracking = Tracking::new(carrier.clone(), number, Status::Unknown);
    // DHL's own word for where the shipment stands counts as its newest report, unless it says only coarsely what an
    // event of the same time says in the division's code.
    let is_coarse = |e: &wire::Event| by_service(statuses, service, e).is_none();
    let said_better =
        |s: &wire::Event| shipment.events.iter().any(|e| e.timestamp == s.timestamp && !is_coarse(e));
    let current = shipment.status.as_ref().filter(|s| !(is_coarse(s) && said_better(s)));
    let current = current.map(|e| checkpoint(statuses, service, e));
    let reports: Vec<&Checkpoint> = current.iter().chain(&checkpoints).collect();
    if let Some(stands) = journey::standing(reports.iter().map(|r| r.status)).and_then(|i| reports.get(i)) {
        tracking.status = stands.status;
        tracking.status_code.clone_from(&stands.code);
        tracking.status_text.clone_from(&stands.text);
    }

    let details = &shipment.details;
    tracking.service = details.product.product_name.clone().or_else(|| shipment.service.clone());
    tracking.origin = place(&shipment.origin.address);
    tracking.destination = place(&shipment.destination.address);
    let weight = details.weight.value.as_deref().zip(details.weight.unit_text.as_deref());
    tracking.weight_grams = weight.and_then(|(figure, unit)| foreign::grams(figure, unit));
    let estimate = shipment
        .estimated_time_of_delivery
        .as_deref()
        .or(shipment.estimated_delivery_time_frame.estimated_through.as_deref());
    (tracking.estimated_delivery, tracking.estimated_delivery_local) =
        match estimate.map_or((None, None), printed) {
            (Some(instant), _) => (Some(instant), None),
            (None, local) => (None, local),
        };
    let signed_on = details.proof_of_delivery.timestamp.as_deref().and_then(|t| printed(t).0);
    tracking.delivered_at = journey::delivered_at(tracking.status, &checkpoints)
        .or(signed_on.filter(|_| tracking.status == Status::Delivered));
    let signed_by = name(&details.proof_of_delivery.signed);
    tracking.proof_of_delivery =
        signed_by.map(|name| ProofOfDelivery { signed_by: Some(name), left_at: None });
    tracking.notes = notes(shipment, number);
    tracking.checkpoints = checkpoints;
    tracking
}

fn notes(shipment: &wire::Shipment, number: &str) -> Vec<String> {
    let pieces = shipment.details.total_number_of_pieces.as_deref().and_then(|n| n.parse::<u32>().ok());
    let pieces = pieces.filter(|n| *n > 1).map(|n| format!("the shipment has {n} pieces"));
    let own = shipment.id.as_deref().filter(|own| !foreign::same_number(own, number));
    pieces.into_iter().chain(own.map(|own| format!("a piece of DHL's shipment {own}"))).collect()
}

fn name(person: &wire::Person) -> Option<String> {
    let parts = || person.given_name.iter().chain(&person.family_name).cloned().collect::<Vec<_>>().join(" ");
    person.name.clone().or_else(|| foreign::trimmed(&parts()))
}

/// A code is one word; some divisions write a sentence in its place.
fn code_word(event: &wire::Event) -> Option<&str> {
    event.status.as_deref().filter(|status| !status.contains(char::is_whitespace))
}

fn by_service(statuses: &StatusTable, service: &str, event: &wire::Event) -> Option<Mapped> {
    statuses.get(service, event.status.as_deref()?)
}

/// By the division's code; where the division or the code is not known, by the coarse `statusCode`.
fn meaning(statuses: &StatusTable, service: &str, event: &wire::Event) -> Option<Mapped> {
    by_service(statuses, service, event).or_else(|| {
        let coarse = event.status_code.as_deref()?.to_ascii_lowercase();
        statuses.get("status_code", &coarse)
    })
}

fn checkpoint(statuses: &StatusTable, service: &str, event: &wire::Event) -> Checkpoint {
    let mapped = meaning(statuses, service, event);
    let place = place(&event.location.address);
    let (given, local_time) = event.timestamp.as_deref().map_or((None, None), printed);
    let by_place = || places::instant_in(place.as_ref()?.country, local_time?);
    Checkpoint {
        time: given.or_else(by_place),
        local_time,
        status: mapped.map_or(Status::Unknown, |m| m.status),
        code: code_word(event).or(event.status_code.as_deref()).map(str::to_owned),
        text: event.description.clone().or_else(|| event.status.clone()),
        fault: mapped.and_then(|m| m.fault),
        place,
    }
}

/// `CITY - COUNTRY NAME` is how Express prints a locality; others print the city alone.
fn place(address: &wire::Address) -> Option<Place> {
    let code = address.country_code.as_deref().and_then(|code| Country::new(code).ok());
    let (city, named) = match address.address_locality.as_deref() {
        None => (None, None),
        Some(locality) => {
            let split = locality.rsplit_once(" - ");
            match split.and_then(|(city, country)| Some((city, places::country_named(country)?))) {
                Some((city, country)) => (foreign::trimmed(city), Some(country)),
                None => (Some(locality.to_owned()), None),
            }
        }
    };
    Place { country: code.or(named), city, region: None, postal_code: address.postal_code.clone() }.known()
}
