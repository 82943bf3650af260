//! An endpoint's deliveries, found and begun anew. A page looks at so many rows and no more: whoever asks for few among
//! millions goes on page by page, and holds nobody up.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::deliveries::{CURSOR, begin_anew, in_order, read_summary, summary_sql};
use super::orders::read_cursor;
use super::values::Time;
use crate::domain::event::EventType;
use crate::domain::event_pattern::EventPattern;
use crate::ids::{EndpointId, EventId};
use crate::store::sql::{Connection, OptionalExtension, Row, params};
use crate::store::{Cursor, DeliveryFilter, DeliveryState, FoundDeliveries, Replayed, StoreError};

/// Most rows that one page looks at.
const ROWS_MAX: i64 = 20_000;

/// The condition on `e` that a list of patterns is; an empty one lets all through. The types are ours, and words.
pub(super) fn of_types(patterns: &[EventPattern]) -> String {
    if patterns.is_empty() {
        return String::new();
    }
    let fit = |kind: &EventType| patterns.iter().any(|pattern| pattern.fits(kind.as_str()));
    let types = EventType::ALL.into_iter().filter(fit).map(|kind| format!("'{}'", kind.as_str()));
    match types.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => "AND 1 = 0".to_owned(),
        types => format!("AND e.type IN ({types})"),
    }
}

/// Conditions on `d`, with `?3` and `?4` for the times.
const AT: &str = "d.created_at >= coalesce(?3, d.created_at)
     AND d.created_at < coalesce(?4, d.created_at + 1)";

/// The state as a literal, so that the index of failed deliveries is used.
fn in_state(state: Option<DeliveryState>) -> &'static str {
    match state {
        None => "",
        Some(DeliveryState::Pending) => "AND d.state = 'pending'",
        Some(DeliveryState::Delivered) => "AND d.state = 'delivered'",
        Some(DeliveryState::Failed) => "AND d.state = 'failed'",
        Some(DeliveryState::Cancelled) => "AND d.state = 'cancelled'",
    }
}

/// The last row that a page looks at, and whether there may be more behind it. `last` is `min` or `max`.
fn window(
    db: &dyn Connection,
    endpoint: &EndpointId,
    last: &str,
    rows: &str,
    from: i64,
) -> Result<(Option<i64>, bool), StoreError> {
    let sql = format!(
        "SELECT {last}(seq), count(*) FROM
           (SELECT d.seq AS seq FROM deliveries d WHERE d.endpoint = ?1 AND {rows} LIMIT ?3) w"
    );
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, i64>(1)? == ROWS_MAX));
    Ok(db.prepare_cached(&sql)?.query_row(params![endpoint.as_str(), from, ROWS_MAX], read)?)
}

fn cursor(seq: i64) -> Cursor {
    Cursor(format!("{CURSOR}{seq}"))
}

/// Deliveries that fit, newest first.
pub(super) fn find(
    db: &dyn Connection,
    endpoint: &EndpointId,
    filter: &DeliveryFilter,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<FoundDeliveries, StoreError> {
    let below = after.map_or(Ok(i64::MAX), |cursor| read_cursor(CURSOR, cursor))?;
    let (state, types) = (in_state(filter.state), of_types(&filter.types));
    let (last, more) =
        window(db, endpoint, "min", &format!("d.seq < ?2 {state} ORDER BY d.seq DESC"), below)?;
    let Some(last) = last else { return Ok(FoundDeliveries { items: Vec::new(), next: None }) };
    let sql = summary_sql(&format!(
        "WHERE d.endpoint = ?1 AND d.seq < ?2 AND d.seq >= ?5 {state} AND {AT} {types} ORDER BY d.seq DESC LIMIT ?6"
    ));
    let rows = params![
        endpoint.as_str(),
        below,
        filter.from.map(Time),
        filter.to.map(Time),
        last,
        i64::from(limit) + 1
    ];
    let mut found: Vec<_> =
        db.prepare_cached(&sql)?.query_map(rows, read_summary)?.collect::<Result<_, _>>()?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let next = if found.len() > limit {
        found.truncate(limit);
        found.last().map(|(seq, _)| cursor(*seq))
    } else {
        more.then(|| cursor(last))
    };
    Ok(FoundDeliveries { items: found.into_iter().map(|(_, item)| item).collect(), next })
}

/// Begins finished deliveries that fit anew, oldest first.
pub(super) fn replay(
    db: &dyn Connection,
    endpoint: &EndpointId,
    filter: &DeliveryFilter,
    after: Option<&Cursor>,
    limit: u32,
    at: Timestamp,
) -> Result<Replayed, StoreError> {
    let above = after.map_or(Ok(0), |cursor| read_cursor(CURSOR, cursor))?;
    let (state, types) = (in_state(filter.state), of_types(&filter.types));
    let (last, more) = window(db, endpoint, "max", &format!("d.seq > ?2 {state} ORDER BY d.seq"), above)?;
    let Some(last) = last else { return Ok(Replayed { count: 0, next: None }) };
    let sql = format!(
        "SELECT d.seq, d.order_id FROM deliveries d JOIN events e ON e.id = d.event
         WHERE d.endpoint = ?1 AND d.seq > ?2 AND d.seq <= ?5 {state} AND d.state <> 'pending' AND {AT} {types}
         ORDER BY d.seq LIMIT ?6"
    );
    let rows = params![
        endpoint.as_str(),
        above,
        filter.from.map(Time),
        filter.to.map(Time),
        last,
        i64::from(limit) + 1
    ];
    let mut found: Vec<(i64, String)> = db
        .prepare_cached(&sql)?
        .query_map(rows, |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let next = if found.len() > limit {
        found.truncate(limit);
        found.last().map(|(seq, _)| cursor(*seq))
    } else {
        more.then(|| cursor(last))
    };
    for (seq, _) in &found {
        begin_anew(db, *seq, at)?;
    }
    for order in found.iter().map(|(_, order)| order).collect::<BTreeSet<_>>() {
        in_order(db, endpoint, order)?;
    }
    Ok(Replayed { count: found.len() as u64, next })
}

/// Begins one delivery anew; false where there is none.
pub(super) fn replay_one(
    db: &dyn Connection,
    endpoint: &EndpointId,
    event: &EventId,
    at: Timestamp,
) -> Result<bool, StoreError> {
    // One that is claimed has been due: its next attempt is not ahead.
    let sql = "SELECT seq, order_id, state = 'pending' AND next_attempt_at <= ?3 FROM deliveries
               WHERE event = ?1 AND endpoint = ?2";
    let found: Option<(i64, String, bool)> = db
        .prepare_cached(sql)?
        .query_row(params![event.as_str(), endpoint.as_str(), Time(at)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get::<_, Option<bool>>(2)?.unwrap_or(false)))
        })
        .optional()?;
    let Some((seq, order, is_under_way)) = found else { return Ok(false) };
    if !is_under_way {
        begin_anew(db, seq, at)?;
        in_order(db, endpoint, &order)?;
    }
    Ok(true)
}
