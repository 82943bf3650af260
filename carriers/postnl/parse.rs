//! The answer of PostNL's Shipping Status API, read into trackings: one for each shipment. Pure.

use jiff::civil::DateTime;

use super::wire::{self, Answer, Event, Shipment};
use crate::contract::{
    CarrierId, Checkpoint, Country, Failure, FailureKind, LocalTime, Mapped, OffsetTime, Place, Reading,
    Response, Status, StatusTable, Tracking,
};
use crate::{foreign, journey, places};

/// "No shipment found."
const NOT_FOUND: &str = "2";

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
    let answer: Answer = foreign::answer(response)?;
    if let Some(fault) = &answer.fault {
        return Err(refusal(fault, response.status));
    }
    if !foreign::is_success(response.status) {
        return Err(shapeless());
    }
    let told = [&answer.complete_status, &answer.current_status];
    let shipments: Vec<&Shipment> = told.into_iter().flatten().flat_map(|s| &s.shipment).collect();
    if shipments.is_empty() {
        return Err(warning(&answer).unwrap_or_else(shapeless));
    }
    let is_asked = |number: &Option<String>| {
        number.as_deref().is_some_and(|n| response.asked.is_none_or(|asked| foreign::same_number(asked, n)))
    };
    // A shipment of several parcels has a barcode for each, and the first one's for all.
    let own = |s: &&Shipment| is_asked(&s.barcode).then(|| s.barcode.clone()).flatten();
    let first = |s: &&Shipment| is_asked(&s.main_barcode).then(|| s.main_barcode.clone()).flatten();
    let read = |s: &&Shipment, number: String| Reading::from(tracking(carrier, statuses, s, &number));
    let mut readings: Vec<Reading> = shipments.iter().filter_map(|s| Some(read(s, own(s)?))).collect();
    if readings.is_empty() {
        readings.extend(shipments.iter().filter_map(|s| Some(read(s, first(s)?))));
    }
    match (readings.is_empty(), response.asked) {
        (false, _) => Ok(readings),
        (true, Some(_)) => Err(foreign::wrong_number()),
        (true, None) => Err(shapeless()),
    }
}

/// What the gateway before the API says: by its words, which come with several statuses, else by the HTTP status.
fn refusal(fault: &wire::Fault, status: u16) -> Failure {
    let words = fault.faultstring.as_deref().unwrap_or_default().to_ascii_lowercase();
    let (kind, message) = if status == 429 || words.contains("spike arrest") || words.contains("quota") {
        (FailureKind::RateLimited, "PostNL asks to come back later")
    } else if matches!(status, 401 | 403) || words.contains("apikey") || words.contains("api key") {
        (FailureKind::Refused, "PostNL refuses the key")
    } else {
        (FailureKind::Unavailable, "PostNL has an error of its own")
    };
    Failure::new(kind, "fault", message)
}

/// A warning stands where there is no shipment.
fn warning(answer: &Answer) -> Option<Failure> {
    let code = answer.warnings.first()?.code.as_deref().unwrap_or("no_code");
    let code: String = code.chars().take(CODE_CHARS_MAX).collect();
    Some(if code == NOT_FOUND {
        Failure::new(FailureKind::NotFound, code, "PostNL finds no shipment with the number")
    } else {
        Failure::new(FailureKind::Inconclusive, code, "PostNL warns instead of showing a shipment")
    })
}

fn tracking(carrier: &CarrierId, statuses: &StatusTable, shipment: &Shipment, number: &str) -> Tracking {
    let is_given = |e: &&Event| e.code.is_some() || e.description.is_some() || e.time_stamp.is_some();
    let mut checkpoints: Vec<Checkpoint> =
        shipment.event.iter().filter(is_given).map(|e| checkpoint(statuses, e)).collect();
    if checkpoints.is_empty() {
        checkpoints.extend(standing(statuses, shipment));
    }
    journey::newest_first(&mut checkpoints);

    let mut tracking = Tracking::new(carrier.clone(), number, Status::Unknown);
    tracking.service.clone_from(&shipment.product_description);
    tracking.origin = address(shipment, "02");
    tracking.destination = address(shipment, "01");
    tracking.weight_grams = shipment.dimension.weight.as_deref().and_then(|w| foreign::grams(w, "G"));
    let estimate = shipment.expectation.eta_to.as_deref().and_then(printed);
    tracking.estimated_delivery = estimate.and_then(instant);
    tracking.estimated_delivery_local = estimate.filter(|_| tracking.estimated_delivery.is_none());
    journey::settle(&mut tracking, checkpoints);
    // PostNL's own word for where the shipment stands counts as its newest report.
    if let Some(own) = standing(statuses, shipment).filter(|own| own.status != Status::Unknown) {
        let reports = std::iter::once(own.status).chain(tracking.checkpoints.iter().map(|c| c.status));
        if journey::standing(reports) == Some(0) {
            (tracking.status, tracking.status_code, tracking.status_text) = (own.status, own.code, own.text);
            let delivered = tracking.status == Status::Delivered;
            tracking.delivered_at = journey::delivered_at(tracking.status, &tracking.checkpoints)
                .or(own.time.filter(|_| delivered));
        }
    }
    let amount = shipment.shipment_amount.as_deref().and_then(|n| n.parse::<u32>().ok()).filter(|n| *n > 1);
    tracking.notes.extend(amount.map(|n| format!("the shipment has {n} parcels")));
    tracking
}

/// Where the shipment stands: by the code, else by the phase. 99 says nothing.
fn standing(statuses: &StatusTable, shipment: &Shipment) -> Option<Checkpoint> {
    let status = &shipment.status;
    let by = |namespace: &str, code: &Option<String>| statuses.get(namespace, code.as_deref()?);
    let mapped = by("status_code", &status.status_code).or_else(|| by("phase_code", &status.phase_code));
    status.status_code.is_some().then(|| {
        report(
            mapped,
            status.status_code.clone(),
            status.status_description.clone(),
            status.time_stamp.as_deref(),
        )
    })
}

fn checkpoint(statuses: &StatusTable, event: &Event) -> Checkpoint {
    let mapped = event.code.as_deref().and_then(|code| statuses.get("event_code", code));
    report(mapped, event.code.clone(), event.description.clone(), event.time_stamp.as_deref())
}

fn report(
    mapped: Option<Mapped>,
    code: Option<String>,
    text: Option<String>,
    at: Option<&str>,
) -> Checkpoint {
    let local_time = at.and_then(printed);
    Checkpoint {
        time: local_time.and_then(instant),
        local_time,
        status: mapped.map_or(Status::Unknown, |m| m.status),
        code,
        text,
        fault: mapped.and_then(|m| m.fault),
        place: None,
    }
}

/// `dd-MM-yyyy HH:mm:ss`, in some fields ISO 8601.
fn printed(text: &str) -> Option<LocalTime> {
    let own = DateTime::strptime("%d-%m-%Y %H:%M:%S", text).ok().map(LocalTime::DateTime);
    own.or_else(|| text.parse().ok())
}

/// Every time is told by the Dutch clock.
fn instant(local: LocalTime) -> Option<OffsetTime> {
    places::instant_in(Country::new("NL").ok(), local)
}

fn address(shipment: &Shipment, kind: &str) -> Option<Place> {
    let address = shipment.address.iter().find(|a| a.address_type.as_deref() == Some(kind))?;
    Place {
        country: address.country_code.as_deref().and_then(|code| Country::new(code).ok()),
        city: address.city.clone(),
        region: None,
        postal_code: address.zipcode.clone(),
    }
    .known()
}
