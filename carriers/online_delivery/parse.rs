//! The data of Cainiao's tracking page, read into trackings: one for each number. Pure.

use jiff::tz::Offset;

use super::wire;
use crate::contract::{
    CarrierId, Checkpoint, Country, Failure, FailureKind, Fault, LocalTime, OffsetTime, Place, Reading,
    Response, Status, StatusTable, Tracking,
};
use crate::{foreign, journey, places};

/// Clocks on earth are at most so far from UTC.
const OFFSET_MINUTES_MAX: i32 = 14 * 60;

/// Reads an answer; never empty.
pub fn read(carrier: &CarrierId, statuses: &StatusTable, response: Response<'_>) -> Vec<Reading> {
    read_answer(carrier, statuses, response).unwrap_or_else(|failure| vec![failure.into()])
}

fn read_answer(
    carrier: &CarrierId,
    statuses: &StatusTable,
    response: Response<'_>,
) -> Result<Vec<Reading>, Failure> {
    let challenged = |failure: Failure| match failure.kind {
        _ if wire::is_challenge(response.body) => {
            let message = "Cainiao wants proof of a human instead of answering";
            Failure::new(FailureKind::Unavailable, "challenge", message)
        }
        // The page takes no credentials: nothing of ours was refused.
        FailureKind::Refused => Failure { kind: FailureKind::Unavailable, ..failure },
        _ => failure,
    };
    let shapeless = || challenged(foreign::unexpected_shape(response.status));
    let answer: wire::Answer = foreign::answer(response).map_err(challenged)?;
    let told = answer.module.filter(|_| foreign::is_success(response.status));
    let wire::Modules(modules) = told.ok_or_else(shapeless)?;
    let named: Vec<&wire::Module> = modules.iter().filter(|m| m.mail_no.is_some()).collect();
    let asked = named.iter().filter_map(|module| Some((*module, echo(module, response.asked)?)));
    let readings: Vec<Reading> =
        asked.map(|(module, number)| reading(carrier, statuses, module, number)).collect();
    match (readings.is_empty(), named.is_empty()) {
        (false, _) => Ok(readings),
        (true, false) => Err(foreign::wrong_number()),
        (true, true) => Err(shapeless()),
    }
}

/// The number under which a parcel answers for what was asked: Cainiao's, or the last carrier's.
fn echo<'a>(module: &'a wire::Module, asked: Option<&str>) -> Option<&'a str> {
    let mut numbers = module.mail_no.as_deref().into_iter().chain(module.copy_real_mail_no.as_deref());
    match asked {
        None => numbers.next(),
        Some(asked) => numbers.find(|number| foreign::same_number(number, asked)),
    }
}

fn reading(carrier: &CarrierId, statuses: &StatusTable, module: &wire::Module, number: &str) -> Reading {
    if module.detail_list.is_empty() && module.mail_no_source.as_deref() == Some("EXTERNAL") {
        let mut failure =
            Failure::new(FailureKind::NotFound, "no_events", "Cainiao knows nothing of the number");
        failure.tracking_number = Some(number.to_owned());
        return failure.into();
    }
    // Told newest first.
    let mut checkpoints: Vec<Checkpoint> =
        module.detail_list.iter().map(|e| checkpoint(statuses, e)).collect();
    journey::newest_first(&mut checkpoints);
    // A number of its own without any scan was announced.
    let mut tracking = Tracking::new(carrier.clone(), number, Status::LabelCreated);
    let stands = journey::standing(checkpoints.iter().map(|c| c.status)).and_then(|i| checkpoints.get(i));
    let summary = module.status.as_deref().map(str::to_ascii_uppercase);
    let summed_up = summary.as_deref().and_then(|status| statuses.get("status", status));
    match (stands.filter(|c| c.status != Status::Unknown), summed_up) {
        (Some(stands), _) => {
            tracking.status = stands.status;
            tracking.status_code.clone_from(&stands.code);
            tracking.status_text.clone_from(&stands.text);
        }
        (None, _) if checkpoints.is_empty() => {
            (tracking.status_code, tracking.status_text) =
                (module.status.clone(), module.status_desc.clone());
        }
        (None, mapped) => {
            tracking.status = mapped.map_or(Status::Unknown, |m| m.status);
            (tracking.status_code, tracking.status_text) =
                (module.status.clone(), module.status_desc.clone());
        }
    }
    tracking.origin = country(module.origin_country.as_deref());
    tracking.destination = country(module.dest_country.as_deref());
    tracking.delivered_at = journey::delivered_at(tracking.status, &checkpoints);
    tracking.notes = notes(module, number);
    tracking.checkpoints = checkpoints;
    tracking.into()
}

