//! Russian Post's operation history, read into a tracking. Names of senders and addressees are never read. Pure.

use crate::contract::{
    CarrierId, Checkpoint, Country, Failure, FailureKind, LocalTime, Mapped, Place, Reading, Response,
    Status, StatusTable, Tracking,
};
use crate::xml::{self, Element};
use crate::{foreign, journey};

/// Whether a body looks like an answer of the service.
pub fn recognizes(body: &[u8]) -> bool {
    String::from_utf8_lossy(body).contains("http://russianpost.org/operationhistory")
}

/// Reads an answer; never empty.
pub fn read(carrier: &CarrierId, statuses: &StatusTable, response: Response<'_>) -> Vec<Reading> {
    match read_answer(carrier, statuses, response) {
        Ok(tracking) => vec![tracking.into()],
        Err(failure) => vec![failure.into()],
    }
}

fn read_answer(
    carrier: &CarrierId,
    statuses: &StatusTable,
    response: Response<'_>,
) -> Result<Tracking, Failure> {
    let shapeless = || foreign::unexpected_shape(response.status);
    let envelope = xml::document(response)?;
    let body = envelope.child("Body").filter(|_| envelope.name == "Envelope").ok_or_else(shapeless)?;
    if let Some(fault) = body.child("Fault") {
        return Err(refusal(fault));
    }
    let data = body.at(&["getOperationHistoryResponse", "OperationHistoryData"]);
    let data = data.filter(|_| foreign::is_success(response.status)).ok_or_else(shapeless)?;
    let records: Vec<&Element<'_>> = data.all("historyRecord").collect();
    if records.is_empty() {
        return Err(Failure::new(
            FailureKind::NotFound,
            "empty_history",
            "Russian Post has no operation of the number",
        ));
    }
    let barcode = |record: &Element<'_>| record.text_at(&["ItemParameters", "Barcode"]).map(str::to_owned);
    let number = match response.asked {
        Some(asked) => records
            .iter()
            .find_map(|record| barcode(record).filter(|number| foreign::same_number(number, asked)))
            .ok_or_else(foreign::wrong_number)?,
        None => records.iter().find_map(|record| barcode(record)).ok_or_else(shapeless)?,
    };
    // A record without a barcode stands among those of the item.
    let is_own =
        |record: &&Element<'_>| barcode(record).is_none_or(|own| foreign::same_number(&own, &number));
    let records: Vec<&Element<'_>> = records.into_iter().filter(is_own).collect();
    Ok(tracking(carrier, statuses, &records, &number))
}

/// A fault names its kind in its reason, and again in the element that its detail holds.
fn refusal(fault: &Element<'_>) -> Failure {
    let reason =
        fault.text_at(&["Reason", "Text"]).or_else(|| fault.text_at(&["faultstring"])).unwrap_or_default();
    let detail = fault.child("Detail").or_else(|| fault.child("detail"));
    let names = || detail.iter().flat_map(|d| &d.children).map(|c| &*c.name).chain([reason]);
    let says = |kind: &str| names().any(|name| name.starts_with(kind));
    let (kind, code, message) = if says("AuthorizationFault") {
        (FailureKind::Refused, "AuthorizationFault", "Russian Post refuses the login or the password")
    } else if says("OperationHistoryFault") {
        (
            FailureKind::Inconclusive,
            "OperationHistoryFault",
            "Russian Post does not look up a number of this form",
        )
    } else if says("LanguageFault") {
        (FailureKind::Inconclusive, "LanguageFault", "Russian Post does not take the language")
    } else {
        (FailureKind::Unavailable, "Fault", "Russian Post has an error of its own")
    };
    Failure::new(kind, code, message)
}

fn tracking(carrier: &CarrierId, statuses: &StatusTable, records: &[&Element<'_>], number: &str) -> Tracking {
    // Told oldest first.
    let checkpoints: Vec<Checkpoint> = records.iter().rev().map(|r| checkpoint(statuses, r)).collect();
    let newest_first = || records.iter().rev();
    let told = |path: &[&str]| newest_first().find_map(|record| record.text_at(path)).map(str::to_owned);
    let country = |path: &[&str]| told(path).and_then(|code| Country::new(&code).ok());

    let mut tracking = Tracking::new(carrier.clone(), number, Status::Unknown);
    tracking.service = told(&["ItemParameters", "ComplexItemName"]);
    tracking.weight_grams = told(&["ItemParameters", "Mass"]).and_then(|mass| foreign::grams(&mass, "G"));
    tracking.origin =
        Place { country: country(&["AddressParameters", "CountryFrom", "Code2A"]), ..Place::default() }
            .known();
    tracking.destination = Place {
        country: country(&["AddressParameters", "MailDirect", "Code2A"]),
        city: told(&["AddressParameters", "DestinationAddress", "Description"]),
        region: None,
        postal_code: told(&["AddressParameters", "DestinationAddress", "Index"]),
    }
    .known();
    journey::settle(&mut tracking, checkpoints);
    tracking
}

fn checkpoint(statuses: &StatusTable, record: &Element<'_>) -> Checkpoint {
    let operation = |names: [&str; 2]| record.text_at(&["OperationParameters", names[0], names[1]]);
    let address =
        |path: [&str; 2]| record.text_at(&["AddressParameters", path[0], path[1]]).map(str::to_owned);
    let (kind, attribute) = (operation(["OperType", "Id"]), operation(["OperAttr", "Id"]));
    let mapped = meaning(statuses, kind, attribute);
    let join = |one: Option<&str>, two: Option<&str>, by: &str| match (one, two) {
        (Some(one), Some(two)) => Some(format!("{one}{by}{two}")),
        (one, two) => one.or(two).map(str::to_owned),
    };
    Checkpoint {
        // Written with Moscow's offset, though the clock is that of the office: no instant is proven.
        time: None,
        local_time: record.text_at(&["OperationParameters", "OperDate"]).and_then(printed),
        status: mapped.map_or(Status::Unknown, |m| m.status),
        code: join(kind, attribute.filter(|_| kind.is_some()), "/"),
        text: join(operation(["OperType", "Name"]), operation(["OperAttr", "Name"]), ": "),
        fault: mapped.and_then(|m| m.fault),
        place: Place {
            country: address(["CountryOper", "Code2A"]).and_then(|code| Country::new(&code).ok()),
            city: address(["OperationAddress", "Description"]),
            region: None,
            postal_code: address(["OperationAddress", "Index"]),
        }
        .known(),
    }
}

/// By type and attribute, where they say something of their own; else by the type.
fn meaning(statuses: &StatusTable, kind: Option<&str>, attribute: Option<&str>) -> Option<Mapped> {
    let kind = kind?;
    attribute
        .and_then(|attribute| statuses.get("oper_type_attr", &format!("{kind}/{attribute}")))
        .or_else(|| statuses.get("oper_type", kind))
}

/// The wall clock of a time with an offset; fractions of a second are always zero.
fn printed(text: &str) -> Option<LocalTime> {
    text.parse().ok()
}
