//! The UPS Tracking API's answer, read into trackings: one for each package, or the one that was asked. Pure.

use std::iter;

use super::{clock, wire};
use crate::contract::{
    CarrierId, Checkpoint, Country, Failure, FailureKind, Fault, Mapped, Place, ProofOfDelivery, Reading,
    Response, Status, StatusTable, Tracking,
};
use crate::{foreign, journey, places};

/// "Tracking Information Not Found": comes with HTTP 200 in place of a package, or as an error with 404.
const NOT_FOUND: &str = "TW0001";

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
    if let Some(error) = answer.response.errors.first() {
        return Err(refusal(error, response.status));
    }
    let shipments = answer.track_response.ok_or_else(shapeless)?.shipment;
    if shipments.is_empty() || !(foreign::is_success(response.status) || response.status == 404) {
        return Err(shapeless());
    }
    let (mut found, mut absent, mut others) = (Vec::new(), Vec::new(), false);
    for shipment in &shipments {
        if shipment.package.is_empty() {
            let echoed = shipment.inquiry_number.as_deref();
            if echoed.zip(response.asked).is_some_and(|(echoed, asked)| !foreign::same_number(echoed, asked))
            {
                others = true;
            } else {
                absent.push(Reading::from(absence(shipment)));
            }
        }
        for package in &shipment.package {
            match echo(shipment, package, response.asked) {
                Some(number) => {
                    found.push(Reading::from(tracking(carrier, statuses, shipment, package, number)));
                }
                None => others = true,
            }
        }
    }
    if found.is_empty() && others {
        return Err(foreign::wrong_number());
    }
    // Where the asked number is found, the shipment's other pieces were left out above: they are not what was asked.
    if response.asked.is_none() || found.is_empty() {
        found.append(&mut absent);
    }
    Ok(found)
}

/// What an error of UPS means: by its code, and where the code is not known by the HTTP status. UPS calls a number
/// malformed with TV1002; that says that it cannot look it up, not that it knows no such parcel.
pub fn refusal(error: &wire::Message, status: u16) -> Failure {
    let code: String = error.code.as_deref().unwrap_or("no_code").chars().take(CODE_CHARS_MAX).collect();
    let (kind, message) = match (code.as_str(), status) {
        (NOT_FOUND, _) => (FailureKind::NotFound, "UPS does not know the number"),
        ("TV1002", _) => (FailureKind::Inconclusive, "UPS cannot look up a number of this form"),
        ("250002" | "250003" | "251004" | "UJ0001", _) => {
            (FailureKind::Refused, "UPS refuses the credentials or the token")
        }
        ("10429", _) | (_, 429) => (FailureKind::RateLimited, "UPS asks to come back later"),
        ("10004", _) | (_, 500..) => (FailureKind::Unavailable, "UPS has an error of its own"),
        (_, 401 | 403) => (FailureKind::Refused, "UPS refuses the client"),
        (_, 404) => (FailureKind::NotFound, "UPS does not know the number"),
        _ => (FailureKind::Inconclusive, "UPS answers with an error that does not speak about the parcel"),
    };
    Failure::new(kind, code, message)
}

/// A shipment without packages: a warning stands in their place.
fn absence(shipment: &wire::Shipment) -> Failure {
    let codes = || shipment.warnings.iter().filter_map(|w| w.code.as_deref());
    let mut failure = if codes().any(|code| code == NOT_FOUND) {
        Failure::new(FailureKind::NotFound, NOT_FOUND, "UPS does not know the number")
    } else if let Some(code) = codes().next() {
        let code: String = code.chars().take(CODE_CHARS_MAX).collect();
        Failure::new(FailureKind::Inconclusive, code, "UPS warns instead of showing a package")
    } else {
        Failure::new(FailureKind::Malformed, "no_package", "UPS shows neither a package nor a warning")
    };
    failure.tracking_number.clone_from(&shipment.inquiry_number);
    failure
}

