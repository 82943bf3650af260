//! The FedEx Track API's answer, read into trackings: one for each shipment that has borne the number. Pure.

use super::{clock, wire};
use crate::contract::{
    CarrierId, Checkpoint, Country, Failure, FailureKind, LocalTime, Mapped, Place, ProofOfDelivery, Reading,
    Response, Status, StatusTable, Tracking,
};
use crate::{foreign, journey, places};

/// Longest error code that is passed on.
const CODE_CHARS_MAX: usize = 64;

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
    if let Some(error) = answer.errors.first() {
        return Err(refusal(error, response.status));
    }
    let output = answer.output.ok_or_else(shapeless)?;
    if !foreign::is_success(response.status) {
        return Err(shapeless());
    }
    let (mut readings, mut others) = (Vec::new(), false);
    for number in &output.complete_track_results {
        let mut results: Vec<&wire::TrackResult> = number.track_results.iter().collect();
        // The order in which shipments of one number come is not documented: the newest is told first.
        results.sort_by_key(|result| std::cmp::Reverse(shipped_on(result)));
        for result in &results {
            match echo(number, result, response.asked) {
                Some(echoed) if is_told(result) => {
                    let of = results.len();
                    readings.push(tracking(carrier, statuses, result, echoed, of).into());
                }
                Some(echoed) => {
                    let mut failure = result.error.as_ref().map_or_else(shapeless, |e| refusal(e, 200));
                    failure.tracking_number = Some(echoed.to_owned());
                    readings.push(failure.into());
                }
                None => others = true,
            }
        }
    }
    match (readings.is_empty(), others && response.asked.is_some(), output.alerts.first()) {
        (false, ..) => Ok(readings),
        (true, true, _) => Err(foreign::wrong_number()),
        (true, false, Some(alert)) => Err(refusal(alert, 200)),
        (true, false, None) => Err(shapeless()),
    }
}

/// What an error of FedEx means: by its code, and where the code is not known by the HTTP status. A number that FedEx
/// calls invalid is one that it cannot look up, which says nothing about the parcel.
pub fn refusal(error: &wire::Message, status: u16) -> Failure {
    let code: String = error.code.as_deref().unwrap_or("no_code").chars().take(CODE_CHARS_MAX).collect();
    let (kind, message) = match (code.as_str(), status) {
        ("TRACKING.TRACKINGNUMBER.NOTFOUND" | "NOTIFICATION.TRACKINGNBR.NOTFOUND", _) => {
            (FailureKind::NotFound, "FedEx does not know the number")
        }
        ("NOT.AUTHORIZED.ERROR" | "FORBIDDEN.ERROR", _) => {
            (FailureKind::Refused, "FedEx refuses the credentials or the token")
        }
        (_, 429) => {
            (FailureKind::RateLimited, "FedEx asks to come back later, or the day's quota is used up")
        }
        ("SERVICE.UNAVAILABLE.ERROR" | "INTERNAL.SERVER.ERROR", _) | (_, 500..) => {
            (FailureKind::Unavailable, "FedEx has an error of its own")
        }
        (_, 401 | 403) => (FailureKind::Refused, "FedEx refuses the client"),
        _ => (FailureKind::Inconclusive, "FedEx answers with an error that does not speak about the parcel"),
    };
    Failure::new(kind, code, message)
}

/// Whether FedEx tells anything of the shipment. Some answers hold both an error and a shipment.
fn is_told(result: &wire::TrackResult) -> bool {
    !result.scan_events.is_empty() || result.latest_status_detail.as_ref().is_some_and(|s| s.code.is_some())
}

/// The number under which a shipment answers for what was asked: its own, or the one that FedEx looked up for it.
fn echo<'a>(
    number: &'a wire::NumberResults,
    result: &'a wire::TrackResult,
    asked: Option<&str>,
) -> Option<&'a str> {
    let own = result.tracking_number_info.tracking_number.as_deref();
    let mut numbers = own.into_iter().chain(number.tracking_number.as_deref());
    match asked {
        None => numbers.next(),
        Some(asked) => numbers.find(|number| foreign::same_number(number, asked)),
    }
}

fn shipped_on(result: &wire::TrackResult) -> Option<jiff::civil::Date> {
    let shipped = clock::dated(result, "SHIP").1.map(LocalTime::date);
    let scanned =
        || result.scan_events.iter().filter_map(|s| clock::of_scan(s, None).1).map(LocalTime::date).max();
    shipped.or_else(scanned)
}

