//! The answer of TNT ExpressConnect Tracking, read into trackings: one for each consignment. Numbers are used again,
//! so that one number may have several. Times are the wall clock of a depot whose place is not told. Pure.

use jiff::civil::{Date, Time};

use crate::contract::{
    CarrierId, Checkpoint, Country, Failure, FailureKind, LocalTime, Mapped, Place, ProofOfDelivery, Reading,
    Response, Status, StatusTable, Tracking,
};
use crate::xml::{self, Element};
use crate::{foreign, journey, places};

/// Longest error code that is passed on.
const CODE_CHARS_MAX: usize = 32;

/// The starts of wordings that have a row of their own, for events whose code has none.
pub const WORDINGS: [&str; 9] = [
    "customs clearance in progress",
    "released by customs",
    "customer not home",
    "closed on delivery attempt",
    "delivery slot agreed",
    "on-forwarded for delivery",
    "rerouted",
    "delivered to residential",
    "delivered damaged",
];

/// Whether a body looks like an answer of ExpressConnect Tracking.
pub fn recognizes(body: &[u8]) -> bool {
    String::from_utf8_lossy(body).contains("<TrackResponse")
}

/// Reads an answer; never empty.
pub fn read(carrier: &CarrierId, statuses: &StatusTable, response: Response<'_>) -> Vec<Reading> {
    read_answer(carrier, statuses, response).unwrap_or_else(|failure| vec![failure.into()])
}

