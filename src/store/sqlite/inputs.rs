//! What happened to orders from outside, as it was taken in: written with the change that followed, never touched again.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::values::{Json, Time};
use crate::domain::whatif::Recorded;
use crate::store::StoreError;

/// An order's inputs, in order.
pub(super) const OF_ORDER: &str = "SELECT at, input FROM inputs WHERE order_id = ?1 ORDER BY seq";

/// Reads a row of [`OF_ORDER`], the input as its text.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<(Timestamp, String)> {
    Ok((row.get::<_, Time>(0)?.0, row.get(1)?))
}

/// Adds an input at the end of an order's.
pub(super) fn add(db: &Connection, order: &str, recorded: &Recorded) -> Result<(), StoreError> {
    db.prepare_cached("INSERT INTO inputs (order_id, at, input) VALUES (?1, ?2, ?3)")?.execute(params![
        order,
        Time(recorded.at),
        Json(&recorded.input)
    ])?;
    Ok(())
}
