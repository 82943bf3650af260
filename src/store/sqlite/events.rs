//! Events: written with the change that made them, read as a stream or order by order.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::orders::cut;
use super::values::{Json, Time, Word};
use crate::domain::event::Happening;
use crate::ids::EventId;
use crate::store::{Cursor, EventRecord, Page, StoreError};

/// The columns of an [`EventRecord`], as [`read`] takes them, of events called `e`.
pub(super) const COLUMNS: &str = "e.id, e.order_id, e.sequence, e.type, e.at, e.rule, e.data";

/// Reads a row of [`COLUMNS`].
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<EventRecord> {
    Ok(EventRecord {
        id: row.get::<_, Word<_>>(0)?.0,
        order: row.get(1)?,
        sequence: row.get(2)?,
        kind: row.get::<_, Word<_>>(3)?.0,
        at: row.get::<_, Time>(4)?.0,
        rule: row.get(5)?,
        data: row.get::<_, Json<_>>(6)?.0,
    })
}

/// Writes what happened as an order's event with this number.
pub(super) fn add(
    db: &Connection,
    order: &str,
    sequence: i64,
    happening: &Happening,
    now: Timestamp,
) -> Result<EventId, StoreError> {
    let id = EventId::generate(now);
    db.prepare_cached(
        "INSERT INTO events (id, order_id, sequence, type, at, rule, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        id.as_str(),
        order,
        sequence,
        happening.kind.as_str(),
        Time(happening.at),
        happening.rule,
        Json(&happening.data),
    ])?;
    Ok(id)
}

/// One event, which must be there.
pub(super) fn find(db: &Connection, id: &str) -> Result<EventRecord, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM events e WHERE e.id = ?1");
    Ok(db.prepare_cached(&sql)?.query_row([id], read)?)
}

/// Events in the order in which they were written.
pub(super) fn page(
    db: &Connection,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Page<EventRecord>, StoreError> {
    let from: i64 = match after {
        None => 0,
        Some(Cursor(id)) => db
            .prepare_cached("SELECT seq FROM events WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?
            .ok_or(StoreError::BadCursor)?,
    };
    let sql = format!("SELECT {COLUMNS} FROM events e WHERE e.seq > ?1 ORDER BY e.seq LIMIT ?2");
    let rows: Vec<_> = db
        .prepare_cached(&sql)?
        .query_map(params![from, i64::from(limit) + 1], |row| {
            let event = read(row)?;
            Ok((event.id.clone(), event))
        })?
        .collect::<Result<_, _>>()?;
    Ok(cut(rows, limit, |id| Cursor(id.to_string())))
}

/// An order's events.
pub(super) fn of_order(db: &Connection, order: &str) -> Result<Vec<EventRecord>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM events e WHERE e.order_id = ?1 ORDER BY e.sequence");
    Ok(db.prepare_cached(&sql)?.query_map([order], read)?.collect::<Result<_, _>>()?)
}