fn notes(module: &wire::Module, number: &str) -> Vec<String> {
    let others = |other: &Option<String>| other.clone().filter(|o| !foreign::same_number(o, number));
    let own = others(&module.mail_no).map(|own| format!("Cainiao's number of the parcel is {own}"));
    let by = module.dest_cp_info.cp_name.as_deref().unwrap_or("the last carrier");
    let last = others(&module.copy_real_mail_no).map(|last| format!("{by} delivers it as {last}"));
    own.into_iter().chain(last).collect()
}

/// A country as the page prints it, e.g. `Mainland China`.
fn country(name: Option<&str>) -> Option<Place> {
    let name = name?;
    let named = places::country_named(name).or_else(|| Country::new(name).ok());
    Place { country: named, ..Place::default() }.known()
}

fn checkpoint(statuses: &StatusTable, event: &wire::Event) -> Checkpoint {
    let (status, fault) = meaning(statuses, event);
    let local_time: Option<LocalTime> = event.time_str.as_deref().and_then(|text| text.parse().ok());
    let clock = event.time_zone.as_deref().and_then(offset);
    let local = local_time.and_then(LocalTime::datetime);
    Checkpoint {
        time: local.zip(clock).and_then(|(local, offset)| OffsetTime::of_local(local, offset)),
        local_time,
        status,
        code: event.action_code.clone(),
        text: event.desc.as_ref().or(event.standerd_desc.as_ref()).map(|text| foreign::without_phones(text)),
        fault,
        place: None,
    }
}

/// By the code; one that says only that something failed is an exception. Some codes have been printed with a
/// full-width underscore.
fn meaning(statuses: &StatusTable, event: &wire::Event) -> (Status, Option<Fault>) {
    let Some(code) = event.action_code.as_deref().map(|code| code.replace('＿', "_")) else {
        return (Status::Unknown, None);
    };
    match statuses.get("action_code", &code) {
        Some(mapped) => (mapped.status, mapped.fault),
        None if code.ends_with("_FAILURE") || code.ends_with("_FAIL") => (Status::Exception, None),
        None => (Status::Unknown, None),
    }
}

/// `GMT+8`, `GMT-05:30`.
fn offset(zone: &str) -> Option<Offset> {
    let rest = zone.trim().strip_prefix("GMT").or_else(|| zone.trim().strip_prefix("UTC"))?;
    if rest.is_empty() {
        return Some(Offset::UTC);
    }
    let (sign, rest) = match rest.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    let digits = |text: &str| text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
    let known = digits(hours) && digits(minutes);
    let minutes: i32 = hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok()?;
    let known = known && minutes <= OFFSET_MINUTES_MAX;
    known.then(|| Offset::from_seconds(sign * minutes * 60).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_read_as_the_page_prints_them() {
        let is = |zone: &str, minutes: Option<i32>| {
            assert_eq!(offset(zone).map(|o| o.seconds() / 60), minutes, "{zone}");
        };
        is("GMT+8", Some(480));
        is("GMT+08:00", Some(480));
        is("GMT-5", Some(-300));
        is("GMT+5:30", Some(330));
        is("GMT", Some(0));
        is("GMT+", None);
        is("GMT+25", None);
        is("GMT+-1", None);
        is("Beijing", None);
        is("", None);
    }
}