/// The number under which a package answers for what was asked: its own, or another number of the same package.
fn echo<'a>(
    shipment: &'a wire::Shipment,
    package: &'a wire::Package,
    asked: Option<&str>,
) -> Option<&'a str> {
    let own = package.tracking_number.as_deref().or(shipment.inquiry_number.as_deref());
    let Some(asked) = asked else { return own };
    let others = package.alternate_tracking_number.iter().flat_map(|r| r.number.iter().map(String::as_str));
    own.into_iter().chain(others).find(|number| foreign::same_number(number, asked))
}

fn tracking(
    carrier: &CarrierId,
    statuses: &StatusTable,
    shipment: &wire::Shipment,
    package: &wire::Package,
    number: &str,
) -> Tracking {
    let codes = Codes { statuses, mail_innovations: is_mail_innovations(package), package };
    let mut checkpoints: Vec<Checkpoint> = package.activity.iter().map(|a| codes.checkpoint(a)).collect();
    journey::newest_first(&mut checkpoints);

    let mut tracking = Tracking::new(carrier.clone(), number, Status::Unknown);
    // UPS's own word for where the package stands counts as its newest report.
    let current = current_status(package);
    let current = current.as_ref().map(|s| (codes.of_package(s), code_of(s), s.description.clone()));
    let reports: Vec<_> = current
        .into_iter()
        .chain(checkpoints.iter().map(|c| (c.status, c.code.clone(), c.text.clone())))
        .collect();
    if let Some((status, code, text)) =
        journey::standing(reports.iter().map(|r| r.0)).and_then(|index| reports.into_iter().nth(index))
    {
        (tracking.status, tracking.status_code, tracking.status_text) = (status, code, text);
    }

    tracking.service.clone_from(&package.service.description);
    tracking.origin = address_of(package, "ORIGIN");
    tracking.destination = address_of(package, "DESTINATION");
    let weight = package.weight.weight.as_deref().zip(package.weight.unit_of_measurement.as_deref());
    tracking.weight_grams = weight.and_then(|(figure, unit)| foreign::grams(figure, unit));
    tracking.estimated_delivery_local = clock::estimate(package);
    tracking.delivered_at = journey::delivered_at(tracking.status, &checkpoints);
    let proof = ProofOfDelivery {
        signed_by: package.delivery_information.received_by.clone(),
        left_at: package.delivery_information.location.clone(),
    };
    tracking.proof_of_delivery = (proof != ProofOfDelivery::default()).then_some(proof);
    tracking.notes = notes(shipment, package, number);
    tracking.checkpoints = checkpoints;
    tracking
}

fn notes(shipment: &wire::Shipment, package: &wire::Package, number: &str) -> Vec<String> {
    let count = package.package_count.as_deref().and_then(|c| c.parse::<usize>().ok()).unwrap_or(1);
    let pieces = (count > shipment.package.len())
        .then(|| format!("the shipment has {count} packages; this answer shows {}", shipment.package.len()));
    let own = package.tracking_number.as_deref().filter(|own| !foreign::same_number(own, number));
    pieces.into_iter().chain(own.map(|own| format!("UPS tracks this package as {own}"))).collect()
}

/// `currentStatus`, or the flat fields that stood in its place in some answers.
fn current_status(package: &wire::Package) -> Option<wire::Status> {
    let flat = || wire::Status {
        status_code: package.status_code.clone(),
        description: package.status_description.clone(),
        ..wire::Status::default()
    };
    let given = |s: &wire::Status| s.status_code.is_some() || s.code.is_some() || s.kind.is_some();
    let nested = package.current_status.as_ref().map(|s| wire::Status {
        kind: s.kind.clone(),
        code: s.code.clone(),
        status_code: s.status_code.clone(),
        description: s.description.clone(),
    });
    nested.filter(given).or_else(|| Some(flat()).filter(given))
}

fn is_mail_innovations(package: &wire::Package) -> bool {
    let kinds = package.alternate_tracking_number.iter().filter_map(|r| r.kind.as_ref());
    package.service.description.iter().chain(kinds).any(|text| {
        let text = text.to_ascii_lowercase().replace([' ', '_'], "");
        text.contains("mailinnovations") || text.contains("surepost")
    })
}