fn read_answer(
    carrier: &CarrierId,
    statuses: &StatusTable,
    response: Response<'_>,
) -> Result<Vec<Reading>, Failure> {
    let root = xml::document(response)?;
    let shapeless = || {
        let message = "the answer is XML, but not of the shape that the source documents";
        foreign::by_status(response.status, "unexpected_shape", message)
    };
    if root.name != "TrackResponse" {
        return Err(gateway_error(&root).unwrap_or_else(shapeless));
    }
    if let Some(error) = root.child("Error") {
        return Err(refusal(error, response.status));
    }
    if !foreign::is_success(response.status) {
        return Err(shapeless());
    }
    let mut consignments: Vec<&Element<'_>> = root.all("Consignment").collect();
    if consignments.is_empty() {
        return Err(shapeless());
    }
    // The order of consignments that share a number is not documented: the newest is told first.
    consignments.sort_by_key(|c| std::cmp::Reverse(collected_on(c)));
    let asked: Vec<(&Element<'_>, &str)> =
        consignments.iter().filter_map(|c| Some((*c, echo(c, response.asked)?))).collect();
    if asked.is_empty() {
        return Err(response.asked.map_or_else(shapeless, |_| foreign::wrong_number()));
    }
    let more = root.child("ContinuationKey").is_some();
    let reading = |(consignment, number): &(&Element<'_>, &str)| {
        if consignment.text_at(&["SummaryCode"]) == Some("CNF") {
            let message = "TNT finds no consignment with the number";
            let mut failure = Failure::new(FailureKind::NotFound, "CNF", message);
            failure.tracking_number = Some((*number).to_owned());
            return Reading::from(failure);
        }
        let same = asked.iter().filter(|(_, other)| foreign::same_number(other, number)).count();
        let mut tracking = tracking(carrier, statuses, consignment, number);
        if same > 1 {
            tracking.notes.push(one_of(consignment, same));
        }
        if more {
            tracking.notes.push("TNT has further consignments to this question".to_owned());
        }
        tracking.into()
    };
    Ok(asked.iter().map(reading).collect())
}

/// What an error of TNT means. Of the codes only 9000 is known.
fn refusal(error: &Element<'_>, status: u16) -> Failure {
    let code: String = error.text_at(&["Code"]).unwrap_or("no_code").chars().take(CODE_CHARS_MAX).collect();
    let (kind, message) = match (code.as_str(), status) {
        ("9000", _) | (_, 401 | 403) => (FailureKind::Refused, "TNT refuses the credentials"),
        (_, 429) => (FailureKind::RateLimited, "TNT asks to come back later"),
        (_, 500..) => (FailureKind::Unavailable, "TNT has an error of its own"),
        _ => (FailureKind::Inconclusive, "TNT answers with an error that does not speak about the parcel"),
    };
    Failure::new(kind, code, message)
}

/// The errors of the gateway that TNT's services share, as their root elements name them.
fn gateway_error(root: &Element<'_>) -> Option<Failure> {
    let (kind, message) = match &*root.name {
        "runtime_error" | "fault" | "Fault" => {
            (FailureKind::Unavailable, "TNT's gateway has an error of its own")
        }
        "parse_error" | "brokenRule" => {
            (FailureKind::Inconclusive, "TNT's gateway does not take the request")
        }
        _ => return None,
    };
    Some(Failure::new(kind, root.name.clone(), message))
}

fn echo<'a>(consignment: &'a Element<'a>, asked: Option<&str>) -> Option<&'a str> {
    let mut numbers = ["ConsignmentNumber", "AlternativeConsignmentNumber"]
        .into_iter()
        .filter_map(|name| consignment.text_at(&[name]));
    match asked {
        None => numbers.next(),
        Some(asked) => numbers.find(|number| foreign::same_number(number, asked)),
    }
}

fn collected_on(consignment: &Element<'_>) -> Option<Date> {
    date(consignment.text_at(&["CollectionDate"])?)
}

/// What tells consignments of one number apart.
fn one_of(consignment: &Element<'_>, count: usize) -> String {
    let collected = collected_on(consignment).map(|d| format!(", collected on {d}")).unwrap_or_default();
    let from = consignment.text_at(&["OriginCountry", "CountryCode"]);
    let from = from.map(|country| format!(" in {country}")).unwrap_or_default();
    format!("TNT shows {count} consignments with this number; this one{collected}{from}")
}

fn tracking(
    carrier: &CarrierId,
    statuses: &StatusTable,
    consignment: &Element<'_>,
    number: &str,
) -> Tracking {
    let text = |path: &[&str]| consignment.text_at(path).map(str::to_owned);
    let origin = end_of_journey(consignment, "OriginCountry", ["Collection", "Sender"], None);
    let town = consignment.text_at(&["DeliveryTown"]);
    let destination = end_of_journey(consignment, "DestinationCountry", ["Delivery", "Receiver"], town);
    // Told newest first, several in the same minute; the clocks are those of different places.
    let events = Events { statuses, consignment, origin: origin.as_ref(), destination: destination.as_ref() };
    let checkpoints: Vec<Checkpoint> = consignment.all("StatusData").map(|e| events.checkpoint(e)).collect();

    let summary = consignment.text_at(&["SummaryCode"]);
    let mut tracking = Tracking::new(carrier.clone(), number, Status::Unknown);
    let newest = checkpoints.iter().find(|c| c.status != Status::Info);
    tracking.status = standing(statuses, summary, &checkpoints);
    let says_so = newest.filter(|c| c.status == tracking.status || c.status == Status::Unknown);
    tracking.status_code = says_so.and_then(|c| c.code.clone()).or_else(|| summary.map(str::to_owned));
    tracking.status_text = says_so.and_then(|c| c.text.clone());

    tracking.service = text(&["ShipmentSummary", "Service"]);
    let weight = consignment.at(&["PackageSummary", "Weight"]);
    tracking.weight_grams = weight.and_then(|w| foreign::grams(&w.text, w.attribute("units")?));
    let due = consignment.text_at(&["ShipmentSummary", "DueDate"]).and_then(date);
    tracking.estimated_delivery_local = due.map(LocalTime::Date);
    if tracking.status == Status::Delivered {
        let on = consignment.text_at(&["DeliveryDate"]);
        let told = on.and_then(|on| local(on, consignment.text_at(&["DeliveryTime"])));
        let country = destination.as_ref().and_then(|p| p.country);
        tracking.delivered_at = told
            .and_then(|told| places::instant_in(country, told))
            .or_else(|| journey::delivered_at(tracking.status, &checkpoints));
        tracking.proof_of_delivery =
            text(&["Signatory"]).map(|name| ProofOfDelivery { signed_by: Some(name), left_at: None });
    }
    let pieces = consignment.text_at(&["PieceQuantity"]).and_then(|n| n.parse::<u32>().ok());
    tracking.notes.extend(pieces.filter(|n| *n > 1).map(|n| format!("the consignment has {n} pieces")));
    (tracking.origin, tracking.destination) = (origin, destination);
    tracking.checkpoints = checkpoints;
    tracking
}

/// Where the consignment stands: by the summary, made finer by the newest event. A summary of an exception may lag
/// behind the movement that follows it; one of transit never hides a delivery that TNT itself does not count.
fn standing(statuses: &StatusTable, summary: Option<&str>, checkpoints: &[Checkpoint]) -> Status {
    let newest = checkpoints.iter().map(|c| c.status).find(|s| *s != Status::Info);
    let coarse = summary.and_then(|code| statuses.get("summary_code", code)).map(|m| m.status);
    match (coarse, newest) {
        (Some(Status::InTransit), None) => Status::LabelCreated,
        (Some(coarse @ Status::Delivered), _)
        | (Some(coarse @ Status::InTransit), Some(Status::Unknown | Status::Delivered))
        | (Some(coarse), None | Some(Status::Unknown)) => coarse,
        (_, Some(newest)) => newest,
        (None, None) => Status::Unknown,
    }
}

/// `YYYYMMDD`.
fn date(text: &str) -> Option<Date> {
    Date::strptime("%Y%m%d", text.trim()).ok()
}

fn local(day: &str, time: Option<&str>) -> Option<LocalTime> {
    let day = date(day)?;
    let time = time.and_then(|text| Time::strptime("%H%M", text.trim()).ok());
    Some(time.map_or(LocalTime::Date(day), |time| LocalTime::DateTime(day.to_datetime(time))))
}

/// The country, and the town and postal code of the first of two parties whose address is shown.
fn end_of_journey(
    consignment: &Element<'_>,
    country: &str,
    parties: [&str; 2],
    town: Option<&str>,
) -> Option<Place> {
    let shown = consignment.child("Addresses");
    let of_party = |party: &&str| shown?.all("Address").find(|a| a.attribute("addressParty") == Some(*party));
    let address = parties.iter().find_map(of_party);
    let part = |name: &str| address.and_then(|a| a.text_at(&[name])).map(str::to_owned);
    let code = consignment.text_at(&[country, "CountryCode"]).and_then(|code| Country::new(code).ok());
    let named = || consignment.text_at(&[country, "CountryName"]).and_then(places::country_named);
    Place {
        country: code.or_else(named),
        city: town.map(str::to_owned).or_else(|| part("Town")),
        region: part("Province"),
        postal_code: part("Postcode"),
    }
    .known()
}

/// The events of one consignment. The country of a depot is not told: it is known of the depot of origin, and of the
/// place of delivery.
struct Events<'a> {
    statuses: &'a StatusTable,
    consignment: &'a Element<'a>,
    origin: Option<&'a Place>,
    destination: Option<&'a Place>,
}

