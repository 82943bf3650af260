//! Events: written with the change that made them, read as a stream or order by order.

use jiff::Timestamp;

use super::orders::cut;
use super::replays::of_types;
use super::values::{Json, Time, Word};
use crate::domain::event::Happening;
use crate::ids::EventId;
use crate::store::sql::{self, Connection, OptionalExtension, Row, params};
use crate::store::{Cursor, EventFilter, EventRecord, EventStretch, Page, PlacedEvent, StoreError};

/// The columns of an [`EventRecord`], as [`read`] takes them, of events called `e`.
pub(super) const COLUMNS: &str = "e.id, e.order_id, e.sequence, e.type, e.at, e.rule, e.data";

/// Reads a row of [`COLUMNS`].
pub(super) fn read(row: &Row<'_>) -> sql::Result<EventRecord> {
    Ok(EventRecord {
        id: row.get::<_, Word<_>>(0)?.0,
        order: row.get(1)?,
        sequence: row.get(2)?,
        kind: row.get::<_, Word<_>>(3)?.0,
        at: row.get::<_, Time>(4)?.0,
        rule: row.get(5)?,
        data: row.get(6)?,
    })
}

/// Writes what happened as an order's event with this number.
pub(super) fn add(
    db: &dyn Connection,
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

/// Events in the order in which they were written.
pub(super) fn page(
    db: &dyn Connection,
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
pub(super) fn of_order(db: &dyn Connection, order: &str) -> Result<Vec<EventRecord>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM events e WHERE e.order_id = ?1 ORDER BY e.sequence");
    Ok(db.prepare_cached(&sql)?.query_map([order], read)?.collect::<Result<_, _>>()?)
}

/// The place of the newest event.
pub(super) fn newest(db: &dyn Connection) -> Result<i64, StoreError> {
    Ok(db.prepare_cached("SELECT coalesce(max(seq), 0) FROM events")?.query_row([], |row| row.get(0))?)
}

/// What an event's place and owner are read from.
const PLACED: &str = "FROM events e CROSS JOIN orders o WHERE o.id = e.order_id";

/// Reads a row of [`COLUMNS`], the event's place and its order's seller.
fn read_placed(row: &Row<'_>) -> sql::Result<PlacedEvent> {
    Ok(PlacedEvent { event: read(row)?, place: row.get(7)?, seller: row.get(8)? })
}

/// One event with its place.
pub(super) fn placed(db: &dyn Connection, id: &EventId) -> Result<Option<PlacedEvent>, StoreError> {
    let sql = format!("SELECT {COLUMNS}, e.seq, o.seller {PLACED} AND e.id = ?1");
    Ok(db.prepare_cached(&sql)?.query_row([id.as_str()], read_placed).optional()?)
}

/// Most events that one stretch looks at.
const STRETCH_MAX: i64 = 20_000;

/// Events after a place that fit.
pub(super) fn after(
    db: &dyn Connection,
    place: i64,
    filter: &EventFilter,
    limit: u32,
) -> Result<EventStretch, StoreError> {
    let newest = newest(db)?;
    // An order's events are found by an index of their own, however far apart they are.
    let ends = if filter.order.is_some() { newest } else { newest.min(place.saturating_add(STRETCH_MAX)) };
    let of_order = if filter.order.is_some() { "e.order_id = ?4" } else { "CAST(?4 AS TEXT) IS NULL" };
    let of_seller = if filter.seller.is_some() { "o.seller = ?5" } else { "CAST(?5 AS TEXT) IS NULL" };
    let of_types = of_types(&filter.types);
    let sql = format!(
        "SELECT {COLUMNS}, e.seq, o.seller {PLACED}
         AND e.seq > ?1 AND e.seq <= ?2 AND {of_order} AND {of_seller} {of_types}
         ORDER BY e.seq LIMIT ?3"
    );
    let limit = i64::from(limit);
    let rows = params![place, ends, limit + 1, filter.order, filter.seller];
    let mut events: Vec<_> =
        db.prepare_cached(&sql)?.query_map(rows, read_placed)?.collect::<Result<_, _>>()?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let cut = events.len() > limit;
    events.truncate(limit);
    let last = events.last().map_or(place, |last: &PlacedEvent| last.place);
    let seen = if cut { last } else { ends.max(place) };
    let cursor = db
        .prepare_cached("SELECT id FROM events WHERE seq <= ?1 ORDER BY seq DESC LIMIT 1")?
        .query_row([seen], |row| row.get::<_, Word<_>>(0))
        .optional()?;
    Ok(EventStretch { more: seen < newest, seen, cursor: cursor.map(|id| id.0), events })
}
