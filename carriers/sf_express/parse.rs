//! The answer of SF Express' route query, read into trackings: one for each waybill. Pure.

use jiff::tz::Offset;

use super::{codes, wire};
use crate::contract::{
    CarrierId, Checkpoint, Failure, FailureKind, LocalTime, OffsetTime, Place, Reading, Response, Status,
    StatusTable, Tracking,
};
use crate::{foreign, journey};

/// Longest code that is passed on.
const CODE_CHARS_MAX: usize = 32;

/// China keeps one clock, without summer time.
const CHINA: Offset = jiff::tz::offset(8);

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
    let envelope: wire::Envelope = foreign::answer(response)?;
    let code = envelope.api_result_code.ok_or_else(shapeless)?;
    if !foreign::is_success(response.status) {
        return Err(shapeless());
    }
    if code != "A1000" {
        return Err(platform_refusal(&code));
    }
    let answer: wire::Answer = foreign::within(envelope.api_result_data).ok_or_else(shapeless)?;
    let routed = answer.msg_data.and_then(|d| d.route_resps).or(answer.route_resps);
    match (answer.error_code.as_deref(), routed) {
        (None | Some("S0000"), Some(wire::RouteResps(waybills))) if waybills.is_empty() => {
            Err(no_routes(None))
        }
        (None | Some("S0000"), Some(wire::RouteResps(waybills))) => {
            read_waybills(carrier, statuses, &waybills, response.asked).ok_or_else(shapeless)?
        }
        (None | Some("S0000"), None) => Err(shapeless()),
        (Some(code), _) => Err(service_refusal(code)),
    }
}

fn read_waybills(
    carrier: &CarrierId,
    statuses: &StatusTable,
    waybills: &[wire::RouteResp],
    asked: Option<&str>,
) -> Option<Result<Vec<Reading>, Failure>> {
    let named: Vec<(&wire::RouteResp, &str)> =
        waybills.iter().filter_map(|w| Some((w, w.mail_no.as_deref()?))).collect();
    let about = |number: &str| asked.is_none_or(|asked| foreign::same_number(asked, number));
    let readings: Vec<Reading> = named
        .iter()
        .filter(|(_, number)| about(number))
        .map(|(waybill, number)| waybill_reading(carrier, statuses, waybill, number))
        .collect();
    match (readings.is_empty(), named.is_empty()) {
        (false, _) => Some(Ok(readings)),
        (true, false) => Some(Err(foreign::wrong_number())),
        (true, true) => None,
    }
}

fn short(code: &str) -> String {
    code.chars().take(CODE_CHARS_MAX).collect()
}

/// What the platform's code means: it did not let the question through to the service.
fn platform_refusal(code: &str) -> Failure {
    let (kind, message) = match code {
        "A1002" | "A1003" | "A1004" | "A1006" => {
            (FailureKind::Refused, "SF Express refuses the client, its address or its signature")
        }
        "A1005" => {
            (FailureKind::RateLimited, "SF Express asks to come back later, or the day's quota is used up")
        }
        "A1009" | "A1099" => (FailureKind::Unavailable, "SF Express has an error of its own"),
        _ => (
            FailureKind::Inconclusive,
            "SF Express does not take the request, which says nothing about the parcel",
        ),
    };
    Failure::new(kind, short(code), message)
}

/// What the service's code means. A number that it calls illegal may be one of the other environment.
fn service_refusal(code: &str) -> Failure {
    let (kind, message) = match code {
        "6150" | "8018" | "8024" => (FailureKind::NotFound, "SF Express does not know the number"),
        "8191" | "8247" => {
            (FailureKind::Inconclusive, "SF Express cannot look up a number of this form here")
        }
        _ => (
            FailureKind::Inconclusive,
            "SF Express answers with an error that does not speak about the parcel",
        ),
    };
    Failure::new(kind, short(code), message)
}

/// No routes: SF does not know the waybill, or shows it only to who knows a telephone number of it.
fn no_routes(reason: Option<&str>) -> Failure {
    let message =
        "SF Express shows no routes, which it also does where the telephone number is missing or wrong";
    let mut failure =
        Failure::new(FailureKind::Inconclusive, reason.map_or("no_routes".to_owned(), short), message);
    failure.needs.push("phone".to_owned());
    failure
}

fn waybill_reading(
    carrier: &CarrierId,
    statuses: &StatusTable,
    waybill: &wire::RouteResp,
    number: &str,
) -> Reading {
    if waybill.routes.is_empty() {
        let mut failure = no_routes(waybill.reason_code.as_deref());
        failure.tracking_number = Some(number.to_owned());
        return failure.into();
    }
    let mut checkpoints: Vec<Checkpoint> = waybill.routes.iter().map(|r| checkpoint(statuses, r)).collect();
    // Told oldest first, though that is not promised; all by one clock.
    checkpoints.reverse();
    let clock = |c: &Checkpoint| c.local_time.and_then(LocalTime::datetime);
    if checkpoints.iter().all(|c| clock(c).is_some()) {
        checkpoints.sort_by_key(|c| std::cmp::Reverse(clock(c)));
    }
    leave_the_clock_at_the_border(&mut checkpoints);

    let mut tracking = Tracking::new(carrier.clone(), number, Status::Unknown);
    if let Some(stands) =
        journey::standing(checkpoints.iter().map(|c| c.status)).and_then(|i| checkpoints.get(i))
    {
        tracking.status = stands.status;
        tracking.status_code.clone_from(&stands.code);
        tracking.status_text.clone_from(&stands.text);
    }
    tracking.delivered_at = journey::delivered_at(tracking.status, &checkpoints);
    tracking.notes = waybill.routes.iter().filter_map(|route| sent_on(route, number)).collect();
    tracking.checkpoints = checkpoints;
    tracking.into()
}

/// Whose clock stands at scans abroad is not documented: what follows a customs scan has no instant.
fn leave_the_clock_at_the_border(newest_first: &mut [Checkpoint]) {
    let is_border = |c: &Checkpoint| c.status == Status::Customs || c.code.as_deref() == Some("14");
    if let Some(first) = newest_first.iter().rposition(is_border) {
        for checkpoint in &mut newest_first[..first] {
            checkpoint.time = None;
        }
    }
}

/// A parcel that is sent back or on bears a new number, which only the words tell.
fn sent_on(route: &wire::Route, number: &str) -> Option<String> {
    if !matches!(route.op_code.as_deref(), Some("99" | "631" | "648")) {
        return None;
    }
    let remark = route.remark.as_deref()?;
    let candidates = remark.match_indices("SF").map(|(at, _)| &remark[at..]);
    let new = candidates.filter_map(|rest| {
        let digits = rest[2..].bytes().take_while(u8::is_ascii_digit).count();
        (12..=13).contains(&digits).then(|| &rest[..2 + digits])
    });
    let new = new.into_iter().find(|new| !foreign::same_number(new, number))?;
    Some(format!("SF Express sends it on as {new}"))
}

fn checkpoint(statuses: &StatusTable, route: &wire::Route) -> Checkpoint {
    let (status, fault) = codes::meaning(statuses, route);
    let local_time: Option<LocalTime> = route.accept_time.as_deref().and_then(|text| text.parse().ok());
    let in_china = local_time.and_then(LocalTime::datetime).and_then(|t| OffsetTime::of_local(t, CHINA));
    Checkpoint {
        time: in_china,
        local_time,
        status,
        code: route.op_code.clone().or_else(|| route.secondary_status_code.clone()),
        text: route.remark.as_deref().map(foreign::without_phones),
        fault,
        place: Place { city: route.accept_address.clone(), ..Place::default() }.known(),
    }
}
