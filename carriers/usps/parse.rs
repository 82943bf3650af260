//! The answer of USPS Tracking v3, read into trackings: one for each mail piece. Pure.

use jiff::tz::{Offset, TimeZone};
use serde_json::Value;

use super::wire;
use crate::contract::{
    CarrierId, Checkpoint, Country, Failure, FailureKind, Fault, LocalTime, OffsetTime, Place,
    ProofOfDelivery, Reading, Response, Status, StatusTable, Tracking,
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
    let batch = foreign::is_list(response.body);
    let pieces: Vec<wire::Piece> =
        if batch { foreign::answers(response)? } else { vec![foreign::answer(response)?] };
    let mut readings = Vec::new();
    let mut others = false;
    for piece in pieces {
        let about_another = |number: &String| response.asked.is_some_and(|asked| !is_same(number, asked));
        if piece.tracking_number.as_ref().is_some_and(about_another) {
            others = true;
            continue;
        }
        if let Some(error) = &piece.error {
            let mut failure =
                refusal(error, piece.status_code.as_deref(), response.status).ok_or_else(shapeless)?;
            failure.tracking_number.clone_from(&piece.tracking_number);
            readings.push(failure.into());
        } else if foreign::is_success(response.status) || (batch && response.status < 500) {
            readings.push(found(carrier, statuses, &piece, response).unwrap_or_else(Reading::from));
        } else {
            return Err(shapeless());
        }
    }
    match (readings.is_empty(), others) {
        (false, _) => Ok(readings),
        (true, true) => Err(foreign::wrong_number()),
        (true, false) => Err(shapeless()),
    }
}

/// The ZIP code of the destination may stand before the number on the label, after 420; USPS echoes it or not.
fn is_same(echoed: &str, asked: &str) -> bool {
    let bare = |number: &str| -> Option<String> {
        let rest = number.strip_prefix("420")?;
        let digits = rest.bytes().all(|b| b.is_ascii_digit());
        let zip = [5, 9].into_iter().find(|zip| matches!(rest.len().checked_sub(*zip), Some(20 | 22)))?;
        digits.then(|| rest.get(zip..).map(str::to_owned)).flatten()
    };
    foreign::same_number(echoed, asked)
        || bare(asked).is_some_and(|number| foreign::same_number(echoed, &number))
        || bare(echoed).is_some_and(|number| foreign::same_number(&number, asked))
}

/// What an error of USPS means: by its code, which repeats the HTTP status, or by a word of OAuth; none where it is
/// not of USPS's form.
pub fn refusal(error: &Value, element: Option<&str>, http: u16) -> Option<Failure> {
    let failure = |kind, code: &str, message: &str| {
        let code: String = code.chars().take(CODE_CHARS_MAX).collect();
        Failure::new(kind, code, message)
    };
    if let Value::String(word) = error {
        // OAuth's errors have a word and a sentence beside it (RFC 6749, section 5.2).
        if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            return None;
        }
        let kind = if http == 429 { FailureKind::RateLimited } else { FailureKind::Refused };
        return Some(failure(kind, word, "USPS refuses the client's credentials"));
    }
    let problem: wire::Problem = foreign::shaped(error.clone())?;
    let told = problem.code.as_deref().or(element).and_then(|code| code.parse::<u16>().ok());
    // Under an error of HTTP the body must say the same.
    let status = match told {
        Some(told) if foreign::is_success(http) || told == http => told,
        Some(_) => return None,
        None => http,
    };
    let (kind, message) = match status {
        404 => (FailureKind::NotFound, "USPS does not know the number, or has not received the item yet"),
        401 if problem.errors.iter().any(|c| c.title.iter().any(|t| t.contains("scope"))) => {
            (FailureKind::Refused, "the client is not entitled to tracking: add it to the USPS application")
        }
        401 | 403 => (FailureKind::Refused, "USPS refuses the client or the token"),
        429 => (FailureKind::RateLimited, "USPS asks to come back later: the hour's quota is used up"),
        500.. => (FailureKind::Unavailable, "USPS has an error of its own"),
        _ => (FailureKind::Inconclusive, "USPS does not take the request, which says nothing about the item"),
    };
    let code = problem.errors.iter().find_map(|cause| cause.code.as_deref()).or(problem.code.as_deref());
    Some(failure(kind, code.unwrap_or("no_code"), message))
}

fn found(
    carrier: &CarrierId,
    statuses: &StatusTable,
    piece: &wire::Piece,
    response: Response<'_>,
) -> Result<Reading, Failure> {
    let shapeless = || foreign::unexpected_shape(response.status);
    let echoed = piece.tracking_number.as_deref().ok_or_else(shapeless)?;
    let Some(wire::Events(events)) = &piece.tracking_events else {
        // Asked for a summary, USPS answers with sentences alone.
        if piece.event_summaries.is_none() && piece.status_category.is_none() {
            return Err(shapeless());
        }
        let mut failure =
            Failure::new(FailureKind::Inconclusive, "summary_only", "USPS shows the item without its events");
        failure.tracking_number = Some(echoed.to_owned());
        return Err(failure);
    };
    // Echoed without the ZIP code before it, the number is still the one that was asked.
    let number = response.asked.filter(|asked| !foreign::same_number(echoed, asked)).unwrap_or(echoed);
    let mut checkpoints: Vec<Checkpoint> = events.iter().map(|e| checkpoint(statuses, e)).collect();
    journey::newest_first(&mut checkpoints);

    let mut tracking = Tracking::new(carrier.clone(), number, Status::Unknown);
    tracking.service =
        piece.mail_class.as_deref().map(without_markup).and_then(|text| foreign::trimmed(&text));
    tracking.origin = place(
        piece.origin_country.as_ref(),
        piece.origin_city.as_ref(),
        piece.origin_state.as_ref(),
        piece.origin_zip.as_ref(),
    );
    tracking.destination = place(
        piece.destination_country_code.as_ref(),
        piece.destination_city.as_ref(),
        piece.destination_state.as_ref(),
        piece.destination_zip.as_ref(),
    );
    tracking.estimated_delivery_local = estimate(piece);
    journey::settle(&mut tracking, checkpoints);
    if tracking.status == Status::Unknown {
        // The newest code is not known; the category is coarse but USPS's own word.
        let category = piece.status_category.as_deref();
        if let Some(mapped) = category.and_then(|c| statuses.get("status_category", c)) {
            tracking.status = mapped.status;
            tracking.status_text = piece.status.clone().or_else(|| category.map(str::to_owned));
            tracking.delivered_at = None;
        }
    }
    if tracking.status == Status::Delivered {
        tracking.proof_of_delivery = proof(statuses, events);
    }
    Ok(tracking.into())
}