fn tracking(
    carrier: &CarrierId,
    statuses: &StatusTable,
    result: &wire::TrackResult,
    number: &str,
    shipments: usize,
) -> Tracking {
    let codes = Codes { statuses, result };
    let mut checkpoints: Vec<Checkpoint> = result.scan_events.iter().map(|e| codes.checkpoint(e)).collect();
    in_order(&mut checkpoints);

    let mut tracking = Tracking::new(carrier.clone(), number, Status::Unknown);
    // FedEx's own word for where the package stands counts as its newest report.
    let current =
        result.latest_status_detail.as_ref().filter(|s| s.code.is_some() || s.derived_code.is_some());
    let current = current.map(|s| {
        let status = codes.mapped(s.code.as_deref(), s.derived_code.as_deref(), &s.scan_location);
        (status.map_or(Status::Unknown, |m| m.status), &s.code, &s.description)
    });
    let mut reports = current.into_iter().chain(checkpoints.iter().map(|c| (c.status, &c.code, &c.text)));
    let stands = journey::standing(reports.clone().map(|(status, ..)| status));
    if let Some((status, code, text)) = stands.and_then(|index| reports.nth(index)) {
        (tracking.status, tracking.status_code, tracking.status_text) = (status, code.clone(), text.clone());
    }

    tracking.service.clone_from(&result.service_detail.description);
    tracking.origin = place(&result.shipper_information.address)
        .or_else(|| place(&result.origin_location.location_contact_and_address.address));
    tracking.destination = place(&result.recipient_information.address)
        .or_else(|| place(&result.destination_location.location_contact_and_address.address));
    let weights = result.package_details.weight_and_dimensions.weight.iter();
    let weights = weights.chain(&result.shipment_details.weight);
    tracking.weight_grams = weights
        .filter_map(|w| Some((w.unit.as_deref()?, w.value.as_deref()?)))
        .filter_map(|(unit, figure)| Some((unit.starts_with(['L', 'l']), foreign::grams(figure, unit)?)))
        // The same weight is told in kilograms and in pounds: the kilograms are those that need no conversion.
        .min_by_key(|(in_pounds, _)| *in_pounds)
        .map(|(_, grams)| grams);
    (tracking.estimated_delivery, tracking.estimated_delivery_local) = clock::estimate(result);
    let delivered_on = clock::dated(result, "ACTUAL_DELIVERY").0;
    tracking.delivered_at = journey::delivered_at(tracking.status, &checkpoints)
        .or(delivered_on.filter(|_| tracking.status == Status::Delivered));
    let details = &result.delivery_details;
    let proof = ProofOfDelivery {
        signed_by: details.received_by_name.clone().or_else(|| details.signed_by_name.clone()),
        left_at: details.location_description.clone().or_else(|| details.location_type.clone()),
    };
    let is_delivered = matches!(tracking.status, Status::Delivered | Status::Returned);
    tracking.proof_of_delivery = (proof != ProofOfDelivery::default() && is_delivered).then_some(proof);
    tracking.notes = notes(result, number, shipments);
    tracking.checkpoints = checkpoints;
    tracking
}

/// Newest first. A scan whose hour is not known stays where FedEx puts it; the others change places among themselves.
fn in_order(checkpoints: &mut [Checkpoint]) {
    let places: Vec<usize> = (0..checkpoints.len()).filter(|i| checkpoints[*i].time.is_some()).collect();
    let mut timed: Vec<Checkpoint> = places.iter().map(|i| checkpoints[*i].clone()).collect();
    journey::newest_first(&mut timed);
    for (place, checkpoint) in places.into_iter().zip(timed) {
        checkpoints[place] = checkpoint;
    }
}

