//! The answer of Royal Mail's Tracking API v2, read into trackings: one for each mail piece. Pure.

use super::wire;
use crate::contract::{
    CarrierId, Checkpoint, Failure, FailureKind, LocalTime, OffsetTime, Place, ProofOfDelivery, Reading,
    Response, Status, StatusTable, Tracking,
};
use crate::{foreign, journey, places};

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
    let Some(wire::Pieces(pieces)) = answer.mail_pieces else {
        return Err(problem(&answer, response.status).unwrap_or_else(shapeless));
    };
    if !foreign::is_success(response.status) {
        return Err(shapeless());
    }
    let readings: Vec<Reading> = pieces
        .iter()
        .filter_map(|piece| {
            let number = echo(piece, response.asked)?;
            Some(match &piece.error {
                Some(error) => {
                    let status = piece.status.as_deref().and_then(|s| s.parse().ok()).unwrap_or(200);
                    let mut failure = refusal(error.error_code.as_deref(), status);
                    failure.tracking_number = Some(number.to_owned());
                    failure.into()
                }
                None => tracking(carrier, statuses, piece, number).into(),
            })
        })
        .collect();
    match (readings.is_empty(), pieces.is_empty() || response.asked.is_none()) {
        (false, _) => Ok(readings),
        (true, false) => Err(foreign::wrong_number()),
        (true, true) => Err(shapeless()),
    }
}

/// Royal Mail's own error body. One without its code, or with another status than that of HTTP, is not its own.
fn problem(answer: &wire::Answer, http: u16) -> Option<Failure> {
    let status = answer.http_code.as_deref()?.parse::<u16>().ok()?;
    if status != http && !foreign::is_success(http) {
        return None;
    }
    Some(refusal(answer.errors.iter().find_map(|e| e.error_code.as_deref()), status))
}

/// What an error means: by its code, and where there is none by the HTTP status. A 404 without a code comes from the
/// gateway before the API, and does not speak about the item.
fn refusal(code: Option<&str>, status: u16) -> Failure {
    let (kind, message) = match (code.unwrap_or_default(), status) {
        ("E1142", _) => (FailureKind::NotFound, "Royal Mail does not recognise the number"),
        ("E1284", _) => (FailureKind::NotFound, "Royal Mail has no delivery update for the item yet"),
        ("E1307" | "E1308", _) => (FailureKind::Unavailable, "Royal Mail's tracking is not available now"),
        ("E1283", _) => (FailureKind::Inconclusive, "Royal Mail does not track items of this product"),
        ("E0010", _) | (_, 429) => (FailureKind::RateLimited, "Royal Mail asks to come back later"),
        ("E0016", _) | (_, 401 | 403) => (FailureKind::Refused, "Royal Mail refuses the client"),
        ("E0009" | "E0001", _) | (_, 500..) => {
            (FailureKind::Unavailable, "Royal Mail has an error of its own")
        }
        _ => (
            FailureKind::Inconclusive,
            "Royal Mail does not take the request, which says nothing about the item",
        ),
    };
    let code = code.map_or_else(|| status.to_string(), |code| code.chars().take(CODE_CHARS_MAX).collect());
    Failure::new(kind, code, message)
}

/// The number under which a mail piece answers for what was asked: its id, or one of its barcodes.
fn echo<'a>(piece: &'a wire::Piece, asked: Option<&str>) -> Option<&'a str> {
    let summary = &piece.summary;
    let mut numbers = [&piece.mail_piece_id, &summary.one_d_barcode, &summary.unique_item_id]
        .into_iter()
        .filter_map(|number| number.as_deref());
    match asked {
        Some(asked) => numbers.find(|number| foreign::same_number(number, asked)),
        None => numbers.next(),
    }
}

fn tracking(carrier: &CarrierId, statuses: &StatusTable, piece: &wire::Piece, number: &str) -> Tracking {
    let summary = &piece.summary;
    let mut checkpoints: Vec<Checkpoint> = piece.events.iter().map(|e| checkpoint(statuses, e)).collect();
    if checkpoints.is_empty() {
        // A summary tells the last event alone.
        let last = wire::Event {
            event_code: summary.last_event_code.clone(),
            event_name: summary.last_event_name.clone(),
            event_date_time: summary.last_event_date_time.clone(),
            location_name: summary.last_event_location_name.clone(),
        };
        checkpoints.extend(last.event_code.is_some().then(|| checkpoint(statuses, &last)));
    }
    journey::newest_first(&mut checkpoints);

    let mut tracking = Tracking::new(carrier.clone(), number, Status::Unknown);
    tracking.service.clone_from(&summary.product_name);
    tracking.origin = country(summary.origin_country_code.as_ref(), summary.origin_country_name.as_ref());
    tracking.destination =
        country(summary.destination_country_code.as_ref(), summary.destination_country_name.as_ref());
    (tracking.estimated_delivery, tracking.estimated_delivery_local) = estimate(&piece.estimated_delivery);
    journey::settle(&mut tracking, checkpoints);
    if tracking.status == Status::Unknown {
        let category = summary.status_category.as_deref().map(str::to_ascii_uppercase);
        if let Some(mapped) = category.and_then(|c| statuses.get("status_category", &c)) {
            tracking.status = mapped.status;
            tracking.delivered_at = None;
        }
    }
    tracking.proof_of_delivery = piece
        .signature
        .recipient_name
        .clone()
        .map(|name| ProofOfDelivery { signed_by: Some(name), left_at: None });
    tracking
}

fn checkpoint(statuses: &StatusTable, event: &wire::Event) -> Checkpoint {
    let mapped = event.event_code.as_deref().and_then(|code| statuses.get("event_code", code));
    let told = event.event_date_time.as_deref();
    Checkpoint {
        // Some answers lack the offset, and an item may be abroad: no clock is proven then.
        time: told.and_then(|text| text.parse().ok()),
        local_time: told.and_then(|text| text.parse().ok()),
        status: mapped.map_or(Status::Unknown, |m| m.status),
        code: event.event_code.clone(),
        text: event.event_name.clone(),
        fault: mapped.and_then(|m| m.fault),
        place: Place { city: event.location_name.clone(), ..Place::default() }.known(),
    }
}

/// A country by its three letters, else by its name.
fn country(code: Option<&String>, name: Option<&String>) -> Option<Place> {
    let coded = code.and_then(|code| places::country_of_alpha3(code));
    let country = coded.or_else(|| name.and_then(|name| places::country_named(name)));
    Place { country, ..Place::default() }.known()
}

/// The end of the window, where it is told, else the day.
fn estimate(told: &wire::Estimate) -> (Option<OffsetTime>, Option<LocalTime>) {
    let day = told.date.as_deref();
    let end = told.end_of_estimated_window.as_deref();
    let joined = day.zip(end).map(|(day, end)| format!("{day}T{end}"));
    let instant = end
        .and_then(|end| end.parse::<OffsetTime>().ok())
        .or_else(|| joined.and_then(|text| text.parse().ok()));
    match instant {
        Some(instant) => (Some(instant), None),
        None => (None, day.and_then(|day| day.parse().ok())),
    }
}
