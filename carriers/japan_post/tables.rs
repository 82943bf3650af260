//! The tables of Japan Post's page. They are told apart by their `summary` attribute, which is Japanese in both
//! languages: details of the item, its history (two rows an event), and the list that stands for what was not found.

use scraper::{ElementRef, Html, Selector};

/// Details of the one item.
const DETAILS: &str = "配達状況詳細";
/// Its history.
const HISTORY: &str = "履歴情報";
/// The list of several items, or of one that was not found.
const LIST: &str = "照会結果";

/// Whether a body has one of the page's tables.
pub fn recognizes(body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    [DETAILS, HISTORY, LIST].iter().any(|table| body.contains(table))
}

/// What the page shows.
#[derive(Default)]
pub struct Page {
    /// The details table's first header and value rows, joined by column.
    pub details: Option<Vec<(String, String)>>,
    /// The events, oldest first as printed.
    pub history: Option<Vec<Event>>,
    /// The rows of the list.
    pub list: Option<Vec<ListRow>>,
    /// All text, for pages without a table.
    pub text: String,
}

/// One event: five cells, and the postal code below the office.
pub struct Event {
    pub date: String,
    pub wording: String,
    /// A Japanese prefecture, or a country.
    pub region: String,
    pub postal_code: String,
}

/// One row of the list.
pub struct ListRow {
    pub number: String,
    /// The red text that stands where nothing was found.
    pub complaint: Option<String>,
}

/// How many elements a page opens, at most.
pub fn elements(html: &str) -> usize {
    html.as_bytes().windows(2).filter(|pair| pair[0] == b'<' && pair[1].is_ascii_alphabetic()).count()
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).expect("the selector is a constant")
}

/// A cell's text: blanks of any kind are one space each.
fn text_of(cell: ElementRef<'_>) -> String {
    cell.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

fn cells(row: ElementRef<'_>, css: &str) -> Vec<String> {
    row.select(&selector(css)).map(text_of).collect()
}

/// Reads the page. Tables that are not there are none; rows of another form are left out.
pub fn read(html: &str) -> Page {
    let document = Html::parse_document(html);
    let table = |summary: &str| document.select(&selector(&format!("table[summary=\"{summary}\"]"))).next();
    Page {
        details: table(DETAILS).map(details),
        history: table(HISTORY).map(history),
        list: table(LIST).map(list),
        text: text_of(document.root_element()),
    }
}

fn details(table: ElementRef<'_>) -> Vec<(String, String)> {
    let rows: Vec<_> = table.select(&selector("tr")).collect();
    let (names, values) = (rows.first(), rows.get(1));
    let names = names.map(|row| cells(*row, "th")).unwrap_or_default();
    let values = values.map(|row| cells(*row, "td")).unwrap_or_default();
    names.into_iter().zip(values).collect()
}

fn history(table: ElementRef<'_>) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for row in table.select(&selector("tr")) {
        match <[String; 5]>::try_from(cells(row, "td")) {
            Ok([date, wording, _details, _office, region]) => {
                events.push(Event { date, wording, region, postal_code: String::new() });
            }
            Err(cells) => {
                if let ([code], Some(event)) = (cells.as_slice(), events.last_mut()) {
                    event.postal_code.clone_from(code);
                }
            }
        }
    }
    events
}

fn list(table: ElementRef<'_>) -> Vec<ListRow> {
    let red = selector("font[color=\"ff0000\"], font[color=\"#ff0000\"]");
    let row = |row: ElementRef<'_>| {
        let complaint = row.select(&red).next().map(text_of);
        // A running number may stand before the item's.
        let number = cells(row, "td").into_iter().find(|cell| cell.chars().count() > 2)?;
        Some(ListRow { number, complaint })
    };
    table.select(&selector("tr")).filter_map(row).collect()
}