fn notes(result: &wire::TrackResult, number: &str, shipments: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if shipments > 1 {
        let shipped = shipped_on(result).map(|date| format!(", shipped on {date}")).unwrap_or_default();
        let id = result.tracking_number_info.tracking_number_unique_id.as_deref().unwrap_or("without an id");
        notes.push(format!("FedEx knows {shipments} shipments of this number; this one is {id}{shipped}"));
    }
    let own = result.tracking_number_info.tracking_number.as_deref();
    if let Some(own) = own.filter(|own| !foreign::same_number(own, number)) {
        notes.push(format!("FedEx tracks this package as {own}"));
    }
    let pieces = result.package_details.count.as_deref().and_then(|n| n.parse::<u32>().ok());
    if let Some(pieces) = pieces.filter(|n| *n > 1) {
        notes.push(format!("the shipment has {pieces} packages"));
    }
    for (kind, words) in [
        ("RETURNED_TO_SHIPPER_TRACKING_NUMBER", "FedEx sends it back to the shipper as"),
        ("OUTBOUND_LINK_TO_RETURN", "FedEx links it to the return of"),
        ("REROUTE_TRACKING_NUMBER", "FedEx sends it to another address as"),
        ("PARTNER_CARRIER_NUMBER", "the partner that delivers it calls it"),
    ] {
        let identifiers = &result.additional_tracking_info.package_identifiers;
        let of_kind = identifiers.iter().filter(|i| i.kind.as_deref() == Some(kind));
        notes.extend(of_kind.flat_map(|i| &i.values).map(|value| format!("{words} {value}")));
    }
    if let Some(code) = result.error.as_ref().and_then(|e| e.code.as_deref()) {
        notes.push(format!("FedEx adds the error {}", code.chars().take(CODE_CHARS_MAX).collect::<String>()));
    }
    notes
}

/// The codes of one shipment. What some of them mean depends on the rest of the answer.
struct Codes<'a> {
    statuses: &'a StatusTable,
    result: &'a wire::TrackResult,
}

impl Codes<'_> {
    /// By the code; where it is not known by the coarser derived one.
    fn mapped(&self, code: Option<&str>, derived: Option<&str>, scanned: &wire::Address) -> Option<Mapped> {
        let mut mapped = code
            .and_then(|code| self.statuses.get("status_code", code))
            .or_else(|| derived.and_then(|code| self.statuses.get("derived_code", code)))?;
        let commit = self.result.service_commit_message.kind.as_deref();
        match mapped.status {
            // Held, but not yet to be fetched.
            Status::AvailableForPickup
                if commit == Some("HELD_PACKAGE_NOT_AVAILABLE_FOR_RECIPIENT_PICKUP") =>
            {
                mapped.status = Status::InTransit;
            }
            Status::Delivered if self.is_sent_back() && self.is_at_the_shippers(scanned) => {
                mapped.status = Status::Returned;
            }
            _ => {}
        }
        Some(mapped)
    }

    /// FedEx has no code for a parcel that came back: it is delivered, after it was sent back.
    fn is_sent_back(&self) -> bool {
        let returning = |code: &str| {
            self.statuses.get("status_code", code).is_some_and(|mapped| mapped.status == Status::Returning)
        };
        self.result.scan_events.iter().filter_map(|e| e.event_type.as_deref()).any(returning)
    }

    /// In the shipper's town, where that is another than the recipient's.
    fn is_at_the_shippers(&self, scanned: &wire::Address) -> bool {
        let town = |address: &wire::Address| {
            let city = address.city.as_ref()?.to_uppercase();
            let region = address.state_or_province_code.clone().unwrap_or_default();
            Some((city, region, address.country_code.clone()?))
        };
        let shipper = town(&self.result.shipper_information.address)
            .or_else(|| town(&self.result.origin_location.location_contact_and_address.address));
        let recipient = town(&self.result.recipient_information.address)
            .or_else(|| town(&self.result.destination_location.location_contact_and_address.address));
        shipper.is_some() && shipper == town(scanned) && shipper != recipient
    }

    fn checkpoint(&self, event: &wire::ScanEvent) -> Checkpoint {
        let place = place(&event.scan_location);
        let (time, local_time) = clock::of_scan(event, place.as_ref().and_then(|p| p.country));
        let code = event.event_type.as_deref();
        let mapped = self.mapped(code, event.derived_status_code.as_deref(), &event.scan_location);
        let reason = event.exception_code.as_deref().filter(|_| code == Some("DE"));
        let reason = reason.and_then(|reason| self.statuses.get("delivery_exception", reason));
        let text = [&event.event_description, &event.exception_description];
        let text = text.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(": ");
        Checkpoint {
            time,
            local_time,
            status: mapped.map_or(Status::Unknown, |m| m.status),
            code: event.event_type.clone(),
            text: foreign::trimmed(&text),
            fault: reason.and_then(|m| m.fault).or_else(|| mapped.and_then(|m| m.fault)),
            place,
        }
    }
}

fn place(address: &wire::Address) -> Option<Place> {
    let named = address.country_name.as_deref().and_then(places::country_named);
    let code = address.country_code.as_deref().and_then(|code| Country::new(code).ok());
    Place {
        country: code.or(named),
        city: address.city.clone(),
        region: address.state_or_province_code.clone(),
        postal_code: address.postal_code.clone(),
    }
    .known()
}
