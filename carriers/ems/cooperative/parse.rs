//! The EMS Cooperative's page, read into trackings: one for each item. The wording is the status; the clock is that of a
//! place that the page does not name. Pure.

use jiff::civil::DateTime;
use scraper::ElementRef;

use crate::contract::{
    CarrierId, Checkpoint, Failure, FailureKind, LocalTime, Place, Reading, Response, Status, StatusTable,
    Tracking,
};
use crate::page::{self, cells, selector, text_of};
use crate::{foreign, journey, places};

/// Whether a body is the cooperative's page.
pub fn recognizes(body: &[u8]) -> bool {
    String::from_utf8_lossy(body).contains("publicTrackingView")
}

/// Reads an answer; never empty.
pub fn read(carrier: &CarrierId, statuses: &StatusTable, response: Response<'_>) -> Vec<Reading> {
    read_page(carrier, statuses, response).unwrap_or_else(|failure| vec![failure.into()])
}

fn read_page(
    carrier: &CarrierId,
    statuses: &StatusTable,
    response: Response<'_>,
) -> Result<Vec<Reading>, Failure> {
    let page = page::document(response, "</html>")?;
    let mut readings = Vec::new();
    let mut others = false;
    for part in page.select(&selector("div.result-table[id^=\"table-\"]")) {
        // The number stands in the form too, but that only repeats what was asked.
        let number = part.value().id().and_then(|id| id.strip_prefix("table-")).unwrap_or_default();
        if response.asked.is_none_or(|asked| foreign::same_number(asked, number)) {
            readings.push(item(carrier, statuses, part, number));
        } else {
            others = true;
        }
    }
    match (readings.is_empty(), others) {
        (false, _) => Ok(readings),
        (true, true) => Err(foreign::wrong_number()),
        (true, false) => Err(Failure::new(
            FailureKind::Unavailable,
            "unexpected_shape",
            "the page is not the EMS Cooperative's tracking page",
        )),
    }
}

fn item(carrier: &CarrierId, statuses: &StatusTable, part: ElementRef<'_>, number: &str) -> Reading {
    let has = |css: &str| part.select(&selector(css)).next();
    let failed = |kind, code: &str, message: &str| {
        let mut failure = Failure::new(kind, code, message);
        failure.tracking_number = Some(number.to_owned());
        Reading::from(failure)
    };
    if let Some(error) = has("ul.error > li") {
        return if text_of(error).contains("does not denote an EMS item") {
            failed(FailureKind::Inconclusive, "not_an_ems_item", "the EMS Cooperative shows EMS items alone")
        } else {
            failed(FailureKind::Inconclusive, "complaint", "the page shows a message instead of the item")
        };
    }
    let row = |row: ElementRef<'_>| <[String; 3]>::try_from(cells(row, "td")).ok();
    let rows: Vec<[String; 3]> = part.select(&selector("tr.result-table-row")).filter_map(row).collect();
    if rows.is_empty() {
        return match has("td.no-results-found") {
            Some(_) => {
                failed(FailureKind::NotFound, "not_found", "the EMS Cooperative does not know the item")
            }
            None => {
                failed(FailureKind::Malformed, "unexpected_shape", "the page shows an item without history")
            }
        };
    }
    // Printed oldest first.
    let checkpoints = rows.iter().rev().map(|row| checkpoint(statuses, row)).collect();
    let mut tracking = Tracking::new(carrier.clone(), number, Status::Unknown);
    journey::settle(&mut tracking, checkpoints);
    tracking.into()
}

fn checkpoint(statuses: &StatusTable, [date, wording, location]: &[String; 3]) -> Checkpoint {
    let mapped = statuses.get("cooperative", wording);
    let country = places::country_named(location);
    Checkpoint {
        time: None,
        local_time: printed(date),
        status: mapped.map_or(Status::Unknown, |m| m.status),
        code: None,
        text: foreign::trimmed(wording),
        fault: mapped.and_then(|m| m.fault),
        place: Place {
            country,
            city: foreign::trimmed(location).filter(|_| country.is_none()),
            ..Place::default()
        }
        .known(),
    }
}

/// `Feb 20, 2026, 10:48 AM`; the second comma may be missing.
fn printed(text: &str) -> Option<LocalTime> {
    let text = text.replace(',', "");
    DateTime::strptime("%b %d %Y %I:%M %p", text).ok().map(LocalTime::DateTime)
}
