//! The demo's live table.

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use jiff::Timestamp;

use super::OrderLine;

/// The orders as a table.
pub struct Table;

impl Table {
    /// The table as text.
    pub fn of(lines: &[OrderLine]) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(UTF8_HORIZONTAL_ONLY);
        table.set_header([
            "order",
            "what it shows",
            "carrier",
            "number",
            "verdict",
            "failed checks",
            "order",
            "webhooks",
        ]);
        for line in lines {
            table.add_row([
                line.order.clone(),
                line.case.clone(),
                line.carrier.clone().unwrap_or_default(),
                line.tracking_number.clone().unwrap_or_default(),
                line.verdict.unwrap_or("-").to_owned(),
                line.failed_checks.join(", "),
                line.order_state.as_str().unwrap_or_default().to_owned(),
                line.webhooks_verified.to_string(),
            ]);
        }
        table.to_string()
    }

    /// The line above the table.
    pub fn title(page: &str, now: Timestamp) -> String {
        format!(
            "Waygate demo   page: {page}   the story's time: {}   Ctrl-C ends it",
            now.strftime("%a %Y-%m-%d %H:%M")
        )
    }
}
