//! The answer of La Poste's Suivi v2, read into trackings: one for each number. Pure.

use serde_json::Value;

use super::wire::{Answer, Event, Shipment};
use crate::contract::{
    CarrierId, Checkpoint, Country, Failure, FailureKind, Fault, Place, ProofOfDelivery, Reading, Response,
    Status, StatusTable, Tracking,
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
    let values = match foreign::json(response)? {
        Value::Array(values) => values,
        value => vec![value],
    };
    let mut readings = Vec::new();
    let mut others = false;
    for value in values {
        let answer: Answer = foreign::shaped(value).ok_or_else(shapeless)?;
        let number =
            answer.shipment.as_ref().and_then(|s| s.id_ship.as_deref()).or(answer.id_ship.as_deref());
        let about_another = |number: &str| response.asked.is_some_and(|a| !foreign::same_number(a, number));
        if number.is_some_and(about_another) {
            others = true;
            continue;
        }
        match (&answer.shipment, number) {
            (Some(shipment), Some(number)) if foreign::is_success(response.status) => {
                readings.push(tracking(carrier, statuses, shipment, number).into());
            }
            _ => {
                let mut failure = refusal(&answer, response.status).ok_or_else(shapeless)?;
                failure.tracking_number = number.map(str::to_owned);
                readings.push(failure.into());
            }
        }
    }
    match (readings.is_empty(), others) {
        (false, _) => Ok(readings),
        (true, true) => Err(foreign::wrong_number()),
        (true, false) => Err(shapeless()),
    }
}

/// What an error means: by its `returnCode`, which repeats the HTTP status, or by the gateway's own word.
fn refusal(answer: &Answer, http: u16) -> Option<Failure> {
    if let Some(code) = &answer.return_code {
        let told = code.parse::<u16>().ok()?;
        // Under an error of HTTP the body must say the same.
        if told != http && !foreign::is_success(http) {
            return None;
        }
        let (kind, message) = match told {
            200 => return None,
            // 104 comes from the feed of La Poste's own page.
            404 | 104 => (FailureKind::NotFound, "La Poste does not know the number"),
            401 => (FailureKind::Refused, "La Poste refuses the key"),
            429 => (FailureKind::RateLimited, "La Poste asks to come back later"),
            500.. => (FailureKind::Unavailable, "La Poste has an error of its own"),
            400 => (FailureKind::Inconclusive, "La Poste cannot look up a number of this form"),
            _ => (
                FailureKind::Inconclusive,
                "La Poste does not take the request, which says nothing about the item",
            ),
        };
        return Some(Failure::new(kind, code.chars().take(CODE_CHARS_MAX).collect::<String>(), message));
    }
    let word = answer.code.as_deref().filter(|_| answer.message.is_some())?;
    let code: String = word.chars().take(CODE_CHARS_MAX).collect();
    // A 403 now and then is the site being closed, and the gateway's 404 is about its routes.
    Some(match (word, http) {
        ("UNAUTHORIZED", _) | (_, 401) => {
            Failure::new(FailureKind::Refused, code, "La Poste refuses the key")
        }
        _ => foreign::by_status(http, &code, "La Poste's gateway does not let the request through"),
    })
}

fn tracking(carrier: &CarrierId, statuses: &StatusTable, shipment: &Shipment, number: &str) -> Tracking {
    let mut checkpoints: Vec<Checkpoint> = shipment.event.iter().map(|e| checkpoint(statuses, e)).collect();
    journey::newest_first(&mut checkpoints);

    let context = &shipment.context_data;
    let mut tracking = Tracking::new(carrier.clone(), number, Status::Unknown);
    tracking.service.clone_from(&shipment.product);
    tracking.origin = country(context.origin_country.as_deref());
    tracking.destination = country(context.arrival_country.as_deref());
    tracking.estimated_delivery = shipment.estim_date.as_deref().and_then(|text| text.parse().ok());
    journey::settle(&mut tracking, checkpoints);
    if tracking.status == Status::Delivered {
        let point = context.removal_point.name.clone();
        tracking.proof_of_delivery =
            point.map(|point| ProofOfDelivery { signed_by: None, left_at: Some(point) });
    }
    tracking.notes = context
        .partner
        .name
        .iter()
        .map(|name| match &context.partner.reference {
            Some(reference) => format!("{name} carries it abroad as {reference}"),
            None => format!("{name} carries it abroad"),
        })
        .collect();
    tracking
}

fn country(code: Option<&str>) -> Option<Place> {
    Place { country: code.and_then(|code| Country::new(code).ok()), ..Place::default() }.known()
}

fn checkpoint(statuses: &StatusTable, event: &Event) -> Checkpoint {
    let (status, fault) = meaning(statuses, event);
    Checkpoint {
        time: event.date.as_deref().and_then(|text| text.parse().ok()),
        local_time: event.date.as_deref().and_then(|text| text.parse().ok()),
        status,
        code: event.code.clone(),
        text: event.label.clone(),
        fault,
        place: None,
    }
}

/// By the code; but a failure comes under a neutral code too, and then the label alone tells it.
fn meaning(statuses: &StatusTable, event: &Event) -> (Status, Option<Fault>) {
    let mapped = event.code.as_deref().and_then(|code| statuses.get("event_code", code));
    let Some(mapped) = mapped else { return (Status::Unknown, None) };
    let label = event.label.as_deref().unwrap_or_default().to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| label.contains(word));
    match mapped.status {
        Status::InTransit | Status::OutForDelivery if says(&["refus"]) => {
            (Status::Exception, Some(Fault::Recipient))
        }
        Status::InTransit | Status::OutForDelivery if says(&["avarie", "damage"]) => {
            (Status::Exception, Some(Fault::Carrier))
        }
        Status::InTransit | Status::OutForDelivery if says(&["incident"]) => {
            (Status::Exception, mapped.fault)
        }
        // It is being made ready at the site, and not yet on its round.
        Status::OutForDelivery if says(&["prépar", "prepar"]) => (Status::InTransit, mapped.fault),
        status => (status, mapped.fault),
    }
}