impl Events<'_> {
    fn mapped(&self, event: &Element<'_>) -> Option<Mapped> {
        let by_code = event.text_at(&["StatusCode"]).and_then(|code| self.statuses.get("status_code", code));
        by_code.or_else(|| {
            let wording = event.text_at(&["StatusDescription"])?.to_lowercase();
            let known = WORDINGS.iter().find(|start| wording.starts_with(**start))?;
            self.statuses.get("wording", known)
        })
    }

    fn checkpoint(&self, event: &Element<'_>) -> Checkpoint {
        let text = |name: &str| event.text_at(&[name]);
        let mapped = self.mapped(event);
        let status = mapped.map_or(Status::Unknown, |m| m.status);
        let depot = text("Depot");
        let at_origin = depot.is_some() && depot == self.consignment.text_at(&["OriginDepot"]);
        let end = match status {
            Status::Delivered => self.destination,
            _ if at_origin => self.origin,
            _ => None,
        };
        let country = end.and_then(|place| place.country);
        let local_time = text("LocalEventDate").and_then(|day| local(day, text("LocalEventTime")));
        Checkpoint {
            time: local_time.and_then(|local| places::instant_in(country, local)),
            local_time,
            status,
            code: text("StatusCode").map(str::to_owned),
            text: text("StatusDescription").map(str::to_owned),
            fault: mapped.and_then(|m| m.fault),
            place: Place { country, city: text("DepotName").map(str::to_owned), ..Place::default() }.known(),
        }
    }
}