/// The newest delivery: who signed, and where it was left, which stands after "Delivered, ".
fn proof(statuses: &StatusTable, events: &[wire::Event]) -> Option<ProofOfDelivery> {
    let delivered = events.iter().find(|e| meaning(statuses, e).0 == Status::Delivered)?;
    let left_at = delivered.event_type.as_deref().and_then(|text| text.strip_prefix("Delivered, "));
    let proof =
        ProofOfDelivery { signed_by: delivered.name.clone(), left_at: left_at.and_then(foreign::trimmed) };
    (proof != ProofOfDelivery::default()).then_some(proof)
}

/// By the code; where one code stands for several things the event's words tell which.
fn meaning(statuses: &StatusTable, event: &wire::Event) -> (Status, Option<Fault>) {
    let mapped = event.event_code.as_deref().and_then(|code| statuses.get("event_code", code));
    let Some(mapped) = mapped else { return (Status::Unknown, None) };
    let words = event.event_type.as_deref().unwrap_or_default().to_ascii_lowercase();
    let to_sender = words.starts_with("delivered") && words.contains("original sender");
    match mapped.status {
        Status::Delivered | Status::Returning if to_sender => (Status::Returned, mapped.fault),
        // A partner has it, USPS has not.
        Status::InTransit if words.contains("usps awaiting item") => (Status::LabelCreated, mapped.fault),
        status => (status, mapped.fault),
    }
}

fn checkpoint(statuses: &StatusTable, event: &wire::Event) -> Checkpoint {
    let (status, fault) = meaning(statuses, event);
    let place = place(
        event.event_country.as_ref(),
        event.event_city.as_ref(),
        event.event_state.as_ref(),
        event.event_zip.as_ref().or(event.event_zip_code.as_ref()),
    );
    let local_time: Option<LocalTime> = event.event_timestamp.as_deref().and_then(|t| t.parse().ok());
    let country = place.as_ref().and_then(|p| p.country);
    Checkpoint {
        time: instant(event, local_time)
            .or_else(|| local_time.and_then(|local| places::instant_in(country, local))),
        local_time,
        status,
        code: event.event_code.clone(),
        text: event.event_type.as_deref().map(without_markup),
        fault,
        place,
    }
}

/// The GMT time is the exact one; the wall clock beside it is cut to the minute.
fn instant(event: &wire::Event, local: Option<LocalTime>) -> Option<OffsetTime> {
    let offset = event.gmt_offset.as_deref().and_then(offset);
    let gmt = event.gmt_timestamp.as_deref().and_then(|text| text.parse::<LocalTime>().ok());
    match (gmt.and_then(LocalTime::datetime), offset) {
        (Some(gmt), offset) => {
            Some(OffsetTime::new(TimeZone::UTC.to_timestamp(gmt).ok()?, offset.unwrap_or(Offset::UTC)))
        }
        (None, Some(offset)) => OffsetTime::of_local(local?.datetime()?, offset),
        (None, None) => None,
    }
}

/// `-05:00`.
fn offset(text: &str) -> Option<Offset> {
    let at = format!("2000-01-01T00:00:00{text}").parse::<OffsetTime>().ok()?;
    Some(at.offset())
}

/// USPS writes the local day with a Z behind it, so it is read as a wall clock; midnight stands for the whole day.
fn estimate(piece: &wire::Piece) -> Option<LocalTime> {
    let told = piece
        .expected_delivery_time_stamp
        .as_ref()
        .or(piece.delivery_date_expectation.expected_delivery_date.as_ref())
        .or(piece.predicted_delivery_date.as_ref())?;
    let local: LocalTime = told.parse().ok()?;
    let at_midnight = local.datetime().is_some_and(|t| t.time() == jiff::civil::Time::midnight());
    Some(if at_midnight { LocalTime::Date(local.date()) } else { local })
}

/// A place is in the United States where no country is named: USPS names only foreign ones.
fn place(
    country: Option<&String>,
    city: Option<&String>,
    state: Option<&String>,
    zip: Option<&String>,
) -> Option<Place> {
    let named = match country {
        Some(name) => Country::new(name).ok().or_else(|| places::country_named(name)),
        None if city.is_some() || state.is_some() || zip.is_some() => Country::new("US").ok(),
        None => None,
    };
    Place { country: named, city: city.cloned(), region: state.cloned(), postal_code: zip.cloned() }.known()
}

/// Names of services carry trade marks as `<SUP>&#153;</SUP>`.
fn without_markup(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<SUP>") {
        plain.push_str(before);
        rest = after.split_once("</SUP>").map_or("", |(_, rest)| rest);
    }
    plain.push_str(rest);
    plain.trim().to_owned()
}
