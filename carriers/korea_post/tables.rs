//! The tables of Korea Post's pages: the item itself, and its history, in the form of the Korean page for parcels in Korea,
//! of the Korean page for items abroad, and of the English one. Names and the column of details are never read.

use scraper::{ElementRef, Html};

use crate::page::{cells, selector, text_of};

/// Whether a body has the history of one of the pages.
pub fn recognizes(body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    ["processTable", "detail_off", "Delivery Status for your EMS"].iter().any(|mark| body.contains(mark))
}

/// What a page shows.
pub struct Page {
    /// The item's number.
    pub number: Option<String>,
    /// The events, oldest first as printed; none where there is no such table.
    pub history: Option<Vec<Event>>,
}

/// One event.
pub struct Event {
    /// With the time of day, where the page has one column for both.
    pub date: String,
    /// The time of day, where it has a column of its own: on the page for parcels in Korea.
    pub time: Option<String>,
    pub wording: String,
    pub office: String,
}

/// Reads a page.
pub fn read(page: &Html) -> Page {
    let first = |css: &str| page.select(&selector(css)).next();
    let history = first("table[summary=\"Delivery Status for your EMS\"], #processTable, table.detail_off");
    let number = first("table[summary=\"Basic Information\"] tbody td, table.table_col th[scope=\"row\"]");
    Page {
        number: number.map(text_of).filter(|text| !text.is_empty()),
        history: history.map(|table| table.select(&selector("tbody tr")).filter_map(event).collect()),
    }
}

fn event(row: ElementRef<'_>) -> Option<Event> {
    let [first, second, third, fourth] = <[String; 4]>::try_from(cells(row, "td")).ok()?;
    let is_time = |text: &str| text.len() == 5 && text.as_bytes()[2] == b':';
    Some(if is_time(&second) {
        let own = row.select(&selector("span.evtnm")).next().map(text_of);
        // A telephone number may stand behind the office.
        let office = third.split(" TEL").next().unwrap_or_default().to_owned();
        Event { date: first, time: Some(second), wording: own.unwrap_or(fourth), office }
    } else {
        Event { date: first, time: None, wording: second, office: third }
    })
}