/// The code that is passed on: the three digits, or where they are missing the two characters.
fn code_of(status: &wire::Status) -> Option<String> {
    status.status_code.clone().or_else(|| status.code.clone())
}

/// The codes of one package. Their meaning depends on their type, on the service, and on the delivery date.
struct Codes<'a> {
    statuses: &'a StatusTable,
    mail_innovations: bool,
    package: &'a wire::Package,
}

impl Codes<'_> {
    /// By the three digits; else by the two characters in their type; else by the type, where it says enough.
    fn mapped(&self, status: &wire::Status) -> Option<Mapped> {
        let kind = status.kind.as_deref().unwrap_or_default();
        let code = status.code.as_deref().unwrap_or_default();
        let exception =
            (kind == "X").then(|| self.statuses.get("exception_code", &padded(code, 2))).flatten();
        let mut mapped = status
            .status_code
            .as_deref()
            .and_then(|digits| self.statuses.get("status_code", &padded(digits, 3)))
            .or_else(|| self.statuses.get("mail_innovations", code).filter(|_| self.mail_innovations))
            .or_else(|| self.statuses.get("type_code", &format!("{kind}:{code}")))
            .or(exception)?;
        mapped.fault = mapped.fault.or_else(|| exception.and_then(|e| e.fault));
        Some(mapped)
    }

    fn by_type(kind: Option<&str>, is_delivery: bool) -> Status {
        match kind {
            Some("M") => Status::LabelCreated,
            Some("I") => Status::InTransit,
            Some("X") => Status::Exception,
            Some("D") if is_delivery => Status::Delivered,
            _ => Status::Unknown,
        }
    }

    fn of_package(&self, status: &wire::Status) -> Status {
        let is_delivery = clock::delivery_date(self.package, "DEL").is_some();
        self.mapped(status).map_or_else(|| Self::by_type(status.kind.as_deref(), is_delivery), |m| m.status)
    }

    /// D is also said of loading and of access points: such an activity is the delivery only where it bears the time
    /// of the actual delivery.
    fn of_activity(&self, activity: &wire::Activity) -> (Status, Option<Fault>) {
        let delivered_on = clock::delivery_date(self.package, "DEL");
        let delivered_by = clock::time(self.package.delivery_time.end_time.as_ref())
            .filter(|_| self.package.delivery_time.kind.as_deref() == Some("DEL"));
        let same_day = delivered_on.is_some() && delivered_on == clock::date(activity.date.as_ref());
        let same_time = delivered_by.is_none_or(|t| Some(t) == clock::time(activity.time.as_ref()));
        match self.mapped(&activity.status) {
            Some(mapped) => (mapped.status, mapped.fault),
            None => (Self::by_type(activity.status.kind.as_deref(), same_day && same_time), None),
        }
    }

    fn checkpoint(&self, activity: &wire::Activity) -> Checkpoint {
        let (status, fault) = self.of_activity(activity);
        let (time, local_time) = clock::when(activity);
        Checkpoint {
            time,
            local_time,
            status,
            code: code_of(&activity.status),
            text: activity.status.description.clone(),
            fault,
            place: place(&activity.location.address),
        }
    }
}

/// Codes of digits are written in full on the wire; where they came as a number the leading zeros are put back.
fn padded(code: &str, width: usize) -> String {
    if code.bytes().all(|b| b.is_ascii_digit()) { format!("{code:0>width$}") } else { code.to_owned() }
}

fn address_of(package: &wire::Package, kind: &str) -> Option<Place> {
    let is_kind = |a: &&wire::PackageAddress| a.kind.iter().any(|k| k.eq_ignore_ascii_case(kind));
    package.package_address.iter().filter(is_kind).find_map(|a| place(&a.address))
}

fn place(address: &wire::Address) -> Option<Place> {
    let named = |text: &String| Country::new(text).ok().or_else(|| places::country_named(text));
    Place {
        country: iter::chain(&address.country_code, &address.country).find_map(named),
        city: address.city.clone(),
        region: address.state_province.clone(),
        postal_code: address.postal_code.clone(),
    }
    .known()
}
